"""R18 Subsidies: what facilities draw from the city's and the counties' budgets. Figures, never a verdict.

Source: rules.md R18; resolutions.md C24, A21. Input: table ``subsidy_plan`` (see `subsidies`). All amounts are yuan.
"""

from __future__ import annotations

import math

import pandas as pd

from zzgeo.errors import Problem, StandardError
from zzgeo.numbers import number_text
from zzgeo.rules.parts.base import Context, Finding, Judgement, RuleKind
from zzgeo.rules.parts.subsidy_plans import subsidies, subsidy_items
from zzgeo.rules.parts.tabular import finding_at, people_in, places
from zzgeo.served import CITY
from zzgeo.standards import Rule
from zzgeo.standards.awards import Award, awards
from zzgeo.vocabulary.flags import Flag, Named
from zzgeo.vocabulary.verdicts import NOT_APPLICABLE

__all__ = ["RULE", "judge", "subsidies", "subsidy_items"]

#: The table of a study that holds the plan of facilities.
TABLE = "subsidy_plan"

#: Paid for every head of a group of people; all other schemes are those of awards.
PER_HEAD = "per-head"


def judge(context: Context, rule: Rule) -> Judgement:
    """Return what the study's plan draws under a clause: figures in yuan per district and for the city, no verdict.

    Raises
    ------
    StandardError
        If the clause names a scheme that is not known.
    InputError
        If the plan cannot be read.
    """
    scheme = _scheme(rule)
    if scheme == PER_HEAD and isinstance(rule.value, int | float):
        people = people_in(context, rule.population)
        sums = {code: (number * rule.number, 0.0) for code, number in people.items() if not math.isnan(number)}
    else:
        sums = _planned(context, rule, scheme)
    return Judgement([_figure(rule, place, scheme, sums) for place in places(context, sums)])


def _scheme(rule: Rule) -> str:
    """Return what a subsidy is paid by; "" where the clause does not say it."""
    scheme = str(rule.params.get("scheme", ""))
    schemes = (*dict.fromkeys(award.scheme for award in awards()), PER_HEAD)
    if scheme and scheme not in schemes:
        why, remedy = "no such scheme", "the schemes are: " + ", ".join(schemes)
        raise StandardError([Problem("config.invalid", rule.id, scheme, why, remedy)])
    return scheme


def _items(context: Context, rule: Rule) -> pd.DataFrame | None:
    """Return what the study's plan draws; None where it has none, or the clause pays for nothing in it."""
    plan = context.study.tables.get(TABLE)
    return None if plan is None or _award(rule, _scheme(rule)) is None else subsidy_items(plan)


def _planned(context: Context, rule: Rule, scheme: str) -> dict[str, tuple[float, float]]:
    items, award = _items(context, rule), _award(rule, scheme)
    if items is None or award is None:
        return {}
    plan = context.study.tables[TABLE]
    items = items[items["rule"] == award.clause]
    sums = {CITY: (float(items["city_yuan"].sum()), float(items["county_yuan"].sum()))}
    if "district" in plan.columns:
        for code in map(str, context.study.districts.index):
            own = items[items["district"] == code]
            sums[code] = float(own["city_yuan"].sum()), float(own["county_yuan"].sum())
    return sums


def _award(rule: Rule, scheme: str) -> Award | None:
    """Return the award a clause promises; None where its amount is left open or several share its scheme."""
    own = [award for award in awards() if award.clause == rule.id] or [
        award for award in awards() if award.scheme == scheme
    ]
    return own[0] if len(own) == 1 and rule.operator != "range" else None


def _figure(rule: Rule, place: tuple[str, str, str], scheme: str, sums: dict[str, tuple[float, float]]) -> Finding:
    finding = finding_at(place, rule.population)
    finding.verdict, finding.value_unit, finding.operator, finding.gap_unit = NOT_APPLICABLE, "yuan", "", "yuan"
    if finding.code not in sums:
        if _award(rule, scheme) is not None:
            finding.note_zh, finding.note_en = (
                f"缺少建设计划（[[tables]] id = {TABLE}）",
                f'needs [[tables]] id = "{TABLE}"',
            )
        else:
            finding.note_zh = "条款没有规定确定的金额，或缺少人数"
            finding.note_en = "the clause leaves the amount open, or nobody counted the people"
        return finding
    city, county = sums[finding.code]
    finding.value = city + county
    if scheme == PER_HEAD:
        finding.note_zh = f"按每人{rule.number:g}元，共{number_text(finding.value)}元"
        finding.note_en = f"{number_text(finding.value)} yuan at {rule.number:g} per head"
        return finding
    finding.params = {"scheme": scheme, "city_yuan": city, "county_yuan": county}
    award = _award(rule, scheme)
    if award is not None:
        assumption = Named(award.clause, award.assumes_zh, award.assumes)
        finding.flags = [Flag("subsidy.assumption", assumption=assumption)]
    finding.note_zh = f"市级{number_text(city)}元，县级{number_text(county)}元"
    finding.note_en = f"city {number_text(city)} yuan, county {number_text(county)} yuan"
    return finding


RULE = RuleKind(
    "subsidy",
    "R18",
    "补贴测算",
    "subsidy",
    judge,
    ("scheme",),
    asks_zh="补贴标准金额，元",
    asks="the amounts of the scheme, in yuan",
    reads_clause=(_scheme,),
    reads_table=_items,
    unread=("applies_to", "area"),
)
