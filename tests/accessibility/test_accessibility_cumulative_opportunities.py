"""Cumulative opportunities against plain sums, and against the five hexagons."""

from __future__ import annotations

from access_worlds import dense, world, worlds
from hypothesis import given, settings

from zzgeo.accessibility import cumulative


@settings(max_examples=50, deadline=None)
@given(one=worlds())
def test_it_is_the_sum_of_the_capacity_within_the_limit_and_grows_with_it(one):
    near, far = cumulative(*one, 20), cumulative(*one, 40)
    assert near.tolist() == ((dense(one) <= 20) @ one.capacity.to_numpy()).tolist()
    assert (far >= near).all()


def test_a_way_as_long_as_the_limit_counts():
    one = world({("p", "a"): 15.0, ("p", "b"): 15.00001}, {"p": 1}, {"a": 3, "b": 5})
    assert cumulative(*one, 15)["p"] == 3


def test_the_jobs_within_45_minutes_of_five_hexagons(hexagons):
    assert cumulative(*hexagons, 45).to_dict() == {"A": 82, "B": 599, "C": 599, "D": 499, "E": 0}
