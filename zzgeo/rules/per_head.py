"""R05 Per-head provision: beds, staff or other counts per 1000 or 10,000 people of the right group.

Source: rules.md R05; resolutions.md C01 (three steps of elderly beds), C04 (hospital beds: signed difference),
A09 (resident population), A15 (which beds).
"""

from __future__ import annotations

import math

import geopandas as gpd
import pandas as pd

from zzgeo.numbers import value_text
from zzgeo.rules.parts.base import Context, Finding, Judgement, RuleKind, nothing_to_judge
from zzgeo.rules.parts.headcounts import Counted, counted, people
from zzgeo.rules.parts.needs import UnitNeeds, needs_table
from zzgeo.rules.parts.refusals import no_amount, no_such_numerator, per_no_number, per_of_another_unit
from zzgeo.rules.parts.tabular import (
    FROM_INDICATORS,
    compare,
    districts_of,
    fill_nodata,
    finding_at,
    gap_to,
    indicator_name,
    indicator_rows,
    newest,
    places,
)
from zzgeo.rules.parts.years import year_told
from zzgeo.standards import Rule
from zzgeo.vocabulary.flags import Flag
from zzgeo.vocabulary.units import counts_beds, people_per
from zzgeo.vocabulary.verdicts import FAIL, NODATA, NOT_APPLICABLE, PASS, REVIEW

#: What 郑政〔2018〕34号 and 36号 ask of elderly beds per 1000 people aged 60+ (resolutions.md C01).
ELDERLY_BEDS = {"status_34": 40.0, "status_36": 50.0}


def provision(total: float, people: float, per: float = 1000.0) -> float:
    """Return how many there are per so many people; NaN where nobody lives.

    Examples
    --------
    >>> round(provision(21_163, 1_101_000), 2), round(provision(76_321, 9_880_700), 2)
    (19.22, 7.72)
    """
    return total / people * per if people > 0 else math.nan


def shortfall(threshold: float, total: float, people: float, per: float = 1000.0) -> float:
    """Return how many more meet a threshold, whole, 0 where it is met.

    Examples
    --------
    >>> [shortfall(needed, 21_163, 1_101_000) for needed in (31, 40, 50)]
    [12968.0, 22877.0, 33887.0]
    >>> shortfall(8.5, 76_321, 9_880_700), shortfall(2, 0, 9_880_700, per=10_000)
    (7665.0, 1977.0)
    """
    if math.isnan(total) or math.isnan(people):
        return math.nan
    needed = threshold * people / per
    return float(max(0.0, math.ceil(needed - 1e-12 * max(1.0, needed)) - total))


def elderly_bed_steps(value: float) -> dict[str, str]:
    """Return how elderly beds per 1000 people aged 60+ stand against the two plans (resolutions.md C01).

    Examples
    --------
    >>> elderly_bed_steps(45.0)
    {'status_34': 'pass', 'status_36': 'fail'}
    """
    return {name: compare(value, ">=", least) for name, least in ELDERLY_BEDS.items()}


def no_rate(rule: Rule) -> bool:
    """`value` is no number of at least 0."""
    return rule.operator != "denominator" and no_amount(rule)


def judge(context: Context, rule: Rule) -> Judgement:
    """Judge a per-head clause per district, where the numbers are known there, and for the city."""
    if rule.operator == "denominator":
        reason = "条款只规定人口口径", "the clause names the population to divide by, nothing to judge"
        return nothing_to_judge(context, rule, reason, NOT_APPLICABLE)
    count = counted(context, rule)
    ready = newest(indicator_rows(context, indicator_name(rule)))
    findings = []
    for place in places(context, {*(count.total if count else ()), *ready}):
        finding = None if count is None else _measured(context, rule, place, count)
        if finding is None or _better_ready(finding, count, ready):
            finding = _ready(context, rule, place, ready)
        findings.append(finding)
    return Judgement(findings)


def _better_ready(finding: Finding, found: Counted | None, ready: dict[str, tuple[float, float, str]]) -> bool:
    """Tell whether a ratio somebody worked out answers where counting cannot, or is of a later year than the count."""
    if finding.code not in ready:
        return False
    counted_in = math.nan if found is None else found.year.get(finding.code, math.nan)
    return finding.verdict == NODATA or ready[finding.code][1] > counted_in


def _measured(context: Context, rule: Rule, place: tuple[str, str, str], count: Counted) -> Finding:
    finding = _blank(rule, place)
    code, per = finding.code, _per(rule)
    total = count.total.get(code, math.nan)
    heads = people(context, rule, code, count.source)
    if math.isnan(total) or not heads:
        what = str(rule.params.get("numerator_indicator") or indicator_name(rule))
        row = what if math.isnan(total) else "population" if rule.population == "residents" else rule.population
        return fill_nodata(finding, (f"缺数据：indicators 表中 indicator = {row}", f"needs [indicators]: {row}"))
    base, year, source = heads[0]
    finding.flags = list(count.flags)
    listed = count.source == "facilities"
    counted_year = float(context.study.as_of.year) if listed else count.year.get(code, math.nan)
    if not (math.isnan(counted_year) or math.isnan(year)) and counted_year != year:
        finding.flags.append(Flag("indicator.years_differ", counted=counted_year, people=year))
    elif not listed or source == "indicators":
        finding.flags.append(year_told(year if listed or math.isnan(year) else counted_year))
    finding.params |= {"total": total, "population": base, "population_from": source, "per": per}
    _fill(finding, rule, provision(total, base, per), code in count.incomplete)
    finding.gap, finding.gap_unit = shortfall(rule.number, total, base, per), _counted_unit(rule)
    if finding.verdict == PASS:
        finding.gap = 0.0
    if len(heads) > 1:
        other = provision(total, heads[1][0], per)
        finding.params["value_by_other_population"] = round(other, 6)
        finding.sensitive = compare(other, ">=", rule.number) != compare(finding.value, ">=", rule.number)
    return finding


def _ready(
    context: Context, rule: Rule, place: tuple[str, str, str], ready: dict[str, tuple[float, float, str]]
) -> Finding:
    """Judge the ratio somebody else worked out."""
    finding = _blank(rule, place)
    if finding.code not in ready:
        lists = "、".join(rule.facilities) or "indicators"
        zh = f"缺数据：设施床位（{lists}）或 indicators 表中 indicator = {indicator_name(rule)}"
        return fill_nodata(finding, (zh, f"needs beds of the facilities, or [indicators]: {indicator_name(rule)}"))
    finding.flags = [FROM_INDICATORS]
    per, (value, _, unit) = _per(rule), ready[finding.code]
    # a rate for another number of people: 8 per 1000 are 80 per 10,000
    _fill(finding, rule, value * per / (people_per(unit) or per), incomplete=False)
    heads = people(context, rule, finding.code, "indicators")
    finding.gap, finding.gap_unit = gap_to(finding.value, ">=", rule.number), rule.unit
    if heads:
        total = finding.value * heads[0][0] / per
        finding.gap, finding.gap_unit = float(math.ceil(finding.gap * heads[0][0] / per - 1e-6)), _counted_unit(rule)
        finding.params |= {"total": round(total), "population": heads[0][0], "population_from": heads[0][2]}
    return finding


def _blank(rule: Rule, place: tuple[str, str, str]) -> Finding:
    finding = finding_at(place, rule.population)
    finding.value_unit, finding.threshold, finding.operator = rule.unit, rule.number, ">="
    return finding


def _fill(finding: Finding, rule: Rule, value: float, incomplete: bool) -> None:
    finding.value = value
    finding.verdict = compare(value, ">=", rule.number)
    if finding.verdict == FAIL and incomplete:
        # what is not known may be enough: a lower bound can pass, it cannot fail
        finding.verdict = REVIEW
    difference = value - rule.number
    finding.params["difference"] = round(difference, 6)
    if rule.population == "aged_60_plus" and _counted_unit(rule) == "beds":
        finding.params |= elderly_bed_steps(value)
    if finding.verdict == PASS and difference > 0 and not rule.comparator_printed:
        finding.flags.append(Flag("clause.no_comparator"))
    shown, target = value_text(value, rule.unit, rule.number), value_text(rule.number, rule.unit)
    finding.note_zh = f"现状{shown}，要求不低于{target}，相差{difference:+.2f}"
    finding.note_en = f"{shown} against at least {target} {rule.unit}, difference {difference:+.2f}"


def _per(rule: Rule) -> float:
    return rule.param("per", people_per(rule.unit) or 1000.0)


def _counted_unit(rule: Rule) -> str:
    """Return what is counted: beds, or the words of the unit before "per"."""
    return "beds" if counts_beds(rule.unit) else rule.unit.partition("per ")[0].strip() or "people"


def unit_needs(context: Context, rule: Rule) -> UnitNeeds | None:
    """Return how many beds each district lacks; None where the number is not counted from facilities."""
    count = None if rule.operator == "denominator" else counted(context, rule)
    if count is None or count.source != "facilities":
        return None
    districts, per = context.study.districts, _per(rule)
    heads = {code: people(context, rule, str(code), count.source) for code in districts.index}
    base = pd.Series({code: first[0][0] if first else math.nan for code, first in heads.items()}, dtype=float)
    have = pd.Series({code: count.total.get(str(code), math.nan) for code in districts.index}, dtype=float)
    known = (base.notna() & have.notna()).to_numpy()
    need = (rule.number * base / per).map(lambda beds: math.ceil(beds - 1e-9 * max(1.0, beds)), na_action="ignore")

    def lying(places: gpd.GeoDataFrame) -> pd.DataFrame:
        home = districts_of(context, places)[0].dropna()
        return pd.DataFrame({"code": home, "facility_id": home.index}, dtype=object)

    return UnitNeeds(needs_table(districts[known], base, need[known], have), "capacity", lying=lying)


RULE = RuleKind(
    "per-head",
    "R05",
    "人均配置",
    "per-head provision",
    judge,
    ("per", "numerator", "numerator_indicator"),
    unit_needs=unit_needs,
    asks_zh="每若干人（`per`）的床位或人员数",
    asks="beds or staff per so many people (`per`)",
    operators=(">=", "denominator"),
    refuses=(per_no_number, per_of_another_unit, no_such_numerator, no_rate),
    unread=("applies_to", "area"),
)
