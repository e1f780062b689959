"""Ways out of a compound: its private ways serve whoever starts or ends there, and nobody walks through.

A walk may use private ways at its start and at its end, each up to where they meet a public street. A search from the
facility enters them from a public street and does not come out again (`StreetGraph.shut`), so the end needs nothing. A
facility inside a compound has its exits, the places where private ways meet public ones, among its positions, each with
the walk to it as its leg.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from zzgeo.network.components import connected_components
from zzgeo.network.graph import SMALL_COMPONENT_SHARE, StreetGraph
from zzgeo.network.lines import Floats, Ints
from zzgeo.network.positions import Positions

Bools = NDArray[np.bool_]


def with_exits(network: StreetGraph, sources: Positions) -> Positions:
    """Return positions, and of those inside a compound the exits as well, as positions of the same owner.

    A position on a private way that meets a public street at both ends needs none: it is where its edge ends.
    """
    inside = np.flatnonzero(network.private[sources.edge]) if network.private.any() else np.empty(0, dtype=np.int64)
    starts = [_starts(network, sources.take(inside), side) for side in (0, 1)]
    node, leg, owner = (np.concatenate(columns) for columns in zip(*starts, strict=True))
    if len(node) == 0:
        return sources
    begins, row = np.unique(node, return_inverse=True)
    start, there, way = _exits(network, begins)
    order = np.argsort(row, kind="stable")
    first = np.searchsorted(row[order], np.arange(len(begins) + 1))
    count = (first[1:] - first[:-1])[start]
    rank = np.arange(int(count.sum())) - np.repeat(np.cumsum(count) - count, count)
    mine = order[np.repeat(first[start], count) + rank]
    there, way = np.repeat(there, count), np.repeat(way, count)
    edge, offset = _public_edge(network, there)
    return Positions(
        np.concatenate([sources.edge, edge]),
        np.concatenate([sources.offset, offset]),
        np.concatenate([sources.leg, leg[mine] + way]),
        np.concatenate([sources.owner, owner[mine]]),
    )


def _starts(network: StreetGraph, places: Positions, side: int) -> tuple[Ints, Floats, Ints]:
    """Return the nodes inside a compound that positions lead to at one end of their edge, the cost, and the owner."""
    node = (network.v if side else network.u)[places.edge]
    way = np.maximum(network.length_m[places.edge] - places.offset, 0.0) if side else places.offset
    if len(network.rate):
        way = way * network.rate[places.edge, 1 - side]
    inner = ~network.is_public[node]
    return node[inner], (places.leg + way)[inner], places.owner[inner]


def _exits(network: StreetGraph, begins: Ints) -> tuple[Ints, Ints, Floats]:
    """Return (place in `begins`, node at which the compound ends, cost from one to the other), compound by compound.

    All compounds in one search would take the memory of all beginnings times all nodes.
    """
    from scipy.sparse import coo_array, csr_array
    from scipy.sparse.csgraph import dijkstra

    ways = np.flatnonzero(network.private)
    tail = np.concatenate([network.u[ways], network.v[ways]])
    head = np.concatenate([network.v[ways], network.u[ways]])
    cost = network.open_cost[ways].T.ravel()
    # nobody passes through a public place: an exit is where the walk inside ends
    inner = ~network.is_public[tail] & (tail != head)
    tail, head, cost = tail[inner], head[inner], cost[inner]
    order = np.lexsort((cost, head, tail))
    tail, head, cost = tail[order], head[order], cost[order]
    least = np.ones(len(tail), dtype=bool)
    least[1:] = (tail[1:] != tail[:-1]) | (head[1:] != head[:-1])
    tail, head, cost = tail[least], head[least], cost[least]
    n = len(network.node_xy)
    within = ~network.is_public[head]
    _, compound = connected_components(tail[within], head[within], n)
    by_compound = np.argsort(compound[tail], kind="stable")
    first = np.searchsorted(compound[tail][by_compound], np.arange(compound.max() + 2))
    starts, ends, metres = [], [], []
    for own in np.unique(compound[begins]).tolist():
        arcs = by_compound[first[own] : first[own + 1]]
        mine = np.flatnonzero(compound[begins] == own)
        nodes, local = np.unique(np.concatenate([tail[arcs], head[arcs], begins[mine]]), return_inverse=True)
        a, b, begin = np.split(local, [len(arcs), 2 * len(arcs)])
        graph = csr_array(coo_array((cost[arcs], (a, b)), shape=(len(nodes), len(nodes))))
        public = np.flatnonzero(network.is_public[nodes])
        walks = dijkstra(graph, indices=begin)[:, public]
        row, column = np.nonzero(np.isfinite(walks))
        starts.append(mine[row])
        ends.append(nodes[public[column]])
        metres.append(walks[row, column])
    return np.concatenate(starts), np.concatenate(ends), np.concatenate(metres)


def _public_edge(network: StreetGraph, node: Ints) -> tuple[Ints, Floats]:
    """Return a public edge at each node, and the metres along it at which the node lies."""
    streets = np.flatnonzero(~network.private)
    ends = np.concatenate([network.u[streets], network.v[streets]])
    order = np.argsort(ends, kind="stable")
    which = order[np.searchsorted(ends[order], node)]
    edge = streets[which % len(streets)]
    return edge, np.where(which < len(streets), 0.0, network.length_m[edge])


def enclosed(u: Ints, v: Ints, length_m: Floats, private: Bools, nodes: int) -> Bools:
    """Tell which edges are private or lie behind private ways alone, shape (n_edges,).

    Streets that only a private way or gate joins to the others are the inside of a compound, though nobody tagged
    them: a small part of the public streets at which a private way ends.
    """
    if not private.any() or private.all():
        return private
    open_u, open_v = u[~private], v[~private]
    count, label = connected_components(open_u, open_v, nodes)
    street_m = np.bincount(label[open_u], length_m[~private], minlength=count)
    small = street_m < SMALL_COMPONENT_SHARE * street_m.max()
    behind = np.zeros(count, dtype=bool)
    behind[label[u[private]]] = behind[label[v[private]]] = True
    whole: Bools = private | (small & behind)[label[u]]
    return whole
