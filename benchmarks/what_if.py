"""Time what a facility more or less, or another walking speed, comes to, beside a full audit of the same scenario.

Run from the project's top folder: ``python -m benchmarks.what_if`` audits the sample, and ``--city DIR`` a study that
`benchmarks.city` generated. In one run facilities come, go and move, each judged by ``report.what_if`` until the
findings are there; of the last of each kind, and of other walking speeds, every table is made and compared, cell by
cell, with a full audit of the same scenario: the program stops where they differ. Seconds and how many times faster are
told by the wall, and in brackets by the processors, which says more on a machine that does other things beside. The
first scenario of a kind also lays out what the next ones start from.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import pandas as pd

import zzgeo
from zzgeo.auditing.report import AuditReport
from zzgeo.installed import sample_study_path

#: How many times faster a facility, and a walking speed, shall be judged.
TARGET, TARGET_SPEED = 300.0, 5.0

TABLES = ("findings", "flags", "reach", "gaps", "ranking", "next_sites", "snapping", "provenance")


def differences(one: AuditReport, other: AuditReport) -> list[str]:
    """Return in which tables two reports differ, by a bit."""
    found = [name for name in ("flags", "gaps", "ranking", "next_sites", "snapping") if not _same(one, other, name)]
    params = [[str(cell) for cell in report.findings["params"]] for report in (one, other)]
    plain = [report.findings.drop(columns="params") for report in (one, other)]
    if params[0] != params[1] or not _equal(*plain):
        found.append("findings")
    if one.reach.keys() != other.reach.keys():
        found.append("reach")
    found += [f"reach of {rule}" for rule in one.reach.keys() & other.reach.keys() if not _of(one, other, rule)]
    return found + (["provenance"] if one.provenance != other.provenance else [])


def _same(one: AuditReport, other: AuditReport, name: str) -> bool:
    return _equal(pd.DataFrame(getattr(one, name)), pd.DataFrame(getattr(other, name)))


def _of(one: AuditReport, other: AuditReport, rule: str) -> bool:
    return _equal(one.reach[rule], other.reach[rule])


def _equal(one: pd.DataFrame, other: pd.DataFrame) -> bool:
    try:
        pd.testing.assert_frame_equal(one, other, check_exact=True)
    except AssertionError:
        return False
    return True


@dataclass
class Clock:
    """Seconds on the wall and seconds of the processors since it was started."""

    wall: float = 0.0
    work: float = 0.0

    def __post_init__(self) -> None:
        self.wall, self.work = time.perf_counter(), time.process_time()

    def read(self) -> tuple[float, float]:
        """Return the seconds that passed on the wall, and of the processors."""
        return time.perf_counter() - self.wall, time.process_time() - self.work


def asked(ask: Callable[[], AuditReport]) -> tuple[AuditReport, tuple[float, float]]:
    """Judge a scenario until its findings are there."""
    clock = Clock()
    after = ask()
    _ = after.findings
    return after, clock.read()


def audited(report: AuditReport, after: AuditReport) -> tuple[tuple[float, float], tuple[float, float]]:
    """Make every other table, and audit the scenario in full; stop where the two differ. Return the seconds of both."""
    clock = Clock()
    for name in TABLES:
        getattr(after, name)
    tables, clock = clock.read(), Clock()
    full = zzgeo.audit(after.study, profile=report.provenance["parameters"]["profile"])
    seconds = clock.read()
    if wrong := differences(after, full):
        raise SystemExit(f"what_if differs from a full audit in {', '.join(wrong)}")
    return tables, seconds


def changes(report: AuditReport, kind: str, times: int) -> Iterator[tuple[str, Callable[[], AuditReport]]]:
    """Yield scenarios of one facility of a kind: it comes, it goes, it moves."""
    study = report.study
    own = study.facilities.index[study.facilities["kind"] == kind]
    for number in range(times):
        spot = study.demand.geometry.iloc[[(number + 1) * len(study.demand) // (times + 2)]].translate(3.0, 4.0)
        new = gpd.GeoDataFrame(
            {"kind": [kind], "name": ["x"]}, index=["proposed"], geometry=spot.set_axis(["proposed"])
        )
        gone = [own[(number + 1) * len(own) // (times + 2)]]
        yield "comes", lambda new=new: report.what_if(add=new)
        yield "goes", lambda gone=gone: report.what_if(remove=gone)
        yield "moves", lambda new=new, gone=gone: report.what_if(add=new, remove=gone)


def told(report: AuditReport, kinds: list[str], times: int) -> Iterator[str]:
    """Yield the lines of a table: a kind of facility, how its scenarios were judged."""
    yield "| scenario | clauses | findings by the wall, s | processor, s | all tables, s | full audit, s | faster |"
    yield "|---|--:|--:|--:|--:|--:|--:|"
    for kind in kinds:
        rules, last = sum(kind in rule.facilities for rule in report.rules), None
        seen: dict[str, list[tuple[float, float]]] = {}
        for number, (name, ask) in enumerate(changes(report, kind, times)):
            last, seconds = asked(ask)
            seen.setdefault("first" if number == 0 else name, []).append(seconds)
        assert last is not None
        tables, full = audited(report, last)
        for name, own in seen.items():
            wall, work = (statistics.median(one[side] for one in own) for side in (0, 1))
            every, audit = (f"{seconds[0]:.2f} ({seconds[1]:.2f})" for seconds in (tables, full))
            faster = f"{full[0] / wall:.0f} ({full[1] / work:.0f})"
            yield f"| {kind} {name} | {rules} | {wall:.4f} | {work:.4f} | {every} | {audit} | {faster} |"
    after, speed = asked(lambda: report.what_if(walking={"aged_60_plus": 0.9, "residents": 1.2}))
    tables, full = audited(report, after)
    every, audit = (f"{seconds[0]:.2f} ({seconds[1]:.2f})" for seconds in (tables, full))
    faster = f"{full[0] / speed[0]:.1f} ({full[1] / speed[1]:.1f})"
    yield f"| other walking speeds | | {speed[0]:.3f} | {speed[1]:.3f} | {every} | {audit} | {faster} |"


def main() -> None:
    """Audit the studies and print the tables."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.what_if", description=__doc__)
    parser.add_argument("--city", type=Path, action="append", default=[], help="folder of a study of benchmarks.city")
    parser.add_argument("--kinds", default="elderly_day_care,market", help="kinds of facilities that change")
    parser.add_argument("--times", type=int, default=2, help="scenarios of each sort, at least 2")
    parser.add_argument("--no-sample", action="store_true", help="the cities alone")
    options = parser.parse_args()
    for path in [*([] if options.no_sample else [sample_study_path()]), *options.city]:
        report = zzgeo.audit(zzgeo.load_study(path))
        target = f"target {TARGET:g} times, of speeds {TARGET_SPEED:g}"
        sys.stdout.write(f"\n{report.study!r}, {len(report.rules)} rules, {target}\n\n")
        for line in told(report, options.kinds.split(","), options.times):
            sys.stdout.write(f"{line}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
