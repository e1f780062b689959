"""A clause judged where its lists of facilities cover the ground, and no data where they do not.

A list that covers some districts says nothing of any other. A district that no list of a kind covers, and in which no
facility of the kind stands, is no data for clauses that count it, not 0. The city is judged by the districts that are
covered; where the others could turn its verdict it is left to a person.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Collection

from zzgeo.intake.lists import uncovered
from zzgeo.intake.location import locate, points_of
from zzgeo.intake.study import Study
from zzgeo.rules.parts.base import Context, Finding, Judgement, RuleKind, nothing_to_judge
from zzgeo.rules.parts.lost_people import may_be
from zzgeo.rules.parts.tabular import FROM_INDICATORS, compare
from zzgeo.rules.parts.wording import judged_as_written
from zzgeo.spec.kinds import KINDS
from zzgeo.standards import Rule
from zzgeo.vocabulary.flags import Flag
from zzgeo.vocabulary.people import UNIT_SETS
from zzgeo.vocabulary.verdicts import FAIL, JUDGED, PASS, REVIEW


def judged_where_covered(context: Context, rule: Rule, kind: RuleKind) -> Judgement:
    """Judge a clause as it is written in the districts that its lists cover; the others are no data."""
    missing = kinds_missing(context, rule)
    strays = kinds_of_strays(context, rule)
    if not missing:
        return _without_strays(context, judged_as_written(context, rule, kind), strays)
    study = context.study
    covered = [code for code in study.districts.index if str(code) not in missing]
    silent = nothing_to_judge(context, rule, _reason(sorted({one for kinds in missing.values() for one in kinds})))
    if not covered:
        return silent
    name = f"districts {', '.join(map(str, covered))}"
    [part] = context.other_readings(name, lambda: [Context(of_districts(study, covered), land=context.land)])
    judgement = _without_strays(context, judged_as_written(part, rule, kind), strays)
    if all(FROM_INDICATORS in one.flags for one in judgement.findings if one.verdict in JUDGED):
        # no list answers the clause: a table does, for every district
        return judged_as_written(context, rule, kind)
    nodata = [one for one in silent.findings if one.level == "district" and one.code in missing]
    city = [_city(one, context, rule, missing) for one in judgement.findings if one.level == "city"]
    others = [one for one in judgement.findings if one.level != "city"]
    return dataclasses.replace(judgement, findings=[*others, *nodata, *city])


def of_districts(study: Study, codes: Collection[object]) -> Study:
    """Return a study with some of its districts alone; facilities and streets of the others still serve."""
    units = study.units
    # a zone lies across several districts: with some of them left out its people would be counted short
    return dataclasses.replace(
        study,
        zones=None,
        districts=study.districts[study.districts.index.isin(list(codes))],
        demand=study.demand[study.demand["district"].isin(list(codes))],
        units=None if units is None else units[units["district"].isin(list(codes))],
    )


def kinds_missing(context: Context, rule: Rule) -> dict[str, list[str]]:
    """Return, by district, the kinds of a clause that no list covers there and of which none stands there."""
    return _kinds_uncovered(context, rule, standing=False)


def kinds_of_strays(context: Context, rule: Rule) -> dict[str, list[str]]:
    """Return, by district, the kinds of a clause that no list covers there though some of them stand there."""
    return _kinds_uncovered(context, rule, standing=True)


def _kinds_uncovered(context: Context, rule: Rule, *, standing: bool) -> dict[str, list[str]]:
    study = context.study
    codes = [str(code) for code in study.districts.index]
    kinds: dict[str, list[str]] = {}
    for kind in rule.facilities:
        bare = uncovered(study.lists, kind, codes) if kind in study.kinds_known else set()
        if bare:
            of_kind = study.facilities[study.facilities["kind"] == kind]
            some = set(locate(points_of(of_kind.geometry), study.districts).dropna().astype(str))
            bare = bare & some if standing else bare - some
        for code in bare:
            kinds.setdefault(code, []).append(kind)
    return kinds


def _without_strays(context: Context, judgement: Judgement, strays: Collection[str]) -> Judgement:
    """Return a judgement with no fail of a district that no list covers: what stands there may not be all of it."""
    if not strays:
        return judgement
    names = [f"{code} {context.study.districts.at[code, 'name']}" for code in sorted(strays)]
    short = [one for one in judgement.findings if one.level == "district" and one.code in strays]

    def told(finding: Finding) -> Finding:
        here = finding.level == "city" or finding.district in strays
        if not here or finding.verdict not in JUDGED or FROM_INDICATORS in finding.flags:
            return finding
        turns = finding.verdict == FAIL and (finding.level != "city" or _served_here_turns(finding, short))
        verdict = REVIEW if turns else finding.verdict
        code = "list.districts_strays_decide" if turns else "list.districts_strays"
        flag = Flag(code, districts=names)
        return dataclasses.replace(finding, verdict=verdict, flags=[*finding.flags, flag])

    return dataclasses.replace(judgement, findings=[told(one) for one in judgement.findings])


def _served_here_turns(city: Finding, short: Collection[Finding]) -> bool:
    """Tell whether the city would not fail if everybody, and every unit, of some districts were served."""
    limit = city.operator, city.threshold
    if city.gap_unit == "units" and city.units_judged > 0:
        more = sum(one.units_judged - one.units_passing for one in short if one.units_judged > 0)
        return compare((city.units_passing + more) / city.units_judged, ">=", city.threshold) != FAIL
    people = city.covered + city.missed
    if city.value_unit == "share" and people > 0:
        more = sum(one.missed for one in short if one.missed > 0)
        return compare((city.covered + more) / people, *limit) != FAIL
    return city.operator in (">=", ">")


def _reason(kinds: Collection[str]) -> tuple[str, str]:
    zh, en = "、".join(KINDS[kind].zh for kind in kinds), ", ".join(KINDS[kind].en for kind in kinds)
    return f"设施清单不覆盖该区县：{zh}", f"no list covers this district: {en}"


def _city(finding: Finding, context: Context, rule: Rule, missing: dict[str, list[str]]) -> Finding:
    """Return the finding of the covered districts as the city's, left open where the others could turn it."""
    if finding.verdict not in JUDGED:
        return finding
    study = context.study
    group, _ = context.group(rule)
    people = float(study.demand.loc[study.demand["district"].isin(list(missing)), group].sum())
    units = 0
    if study.units is not None:
        units = int(
            (study.units["district"].isin(list(missing)) & study.units["type"].isin(UNIT_SETS[rule.applies_to])).sum()
        )
    turns = finding.verdict in (PASS, FAIL) and bool(_may_be(finding, people, units) - {finding.verdict})
    names = [f"{code} {study.districts.at[code, 'name']}" for code in sorted(missing)]
    code = "list.districts_uncovered_decide" if turns else "list.districts_uncovered"
    flag = Flag(code, districts=names)
    verdict = REVIEW if turns else finding.verdict
    return dataclasses.replace(finding, verdict=verdict, flags=[*finding.flags, flag])


def _may_be(finding: Finding, people: float, units: int) -> set[str]:
    """Return the verdicts the whole city may have, with so many people and units of which nothing is known."""
    if finding.gap_unit == "units" and finding.units_judged > 0:
        shares = [(finding.units_passing + more) / (finding.units_judged + units) for more in (0, units)]
        return {compare(share, ">=", finding.threshold) for share in shares}
    verdicts = may_be(finding, people)
    if finding.value_unit == "share" and verdicts:
        return verdicts
    # there may be any number of facilities in the others
    if finding.operator in (">=", ">"):
        return verdicts | {PASS}
    return {PASS, FAIL}
