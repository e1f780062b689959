"""Least walking of all people together, with so many sites: p-median."""

from __future__ import annotations

from math import fsum
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from zzgeo.siting.engine.instance import Instance, checked, limit, unused
from zzgeo.siting.engine.median import Walks, greedy_median, least_walking, walked, walks_of
from zzgeo.siting.engine.terms import Effort, Terms
from zzgeo.siting.problems.base import SitingProblem, answer, notes_of, nothing_to_choose, out_of_reach, too_many_locked
from zzgeo.siting.solution import Flags, Ints, Solution


def p_median(
    metres: Any,
    people: ArrayLike,
    *,
    sites: int,
    terms: Terms | None = None,
    effort: Effort | None = None,
) -> Solution:
    """Choose so many sites that all people together walk least to the nearest.

    Parameters
    ----------
    metres
        Distances, shape (n_demand, n_candidates), see `zzgeo.siting.problems`.
    people
        People at each place, shape (n_demand,), >= 0.
    sites
        At most so many sites, locked ones included.
    terms
        Locked and forbidden candidates, what is served already (it walks nowhere new and is left out), the cutoff.
    effort
        How long is searched.

    Returns
    -------
    Solution
        ``objective`` and ``bound`` in person-metres. Who reaches no chosen site counts as walking ``terms.reach_m``, or
        as far as the longest pair where there is no cutoff; ``why`` says how many people that are.

    Raises
    ------
    InputError
        With every problem of the input.

    Examples
    --------
    >>> import numpy as np
    >>> metres = np.array([[100.0, 900.0], [200.0, 300.0], [900.0, 50.0]])
    >>> found = p_median(metres, [10, 20, 40], sites=1)
    >>> found.chosen, found.objective
    (array([1]), 17000.0)
    """
    terms, effort = terms or Terms(), effort or Effort()
    unused(terms, "floor", "worst_first")
    instance = checked(metres, people, terms)
    number = int(limit(sites, "sites", len(instance.cost)))
    farthest = float(terms.reach_m if terms.reach_m is not None else instance.metres.max(initial=0.0))
    walks = walks_of(instance, farthest)
    fixed = np.zeros(len(instance.cost), dtype=bool)
    fixed[instance.locked] = True
    said = nothing_to_choose(instance) + too_many_locked(instance, number)
    if len(instance.locked) > number:
        chosen, bound = instance.locked, float(walked(walks, fixed))
    else:
        chosen, bound = least_walking(walks, fixed, instance.allowed, number, effort)
    chosen = _ordered(walks, fixed, chosen, instance)
    assignment, away = instance.nearest(chosen)
    beyond = float(instance.people[assignment < 0].sum())
    objective = fsum(instance.people * np.where(assignment < 0, farthest, np.minimum(away, 1e300)))
    if beyond:
        value, why = f"{beyond:,.0f} people", f"no chosen site within reach: each counts as {farthest:,.0f} m"
        said.append(("siting.priced_at_reach", "demand", value, why, "raise the cutoff or allow more sites"))
    # sums of fractions differ in their last digits
    bound = objective if bound >= objective * (1 - 1e-12) else bound
    notes = notes_of(*said, *out_of_reach(instance))
    feasible = len(instance.locked) <= number
    return answer("p-median", instance, chosen, objective, bound, feasible=feasible, notes=notes)


def _ordered(walks: Walks, fixed: Flags, chosen: Ints, instance: Instance) -> Ints:
    """Return chosen sites in the order of building: locked ones, then whoever spares most walking."""
    mask = fixed.copy()
    wanted = np.zeros(len(fixed), dtype=bool)
    wanted[chosen] = True
    order = list(instance.locked)
    for number in range(len(order), len(chosen)):
        before = mask.copy()
        greedy_median(walks, mask, wanted, number + 1)
        order += list(np.flatnonzero(mask & ~before))
    return np.array(order, dtype=np.int64)


PROBLEM = SitingProblem("p-median", "最短总步行", "least walking", "person-metres", p_median)
