"""Walks along streets: a closed form, a brute-force reference, and the traps one by one."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from zzgeo.errors import CrsError
from zzgeo.network import (
    Reach,
    WalkNetwork,
    nearest,
    radius_distance,
    reached_street_m,
    service_areas,
    snap,
    snap_facilities,
)

CRS = "EPSG:4547"


def random_city(rng, far=0.0):
    """Return streets with bends, parallels, loops and an island: the names of their ends, and their coordinates."""
    size = int(rng.integers(3, 9))
    xy = rng.uniform(0, 120, (size, 2)) + far
    streets = []
    for _ in range(int(rng.integers(size, 2 * size + 2))):
        u, v = rng.integers(0, size, 2)
        # two straight streets between the same ends would be one street, drawn twice
        fewest = 2 if u == v else int(any({u, v} == {a, b} for a, b, _ in streets))
        bends = rng.uniform(0, 120, (int(rng.integers(fewest, 4)), 2)) + far
        streets.append((u, v, [tuple(xy[u]), *map(tuple, bends), tuple(xy[v])]))
    u, v, way = streets[0]
    middle = tuple(np.mean([way[0], way[-1]], axis=0) + rng.uniform(-20, 20, 2))
    if u != v:  # there and back would be one street, drawn twice
        streets.append((v, u, [way[-1], middle, way[0]]))
    return streets


def places_on(streets, rng, count):
    """Return points a few metres beside random streets; every second on the street of the one before."""
    chosen = rng.integers(0, len(streets), count)
    chosen[1::2] = chosen[::2][: len(chosen[1::2])]
    on = shapely.line_interpolate_point(
        [shapely.LineString(streets[at][2]) for at in chosen], rng.uniform(0, 1, count), normalized=True
    )
    beside = shapely.get_coordinates(on) + rng.uniform(-4, 4, (count, 2))
    return gpd.GeoDataFrame(geometry=shapely.points(beside), crs=CRS)


@pytest.mark.parametrize("block", range(20))
def test_walks_and_reached_metres_agree_with_brute_force_on_200_random_cities(reference, block):
    for seed in range(block * 10, block * 10 + 10):
        rng = np.random.default_rng(seed)
        island = [(("i", u), ("i", v), way) for u, v, way in random_city(rng, far=1000.0)]
        streets = random_city(rng) + island
        edges = gpd.GeoDataFrame(geometry=[shapely.LineString(way) for _, _, way in streets], crs=CRS)
        network = WalkNetwork.from_edges(edges.set_axis([f"e{at}" for at in range(len(edges))]))
        if len(network.edges) != len(edges):  # a bend that turns back within a centimetre: two in 200 cities
            continue
        facilities = places_on(streets, rng, 5).set_axis(list("ABCDE"))
        demand = places_on(streets, rng, 16)
        reach = float(rng.uniform(20, 160))
        compare(reference(streets), network, facilities, demand, reach)


def compare(brute, network, facilities, demand, reach):
    f_ledger, d_ledger = snap(network, facilities), snap(network, demand)
    where = [(int(row.edge_id[1:]), row.offset_m) for row in f_ledger.itertuples()]
    there = [(int(row.edge_id[1:]), row.offset_m) for row in d_ledger.itertuples()]
    graph = brute.cut(where + there)
    walks = [brute.from_place(graph, at, leg) for at, leg in zip(where, f_ledger.snap_m, strict=True)]
    wanted = np.array([[walk.get(brute.name(*at), np.inf) for walk in walks] for at in there])
    wanted += d_ledger.snap_m.to_numpy()[:, None]
    ledgers = {"facility_ledger": f_ledger, "demand_ledger": d_ledger}

    one = nearest(network, facilities, demand, **ledgers)
    np.testing.assert_allclose(one.distance_m, wanted.min(axis=1), atol=1e-6)
    several = nearest(network, facilities, demand, k=5, **ledgers)
    table = several.distance_m.to_numpy().reshape(-1, 5)
    np.testing.assert_allclose(table, np.sort(wanted, axis=1), atol=1e-6)
    ids = several.facility_id.to_numpy().reshape(-1, 5)
    for row, name in zip(*np.nonzero(np.isfinite(table)), strict=True):
        assert wanted[row, "ABCDE".index(ids[row, name])] == pytest.approx(table[row, name], abs=1e-6)
    cut = nearest(network, facilities, demand, cutoff_m=reach, **ledgers)
    np.testing.assert_allclose(
        cut.distance_m, np.where(wanted.min(axis=1) <= reach, wanted.min(axis=1), np.inf), atol=1e-6
    )

    areas = service_areas(network, facilities, Reach.along_streets(reach), facility_ledger=f_ledger, draw=False)
    np.testing.assert_allclose(areas.street_m, [brute.reached_m(graph, walk, reach) for walk in walks], atol=1e-6)
    any_of = {node: min(walk.get(node, np.inf) for walk in walks) for node in graph}
    union = reached_street_m(network, facilities, reach, facility_ledger=f_ledger)
    assert union == pytest.approx(brute.reached_m(graph, any_of, reach), abs=1e-6)


@pytest.mark.parametrize("k", [1, 2, 5, 10])
def test_a_walk_of_k_blocks_reaches_2k2_plus_2k_plus_1_crossings(grid, points, k):
    network = WalkNetwork.from_edges(grid(12, 250.0))
    crossings = gpd.GeoDataFrame(geometry=shapely.points(network.node_xy), crs=CRS)
    found = nearest(network, points((0, 0)), crossings)
    for off, wanted in ((0.0, 2 * k * k + 2 * k + 1), (-0.001, 2 * k * k - 2 * k + 1)):
        assert (found.distance_m <= k * 250 + off).sum() == wanted
        reached = nearest(network, points((0, 0)), crossings, cutoff_m=k * 250 + off)
        assert np.isfinite(reached.distance_m).sum() == wanted


def test_origin_and_destination_on_the_same_edge_need_no_detour(lines, points):
    network = WalkNetwork.from_edges(lines([(0, 0), (1000, 0)]))
    assert nearest(network, points((400, 0)), points((600, 0))).distance_m[0] == 200
    assert nearest(network, points((400, 5)), points((600, 7)), k=2).distance_m.tolist() == [212, np.inf]


def test_the_way_round_may_be_shorter_than_along_the_same_edge(lines, points):
    horseshoe = lines([(0, 0), (0, 500), (10, 500), (10, 0)], [(0, 0), (10, 0)])
    assert nearest(WalkNetwork.from_edges(horseshoe), points((0, 5)), points((10, 5))).distance_m[0] == 20


def test_of_parallel_streets_the_shorter_is_walked(lines, points):
    streets = lines([(0, 0), (50, 80), (100, 0)], [(0, 0), (100, 0)], [(-50, 0), (0, 0)], [(100, 0), (150, 0)])
    for order in ([0, 1, 2, 3], [1, 0, 2, 3]):
        network = WalkNetwork.from_edges(streets.iloc[order])
        assert nearest(network, points((-50, 0)), points((150, 0))).distance_m[0] == 200


def test_round_a_loop_the_shorter_side_is_walked(lines, points):
    network = WalkNetwork.from_edges(lines([(0, 0), (100, 0), (100, 100), (0, 100), (0, 0)], [(0, 0), (-50, 0)]))
    found = nearest(network, points((-50, 0)), points((100, 0), (100, 100), (0, 90)))
    assert found.distance_m.tolist() == [150, 250, 140]
    assert nearest(network, points((30, 0)), points((0, 30))).distance_m.tolist() == [60]


def test_disconnected_is_infinite_and_has_no_facility(lines, points):
    network = WalkNetwork.from_edges(lines([(0, 0), (1000, 0)], [(0, 250), (1000, 250)]))
    river = nearest(network, points((500, 0), index=["A"]), points((500, 250), (400, 0)))
    assert river.distance_m.tolist() == [np.inf, 100]
    assert river.facility_id.isna().tolist() == [True, False]
    assert river.snapped.tolist() == [True, True]


def test_a_demand_point_off_the_network_is_told_apart_from_one_that_reaches_nothing(lines, points):
    network = WalkNetwork.from_edges(lines([(0, 0), (1000, 0)]))
    found = nearest(network, points((500, 0)), points((500, 250), (400, 0)))
    assert found.snapped.tolist() == [False, True]
    assert found.distance_m.tolist() == [np.inf, 100]
    assert found.facility_id.isna().tolist() == [True, False]


def test_a_facility_far_from_any_street_serves_nobody(lines, points):
    network = WalkNetwork.from_edges(lines([(0, 0), (1000, 0)]))
    assert nearest(network, points((500, 1600)), points((500, 0))).distance_m.tolist() == [np.inf]
    areas = service_areas(network, points((500, 1600)), Reach.along_streets(5000))
    assert areas.street_m.tolist() == [0.0]
    assert areas.geometry.is_empty.all()


def test_both_legs_to_the_street_are_walked(lines, points):
    network = WalkNetwork.from_edges(lines([(0, 0), (1000, 0)]))
    assert nearest(network, points((100, 30)), points((500, 40))).distance_m[0] == 470


@pytest.mark.parametrize("off", [0.0, 1e-9, -1e-9, 1e-6, -1e-6, 1e-3, -1e-3, 1.0, -1.0])
@pytest.mark.parametrize("k", [1, 2])
def test_the_limit_is_inclusive_at_the_tie(lines, points, off, k):
    network = WalkNetwork.from_edges(lines([(0, 0), (300, 0)], [(300, 0), (1000, 0)]))
    limit = 500.0 + off
    found = nearest(network, points((100, 0)), points((600, 0)), k=k, cutoff_m=limit)
    assert np.isfinite(found.distance_m.iloc[0]) == (off >= -1.0000001e-6)


@pytest.mark.parametrize("metres", [15 * 60 * 1.1, 990.0])
def test_fifteen_minutes_at_one_point_one_metres_a_second_reach_990_m(lines, points, metres):
    network = WalkNetwork.from_edges(lines([(0, 0), (330, 0)], [(330, 0), (2000, 0)]))
    assert nearest(network, points((0, 0)), points((990, 0)), cutoff_m=metres).distance_m[0] == 990


def test_more_neighbours_than_facilities_leave_empty_ranks(lines, points):
    network = WalkNetwork.from_edges(lines([(0, 0), (1000, 0)]))
    found = nearest(network, points((0, 0), (100, 0), index=["A", "B"]), points((300, 0), index=["home"]), k=3)
    assert found.index.tolist() == [("home", 1), ("home", 2), ("home", 3)]
    assert found.facility_id.tolist()[:2] == ["B", "A"]
    assert pd.isna(found.facility_id.iloc[2])
    assert found.distance_m.tolist() == [200, 300, np.inf]


def test_neighbours_beyond_every_search_ring_are_found(lines, points):
    network = WalkNetwork.from_edges(lines([(0, 0), (30_000, 0)]))
    found = nearest(network, points((0, 0), (2000, 0), (9000, 0)), points((20_000, 0), (100, 0)), k=3)
    assert found.distance_m.tolist() == [11_000, 18_000, 20_000, 100, 1900, 8900]
    assert found.facility_id.tolist() == [2, 1, 0, 0, 1, 2]


def test_a_long_way_found_inside_a_search_ring_gives_way_to_a_shorter_one_beyond_it(lines, points):
    long_bend, short = [(900, 0), (900, 1400), (1200, 1400), (1200, 0)], [(900, 0), (1200, 0)]
    network = WalkNetwork.from_edges(lines([(0, 0), (900, 0)], long_bend, short))
    found = nearest(network, points((0, 0), (1200, 30)), points((1200, 10)), k=2)
    assert found.distance_m.tolist() == [20, 1210]


def test_equally_near_facilities_are_ranked_by_their_position(lines, points):
    network = WalkNetwork.from_edges(lines([(0, 0), (1000, 0)]))
    twins = points((400, 0), (600, 0), (600, 0), index=["A", "B", "C"])
    assert nearest(network, twins, points((500, 0)), k=3).facility_id.tolist() == ["A", "B", "C"]
    assert nearest(network, twins, points((500, 0))).facility_id.tolist() == ["A"]


def test_no_facility_at_all_reaches_nobody(lines, points):
    network = WalkNetwork.from_edges(lines([(0, 0), (1000, 0)]))
    none = points((0, 0)).iloc[:0]
    for k in (1, 3):
        assert np.isinf(nearest(network, none, points((5, 5)), k=k).distance_m).all()
    assert len(service_areas(network, none, Reach.along_streets(5))) == 0
    assert reached_street_m(network, none, 500) == 0
    assert len(nearest(network, points((0, 0)), none)) == 0


def test_a_park_is_reached_at_its_edge_not_at_its_centre(lines, points):
    network = WalkNetwork.from_edges(lines([(0, -5), (3000, -5)]))
    park = gpd.GeoDataFrame(index=["park"], geometry=[shapely.box(1000, 0, 2000, 2000)], crs=CRS)
    found = nearest(network, park, points((700, -5), (2500, -5), (1500, -5)))
    assert found.distance_m.tolist() == pytest.approx([305, 505, 5], abs=1e-6)
    straight = radius_distance(park, points((700, 0), (1500, 1000), (1500, -30)))
    assert straight.distance_m.tolist() == [300, 0, 30]
    ledger = snap_facilities(network, park)
    again = nearest(network, park, points((700, -5)), facility_ledger=ledger)
    assert again.distance_m[0] == pytest.approx(305)
    assert reached_street_m(network, park, 105) == pytest.approx(1000 + 2 * 100, abs=1e-6)
    # Entrances are found every 25 m, so from a side with steps of 25 m nothing between them is missed.
    areas = service_areas(network, park, Reach.along_streets(105))
    assert areas.street_m["park"] == pytest.approx(1200, abs=1e-6)


def test_straight_distances_name_the_first_of_equally_near_facilities(points):
    found = radius_distance(points((0, 0), (200, 0), (200, 0), index=["A", "B", "C"]), points((100, 0), (190, 0)))
    assert found.facility_id.tolist() == ["A", "B"]
    assert found.distance_m.tolist() == [100, 10]


def test_straight_distances_are_infinite_without_facilities_or_without_a_place(points):
    homes = gpd.GeoDataFrame(index=["a", "b"], geometry=[shapely.Point(0, 0), None], crs=CRS)
    assert np.isinf(radius_distance(points((0, 0)).iloc[:0], homes).distance_m).all()
    found = radius_distance(points((3, 4)), homes)
    assert found.distance_m.tolist() == [5, np.inf]
    assert found.facility_id.isna().tolist() == [False, True]


def test_straight_distances_need_metres_and_one_crs(points):
    with pytest.raises(CrsError):
        radius_distance(points((0, 0)), points((0, 0)).set_crs("EPSG:4549", allow_override=True))
    degrees = points((113, 34)).set_crs("EPSG:4326", allow_override=True)
    with pytest.raises(CrsError):
        radius_distance(degrees, degrees)


@pytest.mark.parametrize(("k", "cutoff"), [(0, None), (1, 0.0), (1, -5.0), (1, np.nan)])
def test_meaningless_questions_are_refused(lines, points, k, cutoff):
    network = WalkNetwork.from_edges(lines([(0, 0), (1000, 0)]))
    with pytest.raises(ValueError, match="must be"):
        nearest(network, points((0, 0)), points((0, 0)), k=k, cutoff_m=cutoff)


def test_a_town_of_one_loop_can_be_walked(lines, points):
    network = WalkNetwork.from_edges(lines([(0, 0), (100, 0), (100, 100), (0, 100), (0, 0)]))
    found = nearest(network, points((50, 0)), points((0, 50), (100, 90), (50, 100)))
    assert found.distance_m.tolist() == [100, 140, 200]
    assert reached_street_m(network, points((50, 0)), 120) == 240


@pytest.mark.parametrize(
    "labels", [[("a", "b", 0), ("b", "c", 0)], ["x", "y"], [7, 2**60], [1.5, 2.5], [pd.Timestamp(0), pd.Timestamp(1)]]
)
def test_edges_and_facilities_may_have_any_unique_labels(lines, points, labels):
    index = pd.MultiIndex.from_tuples(labels) if isinstance(labels[0], tuple) else pd.Index(labels)
    network = WalkNetwork.from_edges(lines([(0, 0), (100, 0)], [(100, 0), (200, 0)]).set_axis(index))
    places = points((30, 0), (180, 0)).set_axis(index)
    ledger = snap(network, places)
    assert ledger.edge_id.tolist() == labels
    found = nearest(network, places, points((110, 0), (0, 0), (500, 0)), facility_ledger=ledger)
    assert found.facility_id.tolist()[:2] == [labels[1], labels[0]]
    assert pd.isna(found.facility_id[2])
    assert nearest(network, places, points((110, 0))).distance_m.tolist() == [70]
