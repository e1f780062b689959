"""Which maps the document shows: one for every district and clause that can be drawn, up to a number said in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from zzgeo.layers.base import number, text
from zzgeo.layers.parts.findings import placed_units
from zzgeo.layers.parts.headline import headline
from zzgeo.reporting.told.clauses import clause_groups
from zzgeo.vocabulary.verdicts import FAIL, JUDGED

if TYPE_CHECKING:
    from zzgeo.auditing.report import AuditReport

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


def _placed_units(report: AuditReport) -> set[tuple[str, str]]:
    """Return the pairs of district and rule with units that were judged and have a place."""
    rows = report.findings[(report.findings["level"] == "unit") & report.findings["unit"].isin(placed_units(report))]
    return set(zip(rows["district"].map(text), rows["rule"].astype(str), strict=True))
