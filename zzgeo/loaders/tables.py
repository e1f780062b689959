"""From raw layers to the study's tables: districts, units, demand, facilities, streets, land, areas."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely
from shapely.geometry.base import BaseGeometry

from zzgeo.errors import InputError, Problem
from zzgeo.kinds import KINDS, kind_from_amap, kind_from_name, kind_of
from zzgeo.loaders import geocn, postgis, read_layer, values
from zzgeo.loaders.base import Options, RawLayer, Rejected, checked_path
from zzgeo.loaders.osm import why_not_walked
from zzgeo.loaders.place import Placed, errors_of, index_by, layer_datum, place_layer
from zzgeo.schema import DEMAND, DISTRICTS, FACILITIES, POPULATION_GROUPS, STREETS, UNITS, rows_named
from zzgeo.study_file import AreaSpec, DistrictsSpec, FacilitiesSpec, InputSpec, UnitsSpec

#: Types of unit people live in; subdistricts and townships contain them and would count everybody twice.
HOME_UNITS = ("urban-community", "village")

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
    options = Options(role, spec.layer, spec.sheet, spec.encoding, getattr(spec, "codes", ()), (kind,) if kind else ())
    if spec.source == geocn.SOURCE:
        raw = geocn.read_counties(geocn.polygons_path(), options)
    elif spec.source == postgis.SOURCE:
        raw = postgis.read_table(spec.table, spec.connection, options)
    else:
        raw = read_layer(checked_path(spec.source, folder, role), options)
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
    used = len(placed.table)
    dated = spec.dated.isoformat() if spec.dated else ""
    return (layer, raw.file, raw.sha256, raw.rows_read, used, len(placed.rejected), placed.datum, dated)


def _built(placed: Placed, layer: str, raw: RawLayer, spec: InputSpec) -> Built:
    inputs = [] if errors_of(placed.problems) else [_account(placed, layer, raw, spec)]
    return Built(placed.table, placed.problems, placed.rejected, inputs)


def district_layer(read: Built, spec: DistrictsSpec, crs: pyproj.CRS) -> Built:
    """Build the district table: index GB/T 2260 ``code``, ``name``, polygons in the metric CRS."""
    assert read.raw is not None
    raw = read.raw
    placed = place_layer(raw, DISTRICTS, spec.columns, spec.datum, crs)
    if not errors_of(placed.problems):
        _needs(placed, ("code", "name"), "districts")
    if errors_of(placed.problems):
        return _built(placed, "districts", raw, spec)
    index_by(placed, "code")
    if spec.codes:
        placed.table = _chosen(placed, spec.codes)
    return _built(placed, "districts", raw, spec)


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


def _needs(placed: Placed, columns: Sequence[str], layer: str) -> None:
    for name in columns:
        if name not in placed.table.columns:
            remedy = f'name it in the study file: columns = {{ {name} = "…" }}'
            placed.problems.append(
                Problem("schema.missing_column", placed.file, name, f"{layer} need this column", remedy)
            )


def unit_layer(folder: Path, spec: UnitsSpec, crs: pyproj.CRS, districts: gpd.GeoDataFrame) -> Built:
    """Build the unit table: index ``code``, name, type, district, people by group."""
    raw = _raw(spec, folder, "units")
    placed = place_layer(raw, UNITS, spec.columns, spec.datum, crs)
    if not errors_of(placed.problems):
        _needs(placed, ("code", "name", "type"), "units")
    if errors_of(placed.problems):
        return _built(placed, "units", raw, spec)
    index_by(placed, "code", "unit-")
    table = placed.table
    types = table["type"].map(lambda word: spec.types.get(word, word))
    placed.table = table.assign(type=types)
    faults: dict[object, tuple[str, str, str, str]] = {}
    unknown = ~types.isin(UNITS.columns["type"].choices)
    for row in table.index[unknown]:
        reason = "map this word in the study file: types = { … }"
        faults[row] = ("type", str(types[row]), "value.unparsed", reason)
    placed.set_aside(faults)
    _districts_of(placed, districts, "unit")
    return _built(placed, "units", raw, spec)


def _people_faults(table: gpd.GeoDataFrame) -> dict[object, tuple[str, str, str, str]]:
    faults: dict[object, tuple[str, str, str, str]] = {}
    for group in [name for name in POPULATION_GROUPS if name in table.columns]:
        for row in table.index[table[group].isna()]:
            faults.setdefault(row, (group, "", "value.missing", "a number of people is needed; write 0 for none"))
    return faults


def _raw(spec: InputSpec, folder: Path, role: str) -> RawLayer:
    raw = read_input(spec, folder, role).raw
    assert raw is not None
    return raw


def locate(points: gpd.GeoSeries, areas: gpd.GeoDataFrame) -> pd.Series:
    """Return the index of the area each point lies in, boundary included, None outside all.

    A point exactly on a border belongs to the area with the smallest code (computable.md R01).
    """
    ordered = areas.sort_index()
    tree = shapely.STRtree(ordered.geometry.values)
    which, area = tree.query(points.values, predicate="intersects")
    found = np.full(len(points), -1)
    order = np.lexsort((area, which))[::-1]
    found[which[order]] = area[order]
    codes = np.array([*ordered.index, None], dtype=object)
    return pd.Series(codes[found], index=points.index, dtype=object)


def _districts_of(placed: Placed, districts: gpd.GeoDataFrame, what: str) -> None:
    """Give every row its district by place where the file does not say it; rows outside all are set aside."""
    table = placed.table
    inside = locate(table.geometry.representative_point(), districts)
    if "district" in table.columns:
        said = values.texts(table["district"])
        district = said.where(said.isin(districts.index), inside)
    else:
        district = inside
    placed.table = table.assign(district=district)
    faults: dict[object, tuple[str, str, str, str]] = dict.fromkeys(
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
    raw = _raw(spec, folder, "demand")
    placed = place_layer(raw, DEMAND, spec.columns, spec.datum, crs)
    if errors_of(placed.problems):
        return _built(placed, "demand", raw, spec)
    if not set(placed.table.columns) & set(POPULATION_GROUPS):
        _needs(placed, ("residents",), "demand")
        return _built(placed, "demand", raw, spec)
    index_by(placed, "demand_id", "demand-")
    placed.set_aside(_people_faults(placed.table))
    if units is not None:
        _units_of(placed, units)
    _districts_of(placed, districts, "demand point")
    return _built(placed, "demand", raw, spec)


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
    district = unit.map(homes["district"]).where(unit.notna(), None)
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


def facility_layers(
    folder: Path, specs: Sequence[FacilitiesSpec], crs: pyproj.CRS, districts: gpd.GeoDataFrame
) -> Built:
    """Build one facility layer from all lists; every row's kind is told by the study, or the row is set aside."""
    parts: list[Built] = []
    problems: list[Problem] = []
    for spec in specs:
        try:
            parts.append(_facility_list(folder, spec, crs))
        except InputError as error:
            problems += error.problems
    for part in parts:
        problems += part.problems
    tables = [part.table for part in parts if not errors_of(part.problems)]
    if errors_of(problems) or not tables:
        return Built(_no_facilities(crs), problems, [row for part in parts for row in part.rejected], [])
    table = _one_table(tables, crs)
    problems += _outside(table, districts)
    inputs = [entry for part in parts for entry in part.inputs]
    return Built(table, problems, [row for part in parts for row in part.rejected], inputs)


def _no_facilities(crs: pyproj.CRS) -> gpd.GeoDataFrame:
    index = pd.Index([], name="facility_id", dtype=object)
    return gpd.GeoDataFrame({"kind": [], "name": [], "source": []}, geometry=[], crs=crs, index=index)


def _facility_list(folder: Path, spec: FacilitiesSpec, crs: pyproj.CRS) -> Built:
    raw = _raw(spec, folder, "facilities")
    columns = dict(spec.columns)
    if spec.kind_column:
        columns["kind"] = spec.kind_column
    placed = place_layer(raw, FACILITIES, columns, spec.datum, crs)
    if errors_of(placed.problems):
        return _built(placed, "facilities", raw, spec)
    stem = Path(raw.file).stem
    index_by(placed, "facility_id", f"{stem}:")
    _kinds_of(placed, spec)
    table = placed.table
    if "name" not in table.columns:
        table = table.assign(name=None)
    placed.table = table.assign(source=raw.file)
    return _built(placed, "facilities", raw, spec)


def _kinds_of(placed: Placed, spec: FacilitiesSpec) -> None:
    table = placed.table
    if spec.kind and not spec.kind_column:
        placed.table = table.assign(kind=spec.kind)
        return
    if "kind" not in table.columns:
        if "name" not in table.columns:
            why, remedy = "nothing tells the kind of facility", 'say kind = "hospital" or kind_column = "类别"'
            placed.problems.append(Problem("schema.missing_column", placed.file, "kind", why, remedy))
            return
        words = values.texts(table["name"])
        tell: Callable[[str], str | None] = kind_from_name
    else:
        words = values.texts(table["kind"])
        tell = _kind_by_word(spec.kinds)
    kinds = words.map(lambda word: tell(word) if isinstance(word, str) else None)
    placed.table = table.assign(kind=kinds.astype(object).where(kinds.notna(), None))
    reason = "no facility kind is known by this word; map it in the study file: kinds = { … }"
    placed.set_aside(
        {row: ("kind", str(words[row] or ""), "value.unparsed", reason) for row in table.index[kinds.isna()]}
    )


def _kind_by_word(own: Mapping[str, str]) -> Callable[[str], str | None]:
    def tell(word: str) -> str | None:
        return own.get(word) or kind_of(word) or (kind_from_amap(word) if word.isdigit() else None)

    return tell


def _one_table(tables: Sequence[gpd.GeoDataFrame], crs: pyproj.CRS) -> gpd.GeoDataFrame:
    """Join lists; an id that two lists share is told apart by the name of its file."""
    ids = pd.Series([one for table in tables for one in table.index], dtype=object)
    shared = set(ids[ids.duplicated(keep=False)])
    known = [*FACILITIES.columns, "geometry"]
    parts = []
    for table in tables:
        index = [
            f"{source}:{one}" if one in shared else one
            for one, source in zip(table.index, table["source"], strict=True)
        ]
        kept = table[[name for name in known if name in table.columns]]
        parts.append(kept.set_axis(pd.Index(index, name="facility_id", dtype=object), axis=0))
    columns = [name for name in known if any(name in part.columns for part in parts)]
    whole = pd.concat([part.reindex(columns=columns) for part in parts])
    for day in [name for name in ("opened", "closed") if name in columns]:
        whole[day] = pd.to_datetime(whole[day])
    return gpd.GeoDataFrame(whole, geometry="geometry", crs=crs)


def _outside(table: gpd.GeoDataFrame, districts: gpd.GeoDataFrame) -> list[Problem]:
    home = locate(table.geometry.representative_point(), districts)
    outside = home.isna()
    if not outside.any():
        return []
    value = f"{int(outside.sum())} of {len(table)} facilities"
    why = "outside every district: they serve people near the border but are nobody's provision"
    if outside.mean() > 0.5:
        remedy = "check the datum and the columns: more than half of the facilities lie outside"
        return [Problem("coord.outside_study_area", "facilities", value, why, remedy, "warning")]
    return [Problem("coord.outside_study_area", "facilities", value, why, "nothing to do", "warning")]


def street_layer(folder: Path, spec: InputSpec, crs: pyproj.CRS) -> Built:
    """Build the street table: LineStrings in the metric CRS, attributes kept, what nobody walks on set aside by tag."""
    raw = _raw(spec, folder, "streets")
    placed = place_layer(raw, STREETS, spec.columns, spec.datum, crs)
    if errors_of(placed.problems):
        return _built(placed, "streets", raw, spec)
    kinds = placed.table.geometry.geom_type
    faults: dict[object, tuple[str, str, str, str]] = {
        row: ("geometry", str(kinds[row]), "geom.mixed_types", "streets are lines")
        for row in placed.table.index[~kinds.isin(("LineString", "MultiLineString"))]
    }
    placed.set_aside(faults)
    _drop_unwalkable(placed)
    built = _built(placed, "streets", raw, spec)
    merged = placed.table.set_geometry(
        gpd.GeoSeries([_as_line(line) for line in placed.table.geometry], index=placed.table.index, crs=crs)
    )
    built.table = merged.explode(ignore_index=True).rename_axis("edge_id")
    return built


def _drop_unwalkable(placed: Placed) -> None:
    """Set aside streets whose ``highway`` tag says that nobody walks there; their length is told.

    A layer that knows nothing of sidewalks keeps its trunk roads: in Chinese cities most have one.
    """
    table = placed.table
    if "highway" not in table.columns:
        return
    known = [name for name in ("sidewalk", "foot", "access", "motorroad") if name in table.columns]
    reasons: dict[object, tuple[str, str, str, str]] = {}
    by_tag: dict[str, str | None] = {}
    for row in table.index:
        tag = str(table.at[row, "highway"])
        if known or tag not in by_tag:
            said = {name: str(table.at[row, name]) for name in known if isinstance(table.at[row, name], str)}
            trunk = tag == "trunk" and "sidewalk" not in known
            by_tag[tag] = None if trunk else why_not_walked({"highway": tag, **said})
        if by_tag[tag] is not None:
            reasons[row] = ("highway", tag, "osm.tag", str(by_tag[tag]))
    if reasons:
        length = float(table.geometry[table.index.isin(list(reasons))].length.sum())
        value = f"{len(reasons)} streets, {length / 1000:.1f} km"
        why, remedy = "nobody walks there, by their highway tag", "listed in quarantined.csv"
        placed.problems.append(Problem("osm.tag", placed.file, value, why, remedy, "warning"))
        placed.set_aside(reasons)


def _as_line(line: BaseGeometry) -> BaseGeometry:
    return shapely.line_merge(line) if line.geom_type == "MultiLineString" else line


def land_layer(folder: Path, spec: InputSpec, crs: pyproj.CRS) -> Built:
    """Build the residential land: polygons in the metric CRS."""
    raw = _raw(spec, folder, "land")
    placed = place_layer(raw, DISTRICTS, spec.columns, spec.datum, crs)
    return _built(placed, "land", raw, spec)


def area_shapes(folder: Path, specs: Sequence[AreaSpec], crs: pyproj.CRS) -> Built:
    """Build the named areas clauses apply to: {id: polygon}."""
    whole = Built(gpd.GeoDataFrame())
    for spec in specs:
        raw = _raw(spec, folder, "areas")
        placed = place_layer(raw, DISTRICTS, spec.columns, spec.datum, crs)
        part = _built(placed, "areas", raw, spec)
        whole.problems += part.problems
        whole.rejected += part.rejected
        whole.inputs += part.inputs
        if not errors_of(part.problems):
            whole.shapes[spec.id] = shapely.union_all(placed.table.geometry.values)
    return whole


def known_kinds(specs: Sequence[FacilitiesSpec], found: Sequence[str]) -> frozenset[str]:
    """Return the kinds a study has lists for; a kind it never mentions is 'no data', not 'none there'."""
    kinds = set(found)
    for spec in specs:
        kinds |= {spec.kind} if spec.kind else set(spec.kinds.values())
        if not spec.kind and spec.source.lower().endswith((".osm", ".pbf")):
            kinds |= {kind.id for kind in KINDS.values() if kind.osm}
    return frozenset(kind for kind in kinds if kind)
