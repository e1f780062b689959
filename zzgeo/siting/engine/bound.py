"""What no choice of sites can beat: a Lagrangian bound on the people reached.

Every row has a price between nothing and its people. Whoever reaches a row earns its price, and what the price leaves
of its people is given away: for any prices, what the best so many candidates earn and what is given away is at least
what any choice of them reaches. Prices are moved along an average of the last directions (the volume algorithm:
Barahona and Anbil, Mathematical Programming 87, 2000).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from zzgeo.network.compiled import inner, kernel
from zzgeo.siting.engine.reduce import Cover
from zzgeo.siting.solution import Floats, Ints

#: Share of the last direction in the average, at first.
FRESH = 0.1
#: So many steps without a better bound, and steps become shorter.
PATIENCE = 10


class Limits(NamedTuple):
    """At most ``sites`` candidates and ``budget`` yuan (infinite where money does not count); ``locked`` are in."""

    sites: int
    budget: float
    locked: Ints


class Start(NamedTuple):
    """Where prices start: the ``price`` of each row, and the ``part`` of each candidate that is taken near there.

    ``part`` is an average, nothing where it is not known: with it the first direction is that of the average, and not
    of the one choice that earns most at these prices. The first step is ``factor`` times what the gap would have it.
    """

    price: Floats
    part: Floats
    factor: float


def afresh(cover: Cover) -> Start:
    """Return where prices start of which nothing is known."""
    return Start(cover.weight * 0.5, np.zeros(len(cover.cost)), 1.0)


@kernel
def earnings(cover: Cover, price: Floats, earned: Floats) -> float:
    """Fill what each candidate earns at these prices, and return what the prices leave."""
    left = 0.0
    for i in range(len(price)):
        left += cover.weight[i] - price[i]
    for j in range(len(earned)):
        total = 0.0
        for e in range(cover.column_start[j], cover.column_start[j + 1]):
            total += price[cover.row[e]]
        earned[j] = total
    return left


@inner
def _by_number(earned: Floats, free: int, taken: Floats) -> float:
    """Take the candidates that earn most, so many; return what they earn."""
    value = np.where(taken > 0, -1.0, earned)
    total = 0.0
    if free <= 0:
        return total
    cut = np.partition(value, len(value) - free)[len(value) - free] if free < len(value) else -0.5
    for j in range(len(value)):
        if value[j] > cut:
            taken[j] = 1.0
            total += value[j]
            free -= 1
    for j in range(len(value)):
        if free > 0 and value[j] == cut:
            taken[j] = 1.0
            total += value[j]
            free -= 1
    return total


@inner
def _by_money(earned: Floats, cost: Floats, left: float, taken: Floats) -> float:
    """Take the candidates that earn most per yuan, the last one in part; return what they earn."""
    total = 0.0
    for j in np.argsort(-earned / np.maximum(cost, 1e-9)):
        if taken[j] > 0 or earned[j] <= 0:
            continue
        part = 1.0 if cost[j] <= left else max(0.0, left / cost[j])
        taken[j] = part
        total += part * earned[j]
        left -= part * cost[j]
        if part < 1.0:
            break
    return total


@kernel
def most_earned(earned: Floats, cost: Floats, limits: Limits, taken: Floats) -> float:
    """Fill how much of each candidate is taken, 0 to 1, and return the most that can be earned."""
    taken[:] = 0.0
    total, left = 0.0, limits.budget
    for j in limits.locked:
        taken[j] = 1.0
        total += earned[j]
        left -= cost[j]
    free = limits.sites - len(limits.locked)
    if np.isinf(limits.budget):
        return total + _by_number(earned, free, taken)
    before = taken.copy()
    money = _by_money(earned, cost, left, taken)
    if free >= len(cost) - len(limits.locked):
        return total + money
    # each limit alone is a bound
    other = before.copy()
    number = _by_number(earned, free, other)
    if number < money:
        taken[:] = other
        return total + number
    return total + money


@inner
def _slopes(cover: Cover, price: Floats, taken: Floats, slope: Floats) -> None:
    """Fill which way the bound rises with each price: how often a row is reached, less once."""
    slope[:] = -1.0
    for j in range(len(taken)):
        if taken[j] > 0:
            for e in range(cover.column_start[j], cover.column_start[j + 1]):
                slope[cover.row[e]] += taken[j]
    for i in range(len(slope)):
        if (slope[i] < 0 and price[i] >= cover.weight[i]) or (slope[i] > 0 and price[i] <= 0):
            slope[i] = 0.0


@inner
def _averaged(average: Floats, slope: Floats, most: float) -> float:
    """Move the average towards a slope, as far as makes it shortest within limits; return whether they agree."""
    same, new, old = 0.0, 0.0, 0.0
    for i in range(len(slope)):
        same += slope[i] * average[i]
        new += slope[i] * slope[i]
        old += average[i] * average[i]
    share = 1.0
    if old > 0:
        spread = new + old - 2 * same
        share = min(most, max(most / 10, (old - same) / spread if spread > 0 else most))
    for i in range(len(slope)):
        average[i] = share * slope[i] + (1 - share) * average[i]
    return same


@inner
def _moved(weight: Floats, best: Floats, average: Floats, gap: float, trial: Floats) -> bool:
    """Fill the prices to try next; return False if there is nowhere to go."""
    length = 0.0
    for i in range(len(best)):
        if (average[i] > 0 and best[i] > 0) or (average[i] < 0 and best[i] < weight[i]):
            length += average[i] * average[i]
    if length == 0.0:
        return False
    for i in range(len(best)):
        trial[i] = min(weight[i], max(0.0, best[i] - gap / length * average[i]))
    return True


@kernel
def lowered(cover: Cover, limits: Limits, start: Start, goal: float, steps: int) -> tuple[float, Floats, Floats]:
    """Lower the bound from given prices, so many steps or until it is below ``goal``.

    Returns
    -------
    float, array of shape (n_rows,), array of shape (n_columns,)
        The least bound, its prices, and how much of each candidate was taken on average.
    """
    rows, columns = len(cover.weight), len(cover.cost)
    factor = start.factor
    best, trial, average, part = start.price.copy(), start.price.copy(), np.zeros(rows), start.part.copy()
    slope, earned, taken = np.empty(rows), np.empty(columns), np.empty(columns)
    low, mark, fresh, poor = np.inf, np.inf, FRESH, 0
    if part.any():
        _slopes(cover, trial, part, average)
    for step in range(steps):
        bound = earnings(cover, trial, earned) + most_earned(earned, cover.cost, limits, taken)
        _slopes(cover, trial, taken, slope)
        same = _averaged(average, slope, fresh)
        part += 0.02 * (taken - part)
        if bound < low:
            low, poor = bound, 0
            best[:] = trial
            if same > 0:
                factor = min(2.0, factor * 1.1)
        else:
            poor += 1
            if poor >= PATIENCE:
                poor, factor = 0, factor * 0.66
        if step % 100 == 99:
            if low > 0.999 * mark:
                fresh = max(fresh / 2, 1e-3)
            mark = low
        if low < goal or not _moved(cover.weight, best, average, factor * max(low - goal, 1e-6 * low), trial):
            break
    return low, best, part
