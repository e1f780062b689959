"""Esri JSON, the answer of an ArcGIS server, through GDAL; an answer that says that it was cut off is refused."""

from __future__ import annotations

import re
from pathlib import Path

import pyogrio

from zzgeo.formats.geojson import as_utf8
from zzgeo.formats.parts.base import Format, Options, RawLayer, refuse
from zzgeo.formats.parts.contents import JSON
from zzgeo.formats.parts.cut_off import refuse_if_cut
from zzgeo.formats.parts.gdal import gdal_faults, gdal_on_a_lead, layer_of, stamps_in_china

_KEYS = re.compile(
    rb'"(geometryType"\s*:\s*"esriGeometry|spatialReference"\s*:|objectIdFieldName"\s*:|attributes"\s*:\s*\{)'
)
_ERROR = re.compile(rb'\s*\{\s*"error"\s*:\s*\{')


def is_esri_json(name: str, head: bytes) -> bool:
    """Tell an answer of an ArcGIS server from GeoJSON by the keys it begins with."""
    if not name.endswith((".json", ".geojson")) or b'"FeatureCollection"' in head:
        return False
    return _ERROR.match(head) is not None or (b'"features"' in head and _KEYS.search(head) is not None)


def read_esri_json(path: Path, options: Options) -> RawLayer:
    """Read the features; rows are numbered from 1, time stamps, which are UTC, have the clock of China.

    Raises
    ------
    InputError
        ``answer.error`` where the answer is an error message, ``answer.cut_off`` where the server says that there is
        more, ``file.malformed``.
    """
    with path.open("rb") as stream:
        head = stream.read(2048)
    if _ERROR.match(head):
        shown = head.decode("utf-8", "replace")[:160]
        raise refuse("answer.error", path.name, shown, "the server answered with an error", "ask it again")
    with (
        as_utf8(path) as (plain, notes),
        gdal_on_a_lead(plain, "ESRIJSON:") as source,
        gdal_faults(path.name, "file.malformed"),
    ):
        meta, table = pyogrio.read_arrow(source)
    refuse_if_cut(path, len(table))
    return layer_of(path, meta, stamps_in_china(table), range(1, len(table) + 1), options, notes)


FORMAT = Format(
    "esri_json",
    "Esri JSON 应答",
    "answer of ArcGIS (Esri JSON)",
    {".esrijson": JSON},
    read_esri_json,
    is_esri_json,
    driver="ESRIJSON",
)
