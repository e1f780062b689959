"""The inputs of a study read and built, each though another was refused, and compared with nothing yet."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pyproj
from shapely.geometry.base import BaseGeometry

from zzgeo.errors import InputError, Problem
from zzgeo.formats.parts.base import PLAIN_ROLES
from zzgeo.intake import roles
from zzgeo.intake.account import Account
from zzgeo.intake.claims import claims, renamed
from zzgeo.intake.estimated_people import estimated_demand
from zzgeo.intake.estimates import declared
from zzgeo.intake.frames import Frames
from zzgeo.intake.group_shares import with_shares
from zzgeo.intake.own_grids import with_own_grids
from zzgeo.intake.population import raster_demand
from zzgeo.intake.rows import rows_of, through
from zzgeo.intake.study_crs import metric_crs
from zzgeo.intake.tables import (
    Built,
    area_shapes,
    built_layer,
    demand_of_units,
    facility_layer,
    middle_of,
    plain_tables,
    read_input,
    street_layer,
    taken,
    units_layer,
    with_people,
)
from zzgeo.intake.walking import Walking
from zzgeo.spec.study_file import InputSpec, StudySpec


@dataclass(frozen=True)
class StudyLayers:
    """What became of every input of a study, in the order it is told; None where the study has no such input."""

    crs: pyproj.CRS
    districts: Built
    units: Built | None
    land: Built | None
    streets: Built | None
    barriers: Built | None
    facilities: Built
    demand: Built | None
    areas: Built
    zones: Built | None
    plain: Built
    shapes: dict[str, BaseGeometry]
    tables: dict[str, pd.DataFrame]

    @property
    def refused(self) -> bool:
        """Tell whether one of them was refused."""
        return any(part.refused for part in self.parts)

    @property
    def parts(self) -> list[Built]:
        """Return what there is, in its order."""
        found = [getattr(self, one.name) for one in dataclasses.fields(self)]
        return [one for one in found if isinstance(one, Built)]

    @property
    def problems(self) -> list[Problem]:
        """Return everything that was told."""
        return [problem for part in self.parts for problem in part.problems]

    @property
    def accounts(self) -> tuple[Account, ...]:
        """Return what became of the rows of each file or table."""
        return tuple(account for part in self.parts for account in part.accounts)


def study_layers(
    spec: StudySpec, place: Path | Frames, walking: Walking, file: str
) -> tuple[StudyLayers | None, list[Problem]]:
    """Return what became of every input of a study, and all that was told; None where no study can be made of it.

    Parameters
    ----------
    spec
        What the study file says.
    place
        The folder of its files, or the tables that stand in their place.
    walking
        How people walk.
    file
        What the study file is called in messages.
    """
    spec, of_grids = with_own_grids(spec.with_group_columns())
    if any(problem.severity == "error" for problem in of_grids):
        return None, of_grids
    try:
        raw = read_input(spec.districts, place, "districts", as_of=spec.as_of)
        middle = middle_of(raw, spec.districts)
    except InputError as error:
        return None, [*error.problems, *_only_read(spec, place)]
    crs, of_crs = metric_crs(spec, file, middle)
    of_crs = [*of_grids, *of_crs]
    if crs is None:
        return None, [*of_crs, *_only_read(spec, place)]
    districts = built_layer(raw, "districts", spec.districts, roles.study_districts(spec.districts, crs))
    if districts.refused:
        return None, [*of_crs, *districts.problems, *_only_read(spec, place)]
    layers = StudyLayers(crs, districts, **_others(spec, place, crs, districts.table, walking))
    return None if layers.refused else layers, [*of_crs, *layers.problems]


def _others(
    spec: StudySpec, place: Path | Frames, crs: pyproj.CRS, districts: gpd.GeoDataFrame, walking: Walking
) -> dict[str, Any]:
    """Return what became of the inputs beside the districts; each is built though another was refused."""

    def built(role: str, part: InputSpec | None, steps: Callable[..., roles.Steps], *beside: Any) -> Built | None:
        if part is None:
            return None

        def layer() -> Built:
            raw = read_input(part, place, role, walking.profile, as_of=spec.as_of)
            return built_layer(raw, role, part, steps(part, crs, *beside))

        return taken(layer)

    parts = [one for part in spec.units if (one := built("units", part, roles.units, districts)) is not None]
    units = units_layer(parts)
    land = built("land", spec.land, roles.land)
    streets, barriers = None, built("barriers", spec.barriers, roles.barriers)
    if spec.streets is not None:
        streets = taken(street_layer, place, spec.streets, crs, walking.profile, spec.as_of)
    facilities = taken(facility_layer, place, spec.facilities, crs, districts, walking.profile)
    homes = units.table if units and not units.refused else None
    ground = land.table if land and not land.refused else None
    demand = with_shares(_demand(spec, place, crs, (districts, homes, ground), built), spec.groups, homes)
    units = with_people(units, demand, from_units=spec.demand is None)
    shapes, areas = area_shapes(place, spec.areas, crs, spec.as_of)
    zones = built("zones", spec.zones, roles.zones)
    tables, plain = plain_tables(place, spec.indicators, spec.tables, districts)
    return {
        "units": units,
        "land": land,
        "streets": streets,
        "barriers": barriers,
        "facilities": facilities,
        "demand": demand,
        "areas": areas,
        "zones": zones,
        "plain": plain,
        "shapes": shapes,
        "tables": tables,
    }


def _demand(
    spec: StudySpec,
    place: Path | Frames,
    crs: pyproj.CRS,
    beside: tuple[gpd.GeoDataFrame, gpd.GeoDataFrame | None, gpd.GeoDataFrame | None],
    built: Callable[..., Built | None],
) -> Built | None:
    """Return the people of a study: counted, estimated, or of its units; ``beside`` are districts, units and land."""
    (districts, homes, ground), said = beside, spec.demand
    if said is None:
        return None if homes is None else taken(demand_of_units, homes, ground)
    if said.method is not None:
        return taken(estimated_demand, place, said, crs, districts, homes)
    if said.is_raster and isinstance(place, Path):
        demand: Built | None = taken(raster_demand, place, said, crs, districts, homes)
    else:
        demand = built("demand", said, roles.demand, districts, homes)
    return None if demand is None else dataclasses.replace(demand, estimates=declared(said))


def _only_read(spec: StudySpec, place: Path | Frames) -> list[Problem]:
    """Without districts nothing can be placed; the other inputs are still read, so that all is told at once."""

    def told(part: InputSpec, role: str) -> tuple[Problem, ...]:
        try:
            raw = read_input(part, place, role)
        except InputError as error:
            return error.problems
        if getattr(part, "is_raster", False):
            return raw.notes
        word = getattr(part, "kind_column", None)
        columns = {**part.columns, **({"kind": word} if word else {})}
        step = renamed(columns) if role in PLAIN_ROLES else claims(columns, part.datum)
        return through(rows_of(raw), (step,)).notes

    return [problem for part, role in inputs_beside_districts(spec) for problem in told(part, role)]


def inputs_beside_districts(spec: StudySpec) -> list[tuple[InputSpec, str]]:
    """Return every input of a study but its districts, with its role."""
    others: list[tuple[InputSpec | None, str]] = [
        *((one, "units") for one in spec.units),
        (spec.land, "land"),
        (spec.streets, "streets"),
        (spec.demand, spec.demand.read_as if spec.demand else "demand"),
        *((one, "facilities") for one in spec.facilities),
        *((one, "areas") for one in spec.areas),
        *((one, "tables") for one in spec.tables),
        (spec.indicators, "indicators"),
        (spec.zones, "zones"),
        (spec.barriers, "barriers"),
    ]
    return [(part, role) for part, role in others if part is not None]
