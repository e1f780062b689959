"""Concentration: whether access goes with rank (income, age, distance from the centre)."""

from __future__ import annotations

import numpy as np
import pandas as pd

from zzgeo.accessibility.base import Floats, Measure, sums
from zzgeo.accessibility.inequality import each_district


def concentration(
    access: pd.Series, people: pd.Series, district: pd.Series | None = None, *, ranked_by: pd.Series
) -> pd.Series:
    """Return the concentration index of an access, per district and for the city.

    Parameters
    ----------
    access, people, district
        As in `zzgeo.accessibility.equity_table`.
    ranked_by
        Income or another number per place, lowest first; places of equal rank are taken as one.

    Returns
    -------
    Series indexed by ``district``, then ``"city"``
        Between -1 (all access at the lowest rank) and 1 (all at the highest); 0 if access does not go with rank. Ranked
        by the access itself it is the Gini index. NaN where nobody lives or nobody has any access.

    Raises
    ------
    SchemaError
        If the series do not have one and the same index, or a number is negative.

    Examples
    --------
    >>> income = pd.Series([2000, 5000])
    >>> float(concentration(pd.Series([3.0, 1.0]), pd.Series([1, 1]), ranked_by=income)["city"])
    -0.25
    """
    return each_district(access, people, district, ranked_by, _concentration, "concentration")


def _concentration(access: Floats, people: Floats, rank: Floats) -> float:
    _, tie = np.unique(rank, return_inverse=True)
    heads = sums(tie, people, 0)
    mean = sums(tie, people * access, 0) / heads
    share = heads / heads.sum()
    middle = np.cumsum(share) - share / 2
    return float(2.0 * (share * mean * middle).sum() / (share * mean).sum() - 1.0)


MEASURE = Measure(
    "concentration",
    "集中指数",
    "concentration index",
    "rank",
    concentration,
    "Kakwani, N., Wagstaff, A. and van Doorslaer, E. (1997). Socioeconomic inequalities in health. Journal of "
    "Econometrics 77, 87-103.",
)
