"""Fewest sites, or least money, so that everyone or a share of the people is within reach: set covering."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from zzgeo.errors import InputError, Problem
from zzgeo.siting.engine.coverage import ordered
from zzgeo.siting.engine.fewest import fewest
from zzgeo.siting.engine.instance import Instance, checked, unused
from zzgeo.siting.engine.reduce import Cover, reduced
from zzgeo.siting.engine.terms import Effort, Terms
from zzgeo.siting.problems.base import SitingProblem, answer, notes_of, nothing_to_choose, out_of_reach
from zzgeo.siting.solution import Ints, Solution


def location_set_covering(
    metres: Any,
    people: ArrayLike | None = None,
    *,
    share: float = 1.0,
    terms: Terms | None = None,
    effort: Effort | None = None,
) -> Solution:
    """Choose the fewest sites that reach everyone, or a share of the people; the cheapest where costs are given.

    Parameters
    ----------
    metres
        Distances, shape (n_demand, n_candidates), see `zzgeo.siting.problems`.
    people
        People at each place, shape (n_demand,), >= 0; without them each place counts 1. Places without people need not
        be reached.
    share
        Least share of the people that must be within reach, those of ``terms.served`` included.
    terms
        Cost, locked and forbidden candidates, what is served already.
    effort
        How long is searched.

    Returns
    -------
    Solution
        ``objective`` and ``bound`` in sites, in yuan where ``terms.cost`` is given; locked ones count. People whom no
        candidate reaches are in ``unreachable``; everyone else is reached, ``feasible`` is False and ``why`` says so.

    Raises
    ------
    InputError
        With every problem of the input.

    Examples
    --------
    >>> import numpy as np
    >>> metres = np.array([[100.0, np.inf, 20.0], [200.0, 300.0, np.inf], [np.inf, 50.0, np.inf]])
    >>> location_set_covering(metres).chosen
    array([0, 1])
    """
    terms, effort = terms or Terms(), effort or Effort()
    unused(terms, "floor", "worst_first")
    if not 0 <= share <= 1:
        why, remedy = "a share of the people lies between 0 and 1", "write 0.9 for 90 %"
        raise InputError([Problem("siting.share", "share", str(share), why, remedy)])
    instance = checked(metres, people, terms)
    everyone = float(instance.everyone.sum())
    wanted = max(0.0, share * everyone - (everyone - float(instance.people.sum())))
    cover, locked, goal, missed = _to_cover(instance, wanted, whole=share == 1.0)
    choice = fewest(cover, goal, locked, effort)
    chosen = ordered(instance, cover.column[choice.chosen])
    said = nothing_to_choose(instance) if missed else []
    if missed and share < 1:
        value, why = f"{share:.1%}", "all allowed candidates together reach fewer people"
        said.append(("siting.share_missed", "share", value, why, "lower the share or bring candidates"))
    notes = notes_of(*said, *out_of_reach(instance))
    cost = float(instance.cost[chosen].sum())
    return answer(
        "location-set-covering", instance, chosen, cost, min(cost, choice.bound), feasible=not missed, notes=notes
    )


def _to_cover(instance: Instance, wanted: float, whole: bool) -> tuple[Cover, Ints, float, bool]:
    """Return the reduced cover, what is locked in it, its goal, and whether that is less than what is wanted.

    Where everyone is to be reached each row counts 1, so that no sum of people is compared.
    """
    reachable = float(instance.people[np.diff(instance.start) > 0].sum())
    missed = wanted > reachable * (1 + 1e-12)
    people = instance.people
    if whole or missed:
        people = (instance.people > 0).astype(float)
    group = np.zeros(len(people), dtype=np.int64)
    cover, _ = reduced(instance.start, instance.site, people, group, instance.cost, instance.locked)
    if whole or missed:
        cover = cover._replace(weight=np.ones(len(cover.weight)))
    goal = float(len(cover.weight)) if whole or missed else min(wanted, float(cover.weight.sum()))
    return cover, np.searchsorted(cover.column, instance.locked).astype(np.int64), goal, missed


PROBLEM = SitingProblem("location-set-covering", "最少设施", "fewest sites", "sites", location_set_covering)
