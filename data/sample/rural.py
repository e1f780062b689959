"""Synthetic country: lanes inside villages and winding roads that join every village and town."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import dijkstra, minimum_spanning_tree
from scipy.spatial import Delaunay, cKDTree

from sample.arithmetic import generator
from sample.places import Settlement
from sample.streets import components


def village_lanes(centres: np.ndarray) -> gpd.GeoDataFrame:
    """Lay a main street with side lanes through every village centre."""
    rng = generator(5)
    rows: list[tuple[shapely.Geometry, str]] = []
    for centre in centres:
        turn = rng.uniform(0, np.pi)
        along, across = np.array([np.cos(turn), np.sin(turn)]), np.array([-np.sin(turn), np.cos(turn)])
        reach = rng.uniform(110, 260, 2) * (1, -1)
        for end in reach:
            bend = centre + along * end * 0.5 + across * rng.normal(0, 9)
            stop = centre + along * end + across * rng.normal(0, 25)
            rows.append((shapely.LineString([centre, bend, stop]), "residential"))
            if rng.random() < 0.5:
                side = rng.choice([-1.0, 1.0]) * rng.uniform(70, 190)
                stop = bend + across * side + along * rng.normal(0, 14)
                rows.append((shapely.LineString([bend, stop]), "residential" if rng.random() < 0.7 else "footway"))
    return gpd.GeoDataFrame({"highway": [row[1] for row in rows], "name": ""}, geometry=[row[0] for row in rows])


def gates(streets: gpd.GeoDataFrame, settlement: Settlement, spacing_m: float) -> np.ndarray:
    """Return street corners near the edge of a town where country roads come in, shape (n, 2)."""
    lines = streets.geometry.to_numpy()
    component, size = components(lines)
    lines = lines[component == size.argmax()]  # a road that ends on a cut-off corner of town would join nothing
    ends = np.unique(shapely.get_coordinates(shapely.get_point(lines, [[0], [-1]]).ravel()), axis=0)
    border = settlement.area.boundary
    near = ends[shapely.distance(border, shapely.points(ends)) < 260]
    if len(near) < 4:
        near = ends
    place = border.project(shapely.points(near))
    slot = np.floor(place / spacing_m).astype(int)
    _, first = np.unique(slot, return_index=True)
    return near[first]


def country_roads(
    villages: np.ndarray, towns: list[Settlement], town_gates: list[np.ndarray], region: shapely.Geometry
) -> gpd.GeoDataFrame:
    """Join every village and town by a spanning tree of the nearest neighbours and some further links."""
    rng = generator(6)
    xy = np.concatenate([villages, *town_gates])
    owner = np.concatenate([np.full(len(villages), -1), *[np.full(len(g), i) for i, g in enumerate(town_gates)]])
    pairs = _neighbours(xy)
    lengths = np.hypot(*(xy[pairs[:, 0]] - xy[pairs[:, 1]]).T)
    same = (owner[pairs[:, 0]] == owner[pairs[:, 1]]) & (owner[pairs[:, 0]] >= 0)
    straight = shapely.linestrings(np.stack([xy[pairs[:, 0]], xy[pairs[:, 1]]], axis=1))
    built_up = shapely.union_all([town.area for town in towns])
    shapely.prepare(built_up)
    through = shapely.length(shapely.intersection(straight, built_up)) > 120
    outside = shapely.length(shapely.difference(straight, region.buffer(200))) > 100
    cost = np.where(same, 0.001, lengths * np.where(through & ~same, 60.0, 1.0) * np.where(outside, 8.0, 1.0))
    graph = coo_array((cost, (pairs[:, 0], pairs[:, 1])), shape=(len(xy), len(xy))).tocsr()
    tree = minimum_spanning_tree(graph).tocoo()
    links = np.sort(np.column_stack([tree.row, tree.col]), axis=1).tolist()
    highway = dict.fromkeys(map(tuple, links), "unclassified")
    middle = (xy[pairs[:, 0]] + xy[pairs[:, 1]]) / 2
    gabriel = cKDTree(xy).query(middle)[0] >= lengths / 2 - 1e-6
    extra = gabriel & ~through & ~outside & ~same & (lengths < 3500) & (rng.random(len(pairs)) < 0.42)
    highway |= dict.fromkeys(map(tuple, pairs[extra].tolist()), "unclassified")
    _raise_main_roads(highway, graph, owner, towns)
    for pair in map(tuple, pairs[same].tolist()):
        highway.pop(pair, None)
    roads = sorted(highway)
    lines = [_winding(xy[i], xy[j], rng) for i, j in roads]
    return gpd.GeoDataFrame({"highway": [highway[road] for road in roads], "name": ""}, geometry=lines)


def _neighbours(xy: np.ndarray) -> np.ndarray:
    corners = Delaunay(xy).simplices
    pairs = np.concatenate([corners[:, [0, 1]], corners[:, [1, 2]], corners[:, [0, 2]]])
    return np.unique(np.sort(pairs, axis=1), axis=0)


def _raise_main_roads(
    highway: dict[tuple[int, int], str], graph: csr_array, owner: np.ndarray, towns: list[Settlement]
) -> None:
    """Make the shortest ways from township towns to county towns, and from these to the city, main roads."""
    kinds = np.array([town.kind for town in towns])
    for goal, start, label in ((("central", "town"), "township", "tertiary"), (("central",), "town", "secondary")):
        goals = np.flatnonzero((owner >= 0) & np.isin(kinds[owner], goal))
        distance, before, _ = dijkstra(graph, directed=False, indices=goals, min_only=True, return_predecessors=True)
        for town in np.flatnonzero(kinds == start):
            doors = np.flatnonzero(owner == town)
            node = int(doors[distance[doors].argmin()])
            while before[node] >= 0:
                step = int(before[node])
                highway[min(node, step), max(node, step)] = label
                node = step


def _winding(start: np.ndarray, stop: np.ndarray, rng: np.random.Generator) -> shapely.Geometry:
    """Draw a country road: a bow with small bends that stays near the straight line."""
    way = stop - start
    length = float(np.hypot(*way))
    across = np.array([-way[1], way[0]]) / max(length, 1.0)
    steps = np.linspace(0, 1, 2 + min(7, int(length / 330)))
    bow = rng.normal(0, 0.045) * length * np.sin(np.pi * steps)
    bends = rng.normal(0, min(22.0, 0.03 * length), len(steps)) * np.sin(np.pi * steps) ** 0.5
    return shapely.LineString(start + steps[:, None] * way + (bow + bends)[:, None] * across)
