"""FlatGeobuf, through GDAL: one layer, its CRS and its columns in the head of the file."""

from __future__ import annotations

from pathlib import Path

import pyogrio

from zzgeo.formats.parts.base import Content, Format, Options, RawLayer, refuse
from zzgeo.formats.parts.gdal import gdal_faults, gdal_on_a_lead, layer_of


def read_flatgeobuf(path: Path, options: Options) -> RawLayer:
    """Read the layer; rows are numbered from 1.

    Raises
    ------
    InputError
        ``file.corrupt``, and what `zzgeo.formats.parts.gdal.layer_of` raises.
    """
    with gdal_on_a_lead(path) as source, gdal_faults(path.name, "file.corrupt"):
        if not len(pyogrio.list_layers(source)):
            raise refuse("file.corrupt", path.name, "", "the file is cut off in its head", "send the file again")
        # as text a time keeps its zone, else midnight in China, written in UTC, would be the day before
        meta, table = pyogrio.read_arrow(source, datetime_as_string=True, VERIFY_BUFFERS="YES")
    return layer_of(path, meta, table, range(1, len(table) + 1), options)


FORMAT = Format(
    "flatgeobuf",
    "FlatGeobuf",
    "FlatGeobuf",
    {".fgb": Content((b"fgb\x03fgb",), "FlatGeobuf")},
    read_flatgeobuf,
    driver="FlatGeobuf",
)
