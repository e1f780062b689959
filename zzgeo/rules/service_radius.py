"""R01 Service radius: everyone in a unit lives within a straight-line distance of a facility; streets stand beside it.

Source: rules.md R01; resolutions.md A01 (straight line decides), C03 (villages without a facility are not judged).
"""

from __future__ import annotations

from collections.abc import Hashable

import numpy as np
import pandas as pd
import shapely

from zzgeo.land import Zone
from zzgeo.network import Reach
from zzgeo.numbers import people_text, share_text
from zzgeo.rules.parts.base import (
    Context,
    Finding,
    Judgement,
    RuleKind,
    everyone,
    facilities_named,
    nothing_to_judge,
    reach_of,
)
from zzgeo.rules.parts.membership import units_with_facility
from zzgeo.rules.parts.units import unreached_flags
from zzgeo.served import CITY, status_of, sums_by_key, tally, unreached, within
from zzgeo.standards import Rule
from zzgeo.vocabulary.flags import Flag, flag_if_any
from zzgeo.vocabulary.people import group_name, unit_name
from zzgeo.vocabulary.statuses import BETWEEN, COVERED, MISSED, STATUSES
from zzgeo.vocabulary.verdicts import FAIL, NODATA, NOT_APPLICABLE, PASS

#: Segments per quarter circle: 16 would give 0.04 points less land (rules.md R01).
QUARTER_SEGMENTS = 64


def judge(context: Context, rule: Rule) -> Judgement:
    """Judge a service-radius clause in every unit it applies to, per district and for the city."""
    missing = context.missing_input(rule)
    if missing:
        return nothing_to_judge(context, rule, missing)
    reach = Reach.radius(rule.number)
    group, flags = context.group(rule)
    facilities, facility_flags = context.facilities(rule)
    if rule.applies_to == "urban-community":
        flags += flag_if_any("units.villages_built_up", len(context.urban_villages))
    people = context.people_of(rule, by_built_up=True)
    if rule.params.get("only_units_with_facility"):
        served = units_with_facility(context.study, facilities, rule.applies_to)
        people = people[people["unit"].isin(served.index[served > 0])]
    table = context.access(rule).iloc[context.rows_of(people)]
    table = table.assign(
        people=people[group], district=context.key("district", people), unit=context.key("unit", people)
    )
    covered, walked = within(table["straight_m"], reach.metres), within(table["streets_m"], reach.metres)
    between = context.network is not None
    number = np.where(covered, np.where(~walked & between, STATUSES.index(BETWEEN), 0), STATUSES.index(MISSED))
    table["status"] = status_of(number, table.index)
    circles = Zone(shapely.buffer(facilities.geometry.values, reach.metres, quad_segs=QUARTER_SEGMENTS))
    table["walked"] = walked
    table["unreached"] = np.where(unreached(table, reach), table["people"], 0.0)
    common = _Common(context, rule, reach, group, [*flags, *facility_flags], circles)
    findings = _units(common, table) if rule.applies_to != "all" else []
    findings += _districts(common, table, findings)
    return Judgement(findings, reach_of(table, "straight_id"), circles)


class _Common:
    """What every finding of one clause shares."""

    def __init__(self, context: Context, rule: Rule, reach: Reach, group: str, flags: list[Flag], zone: Zone) -> None:
        self.context, self.rule, self.reach = context, rule, reach
        self.group, self.flags, self.zone = group, flags, zone
        self.measured = context.network is not None
        self.params: dict[str, object] = {"radius_m": reach.metres, "metric": "straight line", **rule.params}


def _tallies(common: _Common, table: pd.DataFrame, key: pd.Series) -> dict[Hashable, dict[str, float]]:
    straight = table["status"].where(table["status"] != BETWEEN, COVERED)
    sums = tally(table["people"], straight, key)
    walked = table["people"].where(table["walked"], 0.0).groupby(key, observed=True).sum()
    sums["streets_share"] = walked / sums["people"].where(sums["people"] > 0) if common.measured else np.nan
    sums["unreached"] = table["unreached"].groupby(key, observed=True).sum()
    # distance of the farthest place where somebody lives; an empty block breaks nobody's radius
    lived_in = table["straight_m"].where(table["people"] > 0)
    sums["farthest_m"] = lived_in.groupby(key, observed=True).max()
    return sums_by_key(sums)


def _units(common: _Common, table: pd.DataFrame) -> list[Finding]:
    study, rule = common.context.study, common.rule
    assert study.units is not None
    units = common.context.units_of(rule, by_built_up=True)
    sums = _tallies(common, table, table["unit"])
    served = None
    if rule.params.get("only_units_with_facility"):
        facilities, _ = common.context.facilities(rule)
        served = units_with_facility(study, facilities, rule.applies_to)
    findings = []
    for code, district, name in zip(units.index, units["district"], units["name"], strict=True):
        finding = Finding("unit", str(code), NODATA, str(district), str(name), common.group)
        if served is not None and served.get(code, 0) == 0:
            finding.verdict = NOT_APPLICABLE
            finding.note_zh, finding.note_en = (
                "村内没有养老服务设施，由覆盖率条款判断",
                "no facility: see unit coverage",
            )
        elif code in sums and sums[code]["people"] > 0:
            _fill(finding, sums[code], common)
            if common.context.land:
                finding.land_m2, finding.land_reached_m2 = common.context.tiling.land_m2(str(code), common.zone)
            finding.land_share = _ratio(finding.land_reached_m2, finding.land_m2)
        else:
            finding.note_zh, finding.note_en = "没有人口数据", "no people known here"
        findings.append(finding)
    return findings


def _fill(finding: Finding, sums: dict[str, float], common: _Common) -> None:
    finding.value, finding.threshold = sums["share"], 1.0
    finding.people, finding.covered = sums["people"], sums["covered"]
    finding.missed, finding.excluded = sums["missed"], sums["excluded"]
    finding.gap = max(0.0, 1.0 - finding.value)
    finding.streets_value, finding.farthest_m = sums["streets_share"], sums["farthest_m"]
    finding.verdict = PASS if finding.missed <= 0 else FAIL
    by_streets = finding.streets_value >= 1.0 - 1e-12
    finding.sensitive = not np.isnan(finding.streets_value) and by_streets != (finding.verdict == PASS)
    finding.flags = [*common.flags, *unreached_flags(sums["unreached"])]
    finding.params = {**common.params, "meets_95_percent": bool(finding.value >= 0.95)}
    metres = f"{common.reach.metres:g}"
    zh, en = group_name(finding.group)
    finding.note_zh = f"{share_text(finding.value, 1.0)}的{zh}在{metres}米之内，{people_text(finding.missed)}人在外"
    finding.note_en = (
        f"{share_text(finding.value, 1.0)} of {en} within {metres} m, {people_text(finding.missed)} beyond"
    )


def _districts(common: _Common, table: pd.DataFrame, units: list[Finding]) -> list[Finding]:
    study = common.context.study
    by_district = _tallies(common, table, table["district"])
    whole = _tallies(common, table, everyone(table))
    findings = [
        _summary(common, "district", str(code), str(name), by_district, [u for u in units if u.district == code])
        for code, name in study.districts["name"].items()
    ]
    findings.append(_summary(common, "city", CITY, study.name, whole, units))
    return findings


def _summary(
    common: _Common, level: str, code: str, name: str, sums: dict[Hashable, dict[str, float]], units: list[Finding]
) -> Finding:
    finding = Finding(level, code, NOT_APPLICABLE, code if level == "district" else "", name, common.group)
    judged = [unit for unit in units if unit.verdict in (PASS, FAIL)]
    zh, en = unit_name(common.rule.applies_to)
    if code not in sums or sums[code]["people"] <= 0:
        finding.note_zh, finding.note_en = f"没有适用的{zh}", f"no {en} to judge"
        return finding
    _fill(finding, sums[code], common)
    if judged:
        finding.land_share = _ratio(sum(u.land_reached_m2 for u in judged), sum(u.land_m2 for u in judged))
        finding.units_judged = len(judged)
        finding.units_passing = sum(unit.verdict == PASS for unit in judged)
        finding.params["share_of_units_passing"] = finding.units_passing / finding.units_judged
        passing, total = int(finding.units_passing), len(judged)
        finding.note_zh = f"{total}个{zh}中{passing}个全部在{common.reach.metres:g}米之内；{finding.note_zh}"
        finding.note_en = f"{passing} of {total} {en} wholly within {common.reach.metres:g} m; {finding.note_en}"
    return finding


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole > 0 else float("nan")


RULE = RuleKind(
    "service-radius",
    "R01",
    "服务半径",
    "service radius",
    judge,
    ("min_floor_area_m2", "only_units_with_facility"),
    along="straight",
    patches=True,
    sites="always",
    circle=True,
    walk=(1.0,),
    reads=facilities_named,
    paced=False,
)
