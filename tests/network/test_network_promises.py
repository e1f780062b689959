"""Promises that the other files leave open, on the compiled engine."""

from __future__ import annotations

from itertools import pairwise

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from zzgeo.crs.ground import Ground
from zzgeo.crs.metric import scale_error
from zzgeo.network import (
    PROFILES,
    Reach,
    WalkNetwork,
    distance_matrix,
    engine,
    nearest,
    radius_distance,
    reached_street_m,
    snap,
)
from zzgeo.network.positions import Positions

CRS = "EPSG:4547"
seeds = st.integers(0, 2**32 - 1)
few = settings(max_examples=20, deadline=None)
OFF = (0.0, 1e-9, -1e-9, 1e-6, -1e-6, 1e-3, -1e-3, 1.0, -1.0)


def city(seed, side=8):
    rng = np.random.default_rng(seed)
    xy = np.stack(np.meshgrid(np.arange(side), np.arange(side)), axis=-1) * 100.0
    xy = xy + rng.uniform(-30, 30, (side, side, 2))
    pairs = [*zip(xy[:-1].reshape(-1, 2), xy[1:].reshape(-1, 2), strict=True)]
    pairs += [*zip(xy[:, :-1].reshape(-1, 2), xy[:, 1:].reshape(-1, 2), strict=True)]
    kept = [pair for pair in pairs if rng.random() < 0.85]
    network = WalkNetwork.from_edges(gpd.GeoDataFrame(geometry=shapely.linestrings(kept), crs=CRS))

    def standing(count):
        edge = rng.integers(0, len(network.u), count)
        offset = rng.uniform(0, 1, count) * network.length_m[edge]
        return Positions(edge, offset, rng.uniform(0, 20, count), np.arange(count))

    return network, standing(6), standing(80), rng


def walks(network, sources, targets, cutoff=np.inf):
    return engine.nearest_owners(network, sources, targets, 1, cutoff)[0][:, 0]


@few
@given(seeds)
def test_p2_the_least_of_single_runs_is_the_run_of_all_to_the_bit(seed):
    network, sources, targets, _ = city(seed)
    single = [walks(network, sources.take([at]), targets) for at in range(len(sources))]
    np.testing.assert_array_equal(walks(network, sources, targets), np.min(single, axis=0))


@few
@given(seeds)
def test_p3_one_more_facility_never_lengthens_a_walk_nor_takes_a_metre(seed):
    network, sources, targets, _ = city(seed)
    fewer = sources.take(slice(0, 5))
    assert (walks(network, sources, targets) <= walks(network, fewer, targets)).all()
    metres = [
        sum(high - low for _, low, high in zip(*engine.pieces_of_any(network, some, 250.5), strict=True))
        for some in (fewer, sources)
    ]
    assert metres[1] >= metres[0] - 1e-9


@few
@given(seeds, st.integers(0, 10**6))
def test_p4_a_street_no_shorter_than_the_way_round_changes_nothing_and_one_fewer_shortens_nothing(seed, which):
    network, sources, targets, rng = city(seed)
    before = walks(network, sources, targets)
    a, b = rng.integers(0, len(network.node_xy), 2)
    beginning = Positions(
        np.flatnonzero(network.u == network.u[a % len(network.u)])[:1], np.zeros(1), np.zeros(1), np.zeros(1, int)
    )
    node = network.u[beginning.edge[0]]
    probe = network.v[b % len(network.u)]
    to = Positions(
        np.flatnonzero(network.v == probe)[:1], network.length_m[network.v == probe][:1], np.zeros(1), np.zeros(1, int)
    )
    way = walks(network, beginning, to)[0]
    if np.isfinite(way) and way > 0:
        start, end = network.node_xy[node], network.node_xy[probe]
        detour = max(way, float(np.hypot(*(end - start)))) + 1.0
        side = np.sqrt(max(detour**2 - np.hypot(*(end - start)) ** 2, 0.0)) / 2
        normal = np.array([start[1] - end[1], end[0] - start[0]])
        bend = (start + end) / 2 + normal / max(np.hypot(*normal), 1e-9) * side
        more = gpd.GeoDataFrame(geometry=[*network.edges.geometry, shapely.LineString([start, bend, end])], crs=CRS)
        wider = WalkNetwork.from_edges(more)
        np.testing.assert_array_equal(walks(wider, sources, targets), before)
    gone = which % len(network.u)
    used = np.concatenate([sources.edge, targets.edge])
    if gone not in used:
        fewer = WalkNetwork.from_edges(network.edges[["geometry"]].drop(index=network.edges.index[gone]))
        rest = [Positions(p.edge - (p.edge > gone), p.offset, p.leg, p.owner) for p in (sources, targets)]
        assert (walks(fewer, *rest) >= before).all()


@few
@given(seeds)
def test_p5_a_limit_is_a_filter_and_longer_walks_reach_more(seed):
    network, sources, targets, _ = city(seed)
    free = walks(network, sources, targets)
    reached = []
    for limit in (330.0, 500.0, 660.0, 990.0, 1000.0):
        found = walks(network, sources, targets, limit)
        np.testing.assert_array_equal(found, np.where(free <= limit + 1e-6, free, np.inf))
        reached.append(np.isfinite(found))
    assert all((a <= b).all() for a, b in pairwise(reached))


@few
@given(seeds)
def test_p6_names_of_nodes_and_the_order_of_rows_change_nothing(seed):
    network, sources, targets, rng = city(seed)
    before, owner = engine.nearest_owners(network, sources, targets, 3)
    order = rng.permutation(len(network.u))
    names = 2**53 + rng.permutation(len(network.node_xy)).astype(np.int64)
    rows = network.edges[["geometry"]].assign(u=names[network.u], v=names[network.v]).iloc[order]
    other = WalkNetwork.from_osm_edges(rows)
    rank = np.argsort(order)
    moved = [Positions(rank[one.edge], one.offset, one.leg, one.owner) for one in (sources, targets)]
    after, whose = engine.nearest_owners(other, *moved, 3)
    np.testing.assert_array_equal(before, after)
    np.testing.assert_array_equal(owner, whose)


@few
@given(seeds)
def test_p7_p8_walks_are_symmetric_and_obey_the_triangle(seed):
    network, _, targets, _ = city(seed)
    some = targets.take(slice(0, 12))
    flat = Positions(some.edge, some.offset, np.zeros(12), np.arange(12))
    matrix = np.full((12, 12), np.inf)
    owner, target, metres = engine.pairs_within(network, flat, flat, 1e6)
    matrix[owner, target] = metres
    np.testing.assert_allclose(matrix, matrix.T, rtol=0, atol=1e-9)
    assert (np.diag(matrix) == 0).all()
    through = (matrix[:, :, None] + matrix[None, :, :]).min(axis=1)
    assert (matrix <= through + 1e-9).all()


@few
@given(seeds)
def test_p9_twice_the_city_is_twice_the_walk_to_the_bit_and_time_is_distance(seed):
    network, sources, targets, _ = city(seed)
    for factor, exact in ((2.0, True), (0.5, True), (3.0, False)):
        scaled = network.edges.geometry.scale(factor, factor, origin=(0, 0))
        larger = WalkNetwork.from_edges(gpd.GeoDataFrame(geometry=scaled, crs=CRS))
        moved = [Positions(p.edge, p.offset * factor, p.leg * factor, p.owner) for p in (sources, targets)]
        before, after = walks(network, sources, targets) * factor, walks(larger, *moved)
        if exact:
            np.testing.assert_array_equal(after, before)
        else:
            np.testing.assert_allclose(after, before, rtol=1e-12)
    for profile in PROFILES.values():
        assert profile.minutes(profile.reach(15).metres) == pytest.approx(15, rel=1e-12)


@few
@given(seeds)
def test_p12_no_walk_is_shorter_than_the_straight_line(seed):
    network, sources, targets, _ = city(seed)
    lines = np.asarray(network.edges.geometry.array)
    where = [shapely.line_interpolate_point(lines[p.edge], p.offset) for p in (sources, targets)]
    owner, target, metres = engine.pairs_within(network, sources, targets, 1e6)
    straight = shapely.distance(where[0][owner], where[1][target])
    assert (metres >= sources.leg[owner] + straight + targets.leg[target] - 1e-6).all()


@few
@given(seeds)
def test_p22_demand_in_powers_of_two_tells_exactly_who_is_reached(seed):
    network, sources, targets, _ = city(seed)
    homes = targets.take(slice(0, 50))
    people = 2.0 ** np.arange(50)
    owner, target, _ = engine.pairs_within(network, sources, homes, 333.3)
    reached = np.isin(np.arange(50), target)
    covered = int(people[walks(network, sources, homes) <= 333.3].sum())
    assert covered == sum(1 << home for home in np.flatnonzero(reached).tolist())
    # Overlapping service areas count nobody twice.
    assert len(target) >= reached.sum()
    assert set(owner) <= set(range(6))


@pytest.mark.parametrize("off", [-0.001, 0.001])
def test_p24_line_ring_star_and_tree_have_known_reaches(lines, points, off):
    line = WalkNetwork.from_edges(lines(*[[(x, 0), (x + 100, 0)] for x in range(0, 2000, 100)]))
    ring = np.column_stack([np.cos(np.linspace(0, 2 * np.pi, 13)), np.sin(np.linspace(0, 2 * np.pi, 13))]) * 500
    ring[-1] = ring[0]
    round_ = WalkNetwork.from_edges(lines(*[[tuple(a), tuple(b)] for a, b in pairwise(ring)]))
    star = WalkNetwork.from_edges(lines(*[[(0, 0), (300 * x, 300 * y)] for x, y in ((1, 0), (0, 1), (-1, 0), (0, -1))]))
    tree = WalkNetwork.from_edges(
        lines([(0, 0), (0, 100)], [(0, 100), (-80, 160)], [(0, 100), (80, 160)], [(80, 160), (80, 260)])
    )
    step = float(round_.length_m[0])
    cases = [
        (line, (1000, 0), 300 + off, 7 if off > 0 else 5, 2 * (300 + off)),
        (round_, tuple(ring[0]), 2 * step + off, 5 if off > 0 else 3, 2 * (2 * step + off)),
        (round_, tuple(ring[0]), 6 * step + off, 12 if off > 0 else 11, 12 * step + min(2 * off, 0)),
        (star, (0, 0), 300 + off, 5 if off > 0 else 1, 1200 + min(4 * off, 0)),
        (tree, (0, 0), 200 + off, 4 if off > 0 else 2, 300 + min(2 * off, off)),
    ]
    for network, place, metres, crossings, street in cases:
        nodes = gpd.GeoDataFrame(geometry=shapely.points(network.node_xy), crs=CRS)
        found = nearest(network, points(place), nodes, cutoff_m=metres)
        assert np.isfinite(found.distance_m).sum() == crossings
        assert reached_street_m(network, points(place), metres) == pytest.approx(street, abs=1e-6)


@pytest.mark.parametrize("seed", range(5))
def test_ties_at_the_limit_are_inclusive_for_every_question(seed):
    network, sources, targets, _ = city(seed)
    free = walks(network, sources, targets)
    # Every pair in turn stands at the limit, a nanometre off, a micron off, a millimetre, a metre.
    for tie in free[np.isfinite(free)][:12]:
        for off in OFF:
            wanted = free <= tie + off + 1e-6
            np.testing.assert_array_equal(np.isfinite(walks(network, sources, targets, tie + off)), wanted)
            _, target, _ = engine.pairs_within(network, sources, targets, tie + off)
            np.testing.assert_array_equal(np.isin(np.arange(len(targets)), target), wanted)


def test_zeros_survive_in_the_matrix(lines, points):
    network = WalkNetwork.from_edges(lines([(0, 0), (500, 0)], [(500, 0), (500, 400)]))
    table = distance_matrix(network, points((0, 0), (500, 0)), points((500, 0), (500, 100), (0, 0)), 450.0)
    assert table.values.tolist() == [[0, 2, 0.0], [1, 0, 0.0], [1, 1, 100.0]]
    assert distance_matrix(network, points((0, 900)), points((0, 0)), 100.0).empty
    with pytest.raises(ValueError, match="reach"):
        distance_matrix(network, points((0, 0)), points((0, 0)), np.inf)


def test_labels_of_any_kind_come_back_from_many_rows(lines, points):
    network = WalkNetwork.from_edges(lines([(0, 0), (500, 0)]).set_axis(["a street"]))
    homes = gpd.GeoDataFrame(geometry=shapely.points(np.linspace(0, 500, 3000), 3.0), crs=CRS)
    for index in (
        pd.Index([f"h{at}" for at in range(3000)]),
        pd.MultiIndex.from_product([["a", "b", "c"], range(1000)]),
        pd.date_range("2020", periods=3000),
    ):
        named = homes.set_axis(index)
        ledger = snap(network, named)
        assert ledger.index.equals(index)
        assert set(ledger.edge_id) == {"a street"}
        table = distance_matrix(network, points((100, 0)), named, 50.0, demand_ledger=ledger)
        assert table.demand_id.tolist() == [index[at] for at in np.flatnonzero(np.abs(homes.geometry.x - 100) <= 47)]


@pytest.mark.parametrize(
    ("name", "lon", "lat"), [("Zhengzhou", 113.65, 34.75), ("Shaoguan", 113.6, 24.8), ("Urumqi", 87.6, 43.8)]
)
def test_p14_straight_distances_are_those_of_the_ellipsoid(name, lon, lat):
    rng = np.random.default_rng(len(name))
    geod = pyproj.Geod(ellps="WGS84")
    clinics = np.column_stack([rng.uniform(lon - 0.03, lon + 0.03, 40), rng.uniform(lat - 0.03, lat + 0.03, 40)])
    homes = np.column_stack([rng.uniform(lon - 0.03, lon + 0.03, 3000), rng.uniform(lat - 0.03, lat + 0.03, 3000)])
    # A tenth of the homes stand at the limit of a clinic, or a little off it.
    limit = 500.0
    at = rng.integers(0, 40, 300)
    off = rng.choice(OFF, 300)
    tied = geod.fwd(clinics[at, 0], clinics[at, 1], rng.uniform(0, 360, 300), limit + off)
    homes = np.concatenate([homes, np.column_stack(tied[:2])])
    every = [np.repeat(homes, 40, axis=0), np.tile(clinics, (len(homes), 1))]
    truth = geod.inv(*every[0].T, *every[1].T)[2].reshape(len(homes), 40).min(axis=1)
    utm = f"EPSG:{32600 + int((lon + 180) // 6) + 1}"
    for crs in (f"+proj=aeqd +lat_0={lat} +lon_0={lon} +datum=WGS84 +units=m", "EPSG:4547", utm):
        if name == "Urumqi" and crs == "EPSG:4547":
            continue
        layers = [gpd.GeoDataFrame(geometry=shapely.points(xy), crs="EPSG:4326").to_crs(crs) for xy in (clinics, homes)]
        ground = Ground.over(pyproj.CRS(crs), tuple(layers[1].total_bounds))
        found = radius_distance(*layers, ground).distance_m.to_numpy()
        np.testing.assert_allclose(found, truth, rtol=0, atol=2e-5)
        sure = np.abs(truth - limit) > 1e-3
        assert 0.9 < sure.mean() < 1
        np.testing.assert_array_equal(found[sure] <= limit, truth[sure] <= limit)
        # without the ground the stretch of the CRS stays in, as much as the check of the CRS tells
        plain = radius_distance(*layers).distance_m.to_numpy()
        stretch = scale_error(pyproj.CRS(crs), *homes.T)
        assert (np.abs(plain - truth) <= 1.01 * stretch * truth + 1e-5).all()


def test_reaches_given_as_time_and_as_distance_are_one(grid, points):
    network = WalkNetwork.from_edges(grid(12, 100.0))
    walk = Reach.walk(15, metres_per_second=1.1)
    by_distance = reached_street_m(network, points((0, 0)), 990.0)
    assert reached_street_m(network, points((0, 0)), walk.metres) == pytest.approx(by_distance, rel=1e-12)
