"""The nearest facility of everybody, kept so that it can be told again when a few facilities come or go.

What a search leaves at every node is kept. Where a facility comes, a search from it alone lowers what it improves;
where one goes, its part of the city is forgotten and filled again from the parts around. Both end at the least sum over
all walks, of equal walks the first facility's: the same bits a search from all facilities leaves.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np

from zzgeo.network.arcs import ASKS, Seeds
from zzgeo.network.compounds import with_exits
from zzgeo.network.engine import by_edge, ring, seeds_of, spread_from, work_for
from zzgeo.network.graph import StreetGraph
from zzgeo.network.groups import Groups
from zzgeo.network.lines import Floats, Ints
from zzgeo.network.numbering import Numbered
from zzgeo.network.positions import Positions


class Nearest:
    """The nearest source of each of many targets along the streets.

    Parameters
    ----------
    network
        The streets.
    sources
        Where facilities are entered; their owners are ascending numbers, those that come later the higher.
    targets
        Where people stand; their owners are rows.
    """

    def __init__(self, network: StreetGraph, sources: Positions, targets: Positions) -> None:
        self._network, self._targets = network, targets
        self._sources = with_exits(network, sources)
        self._distance, self._owner = spread_from(network.numbered, self._sources)

    @cached_property
    def _standing(self) -> Groups:
        """Return the targets by the edge they stand on."""
        numbered = self._network.numbered
        return Groups(numbered.edge[self._targets.edge], len(numbered.edge))

    @cached_property
    def _nodes(self) -> Groups:
        """Return the nodes by their nearest source."""
        return Groups(self._owner, self._owners)

    @property
    def _owners(self) -> int:
        return int(self._sources.owner.max(initial=-1)) + 1

    @cached_property
    def _place(self) -> Ints:
        """Return where among the targets each row stands, -1 where it stands nowhere; one row more than there are."""
        place = np.full(int(self._targets.owner.max(initial=-1)) + 2, -1)
        place[self._targets.owner] = np.arange(len(self._targets))
        return place

    def without(self, gone: Ints, new: Positions) -> Nearest:
        """Return the same with some sources (by owner) gone, and with others, which are behind all that are there."""
        changed = object.__new__(Nearest)
        vars(changed).update(vars(self))
        vars(changed).pop("_nodes", None)
        left = self._sources.take(~np.isin(self._sources.owner, gone)) if len(gone) else self._sources
        new = with_exits(self._network, new)
        changed._sources = left.beside(new)
        changed._distance, changed._owner = self._distance.copy(), self._owner.copy()
        numbered = self._network.numbered
        seeds = [seeds_of(numbered, new)]
        if len(gone):
            hit = self._nodes.of(gone[gone < self._owners])
            changed._distance[hit], changed._owner[hit] = np.inf, -1
            seeds += [_around(numbered, hit, changed), _at(numbered, hit, seeds_of(numbered, left))]
        changed._fill(Seeds(*(np.concatenate(column) for column in zip(*seeds, strict=True))))
        return changed

    def _fill(self, seeds: Seeds) -> None:
        """Lower what is known at the nodes by a search from seeds."""
        from zzgeo.network import kernels

        numbered = self._network.numbered
        per_cost, buckets = ring(numbered, seeds)
        work = work_for(len(numbered.node), buckets)
        kernels.spread(numbered.arcs, seeds, np.inf, per_cost, work, self._distance, self._owner)

    def touched(self, before: Nearest, other: Positions) -> Ints:
        """Return the rows of targets whose nearest source may be another than before; ``other`` came or went."""
        numbered = self._network.numbered
        node = np.flatnonzero((self._distance != before._distance) | (self._owner != before._owner))
        edges = [numbered.edges_at(node), numbered.edge[with_exits(self._network, other).edge]]
        rows: Ints = self._targets.owner[before._standing.of(np.unique(np.concatenate(edges)))]
        return rows

    def of(self, rows: Ints) -> tuple[Floats, Ints]:
        """Return the metres to the nearest source of some rows, and its owner; ``inf`` and -1 where there is none."""
        from zzgeo.network import kernels

        numbered = self._network.numbered
        metres, owner = np.full(len(rows), np.inf), np.full(len(rows), -1, dtype=np.int64)
        place = self._place[np.minimum(rows, len(self._place) - 1)]
        on = np.flatnonzero(place >= 0)
        targets = self._targets.take(place[on])
        asks = np.empty(len(on), dtype=ASKS)
        asks["edge"], asks["row"] = numbered.edge[targets.edge], on
        asks["offset"], asks["leg"] = targets.offset, targets.leg
        there = by_edge(numbered, self._sources)
        stands = np.zeros(len(self._network.u), dtype=bool)
        stands[there.edge] = True
        nodes = self._distance, self._owner
        kernels.at_positions(numbered.arcs, there, stands, asks, np.inf, *nodes, metres, owner)
        return metres, owner


def _around(numbered: Numbered, hit: Ints, known: Nearest) -> Seeds:
    """Return as seeds how far the nodes of a part are along the arcs that lead into it."""
    arcs, into = numbered.arcs, np.sort(numbered.arcs_into.of(hit))
    tail = np.searchsorted(arcs.start, into, side="right") - 1
    ok = np.isfinite(known._distance[tail]) & np.isfinite(arcs.cost[into])
    into, tail = into[ok], tail[ok]
    return Seeds(np.zeros(1, np.int64), arcs.head[into], known._distance[tail] + arcs.cost[into], known._owner[tail])


def _at(numbered: Numbered, hit: Ints, seeds: Seeds) -> Seeds:
    """Return the seeds at some nodes."""
    part = np.zeros(len(numbered.node), dtype=bool)
    part[hit] = True
    here = part[seeds.node]
    return Seeds(seeds.first, seeds.node[here], seeds.cost[here], seeds.owner[here])
