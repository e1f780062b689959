"""Numbers and names on a map: none covers another, each near its place, the same on every machine."""

from __future__ import annotations

import numpy as np
import pytest

from zzgeo.reporting.desk.label_places import boxes_apart, circles_apart

FRAME = np.array([0.0, 0.0, 600.0, 400.0])


def gaps(middles, radii):
    between = np.hypot(*(middles[:, None] - middles[None]).transpose(2, 0, 1)) - radii[:, None] - radii[None]
    return between[~np.eye(len(middles), dtype=bool)]


@pytest.mark.parametrize("seed", range(20))
def test_no_circle_covers_another_and_none_leaves_the_map(seed):
    random = np.random.default_rng(seed)
    # two districts far from each other: all sites of one of them stand on a few pixels
    places = np.vstack([random.normal([100, 100], 8, (10, 2)), random.normal([595, 395], 3, (3, 2)), [[300, 200]]])
    radii = random.uniform(10, 14, len(places))
    middles = circles_apart(places, radii, FRAME)
    assert gaps(middles, radii).min() > -0.5
    assert (middles >= radii[:, None] - 1e-9).all()
    assert (middles <= FRAME[2:] - radii[:, None] + 1e-9).all()
    assert middles[-1].tolist() == [300, 200]
    assert np.hypot(*(middles - places).T).max() < 120
    assert circles_apart(places, radii, FRAME).tolist() == middles.tolist()


def test_circles_of_one_place_go_apart():
    places, radii = np.full((4, 2), 200.0), np.full(4, 10.0)
    assert gaps(circles_apart(places, radii, FRAME), radii).min() > -0.5


def test_a_name_gives_way_to_numbers_and_to_other_names_and_stays_on_the_map():
    held = np.array([[290.0, 190, 310, 210]])
    places = np.array([[300.0, 200], [305.0, 202], [2.0, 398.0], [700.0, 200.0]])
    sizes = np.array([[60.0, 30], [60, 30], [60, 30], [60, 30]])
    middles = boxes_apart(places, sizes, held, FRAME)
    boxes = np.vstack([held, np.hstack([middles - sizes / 2, middles + sizes / 2])[:3]])
    for n, one in enumerate(boxes):
        for other in boxes[:n]:
            assert (one[:2] >= other[2:]).any() or (other[:2] >= one[2:]).any()
    assert np.hypot(*(middles - places).T)[:2].max() < 80
    assert middles[2].tolist() == [30, 385]
    # what lies beside the map is left there
    assert middles[3].tolist() == [700, 200]


def test_a_name_without_room_stays_where_it_is():
    assert boxes_apart(np.array([[300.0, 200]]), np.array([[50.0, 20]]), FRAME[None], FRAME).tolist() == [[300, 200]]
