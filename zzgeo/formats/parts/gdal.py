"""What the formats read through GDAL share: one driver by name, every address out of reach, faults in one line."""

from __future__ import annotations

import errno
import os
import shutil
import sqlite3
import tempfile
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyogrio

from zzgeo.errors import Problem
from zzgeo.formats.parts.base import PLAIN_ROLES, Options, RawLayer, Rejected, file_sha256, refuse
from zzgeo.formats.parts.curves import without_arcs
from zzgeo.formats.parts.geometry import decoded_geometry, known_crs

#: What GDAL calls the geometry where the file gives it no name.
SHAPE = "wkb_geometry"
#: Letters in a path that GDAL or its Python door would read as something other than a name.
_ODD_IN_PATHS = frozenset('!?:"<>*|{}[]')
#: What reading a damaged or ill-formed file may raise (UnicodeDecodeError is a ValueError).
_FAULTS = (
    pyogrio.errors.DataSourceError,
    pyogrio.errors.DataLayerError,
    pyogrio.errors.FieldError,
    pa.ArrowException,
    OSError,
)

#: What is raised where a driver cannot write; it does not say why.
_NOT_WRITTEN = (
    pyogrio.errors.DataSourceError,
    pyogrio.errors.DataLayerError,
    pyogrio.errors.FeatureError,
    pyogrio.errors.FieldError,
    pyogrio.errors.GeometryError,
    sqlite3.DatabaseError,
)
#: A driver that fails with fewer bytes free than this has met the end of the disk.
_FULL_BYTES = 1_000_000

#: No address is opened while one file is read. The proxy that nobody serves is for what GDAL fetches past its virtual
#: file systems: the old-style CRS of a GeoJSON may be a link.
_LEAD = {
    "CPL_VSIL_CURL_ALLOWED_FILENAME": "none",
    **dict.fromkeys(("GDAL_HTTP_PROXY", "GDAL_HTTPS_PROXY"), "http://127.0.0.1:9"),
    "GDAL_HTTP_MAX_RETRY": "0",
    "GDAL_HTTP_TIMEOUT": "1",
    "SHAPE_RESTORE_SHX": "YES",
}


@contextmanager
def as_the_system(folder: Path) -> Iterator[None]:
    """Raise what drivers that write into a folder do not say: a full disk is what makes them fail.

    Raises
    ------
    OSError
        Whatever they raise.
    """
    try:
        yield
    except _NOT_WRITTEN as error:
        full = shutil.disk_usage(folder).free < _FULL_BYTES
        number = errno.ENOSPC if full else errno.EIO
        raise OSError(number, os.strerror(number) if full else str(error), str(folder)) from error


@contextmanager
def gdal_on_a_lead(
    path: Path, before: str = "", after: str = "", *, parts: Sequence[str] = (), copy: bool = False, **more: str
) -> Iterator[str]:
    """Give the name under which GDAL opens one file by one driver, while no address can be opened.

    ``before`` and ``after`` frame the path to name the driver (``GPKG:"…"``); ``parts`` are endings of files that
    belong to it; ``more`` are settings of GDAL that hold meanwhile. A path with letters that GDAL or its Python door
    would interpret is copied to a plain one first.
    """
    lead = {**_LEAD, **more}
    held = {name: pyogrio.get_gdal_config_option(name) for name in lead}
    pyogrio.set_gdal_config_options(lead)
    try:
        full = path.resolve()
        if not copy and not _ODD_IN_PATHS & set(full.as_posix().partition(":/")[2] or full.as_posix()):
            yield f"{before}{full}{after}"
            return
        with tempfile.TemporaryDirectory(prefix="zzgeo-") as folder:
            plain = Path(folder) / f"layer{path.suffix.lower()}"
            shutil.copyfile(full, plain)
            for part in full.parent.iterdir():
                if part.stem == full.stem and part.suffix.lower() in parts:
                    shutil.copyfile(part, plain.with_suffix(part.suffix.lower()))
            yield f"{before}{plain}{after}"
    finally:
        pyogrio.set_gdal_config_options(held)


@contextmanager
def gdal_faults(name: str, code: str) -> Iterator[None]:
    """Turn what GDAL raises into `InputError`; its warnings are about what is checked and told here anyway."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)
            warnings.simplefilter("ignore", UserWarning)
            yield
    except UnboundLocalError as error:
        # pyogrio 0.13, where GDAL takes a CRS that it cannot write down again
        why, remedy = "the CRS of the layer cannot be read", "export the layer again, with its .prj"
        raise refuse("crs.unknown", name, str(error)[:80], why, remedy) from None
    except (*_FAULTS, ValueError) as error:
        if hasattr(error, "problems"):
            raise
        text = str(error)
        if "nested" in text.lower():
            why, remedy = "no layer is nested this deep", "export the layer again"
            raise refuse("file.too_deep", name, text[:160], why, remedy) from None
        raise refuse(code, name, text[:160], "the file cannot be read", "export it again") from None


def layers_in(source: str) -> dict[str, str | None]:
    """Return the layers of a file, each with the kind of its geometry; None where it has none."""
    return {str(layer): kind for layer, kind in pyogrio.list_layers(source)}


def chosen_layer(kinds: Mapping[str, str | None], name: str, options: Options) -> str:
    """Return which of `layers_in` to read: the one named, the usual one, the only one with geometry, or the only one.

    Raises
    ------
    InputError
        ``layer.missing``, ``layer.empty``; ``layer.ambiguous`` where several fit.
    """
    if options.layer is not None:
        if options.layer not in kinds:
            known = ", ".join(kinds)
            raise refuse("layer.missing", name, options.layer, "no such layer", f"the layers are: {known}")
        return options.layer
    if not kinds:
        raise refuse("layer.empty", name, "layers=0", "the file has no layer", "export the layer again")
    if options.usual in kinds:
        return options.usual
    spatial = [layer for layer, kind in kinds.items() if kind is not None]
    fits = list(kinds) if options.role in PLAIN_ROLES else spatial or list(kinds)
    if len(fits) > 1:
        remedy = f'say which: layer = "{fits[0]}"'
        raise refuse("layer.ambiguous", name, ", ".join(fits), "the file has several layers", remedy)
    return fits[0]


def stamps_in_china(table: pa.Table) -> pa.Table:
    """Return a table with the clock of China in its time stamps; for formats whose stamps GDAL gives in UTC.

    A stamp that never had a zone comes as UTC, too: eight hours later it is still the same day at midnight.
    """
    for place, field in enumerate(table.schema):
        if pa.types.is_timestamp(field.type):
            clock = table.column(place).cast(pa.timestamp("ms", "UTC" if field.type.tz else None), safe=False)
            clock = pc.add(clock.cast(pa.timestamp("ms")), pa.scalar(8 * 3_600_000, pa.duration("ms")))
            table = table.set_column(place, field.name, clock)
    return table


def layer_of(
    path: Path,
    meta: dict[str, Any],
    table: pa.Table,
    labels: Sequence[int],
    options: Options,
    notes: Sequence[Problem] = (),
) -> RawLayer:
    """Return the layer GDAL read, with its geometry decoded row by row.

    Parameters
    ----------
    path
        The file.
    meta, table
        What ``pyogrio.read_arrow`` gives.
    labels
        Where each row stands in the file, shape (n_rows,).
    options
        How the layer is wanted; without geometry it is refused unless it may be a plain table.
    notes
        What was told already.

    Raises
    ------
    InputError
        ``schema.missing_column`` without geometry, ``crs.unknown``.
    """
    geometry = meta["geometry_name"] or SHAPE
    index = pd.Index(np.fromiter(labels, dtype=np.int64), name="row")
    sha256 = file_sha256(path)
    if geometry not in table.column_names:
        if options.role not in PLAIN_ROLES:
            why, remedy = "the layer has no geometry", "send a map layer"
            raise refuse("schema.missing_column", path.name, "geometry", why, remedy)
        return RawLayer(_pandas(table, path.name).set_index(index), path.name, sha256, (), tuple(notes))
    wkb, arcs = without_arcs(table.column(geometry).to_pylist(), labels, path.name)
    shapes, readable, rejected = decoded_geometry(wkb, labels, path.name)
    crs = known_crs(meta["crs"], path.name)
    frame = _pandas(table.drop_columns([geometry]), path.name).set_index(index)
    named = "geometry" if "geometry" not in frame.columns else geometry
    whole = gpd.GeoDataFrame(frame.assign(**{named: shapes}), geometry=named, crs=crs)
    return RawLayer(whole[readable], path.name, sha256, tuple(rejected), (*notes, *arcs), crs)


def _pandas(table: pa.Table, name: str) -> pd.DataFrame:
    """Return columns as pandas holds them; whole numbers with gaps stay whole: an id must not lose digits."""
    try:
        table.validate(full=True)  # pandas looks at text when somebody reads it, not before
        frame: pd.DataFrame = table.to_pandas(integer_object_nulls=True)
    except pa.ArrowException as error:  # text that is none in the encoding of the file
        why = "the file is damaged: a text in it cannot be read"
        raise refuse("file.corrupt", name, str(error)[:160], why, "export it again") from None
    return frame


def without_rows(raw: RawLayer, rows: Sequence[int], rejected: Sequence[Rejected]) -> RawLayer:
    """Return the layer without some rows, and with more rows set aside."""
    table = raw.table[~raw.table.index.isin(rows)] if len(rows) else raw.table
    return RawLayer(table, raw.file, raw.sha256, (*raw.rejected, *rejected), raw.notes, raw.crs, raw.extra)
