"""People: on points, inside the areas they are counted by, or spread evenly over the land of their units."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from shapely.geometry.base import BaseGeometry

from zzgeo.errors import InputError, Problem
from zzgeo.intake.columns import with_columns
from zzgeo.intake.location import in_district
from zzgeo.intake.nesting import is_levelled, level_of_people, lived_in
from zzgeo.intake.rows import Fault, Rows, Step
from zzgeo.land import areal
from zzgeo.spec.schema import rows_named
from zzgeo.vocabulary.people import HOME_UNITS, POPULATION_GROUPS, SHIPPED_GROUPS, unit_name
from zzgeo.vocabulary.unit_levels import level_of

#: People outside all districts are told as a share from this share on; each of their rows is listed anyway.
OUTSIDE_TOLD = 0.01


def _groups(table: pd.DataFrame) -> list[str]:
    return [group for group in POPULATION_GROUPS if group in table.columns]


def some_group(rows: Rows) -> Rows:
    """Refuse a layer of people that counts none of the groups."""
    return rows if _groups(rows.table) else with_columns(("residents",), "demand")(rows)


def counted(rows: Rows) -> Rows:
    """Set aside rows without a number of people: they are never dropped in silence, nor taken for nobody."""
    faults: dict[object, Fault] = {}
    for group in _groups(rows.table):
        for row in rows.table.index[rows.table[group].isna()]:
            faults.setdefault(row, (group, "", "value.missing", "a number of people is needed; write 0 for none"))
    return rows.without(faults)


def told_if_parts_exceed(rows: Rows) -> Rows:
    """Warn of rows that count more people of an age than residents: two columns swapped, or of two years."""
    table = rows.table
    if "residents" not in table.columns:
        return rows
    for group in [name for name in _groups(table) if name in SHIPPED_GROUPS and name != "residents"]:
        above = table[group].astype(float) > table["residents"].astype(float) + 0.5
        why = "more people of an age than residents: the columns may be swapped, or of two years"
        rows = rows.warning("value.implausible", above, f"{group} above residents", why, "check the two columns")
        number = table[group].astype(float)
        shares = (number > 0) & bool((number.dropna() <= 1).all() and (number % 1 > 0).any())
        why = "never more than one person of an age: shares stand where people are counted"
        rows = rows.warning("value.implausible", shares, group, why, "give numbers of people, or share in [[groups]]")
    return rows


def in_their_district(districts: gpd.GeoDataFrame | None) -> Step:
    """Return the step that gives people their district; those in none are set aside and told as a share of all."""
    placed = in_district(districts, "demand point")

    def step(rows: Rows) -> Rows:
        kept = placed(rows)
        left_out = ~rows.table.index.isin(kept.table.index)
        for group in _groups(rows.table):
            people = rows.table[group].astype(float)
            lost, whole = float(people[left_out].sum()), float(people.sum())
            if lost > OUTSIDE_TOLD * whole:
                why = f"{lost / whole:.1%} of the people live in no district of the study: nobody counts them"
                remedy = "take their districts into the study, or look for a shifted or swapped coordinate"
                told = rows.warning("coord.outside_study_area", left_out, f"{lost:,.0f} {group}", why, remedy)
                kept = kept.telling(told.notes[-1])
        return kept

    return step


def told_if_unknown(rows: Rows) -> Rows:
    """Warn of districts whose people are not known, or are none."""
    for group in _groups(rows.table):
        people = rows.table[group]
        rows = rows.warning("value.missing", people.isna(), f"{group} empty", "no verdict per head there", "fill it in")
        why = "nobody lives there: figures per head do not apply"
        rows = rows.warning("value.zero_population", people == 0, f"{group} = 0", why, "check the number")
    return rows


def at_points(rows: Rows) -> Rows:
    """Put the people of an area at a point inside it, and say how large the areas are."""
    shapes = rows.table.geometry
    wide = shapes.geom_type != "Point"
    if not wide.any():
        return rows
    largest = float(np.sqrt(shapes[wide].area.max()))
    why = f"their people stand at one point inside; the largest is {largest:,.0f} m across"
    remedy = "give points or cells where areas are large"
    rows = rows.warning("geom.mixed_types", wide, "areas of people", why, remedy)
    return rows.with_table(rows.table.set_geometry(shapes.where(~wide, shapes.representative_point())))


def spread_over_units(
    units: gpd.GeoDataFrame, land: gpd.GeoDataFrame | None, step_m: float = 100.0
) -> tuple[gpd.GeoDataFrame, Problem]:
    """Spread the people of each unit evenly over a grid on its residential land, or put them at one point inside it.

    Where units of several levels have people, those of one level are taken (`zzgeo.intake.nesting.level_of_people`).

    The grid has `step_m` metres; a unit without land in it keeps one representative point. People add up exactly.

    Returns
    -------
    table : GeoDataFrame of Point
        The demand, indexed by ``demand_id``: ``district``, ``unit`` and people by group; where they are people of
        another level than communities and villages, a column called by its type has its codes.
    note : Problem
        The warning that says so.

    Raises
    ------
    InputError
        ``value.missing`` where the people of a unit are not known, ``schema.missing_column`` where those of none are.
    """
    types = level_of_people(units)
    homes, groups = home_units(units, types)
    homeland = None if land is None or not len(land) else shapely.union_all(land.geometry.values)
    grids = [_grid_points(outline, homeland, step_m) for outline in homes.geometry]
    which = np.repeat(np.arange(len(homes)), [len(x) for x, _ in grids])
    per_point = 1.0 / np.bincount(which, minlength=len(homes))[which]
    x, y = (np.concatenate([np.empty(0), *parts]) for parts in ([x for x, _ in grids], [y for _, y in grids]))
    table = people_in_homes(units, homes.iloc[which], groups, per_point, gpd.GeoSeries(gpd.points_from_xy(x, y)))
    value = f"{len(table)} points for {len(homes)} units"
    why = "no [demand] in the study: people are spread evenly over each unit"
    if is_levelled(units):
        value = f"{len(table)} points for {len(homes)} {unit_name(level_of(types[0]))[1]}"
        why = "no [demand] in the study: people are spread evenly over each unit of this level, and counted in no other"
    remedy = "give people on a finer scale if you have them"
    return table, Problem("demand.from_units", "units", value, why, remedy, "warning")


def people_in_homes(
    units: gpd.GeoDataFrame, homes: gpd.GeoDataFrame, groups: Sequence[str], share: np.ndarray, points: gpd.GeoSeries
) -> gpd.GeoDataFrame:
    """Return the people of units at places, each with its share of those of its unit.

    Parameters
    ----------
    units
        All units of a study.
    homes
        The unit of each place, of one level, shape (n_places, ...).
    groups
        The groups of people.
    share, points
        By place.

    Returns
    -------
    GeoDataFrame of Point
        Indexed by ``demand_id``: ``district``, ``unit`` and people by group; where the units are of another level than
        communities and villages, a column called by their type has their codes.
    """
    code, types = homes.index.to_numpy(dtype=object), homes["type"].astype(str).to_numpy()
    by_type = not set(types) <= set(HOME_UNITS)
    named = {one: np.where(types == one, code, None) for one in dict.fromkeys(types)} if by_type else {"unit": code}
    table = gpd.GeoDataFrame(
        {
            "district": homes["district"].to_numpy(),
            **named,
            **{group: homes[group].to_numpy(dtype=float) * share for group in groups},
        },
        geometry=points.to_numpy(),
        crs=units.crs,
        index=pd.Index([f"demand-{n}" for n in range(1, len(homes) + 1)], name="demand_id"),
    )
    if by_type:
        table["unit"] = lived_in(table, units, HOME_UNITS)
    return table


def home_units(units: gpd.GeoDataFrame, types: Collection[str] = HOME_UNITS) -> tuple[gpd.GeoDataFrame, list[str]]:
    """Return the units people live in, of some types, and the groups of people they tell.

    Raises
    ------
    InputError
        ``value.missing`` where the people of a unit are not known, ``schema.missing_column`` where those of none are.
    """
    homes = units[units["type"].isin(list(types))]
    groups = [group for group in _groups(homes) if not is_levelled(units) or homes[group].notna().any()]
    unknown = [_unknown_people(homes, group) for group in groups if homes[group].isna().any()]
    if unknown or not groups:
        missing = Problem(
            "schema.missing_column", "units", "residents", "people are needed", "name the column of people"
        )
        raise InputError(unknown or [missing])
    return homes, groups


def _unknown_people(homes: gpd.GeoDataFrame, group: str) -> Problem:
    missing = homes[group].isna()
    value = f"{group} empty at {rows_named(missing, homes)}"
    return Problem(
        "value.missing", "units", value, "how many people live there is needed", "fill it in; write 0 for none"
    )


def _grid_points(outline: BaseGeometry, land: BaseGeometry | None, step_m: float) -> tuple[np.ndarray, np.ndarray]:
    inside = outline if land is None or outline.geom_type == "Point" else areal(outline.intersection(land))
    if land is not None and not inside.is_empty and inside.area > 0:
        west, south, east, north = inside.bounds
        columns = np.arange(np.floor(west / step_m), np.ceil(east / step_m)) * step_m + step_m / 2
        lines = np.arange(np.floor(south / step_m), np.ceil(north / step_m)) * step_m + step_m / 2
        x, y = (part.ravel() for part in np.meshgrid(columns, lines))
        keep = shapely.contains_xy(inside, x, y)
        if keep.any():
            return x[keep], y[keep]
    point = outline.representative_point()
    return np.array([point.x]), np.array([point.y])
