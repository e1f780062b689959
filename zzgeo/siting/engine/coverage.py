"""Most people with so many sites or so much money: search, bound, and the solver for what is left."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from zzgeo.siting.engine.bound import Limits, afresh, lowered
from zzgeo.siting.engine.branch import STEPS as CASE_STEPS
from zzgeo.siting.engine.branch import Best, branched, settle
from zzgeo.siting.engine.instance import Instance
from zzgeo.siting.engine.interchange import State, exchange_all, fill, improved, started
from zzgeo.siting.engine.reduce import Cover, of_columns, reduced
from zzgeo.siting.engine.solver import solved_coverage
from zzgeo.siting.engine.terms import Effort
from zzgeo.siting.solution import Floats, Ints

#: Pairs of what the solver takes whole, and of what it takes once the bound has fixed the rest, by the gap there is:
#: with more it sits at its first node for minutes.
SMALL, KERNEL, KERNEL_GAP = 4_000, 40_000, 0.007
#: Units of work (a nanosecond or two each) in all rounds of the search: by candidates to the power of 1.5, and at most.
ROUND_WORK, MOST_ROUND_WORK = 150_000, 10_000_000_000
#: Steps of the bound.
STEPS = 1_500
#: Pairs looked at when cases are divided: for each candidate, and at most.
CASE_PAIRS, MOST_CASE_PAIRS = 2_000_000, 4_000_000_000
#: Fewer cases than this close no gap: they are not begun.
FEWEST_CASES = 60


@dataclass(frozen=True)
class Found:
    """Columns of a cover, the people they reach, and what no other choice beats, with the prices that say so."""

    chosen: Ints
    reached: float
    bound: float
    price: Floats


def cover_of(instance: Instance, by_cost: bool, by_group: bool) -> tuple[Cover, Ints]:
    """Return the reduced rows and columns of an instance, and the positions of what is locked among its columns."""
    cost = instance.cost if by_cost else np.zeros(len(instance.cost))
    group = instance.group if by_group else np.zeros(len(instance.people), dtype=np.int64)
    cover, _ = reduced(instance.start, instance.site, instance.people, group, cost, instance.locked)
    return cover, np.searchsorted(cover.column, instance.locked).astype(np.int64)


def rounds_for(cover: Cover, effort: Effort) -> int:
    """Return how many rounds of search suit a size: by the pairs that one round touches."""
    if effort.rounds is not None:
        return effort.rounds
    columns, pairs = max(1, len(cover.cost)), len(cover.site)
    # a few columns are taken back and added: their rows, each with its columns; candidates are looked through
    work = 40.0 * pairs / columns * pairs / max(1, len(cover.weight)) + 20.0 * columns
    return int(np.clip(min(ROUND_WORK * columns**1.5, MOST_ROUND_WORK) / work, 100, 200_000))


def steps_for(effort: Effort) -> int:
    """Return how many steps the bound is lowered in."""
    return STEPS if effort.steps is None else effort.steps


def rounded(cover: Cover, bound: float) -> float:
    """Return a bound on people, rounded down where people are whole numbers."""
    if np.array_equal(cover.weight, np.floor(cover.weight)):
        return float(np.floor(bound + 1e-6))
    return bound


def most_covered(cover: Cover, limits: Limits, effort: Effort) -> Found:
    """Return the best choice that is found within limits, and a proven bound."""
    state = started(cover, limits.locked)
    fixed = np.zeros(len(cover.cost), dtype=bool)
    fixed[limits.locked] = True
    fill(cover, state, limits, np.isfinite(limits.budget), -1)
    exchange_all(cover, state, fixed, limits)
    if len(cover.site) <= SMALL:
        return _by_solver(cover, limits, state, effort)
    improved(cover, state, fixed, limits, (rounds_for(cover, effort) // 10, effort.seed, np.inf))
    bound, price, _ = lowered(cover, limits, afresh(cover), float(state.total[0]), steps_for(effort))
    bound = rounded(cover, bound)
    enough = bound / (1.0 + effort.gap)
    improved(cover, state, fixed, limits, (rounds_for(cover, effort), effort.seed + 1, enough))
    choice = Found(np.flatnonzero(state.chosen).astype(np.int64), float(state.total[0]), bound, price)
    return _proved(cover, limits, choice, effort) if choice.reached < enough and effort.nodes else choice


def _by_solver(cover: Cover, limits: Limits, state: State, effort: Effort) -> Found:
    """Return the solver's answer to the whole, or the better one that was there."""
    chosen = np.flatnonzero(state.chosen).astype(np.int64)
    bound, price, _ = lowered(cover, limits, afresh(cover), cover.reached(chosen), 300)
    bound = rounded(cover, bound)
    if effort.nodes and bound > cover.reached(chosen):
        answer, other = solved_coverage(cover, limits, np.zeros(1), 50 * effort.nodes)
        if answer is not None and within(cover, limits, answer) and cover.reached(answer) > cover.reached(chosen):
            chosen = answer
        bound = min(bound, rounded(cover, other))
    return Found(chosen, cover.reached(chosen), max(bound, cover.reached(chosen)), price)


def within(cover: Cover, limits: Limits, chosen: Ints) -> bool:
    """Return whether a choice keeps to its limits, counted anew."""
    spent = float(cover.cost[chosen].sum())
    inside = len(chosen) <= limits.sites and spent <= limits.budget + 1e-9 * max(1.0, abs(limits.budget))
    return inside and bool(np.isin(limits.locked, chosen).all())


def kernel_of(cover: Cover, limits: Limits, kept: Ints, must: Ints) -> tuple[Cover, Limits]:
    """Return the problem of some columns only, of which some are chosen in any case."""
    mask = np.zeros(len(cover.cost), dtype=bool)
    mask[kept] = True
    start, site = of_columns(cover.start, cover.site, mask)
    locked = np.searchsorted(kept, must).astype(np.int64)
    small, _ = reduced(start, site, cover.weight, cover.group, cover.cost[kept], locked)
    return small, Limits(limits.sites, limits.budget, np.searchsorted(small.column, locked).astype(np.int64))


def _proved(cover: Cover, limits: Limits, choice: Found, effort: Effort) -> Found:
    """Let the bound fix columns, and the solver prove the rest if it is small."""
    kept, must = settle(cover, choice.price, limits, choice.reached)
    small, inner = kernel_of(cover, limits, kept, must)
    gap = choice.bound / max(choice.reached, 1e-9) - 1.0
    if len(small.site) > (KERNEL if gap <= KERNEL_GAP else SMALL):
        return _branched(cover, limits, choice, effort)
    answer, bound = solved_coverage(small, inner, np.zeros(1), effort.nodes)
    chosen = choice.chosen if answer is None else kept[small.column[answer]].astype(np.int64)
    if not within(cover, limits, chosen) or cover.reached(chosen) < choice.reached:
        chosen = choice.chosen
    # who is left out by the bound is in no better choice than the one that was there
    bound = max(min(choice.bound, rounded(cover, max(bound, choice.reached))), cover.reached(chosen))
    return Found(chosen, cover.reached(chosen), bound, choice.price)


def _branched(cover: Cover, limits: Limits, choice: Found, effort: Effort) -> Found:
    """Divide what is too large for the solver into cases with bounds of their own."""
    best = Best(choice.chosen, choice.reached, np.array_equal(cover.weight, np.floor(cover.weight)))
    pairs = float(min(CASE_PAIRS * len(cover.cost), MOST_CASE_PAIRS))
    if pairs < FEWEST_CASES * CASE_STEPS * len(cover.site):
        return choice
    best, bound = branched(cover, limits, choice.price, best, pairs, effort.gap)
    chosen = best.chosen if within(cover, limits, best.chosen) else choice.chosen
    reached = cover.reached(chosen)
    return Found(chosen, reached, max(reached, min(choice.bound, bound)), choice.price)


def ordered(instance: Instance, chosen: Ints) -> Ints:
    """Return chosen candidates in the order of building: locked ones, then whoever adds most people (per yuan).

    Who adds nobody is left out, unless locked.
    """
    mask = np.zeros(len(instance.cost), dtype=bool)
    mask[chosen] = True
    mask[instance.locked] = True
    position = np.flatnonzero(mask)
    start, site = of_columns(instance.start, instance.site, mask)
    every = np.arange(len(position), dtype=np.int64)
    group = np.zeros(len(instance.people), dtype=np.int64)
    cover, _ = reduced(start, site, instance.people, group, instance.cost[position], every)
    locked = np.searchsorted(position, instance.locked)
    money = 2.0 * float(instance.cost.sum()) + 1.0 if instance.priced else np.inf
    limits = Limits(len(position), money, locked.astype(np.int64))
    order = fill(cover, started(cover, locked), limits, instance.priced, -1)
    return np.concatenate([instance.locked, position[order]]).astype(np.int64)
