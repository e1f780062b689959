"""Good choices of sites quickly: greedy, then exchanges, then neighbours torn out and the hole filled again.

What each candidate would add, and what each chosen one alone reaches, is kept up with every step, so that a step costs
what it changes and nothing more.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from zzgeo.network.compiled import inlined, inner, kernel
from zzgeo.siting.engine.bound import Limits
from zzgeo.siting.engine.reduce import Cover
from zzgeo.siting.solution import Flags, Floats, Ints

#: A gain smaller than this is none: sums of fractions are not exact.
NOTHING = 1e-9
#: So much of what a site reaches on average may be lost in a round, at first.
HEAT = 0.1
#: So many of a hundred choices to fill a hole are the second best.
SECOND = 30
#: At most so many neighbours are torn out at once.
TORN = 6


class State(NamedTuple):
    """What is chosen, how often each row is reached, what each candidate would add, what each chosen one alone reaches.

    ``total`` holds people reached, sites, and yuan.
    """

    chosen: Flags
    times: Ints
    gain: Floats
    loss: Floats
    total: Floats


def started(cover: Cover, locked: Ints) -> State:
    """Return the state in which what is locked is chosen."""
    columns, rows = len(cover.cost), len(cover.weight)
    column = np.repeat(np.arange(columns), np.diff(cover.column_start))
    gain = np.bincount(column, cover.weight[cover.row], minlength=columns).astype(float)
    state = State(np.zeros(columns, dtype=bool), np.zeros(rows, dtype=np.int64), gain, np.zeros(columns), np.zeros(3))
    for j in locked:
        add(cover, state, int(j))
    return state


@kernel
def add(cover: Cover, state: State, j: int) -> None:
    """Choose a candidate."""
    chosen, times, gain, loss, total = state
    start, site, weight = cover.start, cover.site, cover.weight
    total[0] += gain[j]
    total[1] += 1.0
    total[2] += cover.cost[j]
    alone = 0.0
    for e in range(cover.column_start[j], cover.column_start[j + 1]):
        i = cover.row[e]
        if times[i] == 0:
            alone += weight[i]
            for f in range(start[i], start[i + 1]):
                gain[site[f]] -= weight[i]
        elif times[i] == 1:
            for f in range(start[i], start[i + 1]):
                if chosen[site[f]]:
                    loss[site[f]] -= weight[i]
                    break
        times[i] += 1
    chosen[j] = True
    loss[j] = alone


@kernel
def remove(cover: Cover, state: State, j: int) -> None:
    """Take a candidate back."""
    chosen, times, gain, loss, total = state
    start, site, weight = cover.start, cover.site, cover.weight
    chosen[j] = False
    total[0] -= loss[j]
    total[1] -= 1.0
    total[2] -= cover.cost[j]
    loss[j] = 0.0
    for e in range(cover.column_start[j], cover.column_start[j + 1]):
        i = cover.row[e]
        times[i] -= 1
        if times[i] == 0:
            for f in range(start[i], start[i + 1]):
                gain[site[f]] += weight[i]
        elif times[i] == 1:
            for f in range(start[i], start[i + 1]):
                if chosen[site[f]]:
                    loss[site[f]] += weight[i]
                    break


@inner
def _best(cover: Cover, state: State, limits: Limits, by_cost: bool, barred: int) -> int:
    """Return the candidate that adds most (or most per yuan) and may be chosen still; -1 if none adds anybody."""
    gain, chosen, cost = state.gain, state.chosen, cover.cost
    best, most = -1, NOTHING
    if state.total[1] >= limits.sites:
        return best
    if np.isinf(limits.budget):
        for k in range(len(gain)):
            if gain[k] > most and k != barred and not chosen[k]:
                best, most = k, gain[k]
        return best
    left = limits.budget - state.total[2] + NOTHING * max(1.0, limits.budget)
    for k in range(len(gain)):
        if gain[k] > NOTHING and not chosen[k] and cost[k] <= left and k != barred:
            value = gain[k] / max(cost[k], NOTHING) if by_cost else gain[k]
            if value > most:
                best, most = k, value
    return best


@kernel
def fill(cover: Cover, state: State, limits: Limits, by_cost: bool, barred: int) -> Ints:
    """Choose greedily until nothing more can be chosen or nobody is added; return who was chosen, in order.

    ``barred`` may not be the first.
    """
    order = np.empty(len(state.chosen), dtype=np.int64)
    number = 0
    while number < len(order):
        j = _best(cover, state, limits, by_cost, barred)
        if j < 0:
            break
        add(cover, state, j)
        order[number] = j
        number += 1
        barred = -1
    return order[:number]


@inlined
def _random(seed: Ints, below: int) -> int:
    # Lehmer's generator: no overflow, the same numbers on every machine
    seed[0] = seed[0] * 48271 % 2147483647
    return int((seed[0] >> 4) % below)


@inner
def _refill(cover: Cover, state: State, limits: Limits, by_cost: bool, barred: int, seed: Ints) -> Ints:
    """Fill a hole greedily, but now and then with the second best; who was taken out first does not come back first."""
    order = np.empty(len(state.chosen), dtype=np.int64)
    number = 0
    while number < len(order):
        j = _best(cover, state, limits, by_cost, barred)
        if j >= 0 and barred < 0 and _random(seed, 100) < SECOND:
            other = _best(cover, state, limits, by_cost, j)
            j = other if other >= 0 else j
        if j < 0:
            break
        add(cover, state, j)
        order[number] = j
        number += 1
        barred = -1
    return order[:number]


@inner
def _exchange(cover: Cover, state: State, r: int, limits: Limits) -> int:
    """Put the best candidate in the place of a chosen one if that adds people; return who stands there now."""
    before = state.loss[r]
    remove(cover, state, r)
    k = _best(cover, state, limits, False, -1)
    if k < 0 or state.gain[k] <= before + NOTHING:
        k = r
    add(cover, state, k)
    return k


@kernel
def exchange_all(cover: Cover, state: State, fixed: Flags, limits: Limits) -> None:
    """Exchange until no exchange of one chosen site for another candidate adds people."""
    columns = len(cover.cost)
    idle, r = 0, 0
    while idle < columns:
        idle += 1
        if state.chosen[r] and not fixed[r] and _exchange(cover, state, r, limits) != r:
            idle = 0
            fill(cover, state, limits, False, -1)
        r = (r + 1) % columns


@inner
def _tear(cover: Cover, state: State, fixed: Flags, first: int, seed: Ints, out: Ints) -> int:
    """Take a chosen site and some near it back; return how many, written into ``out``.

    Near is who shares a row with somebody who shares a row with one that is taken back.
    """
    start, begin = cover.start, cover.column_start
    torn = 2 + _random(seed, TORN - 2)
    remove(cover, state, first)
    out[0] = first
    gone = 1
    for _ in range(10 * torn):
        centre = out[_random(seed, gone)]
        if gone >= torn or begin[centre + 1] == begin[centre]:
            break
        i = cover.row[begin[centre] + _random(seed, begin[centre + 1] - begin[centre])]
        k = cover.site[start[i] + _random(seed, start[i + 1] - start[i])]
        i = cover.row[begin[k] + _random(seed, begin[k + 1] - begin[k])]
        for f in range(start[i], start[i + 1]):
            r = cover.site[f]
            if state.chosen[r] and not fixed[r]:
                remove(cover, state, r)
                out[gone] = r
                gone += 1
                break
    return gone


@inner
def _polish(cover: Cover, state: State, new: Ints, limits: Limits) -> None:
    """Exchange the new sites until none can be exchanged for a better one."""
    for _ in range(8):
        moved = False
        for t in range(len(new)):
            k = _exchange(cover, state, new[t], limits)
            moved = moved or k != new[t]
            new[t] = k
        if not moved:
            break


@inner
def _listed(state: State, fixed: Flags, members: Ints) -> int:
    """Write down who is chosen and may go; return how many."""
    number = 0
    for j in range(len(fixed)):
        if state.chosen[j] and not fixed[j]:
            members[number] = j
            number += 1
    return number


@inner
def _restored(cover: Cover, state: State, wanted: Flags) -> None:
    for j in range(len(wanted)):
        if state.chosen[j] and not wanted[j]:
            remove(cover, state, j)
    for j in range(len(wanted)):
        if wanted[j] and not state.chosen[j]:
            add(cover, state, j)


@kernel
def improved(cover: Cover, state: State, fixed: Flags, limits: Limits, search: tuple[int, int, float]) -> int:
    """Tear out neighbours and fill the hole again, in rounds; leave the best choice in ``state``.

    ``search`` has the number of rounds, the seed, and how many people are enough. A round that loses a little is kept
    now and then, less often towards the end. Returns how many rounds were made.
    """
    rounds, first, enough = search
    seed = np.array([first % 2147483646 + 1], dtype=np.int64)
    best, before = state.chosen.copy(), state.chosen.copy()
    members, out = np.empty(len(fixed), dtype=np.int64), np.empty(TORN, dtype=np.int64)
    number = _listed(state, fixed, members)
    most = state.total[0]
    made = 0
    while made < rounds and number > 0 and most < enough:
        current = state.total[0]
        heat = HEAT * most / number * (1.0 - made / rounds)
        gone = _tear(cover, state, fixed, members[_random(seed, number)], seed, out)
        new = _refill(cover, state, limits, _random(seed, 2) == 0, out[0], seed)
        _polish(cover, state, new, limits)
        made += 1
        if state.total[0] > current - heat * (_random(seed, 1000) / 1000.0):
            before[out[:gone]] = False
            before[new] = True
            number = _listed(state, fixed, members)
            if state.total[0] > most + NOTHING:
                most = state.total[0]
                best[:] = state.chosen
        else:
            for k in new:
                if not before[k]:
                    remove(cover, state, k)
            for k in out[:gone]:
                if not state.chosen[k]:
                    add(cover, state, k)
    _restored(cover, state, best)
    return made
