"""The shortest longest walk with so many sites: p-center."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from zzgeo.siting.engine.coverage import ordered
from zzgeo.siting.engine.fewest import fewest
from zzgeo.siting.engine.instance import Instance, checked, limit, unused
from zzgeo.siting.engine.reduce import reduced
from zzgeo.siting.engine.terms import Effort, Terms
from zzgeo.siting.problems.base import SitingProblem, answer, notes_of, nothing_to_choose, out_of_reach, too_many_locked
from zzgeo.siting.solution import Floats, Ints, Solution


def p_center(
    metres: Any,
    people: ArrayLike | None = None,
    *,
    sites: int,
    terms: Terms | None = None,
    effort: Effort | None = None,
) -> Solution:
    """Choose so many sites that the longest walk to the nearest is shortest.

    The distances that occur are searched by halves: at each, the fewest sites that reach everyone are found.

    Parameters
    ----------
    metres
        Distances, shape (n_demand, n_candidates), see `zzgeo.siting.problems`.
    people
        People at each place, shape (n_demand,), >= 0; places without people do not count. Without it all count.
    sites
        At most so many sites, locked ones included.
    terms
        Locked and forbidden candidates, what is served already, the cutoff.
    effort
        How long is searched.

    Returns
    -------
    Solution
        ``objective`` and ``bound`` in metres, over the people whom a candidate reaches at all. Where so few sites
        cannot reach them all, the objective is infinite and ``feasible`` False.

    Raises
    ------
    InputError
        With every problem of the input.

    Examples
    --------
    >>> import numpy as np
    >>> metres = np.array([[100.0, 900.0], [200.0, 300.0], [900.0, 50.0]])
    >>> p_center(metres, sites=2).objective
    200.0
    """
    terms, effort = terms or Terms(), effort or Effort()
    unused(terms, "floor", "worst_first")
    instance = checked(metres, people, terms)
    number = int(limit(sites, "sites", len(instance.cost)))
    said = nothing_to_choose(instance) + too_many_locked(instance, number)
    choice, bound = _halved(instance, number, effort) if len(instance.locked) <= number else (None, 0.0)
    chosen = instance.locked if choice is None else choice
    if choice is None and len(instance.locked) <= number:
        value, why = str(number), "so few sites were not found to reach everyone whom a candidate reaches"
        said.append(("siting.too_few_sites", "sites", value, why, "allow more sites or a longer walk"))
    _, away = instance.nearest(chosen)
    counted = (np.diff(instance.start) > 0) & (instance.people > 0)
    objective = float(away[counted].max(initial=0.0))
    chosen = ordered(instance.within(objective), chosen)
    notes = notes_of(*said, *out_of_reach(instance))
    bound = min(bound, objective)
    return answer("p-center", instance, chosen, objective, bound, feasible=choice is not None, notes=notes)


def _halved(instance: Instance, sites: int, effort: Effort) -> tuple[Ints | None, float]:
    """Return a choice with the shortest longest walk that was found, and a length below which there is none."""
    rows = np.flatnonzero(instance.people > 0)
    lengths = np.unique(instance.metres[np.isin(instance.row, rows)])
    if not len(lengths):
        return instance.locked, 0.0
    # nobody walks less than to the nearest candidate
    least = np.full(len(instance.people), np.inf)
    np.minimum.at(least, instance.row, instance.metres)
    counted = (instance.people > 0) & np.isfinite(least)
    low = int(np.searchsorted(lengths, least[counted].max()))
    proven, high, best = low, len(lengths), None
    while low < high:
        middle = (low + high) // 2
        chosen, fewer = _within(instance, float(lengths[middle]), counted.astype(float), effort)
        if len(chosen) <= sites:
            best, high = chosen, middle
        else:
            proven = middle + 1 if fewer > sites and proven == low else proven
            low = middle + 1
    return best, float(lengths[proven]) if proven < len(lengths) else float("inf")


def _within(instance: Instance, length: float, people: Floats, effort: Effort) -> tuple[Ints, float]:
    """Return the fewest sites found that reach everyone within a length, and how many it takes at least."""
    near = instance.within(length)
    group, cost = np.zeros(len(people), dtype=np.int64), np.ones(len(instance.cost))
    cover, _ = reduced(near.start, near.site, people, group, cost, instance.locked)
    cover = cover._replace(weight=np.ones(len(cover.weight)))
    locked = np.searchsorted(cover.column, instance.locked).astype(np.int64)
    choice = fewest(cover, float(len(cover.weight)), locked, effort)
    return cover.column[choice.chosen].astype(np.int64), choice.bound


PROBLEM = SitingProblem("p-center", "最短最远步行", "shortest longest walk", "metres", p_center)
