"""The heaviest circle is found exactly, whatever lies where."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from zzgeo.land import Circles

spots = st.lists(st.tuples(st.integers(-40, 40), st.integers(-40, 40)), min_size=1, max_size=30)


def brute(places: np.ndarray, points: np.ndarray, weights: np.ndarray, metres: float) -> list[float]:
    away = shapely.distance(places[:, None], points[None, :])
    return [float(weights[row <= metres + 1e-6].sum()) for row in away]


@settings(max_examples=200, deadline=None)
@given(places=spots, points=spots, metres=st.sampled_from([5.0, 13.0, 30.0, 1000.0]), data=st.data())
def test_places_come_heaviest_first_and_of_equal_ones_in_their_order(places, points, metres, data):
    weights = np.array(data.draw(st.lists(st.integers(0, 9), min_size=len(points), max_size=len(points))), dtype=float)
    here, there = shapely.points(places), shapely.points(points)
    circles = Circles(np.array(places, dtype=float), np.array(points, dtype=float), weights, metres)
    sums = brute(here, there, weights, metres)
    assert list(circles.best_first()) == sorted(enumerate(sums), key=lambda one: (-one[1], one[0]))
    around = np.flatnonzero(shapely.distance(here[0], there) <= metres + 1e-6)
    assert circles.within(0).tolist() == around.tolist()


def test_the_heaviest_of_many_circles_is_that_of_brute_force():
    rng = np.random.default_rng(7)
    here, there = (shapely.points(rng.uniform(0, 5000, (n, 2))) for n in (3000, 2000))
    weights = rng.integers(0, 20, 2000).astype(float)
    sums = brute(here, there, weights, 500)
    circles = Circles(shapely.get_coordinates(here), shapely.get_coordinates(there), weights, 500)
    place, weight = next(circles.best_first())
    assert (place, weight) == (int(np.argmax(sums)), max(sums))


def test_a_place_exactly_a_radius_away_counts():
    circles = Circles(np.zeros((1, 2)), np.array([[300, 400], [300.00001, 400]]), np.array([2.0, 3.0]), 500)
    assert next(circles.best_first()) == (0, 2.0)


@pytest.mark.parametrize("fineness", [1, 2, 8, 24])
@pytest.mark.parametrize("metres", [310.0, 777.0, 1500.0])
def test_no_circle_holds_more_than_its_bound(fineness, metres):
    rng = np.random.default_rng(8)
    here = rng.uniform(0, 5000, (400, 2))
    # at the very edge of circles, in every direction, and anywhere
    turn = rng.uniform(0, 2 * np.pi, (400, 12, 1))
    edge = here[:, None] + metres * np.concatenate([np.cos(turn), np.sin(turn)], axis=2)
    straight = here[:, None] + metres * np.array([(1, 0), (-1, 0), (0, 1), (0, -1)])
    for there in (edge.reshape(-1, 2), straight.reshape(-1, 2), rng.uniform(0, 5000, (3000, 2))):
        circles = Circles(here, there, np.ones(len(there)), metres)
        bound = circles._bounds(np.arange(len(here)), fineness)
        away = np.hypot(*(here[:, None] - there[None]).T).T
        assert (bound >= (away <= metres + 1e-6).sum(axis=1)).all()
