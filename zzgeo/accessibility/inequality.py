"""How evenly: what the measures of inequality share."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from zzgeo.accessibility.base import Floats
from zzgeo.errors import Problem, SchemaError
from zzgeo.served import CITY

#: What one district's people have, how many they are, and how they are ranked (their own access where nobody says).
Inequality = Callable[[Floats, Floats, Floats], float]


def each_district(
    access: pd.Series,
    people: pd.Series,
    district: pd.Series | None,
    rank: pd.Series | None,
    compute: Inequality,
    name: str,
) -> pd.Series:
    """Apply a measure of inequality to the people of each district and of the city.

    Places without people weigh nothing and are left out of the sum; where people have an unknown access or rank, and
    where nobody lives or nobody has any access, the result is NaN.

    Returns
    -------
    Series indexed by ``district``
        The districts in the order of their codes, then ``"city"``: all places that have a district. Without `district`
        the city alone.

    Raises
    ------
    SchemaError
        If the series do not have one and the same index, or a number is negative.
    """
    problems = [_other_index(series, access, what) for series, what in _given(people, district, rank)]
    problems += [_negative(series, what) for series, what in ((access, "access"), (people, "people"))]
    found = [problem for problem in problems if problem is not None]
    if found:
        raise SchemaError(found)
    values = access.to_numpy(dtype=float)
    weights = people.to_numpy(dtype=float)
    order = values if rank is None else rank.to_numpy(dtype=float)
    home = np.full(len(access), CITY, dtype=object) if district is None else district.to_numpy(dtype=object)
    known = ~pd.isna(home)
    rows = {} if district is None else pd.Series(home[known]).groupby(home[known], sort=True).indices
    at = np.flatnonzero(known)
    result = {code: _one(values[at[own]], weights[at[own]], order[at[own]], compute) for code, own in rows.items()}
    result[CITY] = _one(values[at], weights[at], order[at], compute)
    return pd.Series(result, name=name, dtype=float).rename_axis("district")


def _given(people: pd.Series, district: pd.Series | None, rank: pd.Series | None) -> list[tuple[pd.Series, str]]:
    every = [(people, "people"), (district, "district"), (rank, "ranked_by")]
    return [(series, what) for series, what in every if series is not None]


def _other_index(series: pd.Series, access: pd.Series, what: str) -> Problem | None:
    if series.index.equals(access.index):
        return None
    remedy = "take both from the same table"
    return Problem("file.inconsistent", what, f"rows={len(series)}", "its index is not that of the access", remedy)


def _negative(series: pd.Series, what: str) -> Problem | None:
    low = series.to_numpy(dtype=float) < 0
    if not low.any():
        return None
    first = series.index[low][0]
    return Problem("value.negative", what, f"{int(low.sum())} rows, first {first}", "less than none", "correct it")


def _one(access: Floats, people: Floats, rank: Floats, compute: Inequality) -> float:
    some = ~(people == 0)
    access, people, rank = access[some], people[some], rank[some]
    sound = np.isfinite(access).all() and np.isfinite(people).all() and np.isfinite(rank).all()
    if not sound or not people.sum() > 0 or not (access * people).sum() > 0:
        return float("nan")
    return compute(access, people, rank)
