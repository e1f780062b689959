"""R07 Floor space: elderly-care rooms of residential quarters, 30 / 20 m² per 100 households, 200 m² at least.

Source: rules.md R07; resolutions.md A06 (200 m² binds existing quarters; in proportion, not in steps; a shared
facility is split by households), C21. Input: table ``quarters`` with ``quarter, district, households, floor_area_m2,
shared_area_m2, shared_with, built`` and, for delivery together, ``housing_delivered, facility_delivered``.
"""

from __future__ import annotations

import math

import pandas as pd

from zzgeo.intake.dates import date
from zzgeo.numbers import number_text, value_text
from zzgeo.rules.parts.base import Context, Finding, Judgement, RuleKind
from zzgeo.rules.parts.quarters import TABLE, Built, floor_needed, read_quarters
from zzgeo.rules.parts.refusals import late_by_no_days, no_number_if_any
from zzgeo.rules.parts.tabular import (
    FROM_INDICATORS,
    compare,
    finding_at,
    indicator_rows,
    latest,
    places,
    summary_findings,
)
from zzgeo.rules.parts.tabular import indicator_name as name_of
from zzgeo.served import CITY
from zzgeo.standards import Rule
from zzgeo.vocabulary.flags import flag_if_any
from zzgeo.vocabulary.units import counts_days
from zzgeo.vocabulary.verdicts import FAIL, NODATA, NOT_APPLICABLE, PASS, REVIEW

#: Places of a clause that bind only new or only existing quarters.
_SCOPES: dict[str, Built] = {"new-residential": "new", "existing-residential": "existing"}


def _quarters(context: Context, rule: Rule) -> pd.DataFrame | None:
    return read_quarters(context, pd.Timestamp(date(str(rule.params.get("since", "2018-07-30")))))


def judge(context: Context, rule: Rule) -> Judgement:
    """Judge a floor-space clause quarter by quarter; a district passes where all its quarters do."""
    table = _quarters(context, rule)
    if table is None:
        values = latest(indicator_rows(context, name_of(rule)))
        threshold = rule.number if rule.value is not None else math.nan
        findings = summary_findings(
            context,
            rule,
            values,
            operator=rule.operator or ">=",
            threshold=threshold,
            unit=rule.unit,
            flags=[FROM_INDICATORS],
        )
        for one in findings:
            if one.verdict == NODATA:
                one.note_zh, one.note_en = f"缺少小区表（[[tables]] id = {TABLE}）", f'needs [[tables]] id = "{TABLE}"'
        return Judgement(findings)
    together = counts_days(rule.unit)
    units = []
    here = table["district"].isin(context.study.districts.index) | table["district"].isna()
    for quarter, row in table[here].iterrows():
        if not isinstance(row["district"], str):
            units.append(_nowhere(rule, str(quarter)))
        elif row["age"] == _SCOPES.get(rule.scope, row["age"]) or row["age"] is None:
            finding = Finding("unit", str(quarter), NODATA, str(row["district"]), str(quarter), rule.population)
            units.append(_delivered(rule, finding, row) if together else _quarter(rule, finding, row))
    listed = set(table["district"])
    return Judgement([*units, *(_summary(rule, place, units, listed) for place in places(context))])


def _nowhere(rule: Rule, quarter: str) -> Finding:
    """Return the finding of a quarter that names no district: nobody can say whether it is one of the study's."""
    finding = Finding("unit", quarter, NODATA, "", quarter, rule.population)
    finding.note_zh, finding.note_en = "小区表没有写明所在区县", f"table {TABLE} does not tell its district"
    return finding


def _need(rule: Rule, households: float, built: Built) -> float:
    """Return what a clause asks of a quarter: its own number where it prints the rate or the minimum."""
    bound = _SCOPES.get(rule.scope)
    if bound is not None and rule.value is not None and "household" not in rule.unit:
        return rule.number if households > 0 else math.nan
    printed = rule.number if rule.value is not None and bound == built else 30.0 if built == "new" else 20.0
    return floor_needed(
        households,
        built,
        per_100=rule.param(f"per_100_households_{built}", printed),
        least=rule.param("min_m2", 200.0),
        least_for_new=bool(rule.params.get("min_m2_for_new", False)),
    )


def _quarter(rule: Rule, finding: Finding, row: pd.Series) -> Finding:
    finding.value, finding.value_unit, finding.gap_unit = float(row["have"]), "m2", "m2"
    if row["households"] == 0:
        finding.verdict = NOT_APPLICABLE
        finding.note_zh, finding.note_en = "没有住户", "no households"
        return finding
    unknown = [name for name in ("households", "built") if pd.isna(row[name])]
    unknown += ["floor_area_m2"] if math.isnan(finding.value) else []
    if unknown:
        finding.note_zh = f"小区表缺少 {'、'.join(unknown)}"
        finding.note_en = f"table {TABLE} does not tell: {', '.join(unknown)}"
        return finding
    finding.threshold = _need(rule, float(row["households"]), row["age"])
    finding.verdict = compare(finding.value, ">=", finding.threshold)
    finding.gap = max(0.0, finding.threshold - finding.value)
    finding.params = {"households": float(row["households"]), "built": row["age"]}
    have, need = value_text(finding.value, "m2", finding.threshold), value_text(finding.threshold, "m2")
    finding.note_zh, finding.note_en = f"有{have} m²，需要{need} m²", f"{have} m² of {need} m² needed"
    return finding


def _delivered(rule: Rule, finding: Finding, row: pd.Series) -> Finding:
    """Judge whether the facility was delivered no later than the homes."""
    finding.value_unit = finding.gap_unit = "days"
    finding.operator, finding.threshold = "<=", rule.number if rule.value is not None else 0.0
    late = row["facility_delivered"] - row["housing_delivered"]
    if pd.isna(late):
        finding.note_zh = "小区表缺少 housing_delivered 或 facility_delivered"
        finding.note_en = f"table {TABLE} does not tell: housing_delivered, facility_delivered"
        return finding
    finding.value = float(late.days)
    finding.verdict = compare(finding.value, "<=", finding.threshold)
    finding.gap = max(0.0, finding.value - finding.threshold)
    finding.note_zh = f"设施比住宅晚{number_text(finding.value)}天交付"
    finding.note_en = f"facility delivered {number_text(finding.value)} days after the homes"
    return finding


def _summary(rule: Rule, place: tuple[str, str, str], units: list[Finding], listed: set[str]) -> Finding:
    finding = finding_at(place, rule.population)
    own = units if finding.code == CITY else [one for one in units if one.district == finding.code]
    judged = [one for one in own if one.verdict in (PASS, FAIL)]
    unknown = sum(one.verdict == NODATA for one in own)
    if finding.code != CITY and finding.code not in listed:
        finding.note_zh, finding.note_en = "小区表中没有本区的小区", f"no quarter of the district in table {TABLE}"
        return finding
    if not judged:
        finding.verdict = NODATA if unknown else NOT_APPLICABLE
        finding.note_zh, finding.note_en = (
            f"适用小区{len(own)}个，均无法判断",
            f"{len(own)} quarters, none can be judged",
        )
        return finding
    passing = sum(one.verdict == PASS for one in judged)
    finding.value, finding.threshold = passing / len(judged), 1.0
    finding.units_judged, finding.units_passing = len(judged), passing
    finding.gap, finding.gap_unit = sum(one.gap for one in judged), judged[0].gap_unit
    # a quarter that may fail keeps the whole from passing, and cannot make it fail
    finding.verdict = FAIL if passing < len(judged) else REVIEW if unknown else PASS
    finding.flags = flag_if_any("quarters.without_data", unknown)
    finding.note_zh = f"{len(judged)}个小区中{passing}个达标"
    finding.note_en = f"{passing} of {len(judged)} quarters meet it"
    return finding


RULE = RuleKind(
    "floor-space",
    "R07",
    "配建面积",
    "floor space per 100 households",
    judge,
    ("per_100_households_new", "per_100_households_existing", "min_m2", "min_m2_for_new", "since"),
    asks_zh="不读；配建面积写在 `params`",
    asks="not read: the floor space stands in `params`, in m² per 100 households",
    operators=(">=", "<="),
    reads_table=_quarters,
    refuses=(no_number_if_any, late_by_no_days),
)
