"""Compiled search for the k nearest facilities; arrays as in `zzgeo.network.kernels`."""

from __future__ import annotations

import numpy as np

from zzgeo.network.arcs import Arcs, Own, Seeds
from zzgeo.network.compiled import inner, kernel
from zzgeo.network.lines import Codes, Floats


@inner
def _sift_up(key: Floats, whose: Codes, node: Codes, i: int, k: float, o: int, v: int) -> None:
    while i > 0:
        p = (i - 1) >> 1
        if key[p] < k or (key[p] == k and whose[p] <= o):
            break
        key[i], whose[i], node[i] = key[p], whose[p], node[p]
        i = p
    key[i], whose[i], node[i] = k, o, v


@inner
def _sift_down(key: Floats, whose: Codes, node: Codes, n: int) -> None:
    k, o, v = key[n], whose[n], node[n]
    i = 0
    while True:
        c = 2 * i + 1
        if c >= n:
            break
        r = c + 1
        if r < n and (key[r] < key[c] or (key[r] == key[c] and whose[r] < whose[c])):
            c = r
        if k < key[c] or (k == key[c] and o <= whose[c]):
            break
        key[i], whose[i], node[i] = key[c], whose[c], node[c]
        i = c
    key[i], whose[i], node[i] = k, o, v


@inner
def _has(owner: Codes, v: int, count: int, o: int) -> bool:
    for i in range(count):  # noqa: SIM110 - a generator is not compiled
        if owner[v, i] == o:
            return True
    return False


@kernel
def spread_k(arcs: Arcs, seeds: Seeds, limit: float, distance: Floats, owner: Codes, count: Codes) -> None:
    """Fill the k nearest owners of every node within ``limit``, in order; shapes (n_nodes, k) and (n_nodes,).

    A binary heap hands out walks by length, then by owner; a node takes the first k walks of different owners.
    """
    start, head, cost = arcs.start, arcs.head, arcs.cost
    k = distance.shape[1]
    key = np.empty(1024, np.float64)
    whose = np.empty(1024, np.int32)
    node = np.empty(1024, np.int32)
    n = 0
    for j in range(len(seeds.node)):
        if seeds.cost[j] > limit:
            continue
        if n == len(key):
            key, whose, node = _wider(key), _wider_ints(whose), _wider_ints(node)
        _sift_up(key, whose, node, n, seeds.cost[j], seeds.owner[j], seeds.node[j])
        n += 1
    while n > 0:
        d, o, u = key[0], whose[0], node[0]
        n -= 1
        _sift_down(key, whose, node, n)
        c = count[u]
        if c == k or _has(owner, u, c, o):
            continue
        distance[u, c], owner[u, c], count[u] = d, o, c + 1
        for a in range(start[u], start[u + 1]):
            v = head[a]
            reached = d + cost[a]
            if reached > limit or reached == np.inf or count[v] == k or _has(owner, v, count[v], o):
                continue
            if n == len(key):
                key, whose, node = _wider(key), _wider_ints(whose), _wider_ints(node)
            _sift_up(key, whose, node, n, reached, o, v)
            n += 1


@inner
def _wider(values: Floats) -> Floats:
    out = np.empty(2 * len(values), np.float64)
    out[: len(values)] = values
    return out


@inner
def _wider_ints(values: Codes) -> Codes:
    out = np.empty(2 * len(values), np.int32)
    out[: len(values)] = values
    return out


@inner
def _place(distance: Floats, owner: Codes, i: int, k: int, d: float, o: int) -> None:
    """Put a walk into row i, sorted by length and owner, each owner once."""
    slot = k
    for r in range(k):
        if owner[i, r] == o:
            if distance[i, r] <= d:
                return
            slot = r
            break
        if owner[i, r] < 0:
            slot = r
            break
    if slot == k:
        last = distance[i, k - 1]
        if d > last or (d == last and o > owner[i, k - 1]):
            return
        slot = k - 1
    while slot > 0 and (distance[i, slot - 1] > d or (distance[i, slot - 1] == d and owner[i, slot - 1] > o)):
        distance[i, slot], owner[i, slot] = distance[i, slot - 1], owner[i, slot - 1]
        slot -= 1
    distance[i, slot], owner[i, slot] = d, o


@kernel
def k_at_positions(
    arcs: Arcs,
    sources: Own,
    targets: Own,
    distance: Floats,
    owner: Codes,
    count: Codes,
    out_distance: Floats,
    out_owner: Codes,
) -> None:
    """Fill the k nearest owners of each target, shapes (n_targets, k), from the nodes and from sources on its edge."""
    rated, delayed = len(arcs.rate) > 0, len(arcs.delay) > 0
    k = distance.shape[1]
    for i in range(len(targets.edge)):
        e, o, leg = targets.edge[i], targets.offset[i], targets.leg[i]
        for side in range(2):
            node = arcs.v[e] if side else arcs.u[e]
            way = max(arcs.length[e] - o, 0.0) if side else o
            if rated:
                way *= arcs.rate[e, side]
            for r in range(count[node]):
                at = distance[node, r]
                if delayed:
                    at += arcs.delay[node]
                _place(out_distance, out_owner, i, k, at + way + leg, owner[node, r])
        if len(sources.first) > 0:
            for j in range(sources.first[e], sources.first[e + 1]):
                along = o - sources.offset[j]
                if rated:
                    along = along * arcs.rate[e, 0] if along > 0 else -along * arcs.rate[e, 1]
                _place(out_distance, out_owner, i, k, sources.leg[j] + abs(along) + leg, sources.owner[j])
