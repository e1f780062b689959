"""Which measures there are, and all those of inequality in one table per district."""

from __future__ import annotations

import importlib
import pkgutil
import sys
from functools import cache

import numpy as np
import pandas as pd

from zzgeo.accessibility.base import Measure
from zzgeo.accessibility.inequality import each_district
from zzgeo.served import CITY


@cache
def measures() -> dict[str, Measure]:
    """Return every measure by its id, found by its place in this folder.

    Examples
    --------
    >>> sorted(measure.id for measure in measures().values() if measure.takes == "cutoff")
    ['cumulative', 'two-step']
    """
    room = sys.modules[__package__]
    modules = [importlib.import_module(f"{__package__}.{each.name}") for each in pkgutil.iter_modules(room.__path__)]
    declared = [module.MEASURE for module in modules if hasattr(module, "MEASURE")]
    return {measure.id: measure for measure in declared}


def equity_table(
    access: pd.Series, people: pd.Series, district: pd.Series | None = None, *, ranked_by: pd.Series | None = None
) -> pd.DataFrame:
    """Return every measure of inequality of an access, per district and for the city.

    Parameters
    ----------
    access
        What each place has, >= 0: from a measure of this package, or any other number per place.
    people
        How many people live there, on the same index.
    district
        The district of each place, on the same index; left out, the city alone.
    ranked_by
        Income or another rank of each place, for the concentration index; left out, that column is.

    Returns
    -------
    DataFrame indexed by ``district``, then ``"city"``
        ``people``, ``mean`` (per person), and a column per measure: ``gini``, ``palma``, ``theil``, ``concentration``.
        NaN where nobody lives or nobody has any access.

    Raises
    ------
    SchemaError
        If the series do not have one and the same index, or a number is negative.

    Examples
    --------
    >>> access, people = pd.Series([0.0, 2.0]), pd.Series([50, 50])
    >>> equity_table(access, people).loc["city", ["mean", "gini"]].tolist()
    [1.0, 0.5]
    """
    means = each_district(access, people, district, None, lambda a, p, _: float(np.average(a, weights=p)), "mean")
    home = pd.Series(CITY, index=people.index) if district is None else district
    heads = people.astype(float).groupby(home.to_numpy(dtype=object)).sum()
    heads[CITY] = heads.drop(CITY, errors="ignore").sum() if district is not None else heads[CITY]
    table = pd.DataFrame({"people": heads.reindex(means.index), "mean": means})
    for measure in measures().values():
        if measure.takes == "people":
            table[measure.id] = measure.compute(access, people, district)
        elif measure.takes == "rank" and ranked_by is not None:
            table[measure.id] = measure.compute(access, people, district, ranked_by=ranked_by)
    return table
