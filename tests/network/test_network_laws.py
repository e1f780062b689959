"""Laws that hold in every city, without knowing the answer."""

from __future__ import annotations

import drawn
import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import affinity
from shapely.ops import substring

from zzgeo.network import (
    Reach,
    WalkNetwork,
    nearest,
    radius_distance,
    reached_pieces,
    reached_street_m,
    service_areas,
)
from zzgeo.network.areas import VERGE_SEGMENTS

CRS = "EPSG:4547"
seeds = st.integers(0, 2**32 - 1)
few = settings(max_examples=25, deadline=None)


def city(seed):
    """Return streets of a crooked grid with gaps, five facilities and thirty homes; nothing lies on a tie."""
    rng = np.random.default_rng(seed)
    xy = np.stack(np.meshgrid(np.arange(6), np.arange(6)), axis=-1) * 100.0 + rng.uniform(-30, 30, (6, 6, 2))
    streets = []
    for a, b in [(xy[:-1], xy[1:]), (xy[:, :-1], xy[:, 1:])]:
        for u, v in zip(a.reshape(-1, 2), b.reshape(-1, 2), strict=True):
            streets.append([u, (u + v) / 2 + rng.uniform(-8, 8, 2), v])
    kept = [street for street in streets if rng.random() < 0.8]
    return table(shapely.linestrings(kept)), places(rng, 5), places(rng, 30)


def table(geometry):
    return gpd.GeoDataFrame(geometry=geometry, crs=CRS)


def places(rng, count):
    return table(shapely.points(rng.uniform(0, 500, (count, 2))))


def walks(streets, facilities, homes, **options):
    # Islands are snapped to by length; a limit that reaches everywhere keeps changes of the city comparable.
    return nearest(WalkNetwork.from_edges(streets), facilities, homes, max_snap_m=1e5, **options).distance_m.to_numpy()


@few
@given(seeds)
def test_a_longer_reach_never_covers_less(seed):
    streets, facilities, _ = city(seed)
    network = WalkNetwork.from_edges(streets)
    reached = [reached_street_m(network, facilities, metres) for metres in (30, 55.5, 155.5, 355.5, 1e6)]
    assert np.all(np.diff(reached) >= -1e-9)
    shorter, longer = (Reach.along_streets(metres) for metres in (155.5, 355.5))
    both = service_areas(network, facilities, [shorter, longer])
    areas = [both.xs(reach.metres, level="reach_m") for reach in (shorter, longer)]
    assert (areas[1].street_m >= areas[0].street_m).all()
    assert beyond(areas[0], areas[1]).max() < 1e-3
    # asked for alone each has corners of its own in the arcs of its verge, none further in than an arc is high
    alone = [service_areas(network, facilities, reach, verge=25.0) for reach in (shorter, longer)]
    arc_m = 25.0 * (1 - np.cos(np.pi / (4 * VERGE_SEGMENTS)))
    assert beyond(alone[0].geometry, alone[1].buffer(arc_m)).max() < 1e-3


def beyond(areas, others):
    """Return the square metres of each area outside another; on a grid, for without one GEOS may invent some."""
    return shapely.area(shapely.difference(np.asarray(areas.geometry), np.asarray(others.geometry), grid_size=1e-6))


def test_the_longer_reach_of_a_city_for_which_geos_invents_ground_covers_the_shorter():
    test_a_longer_reach_never_covers_less.hypothesis.inner_test(542)


@few
@given(seeds)
def test_one_more_facility_never_lengthens_a_walk(seed):
    streets, facilities, homes = city(seed)
    assert (walks(streets, facilities, homes) <= walks(streets, facilities.iloc[:-1], homes)).all()


@few
@given(seeds, st.integers(0, 10**6))
def test_one_street_fewer_never_shortens_a_walk_between_the_same_positions(seed, which):
    streets, _, _ = city(seed)
    network = WalkNetwork.from_edges(streets)
    crossings = table(shapely.points(network.node_xy))
    fewer = streets.drop(streets.index[which % len(streets)])
    before = nearest(network, crossings.iloc[:5], crossings).distance_m.to_numpy()
    left = WalkNetwork.from_edges(fewer)
    there = shapely.points(left.node_xy)
    gone = shapely.distance(crossings.geometry.array, shapely.MultiPoint(there)) > 0.01
    after = nearest(left, crossings.iloc[:5], crossings, max_snap_m=0.01).distance_m.to_numpy()
    assert (after[~gone] >= before[~gone] - 1e-9).all()


@few
@given(seeds)
def test_streets_never_reach_beyond_the_straight_line(seed):
    streets, facilities, homes = city(seed)
    assert (walks(streets, facilities, homes) >= radius_distance(facilities, homes).distance_m - 1e-9).all()
    network = WalkNetwork.from_edges(streets)
    pieces = reached_pieces(network, facilities, 222.2)
    circles = shapely.union_all(shapely.buffer(facilities.geometry.array, 222.3, quad_segs=64))
    assert pieces.within(circles).all()


@few
@given(seeds)
def test_walks_are_as_long_there_as_back_and_obey_the_triangle_inequality(seed):
    streets, _, homes = city(seed)
    network = WalkNetwork.from_edges(streets)
    homes = homes.iloc[:8]
    found = nearest(network, homes, homes, k=8)
    matrix = np.full((8, 8), np.inf)
    for (home, _), other, metres in zip(found.index, found.facility_id, found.distance_m, strict=True):
        if np.isfinite(metres):
            matrix[home, other] = metres
    np.testing.assert_allclose(matrix, matrix.T, atol=1e-9)
    through = (matrix[:, :, None] + matrix[None, :, :]).min(axis=1)
    assert (matrix <= through + 1e-9).all()


@few
@given(seeds)
def test_the_union_of_single_service_areas_is_the_multi_source_result(seed):
    streets, facilities, homes = city(seed)
    network = WalkNetwork.from_edges(streets)
    together = nearest(network, facilities, homes).distance_m
    single = [nearest(network, facilities.iloc[[at]], homes).distance_m for at in range(len(facilities))]
    np.testing.assert_array_equal(together, np.min(single, axis=0))
    pieces = [reached_pieces(network, facilities.iloc[[at]], 177.7) for at in range(len(facilities))]
    union = 0.0
    for _, spans in pd.concat(pieces).groupby("edge_id"):
        end = 0.0
        for low, high in sorted(zip(spans.from_m, spans.to_m, strict=True)):
            union += max(high - max(low, end), 0.0)
            end = max(end, high)
    assert reached_street_m(network, facilities, 177.7) == pytest.approx(union, abs=1e-6)


@few
@given(seeds, drawn.grid(-1e6, 1e6), drawn.grid(0, 360, drawn.CENTIMETRE))
def test_moving_and_turning_the_city_changes_nothing(seed, shift, degrees):
    layers = city(seed)
    moved = [
        layer.set_geometry(layer.rotate(degrees, origin=(250, 250)).translate(shift, 3.8e6 - shift)) for layer in layers
    ]
    np.testing.assert_allclose(walks(*moved), walks(*layers), atol=1e-6)
    reached = [reached_street_m(WalkNetwork.from_edges(one[0]), one[1], 155.5) for one in (layers, moved)]
    assert reached[0] == pytest.approx(reached[1], abs=1e-5)


@few
@given(seeds)
def test_the_order_of_rows_and_the_direction_of_lines_change_nothing(seed):
    streets, facilities, homes = city(seed)
    rng = np.random.default_rng(seed)
    wanted = nearest(WalkNetwork.from_edges(streets), facilities, homes, k=3)
    turned = streets.sample(frac=1, random_state=seed % 2**32)
    back = rng.random(len(turned)) < 0.5
    turned = turned.set_geometry(np.where(back, shapely.reverse(turned.geometry.array), turned.geometry.array), crs=CRS)
    network = WalkNetwork.from_edges(turned)
    shuffled = facilities.sample(frac=1, random_state=1)
    found = nearest(network, shuffled, homes.iloc[::-1], k=3).sort_index()
    np.testing.assert_allclose(found.distance_m, wanted.sort_index().distance_m, atol=1e-9)
    assert found.facility_id.equals(wanted.sort_index().facility_id)
    a = service_areas(network, shuffled, Reach.along_streets(155.5), draw=False).street_m.sort_index()
    b = service_areas(WalkNetwork.from_edges(streets), facilities, Reach.along_streets(155.5), draw=False).street_m
    np.testing.assert_allclose(a, b, atol=1e-6)


@few
@given(seeds, st.sampled_from([0.5, 2.0, 3.0]))
def test_scaling_the_city_scales_the_walks(seed, factor):
    layers = city(seed)
    scaled = [layer.set_geometry(layer.scale(factor, factor, origin=(0, 0))) for layer in layers]
    # Components and limits of snapping do not scale; a street everywhere within the limits does.
    network, larger = WalkNetwork.from_edges(layers[0]), WalkNetwork.from_edges(scaled[0])
    tips = [table(shapely.points(one.node_xy)) for one in (network, larger)]
    found = [
        nearest(one, tip.iloc[:4], tip, max_snap_m=1.0).distance_m
        for one, tip in zip((network, larger), tips, strict=True)
    ]
    np.testing.assert_allclose(found[1], found[0] * factor, rtol=1e-12)


@few
@given(seeds, drawn.shares(0.01, 0.99))
def test_splitting_edges_by_new_nodes_changes_nothing(seed, share):
    streets, facilities, homes = city(seed)
    halves = [
        substring(line, *part, normalized=True) for line in streets.geometry for part in ((0.0, share), (share, 1.0))
    ]
    split = table(halves)
    np.testing.assert_allclose(walks(split, facilities, homes), walks(streets, facilities, homes), atol=1e-6)
    reached = [reached_street_m(WalkNetwork.from_edges(one), facilities, 155.5) for one in (streets, split)]
    assert reached[0] == pytest.approx(reached[1], abs=1e-6)


@few
@given(seeds)
def test_a_far_island_changes_nothing(seed):
    streets, facilities, homes = city(seed)
    away = table([affinity.translate(line, 50_000, 0) for line in streets.geometry[:3]])
    both = table([*streets.geometry, *away.geometry])
    np.testing.assert_array_equal(
        nearest(WalkNetwork.from_edges(streets), facilities, homes).distance_m,
        nearest(WalkNetwork.from_edges(both), facilities, homes).distance_m,
    )


def test_two_runs_give_the_same_bytes():
    streets, facilities, homes = city(7)
    runs = []
    for _ in range(2):
        network = WalkNetwork.from_edges(streets)
        found = nearest(network, facilities, homes, k=2)
        areas = service_areas(network, facilities, Reach.along_streets(155.5))
        runs.append((found.to_csv(), areas.to_wkb(hex=True).to_csv(), network.edges.to_wkb(hex=True).to_csv()))
    assert runs[0] == runs[1]
