"""Streets: what nobody walks on set aside by tag and told with its length, lines of one part, cut where asked."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely

from zzgeo.errors import Problem
from zzgeo.formats.osm import why_not_walked
from zzgeo.intake.noding import node_lines
from zzgeo.intake.rows import Fault, Rows, Step
from zzgeo.spec.walking_profile import WalkingProfile

# what a layer may say of walking beside the kind of street
_WALKING_TAGS = ("sidewalk", "foot", "access", "motorroad")


def walkable(profile: WalkingProfile | None = None) -> Step:
    """Return the step that sets aside streets nobody walks on."""
    return _walkable


def _walkable(rows: Rows) -> Rows:
    """Set aside streets whose ``highway`` tag says that nobody walks there; their length is told.

    A layer that knows nothing of sidewalks keeps its trunk roads: in Chinese cities most have one.
    """
    table = rows.table
    if "highway" not in table.columns or "osm_way" in table.columns:
        return rows  # OpenStreetMap files were read by their tags already
    reasons = _why_not_walked(table)
    dropped = np.array([reason is not None for reason in reasons], dtype=bool)
    if not dropped.any():
        return rows
    length = float(table.geometry[dropped].length.sum())
    value = f"{int(dropped.sum())} streets, {length / 1000:.1f} km"
    why, remedy = "nobody walks there, by their highway tag", "listed in quarantined.csv"
    faults: dict[object, Fault] = {
        row: ("highway", str(table.at[row, "highway"]), "osm.tag", str(reason))
        for row, reason in zip(table.index, reasons, strict=True)
        if reason is not None
    }
    return rows.telling(Problem("osm.tag", rows.file, value, why, remedy, "warning")).without(faults)


def _why_not_walked(table: gpd.GeoDataFrame) -> list[str | None]:
    """Return why nobody walks on each street, None where people may; each set of tags is asked about once."""
    known = [name for name in ("highway", *_WALKING_TAGS) if name in table.columns]
    kinds = table[known].astype(object).where(table[known].notna(), "").astype(str)
    why_not = {}
    for said in kinds.drop_duplicates().itertuples(index=False, name=None):
        tags = {name: text for name, text in zip(known, said, strict=True) if text}
        trunk = tags.get("highway") == "trunk" and "sidewalk" not in known
        why_not[said] = None if trunk else why_not_walked(tags)
    return [why_not[said] for said in kinds.itertuples(index=False, name=None)]


def some_street(rows: Rows) -> Rows:
    """Refuse a layer without a street to walk on."""
    if len(rows.table):
        return rows
    return rows.refusing("network.empty", "walkable streets=0", "there is nothing to walk on", "check the extract")


def single_lines(rows: Rows) -> Rows:
    """Join the parts of each MultiLineString where they meet, and give every part that is left a row of its own."""
    table = rows.table
    shapes = np.array(table.geometry.array, dtype=object)
    several = shapely.get_type_id(shapes) == 5
    if not several.any():
        return rows.with_table(table.reset_index(drop=True))
    shapes[several] = shapely.line_merge(shapes[several])
    parts = table.set_geometry(gpd.GeoSeries(shapes, index=table.index, crs=table.crs))
    return rows.with_table(parts.explode(ignore_index=True))


def cut_at_crossings(asked: bool) -> Step:
    """Return the step that cuts lines where they cross, only if the study asks: it makes a crossing of every bridge."""

    def step(rows: Rows) -> Rows:
        if not asked:
            return rows
        lines, notes = node_lines(rows.table, rows.file)
        return rows.with_table(lines).telling(*notes)

    return step


def numbered_edges(rows: Rows) -> Rows:
    """Give edges numbers of their own: they are no longer the rows of their file."""
    return rows.with_table(rows.table.reset_index(drop=True).rename_axis("edge_id"))
