"""Numbers in print: rounded once, here, so that a number reads the same on every page.

Shares to 0.1 %, people and metres to whole. Rounding never tells a lie: a share below one never reads 100 %, one above
nought never reads 0 %, and one that misses its target never reads as the target.
"""

from __future__ import annotations

import math
from typing import Any


def share_text(share: float | None, against: float | None = None) -> str:
    """Return a share (0-1) in per cent; empty where it is missing.

    Parameters
    ----------
    share
        The share to print.
    against
        A target the share is judged by: as many digits are shown as tell the two apart.

    Examples
    --------
    >>> share_text(0.7124), share_text(1.0), share_text(0.99997), share_text(0.0001), share_text(0.0)
    ('71.2 %', '100 %', '>99.9 %', '<0.1 %', '0 %')
    >>> share_text(0.8999, against=0.9)
    '89.99 %'
    """
    if share is None or math.isnan(share):
        return ""
    per_cent = share * 100
    if per_cent in (0.0, 100.0):
        return f"{per_cent:.0f} %"
    shown = f"{per_cent:.1f}"
    if shown == "100.0" and per_cent < 100:
        return ">99.9 %"
    if shown == "0.0" and per_cent > 0:
        return "<0.1 %"
    if against is not None and share != against:
        for digits in range(1, 5):
            shown = f"{per_cent:.{digits}f}"
            if shown != f"{against * 100:.{digits}f}":
                break
    return f"{shown} %"


def people_text(people: float | None) -> str:
    """Return a number of people, whole, thousands set apart; empty where it is missing.

    Examples
    --------
    >>> people_text(12345.6), people_text(0.2), people_text(0.0)
    ('12,346', '<1', '0')
    """
    if people is None or math.isnan(people):
        return ""
    if 0 < people < 0.5:
        return "<1"
    return f"{people:,.0f}"


def count_text(number: int) -> str:
    """Return a number of things counted one by one, or a year: whole, its digits unparted.

    Examples
    --------
    >>> count_text(2525), count_text(2018)
    ('2525', '2018')
    """
    return f"{number:d}"


def metres_text(metres: float | None) -> str:
    """Return a distance in whole metres, ``inf`` where nothing is reached; empty where it was not measured.

    Examples
    --------
    >>> metres_text(500.4), metres_text(float("inf"))
    ('500 m', 'inf')
    """
    if metres is None or math.isnan(metres):
        return ""
    return "inf" if math.isinf(metres) else f"{metres:,.0f} m"


def number_text(value: float | None, against: float | None = None) -> str:
    """Return any other number with at most two decimals, or as many as tell it from its target; empty where missing.

    Examples
    --------
    >>> number_text(30.0), number_text(2.254), number_text(1234.56), number_text(9.2399, 9.24), number_text(0.00137)
    ('30', '2.25', '1,234.6', '9.2399', '0.00137')
    """
    if value is None or math.isnan(value):
        return ""
    shown = _plain(value)
    if against is None or not (math.isfinite(against) and math.isfinite(value)) or value == against:
        return shown
    target, digits = _read(_plain(against)), 2
    while _read(shown) == target and digits < 9:
        digits += 1
        shown = f"{value:,.{digits}f}"
    return shown


def _plain(value: float) -> str:
    if math.isinf(value):
        return "inf"
    if float(value).is_integer():
        return f"{value:,.0f}"
    if abs(value) < 0.1:
        return f"{value:.3g}"
    return f"{value:,.{1 if abs(value) >= 1000 else 2}f}".rstrip("0").rstrip(".")


def _read(shown: str) -> float:
    return float(shown.replace(",", ""))


def value_text(value: float | None, unit: str, against: float | None = None) -> str:
    """Return a measured value or its target by its unit: ``share``, ``m``, or anything else as a plain number."""
    if unit == "share":
        return share_text(value, against)
    return metres_text(value) if unit == "m" else number_text(value, against)


def text(value: Any) -> str:
    """Return the text of a cell, empty where it is missing."""
    return "" if value is None or value != value else str(value)


def number(value: Any) -> float | None:
    """Return a cell as a number, None where it is missing; infinite stays infinite."""
    return None if value is None or value != value else float(value)
