"""Rows of layers into a GeoPackage, as Arrow batches: here, or in a process of its own.

The driver holds the interpreter's lock while it writes. The layers of a whole city take it twenty seconds, in which
another process leaves this one free to draw pages. ``python -m zzgeo.reporting.desk.geopackage_rows`` is that process:
it reads one layer a line from standard input, and says on standard output how it went.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import pyarrow as pa
import pyogrio
from pyogrio.errors import DataLayerError, DataSourceError, FeatureError, FieldError, GeometryError
from pyogrio.raw import write_arrow

from zzgeo.processes import command, end_with_parent, environment

#: Rows given to the driver at once, whoever writes them: so the bytes are the same.
ROWS_AT_ONCE = 65_536


class Refused(Exception):
    """What the driver raised in the other process."""


#: What is raised where the driver cannot write; it does not say why.
FAULTS = (DataSourceError, DataLayerError, FeatureError, FieldError, GeometryError, Refused)


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
    one of FAULTS
        If the driver cannot write.
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


class Writer:
    """Another process that writes layers one after the other; leaving the block ends it, whatever it is doing.

    Raises
    ------
    OSError
        On entering: if the system starts no other process. Later: if passing files cannot be written.
    """

    def __init__(self, passing: Path) -> None:
        self._passing = passing
        self._many = 0

    def __enter__(self) -> Writer:
        self._process = subprocess.Popen(
            command(__name__),
            env=environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            encoding="utf-8",
        )
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        with contextlib.suppress(OSError):  # what it had not read yet
            self._process.communicate()

    def put(self, rows: pa.Table, target: Target) -> None:
        """Hand a layer over; it is kept in a passing file until it is written."""
        path = self._passing / f"{self._many}.arrow"
        self._many += 1
        with pa.ipc.new_stream(path, rows.schema) as stream:
            stream.write_table(rows, max_chunksize=ROWS_AT_ONCE)
        assert self._process.stdin is not None
        with contextlib.suppress(OSError):  # it is gone: `finished` tells
            self._process.stdin.write(json.dumps([str(path), asdict(target)]) + "\n")
            self._process.stdin.flush()

    def finished(self) -> bool:
        """Wait for the end; return whether everything was written. False too if the process ended without a word.

        Raises
        ------
        Refused
            With the driver's words, if it could not write.
        """
        try:
            said, _ = self._process.communicate()
        except OSError:
            return False
        if not said.strip():
            return False
        fault = json.loads(said)
        if fault:
            raise Refused(fault)
        return True


def main() -> None:
    """Write the layers named on standard input, then say how it went: an empty text, or what the driver said."""
    end_with_parent()
    # Ctrl+C reaches every process of a terminal: the one that started this one ends it
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    path, fault = "", ""
    try:
        for line in sys.stdin:
            given, target = json.loads(line)
            with pa.OSFile(given) as source, pa.ipc.open_stream(source) as rows:
                write_rows(rows, Target(**target))
            os.unlink(given)
            path = target["path"]
        if path:
            _flush(path)
    except (*FAULTS, OSError) as error:
        fault = str(error) or type(error).__name__
    sys.stdout.write(json.dumps(fault) + "\n")


def _flush(path: str) -> None:
    """Flush what is written while the other process is still busy."""
    handle = os.open(path, os.O_RDWR | getattr(os, "O_BINARY", 0))
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


if __name__ == "__main__":
    main()
