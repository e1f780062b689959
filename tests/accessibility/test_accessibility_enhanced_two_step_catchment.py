"""E2SFCA: sub-zones reckoned by hand, capacity conserved, and 2SFCA as the case of one zone."""

from __future__ import annotations

import numpy as np
import pytest
from access_worlds import dense, world, worlds
from hypothesis import given, settings

from zzgeo.accessibility import binary, enhanced_two_step, gaussian_to_zero, steps, two_step

ZONES = steps({10: 1.0, 20: 0.68, 30: 0.22})


def test_sub_zones_weigh_on_both_steps():
    one = world({("p", "a"): 10.0, ("q", "a"): 20.0, ("q", "b"): 30.0}, {"p": 100, "q": 50}, {"a": 67, "b": 11})
    ratio_a, ratio_b = 67 / (100 + 0.68 * 50), 11 / (0.22 * 50)
    assert ratio_a == 0.5
    found = enhanced_two_step(*one, ZONES)
    assert found["p"] == pytest.approx(0.5)
    assert found["q"] == pytest.approx(0.68 * 0.5 + 0.22 * ratio_b)


@settings(max_examples=50, deadline=None)
@given(town=worlds())
def test_one_zone_is_2sfca_and_what_people_get_adds_up(town):
    assert np.array_equal(enhanced_two_step(*town, binary(30)), two_step(*town, 30), equal_nan=True)
    for decay in (ZONES, gaussian_to_zero(30)):
        reached = (town.people.to_numpy() @ decay(dense(town))) > 0
        handed_out = (town.people * enhanced_two_step(*town, decay).fillna(0)).sum()
        assert handed_out == pytest.approx(town.capacity.to_numpy()[reached].sum(), rel=1e-9)
