"""Palma: closed forms, places on the line divided exactly, ranks of one's own and of another's."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zzgeo.accessibility import palma


def test_it_is_the_mean_of_the_top_tenth_over_that_of_the_bottom_four_tenths():
    assert palma(pd.Series([1.0, 3.0, 8.0]), pd.Series([4, 5, 1]))["city"] == 8.0
    # 30 of the bottom 40 have 1, the other 10 have 3: mean 1.5; the top 10 all have 3
    assert palma(pd.Series([1.0, 3.0]), pd.Series([30, 70]))["city"] == pytest.approx(2.0)


@settings(max_examples=60, deadline=None)
@given(drawn=st.lists(st.tuples(st.integers(1, 30), st.integers(1, 9)), min_size=1, max_size=8))
def test_it_is_what_counting_ten_times_everybody_gives(drawn):
    access, people = (pd.Series(column, dtype=float) for column in zip(*drawn, strict=True))
    everybody = np.sort(np.repeat(access.to_numpy(), 10 * people.to_numpy().astype(int)))
    tenth = len(everybody) // 10
    expected = everybody[-tenth:].mean() / everybody[: 4 * tenth].mean()
    assert palma(access, people)["city"] == pytest.approx(expected, rel=1e-12)
    assert palma(access, people)["city"] >= 1 - 1e-12


def test_ranked_by_income_the_poor_may_have_more():
    access, people, income = pd.Series([9.0, 2.0, 3.0]), pd.Series([40, 50, 10]), pd.Series([1000, 2000, 3000])
    assert palma(access, people, ranked_by=income)["city"] == pytest.approx(1 / 3)
    assert palma(access, people)["city"] == pytest.approx(9 / 2)


def test_places_of_equal_rank_are_taken_as_one_whatever_their_order():
    access, people, income = pd.Series([1.0, 5.0, 6.0]), pd.Series([40, 40, 20]), pd.Series([1, 1, 2])
    forward = palma(access, people, ranked_by=income)["city"]
    assert forward == palma(access.iloc[::-1], people.iloc[::-1], ranked_by=income.iloc[::-1])["city"] == 2.0


def test_where_the_bottom_has_nothing_there_is_no_ratio():
    assert np.isnan(palma(pd.Series([0.0, 1.0]), pd.Series([50, 50]))["city"])
