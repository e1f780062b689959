"""Units of several levels: which lies in which, who lives in each, and what two levels say of the same people.

People are counted where they live, once: the demand of a study. The units of every level get those who live in them, so
that the people of each level and those outside its units are the people of the study. What a table says of the people
of a unit is compared with what the units inside it say; it is never added to it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from zzgeo.errors import ConservationError, Problem
from zzgeo.intake.location import LIES_WITHIN as LIES_WITHIN
from zzgeo.intake.location import is_levelled as is_levelled
from zzgeo.intake.location import locate
from zzgeo.vocabulary.people import HOME_UNITS, POPULATION_GROUPS, UNIT_SETS, UNIT_TYPES, unit_name
from zzgeo.vocabulary.unit_levels import above, are_levelled, level_of, levels_of

#: Columns of the units of a study that tells them level by level: where their people are from, how many may not be.
PEOPLE_FROM, PEOPLE_DOUBTED = "people_from", "people_doubted"

#: Of a unit's land: smaller parts in another unit, or in none, are borders drawn apart.
PART_TOLD = 0.02

#: Two levels that say of the same land how many live there may differ by this share of the larger, or by one person.
APART_TOLD = 0.01

#: So many units are named in a message.
_MOST = 5

_AREAS = ("Polygon", "MultiPolygon")


def lived_in(demand: gpd.GeoDataFrame, units: gpd.GeoDataFrame, types: Collection[str]) -> pd.Series:
    """Return the unit of some types each place of people is in, None where it is in none: by its code, or by place.

    Parameters
    ----------
    demand
        Points of people; ``unit`` names communities and villages, a column called like a type of unit those of it.
    units
        Areas and points in the same CRS, with ``type``.
    types
        Types of unit that are one level: nobody is in two of them.
    """
    mine = units[units["type"].isin(list(types))]
    homes = set(types) <= set(HOME_UNITS)
    said = pd.Series(None, index=demand.index, dtype=object)
    for name in (*(("unit",) if homes else ()), *(types if is_levelled(units) else ())):
        if name in demand.columns:
            codes = demand[name].astype(object)
            said = said.where(said.notna(), codes.where(codes.isin(mine.index), None))
    if homes and "unit" in demand.columns:
        return said
    areas, rest = mine[mine.geometry.geom_type.isin(_AREAS)], said.isna().to_numpy()
    if len(areas) and rest.any():
        said[rest] = locate(demand.geometry[rest], areas)
    return said.where(said.notna(), None)


def in_levels(units: gpd.GeoDataFrame, inputs: int) -> tuple[gpd.GeoDataFrame, list[Problem]]:
    """Say of each unit in which it lies, where a study tells its units level by level; other units stay as they are.

    Returns
    -------
    units : GeoDataFrame
        With ``lies_within``: the code of the unit of the next level there is that holds most of it, None in none.
    problems : list of Problem
        ``level.across`` of units that lie in two units of that level, ``level.outside`` of those partly or wholly
        in none, ``level.people_disagree`` where the units of a level say otherwise than the one they lie in.
    """
    types = units["type"].unique()
    if not are_levelled(types, inputs):
        return units, []
    levels, problems = levels_of(types), list[Problem]()
    within = pd.Series(None, index=units.index, dtype=object)
    for level in levels:
        around = next((one for one in above(level) if one in levels), None)
        if around is None:
            continue
        inner = _of(units, level)
        shares = _shares(inner, _of(units, around))
        first = shares[~shares["inner"].duplicated()]
        within[first["inner"]] = first["outer"].to_numpy(dtype=object)
        problems += _across(inner, shares, level, around)
    units = units.assign(**{LIES_WITHIN: within.where(within.notna(), None)})
    return units, [*problems, *_disagreeing(units, levels)]


def _of(units: gpd.GeoDataFrame, level: str) -> gpd.GeoDataFrame:
    return units[units["type"].isin(UNIT_SETS[level])]


def _shares(inner: gpd.GeoDataFrame, outer: gpd.GeoDataFrame) -> pd.DataFrame:
    """Return ``inner``, ``outer`` and ``share``: how much of a unit lies in a larger one, the most first.

    Of a unit that is a point all of it lies in the one with the smallest code; parts up to `PART_TOLD` are left out.
    """
    outer = outer[outer.geometry.geom_type.isin(_AREAS)].sort_index()
    areas, shapes = outer.geometry.to_numpy(), inner.geometry.to_numpy()
    which, where = shapely.STRtree(areas).query(shapes, predicate="intersects")
    whole = shapely.area(shapes)[which]
    parts = shapely.area(shapely.intersection(shapes[which], areas[where]))
    share = np.where(whole > 0, parts / np.where(whole > 0, whole, 1.0), 1.0)
    table = pd.DataFrame(
        {"inner": inner.index.to_numpy(dtype=object)[which], "outer": outer.index.to_numpy(dtype=object)[where]}
    ).assign(share=share, point=whole == 0, order=where)
    table = table.sort_values(["inner", "share", "order"], ascending=[True, False, True], kind="stable")
    table = table[~(table["point"] & table["inner"].duplicated()) & (table["share"] > PART_TOLD)]
    return table[["inner", "outer", "share"]].reset_index(drop=True)


def _across(inner: gpd.GeoDataFrame, shares: pd.DataFrame, level: str, around: str) -> list[Problem]:
    """Tell units that lie in two of the units around them, and units that lie partly or wholly in none."""
    several, around_en = unit_name(level)[1], unit_name(around)[1]
    names = inner["name"].astype(str)
    parts = {str(code): list(zip(one["outer"], one["share"], strict=True)) for code, one in shares.groupby("inner")}
    split = {code: own for code, own in parts.items() if len(own) > 1}
    split_words = [
        f"{code} {names[code]} ({', '.join(f'{share:.1%} in {other}' for other, share in own)})"
        for code, own in split.items()
    ]
    out = 1.0 - shares.groupby("inner")["share"].sum().reindex(inner.index, fill_value=0.0)
    beyond = out[out > PART_TOLD]
    beyond_words = [f"{code} {names[code]} ({share:.1%} outside)" for code, share in beyond.items()]
    problems = []
    if split_words:
        why = f"{several} lie in two or more {around_en}: their people are counted where they live, in each"
        problems.append(
            _warning("level.across", split_words, why, "correct the borders if they are meant to nest", split)
        )
    if beyond_words:
        why = f"{several} lie in none of the {around_en}, or not with all their land"
        remedy = f"correct the borders, or send the {around_en} that are missing"
        problems.append(_warning("level.outside", beyond_words, why, remedy, beyond.index))
    return problems


def _disagreeing(units: gpd.GeoDataFrame, levels: Sequence[str]) -> list[Problem]:
    """Tell where the units of a level say another number of people than the unit they lie in; none is added to it."""
    problems = []
    for group in POPULATION_GROUPS:
        people = units[group].astype(float) if group in units.columns else pd.Series(dtype=float)
        giving = [level for level in levels if len(people) and people[_of(units, level).index].notna().any()]
        for level in giving:
            around = next((one for one in above(level) if one in giving), None)
            if around is not None:
                problems += _apart(units, people, (group, level, around))
    return problems


def _apart(units: gpd.GeoDataFrame, people: pd.Series, of: tuple[str, str, str]) -> list[Problem]:
    """Compare what the units of a level say of a group of people with what units of a level around them say."""
    group, level, around = of
    inner, outer = _of(units, level).index, _of(units, around).index
    home = pd.Series(inner, index=inner, dtype=object)
    while (below := ~home.isin(outer) & home.notna()).any():
        home[below] = home[below].map(units[LIES_WITHIN])
    sums = people[inner].groupby(home).agg(lambda own: own.sum(skipna=False))
    pair = pd.DataFrame({"parts": sums, "own": people[outer]}).dropna()
    off = pair[(pair["parts"] - pair["own"]).abs() > np.maximum(1.0, APART_TOLD * pair.max(axis=1))]
    if not len(off):
        return []
    several, names = unit_name(level)[1], units["name"].astype(str)
    differences = [
        f"{code} {names[code]} {own:,.0f}, its {several} {parts:,.0f} ({parts - own:+,.0f})"
        for code, parts, own in off.itertuples()
    ]
    why = f"two levels say how many {group} live there: they are never added, only one is counted"
    remedy = f"fewer may be people who live outside the {several}; else correct one of the two tables"
    return [_warning("level.people_disagree", differences, why, remedy, off.index)]


def _warning(code: str, parts: Sequence[str], why: str, remedy: str, rows: Collection[object]) -> Problem:
    more = f" and {len(parts) - _MOST} more" if len(parts) > _MOST else ""
    return Problem(code, "units", "; ".join(parts[:_MOST]) + more, why, remedy, "warning", tuple(map(str, rows)))


def level_of_people(units: gpd.GeoDataFrame) -> tuple[str, ...]:
    """Return the types of unit whose people are the people of a study that gives no others: those of one level.

    It is the level that counts most residents; of levels that agree within `APART_TOLD`, that of the smallest units. A
    level of which one unit has no number counts only where every level lacks some. Communities and villages where
    nothing is told level by level.
    """
    levels = levels_of(units["type"].unique()) if is_levelled(units) else []
    group = next((name for name in POPULATION_GROUPS if name in units.columns and units[name].notna().any()), None)
    if group is None:
        levels = []
    sums = {level: float(_of(units, level)[group].sum(skipna=False)) for level in levels}
    known = {level: number for level, number in sums.items() if not np.isnan(number)}
    if not known:
        some = [level for level in levels if _of(units, level)[group].notna().any()]
        return UNIT_SETS[some[0]] if some and level_of(HOME_UNITS[0]) not in some else HOME_UNITS
    most = max(known.values())
    return UNIT_SETS[next(level for level, number in known.items() if number >= (1.0 - APART_TOLD) * most)]


def types_not_counted(units: gpd.GeoDataFrame | None) -> set[str]:
    """Return the types of unit whose people are not those of a study that gives no others (`level_of_people`)."""
    if units is None or not is_levelled(units):
        return set()
    return set(UNIT_TYPES) - set(level_of_people(units))


def filled(
    units: gpd.GeoDataFrame, demand: gpd.GeoDataFrame, *, from_units: bool = False
) -> tuple[gpd.GeoDataFrame, list[Problem]]:
    """Give units without a number of people those who live in them, told; units with one keep it.

    Nothing is filled where a study does not tell its units level by level.

    Parameters
    ----------
    units
        Of `in_levels`.
    demand
        People on points, by group.
    from_units
        Whether they are the people of one level of the units, spread over each.

    Returns
    -------
    units : GeoDataFrame
        With ``people_from`` (``table`` or ``demand``) and ``people_doubted``: how many of those counted may live in
        another unit. These are people within half the way between neighbouring places of people of a border; of people
        spread over units, those of units that lie across a border, or all of them in units smaller than these.
    problems : list of Problem
        ``level.people_filled``, one for each level.
    """
    if not is_levelled(units):
        return units, []
    groups = [group for group in POPULATION_GROUPS if group in demand.columns]
    columns = {group: _column(units, group) for group in groups}
    source = pd.Series("table", index=units.index, dtype=object)
    doubted, problems = pd.Series(0.0, index=units.index), list[Problem]()
    doubts = _SpreadDoubts(units, demand) if from_units else _PlaceDoubts(units, demand)
    for level in levels_of(units["type"].unique()):
        mine = _of(units, level).index
        home = lived_in(demand, units, UNIT_SETS[level])
        sums = demand[groups].astype(float).groupby(home).sum()
        _conserved(demand, sums, home, groups)
        empty = {group: mine[columns[group][mine].isna()] for group in groups}
        for group, codes in empty.items():
            columns[group][codes] = sums[group].reindex(codes, fill_value=0.0)
        main = empty[groups[0]]
        if not len(main):
            continue
        open_ = demand[groups[0]].astype(float).where(doubts.of(home, level), 0.0).groupby(home).sum()
        source[main], doubted[main] = "demand", open_.reindex(main, fill_value=0.0)
        problems.append(_told_filled((level, groups[0]), columns[groups[0]][main], doubted[main], doubts.words))
    table = units.assign(**columns, **{PEOPLE_FROM: source, PEOPLE_DOUBTED: doubted})
    return gpd.GeoDataFrame(table, geometry=units.geometry.name, crs=units.crs), problems


def _column(units: gpd.GeoDataFrame, group: str) -> pd.Series:
    return units[group].astype(float) if group in units.columns else pd.Series(np.nan, index=units.index)


def _conserved(demand: gpd.GeoDataFrame, sums: pd.DataFrame, home: pd.Series, groups: Sequence[str]) -> None:
    """Stop where the people of a level and those outside its units are not all the people there are."""
    outside = demand.loc[home.isna(), list(groups)].astype(float).sum()
    total = demand[list(groups)].astype(float).sum()
    off = (sums.sum() + outside - total).abs() > 1e-9 * np.maximum(total, 1.0)
    if off.any():
        raise ConservationError("people were lost or counted twice in the units of a level")


class _PlaceDoubts:
    """Whether people on points may live in another unit: they live nearer to its border than to the next point."""

    def __init__(self, units: gpd.GeoDataFrame, demand: gpd.GeoDataFrame) -> None:
        self._borders, self._places = units.geometry.boundary, demand.geometry
        self._near_m = _half_way(demand)
        self.words = f"live within {self._near_m:,.0f} m of a border, half the way to the next place of people,"

    def of(self, home: pd.Series, level: str) -> NDArray[np.bool_]:
        """Tell of which places, by the unit of a level each is in, that may be."""
        borders = self._borders.reindex(home.to_numpy()).to_numpy()
        near: NDArray[np.bool_] = shapely.distance(self._places.to_numpy(), borders) <= self._near_m
        return near


class _SpreadDoubts:
    """Whether people spread over units of one level may live in another unit of a second level."""

    def __init__(self, units: gpd.GeoDataFrame, demand: gpd.GeoDataFrame) -> None:
        self._units, types = units, level_of_people(units)
        self._level, self._codes = level_of(types[0]), lived_in(demand, units, types)
        self.words = f"are people of {unit_name(self._level)[1]} that do not lie within one of them,"

    def of(self, home: pd.Series, level: str) -> NDArray[np.bool_]:
        """Tell of which places, by the unit of a level each is in, that may be."""
        if level not in above(self._level):
            return np.ones(len(home), dtype=bool)
        shares = _shares(_of(self._units, self._level), _of(self._units, level))
        whole = shares.loc[shares["share"] >= 1.0 - PART_TOLD, "inner"]
        inside: NDArray[np.bool_] = self._codes.isin(whole).to_numpy()
        return ~inside


def _half_way(demand: gpd.GeoDataFrame) -> float:
    """Return half the usual distance between a place of people and its neighbour, in metres."""
    places = np.unique(shapely.get_coordinates(demand.geometry.to_numpy()), axis=0)
    if len(places) < 2:
        return 0.0
    from scipy.spatial import cKDTree

    away, _ = cKDTree(places).query(places, k=2)
    return float(np.median(np.asarray(away)[:, 1])) / 2.0


def _told_filled(of: tuple[str, str], people: pd.Series, doubted: pd.Series, words: str) -> Problem:
    """Tell of the units of a level whose people of a group were counted."""
    level, group = of
    several = unit_name(level)[1]
    value = f"{len(people):,} {several}: {people.sum():,.0f} {group}"
    why = (
        f"no table says how many live there: those who live in them are counted; {doubted.sum():,.0f} of them {words} "
        "and may live in another"
    )
    remedy = f"name the column of people of the {several} if you have one"
    return Problem("level.people_filled", "units", value, why, remedy, "warning", tuple(map(str, people.index)))
