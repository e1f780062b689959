"""Which maps the document shows: one for every district and clause that can be drawn, up to a number said in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from zzgeo.layers.base import number, text
from zzgeo.reporting.told.clauses import clause_groups
from zzgeo.reporting.told.headline import headline
from zzgeo.vocabulary.verdicts import FAIL, JUDGED

if TYPE_CHECKING:
    from zzgeo.auditing.report import AuditReport
    from zzgeo.standards import Rule

#: Maps of one document. 240 of them make a file of some 15 MB, which Word and WPS still open at once.
MOST_MAPS = 240


@dataclass(frozen=True)
class ClauseMaps:
    """Pairs of district and rule that get a map, and how many could be drawn."""

    shown: frozenset[tuple[str, str]]
    drawable: int


def clause_maps(report: AuditReport, most: int = MOST_MAPS) -> ClauseMaps:
    """Choose the maps of a document.

    Parameters
    ----------
    report
        An audit.
    most
        Maps at most. Where there are more, every district's first failing rule comes first, then failures by people
        missed, then the rest.

    Returns
    -------
    ClauseMaps
        A rule can be drawn where it was judged at people's homes, or where units it judged have a place.
    """
    findings = report.findings
    scored = set(clause_groups(report)["score"])
    places = _placed_units(report)
    order = {rule.id: at for at, rule in enumerate(report.rules)}
    rows = findings[(findings["level"] == "district") & findings["verdict"].isin(JUDGED)]
    ranked: list[tuple[tuple[bool, bool, float, str, int], tuple[str, str]]] = []
    first: dict[str, str | None] = {}
    for district, rule, verdict, missed in zip(
        *(rows[name].tolist() for name in ("district", "rule", "verdict", "missed")), strict=True
    ):
        pair = (text(district), str(rule))
        if pair[1] not in scored or (pair[1] not in report.reach and pair not in places):
            continue
        if pair[0] not in first:
            opening = headline(report, pair[0])
            first[pair[0]] = None if opening is None else opening.id
        key = (first[pair[0]] != pair[1], verdict != FAIL, -(number(missed) or 0.0), pair[0], order[pair[1]])
        ranked.append((key, pair))
    return ClauseMaps(frozenset(pair for _, pair in sorted(ranked)[:most]), len(ranked))


def unit_verdicts(report: AuditReport, district: str, rule: Rule) -> pd.Series[str]:
    """Return the verdict of every unit with a place that a rule judged in a district, by the unit's code."""
    rows = report.findings
    own = rows[(rows["level"] == "unit") & (rows["rule"] == rule.id) & (rows["district"].map(text) == district)]
    verdicts: pd.Series[str] = own.drop_duplicates("unit").set_index("unit")["verdict"]
    return verdicts[verdicts.index.isin(_placed(report))]


def _placed_units(report: AuditReport) -> set[tuple[str, str]]:
    """Return the pairs of district and rule with units that were judged and have a place."""
    rows = report.findings[(report.findings["level"] == "unit") & report.findings["unit"].isin(_placed(report))]
    return set(zip(rows["district"].map(text), rows["rule"].astype(str), strict=True))


def _placed(report: AuditReport) -> list[str]:
    units = report.study.units
    if units is None:
        return []
    return list(units.index[~(units.geometry.isna() | units.geometry.is_empty)])
