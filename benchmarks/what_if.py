"""Time what a facility more or less, or another walking speed, comes to, beside a full audit of the same scenario.

Run from the project's top folder: ``python -m benchmarks.what_if`` audits the sample, and ``--city DIR`` a study that
`benchmarks.city` generated. In one run each scenario is judged by ``report.what_if`` and audited in full; the tables
of both are compared cell by cell, and the program stops at the first that differs. Told are the seconds until the
findings are there (``findings``) and until every table is (``all tables``), and how many times faster than the audit
that is. The first scenario of a list of facilities also lays out what the next ones start from (``first``).
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


@dataclass(frozen=True)
class Timed:
    """Seconds of one scenario: what_if until the findings, until all tables; the full audit."""

    findings: float
    tables: float
    audit: float


def timed(report: AuditReport, ask: Callable[[], AuditReport]) -> Timed:
    """Judge a scenario both ways; stop where they differ."""
    begun = time.perf_counter()
    after = ask()
    _ = after.findings
    findings = time.perf_counter() - begun
    for name in TABLES:
        getattr(after, name)
    tables = time.perf_counter() - begun
    begun = time.perf_counter()
    full = zzgeo.audit(after.study, profile=report.provenance["parameters"]["profile"])
    audit = time.perf_counter() - begun
    if wrong := differences(after, full):
        raise SystemExit(f"what_if differs from a full audit in {', '.join(wrong)}")
    return Timed(findings, tables, audit)


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
    yield "| one facility | first, s | findings, s | times faster | all tables, s | times faster | full audit, s |"
    yield "|---|--:|--:|--:|--:|--:|--:|"
    for kind in kinds:
        ran = [(name, timed(report, ask)) for name, ask in changes(report, kind, times)]
        first = ran[0][1].findings
        for name in ("comes", "goes", "moves"):
            own = [one for which, one in ran[1:] if which == name]
            findings, tables, audit = (
                statistics.median(getattr(one, column) for one in own) for column in ("findings", "tables", "audit")
            )
            rules = sum(kind in rule.facilities for rule in report.rules)
            yield (
                f"| {kind} {name}, {rules} clauses | {first:.3f} | {findings:.4f} | {audit / findings:.0f} | {tables:.3f} |"
                f" {audit / tables:.1f} | {audit:.2f} |"
            )
            first = findings
    speed = timed(report, lambda: report.what_if(walking={"aged_60_plus": 0.9, "residents": 1.2}))
    yield (
        f"| other walking speeds | | {speed.findings:.3f} | {speed.audit / speed.findings:.1f} (target"
        f" {TARGET_SPEED:g}) | {speed.tables:.3f} | {speed.audit / speed.tables:.1f} | {speed.audit:.2f} |"
    )


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
        sys.stdout.write(f"\n{report.study!r}, {len(report.rules)} rules, target {TARGET:g} times\n\n")
        for line in told(report, options.kinds.split(","), options.times):
            sys.stdout.write(f"{line}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
