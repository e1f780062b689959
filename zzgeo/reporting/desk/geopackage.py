"""A GeoPackage of the audit's layers that opens styled in QGIS, in the metric CRS of the study.

One table per layer; verdicts, values and people missed stand in columns named after their rule. Column names are short
and English, their Chinese names are stored beside them. The same report gives the same bytes.
"""

from __future__ import annotations

import contextlib
import dataclasses
import sqlite3
import tempfile
from collections.abc import Callable, Generator, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import shapely
from numpy.typing import NDArray

from zzgeo.formats.parts.gdal import as_the_system
from zzgeo.memory import give_back
from zzgeo.reporting.desk.desk_layers import DeskLayer, desk_layers
from zzgeo.reporting.desk.geopackage_rows import ROWS_AT_ONCE, Target, keep_rows, write_kept, write_rows
from zzgeo.reporting.desk.qgis import qml
from zzgeo.reporting.desk.qgis_project import project
from zzgeo.reporting.files import File
from zzgeo.reporting.processes import Process, Processes, flush
from zzgeo.system import SYSTEM

if TYPE_CHECKING:
    from zzgeo.auditing.report import AuditReport


#: Ending of the project beside the GeoPackage.
PROJECT = ".qgs"


def desk_files(report: AuditReport, lang: str, made: Path, processes: Processes) -> Generator[File]:
    """Begin a GeoPackage, put together where `made` is to stand for the time being, and give it when it is asked for.

    After it comes a project for QGIS, which shows its layers.

    The layers of a large study are written by another process from now on; closing the generator ends it.

    Raises
    ------
    OSError
        Now or when it is asked for: if the folder is full, or cannot be written.
    """
    files = _made(report, lang, made, processes)
    next(files)
    return files


def _made(report: AuditReport, lang: str, made: Path, processes: Processes) -> Generator[File]:
    """Give nothing yet once the work has begun, and then the file."""
    scratch, day = made.parent, report.study.as_of.isoformat()
    with tempfile.TemporaryDirectory(dir=scratch) as own, as_the_system(scratch), contextlib.ExitStack() as held:
        path = Path(own) / made.name
        process, layers = processes.own(held), list[_Written]()
        if process is not None:
            layers = _handed(desk_layers(report, lang), path, day, _by(process, Path(own)))
            process.put(flush, str(path))
            give_back()
        yield made.name, b"", bool
        if process is None or not process.finished():
            path.unlink(missing_ok=True)
            layers = _handed(desk_layers(report, lang), path, day, _write_here)
        _finish(path, [layer for layer, _ in layers], day)
        SYSTEM.replace(path, made)
    yield made.name, made, geopackage_is_whole({layer.name: rows for layer, rows in layers})
    content = project(report, [layer for layer, _ in layers], lang, made.name)
    yield made.with_suffix(PROJECT).name, content, content.__eq__


def _by(process: Process, passing: Path) -> Callable[[pa.Table, Target], None]:
    """Return what lets another process write layers, in their order; until then they are kept in passing files."""

    def put(rows: pa.Table, target: Target) -> None:
        path = passing / f"{target.layer}.arrow"
        keep_rows(rows, path)
        process.put(write_kept, str(path), target)

    return put


#: A layer without its table, and how many rows it had.
_Written = tuple[DeskLayer, int]


def _handed(
    layers: Iterator[DeskLayer], path: Path, day: str, put: Callable[[pa.Table, Target], None]
) -> list[_Written]:
    """Hand layers over to be written; each is let go then, because two of a city would not fit beside each other."""
    written = []
    for layer in layers:
        crs = layer.table.crs
        code = crs.to_epsg()
        told = f"EPSG:{code}" if code else crs.to_wkt("WKT1_GDAL")
        put(_rows(layer), Target(str(path), layer.name, layer.title, layer.geometry_type, told, day))
        written.append((dataclasses.replace(layer, table=layer.table.iloc[:0].copy()), len(layer.table)))
        del layer
    return written


def _write_here(rows: pa.Table, target: Target) -> None:
    write_rows(rows.to_reader(max_chunksize=ROWS_AT_ONCE), target)


def _finish(path: Path, layers: Sequence[DeskLayer], day: str) -> None:
    """Add styles and names, and set the time."""
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as base:
        base.execute("PRAGMA synchronous = OFF")
        base.execute("PRAGMA journal_mode = MEMORY")
        base.execute("PRAGMA secure_delete = ON")
        base.execute("BEGIN")
        _describe(base, layers)
        _fix_time(base, day)
        base.execute("COMMIT")


def geopackage_is_whole(rows: dict[str, int]) -> Callable[[Path], bool]:
    """Return a check that a GeoPackage is sound and holds so many rows in each layer."""

    def whole(path: Path) -> bool:
        # nobody else writes into it: read without a lock, and leave nothing beside it
        address = f"{path.absolute().as_uri()}?mode=ro&immutable=1"
        try:
            with contextlib.closing(sqlite3.connect(address, uri=True)) as base:
                if base.execute("PRAGMA quick_check").fetchone() != ("ok",):
                    return False
                found = {name: base.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for name in rows}
        except sqlite3.DatabaseError:
            return False
        return found == rows

    return whole


def _rows(layer: DeskLayer) -> pa.Table:
    """Return a layer's table as Arrow: its index as a column, geometries of the layer's type as WKB."""
    plain = layer.table.drop(columns=layer.table.geometry.name).reset_index()
    for name in plain.columns:
        if plain[name].dtype == object:  # text, or nothing at all
            texts = [None if one is None or one != one else str(one) for one in plain[name]]
            plain[name] = pd.Series(texts, index=plain.index, dtype="string")
        elif plain[name].dtype.kind == "M":  # a day: the hours that drivers would write differ
            days = plain[name].dropna()
            if days.equals(days.dt.normalize()):
                plain[name] = plain[name].astype(_DAY)
    shapes = _of_type(layer.table.geometry.array, layer.geometry_type)
    return pa.Table.from_pandas(plain, preserve_index=False).append_column("geometry", _wkb(shapes))


#: A day, as the drivers write it: with no hours.
_DAY = pd.ArrowDtype(pa.date32())


def _wkb(shapes: NDArray[np.object_]) -> pa.Array:
    """Return geometries as WKB; points, of which there may be a million, straight from their coordinates."""
    xy = shapely.get_coordinates(shapes)
    plane = (shapely.get_type_id(shapes) == 0) & (shapely.get_coordinate_dimension(shapes) == 2)
    if len(xy) != len(shapes) or not (plane.all() and np.isfinite(xy).all()):
        return pa.array(shapely.to_wkb(shapes), pa.binary())
    points = np.empty(len(xy), dtype=[("order", "u1"), ("type", "<u4"), ("x", "<f8"), ("y", "<f8")])
    points["order"], points["type"], points["x"], points["y"] = 1, 1, *xy.T
    first = np.arange(0, points.nbytes + 1, points.itemsize, dtype=np.int32)
    return pa.Array.from_buffers(
        pa.binary(), len(points), [None, pa.py_buffer(first), pa.py_buffer(points.view(np.uint8))]
    )


def _of_type(geometry: Any, geometry_type: str) -> NDArray[np.object_]:
    """Return geometries, single ones as collections of one where the layer holds collections."""
    shapes = np.array(geometry, dtype=object)
    if geometry_type.startswith("Multi"):
        lines = geometry_type == "MultiLineString"
        single = shapely.get_type_id(shapes) == (_LINE if lines else _POLYGON)
        each = np.arange(int(single.sum()))
        whole = shapes[single]
        together = (
            shapely.multilinestrings(whole, indices=each) if lines else shapely.multipolygons(whole, indices=each)
        )
        shapes[single] = together
    return shapes


#: Numbers of types, as GEOS has them.
_LINE, _POLYGON = 1, 3


#: What QGIS looks for beside the layers; its own columns, in its own words.
_STYLES = """
CREATE TABLE layer_styles (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, f_table_catalog TEXT(256), f_table_schema TEXT(256),
    f_table_name TEXT(256), f_geometry_column TEXT(256), styleName TEXT(30), styleQML TEXT, styleSLD TEXT,
    useAsDefault BOOLEAN, description TEXT, owner TEXT(30), ui TEXT(30), update_time DATETIME
);
INSERT INTO gpkg_contents (table_name, data_type, identifier, description)
VALUES ('layer_styles', 'attributes', 'layer_styles', 'styles for QGIS');
"""

#: Names of columns for people (OGC GeoPackage, extension "schema").
_NAMES = """
CREATE TABLE gpkg_data_columns (
    table_name TEXT NOT NULL, column_name TEXT NOT NULL, name TEXT, title TEXT, description TEXT, mime_type TEXT,
    constraint_name TEXT, CONSTRAINT pk_gdc PRIMARY KEY (table_name, column_name),
    CONSTRAINT gdc_tn UNIQUE (table_name, name)
);
CREATE TABLE gpkg_data_column_constraints (
    constraint_name TEXT NOT NULL, constraint_type TEXT NOT NULL, value TEXT, min NUMERIC, min_is_inclusive BOOLEAN,
    max NUMERIC, max_is_inclusive BOOLEAN, description TEXT,
    CONSTRAINT gdcc_ntv UNIQUE (constraint_name, constraint_type, value)
);
"""

_STYLE_COLUMNS = (
    "f_table_catalog, f_table_schema, f_table_name, f_geometry_column, styleName, styleQML, styleSLD, useAsDefault,"
    " description, owner, ui"
)

_SCHEMA = "http://www.geopackage.org/spec121/#extension_schema"


def _describe(base: sqlite3.Connection, layers: Sequence[DeskLayer]) -> None:
    """Store the styles and the names of the columns."""
    for statement in (_STYLES + _NAMES).split(";\n"):
        base.execute(statement)
    for table in ("gpkg_data_columns", "gpkg_data_column_constraints"):
        row: tuple[Any, ...] = (table, None, "gpkg_schema", _SCHEMA, "read-write")
        base.execute("INSERT INTO gpkg_extensions VALUES (?, ?, ?, ?, ?)", row)
    for layer in layers:
        column = base.execute("SELECT column_name FROM gpkg_geometry_columns WHERE table_name = ?", (layer.name,))
        geometry = column.fetchone()[0]
        for place, style in enumerate(layer.styles):
            drawn = qml(layer, style)
            row = ("", "", layer.name, geometry, style.name, drawn, "", place == 0, layer.title, "", None)
            base.execute(f"INSERT INTO layer_styles ({_STYLE_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", row)
        taken: set[str] = set()
        for column_name, called in layer.aliases.items():
            unique = called if called not in taken else f"{called} ({column_name})"
            taken.add(unique)
            base.execute(
                "INSERT INTO gpkg_data_columns (table_name, column_name, name, title) VALUES (?, ?, ?, ?)",
                (layer.name, column_name, unique, called),
            )


def _fix_time(base: sqlite3.Connection, day: str) -> None:
    """Let the file carry the date of the audit, not the hour it was written: the same report, the same bytes."""
    base.execute("UPDATE gpkg_contents SET last_change = ?", (f"{day}T00:00:00.000Z",))
    base.execute("UPDATE layer_styles SET update_time = ?", (f"{day}T00:00:00.000Z",))
