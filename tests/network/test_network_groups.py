"""Rows by their number, and points by where they are: found without a look at the others, and the same rows."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zzgeo.network.blocks import Blocks
from zzgeo.network.groups import Groups


@given(st.lists(st.integers(-1, 6), max_size=40), st.lists(st.integers(0, 6), max_size=5))
def test_the_rows_of_some_numbers_are_those_that_bear_them(numbers, wanted):
    rows = Groups(np.array(numbers, dtype=np.int32), 7).of(np.array(wanted, dtype=np.int64))
    assert rows.tolist() == [row for one in wanted for row, number in enumerate(numbers) if number == one]


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 1_000), st.integers(0, 900))
def test_who_is_within_a_limit_of_their_own_is_found_in_blocks(seed, count):
    rng = np.random.default_rng(seed)
    xy, place = rng.uniform(0, 1_000, (count, 2)).round(), rng.uniform(-200, 1_200, 2).round()
    squares = np.where(rng.random(count) < 0.05, np.inf, rng.uniform(0, 300, count).round() ** 2)
    blocks = Blocks(xy)
    rows = blocks.within(blocks.limits(squares), *map(float, place))
    assert sorted(rows.tolist()) == np.flatnonzero(((xy - place) ** 2).sum(axis=1) <= squares).tolist()


def test_nobody_is_within_a_limit_where_nobody_is():
    blocks = Blocks(np.empty((0, 2)))
    assert blocks.within(blocks.limits(np.empty(0)), 0.0, 0.0).tolist() == []


@pytest.mark.parametrize("edge", [0.0, 3.0])
def test_a_limit_includes_itself(edge):
    blocks = Blocks(np.array([[3.0, 4.0]]))
    limits = blocks.limits(np.array([(3.0 - edge) ** 2 + 16.0]))
    assert blocks.within(limits, edge, 0.0).tolist() == [0]
