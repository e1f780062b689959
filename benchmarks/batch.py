"""Time batches of generated counties on two cores: processor and wall seconds, memory, bytes, and a rerun of nothing.

Run from the project's top folder: ``python -m benchmarks.batch`` (200 small counties: 150 units, 3,000 places, 3,000
streets each) or ``python -m benchmarks.batch --counties 2800`` for the nation. ``--base DIR`` names a checkout of an
earlier version, whose ``zzgeo batch`` then does the same counties in the same run, before ours. What is compiled is
so before anything is timed. ``--base-counties 20`` gives the base only the first so many: what a county takes is
compared. ``--files lean,pages`` writes what the nation needs. The counties are generated once and kept in ``--dir``.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from benchmarks.counties import small_county
from zzgeo.system import SYSTEM

ROOT = Path(__file__).resolve().parents[1]

#: What is asked of a batch: shares of the base's processor and wall time, of the nation minutes and bytes, and of a
#: second run seconds.
CPU_SHARE, WALL_SHARE, NATION_MINUTES, NATION_GB, AGAIN_S = 1 / 4, 1 / 5, 60, 4.0, 60

#: Seconds between two looks at memory.
_LOOK_S = 0.5


@dataclass
class Timed:
    """A command that was run: seconds of the wall and of processors, and memory held while it ran."""

    wall: float = 0.0
    cpu: float = 0.0
    code: int = 0
    held: list[int] = field(default_factory=list)

    @property
    def early_and_late_gb(self) -> tuple[float, float]:
        """The most memory of all processes in the second quarter of the time, and in the last."""
        quarter = max(1, len(self.held) // 4)
        return max(self.held[quarter : 2 * quarter] or [0]) / 1e9, max(self.held[-quarter:] or [0]) / 1e9


def timed(command: list[str], code: Path, log: Path) -> Timed:
    """Run a command of the code in a folder, in a process of its own."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.monotonic()
    told = Timed()
    env = {**os.environ, "PYTHONPATH": str(code)}
    with log.open("wb") as said:
        process = subprocess.Popen([sys.executable, "-m", *command], cwd=log.parent, env=env, stdout=said, stderr=said)
        while process.poll() is None:
            told.held.append(SYSTEM.resident_bytes(process.pid))
            time.sleep(_LOOK_S)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    told.wall = time.monotonic() - began
    told.cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    told.code = process.returncode
    return told


def counties(folder: Path, count: int, size: dict[str, int]) -> list[Path]:
    """Return the folders of so many counties; those that are not there yet are generated."""
    home = folder / "-".join(map(str, size.values()))
    home.mkdir(parents=True, exist_ok=True)
    folders = [home / f"county-{seed:04d}" for seed in range(count)]
    missing = [seed for seed, path in enumerate(folders) if not (path / "study.toml").exists()]
    with ProcessPoolExecutor(2) as pool:
        list(pool.map(partial(_county, home, size), missing))
    return folders


def _county(home: Path, size: dict[str, int], seed: int) -> None:
    small_county(home / f"county-{seed:04d}", seed, **size)


def bytes_of(folder: Path) -> int:
    """Return the bytes of all files, those with two names once."""
    states = {(state.st_dev, state.st_ino): state.st_size for state in map(os.stat, _files(folder))}
    return sum(states.values())


def _files(folder: Path) -> list[str]:
    return [os.path.join(above, name) for above, _, names in os.walk(folder) for name in names]


def run(name: str, code: Path, given: list[Path], work: Path, files: str = "usual") -> Timed:
    """Do a batch with the code in a folder; print what it took."""
    out, log = work / name, work / f"{name}.log"
    warm = timed(["zzgeo", "batch", str(given[0]), "--out", str(work / "warm"), "--workers", "1"], code, log)
    shutil.rmtree(work / "warm", ignore_errors=True)
    told = timed(_batch(given, out, files), code, log)
    if warm.code or told.code:
        raise SystemExit(f"{name}: exit {told.code}\n{log.read_text()[-2000:]}")
    early, late = told.early_and_late_gb
    print(
        f"{name}: {len(given)} counties, {told.wall:.0f} s wall, {told.cpu:.0f} s of processors "
        f"({told.cpu / len(given):.2f} a county), {bytes_of(out) / 1e9:.3f} GB written, "
        f"memory of all processes {early:.2f} GB early, {late:.2f} GB late",
        flush=True,
    )
    return told


def _batch(given: list[Path], out: Path, files: str) -> list[str]:
    # an earlier version takes what is usual without being asked
    asked = [] if files == "usual" else ["--files", files]
    return ["zzgeo", "batch", *map(str, given), "--out", str(out), "--workers", "2", *asked]


def main() -> None:
    """Generate counties, run the batches, and say how far from what is asked they are."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.batch", description=__doc__)
    parser.add_argument("--counties", type=int, default=200)
    parser.add_argument("--base", type=Path, help="a checkout of an earlier version")
    parser.add_argument("--base-counties", type=int, help="give the base the first so many alone")
    parser.add_argument("--files", default="usual", help="what ours writes; the base writes what is usual")
    parser.add_argument("--dir", type=Path, default=Path(tempfile.gettempdir()) / "zzgeo-benchmark-batch")
    for name, size in (("units", 150), ("places", 3000), ("streets", 3000)):
        parser.add_argument(f"--{name}", type=int, default=size)
    chosen = parser.parse_args()
    size = {"units": chosen.units, "places": chosen.places, "streets": chosen.streets}
    given = counties(chosen.dir, chosen.counties, size)
    with tempfile.TemporaryDirectory(dir=chosen.dir, prefix="run-") as folder:
        work = Path(folder)
        some = given[: chosen.base_counties]
        base = run("base", chosen.base.resolve(), some, work) if chosen.base else None
        ours = run("ours", ROOT, given, work, chosen.files)
        again = timed(_batch(given, work / "ours", chosen.files), ROOT, work / "again.log")
        print(f"again, nothing changed: {again.wall:.1f} s wall, {again.cpu:.1f} s of processors (asked: {AGAIN_S} s)")
        if base is not None:
            each = len(some) / len(given)
            print(f"a county beside the base: {ours.cpu / base.cpu * each:.2f} of its processor time ({CPU_SHARE:.2f})")
            print(f"a county beside the base: {ours.wall / base.wall * each:.2f} of its wall time ({WALL_SHARE:.2f})")
        nation = 2800 / len(given)
        print(
            f"2,800 counties at this rate: {ours.wall * nation / 60:.0f} minutes (asked: {NATION_MINUTES}), "
            f"{bytes_of(work / 'ours') * nation / 1e9:.1f} GB (asked: {NATION_GB:g})"
        )


if __name__ == "__main__":
    main()
