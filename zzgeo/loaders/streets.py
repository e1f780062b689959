"""Streets: lines in metres, what nobody walks on set aside by tag and told with its length."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import pyproj
import shapely
from shapely.geometry.base import BaseGeometry

from zzgeo.errors import Problem
from zzgeo.loaders.osm import why_not_walked
from zzgeo.loaders.place import Fault, Placed, errors_of, place_layer
from zzgeo.loaders.tables import Built, built_of, raw_of
from zzgeo.schema import STREETS
from zzgeo.study_file import InputSpec


def street_layer(folder: Path, spec: InputSpec, crs: pyproj.CRS) -> Built:
    """Build the street table: LineStrings in the metric CRS, attributes kept, what nobody walks on set aside by tag."""
    raw = raw_of(spec, folder, "streets")
    placed = place_layer(raw, STREETS, spec.columns, spec.datum, crs)
    if errors_of(placed.problems):
        return built_of(placed, "streets", raw, spec)
    kinds = placed.table.geometry.geom_type
    faults: dict[object, Fault] = {
        row: ("geometry", str(kinds[row]), "geom.mixed_types", "streets are lines")
        for row in placed.table.index[~kinds.isin(("LineString", "MultiLineString"))]
    }
    placed.set_aside(faults)
    _drop_unwalkable(placed)
    built = built_of(placed, "streets", raw, spec)
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
    reasons: dict[object, Fault] = {}
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
