"""People where none are given: from the floor area of homes, or totals of units spread over land or buildings."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TypeAlias

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj

from zzgeo.crs.squares import in_squares
from zzgeo.errors import ConservationError, Problem
from zzgeo.intake import roles
from zzgeo.intake.account import account_of
from zzgeo.intake.building_floors import Homes, homes_among
from zzgeo.intake.estimates import Estimate, doubt_of
from zzgeo.intake.frames import Frames
from zzgeo.intake.lost_people import joined_lost, lost_buildings, lost_people
from zzgeo.intake.nesting import level_of_people, lived_in
from zzgeo.intake.people import home_units, people_in_homes
from zzgeo.intake.rows import Rows, rows_of, set_aside_at, through
from zzgeo.intake.tables import Built, read_input
from zzgeo.spec.study_file import DemandSpec

#: Sums of estimated people may differ from what they were made of by so much of it, from rounding alone.
_ROUNDING = 1e-6

_AREAS = ("Polygon", "MultiPolygon")

Place: TypeAlias = Path | Frames
Table: TypeAlias = gpd.GeoDataFrame


def estimated_demand(place: Place, spec: DemandSpec, crs: pyproj.CRS, districts: Table, units: Table | None) -> Built:
    """Build the demand of a study that estimates its people by a method.

    Parameters
    ----------
    place
        The folder of the study's files, or its tables.
    spec
        What the study says: `zzgeo.spec.estimated_people.EstimateKeys`.
    crs
        The metric CRS of the study.
    districts, units
        Areas by code.

    Returns
    -------
    Built
        Points indexed by ``demand_id`` with ``district``, ``unit`` and people by group; the estimate, told as a warning
        (``demand.estimated``) with its doubt.

    Raises
    ------
    InputError
        If the file is refused, or the people of a unit are not known.
    ConservationError
        If people do not add up to what they were made of.
    """
    if units is None and spec.method != "floor-area":
        # the units were refused, and tell why
        return Built()
    return _BUILDS[str(spec.method)](place, spec, crs, districts, units)


def _buildings(place: Place, spec: DemandSpec, crs: pyproj.CRS, districts: Table, units: Table | None) -> Homes:
    raw = read_input(spec, place, spec.read_as)
    rows = through(rows_of(raw), roles.buildings(spec, crs, districts, units))
    if rows.refused:
        return Homes(rows, rows.table, 0, all_homes=False)
    return homes_among(rows, spec.residential)


def _of_floor_area(place: Place, spec: DemandSpec, crs: pyproj.CRS, districts: Table, units: Table | None) -> Built:
    """Make people of homes: their floor area over what a person has."""
    homes = _buildings(place, spec, crs, districts, units)
    rows, each = homes.rows, float(spec.m2_per_person or np.nan)
    if rows.refused:
        return Built(problems=rows.notes, rejected=rows.rejected)
    floor = rows.table["floor_m2"]
    table = _demand(rows.table, pd.DataFrame({"residents": floor / each}, index=floor.index))
    _conserved("floor area over m² a person", float(table["residents"].sum()), float(floor.sum()) / each)
    people, doubt = float(table["residents"].sum()), doubt_of(spec)
    at_most = float(homes.unknown["floor_m2"].sum()) / each
    words = _told_of_buildings(homes, spec)
    zh = (
        f"人口为估算：由 {len(table):,} 栋住宅建筑的 {floor.sum():,.0f} 平方米建筑面积、人均 {each:g} 平方米"
        f"（{spec.m2_per_person_source}）推算为 {people:,.0f} 人；各处人数可能偏差 {doubt:.0%}。"
    )
    en = (
        f"People are estimated: {people:,.0f} from {floor.sum():,.0f} m² of floors of {len(table):,} homes at {each:g} "
        f"m² a person ({spec.m2_per_person_source}); the number of a place may be off by {doubt:.0%}."
    )
    if len(homes.unknown):
        zh += f"用途不明、未计入的建筑 {len(homes.unknown):,} 栋，至多 {at_most:,.0f} 人。"
        en += f" Buildings of unknown use, left out: {len(homes.unknown):,}, of at most {at_most:,.0f} people."
    estimate = Estimate("floor-area", zh, en, doubt)
    value = f"{people:,.0f} people at {each:g} m² each ({spec.m2_per_person_source}); {words}; doubt {doubt:.0%}"
    unknown = homes.unknown.assign(residents=homes.unknown["floor_m2"] / each)
    lost = joined_lost(
        (lost_people("demand", spec, rows.raw, rows.rejected, table), lost_buildings(unknown, "residents"))
    )
    return replace(_built(rows, spec, table, estimate, value), lost_people=lost)


def _of_unit_floors(place: Place, spec: DemandSpec, crs: pyproj.CRS, districts: Table, units: Table | None) -> Built:
    """Spread the people of units over their buildings, by floor area."""
    assert units is not None
    homes = _buildings(place, spec, crs, districts, units)
    rows = homes.rows
    if rows.refused:
        return Built(problems=rows.notes, rejected=rows.rejected)
    table = rows.table
    home = lived_in(table, units, level_of_people(units))
    weights = pd.DataFrame({"unit": home, "weight": table["floor_m2"], "point": table.geometry})
    return _spread(rows, spec, units, weights, ("住宅建筑面积", "floor area of homes", _told_of_buildings(homes, spec)))


def _of_unit_areas(place: Place, spec: DemandSpec, crs: pyproj.CRS, districts: Table, units: Table | None) -> Built:
    """Spread the people of units over the polygons of a file that lie in them, by area."""
    assert units is not None
    rows = through(rows_of(read_input(spec, place, spec.read_as)), roles.home_land(spec, crs))
    if rows.refused:
        return Built(problems=rows.notes, rejected=rows.rejected)
    outlines, _ = home_units(units, level_of_people(units))
    areas = outlines[outlines.geometry.geom_type.isin(_AREAS)]
    pieces = in_squares(np.asarray(rows.table.geometry.array), areas.geometry)
    codes = areas.index.to_numpy(dtype=object)[pieces["of"].to_numpy(dtype=int)]
    weights = pd.DataFrame({"unit": codes, "weight": pieces["area"].to_numpy(), "point": pieces["point"].to_numpy()})
    words = f"{len(rows.table):,} polygons, {pieces['area'].sum() / 1e4:,.1f} ha of them in units"
    return _spread(rows, spec, units, weights, ("居住用地（建筑）面积", "area of homes", words))


_BUILDS: dict[str, Callable[[Place, DemandSpec, pyproj.CRS, Table, Table | None], Built]] = {
    "floor-area": _of_floor_area,
    "units-by-floor-area": _of_unit_floors,
    "units-by-area": _of_unit_areas,
}


def _spread(rows: Rows, spec: DemandSpec, units: Table, weights: pd.DataFrame, by: tuple[str, str, str]) -> Built:
    """Return the people of units shared among pieces by their weight; units without any keep them all over."""
    zh_by, en_by, words = by
    table, bare = spread_by_weight(units, weights)
    doubt = doubt_of(spec)
    homes, groups = home_units(units, level_of_people(units))
    people = float(homes[groups[0]].sum())
    alone = f"{len(bare):,} of {len(homes):,} units without any, spread all over them"
    value = f"{people:,.0f} {groups[0]} of {len(homes):,} units by {en_by}: {words}; {alone}; doubt {doubt:.0%}"
    zh = (
        f"人口位置为估算：{len(homes):,} 个单元的 {people:,.0f} 人按{zh_by}分摊，单元总数不变；"
        f"{len(bare):,} 个单元内没有，均匀分摊；各处人数可能偏差 {doubt:.0%}。"
    )
    en = (
        f"Where people live is estimated: the {people:,.0f} of {len(homes):,} units are spread by {en_by}, totals of "
        f"units kept; {len(bare):,} units have none and are spread evenly; the number of a place may be off by "
        f"{doubt:.0%}."
    )
    estimate = Estimate(str(spec.method), zh, en, doubt, sums_known=True)
    return _built(rows, spec, table, estimate, value)


def spread_by_weight(units: Table, weights: pd.DataFrame) -> tuple[Table, list[object]]:
    """Share the people of each unit among its places by their weight.

    Parameters
    ----------
    units
        Units with people by group, shape (n_units, ...); of several levels those of one have the people
        (`zzgeo.intake.nesting.level_of_people`).
    weights
        ``unit``, ``weight`` (above 0) and ``point`` of each place, shape (n_places, 3); places in no unit count for
        none.

    Returns
    -------
    table : GeoDataFrame of Point
        As of `zzgeo.intake.people.people_in_homes`. The people of a unit add up to its own.
    bare : list
        Codes of the units without a place: their people are spread evenly over their outline.

    Raises
    ------
    InputError
        ``value.missing`` where the people of a unit are not known.
    ConservationError
        If the people of a unit do not add up.
    """
    homes, groups = home_units(units, level_of_people(units))
    weights = weights[weights["unit"].isin(homes.index) & (weights["weight"] > 0)]
    bare = homes[~homes.index.isin(weights["unit"])]
    whole = pd.concat([weights, _all_over(bare)], ignore_index=True)
    share = whole["weight"] / whole.groupby("unit")["weight"].transform("sum")
    points = gpd.GeoSeries(list(whole["point"]), crs=units.crs)
    table = people_in_homes(units, homes.loc[whole["unit"].to_numpy()], groups, share.to_numpy(), points)
    for group in groups:
        sums = table[group].groupby(whole["unit"].to_numpy()).sum()
        for code, people in homes[group].items():
            _conserved(f"{group} of unit {code}", float(sums[code]), float(people))
    return table, list(bare.index)


def _all_over(units: Table) -> pd.DataFrame:
    """Return the places of units in which no home is known: squares of their outline, or the point they are."""
    areas = units[units.geometry.geom_type.isin(_AREAS)]
    points = units[~units.index.isin(areas.index)]
    parts = [in_squares(np.array([area], dtype=object), gpd.GeoSeries([area])) for area in areas.geometry]
    rows = [
        pd.DataFrame({"unit": [code] * len(part), "weight": part["area"], "point": part["point"]})
        for code, part in zip(areas.index, parts, strict=True)
    ]
    rows.append(pd.DataFrame({"unit": points.index, "weight": 1.0, "point": points.geometry.to_numpy()}))
    return pd.concat(rows, ignore_index=True)


def _demand(places: Table, people: pd.DataFrame) -> Table:
    kept = [name for name in ("district", "unit") if name in places.columns]
    return gpd.GeoDataFrame(places[kept].join(people), geometry=places.geometry, crs=places.crs)


def _told_of_buildings(homes: Homes, spec: DemandSpec) -> str:
    table = homes.rows.table
    words = [f"{len(table):,} buildings, {table['floor_m2'].sum():,.0f} m² of floors"]
    if taken := int(table["floors_taken"].sum()):
        words.append(f"floors unknown at {taken:,}, taken as {spec.floors_missing:g}")
    if homes.all_homes:
        words.append("no column tells their use: all taken as homes")
    if len(homes.unknown):
        words.append(f"{len(homes.unknown):,} of unknown use left out ({homes.unknown['floor_m2'].sum():,.0f} m²)")
    if homes.other:
        words.append(f"{homes.other:,} of another use")
    return "; ".join(words)


def _built(rows: Rows, spec: DemandSpec, table: Table, estimate: Estimate, value: str) -> Built:
    why, remedy = "nobody counted these people where they stand", "name a table of people as soon as there is one"
    note = Problem("demand.estimated", rows.file, value, why, remedy, "warning")
    account = account_of(rows, "demand", spec.dated)
    return Built(
        table,
        (*rows.notes, note),
        rows.rejected,
        (account,),
        aside_at=set_aside_at(rows),
        estimates=(estimate,),
    )


def _conserved(what: str, made: float, given: float) -> None:
    if not math.isclose(made, given, rel_tol=_ROUNDING, abs_tol=_ROUNDING):
        raise ConservationError(f"{what}: {made!r} people were made of {given!r}")
