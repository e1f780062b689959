"""Drawings (DXF) as text, through GDAL: what is drawn on one layer of the drawing, chosen by its name.

A drawing knows no CRS. From AutoCAD 2007 on its text is UTF-8 whatever code page its head names; GDAL believes the code
page, so it is told by the version. Blocks become what is drawn in them, their attributes points with ``Text``.
"""

from __future__ import annotations

import re
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyogrio
import shapely

from zzgeo.errors import Problem
from zzgeo.formats.parts.base import Content, Format, Options, RawLayer, Rejected, refuse
from zzgeo.formats.parts.contents import SAVE_AS_DXF
from zzgeo.formats.parts.gdal import gdal_faults, gdal_on_a_lead, layer_of, without_rows

#: The version that writes UTF-8 first.
_UTF8_FROM = 1021
_VERSION = re.compile(rb"\$ACADVER\s+1\s+AC(\d{4})")
_CODE_PAGE = re.compile(rb"\$DWGCODEPAGE\s+3\s+(\w+)")
#: Roles that are lines: there a closed line stays one.
_OF_LINES = ("streets", "barriers")


def read_dxf(path: Path, options: Options) -> RawLayer:
    """Read one layer of a drawing; rows are numbered from 1 in the order of the file, all layers counted.

    Raises
    ------
    InputError
        ``layer.ambiguous`` where several layers hold something and none is named, ``layer.missing``, ``layer.empty``,
        ``file.corrupt``, ``encoding.invalid``.
    """
    with (
        gdal_on_a_lead(path, DXF_ENCODING=_encoding(path)) as source,
        gdal_faults(path.name, "file.corrupt"),
    ):
        meta, table = pyogrio.read_arrow(source)
    layers = table.column("Layer").to_pylist()
    layer = _chosen(pd.Series(layers, dtype=object).value_counts(), path.name, options.layer)
    labels = [place for place, name in enumerate(layers, start=1) if name == layer]
    raw = layer_of(path, meta, table.take(pa.array(np.array(labels) - 1)), labels, options)
    return _with_areas(_on_the_map(raw), options.role)


def _encoding(path: Path) -> str:
    """Return the encoding of a drawing's text, by its version; of the older ones, by its code page or its bytes."""
    content = path.read_bytes()
    version, page = _VERSION.search(content[: 1 << 16]), _CODE_PAGE.search(content[: 1 << 16])
    if version and int(version.group(1)) >= _UTF8_FROM:
        return "UTF-8"
    chinese = page is None or page.group(1).lower() in (b"ansi_936", b"gb2312", b"ansi_1252")
    for encoding in ("utf-8", "gb18030"):
        try:
            content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if encoding == "utf-8" or chinese:
            return encoding.upper()
    return f"CP{page.group(1).decode().removeprefix('ANSI_').removeprefix('ansi_')}" if page else "CP936"


def _chosen(counts: pd.Series, name: str, said: str | None) -> str:
    """Return the layer to read: the one the study names, or the only one on which something is drawn."""
    shown = ", ".join(f"{layer} ({count})" for layer, count in counts.head(30).items())
    if said is not None:
        if said not in counts.index:
            raise refuse(
                "layer.missing", name, said, "nothing is drawn on a layer of this name", f"the layers: {shown}"
            )
        return said
    if not len(counts):
        raise refuse("layer.empty", name, "entities=0", "nothing is drawn", "send the drawing with its content")
    if len(counts) > 1:
        remedy = f'say which: layer = "{counts.index[0]}"'
        raise refuse("layer.ambiguous", name, shown, "the drawing has several layers", remedy)
    return str(counts.index[0])


def _on_the_map(raw: RawLayer) -> RawLayer:
    """Set aside what is drawn on a sheet for printing: frames and titles are nowhere on the ground."""
    if "PaperSpace" not in raw.table:
        return raw
    sheet = list(raw.table.index[raw.table["PaperSpace"].fillna(False).astype(bool)])
    why = "drawn on a sheet (paper space), not on the map"
    aside = [Rejected(raw.file, str(row), "PaperSpace", "1", "row.not_chosen", why) for row in sheet]
    return without_rows(raw, sheet, aside)


def _with_areas(raw: RawLayer, role: str) -> RawLayer:
    """Take closed lines for areas, told with their rows, but where lines are wanted: areas are drawn as outlines."""
    if role in _OF_LINES or not isinstance(raw.table, gpd.GeoDataFrame):
        return raw
    shapes = np.asarray(raw.table.geometry.array)
    closed = (shapely.get_type_id(shapes) == 1) & shapely.is_closed(shapes) & (shapely.get_num_points(shapes) >= 4)
    if not closed.any():
        return raw
    areas = shapes.copy()
    areas[closed] = shapely.polygons(shapely.linearrings([shapely.get_coordinates(one) for one in shapes[closed]]))
    rows = tuple(map(str, raw.table.index[closed]))
    why, remedy = "a drawing has no areas but hatches: closed lines were taken for areas", "nothing to do"
    note = Problem("geom.closed_line", raw.file, f"{len(rows)} rows", why, remedy, "warning", rows[:1000])
    table = raw.table.set_geometry(gpd.GeoSeries(areas, index=raw.table.index, crs=raw.table.crs))
    return RawLayer(table, raw.file, raw.sha256, raw.rejected, (*raw.notes, note), raw.crs, raw.extra)


def _a_drawing(name: str, head: bytes) -> None:
    if not re.match(rb"(\s*999\s*\n[^\n]*\n)*\s*0\s+SECTION\b", head.removeprefix(b"\xef\xbb\xbf")):
        raise refuse("file.wrong_type", name, ".dxf", "this is no drawing in DXF", "export it again as DXF (ASCII)")


FORMAT = Format(
    "dxf",
    "DXF 图形",
    "DXF drawing",
    {".dxf": Content(first=_a_drawing)},
    read_dxf,
    instead={".dwg": SAVE_AS_DXF},
    driver="DXF",
)
