"""Cells of a workbook in which nothing runs: text as text, numbers as numbers with the digits the pages show.

What a spreadsheet cannot hold is mended and counted, so that the workbook can say so.
"""

from __future__ import annotations

import math
import re
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import Any

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from zzgeo.layers.base import number, printable, text
from zzgeo.numbers import value_text

#: Characters a cell holds, and a sheet's name, as Excel counts them (UTF-16).
MOST_IN_CELL = 32_767
_MOST_IN_NAME = 31

_FONT = {"font_name": "Microsoft YaHei", "font_size": 10, "valign": "vcenter"}


class Cells:
    """Writes cells of one workbook; each format is made once, and what had to be mended is counted.

    ``cut`` and ``cleaned`` are the numbers of cells that were too long, and that held control characters.
    """

    def __init__(self, book: xlsxwriter.Workbook) -> None:
        self._book = book
        self._formats: dict[tuple[tuple[str, Any], ...], Format] = {}
        #: The same by the words of a look in the order they were given: thousands of cells say the same.
        self._as_given: dict[tuple[tuple[str, Any], ...], Format] = {}
        self._names: set[str] = {"history"}  # a name Excel keeps for itself
        self.cut = 0
        self.cleaned = 0

    def look(self, **look: Any) -> Format:
        """Return the format of a look, in the font of the workbook."""
        given = tuple(look.items())
        known = self._as_given.get(given)
        if known is None:
            key = tuple(sorted(given))
            if key not in self._formats:
                self._formats[key] = self._book.add_format({**_FONT, **look})
            known = self._as_given[given] = self._formats[key]
        return known

    def sheet(self, name: str) -> Worksheet:
        """Add a sheet under a name that Excel takes: no forbidden sign, at most 31 characters, no other like it."""
        plain = re.sub(r"[\[\]:*?/\\]+", "-", printable(name)).strip("' ") or "sheet"
        unique, count = _shorten(plain, _MOST_IN_NAME), 1
        while unique.casefold() in self._names:
            count += 1
            tail = f" {count}"
            unique = _shorten(plain, _MOST_IN_NAME - len(tail)) + tail
        self._names.add(unique.casefold())
        return self._book.add_worksheet(unique)

    def text(self, sheet: Worksheet, row: int, column: int, value: Any, **look: Any) -> None:
        """Write text as text, whatever it looks like."""
        self._string(sheet, row, column, self.clean(text(value)), look)

    def clean(self, value: str) -> str:
        """Return text as a cell can hold it."""
        plain = printable(value)
        self.cleaned += plain != value
        held = _shorten(plain, MOST_IN_CELL)
        self.cut += held != plain
        return held

    def number(self, sheet: Worksheet, row: int, column: int, value: Any, shown: str = "#,##0", **look: Any) -> None:
        """Write a number as a number; nothing where it is missing."""
        known = number(value)
        if known is None:
            self._string(sheet, row, column, "", look)
        else:
            sheet.write_number(row, column, known, self.look(num_format=shown, **look))

    def people(self, sheet: Worksheet, row: int, column: int, value: Any, **look: Any) -> None:
        """Write a number of people, whole, as the pages show it."""
        known = number(value)
        few = known is not None and 0 < known < 0.5
        self.number(sheet, row, column, known, '"<1"' if few else "#,##0", **look)

    def measured(
        self,
        sheet: Worksheet,
        row: int,
        column: int,
        value: Any,
        unit: str,
        *,
        against: Any = None,
        unreachable: str = "inf",
        around: tuple[str, str] = ("", ""),
        **look: Any,
    ) -> None:
        """Write a value by its unit, shown with the digits the pages show; one that is infinite is a word.

        ``around`` are words its format shows before and after it: the cell is a number all the same.
        """
        known = number(value)
        if known is not None and math.isinf(known):
            self._string(sheet, row, column, unreachable, {**look, "align": "right"})
        else:
            form = number_format(known, unit, number(against))
            self.number(sheet, row, column, known, _between(around, form, known), **look)

    def _string(self, sheet: Worksheet, row: int, column: int, value: str, look: dict[str, Any]) -> None:
        if value:
            sheet.write_string(row, column, value, self.look(**look))
        elif look:
            sheet.write_blank(row, column, None, self.look(**look))


def _shorten(value: str, most: int) -> str:
    """Return text of at most so many UTF-16 units."""
    if len(value) * 2 <= most or len(value.encode("utf-16-le")) // 2 <= most:
        return value
    return value.encode("utf-16-le")[: (most - 1) * 2].decode("utf-16-le", errors="ignore") + "…"


def _between(around: tuple[str, str], form: str, value: float | None) -> str:
    """Return a format that shows words before and after what `form` shows; a minus stands by the digits."""
    if value is None or not any(around):
        return form
    before, after = (words.replace('"', "'") for words in around)
    if form.startswith('"'):
        return f'"{before}{form[1:-1]}{after}"'
    if after:  # a unit that stands in the format already and the words after it are one text
        form = f'{form[:-1]}{after}"' if form.endswith('"') else f'{form}"{after}"'
    head = f'"{before}"' if before else ""
    return f"{head}{form}" if value >= 0 else f"{head}{form};{head}-{form}"


@lru_cache(maxsize=100_000)
def number_format(value: float | None, unit: str, against: float | None = None) -> str:
    """Return the Excel format in which a number reads as on every page (`zzgeo.numbers`).

    Examples
    --------
    >>> number_format(0.7124, "share"), number_format(0.99997, "share"), number_format(1234.6, "m")
    ('0.0 %', '">99.9 %"', '#,##0" m"')
    """
    shown = value_text(value, unit, against)
    if value is None or not shown:
        return "General"
    digits = len(shown.split(" ")[0].partition(".")[2])
    decimals = "." + "0" * digits if digits else ""
    tail, scale = {"share": (" %", 100), "m": ('" m"', 1)}.get(unit, ("", 1))
    ours = f"#,##0{decimals}{tail}" if unit != "share" else f"0{decimals}{tail}"
    # Excel rounds halves up and knows no "<1": where it would show something else, the words stand in the format
    step = Decimal(1).scaleb(-digits)
    theirs = (Decimal(repr(float(value))) * scale).quantize(step, ROUND_HALF_UP)
    same = f"{theirs:,}" + {"share": " %", "m": " m"}.get(unit, "") == shown
    return ours if same else f'"{shown}"'
