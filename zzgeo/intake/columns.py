"""The columns of a layer: cells read as numbers, dates and text, ids made the index, columns that must be there.

A cell that cannot be read is left empty, told and counted; its row goes only where it says what the row is.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from zzgeo.errors import Problem
from zzgeo.formats.parts.base import IN_MEMORY
from zzgeo.intake import dates, values
from zzgeo.intake.dates import HOWS
from zzgeo.intake.rows import Fault, Rows, Step
from zzgeo.spec.schema import DAYS_UNREAD, Column, Contract, rows_named
from zzgeo.vocabulary.units import another_in_heading, size_in_heading

#: What a spreadsheet makes of a long number: 4.10105E+11, or 410105199001010000 with nothing after fifteen digits.
_CUT = r"[+-]?\d(?:[.,]\d+)?[eE]\+?\d+|\d{15}0+"

_TEXT_WHY = {
    "value.control_char": "the text holds control characters",
    "value.unicode_suspicious": "the text holds characters one cannot see, or letters put together from parts",
    "value.too_long": f"a spreadsheet cell shows no more than {values.LONGEST_TEXT:,} characters",
}


def columns_read(
    contract: Contract, headings: Mapping[str, str] = MappingProxyType({}), vital: Collection[str] = ()
) -> Step:
    """Return the step that reads the columns of a contract.

    Parameters
    ----------
    contract
        Names the columns, and what they hold.
    headings
        What the file calls them, ``{ours: the file's}``: a unit that a heading names holds for cells that name none.
    vital
        Columns without which a row is no record: an unreadable cell there sets the row aside, as an error value of a
        spreadsheet does under any number (a formula of that row failed), unless most of its column are such: then the
        formula is at fault, not the rows. Every other unreadable cell is left empty.
    """

    def step(rows: Rows) -> Rows:
        table = rows.table
        present = {name: column for name, column in contract.columns.items() if name in table.columns}
        sizes = {name: _size(headings.get(name, ""), column) for name, column in present.items()}
        read = {name: _read(table[name], column, sizes[name]) for name, column in present.items()}
        lost: dict[object, Fault] = {}
        for name, column in read.items():
            written = {row: str(table.at[row, name]) for row in column.faults}
            failed = [row for row, cell in written.items() if cell.strip() in values.SPREADSHEET_ERRORS]
            marks_rows = present[name].kind == "number" and 2 * len(failed) <= len(table)
            for row in written if name in vital else failed if marks_rows else ():
                lost.setdefault(row, (name, written[row], *column.faults[row]))
        parsed = {name: _without_faults(one) for name, one in read.items()}
        days = {name: column.faults for name, column in read.items() if present[name].kind == "date"}
        kept = rows.with_table(table.assign(**parsed, **_days_unread(table.index, days))).without(lost)
        for name, column in read.items():
            kept = told_of_heading(kept, name, headings.get(name, ""), sizes[name])
            kept = _told_of_another(kept, name, headings.get(name, ""), present[name].quantity)
            kept = _told(kept, column, present[name], table[name])
        return kept

    return step


def _days_unread(index: pd.Index, days: Mapping[str, Collection[object]]) -> dict[str, pd.Series]:
    """Return the column `DAYS_UNREAD`, where there is a day that could not be read."""
    if not any(days.values()):
        return {}
    unread = pd.DataFrame({name: index.isin(list(rows)) for name, rows in days.items()}, index=index)
    return {DAYS_UNREAD: unread.apply(lambda row: ";".join(row.index[row]), axis=1)}


def _size(heading: str, column: Column) -> float:
    return size_in_heading(heading, column.quantity) if column.quantity else 1.0


def told_of_heading(rows: Rows, name: str, heading: str, size: float) -> Rows:
    """Tell that numbers were taken times the size of the unit their heading names."""
    if size == 1.0:
        return rows
    what = f"{name}: numbers of {heading!r} taken times {size:.10g}"
    why, remedy = "the heading names a unit", "nothing to do if the unit is right"
    return rows.warning("value.reformatted", rows.table[name].notna(), what, why, remedy)


def _told_of_another(rows: Rows, name: str, heading: str, quantity: str) -> Rows:
    """Tell of a heading that says a share, a rate or another unit than its column is counted in."""
    another = another_in_heading(heading, quantity) if quantity else ""
    if not another:
        return rows
    why = "the heading says a share, a rate or another unit; the numbers are taken as they stand"
    remedy = "name the column that holds the numbers themselves"
    return rows.warning("value.unit_unknown", rows.table[name].notna(), f"{name}: {heading!r}", why, remedy)


def _read(cells: pd.Series, column: Column, size: float) -> values.Parsed:
    if column.kind == "number":
        return values.numbers(
            cells, minimum=column.minimum, maximum=column.maximum, quantity=column.quantity, size=size
        )
    if column.kind == "date":
        return dates.dates(cells, closing=column.ends)
    return values.Parsed(values.texts(cells), {})


def _without_faults(read: values.Parsed) -> pd.Series:
    """Return a column with nothing where a cell could not be read."""
    return read.values.mask(read.values.index.isin(list(read.faults))) if read.faults else read.values


def _told(rows: Rows, read: values.Parsed, column: Column, original: pd.Series) -> Rows:
    """Tell of cells that were left empty or read although they are no plain numbers, are missing, or hold odd text."""
    name, index = str(original.name), rows.table.index
    emptied = index.isin(list(read.faults)) if read.faults else np.zeros(len(index), dtype=bool)
    rows = _told_of_emptied(rows, read, original, emptied)
    if column.kind == "date":
        rows = _told_of_days(rows, read, original)
    elif read.reformatted:
        odd = index.isin(list(read.reformatted)) & ~emptied
        if odd.any():
            first = index[odd][0]
            what = f"{name}: {read.reformatted[first]!r} read as {read.values[first]:.10g}"
            why = "separators, full-width digits, 万 or units were taken into account"
            rows = rows.warning("value.reformatted", odd, what, why, "nothing to do if the numbers are right")
    if column.told:
        why = "counted as unknown, never as 0"
        missing = rows.table[name].isna() & ~emptied
        rows = rows.warning("value.missing", missing, f"{name} empty", why, "fill it in if you know it")
    if column.kind == "text":
        for code, mask in values.text_flags(rows.table[name]).items():
            rows = rows.warning(code, mask, name, _TEXT_WHY[code], "check the text; it is kept as it is")
    return rows


def _told_of_days(rows: Rows, read: values.Parsed, original: pd.Series) -> Rows:
    """Tell of days that are not simply written out, each way once, with their number and the first of them."""
    for how in HOWS:
        mask = np.array([read.reformatted.get(label) == how for label in rows.table.index], dtype=bool)
        if mask.any():
            first = rows.table.index[mask][0]
            day = read.values[first]
            what = f"{original.name}: {str(original.at[first])!r} read as {'none' if pd.isna(day) else day.date()}"
            remedy = "nothing to do if the days are right; else write 2018-12-31"
            rows = rows.warning("value.date_converted", mask, what, how, remedy)
    return rows


def _told_of_emptied(rows: Rows, read: values.Parsed, original: pd.Series, emptied: np.ndarray) -> Rows:
    """Tell of cells left empty, each cause once, with their number and the first of them."""
    labels = rows.table.index[emptied]
    causes = {label: read.faults[label] for label in labels}
    for code, reason in dict.fromkeys(causes.values()):
        hit = [label for label, cause in causes.items() if cause == (code, reason)]
        cells = ", ".join(dict.fromkeys(repr(str(original.at[label])[:40]) for label in hit[:5]))
        why = f"{reason}; these cells are left empty and their rows used"
        mask = rows.table.index.isin(hit)
        rows = rows.warning(code, mask, f"{original.name}: {cells} left empty", why, "correct the cells")
    return replace(rows, cells_emptied=rows.cells_emptied + len(labels))


def with_columns(names: Sequence[str], layer: str) -> Step:
    """Return the step that refuses a layer without columns it cannot do without, telling each."""

    def step(rows: Rows) -> Rows:
        why = f"{layer} need this column"
        return rows.telling(
            *(
                Problem("schema.missing_column", rows.file, name, why, _to_be_named(name))
                for name in names
                if name not in rows.table.columns
            )
        )

    return step


def _to_be_named(name: str) -> str:
    return f'name it in the study file: columns = {{ {name} = "…" }}'


def with_ids(
    name: str, prefix: str = "", *, refuse_repeated: str = "", needed: bool = False, same_stay: bool = False
) -> Step:
    """Return the step that makes a column the index.

    Parameters
    ----------
    name
        The column; rows without an id get one from their row of the file, and so do rows whose ids are alike because a
        spreadsheet damaged them: they are told, and are no repeats.
    prefix
        Stands before such a row; ``{file}`` is the name of the file without its ending.
    refuse_repeated
        Given, an id that stands twice refuses the layer, and this says what to do; else the later rows are set aside.
    needed
        Whether other layers and earlier audits know the rows by it: rows without one are told.
    same_stay
        Whether a later row of one id, name and place stays, under an id with its row behind: it says something else of
        the same thing, or of another thing in the same house, and which holds is asked where it counts.
    """

    def step(rows: Rows) -> Rows:
        ids = _ids(rows, name, prefix)
        if needed and name in rows.table.columns:
            blank = values.texts(rows.table[name]).isna()
            why = "other layers and earlier audits know the row by it; its number in the file stands for it"
            rows = rows.warning("value.missing", blank, f"{name} empty", why, "fill it in")
        if not refuse_repeated:
            rows, ids = _numbered_anew(rows, ids, prefix)
        again = ids.duplicated(keep="first")
        if again.any() and refuse_repeated:
            return _told_of_repeated(rows, ids, again, refuse_repeated)
        if again.any() and same_stay:
            ids = _told_apart(rows.table, ids)
            again = ids.duplicated(keep="first")
        if again.any():
            first = dict(zip(ids[~again], ids.index[~again], strict=True))
            faults: dict[object, Fault] = {
                row: (name, str(ids[row]), "id.duplicate", f"this id stands on row {first[ids[row]]} already")
                for row in rows.table.index[again]
            }
            others = {str(row) for row in rows.table.index[again] if _is_another(rows.table, row, first[ids[row]])}
            rows, ids = rows.without(faults), ids[~again]
            marked = (replace(one, of_its_own=True) if one.row in others else one for one in rows.rejected)
            rows = replace(rows, rejected=tuple(marked))
        origin = dict(zip(ids.to_numpy(dtype=object).tolist(), ids.index.tolist(), strict=True))
        table = rows.table.drop(columns=[name], errors="ignore").set_axis(pd.Index(ids, name=name), axis=0)
        return replace(rows, table=table, origin=origin)

    return step


def _is_another(table: pd.DataFrame, row: object, first: object) -> bool:
    """Tell whether two rows of one id are two things: they have another place, and no name in common."""
    if not isinstance(table, gpd.GeoDataFrame):
        return False
    places = table.geometry.loc[[row, first]].to_numpy()
    names = table["name"].loc[[row, first]].tolist() if "name" in table.columns else [None, None]
    same_name = isinstance(names[0], str) and names[0] == names[1]
    return not same_name and shapely.to_wkb(places[0]) != shapely.to_wkb(places[1])


def _told_apart(table: pd.DataFrame, ids: pd.Series) -> pd.Series:
    """Return ids with the row behind those that an earlier row of the same name and place bears, too."""
    if not isinstance(table, gpd.GeoDataFrame) or "name" not in table.columns:
        return ids
    key = pd.DataFrame({"id": ids, "name": table["name"], "place": shapely.to_wkb(np.asarray(table.geometry.array))})
    again = key.duplicated(keep="first") & table["name"].notna()
    anew = pd.Series([f"{one}/{row}" for row, one in ids.items()], index=ids.index, dtype=object)
    return ids.mask(again & ~anew.isin(ids), anew)


def _ids(rows: Rows, name: str, prefix: str) -> pd.Series:
    table = rows.table
    if name not in table.columns:
        return _by_rows(rows, table.index, prefix)
    ids = values.texts(table[name])
    blank = ids.isna()
    if blank.any():
        ids[blank] = _by_rows(rows, table.index[blank], prefix)
    return ids


def _by_rows(rows: Rows, labels: pd.Index, prefix: str) -> pd.Series:
    before = prefix.replace("{file}", Path(rows.file.removeprefix(IN_MEMORY)).stem)
    return pd.Series([f"{before}{row}" for row in labels], index=labels, dtype=object)


def _numbered_anew(rows: Rows, ids: pd.Series, prefix: str) -> tuple[Rows, pd.Series]:
    """Give ids by their rows to those that are alike only because a spreadsheet damaged them, and tell them.

    They are numbers in scientific notation, numbers whose digits from the sixteenth on are nought, or one id on most
    rows. Where the place is the same too, the row is a repeat all the same.
    """
    repeated = ids.duplicated(keep=False)
    if not repeated.any() or not isinstance(rows.table, gpd.GeoDataFrame):
        return rows, ids
    on_most = ids.map(ids.value_counts()) > max(len(ids) / 2, 2)
    damaged = repeated & (ids.str.fullmatch(_CUT) | on_most)
    places = [ids, pd.Series(shapely.to_wkb(np.asarray(rows.table.geometry.array)), index=ids.index)]
    first = pd.Series(ids.index, index=ids.index).groupby(places).transform("first")
    if first[damaged].nunique() < 2:
        return rows, ids
    what = f"{ids.name}: {ids[damaged].iloc[0]!r} and the like"
    why = "at several places: a spreadsheet cut these ids, or they are none; numbered anew by their rows"
    told = rows.warning("id.damaged", damaged, what, why, "format the column as text where it comes from, export again")
    anew = _by_rows(rows, pd.Index(first), prefix).set_axis(ids.index)
    return told, ids.mask(damaged, anew)


def _told_of_repeated(rows: Rows, ids: pd.Series, again: pd.Series, remedy: str) -> Rows:
    all_of_them = ids.isin(ids[again])
    value = f"{ids.name}={ids[again].iloc[0]} at {rows_named(all_of_them, ids)}"
    labels = tuple(str(row) for row in ids.index[all_of_them])
    why = "an id must stand on one row only"
    return rows.telling(Problem("id.duplicate", rows.file, value, why, remedy, rows=labels))


def without_repeats(rows: Rows) -> Rows:
    """Set aside rows that repeat an earlier one in every column: their beds would be counted twice."""
    some = _maybe_repeated(rows.table)
    if not some.any():
        return rows
    table = rows.table[some]
    plain = pd.DataFrame(table)
    if isinstance(table, gpd.GeoDataFrame):
        plain = plain.assign(**{table._geometry_column_name: shapely.to_wkb(np.asarray(table.geometry.array))})
    try:
        again = plain.duplicated(keep="first")
    except TypeError:  # cells that hold lists
        again = plain.map(str).duplicated(keep="first")
    shown = str(table.columns[0])
    reason = "the row repeats an earlier one in every column"
    return rows.without(
        {row: (shown, str(table.at[row, shown]), "row.duplicate", reason) for row in table.index[again]}
    )


def _maybe_repeated(table: pd.DataFrame) -> NDArray[np.bool_]:
    """Tell which rows may be repeated: another has the same first text or number, and its geometry the same bounds.

    Of a million places nearly none is left to compare in every column, which took longer than to read them.
    """
    some = np.ones(len(table), dtype=bool)
    geometry = table._geometry_column_name if isinstance(table, gpd.GeoDataFrame) else None
    alike = (pd.StringDtype, np.dtype)  # where cells are equal if, and only if, their texts are
    plain = (column for name, column in table.items() if name != geometry and column.dtype != object)
    first = next((column for column in plain if isinstance(column.dtype, alike)), None)
    if first is not None:
        some = first.duplicated(keep=False).to_numpy(copy=True)
    if geometry is not None and some.any():
        bounds = pd.DataFrame(shapely.bounds(np.asarray(table[geometry].array)[some]))
        some[some] = bounds.duplicated(keep=False).to_numpy()
    return some


def only(types: Sequence[str], reason: str) -> Step:
    """Return the step that sets aside rows whose geometry is of another kind; of a collection it takes what fits."""

    def step(rows: Rows) -> Rows:
        rows = _out_of_collections(rows, types)
        found = rows.table.geometry.geom_type
        odd = rows.table.index[~found.isin(types)]
        return rows.without({row: ("geometry", str(found[row]), "geom.mixed_types", reason) for row in odd})

    return step


def _out_of_collections(rows: Rows, types: Sequence[str]) -> Rows:
    """Replace collections of geometry by their parts of some types, and tell it; areas beside lines are outlines."""
    shapes = np.asarray(rows.table.geometry.array)
    held = shapely.get_type_id(shapes) == shapely.GeometryType.GEOMETRYCOLLECTION
    if not held.any():
        return rows
    taken = [_parts_of(shape, types) for shape in shapes[held]]
    some = np.array([part is not None for part in taken], dtype=bool)
    fits = held.copy()
    fits[held] = some
    shapes = shapes.copy()
    shapes[fits] = [part for part in taken if part is not None]
    why, remedy = "of a collection the parts that may stand here were taken", "send one kind of geometry"
    rows = rows.warning("geom.mixed_types", fits, "GeometryCollection", why, remedy)
    return rows.with_table(rows.table.set_geometry(gpd.GeoSeries(shapes, index=rows.table.index, crs=rows.table.crs)))


def _parts_of(collection: Any, types: Sequence[str]) -> Any:
    """Return the parts of a collection that are of some types as one geometry of one of them; None where none is."""
    parts = shapely.get_parts([collection])
    while (shapely.get_type_id(parts) >= shapely.GeometryType.MULTIPOINT).any():
        parts = shapely.get_parts(parts)
    parts = parts[~shapely.is_empty(parts)]
    by_type = [parts[shapely.get_dimensions(parts) == dimension] for dimension in (0, 1, 2)]
    points, lines, areas = (
        part if name in types else part[:0]
        for part, name in zip(by_type, ("Point", "LineString", "Polygon"), strict=True)
    )
    if len(lines):
        return shapely.multilinestrings([*lines, *shapely.get_parts(shapely.boundary(areas))])
    if len(areas):
        return shapely.union_all(areas)
    return shapely.multipoints(points) if len(points) else None
