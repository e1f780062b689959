"""The same searches on scipy: for small jobs, and to check the compiled ones against."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from zzgeo.network.graph import StreetGraph
from zzgeo.network.lines import Floats, Ints
from zzgeo.network.positions import Positions
from zzgeo.network.reach import TOLERANCE_M
from zzgeo.network.search import from_any, from_each, to_ends

#: Without a cutoff, k > 1 searches this far first, then farther for those who have not found k yet.
_WIDENING_M = (1_000.0, 4_000.0, np.inf)

#: Pieces no further apart than this meet, and pieces no longer are none: sums of floats are not exact.
_MEET_M = 1e-9


def nearest_owners(
    network: StreetGraph, sources: Positions, targets: Positions, k: int, cutoff: float
) -> tuple[Floats, Ints]:
    """Return the k nearest owners of each target, as `zzgeo.network.engine.nearest_owners`."""
    find = _one if k == 1 else _several
    return find(network, sources, targets, k, cutoff)


def pieces_of_each(network: StreetGraph, sources: Positions, metres: float) -> tuple[Ints, Ints, Floats, Floats]:
    """Return the reached pieces of each owner, as `zzgeo.network.engine.pieces_of_each`."""
    parts = []
    for owners, at_node in from_each(network, sources, metres):
        own = sources.take(np.isin(sources.owner, owners))
        row_of = np.searchsorted(owners, own.owner)
        row, edge, low, high = reached_intervals(network, at_node, own, row_of, metres)
        parts.append((owners[row], edge, low, high))
    if not parts:
        return np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0), np.empty(0)
    owner, edge, low, high = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    return owner, edge, low, high


def pieces_of_any(network: StreetGraph, sources: Positions, metres: float) -> tuple[Ints, Floats, Floats]:
    """Return the pieces any source reaches, as `zzgeo.network.engine.pieces_of_any`."""
    at_node, _ = from_any(network, sources, metres)
    row_of = np.zeros(len(sources), dtype=np.int64)
    _, edge, low, high = reached_intervals(network, at_node[None, :], sources, row_of, metres)
    return edge, low, high


def pairs_within(
    network: StreetGraph, sources: Positions, targets: Positions, cutoff: float
) -> tuple[Ints, Ints, Floats]:
    """Return owners and targets no farther apart than the cutoff, as `zzgeo.network.engine.pairs_within`."""
    parts = []
    for owners, walks in _walks(network, sources, targets, cutoff):
        row, at = np.nonzero(walks <= cutoff + TOLERANCE_M)
        parts.append((owners[row], targets.owner[at], walks[row, at]))
    if not parts:
        return np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0)
    owner, target, metres = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    order = np.lexsort((target, owner))
    return owner[order], target[order], metres[order]


def _one(network: StreetGraph, sources: Positions, targets: Positions, k: int, cutoff: float) -> tuple[Floats, Ints]:
    """Return the nearest owner of each target by one search from all sources; shapes (n_targets, 1)."""
    at_node, owner_at = from_any(network, sources, cutoff)
    u, v = network.u[targets.edge], network.v[targets.edge]
    there, back = to_ends(network, targets)
    options = np.stack([at_node[u] + there, at_node[v] + back]) + targets.leg
    owners = np.stack([owner_at[u], owner_at[v]])
    distance, owner = _better(options[0], owners[0], options[1], owners[1])
    for pairs, metres in _same_edge(network, sources, targets):
        first = np.lexsort((sources.owner[pairs[0]], metres, pairs[1]))
        target, at = np.unique(pairs[1][first], return_index=True)
        best = first[at]
        found = _better(distance[target], owner[target], metres[best], sources.owner[pairs[0][best]])
        distance[target], owner[target] = found
    return distance[:, None], owner[:, None]


def _better(distance: Floats, owner: Ints, other: Floats, other_owner: Ints) -> tuple[Floats, Ints]:
    """Return the shorter of two walks, of equal ones that to the first facility."""
    take = (other < distance) | ((other == distance) & (other_owner < owner))
    return np.where(take, other, distance), np.where(take, other_owner, owner)


def _several(network: StreetGraph, sources: Positions, targets: Positions, k: int, cutoff: float) -> tuple[Any, Any]:
    """Return the k nearest owners of each target; shapes (n_targets, k)."""
    distance = np.full((len(targets), k), np.inf)
    owner = np.full((len(targets), k), -1, dtype=np.int64)
    # No target can find more than the facilities on its own component.
    pairs = np.unique(np.column_stack([network.component[network.u[sources.edge]], sources.owner]), axis=0)
    most = np.bincount(pairs[:, 0], minlength=len(network.component_table))
    wanted = np.minimum(most[network.component[network.u[targets.edge]]], k)
    open_ = np.flatnonzero(wanted > 0)
    limits = _WIDENING_M if np.isinf(cutoff) else (cutoff,)
    for limit in limits:
        if len(open_) == 0:
            break
        distance[open_], owner[open_] = _k_within(network, sources, targets.take(open_), k, limit)
        # A search that stopped at a limit knows all walks up to it, and only some beyond it.
        found = (distance[open_] <= limit).sum(axis=1)
        open_ = open_[found < wanted[open_]]
    return distance, owner


def _k_within(network: StreetGraph, sources: Positions, targets: Positions, k: int, limit: float) -> tuple[Any, Any]:
    distance = np.full((len(targets), k), np.inf)
    owner = np.full((len(targets), k), -1, dtype=np.int64)
    for owners, walks in _walks(network, sources, targets, limit):
        _merge(distance, owner, walks, owners)
    return distance, owner


def _walks(network: StreetGraph, sources: Positions, targets: Positions, limit: float) -> Iterator[tuple[Ints, Floats]]:
    """Yield ``(owners, walks)`` for a few owners at a time; walks of shape (n_owners, n_targets)."""
    u, v = network.u[targets.edge], network.v[targets.edge]
    there, back = to_ends(network, targets)
    same = list(_same_edge(network, sources, targets))
    for owners, at_node in from_each(network, sources, limit, 3 * len(targets)):
        walks = np.minimum(at_node[:, u] + there, at_node[:, v] + back) + targets.leg
        for pairs, metres in same:
            row = np.searchsorted(owners, sources.owner[pairs[0]])
            here = (row < len(owners)) & (owners[np.minimum(row, len(owners) - 1)] == sources.owner[pairs[0]])
            np.minimum.at(walks, (row[here], pairs[1][here]), metres[here])
        yield owners, walks


def _merge(distance: Floats, owner: Ints, walks: Floats, owners: Ints) -> None:
    """Put walks of shape (n_owners, n_targets) that are shorter than a target's k-th into its sorted row, in place.

    Owners come in ascending order, so of equally near ones the first stays.
    """
    k = distance.shape[1]
    row, target = np.nonzero(walks < distance[:, -1])
    changed = np.unique(target)
    metres = np.concatenate([walks[row, target], distance[changed].ravel()])
    whose = np.concatenate([owners[row], owner[changed].ravel()])
    target = np.concatenate([target, np.repeat(changed, k)])
    order = np.lexsort((whose, metres, target))
    first = np.searchsorted(target[order], changed)
    best = order[first[:, None] + np.arange(k)]
    distance[changed], owner[changed] = metres[best], whose[best]


def _same_edge(
    network: StreetGraph, sources: Positions, targets: Positions
) -> Iterator[tuple[tuple[Ints, Ints], Floats]]:
    """Yield ``((source, target), metres)`` of walks that stay on one edge, at most a few million at a time."""
    by_edge = np.argsort(sources.edge, kind="stable")
    edges = sources.edge[by_edge]
    first = np.searchsorted(edges, targets.edge, side="left")
    count = np.searchsorted(edges, targets.edge, side="right") - first
    asked = np.flatnonzero(count)
    bins = np.cumsum(count[asked]) // 2_000_000
    for part in np.split(asked, np.flatnonzero(np.diff(bins)) + 1):
        total = count[part]
        target = np.repeat(part, total)
        rank = np.arange(int(total.sum())) - np.repeat(np.cumsum(total) - total, total)
        source = by_edge[np.repeat(first[part], total) + rank]
        along = np.abs(sources.offset[source] - targets.offset[target])
        if network.stretch is not None:
            along = along * network.stretch[targets.edge[target]]
        if len(target):
            yield (source, target), sources.leg[source] + along + targets.leg[target]


def reached_intervals(
    network: StreetGraph, at_node: Floats, own: Positions, row_of: Ints, metres: float
) -> tuple[Ints, Ints, Floats, Floats]:
    """Return ``(row, edge, from, to)`` of the reached pieces of edges, disjoint, in order.

    Parameters
    ----------
    network
        Walking network.
    at_node
        Distance from the facilities of a row to each node, shape (n_rows, n_nodes).
    own, row_of
        Positions of the facilities and the row of each: a facility reaches both ways along its own edge.
    metres
        The reach. Of an edge of length L between nodes at du and dv, ``[0, metres - du]`` and
        ``[L - (metres - dv), L]`` are reached.
    """
    row, node = np.nonzero(at_node < metres)
    start, ends = network.edge_ends
    count = start[node + 1] - start[node]
    rank = np.arange(int(count.sum())) - np.repeat(np.cumsum(count) - count, count)
    end = ends[np.repeat(start[node], count) + rank]
    edge, at_v = end // 2, end % 2 == 1
    left = np.repeat(metres - at_node[row, node], count)
    length = network.length_m[edge]
    if network.stretch is not None:
        left = left / network.stretch[edge]
    low = np.where(at_v, np.maximum(length - left, 0.0), 0.0)
    high = np.where(at_v, length, np.minimum(left, length))
    left_there = metres - own.leg
    if network.stretch is not None:
        left_there = left_there / network.stretch[own.edge]
    own_low = np.maximum(own.offset - left_there, 0.0)
    own_high = np.minimum(own.offset + left_there, network.length_m[own.edge])
    return _united(
        np.concatenate([np.repeat(row, count), row_of]),
        np.concatenate([edge, own.edge]),
        np.concatenate([low, own_low]),
        np.concatenate([high, own_high]),
    )


def _united(row: Ints, edge: Ints, low: Floats, high: Floats) -> tuple[Ints, Ints, Floats, Floats]:
    """Unite the intervals of each edge of each row; those that meet become one."""
    some = high - low > _MEET_M
    row, edge, low, high = row[some], edge[some], low[some], high[some]
    order = np.lexsort((low, edge, row))
    row, edge, low, high = row[order], edge[order], low[order], high[order]
    if len(row) == 0:
        return row, edge, low, high
    other = np.ones(len(row), dtype=bool)
    other[1:] = (row[1:] != row[:-1]) | (edge[1:] != edge[:-1])
    farthest = pd.Series(high).groupby(np.cumsum(other)).cummax().to_numpy()
    begins = other.copy()
    begins[1:] |= low[1:] > farthest[:-1] + _MEET_M
    first = np.flatnonzero(begins)
    last = np.append(first[1:], len(row)) - 1
    return row[first], edge[first], low[first], farthest[last]
