"""Tables as CSV that Excel opens rightly and nothing in them runs.

UTF-8 with a byte-order mark, RFC 4180 line ends, every cell quoted. A cell *of text* that starts with ``=``, ``+``,
``-``, ``@``, TAB or CR gets an apostrophe in front, because spreadsheets run such cells as formulas; take the
apostrophe away to have the text back. Numbers are written as numbers, a missing one as nothing, an unreachable distance
as ``inf``.
"""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyproj
from numpy.typing import NDArray

from zzgeo.loaders.base import reasons_in

if TYPE_CHECKING:
    from zzgeo.audit import AuditReport

_RUNS = ("=", "+", "-", "@", "\t", "\r")


def csv_bytes(table: pd.DataFrame) -> bytes:
    r"""Return a table, its named index first, as the bytes of a CSV file.

    Examples
    --------
    >>> csv_bytes(pd.DataFrame({"name": ["=1+1"], "gap": [-2.5]})).decode("utf-8-sig")
    '"name","gap"\r\n"\'=1+1","-2.5"\r\n'
    """
    whole = table.reset_index() if table.index.name is not None else table
    heads = ",".join(f'"{_quoted(_cell(str(name)))}"' for name in whole.columns)
    parts = [f"{heads}\r\n".encode("utf-8-sig", errors="backslashreplace")]
    for start in range(0, len(whole), _AT_ONCE):
        some = whole.iloc[start : start + _AT_ONCE]
        columns = [_column(some[name]) for name in some.columns]
        lines = ['","'.join(cells) for cells in zip(*columns, strict=True)]
        parts.append('"{}"\r\n'.format('"\r\n"'.join(lines)).encode("utf-8", errors="backslashreplace"))
    return b"".join(parts)


#: Rows made ready at once: those of a million would fill the memory.
_AT_ONCE = 50_000


def _column(values: pd.Series) -> list[str]:
    """Return the cells of a column as they stand between quotes."""
    if values.dtype == np.float64:
        return _numbers(values.to_numpy())
    if values.dtype == np.int64:
        return list(map(str, values.tolist()))
    cells: list[Any] = np.asarray(values, dtype=object).tolist()
    odd = _odd_texts(cells)
    if odd is None:
        return [str(value) if value.__class__ is int else _quoted(_cell(value)) for value in cells]
    for at in odd:
        cells[at] = _quoted(_cell(cells[at]))
    return cells


def _odd_texts(cells: list[Any]) -> list[int] | None:
    """Return which texts are more than plain ones, which stand as they are; None where not all cells are texts."""
    try:
        texts = pa.array(cells, pa.string())
    except (pa.ArrowInvalid, pa.ArrowTypeError, UnicodeEncodeError):
        return None
    odd = pc.fill_null(pc.match_substring_regex(texts, '^[=+\\-@\t\r]|"'), True)
    return np.flatnonzero(odd.to_numpy(zero_copy_only=False)).tolist()


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


def report_tables(report: AuditReport, lang: str = "zh") -> dict[str, pd.DataFrame]:
    """Return the tables of a report by file name; the reasons of rows set aside are in the language asked for."""
    quarantined = reasons_in(report.study.quarantined, lang)
    return {
        "findings.csv": report.findings,
        "gaps.csv": _with_place(report.gaps),
        "ranking.csv": report.ranking,
        "next_sites.csv": _with_lon_lat(report.next_sites, report.study.crs),
        "snapping.csv": report.snapping,
        "quarantined.csv": quarantined,
    }


def _with_place(gaps: gpd.GeoDataFrame) -> pd.DataFrame:
    """Return the gaps with a point inside each (WGS84) instead of its outline."""
    plain = pd.DataFrame(gaps).drop(columns="geometry", errors="ignore")
    if not len(gaps):
        return plain.assign(lon=[], lat=[])
    inside = gaps.geometry.representative_point()
    return _with_lon_lat(plain.assign(x=inside.x.to_numpy(), y=inside.y.to_numpy()), gaps.crs)


def _with_lon_lat(table: pd.DataFrame, crs: pyproj.CRS) -> pd.DataFrame:
    to_wgs84 = pyproj.Transformer.from_crs(crs, "EPSG:4326", always_xy=True)
    x, y = table["x"].to_numpy(dtype=float), table["y"].to_numpy(dtype=float)
    lon, lat = to_wgs84.transform(x, y) if len(table) else (x, y)
    return table.drop(columns=["x", "y"]).assign(lon=np.round(lon, 6), lat=np.round(lat, 6))
