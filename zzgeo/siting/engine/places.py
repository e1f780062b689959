"""People and places for them: who can be taken where, within capacities.

A choice of sites takes as many people as a transport problem says. Its bound relaxes that each person goes to one site:
a person has a price between 0 and 1, a site earns 1 less the price of each it takes, up to its capacity.
"""

from __future__ import annotations

import numpy as np
import scipy.sparse

from zzgeo.network.compiled import kernel
from zzgeo.siting.engine.bound import Limits, most_earned
from zzgeo.siting.engine.coverage import rounded, steps_for
from zzgeo.siting.engine.instance import Instance
from zzgeo.siting.engine.reduce import Cover
from zzgeo.siting.engine.solver import Program
from zzgeo.siting.engine.terms import Effort
from zzgeo.siting.solution import Floats, Ints

#: Pairs of what the solver takes whole: of the choice, and of the transport problem alone.
SMALL, TRANSPORT = 6_000, 60_000
#: Every so many steps of the bound, the sites it takes are tried.
TRIED = 25


@kernel
def _taken(cover: Cover, capacity: Floats, price: Floats, earned: Floats, slope: Floats, taken: Floats) -> None:
    """Fill what each column earns; where ``taken`` is above 0, take its people off ``slope`` instead."""
    for j in range(len(capacity)):
        if taken[j] == 0:
            continue
        rows = cover.row[cover.column_start[j] : cover.column_start[j + 1]]
        left, total = capacity[j], 0.0
        for e in np.argsort(price[rows], kind="mergesort"):
            i = rows[e]
            people = min(left, cover.weight[i])
            if people <= 0 or price[i] >= 1.0:
                break
            total += people * (1.0 - price[i])
            slope[i] -= people * taken[j]
            left -= people
        earned[j] = total


@kernel
def _spill(start: Ints, row: Ints, order: Ints, people: Floats, capacity: Floats, flow: Floats) -> None:
    """Fill people of each pair: in the given order, everyone to whoever has room still."""
    left, room = people.copy(), capacity.copy()
    for e in order:
        moved = min(left[start[e]], room[row[e]])
        flow[e] = moved
        left[start[e]] -= moved
        room[row[e]] -= moved


def transported(instance: Instance, chosen: Ints, capacity: Floats) -> tuple[Ints, Ints, Floats]:
    """Return streams of people to chosen sites: as many people as have room, walking least in all.

    Where there are more pairs than a solver takes in seconds, the nearest go first instead.
    """
    mask = np.zeros(len(instance.cost), dtype=bool)
    mask[chosen] = True
    pairs = np.flatnonzero(mask[instance.site] & (instance.people[instance.row] > 0))
    row, site, metres = instance.row[pairs], instance.site[pairs].astype(np.int64), instance.metres[pairs]
    flow = np.zeros(len(pairs))
    if 0 < len(pairs) <= TRANSPORT:
        flow = _least_walk(instance, capacity, row, site, metres)
    elif len(pairs):
        order = np.lexsort((site, row, metres))
        _spill(row, site, order, instance.people, capacity, flow)
    some = flow > 1e-9
    return row[some].astype(np.int64), site[some], flow[some]


def _least_walk(instance: Instance, capacity: Floats, row: Ints, site: Ints, metres: Floats) -> Floats:
    places, at_place = np.unique(row, return_inverse=True)
    sites, at_site = np.unique(site, return_inverse=True)
    number, heads = np.arange(len(row)), instance.people[row]
    # one more person outweighs any detours of the others
    worth = (float(metres.max()) + 1.0) * (len(sites) + 1)
    program = Program(heads * (metres - worth) / worth, 0, np.zeros(len(row)), np.ones(len(row)))
    once = scipy.sparse.csr_array((np.ones(len(row)), (at_place, number)), shape=(len(places), len(row)))
    program.keep(once, -np.inf, 1.0)
    for k, room in enumerate(capacity[sites]):
        program.keep(np.where(at_site == k, heads, 0.0), -np.inf, float(room))
    values, _ = program.solve(1)
    if values is None:
        return np.zeros(len(row))
    return _inside(np.clip(values, 0.0, 1.0) * heads, row, site, instance.people, capacity)


def _inside(flow: Floats, row: Ints, site: Ints, people: Floats, capacity: Floats) -> Floats:
    """Return a solver's streams scaled down where they exceed people or room by its tolerance."""
    for key, most in ((row, people), (site, capacity)):
        total = np.bincount(key, flow, minlength=len(most))
        over = total > most
        flow = flow * np.where(over, most / np.maximum(total, 1e-300), 1.0)[key]
    return flow


def room_found(cover: Cover, capacity: Floats, chosen: Ints) -> float:
    """Return how many people some columns take if those with fewest other columns go first: no more than can be."""
    mask = np.zeros(len(cover.cost), dtype=bool)
    mask[chosen] = True
    pairs = np.flatnonzero(mask[cover.site])
    row = np.repeat(np.arange(len(cover.weight)), np.diff(cover.start))[pairs]
    others = np.bincount(row, minlength=len(cover.weight))
    flow = np.zeros(len(pairs))
    order = np.lexsort((row, others[row]))
    _spill(row, cover.site[pairs].astype(np.int64), order, cover.weight, capacity, flow)
    return float(flow.sum())


def most_placed(cover: Cover, capacity: Floats, limits: Limits, effort: Effort) -> tuple[Ints, float]:
    """Return the columns that are found to take most people, and a proven bound on the people taken."""
    if len(cover.site) <= SMALL and effort.nodes:
        answer, bound = _solved(cover, capacity, limits, 50 * effort.nodes)
        if answer is not None:
            return answer, rounded_room(cover, capacity, bound)
    chosen = _greedy(cover, capacity, limits)
    best, price = room_found(cover, capacity, chosen), np.zeros(len(cover.weight))
    earned, taken, every = np.zeros(len(cover.cost)), np.empty(len(cover.cost)), np.ones(len(cover.cost))
    high, factor, poor, held = np.inf, 1.0, 0, price
    for step in range(steps_for(cover, effort)):
        slope = cover.weight.copy()
        _taken(cover, capacity, price, earned, slope, every)
        bound = float((cover.weight * price).sum()) + float(most_earned(earned, cover.cost, limits, taken))
        slope = cover.weight.copy()
        _taken(cover, capacity, price, earned.copy(), slope, taken)
        if bound < high:
            high, poor, held = bound, 0, price
        else:
            poor += 1
            factor, poor = (factor * 0.66, 0) if poor >= 10 else (factor, poor)
        if step % TRIED == 0:
            trial = np.flatnonzero(taken >= 1.0).astype(np.int64)
            people = room_found(cover, capacity, trial)
            chosen, best = (trial, people) if people > best else (chosen, best)
        length = float((slope * slope).sum())
        if length == 0.0 or high - best <= 1e-9 * high:
            break
        price = np.clip((held if poor == 0 else price) - factor * (high - best) / length * slope, 0.0, 1.0)
    return chosen, rounded_room(cover, capacity, high)


def rounded_room(cover: Cover, capacity: Floats, bound: float) -> float:
    """Return a bound on people taken, rounded down where people and capacities are whole numbers."""
    whole = np.array_equal(capacity, np.floor(capacity))
    return rounded(cover, bound) if whole else bound


def _greedy(cover: Cover, capacity: Floats, limits: Limits) -> Ints:
    """Choose who takes most of the people still without a place (per yuan), one by one."""
    left = cover.weight.copy()
    chosen: list[int] = []
    column = np.repeat(np.arange(len(cover.cost)), np.diff(cover.column_start))
    waiting = [int(j) for j in limits.locked]
    spent = 0.0
    while True:
        if not waiting:
            people = np.minimum(capacity, np.bincount(column, left[cover.row], minlength=len(cover.cost)))
            people[chosen] = 0.0
            people[cover.cost > limits.budget - spent + 1e-9] = 0.0
            value = people / np.maximum(cover.cost, 1e-9) if np.isfinite(limits.budget) else people
            if not len(value) or value.max() <= 1e-9 or len(chosen) >= limits.sites:
                return np.array(chosen, dtype=np.int64)
            waiting = [int(np.argmax(value))]
        j = waiting.pop(0)
        chosen.append(j)
        spent += float(cover.cost[j])
        rows = cover.row[cover.column_start[j] : cover.column_start[j + 1]]
        few = rows[np.argsort(np.diff(cover.start)[rows], kind="stable")]
        before = np.concatenate(([0.0], np.cumsum(left[few])[:-1]))
        left[few] -= np.clip(capacity[j] - before, 0.0, left[few])


def _solved(cover: Cover, capacity: Floats, limits: Limits, nodes: int) -> tuple[Ints | None, float]:
    """Let the solver choose sites and shares of each row that go there."""
    rows, columns, pairs = len(cover.weight), len(cover.cost), len(cover.site)
    row, number, ones = np.repeat(np.arange(rows), np.diff(cover.start)), np.arange(pairs), np.ones(pairs)
    heads = cover.weight[row]
    program = Program(np.concatenate([np.zeros(columns), -heads]), columns, np.zeros(columns + pairs), np.ones(1))
    program.least[limits.locked] = 1.0
    program.most = np.ones(columns + pairs)
    opened = scipy.sparse.csr_array((ones, (number, cover.site)), shape=(pairs, columns))
    program.keep(scipy.sparse.hstack([opened, -scipy.sparse.eye_array(pairs)]), 0.0, np.inf)
    once = scipy.sparse.csr_array((ones, (row, number)), shape=(rows, pairs))
    program.keep(scipy.sparse.hstack([scipy.sparse.csr_array((rows, columns)), once]), -np.inf, 1.0)
    filled = scipy.sparse.csr_array((heads, (cover.site, number)), shape=(columns, pairs))
    program.keep(scipy.sparse.hstack([-scipy.sparse.diags_array(capacity), filled]), -np.inf, 0.0)
    nobody = np.zeros(pairs)
    program.keep(np.concatenate([np.ones(columns), nobody]), -np.inf, float(limits.sites))
    if np.isfinite(limits.budget):
        program.keep(np.concatenate([cover.cost, nobody]), -np.inf, limits.budget)
    values, bound = program.solve(nodes)
    return None if values is None else np.flatnonzero(values[:columns] > 0.5).astype(np.int64), -bound
