"""Land follows people exactly: what points hold adds up, and what is cut out for some of them is theirs alone."""

from __future__ import annotations

import drawn
import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from zzgeo.land import Tiling, Zone
from zzgeo.network import compiled
from zzgeo.network.straight import nearest_place

CRS = "EPSG:4547"
BLOCKS = [shapely.box(x, y, x + 150, y + 130) for x in range(0, 900, 200) for y in range(0, 900, 200)]
RING = shapely.difference(shapely.Point(500, 500).buffer(450), shapely.Point(450, 480).buffer(150))
TURN, ARM = np.arange(40) * np.pi / 20, np.where(np.arange(40) % 2, 200, 480)
STAR = shapely.Polygon(500 + np.column_stack([ARM * np.cos(TURN), ARM * np.sin(TURN)]))
GROUNDS = {"blocks": BLOCKS, "a ring with a hole": [RING], "a star": [STAR]}

#: Places on a grid meet four in a corner, and lie on the lines of blocks; others do not.
on_a_grid = st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20)).map(lambda at: (at[0] * 50.0, at[1] * 50.0)))
anywhere = st.lists(st.tuples(drawn.grid(1, 999), drawn.grid(1, 999)))
places = st.one_of(on_a_grid, anywhere).filter(lambda some: 0 < len(some) < 60)


def tiling(xy: np.ndarray, land: list[shapely.Polygon], *, outline: shapely.Polygon | None = None) -> Tiling:
    outline = outline or shapely.box(0, 0, 1000, 1000)
    demand = gpd.GeoDataFrame({"unit": ["a"] * len(xy), "district": "d"}, geometry=shapely.points(xy), crs=CRS)
    units, districts = (gpd.GeoDataFrame(index=[code], geometry=[outline], crs=CRS) for code in ("a", "d"))
    return Tiling(demand, xy, districts, units, gpd.GeoDataFrame(geometry=land, crs=CRS) if land else None)


def cells(xy: np.ndarray, ground: shapely.Geometry) -> np.ndarray:
    """Return the cells of distinct places as GEOS draws them."""
    box = shapely.box(-10, -10, 1010, 1010)
    if len(xy) == 1:
        return np.array([ground])
    diagram = shapely.voronoi_polygons(shapely.MultiPoint(xy), extend_to=box, ordered=True)
    return shapely.intersection(shapely.get_parts(diagram), ground)


@pytest.mark.parametrize("name", GROUNDS)
@settings(max_examples=60, deadline=None)
@given(places=places)
def test_each_point_holds_the_land_nearest_to_it(name, places):
    xy = np.array(places)
    _, first = np.unique(xy, axis=0, return_index=True)
    first = np.sort(first)
    # land is cut on a grid of 1 cm
    ground = shapely.set_precision(shapely.union_all(GROUNDS[name]), 0.01)
    held = tiling(xy, GROUNDS[name]).cell_m2
    assert held.sum() == pytest.approx(ground.area, rel=1e-9)
    assert held[first] == pytest.approx(shapely.area(cells(xy[first], ground)), abs=1e-3)
    assert held[np.setdiff1d(np.arange(len(xy)), first)].sum() == 0


@pytest.mark.parametrize("name", GROUNDS)
@settings(max_examples=80, deadline=None)
@given(places=places, data=st.data())
def test_the_land_of_some_points_is_the_union_of_their_cells(name, places, data):
    xy = np.unique(np.array(places), axis=0)
    some = np.array(data.draw(st.lists(st.booleans(), min_size=len(xy), max_size=len(xy))), dtype=bool)
    land, homes = tiling(xy, GROUNDS[name]).held_by(some, 100.0)
    assert shapely.is_valid(land).all()
    assert (homes == 0).all()
    expected = shapely.union_all(cells(xy, shapely.union_all(GROUNDS[name]))[some])
    beyond = shapely.symmetric_difference(shapely.union_all(land), expected)
    # what is left out are patches under 100 m², and a rim of the grid of 1 cm
    left = [part.area for part in shapely.get_parts(shapely.buffer(beyond, -0.02)) if part.area >= 100.0]
    assert left == []


def test_many_points_and_ragged_land_come_out_the_same_in_any_number_of_threads(monkeypatch):
    rng = np.random.default_rng(4)
    xy = rng.uniform(0, 1000, (4000, 2))
    some = np.hypot(*(xy - [300, 400]).T) > 250 + 40 * np.sin(xy[:, 0] / 9)
    # every walk closes: the slower way is for places on a grid
    monkeypatch.setattr(Tiling, "_from_cells", lambda *_: pytest.fail("a walk did not close"))
    runs = []
    for threads in (1, 3):
        monkeypatch.setattr(compiled, "thread_count", lambda _, n=threads: n)
        made = tiling(xy, BLOCKS)
        runs.append((made.cell_m2, made.held_by(some, 1.0)[0]))
    assert (runs[0][0] == runs[1][0]).all()
    assert shapely.equals_exact(runs[0][1], runs[1][1]).all()
    whole = shapely.union_all(cells(xy, shapely.union_all(BLOCKS))[some])
    assert shapely.area(runs[0][1]).sum() == pytest.approx(whole.area, abs=30.0)


@pytest.mark.parametrize("odd", [0, 1])
def test_rings_within_rings_are_cut_out_each_with_its_own_hole(monkeypatch, odd):
    monkeypatch.setattr(Tiling, "_from_cells", lambda *_: pytest.fail("a walk did not close"))
    rng = np.random.default_rng(6)
    xy = rng.uniform(0, 1000, (900, 2))
    some = np.hypot(*(xy - 500).T) // 90 % 2 == odd
    land, _ = tiling(xy, [shapely.box(0, 0, 1000, 1000)]).held_by(some, 1.0)
    assert shapely.is_valid(land).all()
    expected = shapely.union_all(cells(xy, shapely.box(0, 0, 1000, 1000))[some])
    assert shapely.area(shapely.symmetric_difference(shapely.union_all(land), expected)) == pytest.approx(0, abs=1.0)
    assert len(land) == shapely.get_num_geometries(expected)
    assert sum(shapely.get_num_interior_rings(land)) >= 2


def test_four_places_on_a_circle_lose_no_land():
    # one corner of four cells: between two of them is a side without a length, which points anywhere
    xy = np.array([[750.0, 300.0], [850.0, 350.0], [950.0, 100.0], [1000.0, 200.0]])
    made, ground = tiling(xy, [RING]), shapely.set_precision(RING, 0.01)
    assert made.cell_m2.sum() == pytest.approx(ground.area, rel=1e-12)
    assert made.cell_m2 == pytest.approx(shapely.area(cells(xy, ground)), abs=1e-3)


@pytest.mark.parametrize("name", GROUNDS)
@settings(max_examples=60, deadline=None)
@given(
    places=st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20)), min_size=80, max_size=200, unique=True),
    seed=st.integers(0, 99),
)
def test_on_a_crowded_grid_what_is_cut_out_is_what_the_points_hold(name, places, seed):
    xy = np.array(places) * 50.0
    some = np.random.default_rng(seed).random(len(xy)) < 0.4
    made = tiling(xy, GROUNDS[name])
    ground = shapely.set_precision(shapely.union_all(GROUNDS[name]), 0.01)
    assert made.cell_m2.sum() == pytest.approx(ground.area, rel=1e-9)
    assert shapely.area(made.held_by(some, 0.0)[0]).sum() == pytest.approx(made.cell_m2[some].sum(), abs=0.01)


@pytest.mark.parametrize("name", GROUNDS)
def test_a_walk_that_does_not_close_leads_to_the_same_land(monkeypatch, name):
    rng = np.random.default_rng(5)
    xy = rng.uniform(0, 1000, (300, 2))
    some = xy[:, 0] > 420
    walked = tiling(xy, GROUNDS[name]).held_by(some, 1.0)[0]
    nothing = np.empty(0, dtype=object), np.empty(0, dtype=np.int64)
    monkeypatch.setattr(Tiling, "_walked_round", lambda self, rows, parts, *_: (*nothing, np.full(len(parts), np.nan)))
    put_together = tiling(xy, GROUNDS[name]).held_by(some, 1.0)[0]
    apart = shapely.symmetric_difference(shapely.union_all(walked), shapely.union_all(put_together))
    assert apart.area == pytest.approx(0.0, abs=1e-3)
    assert shapely.area(walked).sum() > 1e4


def test_a_point_without_an_outline_stands_for_the_land_around_it():
    demand = gpd.GeoDataFrame({"unit": [None], "district": "d"}, geometry=[shapely.Point(500, 500)], crs=CRS)
    districts = gpd.GeoDataFrame(index=["d"], geometry=[shapely.box(0, 0, 1000, 1000)], crs=CRS)
    alone = Tiling(demand, np.array([[500.0, 500.0]]), districts)
    assert alone.cell_m2[0] == pytest.approx(np.pi * 150**2, rel=0.01)
    land, _ = alone.held_by(np.array([True]), 1.0)
    assert shapely.area(land).sum() == pytest.approx(alone.cell_m2[0])


@settings(max_examples=60, deadline=None)
@given(
    centres=st.lists(st.tuples(st.integers(0, 1000), st.integers(0, 1000)), min_size=1, max_size=8),
    metres=st.sampled_from([40.0, 130.0, 600.0]),
)
def test_land_beyond_a_zone_is_what_no_circle_covers(centres, metres):
    grounds = np.array([*BLOCKS, STAR], dtype=object)
    circles = shapely.buffer(shapely.points(centres), metres, quad_segs=64)
    zone = Zone(circles)
    left = zone.beyond(grounds)
    expected = shapely.difference(grounds, shapely.union_all(circles))
    assert shapely.area(shapely.symmetric_difference(left, expected)) == pytest.approx(0.0, abs=1e-3)
    assert zone.beyond_m2(grounds) == pytest.approx(shapely.area(expected), abs=1e-3)


@settings(max_examples=40, deadline=None)
@given(
    centres=st.lists(st.tuples(st.integers(0, 1000), st.integers(0, 1000)), min_size=1, max_size=8),
    metres=st.sampled_from([40.0, 130.0, 600.0]),
    seed=st.integers(0, 1000),
)
def test_a_zone_after_another_covers_the_land_a_zone_anew_does_to_the_bit(centres, metres, seed):
    rng, grounds = np.random.default_rng(seed), np.array([*BLOCKS, STAR], dtype=object)
    before = Zone(shapely.buffer(shapely.points(centres), metres, quad_segs=64))
    for measured in (False, True):
        if measured:
            before.beyond_m2(grounds)
        zone, rows = before, np.flatnonzero(rng.random(len(grounds)) < 0.7)
        for _ in range(2):
            stays = rng.random(len(zone.areas)) < 0.6
            come = shapely.buffer(shapely.points(rng.uniform(0, 1000, (2, 2))), metres, quad_segs=64)
            place = np.where(stays, np.cumsum(stays) - 1, -1)
            areas = np.concatenate([zone.areas[stays], come])
            zone = Zone.after(zone, areas, place)
            anew = Zone(areas.copy())
            np.testing.assert_array_equal(zone.left_m2(grounds, rows), anew.beyond_m2(grounds)[rows])
            assert shapely.equals_exact(zone.near(STAR), anew.near(STAR))
            assert shapely.equals_exact(zone.left_of(grounds), anew.beyond(grounds)).all()


@settings(max_examples=80, deadline=None)
@given(
    places=st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), min_size=1, max_size=25),
    points=st.lists(st.tuples(st.integers(-90, 150), st.integers(-90, 150)), min_size=1, max_size=25),
)
def test_the_nearest_place_in_a_straight_line_is_that_of_brute_force_the_first_of_equal_ones(places, points):
    there, here = np.array(places, dtype=float), np.array(points, dtype=float)
    at, metres = nearest_place(here, there, 1e-6, 0.0, np.zeros(2), np.ones(2), np.empty((0, 3)))
    away = np.sqrt(((here[:, None] - there[None]) ** 2).sum(axis=2))
    assert (metres == away.min(axis=1)).all()
    assert (at == away.argmin(axis=1)).all()
