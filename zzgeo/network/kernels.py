"""Compiled searches over the streets: arrays in, arrays out.

Costs are metres (or metres on the flat, see `zzgeo.network.profiles`). A search spreads from seeds ``(node, cost)`` and
keeps nodes that wait in a ring of buckets, each as wide as an average arc; a node that becomes nearer while it waits
moves to another bucket, one that becomes nearer later is visited again. Whatever the order of visits, what is left at
the end is the least sum over all walks, added up from the facility outwards: the same number for any numbering of
nodes, any grouping of seeds and any number of threads.

Arrays of nodes and edges use the numbers of `zzgeo.network.arcs`. An array ``rate`` of shape (n_edges, 2) has what a
metre costs when an edge is left from its start and from its end, ``delay`` what passing through a node costs; both
are empty where every metre costs one and nothing delays.
"""

from __future__ import annotations

import numpy as np

from zzgeo.network.arcs import Arcs, Own, Pieces, Seeds, Work
from zzgeo.network.compiled import inlined, inner, kernel
from zzgeo.network.lines import Codes, Floats, Ints

#: A node that waits in no bucket.
IDLE = -2
#: Pieces no further apart than this meet, and pieces no longer are none: sums of floats are not exact.
MEET_M = 1e-9
#: A region has two to the power of this many edges.
REGION = 10
#: Seeds that spread together: enough to share work, few enough to stay in the processor's cache.
TOGETHER = 128


@inlined
def _unlink(node: int, slot: int, after: Codes, before: Codes, bucket: Codes) -> None:
    q, p = after[node], before[node]
    if q >= 0:
        before[q] = p
    if p >= 0:
        after[p] = q
    else:
        bucket[slot] = q


@inlined
def _link(node: int, slot: int, after: Codes, before: Codes, bucket: Codes) -> None:
    q = bucket[slot]
    after[node] = q
    before[node] = -1
    if q >= 0:
        before[q] = node
    bucket[slot] = node


@kernel
def spread(arcs: Arcs, seeds: Seeds, limit: float, per_cost: float, work: Work, distance: Floats, owner: Codes) -> None:
    """Fill ``distance`` and ``owner`` of every node within ``limit`` of a seed; of equal walks the least owner's.

    Seeds spread in groups, each as far as it improves on the groups before: neighbours in a group share their nodes in
    the processor's cache, which one wave over the whole city would not.
    """
    start, head, cost = arcs.start, arcs.head, arcs.cost
    after, before, bucket = work.after, work.before, work.bucket
    mask = len(bucket) - 1
    for first in range(0, len(seeds.node), TOGETHER):
        waiting = 0
        for j in range(first, min(first + TOGETHER, len(seeds.node))):
            v, reached, o = seeds.node[j], seeds.cost[j], seeds.owner[j]
            old = distance[v]
            if reached <= limit and (reached < old or (reached == old and o < owner[v])):
                if after[v] != IDLE:
                    _unlink(v, int(old * per_cost) & mask, after, before, bucket)
                else:
                    waiting += 1
                distance[v] = reached
                owner[v] = o
                _link(v, int(reached * per_cost) & mask, after, before, bucket)
        slot = 0
        while waiting > 0:
            u = bucket[slot]
            while u >= 0:
                q = after[u]
                bucket[slot] = q
                if q >= 0:
                    before[q] = -1
                after[u] = IDLE
                waiting -= 1
                d, o = distance[u], owner[u]
                for a in range(start[u], start[u + 1]):
                    v = head[a]
                    reached = d + cost[a]
                    old = distance[v]
                    if reached <= limit and (reached < old or (reached == old and o < owner[v])):
                        distance[v] = reached
                        owner[v] = o
                        new = int(reached * per_cost) & mask
                        if after[v] != IDLE:
                            was = int(old * per_cost) & mask
                            if was == new:
                                continue
                            _unlink(v, was, after, before, bucket)
                        else:
                            waiting += 1
                        _link(v, new, after, before, bucket)
                u = bucket[slot]
            slot = (slot + 1) & mask


@kernel
def keep_nearer(distance: Floats, owner: Codes, other: Floats, its: Codes) -> None:
    """Lower ``distance`` and ``owner`` to those of another wave where it is nearer, or as near with a lesser owner."""
    for v in range(len(distance)):
        if other[v] < distance[v] or (other[v] == distance[v] and 0 <= its[v] < owner[v]):
            distance[v], owner[v] = other[v], its[v]


@kernel
def explore(arcs: Arcs, seeds: Seeds, facility: int, limit: float, per_cost: float, work: Work) -> int:
    """Spread from the seeds of one facility; return how many nodes were touched. To reset their distances is left."""
    start, head, cost = arcs.start, arcs.head, arcs.cost
    after, before, bucket, distance, touched = work.after, work.before, work.bucket, work.distance, work.touched
    mask = len(bucket) - 1
    waiting = 0
    count = 0
    for j in range(seeds.first[facility], seeds.first[facility + 1]):
        v, reached = seeds.node[j], seeds.cost[j]
        old = distance[v]
        if reached <= limit and reached < old:
            if old == np.inf:
                touched[count] = v
                count += 1
                waiting += 1
            else:
                _unlink(v, int(old * per_cost) & mask, after, before, bucket)
            distance[v] = reached
            _link(v, int(reached * per_cost) & mask, after, before, bucket)
    slot = 0
    while waiting > 0:
        u = bucket[slot]
        while u >= 0:
            q = after[u]
            bucket[slot] = q
            if q >= 0:
                before[q] = -1
            after[u] = IDLE
            waiting -= 1
            d = distance[u]
            for a in range(start[u], start[u + 1]):
                v = head[a]
                reached = d + cost[a]
                old = distance[v]
                if reached <= limit and reached < old:
                    new = int(reached * per_cost) & mask
                    distance[v] = reached
                    if after[v] != IDLE:
                        was = int(old * per_cost) & mask
                        if was == new:
                            continue
                        _unlink(v, was, after, before, bucket)
                    else:
                        waiting += 1
                        if old == np.inf:
                            touched[count] = v
                            count += 1
                    _link(v, new, after, before, bucket)
            u = bucket[slot]
        slot = (slot + 1) & mask
    return count


@kernel
def by_region(number: Codes, edge: Ints, offset: Floats, leg: Floats, asks: Codes) -> None:
    """Write positions on the caller's edges into ``asks`` region by region, in their order within each.

    A region is a stretch of the curve whose streets fit the processor's cache: asked in the order of a table, nearly
    every street would have to come from memory.
    """
    begin = np.zeros((len(number) >> REGION) + 2, dtype=np.int64)
    for i in range(len(edge)):
        begin[(number[edge[i]] >> REGION) + 1] += 1
    for region in range(1, len(begin)):
        begin[region] += begin[region - 1]
    for i in range(len(edge)):
        e = number[edge[i]]
        ask = asks[begin[e >> REGION]]
        begin[e >> REGION] += 1
        ask.edge, ask.row, ask.offset, ask.leg = e, i, offset[i], leg[i]


@kernel
def at_positions(
    arcs: Arcs,
    sources: Own,
    stands: Codes,
    asks: Codes,
    limit: float,
    distance: Floats,
    owner: Codes,
    out_distance: Floats,
    out_owner: Ints,
) -> None:
    """Fill the nearest owner of each ask from the nodes at the ends of its edge and from sources on the edge itself.

    The sources are sliced by edge, and ``stands`` tells which edges have one. Beyond ``limit`` nothing is written.
    """
    rate, delay = arcs.rate, arcs.delay
    rated, delayed = len(rate) > 0, len(delay) > 0
    for i in range(len(asks)):
        ask = asks[i]
        e, o, leg = ask.edge, ask.offset, ask.leg
        edge = arcs.ends[e]
        there, other = o, max(edge.length - o, 0.0)
        if rated:
            there *= rate[e, 0]
            other *= rate[e, 1]
        a, b = edge.u, edge.v
        at_a, at_b = distance[a], distance[b]
        if delayed:
            at_a += delay[a]
            at_b += delay[b]
        one, two = at_a + there + leg, at_b + other + leg
        # Which end is nearer is a toss-up: chosen without a branch, or the processor would guess, and often wrong.
        best, node = (two, b) if two < one else (one, a)
        whose = owner[node]
        if one == two:
            whose = min(owner[a], owner[b])
        if stands[e]:
            for j in range(sources.first[e], sources.first[e + 1]):
                along = o - sources.offset[j]
                if rated:
                    along = along * rate[e, 0] if along > 0 else -along * rate[e, 1]
                found, its = sources.leg[j] + abs(along) + leg, sources.owner[j]
                if found < best or (found == best and its < whose):
                    best, whose = found, its
        if best <= limit:
            out_distance[ask.row] = best
            out_owner[ask.row] = whose


@kernel
def pieces_of_each(
    arcs: Arcs,
    seeds: Seeds,
    own: Own,
    first: int,
    last: int,
    metres: float,
    limit: float,
    per_cost: float,
    work: Work,
    out: Pieces,
    used: int,
) -> tuple[int, int, int]:
    """Write the reached pieces of edges of facilities ``first`` to ``last``; return ``(facility, used, room)``.

    ``out.last[i]`` is where the pieces of facility ``first + i`` end, the first being the one of the first call. Stops
    before a facility whose pieces may need more ``room`` than is left, to be called again with longer arrays. The
    positions of a facility are sorted by edge.
    """
    start, distance, touched, mark = arcs.start, work.distance, work.touched, work.mark
    rated, delayed = len(arcs.rate) > 0, len(arcs.delay) > 0
    for f in range(first, last):
        count = explore(arcs, seeds, f, limit, per_cost, work)
        room = 3 * (own.first[f + 1] - own.first[f])
        for i in range(count):
            room += start[touched[i] + 1] - start[touched[i]]
        if used + room > len(out.edge):
            for i in range(count):
                distance[touched[i]] = np.inf
            return f, used, room
        for j in range(own.first[f], own.first[f + 1]):
            mark[own.edge[j]] = 1
        for i in range(count):
            node = touched[i]
            left = metres - distance[node]
            if delayed:
                left -= arcs.delay[node]
            if left <= MEET_M:
                continue
            for a in range(start[node], start[node + 1]):
                e, side = arcs.end[a] >> 1, arcs.end[a] & 1
                other = metres - distance[arcs.head[a]]
                if delayed:
                    other -= arcs.delay[arcs.head[a]]
                # An edge that is reached from both ends is written from its start.
                if (side == 1 and other > MEET_M) or mark[e]:
                    continue
                whole, here = arcs.cost[a], left
                if rated:
                    here /= arcs.rate[e, side]
                    other /= arcs.rate[e, 1 - side]
                if rated or delayed or whole == np.inf:
                    whole = arcs.length[e]
                if other <= MEET_M:
                    out.edge[used] = arcs.name[e]
                    out.low[used] = max(whole - here, 0.0) if side else 0.0
                    out.high[used] = whole if side else min(here, whole)
                    used += 1
                else:
                    used = _from_both_ends(arcs.name[e], whole, here, other, out, used)
        used = _on_own_edges(arcs, own, own.first[f], own.first[f + 1], metres, distance, mark, out, used)
        for i in range(count):
            distance[touched[i]] = np.inf
        out.last[f] = used
    return last, used, 0


@inlined
def _from_both_ends(name: int, whole: float, here: float, other: float, out: Pieces, used: int) -> int:
    """Write ``[0, here]`` and ``[whole - other, whole]``, as one piece where they meet."""
    high, low = min(here, whole), max(whole - other, 0.0)
    out.edge[used], out.low[used] = name, 0.0
    if low <= high + MEET_M:
        out.high[used] = whole
        return used + 1
    out.high[used] = high
    out.edge[used + 1], out.low[used + 1], out.high[used + 1] = name, low, whole
    return used + 2


@inner
def _on_own_edges(
    arcs: Arcs, own: Own, first: int, last: int, metres: float, distance: Floats, mark: Codes, out: Pieces, used: int
) -> int:
    """Write the united pieces of edges that positions stand on, reached from there and both ends; unmark the edges."""
    j = first
    while j < last:
        e = own.edge[j]
        mark[e] = 0
        past = j
        while past < last and own.edge[past] == e:
            past += 1
        low, high = np.empty(past - j + 2, np.float64), np.empty(past - j + 2, np.float64)
        n = _own_spans(arcs, own, j, past, metres, distance, low, high)
        i = 0
        while i < n:
            farthest = high[i]
            k = i + 1
            while k < n and low[k] <= farthest + MEET_M:
                farthest = max(farthest, high[k])
                k += 1
            out.edge[used], out.low[used], out.high[used] = arcs.name[e], low[i], farthest
            used += 1
            i = k
        j = past
    return used


@inlined
def _own_spans(
    arcs: Arcs, own: Own, first: int, past: int, metres: float, distance: Floats, low: Floats, high: Floats
) -> int:
    """Write what is reached of one edge from positions on it and from its ends, sorted; return how many spans."""
    e = own.edge[first]
    whole = arcs.length[e]
    forth, back = 1.0, 1.0
    if len(arcs.rate) > 0:
        forth, back = arcs.rate[e, 0], arcs.rate[e, 1]
    n = 0
    for i in range(first, past + 2):
        if i < past:
            left = metres - own.leg[i]
            a, b = max(own.offset[i] - left / back, 0.0), min(own.offset[i] + left / forth, whole)
        else:
            node = arcs.u[e] if i == past else arcs.v[e]
            left = metres - distance[node]
            if len(arcs.delay) > 0:
                left -= arcs.delay[node]
            a = 0.0 if i == past else max(whole - left / back, 0.0)
            b = min(left / forth, whole) if i == past else whole
        if b - a <= MEET_M:
            continue
        at = n
        while at > 0 and low[at - 1] > a:
            low[at], high[at] = low[at - 1], high[at - 1]
            at -= 1
        low[at], high[at] = a, b
        n += 1
    return n


@kernel
def pieces_of_any(arcs: Arcs, own: Own, metres: float, distance: Floats, mark: Codes, out: Pieces) -> int:
    """Write the pieces of all edges within a walk of any facility, given each node's distance; return how many.

    All positions are sorted by edge. At most twice as many pieces are written as there are edges, and three a position.
    """
    for j in range(len(own.edge)):
        mark[own.edge[j]] = 1
    used = 0
    for e in range(len(arcs.u)):
        if mark[e]:
            continue
        a, b, whole = arcs.u[e], arcs.v[e], arcs.length[e]
        here, other = metres - distance[a], metres - distance[b]
        if len(arcs.delay) > 0:
            here -= arcs.delay[a]
            other -= arcs.delay[b]
        if len(arcs.rate) > 0:
            here /= arcs.rate[e, 0]
            other /= arcs.rate[e, 1]
        if here > MEET_M and other > MEET_M:
            used = _from_both_ends(arcs.name[e], whole, here, other, out, used)
        elif here > MEET_M:
            out.edge[used], out.low[used], out.high[used] = arcs.name[e], 0.0, min(here, whole)
            used += 1
        elif other > MEET_M:
            out.edge[used], out.low[used], out.high[used] = arcs.name[e], max(whole - other, 0.0), whole
            used += 1
    return _on_own_edges(arcs, own, 0, len(own.edge), metres, distance, mark, out, used)


@kernel
def pairs_of_each(
    arcs: Arcs,
    seeds: Seeds,
    own: Own,
    targets: Own,
    first: int,
    last: int,
    limit: float,
    per_cost: float,
    work: Work,
    out: Pieces,
    used: int,
) -> tuple[int, int, int]:
    """Write the targets within ``limit`` of each facility as ``out.edge``, and the walks as ``out.low``.

    The targets are sliced by edge; ``work.best`` has one number for each. Returns as `pieces_of_each`.
    """
    start, distance, touched, best = arcs.start, work.distance, work.touched, work.best
    for f in range(first, last):
        count = explore(arcs, seeds, f, limit, per_cost, work)
        begin, room = used, 0
        for i in range(count):
            for a in range(start[touched[i]], start[touched[i] + 1]):
                e = arcs.end[a] >> 1
                room += targets.first[e + 1] - targets.first[e]
        for j in range(own.first[f], own.first[f + 1]):
            room += targets.first[own.edge[j] + 1] - targets.first[own.edge[j]]
        full = used + room > len(out.edge)
        for i in range(count):
            node = touched[i]
            here = distance[node]
            distance[node] = np.inf
            if full:
                continue
            if len(arcs.delay) > 0:
                here += arcs.delay[node]
            for a in range(start[node], start[node + 1]):
                e, side = arcs.end[a] >> 1, arcs.end[a] & 1
                for t in range(targets.first[e], targets.first[e + 1]):
                    way = max(arcs.length[e] - targets.offset[t], 0.0) if side else targets.offset[t]
                    if len(arcs.rate) > 0:
                        way *= arcs.rate[e, side]
                    used = _note(t, here + way + targets.leg[t], limit, best, out, used)
        if full:
            return f, begin, room
        for j in range(own.first[f], own.first[f + 1]):
            e = own.edge[j]
            for t in range(targets.first[e], targets.first[e + 1]):
                along = targets.offset[t] - own.offset[j]
                if len(arcs.rate) > 0:
                    along = along * arcs.rate[e, 0] if along > 0 else -along * arcs.rate[e, 1]
                used = _note(t, own.leg[j] + abs(along) + targets.leg[t], limit, best, out, used)
        for i in range(begin, used):
            out.low[i] = best[out.edge[i]]
            best[out.edge[i]] = np.inf
        out.last[f] = used
    return last, used, 0


@inner
def _note(target: int, walk: float, limit: float, best: Floats, out: Pieces, used: int) -> int:
    """Keep the least walk to a target; a target met for the first time is written down."""
    if walk > limit or walk >= best[target]:
        return used
    if best[target] == np.inf:
        out.edge[used] = target
        used += 1
    best[target] = walk
    return used
