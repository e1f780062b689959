"""Most people with a place, where a site has room for so many only: capacitated covering."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from zzgeo.errors import InputError, Problem
from zzgeo.siting.engine.bound import Limits
from zzgeo.siting.engine.building_order import in_building_order
from zzgeo.siting.engine.instance import Instance, checked, limit, numbers, unused
from zzgeo.siting.engine.places import most_placed, transported
from zzgeo.siting.engine.reduce import reduced
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
from zzgeo.siting.solution import Floats, Ints, Solution


def capacitated(
    metres: Any,
    people: ArrayLike,
    capacity: ArrayLike,
    *,
    sites: int | None = None,
    budget: float | None = None,
    terms: Terms | None = None,
    effort: Effort | None = None,
) -> Solution:
    """Choose the sites that have a place for most people within reach.

    People of a place may go to several sites. Of all ways to give most people a place, the one with least walking is
    told.

    Parameters
    ----------
    metres
        Distances, shape (n_demand, n_candidates), see `zzgeo.siting.problems`.
    people
        People at each place, shape (n_demand,), >= 0.
    capacity
        How many people each candidate has room for, shape (n_candidates,), >= 0.
    sites
        At most so many sites, locked ones included.
    budget
        At most so many yuan, by ``terms.cost``.
    terms
        Cost, locked and forbidden candidates, what is served already.
    effort
        How long is searched.

    Returns
    -------
    Solution
        ``objective`` and ``bound`` in people with a place; ``flows`` who goes where, ``gained`` by how many more have a
        place with each site than with those before it (who would add nobody is not chosen), ``overload`` how
        many too many would come to each candidate if everyone went to the nearest chosen one.

    Raises
    ------
    InputError
        With every problem of the input.

    Examples
    --------
    >>> import numpy as np
    >>> metres = np.array([[100.0, 400.0], [200.0, 300.0]])
    >>> found = capacitated(metres, [30, 30], [40, 10], sites=2)
    >>> found.objective, found.overload
    (50.0, array([20.,  0.]))
    """
    terms, effort = terms or Terms(), effort or Effort()
    unused(terms, "floor", "worst_first")
    instance = checked(metres, people, terms)
    problems: list[Problem] = []
    room = numbers(capacity, "capacity", len(instance.cost), problems)
    if problems:
        raise InputError(problems)
    limits = Limits(int(limit(sites, "sites", len(instance.cost))), limit(budget, "budget", np.inf), instance.locked)
    said = nothing_to_choose(instance) + beyond_limits(instance, limits.sites, limits.budget)
    feasible = not any(code == "siting.limits_exceeded" for code, *_ in said)
    chosen, bound = instance.locked, float(instance.people.sum())
    if feasible:
        chosen, bound = _chosen(instance, room, limits, effort)
    order, gains = in_building_order(instance, chosen, room)
    flows = transported(instance, order, room)
    return _told(instance, (order, gains), flows, bound, said, room, feasible)


def _chosen(instance: Instance, room: Floats, limits: Limits, effort: Effort) -> tuple[Ints, float]:
    """Return who is chosen: equal places are one row, every candidate stays, as none with capacity beats another."""
    every = np.arange(len(instance.cost), dtype=np.int64)
    group = np.zeros(len(instance.people), dtype=np.int64)
    cover, _ = reduced(instance.start, instance.site, instance.people, group, instance.cost, every)
    return most_placed(cover, room, limits, effort)


def _told(
    instance: Instance,
    built: tuple[Ints, Floats],
    flows: tuple[Ints, Ints, Floats],
    bound: float,
    said: list[Said],
    room: Floats,
    feasible: bool,
) -> Solution:
    (order, gains), (row, site, flow) = built, flows
    assignment = np.full(len(instance.people), -1, dtype=np.int64)
    # who takes most of a place is written last
    rising = np.lexsort((-site, flow, row))
    assignment[row[rising]] = site[rising]
    nearest, _ = instance.nearest(order)
    coming = np.bincount(nearest[nearest >= 0], instance.people[nearest >= 0], minlength=len(instance.cost))
    overload = np.maximum(0.0, coming - room)
    objective = float(flow.sum())
    # a sum of streams is exact to the solver's tolerance only
    if abs(objective - round(objective)) < 1e-6:
        objective = float(round(objective))
    if overload.any():
        value = f"{overload.sum():,.0f} people at {int((overload > 0).sum())} sites"
        said = [*said, ("siting.overload", "capacity", value, "if everyone went to the nearest", "see overload")]
    return answer(
        "capacitated",
        instance,
        order,
        objective,
        max(bound, objective),
        assignment=assignment,
        flows=flows,
        gained=gains,
        overload=overload,
        feasible=feasible,
        notes=notes_of(*said, *out_of_reach(instance)),
    )


PROBLEM = SitingProblem("capacitated", "有限容量", "most people with a place", "people", capacitated)
