"""Comparing a number with what a clause demands: verdict, gap, and findings of rules that need no geometry."""

from __future__ import annotations

import math

import pandas as pd

from zzgeo.coverage import CITY
from zzgeo.numbers import value_text
from zzgeo.rules.base import FAIL, NODATA, PASS, REVIEW, Context, Finding
from zzgeo.standards import Rule

#: Values are compared to this, in the unit of the rule (computable.md, conventions).
TOLERANCE = 1e-6

#: How far from "about" a value may be and still pass, as a share of the target.
ABOUT = 0.10


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


def indicator_rows(context: Context, indicator: str) -> pd.DataFrame:
    """Return the rows of an indicator in the study's table, newest year not after the study's date last.

    Returns
    -------
    DataFrame
        ``district`` ("" is the whole city), ``year``, ``value``, ``unit``; empty where the study has none.
    """
    table = context.study.indicators
    if table is None:
        return pd.DataFrame({"district": [], "year": [], "value": [], "unit": []})
    rows = table[table["indicator"] == indicator]
    known = rows[rows["year"].isna() | (rows["year"] <= context.study.as_of.year)]
    return known.sort_values("year", kind="stable", na_position="first")


def latest(rows: pd.DataFrame) -> dict[str, float]:
    """Return {district or "city": value}, the newest of each."""
    return {str(code) or CITY: float(value) for code, value in zip(rows["district"], rows["value"], strict=True)}


def summary_findings(
    context: Context, rule: Rule, values: dict[str, float], *, operator: str, threshold: float, unit: str, group: str,
    baseline: dict[str, float] | None = None,
) -> list[Finding]:  # fmt: skip
    """Return a finding for the city, and one for each district if any district has a value of its own.

    ``values`` is {district code or "city": value}; what is missing is ``nodata`` and says which row would answer it.
    """
    study = context.study
    codes = [str(code) for code in study.districts.index]
    levels = [("district", code, str(study.districts.at[code, "name"])) for code in codes]
    if not any(code in values for code in codes):
        levels = []
    findings = []
    for level, code, name in [*levels, ("city", CITY, study.name)]:
        value = values.get(code, math.nan)
        start = (baseline or {}).get(code, math.nan)
        finding = Finding(level, code, NODATA, code if level == "district" else "", name, group)
        finding.value, finding.value_unit, finding.operator = value, unit, operator
        finding.threshold = threshold
        finding.verdict = compare(value, operator, threshold, baseline=start)
        finding.gap, finding.gap_unit = gap_to(value, operator, threshold), unit
        if finding.verdict == NODATA:
            wanted = rule.indicator or rule.id
            finding.note_zh = f"缺数据：indicators 表中 indicator = {wanted}"
            finding.note_en = f"needs a row in [indicators]: indicator = {wanted}"
        else:
            shown, target = value_text(value, unit, threshold), value_text(threshold, unit)
            finding.note_zh = f"现状{shown}，要求{operator} {target} {rule.unit}"
            finding.note_en = f"{shown} against {operator} {target} {rule.unit}"
        findings.append(finding)
    return findings
