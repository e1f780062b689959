"""GeoPackage, GeoJSON and Shapefile, through GDAL with the driver tied to what the file's first bytes say."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyogrio
import pyproj
import shapely

from zzgeo.errors import Problem
from zzgeo.loaders.base import Loader, Options, RawLayer, file_sha256, refuse, starts_with

_SUFFIXES = (".gpkg", ".geojson", ".json", ".shp")
_MAGIC = {".gpkg": b"SQLite format 3\x00", ".shp": b"\x00\x00\x27\x0a"}


#: What reading a damaged or ill-formed file may raise (UnicodeDecodeError is a ValueError).
_GDAL_FAULTS = (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, shapely.GEOSException)


def _checked(path: Path) -> None:
    """Refuse a file whose content is not what its name says: GDAL would open anything, even addresses."""
    suffix = path.suffix.lower()
    magic = _MAGIC.get(suffix)
    if magic is not None and not starts_with(path, magic):
        raise refuse("file.wrong_type", path.name, suffix, "the content is of another type", "export the layer again")
    if suffix in (".geojson", ".json") and not path.read_bytes()[:64].lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
        raise refuse("file.malformed", path.name, suffix, "this is not GeoJSON", "export the layer again")
    if suffix == ".shp":
        absent = [end for end in (".dbf", ".shx") if not path.with_suffix(end).exists()]
        if absent:
            remedy = "send all the parts of the shapefile, or a GeoPackage"
            raise refuse(
                "file.part_missing", path.name, ", ".join(absent), "a part of the shapefile is missing", remedy
            )


def _layer(path: Path, options: Options) -> str | None:
    names = [str(row[0]) for row in pyogrio.list_layers(path)]
    if options.layer is None:
        if len(names) > 1:
            remedy = f'say which: layer = "{names[0]}"'
            raise refuse("layer.ambiguous", path.name, ", ".join(names), "the file has several layers", remedy)
        return names[0] if names else None
    if options.layer not in names:
        raise refuse("layer.missing", path.name, options.layer, "no such layer", "the layers are: " + ", ".join(names))
    return options.layer


def _looks_like_gbk(table: pd.DataFrame) -> bool:
    """Tell whether text reads as Latin-1 only because nobody said that it is GBK."""
    for column in table.select_dtypes(include=["object", "string"]).columns:
        if column == "geometry":
            continue
        for value in table[column].dropna().head(50):
            if not isinstance(value, str) or value.isascii():
                continue
            try:
                again = value.encode("latin-1").decode("gb18030")
            except (UnicodeEncodeError, UnicodeDecodeError):
                return False
            return any("\u4e00" <= letter <= "\u9fff" for letter in again)
    return False


def _crs_of(table: gpd.GeoDataFrame) -> pyproj.CRS | None:
    return pyproj.CRS.from_user_input(table.crs) if table.crs is not None else None


def read_vector(path: Path, options: Options) -> RawLayer:
    """Read one layer of a GeoPackage, GeoJSON or Shapefile; rows are numbered from 1.

    Raises
    ------
    InputError
        If the file is corrupt, not what its name says, incomplete, or has several layers and none is named.
    """
    _checked(path)
    notes: list[Problem] = []
    try:
        layer = _layer(path, options)
        encoding = options.encoding
        table = gpd.read_file(path, layer=layer, engine="pyogrio", encoding=encoding)
        if path.suffix.lower() == ".shp" and encoding is None and _looks_like_gbk(table):
            table = gpd.read_file(path, layer=layer, engine="pyogrio", encoding="gb18030")
            why = "the shapefile has no .cpg and its text is GBK"
            notes.append(Problem("encoding.detected", path.name, "gb18030", why, "nothing to do", "warning"))
    except (*_GDAL_FAULTS, ValueError) as error:
        if hasattr(error, "problems"):
            raise
        raise refuse(
            "file.corrupt", path.name, str(error)[:160], "the file cannot be read", "export it again"
        ) from None
    if not isinstance(table, gpd.GeoDataFrame):
        raise refuse("schema.missing_column", path.name, "geometry", "the layer has no geometry", "send a map layer")
    table.index = pd.RangeIndex(1, len(table) + 1, name="row")
    return RawLayer(table, path.name, file_sha256(path), (), tuple(notes), _crs_of(table))


LOADER = Loader("vector", _SUFFIXES, read_vector)
