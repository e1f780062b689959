"""Tables as CSV, for spreadsheets and programs."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator
from typing import TYPE_CHECKING

from zzgeo.reporting.files import File
from zzgeo.reporting.outputs.base import Edition, Output

if TYPE_CHECKING:
    import pandas as pd

    from zzgeo.reporting.processes import Handed


def _findings(edition: Edition) -> pd.DataFrame:
    from zzgeo.auditing.table import params_text

    findings = edition.report.findings
    return findings.assign(params=[params_text(params) for params in findings["params"]])


def _gaps(edition: Edition) -> pd.DataFrame:
    from zzgeo.reporting.desk.tables import with_place

    return with_place(edition.report.gaps)


def _next_sites(edition: Edition) -> pd.DataFrame:
    from zzgeo.reporting.desk.tables import with_lon_lat

    return with_lon_lat(edition.report.next_sites, edition.report.study.crs)


def _quarantined(edition: Edition) -> pd.DataFrame:
    from zzgeo.formats.parts.base import reasons_in

    return reasons_in(edition.report.study.quarantined, edition.lang)


def _changes(edition: Edition) -> pd.DataFrame:
    assert edition.comparison is not None
    return edition.comparison.changes


def _readings(edition: Edition) -> pd.DataFrame:
    assert edition.report.readings is not None
    return edition.report.readings


def _plan_tables(edition: Edition) -> dict[str, pd.DataFrame]:
    """Return the tables of the plans: each row says of which, counted from 1, and of which proposal."""
    import pandas as pd

    from zzgeo.reporting.desk.tables import with_place

    parts: dict[str, list[pd.DataFrame]] = {name: [] for name in _PLANS}
    for number, plan in enumerate(edition.report.plans, start=1):
        rules = " ".join(rule.id for rule in plan.rules)
        sites, refused = (with_place(one).reset_index() for one in (plan.as_facilities, plan.refused))
        tables = (sites.assign(rules=rules), plan.curve, plan.assignment, refused)
        for name, table in zip(_PLANS, tables, strict=True):
            parts[name].append(table.assign(plan=number, proposal=plan.mark))
    return {name: pd.concat(tables, ignore_index=True) for name, tables in parts.items() if tables}


#: The tables of plans, where the report has some: sites, people by sites, who is served by which, refused candidates.
_PLANS = ("plan_sites.csv", "plan_curve.csv", "plan_assignment.csv", "plan_refused.csv")


#: Every table, in the order they are written; the readings of verdicts only where they were computed, the last only
#: where the audit is compared with an earlier one.
_TABLES: dict[str, Callable[[Edition], pd.DataFrame]] = {
    "findings.csv": _findings,
    "gaps.csv": _gaps,
    "ranking.csv": lambda edition: edition.report.ranking,
    "next_sites.csv": _next_sites,
    "snapping.csv": lambda edition: edition.report.snapping,
    "quarantined.csv": _quarantined,
    "sensitivity.csv": _readings,
    "comparison.csv": _changes,
}


def _marked(table: pd.DataFrame, edition: Edition) -> pd.DataFrame:
    """Return a table that says in every row of which proposal it is; of what is there, the table as it is."""
    proposal = edition.report.study.proposal
    return table if proposal is None else table.assign(proposal=proposal.mark)


def _names(edition: Edition) -> list[str]:
    absent = {_readings} if edition.report.readings is None else set()
    absent |= {_changes} if edition.comparison is None else set()
    return [
        *(name for name, table in _TABLES.items() if table not in absent),
        *(_PLANS if edition.report.plans else ()),
    ]


def files(edition: Edition) -> Generator[File]:
    """Begin the tables where another process may write them, and give each as CSV."""
    begun = list(_handed(edition)) if edition.processes.spare else None
    return _given(edition, begun)


def _given(edition: Edition, begun: Iterable[tuple[str, int, Handed]] | None) -> Generator[File]:
    from zzgeo.reporting.desk.tables import csv_is_whole

    for name, rows, table in begun if begun is not None else _handed(edition):
        yield table.file(name, csv_is_whole(rows))


def _handed(edition: Edition) -> Iterator[tuple[str, int, Handed]]:
    """Give the name of each table, how many rows it has, and its CSV, handed over to be written."""
    from zzgeo.reporting.desk.tables import csv_bytes

    plans = _plan_tables(edition)
    for name in _names(edition):
        table = plans[name] if name in plans else _marked(_TABLES[name](edition), edition)
        yield name, len(table), edition.processes.put_apart(csv_bytes, table)


OUTPUT = Output(
    id="tables",
    label_zh="CSV 表：结论、缺口、排序、选址、定位、剔除的行、结论的稳定性",
    label_en="CSV tables: findings, gaps, ranking, next sites, snapping, rows set aside, whether verdicts hold",
    names=(*_TABLES, *_PLANS),
    files=files,
    when="usual",
    order=20,
    offers=_names,
)
