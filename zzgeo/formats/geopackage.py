"""GeoPackage, through GDAL, after it was asked whether it is whole and reaches outside; broken shapes are told."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from urllib.parse import quote

import geopandas as gpd
import pyogrio

from zzgeo.formats.parts.base import Content, Format, Options, RawLayer, Rejected, refuse
from zzgeo.formats.parts.domains import Names, described
from zzgeo.formats.parts.gdal import chosen_layer, gdal_faults, gdal_on_a_lead, layer_of, layers_in, without_rows

#: Virtual tables that only index what is in the file; others read other files or run code.
_HARMLESS = re.compile(r"using\s+[\"'`\[]?(rtree|rtree_i32|geopoly|fts3|fts4|fts5)\b", re.IGNORECASE)


def read_geopackage(path: Path, options: Options) -> RawLayer:
    """Read one layer; rows are numbered from 1, a column of coded values holds what its domain calls them.

    Raises
    ------
    InputError
        ``file.corrupt``, ``file.driver_refused``, ``layer.ambiguous`` where there are several layers and none is named,
        ``layer.missing``, ``layer.empty``, ``schema.missing_column`` for a layer without geometry, ``crs.unknown``.
    """
    check_geopackage(path)
    with gdal_on_a_lead(path, 'GPKG:"', '"') as source, gdal_faults(path.name, "file.corrupt"):
        layer = chosen_layer(_layers(source, *_state(path)), path.name, options)
        # as text a time keeps the day and the zone it was written in; as a time GDAL turns it into UTC
        meta, table = pyogrio.read_arrow(source, layer=layer, return_fids=True, datetime_as_string=True)
    stored = rows_stored(path, layer)
    if stored is not None and stored != len(table):
        why = "the database has more rows than can be read"
        raise refuse("file.corrupt", path.name, f"{len(table)} of {stored} rows", why, "send the file again")
    fids = table.column(meta["fid_column"] or "OGC_FID").to_pylist()
    table = table.drop_columns([meta["fid_column"] or "OGC_FID"])
    table, coded = described(table, *_domains(path, layer), path.name)
    raw = layer_of(path, meta, table, range(1, len(table) + 1), options, coded)
    if not isinstance(raw.table, gpd.GeoDataFrame):
        return raw
    # GDAL gives no geometry where it cannot read the blob's head; the file knows whether there was one
    blank = list(raw.table.index[raw.table.geometry.isna()])
    broken = stored_shapes(path, layer, [fids[label - 1] for label in blank])
    rows = [label for label in blank if fids[label - 1] in broken]
    why = "the bytes of this geometry cannot be read"
    rejected = [Rejected(path.name, str(row), "geometry", "", "geom.unreadable", why) for row in rows]
    return without_rows(raw, rows, rejected)


def check_geopackage(path: Path) -> None:
    """Refuse a database that is damaged, or whose tables reach outside the file.

    Raises
    ------
    InputError
        ``file.corrupt``, ``file.driver_refused``.
    """
    _check_state(path, *_state(path))


def _state(path: Path) -> tuple[int, int, int]:
    """Return what changes when somebody writes to a file."""
    state = path.stat()
    return state.st_ino, state.st_size, state.st_mtime_ns


@lru_cache(maxsize=64)
def _layers(source: str, *state: int) -> dict[str, str | None]:
    """Return the layers of a file, listed once in this state: that takes as long as to read one."""
    return layers_in(source)


@lru_cache(maxsize=64)
def _check_state(path: Path, *state: int) -> None:
    """Check a database once in this state, of which a study may read many layers."""
    with _opened(path) as database:
        [verdict] = database.execute("PRAGMA quick_check(1)").fetchone()
        if verdict != "ok":
            why = "the database is damaged or cut off"
            raise refuse("file.corrupt", path.name, str(verdict)[:120], why, "send the file again")
        for kind, name, sql in database.execute("SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL"):
            text = str(sql)
            virtual = re.match(r"\s*create\s+virtual\s+table", text, re.IGNORECASE)
            endless = kind == "view" and re.search(r"\brecursive\b", text, re.IGNORECASE)
            if endless or (virtual and not _HARMLESS.search(text)):
                why = "this table is made by running code, not stored"
                raise refuse("file.driver_refused", path.name, str(name)[:80], why, "export the layer alone")


def stored_shapes(path: Path, layer: str, fids: Iterable[int]) -> set[int]:
    """Return those of the rows that have bytes where their geometry should be."""
    wanted = list(fids)
    with _opened(path) as database:
        row = database.execute(
            "SELECT table_name, column_name FROM gpkg_geometry_columns WHERE lower(table_name) = lower(?)", (layer,)
        ).fetchone()
        if row is None or not wanted:
            return set()
        table, column = (str(name).replace('"', '""') for name in row)
        found = database.execute(f'SELECT rowid FROM "{table}" WHERE "{column}" IS NOT NULL')
        return {int(fid) for (fid,) in found if isinstance(fid, int)} & set(wanted)


def _domains(path: Path, layer: str) -> tuple[dict[str, Names], Names]:
    """Return the coded domains of a database by name, ``{code: description}``, and the domain of each column."""
    domains: dict[str, Names] = {}
    with _opened(path) as database:
        tables = {name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        if not {"gpkg_data_columns", "gpkg_data_column_constraints"} <= tables:
            return {}, {}
        fields = database.execute(
            "SELECT column_name, constraint_name FROM gpkg_data_columns "
            "WHERE lower(table_name) = lower(?) AND constraint_name IS NOT NULL",
            (layer,),
        ).fetchall()
        for name, code, text in database.execute(
            "SELECT constraint_name, value, description FROM gpkg_data_column_constraints "
            "WHERE constraint_type = 'enum'"
        ):
            if code is not None and text:
                domains.setdefault(str(name), {})[str(code)] = str(text)
    return domains, {str(column): str(name) for column, name in fields}


def rows_stored(path: Path, layer: str) -> int | None:
    """Return how many rows a table holds; None where another program left changes beside the file."""
    if path.with_name(path.name + "-wal").exists():
        return None
    with _opened(path) as database:
        table = layer.replace('"', '""')
        [count] = database.execute(f'SELECT count(*) FROM "{table}"').fetchone()
        return int(count)


@contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
    """Open a database for reading only, leaving nothing beside it."""
    try:
        database = sqlite3.connect(f"file:{quote(str(path.resolve()))}?mode=ro&immutable=1", uri=True)
        try:
            yield database
        finally:
            database.close()
    except (sqlite3.Error, UnicodeDecodeError) as error:
        why = "the database is damaged or cut off"
        raise refuse("file.corrupt", path.name, str(error)[:120], why, "send the file again") from None


FORMAT = Format(
    "geopackage",
    "GeoPackage",
    "GeoPackage",
    {".gpkg": Content((b"SQLite format 3\x00",), "a SQLite database")},
    read_geopackage,
    driver="GPKG",
)
