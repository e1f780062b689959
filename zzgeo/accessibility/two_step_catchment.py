"""2SFCA: capacity within a limit, shared among all who have it within theirs."""

from __future__ import annotations

import pandas as pd

from zzgeo.accessibility.base import Measure, checked, floating_catchments
from zzgeo.accessibility.decay import binary


def two_step(travel: pd.DataFrame, people: pd.Series, capacity: pd.Series, cutoff: float) -> pd.Series:
    """Return capacity per person by the two-step floating catchment area method.

    First each facility's capacity is divided by the people within its limit; then each place adds up the ratios of the
    facilities within its limit. People times the result adds up to the capacity that anybody reaches.

    Parameters
    ----------
    travel, people, capacity, cutoff
        As in `zzgeo.accessibility.cumulative`.

    Returns
    -------
    Series on the index of `people`
        Capacity per person: 0 where nothing is within reach, NaN for a place without people that reaches a facility
        nobody reaches.

    Raises
    ------
    SchemaError
        If a table is refused (`zzgeo.accessibility.base.checked`).

    Examples
    --------
    >>> travel = pd.DataFrame({"demand_id": ["p", "q"], "facility_id": ["a", "a"], "minutes": [5, 9]})
    >>> two_step(travel, pd.Series({"p": 70, "q": 30, "r": 9}), pd.Series({"a": 50}), 15).to_dict()
    {'p': 0.5, 'q': 0.5, 'r': 0.0}
    """
    pairs = checked(travel, people, capacity)
    return floating_catchments(pairs, pairs.weights(binary(cutoff)), "two-step")


MEASURE = Measure(
    "two-step",
    "两步移动搜索法 2SFCA",
    "two-step floating catchment area (2SFCA)",
    "cutoff",
    two_step,
    "Luo, W. and Wang, F. (2003). Measures of spatial accessibility to health care in a GIS environment. Environment "
    "and Planning B 30, 865-884.",
)
