"""Fewest sites, or least money, that reach so many people: search, bound, and the solver for what is left."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from zzgeo.siting.engine.bound import Limits, afresh, earnings, lowered
from zzgeo.siting.engine.coverage import KERNEL, SMALL, rounds_for, steps_for
from zzgeo.siting.engine.interchange import State, exchange_all, fill, improved, remove, started
from zzgeo.siting.engine.reduce import Cover
from zzgeo.siting.engine.solver import solved_cover
from zzgeo.siting.engine.terms import Effort
from zzgeo.siting.solution import Flags, Floats, Ints

#: So often in a row cheaper choices are searched for before the search gives up.
TURNS = 200


@dataclass(frozen=True)
class Fewest:
    """Columns that reach enough people, what they cost, and what no other choice costs less than."""

    chosen: Ints
    cost: float
    bound: float


def fewest(cover: Cover, goal: float, locked: Ints, effort: Effort) -> Fewest:
    """Return the cheapest columns that are found to reach ``goal`` people, and a proven bound.

    ``goal`` is no more than what all columns together reach.
    """
    fixed = np.zeros(len(cover.cost), dtype=bool)
    fixed[locked] = True
    state = started(cover, locked)
    money = 2.0 * float(cover.cost.sum()) + 1.0
    _fill_to(cover, state, goal, Limits(len(cover.cost), money, locked))
    _without_idle(cover, state, fixed, goal)
    chosen = np.flatnonzero(state.chosen).astype(np.int64)
    if len(cover.site) > SMALL or not effort.nodes:
        chosen = _cheaper(cover, chosen, fixed, goal, effort)
        least = _least(cover, goal, locked, float(cover.cost[chosen].sum()), effort)
        # a cover of everyone is easy for a solver, one of a share is not
        most = KERNEL if goal >= float(cover.weight.sum()) else SMALL
        if len(cover.site) > most or not effort.nodes or least >= float(cover.cost[chosen].sum()):
            return Fewest(chosen, float(cover.cost[chosen].sum()), least)
    else:
        least = 0.0
    answer, bound = solved_cover(cover, goal, locked, effort.nodes * (50 if len(cover.site) <= SMALL else 1))
    if answer is not None and cover.reached(answer) >= goal * (1 - 1e-12) and np.isin(locked, answer).all():
        chosen = min(chosen, answer, key=lambda columns: float(cover.cost[columns].sum()))
    cost = float(cover.cost[chosen].sum())
    return Fewest(chosen, cost, min(cost, max(least, whole_up(cover.cost, bound))))


def whole_up(cost: Floats, bound: float) -> float:
    """Return a lower bound on cost, rounded up where costs are whole numbers."""
    if np.array_equal(cost, np.floor(cost)) and np.isfinite(bound):
        return float(np.ceil(bound - 1e-6))
    return bound


def _fill_to(cover: Cover, state: State, goal: float, limits: Limits) -> None:
    """Choose greedily, no more than are needed for the goal."""
    order = fill(cover, state, limits, True, -1)
    for j in order[::-1]:
        if state.total[0] - state.loss[j] < goal * (1 - 1e-12):
            break
        remove(cover, state, int(j))


def _without_idle(cover: Cover, state: State, fixed: Flags, goal: float) -> None:
    """Take back who is not needed, dear ones first."""
    for j in np.argsort(-cover.cost, kind="stable"):
        if state.chosen[j] and not fixed[j] and state.total[0] - state.loss[j] >= goal * (1 - 1e-12):
            remove(cover, state, int(j))


def _cheaper(cover: Cover, chosen: Ints, fixed: Flags, goal: float, effort: Effort) -> Ints:
    """Ask for one site less (or for less money) and search, until that fails."""
    locked = np.flatnonzero(fixed).astype(np.int64)
    equal = len(cover.cost) == 0 or float(np.ptp(cover.cost)) == 0.0
    rounds = rounds_for(cover, effort) // 2
    for turn in range(TURNS):
        spent = float(cover.cost[chosen].sum())
        limits = Limits(len(chosen) - 1, np.inf, locked) if equal else Limits(len(cover.cost), spent - 1e-6, locked)
        state = started(cover, chosen)
        free = chosen[~fixed[chosen]]
        if not len(free):
            break
        remove(cover, state, int(free[np.argmin(state.loss[free] / np.maximum(cover.cost[free], 1e-9))]))
        exchange_all(cover, state, fixed, limits)
        improved(cover, state, fixed, limits, (rounds, effort.seed + turn, goal * (1 - 1e-12)))
        if state.total[0] < goal * (1 - 1e-12):
            break
        _without_idle(cover, state, fixed, goal)
        chosen = np.flatnonzero(state.chosen).astype(np.int64)
    return chosen


def _least(cover: Cover, goal: float, locked: Ints, cost: float, effort: Effort) -> float:
    """Return a cost below which so many people cannot be reached, by the bound on people.

    What is reached with less than ``cost`` is bounded; if that is below the goal, nothing cheaper will do. Else the
    prices of that bound say how much cheaper it may be.
    """
    equal = len(cover.cost) == 0 or float(np.ptp(cover.cost)) == 0.0
    number = len(locked) if not equal else round(cost / max(float(cover.cost.max(initial=0.0)), 1e-9))
    limits = Limits(number - 1, np.inf, locked) if equal else Limits(len(cover.cost), cost * (1 - 1e-9), locked)
    if equal and number - 1 < len(locked):
        return cost
    low, price, _ = lowered(cover, limits, afresh(cover), goal * (1 - 1e-9), steps_for(effort))
    if low < goal * (1 - 1e-9):
        return whole_up(cover.cost, cost * (1 - 1e-9)) if not equal else cost
    earned = np.empty(len(cover.cost))
    missing = goal * (1 - 1e-9) - earnings(cover, price, earned) - float(earned[locked].sum())
    free = np.setdiff1d(np.arange(len(cover.cost)), locked)
    order = free[np.argsort(-earned[free] / np.maximum(cover.cost[free], 1e-9), kind="stable")]
    sums = np.concatenate(([0.0], np.cumsum(earned[order])))
    spent = np.concatenate(([0.0], np.cumsum(cover.cost[order])))
    # the last one is taken in part
    part = float(np.interp(max(0.0, missing), sums, spent))
    if equal:
        unit = float(cover.cost.max(initial=0.0))
        return unit * float(len(locked) + np.ceil(part / max(unit, 1e-9) - 1e-9))
    return whole_up(cover.cost, float(cover.cost[locked].sum()) + part)
