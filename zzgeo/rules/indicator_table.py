"""R22 Indicator table: a reported value against the number a clause prints, element by element where it prints several.

Source: rules.md R22: rows of townships by their minimum, for the mean hides the worst. Input: ``[indicators]``
(``id`` or, for the elements of a list, ``id.1``, ``id.2`` …), table ``township_indicators`` with ``indicator, unit,
value`` and, if known, ``district``.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import pandas as pd

from zzgeo.numbers import number_text, value_text
from zzgeo.rules.parts.base import Context, Finding, Judgement, RuleKind
from zzgeo.rules.parts.tabular import (
    ABOUT,
    FROM_INDICATORS,
    fill_nodata,
    finding_at,
    indicator_name,
    indicator_rows,
    missing_row,
    places,
    read_table,
    units_unread,
)
from zzgeo.rules.parts.trends import VERDICT_ORDER, Element, Reading, elements_of, read_number, worst
from zzgeo.served import CITY
from zzgeo.standards import Rule
from zzgeo.vocabulary.flags import Flag, flag_if_any
from zzgeo.vocabulary.verdicts import NODATA, PASS, REVIEW

TOWNSHIPS = "township_indicators"


def judge(context: Context, rule: Rule) -> Judgement:
    """Judge an indicator per district, where the table holds it there, and for the city."""
    elements = elements_of(rule)
    # the rows of an element carry its number or its name: id.1, or id.市级
    name = indicator_name(rule)
    series = [
        _series(context, one.indicator, rule.unit)
        or (_series(context, f"{name}.{one.label}", rule.unit) if one.label else {})
        for one in elements
    ]
    if "element" in rule.params and len(series) == 1 and not series[0]:
        series = [_series(context, name, rule.unit)]
    if rule.params.get("aggregate") == "minimum":
        townships = _townships(context, rule, elements[0])
        if townships is not None:
            return Judgement(townships)
    codes = {code for one in series for code in one}
    findings = [
        _finding(rule, place, elements, [one.get(place[1], {}) for one in series]) for place in places(context, codes)
    ]
    unread = [flag for one in elements for flag in units_unread(context, one.indicator, rule.unit)]
    for finding in findings:
        finding.flags += unread
    if rule.params.get("aggregate") == "minimum":
        for one in findings:
            _not_the_minimum(one)
    if rule.scope == "county" and findings[-1].verdict == NODATA and len(findings) > 1:
        _worst_district(findings)
    return Judgement(findings)


def _series(context: Context, indicator: str, unit: str) -> dict[str, dict[float, float]]:
    """Return {district or "city": {year: value}}, in the unit of the clause."""
    rows = indicator_rows(context, indicator, unit)
    series: dict[str, dict[float, float]] = {}
    for code, year, value in zip(rows["district"], rows["year"], rows["value"], strict=True):
        series.setdefault(str(code) or CITY, {})[float(year)] = float(value)
    return series


def _read(rule: Rule, element: Element, series: Mapping[float, float]) -> Reading:
    every_year = "each year" in rule.unit or "逐年" in rule.clause
    return read_number(
        series, element.operator, element.limit, rule.unit, about=rule.param("about", ABOUT), every_year=every_year
    )


def _finding(
    rule: Rule, place: tuple[str, str, str], elements: Sequence[Element], series: Sequence[Mapping[float, float]]
) -> Finding:
    finding = finding_at(place, rule.population)
    readings = [_read(rule, element, one) for element, one in zip(elements, series, strict=True)]
    if len(readings) != 1:
        return _several(rule, finding, elements, readings)
    return _fill(rule, finding, elements[0], readings[0])


def _fill(rule: Rule, finding: Finding, element: Element, reading: Reading) -> Finding:
    finding.value, finding.value_unit, finding.gap_unit = reading.value, rule.unit, rule.unit
    finding.operator, finding.threshold, finding.gap = reading.operator, reading.threshold, reading.gap
    finding.verdict = reading.verdict
    if math.isnan(reading.value):
        return fill_nodata(finding, missing_row(element.indicator))
    grades = [Flag("indicator.grades")] if isinstance(rule.value, str) else []
    finding.flags = [FROM_INDICATORS, *reading.flags, *grades]
    if reading.verdict == NODATA:
        zh, en = missing_row(element.indicator)
        return fill_nodata(finding, (f"{zh}，较早年份的数值", f"{en}, of an earlier year to compare with"))
    shown = value_text(reading.value, rule.unit, reading.threshold)
    since_zh = since_en = ""
    if not math.isnan(reading.baseline):
        finding.params = {"baseline": reading.baseline, "baseline_year": reading.baseline_year}
        was = f"{reading.baseline_year:.0f}: {value_text(reading.baseline, rule.unit)}"
        since_zh, since_en = f"（{was}）", f" ({was})"
    if math.isnan(reading.threshold):
        finding.note_zh = f"现状{shown}{since_zh}，条款没有给出数值，由人判断"
        finding.note_en = f"{shown}{since_en}, the clause prints no number: a person decides"
        return finding
    target = value_text(reading.threshold, rule.unit)
    unit = "" if target.endswith(f" {rule.unit}") else f" {rule.unit}"
    finding.note_zh = f"现状{shown}，要求{reading.operator} {target}{unit}{since_zh}"
    finding.note_en = f"{shown} against {reading.operator} {target}{unit}{since_en}"
    return finding


def _several(rule: Rule, finding: Finding, elements: Sequence[Element], readings: Sequence[Reading]) -> Finding:
    """Judge a list: the whole is as good as its worst element; the value is how many elements are met."""
    met = sum(one.verdict == PASS for one in readings)
    missing = [element.indicator for element, one in zip(elements, readings, strict=True) if math.isnan(one.value)]
    finding.verdict = worst([one.verdict for one in readings])
    finding.threshold, finding.value_unit, finding.gap_unit = float(len(readings)), "elements", "elements"
    finding.params["elements"] = [
        {
            "indicator": element.indicator,
            "name": element.label,
            "value": None if math.isnan(reading.value) else reading.value,
            "operator": reading.operator,
            "threshold": None if math.isnan(reading.threshold) else reading.threshold,
            "verdict": reading.verdict,
        }
        for element, reading in zip(elements, readings, strict=True)
    ]
    if len(missing) == len(readings):
        return fill_nodata(finding, missing_row("、".join(missing)))
    finding.value, finding.gap = float(met), float(len(readings) - met)
    finding.flags = [FROM_INDICATORS, *dict.fromkeys(flag for one in readings for flag in one.flags)]
    finding.flags += [Flag("indicator.rows_missing", rows=missing)] if missing else []
    finding.note_zh, finding.note_en = f"{len(readings)}项中{met}项达标", f"{met} of {len(readings)} elements met"
    return finding


def _of_townships(context: Context, rule: Rule) -> pd.DataFrame | None:
    """Return the table of townships; None where the study has none, or the clause is no matter of the worst of them."""
    if rule.params.get("aggregate") != "minimum":
        return None
    return read_table(
        context,
        TOWNSHIPS,
        numbers=("value",),
        texts=("indicator", "unit", "district"),
        required=("indicator", "unit", "value"),
    )


def _townships(context: Context, rule: Rule, element: Element) -> list[Finding] | None:
    """Judge every township, and districts and the city by their worst one; None where the study has no such rows."""
    table = _of_townships(context, rule)
    rows = None if table is None else table[table["indicator"] == element.indicator]
    if rows is None or not len(rows):
        return None
    units = []
    for name, district, value in zip(rows["unit"], rows["district"], rows["value"], strict=True):
        unit = Finding("unit", str(name), NODATA, district or "", str(name), rule.population)
        reading = _read(rule, element, {} if pd.isna(value) else {math.nan: float(value)})
        units.append(_fill(rule, unit, element, reading))
    of_districts = set(rows["district"].dropna())
    return [*units, *(_worst_of(rule, place, units) for place in places(context, of_districts))]


def _worst_of(rule: Rule, place: tuple[str, str, str], units: Sequence[Finding]) -> Finding:
    finding = finding_at(place, rule.population)
    own = [one for one in units if finding.code in (CITY, one.district)]
    known = [one for one in own if not math.isnan(one.value)]
    if not known:
        return fill_nodata(finding, (f"{TOWNSHIPS} 表中没有数值", f"no value in table {TOWNSHIPS}"))
    lowest = (max if known[0].operator.startswith("<") else min)(known, key=lambda one: one.value)
    for name in ("value", "value_unit", "operator", "threshold", "gap", "gap_unit"):
        setattr(finding, name, getattr(lowest, name))
    finding.verdict = worst([one.verdict for one in own])
    finding.units_judged, finding.units_passing = len(known), sum(one.verdict == PASS for one in known)
    finding.params = {"worst": lowest.name, "mean": round(sum(one.value for one in known) / len(known), 6)}
    finding.flags = flag_if_any("indicator.townships_missing", len(own) - len(known))
    passing = number_text(finding.units_passing)
    finding.note_zh = f"{len(known)}个乡镇中{passing}个达标，最差的{lowest.name}：{lowest.note_zh}"
    finding.note_en = f"{passing} of {len(known)} townships meet it, the worst, {lowest.name}: {lowest.note_en}"
    return finding


def _not_the_minimum(finding: Finding) -> None:
    """Let no mean pass where the worst township is asked for: a mean that fails has a township that fails."""
    if finding.verdict == PASS:
        finding.verdict = REVIEW
    if finding.verdict != NODATA:
        finding.flags.append(Flag("indicator.not_by_township"))


def _worst_district(findings: list[Finding]) -> None:
    """Fill the city from its districts where every one of them must meet a clause."""
    city, districts = findings[-1], findings[:-1]
    city.verdict = worst([one.verdict for one in districts])
    judged = [one for one in districts if one.verdict != NODATA]
    if not judged or city.verdict == NODATA:
        city.verdict = NODATA
        return
    lowest = min(judged, key=lambda one: VERDICT_ORDER.index(one.verdict))
    for name in ("value", "value_unit", "operator", "threshold", "gap", "gap_unit", "note_zh", "note_en"):
        setattr(city, name, getattr(lowest, name))
    city.flags = [FROM_INDICATORS, Flag("indicator.by_worst_district", district=lowest.name)]


RULE = RuleKind(
    "indicator-table",
    "R22",
    "指标表",
    "indicator table",
    judge,
    ("about", "aggregate", "element"),
    asks_zh="指标应达到的数值，单位同条款",
    asks="the value the indicator should have, in the unit of the clause",
    reads_clause=(elements_of,),
    reads_table=_of_townships,
)
