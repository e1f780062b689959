"""Kills a process that writes results at random moments; says what was found afterwards. Run by test_results_folder.py.

Arguments: folder, number of kills, seed, and ``two-renames`` where folders cannot change places in one
step: it is written as on Windows then.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from zzgeo.errors import EnvironmentFault
from zzgeo.reporting.files import File
from zzgeo.reporting.results import disk
from zzgeo.reporting.results import folder as module
from zzgeo.system.windows import Windows

#: More results than so many are to be seen: until then it is killed later, and more often.
FEWEST = 3
NAMES = ["index.html", "findings.csv", *(f"maps/place-{number}.html" for number in range(12))]


def files(generation: int) -> Iterator[File]:
    content = f"{generation}\n".encode() * 2_000
    for name in NAMES:
        yield name, content, lambda back: back.endswith(b"\n")


def write_for_ever(out: Path, generation: int) -> None:
    while True:
        generation += 1
        with module.ResultFolder(out) as held:
            held.put(lambda scratch, now=generation: files(now))


def state(out: Path) -> set[str]:
    """Return every generation some file of the result is of; one, if the result is whole."""
    return {str(set((out / name).read_text().split())) if (out / name).is_file() else "missing" for name in NAMES}


def main(out: Path, kills: int, seed: int, two_renames: bool) -> dict[str, object]:
    if two_renames:
        module.SYSTEM = disk.SYSTEM = Windows()
    # a kill loses nothing that the system has taken: flushing would only slow the storm down
    os.fsync = lambda handle: None
    chance = random.Random(seed)
    started = time.monotonic()
    with module.ResultFolder(out) as held:
        held.put(lambda scratch: files(0))
    once = time.monotonic() - started
    (out / "notes.txt").write_text("mine")
    mixed, absent, faults, seen = [], 0, [], set()
    reach = 3.0 * once
    for kill in range(10 * kills):
        if kill >= kills and len(seen) > FEWEST:
            break
        newest = max((int(one) for one in (out / "index.html").read_text().split()), default=0)
        child = os.fork()
        if child == 0:
            try:
                write_for_ever(out, newest)
            finally:
                os._exit(1)
        time.sleep(chance.uniform(0.0, reach))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        absent += not out.exists()
        try:
            with module.ResultFolder(out):  # a lock of the killed does not stay, and what it left is put right
                pass
        except EnvironmentFault as error:
            faults.append(str(error))
        found = state(out)
        if len(found) != 1 or "missing" in found or not (out / "notes.txt").is_file():
            mixed.append(sorted(found))
        # the machine may be slower by now than it was, or quicker
        reach = reach * 1.2 if found <= seen else max(reach / 1.2, 3.0 * once)
        seen |= found
    left = sorted(path.name for path in out.parent.iterdir() if path != out)
    return {"mixed": mixed, "absent": absent, "faults": faults, "left": left, "generations": len(seen)}


if __name__ == "__main__":
    told = main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), "two-renames" in sys.argv)
    print(json.dumps(told))
