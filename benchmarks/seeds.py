"""Run the tests in which something is drawn with one seed after the other, and tell what ran and what failed.

Run from the project's top folder: ``python -m benchmarks.seeds --runs 20``; with ``--minutes 60`` as many seeds as fit,
the quick modules first. A module belongs to it where a test is drawn by hypothesis (``@given``) or by the seed of the
run (``ZZGEO_FUZZ_SEED``). The first seed times the modules; then all seeds of those that take a tenth of the time, in
one run a seed, and then the others one by one. What each run printed is kept in the folder ``--log``; the exit code is
1 where a test failed. `ZZGEO_FUZZ_SEED=K pytest MODULE` repeats a failure.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree

TOP = Path(__file__).resolve().parents[1]

_BY_HYPOTHESIS = re.compile(r"^ *@given\(", re.MULTILINE)
_BY_SEED = 'environ["ZZGEO_FUZZ_SEED"]'
#: Modules are quick that take no more than this share of what all of them take.
_QUICK = 0.1


@dataclass
class Tally:
    """What came of the tests of one module: seconds of the slowest seed, tests of a seed, seeds that ran and failed."""

    seconds: float = 0.0
    tests: int = 0
    seeds: list[int] = field(default_factory=list)
    failed: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))


def drawn_modules(tests: Path = TOP / "tests") -> dict[Path, bool]:
    """Return the test modules in which something is drawn, and whether hypothesis does it."""
    modules = {}
    for path in sorted(tests.rglob("test_*.py")):
        text = path.read_text("utf-8")
        by_hypothesis = _BY_HYPOTHESIS.search(text) is not None
        if by_hypothesis or _BY_SEED in text:
            modules[path] = by_hypothesis
    return modules


def noted(report: Path, seed: int, top: Path, tallies: dict[Path, Tally]) -> None:
    """Add to the tallies what a report of pytest (JUnit's XML) says of one seed."""
    seconds: dict[Path, float] = defaultdict(float)
    tests: dict[Path, int] = defaultdict(int)
    for case in ElementTree.parse(report).iter("testcase"):
        path = top / f"{case.attrib['classname'].replace('.', '/')}.py"
        seconds[path] += float(case.attrib["time"])
        tests[path] += 1
        if case.find("failure") is not None or case.find("error") is not None:
            tallies[path].failed[case.attrib["name"]].append(seed)
    for path, count in tests.items():
        tally = tallies[path]
        tally.seconds, tally.tests = max(tally.seconds, seconds[path]), count
        tally.seeds.append(seed)


def groups(tallies: dict[Path, Tally]) -> list[list[Path]]:
    """Return the modules in the order they run in: the quick ones together, then the others one by one."""
    order = sorted(tallies, key=lambda path: (tallies[path].seconds, path))
    whole, so_far, quick = sum(tally.seconds for tally in tallies.values()), 0.0, 0
    while quick < len(order) and so_far + tallies[order[quick]].seconds <= _QUICK * whole:
        so_far += tallies[order[quick]].seconds
        quick += 1
    return [order[:quick], *([path] for path in order[quick:])] if quick else [[path] for path in order]


def _run(modules: Iterable[Path], seed: int, log: Path, tallies: dict[Path, Tally]) -> None:
    """Run what is drawn in some modules with a seed."""
    kinds = drawn_modules()
    for by_hypothesis, marked in ((True, ["-m", "hypothesis"]), (False, [])):
        chosen = [str(path.relative_to(TOP)) for path in modules if kinds[path] == by_hypothesis]
        if not chosen:
            continue
        name = f"seed-{seed}-{Path(chosen[0]).stem}-{len(chosen)}"
        command = [sys.executable, "-m", "pytest", "-q", "-n", "0", f"--junit-xml={log / name}.xml", *marked, *chosen]
        environment = {**os.environ, "ZZGEO_FUZZ_SEED": str(seed)}
        with (log / f"{name}.txt").open("wb") as printed:
            subprocess.run(command, cwd=TOP, env=environment, stdout=printed, stderr=subprocess.STDOUT, check=False)
        noted(log / f"{name}.xml", seed, TOP, tallies)


def table(tallies: dict[Path, Tally]) -> list[str]:
    """Return a line for each module, the quickest first, and one for each test that failed."""
    lines = []
    for path in sorted(tallies, key=lambda path: tallies[path].seconds):
        tally = tallies[path]
        name = path.relative_to(TOP)
        lines.append(f"{len(tally.seeds):3} seeds  {tally.tests:3} tests  {tally.seconds:7.1f} s  {name}")
        lines += [f"    FAILED {test}: seeds {', '.join(map(str, seeds))}" for test, seeds in tally.failed.items()]
    return lines


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--first", type=int, default=1, help="the first seed")
    parser.add_argument("--minutes", type=float, default=float("inf"))
    parser.add_argument("--log", type=Path, default=None)
    parser.add_argument("modules", type=Path, nargs="*", help="all in which something is drawn, if none is named")
    chosen = parser.parse_args(arguments)
    log = chosen.log or Path(tempfile.mkdtemp(prefix="seeds-"))
    log.mkdir(parents=True, exist_ok=True)
    until = time.monotonic() + 60 * chosen.minutes
    seeds = range(chosen.first, chosen.first + chosen.runs)
    tallies: dict[Path, Tally] = defaultdict(Tally)
    _run([path.resolve() for path in chosen.modules] or drawn_modules(), seeds[0], log, tallies)
    for group in groups(tallies):
        for seed in seeds[1:]:
            if time.monotonic() > until:
                break
            _run(group, seed, log, tallies)
    print("\n".join([*table(tallies), f"what was printed: {log}"]))
    return 1 if any(tally.failed for tally in tallies.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
