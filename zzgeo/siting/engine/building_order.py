"""In which order sites with room for so many are built: each takes most people that those before it have no place for.

People who have a place may move on to make room for others, so a site adds what the most people with a place rise by
once it is there: along every way that ends at a person without a place.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from zzgeo.network.compiled import kernel
from zzgeo.siting.engine.instance import Instance
from zzgeo.siting.solution import Floats, Ints

#: Fewer people than this are what is left of a sum of fractions, not somebody.
NOBODY = 1e-7


class Pairs(NamedTuple):
    """Who may go where: pairs by place (``start``, ``site``), and their numbers by site (``site_start``, ``pair``)."""

    start: Ints
    site: Ints
    row: Ints
    site_start: Ints
    pair: Ints


class Placed(NamedTuple):
    """How many people of each pair go there, how many of each place have none, and what room each open site has."""

    flow: Floats
    left: Floats
    room: Floats

    def copied(self) -> Placed:
        """Return the same, to try something with."""
        return Placed(*(part.copy() for part in self))


@kernel
def _take(pairs: Pairs, placed: Placed, new: int) -> float:
    """Open a site and place as many people more as can be; return how many."""
    flow, left, room = placed.flow, placed.left, placed.room
    total = 0.0
    came = np.empty(len(room), dtype=np.int64)
    taken, given = np.empty(len(room), dtype=np.int64), np.empty(len(room), dtype=np.int64)
    queue = np.empty(len(room), dtype=np.int64)
    while room[new] > NOBODY:
        came[:] = -2
        came[new], queue[0] = -1, new
        first, last, last_pair = 0, 1, -1
        while first < last and last_pair < 0:
            here = queue[first]
            first += 1
            for k in range(pairs.site_start[here], pairs.site_start[here + 1]):
                e = pairs.pair[k]
                i = pairs.row[e]
                if left[i] > NOBODY:
                    last_pair = e
                    break
                for other in range(pairs.start[i], pairs.start[i + 1]):
                    there = pairs.site[other]
                    if flow[other] > NOBODY and came[there] == -2:
                        # who goes there could come here instead, and leave room there
                        came[there], taken[there], given[there] = here, e, other
                        queue[last] = there
                        last += 1
        if last_pair < 0:
            break
        most = min(room[new], left[pairs.row[last_pair]])
        site = pairs.site[last_pair]
        while came[site] >= 0:
            most = min(most, flow[given[site]])
            site = came[site]
        site = pairs.site[last_pair]
        flow[last_pair] += most
        left[pairs.row[last_pair]] -= most
        while came[site] >= 0:
            flow[given[site]] -= most
            flow[taken[site]] += most
            site = came[site]
        room[new] -= most
        total += most
    return total


def in_building_order(instance: Instance, chosen: Ints, capacity: Floats) -> tuple[Ints, Floats]:
    """Return chosen sites in the order to build them, those first that are locked, and what each adds.

    Sites that add nobody to those before them are left out, unless they are locked.
    """
    mask = np.zeros(len(instance.cost), dtype=bool)
    mask[chosen] = True
    kept = np.flatnonzero(mask[instance.site] & (instance.people[instance.row] > 0))
    row, site = instance.row[kept].astype(np.int64), instance.site[kept].astype(np.int64)
    by_site = np.argsort(site, kind="stable").astype(np.int64)
    starts = [
        np.concatenate(([0], np.cumsum(np.bincount(key, minlength=size)))).astype(np.int64)
        for key, size in ((row, len(instance.people)), (site, len(mask)))
    ]
    pairs = Pairs(starts[0], site, row, starts[1], by_site)
    placed = Placed(np.zeros(len(kept)), instance.people.astype(float), capacity.astype(float))
    order = [int(one) for one in instance.locked]
    gains = [float(_take(pairs, placed, one)) for one in order]
    # a site adds no more the later it comes, so what it would have added before is the most it can add now
    most = {int(one): np.inf for one in np.setdiff1d(chosen, instance.locked)}
    price = np.maximum(instance.cost, 1e-9) if instance.priced else np.ones(len(instance.cost))
    asked: set[int] = set()
    while most:
        best = min(most, key=lambda one: (-most[one] / price[one], one))
        if best not in asked:
            asked.add(best)
            most[best] = float(_take(pairs, placed.copied(), best))
            continue
        gain = float(_take(pairs, placed, best)) if most[best] > NOBODY else 0.0
        del most[best]
        asked.clear()
        if gain > 0.0:
            order.append(best)
            gains.append(gain)
    return np.array(order, dtype=np.int64), np.array(gains, dtype=float)
