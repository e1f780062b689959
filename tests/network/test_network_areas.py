"""Reached street metres, exact on every edge, and the areas drawn around them."""

from __future__ import annotations

import math

import geopandas as gpd
import numpy as np
import pytest
import shapely

from zzgeo.errors import CrsError
from zzgeo.network import Reach, WalkNetwork, reached_pieces, reached_street_m, service_areas

CRS = "EPSG:4547"


def metres(network, facilities, reach):
    return service_areas(network, facilities, Reach.along_streets(reach), draw=False).street_m.tolist()


@pytest.mark.parametrize(
    ("reach", "wanted"), [(1, 4), (2, 16), (2.5, 26), (3, 36), (10, 400), (10.5, 442)]
)  # 4 R^2, and 4 R^2 + 1 half a block further
def test_reached_street_metres_on_a_grid_have_a_closed_form(grid, points, reach, wanted):
    network = WalkNetwork.from_edges(grid(12))
    assert metres(network, points((0, 0)), reach) == pytest.approx([wanted], abs=1e-9)
    assert reached_street_m(network, points((0, 0)), reach) == pytest.approx(wanted, abs=1e-9)
    assert reached_pieces(network, points((0, 0)), reach).length.sum() == pytest.approx(wanted, abs=1e-9)


def test_the_last_partly_walked_edge_counts(lines, points):
    network = WalkNetwork.from_edges(lines([(0, 0), (1000, 0)], [(1000, 0), (2000, 0)]))
    assert metres(network, points((900, 0)), 300) == [600]


def test_an_edge_reached_from_both_ends_counts_its_pieces_once(lines, points):
    square = lines([(0, 0), (100, 0)], [(0, 0), (0, 100)], [(100, 0), (100, 100)], [(0, 100), (100, 100)])
    network = WalkNetwork.from_edges(square)
    # From the middle of one side: the opposite side is reached from both ends, meets at 200 m, and never counts twice.
    for reach, wanted in ((50, 100), (149, 298), (151, 302), (200, 400), (1000, 400)):
        assert metres(network, points((50, 0)), reach) == pytest.approx([wanted])
    pieces = reached_pieces(network, points((50, 0)), 170)
    assert sorted(pieces[pieces.edge_id == 3][["from_m", "to_m"]].to_numpy().tolist()) == [[0, 20], [80, 100]]


def test_a_loop_is_reached_from_both_sides(lines, points):
    network = WalkNetwork.from_edges(lines([(0, 0), (100, 0), (100, 100), (0, 100), (0, 0)], [(0, 0), (-50, 0)]))
    assert metres(network, points((-50, 0)), 100) == [150]
    assert metres(network, points((-50, 0)), 260) == [450]


def test_parallel_streets_are_both_reached(lines, points):
    network = WalkNetwork.from_edges(lines([(0, 0), (100, 0)], [(0, 0), (0, 50), (100, 50), (100, 0)]))
    assert metres(network, points((0, 0)), 120) == [100 + 120 + 20]


def test_the_leg_to_the_street_is_used_up_first(lines, points):
    network = WalkNetwork.from_edges(lines([(0, 0), (1000, 0)]))
    assert metres(network, points((500, 30), (500, 100)), 100) == [140, 0]


def test_several_facilities_on_one_edge_reach_its_union(lines, points):
    network = WalkNetwork.from_edges(lines([(0, 0), (1000, 0)]))
    three = points((100, 0), (220, 0), (800, 0))
    pieces = reached_pieces(network, three, 75)
    assert pieces[["from_m", "to_m"]].to_numpy().tolist() == [[25, 295], [725, 875]]
    assert pieces.length_m.tolist() == [270, 150]
    assert reached_street_m(network, three, 75) == 420
    assert metres(network, three, 75) == [150, 150, 150]


def test_pieces_follow_the_bends_of_their_street(lines, points):
    network = WalkNetwork.from_edges(lines([(0, 0), (100, 0), (100, 100), (200, 100)]).set_axis(["s"]))
    pieces = reached_pieces(network, points((100, 50)), 75)
    assert pieces.edge_id.tolist() == ["s"]
    assert pieces.geometry[0].equals(shapely.LineString([(75, 0), (100, 0), (100, 100), (125, 100)]))
    assert pieces.crs == network.crs


def test_pieces_agree_with_shapely_on_random_lines():
    from shapely.ops import substring

    from zzgeo.network.lines import Lines

    rng = np.random.default_rng(3)
    streets = [shapely.LineString(rng.uniform(0, 1000, (rng.integers(2, 9), 2)).round(0)) for _ in range(200)]
    marks = np.sort(rng.uniform(0, 1, (200, 2)), axis=1) * shapely.length(streets)[:, None]
    marks[::7, 0] = 0.0
    marks[::5, 1] = shapely.length(streets)[::5]
    pieces = Lines.of(np.array(streets)).pieces(np.arange(200), marks[:, 0], marks[:, 1])
    for piece, street, (low, high) in zip(pieces, streets, marks, strict=True):
        wanted = substring(street, low, high)
        assert piece.length == pytest.approx(high - low, abs=1e-9)
        assert shapely.hausdorff_distance(piece, wanted) < 1e-9


def test_the_drawn_area_is_the_verge_around_the_reached_pieces(lines, points):
    network = WalkNetwork.from_edges(lines([(0, 0), (1000, 0)]))
    area = service_areas(network, points((500, 0)), Reach.along_streets(100), verge=10).geometry[0]
    assert area.equals(shapely.LineString([(400, 0), (600, 0)]).buffer(10, quad_segs=4))


def test_the_drawn_area_keeps_holes(grid, points):
    area = service_areas(WalkNetwork.from_edges(grid(2, 200)), points((0, 0)), Reach.along_streets(900)).geometry[0]
    assert len(area.interiors) == 16


def test_a_service_area_leaves_the_facilities_index_and_order(lines, points):
    network = WalkNetwork.from_edges(lines([(0, 0), (1000, 0)]))
    areas = service_areas(network, points((900, 0), (0, 900), (0, 0), index=["z", "y", "x"]), Reach.along_streets(150))
    assert areas.index.tolist() == ["z", "y", "x"]
    assert areas.street_m.tolist() == [250, 0, 150]
    assert areas.geometry.is_empty.tolist() == [False, True, False]
    assert areas.crs == CRS


def test_a_straight_reach_is_a_circle_without_street_metres(lines, points):
    network = WalkNetwork.from_edges(lines([(0, 0), (1000, 0)]))
    areas = service_areas(network, points((500, 0)), Reach.radius(500))
    assert areas.area[0] == pytest.approx(math.pi * 500**2, rel=2e-4)
    assert len(areas.geometry[0].exterior.coords) == 4 * 64 + 1
    assert areas.street_m.isna().all()


def test_many_facilities_give_the_same_areas_in_few_or_many_chunks(grid, monkeypatch):
    network = WalkNetwork.from_edges(grid(6, 100))
    rng = np.random.default_rng(0)
    facilities = gpd.GeoDataFrame(geometry=shapely.points(rng.uniform(-600, 600, (40, 2))), crs=CRS)
    at_once = metres(network, facilities, 333)
    monkeypatch.setattr("zzgeo.network.search._CELLS_AT_ONCE", 500)
    assert metres(network, facilities, 333) == at_once


def test_unusable_questions_are_refused(lines, points):
    network = WalkNetwork.from_edges(lines([(0, 0), (1000, 0)]))
    with pytest.raises(ValueError, match="verge"):
        service_areas(network, points((0, 0)), Reach.along_streets(5), verge=0)
    with pytest.raises(ValueError, match="'exact', from a 'field'"):
        service_areas(network, points((0, 0)), Reach.along_streets(5), draw="exactly")
    with pytest.raises(ValueError, match="reach"):
        reached_street_m(network, points((0, 0)), -1)
    other = points((0, 0)).set_crs("EPSG:4549", allow_override=True)
    for reach in (Reach.along_streets(5), Reach.radius(5)):
        with pytest.raises(CrsError):
            service_areas(network, other, reach)


def test_pieces_lie_where_their_street_says(lines, points):
    """Whole streets, bent ones too, have the street's own vertices; parts lie between two distances along it."""
    streets = [
        [(0, 0), (60, 0)],
        [(60, 0), (60, 30), (90, 70)],
        [(90, 70), (190, 70)],
        [(0, 0), (-40, -30), (-40, -300)],
    ]
    network = WalkNetwork.from_edges(lines([(900, 900), (950, 900)], *streets))  # nobody gets to the first
    pieces = reached_pieces(network, points((10, 0)), 200.0)
    streets = network.edges.loc[pieces["edge_id"]]
    whole = ((pieces["from_m"] == 0) & (pieces["to_m"] == streets["length_m"].to_numpy())).to_numpy()
    assert sorted(whole.tolist()) == [False, False, True, True]
    assert shapely.equals_exact(pieces.geometry.to_numpy()[whole], streets.geometry.to_numpy()[whole]).all()
    for begin, end in ((0, "from_m"), (-1, "to_m")):
        tip = shapely.get_point(pieces.geometry.to_numpy(), begin)
        there = shapely.line_interpolate_point(streets.geometry.to_numpy(), pieces[end].to_numpy())
        assert (shapely.distance(tip, there) < 1e-9).all()
