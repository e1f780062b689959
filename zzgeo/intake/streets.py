"""Streets: lines in metres, what nobody walks on set aside by tag and told with its length."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pyproj
import shapely

from zzgeo.errors import Problem
from zzgeo.formats.osm import why_not_walked
from zzgeo.formats.parts.base import RawLayer
from zzgeo.intake.noding import node_lines
from zzgeo.intake.place import Placed, errors_of, place_layer
from zzgeo.intake.tables import Built, built_of, raw_of
from zzgeo.spec.schema import BARRIERS, STREETS
from zzgeo.spec.study_file import InputSpec, StreetsSpec

# what a layer may say of walking beside the kind of street
_WALKING_TAGS = ("sidewalk", "foot", "access", "motorroad")


def street_layer(folder: Path, spec: StreetsSpec, crs: pyproj.CRS) -> Built:
    """Build the street table: LineStrings in the metric CRS, attributes kept, what nobody walks on set aside by tag.

    Lines are cut where they cross only if the study asks for it: it would make a crossing of every bridge.
    """
    raw = raw_of(spec, folder, "streets")
    placed = street_rows(raw, spec, crs)
    built = built_of(placed, "streets", raw, spec)
    if not errors_of(placed.problems):
        lines = _single_lines(placed.table)
        if spec.node:
            lines, notes = node_lines(lines, raw.file)
            built.problems += notes
        built.table = lines.reset_index(drop=True).rename_axis("edge_id")
    return built


def street_rows(raw: RawLayer, spec: InputSpec, crs: pyproj.CRS) -> Placed:
    """Bring streets into metres, still on the rows of their file; what is no line, or not walked, is set aside."""
    placed = place_layer(raw, STREETS, spec.columns, spec.datum, crs)
    if errors_of(placed.problems):
        return placed
    kinds = placed.table.geometry.geom_type
    placed.set_aside(
        {
            row: ("geometry", str(kinds[row]), "geom.mixed_types", "streets are lines")
            for row in placed.table.index[~kinds.isin(("LineString", "MultiLineString"))]
        }
    )
    _drop_unwalkable(placed)
    if not len(placed.table) and not errors_of(placed.problems):
        why, remedy = "there is nothing to walk on", "check the extract"
        placed.problems.append(Problem("network.empty", placed.file, "walkable streets=0", why, remedy))
    return placed


def barrier_layer(folder: Path, spec: InputSpec, crs: pyproj.CRS) -> Built:
    """Build the barriers nobody can cross on foot: lines, or areas whose outline counts, in the metric CRS."""
    raw = raw_of(spec, folder, "barriers")
    placed = place_layer(raw, BARRIERS, spec.columns, spec.datum, crs)
    if not errors_of(placed.problems):
        kinds = placed.table.geometry.geom_type
        allowed = kinds.isin(BARRIERS.geometry)
        placed.set_aside(
            {
                row: ("geometry", str(kinds[row]), "geom.mixed_types", "barriers are lines or areas")
                for row in placed.table.index[~allowed]
            }
        )
    return built_of(placed, "barriers", raw, spec)


def _single_lines(table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Join the parts of each MultiLineString where they meet, and give every part that is left a row of its own."""
    shapes = np.array(table.geometry.array, dtype=object)
    several = shapely.get_type_id(shapes) == 5
    if not several.any():
        return table.reset_index(drop=True)
    shapes[several] = shapely.line_merge(shapes[several])
    return table.set_geometry(gpd.GeoSeries(shapes, index=table.index, crs=table.crs)).explode(ignore_index=True)


def _drop_unwalkable(placed: Placed) -> None:
    """Set aside streets whose ``highway`` tag says that nobody walks there; their length is told.

    A layer that knows nothing of sidewalks keeps its trunk roads: in Chinese cities most have one.
    """
    table = placed.table
    if "highway" not in table.columns or "osm_way" in table.columns:
        return  # OpenStreetMap files were read by their tags already
    known = [name for name in ("highway", *_WALKING_TAGS) if name in table.columns]
    kinds = table[known].astype(object).where(table[known].notna(), "").astype(str)
    why_not = {}
    for said in kinds.drop_duplicates().itertuples(index=False):
        tags = {name: text for name, text in zip(known, said, strict=True) if text}
        trunk = tags.get("highway") == "trunk" and "sidewalk" not in known
        why_not[tuple(said)] = None if trunk else why_not_walked(tags)
    reasons = [why_not[said] for said in kinds.itertuples(index=False, name=None)]
    dropped = np.array([reason is not None for reason in reasons], dtype=bool)
    if dropped.any():
        length = float(table.geometry[dropped].length.sum())
        value = f"{int(dropped.sum())} streets, {length / 1000:.1f} km"
        why, remedy = "nobody walks there, by their highway tag", "listed in quarantined.csv"
        placed.problems.append(Problem("osm.tag", placed.file, value, why, remedy, "warning"))
        faults = {
            row: ("highway", str(table.at[row, "highway"]), "osm.tag", str(reasons[at]))
            for at, row in enumerate(table.index)
            if dropped[at]
        }
        placed.set_aside(faults)
