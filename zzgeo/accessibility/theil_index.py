"""Theil's T: inequality that adds up, within districts and between them."""

from __future__ import annotations

import numpy as np
import pandas as pd

from zzgeo.accessibility.base import Floats, Measure
from zzgeo.accessibility.inequality import each_district


def theil(access: pd.Series, people: pd.Series, district: pd.Series | None = None) -> pd.Series:
    """Return Theil's T of an access among people, per district and for the city.

    The city's T is the districts' T weighted by their shares of all access, plus the T of the districts' means.

    Parameters
    ----------
    access, people, district
        As in `zzgeo.accessibility.equity_table`.

    Returns
    -------
    Series indexed by ``district``, then ``"city"``
        0 (all have the same) to the logarithm of the number of people; NaN where nobody lives or nobody has any access.

    Raises
    ------
    SchemaError
        If the series do not have one and the same index, or a number is negative.

    Examples
    --------
    >>> round(float(theil(pd.Series([0.0, 2.0]), pd.Series([1, 1]))["city"]), 6)  # ln 2
    0.693147
    """
    return each_district(access, people, district, None, _theil, "theil")


def _theil(access: Floats, people: Floats, _: Floats) -> float:
    mean = np.average(access, weights=people)
    ratio = access / mean
    # the limit of x ln x at 0 is 0
    terms = ratio * np.log(ratio, out=np.zeros_like(ratio), where=ratio > 0)
    return max(0.0, float(np.average(terms, weights=people)))


MEASURE = Measure(
    "theil",
    "泰尔指数",
    "Theil T index",
    "people",
    theil,
    "Theil, H. (1967). Economics and Information Theory. North-Holland, Amsterdam.",
)
