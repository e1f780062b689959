"""Cumulative opportunities: how much is within a limit."""

from __future__ import annotations

import pandas as pd

from zzgeo.accessibility.base import Measure, checked
from zzgeo.accessibility.decay import binary


def cumulative(travel: pd.DataFrame, people: pd.Series, capacity: pd.Series, cutoff: float) -> pd.Series:
    """Add up the capacity each place reaches within a limit.

    Parameters
    ----------
    travel
        From `travel_table`: ``demand_id``, ``facility_id`` and ``metres`` or ``minutes``.
    people, capacity
        By ``demand_id`` and ``facility_id``; of the people only the index counts here.
    cutoff
        The limit in the unit of the travel table, inclusive.

    Returns
    -------
    Series on the index of `people`
        Capacity within reach, 0 where nothing is.

    Raises
    ------
    SchemaError
        If a table is refused (`zzgeo.accessibility.base.checked`).

    Examples
    --------
    >>> travel = pd.DataFrame({"demand_id": ["p", "p"], "facility_id": ["a", "b"], "minutes": [15, 16]})
    >>> cumulative(travel, pd.Series({"p": 7, "q": 2}), pd.Series({"a": 30, "b": 50}), 15).to_dict()
    {'p': 30.0, 'q': 0.0}
    """
    pairs = checked(travel, people, capacity)
    weight = pairs.weights(binary(cutoff))
    return pairs.per_place(weight * pairs.capacity[pairs.facility], "cumulative")


MEASURE = Measure(
    "cumulative",
    "累计可达机会",
    "cumulative opportunities",
    "cutoff",
    cumulative,
    "Handy, S. L. and Niemeier, D. A. (1997). Measuring accessibility. Environment and Planning A 29, 1175-1194.",
)
