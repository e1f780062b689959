"""Gini: twice the area between the Lorenz curve of access and the line of equal shares."""

from __future__ import annotations

import numpy as np
import pandas as pd

from zzgeo.accessibility.base import Floats, Measure
from zzgeo.accessibility.inequality import each_district


def gini(access: pd.Series, people: pd.Series, district: pd.Series | None = None) -> pd.Series:
    """Return the Gini index of an access among people, per district and for the city.

    Parameters
    ----------
    access, people, district
        As in `zzgeo.accessibility.equity_table`.

    Returns
    -------
    Series indexed by ``district``, then ``"city"``
        0 (all have the same) to 1; NaN where nobody lives or nobody has any access.

    Raises
    ------
    SchemaError
        If the series do not have one and the same index, or a number is negative.

    Examples
    --------
    >>> float(gini(pd.Series([0.0, 0.0, 0.0, 1.0]), pd.Series([1, 1, 1, 1]))["city"])
    0.75
    """
    return each_district(access, people, district, None, _gini, "gini")


def _gini(access: Floats, people: Floats, _: Floats) -> float:
    order = np.argsort(access, kind="stable")
    share = people[order] / people.sum()
    lorenz = np.cumsum(access[order] * people[order]) / (access * people).sum()
    below = np.concatenate([[0.0], lorenz[:-1]])
    return max(0.0, float(1.0 - (share * (below + lorenz)).sum()))


MEASURE = Measure(
    "gini",
    "基尼系数",
    "Gini index",
    "people",
    gini,
    "Gini, C. (1912). Variabilità e mutabilità. Bologna: Cuppini.",
)
