"""Theil's T: closed forms, and the city's T as that within the districts plus that between them."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zzgeo.accessibility import equity_table, theil

rows = st.lists(st.tuples(st.integers(0, 30), st.integers(1, 9), st.sampled_from("abc")), min_size=1, max_size=9)


def test_equal_shares_are_0_and_one_owner_of_all_is_the_logarithm_of_the_people():
    assert theil(pd.Series([5.0] * 9), pd.Series([3] * 9))["city"] == pytest.approx(0, abs=1e-15)
    assert theil(pd.Series([0.0, 1.0]), pd.Series([99, 1]))["city"] == pytest.approx(math.log(100))


@settings(max_examples=100, deadline=None)
@given(drawn=rows)
def test_within_and_between_districts_add_up_to_the_city(drawn):
    access, people, home = (pd.Series(column) for column in zip(*drawn, strict=True))
    access = access.astype(float)
    table = equity_table(access, people, home)
    if math.isnan(table.loc["city", "theil"]):
        assert access.sum() == 0
        return
    districts = table.drop("city").dropna(subset="theil")
    share = districts["people"] * districts["mean"] / (table.loc["city", "people"] * table.loc["city", "mean"])
    within = (share * districts["theil"]).sum()
    between = (share * np.log(districts["mean"] / table.loc["city", "mean"])).sum()
    assert table.loc["city", "theil"] == pytest.approx(within + between, abs=1e-12)
