"""Streets: what nobody walks on set aside by tag and told with its length, lines of one part, cut where asked."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import geopandas as gpd
import numpy as np

from zzgeo.errors import Problem
from zzgeo.intake.noding import node_lines
from zzgeo.intake.rows import Fault, Rows, Step
from zzgeo.network.ends import line_parts
from zzgeo.network.heights import told_of_heights
from zzgeo.spec.street_hints import name_column
from zzgeo.spec.street_tables import BY_NAME, class_column, sorted_out
from zzgeo.spec.unknown_classes import left_out
from zzgeo.spec.walking_profile import WalkingProfile


def walkable(profile: WalkingProfile | None = None, as_of: dt.date | None = None) -> Step:
    """Return the step that sets aside the streets nobody walks on by a profile on a day, and marks the private ones."""

    def step(rows: Rows) -> Rows:
        if rows.raw.extra.get("by_tags"):
            return rows  # OpenStreetMap files were read by their tags already
        streets = sorted_out(rows.table, rows.file, profile, as_of)
        of_class, of_name = class_column(rows.table).column or "tags", name_column(rows.table) or "name"
        faults: dict[object, Fault] = {
            row: (
                (column := of_name if reason.endswith(BY_NAME) else of_class),
                str(rows.table.at[row, column]) if column in rows.table else "",
                "osm.tag",
                reason,
            )
            for row, kept, reason in zip(rows.table.index, streets.kept, streets.reasons, strict=True)
            if not kept
        }
        notes = [_listed(note) for note in streets.notes]
        metres = rows.table.geometry.length.groupby(np.asarray(streets.reasons, dtype=object)).sum().to_dict()
        notes += left_out(metres, float(rows.table.geometry[streets.kept].length.sum()), rows.file)
        return rows.without(faults).with_table(streets.table).telling(*notes)

    return step


def told_of_heights_lost(rows: Rows) -> Rows:
    """Tell of streets that share a place far above one another: a study has no heights of lines, and joins them."""
    table = rows.table
    if rows.datum is None or not isinstance(table, gpd.GeoDataFrame) or rows.raw.extra.get("by_tags"):
        return rows
    return rows.telling(*told_of_heights(table, rows.file, degrees=rows.datum.crs.is_geographic))


def _listed(note: Problem) -> Problem:
    """Return a note with the place where what was set aside is listed."""
    return replace(note, remedy="listed in quarantined.csv") if note.code == "osm.tag" else note


def some_street(rows: Rows) -> Rows:
    """Refuse a layer without a street to walk on."""
    if len(rows.table):
        return rows
    return rows.refusing("network.empty", "walkable streets=0", "there is nothing to walk on", "check the extract")


def single_lines(rows: Rows) -> Rows:
    """Give every part of a MultiLineString a row of its own: a street may begin where two parts meet."""
    return rows.with_table(line_parts(rows.table).reset_index(drop=True))


def cut_at_crossings(asked: bool) -> Step:
    """Return the step that cuts lines of one level where they cross, only if the study asks.

    A layer may not say which lines are bridges: each of them becomes a crossing.
    """

    def step(rows: Rows) -> Rows:
        if not asked:
            return rows
        lines, notes = node_lines(rows.table, rows.file)
        return rows.with_table(lines).telling(*notes)

    return step


def numbered_edges(rows: Rows) -> Rows:
    """Give edges numbers of their own: they are no longer the rows of their file."""
    return rows.with_table(rows.table.reset_index(drop=True).rename_axis("edge_id"))
