"""2SFCA: published results, capacity conserved, nobody counted twice."""

from __future__ import annotations

import numpy as np
import pytest
from access_worlds import dense, world, worlds
from hypothesis import given, settings

from zzgeo.accessibility import two_step


def test_the_five_hexagons_of_ipeagit_accessibility(hexagons):
    assert two_step(*hexagons, 45).round(4).tolist() == [0.0152, 0.1491, 0.1491, 0.1068, 0]


def test_the_same_with_the_people_of_an_earlier_edition(hexagons):
    people = hexagons.people.copy()
    people[:] = [606, 734, 1670, 1864, 29]
    found = two_step(hexagons.travel, people, hexagons.capacity, 45)
    assert found.round(4).tolist() == [0.0168, 0.1561, 0.1561, 0.1145, 0]
    everywhere = world({(p, f): 1 for p in "ABCDE" for f in "ABCDE"}, people.to_dict(), hexagons.capacity.to_dict())
    assert two_step(*everywhere, 45).round(4).tolist() == [0.1222] * 5


@settings(max_examples=50, deadline=None)
@given(one=worlds())
def test_what_people_get_adds_up_to_the_capacity_anybody_reaches(one):
    near = dense(one) <= 30
    reached = (one.people.to_numpy() @ near) > 0
    handed_out = (one.people * two_step(*one, 30).fillna(0)).sum()
    assert handed_out == pytest.approx(one.capacity.to_numpy()[reached].sum(), rel=1e-12)


def test_a_facility_nobody_reaches_has_no_ratio_and_one_without_beds_gives_0():
    one = world({("empty", "f"): 5.0, ("empty", "g"): 5.0}, {"empty": 0, "town": 10}, {"f": 10, "g": 0})
    assert np.isnan(two_step(*one, 15)["empty"])
    assert two_step(*one, 15)["town"] == 0
    none = world({("empty", "g"): 5.0}, {"empty": 0}, {"g": 0})
    assert two_step(*none, 15)["empty"] == 0


@settings(max_examples=30, deadline=None)
@given(one=worlds())
def test_twice_the_people_and_twice_the_beds_change_nothing(one):
    base, double = two_step(*one, 30), two_step(one.travel, 2 * one.people, 2 * one.capacity, 30)
    assert np.array_equal(base, double, equal_nan=True)
