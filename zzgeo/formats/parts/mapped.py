"""Tables and arrays kept on disk so that many processes read them without a copy each: Arrow and NumPy files, mapped.

What is read back is what was written, to the last bit and type, or it is not kept at all: `keep_table` reads its own
file before it says that it is done. Nothing here runs what a file says: there are no pickles.
"""

from __future__ import annotations

import json
import os
from collections.abc import Collection
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyproj
import shapely
from numpy.typing import NDArray

#: The name of the index while it is a column of a file.
_INDEX = "__index__"

#: Under which the schema of a file says how a table was made of its columns.
_KEY = b"zzgeo"

#: Bytes the system maps at once.
_PAGE = 4096

#: The ways in which a cell of a column of objects may be missing, by number.
_MISSING = (None, np.nan, pd.NA, pd.NaT)


class NotKept(ValueError):
    """A table that would not be the same when it is read back."""


def keep_array(values: NDArray[Any], path: Path) -> None:
    """Write an array to a file that `kept_array` maps."""
    np.save(path, np.ascontiguousarray(values), allow_pickle=False)


def kept_array(path: Path, *, writeable: bool = False) -> NDArray[Any]:
    """Return the array of a file, which takes memory once for all processes that read it.

    With ``writeable`` somebody may write to it: what he writes is his own, and does not reach the file.
    """
    if path.stat().st_size <= _PAGE:  # less than a page is not worth mapping, and nothing cannot be
        values = np.load(path, allow_pickle=False)
        values.flags.writeable = writeable
        return np.asarray(values)
    return np.asarray(np.load(path, mmap_mode="c" if writeable else "r", allow_pickle=False))


def settle(path: Path) -> None:
    """Have a file, or every file in a folder, on the disk before it gets its name."""
    for file in [path] if path.is_file() else path.rglob("*"):
        if file.is_file():
            with file.open("r+b") as stream:
                os.fsync(stream.fileno())


def keep_table(table: pd.DataFrame, path: Path) -> None:
    """Write a table to a file that `kept_table` maps.

    Parameters
    ----------
    table
        Shape (n_rows, ...): numbers, days, texts, categories and geometries, under any index. Of a table with
        geometry the bounds of each row are kept beside it (`kept_bounds`).
    path
        The file, without an ending.

    Raises
    ------
    NotKept
        If it holds what no file gives back as it was, such as a column of texts and numbers.
    """
    said: dict[str, Any] = {"columns": [], "geometry": None, "range": None, "name": table.index.name}
    said["labels"] = str(table.columns.dtype)
    columns: dict[str, pa.Array] = {}
    if isinstance(table, gpd.GeoDataFrame):
        said["geometry"] = table._geometry_column_name
        bounds = table.geometry.bounds if table._geometry_column_name in table.columns else None
        if bounds is not None:
            keep_array(bounds.to_numpy(dtype=float), path.with_suffix(".bounds.npy"))
    if isinstance(table.index, pd.RangeIndex):
        said["range"] = [table.index.start, table.index.stop, table.index.step]
    else:
        said["index"], columns[_INDEX] = _packed(pd.Series(table.index))
    for number, name in enumerate(table.columns):
        how, columns[f"c{number}"] = _packed(table[name])
        said["columns"].append([name, how])
    try:
        text = json.dumps(said, ensure_ascii=False)
        schema = pa.table(columns) if columns else pa.table({"none": pa.nulls(len(table))})
    except (TypeError, pa.ArrowException) as fault:
        raise NotKept(str(fault)[:160]) from None
    with pa.ipc.new_file(str(path.with_suffix(".arrow")), schema.schema.with_metadata({_KEY: text})) as file:
        file.write_table(schema.replace_schema_metadata({_KEY: text}))
    _check(table, path)


def kept_table(
    path: Path,
    rows: NDArray[Any] | None = None,
    crs: pyproj.CRS | None = None,
    columns: Collection[str] | None = None,
) -> pd.DataFrame:
    """Return a table that `keep_table` wrote, or some of its rows, in memory; the file is read where they stand.

    Parameters
    ----------
    path
        The file, without an ending.
    rows
        The rows wanted, ascending, shape (n_wanted,); all if left out.
    crs
        The CRS of its geometries, where it has any.
    columns
        Those wanted, without geometry; all if left out.
    """
    mapped = pa.ipc.open_file(pa.memory_map(str(path.with_suffix(".arrow")))).read_all()
    said = json.loads(mapped.schema.metadata[_KEY])
    named = [(n, name, how) for n, (name, how) in enumerate(said["columns"]) if columns is None or name in columns]
    whole = len(mapped)
    if rows is not None:
        mapped = mapped.take(pa.array(rows))
    data = {f"c{n}": _unpacked(mapped.column(f"c{n}"), how, crs) for n, _, how in named}
    if said["range"] is not None:
        index: pd.Index = pd.RangeIndex(*said["range"])
        index = index if rows is None else index[np.asarray(rows)]
    else:
        own = _unpacked(mapped.column(_INDEX), said["index"], crs)
        index = pd.Index(own, dtype=None if said["index"].startswith("dtype:") else object)
    assert said["range"] is None or whole == len(pd.RangeIndex(*said["range"]))
    index = index.rename(said["name"])
    # with the type said: of objects that are all texts pandas would make texts
    series = {key: pd.Series(cells, index=index, dtype=cells.dtype, copy=False) for key, cells in data.items()}
    table = pd.DataFrame(series, index=index, copy=False)
    table.columns = pd.Index([name for _, name, _ in named], dtype=said["labels"])
    return (
        table
        if said["geometry"] is None or columns is not None
        else gpd.GeoDataFrame(table, geometry=said["geometry"], crs=crs)
    )


def kept_bounds(path: Path) -> NDArray[np.float64]:
    """Return west, south, east and north of each row of a table with geometry, shape (n_rows, 4), mapped."""
    return kept_array(path.with_suffix(".bounds.npy"))


def _packed(column: pd.Series) -> tuple[str, pa.Array]:
    """Return how a column is kept, and the array that is."""
    if isinstance(column.dtype, gpd.array.GeometryDtype):
        return "geometry", pa.array(shapely.to_wkb(np.asarray(column.array)), pa.binary())
    if column.dtype != object:
        try:
            return f"dtype:{column.dtype}", pa.array(column, from_pandas=True)
        except (TypeError, ValueError, pa.ArrowException) as fault:
            raise NotKept(str(fault)[:160]) from None
    cells = column.to_numpy(dtype=object)
    missing = pd.isna(cells) if len(cells) else np.zeros(0, dtype=bool)
    shapes = shapely.is_geometry(cells)
    if shapes.any() and (shapes | missing).all():
        return "shapes", pa.array(
            shapely.to_wkb([None if gone else cell for gone, cell in zip(missing, cells, strict=True)]), pa.binary()
        )
    try:
        kept = pa.array([None if gone else cell for gone, cell in zip(missing, cells, strict=True)])
    except (TypeError, ValueError, pa.ArrowException) as fault:
        raise NotKept(f"{column.name}: {str(fault)[:120]}") from None
    if all(cell is None for cell in cells[missing]):
        return "object", kept
    # a cell that is missing may be None or NaN, and somebody may tell them apart
    ways = np.zeros(len(cells), dtype=np.int8)
    ways[missing] = [next((n for n, way in enumerate(_MISSING) if _alike(cell, way)), -1) for cell in cells[missing]]
    if (ways < 0).any():
        raise NotKept(f"{column.name}: a cell is missing in a way nobody knows")
    return "missing", pa.StructArray.from_arrays([kept, pa.array(ways)], ["cell", "way"])


def _alike(cell: object, way: object) -> bool:
    return cell is way or (isinstance(cell, float) and isinstance(way, float))


def _unpacked(column: pa.ChunkedArray, how: str, crs: pyproj.CRS | None) -> Any:
    """Return a column as it was before `_packed`."""
    if how in ("geometry", "shapes"):
        shapes = shapely.from_wkb(np.array(column.to_pylist(), dtype=object))
        return gpd.array.GeometryArray(shapes, crs=crs) if how == "geometry" else shapes
    if how in ("object", "missing"):
        ways = None
        if how == "missing":
            column, ways = (
                pa.chunked_array(part) for part in zip(*(one.flatten() for one in column.chunks), strict=True)
            )
        cells = np.empty(len(column), dtype=object)
        cells[:] = column.to_pylist()
        if ways is not None:
            gone = np.array([cell is None for cell in cells], dtype=bool)
            cells[gone] = [_MISSING[way] for way, none in zip(ways.to_pylist(), gone, strict=True) if none]
        return cells
    dtype = pd.api.types.pandas_dtype(how.removeprefix("dtype:"))
    from_arrow = getattr(dtype, "__from_arrow__", None)
    # texts stay where the file is mapped: a province's names are not copied into every process
    return column.to_pandas().astype(dtype).array if from_arrow is None else from_arrow(column)


def _check(table: pd.DataFrame, path: Path) -> None:
    """Raise `NotKept` unless a file holds a table as it is."""
    crs = table.crs if isinstance(table, gpd.GeoDataFrame) else None
    try:
        again = kept_table(path, crs=crs)
    except (TypeError, ValueError, pa.ArrowException) as fault:
        raise NotKept(f"{path.name}: {str(fault)[:120]}") from None
    if type(again) is not type(table) or not again.index.equals(table.index) or again.index.dtype != table.index.dtype:
        raise NotKept(f"{path.name}: the rows are called otherwise")
    if list(again.columns) != list(table.columns) or again.columns.dtype != table.columns.dtype:
        raise NotKept(f"{path.name}: the columns are called otherwise")
    for name in table.columns:
        mine, its = table[name], again[name]
        if mine.dtype != its.dtype or not _same(mine, its):
            raise NotKept(f"{path.name}: {name}")


def _same(mine: pd.Series, its: pd.Series) -> bool:
    """Tell whether two columns of one type hold the same cells, bit by bit."""
    if isinstance(mine.dtype, gpd.array.GeometryDtype):
        return _same_shapes(np.asarray(mine.array), np.asarray(its.array))
    if mine.dtype == object:
        here, there = mine.to_numpy(dtype=object), its.to_numpy(dtype=object)
        if shapely.is_geometry(here).any():
            return _same_shapes(here, there)
        pairs = zip(here, there, strict=True)
        return all(a is b or (type(a) is type(b) and (a == b or (a != a and b != b))) for a, b in pairs)
    return bool(mine.array.equals(its.array)) if hasattr(mine.array, "equals") else bool(mine.equals(its))


def _same_shapes(here: NDArray[Any], there: NDArray[Any]) -> bool:
    return bool((shapely.to_wkb(here) == shapely.to_wkb(there)).all())
