"""R01 Service radius: everyone in a unit lives within a straight-line distance of a facility; streets stand beside it.

Source: rules.md R01; resolutions.md A01 (straight line decides), C03 (villages without a facility are not judged).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, fields
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from zzgeo.land import Zone
from zzgeo.network import Reach
from zzgeo.numbers import people_text, share_text
from zzgeo.rules.parts.base import (
    Context,
    Finding,
    Judgement,
    RuleKind,
    everyone,
    facilities_named,
    nothing_to_judge,
    plain_streets,
    reach_of,
)
from zzgeo.rules.parts.kept import DISTANCES
from zzgeo.rules.parts.membership import units_of_type, units_with_facility
from zzgeo.rules.parts.moves import Again, Moves, Rejudged, Serving
from zzgeo.rules.parts.refusals import METRES, no_facilities, no_number
from zzgeo.rules.parts.totals import Farthest, Totals, total_of, whole
from zzgeo.rules.parts.units import unreached_flags
from zzgeo.served import CITY, added, farthest, status_of, sums_by_key, tally, unreached, within
from zzgeo.standards import Rule
from zzgeo.vocabulary.flags import Flag, flag_if_any
from zzgeo.vocabulary.people import group_name, unit_name
from zzgeo.vocabulary.statuses import BETWEEN, COVERED, MISSED, STATUSES
from zzgeo.vocabulary.verdicts import FAIL, NODATA, NOT_APPLICABLE, PASS

#: Segments per quarter circle: 16 would give 0.04 points less land (rules.md R01).
QUARTER_SEGMENTS = 64


def judge(context: Context, rule: Rule) -> Judgement:
    """Judge a service-radius clause in every unit it applies to, per district and for the city."""
    missing = context.missing_input(rule)
    if missing:
        return nothing_to_judge(context, rule, missing)
    reach = Reach.radius(rule.number)
    group, flags = context.group(rule)
    facilities, facility_flags = context.facilities(rule)
    flags += _of_villages(context, rule)
    table = _table(context, rule, facilities)
    circles = Zone(_circles_of(context, rule, facilities, reach.metres))
    common = _Common(context, rule, reach, group, [*flags, *facility_flags], circles)
    findings = _units(common, table) if rule.applies_to != "all" else []
    findings += _districts(common, table, findings)
    return Judgement(findings, reach_of(table, "straight_id"), circles)


def _of_villages(context: Context, rule: Rule) -> list[Flag]:
    """Return the flag of villages inside the built-up area, which count as urban (A03): gained by a clause, or lost."""
    told = {"urban-community": "units.villages_built_up", "village": "units.villages_left"}.get(rule.applies_to)
    return flag_if_any(told, len(context.urban_villages)) if told else []


def _circles_of(context: Context, rule: Rule, facilities: gpd.GeoDataFrame, metres: float) -> Any:
    """Return the circles of a clause's facilities, drawn once for all clauses, and counties, that ask for the same."""
    known = context.study.on_streets.of_facilities
    key = "circles", rule.facilities, context.study.as_of, rule.params.get("min_floor_area_m2"), metres
    if key not in known:
        known[key] = _circles(facilities.geometry.values, metres)
    return known[key]


def _circles(places: Any, metres: float) -> Any:
    return shapely.buffer(places, metres, quad_segs=QUARTER_SEGMENTS)


def _table(context: Context, rule: Rule, facilities: gpd.GeoDataFrame) -> pd.DataFrame:
    """Return the people a clause counts: how far they are, whom they are added up with, whether they are reached."""
    reach, (group, _) = Reach.radius(rule.number), context.group(rule)
    people, column = context.people_of(rule, by_built_up=True), context.unit_column(rule.applies_to)
    if rule.params.get("only_units_with_facility"):
        served = units_with_facility(context.study, facilities, rule.applies_to)
        people = people[context.key(column, people).isin(served.index[served > 0])]
    table = context.access(rule).iloc[context.rows_of(people)]
    table = table.assign(
        people=people[group], district=context.key("district", people), unit=context.key(column, people)
    )
    covered, walked = within(table["straight_m"], reach.metres), within(table["streets_m"], reach.metres)
    between = context.network is not None
    number = np.where(covered, np.where(~walked & between, STATUSES.index(BETWEEN), 0), STATUSES.index(MISSED))
    table["status"] = status_of(number, table.index)
    table["walked"] = walked
    table["unreached"] = np.where(unreached(table, reach), table["people"], 0.0)
    return table


class _Common:
    """What every finding of one clause shares."""

    def __init__(self, context: Context, rule: Rule, reach: Reach, group: str, flags: list[Flag], zone: Zone) -> None:
        self.context, self.rule, self.reach = context, rule, reach
        self.group, self.flags, self.zone = group, flags, zone
        self.line = rule.param("pass_share", 1.0)
        self.measured = context.network is not None
        self.land: Callable[[str], tuple[float, float]] = lambda code: context.tiling.land_m2(code, zone)
        self.params: dict[str, object] = {"radius_m": reach.metres, "metric": "straight line", **rule.params}


def _tallies(common: _Common, table: pd.DataFrame, key: pd.Series) -> dict[Hashable, dict[str, float]]:
    straight = table["status"].where(table["status"] != BETWEEN, COVERED)
    sums = tally(table["people"], straight, key)
    people = table["people"].to_numpy(dtype=float)
    more = added({"walked": np.where(table["walked"], people, 0.0), "unreached": table["unreached"].to_numpy()}, key)
    sums["streets_share"] = more["walked"] / sums["people"].where(sums["people"] > 0) if common.measured else np.nan
    sums["unreached"] = more["unreached"]
    # distance of the farthest place where somebody lives; an empty block breaks nobody's radius
    lived_in = np.where(people > 0, table["straight_m"].to_numpy(dtype=float), np.nan)
    sums["farthest_m"] = farthest(lived_in, key)
    return sums_by_key(sums)


def _units(common: _Common, table: pd.DataFrame) -> list[Finding]:
    study, rule = common.context.study, common.rule
    assert study.units is not None
    units = common.context.units_of(rule, by_built_up=True)
    sums = _tallies(common, table, table["unit"])
    served = None
    if rule.params.get("only_units_with_facility"):
        facilities, _ = common.context.facilities(rule)
        served = units_with_facility(study, facilities, rule.applies_to)
    return [
        _unit(common, (str(code), str(district), str(name)), sums.get(code), served is None or served.get(code, 0) > 0)
        for code, district, name in zip(units.index, units["district"], units["name"], strict=True)
    ]


def _unit(
    common: _Common,
    place: tuple[str, str, str],
    sums: dict[str, float] | None,
    held: bool,
    land_m2: tuple[float, float] | None = None,
) -> Finding:
    """Return the finding of one unit (code, district, name); ``land_m2``: its land and what is reached, where known."""
    code, district, name = place
    finding = Finding("unit", code, NODATA, district, name, common.group)
    if not held:
        finding.verdict = NOT_APPLICABLE
        finding.note_zh, finding.note_en = "单元内没有此类设施，由覆盖率条款判断", "no facility: see unit coverage"
    elif sums is not None and sums["people"] > 0:
        _fill(finding, sums, common)
        if land_m2 is not None:
            finding.land_m2, finding.land_reached_m2 = land_m2
        elif common.context.land:
            finding.land_m2, finding.land_reached_m2 = common.land(code)
        finding.land_share = _ratio(finding.land_reached_m2, finding.land_m2)
    else:
        finding.note_zh, finding.note_en = "没有人口数据", "no people known here"
    return finding


def _fill(finding: Finding, sums: dict[str, float], common: _Common) -> None:
    finding.value, finding.threshold = sums["share"], common.line
    finding.people, finding.covered = sums["people"], sums["covered"]
    finding.missed, finding.excluded = sums["missed"], sums["excluded"]
    finding.gap = max(0.0, common.line - finding.value)
    finding.streets_value, finding.farthest_m = sums["streets_share"], sums["farthest_m"]
    finding.verdict = PASS if finding.missed <= 0 or (common.line < 1.0 and _met(finding.value, common)) else FAIL
    by_streets = _met(finding.streets_value, common)
    finding.sensitive = not np.isnan(finding.streets_value) and by_streets != (finding.verdict == PASS)
    finding.flags = [*common.flags, *unreached_flags(sums["unreached"])]
    finding.params = {**common.params, "meets_95_percent": bool(finding.value >= 0.95)}
    metres = f"{common.reach.metres:g}"
    zh, en = group_name(finding.group)
    share, missed = share_text(finding.value, common.line), people_text(finding.missed)
    finding.note_zh = f"{share}的{zh}在{metres}米之内，{missed}人在外"
    finding.note_en = f"{share} of {en} within {metres} m, {missed} beyond"


def _met(share: float, common: _Common) -> bool:
    return share >= common.line - 1e-12


@dataclass(frozen=True)
class _Judged:
    """Units as arrays of shape (n_units,): which could be judged, which pass, and their land in m²."""

    judged: np.ndarray
    passing: np.ndarray
    land_m2: np.ndarray
    reached_m2: np.ndarray

    @classmethod
    def of(cls, units: Sequence[Finding]) -> _Judged:
        """Return what was found of units."""
        verdicts = [unit.verdict for unit in units]
        land = np.array([(unit.land_m2, unit.land_reached_m2) for unit in units]).reshape(-1, 2)
        judged = np.array([verdict in (PASS, FAIL) for verdict in verdicts], dtype=bool)
        return cls(judged, np.array([verdict == PASS for verdict in verdicts], dtype=bool), land[:, 0], land[:, 1])

    def take(self, rows: np.ndarray) -> _Judged:
        """Return some of the units."""
        return _Judged(*(getattr(self, one.name)[rows] for one in fields(self)))

    def changed(self, rows: Sequence[int], units: Sequence[Finding]) -> _Judged:
        """Return the units with something else found of some."""
        now = _Judged(*(getattr(self, one.name).copy() for one in fields(self)))
        for one in fields(self):
            getattr(now, one.name)[list(rows)] = getattr(_Judged.of(units), one.name)
        return now


def _districts(common: _Common, table: pd.DataFrame, units: list[Finding]) -> list[Finding]:
    study = common.context.study
    by_district = _tallies(common, table, table["district"])
    whole = _tallies(common, table, everyone(table))
    judged, district = _Judged.of(units), np.array([unit.district for unit in units], dtype=object)
    findings = []
    for code, name in study.districts["name"].items():
        own = judged.take(np.flatnonzero(district == code))
        findings.append(_summary(common, "district", (str(code), str(name)), by_district.get(code), own))
    findings.append(_summary(common, "city", (CITY, study.name), whole.get(CITY), judged))
    return findings


def _summary(
    common: _Common, level: str, place: tuple[str, str], sums: dict[str, float] | None, units: _Judged
) -> Finding:
    code, name = place
    finding = Finding(level, code, NOT_APPLICABLE, code if level == "district" else "", name, common.group)
    zh, en = unit_name(common.rule.applies_to)
    if sums is None or sums["people"] <= 0:
        finding.note_zh, finding.note_en = f"没有适用的{zh}", f"no {en} to judge"
        finding.flags = [flag for flag in common.flags if flag.code == "units.villages_left"]
        return finding
    _fill(finding, sums, common)
    total, passing = int(units.judged.sum()), int(units.passing.sum())
    if total:
        reached, land = (total_of(one[units.judged]) for one in (units.reached_m2, units.land_m2))
        finding.land_share = _ratio(reached, land)
        finding.units_judged, finding.units_passing = total, passing
        finding.params["share_of_units_passing"] = passing / total
        part_zh, part_en = ("全部", "wholly") if common.line >= 1.0 else (f"达到{common.line:.4g}", "enough of them")
        finding.note_zh = f"{total}个{zh}中{passing}个{part_zh}在{common.reach.metres:g}米之内；{finding.note_zh}"
        finding.note_en = f"{passing} of {total} {en} {part_en} within {common.reach.metres:g} m; {finding.note_en}"
    return finding


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole > 0 else float("nan")


class _Kept:
    """What is kept of a clause to judge a change of facilities from: who counts, how many are reached, where."""

    def __init__(self, moves: Moves, rule: Rule, before: Judgement) -> None:
        base, self.rule, self.findings = moves.base, rule, before.findings
        self.group, self.flags = base.group(rule)
        self.flags = self.flags + _of_villages(base, rule)
        demand, self.limit = base.study.demand, Reach.radius(rule.number)
        self.mine = np.zeros(len(demand), dtype=bool)
        self.mine[base.rows_of(base.people_of(rule, by_built_up=True))] = True
        self.people = np.nan_to_num(demand[self.group].to_numpy(dtype=float), nan=0.0)
        columns = {"unit": base.unit_column(rule.applies_to), "district": "district"}
        keys = {level: base.key(column, demand) for level, column in columns.items()}
        self.units = units_of_type(base.kept, base.study, rule.applies_to) if rule.applies_to != "all" else None
        outlines = pd.Series(dtype=object) if self.units is None else base.units_of(rule, by_built_up=True).geometry
        self.outlined = np.array([str(code) for code in outlines.index], dtype=object)
        self.outlines = shapely.STRtree(np.asarray(outlines, dtype=object))
        self.only = self.units is not None and bool(rule.params.get("only_units_with_facility"))
        self.places = {(one.level, one.code): n for n, one in enumerate(before.findings)}
        self.zone = Zone(np.empty(0, dtype=object)) if before.zone is None else before.zone
        self.unit = keys["unit"].cat.codes.to_numpy()
        self.code = {str(code): n for n, code in enumerate(keys["unit"].cat.categories)}
        self.held: Counter[str] = Counter()
        if self.only and self.units is not None:
            self.held.update(str(code) for code, _, _ in self.units.members(moves.places(moves.kept.ranks)))
        self.counted = self.counts(None, self.held)
        self.known, self.onto = moves.kept.known, moves.kept.onto
        rows = np.flatnonzero(self.counted)
        named = self.measured(rows, {name: one[rows] for name, one in self.known.items()}, None)
        # who lives where no facility is counts as soon as one comes
        self.totals = Totals.of(keys, rows, named, whole(self.people[self.mine]))
        self.rows_of = {level: moves.kept.rows_of(column) for level, column in columns.items()}
        self.farthest = Farthest(
            self.totals, self.lived(slice(None), self.known["straight_m"], self.counted), self.rows_of
        )
        self._units_judged(before.findings)

    def _units_judged(self, findings: Sequence[Finding]) -> None:
        """Keep the units among the findings, in their order, and which are in each district."""
        self.of_units = {
            place: row for row, place in enumerate(n for n, one in enumerate(findings) if one.level == "unit")
        }
        units = [findings[place] for place in self.of_units]
        district = np.array([unit.district for unit in units], dtype=object)
        self.judged, self.no_units = _Judged.of(units), np.empty(0, dtype=np.int64)
        self.of_district = {code: np.flatnonzero(district == code) for code in set(district.tolist())}

    def counts(self, rows: np.ndarray | None, held: Counter[str]) -> np.ndarray:
        """Tell which rows of the demand, some or all, count where units hold so many facilities."""
        mine, unit = (one if rows is None else one[rows] for one in (self.mine, self.unit))
        if not self.only:
            return mine
        of = np.zeros(len(self.code) + 1, dtype=bool)
        of[[self.code[code] for code, number in held.items() if number > 0 and code in self.code]] = True
        counts: np.ndarray = mine & of[unit]
        return counts

    def lived(self, rows: np.ndarray | slice, straight_m: np.ndarray, counts: np.ndarray) -> np.ndarray:
        """Return how far those are who count, NaN for the others and for empty homes."""
        return np.where(counts & (self.people[rows] > 0), straight_m, np.nan)

    def measured(
        self, rows: np.ndarray, metres: dict[str, np.ndarray], counts: np.ndarray | None
    ) -> dict[str, np.ndarray]:
        """Return what some rows add to the sums, at some distances, and where only some of them count."""
        people = self.people[rows] if counts is None else np.where(counts, self.people[rows], 0.0)
        limit = self.limit.metres
        covered, walked = within(metres["straight_m"], limit), within(metres["streets_m"], limit)
        near = ~walked & self.onto[rows] & within(metres["unreached_m"], limit)
        return {
            "people": people,
            "covered": np.where(covered, people, 0.0),
            "missed": np.where(covered, 0.0, people),
            "walked": np.where(walked, people, 0.0),
            "unreached": np.where(near, people, 0.0),
        }


def _judge_again(moves: Moves, rule: Rule, before: Judgement) -> Rejudged | None:
    """Judge a change of facilities from what was found before; None where the clause has to be judged anew."""
    base = moves.base
    if rule.applies_to == "all" and rule.params.get("only_units_with_facility"):
        return None  # a clause of no unit that asks which units have one
    kept = base.kept.get(("R01", rule.id)) or _Kept(moves, rule, before)
    assert isinstance(kept, _Kept)
    base.kept["R01", rule.id] = kept
    was, now = [*kept.flags, *moves.kept.flags], [*kept.flags, *moves.flags]
    people = _People(moves, kept)
    common = _Common(base, rule, kept.limit, kept.group, now, _zone(moves, kept))
    fresh = _fresh(common, kept, people, _ground_touched(moves, kept))
    serving = Serving(people.served, people.rows, kept.totals.whole_people)
    return Rejudged(fresh, was, now, serving, common.zone)


class _People:
    """The people whose distances change, or who begin or cease to count, and what all come to then."""

    def __init__(self, moves: Moves, kept: _Kept) -> None:
        self._moves, self._kept = moves, kept
        self.held, self.flipped = _held(moves, kept)
        self.rows = moves.rows
        if self.flipped:
            units = np.array(sorted(kept.code[code] for code in self.flipped if code in kept.code), dtype=np.int64)
            self.rows = np.union1d(moves.rows, kept.rows_of["unit"].of(units))
        rows, known = self.rows, kept.known
        was, self._counts = kept.counted[rows], kept.counts(rows, self.held) if self.flipped else kept.counted[rows]
        metres = {name: known[name][rows] for name in DISTANCES}
        old = kept.measured(rows, metres, was)
        for name in DISTANCES:
            metres[name][np.searchsorted(rows, moves.rows)] = moves.columns[name]
        self._metres = metres
        new = kept.measured(rows, metres, self._counts)
        self.totals, self.touched = kept.totals.moved(rows, old, new, self._everybody)
        lived = kept.lived(rows, metres["straight_m"], self._counts)
        self.farthest, differ = kept.farthest.moved(rows, lived)
        self.touched = {level: np.union1d(places, differ[level]) for level, places in self.touched.items()}

    def _everybody(self) -> tuple[np.ndarray, dict[str, np.ndarray]]:
        """Return everybody who counts now, and what they add to the sums."""
        whole = {name: one.copy() for name, one in self._kept.known.items()}
        for name, one in whole.items():
            one[self.rows] = self._metres[name]
        rows = np.flatnonzero(self._kept.counts(None, self.held))
        return rows, self._kept.measured(rows, {name: one[rows] for name, one in whole.items()}, None)

    def served(self, rows: np.ndarray | None, now: bool) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Return who serves whom (`zzgeo.rules.parts.moves.Serving`)."""
        kept, moves = self._kept, self._moves
        if not now:
            mine = np.flatnonzero(kept.counted) if rows is None else rows[kept.counted[rows]]
            straight, rank = kept.known["straight_m"][mine], moves.kept.rank("straight")[mine]
        else:
            counts = kept.counts(rows, self.held)
            mine = np.flatnonzero(counts) if rows is None else rows[counts]
            straight, rank = moves.metres("straight_m", mine), moves.nearest("straight", mine)
        return mine, within(straight, kept.limit.metres), rank, kept.people[mine]


def _held(moves: Moves, kept: _Kept) -> tuple[Counter[str], set[str]]:
    """Return how many facilities each unit holds, and the units that hold one now and did not, or do no more."""
    if not kept.only or kept.units is None:
        return kept.held, set()
    held = kept.held.copy()
    held.update(str(code) for code, _, _ in moves.members(kept.units, moves.came))
    held.subtract(str(code) for code, _, _ in moves.members(kept.units, moves.gone))
    return held, {code for code in held if (held[code] > 0) != (kept.held[code] > 0)}


def _zone(moves: Moves, kept: _Kept) -> Zone:
    """Return the circles of the facilities that count now, in their order."""
    place = np.full(len(moves.kept.ids) + len(moves.new.ids), -1)
    place[moves.ranks] = np.arange(len(moves.ranks))
    circles, before = np.empty(len(moves.ranks), dtype=object), place[moves.kept.ranks]
    stays = before >= 0
    circles[before[stays]] = kept.zone.areas[stays]
    circles[place[moves.came]] = _circles(moves.places(moves.came).shapes, kept.limit.metres)
    return Zone.after(kept.zone, circles, before)


def _ground_touched(moves: Moves, kept: _Kept) -> set[str]:
    """Return the units whose land a circle that comes or goes may cover."""
    both = moves.places(np.concatenate([moves.gone, moves.came])).shapes
    found = kept.outlines.query(both, predicate="dwithin", distance=kept.limit.metres + 1.0)[1]
    return {str(code) for code in kept.outlined[np.unique(found)]}


def _fresh(common: _Common, kept: _Kept, people: _People, ground: set[str]) -> dict[int, Finding]:
    """Return the findings of the touched units, their districts and the city, by their place."""
    again, codes, touched = dict[int, Finding](), people.totals.codes, people.touched
    units = {str(codes["unit"][place]) for place in touched["unit"]} | people.flipped | ground
    units = {code for code in units if ("unit", code) in kept.places}
    sums = _sums(common, people, "unit", units)
    measured = [code for code in sorted(units & (ground | people.flipped)) if common.context.land]
    land = common.context.unit_land.land_m2(measured, common.zone) if measured else {}
    for code in sorted(units):
        place = kept.places["unit", code]
        old = kept.findings[place]
        held = not kept.only or people.held[code] > 0
        own = land.get(code, (old.land_m2, old.land_reached_m2))
        again[place] = _unit(common, (code, old.district, old.name), sums.get(code), held, own)
    districts = {str(codes["district"][place]) for place in touched["district"]}
    districts |= {one.district for one in again.values()}
    judged = kept.judged.changed([kept.of_units[place] for place in again], list(again.values()))
    sums = _sums(common, people, "district", districts)
    for code in sorted(districts):
        place, own_units = kept.places["district", code], judged.take(kept.of_district.get(code, kept.no_units))
        again[place] = _summary(common, "district", (code, kept.findings[place].name), sums.get(code), own_units)
    place = kept.places[CITY, CITY]
    whole = _sums(common, people, CITY, {CITY}).get(CITY)
    again[place] = _summary(common, "city", (CITY, kept.findings[place].name), whole, judged)
    return again


def _sums(common: _Common, people: _People, level: str, wanted: set[str]) -> dict[str, dict[str, float]]:
    """Return the sums of some codes of a level, as `_fill` reads them."""
    again, totals = {}, people.totals
    for place in totals.places(level, wanted).tolist():
        sums = totals.at(level, place)
        judged = sums["covered"] + sums["missed"]
        sums["share"] = sums["covered"] / judged if judged > 0 else np.nan
        sums["excluded"], sums["farthest_m"] = 0.0, float(people.farthest[level][place])
        measured = common.measured and sums["people"] > 0
        sums["streets_share"] = sums["walked"] / sums["people"] if measured else np.nan
        again[str(totals.codes[level][place])] = sums
    return again


def _reach_again(context: Context, rule: Rule) -> pd.DataFrame | None:
    """Return the reach of a clause, as `judge` tells it."""
    return reach_of(_table(context, rule, context.facilities(rule)[0]), "straight_id")


RULE = RuleKind(
    "service-radius",
    "R01",
    "服务半径",
    "service radius",
    judge,
    ("pass_share", "min_floor_area_m2", "only_units_with_facility"),
    along="straight",
    patches=True,
    sites="always",
    circle=True,
    walk=(1.0,),
    reads=facilities_named,
    again=Again(_judge_again, _reach_again),
    paced=False,
    streets=plain_streets,
    asks_zh="到设施的直线距离，米，含本数",
    asks="how far people may live from a facility, in metres in a straight line; the number itself is within",
    counted_in=METRES,
    refuses=(no_facilities, no_number),
    operators=("<=",),
)
