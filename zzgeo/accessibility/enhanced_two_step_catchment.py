"""E2SFCA: 2SFCA in which nearer sub-zones weigh more, on both steps."""

from __future__ import annotations

import pandas as pd

from zzgeo.accessibility.base import Measure, checked, floating_catchments
from zzgeo.accessibility.decay import Decay


def enhanced_two_step(travel: pd.DataFrame, people: pd.Series, capacity: pd.Series, decay: Decay) -> pd.Series:
    """Return capacity per person by the enhanced two-step floating catchment area method.

    As `zzgeo.accessibility.two_step`, with people and ratios weighted by the way: by sub-zones (`steps`) as the method
    was published, or by any other decay.

    Parameters
    ----------
    travel, people, capacity
        As in `zzgeo.accessibility.cumulative`.
    decay
        As in `zzgeo.accessibility.gravity`; published for minutes of driving: ``steps({10: 1, 20: 0.68, 30: 0.22})``.

    Returns
    -------
    Series on the index of `people`
        As in `zzgeo.accessibility.two_step`.

    Raises
    ------
    SchemaError
        If a table is refused (`zzgeo.accessibility.base.checked`).

    Examples
    --------
    >>> from zzgeo.accessibility import steps
    >>> travel = pd.DataFrame({"demand_id": ["p", "q"], "facility_id": ["a", "a"], "minutes": [5, 9]})
    >>> zones = steps({5: 1, 15: 0.5})
    >>> enhanced_two_step(travel, pd.Series({"p": 70, "q": 60}), pd.Series({"a": 50}), zones).to_dict()
    {'p': 0.5, 'q': 0.25}
    """
    pairs = checked(travel, people, capacity)
    return floating_catchments(pairs, pairs.weights(decay), "enhanced-two-step")


MEASURE = Measure(
    "enhanced-two-step",
    "增强两步移动搜索法 E2SFCA",
    "enhanced 2SFCA (E2SFCA)",
    "decay",
    enhanced_two_step,
    "Luo, W. and Qi, Y. (2009). An enhanced two-step floating catchment area (E2SFCA) method. Health & Place 15, "
    "1100-1107.",
)
