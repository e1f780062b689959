"""Tables of a PostgreSQL/PostGIS database: looked up before they are named, read in one read-only transaction.

A study says which table, never how to ask for it: there is no free SQL. It says where the database is known from
(an environment variable, or a service of libpq), never a password.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely

from zzgeo.crs.metric import parse_datum
from zzgeo.errors import CrsError, InputError, MissingExtra, Problem, ServiceUnavailable
from zzgeo.formats.parts.base import Options, RawLayer, Rejected, Source, refuse

if TYPE_CHECKING:
    import psycopg
    from psycopg.sql import Composable

#: What a study names it by.
_NAME = "postgis"

#: A query that takes longer than this, or waits this long for a lock, is given up.
STATEMENT_TIMEOUT_S = 300
LOCK_TIMEOUT_S = 10
CONNECT_TIMEOUT_S = 10

_ROWS_AT_ONCE = 20_000

#: An arc is drawn as lines that nowhere leave it by more than this, in metres or degrees.
_ARC_M, _ARC_DEGREES = 0.001, 1e-8

#: PostGIS takes an arc below 1e-8 units as straight: degrees are stretched for it, by a power of two to lose no bit.
_STRETCH = 2.0**17

#: Columns that hold pictures or files; no table of ours needs them.
_HEAVY_TYPES = ("bytea", "raster", "topogeometry")

# The words of the server may repeat a piece of a mistyped address, and with it of the password: they are not shown.
_CAUSES = (
    (("password", "authentication", "pg_hba", "role "), "the database refuses the user or the password"),
    (("database ",), "there is no such database, or it is not open to this user"),
    (("timeout", "timed out"), "the server does not answer in time"),
    (("refused", "no such file", "translate host", "resolve", "unreachable"), "no database server answers there"),
    (("service",), "pg_service.conf has no such service"),
    (("ssl", "certificate"), "no secure connection can be made"),
)

_RELATIONS = """
SELECT c.oid, n.nspname, c.relname, has_table_privilege(c.oid, 'SELECT') OR has_any_column_privilege(c.oid, 'SELECT')
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'v', 'm', 'f', 'p') AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'
  AND has_schema_privilege(n.oid, 'USAGE')
ORDER BY n.nspname, c.relname
"""

_COLUMNS = """
SELECT a.attname, t.typname, COALESCE(k.place, 0)
FROM pg_catalog.pg_attribute a
JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
LEFT JOIN (
  SELECT u.attnum, u.place FROM pg_catalog.pg_index i, unnest(i.indkey::smallint[]) WITH ORDINALITY AS u(attnum, place)
  WHERE i.indrelid = %(table)s AND i.indisprimary
) k ON k.attnum = a.attnum
WHERE a.attrelid = %(table)s AND a.attnum > 0 AND NOT a.attisdropped
  AND has_column_privilege(a.attrelid, a.attnum, 'SELECT')
ORDER BY a.attnum
"""

_POSTGIS_SCHEMA = """
SELECT n.nspname FROM pg_catalog.pg_extension e JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace
WHERE e.extname = 'postgis'
"""


@dataclass(frozen=True)
class _Table:
    """A table as the catalogue knows it: its columns in order, its primary key, its geometry column if it has one."""

    schema: str
    name: str
    columns: tuple[str, ...]
    key: tuple[str, ...]
    geometry: str | None
    functions: str

    @property
    def label(self) -> str:
        return f"{_NAME}:{self.schema}.{self.name}"


def read_table(table: str | None, connection: str | None, options: Options) -> RawLayer:
    """Read a table, view or materialised view: every cell as text, rows labelled by primary key.

    Parameters
    ----------
    table
        ``"schema.table"``, or the name alone where it stands in one schema only.
    connection
        ``"env:NAME"``: the environment variable that holds the address; ``"service:NAME"``: an entry of
        ``pg_service.conf``; left out, libpq's own variables (``PGHOST``, ``PGDATABASE`` …) say it.
    options
        ``layer`` names the geometry column where there are several.

    Returns
    -------
    RawLayer
        A GeoDataFrame in the CRS of the table's SRID, or a DataFrame where no column holds geometry. Without a primary
        key rows are numbered from 1 in the order of their content. ``sha256`` is that of the rows, in any order.

    Raises
    ------
    InputError
        ``config.unsafe`` for a password or SQL in the study, ``layer.missing``, ``layer.ambiguous``, ``crs.mismatch``
        for several SRIDs in one table.
    ServiceUnavailable
        If the database does not answer, refuses the user, or takes longer than `STATEMENT_TIMEOUT_S`.
    MissingExtra
        If psycopg is not installed.
    """
    with _connected(connection) as database:
        found = _lookup(database, table, options)
        crs = _crs_of(database, found)
        rows = _rows(database, found, crs)
    return _layer(found, crs, rows)


def _address(connection: str | None) -> dict[str, Any]:
    """Return what to hand to libpq; nothing of a refused text is repeated, it may hold a password."""
    if connection is None:
        return {}
    said = re.fullmatch(r"(env|service):([A-Za-z_][\w.-]*)", connection)
    if said is None:
        why = "a study names where the connection is known from, never the connection: it is passed on with the data"
        remedy = 'write connection = "env:ZZGEO_DB" or "service:planning"; a password belongs in PGPASSFILE'
        raise refuse("config.unsafe", _NAME, "connection", why, remedy)
    if said[1] == "service":
        return {"service": said[2]}
    text = os.environ.get(said[2], "")
    if not text:
        remedy = f"set it: export {said[2]}=postgresql://user@host/database"
        raise refuse("config.invalid", _NAME, connection, "this environment variable is not set", remedy)
    return {"conninfo": text}


@contextmanager
def _connected(connection: str | None) -> Iterator[psycopg.Connection[Any]]:
    """Open one read-only transaction that sees one state of the database; it is rolled back at the end."""
    try:
        import psycopg
        from psycopg.conninfo import make_conninfo
    except ImportError as error:
        raise MissingExtra(f'PostGIS tables need psycopg: pip install "zzgeo[postgis]" ({error})') from None
    address = _address(connection)
    where = connection or "libpq's environment"
    try:
        conninfo = make_conninfo(address.pop("conninfo", ""), **address)
    except psycopg.ProgrammingError:
        remedy = "write it as postgresql://user@host:port/database"
        raise refuse("config.invalid", _NAME, where, "this is no address of a database", remedy) from None
    if "connect_timeout" not in conninfo:
        conninfo = make_conninfo(conninfo, connect_timeout=CONNECT_TIMEOUT_S)
    try:
        with psycopg.connect(conninfo, client_encoding="utf8", application_name="zzgeo") as database:
            database.read_only = True
            database.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            _settle(database)
            yield database
            database.rollback()
    except psycopg.Error as error:
        raise _told(error, where) from None
    except UnicodeDecodeError as error:
        remedy = "the database keeps bytes of an unknown encoding (SQL_ASCII): have it converted"
        raise refuse("encoding.invalid", _NAME, where, error.reason, remedy) from None


def _settle(database: psycopg.Connection[Any]) -> None:
    """Make the transaction the same whoever reads: time limits, and how numbers and dates are written.

    Settings are local to the transaction: a pool in front of the database hands the session on to others.
    """
    settings = {
        "statement_timeout": f"{STATEMENT_TIMEOUT_S}s",
        "lock_timeout": f"{LOCK_TIMEOUT_S}s",
        "datestyle": "ISO, YMD",
        "timezone": "UTC",
        "extra_float_digits": "1",
    }
    for name, value in settings.items():
        database.execute("SELECT pg_catalog.set_config(%s, %s, true)", (name, value))


def _told(error: psycopg.Error, where: str) -> ServiceUnavailable | InputError:
    """Return the error to raise for one of psycopg's."""
    from psycopg import OperationalError, errors

    if isinstance(error, errors.ReadOnlySqlTransaction):
        why = "reading it would change the database"
        return refuse("config.unsafe", _NAME, where, why, "name a table, or a view that only reads")
    if isinstance(error, errors.QueryCanceled | errors.LockNotAvailable):
        why = f"no answer within {STATEMENT_TIMEOUT_S} s"
        return _unavailable(where, why, "name a smaller table, or a materialised view")
    if error.sqlstate is None or isinstance(error, OperationalError):
        text = str(error).lower()
        why = next((cause for words, cause in _CAUSES if any(word in text for word in words)), "no answer")
        return _unavailable(where, why, "check the connection with psql, then run again")
    words = (error.diag.message_primary or "")[:120]
    value = f"SQLSTATE {error.sqlstate}: {words}"
    return refuse("file.corrupt", _NAME, value, "the database cannot give these rows", "mend the table or the view")


def _unavailable(where: str, why: str, remedy: str) -> ServiceUnavailable:
    return ServiceUnavailable(Problem("service.unavailable", _NAME, where, why, remedy))


def _lookup(database: psycopg.Connection[Any], wanted: str | None, options: Options) -> _Table:
    """Find the table among those the user may read; a name is only ever compared, never taken apart or run."""
    relations = database.execute(_RELATIONS).fetchall()
    names = [f"{schema}.{name}" for _, schema, name, _ in relations]
    table_found = [row for row, full in zip(relations, names, strict=True) if wanted in (full, row[2])]
    if not table_found:
        listed = ", ".join(names[:20]) + (f" and {len(names) - 20} more" if len(names) > 20 else "")
        raise refuse("layer.missing", _NAME, str(wanted), "no such table", f"the tables are: {listed or 'none'}")
    if len(table_found) > 1:
        several = ", ".join(f"{schema}.{name}" for _, schema, name, _ in table_found)
        raise refuse("layer.ambiguous", _NAME, several, "several tables have this name", 'say table = "schema.name"')
    oid, schema, name, readable = table_found[0]
    columns = database.execute(_COLUMNS, {"table": oid}).fetchall() if readable else []
    if not columns:
        remedy = "ask the keeper of the database for the right to SELECT"
        raise refuse("layer.missing", _NAME, f"{schema}.{name}", "the user may not read this table", remedy)
    shapes = [column for column, kind, _ in columns if kind in ("geometry", "geography")]
    plain = tuple(column for column, kind, _ in columns if column not in shapes and kind not in _HEAVY_TYPES)
    key = tuple(column for column, _, place in sorted(columns, key=lambda row: row[2]) if place)
    schema_row = database.execute(_POSTGIS_SCHEMA).fetchone()
    functions = str(schema_row[0]) if schema_row else ""
    return _Table(schema, name, plain, key, _chosen_shape(shapes, options, f"{schema}.{name}"), functions)


def _chosen_shape(shapes: Sequence[str], options: Options, name: str) -> str | None:
    if options.layer is None:
        if len(shapes) > 1:
            remedy = f'say which: layer = "{shapes[0]}"'
            raise refuse("layer.ambiguous", f"{_NAME}:{name}", ", ".join(shapes), "several geometry columns", remedy)
        return shapes[0] if shapes else None
    if options.layer not in shapes:
        remedy = "the geometry columns are: " + (", ".join(shapes) or "none")
        raise refuse("layer.missing", f"{_NAME}:{name}", options.layer, "no such geometry column", remedy)
    return options.layer


def _call(table: _Table, function: str, *arguments: Composable) -> Composable:
    """Return a call of a PostGIS function by its full name: nobody else's function of the same name is run."""
    from psycopg import sql

    return sql.SQL("{}({})").format(sql.Identifier(table.functions, function), sql.SQL(", ").join(arguments))


def _shape(table: _Table) -> Composable:
    from psycopg import sql

    assert table.geometry is not None
    kind = sql.Identifier(table.functions, "geometry")
    return sql.SQL("{}::{}").format(sql.Identifier(table.geometry), kind)


def _crs_of(database: psycopg.Connection[Any], table: _Table) -> pyproj.CRS | None:
    """Return the CRS of the table's one SRID; rows of several SRIDs would be read as if they were of the first."""
    if table.geometry is None:
        return None
    from psycopg import sql

    query = sql.SQL("SELECT {} AS srid, count(*) FROM {} WHERE {} IS NOT NULL GROUP BY 1 ORDER BY 2 DESC, 1").format(
        _call(table, "st_srid", _shape(table)),
        sql.Identifier(table.schema, table.name),
        sql.Identifier(table.geometry),
    )
    counts = database.execute(query).fetchall()
    if len(counts) > 1:
        value = ", ".join(f"SRID {srid}: {rows} rows" for srid, rows in counts)
        remedy = "bring all rows into one CRS (ST_Transform), or name a view per SRID"
        raise CrsError([Problem("crs.mismatch", table.label, value, "the table mixes several CRSs", remedy)])
    if not counts or counts[0][0] == 0:
        return None
    place = sql.Identifier(table.functions, "spatial_ref_sys")
    query = sql.SQL("SELECT auth_name || ':' || auth_srid, srtext FROM {} WHERE srid = %s").format(place)
    for text in database.execute(query, (counts[0][0],)).fetchone() or (str(counts[0][0]),):
        try:
            return parse_datum(text or "", table.label).crs
        except CrsError as error:
            refused = error
    raise refused


def _rows(database: psycopg.Connection[Any], table: _Table, crs: pyproj.CRS | None) -> list[tuple[Any, ...]]:
    """Return the rows: key, columns as text, then geometry as WKB, whether it is empty, whether it has arcs."""
    from psycopg import sql

    wanted: list[Composable] = [
        sql.SQL("{}::text").format(sql.Identifier(name)) for name in (*table.key, *table.columns)
    ]
    if table.geometry is not None:
        wanted.append(_call(table, "st_asbinary", _drawn(table, crs)))
        wanted += [_call(table, "st_isempty", _shape(table)), _call(table, "st_hasarc", _shape(table))]
    query = sql.SQL("SELECT {} FROM {}").format(sql.SQL(", ").join(wanted), sql.Identifier(table.schema, table.name))
    if table.key:
        query += sql.SQL(" ORDER BY ") + sql.SQL(", ").join(sql.Identifier(name) for name in table.key)
    rows: list[tuple[Any, ...]] = []
    with database.cursor(name="zzgeo_rows") as cursor:
        cursor.execute(query)
        while some := cursor.fetchmany(_ROWS_AT_ONCE):
            rows += some
    return rows


def _drawn(table: _Table, crs: pyproj.CRS | None) -> Composable:
    """Return the geometry in the plane with its arcs as lines, degrees stretched by `_STRETCH`."""
    from psycopg import sql

    flat, arc = _call(table, "st_force2d", _shape(table)), _ARC_M
    if _degrees(crs):
        factor = sql.SQL("{}::float8").format(sql.Literal(_STRETCH))
        flat, arc = _call(table, "st_scale", flat, factor, factor), _ARC_DEGREES * _STRETCH
    # 1: the tolerance is the greatest deviation; 1: the same lines whichever end the arc is drawn from
    return _call(table, "st_curvetoline", flat, sql.Literal(arc), sql.Literal(1), sql.Literal(1))


def _degrees(crs: pyproj.CRS | None) -> bool:
    return crs is not None and bool(crs.is_geographic)


def _layer(table: _Table, crs: pyproj.CRS | None, rows: list[tuple[Any, ...]]) -> RawLayer:
    digest = hashlib.sha256(repr((table.columns, table.geometry, crs.to_string() if crs else "")).encode())
    digest.update(b"".join(sorted(hashlib.sha256(repr(row).encode()).digest() for row in rows)))
    keys = len(table.key)
    if keys:
        labels = [",".join(map(str, row[:keys])) for row in rows]
    else:
        rows = sorted(rows, key=repr)
        labels = [str(number) for number in range(1, len(rows) + 1)]
    cells = [[(cell or "").strip() or None for cell in row[keys : keys + len(table.columns)]] for row in rows]
    index = pd.Index(labels, name="row", dtype=object)
    frame = pd.DataFrame(cells, columns=list(table.columns), index=index, dtype=object)
    if table.geometry is None:
        return RawLayer(frame, table.label, digest.hexdigest())
    shapes = [cast("tuple[bytes | None, bool | None, bool | None]", row[-3:]) for row in rows]
    geometry, faults = _geometry([shape[0] for shape in shapes], [bool(shape[1]) for shape in shapes])
    rejected = tuple(
        Rejected(table.label, labels[place], table.geometry, "", code, why) for place, (code, why) in faults.items()
    )
    notes = _arcs(table.label, [label for label, shape in zip(labels, shapes, strict=True) if shape[2]], crs)
    if _degrees(crs):
        geometry = shapely.transform(geometry, lambda xy: xy / _STRETCH)
    whole = gpd.GeoDataFrame(frame.assign(**{table.geometry: geometry}), geometry=table.geometry, crs=crs)
    kept = np.ones(len(rows), dtype=bool)
    kept[list(faults)] = False
    return RawLayer(whole[kept], table.label, digest.hexdigest(), rejected, notes, crs)


def _geometry(wkb: Sequence[bytes | None], empty: Sequence[bool]) -> tuple[np.ndarray, dict[int, tuple[str, str]]]:
    """Return the geometries, and {place: (code, reason)} of those that are none; NULL is left to the layer's check."""
    with np.errstate(invalid="ignore"):
        shapes = shapely.from_wkb(np.array(wkb, dtype=object), on_invalid="ignore")
    faults: dict[int, tuple[str, str]] = {}
    numbers, owners = shapely.get_coordinates(shapes, return_index=True)
    for place in np.unique(owners[~np.isfinite(numbers).all(axis=1)]):
        faults[int(place)] = ("coord.nonfinite", "a coordinate is not a finite number")
    given, nothing = np.array([data is not None for data in wkb], dtype=bool), np.array(empty, dtype=bool)
    # WKB writes the empty point as NaN; the database says which are not empty
    for place in np.flatnonzero(given & ~nothing & shapely.is_empty(shapes)):
        faults[int(place)] = ("coord.nonfinite", "a coordinate is not a finite number")
    for place in np.flatnonzero(given & ~nothing & shapely.is_missing(shapes)):
        faults[int(place)] = ("geom.unreadable", "this kind of geometry is not read")
    for place in np.flatnonzero(nothing):
        faults[int(place)] = ("geom.empty", "the geometry is empty")
    return shapes, dict(sorted(faults.items()))


def _arcs(label: str, rows: Sequence[str], crs: pyproj.CRS | None) -> tuple[Problem, ...]:
    if not rows:
        return ()
    within = f"{_ARC_DEGREES:g}°" if _degrees(crs) else f"{_ARC_M:g} m"
    why = f"arcs are drawn as lines that stay within {within}"
    value = f"{len(rows)} rows with arcs, first {rows[0]}"
    return (Problem("geom.linearised", label, value, why, "nothing to do", "warning", tuple(rows)),)


def _read(options: Options) -> RawLayer:
    return read_table(options.table, options.connection, options)


SOURCE = Source(_NAME, "PostGIS 数据表", "table of PostGIS", _read, live=True)
