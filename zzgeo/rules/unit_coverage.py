"""R03 Unit coverage: the share of communities, villages or townships that have a facility.

Source: rules.md R03; resolutions.md A03, A04 (units decide), A20 (a facility on a shared border counts for both).
"""

from __future__ import annotations

import math

import geopandas as gpd
import numpy as np
import pandas as pd

from zzgeo.numbers import people_text, share_text
from zzgeo.rules.parts.base import Context, Finding, Judgement, RuleKind, facilities_named, nothing_to_judge, reach_of
from zzgeo.rules.parts.membership import memberships
from zzgeo.rules.parts.needs import UnitNeeds, needs_table
from zzgeo.rules.parts.units import units_of
from zzgeo.served import CITY, status_of, sums_by_key, tally
from zzgeo.standards import Rule
from zzgeo.vocabulary.flags import Flag, flag_if_any
from zzgeo.vocabulary.people import HOME_UNITS, UNIT_SETS, group_name, unit_name
from zzgeo.vocabulary.statuses import COVERED, MISSED, STATUSES
from zzgeo.vocabulary.verdicts import FAIL, NODATA, NOT_APPLICABLE, PASS


def needed(threshold: float, units: int) -> int:
    """Return how many units must have a facility for the share to reach the threshold.

    Examples
    --------
    >>> needed(0.6, 20), needed(1.0, 8), needed(0.7, 9), needed(0.55, 20)
    (12, 8, 7, 11)
    """
    return math.ceil(threshold * units - 1e-9)


def judge(context: Context, rule: Rule) -> Judgement:
    """Judge a unit-coverage clause: which units have a facility, per district and for the city."""
    missing = context.missing_input(rule)
    if missing:
        return nothing_to_judge(context, rule, missing)
    study, units = context.study, units_of(context, rule)
    facilities, flags = context.facilities(rule)
    table = _unit_table(context, rule, units, facilities)
    group, group_flags = _group(context, rule, units)
    table["people"] = _people(context, units, group)
    threshold = rule.number / 100.0
    findings = [_unit(code, row, group, flags) for code, row in table.iterrows()]
    for code, name in study.districts["name"].items():
        own = table[table["district"] == code]
        findings.append(_summary("district", str(code), str(name), own, threshold, group, [*flags, *group_flags], rule))
    findings.append(_summary("city", CITY, study.name, table, threshold, group, [*flags, *group_flags], rule))
    return Judgement(findings, _reach(context, rule, table, group))


def _group(context: Context, rule: Rule, units: gpd.GeoDataFrame) -> tuple[str, list[Flag]]:
    if set(UNIT_SETS[rule.applies_to]) <= set(HOME_UNITS) or rule.population not in units.columns:
        return context.group(rule)
    return rule.population, []


def _people(context: Context, units: gpd.GeoDataFrame, group: str) -> pd.Series:
    """Return the people of each unit: those of its demand points, or what the unit table says of larger units."""
    demand = context.study.demand
    if group in demand.columns and "unit" in demand.columns:
        sums = demand[group].groupby(context.key("unit", demand), observed=True).sum()
        if len(units) and units.index.isin(sums.index).any():
            return pd.Series(sums.reindex(units.index, fill_value=0.0))
    return pd.Series(units[group] if group in units.columns else math.nan, index=units.index)


def _unit_table(context: Context, rule: Rule, units: gpd.GeoDataFrame, facilities: gpd.GeoDataFrame) -> pd.DataFrame:
    """Return per unit: how many facilities it has, whether one is shared with a neighbour, whether it can be told."""
    found = memberships(context.study, facilities, rule.applies_to)
    inside = found[found["how"] == "inside"]
    shared = inside["facility_id"].duplicated(keep=False)
    has_outline = units.geometry.geom_type.isin(("Polygon", "MultiPolygon"))
    number = found.groupby("unit").size().reindex(units.index, fill_value=0)
    return pd.DataFrame(
        {
            "name": units["name"],
            "district": units["district"],
            "facilities": number.astype(int),
            "shared": units.index.isin(inside.loc[shared, "unit"]),
            # a unit known as a point only cannot be said to lack a facility, unless one names it as served
            "known": has_outline | (number > 0),
        },
        index=units.index,
    )


def _unit(code: object, row: pd.Series, group: str, flags: list[Flag]) -> Finding:
    finding = Finding("unit", str(code), NODATA, str(row["district"]), str(row["name"]), group)
    finding.people = float(row["people"])
    if not row["known"]:
        finding.note_zh, finding.note_en = (
            "单元没有边界，无法判断设施是否在内",
            "no outline: cannot tell what lies inside",
        )
        return finding
    finding.value, finding.value_unit, finding.threshold = float(row["facilities"]), "count", 1.0
    finding.verdict = PASS if row["facilities"] > 0 else FAIL
    finding.gap, finding.gap_unit = float(max(0, 1 - row["facilities"])), "facilities"
    finding.covered = finding.people if finding.verdict == PASS else 0.0
    finding.missed = finding.people - finding.covered
    finding.excluded = 0.0
    finding.flags = [*flags, *([Flag("facilities.shared_border")] if row["shared"] else [])]
    number = int(row["facilities"])
    finding.note_zh = f"有{number}处设施" if number else "没有设施"
    finding.note_en = f"{number} facilities" if number != 1 else "1 facility"
    return finding


def _summary(
    level: str, code: str, name: str, units: pd.DataFrame, threshold: float, group: str, flags: list[Flag], rule: Rule
) -> Finding:
    finding = Finding(level, code, NOT_APPLICABLE, code if level == "district" else "", name, group)
    zh, en = unit_name(rule.applies_to)
    if not len(units):
        finding.note_zh, finding.note_en = f"没有{zh}", f"no {en}"
        return finding
    known = units[units["known"]]
    unknown = len(units) - len(known)
    finding.flags = [*flags, *flag_if_any("units.without_outline", unknown)]
    if not len(known):
        finding.verdict = NODATA
        finding.note_zh, finding.note_en = f"{zh}没有边界", f"the {en} have no outlines"
        return finding
    have, total = int((known["facilities"] > 0).sum()), len(known)
    finding.value, finding.threshold = have / total, threshold
    finding.units_judged, finding.units_passing = total, have
    finding.gap, finding.gap_unit = float(max(0, needed(threshold, total) - have)), "units"
    finding.verdict = PASS if finding.value >= threshold - 1e-9 else FAIL
    # units nobody could judge may turn the verdict: then it is sensitive, not certain
    best, worst = (have + unknown) / len(units), have / len(units)
    finding.sensitive = unknown > 0 and (best >= threshold - 1e-9) != (worst >= threshold - 1e-9)
    if known["people"].notna().all():
        status = (known["facilities"] > 0).map({True: COVERED, False: MISSED})
        sums = sums_by_key(tally(known["people"], status, pd.Series(0, index=known.index)))[0]
        finding.people, finding.covered, finding.missed = sums["people"], sums["covered"], sums["missed"]
        finding.excluded = 0.0
    finding.params = {"needed_units": needed(threshold, total), "meets_95_percent": bool(finding.value >= 0.95 - 1e-9)}
    _, people_en = group_name(group)
    lacking = int(finding.gap)
    finding.note_zh = f"{total}个{zh}中{have}个有设施（{share_text(finding.value, threshold)}），" + (
        f"达标还差{lacking}个" if lacking else "达标"
    )
    finding.note_en = f"{have} of {total} {en} have one ({share_text(finding.value, threshold)})" + (
        f", {lacking} short" if lacking else ""
    )
    if not math.isnan(finding.missed) and finding.missed > 0:
        finding.note_en += f"; {people_text(finding.missed)} {people_en} live in units without"
    return finding


def _reach(context: Context, rule: Rule, units: pd.DataFrame, group: str) -> pd.DataFrame | None:
    """Return the demand points of the units, covered where their unit has a facility, with their distances."""
    demand = context.study.demand
    if not set(UNIT_SETS[rule.applies_to]) <= set(HOME_UNITS) or "unit" not in demand.columns:
        return None
    unit = context.key("unit", demand)
    known = unit.isin(units.index[units["known"]]).to_numpy()
    everybody = known.all()
    table = context.access(rule) if everybody else context.access(rule)[known]
    unit = unit if everybody else unit[known]
    has = unit.isin(units.index[units["facilities"] > 0]).to_numpy()
    people = demand[group] if everybody else demand[group][known]
    status = status_of(np.where(has, STATUSES.index(COVERED), STATUSES.index(MISSED)), table.index)
    return reach_of(table.assign(status=status, people=people), "straight_id")


def unit_needs(context: Context, rule: Rule) -> UnitNeeds:
    """Return what the units lack that have an outline: a facility each."""
    units = units_of(context, rule)
    table = _unit_table(context, rule, units, context.facilities(rule)[0])
    people = _people(context, units, _group(context, rule, units)[0])
    known = table["known"].to_numpy(dtype=bool)
    return UnitNeeds(needs_table(units[known], people, 1.0, table["facilities"]))


RULE = RuleKind(
    "unit-coverage",
    "R03",
    "单元覆盖率",
    "unit coverage",
    judge,
    unit_needs=unit_needs,
    distances=(),
    shown="units",
    reads=facilities_named,
    paced=False,
)
