"""Gravity: what is farther counts less."""

from __future__ import annotations

import pandas as pd

from zzgeo.accessibility.base import Measure, checked
from zzgeo.accessibility.decay import Decay


def gravity(travel: pd.DataFrame, people: pd.Series, capacity: pd.Series, decay: Decay) -> pd.Series:
    """Add up the capacity each place reaches, weighted by the way to it.

    Parameters
    ----------
    travel, people, capacity
        As in `zzgeo.accessibility.cumulative`.
    decay
        From `binary`, `steps`, `gaussian`, `gaussian_to_zero`, `exponential` or `power`, in the travel table's unit.

    Returns
    -------
    Series on the index of `people`
        Weighted capacity, 0 where nothing is within reach.

    Raises
    ------
    SchemaError
        If a table is refused (`zzgeo.accessibility.base.checked`).

    Examples
    --------
    >>> from zzgeo.accessibility import exponential
    >>> travel = pd.DataFrame({"demand_id": ["p"], "facility_id": ["a"], "minutes": [10]})
    >>> round(float(gravity(travel, pd.Series({"p": 7}), pd.Series({"a": 30}), exponential(0.1))["p"]), 3)
    11.036
    """
    pairs = checked(travel, people, capacity)
    return pairs.per_place(pairs.weights(decay) * pairs.capacity[pairs.facility], "gravity")


MEASURE = Measure(
    "gravity",
    "引力可达性",
    "gravity accessibility",
    "decay",
    gravity,
    "Hansen, W. G. (1959). How accessibility shapes land use. Journal of the American Institute of Planners 25, 73-76.",
)
