"""Shortest walks from facilities: scipy's Dijkstra over a graph in which each facility is one more node.

A facility's node has arcs to the two ends of every edge it stands on, as long as the leg to the street plus the way to
that end, and no arc leads into it: nobody walks through a facility. Such an arc may have length 0 (a facility at a
crossing). In a sparse matrix an explicit 0 is an arc of length 0 for scipy as long as nothing removes it, so the rows
are joined as plain arrays; no sparse arithmetic touches them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from zzgeo.network.graph import StreetGraph
from zzgeo.network.lines import Floats, Ints
from zzgeo.network.positions import Positions
from zzgeo.network.reach import TOLERANCE_M

if TYPE_CHECKING:
    from scipy.sparse import csr_array

#: Distances held at once while searching from one facility after the other.
_CELLS_AT_ONCE = 8_000_000


def from_any(network: StreetGraph, sources: Positions, limit: float = np.inf) -> tuple[Floats, Ints]:
    """Return the distance from the nearest source to each node, and that source's owner (-1 where none).

    Shapes (n_nodes,). Nodes beyond ``limit`` (inclusive, with 1e-6 m to spare) are ``inf``.
    """
    from scipy.sparse.csgraph import dijkstra

    n = len(network.node_xy)
    if len(sources) == 0:
        return np.full(n, np.inf), np.full(n, -1, dtype=np.int64)
    graph, owner = _with_facilities(network, sources)
    starts = np.arange(n, n + len(owner))
    distance, _, source = dijkstra(graph, indices=starts, limit=_limit(limit), min_only=True, return_predecessors=True)
    rank = np.full(len(distance), len(owner), dtype=np.int64)
    reached = np.isfinite(distance)
    rank[reached] = source[reached] - n
    _lower_at_ties(graph, distance, rank)
    found = np.append(owner, -1)[rank[:n]]
    return distance[:n], found


def from_each(
    network: StreetGraph, sources: Positions, limit: float = np.inf, width: int = 0
) -> Iterator[tuple[Ints, Floats]]:
    """Yield ``(owners, distances)`` for a few facilities at a time, in the order of the owners.

    ``distances`` has shape (n_owners, n_nodes), ``inf`` beyond ``limit``. ``width`` is how many columns the caller
    makes of each row, to keep memory bounded.
    """
    from scipy.sparse.csgraph import dijkstra

    n = len(network.node_xy)
    graph, owner = _with_facilities(network, sources)
    at_once = max(1, _CELLS_AT_ONCE // max(graph.shape[0], width))
    for first in range(0, len(owner), at_once):
        some = np.arange(first, min(first + at_once, len(owner)))
        distance = dijkstra(graph, indices=n + some, limit=_limit(limit))
        yield owner[some], distance[:, :n]


def _lower_at_ties(graph: csr_array, distance: Floats, rank: Ints) -> None:
    """Give each node the first of the sources that are equally near, in place: scipy names any of them."""
    tail = np.repeat(np.arange(len(distance)), np.diff(graph.indptr))
    tight = distance[tail] + graph.data == distance[graph.indices]
    tail, head = tail[tight], graph.indices[tight]
    while (lower := rank[tail] < rank[head]).any():
        np.minimum.at(rank, head[lower], rank[tail[lower]])


def to_ends(network: StreetGraph, places: Positions) -> tuple[Floats, Floats]:
    """Return the metres on the ground from positions to the start and to the end of their edges."""
    there, back = places.offset, np.maximum(network.length_m[places.edge] - places.offset, 0.0)
    if network.stretch is None:
        return there, back
    return there * network.stretch[places.edge], back * network.stretch[places.edge]


def _limit(limit: float) -> float:
    return limit + TOLERANCE_M


def _with_facilities(network: StreetGraph, sources: Positions) -> tuple[csr_array, Ints]:
    """Return the graph with one node more per owner, and the owner of each of them, ascending."""
    from scipy.sparse import csr_array

    n = len(network.node_xy)
    owner, row = np.unique(sources.owner, return_inverse=True)
    row = np.tile(row, 2)
    node = np.concatenate([network.u[sources.edge], network.v[sources.edge]])
    there, back = to_ends(network, sources)
    length = np.concatenate([sources.leg + there, sources.leg + back])
    order = np.lexsort((length, node, row))
    row, node, length = row[order], node[order], length[order]
    # Of two arcs to the same node (a loop, two access points) only the shorter counts.
    keep = np.ones(len(row), dtype=bool)
    keep[1:] = (row[1:] != row[:-1]) | (node[1:] != node[:-1])
    row, node, length = row[keep], node[keep], length[keep]
    streets = network.graph
    data = np.concatenate([streets.data, length])
    indices = np.concatenate([streets.indices, node])
    indptr = np.concatenate([streets.indptr, streets.nnz + np.cumsum(np.bincount(row, minlength=len(owner)))])
    size = n + len(owner)
    return csr_array((data, indices, indptr), shape=(size, size)), owner
