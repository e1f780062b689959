"""R10 Green within reach: residential land within 500 m of a park and 300 m of green, measured from their edge.

Source: rules.md R10; resolutions.md A12 (parks of 5000 m² by 500 m, green of 2000 m² by 300 m; pass line 90 % of
residential land, 80 % in old districts).
"""

from __future__ import annotations

import math
from collections.abc import Hashable

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from shapely.geometry.base import BaseGeometry

from zzgeo.land import areal
from zzgeo.network import radius_distance
from zzgeo.numbers import people_text, share_text
from zzgeo.rules.parts.base import Context, Finding, Judgement, RuleKind, reach_of
from zzgeo.rules.parts.greens import Greens, figure_of
from zzgeo.rules.parts.pieces import pieces
from zzgeo.rules.parts.refusals import METRES, no_facilities, no_number
from zzgeo.rules.parts.tabular import finding_at, places
from zzgeo.rules.parts.units import from_table
from zzgeo.served import CITY, access, sums_by_key, tally, within
from zzgeo.standards import Rule
from zzgeo.vocabulary.flags import Flag
from zzgeo.vocabulary.people import UNIT_SETS, group_name
from zzgeo.vocabulary.statuses import COVERED, MISSED
from zzgeo.vocabulary.verdicts import FAIL, NODATA, NOT_APPLICABLE, PASS, REVIEW


def judge(context: Context, rule: Rule) -> Judgement:
    """Judge a park or green clause per district and for the city: residential land decides, people stand beside."""
    greens = Greens(context, rule)
    missing = context.missing_input(rule) or greens.missing(context)
    if missing:
        return from_table(context, rule, missing, threshold=rule.param("pass_share", 0.9))
    group, group_flags = context.group(rule)
    people = context.people_of(rule)
    own = greens.parks if greens.figure == "park500" else greens.greens
    table = access(context.study, own, people, context.network, _ledger(context, people))
    table = table.assign(people=people[group], district=people["district"])
    to_park = within(radius_distance(greens.parks, people, context.study.ground)["distance_m"], greens.park_m)
    to_green = within(radius_distance(greens.greens, people, context.study.ground)["distance_m"], greens.green_m)
    table = table.assign(park500=to_park, green300=to_green, union=to_park | to_green)
    table["status"] = np.where(table[greens.figure], COVERED, MISSED)
    common = _Common(context, rule, greens, group, [*group_flags, *greens.flags])
    findings = _findings(common, table)
    return Judgement(findings, reach_of(table, "straight_id"), greens.zones[greens.figure])


def _ledger(context: Context, people: pd.DataFrame) -> pd.DataFrame | None:
    return None if context.demand_ledger is None else context.demand_ledger.loc[people.index]


class _Common:
    """What every finding of one clause shares."""

    def __init__(self, context: Context, rule: Rule, greens: Greens, group: str, flags: list[Flag]) -> None:
        self.context, self.rule, self.greens, self.group, self.flags = context, rule, greens, group, flags
        self.line = rule.param("pass_share", 0.9)

    def land(self, outline: BaseGeometry) -> dict[str, float]:
        """Return the residential land of an outline and what each circle reaches of it, in m²; {} where none is."""
        land = self.context.study.land
        if land is None or outline.is_empty:
            return {}
        near = land.geometry.values[land.sindex.query(outline, predicate="intersects", sort=True)]
        inside = areal(shapely.intersection(shapely.union_all(near), outline))
        if inside.area <= 0:
            return {}
        around = {name: zone.near(inside) for name, zone in self.greens.zones.items()}
        around["union"] = shapely.union_all(list(around.values()))
        return {"land": inside.area} | {n: shapely.intersection(inside, z).area for n, z in around.items()}


def _findings(common: _Common, table: pd.DataFrame) -> list[Finding]:
    people = _sums(common, table, table["district"]) | _sums(common, table, pd.Series(CITY, index=table.index))
    outlines = _outlines(common)
    lands = {code: common.land(outline) for code, outline in outlines.items()}
    names = ("land", "park500", "green300", "union")
    whole = {name: sum(one.get(name, 0.0) for one in lands.values()) for name in names}
    lands[CITY] = whole if whole["land"] > 0 else {}
    findings = []
    for place in places(common.context):
        finding = finding_at(place, common.group)
        _fill(finding, people.get(place[1], {}), lands[place[1]], common)
        findings.append(finding)
    return findings


def _outlines(common: _Common) -> dict[str, BaseGeometry]:
    """Return the ground of each district the clause is about: inside its area, in units of its type."""
    rule, units = common.rule, common.context.study.units
    green = pieces(common.context, rule.area)
    types = UNIT_SETS[rule.applies_to]
    if types and units is not None:
        own = areal(shapely.union_all(units.geometry.values[units["type"].isin(types).to_numpy()]))
        green = {code: areal(shapely.intersection(outline, own)) for code, outline in green.items()}
    return green


def _sums(common: _Common, table: pd.DataFrame, key: pd.Series) -> dict[Hashable, dict[str, float]]:
    sums = tally(table["people"], table["status"], key)
    someone = sums["people"].where(sums["people"] > 0)
    limit = common.greens.park_m if common.greens.figure == "park500" else common.greens.green_m
    shares = {name: table[name] for name in ("park500", "green300", "union")}
    shares["streets"] = pd.Series(within(table["streets_m"], limit), index=table.index)
    for name, inside in shares.items():
        sums[name] = table["people"].where(inside, 0.0).groupby(key).sum() / someone
    if common.context.network is None:
        sums["streets"] = math.nan
    sums["farthest_m"] = table["straight_m"].where(table["people"] > 0).groupby(key).max()
    return sums_by_key(sums)


def _fill(finding: Finding, people: dict[str, float], land: dict[str, float], common: _Common) -> None:
    own = common.greens.figure
    lived_in = bool(people) and people["people"] > 0
    if not lived_in and not land:
        finding.verdict = NOT_APPLICABLE if common.rule.area is not None else NODATA
        finding.note_zh, finding.note_en = "没有居住用地，也没有人口", "no residential land and no people here"
        return
    finding.flags = list(common.flags)
    if lived_in:
        finding.people, finding.covered = people["people"], people["covered"]
        finding.missed, finding.excluded = people["missed"], people["excluded"]
        finding.streets_value, finding.farthest_m = people["streets"], people["farthest_m"]
    if land:
        finding.land_m2, finding.land_reached_m2 = land["land"], land[own]
        finding.value = finding.land_share = land[own] / land["land"]
    else:
        finding.value = people[own]
        finding.flags.append(Flag("land.residential_unknown"))
    finding.threshold, finding.gap = common.line, max(0.0, common.line - finding.value)
    finding.verdict = _verdict(finding, common)
    finding.sensitive = _turns(finding, people if lived_in else {}, common)
    finding.params = _params(common, people if lived_in else {}, land)
    _note(finding, common, bool(land))


def _verdict(finding: Finding, common: _Common) -> str:
    if finding.value >= common.line - 1e-9:
        return PASS
    # what no list tells may still be there: too little of what is known is not yet too little
    return REVIEW if common.greens.unlisted else FAIL


def _turns(finding: Finding, people: dict[str, float], common: _Common) -> bool:
    """Tell whether counting people, or walking along the streets, would turn the verdict."""
    others = [people[name] for name in (common.greens.figure, "streets") if name in people]
    met = finding.value >= common.line - 1e-9
    return any((other >= common.line - 1e-9) != met for other in others if not math.isnan(other))


def _params(common: _Common, people: dict[str, float], land: dict[str, float]) -> dict[str, object]:
    greens, rule = common.greens, common.rule
    figures: dict[str, object] = {"measure": "from the edge", "pass_share": common.line, "figure": greens.figure}
    figures |= {"park_m": greens.park_m, "green_m": greens.green_m, "parks": len(greens.parks)}
    figures |= {"greens": len(greens.greens), "min_park_m2": rule.param("min_park_m2", 5000.0)}
    figures |= {"min_green_m2": rule.param("min_green_m2", 2000.0), "decided_by": "land" if land else "people"}
    for name in ("park500", "green300", "union"):
        if land:
            figures[name] = round(land[name] / land["land"], 6)
        if people:
            figures[f"people_{name}"] = round(people[name], 6)
    return figures


def _note(finding: Finding, common: _Common, by_land: bool) -> None:
    metres = common.greens.park_m if common.greens.figure == "park500" else common.greens.green_m
    zh, en = ("公园", "a park") if common.greens.figure == "park500" else ("绿地", "green")
    shown, target = share_text(finding.value, common.line), share_text(common.line)
    group_zh, group_en = group_name(finding.group)
    what_zh, what_en = ("居住用地", "residential land") if by_land else (group_zh, group_en)
    finding.note_zh = f"{shown}的{what_zh}在{zh}{metres:g}米之内，要求{target}"
    finding.note_en = f"{shown} of {what_en} within {metres:g} m of {en}, against {target}"
    if not math.isnan(finding.missed):
        finding.note_zh += f"；{people_text(finding.missed)}人在外"
        finding.note_en += f"; {people_text(finding.missed)} {group_en} beyond"


def forbids(context: Context, rule: Rule, places: gpd.GeoDataFrame) -> pd.Series:
    """Return why a park or green at each place would not count: its ground is too small, or nobody told how large."""
    by_park = figure_of(rule) == "park500"
    least = rule.param("min_park_m2", 5000.0) if by_park else rule.param("min_green_m2", 2000.0)
    drawn = places.geometry.area
    size = drawn.where(drawn > 0, places["area_m2"].astype(float))
    reasons = pd.Series("", index=places.index, dtype=object).mask(size.isna(), "its ground is unknown")
    return reasons.mask(size < least - 1e-6, f"its ground is below {least:g} m²")


RULE = RuleKind(
    "green-within",
    "R10",
    "300米见绿、500米见园",
    "parks and green within reach",
    judge,
    ("min_park_m2", "min_green_m2", "pass_share", "kind_of"),
    along="straight",
    patches=True,
    sites="asked",
    circle=True,
    forbids=forbids,
    asks_zh="到公园或绿地的直线距离，米",
    asks="how far the park or green may be, in metres in a straight line",
    counted_in=METRES,
    operators=("<=",),
    refuses=(no_facilities, no_number),
)
