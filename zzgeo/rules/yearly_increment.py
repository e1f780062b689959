"""R21 Yearly increments: what was added in one year, counted by opening dates, or a share's change over the year.

Source: rules.md R21: without an opening date a facility is not counted, but listed. A range is met at its lower
end.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import math

import geopandas as gpd
import pandas as pd

from zzgeo.errors import Problem, StandardError
from zzgeo.numbers import value_text
from zzgeo.rules.parts.base import Context, Finding, Judgement, RuleKind, no_list_of
from zzgeo.rules.parts.refusals import no_such_count
from zzgeo.rules.parts.registers import what_counts
from zzgeo.rules.parts.tabular import (
    FROM_INDICATORS,
    compare,
    districts_of,
    fill_nodata,
    finding_at,
    gap_to,
    indicator_name,
    indicator_rows,
    places,
    units_unread,
    with_city,
)
from zzgeo.served import CITY, open_facilities
from zzgeo.standards import Rule
from zzgeo.vocabulary.flags import Flag, flag_if_any
from zzgeo.vocabulary.units import is_percent
from zzgeo.vocabulary.verdicts import FAIL, NODATA, NOT_APPLICABLE, REVIEW

#: What a change of a share is counted in.
_POINTS = ("percentage point", "百分点", "个百分点")

_OPEN_QUESTIONS = ("prefer", "convert")


def yearly_changes(values: dict[int, float]) -> dict[int, float]:
    """Return by how much a value changed from the year before, for the years that have one before them.

    Examples
    --------
    >>> yearly_changes({2016: 20.0, 2017: 22.5, 2018: 23.0})
    {2017: 2.5, 2018: 0.5}
    """
    return {year: value - values[year - 1] for year, value in sorted(values.items()) if year - 1 in values}


def judge(context: Context, rule: Rule) -> Judgement:
    """Judge a clause on what one year added, per district and for the city."""
    year = int(rule.param("year", float(rule.target_year or context.study.as_of.year)))
    if _is_share(rule) or not rule.facilities:
        return _from_indicators(context, rule, year)
    added = _added(context, rule, year)
    if added is None:
        return _from_indicators(context, rule, year)
    values, undated, flags = added
    findings = []
    for place in places(context):
        finding = _filled(rule, finding_at(place, rule.population), values[place[1]], flags)
        if finding.verdict == FAIL:
            best = compare(values[place[1]] + undated[place[1]], finding.operator, finding.threshold)
            finding.sensitive = best != FAIL
            # beds nobody counted may be enough
            unclear = any(flag.code == "facilities.capacity_unknown" for flag in flags)
            finding.verdict = REVIEW if unclear else FAIL
        if place[0] == "district" and rule.scope == "whole-city":
            _city_only(finding, values[place[1]])
        findings.append(finding)
    return Judgement([_year_not_over(context, year, one) for one in findings])


def _city_only(finding: Finding, value: float) -> None:
    """Tell a district's part of a number the document asks of the whole city; it is not judged by it."""
    shown = value_text(value, finding.value_unit)
    finding.verdict, finding.threshold, finding.gap, finding.sensitive = NOT_APPLICABLE, math.nan, math.nan, False
    finding.note_zh, finding.note_en = f"本区县{shown}；目标是全市的", f"{shown} here; the target is the city's"


def _is_share(rule: Rule) -> bool:
    share = is_percent(rule.unit) or rule.unit.startswith(_POINTS)
    return rule.params.get("count", "share" if share else "") == "share"


def _added(context: Context, rule: Rule, year: int) -> tuple[dict[str, float], dict[str, float], list[Flag]] | None:
    """Return what opened in a year and what may have, by district; None where no list or date would tell."""
    study = context.study
    if not set(rule.facilities) & study.kinds_known or year > study.as_of.year:
        return None
    # judged on the last day of the year: what has closed since was new then all the same
    then = dataclasses.replace(study, as_of=min(study.as_of, dt.date(year, 12, 31)))
    facilities, flags = open_facilities(then, rule.facilities)
    flags = [flag for flag in flags if flag.code != "facilities.opening_unknown_counted"]
    flags += no_list_of(sorted(set(rule.facilities) - study.kinds_known))
    opened = facilities.get("opened", pd.Series(pd.NaT, index=facilities.index))
    if len(facilities) and opened.isna().all():
        return None
    weight, notes = _weight(rule, facilities, opened.dt.year == year if len(facilities) else None)
    home, outside = districts_of(context, facilities)
    undated = opened.isna()
    if undated.any():
        names = facilities.loc[undated, "name"].fillna("").astype(str)
        first = [f"{key} {name}".strip() for key, name in names.iloc[:5].items()]
        flags.append(Flag("facilities.opening_unknown_left_out", number=int(undated.sum()), first=first))
    new = (opened.dt.year == year) if len(facilities) else undated
    values = with_city(weight.where(new, 0.0).groupby(home).sum(), context)
    return values, with_city(weight.where(undated, 0.0).groupby(home).sum(), context), [*flags, *notes, *outside]


def _weight(rule: Rule, facilities: gpd.GeoDataFrame, new: pd.Series | None) -> tuple[pd.Series, list[Flag]]:
    if what_counts(rule) != "beds":
        return pd.Series(1.0, index=facilities.index), []
    beds = facilities.get("capacity", pd.Series(math.nan, index=facilities.index)).astype(float)
    unknown = int((beds.isna() & new).sum()) if new is not None else 0
    return beds.fillna(0.0), flag_if_any("facilities.capacity_unknown", unknown)


def _target(rule: Rule) -> tuple[str, float, float]:
    """Return the operator, the threshold, and the upper end of a range (NaN where there is none)."""
    if isinstance(rule.value, tuple):
        ends = [float(one) for one in rule.value if isinstance(one, int | float)]
        if not ends or ends != sorted(ends):
            why = "a range has two ends, the lower first"
            raise StandardError([Problem("config.invalid", rule.id, str(list(rule.value)), why, "correct the value")])
        return ">=", ends[0], ends[-1] if rule.operator == "range" else math.nan
    if rule.operator in _OPEN_QUESTIONS:
        return rule.operator, math.nan, math.nan
    if rule.value is None:
        return ">", 0.0, math.nan
    return ">=" if rule.operator in (None, "=", "increase", "exists") else rule.operator, rule.number, math.nan


def _filled(rule: Rule, finding: Finding, value: float, flags: list[Flag]) -> Finding:
    operator, threshold, upper = _target(rule)
    unit = "percentage points" if _is_share(rule) else what_counts(rule)
    finding.value, finding.value_unit, finding.gap_unit = value, unit, unit
    finding.operator, finding.threshold = operator, threshold
    finding.verdict = compare(value, operator, threshold)
    finding.gap = gap_to(value, operator, threshold)
    if unit != "percentage points" and not math.isnan(finding.gap):
        # nothing at all is one short of something
        finding.gap = float(math.ceil(finding.gap - 1e-9)) or float(finding.verdict == FAIL)
    finding.flags = list(flags)
    if value > upper:
        finding.flags.append(Flag("clause.above_range", limit=upper))
    shown, target = value_text(value, unit, threshold), value_text(threshold, unit)
    if math.isnan(threshold):
        finding.note_zh, finding.note_en = f"{shown}，由人判断", f"{shown}, a person decides"
        return finding
    finding.note_zh = f"当年新增{shown}，要求{operator} {target}"
    finding.note_en = f"{shown} added in the year against {operator} {target}"
    return finding


def _from_indicators(context: Context, rule: Rule, year: int) -> Judgement:
    """Judge the row of the year; of a share, its change from the row of the year before."""
    rows = indicator_rows(context, indicator_name(rule), rule.unit)
    unread = units_unread(context, indicator_name(rule), rule.unit)
    series: dict[str, dict[int, float]] = {}
    for code, dated, value in zip(rows["district"], rows["year"], rows["value"], strict=True):
        if not math.isnan(dated):
            series.setdefault(str(code) or CITY, {})[int(dated)] = float(value)
    share = (_is_share(rule) or rule.operator == "increase") and rule.operator not in _OPEN_QUESTIONS
    latest = share and "year" not in rule.params and rule.target_year is None
    findings = []
    for place in places(context, series):
        values = series.get(place[1], {})
        when = max(values) if latest and values else year
        value = yearly_changes(values).get(when) if share else values.get(when)
        finding = finding_at(place, rule.population)
        if value is None:
            name = indicator_name(rule)
            years = f"{when - 1} and {when}" if share else str(when)
            zh = f"缺数据：设施开业日期，或indicators表中 indicator = {name}，年份 {years.replace(' and ', '、')}"
            fill_nodata(finding, (zh, f"needs opening dates, or [indicators]: {name} of {years}"))
        else:
            finding = _filled(rule, finding, value, [FROM_INDICATORS])
        finding.flags += unread
        findings.append(_year_not_over(context, when, finding))
    return Judgement(findings)


def _year_not_over(context: Context, year: int, finding: Finding) -> Finding:
    """Leave a failure to a person as long as the year still runs."""
    if context.study.as_of < dt.date(year, 12, 31) and finding.verdict not in (NODATA, NOT_APPLICABLE):
        finding.flags.append(Flag("year.not_over", year=year, day=context.study.as_of))
        finding.verdict = REVIEW if finding.verdict == FAIL else finding.verdict
    finding.params["year"] = year
    return finding


RULE = RuleKind(
    "yearly-increment",
    "R21",
    "年度新增",
    "yearly increment",
    judge,
    ("year", "count"),
    asks_zh="当年应新增的数量，单位同条款",
    asks="what should be added in the year, in the unit of the clause",
    reads_clause=(_target,),
    refuses=(no_such_count,),
    unread=("applies_to", "area"),
)
