"""Closer than the Lagrangian bound of the whole: a site is in, or it is out, and each case has a bound of its own.

The case with the highest bound is divided next. In each, prices start from those of the case it came from, and columns
that no better choice can have, or must have, are settled by their reduced costs. What is left open when the search
ends is the bound.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field

import numpy as np

from zzgeo.siting.engine.bound import Limits, Start, earnings, lowered, most_earned
from zzgeo.siting.engine.interchange import fill, started
from zzgeo.siting.engine.reduce import Cover, restricted
from zzgeo.siting.solution import Floats, Ints

#: Steps of the bound in each case, and in the first.
STEPS, FIRST = 100, 300
#: Prices of a case lie near those of the one it came from: its first step is so much of what the gap would have it.
NEAR = 0.01
#: After so many cases the search ends if it has closed less than this share of the gap: it would not close it.
PROBE, HOPE = 60, 0.02


@dataclass(order=True)
class Case:
    """What is left when some columns are in and others out; sorted by its bound, the highest first.

    ``inside`` are the columns that are in, ``people`` whom they reach; ``cover`` and ``limits`` are without them, and
    ``column`` numbers what is left of the columns as in the whole.
    """

    key: tuple[float, int]
    cover: Cover = field(compare=False)
    limits: Limits = field(compare=False)
    price: Floats = field(compare=False)
    inside: tuple[int, ...] = field(compare=False)
    people: float = field(compare=False)
    part: Floats = field(compare=False)


@dataclass
class Best:
    """The best choice so far, in columns of the whole, and the people it reaches; ``whole`` people can be rounded."""

    chosen: Ints
    reached: float
    whole: bool

    def offer(self, chosen: Ints, reached: float) -> None:
        """Take a choice if it is better."""
        if reached > self.reached + 1e-9:
            self.chosen, self.reached = chosen, reached

    def rounded(self, bound: float) -> float:
        """Return a bound rounded down where people are whole numbers."""
        return float(np.floor(bound + 1e-6)) if self.whole else bound


def settle(cover: Cover, price: Floats, limits: Limits, goal: float) -> tuple[Ints, Ints]:
    """Return the columns that a choice of more than ``goal`` people may have, and those of them that it must have."""
    columns = len(cover.cost)
    earned, taken = np.empty(columns), np.empty(columns)
    bound = earnings(cover, price, earned) + most_earned(earned, cover.cost, limits, taken)
    locked = np.zeros(columns, dtype=bool)
    locked[limits.locked] = True
    used = (taken > 0) & ~locked
    if np.isfinite(limits.budget):
        # the last yuan earns so much, if none is left over; where the number of sites may bind instead, nothing goes
        spent = float((taken * cover.cost).sum()) >= limits.budget * (1.0 - 1e-12)
        rate = earned / np.maximum(cover.cost, 1e-9)
        worst = float(rate[used].min()) if spent and used.any() and limits.sites >= columns else 0.0
        kept = locked | (bound - np.maximum(0.0, worst * cover.cost - earned) > goal)
        return np.flatnonzero(kept).astype(np.int64), limits.locked
    weakest = float(earned[used].min()) if used.any() and used.sum() + locked.sum() >= limits.sites else 0.0
    other = float(earned[taken == 0].max()) if (taken == 0).any() else 0.0
    kept = locked | (bound - np.maximum(0.0, weakest - earned) > goal)
    must = used & kept & (bound - (earned - other) <= goal)
    return np.flatnonzero(kept).astype(np.int64), np.union1d(limits.locked, np.flatnonzero(must)).astype(np.int64)


def _taken(case: Case, inside: Ints, kept: Ints) -> Case:
    """Return the case in which some of the columns are in, and of the others only ``kept`` may follow."""
    cover = case.cover
    rows = np.zeros(len(cover.weight), dtype=bool)
    for j in inside:
        rows[cover.row[cover.column_start[j] : cover.column_start[j + 1]]] = True
    columns = np.zeros(len(cover.cost), dtype=bool)
    columns[kept] = True
    columns[inside] = False
    small, left = restricted(cover, ~rows, columns)
    limits = Limits(
        case.limits.sites - len(inside),
        case.limits.budget - float(cover.cost[inside].sum()),
        np.empty(0, dtype=np.int64),
    )
    people = case.people + float(cover.weight[rows].sum())
    within = (*case.inside, *(int(cover.column[j]) for j in inside))
    return Case(case.key, small, limits, case.price[left], within, people, case.part[columns])


def _judged(case: Case, best: Best, steps: int) -> Case | None:
    """Return the case with its bound and its columns settled; None if it holds nothing better."""
    limits = case.limits
    if limits.sites < 0 or limits.budget < 0:
        return None
    best.offer(*_filled(case))
    goal = best.reached - case.people
    if not len(case.cover.cost) or limits.sites == 0:
        return None
    low, price, part = lowered(case.cover, limits, Start(case.price, case.part, NEAR), goal, steps)
    if best.rounded(case.people + low) <= best.reached:
        return None
    kept, must = settle(case.cover, price, limits, goal)
    judged = Case((-(case.people + low), case.key[1]), case.cover, limits, price, case.inside, case.people, part)
    if len(must) or len(kept) < len(case.cover.cost):
        judged = _taken(judged, must, kept)
    return judged


def _filled(case: Case) -> tuple[Ints, float]:
    """Return the greedy choice of a case, in columns of the whole, and the people it reaches."""
    state = started(case.cover, case.limits.locked)
    order = fill(case.cover, state, case.limits, bool(np.isfinite(case.limits.budget)), -1)
    chosen = np.concatenate([np.array(case.inside, dtype=np.int64), case.cover.column[order]])
    return np.sort(chosen).astype(np.int64), case.people + float(state.total[0])


def _undecided(case: Case) -> Ints:
    """Return the column whose two cases differ most: neither in nor out at these prices, and with many people."""
    cover = case.cover
    column = np.repeat(np.arange(len(cover.cost)), np.diff(cover.column_start))
    people = np.bincount(column, cover.weight[cover.row], minlength=len(cover.cost))
    open_share = np.sqrt(np.clip(np.minimum(case.part, 1.0 - case.part), 0.0, 0.5))
    most: Ints = np.argmax(people * open_share, keepdims=True).astype(np.int64)
    return most


def branched(cover: Cover, limits: Limits, price: Floats, best: Best, pairs: float, gap: float) -> tuple[Best, float]:
    """Divide cases until the bound is proven or so many pairs were looked at.

    Parameters
    ----------
    cover, limits
        The whole.
    price
        Prices of its Lagrangian bound.
    best
        The best choice so far, in positions of ``cover``.
    pairs
        How many pairs may be looked at in all steps.
    gap
        The bound need not be closer than this share.

    Returns
    -------
    Best, float
        The best choice, and what no choice beats.
    """
    whole = cover._replace(column=np.arange(len(cover.cost), dtype=np.int64))
    root = Case((-np.inf, 0), whole, limits, price, (), 0.0, np.zeros(len(cover.cost)))
    first = _judged(_taken(root, limits.locked, np.arange(len(cover.cost))), best, FIRST)
    waiting = [] if first is None else [first]
    number, start = 0, -first.key[0] if first is not None else 0.0
    while waiting and pairs > 0:
        case = heapq.heappop(waiting)
        closed = start + case.key[0]
        if number == PROBE and closed < HOPE * (start - best.reached):
            heapq.heappush(waiting, case)
            break
        if best.rounded(-case.key[0]) <= best.reached * (1.0 + gap):
            heapq.heappush(waiting, case)
            break
        columns = np.arange(len(case.cover.cost))
        if not len(columns) or case.limits.sites <= 0:
            best.offer(*_filled(case))
            continue
        middle = _undecided(case)
        nobody = np.empty(0, dtype=np.int64)
        for inside, kept in ((middle, columns), (nobody, np.delete(columns, middle))):
            number += 1
            child = _taken(case, inside, kept)
            child.key = (case.key[0], number)
            pairs -= STEPS * (len(child.cover.site) + 6 * len(child.cover.weight))
            judged = _judged(child, best, STEPS)
            if judged is not None:
                judged.key = (max(judged.key[0], case.key[0]), number)
                heapq.heappush(waiting, judged)
    left = max((-case.key[0] for case in waiting), default=best.reached)
    return best, max(best.reached, best.rounded(left))
