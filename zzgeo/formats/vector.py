"""GeoPackage, GeoJSON and Shapefile, through GDAL with its driver named and every address out of reach."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyogrio
import pyproj
import shapely

from zzgeo.errors import Problem
from zzgeo.formats import geojson, geopackage, shapefile
from zzgeo.formats.base import Loader, Options, RawLayer, Rejected, file_sha256, refuse
from zzgeo.formats.door import gdal_on_a_lead

#: What GDAL calls the geometry where the file gives it no name.
_SHAPE = "wkb_geometry"
_JSON = (".geojson", ".json")
#: Layers may be plain tables for these roles only.
PLAIN_ROLES = ("tables", "indicators")
#: What reading a damaged or ill-formed file may raise (UnicodeDecodeError is a ValueError).
_FAULTS = (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, pyogrio.errors.FieldError, pa.ArrowException)


def decoded_geometry(
    wkb: Sequence[bytes | None], labels: Sequence[object], file: str
) -> tuple[Any, Any, list[Rejected]]:
    """Return (geometries, which rows are readable, rows set aside) of well-known binary; missing stays missing."""
    blobs = np.array(wkb, dtype=object)
    shapes = shapely.from_wkb(blobs, on_invalid="ignore")
    lost = np.array([blob is not None for blob in blobs], dtype=bool) & shapely.is_missing(shapes)
    rejected = []
    for place in map(int, np.flatnonzero(lost)):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)
            mended = shapely.from_wkb(blobs[place], on_invalid="fix")
        code, why = ("geom.unreadable", "the bytes of this geometry cannot be read")
        if mended is not None:
            code, why = "geom.invalid", "a ring of this polygon is not closed"
        shown = f"{len(blobs[place])} bytes"
        rejected.append(Rejected(file, str(labels[place]), "geometry", shown, code, why))
    return shapes, ~lost, rejected


def read_vector(path: Path, options: Options) -> RawLayer:
    """Read one layer of a GeoPackage, GeoJSON or Shapefile; rows are numbered from 1.

    Raises
    ------
    InputError
        If the file is corrupt, not what its name says, incomplete, or has several layers and none is named.
    """
    suffix = path.suffix.lower()
    if suffix == ".gpkg":
        return _geopackage(path, options)
    return _geojson(path, options) if suffix in _JSON else _shapefile(path, options)


def _geopackage(path: Path, options: Options) -> RawLayer:
    geopackage.check_geopackage(path)
    with gdal_on_a_lead(path, 'GPKG:"', '"') as source, _gdal_faults(path.name, "file.corrupt"):
        layer = _layer(source, path.name, options)
        meta, table = pyogrio.read_arrow(source, layer=layer, return_fids=True)
    stored = geopackage.rows_stored(path, layer)
    if stored is not None and stored != len(table):
        why = "the database has more rows than can be read"
        raise refuse("file.corrupt", path.name, f"{len(table)} of {stored} rows", why, "send the file again")
    fids = table.column(meta["fid_column"] or "OGC_FID").to_pylist()
    table = table.drop_columns([meta["fid_column"] or "OGC_FID"])
    raw = _raw(path, meta, table, range(1, len(table) + 1), options)
    if not isinstance(raw.table, gpd.GeoDataFrame):
        return raw
    # GDAL gives no geometry where it cannot read the blob's head; the file knows whether there was one
    blank = list(raw.table.index[raw.table.geometry.isna()])
    broken = geopackage.stored_shapes(path, layer, [fids[label - 1] for label in blank])
    rows = [label for label in blank if fids[label - 1] in broken]
    why = "the bytes of this geometry cannot be read"
    rejected = [Rejected(path.name, str(row), "geometry", "", "geom.unreadable", why) for row in rows]
    return _without(raw, rows, rejected)


def _geojson(path: Path, options: Options) -> RawLayer:
    said, crs = geojson.declared_crs(path)
    with (
        geojson.as_utf8(path) as (plain, notes),
        gdal_on_a_lead(plain, "GEOJSON:") as source,
        _gdal_faults(path.name, "file.malformed"),
    ):
        meta, table = pyogrio.read_arrow(source, DATE_AS_STRING="YES")
    if said:
        meta["crs"] = crs
    return _raw(path, meta, table, range(1, len(table) + 1), options, notes)


def _shapefile(path: Path, options: Options) -> RawLayer:
    attributes, notes = shapefile.check_shapefile(path)
    dbf = shapefile.sibling(path, ".dbf")
    assert dbf is not None
    encoding, found = shapefile.text_encoding(path.name, dbf, attributes, options.encoding)
    names, cut = shapefile.decoded_names(path.name, attributes, encoding)
    deleted = set(shapefile.deleted_rows(dbf, attributes))
    whole = shapefile.sibling(path, ".shx") is not None
    # every byte is a letter of Latin-1: the text comes through GDAL as it stands and is decoded here, strictly
    with (
        gdal_on_a_lead(path, parts=(".dbf", ".shx", ".prj"), copy=not whole) as source,
        _gdal_faults(path.name, "file.corrupt"),
    ):
        try:
            meta, table = pyogrio.read_arrow(source, encoding="ISO-8859-1", return_fids=True)
        except UnboundLocalError:  # pyogrio's own slip where GDAL makes nothing of the text in the .prj
            remedy = "send the .prj again, or say the datum in the study and leave it out"
            raise refuse("crs.unknown", path.name, ".prj", "no CRS can be read from it", remedy) from None
    labels = [fid + 1 for fid in table.column("OGC_FID").to_pylist()]
    table = _decoded(table.drop_columns(["OGC_FID"]), names, encoding, path.name)
    if len(table) + len(deleted) != attributes.records:
        value = f"{len(table)} of {attributes.records} rows"
        raise refuse("file.corrupt", path.name, value, "rows cannot be read", "send the file again")
    raw = _raw(path, meta, table, labels, options, [*notes, *found, *cut])
    why = "its owner marked the row as deleted"
    gone = [Rejected(path.name, str(row + 1), "", "", "row.deleted", why) for row in sorted(deleted)]
    return _without(raw, [], gone)


def _decoded(table: pa.Table, names: Sequence[str], encoding: str, file: str) -> pa.Table:
    """Return the table with its names and text decoded from the bytes that Latin-1 stands for."""
    columns, plain = {}, iter(names)
    for said, column in zip(table.column_names, table.columns, strict=True):
        name = said if said == _SHAPE else next(plain, said)
        if name in columns:
            why, remedy = "two columns have the same name", "export the layer again as GeoPackage"
            raise refuse("schema.duplicate_column", file, name, why, remedy)
        if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
            column = pa.chunked_array([_decoded_text(piece, encoding) for piece in column.chunks], pa.large_string())
        columns[name] = column
    return pa.table(columns)


def _decoded_text(piece: pa.Array, encoding: str) -> pa.Array:
    cells = piece.to_pylist()
    joined = "\x00".join(cell or "" for cell in cells)
    if joined.isascii():
        return piece.cast(pa.large_string())
    texts = joined.encode("latin-1").decode(encoding, "ignore").split("\x00")
    if len(texts) != len(cells):  # a zero byte inside a value
        texts = [(cell or "").encode("latin-1").decode(encoding, "ignore") for cell in cells]
    return pa.array([text or None for text in texts], pa.large_string())


def _layer(source: str, name: str, options: Options) -> str:
    """Return the layer to read: the one the study names, the only one with geometry, or the only one."""
    kinds = {str(layer): kind for layer, kind in pyogrio.list_layers(source)}
    if options.layer is not None:
        if options.layer not in kinds:
            known = ", ".join(kinds)
            raise refuse("layer.missing", name, options.layer, "no such layer", f"the layers are: {known}")
        return options.layer
    if not kinds:
        raise refuse("layer.empty", name, "layers=0", "the file has no layer", "export the layer again")
    spatial = [layer for layer, kind in kinds.items() if kind is not None]
    fits = list(kinds) if options.role in PLAIN_ROLES else spatial or list(kinds)
    if len(fits) > 1:
        remedy = f'say which: layer = "{fits[0]}"'
        raise refuse("layer.ambiguous", name, ", ".join(fits), "the file has several layers", remedy)
    return fits[0]


@contextmanager
def _gdal_faults(name: str, code: str) -> Iterator[None]:
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


def known_crs(said: object, name: str) -> pyproj.CRS | None:
    """Return the CRS of a layer, None where the file says that it is not known."""
    if said is None or said == "":
        return None
    try:
        crs = pyproj.CRS.from_user_input(said)
    except pyproj.exceptions.CRSError:
        raise refuse("crs.unknown", name, str(said)[:120], "no such CRS is known", "export the layer again") from None
    # a projection without a name of its own is known all the same if its datum is
    datum = crs.datum.name.lower() if crs.datum is not None else "unknown"
    return None if crs.is_engineering or datum.startswith(("undefined", "unknown")) else crs


def _raw(
    path: Path,
    meta: dict[str, Any],
    table: pa.Table,
    labels: Sequence[int],
    options: Options,
    notes: Sequence[Problem] = (),
) -> RawLayer:
    """Return the layer with its geometry decoded row by row."""
    geometry = meta["geometry_name"] or _SHAPE
    index = pd.Index(np.fromiter(labels, dtype=np.int64), name="row")
    sha256 = file_sha256(path)
    if geometry not in table.column_names:
        if options.role not in PLAIN_ROLES:
            why, remedy = "the layer has no geometry", "send a map layer"
            raise refuse("schema.missing_column", path.name, "geometry", why, remedy)
        return RawLayer(_pandas(table).set_index(index), path.name, sha256, (), tuple(notes))
    wkb = table.column(geometry).to_pylist()
    shapes, readable, rejected = decoded_geometry(wkb, labels, path.name)
    crs = known_crs(meta["crs"], path.name)
    frame = _pandas(table.drop_columns([geometry])).set_index(index)
    named = "geometry" if "geometry" not in frame.columns else geometry
    whole = gpd.GeoDataFrame(frame.assign(**{named: shapes}), geometry=named, crs=crs)
    return RawLayer(whole[readable], path.name, sha256, tuple(rejected), tuple(notes), crs)


def _pandas(table: pa.Table) -> pd.DataFrame:
    """Return columns as pandas holds them; whole numbers with gaps stay whole: an id must not lose digits."""
    frame: pd.DataFrame = table.to_pandas(integer_object_nulls=True)
    return frame


def _without(raw: RawLayer, rows: Sequence[int], rejected: Sequence[Rejected]) -> RawLayer:
    """Return the layer without some rows, and with more rows set aside."""
    table = raw.table[~raw.table.index.isin(rows)] if len(rows) else raw.table
    return RawLayer(table, raw.file, raw.sha256, (*raw.rejected, *rejected), raw.notes, raw.crs, raw.extra)


LOADER = Loader("vector", (".gpkg", ".geojson", ".json", ".shp"), read_vector)
