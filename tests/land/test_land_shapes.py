"""Whatever outlines meet, what is left is ground: spurs, hairlines and borders that merely touch leave no lines."""

from __future__ import annotations

import drawn
import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from zzgeo.land import Tiling, Zone, areal, without

CRS = "EPSG:4547"
SQUARE = shapely.box(0, 0, 1000, 1000)
MIXED = shapely.GeometryCollection([SQUARE, shapely.LineString([(1000, 500), (1800, 500)]), shapely.Point(-1, 0)])

#: Where a spur leaves each side of the square, how long and how wide it is: most are narrower than the grid of 1 cm.
spurs = st.tuples(
    *[st.tuples(drawn.grid(100, 900), st.sampled_from([0.0, 1.0, 80.0, 800.0]), drawn.grid(0.0005, 0.02, 0.0001))] * 4
)
places = st.lists(st.tuples(st.integers(1, 19), st.integers(1, 19)), min_size=1, max_size=12, unique=True)


def spurred(some: tuple[tuple[float, float, float], ...]) -> shapely.Polygon:
    """Return a square of 1 km with a spur on each side; a spur 0 m long is none."""
    corners = []
    for side, (along, length, width) in enumerate(some):
        turn = np.array([[1, 0], [0, 1]]) if side == 0 else np.linalg.matrix_power(np.array([[0, -1], [1, 0]]), side)
        spur = [(along, 0)] + ([(along + width / 2, -length), (along + width, 0)] if length else [])
        corners += [turn @ (np.array(corner) - 500.0) + 500.0 for corner in [(0.0, 0.0), *spur]]
    return shapely.Polygon(corners)


def tiling(xy: np.ndarray, outline: shapely.Geometry, *, unit: bool = False) -> Tiling:
    """Return the land of some points of one district, which is tiled as a whole where it is a unit too."""
    demand = gpd.GeoDataFrame({"district": ["d"] * len(xy)}, geometry=shapely.points(xy), crs=CRS)
    district = gpd.GeoDataFrame(index=["d"], geometry=[outline], crs=CRS)
    if not unit:
        return Tiling(demand, xy, district)
    return Tiling(demand.assign(unit="u"), xy, district, district.set_axis(["u"]), district[["geometry"]])


def test_lines_and_points_are_taken_off_one_geometry_and_each_of_many():
    assert areal(MIXED).equals(SQUARE)
    assert areal(SQUARE) is SQUARE
    given_ = np.array([SQUARE, MIXED, shapely.LineString([(0, 0), (1, 1)])], dtype=object)
    kept = areal(given_)
    assert shapely.area(kept).tolist() == [1e6, 1e6, 0.0]
    assert {one.geom_type for one in kept} == {"Polygon"}
    assert given_[1] is MIXED, "the array that was given is not written to"


@settings(max_examples=150, deadline=None)
@given(spurs=spurs, places=places)
@pytest.mark.parametrize("unit", [False, True], ids=["no units", "a unit"])
def test_ground_under_any_outline_is_areal_and_adds_up(unit, spurs, places):
    outline = spurred(spurs)
    xy = np.array(places) * 50.0
    tiled = tiling(xy, outline, unit=unit)
    ground, _ = tiled.held_by(np.ones(len(xy), dtype=bool), 0.0)
    assert {one.geom_type for one in ground} == {"Polygon"}
    near = shapely.union_all(shapely.buffer(shapely.points(xy), 150.0))
    whole = outline if unit else shapely.intersection(outline, near)
    # what is narrower than the grid may go: eight metres of hairline are a hundredth of a square metre
    assert tiled.cell_m2.sum() == pytest.approx(whole.area, abs=40.0)
    half = shapely.box(-900, -900, 500, 1900)
    beyond, _ = tiled.beyond(Zone(np.array([half])), np.arange(1), outline)
    assert {one.geom_type for one in beyond} <= {"Polygon"}
    assert shapely.area(beyond).sum() == pytest.approx(shapely.difference(whole, half).area, abs=40.0)


def test_a_spur_of_800_metres_and_4_millimetres_is_no_internal_error():
    corners = [(0, 0), (1000, 0), (1000, 500), (1800, 500.002), (1000, 500.004), (1000, 1000), (0, 1000)]
    outline, xy = shapely.Polygon(corners), np.array([[900.0, 510.0], [100.0, 300.0]])
    within = shapely.area(shapely.intersection(outline, shapely.buffer(shapely.points(xy), 150.0)))
    assert tiling(xy, outline).cell_m2 == pytest.approx(within, abs=1.0)


#: Two areas of which the second, but for its hole, holds the first: findings/difference-returns-the-hole.sh.
EDGE = [(10.649946060163147, 153.9007475016574), (3.668077549258902, 153.52994239144073)]
NEARER = shapely.Polygon([(-47.26072838613625, 324.2973324975332), *EDGE, (4.545808603647792, 146.5935476124883)])
HOLE = [EDGE[0], (3.6680775492589013, 153.52994239144073), (5.829704495106997, 136.4473773092893)]
FARTHER = shapely.Polygon(
    [
        (-47.62551324249233, 323.77295902318497),
        (-36.617759860055244, 345.9607047401067),
        (147.14864655771157, 411.2969708415892),
        (43.814536965584644, 3.768397797962699),
        (-24.28398646294065, 83.20896419608232),
    ],
    [HOLE],
)


def test_no_ground_is_invented_where_edges_all_but_meet():
    assert shapely.difference(NEARER, FARTHER).area > 50  # what is guarded against
    assert without(NEARER, FARTHER).area < 0.1
    apart = shapely.box(500, 0, 600, 100)
    both = shapely.union(NEARER, apart)
    assert without(both, FARTHER).area == pytest.approx(apart.area, abs=0.1)


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), min_size=6, max_size=30))
def test_what_is_left_and_what_is_taken_make_up_a_ground(corners):
    ground, taken = (shapely.MultiPoint(some).convex_hull.buffer(1) for some in (corners[::2], corners[1::2]))
    left = without(ground, taken)
    assert left.area + shapely.intersection(ground, taken).area == pytest.approx(ground.area, rel=1e-6)
    assert left.is_empty or shapely.covers(ground.buffer(0.05), left)
