"""A clause judged once more with the facilities read otherwise; a verdict that turns is left to a person."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence

import geopandas as gpd

from zzgeo.rules.parts.base import Context, Finding, Judgement, RuleKind
from zzgeo.rules.parts.covered import judged_where_covered
from zzgeo.rules.parts.tabular import FROM_INDICATORS
from zzgeo.standards import Rule
from zzgeo.vocabulary.flags import Flag
from zzgeo.vocabulary.verdicts import JUDGED, REVIEW

#: Level, district and code of what is judged.
Place = tuple[str, str, str]


def reading_with(context: Context, facilities: gpd.GeoDataFrame) -> Context:
    """Return a study read with other facilities."""
    return Context(dataclasses.replace(context.study, facilities=facilities), land=False)


def verdicts_of(findings: Iterable[Finding]) -> dict[Place, str]:
    """Return verdicts by the place they are of."""
    return {_place_of(one): one.verdict for one in findings}


def verdicts_in(readings: Iterable[Context], rule: Rule, kind: RuleKind) -> list[Mapping[Place, str]]:
    """Return the verdicts of a clause in each of several readings."""
    return [verdicts_of(judged_where_covered(one, rule, kind).findings) for one in readings]


def left_open_where_turned(
    judgement: Judgement,
    first: Mapping[Place, str],
    others: Sequence[Mapping[Place, str]],
    turns_flag: Flag,
    stands_flag: Flag | None,
) -> Judgement:
    """Return a judgement in which no verdict stands that another reading turns.

    Parameters
    ----------
    judgement
        What is to be told; other doubts may have left some of it open.
    first, others
        Verdicts of the reading it rests on, and of the others; a place that another has no verdict of is not turned.
    turns_flag, stands_flag
        What is told where the verdict turns, and where it does not (None: nothing).
    """

    def told_of(finding: Finding) -> Finding:
        if finding.verdict not in JUDGED or FROM_INDICATORS in finding.flags:
            return finding
        place = _place_of(finding)
        stands = first.get(place, finding.verdict)
        if any(other.get(place, stands) != stands for other in others):
            return finding.changed(verdict=REVIEW, flags=[*finding.flags, turns_flag])
        return finding if stands_flag is None else finding.changed(flags=[*finding.flags, stands_flag])

    return dataclasses.replace(judgement, findings=[told_of(one) for one in judgement.findings])


def marked(table: gpd.GeoDataFrame, mark: str, rule: Rule) -> int:
    """Return how many facilities of a clause something is written of in a column of marks; a layer may lack it."""
    if mark not in table.columns:
        return 0
    return int((table["kind"].isin(list(rule.facilities)) & (table[mark].fillna("") != "")).sum())


def without_marked(context: Context, mark: str) -> Context:
    """Return a study read without the facilities of which something is written in a column of marks."""
    table = context.study.facilities
    return reading_with(context, table[table[mark].fillna("") == ""])


def _place_of(finding: Finding) -> Place:
    return finding.level, finding.district, finding.code
