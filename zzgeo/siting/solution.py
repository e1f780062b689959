"""What every problem of siting answers with: which sites, for whom, and how far from the best that may be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from zzgeo.errors import Problem

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Codes = NDArray[np.int32]
Flags = NDArray[np.bool_]

CURVE_COLUMNS = ("sites", "site", "cost_yuan", "people", "best", "bound", "knee")


def _no_curve() -> pd.DataFrame:
    return pd.DataFrame({name: [] for name in CURVE_COLUMNS})


@dataclass(frozen=True)
class Solution:
    """Chosen sites, recounted by zzgeo itself, beside a proven bound.

    Positions are rows (demand) and columns (candidates) of the matrix that was given.

    Parameters
    ----------
    problem
        Which problem was solved: the id of a file of `zzgeo.siting.problems`.
    chosen
        Positions of the candidates in the order they should be built: locked ones first, then who gains most.
    objective
        Counted from ``chosen`` alone: people covered (``served`` ones left out), sites or yuan, person-metres, or
        metres.
    bound
        What no choice can beat: an upper bound where people are counted, a lower one else.
    covered
        Shape (n_demand,): whether a chosen site reaches the place, or it was ``served`` before.
    assignment
        Shape (n_demand,): position of the nearest chosen candidate within reach, -1 if there is none. Where capacity
        counts, of the candidate that takes most of the place's people.
    gained
        Shape (n_chosen,): people each site adds to those before it.
    unreachable
        Positions of demand with people that no allowed candidate reaches.
    curve
        A row per number of sites: ``sites``, ``site`` (position), ``cost_yuan`` (of all so far), ``people`` (gained so
        far), ``best`` (most that was found for so many sites), ``bound``, ``knee``. Empty where no people are counted.
    overload
        Shape (n_candidates,): people beyond the capacity if everyone went to the nearest chosen site; empty without
        capacities.
    flows
        Rows, columns and people of every stream of people to a chosen site, where capacity counts.
    feasible
        Whether everything that was demanded holds.
    notes
        What does not hold, or cannot, and what else one should know.

    Examples
    --------
    >>> import numpy as np
    >>> from zzgeo.siting import maximal_coverage
    >>> metres = np.array([[100.0, np.inf], [200.0, 300.0], [np.inf, 50.0]])
    >>> found = maximal_coverage(metres, [10, 20, 40], sites=1)
    >>> found.chosen, found.objective, found.gap
    (array([1]), 60.0, 0.0)
    """

    problem: str
    chosen: Ints
    objective: float
    bound: float
    covered: Flags
    assignment: Ints
    gained: Floats
    unreachable: Ints
    curve: pd.DataFrame = field(default_factory=_no_curve)
    overload: Floats = field(default_factory=lambda: np.empty(0))
    flows: tuple[Ints, Ints, Floats] | None = None
    feasible: bool = True
    notes: tuple[Problem, ...] = ()

    @property
    def why(self) -> str:
        """Return the notes as one line; empty if there is nothing to say."""
        return "; ".join(problem.line() for problem in self.notes)

    @property
    def gap(self) -> float:
        """Return how far the bound is from the objective, as a share of the objective: 0 is proven best."""
        if self.bound == self.objective:
            return 0.0
        off = abs(self.bound - self.objective)
        return off / abs(self.objective) if self.objective else float("inf")


def knee(spent: Sequence[float] | Floats, people: Sequence[float] | Floats) -> int:
    """Return the row after which more gains little: the furthest above the straight line from nothing to the last.

    Parameters
    ----------
    spent
        Sites or yuan spent so far, rising.
    people
        People gained so far.

    Returns
    -------
    int
        Position of the knee; -1 where the curve has none, being straight or empty.

    Examples
    --------
    >>> knee([1, 2, 3, 4], [50, 90, 95, 100])
    1
    >>> knee([1, 2], [10, 20])
    -1
    """
    x, y = np.asarray(spent, dtype=float), np.asarray(people, dtype=float)
    if len(x) == 0 or x[-1] <= 0 or y[-1] <= 0:
        return -1
    above = y / y[-1] - x / x[-1]
    best = int(np.argmax(above))
    return best if above[best] > 1e-9 else -1
