"""Coordinates as people write them: degrees, minutes and seconds, letters of the compass, both in one cell, a datum."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from zzgeo.intake.values import Parsed, numbers, texts

_COMPASS = r"[EWNS]|[东西]经|[南北]纬|经度|纬度|LONGITUDE|LATITUDE|LON|LNG|LAT"
_DEGREES = re.compile(
    rf"(?P<before>{_COMPASS})?\s*[:=]?\s*(?P<sign>[+-])?\s*(?P<d>\d{{1,3}}(?:\.\d+)?)(?P<mark>\s*[°度D:-]|\s)?\s*"
    rf"(?:(?P<m>\d{{1,2}}(?:\.\d+)?)\s*(?P<mark2>['分M:\- ])?\s*(?:(?P<s>\d{{1,2}}(?:\.\d+)?)\s*[\"秒]?)?)?\s*"
    rf"(?P<after>{_COMPASS})?"
)
#: The signs that stand for degrees, minutes and seconds beside the plain ones.
_SIGNS = str.maketrans({"º": "°", "˚": "°", "′": "'", "’": "'", "‘": "'", "`": "'", "″": '"', "”": '"', "“": '"'})
_WORD = re.compile(_COMPASS)
#: The letters that stand for minutes and seconds: 113D39M46S is no south.
_SECONDS = re.compile(r"(M\s*[\d.]+\s*)S")
_WKT = re.compile(r"\s*(SRID=\d+;)?\s*(MULTI)?(POINT|LINESTRING|POLYGON)\s*Z?M?\s*\(", re.IGNORECASE)
_POINT = re.compile(r"(?:SRID=\d+;)?\s*POINT\s*Z?M?\s*\(\s*(\S+)\s+(\S+)(?:\s+\S+)*\s*\)", re.IGNORECASE)
_PAIRS = (
    # a height behind the two is left out, as of every layer
    re.compile(r"([+-]?\d+\.\d+)\s*[,;、|/ ]\s*([+-]?\d+\.\d+)\s*[,;、|/ ]\s*[+-]?\d+(?:\.\d+)?"),
    re.compile(r"(.+?)\s*[,;、|/]\s*(.+)"),
    re.compile(rf"(.*?\d.*?)\s*((?:{_COMPASS})\s*[:=]?\s*[+-]?\d.*)"),
    re.compile(r"(.*?[EWNS])\s*(.*[EWNS])"),
    re.compile(r"(\S+)\s+(\S+)"),
)
#: What headings say of a datum. A shift is what matters: WGS 84 and CGCS2000 have none.
_HEADED = (
    ("GCJ-02", re.compile(r"gcj|高德|amap|gaode|autonavi|腾讯|tencent|qqmap|火星|(?<![a-z])mars(?![a-z])|国测局")),
    ("BD-09", re.compile(r"bd[-_]?0?9|(?<![a-z])bd(?:ll)?(?![a-z])|百度|baidu")),
    ("WGS84", re.compile(r"wgs|(?<!\d)84(?!\d)")),
    ("CGCS2000", re.compile(r"cgcs|(?<!\d)2000(?!\d)|天地图|tianditu")),
)
#: Seconds that differ so often, and are all below 60, are the seconds of D.MMSS: by chance 0.6 to this power.
_DISTINCT_SECONDS = 12


def heading_datum(columns: Mapping[str, str]) -> str | None:
    """Return the datum that the headings of the coordinates name; None where they name none, or two.

    Examples
    --------
    >>> heading_datum({"lon": "经度(GCJ02)", "lat": "纬度(GCJ02)"}), heading_datum({"lon": "百度经度", "lat": "纬度"})
    ('GCJ-02', 'BD-09')
    >>> heading_datum({"lon": "经度", "lat": "纬度"})
    """
    plain = [unicodedata.normalize("NFKC", columns.get(name, "")).lower() for name in ("lon", "lat")]
    named = {datum for datum, words in _HEADED for text in plain if words.search(text)}
    return named.pop() if len(named) == 1 else None


def _plain(text: str) -> str:
    text = unicodedata.normalize("NFKC", text.translate(_SIGNS)).strip().translate(_SIGNS)
    return text.replace("''", '"').upper()


def _axes(text: str) -> set[str]:
    """Return which coordinates the words and letters of a cell name, ``lon`` and ``lat``; the N of LNG is no north.

    Examples
    --------
    >>> sorted(_axes("LNG:113.66")), sorted(_axes("N34.7 E113.6")), sorted(_axes("113D39M46S"))
    (['lon'], ['lat', 'lon'], [])
    """
    words = _WORD.findall(_SECONDS.sub(r"\1", text))
    return {"lat" if word[0] in "NS" or "纬" in word or word.startswith("LAT") else "lon" for word in words}


def degrees(text: str) -> float:
    r"""Return the degrees a cell shows with signs, words or letters; a number alone is not read here.

    Raises
    ------
    ValueError
        If it is no such coordinate, or minutes or seconds are 60 and more.

    Examples
    --------
    >>> degrees("113°45'36\""), degrees("东经113度39分"), degrees("113.66°"), degrees("E113.66"), degrees("34:45:00S")
    (113.76, 113.65, 113.66, 113.66, -34.75)
    """
    match = _DEGREES.fullmatch(_plain(text))
    parts = match.groupdict() if match else {}
    words = (parts.get("before") or "") + (parts.get("after") or "")
    if (parts.get("mark") or "").strip() == "D" and parts["mark2"] == "M" and words == "S":
        words = ""  # 113D39M46S: of the seconds, not of the south
    # 30-50 and 113 39 are no coordinates: without a sign of degrees it takes three parts
    if not match or not (words or (parts["mark"] or "").strip() in ("°", "度", "D") or parts["s"]):
        raise ValueError("no coordinate")
    if parts["m"] and not parts["mark"]:
        raise ValueError("no coordinate")
    minutes, seconds = float(parts["m"] or 0), float(parts["s"] or 0)
    split = parts["m"] is not None
    if minutes >= 60 or seconds >= 60 or (split and "." in parts["d"]) or (parts["s"] and "." in parts["m"]):
        raise ValueError("no minutes and seconds")
    value = float(parts["d"]) + minutes / 60 + seconds / 3600
    return -value if parts["sign"] == "-" or re.search(r"[WS]|西|南", words.removesuffix("TUDE")) else value


def coordinates(column: pd.Series, axis: str) -> Parsed:
    """Read a column of coordinates: numbers, and degrees in any spelling of `degrees`.

    Parameters
    ----------
    column
        Shape (n_rows,), cells of any type.
    axis
        ``"lon"`` or ``"lat"``: a latitude in the column of longitudes is at fault (``coord.swapped``).
    """
    read = numbers(column)
    odd = [row for row, (code, _) in read.faults.items() if code == "value.unparsed"]
    if not odd:
        return read
    values, faults = read.values.copy(), dict(read.faults)
    other = {"lon": "lat", "lat": "lon"}.get(axis)
    for row in odd:
        text = str(column.at[row])
        try:
            values.at[row] = degrees(text)
        except ValueError:
            continue
        del faults[row]
        if other in _axes(_plain(text)):
            faults[row] = ("coord.swapped", "the cell names the other coordinate")
    return Parsed(values, faults, read.reformatted)


def in_two_columns(table: pd.DataFrame, columns: Mapping[str, str]) -> tuple[pd.DataFrame, dict[str, str]]:
    """Return a table with ``lon`` and ``lat`` apart where a study names one column for both, and the other columns.

    Shapes in well-known text become the geometry of the table. Cells that hold no two coordinates stay empty but for
    their text, which is told when they are read.
    """
    heading = columns.get("lon")
    if heading is None or heading != columns.get("lat") or heading not in table.columns:
        return table, dict(columns)
    rest = {name: theirs for name, theirs in columns.items() if name not in ("lon", "lat")}
    cells = texts(table[heading])
    others = table.drop(
        columns=[heading, *(name for name in ("lon", "lat") if name in table.columns and name != heading)]
    )
    filled = cells[cells.notna()]
    if len(filled) and filled.str.match(_WKT).mean() > 0.5 and not filled.map(_is_point).all():
        plain = cells.str.replace(r"^\s*SRID=\d+;", "", regex=True)
        shapes = shapely.from_wkt(plain.where(plain.notna(), None).to_numpy(), on_invalid="ignore")
        return gpd.GeoDataFrame(others, geometry=shapes), rest
    pairs = [_pair(cell) for cell in cells]
    if _latitude_first(pairs, heading):
        pairs = [(second, first) for first, second in pairs]
    lon, lat = ([pair[at] for pair in pairs] for at in (0, 1))
    return others.assign(lon=pd.Series(lon, table.index, object), lat=pd.Series(lat, table.index, object)), rest


def _is_point(text: str) -> bool:
    return _POINT.fullmatch(text.strip()) is not None


def _pair(cell: str | None) -> tuple[str | None, str | None]:
    """Return the two coordinates of a cell as text, a named latitude second; of a cell without two, its text first."""
    if cell is None:
        return None, None
    text = _plain(cell)
    if point := _POINT.fullmatch(text):
        return point.group(1), point.group(2)
    if text.startswith("{"):
        text = text.replace('"', "")  # {"lng": 113.66, "lat": 34.76}
    text = text.strip("()[]{} ,;")
    match = next(filter(None, (pattern.fullmatch(text) for pattern in _PAIRS)), None)
    if match is None:
        return text, None
    first, second = (part.strip("()[]{} ") for part in match.groups())
    turned = "lat" in _axes(first) and "lat" not in _axes(second)
    return (second, first) if turned else (first, second)


def _latitude_first(pairs: list[tuple[str | None, str | None]], heading: str) -> bool:
    """Tell by the numbers, else by the heading, that latitudes stand first."""
    table = pd.DataFrame(pairs, columns=["first", "second"], dtype=object)
    first, second = (coordinates(table[name], "").values.abs() for name in table.columns)
    known = np.isfinite(first) & np.isfinite(second)
    if known.any():
        turned = ((first <= 90) & (second > 90) & (second <= 180))[known].mean()
        if turned > 0.5 or (((first > 90) | (second > 90))[known].mean() > 0.5):
            return bool(turned > 0.5)
    plain = unicodedata.normalize("NFKC", heading).lower()
    return re.search(r"^纬经|纬度?\W*经|^lat", plain) is not None


def looks_packed(*columns: pd.Series) -> bool:
    """Tell degrees that hold minutes and seconds behind their point (113.394681 for 113°39'46.81") from decimals.

    In every column every pair of digits is below 60, and the seconds are of many values: decimals are so by chance once
    in a hundred thousand layers.

    Examples
    --------
    >>> seconds = pd.Series(np.arange(0, 60, 4))
    >>> looks_packed(113.39 + seconds / 10_000, 34.45 + seconds / 10_000)
    True
    """
    for column in columns:
        digits = np.round(column.dropna().abs().to_numpy(dtype=float) % 1 * 1e8).astype(np.int64)
        minutes, seconds = digits // 10**6, digits // 10**4 % 100
        if len(digits) == 0 or (minutes >= 60).any() or (seconds >= 60).any():
            return False
        if len(np.unique(seconds)) < _DISTINCT_SECONDS:
            return False
    return True
