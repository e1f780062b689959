"""What a layer goes through on its way into a study: each role is a list of steps, a table in, a table out.

A step takes the rows still in and returns those it leaves, with what it set aside and what it tells
(`zzgeo.intake.rows`); the first that tells an error is the last. A new demand on a layer is a step of its own, put in
its place here.
"""

from __future__ import annotations

import datetime as dt

import geopandas as gpd
import pyproj

from zzgeo.intake.building_floors import with_floor_area
from zzgeo.intake.claims import claims, renamed, some_row, without_geometry
from zzgeo.intake.columns import columns_read, only, with_columns, with_ids, without_repeats
from zzgeo.intake.coordinates import in_metres
from zzgeo.intake.dissolving import SAY_DISSOLVE, dissolved
from zzgeo.intake.divisions import chosen, of_type, typed
from zzgeo.intake.facilities import (
    days_in_order,
    gates_moved_to,
    named_and_sourced,
    of_kind,
    points_or_areas,
    told_if_out_of_use,
)
from zzgeo.intake.location import (
    in_district,
    in_unit,
    right_way_round,
    told_if_outside,
    told_if_stacked,
)
from zzgeo.intake.official_codes import county_codes, unit_codes
from zzgeo.intake.people import (
    at_points,
    counted,
    in_their_district,
    some_group,
    told_if_parts_exceed,
    told_if_unknown,
)
from zzgeo.intake.plain import (
    in_known_districts,
    in_units_of_headings,
    indicator_columns,
    numbered,
    of_districts,
    with_units,
    with_values,
    with_years,
    year_cells,
)
from zzgeo.intake.rows import Step, together
from zzgeo.intake.streets import (
    cut_at_crossings,
    numbered_edges,
    on_the_ground,
    single_lines,
    some_street,
    told_of_heights_lost,
    walkable,
)
from zzgeo.spec.schema import (
    BARRIERS,
    BUILDINGS,
    CANDIDATES,
    DEMAND,
    DISTRICTS,
    FACILITIES,
    INDICATORS,
    STREETS,
    UNITS,
)
from zzgeo.spec.study_file import DemandSpec, DistrictsSpec, FacilitiesSpec, InputSpec, StreetsSpec, UnitsSpec
from zzgeo.spec.walking_profile import WalkingProfile
from zzgeo.vocabulary.people import POPULATION_GROUPS

_LINES = ("LineString", "MultiLineString")
_AREAS = ("Polygon", "MultiPolygon")
_POINTS = ("Point", "MultiPoint")

#: The steps of a role, in their order.
Steps = tuple[Step, ...]


def districts(spec: DistrictsSpec, crs: pyproj.CRS) -> Steps:
    """Districts: polygons by code; a code that stands twice refuses the layer, unless the study says to dissolve."""
    return (
        claims(spec.columns, spec.datum),
        in_metres(crs),
        columns_read(DISTRICTS, spec.columns),
        with_columns(("code", "name"), "districts"),
        *((only(_AREAS, "districts are areas"), dissolved) if spec.dissolve else ()),
        together(
            with_ids("code", refuse_repeated=SAY_DISSOLVE, needed=True),
            only(_AREAS, "districts are areas"),
            told_if_unknown,
            told_if_parts_exceed,
        ),
        some_row,
    )


def study_districts(spec: DistrictsSpec, crs: pyproj.CRS) -> Steps:
    """Return what the districts of a study go through: it may choose some of the file's."""
    return (*districts(spec, crs), chosen(spec.codes), county_codes)


def units(spec: UnitsSpec, crs: pyproj.CRS, areas: gpd.GeoDataFrame | None) -> Steps:
    """Units: points or areas by code, each with its type and, of the districts `areas`, its own."""
    return (
        claims(spec.columns, spec.datum),
        in_metres(crs),
        typed(spec.type),
        columns_read(UNITS, spec.columns),
        with_columns(("code", "name", "type"), "units"),
        with_ids("code", "unit-", needed=True),
        only((*_POINTS, *_AREAS), "units are points or areas"),
        told_if_parts_exceed,
        of_type(spec.types),
        right_way_round(areas),
        in_district(areas, "unit"),
        unit_codes(areas),
    )


def demand(
    spec: InputSpec, crs: pyproj.CRS, areas: gpd.GeoDataFrame | None, homes: gpd.GeoDataFrame | None = None
) -> Steps:
    """People: points with numbers by group, each with its district of `areas` and its unit of `homes`."""
    return (
        claims(spec.columns, spec.datum),
        without_repeats,
        in_metres(crs),
        columns_read(DEMAND, spec.columns, vital=POPULATION_GROUPS),
        some_group,
        with_ids("demand_id", "demand-"),
        counted,
        told_if_parts_exceed,
        at_points,
        right_way_round(areas),
        in_unit(homes),
        in_their_district(areas),
    )


def buildings(
    spec: DemandSpec, crs: pyproj.CRS, areas: gpd.GeoDataFrame | None, homes: gpd.GeoDataFrame | None = None
) -> Steps:
    """Put buildings at a point inside each, with what it covers, its floor area, its district and unit."""
    return (
        claims(spec.columns, spec.datum),
        in_metres(crs),
        columns_read(BUILDINGS, spec.columns),
        with_ids("demand_id", "building-"),
        only(_AREAS, "buildings are areas"),
        with_floor_area(spec.floors_missing),
        right_way_round(areas),
        in_unit(homes),
        in_district(areas, "building"),
    )


def facilities(spec: FacilitiesSpec, crs: pyproj.CRS, areas: gpd.GeoDataFrame | None, *, kinds: bool = True) -> Steps:
    """Facilities: points or areas, each of one kind; `kinds` False leaves that open, before anybody has said it."""
    columns = {**spec.columns, **({"kind": spec.kind_column} if spec.kind_column else {})}
    return (
        claims(columns, spec.datum),
        without_repeats,
        in_metres(crs),
        columns_read(FACILITIES, columns),
        days_in_order,
        with_ids("facility_id", "{file}:", same_stay=True),
        *((of_kind(spec),) if kinds else ()),
        told_if_out_of_use,
        points_or_areas,
        right_way_round(areas),
        told_if_outside(areas),
        told_if_stacked,
        named_and_sourced,
        gates_moved_to(crs),
    )


def candidates(spec: InputSpec, crs: pyproj.CRS, areas: gpd.GeoDataFrame | None) -> Steps:
    """Places where a facility may be built: points or areas with what is known of each."""
    return (
        claims(spec.columns, spec.datum),
        in_metres(crs),
        columns_read(CANDIDATES, spec.columns),
        with_ids("candidate_id", "{file}:"),
        points_or_areas,
        right_way_round(areas),
        told_if_outside(areas),
    )


def streets(
    spec: InputSpec, crs: pyproj.CRS, profile: WalkingProfile | None = None, as_of: dt.date | None = None
) -> Steps:
    """Streets, still on the rows of their file: lines people walk on, by a profile or the default one."""
    return (
        claims(spec.columns, spec.datum),
        told_of_heights_lost,
        in_metres(crs),
        columns_read(STREETS, spec.columns),
        only(_LINES, "streets are lines"),
        walkable(profile, as_of),
        some_street,
    )


def driving(spec: InputSpec, crs: pyproj.CRS) -> Steps:
    """Ways as the file has them: what is driven is another question than what is walked."""
    return (
        claims(spec.columns, spec.datum),
        in_metres(crs),
        columns_read(STREETS, spec.columns),
        only(_LINES, "ways are lines"),
    )


def edges(spec: StreetsSpec) -> Steps:
    """Return what makes streets edges of one line each, which are no longer the rows of their file."""
    return (single_lines, cut_at_crossings(spec.node), numbered_edges)


def barriers(spec: InputSpec, crs: pyproj.CRS) -> Steps:
    """Barriers nobody can cross on foot: lines, or areas whose outline counts."""
    return (
        claims(spec.columns, spec.datum),
        in_metres(crs),
        columns_read(BARRIERS, spec.columns),
        only(BARRIERS.geometry, "barriers are lines or areas"),
        on_the_ground,
    )


def land(spec: InputSpec, crs: pyproj.CRS) -> Steps:
    """Residential land, and the areas clauses apply to: polygons."""
    return (claims(spec.columns, spec.datum), in_metres(crs), columns_read(DISTRICTS, spec.columns))


def home_land(spec: InputSpec, crs: pyproj.CRS) -> Steps:
    """Land or buildings on which people live, over which the people of units are spread: polygons."""
    return (
        claims(spec.columns, spec.datum),
        in_metres(crs),
        only(_AREAS, "where people live is told by areas"),
    )


def zones(spec: DistrictsSpec, crs: pyproj.CRS) -> Steps:
    """Functional zones: like districts, judged in a table of their own and never summed with them."""
    return (
        claims(spec.columns, spec.datum),
        in_metres(crs),
        columns_read(DISTRICTS, spec.columns),
        with_columns(("code", "name"), "zones"),
        *((only(_AREAS, "zones are areas"), dissolved) if spec.dissolve else ()),
        with_ids("code"),
    )


def indicators(spec: InputSpec, areas: gpd.GeoDataFrame) -> Steps:
    """Values of indicators, by id, year and district of `areas`."""
    return (
        renamed(spec.columns),
        without_geometry,
        with_columns(("indicator", "value"), "indicators"),
        with_units(spec.columns),
        year_cells,
        columns_read(INDICATORS, spec.columns, vital=("value",)),
        with_values,
        indicator_columns,
        of_districts(areas),
        with_years,
        numbered,
    )


def table(spec: InputSpec, areas: gpd.GeoDataFrame) -> Steps:
    """Return the steps of a plain table: text cells; the rule that uses it reads the columns it knows."""
    return (
        renamed(spec.columns),
        without_geometry,
        without_repeats,
        in_units_of_headings(spec.columns),
        in_known_districts(areas),
    )
