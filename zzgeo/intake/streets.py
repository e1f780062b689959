"""Streets: what nobody walks on set aside by tag and told with its length, lines of one part, cut where asked."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd

from zzgeo.errors import Problem
from zzgeo.intake.noding import node_lines
from zzgeo.intake.rows import Fault, Rows, Step
from zzgeo.network.ends import line_parts
from zzgeo.network.heights import told_of_heights
from zzgeo.spec.levels import lifted
from zzgeo.spec.street_hints import name_column
from zzgeo.spec.street_tables import BY_NAME, class_column, sorted_out
from zzgeo.spec.text_cells import plain_name, text_cells
from zzgeo.spec.unknown_classes import left_out
from zzgeo.spec.walking_profile import WalkingProfile
from zzgeo.vocabulary.life_words import is_not_there, is_state_column

#: Columns that say of streets how high they are, and something else of what stops them: rivers lie on layers below.
_NO_HEIGHT = frozenset(("layer", "zlevel", "zlayer", "structure", "structuretype", "构造物", "构筑物"))


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


def on_the_ground(rows: Rows) -> Rows:
    """Set aside barriers that stop nobody: bridges, tunnels, and what is not there; a river on a layer below is one."""
    table = rows.table
    if rows.raw.extra.get("datum_known"):
        return rows  # a map was read by its tags already
    names = [str(name) for name in table if name != table.geometry.name]
    over = lifted(pd.DataFrame(table[[name for name in names if plain_name(name) not in _NO_HEIGHT]]))
    reason = "a bridge or a tunnel: it stops nobody on the ground"
    reasons = np.where(over, reason, "").astype(object)
    for name in names:
        if is_state_column(plain_name(name)):
            cells = text_cells(table[name])
            gone = np.array([is_not_there(text) for text in cells.texts], dtype=bool)[cells.code]
            reason = "it is not there yet, or no more"
            reasons[gone] = reason
    faults: dict[object, Fault] = {
        row: ("geometry", "", "barrier.none", str(said)) for row, said in zip(table.index, reasons, strict=True) if said
    }
    if not faults:
        return rows
    value = f"{len(faults)} of {len(table)} rows"
    why, remedy = "bridges, tunnels and what is not there stop nobody on foot", "listed in quarantined.csv"
    return rows.without(faults).telling(Problem("barrier.none", rows.file, value, why, remedy, "warning"))


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
