"""R09 Density: public toilets inside the built-up area per km² of it; the base is always printed.

Source: rules.md R09; resolutions.md C15 (two bases differ by 1.8 times: the user's polygon decides), A13 (a service
radius of 300 m is the better spatial test and stands beside the density).
"""

from __future__ import annotations

import math

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from zzgeo.land import Zone, areal
from zzgeo.numbers import share_text, value_text
from zzgeo.rules.parts.base import Context, Finding, Judgement, RuleKind, facilities_named, nothing_to_judge
from zzgeo.rules.parts.pieces import attribute, holders, pieces, told
from zzgeo.rules.parts.refusals import no_amount, no_facilities
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
from zzgeo.rules.service_radius import QUARTER_SEGMENTS
from zzgeo.served import CITY
from zzgeo.standards import Rule
from zzgeo.vocabulary.flags import Flag, flag_if_any
from zzgeo.vocabulary.verdicts import NODATA, NOT_APPLICABLE

#: The area a clause counts in if it names none.
BUILT_UP = "built-up"

#: Service radius that stands beside the density, in metres (resolutions.md A13).
COMPANION_M = 300.0


def needed(per_km2: float, km2: float) -> int:
    """Return how many facilities an area needs to reach a density.

    Examples
    --------
    >>> round(966 / 456.6, 2), needed(5.0, 456.6), needed(5.0, 456.6) - 966, needed(5.0, 830.97)
    (2.12, 2283, 1317, 4155)
    """
    return max(0, math.ceil((per_km2 - TOLERANCE) * km2))


def judge(context: Context, rule: Rule) -> Judgement:
    """Judge a density clause per district and for the city, on the area the clause names."""
    area = rule.area or BUILT_UP
    missing = context.missing_input(rule.model_copy(update={"area": area, "applies_to": "all"}))
    if missing:
        return _by_table(context, rule, area, missing)
    counted = _Counted(context, rule, area)
    return Judgement([_measured(rule, counted, place) for place in places(context)])


class _Counted:
    """The facilities of a clause, the ground they are counted on, and the ground within 300 m of one."""

    def __init__(self, context: Context, rule: Rule, area: str) -> None:
        self.area = area
        self.facilities, self.flags = context.facilities(rule)
        self.grounds = pieces(context, area)
        spots = self.facilities.geometry.representative_point()
        self.held, self.home = holders(spots, self.grounds), holders(spots, pieces(context))
        self.mobile = attribute(self.facilities, "mobile", "流动", "移动")
        self.near = Zone(shapely.buffer(self.facilities.geometry.values, COMPANION_M, quad_segs=QUARTER_SEGMENTS))
        whole = float(context.study.areas[area].area)
        self.grounds[CITY] = areal(shapely.union_all(list(self.grounds.values())))
        self.beyond_km2 = (whole - float(self.grounds[CITY].area)) / 1e6

    def of(self, code: str) -> tuple[np.ndarray, int]:
        """Return which facilities lie on a ground, and how many of its district do not."""
        if code == CITY:
            return self.held != "", int((self.held == "").sum())
        return self.held == code, int(((self.home == code) & (self.held != code)).sum())

    def within(self, ground: BaseGeometry) -> float:
        """Return the share of a ground within 300 m of a facility, wherever that stands."""
        return float(shapely.intersection(ground, self.near.near(ground)).area) / float(ground.area)


def _measured(rule: Rule, counted: _Counted, place: tuple[str, str, str]) -> Finding:
    finding = finding_at(place, rule.population)
    level, code, _ = place
    ground = counted.grounds[code]
    if ground.area <= 0:
        finding.verdict = NODATA if level == "city" else NOT_APPLICABLE
        finding.note_zh, finding.note_en = f"不在{counted.area}范围内", f"nothing of the area {counted.area} lies here"
        return finding
    inside, outside = counted.of(code)
    number, km2 = int(inside.sum()), float(ground.area) / 1e6
    mobile = int((inside & counted.mobile).sum())
    finding.flags = [*counted.flags, *flag_if_any("facilities.outside_area", outside)]
    finding.flags += flag_if_any("facilities.mobile", mobile)
    if level == "city" and counted.beyond_km2 > 1e-3 * km2:
        finding.flags.append(Flag("base.beyond_districts", km2=counted.beyond_km2))
    _judged(finding, rule, number, km2, counted.area)
    share = counted.within(ground)
    fixed = compare((number - mobile) / km2, finding.operator, finding.threshold)
    finding.sensitive = fixed != finding.verdict
    finding.params |= {
        "share_of_area_within_300_m": round(share, 6),
        "fixed": number - mobile,
        "mobile": mobile,
        "outside": outside,
    }
    finding.note_zh += f"；{share_text(share)}的面积在{COMPANION_M:g}米之内"
    finding.note_en += f"; {share_text(share)} of the area within {COMPANION_M:g} m of one"
    return finding


def _judged(finding: Finding, rule: Rule, number: int, km2: float, base: str) -> None:
    finding.operator, finding.threshold = rule.operator or ">=", rule.number
    finding.value, finding.value_unit = number / km2, "per km²"
    finding.verdict = compare(finding.value, finding.operator, finding.threshold)
    need = needed(finding.threshold, km2)
    finding.gap, finding.gap_unit = float(max(0, need - number)), "facilities"
    finding.params = {"base_area": base, "base_km2": round(km2, 6), "facilities": number, "needed": need}
    shown, target = _shown(finding)
    short = int(finding.gap)
    finding.note_zh = f"{km2:,.2f}平方公里内{number}座，每平方公里{shown}座，要求{target}座" + (
        f"，还差{short}座" if short else ""
    )
    finding.note_en = f"{number} on {km2:,.2f} km²: {shown} per km² against {target}" + (
        f", {short} short" if short else ""
    )


def _shown(finding: Finding) -> tuple[str, str]:
    unit = finding.value_unit
    return value_text(finding.value, unit, finding.threshold), value_text(finding.threshold, unit)


def _by_table(context: Context, rule: Rule, area: str, missing: tuple[str, str]) -> Judgement:
    """Judge by the indicator table: a count with its base, or the density itself; where it has neither, say so."""
    table = told(context, rule)
    rows = table.amounts
    bases = {code: row["m2"] / 1e6 for code, row in rows.items() if row.get("m2", 0.0) > 0}
    if area in context.study.areas:
        grounds = pieces(context, area)
        cut = {code: float(ground.area) / 1e6 for code, ground in grounds.items()}
        bases = {**cut, CITY: sum(cut.values()), **bases}
    answered = {code for code, row in rows.items() if "ratio" in row or ("count" in row and bases.get(code, 0.0) > 0)}
    if not answered:
        return nothing_to_judge(context, rule, missing, flags=table.flags)
    findings = [
        _from_row(rule, rows.get(place[1], {}), bases.get(place[1], 0.0), place) for place in places(context, answered)
    ]
    for finding in findings:
        finding.flags += table.flags
    return Judgement(findings)


def _from_row(rule: Rule, row: dict[str, float], km2: float, place: tuple[str, str, str]) -> Finding:
    finding = finding_at(place, rule.population)
    if "count" in row and km2 > 0:
        _judged(finding, rule, round(row["count"]), km2, "indicator table")
    elif "ratio" in row:
        finding.operator, finding.threshold = rule.operator or ">=", rule.number
        finding.value, finding.value_unit = row["ratio"], "per km²"
        finding.verdict = compare(finding.value, finding.operator, finding.threshold)
        finding.gap, finding.gap_unit = gap_to(finding.value, finding.operator, finding.threshold), "per km²"
        finding.params = {"base_area": "not told"}
        shown, target = _shown(finding)
        finding.note_zh = f"每平方公里{shown}座，要求{target}座；面积基数未给出"
        finding.note_en = f"{shown} per km² against {target}; the base area is not told"
    else:
        return fill_nodata(finding, missing_row(indicator_name(rule)))
    finding.flags = [FROM_INDICATORS]
    return finding


RULE = RuleKind(
    "density",
    "R09",
    "设施密度",
    "density",
    judge,
    reads=facilities_named,
    paced=False,
    asks_zh="条款范围内每平方公里的设施数",
    asks="facilities per km² of the area of the clause",
    operators=(">=",),
    refuses=(no_facilities, no_amount),
    unread=("applies_to",),
)
