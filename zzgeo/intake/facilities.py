"""Facility lists: one layer out of many files, every row's kind told by the study, by a code, or by its name."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyproj
import shapely
from geopandas.array import GeometryDtype

from zzgeo.errors import InputError, Problem
from zzgeo.formats import format_named
from zzgeo.formats.parts.base import RawLayer
from zzgeo.intake import values
from zzgeo.intake.location import near_duplicates, outside, stacked, swapped_axes
from zzgeo.intake.place import Placed, errors_of, index_by, place_layer
from zzgeo.intake.tables import Built, built_of, raw_of
from zzgeo.spec.kinds import KINDS, kind_from_amap, kind_from_name, kind_of
from zzgeo.spec.schema import FACILITIES
from zzgeo.spec.study_file import FacilitiesSpec

_REDUCED = {
    "LineString": "the midpoint of a line",
    "MultiLineString": "a point on a line",
    "GeometryCollection": "a point inside a collection",
}


def facility_layers(
    folder: Path, specs: Sequence[FacilitiesSpec], crs: pyproj.CRS, districts: gpd.GeoDataFrame
) -> Built:
    """Build one facility layer from all lists; every row's kind is told by the study, or the row is set aside."""
    parts: list[Built] = []
    problems: list[Problem] = []
    for spec in specs:
        try:
            raw = raw_of(spec, folder, "facilities")
            parts.append(built_of(facility_list(raw, spec, crs, districts), "facilities", raw, spec))
        except InputError as error:
            problems += error.problems
    for part in parts:
        problems += part.problems
    tables = [part.table for part in parts if not errors_of(part.problems)]
    if errors_of(problems) or not tables:
        return Built(_no_facilities(crs), problems, [row for part in parts for row in part.rejected], [])
    table = _one_table(tables, crs)
    problems += near_duplicates(table)
    inputs = [entry for part in parts for entry in part.inputs]
    return Built(table, problems, [row for part in parts for row in part.rejected], inputs)


def facility_list(
    raw: RawLayer, spec: FacilitiesSpec, crs: pyproj.CRS, districts: gpd.GeoDataFrame | None, *, kinds: bool = True
) -> Placed:
    """Bring one facility list under our names, into metres, and to one kind a row.

    Parameters
    ----------
    raw, spec, crs
        The list as read, what the study says of it, and the metric CRS.
    districts
        Districts in `crs`, to find rows outside them or with swapped coordinates; None where there are none.
    kinds
        False leaves the kinds of the rows open, to check a file before anybody has said them.
    """
    columns = dict(spec.columns)
    if spec.kind_column:
        columns["kind"] = spec.kind_column
    placed = place_layer(raw, FACILITIES, columns, spec.datum, crs)
    if errors_of(placed.problems):
        return placed
    index_by(placed, "facility_id", f"{Path(raw.file).stem}:")
    if kinds:
        _kinds_of(placed, spec)
        if errors_of(placed.problems):
            return placed
    _reduce(placed)
    if districts is not None:
        swapped_axes(placed, districts)
        if errors_of(placed.problems):
            return placed
        outside(placed, districts)
    stacked(placed)
    if "name" not in placed.table.columns:
        placed.table = placed.table.assign(name=None)
    placed.table = placed.table.assign(source=raw.file)
    if _has_entrances(placed.table):
        placed.table = placed.table.assign(entrances=placed.table["entrances"].to_crs(crs))
    return placed


def _has_entrances(table: pd.DataFrame) -> bool:
    """Tell whether a list knows the gates of its areas (OpenStreetMap does)."""
    return "entrances" in table.columns and isinstance(table["entrances"].dtype, GeometryDtype)


def _reduce(placed: Placed) -> None:
    """Reduce lines and collections to a point, and say so; points and areas are kept, an area is entered anywhere."""
    table = placed.table
    types = table.geometry.geom_type
    if types.nunique() < 2 and not types.isin(list(_REDUCED)).any():
        return
    odd = types.isin(list(_REDUCED))
    shapes = table.geometry.copy()
    lines = types == "LineString"
    shapes[lines] = shapely.line_interpolate_point(shapes[lines].values, 0.5, normalized=True)
    shapes[odd & ~lines] = shapely.point_on_surface(shapes[odd & ~lines].values)
    how = [f"{int((types == name).sum())} {name} ({_REDUCED.get(name, 'kept')})" for name in sorted(types.unique())]
    mixed = odd if odd.any() else types != types.mode()[0]
    if types.isin(("Point", "MultiPoint", "Polygon", "MultiPolygon")).all():
        areas = types.isin(("Polygon", "MultiPolygon"))
        if areas.all() or not areas.any():
            return
        mixed = areas
    why = "several kinds of geometry: " + ", ".join(how)
    placed.warn("geom.mixed_types", mixed, "geometry", why, "send points or outlines; areas are entered from any side")
    placed.table = table.set_geometry(shapes)


def _no_facilities(crs: pyproj.CRS) -> gpd.GeoDataFrame:
    index = pd.Index([], name="facility_id", dtype=object)
    return gpd.GeoDataFrame({"kind": [], "name": [], "source": []}, geometry=[], crs=crs, index=index)


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
        if word in own:
            return own[word]
        # Amap lists every code of a place, the chief one first: 090101|141201
        codes = [code for code in word.split("|") if code.isdigit() and len(code) == 6]
        return kind_of(word) or next(filter(None, map(kind_from_amap, codes)), None)

    return tell


def _one_table(tables: Sequence[gpd.GeoDataFrame], crs: pyproj.CRS) -> gpd.GeoDataFrame:
    """Join lists; an id that two lists share is told apart by the name of its file."""
    ids = pd.Series([one for table in tables for one in table.index], dtype=object)
    shared = set(ids[ids.duplicated(keep=False)])
    gates = [table["entrances"] for table in tables if _has_entrances(table)]
    known = [*FACILITIES.columns, "geometry", *(["entrances"] if gates else [])]
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
    if gates:
        whole["entrances"] = gpd.GeoSeries(whole["entrances"], crs=crs)
    return gpd.GeoDataFrame(whole, geometry="geometry", crs=crs)


def known_kinds(specs: Sequence[FacilitiesSpec], found: Sequence[str]) -> frozenset[str]:
    """Return the kinds a study has lists for; a kind it never mentions is 'no data', not 'none there'."""
    kinds = set(found)
    for spec in specs:
        kinds |= {spec.kind} if spec.kind else set(spec.kinds.values())
        form = format_named(spec.source)
        if not spec.kind and form is not None and form.every_kind:
            kinds |= {kind.id for kind in KINDS.values() if kind.osm}
    return frozenset(kind for kind in kinds if kind)
