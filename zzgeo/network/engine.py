"""Searches over a network: positions in, distances and pieces out. Large jobs run compiled, small ones on scipy.

Both give the same bits: the least sum over all walks, of equal walks the first facility's. Compiled code costs about a
second to load, which a small job does not earn back.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from queue import Empty, SimpleQueue
from typing import Any

import numpy as np

from zzgeo.memory import give_back
from zzgeo.network import plain
from zzgeo.network.arcs import ASKS, Own, Pieces, Seeds, Work
from zzgeo.network.compounds import with_exits
from zzgeo.network.graph import StreetGraph
from zzgeo.network.lines import Codes, Floats, Ints
from zzgeo.network.numbering import Numbered
from zzgeo.network.positions import Positions
from zzgeo.network.reach import TOLERANCE_M

#: Jobs that visit fewer nodes than this, counted once a facility where each is searched alone, run on scipy.
SMALL_JOB = 50_000

#: A ring of more buckets than this is mostly empty; they become wider instead.
_MOST_BUCKETS = 65_536


#: Room for so many results a facility is set aside at first, and no more than so much in all; it costs nothing unused.
#: Columns of that many are over 32 MiB: memory the C library gives back as soon as they go.
_LIKELY = 1024
_MOST_ROOM = 4_300_000

#: A wave from so many seeds over so many nodes is split between threads, unless it has no limit: then each would flood
#: the whole city. A smaller job is done before a second thread has begun.
_MANY_SEEDS = 512
MANY_NODES = 80_000
#: So many targets are worth a thread.
_MANY_TARGETS = 25_000
#: From so many nodes on free memory is worth giving back before it is needed.
_VERY_MANY_NODES = 1_000_000


def nearest_owners(
    network: StreetGraph, sources: Positions, targets: Positions, k: int = 1, cutoff: float = np.inf
) -> tuple[Floats, Ints]:
    """Return the distance and the owner of the k nearest sources of each target; shapes (n_targets, k).

    ``inf`` and -1 where there is none within the cutoff (inclusive, with 1e-6 m to spare).
    """
    sources = with_exits(network, sources)
    limit = cutoff + TOLERANCE_M
    if _small(network, len(np.unique(sources.owner)) if k > 1 else 1):
        distance, owner = plain.nearest_owners(network, sources, targets, k, cutoff)
    elif k == 1:
        return _nearest(network, sources, targets, limit)
    else:
        distance, owner = _k_nearest(network, sources, targets, k, limit)
    beyond = ~(distance <= limit)
    distance[beyond], owner[beyond] = np.inf, -1
    return distance, owner


def pieces_of_each(
    network: StreetGraph, sources: Positions, metres: float, threads: int | None = None
) -> tuple[Codes, Codes, Floats, Floats]:
    """Return ``(owner, edge, from, to)`` of the pieces of edges each owner reaches, disjoint, owner by owner."""
    sources = with_exits(network, sources)
    if _small(network, len(np.unique(sources.owner))):
        return plain.pieces_of_each(network, sources, metres)
    from zzgeo.network import kernels

    numbered = network.numbered
    count = int(sources.owner.max()) + 1 if len(sources) else 0
    seeds, own = seeds_of(numbered, sources, count), _own(numbered, sources, count)
    per_cost, buckets = ring(numbered, seeds)
    search = _Searches(numbered, buckets)

    def work(first: int, last: int) -> Pieces:
        def run(at: int, out: Pieces, used: int, arrays: Work) -> tuple[int, int, int]:
            limit = metres + TOLERANCE_M
            return kernels.pieces_of_each(
                numbered.arcs, seeds, own, at, last, metres, limit, per_cost, arrays, out, used
            )

        return search.collect(run, first, last, count)

    _tidy(len(numbered.node))
    parts = search.blocks(work, count, threads)
    _tidy(len(numbered.node))  # what was searched in; the answers need the room
    return _joined(parts)


def pieces_of_any(network: StreetGraph, sources: Positions, metres: float) -> tuple[Ints, Floats, Floats]:
    """Return ``(edge, from, to)`` of the pieces of edges any source reaches, disjoint, in the order of the edges."""
    sources = with_exits(network, sources)
    if _small(network, 1):
        return plain.pieces_of_any(network, sources, metres)
    from zzgeo.network import kernels

    numbered = network.numbered
    distance, _ = _spread(numbered, sources, metres + TOLERANCE_M)
    own = _own(numbered, sources)
    out = _room(2 * len(network.u) + 3 * len(sources), 0)
    mark = np.zeros(len(network.u), dtype=np.uint8)
    used = kernels.pieces_of_any(numbered.arcs, own, metres, distance, mark, out)
    order = np.lexsort((out.low[:used], out.edge[:used]))
    return out.edge[order].astype(np.int64), out.low[order], out.high[order]


def pairs_within(
    network: StreetGraph, sources: Positions, targets: Positions, cutoff: float, threads: int | None = None
) -> tuple[Ints, Ints, Floats]:
    """Return ``(owner, target, distance)`` of every owner and target row no farther apart than the cutoff, in order."""
    sources = with_exits(network, sources)
    if _small(network, len(np.unique(sources.owner))):
        return plain.pairs_within(network, sources, targets, cutoff)
    from zzgeo.network import kernels

    numbered = network.numbered
    count = int(sources.owner.max()) + 1 if len(sources) else 0
    seeds, own = seeds_of(numbered, sources, count), _own(numbered, sources, count)
    homes, rows = _by_edge(numbered, targets)
    per_cost, buckets = ring(numbered, seeds)
    search = _Searches(numbered, buckets, len(targets))

    def work(first: int, last: int) -> Pieces:
        def run(at: int, out: Pieces, used: int, arrays: Work) -> tuple[int, int, int]:
            limit = cutoff + TOLERANCE_M
            return kernels.pairs_of_each(numbered.arcs, seeds, own, homes, at, last, limit, per_cost, arrays, out, used)

        return search.collect(run, first, last, count)

    owner, at, metres, _ = _joined(search.blocks(work, count, threads))
    target = rows[at]
    order = np.lexsort((target, owner))
    return owner[order].astype(np.int64), target[order], metres[order]


def _small(network: StreetGraph, searches: int) -> bool:
    return network.metres_only and len(network.node_xy) * max(searches, 1) < SMALL_JOB


def _nearest(network: StreetGraph, sources: Positions, targets: Positions, limit: float) -> tuple[Floats, Ints]:
    from zzgeo.network import kernels
    from zzgeo.network.compiled import in_blocks

    numbered = network.numbered
    asks = np.empty(len(targets), dtype=ASKS)

    def by_region() -> None:
        kernels.by_region(numbered.edge, targets.edge, targets.offset, targets.leg, asks)

    if network.waves is not None and not np.isfinite(limit):
        by_region()
        at_node, owner_at = network.waves.of(sources, network.profile, lambda: _spread(numbered, sources, limit))
    else:
        at_node, owner_at = _spread(numbered, sources, limit, [by_region])
    there = _by_edge(numbered, sources)[0]
    stands = np.zeros(len(network.u), dtype=bool)
    stands[there.edge] = True
    distance, owner = np.full(len(targets), np.inf), np.full(len(targets), -1, dtype=np.int64)

    def work(first: int, last: int) -> None:
        some = asks[first:last]
        kernels.at_positions(numbered.arcs, there, stands, some, limit, at_node, owner_at, distance, owner)

    in_blocks(work, len(targets), _MANY_TARGETS)
    return distance[:, None], owner[:, None]


def _k_nearest(
    network: StreetGraph, sources: Positions, targets: Positions, k: int, limit: float
) -> tuple[Floats, Ints]:
    from zzgeo.network import ranked
    from zzgeo.network.compiled import in_blocks

    numbered = network.numbered
    n = len(network.node_xy)
    at_node, owner_at = np.full((n, k), np.inf), np.full((n, k), -1, dtype=np.int32)
    counts = np.zeros(n, dtype=np.int32)
    ranked.spread_k(numbered.arcs, seeds_of(numbered, sources), limit, at_node, owner_at, counts)
    there, homes = _by_edge(numbered, sources)[0], _own(numbered, targets, sort=False)
    distance, owner = np.full((len(targets), k), np.inf), np.full((len(targets), k), -1, dtype=np.int32)

    def work(first: int, last: int) -> None:
        part = _slice(homes, first, last)
        ranked.k_at_positions(
            numbered.arcs, there, part, at_node, owner_at, counts, distance[first:last], owner[first:last]
        )

    in_blocks(work, len(targets), MANY_NODES)
    return distance, owner.astype(np.int64)


def _spread(
    numbered: Numbered, sources: Positions, limit: float, beside: Sequence[Callable[[], None]] = ()
) -> tuple[Floats, Codes]:
    """Return each node's distance from the nearest source and that source's owner, by the numbers of the curve.

    ``beside`` is other work, to be done by whichever thread is ready first.

    The wave of some of the seeds and that of the others, the less at each node, are the wave of all of them.
    """
    from zzgeo.network import kernels
    from zzgeo.network.compiled import at_once, thread_count

    n = len(numbered.node)
    seeds = seeds_of(numbered, sources)
    per_cost, buckets = ring(numbered, seeds)
    parts = (
        min(thread_count(None), 4) if np.isfinite(limit) and len(seeds.node) >= _MANY_SEEDS and n >= MANY_NODES else 1
    )
    cuts = np.linspace(0, len(seeds.node), parts + 1).astype(int)

    def wave(part: int) -> tuple[Floats, Codes]:
        distance, owner = np.full(n, np.inf), np.full(n, -1, dtype=np.int32)
        some = slice(cuts[part], cuts[part + 1])
        mine = Seeds(seeds.first, seeds.node[some], seeds.cost[some], seeds.owner[some])
        work = _work(n, 0, buckets, touched=False)
        kernels.spread(numbered.arcs, mine, limit, per_cost, work, distance, owner)
        return distance, owner

    if parts == 1:
        for task in beside:
            task()
        return wave(0)
    tasks: list[Callable[[], Any]] = [partial(wave, part) for part in range(parts)]
    (distance, owner), *others = at_once(lambda task: task(), [*tasks, *beside], parts)[:parts]
    for other, its in others:
        kernels.keep_nearer(distance, owner, other, its)
    return distance, owner


def seeds_of(numbered: Numbered, sources: Positions, owners: int | None = None) -> Seeds:
    """Return the ends of the sources' edges and the cost to get there: by owner if told how many, else by node."""
    arcs, edge = numbered.arcs, numbered.edge[sources.edge]
    there, back = sources.offset, np.maximum(arcs.length[edge] - sources.offset, 0.0)
    if len(arcs.rate):
        there, back = there * arcs.rate[edge, 1], back * arcs.rate[edge, 0]
    node = np.concatenate([arcs.u[edge], arcs.v[edge]])
    cost = np.concatenate([sources.leg + there, sources.leg + back])
    owner = np.concatenate([sources.owner, sources.owner]).astype(np.int32)
    order = np.argsort(node if owners is None else owner, kind="stable")
    first = _slices(owner, 0 if owners is None else owners)
    return Seeds(first, node[order], cost[order], owner[order])


def _own(numbered: Numbered, places: Positions, owners: int | None = None, sort: bool = True) -> Own:
    """Return positions by the numbers of the curve: sorted by owner (if told how many) and edge, or in their order."""
    edge, owner = numbered.edge[places.edge], places.owner.astype(np.int32)
    first = _slices(owner, 0 if owners is None else owners)
    if not sort:
        return Own(first, edge, places.offset, places.leg, owner)
    order = np.lexsort((places.offset, edge)) if owners is None else np.lexsort((places.offset, edge, owner))
    return Own(first, edge[order], places.offset[order], places.leg[order], owner[order])


def _slice(places: Own, first: int, last: int) -> Own:
    return Own(
        places.first,
        places.edge[first:last],
        places.offset[first:last],
        places.leg[first:last],
        places.owner[first:last],
    )


def spread_from(numbered: Numbered, sources: Positions) -> tuple[Floats, Codes]:
    """Return each node's distance from the nearest source and that source's owner, without a limit."""
    return _spread(numbered, sources, np.inf)


def by_edge(numbered: Numbered, places: Positions) -> Own:
    """Return positions sliced by edge."""
    return _by_edge(numbered, places)[0]


def work_for(nodes: int, buckets: int) -> Work:
    """Return arrays for one wave over so many nodes."""
    return _work(nodes, 0, buckets, touched=False)


def _by_edge(numbered: Numbered, places: Positions) -> tuple[Own, Ints]:
    """Return positions sliced by edge, and the row each came from."""
    edge = numbered.edge[places.edge]
    order = np.argsort(edge, kind="stable")
    first = _slices(edge, len(numbered.edge))
    owner = places.owner[order].astype(np.int32)
    return Own(first, edge[order], places.offset[order], places.leg[order], owner), places.owner[order]


def _slices(values: Codes, count: int) -> Ints:
    first = np.zeros(count + 1, dtype=np.int64)
    if count:
        np.cumsum(np.bincount(values, minlength=count), out=first[1:])
    return first


def ring(numbered: Numbered, seeds: Seeds) -> tuple[float, int]:
    """Return buckets per unit of cost, and how many hold everything that can wait at once."""
    most = max(numbered.most_cost, float(seeds.cost.max()) if len(seeds.cost) else 0.0)
    width = max(numbered.mean_cost, most / (_MOST_BUCKETS - 4))
    return 1.0 / width, 1 << int(np.ceil(np.log2(most / width + 3)))


def _work(nodes: int, edges: int, buckets: int, targets: int = 0, touched: bool = True) -> Work:
    return Work(
        after=np.full(nodes, -2, dtype=np.int32),
        before=np.empty(nodes, dtype=np.int32),
        bucket=np.full(buckets, -1, dtype=np.int32),
        distance=np.full(nodes if touched else 0, np.inf),
        touched=np.empty(nodes if touched else 0, dtype=np.int32),
        mark=np.zeros(edges, dtype=np.uint8),
        best=np.full(targets, np.inf),
    )


def _room(rows: int, owners: int) -> Pieces:
    return Pieces(np.empty(rows, np.int32), np.empty(rows), np.empty(rows), np.zeros(owners, np.int64))


@dataclass
class _Desk:
    """What one thread works with: arrays to search in, and room for results that fills block after block."""

    work: Work
    out: Pieces
    used: int = 0


class _Searches:
    """Runs one search per facility in several threads; each thread borrows a desk."""

    def __init__(self, numbered: Numbered, buckets: int, targets: int = 0) -> None:
        self.numbered, self.buckets, self.targets = numbered, buckets, targets
        self.idle: SimpleQueue[_Desk] = SimpleQueue()

    def blocks(self, work: Callable[[int, int], Pieces], count: int, threads: int | None) -> list[Pieces]:
        from zzgeo.network.compiled import in_blocks

        found = in_blocks(work, count, 16, threads)
        self.idle = SimpleQueue()  # or the rooms would stay while their content is joined
        return found

    def collect(
        self, run: Callable[[int, Pieces, int, Work], tuple[int, int, int]], first: int, last: int, owners: int
    ) -> Pieces:
        """Call ``run`` until all facilities are done, with more room for results each time it comes back early."""
        desk = self._borrow(owners)
        out, begin, used, facility = desk.out, desk.used, desk.used, first
        while facility < last:
            facility, used, room = run(facility, out, used, desk.work)
            if facility < last:
                # What this block has so far moves to a longer table; earlier blocks stay in theirs.
                done = used - begin
                more = _room(max(len(out.edge), 2 * done + room), owners)
                for old, new in zip(out[:3], more[:3], strict=True):
                    new[:done] = old[begin:used]
                more.last[first:facility] = out.last[first:facility] - begin
                out, begin, used = more, 0, done
        desk.out, desk.used = out, used
        self.idle.put(desk)
        return Pieces(out.edge[begin:used], out.low[begin:used], out.high[begin:used], out.last[first:last] - begin)

    def _borrow(self, owners: int) -> _Desk:
        try:
            return self.idle.get_nowait()
        except Empty:
            work = _work(len(self.numbered.node), len(self.numbered.edge), self.buckets, self.targets)
            return _Desk(work, _room(min(_LIKELY * max(owners, 16), _MOST_ROOM), owners))


def _tidy(nodes: int) -> None:
    """Give back what has no more use, in a network so large that it matters."""
    if nodes >= _VERY_MANY_NODES:
        give_back()


def _one_after_another(parts: list[Floats]) -> Floats:
    """Return arrays as one, and let each go when it is copied: both would not fit beside each other."""
    whole = np.empty(sum(map(len, parts)), dtype=parts[0].dtype)
    used = 0
    parts.reverse()
    while parts:
        part = parts.pop()
        whole[used : used + len(part)] = part
        used += len(part)
    return whole


def _joined(parts: list[Pieces]) -> tuple[Codes, Codes, Floats, Floats]:
    """Return ``(owner, edge, low, high)`` of all blocks, one after the other, and let the blocks go."""
    if not parts:
        return np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0), np.empty(0)
    counts = np.concatenate([np.diff(part.last, prepend=0) for part in parts])
    columns = [[part[at] for part in parts] for at in range(3)]
    parts.clear()
    edge, low, high = (_one_after_another(columns.pop(0)) for _ in range(3))
    return np.repeat(np.arange(len(counts), dtype=np.int32), counts), edge, low, high
