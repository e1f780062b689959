"""Gini: the published sample, the mean difference of all pairs of people, and the ends of its scale."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from access_worlds import JOBS_30
from hypothesis import given, settings
from hypothesis import strategies as st

from zzgeo.accessibility import gini

rows = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 9)), min_size=1, max_size=8)


def test_the_sample_of_ipeagit_accessibility(hexagon_people):
    jobs = pd.Series(JOBS_30, dtype=float)
    assert round(gini(jobs, hexagon_people)["city"], 4) == 0.1386
    assert round(gini(jobs.drop("D"), hexagon_people.drop("D"))["city"], 4) == 0.1148


@settings(max_examples=100, deadline=None)
@given(drawn=rows)
def test_it_is_half_the_mean_difference_of_all_pairs_of_people_over_the_mean(drawn):
    access, people = (pd.Series(column, dtype=float) for column in zip(*drawn, strict=True))
    index = gini(access, people)["city"]
    everybody = np.repeat(access.to_numpy(), people.to_numpy().astype(int))
    if len(everybody) == 0 or everybody.sum() == 0:
        assert np.isnan(index)
    else:
        difference = np.abs(everybody[:, None] - everybody).mean() / (2 * everybody.mean())
        assert index == pytest.approx(difference, abs=1e-12)
        assert 0 <= index < 1


def test_equal_shares_are_0_and_one_owner_of_all_is_nearly_1():
    assert gini(pd.Series([5.0] * 9), pd.Series([3] * 9))["city"] == pytest.approx(0, abs=1e-15)
    assert gini(pd.Series([0.0, 1.0]), pd.Series([999_999, 1]))["city"] == pytest.approx(0.999999)
