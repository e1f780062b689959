"""Gravity against pysal/access's grid, and against the other measures."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from access_worlds import World, worlds
from hypothesis import given, settings

from zzgeo.accessibility import binary, cumulative, exponential, gravity, power


def grid() -> World:
    """Return 5 x 5 places one apart, numbered from 1 along y; each has one person and one unit of supply."""
    x, y = (axis.ravel() for axis in np.meshgrid(np.arange(5), np.arange(5), indexing="ij"))
    ids = np.arange(1, 26)
    ways = np.hypot(x[:, None] - x, y[:, None] - y)
    travel = pd.DataFrame({"demand_id": ids.repeat(25), "facility_id": np.tile(ids, 25), "metres": ways.ravel()})
    one = pd.Series(1.0, index=ids)
    return World(travel, one, one)


def test_a_rising_power_on_a_grid_is_that_of_pysal_access():
    found = gravity(*grid(), power(60, 1))
    published = {1: 1.322340210, 5: 1.322340210, 13: 0.780985109, 19: 0.925540119, 24: 1.133733026}
    for place, value in published.items():
        assert found[place] == pytest.approx(value, abs=1e-9)  # printed cut off, not rounded


@settings(max_examples=30, deadline=None)
@given(one=worlds())
def test_with_a_binary_decay_it_is_cumulative_opportunities_and_a_decay_only_lowers_it(one):
    plain = cumulative(*one, 30)
    assert gravity(*one, binary(30)).tolist() == plain.tolist()
    assert (gravity(*one, exponential(0.1, cutoff=30)) <= plain).all()
