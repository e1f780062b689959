"""Mutated input: whatever a file has become, zzgeo ends with 0 or 4, in time, within memory, every row accounted for.

``python tests/fuzz.py --count 10000 --seed 7`` runs more of it; failing files are kept in the folder it names. Each
file is checked in a worker process, so that a signal or a hang is found and blamed on the one file. One file in
`DOORS_EACH` is no data file but a study, a standard, a table of indicators or an earlier audit; ``--doors`` runs
nothing else.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import os
import random
import resource
import select
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from fuzz_damage import mutated
from fuzz_files import Base, bases
from fuzz_town import INDICATORS, STUDY, Town, clauses_by_kind, fault_of

SECONDS, MEGABYTES = 15.0, 1_000
#: Seconds of processor are counted, for a busy machine is no fault; without an answer for so long a worker hangs.
HANGS = 60.0
DOORS_EACH = 10


Use = Callable[[Path], str | None]


def doors(folder: Path) -> list[tuple[Base, Use]]:
    """Return what is no data file, each with what is done with it; half of them are standards, one for every kind."""
    town = Town(folder)
    town.study  # noqa: B018 - written now, before anything stands beside it
    others = {
        "study.toml": (STUDY.encode(), town.as_study),
        "indicators.csv": (INDICATORS.encode(), town.as_indicators),
        "audit.json": (town.earlier(), town.as_earlier_audit),
    }
    found: list[tuple[Base, Use]] = []
    for kind, text in clauses_by_kind().items():
        found.append((Base(kind, {".toml": text.encode()}, ()), partial(fault_of, town.as_standard)))
        name, (data, use) = list(others.items())[len(found) % len(others)]
        stem, _, ending = name.partition(".")
        found.append((Base(stem, {f".{ending}": data}, ()), partial(fault_of, use)))
    return found


def work(seed: int, each: int, folder: Path) -> None:
    """Check the mutated files whose numbers come on standard input; say when each begins and how it ended.

    One file in `each` is no data file.
    """
    resource.setrlimit(resource.RLIMIT_AS, (6 << 30, 6 << 30))
    for name in ("sound", "town"):
        (folder / name).mkdir()
    sound: list[tuple[Base, Use]] = [(one, partial(_fault, one.arguments)) for one in bases(folder / "sound")]
    special = doors(folder / "town")
    print("ready", flush=True)
    for line in sys.stdin:
        number = int(line)
        rng = random.Random(f"{seed}/{number}")
        turn, rest = divmod(number, each)
        base, fault_in = special[turn % len(special)] if rest == 0 else sound[number % len(sound)]
        place = folder / f"case-{number}"
        place.mkdir()
        for ending, data in mutated(base, rng).items():
            (place / f"{base.name}{ending}").write_bytes(data)
        path = place / f"{base.name}{next(iter(base.parts))}"
        print(json.dumps({"begin": number, "file": path.name}), flush=True)
        began = time.process_time()
        fault = fault_in(path)
        took = time.process_time() - began
        if fault is None:
            shutil.rmtree(place)
        print(json.dumps({"end": number, "fault": fault, "seconds": took, "megabytes": _peak()}), flush=True)


def _fault(arguments: tuple[str, ...], path: Path) -> str | None:
    from zzgeo.cli.commands import run

    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = run(["check", str(path), "--json", *arguments])
    if code not in (0, 4):
        return f"exit {code}: {err.getvalue()[:300]}"
    if "Traceback" in err.getvalue() + out.getvalue():
        return "a traceback"
    if not out.getvalue():
        return f"no account: {err.getvalue()[:300]}"
    found = json.loads(out.getvalue())
    parts = found["rows_used"] + found["rows_set_aside"] + found["rows_refused"]
    if found["rows_read"] != parts or len(found["quarantined"]) != found["rows_set_aside"]:
        return f"rows: {found['rows_read']} read, {parts} accounted for"
    if code == 0 and (found["outcome"] == "reject" or found["rows_refused"]):
        return "refused with exit 0"
    if code == 4 and not any(one["severity"] == "error" for one in found["problems"]):
        return "refused without a reason"
    return None


def _peak() -> int:
    status = Path("/proc/self/status").read_text()
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM"))) // 1024


# ---------------------------------------------------------------------------------------------------- coordinator


def storm(count: int, seed: int, keep: Path, workers: int = 2, each: int = DOORS_EACH) -> list[str]:
    """Check `count` mutated files and return one line for each that did not end as it must."""
    faults: list[str] = []
    todo = iter(range(count))
    crews = [_Crew((str(seed), str(each)), keep / f"worker-{n}") for n in range(workers)]
    # a sum, for every crew gets its turn
    while sum(crew.busy(todo, faults) for crew in crews):
        pass
    return faults


class _Crew:
    """One worker process at a time, begun anew where a file has ended it."""

    def __init__(self, told: tuple[str, str], folder: Path) -> None:
        self.told, self.folder, self.lives = told, folder, 0
        self.process: subprocess.Popen[bytes] | None = None
        self.current: dict[str, object] = {}
        self.since = 0.0
        self.unread = b""

    def busy(self, todo: Iterator[int], faults: list[str]) -> bool:
        """Wait a moment for the worker and give it its next file; False when there is nothing left to do."""
        if self.process is None and not self._begin(todo):
            return False
        assert self.process is not None
        assert self.process.stdout is not None
        ready, _, _ = select.select([self.process.stdout], [], [], 0.05)
        if ready:
            # past the buffer of a text stream: a second line that waits in there would not wake `select`
            said = os.read(self.process.stdout.fileno(), 1 << 16)
            *lines, self.unread = (self.unread + said).split(b"\n")
            for line in lines:
                self._heard(json.loads(line) if line.startswith(b"{") else {}, todo, faults)
            if not said:
                self._died(faults, f"signal or exit {self.process.wait()}")
        elif self.current and time.monotonic() - self.since > HANGS:
            self.process.kill()
            self._died(faults, f"no answer in {HANGS:g} s")
        return True

    def _begin(self, todo: Iterator[int]) -> bool:
        self.next = next(todo, None)
        if self.next is None:
            return False
        self.lives += 1
        home = self.folder / str(self.lives)
        home.mkdir(parents=True)
        command = [sys.executable, "-W", "ignore", __file__, "--worker", *self.told, str(home)]
        self.unread = b""
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        return True

    def _give(self, number: int | None) -> None:
        assert self.process is not None
        assert self.process.stdin is not None
        if number is None:
            self._end()
            return
        self.process.stdin.write(b"%d\n" % number)
        self.process.stdin.flush()

    def _heard(self, said: dict[str, object], todo: Iterator[int], faults: list[str]) -> None:
        if "begin" in said:
            self.current, self.since = said, time.monotonic()
            return
        if "end" in said:
            told = said["fault"]
            if told is None and float(str(said["seconds"])) > SECONDS:
                told = f"{said['seconds']} s"
            if told is None and int(str(said["megabytes"])) > MEGABYTES:
                told = f"{said['megabytes']} MB"
            if told is not None:
                faults.append(f"{said['end']} {self.current.get('file')}: {told}")
            self.current = {}
            self.next = next(todo, None)
        self._give(self.next)

    def _died(self, faults: list[str], how: str) -> None:
        faults.append(f"{self.current.get('begin')} {self.current.get('file')}: {how}")
        self._end()
        self.current = {}

    def _end(self) -> None:
        """Let the worker finish, close its pipes, and be without one."""
        if self.process is not None:
            with contextlib.suppress(BrokenPipeError):
                self.process.communicate()
        self.process = None


def main() -> int:
    if sys.argv[1:2] == ["--worker"]:
        work(int(sys.argv[2]), int(sys.argv[3]), Path(sys.argv[4]))
        return 0
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--keep", type=Path, default=None, help="folder for failing files")
    parser.add_argument("--doors", action="store_true", help="studies, standards, indicators, earlier audits only")
    chosen = parser.parse_args()
    seed = chosen.seed if chosen.seed is not None else int.from_bytes(random.randbytes(4))
    keep = chosen.keep or Path(tempfile.mkdtemp(prefix="fuzz-"))
    began = time.monotonic()
    faults = storm(chosen.count, seed, keep, each=1 if chosen.doors else DOORS_EACH)
    print(*faults, sep="\n")
    print(f"{chosen.count} files, seed {seed}, {len(faults)} faults, {time.monotonic() - began:.0f} s; kept in {keep}")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
