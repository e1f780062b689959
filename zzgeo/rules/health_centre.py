"""R06 Community health centre: one per subdistrict, or per 30,000-100,000 residents.

Source: rules.md R06; resolutions.md A07: a subdistrict needs one centre for every 100,000 residents begun; below
30,000 it may share that of a neighbour if both together have no more than 100,000. A station is not a centre.
"""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from zzgeo.errors import Problem, StandardError
from zzgeo.numbers import people_text
from zzgeo.rules.parts.base import Context, Finding, Judgement, RuleKind, facilities_named
from zzgeo.rules.parts.membership import lying_in
from zzgeo.rules.parts.needs import UnitNeeds, needs_table
from zzgeo.rules.parts.refusals import no_facilities, no_unit_type
from zzgeo.rules.parts.units import (
    facilities_of,
    from_table,
    held,
    neighbours,
    numbers_of,
    outlined,
    people_in,
    shared_codes,
    summaries,
    units_of,
    unreached_flags,
)
from zzgeo.rules.parts.walk_share import MINUTES, people_walking
from zzgeo.served import CITY
from zzgeo.standards import Rule
from zzgeo.vocabulary.flags import Flag
from zzgeo.vocabulary.verdicts import FAIL, NODATA, NOT_APPLICABLE, PASS, REVIEW

PEOPLE_PER_CENTRE = 100_000.0
SHARE_BELOW = 30_000.0
PRESETS = ("default", "one-per-subdistrict", "population-only")


def required(people: float, people_per_centre: float = PEOPLE_PER_CENTRE) -> int:
    """Return how many centres so many residents need: one for every 100,000 begun, at least one.

    Examples
    --------
    >>> [required(people) for people in (28_000, 95_000, 100_000, 100_001, 230_000)]
    [1, 1, 1, 2, 3]
    """
    return max(1, math.ceil(people / people_per_centre - 1e-9))


def may_share(people: float, neighbour: float, *, below: float = SHARE_BELOW, most: float = PEOPLE_PER_CENTRE) -> bool:
    """Tell whether a subdistrict without a centre may use that of a neighbour.

    Examples
    --------
    >>> may_share(28_000, 60_000), may_share(28_000, 72_000), may_share(28_000, 80_000), may_share(30_000, 20_000)
    (True, True, False, False)
    """
    return people < below and people + neighbour <= most


def preset_of(rule: Rule) -> str:
    """Return how a clause is read, one of `PRESETS`.

    Raises
    ------
    StandardError
        If there is no such reading.
    """
    preset = rule.params.get("preset", "default")
    if preset not in PRESETS:
        why = "preset is one of " + ", ".join(PRESETS)
        raise StandardError([Problem("config.invalid", rule.id, str(preset), why, "correct the clause")])
    return str(preset)


def judge(context: Context, rule: Rule) -> Judgement:
    """Judge whether every subdistrict has its centres, or may share a neighbour's."""
    preset = preset_of(rule)
    everywhere = rule.model_copy(update={"applies_to": "all"})
    missing = context.missing_input(everywhere if preset == "population-only" else rule)
    if missing:
        return from_table(context, rule, missing)
    if preset == "population-only":
        return _population_only(context, everywhere)
    group, flags = context.group(rule)
    table, facility_flags = _unit_table(context, rule)
    together = _together(table)
    findings = [_unit(str(code), row, together, table, rule, group) for code, row in table.iterrows()]
    return Judgement([*findings, *summaries(context, rule, findings, [*flags, *facility_flags], group)])


def _unit_table(context: Context, rule: Rule) -> tuple[pd.DataFrame, list[Flag]]:
    """Return per unit its people, how many centres it has and needs, and whose it may share; and flags."""
    facilities, facility_flags = facilities_of(context, rule)
    units = units_of(context, rule)
    holding = held(context, units, facilities, rule.applies_to)
    number, group = numbers_of(holding, units), context.group(rule)[0]
    table = pd.DataFrame(
        {
            "name": units["name"],
            "district": units["district"],
            "people": people_in(context, units, group, rule.applies_to),
            "number": number,
            "known": outlined(units) | (number > 0),
            "border": units.index.isin(list(shared_codes(holding))),
        }
    )
    if rule.params.get("preset", "default") == "default":
        table["need"] = [_need(people, rule) for people in table["people"]]
        shares = _shares(table, neighbours(units[outlined(units)]), rule)
        table["shares"] = pd.Series(shares, index=table.index, dtype=object)
    else:
        table["need"], table["shares"] = 1.0, None
    return table, facility_flags


def unit_needs(context: Context, rule: Rule) -> UnitNeeds | None:
    """Return how many centres each subdistrict lacks, and the small neighbours that may share a new one of it."""
    preset = rule.params.get("preset", "default")
    if preset == "population-only":
        return None
    table, _ = _unit_table(context, rule)
    table = table[table["known"].astype(bool) & table["need"].notna()]
    units = units_of(context, rule).loc[table.index]
    people = table["people"].astype(float)
    answers: dict[object, tuple[object, ...]] = {}
    if preset == "default":
        below, most = rule.param("share_below", SHARE_BELOW), rule.param("people_per_centre", PEOPLE_PER_CENTRE)
        heads, number = dict(people), dict(table["number"])
        for host, around in neighbours(units[outlined(units)]).items():
            answers[host] = tuple(
                guest
                for guest in around
                if number[guest] == 0 and may_share(heads[guest], heads[host], below=below, most=most)
            )
    return UnitNeeds(
        needs_table(units, people, table["need"], table["number"], table["shares"].notna()), "places", answers
    )


def _need(people: float, rule: Rule) -> float:
    if math.isnan(people) or people <= 0:
        return math.nan
    return float(required(people, rule.param("people_per_centre", PEOPLE_PER_CENTRE)))


def _shares(table: pd.DataFrame, beside: dict[object, list[object]], rule: Rule) -> list[object]:
    """Return the neighbour whose centre each unit without one may share, the least populous first; None if none."""
    below, most = rule.param("share_below", SHARE_BELOW), rule.param("people_per_centre", PEOPLE_PER_CENTRE)
    people: dict[object, float] = table["people"].to_dict()
    number: dict[object, float] = table["number"].to_dict()
    chosen: list[object] = []
    for code in table.index:
        fits = [
            (people[other], str(other), other)
            for other in (beside.get(code, []) if number[code] == 0 else [])
            if number[other] > 0 and may_share(people[code], people[other], below=below, most=most)
        ]
        chosen.append(min(fits)[2] if fits else None)
    return chosen


def _together(table: pd.DataFrame) -> dict[object, float]:
    """Return how many people use each shared centre: those of its unit and of every unit that shares it."""
    people: dict[object, float] = table["people"].to_dict()
    guests: dict[object, float] = table[table["shares"].notna()].groupby("shares")["people"].sum().to_dict()
    return {host: number + people[host] for host, number in guests.items()}


def _unit(
    code: str, row: pd.Series, together: dict[object, float], table: pd.DataFrame, rule: Rule, group: str
) -> Finding:
    finding = Finding("unit", code, NODATA, str(row["district"]), str(row["name"]), group)
    finding.value_unit, finding.gap_unit = "count", "facilities"
    if not row["known"]:
        finding.note_zh, finding.note_en = "没有边界，无法判断机构是否在内", "no outline: cannot tell what lies inside"
        return finding
    if np.isnan(row["need"]):
        finding.note_zh = "缺人口：[units]的residents列，或[demand]"
        finding.note_en = "needs its people: column residents of [units], or [demand]"
        return finding
    need, have, host = int(row["need"]), int(row["number"]), row["shares"]
    finding.value, finding.threshold = float(have), float(need)
    finding.verdict = PASS if have >= need or host is not None else FAIL
    finding.gap = 0.0 if finding.verdict == PASS else float(need - have)
    finding.params = {"required": need, "population": None if np.isnan(row["people"]) else float(row["people"])}
    finding.flags = [Flag("facilities.shared_border")] if row["border"] else []
    finding.note_zh = f"{people_text(row['people'])}人，应有{need}所，现有{have}所"
    finding.note_en = f"{people_text(row['people'])} people need {need}, it has {have}"
    if host is not None:
        name, people, most = str(table.at[host, "name"]), together[host], rule.param("people_per_centre", 100_000.0)
        finding.flags.append(Flag("facilities.shared_with", unit=name))
        finding.params["shared_with"] = str(host)
        finding.note_zh += f"，与{name}共用"
        finding.note_en += f", shares that of {name}"
        if people > most:
            # every pair keeps the limit, all who share do not: the clause does not say which counts
            finding.sensitive = True
            finding.flags.append(Flag("facilities.shared_by_many", people=people, most=most))
    return finding


def _population_only(context: Context, rule: Rule) -> Judgement:
    """Judge by people alone: enough centres for all, and every resident within fifteen minutes' walk of one."""
    facilities, flags = facilities_of(context, rule)
    walk = people_walking(context, rule, MINUTES)
    found = lying_in(context.study.districts, facilities)
    findings = []
    for code, name in [*context.study.districts["name"].items(), (CITY, context.study.name)]:
        city = code == CITY
        own = found if city else found[found["code"] == code]
        finding = Finding(
            "city" if city else "district", str(code), NODATA, "" if city else str(code), str(name), walk.group
        )
        finding.value_unit, finding.gap_unit = "count", "facilities"
        sums = walk.sums(None if city else str(code))
        if sums["people"] <= 0:
            finding.verdict, finding.note_zh, finding.note_en = NOT_APPLICABLE, "没有人口", "nobody lives here"
            findings.append(finding)
            continue
        finding.value, finding.threshold = float(own["facility_id"].nunique()), float(_need(sums["people"], rule))
        finding.people, finding.covered = sums["people"], sums["covered"]
        finding.missed, finding.excluded = sums["missed"], sums["excluded"]
        finding.streets_value = sums["share"]
        finding.params = {"required": int(finding.threshold), "population": float(sums["people"])}
        finding.gap = max(0.0, finding.threshold - finding.value)
        met = finding.gap == 0 and finding.missed - sums["unreached"] <= 0
        unsure = finding.excluded > 0 or sums["unreached"] > 0
        finding.verdict = FAIL if not met else REVIEW if unsure else PASS
        finding.flags = [*flags, *walk.flags, *unreached_flags(sums["unreached"])]
        need, have, missed = f"{finding.threshold:.0f}", f"{finding.value:.0f}", people_text(finding.missed)
        finding.note_zh = f"应有{need}所，现有{have}所；{missed}人步行不可达"
        finding.note_en = f"{need} needed, {have} there; {missed} people beyond a walk"
        findings.append(finding)
    return Judgement(findings, walk.reach())


def limit(context: Context, rule: Rule) -> float:
    """Return how far people of the group a clause counts walk in fifteen minutes, in metres."""
    return context.walk(rule, MINUTES).metres


RULE = RuleKind(
    "health-centre",
    "R06",
    "社区卫生服务中心设置",
    "community health centre per subdistrict",
    judge,
    ("people_per_centre", "share_below", "preset"),
    along="streets",
    limit=limit,
    patches=True,
    sites="asked",
    unit_needs=unit_needs,
    reads=facilities_named,
    asks_zh="不读；每中心人数写在 `params`",
    asks="not read: people per centre stand in `params`",
    operators=(">=", "exists"),
    reads_clause=(preset_of,),
    refuses=(no_facilities, no_unit_type),
)
