"""Palma: the mean access of the top tenth of people over that of the bottom four tenths."""

from __future__ import annotations

import numpy as np
import pandas as pd

from zzgeo.accessibility.base import Floats, Measure, sums
from zzgeo.accessibility.inequality import each_district

TOP, BOTTOM = 0.1, 0.4


def palma(
    access: pd.Series, people: pd.Series, district: pd.Series | None = None, *, ranked_by: pd.Series | None = None
) -> pd.Series:
    """Return the Palma ratio of an access, per district and for the city.

    Parameters
    ----------
    access, people, district
        As in `zzgeo.accessibility.equity_table`.
    ranked_by
        Who is on top: income or another number per place; the access itself if left out.

    Returns
    -------
    Series indexed by ``district``, then ``"city"``
        Mean access of the top 10 % of people divided by that of the bottom 40 %: 1 if all have the same. A place on the
        line is divided exactly, and places of equal rank are taken as one. NaN where the bottom has nothing.

    Raises
    ------
    SchemaError
        If the series do not have one and the same index, or a number is negative.

    Examples
    --------
    >>> float(palma(pd.Series([1.0, 2.0, 5.0]), pd.Series([40, 50, 10]))["city"])
    5.0
    """
    return each_district(access, people, district, ranked_by, _palma, "palma")


def _palma(access: Floats, people: Floats, rank: Floats) -> float:
    _, tie = np.unique(rank, return_inverse=True)
    heads = sums(tie, people, 0)
    mean = sums(tie, people * access, 0) / heads
    bottom = _mean_of_first(mean, heads, BOTTOM)
    top = _mean_of_first(mean[::-1], heads[::-1], TOP)
    return top / bottom if bottom > 0 else float("nan")


def _mean_of_first(mean: Floats, heads: Floats, share: float) -> float:
    wanted = share * heads.sum()
    before = np.concatenate([[0.0], np.cumsum(heads)[:-1]])
    taken = np.clip(wanted - before, 0.0, heads)
    return float((taken * mean).sum() / taken.sum())


MEASURE = Measure(
    "palma",
    "帕尔马比值",
    "Palma ratio",
    "people",
    palma,
    "Palma, J. G. (2011). Homogeneous middles vs. heterogeneous tails. Development and Change 42, 87-153.",
)
