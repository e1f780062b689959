"""No verdict rests on people or units whose rows could not be used.

Where rows of people were set aside, a share of people lies between the one with all of them missed and the one with all
of them covered, a figure per head is that of so many people more. Where a verdict is not the same all over that range
it is left to a person, and the finding says how many people at most. Nobody can say in which unit people without a
place live: what is found of a unit is left open where they are at least one in twenty of its district, else told; of a
share of units, as many as were left open may turn. A unit whose row was lost may meet a clause, or not; where the
units a clause speaks of may all be among those lost it is no data, not a clause without object.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Collection, Sequence

import pandas as pd

from zzgeo.intake.lost_people import lost_in
from zzgeo.rules.parts.base import Context, Finding, Judgement
from zzgeo.rules.parts.tabular import FROM_INDICATORS, compare
from zzgeo.standards import Rule
from zzgeo.vocabulary.flags import Flag
from zzgeo.vocabulary.people import UNIT_SETS
from zzgeo.vocabulary.verdicts import FAIL, JUDGED, NODATA, NOT_APPLICABLE, PASS, REVIEW

#: Where a smaller share of a district's people was lost, what is found of a unit is told, not left open.
UNIT_SHARE = 0.05

#: The flags of what was lost and cannot turn a verdict, and of what could.
_PEOPLE = ("people.rows_lost", "people.rows_lost_decide")
_UNITS = ("units.rows_lost", "units.rows_lost_decide")


def without_lost_people(context: Context, rule: Rule, judgement: Judgement) -> Judgement:
    """Return a judgement with the lost people and units told, and no verdict resting on them."""
    lost = context.study.lost_people
    if not len(lost):
        return judgement
    findings = _told_of_people(context, rule, judgement.findings, lost)
    return dataclasses.replace(judgement, findings=_told_of_units(context, rule, findings, lost))


def may_be(finding: Finding, people: float) -> set[str]:
    """Return the verdicts a finding may have with so many people more, all missed or all covered.

    Empty where it counts no people: nothing of it depends on them.

    Examples
    --------
    >>> finding = Finding("city", "city", "pass", value=0.95, threshold=0.9, covered=95.0, missed=5.0)
    >>> sorted(may_be(finding, 2.0)), sorted(may_be(finding, 20.0))
    (['pass'], ['fail', 'pass'])
    """
    limit = finding.operator, finding.threshold
    counted = finding.covered + finding.missed
    if finding.value_unit == "share" and finding.gap_unit != "units" and counted > 0:
        covered = (finding.covered, finding.covered + people)
        return {compare(part / (counted + people), *limit) for part in covered}
    # what is asked of so many people, or had by each: with more people it is less for each
    population = finding.params.get("population")
    if isinstance(population, float) and finding.params.get("population_from") != "indicators" and population > 0:
        return {compare(finding.value * population / (population + people), *limit)}
    return set()


def _told_of_people(context: Context, rule: Rule, findings: Sequence[Finding], lost: pd.DataFrame) -> list[Finding]:
    group, _ = context.group(rule)
    lost = lost[lost[group] > 0]
    if not len(lost):
        return list(findings)
    codes = [str(code) for code in context.study.districts.index]
    homes = context.study.demand[group].groupby(context.study.demand["district"].astype(str)).sum()
    by_district = {code: lost_in(lost, code, codes) for code in ("", *codes)}
    open_units: dict[str, list[Finding]] = {}
    openings = []
    for finding in findings:
        rows = by_district.get(finding.district, lost)
        people, number = float(rows[group].sum()), int(rows["rows"].sum())
        if finding.level == "unit" and people < UNIT_SHARE * (people + float(homes.get(finding.district, 0.0))):
            turns = False
        else:
            turns = bool(may_be(finding, people) - {finding.verdict})
        if finding.level == "unit" and turns and is_judged(finding):
            open_units.setdefault(finding.district, []).append(finding)
        openings.append((finding, turns, number, people))
    return [
        left_open(finding, turns or units_turn(finding, open_units), _PEOPLE, number=number, people=people)
        if number and (finding.people > 0 or may_be(finding, people))
        else finding
        for finding, turns, number, people in openings
    ]


def units_turn(finding: Finding, open_units: dict[str, list[Finding]]) -> bool:
    """Tell whether the units of a place that were left open could turn its share of units."""
    if finding.level == "unit" or finding.gap_unit != "units" or math.isnan(finding.units_judged):
        return False
    units = [one for code, some in open_units.items() if finding.district in ("", code) for one in some]
    met = finding.units_passing
    shares = [
        (met - sum(one.verdict == PASS for one in units)) / finding.units_judged,
        (met + sum(one.verdict == FAIL for one in units)) / finding.units_judged,
    ]
    return bool(units) and {compare(part, ">=", finding.threshold) for part in shares} != {finding.verdict}


def _told_of_units(context: Context, rule: Rule, findings: Sequence[Finding], lost: pd.DataFrame) -> list[Finding]:
    types = UNIT_SETS[rule.applies_to]
    lost = lost[(lost["layer"] == "units") & (lost["type"].isin(types) | ~lost["type"].isin(UNIT_SETS))]
    if not len(lost):
        return list(findings)
    codes = [str(code) for code in context.study.districts.index]
    result = []
    for finding in findings:
        here = lost_in(lost, finding.district, codes)
        number, judged = len(here), finding.units_judged
        if _of_no_unit(context, finding, here, types):
            result.append(_without_units(finding, number))
            continue
        if finding.level == "unit" or not number or not judged > 0:
            result.append(finding)
            continue
        worst, best = (
            compare((finding.units_passing + more) / (judged + number), ">=", finding.threshold) for more in (0, number)
        )
        turns = finding.gap_unit == "units" and {worst, best} != {finding.verdict}
        result.append(left_open(finding, turns, _UNITS, number=number))
    return result


def _of_no_unit(context: Context, finding: Finding, lost: pd.DataFrame, types: Collection[str]) -> bool:
    """Tell whether a place was found to have none of the units a clause speaks of, and the lost ones may be such.

    Units of a type that nobody can tell may be, where they are at least `UNIT_SHARE` of all there.
    """
    units = context.study.units
    if finding.level not in ("district", "city") or finding.verdict != NOT_APPLICABLE or units is None:
        return False
    here = units["type"][units["district"].eq(finding.district) | (not finding.district)]
    may = lost["type"].isin(types).any() or len(lost) >= UNIT_SHARE * (len(lost) + len(here))
    return len(lost) > 0 and not here.isin(types).any() and bool(may)


def _without_units(finding: Finding, number: int) -> Finding:
    zh, en = f"有{number}条单元记录未能使用", f"{number} rows of units were set aside"
    flags = [*finding.flags, Flag("units.rows_lost_decide", number=number)]
    zh, en = f"{finding.note_zh}；{zh}", f"{finding.note_en}: {en}"
    return dataclasses.replace(finding, verdict=NODATA, flags=flags, note_zh=zh, note_en=en)


def is_judged(finding: Finding) -> bool:
    """Tell whether a finding is judged by the people of the study, not by a value the city reports."""
    return finding.verdict in JUDGED and FROM_INDICATORS not in finding.flags


def left_open(finding: Finding, turns: bool, codes: tuple[str, str], **values: object) -> Finding:
    """Return a finding that tells what was lost, left to a person where that could turn it."""
    if not is_judged(finding):
        return finding
    turns = turns and finding.verdict in (PASS, FAIL)
    code = codes[int(turns)]
    flags = [*finding.flags, Flag(code, **values)]
    return dataclasses.replace(finding, verdict=REVIEW if turns else finding.verdict, flags=flags)
