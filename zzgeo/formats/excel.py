"""Workbooks (XLSX, XLS, ET of WPS) read as values; sheet and header are found by the columns the study wants."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

from zzgeo.errors import InputError, Problem
from zzgeo.formats.parts.base import Content, Format, Options, RawLayer, file_sha256, refuse
from zzgeo.formats.parts.contents import ZIP
from zzgeo.formats.parts.grid import (
    LOOKED_AT,
    Gathered,
    header_at,
    header_note,
    holds,
    is_number,
    named,
    no_record,
    plain_name,
)
from zzgeo.formats.parts.sheet_xml import SheetFacts, refuse_entities_in_parts, refuse_false_counts, sheet_facts

_ZIPPED = (".xlsx", ".xlsm")
#: What stands for a number of rows or cells in a message before it is cut.
_SHOWN = 10

Row = tuple[int, list[str | None]]


class _Book:
    """An open workbook; a sheet is loaded at most once, and only after its extent was found harmless."""

    def __init__(self, path: Path) -> None:
        import python_calamine

        self.path, self.name = path, path.name
        self._loaded: dict[str, tuple[Any, SheetFacts]] = {}
        if path.suffix.lower() in _ZIPPED:
            refuse_entities_in_parts(path)
            refuse_false_counts(path)
        with _readable(self.name):
            self._book = python_calamine.CalamineWorkbook.from_path(str(path))

    def sheets(self) -> dict[str, bool]:
        """Return the worksheets, and whether each is visible."""
        import python_calamine

        kind, shown = python_calamine.SheetTypeEnum.WorkSheet, python_calamine.SheetVisibleEnum.Visible
        return {one.name: one.visible == shown for one in self._book.sheets_metadata if one.typ == kind}

    def sheet(self, name: str) -> tuple[Any, SheetFacts]:
        """Return a sheet with its facts."""
        if name not in self._loaded:
            facts = sheet_facts(self.path, name) if self.path.suffix.lower() in _ZIPPED else SheetFacts()
            with _readable(self.name):
                self._loaded[name] = self._book.get_sheet_by_name(name), facts
        return self._loaded[name]


@contextmanager
def _readable(name: str) -> Iterator[None]:
    """Turn what calamine raises on a damaged workbook into `InputError`."""
    import python_calamine

    try:
        yield
    except python_calamine.PasswordError:
        why, remedy = "the workbook has a password", "save it without one"
        raise refuse("file.encrypted_or_legacy", name, "", why, remedy) from None
    except (python_calamine.CalamineError, OSError, ValueError) as error:
        raise refuse("file.corrupt", name, str(error)[:120], "the workbook cannot be read", "save it again") from None
    except BaseException as error:
        # calamine is Rust: where it gives up in the middle, Python sees an exception no library names
        if type(error).__name__ != "PanicException":
            raise
        raise refuse("file.corrupt", name, str(error)[:120], "the workbook cannot be read", "save it again") from None


def _chosen(book: _Book, options: Options) -> tuple[str, list[Problem]]:
    """Return the sheet to read, and a warning that says which others are not read."""
    sheets, name = book.sheets(), book.name
    if options.sheet is not None:
        if options.sheet not in sheets:
            raise refuse("layer.missing", name, options.sheet, "no such sheet", "the sheets are: " + ", ".join(sheets))
        return options.sheet, _hidden(options.sheet, name) if not sheets[options.sheet] else []
    if not sheets:
        raise refuse("layer.empty", name, "", "the workbook has no worksheet", "send the sheet that holds the list")
    if len(sheets) == 1:
        [only] = sheets
        return only, _hidden(only, name) if not sheets[only] else []
    fits = _fits(book, [sheet for sheet, visible in sheets.items() if visible], options)
    if len(fits) != 1:
        remedy = f'say which: sheet = "{(fits or list(sheets))[0]}"'
        why = "several sheets hold a list" if fits else "no visible sheet holds a list with these columns"
        raise refuse("layer.ambiguous", name, ", ".join(fits or sheets), why, remedy)
    others = [sheet + ("" if visible else " (hidden)") for sheet, visible in sheets.items() if sheet != fits[0]]
    value = f"read: {fits[0]}; not read: {', '.join(others)}"
    why, remedy = "the workbook has several sheets and the study names none", f'say sheet = "{fits[0]}"'
    return fits[0], [Problem("xlsx.several_sheets", name, value, why, remedy, "warning")]


def _fits(book: _Book, sheets: list[str], options: Options) -> list[str]:
    """Return the sheets with rows under a header that holds the most of the wanted names."""
    fits: dict[str, int] = {}
    for sheet in sheets:
        first = list(islice(_filled(_rows(book.sheet(sheet)[0])), LOOKED_AT + 1))
        place = header_at([cells for _, cells in first[:LOOKED_AT]], options.wanted)
        if len(first) > place + 1:
            fits[sheet] = holds(first[place][1], options.wanted)
    most = max(fits.values(), default=0)
    if options.wanted and most == 0:
        return []
    return [sheet for sheet, count in fits.items() if count == most]


def _hidden(sheet: str, name: str) -> list[Problem]:
    return [
        Problem("xlsx.hidden", name, sheet, "the sheet is hidden; it was read", "check that it is meant", "warning")
    ]


def _cell_text(value: object) -> str | None:
    """Return a cell as the text a person sees: whole numbers without a decimal point, dates as ISO."""
    if value is None or value == "":
        return None
    if isinstance(value, str):
        return value.strip() or None
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return str(int(value))
    if isinstance(value, dt.datetime) and value.time() == dt.time():
        return value.date().isoformat()
    return str(value)


def _rows(sheet: Any) -> Iterator[Row]:
    """Yield (row number in the sheet, cells as text from column A on), merged text filled down."""
    if sheet.start is None:
        return
    left = sheet.start[1]  # rows come from the first of the sheet, cells from the first column with a value
    fills = _merged_down(sheet)
    held: dict[int, tuple[str | None, int]] = {}
    for number, values in enumerate(sheet.iter_rows(), start=1):
        cells = [*[None] * left, *map(_cell_text, values)]
        for column, last in fills.get(number, ()):
            # numbers are not repeated: the beds of a merged cell would be counted once per row
            if column <= len(cells) and isinstance(values[column - 1 - left], str) and cells[column - 1]:
                held[column] = (cells[column - 1], last)
        for column, (text, last) in list(held.items()):
            if number > last:
                del held[column]
            elif column <= len(cells):
                cells[column - 1] = cells[column - 1] or text
        yield number, cells


def _merged_down(sheet: Any) -> dict[int, list[tuple[int, int]]]:
    """Return {first row: [(column, last row)]} of the merged areas that run over several rows."""
    fills: dict[int, list[tuple[int, int]]] = {}
    for (first, column), (last, _) in sheet.merged_cell_ranges or ():
        if last > first:
            fills.setdefault(first + 1, []).append((column + 1, last + 1))
    return fills


def _filled(rows: Iterator[Row]) -> Iterator[Row]:
    return ((number, cells) for number, cells in rows if any(cells))


def read_excel(path: Path, options: Options) -> RawLayer:
    """Read one sheet; titles above the header are skipped, rows that are no records and rows without values set aside.

    Raises
    ------
    InputError
        If the workbook is corrupt or has a password, several sheets fit, two columns share a name, or no row has the
        values of its formulas.
    """
    book = _Book(path)
    name, (chosen, notes) = path.name, _chosen(book, options)
    sheet, facts = book.sheet(chosen)
    rows = _filled(_with_shown(_rows(sheet), facts))
    first = list(islice(rows, LOOKED_AT))
    if not first:
        raise refuse("layer.empty", name, chosen, "the sheet is empty", "send the sheet that holds the list")
    place, cells = _header(first, header_at([cells for _, cells in first], options.wanted), sheet)
    begin = first[place][0]
    where = f"{name}:{begin}"
    gathered = Gathered(name, named(cells, where))
    if place:
        notes.append(header_note(where, [number for number, _ in first[:place]], next(filter(None, first[0][1]))))
    unwanted = 0
    for number, cells in (*first[place + 1 :], *rows):
        unwanted += _take(gathered, number, cells, facts, options)
    _refuse_without_values(gathered)
    notes += _merged_notes(sheet, begin, name) + _hidden_notes(facts, begin, gathered, name)
    if unwanted:
        why, remedy = "formulas were never computed, in columns the study does not read", "nothing to do"
        notes.append(Problem("xlsx.formula_without_value", name, f"{unwanted} rows", why, remedy, "warning"))
    return RawLayer(gathered.table(), name, file_sha256(path), tuple(gathered.rejected), tuple(notes))


def _header(rows: list[Row], place: int, sheet: Any) -> tuple[int, list[str | None]]:
    """Return the last row of a header and its names: where cells are merged, a header may have several rows.

    A column is called by its lowest name; two of one name by the names above it, too.
    """
    merged = list(sheet.merged_cell_ranges or ())
    above = rows[place - 1] if place else (0, [])
    # the row that was found may be the lower one: 坐标 stands over 经度 and 纬度, and a title over everything
    if sum(map(bool, above[1])) > 1 and any(a[0] + 1 == above[0] == b[0] + 1 for a, b in merged):
        place -= 1
    begin, top = rows[place]
    areas = [(a, b) for a, b in merged if a[0] + 1 == begin]
    last = max((b[0] + 1 for _, b in areas), default=begin)
    below = next((row for row in rows if row[0] == begin + 1), (0, []))[1]
    if last == begin and any(b[1] > a[1] for a, b in areas) and any(below):
        # 经度 and 纬度 below 坐标: words alone, where the first record has numbers
        last = begin + all(cell is None or not is_number(cell) for cell in below)
    wide = list(top)
    for (_, left), (_, right) in areas:
        wide[left : right + 1] = [top[left]] * (min(right + 1, len(top)) - left)
    levels = [wide, *(cells for number, cells in rows if begin < number <= last)]
    if len(levels) == 1:
        return place, top
    names = [next(filter(None, reversed(level)), None) for level in zip(*_as_wide(levels), strict=True)]
    full = [" ".join(dict.fromkeys(filter(None, level))) for level in zip(*_as_wide(levels), strict=True)]
    cells = [long if name and names.count(name) > 1 else name for name, long in zip(names, full, strict=True)]
    return place + len(levels) - 1, cells


def _as_wide(levels: list[list[str | None]]) -> list[list[str | None]]:
    width = max(map(len, levels))
    return [level + [None] * (width - len(level)) for level in levels]


def _with_shown(rows: Iterator[Row], facts: SheetFacts) -> Iterator[Row]:
    """Yield rows with errors such as #N/A, and numbers too long for a float, as they are written."""
    by_row: dict[int, list[tuple[int, str]]] = {}
    for (number, column), text in facts.shown.items():
        by_row.setdefault(number, []).append((column, text))
    for number, cells in rows:
        for column, text in by_row.get(number, ()):
            cells += [None] * (column - len(cells))
            cells[column - 1] = text
        yield number, cells


def _take(gathered: Gathered, number: int, cells: list[str | None], facts: SheetFacts, options: Options) -> bool:
    """Keep a row or set it aside; tell whether it lacks the value of a formula that nobody wants."""
    width = len(gathered.header)
    if any(cells[width:]):
        gathered.set_aside(number, "", cells, "row.ragged", "cells stand beyond the last column with a name")
        return False
    cells = cells[:width] + [None] * (width - len(cells))
    if number not in facts.no_value:
        gathered.keep(number, cells)
        return False
    wanted = {plain_name(name) for name in options.wanted}
    lacking = [gathered.header[at - 1] for at in sorted(facts.no_value[number]) if at <= width]
    needed = [name for name in lacking if not wanted or plain_name(name) in wanted]
    if needed and no_record(cells, gathered.header) is None:
        why = "a formula that was never computed: open the workbook in Excel and save it"
        gathered.set_aside(number, ", ".join(needed), cells, "xlsx.formula_without_value", why)
        return False
    gathered.keep(number, cells)
    return bool(lacking)


def _refuse_without_values(gathered: Gathered) -> None:
    rows = [row for row in gathered.rejected if row.code == "xlsx.formula_without_value"]
    if rows and not gathered.labels:
        value = f"{rows[0].field}: {len(rows)} rows"
        why, remedy = "no formula has a stored value", "open the workbook in Excel and save it, or paste values"
        labels = tuple(row.row for row in rows)
        raise InputError([Problem("xlsx.formula_without_value", gathered.file, value, why, remedy, rows=labels)])


def _merged_notes(sheet: Any, header: int, name: str) -> list[Problem]:
    areas = [area for area in sheet.merged_cell_ranges or () if area[1][0] + 1 >= header]
    if not areas:
        return []
    shown = [f"{_letters(a[1])}{a[0] + 1}:{_letters(b[1])}{b[0] + 1}" for a, b in areas]
    rows = sorted({row + 1 for (first, _), (last, _) in areas for row in range(first, min(last, first + 10_000) + 1)})
    why = "text of a merged cell was taken for all its rows; a number only for the first"
    value = ", ".join(shown[:_SHOWN]) + (" …" if len(shown) > _SHOWN else "")
    labels = tuple(str(row) for row in rows if row > header)
    return [Problem("xlsx.merged_cells", name, value, why, "check these rows", "warning", labels)]


def _hidden_notes(facts: SheetFacts, header: int, gathered: Gathered, name: str) -> list[Problem]:
    notes = []
    rows = [row for row in facts.hidden_rows if row > header]
    if rows:
        shown = ", ".join(map(str, rows[:_SHOWN])) + (" …" if len(rows) > _SHOWN else "")
        why, labels = "these rows are hidden or filtered out; they were read", tuple(map(str, rows))
        remedy = "delete them if they are not meant"
        notes.append(Problem("xlsx.hidden", name, f"rows {shown}", why, remedy, "warning", labels))
    columns = [gathered.header[at - 1] for at in facts.hidden_columns if at <= len(gathered.header)]
    if columns:
        why, remedy = "these columns are hidden; they were read", "check them if the study uses them"
        notes.append(Problem("xlsx.hidden", name, ", ".join(columns[:_SHOWN]), why, remedy, "warning"))
    return notes


def _letters(column: int) -> str:
    """Return the letters of a column counted from 0."""
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def _no_password(name: str, head: bytes) -> None:
    if head.startswith(_OLE):
        why = "the workbook has a password, or is of the format before 2007"
        suffix = Path(name).suffix.lower()
        raise refuse("file.encrypted_or_legacy", name, suffix, why, "save it as XLSX without a password")


_ZIPPED_BOOK = replace(ZIP, first=_no_password)
#: The office suite WPS writes the old format under an ending of its own.
_OLD_BOOK = Content((_OLE,), "an old Office file")

FORMAT = Format(
    "excel",
    "Excel 工作簿",
    "Excel workbook",
    {".xlsx": _ZIPPED_BOOK, ".xlsm": _ZIPPED_BOOK, ".xls": _OLD_BOOK, ".et": _OLD_BOOK},
    read_excel,
)
