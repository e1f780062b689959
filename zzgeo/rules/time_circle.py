"""R02 Fifteen-minute circle: everyone reaches a facility on foot within so many minutes along the streets.

Source: rules.md R02; resolutions.md A02 (walking, residents 1.1 m/s, 60+ 0.8 m/s; 0.8-1.1 m/s as sensitivity).
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator

import numpy as np
import pandas as pd

from zzgeo.network import Reach
from zzgeo.network.profiles import CYCLING_M_PER_MIN, PRESETS_M
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
from zzgeo.rules.parts.moves import Again, Moves, Rejudged, Serving
from zzgeo.rules.parts.totals import Farthest, Totals, total_of
from zzgeo.rules.parts.units import judge_walks
from zzgeo.served import CITY, added, farthest, statuses, sums_by_key, tally, unreached, within
from zzgeo.standards import Rule
from zzgeo.vocabulary.flags import Flag
from zzgeo.vocabulary.people import group_name, unit_name
from zzgeo.vocabulary.statuses import COVERED, EXCLUDED
from zzgeo.vocabulary.verdicts import FAIL, NODATA, NOT_APPLICABLE, PASS, REVIEW

#: Streets are this much longer than the straight line where no streets are known (rules.md R02).
DETOUR = 1.3


def judge(context: Context, rule: Rule) -> Judgement:
    """Judge a time-circle clause in every unit it applies to, per district and for the city."""
    missing = context.missing_input(rule)
    if missing:
        return nothing_to_judge(context, rule, missing)
    group, flags = context.group(rule)
    _, facility_flags = context.facilities(rule)
    reach = context.walk(rule, rule.number)
    table = _table(context, rule, reach)
    if context.network is None:
        flags = [*flags, Flag("streets.none", detour=DETOUR)]
    common = _Common(context, rule, reach, group, [*flags, *facility_flags])
    tried = _tried(common, table)
    findings = _units(common, table, tried)
    findings += _districts(common, table, tried, findings)
    return Judgement(findings, reach_of(table, "streets_id"))


def _table(context: Context, rule: Rule, reach: Reach) -> pd.DataFrame:
    """Return the people a clause counts: how far they walk, whom they are added up with, whether they are reached."""
    group, people = context.group(rule)[0], context.people_of(rule)
    table = context.walks(rule).iloc[context.rows_of(people)]
    if context.network is None:
        table = table.assign(streets_m=table["straight_m"] * DETOUR, streets_id=table["straight_id"], on_streets=True)
    table = table.assign(
        people=people[group],
        district=context.key("district", people),
        unit=context.key("unit", people),
        status=statuses(table, reach),
    )
    table["row"] = np.arange(len(context.study.demand))[context.rows_of(people)]
    return table


def limit(context: Context, rule: Rule) -> float:
    """Return how far people of the group a clause counts walk in its minutes, in metres."""
    return context.walk(rule, rule.number).metres


class _Common:
    """What every finding of one clause shares."""

    def __init__(self, context: Context, rule: Rule, reach: Reach, group: str, flags: list[Flag]) -> None:
        self.context, self.rule, self.reach = context, rule, reach
        self.group, self.flags = group, flags
        self.minutes = rule.number
        self.line = rule.param("pass_share", 1.0)
        demand = context.study.demand
        self.counted = [group for group in ("residents", "aged_60_plus") if group in demand.columns]
        self.params: dict[str, object] = {
            "minutes": self.minutes,
            "speed_m_per_s": reach.speed_m_per_s,
            "limit_m": round(reach.metres, 6),
            "mode": "walking",
            "pass_share": self.line,
        }

    @property
    def limits(self) -> dict[str, float]:
        """Return the distances tried for sensitivity, in metres, by name."""
        speeds = self.context.study.walking.sensitivity
        walks = {f"{speed:g} m/s": self.minutes * 60.0 * speed for speed in speeds}
        rides = {"cycling 15 km/h": self.minutes * CYCLING_M_PER_MIN} if self.rule.params.get("cycling_note") else {}
        return walks | PRESETS_M | rides

    def slower(self, table: pd.DataFrame) -> Iterator[tuple[str, np.ndarray, float]]:
        """Yield each speed tried with its walks and limit, where seconds are lost on the way: a wait is one wait."""
        if self.context.network is None or self.context.study.walking.metres_only:
            return
        for speed in self.context.study.walking.sensitivity:
            walks = self.context.walks(self.rule, speed)["streets_m"].loc[table.index].to_numpy(dtype=float)
            yield f"{speed:g} m/s", walks, self.minutes * 60.0 * speed


def _tried(common: _Common, table: pd.DataFrame) -> pd.DataFrame:
    """Return the people within each limit tried, and how far those who are judged walk; one row per demand point.

    People without a street are not judged: no walk reaches them (``streets_m`` is infinite), so no share counts them.
    """
    people, metres = table["people"].to_numpy(dtype=float), table["streets_m"].to_numpy(dtype=float)
    columns = {name: np.where(within(metres, limit), people, 0.0) for name, limit in common.limits.items()}
    columns |= {name: np.where(within(walks, limit), people, 0.0) for name, walks, limit in common.slower(table)}
    judged = (people > 0) & (table["status"] != EXCLUDED).to_numpy()
    columns["unreached"] = np.where(unreached(table, common.reach), people, 0.0)
    return pd.DataFrame(columns | {"farthest_m": np.where(judged, metres, np.nan)}, index=table.index, copy=False)


def _sums(table: pd.DataFrame, tried: pd.DataFrame, key: pd.Series) -> dict[Hashable, dict[str, float]]:
    """Add up people by key: those of `tally`, the farthest home, and the share within each limit tried."""
    sums = tally(table["people"], table["status"], key)
    judged = (sums["covered"] + sums["missed"]).to_numpy()
    judged = np.where(judged > 0, judged, np.nan)
    most = farthest(tried["farthest_m"].to_numpy(), key)
    within_each = added({name: tried[name].to_numpy() for name in tried.columns if name != "farthest_m"}, key)
    for name, people in within_each.items():
        sums[name] = people.to_numpy() if name == "unreached" else people.to_numpy() / judged
    sums["farthest_m"] = most
    return sums_by_key(sums)


def _fill(finding: Finding, sums: dict[str, float], common: _Common) -> None:
    finding.people, finding.covered = sums["people"], sums["covered"]
    finding.missed, finding.excluded = sums["missed"], sums["excluded"]
    finding.value, finding.threshold = sums["share"], common.line
    finding.flags = list(common.flags)
    finding.params = dict(common.params)
    minutes, missed, excluded = f"{common.minutes:g}", people_text(finding.missed), people_text(finding.excluded)
    if np.isnan(finding.value):
        finding.verdict = NODATA
        finding.note_zh = f"{excluded}人离所有道路都太远，无法判断"
        finding.note_en = f"{excluded} people live too far from every street to be judged"
        return
    finding.streets_value = finding.value
    finding.gap = max(0.0, common.line - finding.value)
    finding.farthest_m = sums["farthest_m"]
    judge_walks(finding, common.line, sums["unreached"])
    shares = {name: sums[name] for name in common.limits}
    tried = [share for name, share in shares.items() if name.endswith("m/s")]
    finding.sensitive = len({share >= common.line - 1e-9 for share in [*tried, finding.value]}) > 1
    finding.params |= {
        "share_at": {name: round(share, 6) for name, share in shares.items()},
        "meets_80_percent": bool(finding.value >= 0.8 - 1e-9),
        "meets_95_percent": bool(finding.value >= 0.95 - 1e-9),
    }
    zh, en = group_name(finding.group)
    finding.note_zh = f"{share_text(finding.value, common.line)}的{zh}步行{minutes}分钟可达，{missed}人不可达"
    finding.note_en = f"{share_text(finding.value, common.line)} of {en} within {minutes} min on foot, {missed} beyond"


def _units(common: _Common, table: pd.DataFrame, tried: pd.DataFrame) -> list[Finding]:
    study, rule = common.context.study, common.rule
    if study.units is None or rule.applies_to == "all":
        return []
    units = study.units[study.units["type"] == rule.applies_to]
    if rule.area is not None:
        units = units[units.index.isin(table["unit"].unique())]
    sums = _sums(table, tried, table["unit"])
    findings = []
    for code, district, name in zip(units.index, units["district"], units["name"], strict=True):
        findings.append(_unit(common, (str(code), str(district), str(name)), sums.get(code)))
    return findings


def _unit(common: _Common, place: tuple[str, str, str], sums: dict[str, float] | None) -> Finding:
    """Return the finding of one unit: code, district, name."""
    code, district, name = place
    finding = Finding("unit", code, NODATA, district, name, common.group)
    if sums is not None and sums["people"] > 0:
        _fill(finding, sums, common)
    else:
        finding.note_zh, finding.note_en = "没有人口数据", "no people known here"
    return finding


def _districts(common: _Common, table: pd.DataFrame, tried: pd.DataFrame, units: list[Finding]) -> list[Finding]:
    study = common.context.study
    shares = _Shares(common, table)
    sums = _sums(table, tried, table["district"])
    findings = []
    for code, name in study.districts["name"].items():
        own = [unit for unit in units if unit.district == code]
        findings.append(_summary(common, "district", str(code), str(name), shares, sums.get(code), own))
    whole = _sums(table, tried, everyone(table)).get(CITY)
    findings.append(_summary(common, "city", CITY, study.name, shares, whole, units))
    return findings


def _summary(
    common: _Common,
    level: str,
    code: str,
    name: str,
    shares: _Shares,
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


class _Shares:
    """Shares of each district and of the city that stand beside the verdict: of land, and of groups of people.

    Land is that which stands for covered points, NaN where it is unknown. Residents and 60+ are counted at their own
    speeds, whatever group the clause counts.
    """

    def __init__(self, common: _Common, table: pd.DataFrame) -> None:
        study, rows = common.context.study, table["row"].to_numpy()
        district = table["district"].cat
        self._codes = {str(code): n for n, code in enumerate(district.categories)}
        self._at = district.codes.to_numpy().astype(np.int64)
        judged = (table["status"] != EXCLUDED).to_numpy()
        self._land: tuple[np.ndarray, np.ndarray] | None = None
        if study.land is not None and common.context.land:
            self.measure_land(common.context.cell_m2[rows], (table["status"] == COVERED).to_numpy(), judged)
        self._groups: dict[str, tuple[np.ndarray, ...]] = {}
        for group in common.counted:
            people = study.demand[group].to_numpy(dtype=float)[rows]
            inside = within(table["streets_m"], common.minutes * 60.0 * study.walking.speed(group))
            self._groups[group] = self._sums(people, judged & inside), self._sums(people, judged)

    def measure_land(self, area: np.ndarray, covered: np.ndarray, judged: np.ndarray) -> None:
        """Add up the land of the places that are covered, and of those judged, m² each."""
        self._land = self._sums(area, covered), self._sums(area, judged)

    def land_moved(
        self, before: _Shares, area: np.ndarray, covered: np.ndarray, judged: np.ndarray, moved: np.ndarray
    ) -> None:
        """Take over the land added up before; add up that of districts anew where places that ``moved`` count."""
        assert before._land is not None
        self._land = before._land
        if len(moved):
            again = np.zeros(len(self._codes) + 1, dtype=bool)
            again[self._at[moved]], again[-1] = True, False
            rows = np.flatnonzero(again[self._at])
            again[-1] = True
            part, whole = (self._sums(area, which, rows) for which in (covered, judged))
            self._land = np.where(again, part, before._land[0]), np.where(again, whole, before._land[1])

    @classmethod
    def of(cls, before: _Shares, totals: Totals) -> _Shares:
        """Return the shares of groups after some people moved; the land is still to be measured."""
        shares = object.__new__(cls)
        shares._codes, shares._at, shares._land = before._codes, before._at, None
        both = {level: totals.sums[level] for level in ("district", CITY)}
        shares._groups = {
            group: tuple(
                np.append(both["district"][f"{group} {side}"], both[CITY][f"{group} {side}"])
                for side in ("inside", "judged")
            )
            for group in before._groups
        }
        return shares

    def _sums(self, values: np.ndarray, which: np.ndarray, rows: np.ndarray | None = None) -> np.ndarray:
        """Return the sum of the values that count in every district (of these rows alone), and then in the city."""
        counted = np.where(which, values, 0.0)
        rows = np.flatnonzero(self._at >= 0) if rows is None else rows
        return np.append(np.bincount(self._at[rows], counted[rows], minlength=len(self._codes)), total_of(counted))

    def land(self, code: str) -> float:
        if self._land is None:
            return float("nan")
        part, whole = (float(sums[self._codes.get(code, -1)]) for sums in self._land)
        return part / whole if whole > 0 else float("nan")

    def groups(self, code: str) -> dict[str, object]:
        shares: dict[str, object] = {}
        for group, sums in self._groups.items():
            part, whole = (float(some[self._codes.get(code, -1)]) for some in sums)
            shares[f"share_{group}"] = round(part / whole, 6) if whole > 0 else None
        return shares


class _Kept:
    """What is kept of a clause to judge a change of facilities from: who counts, and how many walk how far."""

    def __init__(self, moves: Moves, rule: Rule, before: Judgement) -> None:
        base = self.base = moves.base
        self.findings, self.reach = before.findings, base.walk(rule, rule.number)
        self.group, self.flags = base.group(rule)
        demand = base.study.demand
        table = _table(base, rule, self.reach)
        self.common = _Common(base, rule, self.reach, self.group, [])
        self.shares = _Shares(self.common, table)
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
        keys = {level: base.key(level, demand) for level in ("unit", "district")}
        named = self.measured(self.rows, {name: one[self.rows] for name, one in self.known.items()})
        self.totals = Totals.of(keys, self.rows, named)
        rows_of = {level: moves.kept.rows_of(level) for level in keys}
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
            speed = self.base.study.walking.speed(group)
            inside = judged & within(walked, self.common.minutes * 60.0 * speed)
            values[f"{group} inside"] = np.where(inside, self.people[group][rows], 0.0)
            values[f"{group} judged"] = np.where(judged, self.people[group][rows], 0.0)
        return values


def _judge_again(moves: Moves, rule: Rule, before: Judgement) -> Rejudged | None:
    """Judge a change of facilities from what was found before; None where the clause has to be judged anew."""
    base = moves.base
    if base.network is None or not base.study.walking.metres_only:
        return None
    kept = base.kept.get(("R02", rule.id)) or _Kept(moves, rule, before)
    assert isinstance(kept, _Kept)
    base.kept["R02", rule.id] = kept
    was, now = [*kept.flags, *moves.kept.flags], [*kept.flags, *moves.flags]
    rows = moves.rows[kept.at[moves.rows] >= 0]
    metres = {name: moves.metres(name, rows) for name in kept.known}
    old = kept.measured(rows, {name: kept.known[name][rows] for name in kept.known})

    def every() -> tuple[np.ndarray, dict[str, np.ndarray]]:
        return kept.rows, kept.measured(kept.rows, {name: moves.metres(name, kept.rows) for name in kept.known})

    totals, touched = kept.totals.moved(rows, old, kept.measured(rows, metres), every)
    farthest, differ = kept.farthest.moved(rows, kept.lived(rows, metres["streets_m"]))
    shares = _Shares.of(kept.shares, totals)
    if base.study.land is not None and base.land:
        differ["district"] = np.append(differ["district"], _land_again(shares, kept, rows, metres["streets_m"]))
    touched = {level: np.union1d(places, differ[level]) for level, places in touched.items()}

    def who(rows: np.ndarray | None, now: bool) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        mine = kept.rows if rows is None else rows[kept.at[rows] >= 0]
        walked = moves.metres("streets_m", mine) if now else kept.known["streets_m"][mine]
        rank = moves.nearest("streets", mine) if now else moves.kept.rank("streets")[mine]
        return mine, within(walked, kept.reach.metres), rank, kept.people[kept.group][mine]

    fresh = _fresh(_Common(base, rule, kept.reach, kept.group, now), kept, totals, shares, touched, farthest)
    return Rejudged(fresh, was, now, Serving(who, rows, kept.totals.whole_people))


def _land_again(shares: _Shares, kept: _Kept, rows: np.ndarray, walked: np.ndarray) -> np.ndarray:
    """Add up the land anew where people who moved are covered now, or are no more; return their districts."""
    at, covered, judged = kept.at[rows], kept.covered.copy(), kept.judged.copy()
    covered[at] = within(walked, kept.reach.metres)
    judged[at] = covered[at] | kept.onto[rows]
    moved = (covered[at] != kept.covered[at]) | (judged[at] != kept.judged[at])
    shares.land_moved(kept.shares, kept.land_m2, covered, judged, at[moved])
    places: np.ndarray = kept.totals.place["district"][rows[moved]]
    return places[places >= 0]


def _fresh(
    common: _Common,
    kept: _Kept,
    totals: Totals,
    shares: _Shares,
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
    common: _Common, totals: Totals, level: str, wanted: np.ndarray, farthest: dict[str, np.ndarray]
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


def _reach_again(context: Context, rule: Rule) -> pd.DataFrame | None:
    """Return the reach of a clause, as `judge` tells it."""
    return reach_of(_table(context, rule, context.walk(rule, rule.number)), "streets_id")


RULE = RuleKind(
    "time-circle",
    "R02",
    "步行时间圈",
    "walking-time circle",
    judge,
    ("pass_share", "cycling_note", "min_floor_area_m2"),
    along="streets",
    limit=limit,
    patches=True,
    sites="asked",
    walk=(1.0, 2 / 3, 1 / 3),
    distances=("streets_m",),
    reads=facilities_named,
    again=Again(_judge_again, _reach_again),
)
