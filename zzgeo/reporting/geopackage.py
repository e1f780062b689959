"""A GeoPackage of the audit's layers that opens styled in QGIS, in the metric CRS of the study.

One table per layer; verdicts, values and people missed stand in columns named after their rule. Column names are short
and English, their Chinese names are stored beside them. The same report gives the same bytes.
"""

from __future__ import annotations

import contextlib
import dataclasses
import errno
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pyogrio

from zzgeo.reporting.desk_layers import DeskLayer, desk_layers
from zzgeo.reporting.files import File
from zzgeo.reporting.qgis import qml

if TYPE_CHECKING:
    from zzgeo.audit import AuditReport


def desk_files(report: AuditReport, lang: str, scratch: Path) -> Iterator[File]:
    """Give ``layers.gpkg``, put together in `scratch`."""
    made, rows = geopackage(report, desk_layers(report, lang), scratch)
    yield "layers.gpkg", made, geopackage_is_whole(rows)


def geopackage(report: AuditReport, layers: Iterable[DeskLayer], scratch: Path) -> tuple[Path, dict[str, int]]:
    """Write layers with their styles as a GeoPackage; return where it stands, and the rows of each layer.

    Parameters
    ----------
    report
        An audit; its date is the one the file carries.
    layers
        From `desk_layers`; each is let go when it is written.
    scratch
        Folder the file is put together in; it must have room for it.

    Raises
    ------
    OSError
        If the folder is full, or cannot be written.
    """
    path = scratch / "layers.gpkg"
    path.unlink(missing_ok=True)
    told: list[DeskLayer] = []
    rows: dict[str, int] = {}
    try:
        with _passing(report.study.as_of.isoformat()):
            for layer in layers:
                about = {"IDENTIFIER": layer.title, "DESCRIPTION": layer.title}
                pyogrio.write_dataframe(
                    _writable(layer.table), path, layer=layer.name, driver="GPKG", geometry_type=layer.geometry_type,
                    promote_to_multi=layer.geometry_type.startswith("Multi"), layer_options=about,
                    use_arrow=True,
                )  # fmt: skip
                rows[layer.name] = len(layer.table)
                told.append(dataclasses.replace(layer, table=layer.table.iloc[:0].copy()))
                del layer  # or its table would stay until the next one is built beside it
        with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as base:
            base.execute("PRAGMA synchronous = OFF")
            base.execute("PRAGMA journal_mode = MEMORY")
            base.execute("PRAGMA secure_delete = ON")
            base.execute("BEGIN")
            _describe(base, told)
            _fix_time(base, report.study.as_of.isoformat())
            base.execute("COMMIT")
        return path, rows
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, pyogrio.errors.FeatureError,
            pyogrio.errors.FieldError, pyogrio.errors.GeometryError, sqlite3.DatabaseError) as error:  # fmt: skip
        # the drivers do not say so, but a full disk is what makes them fail here
        full = shutil.disk_usage(scratch).free < 1_000_000
        number = errno.ENOSPC if full else errno.EIO
        raise OSError(number, os.strerror(number) if full else str(error), str(path)) from error


@contextlib.contextmanager
def _passing(day: str) -> Iterator[None]:
    """Let the driver neither flush nor keep a journal: a file that fails is thrown away, a whole one is flushed later.

    It writes the day of the audit where it would write the hour, which would stay in the file even when written over.
    """
    ours = {"OGR_SQLITE_SYNCHRONOUS": "OFF", "OGR_SQLITE_JOURNAL": "OFF", "OGR_CURRENT_DATE": f"{day}T00:00:00.000Z"}
    before = {name: pyogrio.get_gdal_config_option(name) for name in ours}
    pyogrio.set_gdal_config_options(ours)
    try:
        yield
    finally:
        pyogrio.set_gdal_config_options(before)


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


def _writable(table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return a table with its index as a column, and text where a column holds text or is empty."""
    whole = table.reset_index()
    for name in whole.columns:
        if name == whole.geometry.name:
            continue
        if whole[name].dtype == object:
            whole[name] = [None if one is None or one != one else str(one) for one in whole[name]]
    return whole


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
        form = {"Point": "point", "MultiLineString": "line"}.get(layer.geometry_type, "area")
        for place, style in enumerate(layer.styles):
            row = ("", "", layer.name, geometry, style.name, qml(style, form), "", place == 0, layer.title, "", None)
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
