"""Who gains and who loses: people of now, counted once, place by place."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from zzgeo.accessibility import AccessChoices, compare_access
from zzgeo.accessibility.change import same_question
from zzgeo.errors import InputError
from zzgeo.served import CITY

BEFORE = pd.DataFrame(
    {
        "district": ["W", "W", "E", "E", "E"],
        "people": [10.0, 20.0, 30.0, 40.0, 50.0],
        "minutes": [5.0, 16.0, 15.0, np.nan, np.inf],
        "cumulative": [1.0, 0.0, 2.0, np.nan, 0.0],
    },
    index=["a", "b", "c", "d", "gone"],
)
NOW = pd.DataFrame(
    {
        "district": ["W", "W", "E", "E", "E"],
        "people": [11.0, 20.0, 30.0, 40.0, 60.0],
        "minutes": [5.0, 15.0, 15.5, 3.0, np.inf],
        "cumulative": [1.0 + 1e-12, 1.0, 1.0, 3.0, 0.0],
    },
    index=["a", "b", "c", "d", "new"],
)


def test_gains_and_losses_are_people_of_now_and_add_up():
    change = compare_access(BEFORE, NOW, 15, ("cumulative",))
    rows = change.table.set_index(["measure", "district"])
    columns = ["gained", "lost", "better", "worse", "same", "unknown"]
    assert rows.loc[("minutes", "W"), columns].tolist() == [20, 0, 20, 0, 11, 0]
    assert rows.loc[("minutes", "E"), columns].tolist() == [0, 30, 0, 30, 0, 100]
    assert rows.loc[("minutes", CITY), columns].tolist() == [20, 30, 20, 30, 11, 100]
    # more of a measure is better, where a longer way is worse
    assert rows.loc[("cumulative", CITY), columns[2:]].tolist() == [20, 30, 11, 100]
    assert rows.loc[("cumulative", CITY), ["gained", "lost"]].isna().all()
    assert change.gone == 50
    for _, row in rows.loc[(slice(None), CITY), :].iterrows():
        assert row[["better", "worse", "same", "unknown"]].sum() == NOW["people"].sum()


def test_a_result_compared_with_itself_has_not_moved():
    table = compare_access(NOW, NOW, 15, ("cumulative",)).table
    assert table[["better", "worse"]].to_numpy().sum() == 0
    assert table[["gained", "lost"]].to_numpy()[:3].sum() == 0


def test_a_way_that_opens_is_better_and_one_that_closes_is_worse():
    closed = NOW.assign(minutes=np.inf)
    columns = ["gained", "lost", "better", "worse", "same"]
    opens = compare_access(closed, NOW, 15, ()).table.set_index("district")
    closes = compare_access(NOW, closed, 15, ()).table.set_index("district")
    assert opens.loc[CITY, columns].tolist() == [71, 0, 101, 0, 60]
    assert closes.loc[CITY, columns].tolist() == [0, 71, 0, 101, 60]


@pytest.mark.parametrize("other", [{"minutes": 10.0}, {"group": "aged_60_plus"}, {"capacity": "beds"}])
def test_another_question_is_refused(other):
    with pytest.raises(InputError, match="another question"):
        same_question(AccessChoices(("park",)), AccessChoices(("park",), **other))
