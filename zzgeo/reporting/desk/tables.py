"""Tables as CSV that Excel opens rightly and nothing in them runs.

UTF-8 with a byte-order mark, RFC 4180 line ends, every cell quoted. A cell *of text* that starts with ``=``, ``+``,
``-``, ``@``, TAB or CR gets an apostrophe in front, because spreadsheets run such cells as formulas; take the
apostrophe away to have the text back. Numbers are written as numbers, a missing one as nothing, an unreachable distance
as ``inf``.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyproj
from numpy.typing import NDArray

from zzgeo.crs.datums import WGS84, step_to
from zzgeo.numbers import settled_table

_RUNS = ("=", "+", "-", "@", "\t", "\r")


def csv_bytes(table: pd.DataFrame) -> bytes:
    r"""Return a table, its named index first, as the bytes of a CSV file.

    Examples
    --------
    >>> csv_bytes(pd.DataFrame({"name": ["=1+1"], "gap": [-2.5]})).decode("utf-8-sig")
    '"name","gap"\r\n"\'=1+1","-2.5"\r\n'
    """
    whole = settled_table(table.reset_index() if table.index.name is not None else table)
    heads = ",".join(f'"{_quoted(_cell(str(name)))}"' for name in whole.columns)
    parts = [f"{heads}\r\n".encode("utf-8-sig", errors="backslashreplace")]
    for start in range(0, len(whole) if len(whole.columns) else 0, _AT_ONCE):
        some = whole.iloc[start : start + _AT_ONCE]
        rows = pc.binary_join_element_wise(*[_column(some[name]) for name in some.columns], '","')
        lines = pc.binary_join_element_wise('"', rows, '"\r\n', "")
        _, ends, text = lines.buffers()
        length = np.frombuffer(ends, dtype=np.int32)[len(lines)]
        parts.append(memoryview(text)[:length].tobytes())
    return b"".join(parts)


#: Rows made ready at once: those of a million would fill the memory.
_AT_ONCE = 50_000


def _column(values: pd.Series) -> pa.StringArray:
    """Return the cells of a column as they stand between quotes."""
    if values.dtype == np.float64:
        return pa.array(_numbers(values.to_numpy()), pa.string())
    known = _known(values)
    if pa.types.is_int64(known.type):
        return pc.fill_null(known.cast(pa.string()), "")
    if not pa.types.is_string(known.type):
        cells = [_quoted(_cell(value)) for value in np.asarray(values, dtype=object).tolist()]
        # half a character has no place in UTF-8
        return pa.array([cell.encode("utf-8", errors="backslashreplace") for cell in cells]).cast(pa.string())
    texts = pc.fill_null(known, "")
    runs = pc.match_substring_regex(texts, "^[=+\\-@\t\r]")
    if pc.any(runs).as_py():
        texts = pc.if_else(runs, pc.binary_join_element_wise("'", texts, ""), texts)
    return pc.replace_substring(texts, '"', '""')


def _known(values: pd.Series) -> pa.Array:
    """Return a column as Arrow reads it; an array of nulls where it holds several kinds of things, or odd ones."""
    try:
        known = pa.array(values, from_pandas=True)
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError, UnicodeEncodeError, OverflowError):
        return pa.nulls(len(values))
    known = known.combine_chunks() if isinstance(known, pa.ChunkedArray) else known
    return known.cast(pa.string()) if pa.types.is_large_string(known.type) else known


def _numbers(values: NDArray[np.float64]) -> list[str]:
    """Return numbers as `_number_cell` does; only those it writes otherwise are looked at one by one."""
    cells = [f"{value:.10g}" for value in values.tolist()]
    for at in np.flatnonzero(np.isnan(values) | (np.abs(values) >= 1e10)).tolist():
        cells[at] = _number_cell(float(values[at]))
    return cells


def _quoted(cell: str) -> str:
    return cell.replace('"', '""') if '"' in cell else cell


def csv_rows(content: bytes) -> int:
    """Count the rows under the heading of a CSV file, reading it back as a reader would."""
    return sum(1 for _ in csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""))) - 1


def csv_is_whole(rows: int) -> Callable[[bytes], bool]:
    """Return a check that a CSV file holds so many rows."""
    # every line we write ends in a quote: where none stands inside a cell, counting them is reading the file
    return lambda content: content.count(b'"\r\n') == rows + 1 or csv_rows(content) == rows


def _cell(value: Any) -> str:
    if isinstance(value, str):
        return f"'{value}" if value.startswith(_RUNS) else value
    if value is None or value is pd.NA or value is pd.NaT:
        return ""
    if isinstance(value, np.generic):
        return _cell(value.item())
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return _number_cell(value)
    return str(value) if isinstance(value, int) else _cell(str(value))


def _number_cell(value: float) -> str:
    if value != value:
        return ""
    return f"{value:.0f}" if value.is_integer() and abs(value) < 1e15 else f"{value:.10g}"


def with_place(gaps: gpd.GeoDataFrame) -> pd.DataFrame:
    """Return the gaps with a point inside each (WGS84) instead of its outline."""
    plain = pd.DataFrame(gaps).drop(columns="geometry", errors="ignore")
    if not len(gaps):
        return plain.assign(lon=[], lat=[])
    inside = gaps.geometry.representative_point()
    return with_lon_lat(plain.assign(x=inside.x.to_numpy(), y=inside.y.to_numpy()), gaps.crs)


def with_lon_lat(table: pd.DataFrame, crs: pyproj.CRS) -> pd.DataFrame:
    """Return a table with ``lon`` and ``lat`` (WGS84, six places) instead of its columns ``x`` and ``y``."""
    x, y = table["x"].to_numpy(dtype=float), table["y"].to_numpy(dtype=float)
    lon, lat = step_to(crs, WGS84.crs).transform(x, y) if len(table) else (x, y)
    return table.drop(columns=["x", "y"]).assign(lon=np.round(lon, 6), lat=np.round(lat, 6))
