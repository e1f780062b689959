"""Rows of layers into a GeoPackage, as Arrow batches: here, or by a process of its own, which imports nothing else."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyogrio
from pyogrio.raw import write_arrow

#: Rows given to the driver at once, whoever writes them: so the bytes are the same.
ROWS_AT_ONCE = 65_536


@dataclass(frozen=True)
class Target:
    """Where rows go: a GeoPackage, a layer of it, and what is told of the layer."""

    path: str
    layer: str
    title: str
    geometry_type: str
    crs: str
    day: str


def write_rows(rows: pa.RecordBatchReader, target: Target) -> None:
    """Add a layer to a GeoPackage; the column ``geometry`` holds WKB of the layer's type.

    Raises
    ------
    pyogrio.errors.DataSourceError, or another of the driver
        If it cannot write (`zzgeo.formats.parts.gdal.as_the_system`).
    """
    with passing(target.day):
        write_arrow(
            rows,
            target.path,
            layer=target.layer,
            driver="GPKG",
            geometry_name="geometry",
            geometry_type=target.geometry_type,
            crs=target.crs,
            layer_options={"IDENTIFIER": target.title, "DESCRIPTION": target.title},
        )


@contextlib.contextmanager
def passing(day: str) -> Iterator[None]:
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


def keep_rows(rows: pa.Table, path: Path) -> None:
    """Keep the rows of a layer in a passing file, in the batches the driver gets them in."""
    with pa.ipc.new_stream(path, rows.schema) as stream:
        stream.write_table(rows, max_chunksize=ROWS_AT_ONCE)


def write_kept(path: str, target: Target) -> None:
    """Add a layer to a GeoPackage that `keep_rows` kept, and take the passing file away."""
    with pa.OSFile(path) as source, pa.ipc.open_stream(source) as rows:
        write_rows(rows, target)
    os.unlink(path)
