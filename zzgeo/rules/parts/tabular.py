"""Comparing a number with what a clause demands: verdict, gap, and findings of rules that need no geometry."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import geopandas as gpd
import numpy as np
import pandas as pd

from zzgeo.errors import InputError, Problem
from zzgeo.intake import values as cells
from zzgeo.intake.dates import dates as days_of
from zzgeo.intake.location import locate
from zzgeo.numbers import value_text
from zzgeo.rules.parts.base import Context, Finding
from zzgeo.served import CITY
from zzgeo.standards import Rule
from zzgeo.vocabulary.flags import Flag, flag_if_any
from zzgeo.vocabulary.units import in_unit, quantity_of_column
from zzgeo.vocabulary.verdicts import FAIL, NODATA, PASS, REVIEW

#: Values are compared to this, in the unit of the rule (rules.md, conventions).
TOLERANCE = 1e-6

#: How far from "about" a value may be and still pass, as a share of the target.
ABOUT = 0.10

#: Flag of a value nobody measured from places: it was read from ``[indicators]``.
FROM_INDICATORS = Flag("indicator.from_table")


def compare(value: float, operator: str, threshold: float, *, baseline: float = math.nan, about: float = ABOUT) -> str:
    """Return the verdict of a value: limits are inclusive, "about" outside its band is left to a person.

    Parameters
    ----------
    value, threshold
        In the unit of the rule. NaN as value is no data.
    operator
        ``>=``, ``>``, ``<=``, ``<``, ``=``, ``~``, ``increase``, ``decrease``, ``stable``, ``no-increase``.
    baseline
        What ``increase``, ``decrease`` and ``stable`` compare with; ``threshold`` is then the amount, NaN for any.

    Examples
    --------
    >>> compare(8.5, ">=", 8.5), compare(7.72, ">=", 8.5), compare(32.0, "~", 30.0), compare(40.0, "~", 30.0)
    ('pass', 'fail', 'pass', 'review')
    >>> compare(22.5, "increase", 2.0, baseline=20.0), compare(22.5, "increase", 2.0)
    ('pass', 'nodata')
    """
    if math.isnan(value):
        return NODATA
    if operator in ("increase", "decrease", "stable", "no-increase"):
        return _change(value, operator, threshold, baseline)
    if math.isnan(threshold):
        return REVIEW
    if operator == "~":
        return PASS if abs(value - threshold) <= about * abs(threshold) + TOLERANCE else REVIEW
    met = {
        ">=": value >= threshold - TOLERANCE,
        ">": value > threshold + TOLERANCE,
        "<=": value <= threshold + TOLERANCE,
        "<": value < threshold - TOLERANCE,
        "=": abs(value - threshold) <= TOLERANCE,
    }.get(operator)
    return REVIEW if met is None else PASS if met else FAIL


def _change(value: float, operator: str, amount: float, baseline: float) -> str:
    if math.isnan(baseline):
        return NODATA
    least = 0.0 if math.isnan(amount) else amount
    change = value - baseline
    if operator == "increase":
        met = change >= least - TOLERANCE and change > TOLERANCE
    elif operator == "decrease":
        met = -change >= least - TOLERANCE and -change > TOLERANCE
    else:
        met = change <= TOLERANCE
    return PASS if met else FAIL


def gap_to(value: float, operator: str, threshold: float) -> float:
    """Return how much is missing to meet a limit, 0 where it is met, NaN where it cannot be told.

    Examples
    --------
    >>> gap_to(7.0, ">=", 8.5), gap_to(9.0, ">=", 8.5), gap_to(5.0, "<=", 4.0)
    (1.5, 0.0, 1.0)
    """
    if math.isnan(value) or math.isnan(threshold):
        return math.nan
    if operator in (">=", ">"):
        return max(0.0, threshold - value)
    if operator in ("<=", "<"):
        return max(0.0, value - threshold)
    return abs(value - threshold) if operator in ("=", "~") else math.nan


def indicator_rows(context: Context, indicator: str, wanted: str = "") -> pd.DataFrame:
    """Return the rows of an indicator in the study's table, newest year not after the study's date last.

    Parameters
    ----------
    wanted
        The unit the values are asked in; rows whose unit cannot be compared with it are left out (`units_unread`).

    Returns
    -------
    DataFrame
        ``district`` ("" is the whole city), ``year``, ``value``, ``unit``; empty where the study has none. People,
        beds and things are counted in ones, whatever the row's unit (``万人``), unless another unit is asked for.
    """
    rows = _reported(context, indicator)
    read = [in_unit(value, _text(unit), wanted) for value, unit in zip(rows["value"], rows["unit"], strict=True)]
    known = [one for one in read if one is not None]
    kept = rows[np.array([one is not None for one in read], dtype=bool)]
    values = pd.Series([value for value, _ in known], index=kept.index, dtype=float)
    return kept.assign(value=values, unit=pd.Series([unit for _, unit in known], index=kept.index, dtype=object))


def units_unread(context: Context, indicator: str, wanted: str) -> list[Flag]:
    """Return a flag for the rows of an indicator that were left out because of their unit; none where all are read."""
    rows = _reported(context, indicator)
    odd = {
        _text(unit)
        for value, unit in zip(rows["value"], rows["unit"], strict=True)
        if in_unit(value, _text(unit), wanted) is None
    }
    return [Flag("indicator.unit_unknown", indicator=indicator, units=sorted(odd))] if odd else []


def _reported(context: Context, indicator: str) -> pd.DataFrame:
    table = context.study.indicators
    if table is None:
        return pd.DataFrame({"district": [], "year": [], "value": [], "unit": []})
    rows = table[table["indicator"] == indicator]
    known = rows[rows["year"].isna() | (rows["year"] <= context.study.as_of.year)]
    return known.sort_values("year", kind="stable", na_position="first")


def _text(cell: object) -> str:
    return cell if isinstance(cell, str) else ""


def latest(rows: pd.DataFrame) -> dict[str, float]:
    """Return {district or "city": value}, the newest of each."""
    return {str(code) or CITY: float(value) for code, value in zip(rows["district"], rows["value"], strict=True)}


def newest(rows: pd.DataFrame) -> dict[str, tuple[float, float, str]]:
    """Return {district or "city": (value, year, unit)}, the newest of each; the year is NaN where no row names one."""
    units = rows["unit"].map(lambda unit: unit if isinstance(unit, str) else "") if len(rows) else rows["unit"]
    found = zip(rows["district"], rows["value"], rows["year"], units, strict=True)
    return {str(code) or CITY: (float(value), float(year), str(unit)) for code, value, year, unit in found}


def indicator_name(rule: Rule) -> str:
    """Return the id under which the indicator table holds a clause's value."""
    return rule.indicator or rule.id


def missing_row(indicator: str) -> tuple[str, str]:
    """Tell (zh, en) which row of the indicator table would answer a clause."""
    return f"缺数据：indicators 表中 indicator = {indicator}", f"needs a row in [indicators]: indicator = {indicator}"


def places(context: Context, values: Iterable[str] | None = None) -> list[tuple[str, str, str]]:
    """Return (level, code, name) of every district and the city; of the city alone if no district is in ``values``."""
    study = context.study
    districts = [("district", str(code), str(name)) for code, name in study.districts["name"].items()]
    known = None if values is None else set(values)
    if known is not None and not any(code in known for _, code, _ in districts):
        districts = []
    return [*districts, ("city", CITY, study.name)]


def finding_at(place: tuple[str, str, str], group: str) -> Finding:
    """Return an empty finding (no data) for a district or the city."""
    level, code, name = place
    return Finding(level, code, NODATA, code if level == "district" else "", name, group)


def districts_of(context: Context, facilities: gpd.GeoDataFrame) -> tuple[pd.Series, list[Flag]]:
    """Return the district each facility lies in, None outside all, and a flag that tells how many lie outside.

    A facility on a border belongs to the district with the smallest code: it is counted once.
    """
    home = locate(facilities.geometry.representative_point(), context.study.districts)
    return home, flag_if_any("facilities.outside_districts", int(home.isna().sum()))


def with_city(by_district: pd.Series, context: Context) -> dict[str, float]:
    """Return sums by district, 0 where a district has nothing, and their total as "city"."""
    full = by_district.reindex(context.study.districts.index, fill_value=0.0).astype(float)
    return {**{str(code): float(value) for code, value in full.items()}, CITY: float(full.sum())}


def people_in(context: Context, group: str) -> dict[str, float]:
    """Return {district or "city": people} of a group in the demand; empty where the study does not know the group.

    A district nobody lives in has no number of its own (NaN), and takes none from the city.
    """
    demand = context.study.demand
    if group not in demand.columns:
        return {}
    sums = demand.groupby("district")[group].sum(min_count=1)
    people = {str(code): float(sums.get(code, math.nan)) for code in context.study.districts.index}
    return {
        **people,
        CITY: float(sum(people[str(code)] for code in context.study.districts.index if code in sums.index)),
    }


def read_table(
    context: Context,
    name: str,
    *,
    numbers: Sequence[str] = (),
    texts: Sequence[str] = (),
    dates: Sequence[str] = (),
    required: Sequence[str] = (),
) -> pd.DataFrame | None:
    """Return a table of the study with its cells read, None where the study has none of that name.

    Returns
    -------
    DataFrame
        The columns named, on the table's index; numbers are NaN, dates NaT and texts None where the cell or the whole
        column is missing.

    Raises
    ------
    InputError
        With every cell that cannot be read, every negative number and every required column that is missing.
    """
    raw = context.study.tables.get(name)
    if raw is None:
        return None
    file = f"table {name}"
    problems = [
        Problem("schema.missing_column", file, column, "the rule needs this column", f"add a column {column}")
        for column in required
        if column not in raw.columns
    ]
    result = pd.DataFrame(index=raw.index)
    for column in (*numbers, *dates, *texts):
        source = raw[column] if column in raw.columns else pd.Series(None, index=raw.index, dtype=object)
        if column in texts:
            result[column] = cells.texts(source)
            continue
        quantity = quantity_of_column(column)
        parsed = cells.numbers(source, minimum=0.0, quantity=quantity) if column in numbers else days_of(source)
        result[column] = parsed.values
        written = dict(source.items())
        for row, (code, why) in parsed.faults.items():
            shown = f"{column}={written[row]}"
            problems.append(Problem(code, f"{file}:{row}", shown, why, "correct the cell, or leave it empty"))
    if problems:
        raise InputError(problems)
    return result


def fill_nodata(finding: Finding, told: tuple[str, str]) -> Finding:
    """Mark a finding as without data and say (zh, en) what would answer it."""
    finding.verdict = NODATA
    finding.note_zh, finding.note_en = told
    return finding


def summary_findings(
    context: Context,
    rule: Rule,
    values: dict[str, float],
    *,
    operator: str,
    threshold: float,
    unit: str,
    flags: Sequence[Flag] = (),
) -> list[Finding]:
    """Return a finding for the city, and one for each district if any district has a value of its own.

    ``values`` is {district code or "city": value}; what is missing is ``nodata`` and says which row would answer it.
    """
    findings = []
    for place in places(context, values):
        finding = finding_at(place, rule.population)
        value = values.get(finding.code, math.nan)
        finding.value, finding.value_unit, finding.operator = value, unit, operator
        finding.threshold = threshold
        finding.verdict = compare(value, operator, threshold)
        finding.gap, finding.gap_unit = gap_to(value, operator, threshold), unit
        finding.flags = [] if math.isnan(value) else list(flags)
        if finding.verdict == NODATA:
            finding.note_zh, finding.note_en = missing_row(indicator_name(rule))
        else:
            shown, target = value_text(value, unit, threshold), value_text(threshold, unit)
            finding.note_zh = f"现状{shown}，要求{operator} {target} {rule.unit}"
            finding.note_en = f"{shown} against {operator} {target} {rule.unit}"
        findings.append(finding)
    return findings
