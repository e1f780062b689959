"""Least walking with so many sites: exchange on the two nearest sites of each place, and a Lagrangian bound.

Whoever reaches no chosen site is counted at a fixed distance. Every place has a price; a candidate earns what the price
is above the walk to it, and what the best so many earn, taken off the sum of the prices, is what no choice can walk
less than.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import scipy.sparse

from zzgeo.network.compiled import inner, kernel
from zzgeo.siting.engine.instance import Instance
from zzgeo.siting.engine.solver import Program
from zzgeo.siting.engine.terms import Effort
from zzgeo.siting.solution import Codes, Flags, Floats, Ints

#: Pairs of what the solver takes whole.
SMALL = 6_000
#: Pairs looked at in all steps of the bound, and in all rounds of the search.
STEP_PAIRS, ROUND_PAIRS = 2_000_000_000, 2_000_000_000


class Walks(NamedTuple):
    """Walks of the places with people: pairs by place and by candidate, as person-metres; ``most`` is the price."""

    start: Ints
    site: Codes
    walk: Floats
    column_start: Ints
    row: Codes
    column_walk: Floats
    most: Floats


def walks_of(instance: Instance, farthest: float) -> Walks:
    """Return the walks of an instance; who reaches no site counts as walking ``farthest`` metres."""
    shape = (len(instance.people), len(instance.cost))
    walk = instance.metres * np.repeat(instance.people, np.diff(instance.start))
    kept = np.flatnonzero(instance.people > 0)
    # a walk of 0 is stored too: one is added while the matrix is turned
    pairs = scipy.sparse.csr_array((walk + 1.0, instance.site, instance.start), shape=shape)[kept]
    turned = pairs.tocsc()
    turned.sort_indices()
    most = instance.people[kept] * farthest
    number = np.int64
    return Walks(
        pairs.indptr.astype(number),
        pairs.indices.astype(np.int32),
        pairs.data - 1.0,
        turned.indptr.astype(number),
        turned.indices.astype(np.int32),
        turned.data - 1.0,
        most,
    )


@inner
def _nearest_two(walks: Walks, chosen: Flags, first: Floats, second: Floats, owner: Ints, i: int) -> None:
    """Fill the shortest and the second shortest walk of a place, and who is nearest."""
    a, b, o = walks.most[i], walks.most[i], -1
    for e in range(walks.start[i], walks.start[i + 1]):
        if chosen[walks.site[e]]:
            d = walks.walk[e]
            if d < a:
                a, b, o = d, a, walks.site[e]
            elif d < b:
                b = d
    first[i], second[i], owner[i] = a, b, o


@kernel
def walked(walks: Walks, chosen: Flags) -> float:
    """Return the person-metres of a choice."""
    total = 0.0
    for i in range(len(walks.most)):
        least = walks.most[i]
        for e in range(walks.start[i], walks.start[i + 1]):
            if chosen[walks.site[e]] and walks.walk[e] < least:
                least = walks.walk[e]
        total += least
    return total


@inner
def _spared(walks: Walks, first: Floats, k: int) -> float:
    """Return how many person-metres a candidate would spare."""
    spared = 0.0
    for e in range(walks.column_start[k], walks.column_start[k + 1]):
        spared += max(0.0, first[walks.row[e]] - walks.column_walk[e])
    return spared


@kernel
def greedy_median(walks: Walks, chosen: Flags, allowed: Flags, sites: int) -> None:
    """Choose who spares most walking until there are so many sites or nothing is spared; lazily, as gains only fall."""
    columns, rows = len(chosen), len(walks.most)
    first = walks.most.copy()
    number = 0
    for j in range(columns):
        if chosen[j]:
            number += 1
            for e in range(walks.column_start[j], walks.column_start[j + 1]):
                first[walks.row[e]] = min(first[walks.row[e]], walks.column_walk[e])
    gain = np.full(columns, np.inf)
    while number < sites and rows > 0:
        best, most = -1, 1e-9
        for k in np.argsort(-gain, kind="mergesort"):
            if gain[k] <= most:
                break
            if allowed[k] and not chosen[k]:
                gain[k] = _spared(walks, first, k)
                if gain[k] > most:
                    best, most = k, gain[k]
        if best < 0:
            break
        chosen[best] = True
        number += 1
        for e in range(walks.column_start[best], walks.column_start[best + 1]):
            first[walks.row[e]] = min(first[walks.row[e]], walks.column_walk[e])


@kernel
def exchange_median(walks: Walks, chosen: Flags, fixed: Flags, allowed: Flags) -> float:
    """Exchange chosen sites for others, the best exchange of a candidate first, until none spares walking.

    Source: Whitaker 1983, fast interchange: what a candidate spares, less what closing each chosen site would cost
    beside it.
    """
    columns, rows = len(chosen), len(walks.most)
    first, second, owner = np.empty(rows), np.empty(rows), np.empty(rows, dtype=np.int64)
    for i in range(rows):
        _nearest_two(walks, chosen, first, second, owner, i)
    loss = np.zeros(columns)
    for i in range(rows):
        if owner[i] >= 0:
            loss[owner[i]] += second[i] - first[i]
    back, idle, k = np.zeros(columns), 0, 0
    while idle < columns:
        idle += 1
        k = (k + 1) % columns
        if chosen[k] or not allowed[k]:
            continue
        back[:] = 0.0
        spared = 0.0
        for e in range(walks.column_start[k], walks.column_start[k + 1]):
            i, d = walks.row[e], walks.column_walk[e]
            spared += max(0.0, first[i] - d)
            if owner[i] >= 0 and d < second[i]:
                back[owner[i]] += second[i] - max(first[i], d)
        out, most = -1, 1e-7
        for r in range(columns):
            if chosen[r] and not fixed[r] and spared - loss[r] + back[r] > most:
                out, most = r, spared - loss[r] + back[r]
        if out < 0:
            continue
        idle = 0
        chosen[k], chosen[out] = True, False
        for j in (k, out):
            for e in range(walks.column_start[j], walks.column_start[j + 1]):
                i = walks.row[e]
                if owner[i] >= 0:
                    loss[owner[i]] -= second[i] - first[i]
                _nearest_two(walks, chosen, first, second, owner, i)
                if owner[i] >= 0:
                    loss[owner[i]] += second[i] - first[i]
    return float(first.sum())


@kernel
def raised(walks: Walks, fixed: Flags, allowed: Flags, sites: int, goal: float, steps: int) -> tuple[float, Floats]:
    """Return the highest bound found below the person-metres of any choice, and what each candidate earns."""
    columns, rows = len(fixed), len(walks.most)
    price = np.empty(rows)
    for i in range(rows):
        least = walks.most[i]
        for e in range(walks.start[i], walks.start[i + 1]):
            least = min(least, walks.walk[e])
        price[i] = 0.5 * (least + walks.most[i])
    best, average, slope = price.copy(), np.zeros(rows), np.empty(rows)
    earned, kept = np.empty(columns), np.zeros(columns)
    high, factor, poor, fresh, mark = -np.inf, 1.0, 0, 0.1, -np.inf
    for step in range(steps):
        for j in range(columns):
            earned[j] = 0.0
            for e in range(walks.column_start[j], walks.column_start[j + 1]):
                earned[j] += max(0.0, price[walks.row[e]] - walks.column_walk[e])
            if fixed[j]:
                earned[j] += 1e18
            elif not allowed[j]:
                earned[j] = -1.0
        bound = price.sum()
        slope[:] = 1.0
        taken = np.argsort(-earned, kind="mergesort")[:sites]
        for j in taken:
            if earned[j] < 0:
                continue
            bound -= earned[j] - (1e18 if fixed[j] else 0.0)
            for e in range(walks.column_start[j], walks.column_start[j + 1]):
                if price[walks.row[e]] > walks.column_walk[e]:
                    slope[walks.row[e]] -= 1.0
        for i in range(rows):
            if slope[i] > 0 and price[i] >= walks.most[i]:
                slope[i] = 0.0
        same, new, old = (slope * average).sum(), (slope * slope).sum(), (average * average).sum()
        spread = new + old - 2 * same
        share = 1.0 if old == 0 else min(fresh, max(fresh / 10, (old - same) / spread if spread > 0 else fresh))
        average = share * slope + (1 - share) * average
        if bound > high:
            high, poor = bound, 0
            best[:] = price
            kept[:] = earned
            if same > 0:
                factor = min(2.0, factor * 1.1)
        else:
            poor += 1
            if poor >= 10:
                poor, factor = 0, factor * 0.66
        if step % 100 == 99:
            if high < mark + 0.001 * abs(mark):
                fresh = max(fresh / 2, 1e-3)
            mark = high
        length = (average * average).sum()
        if length == 0.0 or goal - high <= 1e-9 * goal:
            break
        for i in range(rows):
            move = factor * (goal - high) / length * average[i]
            price[i] = min(walks.most[i], max(0.0, best[i] + move))
    return high, kept


def least_walking(walks: Walks, fixed: Flags, allowed: Flags, sites: int, effort: Effort) -> tuple[Ints, float]:
    """Return the columns of the least walking that is found, and a proven lower bound in person-metres."""
    chosen = fixed.copy()
    greedy_median(walks, chosen, allowed, sites)
    exchange_median(walks, chosen, fixed, allowed)
    if len(walks.site) <= SMALL and effort.nodes:
        answer, bound = _solved(walks, fixed, allowed, sites, 50 * effort.nodes)
        if answer is not None and answer.sum() <= sites and walked(walks, answer) < walked(walks, chosen):
            chosen = answer
    else:
        chosen = _searched(walks, chosen, fixed, allowed, effort)
        steps = effort.steps
        if steps is None:
            steps = int(np.clip(STEP_PAIRS / max(1, 2 * len(walks.site)), 300, 1_000))
        bound, _ = raised(walks, fixed, allowed, sites, float(walked(walks, chosen)), steps)
    return np.flatnonzero(chosen).astype(np.int64), min(float(bound), float(walked(walks, chosen)))


def _searched(walks: Walks, chosen: Flags, fixed: Flags, allowed: Flags, effort: Effort) -> Flags:
    """Close some sites by chance, choose others greedily and exchange, in rounds; keep what spares walking."""
    rounds = effort.rounds
    if rounds is None:
        rounds = int(np.clip(ROUND_PAIRS / max(1, 40 * len(walks.site)), 3, 100))
    generator = np.random.default_rng(effort.seed)
    sites, least = int(chosen.sum()), float(walked(walks, chosen))
    for _ in range(rounds):
        free = np.flatnonzero(chosen & ~fixed)
        if not len(free):
            break
        trial = chosen.copy()
        trial[generator.choice(free, max(1, min(len(free), len(free) // 8)), replace=False)] = False
        greedy_median(walks, trial, allowed & ~(chosen & ~trial & (generator.random(len(trial)) < 0.5)), sites)
        total = float(exchange_median(walks, trial, fixed, allowed))
        if total < least * (1 - 1e-12):
            chosen, least = trial, total
    return chosen


def _solved(walks: Walks, fixed: Flags, allowed: Flags, sites: int, nodes: int) -> tuple[Flags | None, float]:
    """Let the solver choose: who walks where is between 0 and 1, and only to what is chosen."""
    rows, columns, pairs = len(walks.most), len(fixed), len(walks.site)
    row, number = np.repeat(np.arange(rows), np.diff(walks.start)), np.arange(pairs)
    spared = walks.most[row] - walks.walk
    program = Program(np.concatenate([np.zeros(columns), -spared]), columns, np.zeros(columns + pairs), np.ones(1))
    program.least[:columns] = fixed
    program.most = np.concatenate([allowed.astype(float), np.ones(pairs)])
    ones = np.ones(pairs)
    opened = scipy.sparse.csr_array((ones, (number, walks.site)), shape=(pairs, columns))
    program.keep(scipy.sparse.hstack([opened, -scipy.sparse.eye_array(pairs)]), 0.0, np.inf)
    once = scipy.sparse.csr_array((ones, (row, number)), shape=(rows, pairs))
    program.keep(scipy.sparse.hstack([scipy.sparse.csr_array((rows, columns)), once]), -np.inf, 1.0)
    program.keep(np.concatenate([np.ones(columns), np.zeros(pairs)]), -np.inf, float(sites))
    values, bound = program.solve(nodes)
    total = float(walks.most.sum())
    return None if values is None else values[:columns] > 0.5, total + bound
