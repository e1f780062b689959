"""GeoParquet, and Parquet with its own type for geometry; decoded row by row, so that one broken shape is one row."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyproj
import shapely

from zzgeo.formats.parts.base import PLAIN_ROLES, Content, Format, Options, RawLayer, file_sha256, refuse
from zzgeo.formats.parts.geometry import decoded_geometry, known_crs

if TYPE_CHECKING:
    import pyarrow.parquet as pq

#: What a file may unpack to; GeoParquet of a million rows unpacks to a tenth of it.
_MAX_BYTES = 4 << 30
#: How deep columns within columns are taken apart.
_DEEPEST = 3


def read_geoparquet(path: Path, options: Options) -> RawLayer:
    """Read a GeoParquet file; rows are numbered from 1.

    Raises
    ------
    InputError
        ``file.corrupt``, ``file.too_large``, ``crs.unknown``; ``file.wrong_type`` for Parquet without geometry.
    """
    import pyarrow.parquet as pq

    name = path.name
    with _parquet_faults(name), pq.ParquetFile(path, page_checksum_verification=True) as file:
        groups = [file.metadata.row_group(at) for at in range(file.num_row_groups)]
        size = sum(group.total_byte_size for group in groups)
        if size > _MAX_BYTES:
            why, remedy = "it unpacks to far more than it holds", "cut it into counties"
            raise refuse("file.too_large", name, f"{size / 1e6:.0f} MB unpacked", why, remedy)
        metadata = file.schema_arrow.metadata or {}
        geo = _geo(metadata, name) or _native(file, metadata)
        if geo is None and options.role not in PLAIN_ROLES:
            why, remedy = "plain Parquet, without geometry", "write it as GeoParquet"
            raise refuse("file.wrong_type", name, "no geo metadata", why, remedy)
        table = file.read()
        # text that is no UTF-8 would else stop whoever reads it first
        table.validate(full=True)
    index = pd.RangeIndex(1, len(table) + 1, name="row")
    sha256 = file_sha256(path)
    if geo is None:
        return RawLayer(_attributes(table, set()).set_index(index), name, sha256)
    columns = geo["columns"]
    primary = str(geo.get("primary_column"))
    if primary not in columns or primary not in table.column_names:
        why, remedy = "the column the file calls its geometry is not there", "export it again"
        raise refuse("file.malformed", name, primary, why, remedy)
    crs = _crs(columns[primary], name)
    with _parquet_faults(name):
        shapes, readable, rejected = _shapes(table, primary, columns[primary], name)
        frame = _attributes(table, _not_attributes(columns)).set_index(index)
    whole = gpd.GeoDataFrame(frame.assign(**{primary: shapes}), geometry=primary, crs=crs)
    return RawLayer(whole[readable], name, sha256, tuple(rejected), (), crs)


@contextmanager
def _parquet_faults(name: str) -> Iterator[None]:
    """Turn what Arrow raises on a damaged file into `InputError`."""
    try:
        yield
    except (pa.ArrowException, OSError, ValueError, shapely.GEOSException) as error:
        if hasattr(error, "problems"):
            raise
        why = "the file is damaged or cut off"
        raise refuse("file.corrupt", name, str(error)[:160], why, "export it again") from None


def _geo(metadata: Mapping[bytes, bytes], name: str) -> dict[str, Any] | None:
    """Return the geo metadata of a file, None where it has none."""
    text = metadata.get(b"geo")
    if text is None:
        return None
    try:
        geo = json.loads(text)
    except (ValueError, RecursionError):
        geo = None
    columns = geo.get("columns") if isinstance(geo, dict) else None
    if not isinstance(columns, dict) or not all(isinstance(column, dict) for column in columns.values()):
        raise refuse("file.malformed", name, "geo", "the geo metadata cannot be read", "export it again")
    assert isinstance(geo, dict)
    return geo


def _native(file: pq.ParquetFile, metadata: Mapping[bytes, bytes]) -> dict[str, Any] | None:
    """Return what columns of Parquet's own type for geometry say, as geo metadata would; None where there are none."""
    columns: dict[str, Any] = {}
    for place in range(len(file.schema.names)):
        column = file.schema.column(place)
        said = json.loads(column.logical_type.to_json())
        if column.path != column.name or said.get("Type") not in ("Geometry", "Geography"):
            continue
        columns[column.name] = {"encoding": "WKB", "crs": _native_crs(said.get("crs"), metadata)}
    return {"columns": columns, "primary_column": next(iter(columns))} if columns else None


def _native_crs(said: object, metadata: Mapping[bytes, bytes]) -> object:
    """Return the CRS of Parquet's own geometry: projjson as it stands or by a key of the file, a number, or a name."""
    if said is None or said == "":
        return "OGC:CRS84"
    text = str(said) if not isinstance(said, dict) else json.dumps(said)
    kind, _, rest = text.partition(":")
    if kind == "projjson":
        text = metadata.get(rest.encode(), b"").decode("utf-8", "replace") or rest
    if kind == "srid":
        return None if rest in ("", "0") else f"EPSG:{rest}"
    try:
        read = json.loads(text)
    except (ValueError, RecursionError):
        return text
    return read if isinstance(read, dict) else text


def _crs(column: Mapping[str, Any], name: str) -> pyproj.CRS | None:
    """Return the CRS of a geometry column; left out means longitude and latitude, null means not known."""
    said = column.get("crs", "OGC:CRS84")
    if isinstance(said, dict):
        try:
            said = pyproj.CRS.from_json_dict(said)
        except (pyproj.exceptions.CRSError, ValueError, TypeError):
            shown = str(said.get("id") or said.get("name"))
            raise refuse("crs.unknown", name, shown[:120], "no such CRS is known", "export the layer again") from None
    return known_crs(said, name)


def _shapes(table: pa.Table, primary: str, column: Mapping[str, Any], name: str) -> tuple[Any, Any, list[Any]]:
    encoding = str(column.get("encoding", "WKB"))
    if encoding.upper() == "WKB":
        return decoded_geometry(table.column(primary).to_pylist(), range(1, len(table) + 1), name)
    # points, lines and polygons as nested lists, new in GeoParquet 1.1: GeoPandas knows them by Arrow's name for them
    field = table.schema.field(primary).with_metadata({"ARROW:extension:name": f"geoarrow.{encoding}"})
    geometry = gpd.GeoDataFrame.from_arrow(table.select([primary]).cast(pa.schema([field])))
    return np.asarray(geometry.geometry.array), np.ones(len(table), dtype=bool), []


def _not_attributes(columns: Mapping[str, Mapping[str, Any]]) -> set[str]:
    """Return the geometry columns, and the boxes that only help to find rows."""
    names = set(columns)
    for column in columns.values():
        covering = column.get("covering")
        boxes = covering.get("bbox") if isinstance(covering, dict) else None
        if isinstance(boxes, dict):
            names |= {str(path[0]) for path in boxes.values() if isinstance(path, list) and path}
    return names


def _attributes(table: pa.Table, without: set[str]) -> pd.DataFrame:
    """Return the columns that are no geometry; an unnamed index of pandas says nothing, and is left out."""
    kept = [name for name in table.column_names if name not in without and not name.startswith("__index_level_")]
    table = table.select(kept)
    for _ in range(_DEEPEST):
        # columns within columns, as Overture has them: the name of a place is names.primary
        if any(pa.types.is_struct(field.type) for field in table.schema):
            table = table.flatten()
    frame: pd.DataFrame = table.to_pandas(ignore_metadata=True, integer_object_nulls=True)
    return frame


_PARQUET = Content((b"PAR1",), "Parquet")

FORMAT = Format(
    "geoparquet", "GeoParquet", "GeoParquet", {".parquet": _PARQUET, ".geoparquet": _PARQUET}, read_geoparquet
)
