"""Speeds, waiting at crossings and slopes: closed forms, the two directions, and an answer from networkx."""

from __future__ import annotations

from itertools import pairwise

import geopandas as gpd
import networkx as nx
import numpy as np
import pytest
import shapely

from zzgeo.errors import NetworkError
from zzgeo.network import PROFILES, Profile, Reach, WalkNetwork, distance_matrix, nearest, service_areas
from zzgeo.network.engine import nearest_owners, pieces_of_any, pieces_of_each
from zzgeo.network.positions import Positions
from zzgeo.network.profiles import flat_metres

CRS = "EPSG:4547"


def test_the_profiles_of_the_resolution_on_speeds_are_there():
    assert {name: round(profile.reach(15).metres, 6) for name, profile in PROFILES.items()} == {
        "residents": 990.0,
        "aged_60_plus": 720.0,
        "gb-1000": 1000.0,
        "gb-800": 800.0,
        "cycling": 3750.0,
    }


def test_a_profile_of_speed_alone_changes_no_bit(grid, points):
    network = WalkNetwork.from_edges(grid(5, 77.7))
    rng = np.random.default_rng(0)
    homes = gpd.GeoDataFrame(geometry=shapely.points(rng.uniform(-380, 380, (50, 2))), crs=CRS)
    for k in (1, 3):
        plain = nearest(network, homes.iloc[:4], homes, k=k)
        assert nearest(network.with_profile(PROFILES["aged_60_plus"]), homes.iloc[:4], homes, k=k).equals(plain)


def test_waiting_at_crossings_counts_those_passed_through(lines, points):
    # Three crossings of four streets each, 100 m apart, with ends of 50 m.
    cross = [[(x, 0), (x, side)] for x in (0, 100, 200) for side in (50, -50)]
    main = [[(-100, 0), (0, 0)], [(0, 0), (100, 0)], [(100, 0), (200, 0)], [(200, 0), (300, 0)]]
    waiting = Profile("waits", 1.0, crossing_delay_s=20.0)
    network = WalkNetwork.from_edges(lines(*cross, *main)).with_profile(waiting)
    homes = points((-50, 0), (50, 0), (150, 0), (250, 0), (0, 30))
    found = nearest(network, points((-50, 0)), homes, k=1)
    assert found.distance_m.tolist() == [0, 100 + 20, 200 + 40, 300 + 60, 80 + 20]
    back = nearest(network, points((250, 0)), points((-50, 0)))
    assert back.distance_m.tolist() == [360]
    # Of 130 m on the flat, 50 lead to the crossing, 20 are waited there, 60 are left in each of three streets.
    areas = service_areas(network, points((-50, 0)), Reach.along_streets(130))
    assert areas.street_m.tolist() == [50 + 50 + 60 + 50 + 50]


def test_a_bend_and_a_dead_end_are_no_crossings(lines, points):
    streets = lines([(0, 0), (100, 0)], [(100, 0), (100, 100)], [(100, 100), (300, 100)])
    network = WalkNetwork.from_edges(streets).with_profile(Profile("waits", 1.0, crossing_delay_s=20.0))
    assert nearest(network, points((0, 0)), points((300, 100))).distance_m.tolist() == [400]


@pytest.mark.parametrize(("toward", "up"), [("facility", True), ("home", False)])
def test_uphill_costs_more_than_downhill_and_the_direction_is_that_of_the_people(points, toward, up):
    # A ramp of 1 in 10, 1000 m long; the clinic stands at the top, 200 m before the end.
    ramp = gpd.GeoDataFrame(geometry=[shapely.LineString([(0, 0, 0), (1000, 0, 100)])], crs=CRS)
    network = WalkNetwork.from_edges(ramp).with_profile(Profile("t", 1.1, slope="tobler", toward=toward))
    found = nearest(network, points((800, 30)), points((300, 40), (900, 0))).distance_m
    below, above = 500 * flat_metres(0.1 if up else -0.1), 100 * flat_metres(-0.1 if up else 0.1)
    assert found.tolist() == pytest.approx([30 + below + 40, 30 + above])
    street = service_areas(network, points((800, 0)), Reach.along_streets(150)).street_m.iloc[0]
    assert street == pytest.approx(150 / flat_metres(0.1 if up else -0.1) + 150 / flat_metres(-0.1 if up else 0.1))


def hills(seed, profile):
    rng = np.random.default_rng(seed)
    xy = np.stack(np.meshgrid(np.arange(7), np.arange(7)), axis=-1) * 100.0 + rng.uniform(-30, 30, (7, 7, 2))
    xyz = np.concatenate([xy, rng.uniform(0, 15, (7, 7, 1))], axis=-1)
    pairs = [*zip(xyz[:-1].reshape(-1, 3), xyz[1:].reshape(-1, 3), strict=True)]
    pairs += [*zip(xyz[:, :-1].reshape(-1, 3), xyz[:, 1:].reshape(-1, 3), strict=True)]
    kept = [shapely.LineString(pair) for pair in pairs if rng.random() < 0.8]
    kept += [shapely.LineString([a, (a + b) / 2 + (30, -20, 0), b]) for a, b in pairs[::9]]
    network = WalkNetwork.from_edges(gpd.GeoDataFrame(geometry=kept, crs=CRS)).with_profile(profile)
    edge = rng.integers(0, len(kept), 60)
    edge[1::4] = edge[::4]
    offset = rng.uniform(0, 1, 60) * network.length_m[edge]
    places = Positions(edge, offset, rng.uniform(0, 30, 60), np.arange(60))
    return network, places.take(slice(0, 9)), places, rng


def by_networkx(network, sources, targets):
    """Return the walks from targets to sources on a graph whose crossings have a way in and a way out."""
    profile, graph = network.profile, nx.DiGraph()
    ends = np.bincount(np.concatenate([network.u, network.v]), minlength=len(network.node_xy))
    for node, count in enumerate(ends):
        waits = profile.crossing_delay_s * profile.speed_m_per_s if count >= 3 else 0.0
        graph.add_edge(("in", node), ("out", node), weight=waits)

    def add(a, b, metres, rise):
        # `rise` is metres of height per metre on the way from a to b.
        weight = metres * (flat_metres(rise) if profile.slope == "tobler" else 1.0)
        if weight < graph.get_edge_data(a, b, {"weight": np.inf})["weight"]:
            graph.add_edge(a, b, weight=weight)

    z = network.node_z if network.node_z is not None else np.zeros(len(network.node_xy))
    for edge, (u, v, length) in enumerate(zip(network.u, network.v, network.length_m, strict=True)):
        slope = (z[v] - z[u]) / length
        stops = [(targets.offset[at], ("place", at)) for at in np.flatnonzero(targets.edge == edge)]
        stops = [(0.0, u), *sorted(stops, key=lambda stop: stop[0]), (length, v)]
        for (low, a), (high, b) in pairwise(stops):
            out_a = a if isinstance(a, tuple) else ("out", a)
            in_a = a if isinstance(a, tuple) else ("in", a)
            out_b = b if isinstance(b, tuple) else ("out", b)
            in_b = b if isinstance(b, tuple) else ("in", b)
            add(out_a, in_b, high - low, slope)
            add(out_b, in_a, high - low, -slope)
    if profile.toward == "facility":
        graph = graph.reverse()
    wanted = np.full((len(sources), len(targets)), np.inf)
    for at in range(len(sources)):
        walks = nx.single_source_dijkstra_path_length(graph, ("place", at))
        for target in range(len(targets)):
            wanted[at, target] = walks.get(("place", target), np.inf) + sources.leg[at] + targets.leg[target]
    return wanted


WALKERS = [
    Profile("plain", 1.0),
    Profile("waits", 1.1, crossing_delay_s=15.0),
    Profile("climbs", 1.1, slope="tobler"),
    Profile("both", 0.8, crossing_delay_s=9.0, slope="tobler", toward="home"),
]


@pytest.mark.parametrize("profile", WALKERS, ids=lambda profile: profile.name)
@pytest.mark.parametrize("seed", range(3))
def test_walks_agree_with_networkx(seed, profile):
    network, sources, targets, _ = hills(seed, profile)
    wanted = by_networkx(network, sources, targets)
    distance, owner = nearest_owners(network, sources, targets, 9)
    np.testing.assert_allclose(distance, np.sort(wanted, axis=0).T, atol=1e-9)
    np.testing.assert_allclose(nearest_owners(network, sources, targets)[0][:, 0], wanted.min(axis=0), atol=1e-9)
    some = np.isfinite(distance)
    np.testing.assert_allclose(wanted[owner[some], np.nonzero(some)[0]], distance[some], atol=1e-9)


@pytest.mark.parametrize("profile", WALKERS, ids=lambda profile: profile.name)
@pytest.mark.parametrize("seed", range(3))
def test_a_position_is_in_the_reached_pieces_exactly_if_its_walk_is_within_the_reach(seed, profile):
    network, sources, _, rng = hills(seed, profile)
    edge = rng.integers(0, len(network.u), 3000)
    probes = Positions(edge, rng.uniform(0, 1, 3000) * network.length_m[edge], np.zeros(3000), np.arange(3000))
    each, piece, low, high = pieces_of_each(network, sources, 222.2)
    for owner in range(len(sources)):
        walk = nearest_owners(network, sources.take([owner]), probes)[0][:, 0]
        mine = each == owner
        assert_inside(probes, walk, 222.2, piece[mine], low[mine], high[mine])
    walk = nearest_owners(network, sources, probes)[0][:, 0]
    assert_inside(probes, walk, 222.2, *pieces_of_any(network, sources, 222.2))


def assert_inside(probes, walk, metres, piece, low, high):
    inside = np.zeros(len(probes), dtype=bool)
    for edge, a, b in zip(piece, low, high, strict=True):
        inside |= (probes.edge == edge) & (probes.offset >= a) & (probes.offset <= b)
    clear = np.abs(walk - metres) > 1e-6
    np.testing.assert_array_equal(inside[clear], walk[clear] <= metres)
    assert 0 < inside.sum() < len(inside)


@pytest.mark.parametrize("seed", range(4))
def test_to_the_facility_on_one_network_is_from_it_on_the_other(seed):
    there = Profile("up", 1.1, slope="tobler", toward="facility")
    back = Profile("down", 1.1, slope="tobler", toward="home")
    network, sources, targets, _ = hills(seed, there)
    forth, _ = nearest_owners(network, sources.take([0]), targets.take([5]))
    reverse, _ = nearest_owners(network.with_profile(back), targets.take([5]), sources.take([0]))
    assert forth[0, 0] == pytest.approx(reverse[0, 0], abs=1e-9)
    other, _ = nearest_owners(network.with_profile(back), sources.take([0]), targets.take([5]))
    assert other[0, 0] != pytest.approx(forth[0, 0], abs=1e-3)


def test_pairs_are_those_of_the_nearest(points, lines):
    network, _, _, rng = hills(1, WALKERS[3])
    places = gpd.GeoDataFrame(geometry=shapely.points(rng.uniform(0, 600, (40, 2))), crs=CRS)
    table = distance_matrix(network, places.iloc[:6], places, 400.0)
    found = nearest(network, places.iloc[:6], places, k=6, cutoff_m=400.0).reset_index(names=["demand_id", "rank"])
    found = found[found.facility_id.notna()].sort_values(["facility_id", "demand_id"])
    assert table.facility_id.tolist() == found.facility_id.tolist()
    assert table.demand_id.tolist() == found.demand_id.tolist()
    np.testing.assert_array_equal(table.distance_m, found.distance_m)


def test_slopes_without_heights_are_refused(grid):
    network = WalkNetwork.from_edges(grid(2, 100))
    with pytest.raises(NetworkError, match="height"):
        network.with_profile(Profile("t", 1.1, slope="tobler"))
    with pytest.raises(NetworkError, match="height"):
        network.with_heights([1.0, 2.0])
    with pytest.raises(NetworkError, match="height"):
        network.with_heights(np.full(25, np.nan))
    flat = network.with_heights(np.zeros(25)).with_profile(Profile("t", 1.1, slope="tobler"))
    assert flat.numbered.arcs.cost.max() == 100


@pytest.mark.parametrize(
    "wrong",
    [{"speed_m_per_s": 0}, {"speed_m_per_s": np.nan}, {"crossing_delay_s": -1}, {"slope": "x"}, {"toward": "x"}],
)
def test_a_profile_that_means_nothing_is_refused(wrong):
    with pytest.raises(ValueError, match="not"):
        Profile(**{"name": "x", "speed_m_per_s": 1.0, **wrong})
