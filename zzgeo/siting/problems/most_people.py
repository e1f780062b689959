"""Most people within reach of a number of sites, or of what the money buys: maximal covering."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from zzgeo.siting.engine.bound import Limits, earnings, most_earned
from zzgeo.siting.engine.coverage import Found, cover_of, most_covered, ordered, rounded
from zzgeo.siting.engine.equity import Floors, fair_coverage, worst_group
from zzgeo.siting.engine.instance import Instance, checked, limit
from zzgeo.siting.engine.interchange import fill, started
from zzgeo.siting.engine.reduce import Cover
from zzgeo.siting.engine.terms import Effort, Terms
from zzgeo.siting.problems.base import (
    Said,
    SitingProblem,
    answer,
    beyond_limits,
    notes_of,
    nothing_to_choose,
    out_of_reach,
)
from zzgeo.siting.solution import CURVE_COLUMNS, Floats, Ints, Solution, knee


def maximal_coverage(
    metres: Any,
    people: ArrayLike,
    *,
    sites: int | None = None,
    budget: float | None = None,
    terms: Terms | None = None,
    effort: Effort | None = None,
) -> Solution:
    """Choose the sites that reach most people.

    Parameters
    ----------
    metres
        Distances, shape (n_demand, n_candidates), see `zzgeo.siting.problems`.
    people
        People at each place, shape (n_demand,), >= 0.
    sites
        At most so many sites, locked ones included.
    budget
        At most so many yuan, by ``terms.cost``.
    terms
        Cost, locked and forbidden candidates, what is served already, floors for groups.
    effort
        How long is searched.

    Returns
    -------
    Solution
        ``objective`` and ``bound`` in people, those of ``terms.served`` left out. Who would add nobody is not chosen.

    Raises
    ------
    InputError
        With every problem of the input.

    Examples
    --------
    >>> import numpy as np
    >>> metres = np.array([[100.0, np.inf], [200.0, 300.0], [np.inf, 50.0]])
    >>> maximal_coverage(metres, [10, 20, 40], sites=1).chosen
    array([1])
    """
    terms, effort = terms or Terms(), effort or Effort()
    instance = checked(metres, people, terms)
    most = Limits(int(limit(sites, "sites", len(instance.cost))), limit(budget, "budget", np.inf), instance.locked)
    said = nothing_to_choose(instance)
    said += beyond_limits(instance, most.sites, most.budget)
    beyond = any(code == "siting.limits_exceeded" for code, *_ in said)
    cover, locked = cover_of(instance, budget is not None, bool(instance.need.any()) or terms.worst_first)
    limits = Limits(most.sites, most.budget, locked)
    floors = Floors(instance.need, instance.everyone, instance.everyone - instance.gainable, terms.worst_first)
    kept = True
    if beyond:
        choice = Found(locked, cover.reached(locked), float(cover.weight.sum()), cover.weight * 0.5)
    elif floors.asked:
        choice, kept = fair_coverage(cover, limits, floors, effort)
    else:
        choice = most_covered(cover, limits, effort)
    if not kept:
        said.append(_floor_missed(instance, cover, choice))
    chosen = ordered(instance, cover.column[choice.chosen])
    solution = answer("maximal-coverage", instance, chosen, _reached(instance, chosen), choice.bound)
    return _finished(solution, instance, cover, limits, choice, said, kept and not beyond)


def _finished(
    solution: Solution,
    instance: Instance,
    cover: Cover,
    limits: Limits,
    choice: Found,
    said: list[Said],
    feasible: bool,
) -> Solution:
    fields = vars(solution) | {
        "bound": max(solution.bound, solution.objective) if feasible else solution.bound,
        "curve": _curve(instance, solution, cover, limits, choice),
        "feasible": feasible,
        "notes": notes_of(*said, *out_of_reach(instance)),
    }
    return Solution(**fields)


def _reached(instance: Instance, chosen: Ints) -> float:
    assignment, _ = instance.nearest(chosen)
    return float(instance.people[assignment >= 0].sum())


def _floor_missed(instance: Instance, cover: Cover, choice: Found) -> Said:
    """Return which groups stay below their floor."""
    reached = worst_group(cover, choice.chosen, len(instance.need))
    short = np.flatnonzero(reached < instance.need * (1 - 1e-9))
    most = np.bincount(cover.group, cover.weight, minlength=len(instance.need))
    never = [str(instance.groups[number]) for number in short if most[number] < instance.need[number] * (1 - 1e-9)]
    names = ", ".join(str(instance.groups[number]) for number in short[:5])
    why = f"candidates reach too few people of {', '.join(never[:5])}" if never else "no choice was found that keeps it"
    return ("siting.floor_missed", "floor", names, why, "lower the floor, allow more sites or bring candidates")


def _curve(instance: Instance, solution: Solution, cover: Cover, limits: Limits, choice: Found) -> pd.DataFrame:
    """Return people and bound by number of sites, in the order of building."""
    chosen = solution.chosen
    people, spent = np.cumsum(solution.gained), np.cumsum(instance.cost[chosen])
    greedy = started(cover, limits.locked)
    order = fill(cover, greedy, limits, np.isfinite(limits.budget), -1)
    rows = pd.DataFrame({name: [] for name in CURVE_COLUMNS}).astype({"knee": bool})
    if not len(chosen):
        return rows
    best, bounds = people.copy(), np.empty(len(chosen))
    if not np.isfinite(limits.budget):
        alone = np.cumsum(_gains(cover, limits.locked, order))
        best[: len(alone)] = np.maximum(best[: len(alone)], alone[: len(best)])
    earned, taken = np.empty(len(cover.cost)), np.empty(len(cover.cost))
    left = earnings(cover, choice.price, earned)
    single = np.array([cover.weight[cover.row[a:b]].sum() for a, b in pairwise(cover.column_start)])
    for k in range(len(chosen)):
        money = float(spent[k]) if np.isfinite(limits.budget) else np.inf
        few = Limits(k + 1 if np.isinf(money) else len(cover.cost), money, limits.locked[: k + 1])
        bounds[k] = min(left + most_earned(earned, cover.cost, few, taken), most_earned(single, cover.cost, few, taken))
        bounds[k] = max(rounded(cover, min(bounds[k], solution.bound)), best[k])
    number = np.arange(1, len(chosen) + 1)
    turn = np.arange(len(chosen)) == knee((spent if instance.priced else number).astype(float), people)
    table = {"sites": number, "site": chosen, "cost_yuan": spent if instance.priced else np.nan}
    return pd.DataFrame(table | {"people": people, "best": best, "bound": bounds, "knee": turn})


def _gains(cover: Cover, locked: Ints, order: Ints) -> Floats:
    """Return what each column adds to those before it."""
    first = np.zeros(len(cover.weight), dtype=bool)
    gains = []
    for j in np.concatenate([locked, order]):
        rows = cover.row[cover.column_start[j] : cover.column_start[j + 1]]
        gains.append(float(cover.weight[rows[~first[rows]]].sum()))
        first[rows] = True
    return np.array(gains)


PROBLEM = SitingProblem("maximal-coverage", "最大覆盖", "most people reached", "people", maximal_coverage)
