"""Many points find their streets in a grid of segments: the same edges at the same distances as in a search tree."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely

from zzgeo.network import WalkNetwork, snap, snapping

CRS = "EPSG:4547"


def both(network, places, monkeypatch, **options):
    monkeypatch.setattr(snapping, "GRID_FROM", 1)
    grid = snap(network, places, **options)
    monkeypatch.setattr(snapping, "GRID_FROM", np.inf)
    return grid, snap(network, places, **options)


def town(rng, scale=1.0):
    xy = np.stack(np.meshgrid(np.arange(12), np.arange(12)), axis=-1) * 100.0
    xy = xy + rng.choice([0.0, 1.0]) * rng.uniform(-30, 30, xy.shape)
    pairs = [*zip(xy[:-1].reshape(-1, 2), xy[1:].reshape(-1, 2), strict=True)]
    pairs += [*zip(xy[:, :-1].reshape(-1, 2), xy[:, 1:].reshape(-1, 2), strict=True)]
    lines = [shapely.LineString([u, (u + v) / 2, v]) for u, v in pairs if rng.random() < 0.6]
    lines += [shapely.LineString([(5000, 0), (5000, 90)]), shapely.LineString([(1500, 50), (4000, 1900)])]
    return gpd.GeoDataFrame(geometry=lines, crs=CRS).scale(scale, scale, origin=(0, 0)).to_frame("geometry")


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("max_m", [200.0, 1e5])
def test_the_grid_and_the_tree_snap_every_point_alike_to_the_bit(seed, max_m, monkeypatch):
    rng = np.random.default_rng(seed)
    network = WalkNetwork.from_edges(town(rng, scale=rng.choice([0.1, 1.0, 7.0])))
    low_x, low_y, high_x, high_y = network.edges.total_bounds
    xy = np.concatenate(
        [
            rng.uniform((-300, -300), (1400, 1400), (2000, 2)),
            rng.uniform((low_x - 9000, low_y - 9000), (high_x + 9000, high_y + 9000), (200, 2)),
            # Halfway between parallel streets, and on crossings: as many ties as can be.
            rng.integers(-2, 26, (800, 2)) * 50.0,
            network.node_xy[:100],
        ]
    )
    grid, tree = both(network, gpd.GeoDataFrame(geometry=shapely.points(xy), crs=CRS), monkeypatch, max_m=max_m)
    assert grid.equals(tree)
    assert len(set(tree.status)) >= 3


def test_positions_along_bent_lines_are_the_same_to_the_bit(monkeypatch):
    """Corners, a line that comes back to where it was, and a vertex that stands twice."""
    rng = np.random.default_rng(5)
    steps = rng.uniform(-60, 60, (60, 9, 2))
    steps[:, 0] = rng.uniform(0, 900, (6, 2)).repeat(10, axis=0)  # ten streets from each of six crossings
    bent = shapely.linestrings(steps.cumsum(axis=1))
    eight = shapely.LineString([(0, 0), (100, 100), (100, 0), (0, 100), (0, 0), (0, 0), (-80, 0)])
    network = WalkNetwork.from_edges(gpd.GeoDataFrame(geometry=[*bent, eight], crs=CRS))
    xy = np.concatenate([rng.uniform(-200, 1200, (4000, 2)), rng.integers(-8, 12, (500, 2)) * 10.0, [(50, 50), (0, 0)]])
    places = gpd.GeoDataFrame(geometry=shapely.points(xy), crs=CRS)
    grid, tree = both(network, places, monkeypatch)
    assert grid.equals(tree)
    on = tree.edge_id.notna().to_numpy()
    lines = network.edges.geometry.loc[tree.edge_id[on]].to_numpy()
    assert (shapely.line_locate_point(lines, places.geometry[on].to_numpy()) == grid.offset_m[on]).all()


def test_islands_are_left_alike_by_the_grid_and_the_tree(monkeypatch):
    rng = np.random.default_rng(9)
    island = [shapely.LineString([(x, y), (x + 40, y)]) for x, y in rng.uniform(-300, 1400, (60, 2))]
    network = WalkNetwork.from_edges(gpd.GeoDataFrame(geometry=[*town(rng).geometry, *island], crs=CRS))
    places = gpd.GeoDataFrame(geometry=shapely.points(rng.uniform(-300, 1400, (4000, 2))), crs=CRS)
    grid, tree = both(network, places, monkeypatch)
    assert grid.equals(tree)
    assert set(tree.status) >= {"ok", "moved", "island"}
    grid, tree = both(network, places, monkeypatch, max_m=1e6)
    assert grid.equals(tree)


def test_snapped_positions_lie_where_they_say(monkeypatch):
    rng = np.random.default_rng(3)
    network = WalkNetwork.from_edges(town(rng))
    places = gpd.GeoDataFrame(geometry=shapely.points(rng.uniform(-100, 1200, (3000, 2))), crs=CRS)
    ledger = snap(network, places)
    on = ledger.edge_id.notna()
    lines = network.edges.geometry.loc[ledger.edge_id[on]].to_numpy()
    there = shapely.line_interpolate_point(lines, ledger.offset_m[on].to_numpy())
    np.testing.assert_allclose(shapely.distance(there, places.geometry[on].to_numpy()), ledger.snap_m[on], atol=1e-9)
    others = shapely.distance(np.asarray(network.edges.geometry)[:, None], places.geometry.to_numpy()[:200][None, :])
    near = ledger.status[:200].isin(["ok", "warn"])
    np.testing.assert_allclose(ledger.snap_m[:200][near], others.min(axis=0)[near], atol=1e-9)


def test_the_distance_that_warns_is_a_parameter(lines, points):
    network = WalkNetwork.from_edges(lines([(0, 0), (1000, 0)]))
    homes = points((0, 50), (0, 51), (0, 150))
    assert snap(network, homes).status.tolist() == ["ok", "ok", "warn"]
    assert snap(network, homes, warn_m=50.0).status.tolist() == ["ok", "warn", "warn"]


def test_a_hundred_thousand_points_stand_where_a_few_of_them_do():
    rng = np.random.default_rng(4)
    network = WalkNetwork.from_edges(town(rng))
    xy = rng.uniform(-100, 1200, (100_000, 2))
    places = gpd.GeoDataFrame(geometry=shapely.points(xy), crs=CRS)
    few, ledger = snap(network, places.iloc[:1_000]), snap(network, places)
    assert len(ledger) == 100_000
    assert ledger.iloc[:1_000].equals(few)
