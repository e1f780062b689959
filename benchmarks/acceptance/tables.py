"""Tables compared cell by cell: CSV files and GeoPackages; rows are found by their ids, not by their place."""

from __future__ import annotations

import csv
import re
import sqlite3
import struct
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import shapely

from benchmarks.acceptance.differences import MISSING, Difference, aligned, only_one_side

#: Columns a row may be known by, alone or together; not ranks and values, which are what is compared.
_KEY = re.compile(r"(?i)(id|code|name)$|^(rule|district|unit|level|file|row|field|position|layer|path)$")

#: Row numbers a GeoPackage gives; they tell nothing where a row has an id of its own.
_NUMBERS = ("fid", "id")

#: More columns than this make no key: then rows are set side by side in their order.
_MOST_KEYS = 5


@dataclass(frozen=True)
class Table:
    """A table: its columns, its rows as tuples of cells, and the type of each column where the file declares one."""

    columns: list[str]
    rows: list[tuple[Any, ...]]
    types: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Geometry:
    """A geometry of a GeoPackage without the header's box, which follows from it."""

    srs: int
    wkb: bytes

    def __str__(self) -> str:
        shape = shapely.from_wkb(self.wkb)
        return f"{shapely.to_wkt(shape, rounding_precision=4)} (srs {self.srs}, {len(self.wkb)} bytes)"


def csv_differences(before: Path, after: Path) -> Iterator[Difference]:
    """Give the cells of two CSV files that differ."""
    yield from table_differences(_csv_table(before), _csv_table(after))


def _csv_table(path: Path) -> Table:
    with path.open(encoding="utf-8-sig", newline="") as file:
        head, *rows = [tuple(row) for row in csv.reader(file)] or [()]
    return Table(list(head), rows)


def gpkg_differences(before: Path, after: Path) -> Iterator[Difference]:
    """Give the cells of two GeoPackages that differ, table by table: layers, their words, their styles."""
    old, new = _gpkg_tables(before), _gpkg_tables(after)
    yield from only_one_side(sorted(old), sorted(new), "(tables)")
    for name in sorted(old.keys() & new.keys()):
        for one in table_differences(old[name], new[name]):
            yield Difference(f"{name}: {one.row}", one.column, one.before, one.after)


def _gpkg_tables(path: Path) -> dict[str, Table]:
    with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True)) as file:
        names = [name for (name,) in file.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        shapes = set(file.execute("SELECT table_name, column_name FROM gpkg_geometry_columns"))
        # the index of places and the counters follow from the rows
        own = [name for name in names if not name.startswith(("rtree_", "sqlite_"))]
        return {name: _gpkg_table(file, name, {column for table, column in shapes if table == name}) for name in own}


def _gpkg_table(file: sqlite3.Connection, name: str, shapes: set[str]) -> Table:
    found = file.execute(f'SELECT * FROM "{name}" ORDER BY rowid')
    columns = [column for column, *_ in found.description]
    at = {n for n, column in enumerate(columns) if column in shapes}
    rows = [tuple(_geometry(cell) if n in at else cell for n, cell in enumerate(row)) for row in found]
    types = {column: declared for _, column, declared, *_ in file.execute(f'PRAGMA table_info("{name}")')}
    return Table(columns, rows, types)


def _geometry(blob: bytes | None) -> Geometry | None:
    """Take the header off a geometry of a GeoPackage (OGC 12-128, clause 2.1.3)."""
    if blob is None:
        return None
    flags = blob[3]
    (srs,) = struct.unpack("<i" if flags & 1 else ">i", blob[4:8])
    box = (0, 32, 48, 48, 64)[flags >> 1 & 7]
    return Geometry(srs, blob[8 + box :])


def table_differences(before: Table, after: Table, *, keyed: bool = True) -> Iterator[Difference]:
    """Give the cells of two tables that differ; rows and columns that only one side has are told once each.

    Rows are found by their ids; where they have none, or `keyed` is False, they are set side by side in their order.
    """
    yield from only_one_side(before.columns, after.columns, "(columns)")
    common = [column for column in before.columns if column in after.columns]
    for column in common:
        if before.types.get(column) != after.types.get(column):
            yield Difference("(types)", column, str(before.types.get(column)), str(after.types.get(column)))
    old, new = _columns(before, common), _columns(after, common)
    if old == new:
        return
    key = _key(common, old, new) if keyed else None
    if key is None:
        yield from _in_their_order(common, old, new)
    else:
        yield from _by_key(common, key, old, new)


def _columns(table: Table, names: Sequence[str]) -> list[tuple[Any, ...]]:
    places = [table.columns.index(name) for name in names]
    if places == list(range(len(table.columns))):
        return table.rows
    return [tuple(row[n] for n in places if n < len(row)) for row in table.rows]


def _key(columns: list[str], *sides: list[tuple[Any, ...]]) -> list[int] | None:
    """Return the places of the columns that together are another for every row: one alone, or the first few."""
    named = [n for n, column in enumerate(columns) if _KEY.search(column) and column not in _NUMBERS]
    if any(len(row) != len(columns) for rows in sides for row in rows):
        return None
    several = [named[:count] for count in range(2, min(len(named), _MOST_KEYS) + 1)]
    numbers = [[n] for n, column in enumerate(columns) if column in _NUMBERS]
    for key in [*([n] for n in named), *several, *numbers]:
        if all(len({tuple(row[n] for n in key) for row in rows}) == len(rows) for rows in sides):
            return key
    return None


def _by_key(
    columns: list[str], key: list[int], before: list[tuple[Any, ...]], after: list[tuple[Any, ...]]
) -> Iterator[Difference]:
    old, new = ({tuple(row[n] for n in key): row for row in rows} for rows in (before, after))
    # where a row has an id, the number a file gives it only tells the order, which is told once
    passed = {n for n, column in enumerate(columns) if column in _NUMBERS and n not in key}
    for one in old:
        if one not in new:
            yield Difference(_name(columns, key, one), "(row)", _whole(old[one]), MISSING)
    for one in new:
        if one not in old:
            yield Difference(_name(columns, key, one), "(row)", MISSING, _whole(new[one]))
    for one, row in new.items():
        if one in old and old[one] != row:
            yield from _cells(_name(columns, key, one), columns, old[one], row, passed)
    order_before, order_after = [one for one in old if one in new], [one for one in new if one in old]
    if order_before != order_after:
        first = next(pair for pair in zip(order_before, order_after, strict=True) if pair[0] != pair[1])
        yield Difference("(rows)", "(order)", *(_name(columns, key, one) for one in first))


def _in_their_order(
    columns: list[str], before: list[tuple[Any, ...]], after: list[tuple[Any, ...]]
) -> Iterator[Difference]:
    for i, j in aligned(before, after):
        row = f"row {(j if j is not None else i or 0) + 1}"
        if i is None or j is None:
            old, new = MISSING if i is None else _whole(before[i]), MISSING if j is None else _whole(after[j])
            yield Difference(row, "(row)", old, new)
        else:
            yield from _cells(row, columns, before[i], after[j], set())


def _cells(
    row: str, columns: list[str], before: tuple[Any, ...], after: tuple[Any, ...], passed: set[int]
) -> Iterator[Difference]:
    if len(before) != len(after):
        yield Difference(row, "(cells)", str(len(before)), str(len(after)))
    for n, (old, new) in enumerate(zip(before, after, strict=False)):
        if n not in passed and old != new:
            yield Difference(row, columns[n] if n < len(columns) else str(n + 1), *_said(old, new))


def _said(before: Any, after: Any) -> tuple[str, str]:
    """Return two cells in words; of two outlines, how far apart they are as well."""
    old, new = cell_text(before), cell_text(after)
    if isinstance(before, Geometry) and isinstance(after, Geometry):
        shapes = shapely.from_wkb([before.wkb, after.wkb])
        apart = shapely.hausdorff_distance(*shapes)
        new += f" ({apart:.3g} apart)"
    return old, new


def cell_text(cell: Any) -> str:
    """Return a cell as the report says it; what is not known is told apart from an empty text."""
    if cell is None:
        return "NULL"
    return f"{len(cell)} bytes {cell[:16].hex()}" if isinstance(cell, bytes) else str(cell)


def _name(columns: list[str], key: list[int], values: tuple[Any, ...]) -> str:
    told = [cell_text(value) for value in values]
    if len(key) == 1:
        return told[0]
    return ", ".join(f"{columns[n]}={value}" for n, value in zip(key, told, strict=True))


def _whole(row: tuple[Any, ...]) -> str:
    return " | ".join(cell_text(cell) for cell in row if cell not in (None, ""))
