"""R03 Unit coverage: the share of communities, villages or townships that have a facility.

Source: rules.md R03; resolutions.md A03, A04 (units decide), A20 (a facility on a shared border counts for both).
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from zzgeo.numbers import people_text, share_text
from zzgeo.rules.parts.base import Context, Finding, Judgement, RuleKind, facilities_named, nothing_to_judge, reach_of
from zzgeo.rules.parts.membership import Places, Units
from zzgeo.rules.parts.moves import Again, Moves, Rejudged
from zzgeo.rules.parts.units import outlined
from zzgeo.served import CITY, status_of
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
    study = context.study
    units = _units(context, rule)
    facilities, flags = context.facilities(rule)
    table = _unit_table(units, Units(study, rule.applies_to).members(Places.of(facilities)))
    group, group_flags = _group(context, rule, units)
    table["people"] = _people(context, units, group)
    threshold = rule.number / 100.0
    findings = [_unit(code, row, group, flags) for code, row in table.iterrows()]
    for code, name in study.districts["name"].items():
        own = table[table["district"] == code]
        findings.append(_summary("district", str(code), str(name), own, threshold, group, [*flags, *group_flags], rule))
    findings.append(_summary("city", CITY, study.name, table, threshold, group, [*flags, *group_flags], rule))
    return Judgement(findings, _reach(context, rule, table, group))


def _units(context: Context, rule: Rule) -> gpd.GeoDataFrame:
    study = context.study
    assert study.units is not None
    units = study.units[study.units["type"].isin(UNIT_SETS[rule.applies_to])]
    if rule.area is not None:
        units = units[units.geometry.representative_point().intersects(study.areas[rule.area])]
    return units


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


def _unit_table(units: pd.DataFrame, members: Sequence[tuple[Any, Any, str]]) -> pd.DataFrame:
    """Return per unit: how many facilities it has, whether one is shared with a neighbour, whether it can be told."""
    number = Counter(unit for unit, _, _ in members)
    homes = Counter(facility for _, facility, how in members if how == "inside")
    shared = {unit for unit, facility, how in members if how == "inside" and homes[facility] > 1}
    numbers = np.array([number[code] for code in units.index], dtype=np.int64)
    has_outline = units["outlined"] if "outlined" in units.columns else outlined(units)
    return pd.DataFrame(
        {
            "name": units["name"],
            "district": units["district"],
            "facilities": numbers,
            "shared": units.index.isin(list(shared)),
            # a unit known as a point only cannot be said to lack a facility, unless one names it as served
            "known": has_outline | (numbers > 0),
            "outlined": has_outline,
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
        people, has = known["people"].to_numpy(dtype=float), (known["facilities"] > 0).to_numpy()
        # in the order of the units, one after the other
        parts = [np.bincount(np.zeros(len(some), dtype=np.int64), some, 1)[0] for some in (people[has], people[~has])]
        finding.covered, finding.missed = map(float, parts)
        finding.people, finding.excluded = float(np.bincount(np.zeros(total, dtype=np.int64), people)[0]), 0.0
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


class _Kept:
    """What is kept of a clause to judge a change of facilities from: the units, and what each holds."""

    def __init__(self, moves: Moves, rule: Rule, before: Judgement) -> None:
        base = moves.base
        self.units = Units(base.study, rule.applies_to)
        self.members = self.units.members(moves.places(moves.kept.ranks))
        units = _units(base, rule)
        self.table = _unit_table(units, self.members)
        self.group, self.flags = _group(base, rule, units)
        self.table["people"] = _people(base, units, self.group)
        self.places = {(one.level, one.code): n for n, one in enumerate(before.findings)}


def _judge_again(moves: Moves, rule: Rule, before: Judgement) -> Rejudged:
    """Judge a change of facilities from what was found before."""
    base = moves.base
    if base.missing_input(rule):
        return Rejudged({}, [], [])
    kept = base.kept.get(("R03", rule.id)) or _Kept(moves, rule, before)
    assert isinstance(kept, _Kept)
    base.kept["R03", rule.id] = kept
    was, now = moves.kept.flags, moves.flags
    gone = {moves.kept.ids[rank] for rank in moves.gone}
    came = kept.units.members(moves.places(moves.came))
    left = [row for row in kept.members if row[1] not in gone]
    touched = {row[0] for row in came} | {row[0] for row in kept.members if row[1] in gone}
    table = kept.table
    # who shares a facility with a neighbour may stand anywhere a facility that changed did
    codes = table.index[table.index.isin(list(touched))]
    again = _unit_table(table.loc[codes], [*left, *came]).assign(people=table.loc[codes, "people"])
    fresh = {kept.places["unit", str(code)]: _unit(code, row, kept.group, now) for code, row in again.iterrows()}
    if len(codes):
        table = table.copy()
        table.loc[codes, ["facilities", "shared", "known"]] = again[["facilities", "shared", "known"]]
        table = table.astype(kept.table.dtypes.to_dict())
    places = [("district", str(code)) for code in again["district"].unique()]
    flags = [*now, *kept.flags]
    for level, code in [*places, ("city", CITY)]:
        place = kept.places[level, code]
        own = table if level == "city" else table[table["district"] == code]
        name = before.findings[place].name
        fresh[place] = _summary(level, code, name, own, rule.number / 100.0, kept.group, flags, rule)

    def serving() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        demand, unit = base.study.demand, base.key("unit", base.study.demand).cat
        of = [pd.Index(unit.categories).isin(table.index[table[one] > 0]) for one in ("known", "facilities")]
        known, has = (np.append(one, False)[unit.codes.to_numpy()] for one in of)
        rows = np.flatnonzero(known)
        people = np.nan_to_num(demand[kept.group].to_numpy(dtype=float)[rows], nan=0.0)
        return rows, has[rows], moves.nearest("straight")[rows], people

    homes = set(UNIT_SETS[rule.applies_to]) <= set(HOME_UNITS) and "unit" in base.study.demand.columns
    return Rejudged(fresh, was, now, serving if homes else None, filled=_filled)


def _filled(finding: Finding) -> bool:
    return not math.isnan(finding.value) or (finding.level != "unit" and finding.verdict != NOT_APPLICABLE)


def _reach_again(context: Context, rule: Rule) -> pd.DataFrame | None:
    """Return the reach of a clause, as `judge` tells it."""
    units = _units(context, rule)
    members = Units(context.study, rule.applies_to).members(Places.of(context.facilities(rule)[0]))
    return _reach(context, rule, _unit_table(units, members), _group(context, rule, units)[0])


RULE = RuleKind(
    "unit-coverage",
    "R03",
    "单元覆盖率",
    "unit coverage",
    judge,
    distances=(),
    shown="units",
    reads=facilities_named,
    again=Again(_judge_again, _reach_again),
    paced=False,
)
