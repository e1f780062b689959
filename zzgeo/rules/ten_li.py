"""R14 Ten-li circle: villagers live within a straight 5 km (ten li) of a culture-and-sport venue.

Source: rules.md R14; resolutions.md A14 (straight line from settlement points; the route is a second column), C14.
"""

from __future__ import annotations

import math
from collections.abc import Hashable

import numpy as np
import pandas as pd
import shapely

from zzgeo.land import Zone
from zzgeo.network import Reach
from zzgeo.numbers import people_text, share_text
from zzgeo.rules.parts.base import Context, Finding, Judgement, RuleKind, facilities_named, reach_of
from zzgeo.rules.parts.refusals import METRES, no_facilities, no_number
from zzgeo.rules.parts.tabular import finding_at, places
from zzgeo.rules.parts.units import from_table, unreached_flags
from zzgeo.rules.service_radius import QUARTER_SEGMENTS
from zzgeo.served import CITY, statuses, sums_by_key, tally, unreached, within
from zzgeo.standards import Rule
from zzgeo.vocabulary.flags import Flag
from zzgeo.vocabulary.people import group_name, unit_name
from zzgeo.vocabulary.verdicts import FAIL, NODATA, NOT_APPLICABLE, PASS

_Sums = dict[Hashable, dict[str, float]]


def judge(context: Context, rule: Rule) -> Judgement:
    """Judge a ten-li clause in every village, per district and for the city; a venue of a neighbouring town counts."""
    if rule.applies_to == "all":
        rule = rule.model_copy(update={"applies_to": "village"})
    missing = context.missing_input(rule)
    if missing:
        return from_table(context, rule, missing, threshold=rule.param("pass_share", 1.0))
    reach = Reach.radius(rule.number)
    group, group_flags = context.group(rule)
    # residents of villages are the rural residents the clause means: nothing is taken on trust there
    group_flags = [] if rule.population == "rural-residents" and group == "residents" else group_flags
    facilities, facility_flags = context.facilities(rule)
    people = context.people_of(rule)
    table = context.access(rule).loc[people.index]
    table = table.assign(people=people[group], district=people["district"])
    table["unit"] = context.key(context.unit_column(rule.applies_to), people).astype(object)
    table["status"] = statuses(table, reach)
    table["unreached"] = np.where(unreached(table, reach), table["people"], 0.0)
    common = _Common(context, rule, reach, group, [*group_flags, *facility_flags])
    findings = _villages(common, table)
    findings += _summaries(common, table, findings)
    zone = Zone(shapely.buffer(facilities.geometry.values, reach.metres, quad_segs=QUARTER_SEGMENTS))
    return Judgement(findings, reach_of(table, "straight_id"), zone)


class _Common:
    """What every finding of one clause shares."""

    def __init__(self, context: Context, rule: Rule, reach: Reach, group: str, flags: list[Flag]) -> None:
        self.context, self.rule, self.reach, self.group, self.flags = context, rule, reach, group, flags
        self.line = rule.param("pass_share", 1.0)


def _sums(common: _Common, table: pd.DataFrame, key: pd.Series) -> _Sums:
    sums = tally(table["people"], table["status"], key)
    if common.context.network is not None:
        on_foot = table["people"].where(within(table["streets_m"], common.reach.metres), 0.0)
        sums["streets_share"] = on_foot.groupby(key).sum() / sums["people"].where(sums["people"] > 0)
    else:
        sums["streets_share"] = math.nan
    sums["unreached"] = table["unreached"].groupby(key).sum()
    sums["farthest_m"] = table["straight_m"].where(table["people"] > 0).groupby(key).max()
    return sums_by_key(sums)


def _villages(common: _Common, table: pd.DataFrame) -> list[Finding]:
    units = common.context.study.units
    assert units is not None
    sums = _sums(common, table, table["unit"])
    findings = []
    for code, unit in units[units.index.isin(table["unit"])].iterrows():
        finding = Finding("unit", str(code), NODATA, str(unit["district"]), str(unit["name"]), common.group)
        _fill(finding, sums.get(code, {}), common)
        findings.append(finding)
    return findings


def _summaries(common: _Common, table: pd.DataFrame, villages: list[Finding]) -> list[Finding]:
    sums = _sums(common, table, table["district"]) | _sums(common, table, pd.Series(CITY, index=table.index))
    zh, en = unit_name(common.rule.applies_to)
    findings = []
    for place in places(common.context):
        finding = finding_at(place, common.group)
        level, code, _ = place
        own = [one for one in villages if level == "city" or one.district == code]
        # people of a village that lies across the border live here too
        if not own and code not in sums:
            finding.verdict = NOT_APPLICABLE
            finding.note_zh, finding.note_en = f"没有适用的{zh}", f"no {en} to judge"
        else:
            _fill(finding, sums.get(code, {}), common)
            judged = [one for one in own if one.verdict != NODATA]
            finding.units_judged = len(judged)
            finding.units_passing = sum(one.verdict == PASS for one in judged)
        findings.append(finding)
    return findings


def _fill(finding: Finding, sums: dict[str, float], common: _Common) -> None:
    if not sums or sums["people"] <= 0:
        finding.note_zh, finding.note_en = "没有人口数据", "no people known here"
        return
    finding.people, finding.covered = sums["people"], sums["covered"]
    finding.missed, finding.excluded = sums["missed"], sums["excluded"]
    finding.value, finding.threshold = sums["share"], common.line
    finding.gap = max(0.0, common.line - finding.value)
    finding.streets_value, finding.farthest_m = sums["streets_share"], sums["farthest_m"]
    finding.verdict = PASS if finding.value >= common.line - 1e-9 else FAIL
    by_route = finding.streets_value >= common.line - 1e-9
    finding.sensitive = not math.isnan(finding.streets_value) and by_route != (finding.verdict == PASS)
    finding.flags = [*common.flags, *unreached_flags(sums["unreached"])]
    metres = common.reach.metres
    finding.params = {"radius_m": metres, "metric": "straight line", "pass_share": common.line}
    zh, en = group_name(finding.group)
    shown = share_text(finding.value, common.line)
    finding.note_zh = f"{shown}的{zh}在{metres:g}米之内，{people_text(finding.missed)}人在外"
    finding.note_en = f"{shown} of {en} within {metres:g} m, {people_text(finding.missed)} beyond"


RULE = RuleKind(
    "ten-li",
    "R14",
    "农村十里文体活动圈",
    "rural ten-li circle",
    judge,
    ("pass_share",),
    along="straight",
    patches=True,
    sites="asked",
    reads=facilities_named,
    asks_zh="到设施的直线距离，米（十里为 5000）",
    asks="how far people may live from a facility, in metres in a straight line (10 li: 5000)",
    counted_in=METRES,
    refuses=(no_facilities, no_number),
    operators=("<=",),
)
