"""Streets numbered for compiled searches: nodes and edges along a curve, arcs joined, costs by the side left from."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from zzgeo.network.arcs import ENDS, MOST_EDGES, Arcs
from zzgeo.network.groups import Groups
from zzgeo.network.lines import Codes, Floats, Ints
from zzgeo.network.refusals import refuse


@dataclass(frozen=True)
class Numbered:
    """The streets by the numbers of the curve, with the new number of each node and edge of the network."""

    arcs: Arcs
    node: Codes
    edge: Codes
    mean_cost: float
    most_cost: float

    @cached_property
    def arcs_into(self) -> Groups:
        """Return the arcs by the node they lead to."""
        return Groups(self.arcs.head, len(self.node))

    @cached_property
    def _sides(self) -> Groups:
        return Groups(np.concatenate([self.arcs.u, self.arcs.v]), len(self.node))

    def edges_at(self, nodes: Codes) -> Ints:
        """Return the edges that end at some nodes."""
        return self._sides.of(nodes) % max(len(self.edge), 1)


def number(u: Ints, v: Ints, length_m: Floats, node_xy: Floats, rate: Floats, delay: Floats, cost: Floats) -> Numbered:
    """Return streets numbered along a curve, their arcs joined.

    Parameters
    ----------
    u, v, length_m
        Ends and length of each edge, shape (n_edges,).
    node_xy
        Coordinates of each node, shape (n_nodes, 2).
    rate, delay
        What a metre of each edge costs, shape (n_edges, 2), and what passing through a node does, shape (n_nodes,);
        without rows where every metre costs one, and where nothing delays.
    cost
        What a search pays for each edge left from its start and from its end, shape (n_edges, 2); infinite where it
        does not pass.

    Raises
    ------
    NetworkError
        If there are more edges than 32 bits can count.
    """
    from zzgeo.network import curve

    if len(u) >= MOST_EDGES:
        raise refuse("file.too_large", f"edges={len(u)}", "over 2^30 edges", "cut the streets into regions")
    n = len(node_xy)
    x, y = np.ascontiguousarray(node_xy.T)
    size = max(float(np.ptp(x)), float(np.ptp(y)), 1e-9)
    order = np.argsort(curve.hilbert(x, y, float(x.min()), float(y.min()), size), kind="stable")
    node = np.empty(n, dtype=np.int32)
    node[order] = np.arange(n, dtype=np.int32)
    name = np.argsort(np.minimum(node[u], node[v]), kind="stable").astype(np.int32)
    edge = np.empty(len(name), dtype=np.int32)
    edge[name] = np.arange(len(name), dtype=np.int32)
    length = length_m[name]
    rate = rate[name] if len(rate) else rate
    waiting = np.empty(len(delay))
    if len(delay):
        waiting[node] = delay
    first, last = node[u[name]], node[v[name]]
    start, head, arc_cost, end = curve.join_arcs(first, last, cost[name], n)
    sides = np.empty(len(name), dtype=ENDS)
    sides["u"], sides["v"], sides["length"] = first, last, length
    # the columns lie in the rows of the ends: they take no room of their own
    columns = sides["u"], sides["v"], sides["length"]
    arcs = Arcs(start, head, arc_cost, end, *columns, rate, waiting, name, sides)
    passed = arc_cost[np.isfinite(arc_cost)]
    # where every way is private there is no arc to pass; a street's length is as good a width of buckets
    passed = passed if len(passed) else length
    return Numbered(arcs, node, edge, float(passed.mean()), float(passed.max()))
