"""R03 Unit coverage: the share of communities, villages or townships that have a facility.

Source: rules.md R03; resolutions.md A03, A04 (units decide), A20 (a facility on a shared border counts for both).
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from zzgeo.network.groups import Groups
from zzgeo.numbers import people_text, share_text
from zzgeo.rules.parts.base import Context, Finding, Judgement, RuleKind, facilities_named, nothing_to_judge, reach_of
from zzgeo.rules.parts.membership import Places, Units, units_of_type
from zzgeo.rules.parts.moves import Again, Moves, Rejudged, Serving
from zzgeo.rules.parts.needs import UnitNeeds, needs_table
from zzgeo.rules.parts.refusals import no_facilities, no_number, no_percent, no_unit_type
from zzgeo.rules.parts.totals import total_of, whole
from zzgeo.rules.parts.units import outlined
from zzgeo.served import CITY, status_of
from zzgeo.standards import Rule
from zzgeo.vocabulary.flags import Flag, flag_if_any
from zzgeo.vocabulary.people import UNIT_SETS, group_name, unit_name
from zzgeo.vocabulary.statuses import COVERED, MISSED, STATUSES
from zzgeo.vocabulary.unit_levels import is_told_by_homes
from zzgeo.vocabulary.units import PERCENT
from zzgeo.vocabulary.verdicts import FAIL, NODATA, NOT_APPLICABLE, PASS

#: A unit, a facility, and how it serves the unit: ``inside`` or ``serves``.
_Member = tuple[Any, Any, str]


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
    members = Units(study, rule.applies_to).members(Places.of(facilities))
    group, group_flags = _group(context, rule, units)
    held = _Held.of(units, _people(context, rule, units, group)).with_members(members)
    findings = [_unit(held, row, group, flags) for row in range(len(held.codes))]
    common = _Common(rule, rule.number / 100.0, group, [*flags, *group_flags])
    for code, name in study.districts["name"].items():
        own = held.take(np.flatnonzero(held.district == code))
        findings.append(_summary(common, "district", str(code), str(name), own))
    findings.append(_summary(common, "city", CITY, study.name, held))
    return Judgement(findings, _reach(context, rule, held, group))


@dataclass(frozen=True)
class _Common:
    """What the findings of districts and of the city share."""

    rule: Rule
    threshold: float
    group: str
    flags: list[Flag]


@dataclass(frozen=True)
class _Held:
    """Units as arrays of shape (n_units,): how many facilities each holds, whether a neighbour shares one."""

    codes: np.ndarray
    name: np.ndarray
    district: np.ndarray
    outlined: np.ndarray
    people: np.ndarray
    number: np.ndarray
    shared: np.ndarray

    @classmethod
    def of(cls, units: gpd.GeoDataFrame, people: pd.Series) -> _Held:
        """Return units that hold nothing yet."""
        name, district = (units[column].to_numpy(dtype=object) for column in ("name", "district"))
        codes, none = units.index.to_numpy(dtype=object), np.zeros(len(units), dtype=np.int64)
        return cls(codes, name, district, outlined(units).to_numpy(), people.to_numpy(dtype=float), none, none > 0)

    @property
    def known(self) -> np.ndarray:
        """Tell which can be judged: one known as a point cannot be said to lack a facility, unless one names it."""
        known: np.ndarray = self.outlined | (self.number > 0)
        return known

    def take(self, rows: np.ndarray) -> _Held:
        """Return some of the units."""
        return _Held(*(getattr(self, one.name)[rows] for one in fields(self)))

    def differs(self, other: _Held, row: int) -> bool:
        """Tell whether a unit is known, or holds something, here and not there."""
        here, there = ((one.outlined[row] or one.number[row] > 0, one.number[row] > 0) for one in (self, other))
        return here != there

    def with_members(self, members: Sequence[_Member]) -> _Held:
        """Return the units with the facilities they hold."""
        number = Counter(unit for unit, _, _ in members)
        homes = Counter(facility for _, facility, how in members if how == "inside")
        shared = {unit for unit, facility, how in members if how == "inside" and homes[facility] > 1}
        now = replace(self, number=self.number.copy(), shared=self.shared.copy())
        for row, code in enumerate(self.codes):
            now.number[row], now.shared[row] = number[code], code in shared
        return now


def _units(context: Context, rule: Rule) -> gpd.GeoDataFrame:
    study = context.study
    assert study.units is not None
    units = study.units[study.units["type"].isin(UNIT_SETS[rule.applies_to])]
    if rule.area is not None:
        units = units[units.geometry.representative_point().intersects(study.areas[rule.area])]
    return units


def _group(context: Context, rule: Rule, units: gpd.GeoDataFrame) -> tuple[str, list[Flag]]:
    if is_told_by_homes(UNIT_SETS[rule.applies_to]) or rule.population not in units.columns:
        return context.group(rule)
    return rule.population, []


def _people(context: Context, rule: Rule, units: gpd.GeoDataFrame, group: str) -> pd.Series:
    """Return the people of each unit: those of its demand points, or what the unit table says of larger units."""
    demand = context.study.demand
    if group in demand.columns and "unit" in demand.columns:
        homes = is_told_by_homes(UNIT_SETS[rule.applies_to])
        column = context.unit_column(rule.applies_to) if homes else "unit"
        sums = demand[group].groupby(context.key(column, demand), observed=True).sum()
        # where people are told by their homes, homes of one type without anybody are empty, whatever their table says
        if len(sums) and (homes or units.index.isin(sums.index).any()):
            return pd.Series(sums.reindex(units.index, fill_value=0.0))
    return pd.Series(units[group] if group in units.columns else math.nan, index=units.index)


def _unit(held: _Held, row: int, group: str, flags: list[Flag]) -> Finding:
    code, district, name = (str(column[row]) for column in (held.codes, held.district, held.name))
    finding, number = Finding("unit", code, NODATA, district, name, group), int(held.number[row])
    finding.people = float(held.people[row])
    if not held.outlined[row] and not number:
        finding.note_zh, finding.note_en = (
            "单元没有边界，无法判断设施是否在内",
            "no outline: cannot tell what lies inside",
        )
        return finding
    finding.value, finding.value_unit, finding.threshold = float(number), "count", 1.0
    finding.verdict = PASS if number > 0 else FAIL
    finding.gap, finding.gap_unit = float(max(0, 1 - number)), "facilities"
    finding.covered = finding.people if finding.verdict == PASS else 0.0
    finding.missed = finding.people - finding.covered
    finding.excluded = 0.0
    finding.flags = [*flags, *([Flag("facilities.shared_border")] if held.shared[row] else [])]
    finding.note_zh = f"有{number}处设施" if number else "没有设施"
    finding.note_en = f"{number} facilities" if number != 1 else "1 facility"
    return finding


def _summary(common: _Common, level: str, code: str, name: str, held: _Held) -> Finding:
    group, threshold = common.group, common.threshold
    finding = Finding(level, code, NOT_APPLICABLE, code if level == "district" else "", name, group)
    zh, en = unit_name(common.rule.applies_to)
    known, units = held.known, len(held.codes)
    if not units:
        finding.note_zh, finding.note_en = f"没有{zh}", f"no {en}"
        return finding
    has, total = held.number[known] > 0, int(known.sum())
    have, unknown = int(has.sum()), units - total
    finding.flags = [*common.flags, *flag_if_any("units.without_outline", unknown)]
    if not total:
        finding.verdict = NODATA
        finding.note_zh, finding.note_en = f"{zh}没有边界", f"the {en} have no outlines"
        return finding
    finding.value, finding.threshold = have / total, threshold
    finding.units_judged, finding.units_passing = total, have
    finding.gap, finding.gap_unit = float(max(0, needed(threshold, total) - have)), "units"
    finding.verdict = PASS if finding.value >= threshold - 1e-9 else FAIL
    # units nobody could judge may turn the verdict: then it is sensitive, not certain
    best, worst = (have + unknown) / units, have / units
    finding.sensitive = unknown > 0 and (best >= threshold - 1e-9) != (worst >= threshold - 1e-9)
    people = held.people[known]
    if not np.isnan(people).any():
        finding.people, finding.covered, finding.missed = (
            total_of(some) for some in (people, people[has], people[~has])
        )
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


def _reach(context: Context, rule: Rule, held: _Held, group: str) -> pd.DataFrame | None:
    """Return the demand points of the units, covered where their unit has a facility, with their distances."""
    demand = context.study.demand
    if not is_told_by_homes(UNIT_SETS[rule.applies_to]) or "unit" not in demand.columns:
        return None
    unit = context.key(context.unit_column(rule.applies_to), demand)
    known = unit.isin(list(held.codes[held.known])).to_numpy()
    everybody = known.all()
    table = context.access(rule) if everybody else context.access(rule)[known]
    unit = unit if everybody else unit[known]
    has = unit.isin(list(held.codes[held.number > 0])).to_numpy()
    people = demand[group] if everybody else demand[group][known]
    status = status_of(np.where(has, STATUSES.index(COVERED), STATUSES.index(MISSED)), table.index)
    return reach_of(table.assign(status=status, people=people), "straight_id")


class _Kept:
    """What is kept of a clause to judge a change of facilities from: the units, and what each holds."""

    def __init__(self, moves: Moves, rule: Rule, before: Judgement) -> None:
        base = moves.base
        self.units = units_of_type(base.kept, base.study, rule.applies_to)
        self.members = self.units.members(moves.places(moves.kept.ranks))
        #: Who lies in, or serves, each unit; and how many units each facility lies in.
        self.of_unit: dict[Any, list[_Member]] = {}
        for member in self.members:
            self.of_unit.setdefault(member[0], []).append(member)
        self.homes_of = Counter(facility for _, facility, how in self.members if how == "inside")
        units = _units(base, rule)
        self.group, self.flags = _group(base, rule, units)
        self.held = _Held.of(units, _people(base, rule, units, self.group)).with_members(self.members)
        self.row = {code: row for row, code in enumerate(self.held.codes)}
        self.places = {(one.level, one.code): n for n, one in enumerate(before.findings)}
        self.homes = is_told_by_homes(UNIT_SETS[rule.applies_to]) and "unit" in base.study.demand.columns
        unit = base.key(base.unit_column(rule.applies_to) if self.homes else "unit", base.study.demand).cat
        at = np.array([self.row.get(code, -1) for code in unit.categories] + [-1], dtype=np.int64)
        #: The unit each row of the demand lives in, and how many people it is.
        self.at = at[unit.codes.to_numpy()]
        self.rows_of = Groups(self.at, len(self.row))
        demand = base.study.demand
        self.people = np.nan_to_num(demand[self.group].to_numpy(dtype=float), nan=0.0) if self.homes else np.empty(0)
        self.whole_people = whole(self.people)

    def held_after(self, gone: list[_Member], came: list[_Member], rows: list[int], codes: list[Any]) -> _Held:
        """Return what the units hold after some facilities go and others come; ``codes`` stand at ``rows``."""
        left = {facility for _, facility, _ in gone}
        homes = self.homes_of.copy()
        homes.subtract(facility for _, facility, how in gone if how == "inside")
        homes.update(facility for _, facility, how in came if how == "inside")
        now = replace(self.held, number=self.held.number.copy(), shared=self.held.shared.copy())
        for row, code in zip(rows, codes, strict=True):
            own = [one for one in self.of_unit.get(code, ()) if one[1] not in left] + [
                one for one in came if one[0] == code
            ]
            now.number[row] = len(own)
            now.shared[row] = any(how == "inside" and homes[facility] > 1 for _, facility, how in own)
        return now


def _judge_again(moves: Moves, rule: Rule, before: Judgement) -> Rejudged:
    """Judge a change of facilities from what was found before."""
    base = moves.base
    kept = base.kept.get(("R03", rule.id)) or _Kept(moves, rule, before)
    assert isinstance(kept, _Kept)
    base.kept["R03", rule.id] = kept
    was, now = moves.kept.flags, moves.flags
    gone, came = moves.members(kept.units, moves.gone), moves.members(kept.units, moves.came)
    codes = sorted({code for code, _, _ in (*gone, *came) if code in kept.row})
    rows = [kept.row[code] for code in codes]
    held = kept.held_after(gone, came, rows, codes)
    fresh = {kept.places["unit", str(held.codes[row])]: _unit(held, row, kept.group, now) for row in rows}
    common = _Common(rule, rule.number / 100.0, kept.group, [*now, *kept.flags])
    for code in sorted({str(held.district[row]) for row in rows}):
        own = held.take(np.flatnonzero(held.district == code))
        place = kept.places["district", code]
        fresh[place] = _summary(common, "district", code, before.findings[place].name, own)
    place = kept.places[CITY, CITY]
    fresh[place] = _summary(common, "city", CITY, before.findings[place].name, held)

    def who(some: np.ndarray | None, now: bool) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        known, number = (held.known, held.number) if now else (kept.held.known, kept.held.number)
        at = kept.at if some is None else kept.at[some]
        counts = np.append(known, False)[at]
        mine = np.flatnonzero(counts) if some is None else some[counts]
        rank = moves.nearest("straight", mine) if now else moves.kept.rank("straight")[mine]
        return mine, (number > 0)[at[counts]], rank, kept.people[mine]

    serving = None
    if kept.homes:
        turned = np.array([row for row in rows if kept.held.differs(held, row)], dtype=np.int64)
        serving = Serving(who, np.union1d(moves.rows, kept.rows_of.of(turned)), kept.whole_people)
    return Rejudged(fresh, was, now, serving, filled=_filled)


def _filled(finding: Finding) -> bool:
    return not math.isnan(finding.value) or (finding.level != "unit" and finding.verdict != NOT_APPLICABLE)


def _reach_again(context: Context, rule: Rule) -> pd.DataFrame | None:
    """Return the reach of a clause, as `judge` tells it."""
    units = _units(context, rule)
    group = _group(context, rule, units)[0]
    members = Units(context.study, rule.applies_to).members(Places.of(context.facilities(rule)[0]))
    return _reach(context, rule, _Held.of(units, _people(context, rule, units, group)).with_members(members), group)


def unit_needs(context: Context, rule: Rule) -> UnitNeeds:
    """Return what the units lack that have an outline: a facility each."""
    units = _units(context, rule)
    people = _people(context, rule, units, _group(context, rule, units)[0])
    members = Units(context.study, rule.applies_to).members(Places.of(context.facilities(rule)[0]))
    held = _Held.of(units, people).with_members(members)
    number = pd.Series(held.number, index=units.index)
    return UnitNeeds(needs_table(units[held.known], people, 1.0, number))


RULE = RuleKind(
    "unit-coverage",
    "R03",
    "单元覆盖率",
    "unit coverage",
    judge,
    ("min_floor_area_m2",),
    unit_needs=unit_needs,
    distances=(),
    shown="units",
    reads=facilities_named,
    again=Again(_judge_again, _reach_again),
    paced=False,
    asks_zh="应有设施的单元百分比",
    asks="the share of units that should have a facility, in percent",
    counted_in=PERCENT,
    refuses=(no_facilities, no_number, no_percent, no_unit_type),
    operators=(">=", "~"),
)
