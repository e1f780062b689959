"""Streets that run along others: cut where the others end, so that one drawn twice in other pieces is one street."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from zzgeo.network.graph import COINCIDE_M
from zzgeo.network.lines import Floats, Ints, Lines

Bools = NDArray[np.bool_]

#: A street that leaves another is off it by more than 1 cm after so many metres, or in its middle if it is shorter.
_ALONG_M = 5.0


def on_other_streets(
    shapes: NDArray[np.object_], u: Ints, v: Ints, node_xy: Floats, level: Floats | None = None
) -> tuple[Ints, Ints]:
    """Return the nodes that lie on a street which does not lead from or to them, and that street.

    Parameters
    ----------
    shapes
        LineStrings in metres, shape (n_edges,), from ``u`` to ``v``, in either direction.
    u, v, node_xy
        Nodes of the two ends, shape (n_edges,), and where nodes are, shape (n_nodes, 2).
    level
        Of each street, shape (n_edges,): a node lies on streets of the level of one of its own alone.

    Returns
    -------
    nodes, edges
        Shape (n_pairs,) each.
    """
    if not len(shapes):
        return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
    # nearly every pair is a street and its own end: what the boxes find is sorted out before anything is measured
    around = shapely.box(*(node_xy - COINCIDE_M).T, *(node_xy + COINCIDE_M).T)
    node, edge = shapely.STRtree(shapes).query(around)
    apart = (u[edge] != node) & (v[edge] != node)
    node, edge = node[apart], edge[apart]
    near = shapely.distance(shapely.points(node_xy[node]), shapes[edge]) <= COINCIDE_M
    node, edge = node[near], edge[near]
    if level is not None and len(node):
        lowest, highest = np.full(len(node_xy), np.inf), np.full(len(node_xy), -np.inf)
        for ends in (u, v):
            np.minimum.at(lowest, ends, level)
            np.maximum.at(highest, ends, level)
        same = (level[edge] >= lowest[node]) & (level[edge] <= highest[node])
        node, edge = node[same], edge[same]
    return node, edge


def cut_where_turned_back(table: gpd.GeoDataFrame, level: Floats) -> gpd.GeoDataFrame:
    """Return lines that end where they turn round and go back over themselves, in their order; the labels repeat.

    Those above and below the ground are left whole: their ends lead to the ground, and their turns do not.
    """
    lines = Lines.of(table.geometry.array)
    inner = np.ones(len(lines.xy), dtype=bool)
    inner[lines.start[:-1]] = inner[lines.start[1:] - 1] = False
    vertex = np.flatnonzero(inner)
    before, behind = lines.xy[vertex - 1] - lines.xy[vertex], lines.xy[vertex + 1] - lines.xy[vertex]
    shorter, longer = np.sort([np.hypot(*before.T), np.hypot(*behind.T)], axis=0)
    off = np.abs(before[:, 0] * behind[:, 1] - before[:, 1] * behind[:, 0])
    turned = ((before * behind).sum(axis=1) > 0) & (off <= COINCIDE_M * longer) & (shorter > COINCIDE_M)
    row = lines.owner(vertex)
    turned &= level[row] == 0
    if not turned.any():
        return table
    at, row = vertex[turned], row[turned]
    shapes = [[shape] for shape in table.geometry.array]
    for one in np.unique(row).tolist():
        xy = shapely.get_coordinates(shapes[one][0], include_z=bool(shapely.has_z(shapes[one][0])))
        cuts = [0, *(at[row == one] - lines.start[one]).tolist(), len(xy) - 1]
        shapes[one] = [shapely.LineString(xy[first : last + 1]) for first, last in pairwise(cuts)]
    pieces = table.iloc[np.repeat(np.arange(len(table)), list(map(len, shapes)))]
    return pieces.set_geometry([part for parts in shapes for part in parts], crs=table.crs)


def cut_where_others_end(
    table: gpd.GeoDataFrame,
    pieces: gpd.GeoDataFrame,
    ends: tuple[Ints, Ints, Floats],
    on: tuple[Ints, Ints],
    line: Ints,
) -> gpd.GeoDataFrame | None:
    """Return lines with a vertex more where a street that runs along them begins or ends; None where there is none.

    Parameters
    ----------
    table
        The lines, shape (n_lines, ...).
    pieces, ends
        The streets they make, shape (n_edges, ...), and ``u``, ``v`` and the places of their nodes.
    on
        The nodes that lie on a street they do not join, and these (`on_other_streets`).
    line
        Of each street the row of its line, shape (n_edges,).
    """
    u, v, node_xy = ends
    shapes = np.asarray(pieces.geometry.array, dtype=object)
    node, edge = on
    along = _along(shapes, u, v, node, edge)
    if not along.any():
        return None
    lines = np.array(table.geometry.array, dtype=object)
    for row in np.unique(line[edge[along]]).tolist():
        mine = along & (line[edge] == row)
        lines[row] = _with_vertices(lines[row], node_xy[node[mine]], shapes[edge[mine]])
    return table.set_geometry(gpd.GeoSeries(lines, index=table.index, crs=table.crs))


def _along(shapes: NDArray[np.object_], u: Ints, v: Ints, node: Ints, edge: Ints) -> Bools:
    """Tell of which pairs a street that ends at the node runs along the street it lies on."""
    along = np.zeros(len(node), dtype=bool)
    if not len(node):
        return along
    tip = np.concatenate([u, v])
    order = np.argsort(tip, kind="stable")
    first, last = (np.searchsorted(tip[order], node, side=side) for side in ("left", "right"))
    pair = np.repeat(np.arange(len(node)), last - first)
    place = np.arange(len(pair)) - np.repeat(np.cumsum(last - first) - (last - first), last - first)
    end = order[np.repeat(first, last - first) + place]
    own, at_start = end % len(u), end < len(u)
    length = shapely.length(shapes[own])
    ahead: Any = np.minimum(_ALONG_M, length / 2)
    beyond = shapely.line_interpolate_point(shapes[own], np.where(at_start, ahead, length - ahead))
    near = (ahead > COINCIDE_M) & (shapely.distance(beyond, shapes[edge[pair]]) <= COINCIDE_M)
    along[pair[near]] = True
    return along


def _with_vertices(line: Any, xy: Floats, pieces: NDArray[np.object_]) -> Any:
    """Return a line with vertices more at some places, each on its piece of the line.

    A line that goes there and back passes a place twice: its other passes are other pieces.
    """
    own = shapely.get_coordinates(line, include_z=bool(shapely.has_z(line)))
    begin, step = own[:-1, :2], np.diff(own[:, :2], axis=0)
    length = np.hypot(*step.T)
    walked = np.concatenate([[0.0], np.cumsum(length)])
    middle = shapely.points(begin + step / 2)
    more = []
    for place, piece in zip(xy, pieces, strict=True):
        ahead = ((place - begin) * step).sum(axis=1) / np.where(length > 0, length, 1.0)
        off = np.abs(step[:, 0] * (place - begin)[:, 1] - step[:, 1] * (place - begin)[:, 0])
        inside = (ahead > COINCIDE_M) & (length - ahead > COINCIDE_M) & (off <= COINCIDE_M * length)
        inside &= shapely.distance(middle, piece) <= COINCIDE_M
        more += list((walked[:-1] + ahead)[inside])
    more = sorted(set(more))
    points = shapely.get_coordinates(shapely.line_interpolate_point(line, more), include_z=own.shape[1] == 3)
    order = np.argsort(np.concatenate([walked, more]), kind="stable")
    return shapely.linestrings(np.concatenate([own, points])[order])
