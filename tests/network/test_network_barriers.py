"""A river without a bridge: streets end on both sides of a line that nobody can cross."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely
import shapely.ops

from zzgeo.errors import CrsError, NetworkError
from zzgeo.network import WalkNetwork, nearest, reached_street_m
from zzgeo.network.profiles import Profile

CRS = "EPSG:4547"


def walls(*lines):
    return gpd.GeoDataFrame(geometry=[shapely.LineString(line) for line in lines], crs=CRS)


def note(network):
    return next(note for note in network.notes if note.code == "network.barrier")


def test_a_street_across_a_barrier_ends_on_both_sides(lines, points):
    open_ = WalkNetwork.from_edges(lines([(0, 0), (1000, 0)]).set_axis(["s"]).assign(name="high street"))
    network = open_.with_barriers(walls([(400, -50), (400, 50)]))
    assert network.length_m.tolist() == [400, 600]
    assert len(network.node_xy) == 4
    assert len(network.component_table) == 2
    assert network.edges.cut_from.tolist() == ["s", "s"]
    assert network.edges.name.tolist() == ["high street", "high street"]
    found = nearest(network, points((300, 0)), points((100, 0), (500, 0)))
    assert found.distance_m.tolist() == [200, np.inf]
    assert "1 edges meet" in note(network).value
    assert len(open_.edges) == 1


def test_the_way_round_is_taken(grid, points):
    network = WalkNetwork.from_edges(grid(2, 100)).with_barriers(walls([(50, -150), (50, 250)]))
    # Every street between x = 0 and x = 100 is cut but the one at y = -200.
    assert nearest(network, points((0, 0)), points((100, 0))).distance_m.tolist() == [500]
    assert network.length_m.sum() == 40 * 100


def test_a_barrier_changes_nothing_it_does_not_touch(grid, points):
    before = WalkNetwork.from_edges(grid(3, 100))
    after = before.with_barriers(walls([(1000, 0), (1000, 100)]))
    assert after.edges.index.equals(before.edges.index)
    assert "cut_from" not in after.edges
    np.testing.assert_array_equal(after.node_xy, before.node_xy)
    assert note(after).value.startswith("0 edges")


def test_a_barrier_through_a_crossing_parts_its_streets(grid, points):
    network = WalkNetwork.from_edges(grid(1, 100)).with_barriers(walls([(0, -100), (0, 100)]))
    # Streets that run on the barrier are lost; those that end on it end alone.
    assert network.length_m.sum() == 10 * 100
    assert "200.0 m lost" in note(network).value
    found = nearest(network, points((-50, 0)), points((-1, 0), (1, 0), (-100, 100)), max_snap_m=0.5)
    assert found.distance_m.tolist() == [49, np.inf, 150]


def test_bridges_and_tunnels_pass(lines, points):
    streets = lines([(0, 0), (100, 0)], [(0, 50), (100, 50)], [(0, 0), (0, 50)], [(100, 0), (100, 50)])
    river = walls([(50, -10), (50, 60)])
    network = WalkNetwork.from_edges(streets.assign(bridge=[None, "yes", "no", False])).with_barriers(river)
    assert nearest(network, points((40, 0)), points((60, 0))).distance_m[0] == 40 + 50 + 100 + 50 + 40
    assert "1 bridges or tunnels left" in note(network).value
    none = WalkNetwork.from_edges(streets.assign(bridge=[None, "yes", "no", False])).with_barriers(river, over=())
    assert len(none.component_table) == 2


def test_a_lake_is_a_barrier_along_its_shore(grid, points):
    lake = gpd.GeoDataFrame(geometry=[shapely.box(-50, -50, 50, 50), None], crs=CRS)
    network = WalkNetwork.from_edges(grid(2, 100)).with_barriers(lake)
    assert len(network.component_table) == 2
    assert reached_street_m(network, points((0, 0)), 1e6) == 200


def test_a_collection_is_a_barrier_by_its_lines_and_areas(grid, points):
    inner = shapely.GeometryCollection([shapely.box(-50, -50, 50, 50), shapely.Point(0, 50)])
    lake = gpd.GeoDataFrame(geometry=[shapely.GeometryCollection([inner, shapely.Point(70, 0)]), None], crs=CRS)
    network = WalkNetwork.from_edges(grid(2, 100)).with_barriers(lake)
    assert len(network.component_table) == 2
    assert reached_street_m(network, points((0, 0)), 1e6) == 200


def test_a_loop_and_a_winding_street_are_cut_wherever_they_cross(lines):
    streets = lines([(0, 0), (100, 0), (100, 100), (0, 100), (0, 0)], [(0, 0), (-100, 0)])
    network = WalkNetwork.from_edges(streets).with_barriers(walls([(50, -20), (50, 120)]))
    assert sorted(network.length_m) == [50, 100, 150, 200]
    assert network.component_table.street_m.tolist() == [300, 200]


@pytest.mark.parametrize("seed", range(8))
def test_nothing_walks_through_a_random_barrier_and_no_metre_is_lost(seed):
    rng = np.random.default_rng(seed)
    streets = [shapely.LineString(rng.uniform(0, 1000, (rng.integers(2, 5), 2))) for _ in range(25)]
    # a layer in which no two streets meet is refused: these two do
    streets.append(shapely.LineString([streets[0].coords[-1], streets[1].coords[0]]))
    before = WalkNetwork.from_edges(gpd.GeoDataFrame(geometry=streets, crs=CRS))
    barrier = walls(rng.uniform(0, 1000, (4, 2)), rng.uniform(0, 1000, (2, 2)))
    after = before.with_barriers(barrier)
    assert after.length_m.sum() == pytest.approx(before.length_m.sum(), abs=1e-6)
    wall = shapely.union_all(barrier.geometry.array)
    assert not shapely.crosses(shapely.buffer(wall, 0), after.edges.geometry.array).any()
    inner = [shapely.ops.substring(line, 1e-6, line.length - 1e-6) for line in after.edges.geometry]
    assert not shapely.intersects(inner, wall).any()


def test_heights_and_who_walks_are_kept(lines, points):
    tobler = Profile("slow", 1.0, slope="tobler")
    ramp = WalkNetwork.from_edges(lines([(0, 0, 0), (1000, 0, 100)], [(0, 0, 0), (0, 50, 7)])).with_profile(tobler)
    network = ramp.with_barriers(walls([(400, -50), (400, 50)]))
    assert network.profile == tobler
    z = dict(zip(map(tuple, network.node_xy), network.node_z, strict=True))
    assert z == {(0, 0): 0, (400, 0): pytest.approx(40), (1000, 0): 100, (0, 50): 7}


def test_unusable_barriers_are_refused(lines):
    network = WalkNetwork.from_edges(lines([(0, 0), (1000, 0)]))
    with pytest.raises(CrsError):
        network.with_barriers(walls([(0, 0), (1, 1)]).to_crs("EPSG:4326"))
    with pytest.raises(NetworkError, match=r"network\.empty"):
        network.with_barriers(walls([(-10, 0), (2000, 0)]))
