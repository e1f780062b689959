"""The nearest facility after some came and went: the same bits as a search from all that are left."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import LineString

from zzgeo.network import WalkNetwork
from zzgeo.network.engine import nearest_owners
from zzgeo.network.positions import Positions
from zzgeo.network.updates import Nearest

SIDE = 7


def grid() -> WalkNetwork:
    """A grid with lengths that differ, and a street apart."""
    rng = np.random.default_rng(4)
    xy = {
        (i, j): (100.0 * i + rng.uniform(-20, 20), 100.0 * j + rng.uniform(-20, 20))
        for i in range(SIDE)
        for j in range(SIDE)
    }
    lines = [LineString([xy[i, j], xy[i + 1, j]]) for i in range(SIDE - 1) for j in range(SIDE)]
    lines += [LineString([xy[i, j], xy[i, j + 1]]) for i in range(SIDE) for j in range(SIDE - 1)]
    lines.append(LineString([(5_000, 0), (5_100, 0)]))
    return WalkNetwork.from_edges(gpd.GeoDataFrame(geometry=lines, crs="EPSG:4547"))


NETWORK = grid()


def places(rng: np.random.Generator, count: int, first: int = 0) -> Positions:
    edge = rng.integers(0, len(NETWORK.length_m), count)
    offset = NETWORK.length_m[edge] * rng.choice([0.0, 0.25, 0.5, 1.0], count)
    return Positions(edge, offset, rng.choice([0.0, 10.0], count), first + np.arange(count))


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 9), st.integers(0, 3), st.integers(0, 3))
def test_facilities_that_come_and_go_leave_the_bits_of_a_search_anew(seed, many, gone, came):
    rng = np.random.default_rng(seed)
    sources, targets, new = places(rng, many), places(rng, 40), places(rng, came, many)
    left = rng.permutation(many)[min(gone, many) :]
    before = Nearest(NETWORK, sources, targets)
    after = before.without(np.setdiff1d(np.arange(many), left), new)
    rows = np.arange(40)
    metres, owner = after.of(rows)
    kept = sources.take(np.sort(left)).beside(new)
    wanted, whose = nearest_owners(NETWORK, kept, targets)
    np.testing.assert_array_equal(metres, wanted[:, 0])
    np.testing.assert_array_equal(owner, whose[:, 0])
    other = sources.take(np.setdiff1d(np.arange(many), left)).beside(new)
    differ = (before.of(rows)[0] != metres) | (before.of(rows)[1] != owner)
    assert set(rows[differ]) <= set(after.touched(before, other))


def test_who_stands_nowhere_has_no_nearest():
    rng = np.random.default_rng(1)
    nearest = Nearest(NETWORK, places(rng, 3), places(rng, 5))
    metres, owner = nearest.of(np.array([4, 5, 900]))
    assert np.isfinite(metres[0])
    assert metres[1:].tolist() == [np.inf, np.inf]
    assert owner[1:].tolist() == [-1, -1]


def test_a_search_only_lowers_what_it_knows():
    rng = np.random.default_rng(2)
    before = Nearest(NETWORK, places(rng, 2), places(rng, 5))
    kept = before._distance.copy()
    before.without(np.array([0]), places(rng, 1, 2))
    assert before._distance == pytest.approx(kept, abs=0)
