"""R04 Existence with capacity: every unit has so many facilities that are each large enough.

Source: rules.md R04; resolutions.md A08 (12 statutory counties decide, zones stand apart), C12. Capacity is judged
per facility and never summed; where it is unknown the facility does not qualify, and the finding says so. What is
unknown is no fail: where facilities that may qualify would suffice, the fail is left to a person.
"""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd

from zzgeo.errors import Problem, StandardError
from zzgeo.rules.parts.base import Context, Finding, Judgement, RuleKind, facilities_named
from zzgeo.rules.parts.membership import lying_in
from zzgeo.rules.parts.needs import UnitNeeds, needs_table
from zzgeo.rules.parts.qualified import Qualified, asked, conditions, qualified
from zzgeo.rules.parts.refusals import no_facilities
from zzgeo.rules.parts.tabular import FROM_INDICATORS, indicator_rows
from zzgeo.rules.parts.tabular import people_in as people_of_districts
from zzgeo.rules.parts.units import (
    UNKNOWN_COULD_SUFFICE,
    column,
    facilities_of,
    fill_share,
    from_table,
    held,
    numbers_of,
    outlined,
    people_in,
    says,
    share_scale,
    shared_codes,
    summaries,
    units_of,
)
from zzgeo.served import CITY
from zzgeo.standards import Rule
from zzgeo.vocabulary.flags import Flag
from zzgeo.vocabulary.verdicts import FAIL, NODATA, PASS, REVIEW


def required(rule: Rule) -> int:
    """Return how many facilities a unit needs: ``min_count``, the value of the clause, or the lower end of its range.

    Raises
    ------
    StandardError
        If the clause gives no positive whole number.
    """
    given = rule.params.get("min_count", rule.value)
    if given is None:
        return 1
    least = (
        min((one for one in given if isinstance(one, int | float)), default=None) if isinstance(given, tuple) else given
    )
    if isinstance(least, bool) or not isinstance(least, int | float) or least < 1 or least != int(least):
        why = "the number of facilities a unit needs is a whole number of at least 1"
        raise StandardError([Problem("config.invalid", rule.id, str(given), why, "correct value or min_count")])
    return int(least)


def judge(context: Context, rule: Rule) -> Judgement:
    """Judge whether every unit, or every district, has enough facilities that qualify."""
    by_district = _per(rule) == "district"
    need = required(rule)
    missing = context.missing_input(rule.model_copy(update={"applies_to": "all"}) if by_district else rule)
    if missing:
        if by_district and rule.area is None and (counts := _counts_in_table(context, rule)) is not None:
            return _by_district(context, rule, counts, need, [FROM_INDICATORS])
        return from_table(context, rule, missing)
    facilities, flags = facilities_of(context, rule)
    fits = qualified(facilities, conditions(rule))
    flags = [*flags, *fits.flags]
    outlines = _judged_districts(context, rule) if by_district else units_of(context, rule)
    table = count_table(context, outlines, facilities, fits, "" if by_district else rule.applies_to)
    if by_district:
        return _by_district(context, rule, table, need, flags)
    units = [
        _finding("unit", str(code), str(row["district"]), str(row["name"]), row, need, rule)
        for code, row in table.assign(name=outlines["name"], district=outlines["district"]).iterrows()
    ]
    return Judgement([*units, *summaries(context, rule, units, flags, rule.population)])


def _per(rule: Rule) -> str:
    per = rule.params.get("per", "district" if rule.applies_to == "all" else "unit")
    if per not in ("unit", "district") or (per == "unit" and rule.applies_to == "all"):
        why = 'per is "district", or "unit" with applies_to naming a type of unit'
        raise StandardError([Problem("config.invalid", rule.id, f"per = {per}", why, "correct the clause")])
    return str(per)


def _judged_districts(context: Context, rule: Rule) -> gpd.GeoDataFrame:
    """Return the districts a clause means: city districts only where it says so and the levels are known."""
    districts = context.study.districts
    if rule.scope == "city-districts" and "level" in districts.columns:
        districts = districts[says(districts["level"], "district") | (districts["level"] == "市辖区")]
    if rule.area is not None:
        districts = districts[districts.geometry.representative_point().intersects(context.study.areas[rule.area])]
    return districts


def count_table(
    context: Context, outlines: gpd.GeoDataFrame, facilities: gpd.GeoDataFrame, fits: Qualified, applies_to: str
) -> pd.DataFrame:
    """Return per outline: facilities that qualify, that do in every reading, that may, all, the largest, if known."""

    def lying(chosen: gpd.GeoDataFrame) -> pd.DataFrame:
        return held(context, outlines, chosen, applies_to) if applies_to else lying_in(outlines, chosen)

    everything = lying(facilities)
    certain = everything[everything["facility_id"].isin(facilities.index[fits.sure])]
    firm = everything[everything["facility_id"].isin(facilities.index[fits.firm])]
    maybe = everything[everything["facility_id"].isin(facilities.index[fits.possible])]
    if_told = everything[everything["facility_id"].isin(facilities.index[fits.if_told])]
    beds = pd.to_numeric(column(facilities, "capacity"), errors="coerce").astype(float)
    largest = everything["facility_id"].map(beds).astype(float).groupby(everything["code"]).max()
    number, total = numbers_of(certain, outlines), numbers_of(everything, outlines)
    return pd.DataFrame(
        {
            "number": number,
            "firm": numbers_of(firm, outlines),
            "possible": numbers_of(maybe, outlines),
            "if_told": numbers_of(if_told, outlines),
            "all": total,
            "largest": largest.reindex(outlines.index),
            "shared": outlines.index.isin(list(shared_codes(certain))),
            "known": outlined(outlines) | (total > 0),
        },
        index=outlines.index,
    )


def _counts_in_table(context: Context, rule: Rule) -> pd.DataFrame | None:
    """Return the districts' numbers of facilities from the indicator table, if it holds counts of districts."""
    rows = indicator_rows(context, rule.indicator or rule.id)
    rows = rows[rows["district"].isin(context.study.districts.index)]
    rows = rows[[np.isnan(share_scale(unit, "")) for unit in rows["unit"]]]
    if not len(rows):
        return None
    number = rows.drop_duplicates("district", keep="last").set_index("district")["value"].astype(float)
    number = number.reindex(_judged_districts(context, rule).index)
    known = number.notna()
    same = dict.fromkeys(("number", "firm", "possible", "if_told", "all"), number)
    return pd.DataFrame({**same, "largest": np.nan, "shared": False, "known": known})


def _finding(level: str, code: str, district: str, name: str, row: pd.Series, need: int, rule: Rule) -> Finding:
    finding = Finding(level, code, NODATA, district, name, rule.population)
    finding.value_unit, finding.threshold, finding.gap_unit = "count", float(need), "facilities"
    if not row["known"]:
        finding.note_zh, finding.note_en = "没有边界或数据，无法判断", "no outline or row: cannot tell what it has"
        return finding
    finding.value, finding.gap = float(row["number"]), max(0.0, need - float(row["number"]))
    finding.verdict = PASS if finding.value >= need else FAIL
    turns = float(row["possible"]) >= need if finding.verdict == FAIL else float(row["firm"]) < need
    finding.sensitive = turns
    finding.flags = [Flag("facilities.shared_border")] if row["shared"] else []
    if turns and finding.verdict == FAIL:
        finding.flags.append(UNKNOWN_COULD_SUFFICE)
        # what is missing is no fail; a word that is read in one way by a stated rule may be
        finding.verdict = REVIEW if float(row["if_told"]) >= need else FAIL
    finding.params = {"needed": need, "facilities": int(row["all"]), **asked(rule)}
    finding.note_zh = f"符合条件{finding.value:.0f}处，要求{need}处"
    finding.note_en = f"{finding.value:.0f} that qualify, {need} needed"
    if "min_capacity" in rule.params and finding.gap > 0 and not np.isnan(row["largest"]):
        finding.params["largest_capacity"] = float(row["largest"])
        finding.note_zh += f"（{row['all']:.0f}处中最大{row['largest']:g}床，不得相加）"
        finding.note_en += f" (the largest of {row['all']:.0f} has {row['largest']:g}; beds are never summed)"
    return finding


def _by_district(context: Context, rule: Rule, table: pd.DataFrame, need: int, flags: list[Flag]) -> Judgement:
    findings = []
    for code, name in context.study.districts["name"].items():
        if code in table.index:
            finding = _finding("district", str(code), str(code), str(name), table.loc[code], need, rule)
            finding.flags = [*flags, *finding.flags]
            finding.units_judged = float(finding.verdict != NODATA)
            finding.units_passing = float(finding.verdict == PASS)
        else:
            finding = Finding("district", str(code), "not-applicable", str(code), str(name), rule.population)
            finding.note_zh, finding.note_en = "条款不适用于本区", "the clause does not mean this district"
        findings.append(finding)
    city = Finding("city", CITY, NODATA, "", context.study.name, rule.population, flags=list(flags))
    fill_share(city, findings)
    if not np.isnan(city.value):
        city.note_zh = f"{city.units_judged:.0f}个区县中{city.units_passing:.0f}个达标"
        city.note_en = f"{city.units_passing:.0f} of {city.units_judged:.0f} districts meet it"
    city.params = {"needed": need, **asked(rule)}
    return Judgement([*findings, city])


def unit_needs(context: Context, rule: Rule) -> UnitNeeds:
    """Return how many facilities that qualify each unit, or district, with an outline lacks."""
    by_district = _per(rule) == "district"
    outlines = _judged_districts(context, rule) if by_district else units_of(context, rule)
    facilities, _ = facilities_of(context, rule)
    applies_to = "" if by_district else rule.applies_to
    table = count_table(context, outlines, facilities, qualified(facilities, conditions(rule)), applies_to)
    group = context.group(rule)[0]
    if by_district:
        people = pd.Series(people_of_districts(context, group), dtype=float).reindex(outlines.index)
    else:
        people = people_in(context, outlines, group, rule.applies_to)
    known = table["known"].to_numpy(dtype=bool)
    return UnitNeeds(needs_table(outlines[known], people, float(required(rule)), table["number"]))


RULE = RuleKind(
    "existence-capacity",
    "R04",
    "每单元至少有一处并达到规模",
    "existence per unit with capacity",
    judge,
    ("min_capacity", "ownership", "level", "min_count", "per", "min_floor_area_m2", "min_land_area_m2"),
    unit_needs=unit_needs,
    reads=facilities_named,
    paced=False,
    asks_zh="每单元或区县所需设施数（整数，或区间下限）；不写为 1",
    asks="facilities each unit or district needs: a whole number, or the lower end of a range; 1 where nothing is said",
    operators=(">=", "exists", "range"),
    refuses=(no_facilities,),
    reads_clause=(required, _per),
)
