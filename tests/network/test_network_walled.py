"""Legs to the street: on their own side of barriers, never onto a bridge midway, and in metres of ground."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely

from zzgeo.crs.ground import Ground
from zzgeo.network import WalkNetwork, distance_matrix, nearest, snap, snap_facilities
from zzgeo.network.snapping import other_streets

CRS = "EPSG:4547"


def walls(*shapes: shapely.Geometry) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(geometry=list(shapes), crs=CRS)


def test_a_leg_does_not_cross_a_barrier(lines, points):
    streets = lines([(0, 0), (1000, 0)], [(0, 100), (1000, 100)], [(1000, 0), (1000, 100)], bridge=[None, None, "yes"])
    river = walls(shapely.LineString([(-50, 20), (1050, 20)]))
    network = WalkNetwork.from_edges(streets).with_barriers(river)
    ledger = snap(network, points((500, 25), (500, 15)))
    assert ledger["snap_m"].tolist() == [75, 15]
    assert ledger["status"].tolist() == ["moved", "ok"]
    assert nearest(network, points((500, 0)), points((500, 25))).distance_m[0] == 75 + 500 + 100 + 500


def test_a_polygon_is_a_barrier_by_its_outline_and_the_other_bank_is_too_far(lines, points):
    network = WalkNetwork.from_edges(lines([(0, 0), (1000, 0)]))
    network = network.with_barriers(walls(shapely.box(-10, 30, 1010, 60)))
    ledger = snap(network, points((500, 70), (500, 20)))
    assert ledger["status"].tolist() == ["walled", "ok"]
    assert ledger["edge_id"].isna().tolist() == [True, False]


def test_a_street_that_was_cut_at_a_barrier_is_on_its_own_side_alone(lines, points):
    """The street ends on the wall: from behind the wall its end is near, and cannot be reached."""
    network = WalkNetwork.from_edges(lines([(0, 0), (100, 0)], [(0, 0), (0, 90)], [(0, 90), (100, 90)]))
    network = network.with_barriers(walls(shapely.LineString([(50, -20), (50, 20)])))
    behind, before = points((55, 0.5)), points((45, 0.5))
    assert nearest(network, points((0, 0)), before).distance_m[0] == pytest.approx(45.5)
    assert snap(network, behind).edge_id[0] != snap(network, before).edge_id[0]
    beside = points((50, 5))  # on the wall itself: neither side
    assert snap(network, beside).status[0] in ("ok", "island", "moved")


def test_a_facility_keeps_to_its_side_as_well(lines, points):
    streets = lines([(0, 0), (1000, 0)], [(0, 100), (1000, 100)], [(1000, 0), (1000, 100)], bridge=[None, None, "yes"])
    network = WalkNetwork.from_edges(streets).with_barriers(walls(shapely.LineString([(-50, 20), (1050, 20)])))
    assert snap_facilities(network, points((500, 25))).snap_m[0] == 75


@pytest.mark.parametrize("word", ["yes", "viaduct", "T", "1", "是"])
def test_nobody_steps_onto_a_bridge_midway(lines, points, word):
    streets = lines([(0, 0), (600, 0)], [(300, 60), (300, 400)], [(300, 400), (-100, 400)], [(-100, 400), (0, 0)])
    network = WalkNetwork.from_edges(streets.assign(bridge=[word, "no", None, ""]))
    assert snap(network, points((300, 10))).snap_m[0] == 50
    plain = WalkNetwork.from_edges(streets)
    assert snap(plain, points((300, 10))).snap_m[0] == 10


def test_a_town_on_bridges_alone_is_on_no_street(lines, points):
    network = WalkNetwork.from_edges(lines([(0, 0), (600, 0)], [(600, 0), (600, 300)]).assign(bridge="yes"))
    assert snap(network, points((300, 10))).status.tolist() == ["too-far"]


def test_whoever_lives_at_a_facility_or_on_its_ground_has_no_walk(lines, points):
    network = WalkNetwork.from_edges(lines([(0, 0), (1000, 0)]))
    clinic, home = points((500, 150)), points((500, 150), (500, 140))
    assert nearest(network, clinic, home).distance_m.tolist() == [0, 150 + 140]
    grounds = gpd.GeoDataFrame(geometry=[shapely.box(400, 20, 600, 180), shapely.Point(10, 0)], crs=CRS)
    assert nearest(network, grounds, home).distance_m.tolist() == [0, 0]
    ranks = nearest(network, grounds, home, k=2)
    assert ranks.facility_id.tolist() == [0, 1, 0, 1]
    assert ranks.distance_m.tolist() == [0, 150 + 490, 0, 140 + 490]
    assert distance_matrix(network, grounds, home, 100).values.tolist() == [[0, 0, 0], [0, 1, 0]]


@pytest.mark.parametrize("epsg", [32650, 4547, 3035])
def test_walks_are_metres_of_ground(epsg):
    """Against the geodesic, far from the middle of the projection; straight on one street, and round a corner."""
    import pyproj

    crs = pyproj.CRS.from_epsg(epsg)
    lon, lat = (crs.area_of_use.west + 0.1, 45.0)
    geod, to_crs = crs.get_geod(), pyproj.Transformer.from_crs(crs.geodetic_crs, crs, always_xy=True)
    corner = geod.fwd(lon, lat, 30, 900)[:2]
    end = geod.fwd(*corner, 120, 700)[:2]
    stops = [to_crs.transform(*place) for place in ((lon, lat), corner, end)]
    streets = gpd.GeoDataFrame(geometry=[shapely.LineString(stops[:2]), shapely.LineString(stops[1:])], crs=crs)
    ends = gpd.GeoDataFrame(geometry=[shapely.Point(stops[0]), shapely.Point(stops[2])], crs=crs)
    planar = WalkNetwork.from_edges(streets)
    network = planar.on_ground(Ground.over(crs, tuple(streets.total_bounds)))
    assert nearest(network, ends.iloc[:1], ends.iloc[1:]).distance_m.iloc[0] == pytest.approx(1600, abs=0.005)
    if epsg != 4547:
        assert abs(nearest(planar, ends.iloc[:1], ends.iloc[1:]).distance_m.iloc[0] - 1600) > 0.1
    matrix = distance_matrix(network, ends.iloc[:1], ends.iloc[1:], 1700)
    assert matrix.distance_m[0] == pytest.approx(1600, abs=0.005)


def test_what_a_network_knows_is_kept_when_it_is_saved_and_cut(lines, points, tmp_path):
    streets = lines([(0, 0), (1000, 0)], [(0, 100), (1000, 100)], [(1000, 0), (1000, 100)], bridge=[None, None, "yes"])
    ground = Ground.over(streets.crs, (0, 0, 1000, 100))
    network = WalkNetwork.from_edges(streets).on_ground(ground)
    network = network.with_barriers(walls(shapely.LineString([(-50, 20), (1050, 20)])))
    assert network.stretch is not None
    back = WalkNetwork.from_saved(network.save(tmp_path / "town.network"))
    home, clinic = points((500, 25)), points((500, 0))
    np.testing.assert_array_equal(back.stretch, network.stretch)
    assert nearest(back, clinic, home).equals(nearest(network, clinic, home))
    assert snap(back, home).equals(snap(network, home))


def test_a_street_that_ends_at_a_wall_is_not_reached_from_behind(lines, points):
    network = WalkNetwork.from_edges(lines([(0, 0), (50, 0)], [(0, 0), (0, 90)], [(0, 90), (100, 90)]))
    network = network.with_barriers(walls(shapely.LineString([(50, -20), (50, 20)])))
    behind, before = snap(network, points((55, 0))), snap(network, points((45, 1)))
    assert before["snap_m"][0] == 1
    assert behind["snap_m"][0] == 90


def test_who_lives_by_a_street_that_leads_nowhere_keeps_to_the_own_side_too(lines, points):
    """The served street is 40 m away behind a wall, and 150 m away on the own side; a piece between serves nobody."""
    served = [(-800, 0), (800, 0)], [(800, 0), (800, 290)], [(800, 290), (-800, 290)]
    streets = lines(*served, [(-15, 140), (15, 140)], [(-25, 200), (25, 200)])
    network = WalkNetwork.from_edges(streets).with_barriers(walls(shapely.LineString([(-300, 100), (300, 100)])))
    home, clinic = points((0, 141)), points((0, -3))
    ledger = snap(network, home)
    assert ledger["status"].tolist() == ["island"]
    moved = other_streets(network, home, ledger, snap_facilities(network, clinic), 200)
    assert (moved["snap_m"].tolist(), moved["status"].tolist()) == ([149], ["moved"])
    assert other_streets(network, home, ledger, snap_facilities(network, clinic), 148).empty
