"""What a GeoPackage is asked before GDAL opens it: is it whole, does it reach outside, which shapes are broken."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from zzgeo.formats.base import refuse

#: Virtual tables that only index what is in the file; others read other files or run code.
_HARMLESS = re.compile(r"using\s+[\"'`\[]?(rtree|rtree_i32|geopoly|fts3|fts4|fts5)\b", re.IGNORECASE)


def check_geopackage(path: Path) -> None:
    """Refuse a database that is damaged, or whose tables reach outside the file.

    Raises
    ------
    InputError
        ``file.corrupt``, ``file.driver_refused``.
    """
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
