"""People counted by their walk to the nearest facility: what kinds share that differ in how far is far enough.

A kind says in a subclass of `OnFoot` how a clause of its own measures a walk, limits it and tells of it. The people of
a place are covered, missed, or excluded (too far from every street to be judged); they add up or the program stops.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from zzgeo.network import Reach
from zzgeo.numbers import people_text, share_text
from zzgeo.rules.parts.base import Context, Finding, Judgement, everyone, nothing_to_judge, reach_of
from zzgeo.rules.parts.moves import Again, Moves, Rejudged, Serving
from zzgeo.rules.parts.shares import Shares
from zzgeo.rules.parts.totals import Farthest, Totals, whole
from zzgeo.rules.parts.units import judge_walks
from zzgeo.served import CITY, added, farthest, statuses, sums_by_key, tally, unreached, within
from zzgeo.standards import Rule
from zzgeo.vocabulary.flags import Flag
from zzgeo.vocabulary.people import HOME_UNITS, UNIT_SETS, group_name, unit_name
from zzgeo.vocabulary.statuses import COVERED, EXCLUDED
from zzgeo.vocabulary.verdicts import FAIL, NODATA, NOT_APPLICABLE, PASS, REVIEW

#: Streets are this much longer than the straight line where no streets are known (rules.md R02).
DETOUR = 1.3


class OnFoot:
    """What every finding of one clause shares; a kind says in a subclass how it measures, limits and tells a walk.

    ``every_unit``: a clause that names no type of unit is judged in every unit people live in.
    """

    every_unit = False

    def __init__(self, context: Context, rule: Rule, flags: Iterable[Flag] = ()) -> None:
        self.context, self.rule, self.flags = context, rule, list(flags)
        self.group = context.group(rule)[0]
        self.line = rule.param("pass_share", 1.0)
        self.reach = self.measured_by(context, rule)
        demand = context.study.demand
        self.counted = [group for group in ("residents", "aged_60_plus") if group in demand.columns]
        self.params: dict[str, object] = {**self.asked(), "mode": "walking", "pass_share": self.line}

    @staticmethod
    def measured_by(context: Context, rule: Rule) -> Reach:
        """Return how far people of the group a clause counts may walk."""
        raise NotImplementedError

    def asked(self) -> dict[str, object]:
        """Return what a finding says of the limit first."""
        raise NotImplementedError

    def distances(self) -> pd.DataFrame:
        """Return how far every demand point walks, as `walked` tells it."""
        raise NotImplementedError

    def noted(self, share: str, group: tuple[str, str], missed: str) -> tuple[str, str]:
        """Return what is said of a share of a group and of the people missed, in Chinese and English."""
        raise NotImplementedError

    def missing(self) -> tuple[str, str] | None:
        """Tell (zh, en) what file would answer the clause, or None."""
        return self.context.missing_input(self.rule)

    def facility_flags(self) -> list[Flag]:
        """Return flags of what was taken on trust of the facilities."""
        return self.context.facilities(self.rule)[1]

    @property
    def limits(self) -> dict[str, float]:
        """Return the distances tried beside the limit, in metres, by name; those in m/s tell a sensitive verdict."""
        return {}

    def slower(self, table: pd.DataFrame) -> Iterable[tuple[str, np.ndarray, float]]:
        """Give each speed tried with its walks and limit, where seconds are lost on the way: a wait is one wait."""
        return ()

    def limit_of(self, group: str) -> float:
        """Return how far the people of a group may walk, in metres."""
        return self.reach.metres

    def can_change(self) -> bool:
        """Tell whether a change of facilities can be judged from what was found before."""
        return self.context.network is not None

    def types(self) -> tuple[str, ...]:
        """Return the types of unit that are judged."""
        applies_to = self.rule.applies_to
        return HOME_UNITS if applies_to == "all" and self.every_unit else UNIT_SETS[applies_to]


def walked(context: Context, table: pd.DataFrame) -> pd.DataFrame:
    """Return distances of `Context.access`; without streets the straight line times 1.3 stands for the walk."""
    if context.network is not None:
        return table
    return table.assign(streets_m=table["straight_m"] * DETOUR, streets_id=table["straight_id"], on_streets=True)


def judge_on_foot(context: Context, rule: Rule, kind: type[OnFoot]) -> Judgement:
    """Judge a clause in every unit it applies to, per district and for the city."""
    common = kind(context, rule)
    missing = common.missing()
    if missing:
        return nothing_to_judge(context, rule, missing)
    common.flags += context.group(rule)[1]
    if context.network is None:
        common.flags.append(Flag("streets.none", detour=DETOUR))
    common.flags += common.facility_flags()
    table = _table(common)
    tried = _tried(common, table)
    findings = _units(common, table, tried)
    findings += _districts(common, table, tried, findings)
    return Judgement(findings, reach_of(table, "streets_id"))


def again_on_foot(kind: type[OnFoot]) -> Again:
    """Return how a kind judges a change of facilities from what was found before."""
    return Again(_JudgeAgain(kind), _ReachAgain(kind))


def _table(common: OnFoot) -> pd.DataFrame:
    """Return the people a clause counts: how far they walk, whom they are added up with, whether they are reached."""
    context, people = common.context, common.context.people_of(common.rule)
    rows = context.rows_of(people)
    table = common.distances().iloc[rows]
    table = table.assign(
        people=people[common.group],
        district=context.key("district", people),
        unit=context.key(context.unit_column(common.rule.applies_to), people),
        status=statuses(table, common.reach),
    )
    table["row"] = np.arange(len(context.study.demand))[rows]
    return table


def _tried(common: OnFoot, table: pd.DataFrame) -> pd.DataFrame:
    """Return the people within each limit tried, and how far those who are judged walk; one row per demand point.

    ``listed_m``, where a table has it, is how far people would walk at best if the kinds without a list were known:
    those it covers are ``unlisted``, and no fail rests on them.

    People without a street are not judged: no walk reaches them (``streets_m`` is infinite), so no share counts them.
    """
    people, metres = table["people"].to_numpy(dtype=float), table["streets_m"].to_numpy(dtype=float)
    columns = {name: np.where(within(metres, limit), people, 0.0) for name, limit in common.limits.items()}
    columns |= {name: np.where(within(walks, limit), people, 0.0) for name, walks, limit in common.slower(table)}
    judged = (people > 0) & (table["status"] != EXCLUDED).to_numpy()
    near = unreached(table, common.reach)
    columns["unreached"] = np.where(near, people, 0.0)
    if "listed_m" in table.columns:
        listed = (
            judged & ~near & (table["status"] != COVERED).to_numpy() & within(table["listed_m"], common.reach.metres)
        )
        columns["unlisted"] = np.where(listed, people, 0.0)
    return pd.DataFrame(columns | {"farthest_m": np.where(judged, metres, np.nan)}, index=table.index, copy=False)


def _sums(table: pd.DataFrame, tried: pd.DataFrame, key: pd.Series) -> dict[Hashable, dict[str, float]]:
    """Add up people by key: those of `tally`, the farthest home, and the share within each limit tried."""
    sums = tally(table["people"], table["status"], key)
    judged = (sums["covered"] + sums["missed"]).to_numpy()
    judged = np.where(judged > 0, judged, np.nan)
    most = farthest(tried["farthest_m"].to_numpy(), key)
    within_each = added({name: tried[name].to_numpy() for name in tried.columns if name != "farthest_m"}, key)
    columns = {name: column.to_numpy() for name, column in sums.items()}
    for name, people in within_each.items():
        columns[name] = people.to_numpy() if name in ("unreached", "unlisted") else people.to_numpy() / judged
    columns["farthest_m"] = most.to_numpy()
    return sums_by_key(pd.DataFrame(columns, index=sums.index, copy=False))


def _fill(finding: Finding, sums: dict[str, float], common: OnFoot) -> None:
    finding.people, finding.covered = sums["people"], sums["covered"]
    finding.missed, finding.excluded = sums["missed"], sums["excluded"]
    finding.value, finding.threshold = sums["share"], common.line
    finding.flags = list(common.flags)
    finding.params = dict(common.params)
    missed, excluded = people_text(finding.missed), people_text(finding.excluded)
    if np.isnan(finding.value):
        finding.verdict = NODATA
        finding.note_zh = f"{excluded}人离所有道路都太远，无法判断"
        finding.note_en = f"{excluded} people live too far from every street to be judged"
        return
    finding.streets_value = finding.value
    finding.gap = max(0.0, common.line - finding.value)
    finding.farthest_m = sums["farthest_m"]
    judge_walks(finding, common.line, sums["unreached"], sums.get("unlisted", 0.0))
    shares = {name: sums[name] for name in common.limits}
    tried = [share for name, share in shares.items() if name.endswith("m/s")]
    finding.sensitive = len({share >= common.line - 1e-9 for share in [*tried, finding.value]}) > 1
    if shares:
        finding.params["share_at"] = {name: round(share, 6) for name, share in shares.items()}
    finding.params |= {
        "meets_80_percent": bool(finding.value >= 0.8 - 1e-9),
        "meets_95_percent": bool(finding.value >= 0.95 - 1e-9),
    }
    share = share_text(finding.value, common.line)
    finding.note_zh, finding.note_en = common.noted(share, group_name(finding.group), missed)


def _units(common: OnFoot, table: pd.DataFrame, tried: pd.DataFrame) -> list[Finding]:
    study, rule = common.context.study, common.rule
    if study.units is None or not common.types():
        return []
    units = study.units[study.units["type"].isin(common.types())]
    if rule.area is not None:
        units = units[units.index.isin(table["unit"].unique())]
    sums = _sums(table, tried, table["unit"])
    findings = []
    for code, district, name in zip(units.index, units["district"], units["name"], strict=True):
        findings.append(_unit(common, (str(code), str(district), str(name)), sums.get(code)))
    return findings


def _unit(common: OnFoot, place: tuple[str, str, str], sums: dict[str, float] | None) -> Finding:
    """Return the finding of one unit: code, district, name."""
    code, district, name = place
    finding = Finding("unit", code, NODATA, district, name, common.group)
    if sums is not None and sums["people"] > 0:
        _fill(finding, sums, common)
    else:
        finding.note_zh, finding.note_en = "没有人口数据", "no people known here"
    return finding


def _districts(common: OnFoot, table: pd.DataFrame, tried: pd.DataFrame, units: list[Finding]) -> list[Finding]:
    study = common.context.study
    shares = Shares(common, table)
    sums = _sums(table, tried, table["district"])
    findings = []
    for code, name in study.districts["name"].items():
        own = [unit for unit in units if unit.district == code]
        findings.append(_summary(common, "district", str(code), str(name), shares, sums.get(code), own))
    whole = _sums(table, tried, everyone(table)).get(CITY)
    findings.append(_summary(common, "city", CITY, study.name, shares, whole, units))
    return findings


def _summary(
    common: OnFoot,
    level: str,
    code: str,
    name: str,
    shares: Shares,
    sums: dict[str, float] | None,
    units: list[Finding],
) -> Finding:
    finding = Finding(level, code, NOT_APPLICABLE, code if level == "district" else "", name, common.group)
    if sums is None or sums["people"] <= 0:
        zh, en = unit_name(common.rule.applies_to)
        where_zh, where_en = ("，不在条款范围内", " inside the area of the clause") if common.rule.area else ("", "")
        finding.note_zh, finding.note_en = f"没有适用的{zh}{where_zh}", f"no {en} to judge{where_en}"
        return finding
    _fill(finding, sums, common)
    judged = [unit for unit in units if unit.verdict in (PASS, FAIL, REVIEW)]
    if judged:
        finding.units_judged = len(judged)
        finding.units_passing = sum(unit.verdict == PASS for unit in judged)
        half = sum(unit.value >= 0.5 for unit in judged)
        finding.params["share_of_units_half_covered"] = round(half / len(judged), 6)
    finding.land_share = shares.land(code)
    finding.params |= shares.groups(code)
    return finding


class _Kept:
    """What is kept of a clause to judge a change of facilities from: who counts, and how many walk how far."""

    def __init__(self, moves: Moves, common: OnFoot, before: Judgement) -> None:
        base = self.base = moves.base
        self.findings, self.reach, self.common = before.findings, common.reach, common
        self.group, self.flags = base.group(common.rule)
        demand = base.study.demand
        table = _table(common)
        self.shares = Shares(self.common, table)
        self.rows = table["row"].to_numpy()
        #: Where each row of the demand stands among those that count, -1 where it does not.
        self.at = np.full(len(demand), -1)
        self.at[self.rows] = np.arange(len(self.rows))
        self.people = {
            one: np.nan_to_num(demand[one].to_numpy(dtype=float), nan=0.0) for one in {self.group, *self.common.counted}
        }
        #: The land that stands for each of them, where it is known.
        self.land_m2 = base.cell_m2[self.rows] if base.study.land is not None and base.land else np.empty(0)
        self.onto, self.known = moves.kept.onto, moves.kept.known
        walked = self.known["streets_m"]
        self.covered = within(walked[self.rows], self.reach.metres)
        self.judged = self.covered | self.onto[self.rows]
        columns = {"unit": base.unit_column(common.rule.applies_to), "district": "district"}
        keys = {level: base.key(column, demand) for level, column in columns.items()}
        named = self.measured(self.rows, {name: one[self.rows] for name, one in self.known.items()})
        whole_people = all(whole(one[self.rows]) for one in self.people.values())
        self.totals = Totals.of(keys, self.rows, named, whole_people)
        rows_of = {level: moves.kept.rows_of(column) for level, column in columns.items()}
        self.farthest = Farthest(self.totals, self.lived(np.arange(len(demand)), walked), rows_of)
        self.places = {(one.level, one.code): n for n, one in enumerate(before.findings)}
        self.units = [n for n, one in enumerate(before.findings) if one.level == "unit"]

    def lived(self, rows: np.ndarray, walked: np.ndarray) -> np.ndarray:
        """Return how far those walk who count and are judged, NaN for the others and for empty homes."""
        # who stands off the streets and walks no farther than the limit is judged, and nobody else off the streets
        judged = self.onto[rows] | within(walked, self.reach.metres)
        return np.where((self.at[rows] >= 0) & (self.people[self.group][rows] > 0) & judged, walked, np.nan)

    def measured(self, rows: np.ndarray, metres: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Return what some rows add to the sums, at some distances."""
        walked, people = metres["streets_m"], self.people[self.group][rows]
        covered, onto = within(walked, self.reach.metres), self.onto[rows]
        near = ~covered & onto & within(metres["unreached_m"], self.reach.metres)
        judged = covered | onto
        values = {
            "people": people,
            "covered": np.where(covered, people, 0.0),
            "missed": np.where(~covered & onto, people, 0.0),
            "excluded": np.where(judged, 0.0, people),
            "unreached": np.where(near, people, 0.0),
        }
        values |= {name: np.where(within(walked, one), people, 0.0) for name, one in self.common.limits.items()}
        for group in self.common.counted:
            inside = judged & within(walked, self.common.limit_of(group))
            values[f"{group} inside"] = np.where(inside, self.people[group][rows], 0.0)
            values[f"{group} judged"] = np.where(judged, self.people[group][rows], 0.0)
        return values


@dataclass(frozen=True)
class _JudgeAgain:
    """Judges a change of facilities from what was found before; None where the clause has to be judged anew."""

    kind: type[OnFoot]

    def __call__(self, moves: Moves, rule: Rule, before: Judgement) -> Rejudged | None:
        """Judge a clause again."""
        common = self.kind(moves.base, rule)
        return _judge_again(common, moves, before) if common.can_change() else None


@dataclass(frozen=True)
class _ReachAgain:
    """Tells the reach of a clause, as `judge_on_foot` does."""

    kind: type[OnFoot]

    def __call__(self, context: Context, rule: Rule) -> pd.DataFrame | None:
        """Return the reach of a clause."""
        return reach_of(_table(self.kind(context, rule)), "streets_id")


def _judge_again(common: OnFoot, moves: Moves, before: Judgement) -> Rejudged:
    base, rule = moves.base, common.rule
    kept = base.kept.get(("on foot", rule.id)) or _Kept(moves, common, before)
    assert isinstance(kept, _Kept)
    base.kept["on foot", rule.id] = kept
    was, now = [*kept.flags, *moves.kept.flags], [*kept.flags, *moves.flags]
    rows = moves.rows[kept.at[moves.rows] >= 0]
    metres = {name: moves.metres(name, rows) for name in kept.known}
    old = kept.measured(rows, {name: kept.known[name][rows] for name in kept.known})

    def every() -> tuple[np.ndarray, dict[str, np.ndarray]]:
        return kept.rows, kept.measured(kept.rows, {name: moves.metres(name, kept.rows) for name in kept.known})

    totals, touched = kept.totals.moved(rows, old, kept.measured(rows, metres), every)
    farthest, differ = kept.farthest.moved(rows, kept.lived(rows, metres["streets_m"]))
    shares = Shares.of(kept.shares, totals)
    if base.study.land is not None and base.land:
        differ["district"] = np.append(differ["district"], _land_again(shares, kept, rows, metres["streets_m"]))
    touched = {level: np.union1d(places, differ[level]) for level, places in touched.items()}

    def who(rows: np.ndarray | None, now: bool) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        mine = kept.rows if rows is None else rows[kept.at[rows] >= 0]
        walked = moves.metres("streets_m", mine) if now else kept.known["streets_m"][mine]
        rank = moves.nearest("streets", mine) if now else moves.kept.rank("streets")[mine]
        return mine, within(walked, kept.reach.metres), rank, kept.people[kept.group][mine]

    common.flags = now
    fresh = _fresh(common, kept, totals, shares, touched, farthest)
    return Rejudged(fresh, was, now, Serving(who, rows, kept.totals.whole_people))


def _land_again(shares: Shares, kept: _Kept, rows: np.ndarray, walked: np.ndarray) -> np.ndarray:
    """Add up the land anew where people who moved are covered now, or are no more; return their districts."""
    at, covered, judged = kept.at[rows], kept.covered.copy(), kept.judged.copy()
    covered[at] = within(walked, kept.reach.metres)
    judged[at] = covered[at] | kept.onto[rows]
    moved = (covered[at] != kept.covered[at]) | (judged[at] != kept.judged[at])
    shares.land_moved(kept.shares, kept.land_m2, covered, judged, at[moved])
    places: np.ndarray = kept.totals.place["district"][rows[moved]]
    return places[places >= 0]


def _fresh(
    common: OnFoot,
    kept: _Kept,
    totals: Totals,
    shares: Shares,
    touched: dict[str, np.ndarray],
    farthest: dict[str, np.ndarray],
) -> dict[int, Finding]:
    """Return the findings of the touched units, their districts and the city, by their place."""
    again = dict[int, Finding]()
    for code, sums in _sums_again(common, totals, "unit", touched["unit"], farthest).items():
        place = kept.places.get(("unit", code))
        if place is not None:
            old = kept.findings[place]
            again[place] = _unit(common, (code, old.district, old.name), sums)
    units = [again.get(place, kept.findings[place]) for place in kept.units]
    codes = {str(totals.codes["district"][place]) for place in touched["district"]}
    codes |= {one.district for one in again.values()}
    wanted = totals.places("district", codes)
    for code, sums in _sums_again(common, totals, "district", wanted, farthest).items():
        place = kept.places["district", code]
        own = [one for one in units if one.district == code]
        again[place] = _summary(common, "district", code, kept.findings[place].name, shares, sums, own)
    place, whole = kept.places[CITY, CITY], _sums_again(common, totals, CITY, np.zeros(1, np.int64), farthest)
    again[place] = _summary(common, "city", CITY, kept.findings[place].name, shares, whole.get(CITY), units)
    return again


def _sums_again(
    common: OnFoot, totals: Totals, level: str, wanted: np.ndarray, farthest: dict[str, np.ndarray]
) -> dict[str, dict[str, float]]:
    """Return the sums of some codes of a level, as `_fill` reads them."""
    by_code = {}
    for place in wanted.tolist():
        sums = totals.at(level, place)
        people = sums["covered"] + sums["missed"]
        sums["share"] = sums["covered"] / people if people > 0 else np.nan
        sums["farthest_m"] = float(farthest[level][place])
        sums |= {name: sums[name] / people if people > 0 else np.nan for name in common.limits}
        by_code[str(totals.codes[level][place])] = sums
    return by_code
