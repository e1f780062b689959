"""Most people within reach of a number of sites, or of what the money buys: maximal covering."""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.sparse
from numpy.typing import ArrayLike

from zzgeo.siting.engine.instance import Instance, checked
from zzgeo.siting.engine.terms import Effort, Terms
from zzgeo.siting.problems.base import SitingProblem
from zzgeo.siting.solution import Floats, Ints, Solution


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
        ``objective`` and ``bound`` in people, those of ``terms.served`` left out.

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
    terms = terms or Terms()
    instance = checked(metres, people, terms)
    chosen = _by_solver(instance, sites, budget)
    gained = instance.gains(chosen)
    assignment, away = instance.nearest(chosen)
    objective = float(instance.people[np.isfinite(away)].sum())
    return Solution(
        "maximal-coverage", chosen, objective, objective, np.isfinite(away) | instance.served, assignment, gained,
        instance.unreachable,
    )  # fmt: skip


def _by_solver(instance: Instance, sites: int | None, budget: float | None) -> Ints:
    from scipy.optimize import Bounds, LinearConstraint, milp

    n, m = len(instance.people), len(instance.cost)
    reach = scipy.sparse.csr_array((np.ones(len(instance.site)), instance.site, instance.start), shape=(n, m))
    rows: list[Any] = [scipy.sparse.hstack([reach, -scipy.sparse.eye_array(n)])]
    low: list[Floats] = [np.zeros(n)]
    high: list[Floats] = [np.full(n, np.inf)]
    for weight, limit in ((np.ones(m), sites), (instance.cost, budget)):
        if limit is not None:
            rows.append(scipy.sparse.csr_array(np.concatenate([weight, np.zeros(n)])[None, :]))
            low.append(np.array([-np.inf]))
            high.append(np.array([float(limit)]))
    for number in np.flatnonzero(instance.need > 0):
        weight = np.where(instance.group == number, instance.people, 0.0)
        rows.append(scipy.sparse.csr_array(np.concatenate([np.zeros(m), weight])[None, :]))
        low.append(np.array([instance.need[number]]))
        high.append(np.array([np.inf]))
    least = np.zeros(n + m)
    least[instance.locked] = 1.0
    most = np.concatenate([instance.allowed.astype(float), np.ones(n)])
    answer = milp(
        np.concatenate([np.zeros(m), -instance.people]),
        integrality=np.concatenate([np.ones(m), np.zeros(n)]),
        bounds=Bounds(least, most),
        constraints=LinearConstraint(scipy.sparse.vstack(rows), np.concatenate(low), np.concatenate(high)),
    )
    chosen = np.flatnonzero(answer.x[:m] > 0.5) if answer.x is not None else instance.locked
    return _in_order(instance, chosen)


def _in_order(instance: Instance, chosen: Ints) -> Ints:
    """Return chosen sites in the order of building: locked ones first, then whoever adds most people per yuan."""
    order = [int(site) for site in instance.locked]
    rest = sorted(set(chosen.tolist()) - set(order))
    while rest:
        gains = [float(instance.gains(np.array([*order, site]))[-1]) for site in rest]
        order.append(rest.pop(int(np.argmax(gains))))
    return np.array(order, dtype=np.int64)


PROBLEM = SitingProblem("maximal-coverage", "最大覆盖", "most people reached", "people", maximal_coverage)
