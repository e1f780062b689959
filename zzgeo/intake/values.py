"""From cells as people write them to numbers and texts; what cannot be read is told, never guessed."""

from __future__ import annotations

import math
import re
import unicodedata
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from zzgeo.vocabulary.units import size_of

#: Digits, one decimal point, an optional exponent; no underscores, which Python's own float() would take.
_PLAIN = r"^[+-]?(\d+(\.\d*)?|\.\d+)$"
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_THOUSANDS = re.compile(r"[+-]?\d{1,3}([, ])\d{3}(\1\d{3})*(\.\d+)?", re.ASCII)
_WITH_UNIT = re.compile(r"(?P<number>[+-]?[\d.,eE+ -]*\d\.?) ?(?P<unit>\D+[23]?)", re.ASCII)
#: A raised or circled digit where a digit would stand, 100①: the mark of a footnote, no digit more; m² has another.
_MARK = re.compile(r"(?:^|[\d.,)）\s])[²³¹⁰-⁹₀-₉①-⓿❶-➓㉈-㉏㉑-㉟㊱-㊿¼-¾]")
#: What people write where they know nothing.
MISSING_WORDS = frozenset(
    (
        "",
        "null",
        "none",
        "n/a",
        "na",
        "nil",
        "-",
        "--",
        "—",
        "——",
        "/",
        "\\",
        "无",
        "不详",
        "未知",
        "缺失",
        "暂无",
    )
)

#: What a spreadsheet shows where a formula failed.
SPREADSHEET_ERRORS = frozenset(
    (
        *("#N/A", "#DIV/0!", "#REF!", "#VALUE!", "#NAME?", "#NUM!", "#NULL!"),
        *("#SPILL!", "#CALC!", "#FIELD!", "#BLOCKED!", "#CONNECT!", "#UNKNOWN!", "#GETTING_DATA"),
    )
)

#: What a spreadsheet cell holds at most; a longer text is shortened there.
LONGEST_TEXT = 32_767

_CONTROL = r"[\x00-\x1f\x7f]"
# zero-width and direction-changing characters; the joiner is left out, emoji are made with it
_INVISIBLE = r"[\x{00AD}\x{200B}\x{200C}\x{200E}\x{200F}\x{202A}-\x{202E}\x{2060}-\x{2064}\x{2066}-\x{206F}\x{FEFF}]"


@dataclass(frozen=True)
class Parsed:
    """A parsed column: ``values`` on the index it came on, and what could not be read as {row: (code, reason)}.

    ``reformatted`` names the rows whose cell was read although it is no plain number, {row: cell}, or no day written
    out, {row: how it was found}.
    """

    values: pd.Series
    faults: dict[object, tuple[str, str]]
    reformatted: dict[object, str] = field(default_factory=dict)


def number(text: str, quantity: str = "", size: float = 1.0) -> float:
    """Return the number a cell shows; full-width digits, thousands separators, 万 and units are understood.

    Parameters
    ----------
    text
        The cell.
    quantity
        What the number measures (`zzgeo.vocabulary.units`): units of it may follow the number, no others.
    size
        What a number without a unit of its own is multiplied by: the unit of the heading.

    Raises
    ------
    ValueError
        If the cell is not one finite number, or may be read in two ways (``1,20``, ``30-50``, ``约30``).

    Examples
    --------
    >>> number("１，２００"), number(" 3.50 "), number("1 500"), number("1.2万人", "people"), number("2公顷", "area")
    (1200.0, 3.5, 1500.0, 12000.0, 20000.0)
    """
    if _MARK.search(text):
        raise ValueError("not a number")
    plain = unicodedata.normalize("NFKC", text).strip()
    factor = size
    if not _NUMBER.fullmatch(plain) and not _THOUSANDS.fullmatch(plain):
        match = _WITH_UNIT.fullmatch(plain)
        own = size_of(match["unit"], quantity) if match else None
        # under a heading of 万人, 3万 may mean two things
        if match is None or own is None or (size != 1.0 and size_of(match["unit"]) is not None):
            raise ValueError("not a number")
        factor = own
        plain = match["number"].strip()
    if _THOUSANDS.fullmatch(plain):
        plain = plain.replace(",", "").replace(" ", "")
    if not _NUMBER.fullmatch(plain):
        raise ValueError("not a number")
    value = float(plain) * factor
    if not math.isfinite(value):
        raise ValueError("not finite")
    return value


def numbers(
    column: pd.Series,
    *,
    minimum: float | None = None,
    maximum: float | None = None,
    quantity: str = "",
    size: float = 1.0,
) -> Parsed:
    """Parse a column of numbers written as text or held as numbers; missing stays missing (NaN).

    Parameters
    ----------
    column
        Shape (n_rows,), cells of any type.
    minimum, maximum
        Bounds of what is possible: ``value.negative``, ``value.implausible``.
    quantity, size
        As for `number`.
    """
    faults: dict[object, tuple[str, str]] = {}
    reformatted: dict[object, str] = {}
    if pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column):
        values = column.to_numpy(dtype=float, na_value=np.nan) * size
        for row in column.index[np.isinf(values)]:
            faults[row] = ("value.nonfinite", "must be finite")
    else:
        values, odd = _number_cells(column, quantity, size)
        for place, (code, cell) in odd.items():
            row = column.index[place]
            if code == "value.reformatted":
                reformatted[row] = cell
            else:
                faults[row] = (code, "a number is needed")
    _bounds(column, values, faults, minimum, maximum)
    return Parsed(pd.Series(values, index=column.index, name=column.name), faults, reformatted)


def _bounds(
    column: pd.Series, values: np.ndarray, faults: dict[object, tuple[str, str]], low: float | None, high: float | None
) -> None:
    if low is not None:
        for row in column.index[values < low]:
            faults.setdefault(row, ("value.implausible" if low > 0 else "value.negative", f"cannot be below {low:g}"))
    if high is not None:
        for row in column.index[values > high]:
            faults.setdefault(row, ("value.implausible", f"more than {high:,.0f} is not plausible"))


def _number_cells(column: pd.Series, quantity: str, size: float) -> tuple[np.ndarray, dict[int, tuple[str, str]]]:
    """Return the numbers, and {place: (code, cell)} of the cells that are no plain numbers.

    Plain numbers are nearly all there is and are read at once; each other spelling is read once, however often it
    occurs.
    """
    codes, spellings = pd.factorize(_cells(column), use_na_sentinel=True)
    texts = pa.array(spellings, type=pa.string(), from_pandas=True)
    plain = np.asarray(pc.match_substring_regex(texts, _PLAIN).fill_null(False))
    read = np.full(len(spellings) + 1, np.nan)
    if plain.any():
        read[:-1][plain] = pc.cast(texts.filter(pa.array(plain)), pa.float64()).to_numpy() * size
    told = np.full(len(spellings) + 1, None, dtype=object)
    for at in np.flatnonzero(~plain):
        read[at], told[at] = _odd_cell(str(spellings[at]), quantity, size)
    odd = {int(place): (str(told[codes[place]]), str(spellings[codes[place]])) for place in _told_places(codes, told)}
    return read[codes], odd


def _told_places(codes: np.ndarray, told: np.ndarray) -> np.ndarray:
    some = np.array([one is not None for one in told], dtype=bool)
    return np.flatnonzero(some[codes])


def _odd_cell(cell: str, quantity: str, size: float) -> tuple[float, str | None]:
    text = unicodedata.normalize("NFKC", cell).strip()
    if text.lower() in MISSING_WORDS:
        return math.nan, None
    try:
        return number(cell, quantity, size), "value.reformatted"
    except ValueError as error:
        infinite = text.lower().lstrip("+-") in ("inf", "infinity", "nan") or str(error) == "not finite"
        return math.nan, "value.nonfinite" if infinite else "value.unparsed"


def _cells(column: pd.Series) -> np.ndarray:
    """Return cells as text, None where a cell is missing."""
    if isinstance(column.dtype, pd.StringDtype):
        return np.asarray(column.astype(object).where(column.notna(), None))
    cells = column.to_numpy(dtype=object)
    return np.array([cell_text(cell) for cell in cells], dtype=object)


def cell_text(cell: object) -> str | None:
    """Return a cell as text, None where it is missing."""
    if isinstance(cell, str):
        return cell
    if cell is None or cell is pd.NA or cell is pd.NaT:
        return None
    # a NaN that a file holds as a number is a missing cell; one that is written out is told
    return None if isinstance(cell, float) and math.isnan(cell) else str(cell)


def texts(column: pd.Series) -> pd.Series:
    """Return a column as text; whole numbers keep no decimal point, missing stays None."""

    def one(cell: object) -> str | None:
        if isinstance(cell, str):
            return cell.strip() or None
        if isinstance(cell, float | np.floating) and not math.isnan(cell) and float(cell).is_integer():
            return str(int(cell))
        return cell_text(cell)

    cells = column.to_numpy(dtype=object)
    if isinstance(column.dtype, pd.StringDtype):
        found = [cell.strip() or None if isinstance(cell, str) else None for cell in cells]
    else:
        found = [one(cell) for cell in cells]
    return pd.Series(found, index=column.index, name=column.name, dtype=object)


def text_flags(column: pd.Series) -> dict[str, np.ndarray]:
    """Mark the rows of a text column that hold control characters, hidden characters, or more than a cell can show.

    Returns
    -------
    dict of ndarray of bool, each of shape (n_rows,)
        By code: ``value.control_char``, ``value.unicode_suspicious`` (invisible or direction-changing characters, or
        letters composed of parts where one character exists), ``value.too_long``.
    """
    cells = [cell if isinstance(cell, str) else None for cell in column]
    array = pa.array(cells, type=pa.string())
    control = np.asarray(pc.match_substring_regex(array, _CONTROL).fill_null(False))
    hidden = np.asarray(pc.match_substring_regex(array, _INVISIBLE).fill_null(False))
    long = np.asarray(pc.greater(pc.utf8_length(array), LONGEST_TEXT).fill_null(False))
    composed = [cell is not None and not unicodedata.is_normalized("NFC", cell) for cell in cells]
    return {
        "value.control_char": control,
        "value.unicode_suspicious": hidden | np.array(composed, dtype=bool),
        "value.too_long": long,
    }
