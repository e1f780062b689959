"""From cells as people write them to numbers, dates and codes; what cannot be read is told, never guessed."""

from __future__ import annotations

import datetime as dt
import math
import re
import unicodedata
from dataclasses import dataclass

import numpy as np
import pandas as pd

#: Digits, one decimal point, an optional exponent; no underscores, which Python's own float() would take.
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")
_THOUSANDS = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?")
_DATES = (
    re.compile(r"(?P<y>\d{4})[-/.年](?P<m>\d{1,2})[-/.月](?P<d>\d{1,2})日?( .*)?"),
    re.compile(r"(?P<y>\d{4})[-/.年](?P<m>\d{1,2})月?"),
    re.compile(r"(?P<y>\d{4})年?"),
)


@dataclass(frozen=True)
class Parsed:
    """A parsed column: ``values`` on the index it came on, and what could not be read as {row: (code, reason)}."""

    values: pd.Series
    faults: dict[object, tuple[str, str]]


def number(text: str) -> float:
    """Return the number a cell shows; full-width digits and thousands separators are understood.

    Raises
    ------
    ValueError
        If the cell is not one finite number.

    Examples
    --------
    >>> number("１，２００"), number(" 3.50 ")
    (1200.0, 3.5)
    """
    plain = unicodedata.normalize("NFKC", text).strip().replace(" ", "")
    if _THOUSANDS.fullmatch(plain):
        plain = plain.replace(",", "")
    if not _NUMBER.fullmatch(plain):
        raise ValueError("not a number")
    value = float(plain)
    if not math.isfinite(value):
        raise ValueError("not finite")
    return value


def date(text: str) -> dt.date:
    """Return the date a cell shows; a month or a year alone means its first day.

    Raises
    ------
    ValueError
        If the cell is not a date.

    Examples
    --------
    >>> date("2016年5月1日"), date("2016")
    (datetime.date(2016, 5, 1), datetime.date(2016, 1, 1))
    """
    plain = unicodedata.normalize("NFKC", text).strip()
    for pattern in _DATES:
        found = pattern.fullmatch(plain)
        if found:
            parts = found.groupdict()
            return dt.date(int(parts["y"]), int(parts.get("m") or 1), int(parts.get("d") or 1))
    raise ValueError("not a date")


def numbers(column: pd.Series, *, minimum: float | None = None) -> Parsed:
    """Parse a column of numbers written as text or held as numbers; missing stays missing (NaN)."""
    faults: dict[object, tuple[str, str]] = {}
    if pd.api.types.is_numeric_dtype(column):
        values = column.to_numpy(dtype=float, na_value=np.nan)
        for row in column.index[np.isinf(values)]:
            faults[row] = ("value.nonfinite", "must be finite")
    else:
        values = np.full(len(column), np.nan)
        for place, (row, cell) in enumerate(column.items()):
            if cell is None or (isinstance(cell, float) and math.isnan(cell)) or cell is pd.NA:
                continue
            text = str(cell)
            try:
                values[place] = number(text)
            except ValueError:
                infinite = text.strip().lower().lstrip("+-") in ("inf", "infinity", "nan", "1e309")
                faults[row] = ("value.nonfinite" if infinite else "value.unparsed", "a number is needed")
    if minimum is not None:
        for row in column.index[values < minimum]:
            faults.setdefault(row, ("value.negative", f"cannot be below {minimum:g}"))
    return Parsed(pd.Series(values, index=column.index, name=column.name), faults)


def dates(column: pd.Series) -> Parsed:
    """Parse a column of dates; missing stays missing (NaT)."""
    faults: dict[object, tuple[str, str]] = {}
    values: list[object] = []
    for row, cell in column.items():
        if cell is None or cell is pd.NaT or cell is pd.NA or (isinstance(cell, float) and math.isnan(cell)):
            values.append(pd.NaT)
            continue
        try:
            values.append(pd.Timestamp(date(str(cell)[:10] if isinstance(cell, dt.date) else str(cell))))
        except ValueError:
            values.append(pd.NaT)
            faults[row] = ("value.unparsed", "a date such as 2018-12-31 is needed")
    return Parsed(pd.Series(pd.DatetimeIndex(values), index=column.index, name=column.name), faults)


def texts(column: pd.Series) -> pd.Series:
    """Return a column as text; whole numbers keep no decimal point, missing stays None."""

    def one(cell: object) -> str | None:
        if cell is None or cell is pd.NA or (isinstance(cell, float) and math.isnan(cell)):
            return None
        if isinstance(cell, float) and cell.is_integer():
            return str(int(cell))
        return str(cell).strip() or None

    return pd.Series([one(cell) for cell in column], index=column.index, name=column.name, dtype=object)
