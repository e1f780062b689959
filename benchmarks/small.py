"""Time what is small: a county audited again and again, the first demo after an install, and commands that only look.

Run from the project's top folder: ``python -m benchmarks.small``; with ``--base DIR``, the top folder of an older
checkout, both are measured in turns and their ratio is told. Seconds are those of the processors, which say more than
the wall on a machine that does other things beside; of several runs the least counts. The county is one of
`benchmarks.counties`. Compiled code is kept in a folder of the run's own, empty before the first demo and full
afterwards; byte code is made beforehand, as by an install.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.counties import small_county

TOP = Path(__file__).resolve().parents[1]

#: Counties that one process audits in turn, and the share of the time of the older checkout each job may take.
COUNTIES = 4
TARGETS = {
    "first demo": 1 / 2,
    "zz-2020-all on the sample": 1 / 2,
    "standards list": 1 / 3,
    "check of a county": 1 / 2,
    "import zzgeo": 1.0,
    "--help": 1.0,
}

#: What a worker of a batch does, in the public words of every version: how long each study took, and the memory held.
WARM = """
import shutil, sys, tempfile, time
from pathlib import Path
import zzgeo
folders, times = [Path(one) for one in sys.argv[2:]], int(sys.argv[1])
for number in range(times):
    begun = time.process_time()
    study = zzgeo.load_study(folders[number % len(folders)] / "study.toml")
    out = tempfile.mkdtemp()
    zzgeo.audit(study).write(Path(out) / "result")
    held = open("/proc/self/status").read().partition("VmRSS:")[2].split()[0] if sys.platform == "linux" else "0"
    print(time.process_time() - begun, int(held) // 1024)
    shutil.rmtree(out)
"""


@dataclass
class Checkout:
    """A checkout, and a folder of its own for compiled code and results."""

    top: Path
    kept: Path

    def run(self, *arguments: str) -> tuple[float, str]:
        """Run Python in the checkout; return the processor seconds it took and what it printed."""
        settings = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
        settings |= {"PYTHONPATH": str(self.top), "NUMBA_CACHE_DIR": str(self.kept), "PYTHONIOENCODING": "utf-8"}
        before = _used()
        done = subprocess.run(
            [sys.executable, *arguments], cwd=self.kept, env=settings, capture_output=True, text=True, encoding="utf-8"
        )
        if done.returncode:
            raise SystemExit(f"{self.top}: {' '.join(arguments)[:200]}\n{done.stderr[-2000:]}")
        seconds = _used() - before
        told = " ".join(arguments).strip().split("\n")[0]
        sys.stderr.write(f"{self.top.name}: {seconds:.2f} s, {told}\n")
        return seconds, done.stdout

    def least(self, times: int, *arguments: str) -> float:
        """Return the least processor seconds of several runs."""
        return min(self.run(*arguments)[0] for _ in range(times))

    def warm(self, folders: Sequence[Path], times: int) -> tuple[float, list[int]]:
        """Audit counties in one process; return the least seconds of one that is not the first, and MB held by each."""
        lines = [line.split() for line in self.run("-c", WARM, str(times), *map(str, folders))[1].splitlines()]
        return min(float(seconds) for seconds, _ in lines[1:]), [int(held) for _, held in lines]


def _used() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def measured(checkout: Checkout, folders: Sequence[Path], times: int) -> dict[str, float]:
    """Return the seconds of every job of a checkout, of which nothing is compiled before."""
    sample, out = checkout.top / "data" / "zhengzhou-sample" / "study.toml", str(checkout.kept / "result")
    county = str(folders[0] / "study.toml")
    checkout.run("-m", "compileall", "-q", str(checkout.top / "zzgeo"))
    found = {"first demo": checkout.run("-m", "zzgeo", "demo", "--out", out)[0]}
    found["second demo"] = checkout.run("-m", "zzgeo", "demo", "--out", out)[0]
    every = ("-m", "zzgeo", "audit", str(sample), "--profile", "zz-2020-all", "--out", out)
    checkout.run(*every)  # what else is compiled
    found["zz-2020-all on the sample"] = checkout.run(*every)[0]
    found["a county, a process of its own"] = checkout.least(times, "-m", "zzgeo", "audit", county, "--out", out)
    found["standards list"] = checkout.least(times, "-m", "zzgeo", "standards", "list")
    found["check of a county"] = checkout.least(times, "-m", "zzgeo", "check", county)
    found["import zzgeo"] = checkout.least(times, "-c", "import zzgeo")
    found["--help"] = checkout.least(times, "-m", "zzgeo", "--help")
    return found


def _line(job: str, here: float, before: float | None, target: float | None) -> str:
    cells = (before, here, None if before is None else here / before, target)
    return f"| {job} | " + " | ".join("" if cell is None else f"{cell:.2f}" for cell in cells) + " |"


def main() -> None:
    """Generate the counties, measure, and print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.small", description=__doc__)
    parser.add_argument("--base", type=Path, help="top folder of an older checkout to compare with")
    parser.add_argument("--times", type=int, default=3, help="runs of each short job")
    parser.add_argument("--studies", type=int, default=12, help="counties that one process audits")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folders = [small_county(Path(scratch) / f"county-{seed}", seed).parent for seed in range(1, COUNTIES + 1)]
        tops = [TOP] if options.base is None else [TOP, options.base.resolve()]
        checkouts = [Checkout(top, Path(scratch) / f"kept-{number}") for number, top in enumerate(tops)]
        for one in checkouts:
            one.kept.mkdir()
        jobs = [measured(one, folders, options.times) for one in checkouts]
        warm = [one.warm(folders, options.studies) for one in checkouts]
    for of_one, (seconds, _) in zip(jobs, warm, strict=True):
        of_one["a county, in a warm process"] = seconds
    before = jobs[1] if len(jobs) > 1 else dict.fromkeys(jobs[0])
    sys.stdout.write("| job | before, s | here, s | ratio | target |\n|---|--:|--:|--:|--:|\n")
    for job, seconds in jobs[0].items():
        sys.stdout.write(_line(job, seconds, before[job], TARGETS.get(job)) + "\n")
    # a batch of the older checkout starts a process for every study
    alone = before["a county, a process of its own"]
    sys.stdout.write(_line("a county in a warm process, beside one of its own", warm[0][0], alone, 1 / 4) + "\n")
    held = warm[0][1]
    sys.stdout.write(f"\nmemory held after each study, MB: {held[0]} first, {held[len(held) // 2]}, {held[-1]} last\n")


if __name__ == "__main__":
    main()
