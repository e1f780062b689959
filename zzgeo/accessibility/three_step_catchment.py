"""3SFCA: 2SFCA in which people first divide themselves among the facilities they can choose from."""

from __future__ import annotations

import numpy as np
import pandas as pd

from zzgeo.accessibility.base import Measure, checked, floating_catchments, sums
from zzgeo.accessibility.decay import Decay


def three_step(travel: pd.DataFrame, people: pd.Series, capacity: pd.Series, decay: Decay) -> pd.Series:
    """Return capacity per person by the three-step floating catchment area method.

    A place with several facilities within reach asks less of each: its weight on a pair is the decay times the pair's
    share of all decays of the place. Facilities near each other are then not asked for by the same people twice.

    Parameters
    ----------
    travel, people, capacity, decay
        As in `zzgeo.accessibility.enhanced_two_step`.

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
    >>> from zzgeo.accessibility import binary
    >>> travel = pd.DataFrame({"demand_id": ["p", "p", "q"], "facility_id": ["a", "b", "b"], "minutes": [5, 5, 5]})
    >>> people, beds = pd.Series({"p": 80, "q": 20}), pd.Series({"a": 40, "b": 60})
    >>> three_step(travel, people, beds, binary(15)).to_dict()  # 80 people: half a person's claim on a, half on b
    {'p': 1.0, 'q': 1.0}
    """
    pairs = checked(travel, people, capacity)
    weight = pairs.weights(decay)
    whole = sums(pairs.demand, weight, len(pairs.people))[pairs.demand]
    choice = np.divide(weight, whole, out=np.zeros_like(weight), where=whole > 0)
    return floating_catchments(pairs, choice * weight, "three-step")


MEASURE = Measure(
    "three-step",
    "三步移动搜索法 3SFCA",
    "three-step floating catchment area (3SFCA)",
    "decay",
    three_step,
    "Wan, N., Zou, B. and Sternberg, T. (2012). A three-step floating catchment area method for analyzing spatial "
    "access to health services. International Journal of Geographical Information Science 26, 1073-1089.",
)
