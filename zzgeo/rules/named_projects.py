"""R20 Named projects: how many of the projects a clause names have come as far as it asks, by its date.

Source: rules.md R20: none < planned < started < completed < in-use; resolutions.md C16 (later names win: a project
is known by its id). Input: table ``projects`` with ``id, name, district, status, done_on`` and, where a clause names no
ids, ``rule`` (the id of the clause a row belongs to).
"""

from __future__ import annotations

import datetime as dt
import math

import pandas as pd

from zzgeo.errors import Problem, StandardError
from zzgeo.numbers import number_text
from zzgeo.rules.parts.base import Context, Finding, Judgement, RuleKind
from zzgeo.rules.parts.project_list import RANK, STEPS, TABLE, asked_of, named_in, projects_of, reached, status_of
from zzgeo.rules.parts.tabular import (
    FROM_INDICATORS,
    fill_nodata,
    finding_at,
    indicator_name,
    indicator_rows,
    latest,
    places,
    summary_findings,
)
from zzgeo.rules.parts.trends import worst
from zzgeo.served import CITY
from zzgeo.standards import Rule
from zzgeo.vocabulary.flags import Flag, flag_if_any
from zzgeo.vocabulary.verdicts import FAIL, NODATA, PASS


def enough(met: int, unknown: int, asked: float) -> str:
    """Return the verdict of so many projects: those nobody knows of can neither pass nor fail it.

    Examples
    --------
    >>> enough(4, 0, 6), enough(4, 2, 6), enough(6, 0, 6), enough(3, 5, 3)
    ('fail', 'nodata', 'pass', 'pass')
    """
    return PASS if met >= asked - 1e-6 else NODATA if met + unknown >= asked - 1e-6 else FAIL


def required_of(rule: Rule) -> str:
    """Return how far a clause wants a project to be, one of `STEPS`.

    Raises
    ------
    StandardError
        If there is no such step.
    """
    required = status_of(str(rule.params.get("required_status", "completed")))
    if required is None:
        why, remedy = "no such status", "they are: " + ", ".join(STEPS)
        raise StandardError([Problem("config.invalid", rule.id, str(rule.params["required_status"]), why, remedy)])
    return required


def _number(rule: Rule) -> float:
    return asked_of(rule, ())


def judge(context: Context, rule: Rule) -> Judgement:
    """Judge a clause on named projects: each of them, per district where projects name theirs, and for the city.

    Raises
    ------
    StandardError
        If the clause asks for a status that is not known.
    InputError
        If the table cannot be read.
    """
    required = required_of(rule)
    named = named_in(rule)
    projects = projects_of(context, rule)
    if projects is None:
        return _from_indicators(context, rule)
    units = [_unit(context, rule, str(key), row, required) for key, row in projects.iterrows()]
    known = {one.code for one in units}
    for key in named:
        if key not in known:
            unit = Finding("unit", key, NODATA, name=key, group=rule.population, value_unit="step")
            unit.threshold = float(RANK[required])
            units.append(fill_nodata(unit, (f"项目表中没有 {key}", f"table {TABLE} has no project {key}")))
    asked = asked_of(rule, named)
    if "per county" in rule.unit:
        return Judgement([*units, *_per_county(context, rule, units, asked, required)])
    # projects a clause asks for without naming them: nobody knows how they stand
    unnamed = max(0, math.ceil(asked) - len(named)) if named else 0
    return Judgement(
        [*units, _summary(finding_at(_city(context), rule.population), rule, units, asked, required, unnamed)]
    )


def _unit(context: Context, rule: Rule, key: str, row: pd.Series, required: str) -> Finding:
    name = row["name"] or key
    finding = Finding("unit", key, NODATA, row["district"] or "", name, rule.population, value_unit="step")
    finding.threshold = float(RANK[required])
    if row["status"] is None:
        return fill_nodata(finding, (f"{name}：项目表没有写进展", f"{name}: table {TABLE} does not tell its status"))
    status = status_of(row["status"]) or "none"
    finding.value, finding.gap_unit = float(RANK[status]), "steps"
    last = context.study.as_of
    if rule.target_year is not None:
        last = min(last, dt.date(rule.target_year, 12, 31))
    late = pd.notna(row["done_on"]) and row["done_on"].date() > last
    finding.verdict = PASS if reached(status, required) and not late else FAIL
    finding.gap = max(0.0, finding.threshold - finding.value)
    finding.flags = [Flag("projects.late", last=last, done=row["done_on"])] if late else []
    finding.note_zh = f"{name}：{STEPS[status][0]}，要求{STEPS[required][0]}"
    finding.note_en = f"{name}: {status}, {required} asked"
    return finding


def _city(context: Context) -> tuple[str, str, str]:
    return "city", CITY, context.study.name


def _per_county(context: Context, rule: Rule, units: list[Finding], asked: float, required: str) -> list[Finding]:
    """Judge each district that has such projects; the city is as good as the worst of them."""
    findings = []
    for place in places(context)[:-1]:
        own = [one for one in units if one.district == place[1]]
        if own:
            findings.append(_summary(finding_at(place, rule.population), rule, own, asked, required, 0))
    whole = _summary(finding_at(_city(context), rule.population), rule, units, asked, required, 0)
    whole.value, whole.threshold = float(sum(one.verdict == PASS for one in findings)), float(len(findings))
    whole.verdict = worst([one.verdict for one in findings])
    whole.gap, whole.gap_unit = sum(one.gap for one in findings), "projects"
    whole.note_zh = f"有项目的{len(findings)}个区县中{number_text(whole.value)}个达标"
    whole.note_en = f"{number_text(whole.value)} of {len(findings)} counties with such projects meet it"
    return [*findings, whole]


def _summary(finding: Finding, rule: Rule, units: list[Finding], asked: float, required: str, unnamed: int) -> Finding:
    met = sum(one.verdict == PASS for one in units)
    unknown = sum(one.verdict == NODATA for one in units) + unnamed
    finding.value, finding.value_unit, finding.threshold = float(met), "count", asked
    finding.verdict = enough(met, unknown, asked)
    finding.gap, finding.gap_unit = float(math.ceil(max(0.0, asked - met) - 1e-9)), "projects"
    finding.units_judged, finding.units_passing = len(units) - unknown + unnamed, met
    finding.flags = flag_if_any("projects.without_status", unknown)
    upper = rule.value[-1] if isinstance(rule.value, tuple) else None
    if isinstance(upper, int | float) and met > upper:
        finding.flags.append(Flag("clause.more_than_named"))
    finding.params = {"required_status": required}
    finding.note_zh = f"{number_text(asked)}个项目中{met}个{STEPS[required][0]}"
    finding.note_en = f"{met} {required}, {number_text(asked)} asked"
    return finding


def _from_indicators(context: Context, rule: Rule) -> Judgement:
    values = latest(indicator_rows(context, indicator_name(rule)))
    findings = summary_findings(
        context,
        rule,
        values,
        operator=">=",
        threshold=asked_of(rule, named_in(rule)),
        unit="count",
        flags=[FROM_INDICATORS],
    )
    for one in findings:
        if one.verdict == NODATA:
            one.note_zh = f"缺少项目表（[[tables]] id = {TABLE}）或{one.note_zh}"
            one.note_en = f'needs [[tables]] id = "{TABLE}", or {one.note_en.removeprefix("needs ")}'
    return Judgement(findings)


RULE = RuleKind(
    "named-projects",
    "R20",
    "指定项目",
    "named projects",
    judge,
    ("project_ids", "project", "required_status", "count"),
    asks_zh="条款写明的项目数",
    asks="the number of projects, where the clause prints it",
    operators=(">=", "exists", "range"),
    reads_clause=(required_of, _number),
    reads_table=projects_of,
)
