"""Numbers as they are written: rounded once, here, so that a number is the same in every file and on every page.

In print, shares to 0.1 %, people and metres to whole. Rounding never tells a lie: a share below one never reads 100 %,
one above nought never reads 0 %, and one that misses its target never reads as the target.

In tables, to what a figure means (`DECIMALS`): the digits beyond are those of the versions of numpy, scipy and PROJ
that happen to be installed, not of the city.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

#: Decimals that figures of a unit are written with: distances to the millimetre, areas to the square metre or finer,
#: degrees to the centimetre; a share so that nobody of a city of a hundred million is lost, a share of land to a
#: millionth.
DECIMALS = {"m": 3, "km": 6, "m2": 2, "ha": 4, "km2": 6, "min": 4, "degrees": 7, "share": 9, "share of land": 6}

#: Digits of any other figure, people among them.
DIGITS = 10

#: Units of columns and parameters whose name does not end in one.
_UNITS = {
    "lon": "degrees",
    "lat": "degrees",
    "wgs84_lon": "degrees",
    "wgs84_lat": "degrees",
    "minutes": "min",
    "land_share": "share of land",
    "share_of_area_within_300_m": "share of land",
}

#: Columns whose unit stands in another column of their row.
_UNIT_IN = {"value": "value_unit", "threshold": "value_unit", "streets_value": "value_unit", "gap": "gap_unit"}


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


def unit_of(name: str) -> str:
    """Return the unit of a figure by the name of its column or parameter; empty where the name tells none.

    Examples
    --------
    >>> unit_of("farthest_m"), unit_of("area_ha"), unit_of("reach_share"), unit_of("share_65_plus"), unit_of("missed")
    ('m', 'ha', 'share', 'share', '')
    """
    if name in _UNITS:
        return _UNITS[name]
    words = name.split("_")
    if "share" in (words[0], words[-1]):
        return "share"
    return words[-1] if len(words) > 1 and words[-1] in DECIMALS else ""


def settled(value: float, unit: str = "") -> float:
    """Return a figure to what it means in its unit.

    Examples
    --------
    >>> settled(917.2800774986924, "m"), settled(0.12632978723404256, "share"), settled(7.724178123456789)
    (917.28, 0.126329787, 7.724178123)
    >>> settled(float("inf"), "m"), settled(-0.0001, "m")
    (inf, 0.0)
    """
    if not math.isfinite(value) or float(value).is_integer():
        return value + 0.0  # nought has no sign
    rounded = round(value, DECIMALS[unit]) if unit in DECIMALS else float(f"{value:.{DIGITS}g}")
    return rounded + 0.0


def settled_values(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return named values, and those within them, with every figure to what it means (`settled`).

    Examples
    --------
    >>> settled_values({"limit_m": 1188.00000001, "share_at": {"0.8 m/s": 1 / 3}, "ids": ["a"], "number": 3})
    {'limit_m': 1188.0, 'share_at': {'0.8 m/s': 0.333333333}, 'ids': ['a'], 'number': 3}
    """
    return {name: _settled_in(value, unit_of(str(name))) for name, value in values.items()}


def _settled_in(value: Any, unit: str) -> Any:
    if isinstance(value, float):
        return settled(value, unit)
    if isinstance(value, Mapping):
        return {name: _settled_in(one, unit_of(str(name)) or unit) for name, one in value.items()}
    return [_settled_in(one, unit) for one in value] if isinstance(value, list) else value


def settled_table(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table with every figure to what it means in the unit of its column; the table itself where it is so.

    Examples
    --------
    >>> import pandas as pd
    >>> settled_table(pd.DataFrame({"value": [1 / 3, 100 / 3], "value_unit": ["share", "m"]}))["value"].tolist()
    [0.333333333, 33.333]
    """
    import numpy as np

    changed = {}
    for place, name in enumerate(table.columns):
        if table.dtypes.iloc[place] != np.float64:
            continue
        values = table.iloc[:, place].to_numpy()
        beside = _UNIT_IN.get(str(name))
        if beside in table.columns:
            rounded = _settled_by(values, table[beside].to_numpy(dtype=object))
        else:
            rounded = _settled_column(values, unit_of(str(name)))
        if not np.array_equal(rounded, values, equal_nan=True):
            changed[place] = rounded
    if not changed:
        return table
    told = table.copy(deep=False)
    for place, rounded in changed.items():
        told.isetitem(place, rounded)
    return told


def _settled_by(values: NDArray[np.float64], units: NDArray[np.object_]) -> NDArray[np.float64]:
    rounded = values.copy()
    for unit in set(units.tolist()):
        rows = units == unit
        rounded[rows] = _settled_column(values[rows], str(unit))
    return rounded


def _settled_column(values: NDArray[np.float64], unit: str) -> NDArray[np.float64]:
    """Return figures of one unit, as `settled` has each of them; whole ones, which there are most of, stay."""
    import numpy as np

    rest = np.flatnonzero(np.isfinite(values) & (values != np.rint(values)))
    if not len(rest):
        return values
    rounded, figures = values.copy(), values[rest]
    decimals = _decimals_of(figures) if unit not in DECIMALS else np.full(len(rest), DECIMALS[unit])
    powers = np.array([float(10**one) for one in range(_MOST_DECIMALS + 1)])
    scale = powers[np.clip(decimals, 0, _MOST_DECIMALS)]
    scaled = figures * scale
    # a whole number by a power of ten is the float next to the decimal, as `round` has it
    rounded[rest] = np.rint(scaled) / scale + 0.0
    # what lies about halfway between two, or is longer than this can tell, is left to `settled`
    halfway = np.abs(scaled - np.trunc(scaled))
    unsure = (np.abs(halfway - 0.5) < 1e-3) | (np.abs(scaled) > _LONGEST) | (decimals < 0) | (decimals > _MOST_DECIMALS)
    rounded[rest[unsure]] = [settled(value, unit) for value in figures[unsure].tolist()]
    return rounded


#: Powers of ten up to this one are floats to the last digit; of longer numbers a thousandth could be lost.
_MOST_DECIMALS, _LONGEST, _SMALLEST = 22, 2.0**40, 20


def _decimals_of(values: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return how many decimals leave `DIGITS` digits of each figure; none of them is 0."""
    import numpy as np

    powers = np.array([float(f"1e{one}") for one in range(-_SMALLEST, _SMALLEST)])
    # from the least to the greatest power a float may be: how many of them a figure reaches
    return DIGITS + _SMALLEST - np.searchsorted(powers, np.abs(values), "right")
