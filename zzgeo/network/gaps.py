"""Ends of streets that meet others across a gap: joined within a tolerance, told beyond it."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from zzgeo.errors import Problem
from zzgeo.network.components import connected_components
from zzgeo.network.graph import COINCIDE_M, StreetGraph
from zzgeo.network.lines import Floats, Ints, Lines
from zzgeo.network.places import chained, near_pairs

Bools = NDArray[np.bool_]

#: An end that comes so near another street without joining it is told.
NEAR_M = 0.5

#: Lines are looked at by squares so wide, or so many squares across a region.
_SQUARE_M, _MOST_SQUARES = 120.0, 2000
#: How many places a note names.
_NAMED = 3
#: The table of joins: its columns and their types.
JOINS = {"kind": "object", "metres": "float64", "x": "float64", "y": "float64", "edges": "object"}


def loose_ends(network: StreetGraph) -> gpd.GeoDataFrame:
    """Return the places where streets of a line layer were joined over a gap, or end beside another without joining it.

    Parameters
    ----------
    network
        Built with `WalkNetwork.from_edges`; streets that name their nodes (OpenStreetMap) have no such places.

    Returns
    -------
    GeoDataFrame, shape (n_places, 3)
        Points in the network's CRS. ``kind``: ``"joined"`` (over a gap of over 1 cm and within the tolerance),
        ``"gap"`` (an end that stops up to half a metre short of another street), ``"touches"`` (an end that lies on
        another street which has no vertex there, or is a bridge). ``metres``: how wide the gap is. ``edges``: the
        labels of the streets in the table the network was made from, the one that ends first.

    Examples
    --------
    >>> from zzgeo.network import WalkNetwork
    >>> lines = shapely.linestrings([[(0, 0), (100, 0)], [(50, 0.2), (50, 90)], [(50, 90.05), (50, 200)]])
    >>> network = WalkNetwork.from_edges(gpd.GeoDataFrame(geometry=lines, crs="EPSG:4547"))
    >>> loose_ends(network).round({"metres": 3})[["kind", "metres", "edges"]].values.tolist()
    [['joined', 0.05, '2, 1'], ['gap', 0.2, '1, 0']]
    """
    joins = _table([]) if network.joins is None else network.joins
    points = gpd.points_from_xy(joins["x"], joins["y"])
    return gpd.GeoDataFrame(joins[["kind", "metres", "edges"]], geometry=points, crs=network.crs)


def joined_over_gaps(
    edges: gpd.GeoDataFrame, u: Ints, v: Ints, node_xy: Floats, hang: Bools, join_m: float
) -> tuple[gpd.GeoDataFrame, Ints, Ints, Floats, pd.DataFrame]:
    """Make nodes within `join_m` of each other one node; streets of those given up are led on to the one that stays.

    A node of most streets stays. Junctions of bridges or tunnels alone (`hang`) join nothing, nor do the two ends of
    a street that is no longer than the gap.

    Returns
    -------
    edges, u, v, node_xy, joins
        As they are then, and the table of joins.
    """
    pairs = near_pairs(node_xy, join_m)
    pairs = pairs[~hang[pairs].any(axis=1)]
    if len(pairs):
        pairs = pairs[~_joined_by_short_edges(pairs, edges, u, v, node_xy)]
    if not len(pairs):
        return edges, u, v, node_xy, _table([])
    n = len(node_xy)
    group, degree = chained(pairs, node_xy), np.bincount(np.concatenate([u, v]), minlength=n)
    fewest = np.lexsort((-np.arange(n), degree))
    stays = np.empty(n, dtype=np.int64)
    stays[group[fewest]] = fewest
    stays = stays[group]
    given_up = np.flatnonzero(stays != np.arange(n))
    joins = _joins(edges, u, v, node_xy, given_up, stays)
    edges = _led_on(edges, u, v, node_xy, stays)
    kept = stays == np.arange(n)
    rank = np.cumsum(kept) - 1
    return edges, rank[stays[u]], rank[stays[v]], node_xy[kept], joins


def _joined_by_short_edges(pairs: Ints, edges: gpd.GeoDataFrame, u: Ints, v: Ints, node_xy: Floats) -> Bools:
    """Tell which pairs of nodes have streets between them that are as short as the gap: they are walked as they are.

    A gate is such a street, in two pieces: joined over, it would stand open.
    """
    gap = np.hypot(*(node_xy[pairs[:, 0]] - node_xy[pairs[:, 1]]).T)
    short = shapely.length(edges.geometry.array) <= 2 * gap.max() + COINCIDE_M
    _, piece = connected_components(u[short], v[short], len(node_xy))
    bridged: Bools = piece[pairs[:, 0]] == piece[pairs[:, 1]]
    return bridged


def _joins(edges: gpd.GeoDataFrame, u: Ints, v: Ints, xy: Floats, given_up: Ints, stays: Ints) -> pd.DataFrame:
    """Return the table of joins: where the ends were, how far they were led on, and the streets on both sides."""
    metres = np.hypot(*(xy[given_up] - xy[stays[given_up]]).T)
    node = np.concatenate([u, v])
    involved = np.zeros(len(xy), dtype=bool)
    involved[given_up] = involved[stays[given_up]] = True
    tips = np.flatnonzero(involved[node])
    labels = edges.index.to_numpy()[tips % len(u)]
    named = pd.Series(labels, dtype=object).groupby(node[tips]).first()
    rows = [
        ("joined", float(gap), *xy[old].tolist(), f"{named[old]}, {named[stays[old]]}")
        for old, gap in zip(given_up, metres, strict=True)
    ]
    return _table(rows)


def _led_on(edges: gpd.GeoDataFrame, u: Ints, v: Ints, node_xy: Floats, stays: Ints) -> gpd.GeoDataFrame:
    """Return the streets with those that end at a node given up led on, straight, to the one that stays."""
    shapes = np.array(edges.geometry.array, dtype=object)
    for row in np.flatnonzero((stays[u] != u) | (stays[v] != v)):
        xy = [shapely.get_coordinates(shapes[row])]
        if stays[u[row]] != u[row]:
            xy.insert(0, node_xy[[stays[u[row]]]])
        if stays[v[row]] != v[row]:
            xy.append(node_xy[[stays[v[row]]]])
        shapes[row] = shapely.LineString(np.concatenate(xy))
    return edges.set_geometry(gpd.GeoSeries(shapes, index=edges.index, crs=edges.crs))


def left_apart(edges: gpd.GeoDataFrame, u: Ints, v: Ints, node_xy: Floats) -> pd.DataFrame:
    """Return the table of ends of one street that lie on, or within half a metre of, a street they do not join."""
    node = np.concatenate([u, v])
    tip = np.flatnonzero(np.bincount(node, minlength=len(node_xy))[node] == 1)
    edge, start = tip % len(u), tip < len(u)
    shapes = np.asarray(edges.geometry.array)
    points = shapely.points(node_xy[node[tip]])
    some = _perhaps_near(shapes, node_xy[node[tip]])
    of, other = shapely.STRtree(shapes[some]).query(points, predicate="dwithin", distance=NEAR_M)
    other = some[other]
    beyond = np.where(start, v[edge], u[edge])
    stub = shapely.length(shapes[edge]) <= 2 * NEAR_M
    # the end of a stub is near all streets of the crossing it starts from
    beside = stub[of] & ((u[other] == beyond[of]) | (v[other] == beyond[of]))
    kept = (other != edge[of]) & ~beside
    of, other = of[kept], other[kept]
    metres = shapely.distance(points[of], shapes[other])
    back, back_m = _back_on_itself(shapes[edge], start, points)
    of, other = np.concatenate([of, back]), np.concatenate([other, edge[back]])
    metres = np.concatenate([metres, back_m])
    order = np.lexsort((other, metres, of))
    order = order[np.unique(of[order], return_index=True)[1]]
    labels, places = edges.index, node_xy[node[tip]]
    rows = [
        ("gap" if gap > COINCIDE_M else "touches", gap, *places[at].tolist(), f"{labels[edge[at]]}, {labels[near]}")
        for at, near, gap in zip(of[order], other[order], metres[order].tolist(), strict=True)
    ]
    return _table(rows)


def passed(edges: gpd.GeoDataFrame, u: Ints, v: Ints, node_xy: Floats, on: tuple[Ints, Ints]) -> pd.DataFrame:
    """Return the table of crossings that lie on a street which passes them by; ends of one street alone are elsewhere.

    Parameters
    ----------
    edges, u, v, node_xy
        Streets, the nodes of their ends, and where nodes are.
    on
        Nodes that lie on a street they do not join, and that street.
    """
    ends = np.concatenate([u, v])
    node, edge = (values[np.bincount(ends, minlength=len(node_xy))[on[0]] > 1] for values in on)
    if not len(node):
        return _table([])
    labels = edges.index.to_numpy()
    first = np.full(len(node_xy), len(u))
    np.minimum.at(first, ends, np.arange(len(ends)) % len(u))
    once = np.unique(node, return_index=True)[1]
    rows = [
        ("touches", 0.0, *node_xy[at].tolist(), f"{labels[first[at]]}, {labels[by]}")
        for at, by in zip(node[once].tolist(), edge[once].tolist(), strict=True)
    ]
    return _table(rows)


def _perhaps_near(shapes: NDArray[np.object_], xy: Floats) -> Ints:
    """Return the rows of lines that lie in a square with one of some places, or are longer than a square is wide.

    Most lines of a city do not: a search tree of all takes longer than all the rest.
    """
    if not len(xy):
        return np.empty(0, dtype=np.int64)
    west, south, east, north = shapely.bounds(shapes).T
    corner = np.array([west.min(), south.min()]) - NEAR_M
    wide = max(_SQUARE_M, float(max(east.max() - corner[0], north.max() - corner[1])) / _MOST_SQUARES)
    squares = [((values - start) / wide).astype(np.int64) for values, start in zip(xy.T, corner, strict=True)]
    held = np.zeros((_MOST_SQUARES + 2, _MOST_SQUARES + 2), dtype=bool)
    held[squares[0], squares[1]] = True
    left, low, right, high = (
        ((values - start + shift) / wide).astype(np.int64)
        for values, start, shift in zip(
            (west, south, east, north), np.tile(corner, 2), (-NEAR_M, -NEAR_M, NEAR_M, NEAR_M), strict=True
        )
    )
    beyond = (right - left > 1) | (high - low > 1)
    near = held[left, low] | held[left, high] | held[right, low] | held[right, high]
    return np.flatnonzero(near | beyond)


def _back_on_itself(shapes: NDArray[np.object_], start: Bools, points: Any) -> tuple[Ints, Floats]:
    """Return which lines end beside themselves further up, and how far beside."""
    length = shapely.length(shapes)
    curved = np.flatnonzero((shapely.get_num_points(shapes) > 3) & (length > 8 * NEAR_M))
    ahead, length = start[curved], length[curved]
    low, high = np.where(ahead, 4 * NEAR_M, 0.0), np.where(ahead, length, length - 4 * NEAR_M)
    rest = Lines.of(shapes[curved]).pieces(np.arange(len(curved)), low, high)
    metres = shapely.distance(points[curved], rest)
    near = metres <= NEAR_M
    return curved[near], metres[near]


def notes(over: pd.DataFrame, apart: pd.DataFrame, join_m: float) -> list[Problem]:
    """Return what is told of gaps that were joined, and of ends left apart."""
    problems = []
    if len(over):
        value = f"{len(over)} ends, up to {over['metres'].max():.2f} m apart, e.g. {_named(over)}"
        why = f"ends within {join_m:g} m of each other are one crossing"
        remedy = "mend the layer where they are two (zzgeo.network.loose_ends lists all)"
        problems.append(Problem("network.joined", "streets", value, why, remedy, "warning"))
    if len(apart):
        value = f"{len(apart)} ends, e.g. {_named(apart)}"
        why = f"they lie on another street or within {NEAR_M:g} m of it and do not join it: nobody walks across"
        remedy = "mend the layer (zzgeo.network.loose_ends lists all); join_m joins ends, node = true ends on a street"
        problems.append(Problem("network.touching", "streets", value, why, remedy, "warning"))
    return problems


def _named(rows: pd.DataFrame) -> str:
    first = rows.head(_NAMED).itertuples(index=False)
    return "; ".join(f"{row.metres:.2f} m at {row.x:.1f}, {row.y:.1f} (streets {row.edges})" for row in first)


def _table(rows: list[tuple[Any, ...]]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=list(JOINS)).astype(JOINS)
