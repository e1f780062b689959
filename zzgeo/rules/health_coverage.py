"""R15 Community-health coverage: people in units that have, or are assigned to, a centre, station or clinic.

Source: rules.md R15; resolutions.md C23: (a) the administrative share decides against the binding 95 %; (b) the
share within fifteen minutes' walk is printed beside it as ``streets_value`` and never enters (a).
"""

from __future__ import annotations

import math
from typing import NamedTuple

import pandas as pd

from zzgeo.intake.location import locate
from zzgeo.numbers import share_text
from zzgeo.rules.parts.base import Context, Finding, Judgement, RuleKind, facilities_named, reach_of
from zzgeo.rules.parts.membership import memberships, units_with_facility
from zzgeo.rules.parts.refusals import no_facilities, no_percent
from zzgeo.rules.parts.units import (
    could_turn,
    facilities_of,
    from_table,
    homes,
    outlined,
    units_of,
    unreached_flags,
    verdict_of,
)
from zzgeo.rules.parts.walk_share import MINUTES, Sums, WalkShare, people_walking, tallies
from zzgeo.served import CITY
from zzgeo.standards import Rule
from zzgeo.vocabulary.flags import Flag
from zzgeo.vocabulary.people import group_name
from zzgeo.vocabulary.statuses import COVERED, EXCLUDED, MISSED
from zzgeo.vocabulary.units import PERCENT
from zzgeo.vocabulary.verdicts import FAIL, NODATA, NOT_APPLICABLE, PASS, REVIEW

#: Kinds whose area is a whole subdistrict or township (option ``by_subdistrict``).
CENTRES = ("community_health_centre", "township_health_centre")


def line_of(rule: Rule) -> float:
    """Return the share that has to be covered: ``pass_share``, the value of the clause in per cent, or everybody."""
    return rule.param("pass_share", 1.0 if rule.value is None else rule.number / 100.0)


def judge(context: Context, rule: Rule) -> Judgement:
    """Judge the administrative share per unit, per district and for the city; the walk stands beside it."""
    line = line_of(rule)
    by_unit = rule if rule.applies_to != "all" else rule.model_copy(update={"applies_to": "community-or-village"})
    missing = context.missing_input(by_unit)
    if missing:
        return from_table(context, rule, missing, threshold=line)
    units = units_of(context, by_unit)
    facilities, flags = facilities_of(context, rule)
    covered = pd.DataFrame({"number": units_with_facility(context.study, facilities, by_unit.applies_to)})
    covered = covered.reindex(units.index)
    covered["by_subdistrict"] = _served_by_subdistrict(context, rule, units)
    covered["has"] = (covered["number"] > 0) | covered["by_subdistrict"]
    # of a unit known as a point only nobody can say that it lacks a facility
    covered["known"] = outlined(units) | covered["has"]
    walk = people_walking(context, rule, rule.param("reach_minutes", MINUTES))
    table = walk.table.assign(unit=homes(context, by_unit.applies_to).reindex(walk.table.index))
    table["walked"] = table["status"]
    table["status"] = membership_status(table["unit"], covered)
    common = _Common(line, walk, [*flags, *walk.flags])
    by_unit_sums = tallies(table, table["unit"])
    findings = [_unit(common, str(c), units.loc[c], row, by_unit_sums.get(c)) for c, row in covered.iterrows()]
    findings += _districts(context, common, table, findings)
    return Judgement(findings, reach_of(table, "straight_id"))


def membership_status(unit: pd.Series, units: pd.DataFrame) -> pd.Series:
    """Return covered, missed or excluded for people by the unit they live in.

    ``units`` tells ``has`` (a facility lies in it, or serves it) and ``known``; people in no unit, or in one of which
    nothing is known, are excluded.

    Examples
    --------
    >>> table = pd.DataFrame({"has": [True, False], "known": [True, True]}, index=["a", "b"])
    >>> membership_status(pd.Series(["a", "b", None]), table).tolist()
    ['covered', 'missed', 'excluded']
    """
    status = pd.Series(MISSED, index=units.index, dtype=object).mask(units["has"], COVERED)
    status = status.mask(~units["known"], EXCLUDED)
    return pd.Series(unit.map(status.to_dict()).fillna(EXCLUDED), index=unit.index)


def _served_by_subdistrict(context: Context, rule: Rule, units: pd.DataFrame) -> pd.Series:
    """Tell which units lie in a subdistrict or township that has a centre, where the clause takes that option."""
    none = pd.Series(False, index=units.index)
    every = context.study.units
    if not rule.params.get("by_subdistrict") or every is None:
        return none
    larger = every[every["type"].isin(("subdistrict", "township"))]
    larger = larger[outlined(larger)]
    kinds = [kind for kind in rule.facilities if kind in CENTRES]
    if not len(larger) or not kinds:
        return none
    centres, _ = context.facilities(rule.model_copy(update={"facilities": tuple(kinds)}))
    served = set(memberships(context.study, centres, "subdistrict-township")["unit"])
    return locate(every.geometry.representative_point().loc[units.index], larger).isin(served)


class _Common(NamedTuple):
    """What every finding of one clause shares."""

    line: float
    walk: WalkShare
    flags: list[Flag]


def _fill(common: _Common, finding: Finding, sums: Sums) -> None:
    """Write (a) and, beside it, (b) into a finding; people are those of (a)."""
    told, walked, near = sums
    finding.people, finding.covered = told["people"], told["covered"]
    finding.missed, finding.excluded = told["missed"], told["excluded"]
    finding.streets_value = walked["share"]
    finding.flags = [*common.flags, *unreached_flags(near)]
    finding.params = {
        "pass_share": common.line,
        "reach_minutes": common.walk.minutes,
        "reach_covered": walked["covered"],
        "reach_share": None if math.isnan(walked["share"]) else round(walked["share"], 6),
        "reach_meets_line": verdict_of(walked["share"], common.line) == PASS,
    }


def _unit(common: _Common, code: str, unit: pd.Series, row: pd.Series, sums: Sums | None) -> Finding:
    finding = Finding("unit", code, NODATA, str(unit["district"]), str(unit["name"]), common.walk.group)
    finding.value_unit, finding.threshold, finding.gap_unit = "count", 1.0, "facilities"
    if sums is not None:
        _fill(common, finding, sums)
    if not row["known"]:
        finding.note_zh, finding.note_en = (
            "没有边界，也没有机构指明服务它",
            "no outline, and no facility names it as served",
        )
        return finding
    finding.value, finding.verdict = float(row["number"]), PASS if row["has"] else FAIL
    finding.gap = 0.0 if row["has"] else 1.0
    finding.note_zh, finding.note_en = (
        f"有{row['number']:.0f}处机构",
        f"{row['number']:.0f} facilities in it or assigned",
    )
    if row["number"] == 0 and row["by_subdistrict"]:
        finding.flags.append(Flag("facilities.by_subdistrict"))
    return finding


def _districts(context: Context, common: _Common, table: pd.DataFrame, units: list[Finding]) -> list[Finding]:
    study = context.study
    sums = tallies(table, table["district"]) | tallies(table, pd.Series(CITY, index=table.index))
    findings = [
        _summary(common, "district", str(code), str(name), sums.get(code), units)
        for code, name in study.districts["name"].items()
    ]
    return [*findings, _summary(common, "city", CITY, study.name, sums.get(CITY), units)]


def _summary(common: _Common, level: str, code: str, name: str, sums: Sums | None, units: list[Finding]) -> Finding:
    own = code if level == "district" else ""
    finding = Finding(level, code, NOT_APPLICABLE, own, name, common.walk.group, threshold=common.line)
    if sums is None:
        finding.note_zh, finding.note_en = "没有适用的人口", "nobody to judge"
        return finding
    _fill(common, finding, sums)
    judged = [one for one in units if one.verdict in (PASS, FAIL) and own in ("", one.district)]
    finding.units_judged = len(judged)
    finding.units_passing = sum(one.verdict == PASS for one in judged)
    known = finding.covered + finding.missed
    if known <= 0:
        finding.verdict = NODATA
        finding.note_zh, finding.note_en = "居住点不属于任何已知单元", "no place of residence lies in a known unit"
        return finding
    finding.value = finding.covered / known
    finding.gap = max(0.0, common.line - finding.value)
    worst, best = finding.covered / finding.people, (finding.covered + finding.excluded) / finding.people
    finding.verdict = REVIEW if could_turn(worst, best, common.line) else verdict_of(finding.value, common.line)
    # a kind of facility nobody listed may serve some of the people who seem to be without
    finding.sensitive = finding.verdict == FAIL and any(flag.code == "facilities.no_list" for flag in finding.flags)
    if finding.excluded > 0:
        finding.flags.append(Flag("people.in_no_unit", people=finding.excluded))
    zh, en = group_name(finding.group)
    minutes, reached = f"{common.walk.minutes:g}", share_text(finding.streets_value, common.line)
    finding.note_zh = (
        f"（甲）{share_text(finding.value, common.line)}的{zh}所在单元有机构；（乙）步行{minutes}分钟可达{reached}"
    )
    finding.note_en = (
        f"(a) {share_text(finding.value, common.line)} of {en} live in units with one; "
        f"(b) reach: {reached} within {minutes} min on foot"
    )
    return finding


RULE = RuleKind(
    "health-coverage",
    "R15",
    "社区卫生服务覆盖率",
    "community-health coverage",
    judge,
    ("pass_share", "reach_minutes", "by_subdistrict"),
    reads=facilities_named,
    asks_zh="应覆盖的居民百分比",
    asks="the share of residents to be covered, in percent",
    counted_in=PERCENT,
    refuses=(no_facilities, no_percent),
    operators=(">=",),
)
