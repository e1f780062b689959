"""R24 Reachable capacity: beds within everybody's walk, each shared among all who walk to it (2SFCA).

Source: rules.md R24. A kind for standards of one's own: no shipped document asks it. Beds that nobody told are not
counted, and where they could be enough a person has to look.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd

from zzgeo.accessibility.two_step_catchment import two_step
from zzgeo.network.neighbours import straight_pairs
from zzgeo.numbers import people_text, share_text
from zzgeo.rules.parts.base import (
    Context,
    Finding,
    Judgement,
    RuleKind,
    everyone,
    facilities_named,
    nothing_to_judge,
    reach_of,
)
from zzgeo.rules.parts.on_foot import DETOUR
from zzgeo.rules.parts.refusals import no_facilities, no_number, per_no_number, per_of_another_unit
from zzgeo.rules.parts.tabular import TOLERANCE
from zzgeo.rules.parts.units import column, judge_walks
from zzgeo.rules.parts.walk_share import MINUTES, people_walking
from zzgeo.served import CITY, status_of, sums_by_key, tally, walks_within, within
from zzgeo.standards import Rule
from zzgeo.vocabulary.flags import Flag
from zzgeo.vocabulary.people import UNIT_SETS, group_name, unit_name
from zzgeo.vocabulary.statuses import COVERED, EXCLUDED, MISSED, STATUSES
from zzgeo.vocabulary.units import people_per
from zzgeo.vocabulary.verdicts import FAIL, NODATA, NOT_APPLICABLE, REVIEW


def judge(context: Context, rule: Rule) -> Judgement:
    """Judge the share of people who have so many beds within their walk, per unit, per district and for the city."""
    missing = context.missing_input(rule)
    if missing:
        return nothing_to_judge(context, rule, missing)
    facilities, flags = context.facilities(rule)
    beds = pd.to_numeric(column(facilities, "capacity"), errors="coerce").astype(float)
    if len(beds) and beds.isna().all():
        reason = "设施清单缺少床位（capacity列）", "needs beds or places: column capacity of [[facilities]]"
        return nothing_to_judge(context, rule, reason)
    unknown = int(beds.isna().sum())
    if unknown:
        flags = [*flags, Flag("facilities.capacity_unknown_of", number=unknown, total=len(beds))]
    walk = people_walking(context, rule, _minutes(rule))
    access = reachable(context, rule, facilities[beds.notna()], beds.dropna())
    table = walk.table.assign(access=access.reindex(walk.table.index) * _per(rule))
    enough = (table["access"] >= rule.number - TOLERANCE).to_numpy()
    known = enough | (table["status"] != EXCLUDED).to_numpy()
    number = np.where(
        enough, STATUSES.index(COVERED), np.where(known, STATUSES.index(MISSED), STATUSES.index(EXCLUDED))
    )
    table["status"] = status_of(number, table.index)
    off = within(table["unreached_m"], limit(context, rule)) if "unreached_m" in table.columns else False
    table["unreached"] = np.where(off & (table["status"] == MISSED).to_numpy(), table["people"], 0.0)
    table["unit"] = context.key(context.unit_column(rule.applies_to), table)
    common = _Common(rule, walk.group, rule.param("pass_share", 1.0), unknown > 0, [*flags, *walk.flags])
    return Judgement(_findings(context, common, table), reach_of(table, "streets_id"))


def limit(context: Context, rule: Rule) -> float:
    """Return how far people of the group a clause counts walk in its minutes, in metres."""
    return context.walk(rule, _minutes(rule)).metres


def reachable(context: Context, rule: Rule, facilities: gpd.GeoDataFrame, beds: pd.Series) -> pd.Series:
    """Return the beds each demand point has, per person: those of a facility are shared among all who walk to it.

    Parameters
    ----------
    facilities, beds
        Those whose beds are known, shape (n_facilities, ...), and their beds on the same index.

    Returns
    -------
    Series on the index of the study's demand
        0 where nothing is within the walk.
    """
    study, network, metres = context.study, context.network_of(rule), limit(context, rule)
    demand, group = study.demand, context.group(rule)[0]
    if network is None:
        place, row, away = straight_pairs(facilities, demand, metres / DETOUR, study.ground)
        away = away * DETOUR
    else:
        assert context.demand_ledger is not None
        place, row, away = walks_within(study, network, facilities, demand, context.demand_ledger, metres)
    columns = {"demand_id": demand.index[row], "facility_id": facilities.index[place], "metres": away}
    people = demand[group].astype(float).fillna(0.0)
    found: pd.Series = two_step(pd.DataFrame(columns), people, beds, metres + TOLERANCE).fillna(0.0)
    return found


def _minutes(rule: Rule) -> float:
    return rule.param("minutes", MINUTES)


def _per(rule: Rule) -> float:
    return rule.param("per", people_per(rule.unit) or 1000.0)


@dataclass(frozen=True)
class _Common:
    """What every finding of one clause shares."""

    rule: Rule
    group: str
    line: float
    unknown: bool
    flags: list[Flag]


def _findings(context: Context, common: _Common, table: pd.DataFrame) -> list[Finding]:
    study, rule = context.study, common.rule
    findings = []
    if study.units is not None and rule.applies_to != "all":
        sums = _sums(table, table["unit"])
        units = study.units[study.units["type"].isin(UNIT_SETS[rule.applies_to])]
        for code, name, district in zip(units.index, units["name"], units["district"], strict=True):
            finding = Finding("unit", str(code), NODATA, str(district), str(name), common.group)
            findings.append(_filled(common, finding, sums.get(code)))
    sums = _sums(table, table["district"])
    for code, name in study.districts["name"].items():
        finding = Finding("district", str(code), NOT_APPLICABLE, str(code), str(name), common.group)
        findings.append(_filled(common, finding, sums.get(code)))
    city = Finding("city", CITY, NOT_APPLICABLE, "", study.name, common.group)
    return [*findings, _filled(common, city, _sums(table, everyone(table)).get(CITY))]


def _sums(table: pd.DataFrame, key: pd.Series) -> dict[object, dict[str, float]]:
    """Add up people by key, those near a facility to which no street leads, and the beds they have."""
    sums = tally(table["people"], table["status"], key)
    sums["unreached"] = table["unreached"].groupby(key, observed=True).sum()
    sums["beds"] = (table["people"] * table["access"]).groupby(key, observed=True).sum()
    return dict(sums_by_key(sums))


def _filled(common: _Common, finding: Finding, sums: dict[str, float] | None) -> Finding:
    rule, per = common.rule, _per(common.rule)
    if sums is None or sums["people"] <= 0:
        zh, en = unit_name(rule.applies_to)
        finding.note_zh, finding.note_en = f"没有适用的{zh}", f"no {en} to judge"
        return finding
    finding.people, finding.covered = sums["people"], sums["covered"]
    finding.missed, finding.excluded = sums["missed"], sums["excluded"]
    finding.value, finding.threshold, finding.flags = sums["share"], common.line, list(common.flags)
    mean = sums["beds"] / sums["people"]
    finding.params = {"per": per, "minutes": _minutes(rule), "least": rule.number, "mean": round(mean, 6)}
    if math.isnan(finding.value):
        finding.verdict = NODATA
        finding.note_zh, finding.note_en = "居民离所有道路都太远，无法判断", "all live too far from every street"
        return finding
    finding.streets_value, finding.gap = finding.value, max(0.0, common.line - finding.value)
    judge_walks(finding, common.line, sums["unreached"])
    if finding.verdict == FAIL and common.unknown:
        # what nobody told may be enough
        finding.verdict = REVIEW
    zh, en = group_name(finding.group)
    share, missed = share_text(finding.value, common.line), people_text(finding.missed)
    asked, minutes = f"{rule.number:g}/{per:g}", f"{_minutes(rule):g}"
    finding.note_zh = f"{share}的{zh}步行{minutes}分钟内可用{asked}以上（平均{mean:.1f}），{missed}人不足"
    finding.note_en = f"{share} of {en} have {asked} within {minutes} min on foot (mean {mean:.1f}), {missed} do not"
    return finding


RULE = RuleKind(
    "reachable-capacity",
    "R24",
    "步行可用床位",
    "beds within a walk",
    judge,
    ("minutes", "per", "pass_share", "min_floor_area_m2"),
    along="streets",
    limit=limit,
    patches=True,
    walk=(1.0,),
    distances=("streets_m",),
    reads=facilities_named,
    asks_zh="步行可及的床位或座位数，按每若干人（`per`，1000）计",
    asks="beds or places within the walk, per so many people (`per`, 1000)",
    refuses=(no_facilities, no_number, per_no_number, per_of_another_unit),
    example="""\
[[clauses]]
rule = "reachable-capacity"
facilities = ["elderly_care_facility"]
population = "aged_60_plus"
value = 40
params = { minutes = 15, pass_share = 0.9 }
verified_on = 2026-11-29
""",
    operators=(">=",),
)
