"""From raw layers to the study's tables: districts, units, demand, facilities, streets, land, areas."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely
from shapely.geometry.base import BaseGeometry

from zzgeo.errors import InputError, Problem
from zzgeo.formats import read_layer, sources
from zzgeo.formats.parts.base import Options, RawLayer, Rejected, checked_path
from zzgeo.intake import values
from zzgeo.intake.location import locate, points_of, swapped_axes
from zzgeo.intake.official_codes import district_code_problems, unit_code_problems
from zzgeo.intake.place import Fault, Placed, errors_of, index_by, layer_datum, needs, place_layer
from zzgeo.spec.schema import DEMAND, DISTRICTS, UNITS, rows_named
from zzgeo.spec.study_file import (
    AreaSpec,
    DistrictsSpec,
    InputSpec,
    UnitsSpec,
)
from zzgeo.vocabulary.people import HOME_UNITS, POPULATION_GROUPS

#: One line of the account of inputs: layer, path, sha256, rows read, used, set aside, datum, dated.
Entry = tuple[str, str, str, int, int, int, str, str]


@dataclass
class Built:
    """The outcome of one step: a table, the rows set aside, the problems found, the account of its files."""

    table: gpd.GeoDataFrame
    problems: list[Problem] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    inputs: list[Entry] = field(default_factory=list)
    shapes: dict[str, BaseGeometry] = field(default_factory=dict)
    plain: dict[str, pd.DataFrame] = field(default_factory=dict)
    raw: RawLayer | None = None
    centre: tuple[float, float] = (np.nan, np.nan)


def read_input(spec: InputSpec, folder: Path, role: str) -> Built:
    """Read the file of one input as it stands; for districts also tell where on earth they lie.

    Raises
    ------
    InputError
        If the file is refused.
    """
    kind = getattr(spec, "kind", None)
    word = getattr(spec, "kind_column", None)
    wanted = (*spec.columns.values(), *([word] if word else []))
    codes, kinds = getattr(spec, "codes", ()), (kind,) if kind else ()
    options = Options(role, spec.layer, spec.sheet, spec.encoding, codes, kinds, wanted, spec.table, spec.connection)
    source = sources().get(spec.source)
    raw = source.read(options) if source else read_layer(checked_path(spec.source, folder, role), options)
    built = Built(gpd.GeoDataFrame(), list(raw.notes), raw=raw)
    if role == "districts":
        built.centre = _centre(raw, spec)
        built.problems = []  # told again by the layer itself
    return built


def _centre(raw: RawLayer, spec: InputSpec) -> tuple[float, float]:
    if not isinstance(raw.table, gpd.GeoDataFrame):
        why, remedy = "districts are polygons", "send a map layer, not a table"
        raise InputError([Problem("schema.missing_column", raw.file, "geometry", why, remedy)])
    if not len(raw.table):
        why, remedy = "the layer has no rows", "send the layer again"
        raise InputError([Problem("layer.empty", raw.file, "rows=0", why, remedy)])
    datum = layer_datum(raw, spec.datum, raw.file)
    west, south, east, north = raw.table.total_bounds
    to_degrees = pyproj.Transformer.from_crs(datum.crs, 4326, always_xy=True)
    lon, lat = to_degrees.transform((west + east) / 2, (south + north) / 2)
    if not (np.isfinite(lon) and np.isfinite(lat)):
        why, remedy = "the coordinates are not of this CRS", "correct the datum in study.toml"
        raise InputError([Problem("crs.mismatch", raw.file, str(spec.datum), why, remedy)])
    return float(lon), float(lat)


def _account(placed: Placed, layer: str, raw: RawLayer, spec: InputSpec) -> Entry:
    # a way of OpenStreetMap is one row of its file, and may be several edges
    used = raw.rows_read - len(placed.rejected) if "rows_read" in raw.extra else len(placed.table)
    dated = spec.dated.isoformat() if spec.dated else ""
    return (layer, raw.file, raw.sha256, raw.rows_read, used, len(placed.rejected), placed.datum, dated)


def built_of(placed: Placed, layer: str, raw: RawLayer, spec: InputSpec) -> Built:
    """Return a placed layer with its line in the account of inputs, unless it was refused."""
    inputs = [] if errors_of(placed.problems) else [_account(placed, layer, raw, spec)]
    return Built(placed.table, placed.problems, placed.rejected, inputs)


def district_layer(read: Built, spec: DistrictsSpec, crs: pyproj.CRS) -> Built:
    """Build the district table: index GB/T 2260 ``code``, ``name``, polygons in the metric CRS."""
    assert read.raw is not None
    placed = district_rows(read.raw, spec, crs)
    if not errors_of(placed.problems) and spec.codes:
        placed.table = _chosen(placed, spec.codes)
    if not errors_of(placed.problems):
        placed.problems += district_problems(placed, read.raw)
    return built_of(placed, "districts", read.raw, spec)


def district_problems(placed: Placed, raw: RawLayer) -> list[Problem]:
    """Warn of codes, names and outlines that contradict GB/T 2260; what that list itself says is not asked again."""
    if raw.extra.get("datum_known"):
        return []
    return district_code_problems(placed.table, placed.datum, placed.file)


def district_rows(raw: RawLayer, spec: DistrictsSpec, crs: pyproj.CRS) -> Placed:
    """Bring districts under our names and into metres; a code that stands twice is refused."""
    placed = place_layer(raw, DISTRICTS, spec.columns, spec.datum, crs)
    if not errors_of(placed.problems):
        needs(placed, ("code", "name"), "districts")
    if errors_of(placed.problems):
        return placed
    index_by(placed, "code", refuse_repeated=True)
    _only(placed, ("Polygon", "MultiPolygon"), "districts are areas")
    for group in [name for name in POPULATION_GROUPS if name in placed.table.columns]:
        people = placed.table[group]
        placed.warn("value.missing", people.isna(), f"{group} empty", "no verdict per head there", "fill it in")
        why = "nobody lives there: figures per head do not apply"
        placed.warn("value.zero_population", people == 0, f"{group} = 0", why, "check the number")
    return placed


def _only(placed: Placed, types: tuple[str, ...], reason: str) -> None:
    """Set aside the rows whose geometry is of another kind."""
    kinds = placed.table.geometry.geom_type
    placed.set_aside(
        {
            row: ("geometry", str(kinds[row]), "geom.mixed_types", reason)
            for row in placed.table.index[~kinds.isin(types)]
        }
    )


def _chosen(placed: Placed, codes: Sequence[str]) -> gpd.GeoDataFrame:
    table = placed.table
    missing = [code for code in codes if code not in table.index]
    if missing:
        why, remedy = "the file has no such district", "correct codes in the study file"
        placed.problems.append(Problem("value.missing", placed.file, ", ".join(missing), why, remedy))
        return table
    for code in table.index.difference(list(codes)):
        reason = "not among the codes the study chose"
        placed.rejected.append(Rejected(placed.file, str(code), "code", str(code), "row.not_chosen", reason))
    return table.loc[list(codes)]


def unit_layer(folder: Path, spec: UnitsSpec, crs: pyproj.CRS, districts: gpd.GeoDataFrame) -> Built:
    """Build the unit table: index ``code``, name, type, district, people by group."""
    raw = raw_of(spec, folder, "units")
    return built_of(unit_rows(raw, spec, crs, districts), "units", raw, spec)


def unit_rows(raw: RawLayer, spec: UnitsSpec, crs: pyproj.CRS, districts: gpd.GeoDataFrame | None) -> Placed:
    """Bring units under our names and into metres, each with its type and its district."""
    placed = place_layer(raw, UNITS, spec.columns, spec.datum, crs)
    if not errors_of(placed.problems):
        needs(placed, ("code", "name", "type"), "units")
    if errors_of(placed.problems):
        return placed
    index_by(placed, "code", "unit-")
    _only(placed, ("Point", "MultiPoint", "Polygon", "MultiPolygon"), "units are points or areas")
    table = placed.table
    types = table["type"].map(lambda word: spec.types.get(word, word))
    placed.table = table.assign(type=types)
    reason = "map this word in the study file: types = { … }"
    unknown = ~types.isin(UNITS.columns["type"].choices)
    placed.set_aside({row: ("type", str(types[row]), "value.unparsed", reason) for row in table.index[unknown]})
    if districts is not None:
        swapped_axes(placed, districts)
        if not errors_of(placed.problems):
            _districts_of(placed, districts, "unit")
            unit_code_problems(placed, districts)
    return placed


def _people_faults(table: gpd.GeoDataFrame) -> dict[object, Fault]:
    faults: dict[object, Fault] = {}
    for group in [name for name in POPULATION_GROUPS if name in table.columns]:
        for row in table.index[table[group].isna()]:
            faults.setdefault(row, (group, "", "value.missing", "a number of people is needed; write 0 for none"))
    return faults


def raw_of(spec: InputSpec, folder: Path, role: str) -> RawLayer:
    """Read the file of an input as it stands."""
    raw = read_input(spec, folder, role).raw
    assert raw is not None
    return raw


def _districts_of(placed: Placed, districts: gpd.GeoDataFrame, what: str) -> None:
    """Give every row its district by place where the file does not say it; rows outside all are set aside."""
    table = placed.table
    inside = locate(points_of(table.geometry), districts)
    if "district" in table.columns:
        said = values.texts(table["district"])
        district = said.where(said.isin(districts.index), inside)
    else:
        district = inside
    placed.table = table.assign(district=district)
    faults: dict[object, Fault] = dict.fromkeys(
        table.index[district.isna()],
        ("district", "", "coord.outside_study_area", f"the {what} lies in no district of the study"),
    )
    placed.set_aside(faults)


def demand_layer(
    folder: Path, spec: InputSpec, crs: pyproj.CRS, districts: gpd.GeoDataFrame, units: gpd.GeoDataFrame | None
) -> Built:
    """Build the demand table: points with people by group, district and unit codes.

    People are never dropped in silence: rows without a number of people, and rows outside all districts, are set
    aside and listed.
    """
    raw = raw_of(spec, folder, "demand")
    return built_of(demand_rows(raw, spec, crs, districts, units), "demand", raw, spec)


def demand_rows(
    raw: RawLayer,
    spec: InputSpec,
    crs: pyproj.CRS,
    districts: gpd.GeoDataFrame | None,
    units: gpd.GeoDataFrame | None,
) -> Placed:
    """Bring people under our names and into metres; those of a building stand at a point inside it."""
    placed = place_layer(raw, DEMAND, spec.columns, spec.datum, crs)
    if errors_of(placed.problems):
        return placed
    if not set(placed.table.columns) & set(POPULATION_GROUPS):
        needs(placed, ("residents",), "demand")
        return placed
    index_by(placed, "demand_id", "demand-")
    placed.set_aside(_people_faults(placed.table))
    _points_inside(placed)
    if districts is not None:
        swapped_axes(placed, districts)
        if errors_of(placed.problems):
            return placed
        if units is not None:
            _units_of(placed, units)
        _districts_of(placed, districts, "demand point")
    return placed


def _points_inside(placed: Placed) -> None:
    """Put the people of an area at a point inside it, and say how large the areas are."""
    shapes = placed.table.geometry
    wide = shapes.geom_type != "Point"
    if not wide.any():
        return
    largest = float(np.sqrt(shapes[wide].area.max()))
    why = f"their people stand at one point inside; the largest is {largest:,.0f} m across"
    placed.warn("geom.mixed_types", wide, "areas of people", why, "give points or cells where areas are large")
    placed.table = placed.table.set_geometry(shapes.where(~wide, shapes.representative_point()))


def _units_of(placed: Placed, units: gpd.GeoDataFrame) -> None:
    homes = units[units["type"].isin(HOME_UNITS)]
    table = placed.table
    areas = homes[homes.geometry.geom_type.isin(("Polygon", "MultiPolygon"))]
    by_place = locate(table.geometry, areas) if len(areas) else pd.Series(None, index=table.index, dtype=object)
    if "unit" in table.columns:
        said = values.texts(table["unit"])
        unit = said.where(said.isin(homes.index), by_place)
        unknown = said.notna() & ~said.isin(homes.index)
        if unknown.any():
            value = f"{int(unknown.sum())} rows, first {said[unknown].iloc[0]}"
            why, remedy = "no community or village has this code", "placed by coordinates; check the codes"
            placed.problems.append(Problem("value.unknown_code", placed.file, value, why, remedy, "warning"))
    else:
        unit = by_place
    of_unit, known = pd.factorize(unit)
    home = homes["district"].to_dict()
    # the last stands for a point in no unit
    district = np.array([*map(home.get, known), None], dtype=object)[of_unit]
    placed.table = table.assign(unit=unit.astype(object).where(unit.notna(), None), district=district)


def demand_of_units(
    units: gpd.GeoDataFrame, land: gpd.GeoDataFrame | None, districts: gpd.GeoDataFrame, step_m: float = 100.0
) -> Built:
    """Spread the people of each unit evenly over a grid on its residential land, or put them at one point inside it.

    The grid has `step_m` metres; a unit without land in it keeps one representative point. People add up exactly.
    """
    homes = units[units["type"].isin(HOME_UNITS)]
    groups = [group for group in POPULATION_GROUPS if group in homes.columns]
    unknown = [_unknown_people(homes, group) for group in groups if homes[group].isna().any()]
    if unknown or not groups:
        missing = Problem(
            "schema.missing_column", "units", "residents", "people are needed", "name the column of people"
        )
        raise InputError(unknown or [missing])
    xs, ys, rows = [], [], []
    homeland = None if land is None or not len(land) else shapely.union_all(land.geometry.values)
    for row, outline in enumerate(homes.geometry):
        x, y = _grid_points(outline, homeland, step_m)
        xs.append(x)
        ys.append(y)
        rows.append(np.full(len(x), row))
    which = np.concatenate(rows) if rows else np.empty(0, dtype=int)
    per_point = 1.0 / np.bincount(which, minlength=len(homes))[which]
    table = gpd.GeoDataFrame(
        {
            "district": homes["district"].to_numpy()[which],
            "unit": homes.index.to_numpy(dtype=object)[which],
            **{group: homes[group].to_numpy(dtype=float)[which] * per_point for group in groups},
        },
        geometry=gpd.points_from_xy(np.concatenate(xs or [np.empty(0)]), np.concatenate(ys or [np.empty(0)])),
        crs=units.crs,
        index=pd.Index([f"demand-{n}" for n in range(1, len(which) + 1)], name="demand_id"),
    )
    value = f"{len(table)} points for {len(homes)} units"
    why = "no [demand] in the study: people are spread evenly over each unit"
    remedy = "give people on a finer scale if you have them"
    return Built(table, [Problem("demand.from_units", "units", value, why, remedy, "warning")])


def _unknown_people(homes: gpd.GeoDataFrame, group: str) -> Problem:
    missing = homes[group].isna()
    value = f"{group} empty at {rows_named(missing, homes)}"
    return Problem(
        "value.missing", "units", value, "how many people live there is needed", "fill it in; write 0 for none"
    )


def _grid_points(outline: BaseGeometry, land: BaseGeometry | None, step_m: float) -> tuple[np.ndarray, np.ndarray]:
    inside = outline if land is None or outline.geom_type == "Point" else outline.intersection(land)
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


def land_layer(folder: Path, spec: InputSpec, crs: pyproj.CRS) -> Built:
    """Build the residential land: polygons in the metric CRS."""
    raw = raw_of(spec, folder, "land")
    placed = place_layer(raw, DISTRICTS, spec.columns, spec.datum, crs)
    return built_of(placed, "land", raw, spec)


def area_shapes(folder: Path, specs: Sequence[AreaSpec], crs: pyproj.CRS) -> Built:
    """Build the named areas clauses apply to: {id: polygon}."""
    whole = Built(gpd.GeoDataFrame())
    for spec in specs:
        raw = raw_of(spec, folder, "areas")
        placed = place_layer(raw, DISTRICTS, spec.columns, spec.datum, crs)
        part = built_of(placed, "areas", raw, spec)
        whole.problems += part.problems
        whole.rejected += part.rejected
        whole.inputs += part.inputs
        if not errors_of(part.problems):
            whole.shapes[spec.id] = shapely.union_all(placed.table.geometry.values)
    return whole
