"""How long somebody waits for compiled code: on the first call ever, and on the first call of a later start.

Run from the project's top folder: ``python -m benchmarks.first_call``.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

#: What is called, and how long it may take the first time ever and in a later process.
JOBS = ("nearest facility", "drawn service areas")
FIRST_S, LATER_S = 10.0, 1.0

_NODES, _FACILITIES, _PLACES = 20_000, 200, 30_000


def measure() -> dict[str, tuple[float, float]]:
    """Return, by job, seconds a call takes longer than the one after it: with an empty cache, and with a full one."""
    return {job: _both(job) for job in JOBS}


def _both(job: str) -> tuple[float, float]:
    with tempfile.TemporaryDirectory() as cache:
        first, later = (_wait(job, cache) for _ in range(2))
    return first, later


def _wait(job: str, cache: str) -> float:
    again = [sys.executable, "-m", "benchmarks.first_call", job]
    top = Path(__file__).resolve().parents[1]
    settings = os.environ | {"NUMBA_CACHE_DIR": cache}
    done = subprocess.run(again, capture_output=True, text=True, check=True, cwd=top, env=settings)
    return float(done.stdout.split()[-1])


def _call(job: str) -> float:
    from benchmarks.cities import places, streets
    from zzgeo.network import Reach, WalkNetwork, nearest, service_areas

    lines = streets(_NODES)
    network, facilities = WalkNetwork.from_edges(lines), places(lines, _FACILITIES)
    people = places(lines, _PLACES, seed=5)
    seconds = []
    for _ in range(2):
        begun = time.perf_counter()
        fresh = network.with_profile(None)
        if job == JOBS[0]:
            nearest(fresh, facilities, people)
        else:
            service_areas(fresh, facilities, Reach.along_streets(1_250.0), draw="field")
        seconds.append(time.perf_counter() - begun)
    return seconds[0] - seconds[1]


def main() -> None:
    """Print the seconds of every job; with the name of one, those of its first call in this process."""
    if len(sys.argv) > 1:
        sys.stdout.write(f"{_call(sys.argv[1])}\n")
        return
    sys.stdout.write("| first call | with an empty cache, s | in a later process, s |\n|---|--:|--:|\n")
    for job, (first, later) in measure().items():
        sys.stdout.write(f"| {job} | {first:.1f} (target {FIRST_S:g}) | {later:.2f} (target {LATER_S:g}) |\n")


if __name__ == "__main__":
    main()
