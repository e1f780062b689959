"""What every rule kind shares: what it is given, what it returns, how verdicts and notes are formed."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal, Self

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from zzgeo.intake.driving import driving_ways
from zzgeo.intake.lost import lost_of
from zzgeo.intake.nesting import lived_in
from zzgeo.intake.study import Study
from zzgeo.land import Tiling, UnitLand, Zone
from zzgeo.network import Reach, WalkNetwork
from zzgeo.network.profiles import Profile
from zzgeo.rules.parts.needs import UnitNeeds
from zzgeo.served import CITY, access, open_facilities, walk_network
from zzgeo.spec.kinds import KINDS
from zzgeo.standards import Rule
from zzgeo.vocabulary.flags import Flag, Named
from zzgeo.vocabulary.people import HOME_UNITS, OTHER_GROUPS, POPULATION_GROUPS, UNIT_SETS
from zzgeo.vocabulary.verdicts import NODATA

#: Kinds of facilities, least floor area, who walks: what distances depend on.
_AccessKey = tuple[tuple[str, ...], object, Profile | None]


@dataclass
class Finding:
    """One rule measured in one unit, one district, or the city."""

    level: str
    code: str
    verdict: str
    district: str = ""
    name: str = ""
    group: str = "residents"
    value: float = math.nan
    value_unit: str = "share"
    threshold: float = math.nan
    operator: str = ">="
    gap: float = math.nan
    gap_unit: str = "share"
    people: float = math.nan
    covered: float = math.nan
    missed: float = math.nan
    excluded: float = math.nan
    units_judged: float = math.nan
    units_passing: float = math.nan
    streets_value: float = math.nan
    land_share: float = math.nan
    land_m2: float = 0.0
    land_reached_m2: float = 0.0
    farthest_m: float = math.nan
    sensitive: bool = False
    flags: list[Flag] = field(default_factory=list)
    params: dict[str, object] = field(default_factory=dict)
    note_zh: str = ""
    note_en: str = ""

    def changed(self, **fields: object) -> Finding:
        """Return the finding with other fields: a copy, without the cost of making one of twenty-five fields."""
        finding = object.__new__(Finding)
        vars(finding).update(vars(self), **fields)
        return finding


@dataclass
class Judgement:
    """What a rule kind found: findings, the reach of every demand point it looked at, and the ground it covers."""

    findings: list[Finding]
    reach: pd.DataFrame | None = None
    zone: Zone | None = None


def reach_of(table: pd.DataFrame, facility: str) -> pd.DataFrame:
    """Return the reach of a rule: status, people, distances, and the facility that a column of the table names.

    The columns are those of the table, not copies: twenty rules and a million people have room in memory.
    """
    columns = {name: table[name] for name in ("status", "people", "straight_m", "streets_m")}
    return pd.DataFrame(columns | {"facility_id": table[facility]}, copy=False)


def everyone(table: pd.DataFrame) -> pd.Series:
    """Return a key that puts every row of a table into the city."""
    return pd.Series(
        pd.Categorical.from_codes(np.zeros(len(table), dtype=np.int8), pd.Index([CITY])), index=table.index
    )


def facilities_named(rule: Rule) -> Collection[str]:
    """Return the kinds of facilities a clause names."""
    return rule.facilities


def limit_named(context: Context, rule: Rule) -> float:
    """Return the number a clause names, in metres."""
    return rule.number


def paced_streets(context: Context, rule: Rule) -> WalkNetwork | None:
    """Return the streets as the people walk them whom a clause counts."""
    return context.network_of(rule)


def plain_streets(context: Context, rule: Rule) -> WalkNetwork | None:
    """Return the streets in metres, for a clause that names metres."""
    return context.network


@dataclass(frozen=True)
class RuleKind:
    """A way of measuring, and what it declares of itself: gaps, sites, layers and pages know no kind by its id.

    Attributes
    ----------
    id, number, zh, en
        The word clauses call it by, its number among the definitions, and its name.
    judge
        Looks at the whole study at once.
    params
        What a clause may set.
    along
        The distance that decides who is reached: ``"straight"``, or along the ``"streets"``; None where no distance
        does, but the unit people live in, or a table.
    limit
        That distance in metres: what is drawn, and what a new site serves.
    patches
        Whether the people missed are told as patches of land, each with its distance to the nearest facility.
    sites
        Whether next sites are found in every audit (``"always"``) or when asked for (``"asked"``: along streets each
        costs a search); None where no one place would help.
    unit_needs
        Where the unit a facility stands in decides, not a distance: what each unit lacks, so that sites can be chosen.
        Returns None where a clause of the kind is judged by the distance after all.
    forbids
        Of places that might be built (a facility layer), why the clause speaks against each; "" where it does not.
    circle
        Whether the limit is drawn as a circle around the facilities that serve.
    walk
        The walks drawn along the streets, as shares of the limit, the longest first.
    distances
        Columns of `Judgement.reach` that a map tells of the places where people live.
    shown
        The layer a map opens with: where people live, or the units.
    reads
        The kinds of facilities that what is found rests on; where none is told, on any.
    paced
        Whether what is found may rest on how fast people walk.
    streets
        The streets its walks are measured on, sites are sought on, and its walk is drawn on.
    asks_zh, asks
        What the value of a clause says, and in which unit.
    counted_in
        What the unit of a clause may be called where the value is read in one unit alone; empty where it may be any.
    operators
        What the operator of a clause may be, where it sets one: a limit that is judged one way alone must not be read
        for another. Empty where the kind reads any.
    unread
        Keys of a clause, ``applies_to`` or ``area``, that are not read: set, they would ask for what is not judged.
    reads_clause
        What is read of a clause before anything is measured: each raises `StandardError` where it cannot be, so that a
        check of the standard refuses what an audit would.
    reads_table
        What a clause reads of the tables of a study (``[[tables]]``): raises `InputError` where a cell cannot be read,
        so that a check of the study refuses what an audit would. None where it reads none.
    refuses
        Tests a clause must not meet; the first line of each says what is refused.
    example
        A clause as it stands in a file, where no document has one.
    again
        How a change of facilities is judged from what was found before (`zzgeo.rules.parts.moves.Again`); where it is
        left out the whole clause is judged again.
    """

    id: str
    number: str
    zh: str
    en: str
    judge: Callable[[Context, Rule], Judgement]
    params: tuple[str, ...] = ()
    along: Literal["straight", "streets"] | None = None
    limit: Callable[[Context, Rule], float] = limit_named
    patches: bool = False
    sites: Literal["always", "asked"] | None = None
    unit_needs: Callable[[Context, Rule], UnitNeeds | None] | None = None
    forbids: Callable[[Context, Rule, gpd.GeoDataFrame], pd.Series] | None = None
    circle: bool = False
    walk: tuple[float, ...] = ()
    distances: tuple[Literal["straight_m", "streets_m"], ...] = ("straight_m", "streets_m")
    shown: Literal["people", "units"] = "people"
    reads: Callable[[Rule], Collection[str]] | None = None
    paced: bool = True
    streets: Callable[[Context, Rule], WalkNetwork | None] = paced_streets
    again: Any = None
    asks_zh: str = ""
    asks: str = ""
    counted_in: tuple[str, ...] = ()
    operators: tuple[str, ...] = ()
    unread: tuple[Literal["applies_to", "area"], ...] = ()
    reads_clause: tuple[Callable[[Rule], object], ...] = ()
    reads_table: Callable[[Context, Rule], object] | None = None
    refuses: tuple[Callable[[Rule], bool], ...] = ()
    example: str = ""

    def __post_init__(self) -> None:
        if self.along is None and (self.patches or self.sites or self.circle or self.walk):
            raise ValueError(f"{self.id}: patches, sites, a circle and a walk need a distance: say along")


class Context:
    """What rules share of one study: the network, the snapping ledgers and the distances, each computed once.

    ``land=False`` leaves out the shares of land that stand beside a verdict and take longer than it does.
    """

    def __init__(self, study: Study, *, land: bool = True) -> None:
        self.study, self.land = study, land
        self._access: dict[_AccessKey, pd.DataFrame] = {}
        self._open: dict[tuple[tuple[str, ...], float | None], tuple[gpd.GeoDataFrame, list[Flag]]] = {}
        self._others: dict[str, list[Context]] = {}
        self._keys: dict[str, pd.Series] = {}
        #: What each clause came to, by its id: what a change does not touch need not be judged again.
        self.judged: dict[str, Judgement] = {}
        #: The same before rows that were lost were told (`zzgeo.rules.parts.losses`).
        self.raw: dict[str, Judgement] = {}
        #: What is kept to judge a change from (`zzgeo.rules.parts.moves`), by what it is of.
        self.kept: dict[object, Any] = {}

    def after(self, earlier: Context, kinds: Collection[str]) -> Self:
        """Return the same, with what an earlier one measured; ``kinds`` are the facilities that are not the same."""
        study, other = self.study, earlier.study
        if study.demand is not other.demand or study.on_streets.network is not other.on_streets.network:
            return self
        self._keys = earlier._keys
        ground = all(getattr(study, name) is getattr(other, name) for name in ("districts", "units", "land"))
        names = ["xy", "_by_id", *(("tiling", "cell_m2", "unit_land") if ground else ())]
        vars(self).update({name: vars(earlier)[name] for name in names if name in vars(earlier)})
        if study.walking.snap_max_m == other.walking.snap_max_m:
            self._access = {key: table for key, table in earlier._access.items() if not set(key[0]) & set(kinds)}
        return self

    def other_readings(self, name: str, make: Callable[[], list[Context]]) -> list[Context]:
        """Return other readings of the study that several rules look at, each made once."""
        if name not in self._others:
            self._others[name] = make()
        return self._others[name]

    @cached_property
    def network(self) -> WalkNetwork | None:
        """Return the walking network, or None where the study has no streets."""
        return walk_network(self.study)

    @cached_property
    def driving_ways(self) -> gpd.GeoDataFrame | None:
        """Return the ways that are driven, read when a clause first asks, or None where the study has none."""
        return driving_ways(self.study)

    @cached_property
    def demand_ledger(self) -> pd.DataFrame | None:
        """Return where every demand point stands on the network."""
        return self.study.on_streets.demand_ledger

    def facilities(self, rule: Rule) -> tuple[gpd.GeoDataFrame, list[Flag]]:
        """Return the facilities that count for a rule, and flags saying what was taken on trust."""
        least = rule.param("min_floor_area_m2", 0.0) if "min_floor_area_m2" in rule.params else None
        asked = (rule.facilities, least)
        if asked not in self._open:
            self._open[asked] = open_facilities(self.study, rule.facilities, min_floor_area_m2=least)
        table, flags = self._open[asked]
        return table, list(flags)

    def network_of(self, rule: Rule, metres_per_second: float | None = None) -> WalkNetwork | None:
        """Return the network as the people a rule counts walk it, or people of another speed.

        Where the walking profile knows waits at crossings, slopes or ferries, its metres are metres on the flat: what a
        walk costs in seconds, times the speed. A rule that names metres, not minutes, is measured without them.
        """
        walking, network = self.study.walking, self.network
        if network is None or (walking.metres_only and network.metres_only):
            return network
        speed = self.speed(rule) if metres_per_second is None else metres_per_second
        walker, known = walking.walker(speed), self.study.on_streets.walked
        if walker not in known:
            known[walker] = network.with_profile(walker)
        return known[walker]

    def walks(self, rule: Rule, metres_per_second: float | None = None) -> pd.DataFrame:
        """Return `access` along the network as the people a rule counts walk it, or people of another speed."""
        return self.access(rule, self.network_of(rule, metres_per_second))

    def access(self, rule: Rule, network: WalkNetwork | None = None) -> pd.DataFrame:
        """Return the distances of every demand point to the nearest facility that counts for a rule.

        They are metres of the streets, unless a network of `network_of` is given.
        """
        network = self.network if network is None else network
        key = self.access_key(rule, network)
        if key not in self._access:
            self._access[key] = self._measured(rule, network)
        return self._access[key]

    def access_key(self, rule: Rule, network: WalkNetwork | None = None) -> _AccessKey:
        """Return what two clauses share that ask for the same distances."""
        network = self.network if network is None else network
        return rule.facilities, rule.params.get("min_floor_area_m2"), None if network is None else network.profile

    def know(self, rule: Rule, network: WalkNetwork | None, table: pd.DataFrame) -> None:
        """Take over a table of distances that was measured otherwise."""
        self._access[self.access_key(rule, network)] = table

    def _measured(self, rule: Rule, network: WalkNetwork | None) -> pd.DataFrame:
        facilities, _ = self.facilities(rule)
        return access(self.study, facilities, self.study.demand, network, self.demand_ledger, self.xy)

    def speed(self, rule: Rule) -> float:
        """Return how fast the people walk whom a rule counts, in m/s."""
        return self.study.walking.speed(self.group(rule)[0])

    def walk(self, rule: Rule, minutes: float) -> Reach:
        """Return a walk of so many minutes at the speed of the group of people a rule counts."""
        return Reach.walk(minutes, metres_per_second=self.speed(rule))

    def group(self, rule: Rule) -> tuple[str, list[Flag]]:
        """Return the group of people a rule counts; residents, flagged, where the study does not know the group."""
        if rule.population in self.study.demand.columns:
            return rule.population, []
        known = [group for group in POPULATION_GROUPS if group in self.study.demand.columns]
        wanted, counted = (_group_named(group) for group in (rule.population, known[0]))
        return known[0], [Flag("people.group_missing", wanted=wanted, counted=counted)]

    def missing_input(self, rule: Rule) -> tuple[str, str] | None:
        """Tell (zh, en) what file would answer a rule that the study's data cannot answer, or None."""
        study = self.study
        if not set(rule.facilities) & study.kinds_known:
            zh = "、".join(KINDS[kind].zh for kind in rule.facilities)
            en = ", ".join(KINDS[kind].en for kind in rule.facilities)
            if lost := lost_of(study.lost, rule.facilities):
                told_zh = f"清单中有{lost}条可能属于该类设施的记录未能使用：{zh}"
                return told_zh, f"{lost} rows that may be of these were set aside, most of what the lists hold: {en}"
            return f"缺少设施清单：{zh}", f"needs a [[facilities]] list of: {en}"
        if rule.applies_to != "all" and study.units is None:
            return "缺少社区、村或乡镇数据（[units]）", f"needs [units] with type {rule.applies_to}"
        if rule.area is not None and rule.area not in study.areas:
            return f"缺少范围边界 {rule.area}（[[areas]]）", f'needs the boundary: [[areas]] id = "{rule.area}"'
        return None

    def units_of(self, rule: Rule, *, by_built_up: bool = False) -> gpd.GeoDataFrame:
        """Return the units a rule applies to; asked so, a village inside the built-up area counts as urban (A03)."""
        units = self.study.units
        assert units is not None
        mine = units["type"].isin(UNIT_SETS[rule.applies_to])
        if by_built_up and rule.applies_to in HOME_UNITS:
            inside = units.index.isin(self.urban_villages)
            mine = mine | inside if rule.applies_to == "urban-community" else mine & ~inside
        return units[mine]

    @cached_property
    def urban_villages(self) -> pd.Index:
        """Return the villages that lie inside the built-up area, where the study gives one (resolutions.md A03)."""
        units, built_up = self.study.units, self.study.areas.get("built-up")
        if units is None or built_up is None:
            return pd.Index([])
        villages = units[units["type"] == "village"]
        found: pd.Index = villages.index[villages.geometry.representative_point().intersects(built_up)]
        return found

    def people_of(self, rule: Rule, *, by_built_up: bool = False) -> gpd.GeoDataFrame:
        """Return the demand a rule applies to: in its units, as `units_of` gives them, and inside its area."""
        demand = self.study.demand
        keep = np.ones(len(demand), dtype=bool)
        if rule.applies_to != "all" and self.study.units is not None:
            unit = self.key(self.unit_column(rule.applies_to), demand)
            keep &= unit.isin(self.units_of(rule, by_built_up=by_built_up).index).to_numpy()
        if rule.area is not None:
            area = self.study.areas[rule.area]
            shapely.prepare(area)
            keep &= shapely.intersects_xy(area, demand.geometry.x.to_numpy(), demand.geometry.y.to_numpy())
        return demand if keep.all() else demand[keep]

    @cached_property
    def xy(self) -> np.ndarray:
        """Return the coordinates of the demand points, shape (n_demand, 2)."""
        return shapely.get_coordinates(self.study.demand.geometry.to_numpy())

    @cached_property
    def tiling(self) -> Tiling:
        """Return the land of every unit tiled by the demand point nearest to it.

        Land shares and gap areas are taken from it, so that they follow the people exactly.
        """
        study = self.study
        return Tiling(study.demand, self.xy, study.districts, study.units, study.land)

    @cached_property
    def cell_m2(self) -> np.ndarray:
        """Return the residential land that stands for each demand point in m², shape (n_demand,)."""
        return self.tiling.cell_m2

    @cached_property
    def unit_land(self) -> UnitLand:
        """Return the residential land of single units."""
        return self.tiling.unit_land()

    def forget_land(self) -> None:
        """Let the tiling go: nothing that is written needs it, and of a large city it holds hundreds of megabytes."""
        if "tiling" in vars(self):
            _ = self.unit_land
        self.__dict__.pop("tiling", None)

    def unit_column(self, applies_to: str) -> str:
        """Return what `key` calls the units of a set: ``unit`` for those people are told by, else ``unit:`` and it."""
        return "unit" if set(UNIT_SETS[applies_to]) <= set(HOME_UNITS) else f"unit:{applies_to}"

    def key(self, column: str, people: pd.DataFrame) -> pd.Series:
        """Return codes of a rule's people (``district``, or a `unit_column`) as categories, quick to group by."""
        if column not in self._keys:
            demand, (_, _, types) = self.study.demand, column.partition(":")
            if types and self.study.units is not None:
                codes = lived_in(demand, self.study.units, UNIT_SETS[types])
            else:
                codes = demand.get(column, pd.Series(None, index=demand.index, dtype=object))
            self._keys[column] = codes.astype("category")
        return self._keys[column].iloc[self.rows_of(people)]

    def by_id(self, district: str) -> np.ndarray:
        """Return the rows of the demand points of a district, in the order of their ids."""
        found: np.ndarray = self._by_id.get(district, np.empty(0, dtype=np.int64))
        return found

    @cached_property
    def _by_id(self) -> dict[object, np.ndarray]:
        demand = self.study.demand
        order = demand.index.argsort(kind="stable")
        parts = demand["district"].iloc[order].reset_index(drop=True).groupby(demand["district"].to_numpy()[order])
        return {code: order[rows] for code, rows in parts.indices.items()}

    def rows_of(self, people: pd.DataFrame) -> np.ndarray | slice:
        """Return which rows of the demand a rule's people are: all of them without looking anything up."""
        demand = self.study.demand
        if people.index is demand.index or len(people) == len(demand):
            return slice(None)
        at: np.ndarray = demand.index.get_indexer(people.index)
        return at


def nothing_to_judge(
    context: Context, rule: Rule, reason: tuple[str, str], verdict: str = NODATA, flags: Sequence[Flag] = ()
) -> Judgement:
    """Return one finding per district and for the city that says why there is no verdict."""
    zh, en = reason
    findings = [
        Finding("district", code, verdict, district=code, name=name, group=rule.population, note_zh=zh, note_en=en)
        for code, name in context.study.districts["name"].items()
    ]
    city = Finding("city", "city", verdict, name=context.study.name, group=rule.population, note_zh=zh, note_en=en)
    for finding in (*findings, city):
        finding.flags = list(flags)
    return Judgement([*findings, city])


def _group_named(group: str) -> Named:
    return Named(group, *{**OTHER_GROUPS, **POPULATION_GROUPS}[group])


def no_list_of(kinds: Iterable[str]) -> list[Flag]:
    """Return the flag of kinds of facility the study has no list of, in a list; an empty one where there are none.

    Examples
    --------
    >>> [flag.text("en") for flag in no_list_of(["park", "village_clinic"])]
    ['no list of: park or green space, village clinic']
    """
    named = [Named(kind, KINDS[kind].zh, KINDS[kind].en) for kind in kinds]
    return [Flag("facilities.no_list", kinds=named)] if named else []
