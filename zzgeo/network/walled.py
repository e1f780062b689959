"""Legs that keep to their side: from a place to its street nobody crosses a river, a railway or a wall."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from zzgeo.network.graph import StreetGraph
from zzgeo.network.lines import Floats, Ints

#: A street that was cut at a barrier ends on it: which side it lies on is asked so many metres along it.
_ALONG_M = 0.05
#: A place on a barrier, to so many metres, is on neither side of it.
_OFF_M = 0.01
#: Places whose streets within the limit are looked at together, and legs: more would fill the memory.
_TOGETHER, _LEGS = 2_000, 100_000


def on_their_side(
    network: StreetGraph, points: Any, max_m: float, edge: Ints, leg: Floats, status: NDArray[np.object_]
) -> None:
    """Give places whose leg crosses a barrier the nearest street on their own side, in place.

    Parameters
    ----------
    network
        Streets with ``walls``.
    points
        Points, shape (n_points,).
    max_m
        How far a street may be.
    edge, leg, status
        Where the points stand so far, shape (n_points,); -1, ``inf`` and ``"walled"`` where no street within ``max_m``
        is on their side.
    """
    assert network.walls is not None
    walls = shapely.STRtree(network.walls)
    near = np.flatnonzero((edge >= 0) & (leg <= max_m))
    parts = np.split(near, np.arange(_LEGS, len(near), _LEGS))
    cut = np.concatenate([part[_crosses(network, walls, points[part], edge[part])] for part in parts])
    edge[cut], leg[cut] = nearest_open(network, points[cut], max_m)
    status[cut] = np.where(edge[cut] < 0, "walled", np.where(network.is_large[edge[cut]], "moved", "island"))


def nearest_open(
    network: StreetGraph, points: Any, max_m: float, allowed: NDArray[np.bool_] | None = None
) -> tuple[Ints, Floats]:
    """Return the nearest edge of each point whose leg crosses no barrier, and the leg; of equally near ones the first.

    Parameters
    ----------
    network
        Streets, with or without ``walls``.
    points
        Points, shape (n_points,).
    max_m
        Longest leg in metres of the CRS, inclusive.
    allowed
        Whether each edge counts, shape (n_edges,); all that somebody may step onto if left out.

    Returns
    -------
    (edge, leg), shapes (n_points,)
        -1 and ``inf`` where there is none.
    """
    best, leg = np.full(len(points), -1), np.full(len(points), np.inf)
    if not len(points):  # no search tree is made for nobody
        return best, leg
    walls = None if network.walls is None else shapely.STRtree(network.walls)
    for part in np.split(np.arange(len(points)), np.arange(_TOGETHER, len(points), _TOGETHER)):
        point, place = network.tree.query(points[part], predicate="dwithin", distance=max_m)
        point, edge = part[point], network.grounded[place]
        if allowed is not None:
            point, edge = point[allowed[edge]], edge[allowed[edge]]
        if walls is not None:
            free = ~_crosses(network, walls, points[point], edge)
            point, edge = point[free], edge[free]
        metres = shapely.distance(points[point], network.lines.whole(edge)) if len(edge) else np.empty(0)
        order = np.lexsort((edge, metres, point))
        first = order[np.unique(point[order], return_index=True)[1]]
        best[point[first]], leg[point[first]] = edge[first], metres[first]
    return best, leg


def _crosses(network: StreetGraph, walls: shapely.STRtree, points: Any, edge: Ints) -> NDArray[np.bool_]:
    """Tell which legs, from a point to the nearest place of an edge, cross a barrier."""
    crosses = np.zeros(len(edge), dtype=bool)
    if len(edge) == 0:
        return crosses
    lines, length = network.lines.whole(edge), network.length_m[edge]
    offset = shapely.line_locate_point(lines, points)
    inwards = np.where(offset < length / 2, 1.0, -1.0) * np.minimum(_ALONG_M, length / 2)
    there = shapely.get_coordinates(shapely.line_interpolate_point(lines, offset))
    beside = shapely.get_coordinates(shapely.line_interpolate_point(lines, np.clip(offset, 0, length) + inwards))
    here = shapely.get_coordinates(points)
    step = there - here
    metres = np.hypot(*step.T)[:, None]
    here = here + np.divide(step, metres, out=np.zeros_like(step), where=metres > 0) * np.minimum(_OFF_M, metres)
    for end in (there, beside):
        legs = shapely.linestrings(np.stack([here, end], axis=1))
        if end is there:
            # a leg may end on a barrier: where the street was cut it leads no further
            legs = shapely.line_interpolate_point(legs, np.maximum(shapely.length(legs) - _OFF_M, 0.0))
            legs = shapely.linestrings(np.stack([here, shapely.get_coordinates(legs)], axis=1))
        crosses[np.unique(walls.query(legs, predicate="intersects")[0])] = True
    return crosses
