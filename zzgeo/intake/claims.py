"""What a study and a file say of a layer, held against each other: columns, rows, datum, where the places stand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

import geopandas as gpd
import pandas as pd

from zzgeo.crs.datums import same_grid
from zzgeo.crs.metric import Datum, parse_datum
from zzgeo.errors import InputError, Problem
from zzgeo.formats.parts.base import RawLayer
from zzgeo.intake.coordinate_cells import heading_datum, in_two_columns
from zzgeo.intake.rows import Rows, Step, together


def claims(columns: Mapping[str, str], declared: str | None) -> Step:
    """Return the step that takes a study at its word: its columns, its datum; all that is wrong is told at once."""
    return together(renamed(columns), some_row, in_datum(declared, columns), with_places)


def renamed(columns: Mapping[str, str]) -> Step:
    """Return the step that brings a table under our column names, ``{ours: the file's}``."""

    def step(rows: Rows) -> Rows:
        table, named = in_two_columns(rows.table, columns)
        missing = []
        for name, theirs in named.items():
            if theirs not in table.columns:
                remedy = "the columns are: " + ", ".join(map(str, table.columns[:30]))
                why = f"the study reads {name} from it"
                missing.append(Problem("schema.missing_column", rows.file, theirs, why, remedy))
        present = {theirs: name for name, theirs in named.items() if theirs in table.columns}
        geometry = table._geometry_column_name if isinstance(table, gpd.GeoDataFrame) else None
        # a column of theirs that happens to bear one of our names must not be mistaken for a mapped one
        clash = [c for c in table.columns if c in present.values() and c not in present and c != geometry]
        return rows.with_table(table.drop(columns=clash).rename(columns=present)).telling(*missing)

    return step


def some_row(rows: Rows) -> Rows:
    """Refuse a layer without rows."""
    if len(rows.table):
        return rows
    why = "no row of the layer can be used" if rows.rejected else "the layer has no rows"
    return rows.refusing("layer.empty", "rows=0", why, "send the layer again")


def in_datum(declared: str | None, columns: Mapping[str, str] = MappingProxyType({})) -> Step:
    """Return the step that settles how the coordinates are read; what the headings in `columns` say of it is heard."""
    headed = heading_datum(columns)

    def step(rows: Rows) -> Rows:
        try:
            datum = layer_datum(rows.raw, declared or headed, rows.file)
            if headed and parse_datum(headed).shift != datum.shift:
                remedy = f'say datum = "{headed}"; if the coordinates were converted, call the columns otherwise'
                value = f"datum = {datum.name}, columns {columns.get('lon')}, {columns.get('lat')}"
                return rows.refusing("crs.mismatch", value, f"the headings say {headed}", remedy)
            return replace(rows, datum=datum)
        except InputError as error:
            return rows.telling(*error.problems)

    return step


def layer_datum(raw: RawLayer, declared: str | None, where: str) -> Datum:
    """Return the datum of a layer: what the study declares, checked against what the file says of itself.

    Raises
    ------
    CrsError, InputError
        ``crs.missing`` where nobody says it, ``crs.mismatch`` where file and study disagree.
    """
    known = raw.extra.get("datums")
    if isinstance(known, tuple):
        return _of_service(known, declared, where)
    sure = raw.extra.get("datum_known") or raw.extra.get("crs_given")
    if declared is None and raw.crs is not None and (raw.crs.is_projected or sure):
        return parse_datum(raw.crs.to_string(), where)
    if declared is None:
        remedy = 'say datum = "EPSG:4547", "GCJ-02", "BD-09" or "EPSG:4326" for this layer in study.toml'
        why = "the datum is unknown" if raw.crs is None else "degrees may be WGS84 or GCJ-02: only you know"
        raise InputError([Problem("crs.missing", where, "no datum", why, remedy)])
    datum = parse_datum(declared, where)
    if datum.shift != "none" and raw.crs is not None and raw.crs.is_projected:
        # digitised over a web map and stored in metres: the shift is in the places, not in the projection
        return replace(datum, crs=raw.crs)
    # parameters of one's own are what the file lacks, not what it contradicts
    said = datum.crs.source_crs if datum.crs.is_bound and datum.crs.source_crs is not None else datum.crs
    fits = raw.crs is not None and (raw.crs == datum.crs or same_grid(raw.crs, said))
    if raw.crs is not None and raw.crs.is_projected and not fits:
        remedy = "correct the datum in study.toml, or the file's CRS"
        why = f"the file says {raw.crs.name}"
        raise InputError([Problem("crs.mismatch", where, f"datum = {datum.name}", why, remedy)])
    return datum


def _of_service(known: tuple[str, ...], declared: str | None, where: str) -> Datum:
    """Return the datum of a service's answer: its own, or of those it may have the one that is declared."""
    datum = parse_datum(declared or known[0], where)
    if datum.name not in known:
        why = f"the answers of this service are in {' or '.join(known)}"
        remedy = f'say datum = "{known[0]}", or leave it out'
        raise InputError([Problem("crs.mismatch", where, f"datum = {datum.name}", why, remedy)])
    return datum


def with_places(rows: Rows) -> Rows:
    """Refuse a table that names no columns of coordinates; said once the datum is, and not beside a missing column."""
    spatial = isinstance(rows.table, gpd.GeoDataFrame)
    told = any(note.code == "schema.missing_column" for note in rows.notes)
    if rows.datum is None or spatial or told or {"lon", "lat"} <= set(rows.table.columns):
        return rows
    remedy = 'name them in the study file: columns = { lon = "经度", lat = "纬度" }'
    return rows.refusing("schema.missing_column", "lon, lat", "places are needed", remedy)


def without_geometry(rows: Rows) -> Rows:
    """Take the geometry off a layer that is a plain table."""
    return rows.with_table(pd.DataFrame(rows.table.drop(columns=["geometry"], errors="ignore")))
