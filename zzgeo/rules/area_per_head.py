"""R11 Area per head: park area per urban resident, sports area per resident; overlaps once, cut at the boundary.

Source: rules.md R11; resolutions.md C02 (sports by all residents, urban residents beside it), C15 (2431 ha of parks
stand over 3.42 million people, not 9.88), A16 (effective sports area; polygon areas over-estimate it).
"""

from __future__ import annotations

import math

import pandas as pd

from zzgeo.numbers import people_text, value_text
from zzgeo.rules.parts.base import Context, Finding, Judgement, RuleKind, nothing_to_judge
from zzgeo.rules.parts.dissolved import Grounds
from zzgeo.rules.parts.pieces import told
from zzgeo.rules.parts.refusals import no_amount, no_facilities, others_than_residents
from zzgeo.rules.parts.tabular import (
    FROM_INDICATORS,
    TOLERANCE,
    compare,
    fill_nodata,
    finding_at,
    gap_to,
    indicator_name,
    missing_row,
    places,
)
from zzgeo.served import CITY
from zzgeo.standards import Rule
from zzgeo.vocabulary.verdicts import NODATA, NOT_APPLICABLE

#: Unit of the gap by kind of ground: (name, m² of one, m² it is rounded up to).
_GAPS = {"park": ("ha", 1e4, 100.0), "sports": ("m²", 1.0, 1.0)}

_RATIO = "m² per person"


def short_m2(per_head: float, people: float, area_m2: float, step_m2: float = 1.0) -> float:
    """Return how many m² are missing to reach an area per head, rounded up to a step so that closing it passes.

    Examples
    --------
    >>> round(24_310_000 / 3_423_944, 2), short_m2(13.0, 3_423_944, 24_310_000, 100.0) / 1e4
    (7.1, 2020.13)
    >>> round(13_832_980 / 9_880_700, 2), short_m2(1.86, 9_880_700, 13_832_980)
    (1.4, 4545122.0)
    """
    missing = (per_head - TOLERANCE) * people - area_m2
    exact = per_head * people - area_m2
    return 0.0 if missing <= 0 else math.ceil(exact / step_m2 - 1e-6) * step_m2


def judge(context: Context, rule: Rule) -> Judgement:
    """Judge an area-per-head clause per district and for the city."""
    heads = _Heads(context, rule, str(rule.params.get("ground", "park" if "park" in rule.facilities else "sports")))
    everywhere = rule.model_copy(update={"applies_to": "all"})
    missing = context.missing_input(everywhere)
    grounds = None if missing else Grounds(context, rule)
    if grounds is not None and grounds.unknown_only:
        missing = "设施只有点位，缺少边界或 area_m2", "the grounds are points: needs their polygons or area_m2"
    if missing or grounds is None:
        return _by_table(context, rule, heads, missing or heads.wanted)
    if not heads.people:
        return nothing_to_judge(context, rule, heads.wanted)
    findings = []
    for place in places(context):
        finding, code = finding_at(place, rule.population), place[1]
        area, without = grounds.of(code)
        _fill(finding, rule, heads, code, area)
        if not math.isnan(finding.value):
            finding.flags = list(grounds.flags)
            _beside(finding, heads, code, area, without)
        findings.append(finding)
    return Judgement(findings)


class _Heads:
    """Whom the area is shared by: everybody who lives on the ground it is counted on (A22).

    Where a clause names no area, or the study has no outline of it: for parks the people of urban communities, for
    sports all residents (C02, C15).
    """

    def __init__(self, context: Context, rule: Rule, ground: str) -> None:
        self.ground = ground
        bounded = rule.area is not None and rule.area in context.study.areas
        here = context.people_of(rule.model_copy(update={"applies_to": "all", "area": rule.area if bounded else None}))
        self.urban = self._urban(context, here)
        self.wanted = "缺少常住人口", "needs residents in [demand]"
        if ground == "sports" or bounded:
            self.people = self._sums(context, here)
        elif self.urban:
            self.people = self.urban
        else:
            self.people = {}
            self.wanted = "缺少城市社区（[units]），城镇人口未知", "needs [units] with urban communities to count by"

    def _urban(self, context: Context, demand: pd.DataFrame) -> dict[str, float]:
        units = context.study.units
        if units is None or "unit" not in demand.columns:
            return {}
        codes = units.index[units["type"] == "urban-community"]
        return self._sums(context, demand[demand["unit"].isin(codes)]) if len(codes) else {}

    def _sums(self, context: Context, demand: pd.DataFrame) -> dict[str, float]:
        if "residents" not in demand.columns:
            return {}
        sums = demand.groupby("district")["residents"].sum()
        by_code = {str(code): float(sums.get(code, 0.0)) for code in context.study.districts.index}
        return by_code | {CITY: sum(by_code.values())}


def _fill(finding: Finding, rule: Rule, heads: _Heads, code: str, area_m2: float) -> None:
    people = heads.people.get(code, 0.0)
    if people <= 0:
        # a district nobody of whom lives on the ground that is counted shares none of it
        finding.verdict = NOT_APPLICABLE if finding.level == "district" and heads.people.get(CITY, 0.0) > 0 else NODATA
        finding.note_zh, finding.note_en = "没有可计的人口", "no people to share the area"
        return
    finding.operator, finding.threshold = rule.operator or ">=", rule.number
    finding.value, finding.value_unit = area_m2 / people, _RATIO
    finding.verdict = compare(finding.value, finding.operator, finding.threshold)
    unit, size, step = _GAPS[heads.ground]
    short = short_m2(finding.threshold, people, area_m2, step)
    finding.gap, finding.gap_unit = round(short / size, 2), unit
    finding.params = {
        "ground": heads.ground,
        "area_m2": round(area_m2, 3),
        "population": people,
        "needed_m2": math.ceil(finding.threshold * people - 1e-6),
    }
    shown, target = _shown(finding)
    short_zh = f"，还差{finding.gap:,.2f}公顷" if unit == "ha" else f"，还差{finding.gap:,.0f}平方米"
    short_en = f", {finding.gap:,.2f} ha short" if unit == "ha" else f", {finding.gap:,.0f} m² short"
    hectares, counted = f"{area_m2 / 1e4:,.1f}", people_text(people)
    finding.note_zh = f"{hectares}公顷、{counted}人，人均{shown}平方米，要求{target}" + (short_zh if short else "")
    finding.note_en = f"{hectares} ha for {counted} people: {shown} m² each against {target}"
    finding.note_en += short_en if short else ""


def _shown(finding: Finding) -> tuple[str, str]:
    unit = finding.value_unit
    return value_text(finding.value, unit, finding.threshold), value_text(finding.threshold, unit)


def _beside(finding: Finding, heads: _Heads, code: str, area_m2: float, without_schools_m2: float) -> None:
    """Add the figures that stand beside the verdict: without schools, and by urban residents for sports."""
    people = heads.people[code]
    others = [area_m2 / people]
    if without_schools_m2 < area_m2:
        others.append(without_schools_m2 / people)
        finding.params["value_without_schools"] = round(others[-1], 6)
        finding.params["area_without_schools_m2"] = round(without_schools_m2, 3)
    if heads.ground == "sports" and heads.urban.get(code, 0.0) > 0:
        finding.params["value_by_urban_residents"] = round(area_m2 / heads.urban[code], 6)
    finding.sensitive = len({compare(one, finding.operator, finding.threshold) for one in others}) > 1


def _by_table(context: Context, rule: Rule, heads: _Heads, missing: tuple[str, str]) -> Judgement:
    """Judge by the indicator table: an area in m² or ha over people, or m² per person; else say what is missing."""
    table = told(context, rule)
    rows = table.amounts
    heads.people = {**heads.people, **{code: row["people"] for code, row in rows.items() if "people" in row}}
    answered = {code for code, row in rows.items() if "ratio" in row or "m2" in row}
    if not answered:
        return nothing_to_judge(context, rule, missing, flags=table.flags)
    findings = []
    for place in places(context, answered):
        finding, code = finding_at(place, rule.population), place[1]
        row = rows.get(code, {})
        if "m2" in row or ("ratio" in row and heads.people.get(code, 0.0) > 0):
            _fill(finding, rule, heads, code, row.get("m2", row.get("ratio", 0.0) * heads.people.get(code, 0.0)))
            finding.flags = [FROM_INDICATORS]
        elif "ratio" in row:
            _ratio(finding, rule, row["ratio"])
        else:
            fill_nodata(finding, missing_row(indicator_name(rule)))
        finding.flags += table.flags
        findings.append(finding)
    return Judgement(findings)


def _ratio(finding: Finding, rule: Rule, value: float) -> None:
    finding.operator, finding.threshold = rule.operator or ">=", rule.number
    finding.value, finding.value_unit = value, _RATIO
    finding.verdict = compare(value, finding.operator, finding.threshold)
    finding.gap, finding.gap_unit = gap_to(value, finding.operator, finding.threshold), _RATIO
    finding.flags = [FROM_INDICATORS]
    shown, target = _shown(finding)
    finding.note_zh, finding.note_en = f"人均{shown}平方米，要求{target}", f"{shown} m² each against {target}"


RULE = RuleKind(
    "area-per-head",
    "R11",
    "人均用地面积",
    "area per head",
    judge,
    ("ground",),
    asks_zh="人均用地，平方米",
    asks="the ground each person should have, in m² per person",
    operators=(">=",),
    refuses=(no_facilities, no_amount, others_than_residents),
    unread=("applies_to",),
)
