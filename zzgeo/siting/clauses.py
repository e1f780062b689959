"""Several clauses at once: one site that answers day care, culture and fitness."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import scipy.sparse
from numpy.typing import ArrayLike

from zzgeo.errors import InputError, Problem
from zzgeo.siting.engine.pairs import sparse_pairs
from zzgeo.siting.solution import Floats, Ints


def stacked(
    metres: Sequence[Any], people: Sequence[ArrayLike], worth: Sequence[float] | None = None
) -> tuple[Any, Floats, Ints]:
    """Put the demand of several clauses over the same candidates below each other.

    A person counts once for each clause that a site brings within reach.

    Parameters
    ----------
    metres
        A matrix per clause, shape (n_demand of the clause, n_candidates), see `zzgeo.siting.problems`.
    people
        People per clause.
    worth
        How much a person of each clause counts; without it 1.

    Returns
    -------
    sparse array, array, array
        The matrix, the people and the number of the clause of each row, as `zzgeo.siting.Terms` takes it for a group.

    Raises
    ------
    InputError
        If the clauses do not have the same candidates, or there are not as many people as matrices.

    Examples
    --------
    >>> import numpy as np
    >>> care, culture = np.array([[100.0, np.inf]]), np.array([[np.inf, 50.0], [700.0, np.inf]])
    >>> metres, people, clause = stacked([care, culture], [[10], [5, 8]])
    >>> metres.shape, people, clause
    ((3, 2), array([10.,  5.,  8.]), array([0, 1, 1]))
    """
    worth = [1.0] * len(metres) if worth is None else worth
    tables = [sparse_pairs(table) for table in metres]
    heads = [np.asarray(one, dtype=float) for one in people]
    fits = len(tables) == len(heads) == len(worth) and len(tables) > 0
    if not fits or len({table.shape[1] for table in tables}) > 1:
        value = f"{len(tables)} matrices, {len(heads)} of people, {len(worth)} of worth"
        why = "each clause has a matrix over the same candidates, its people and its worth"
        raise InputError([Problem("siting.shape", "clauses", value, why, "give one of each for every clause")])
    clause = np.repeat(np.arange(len(tables)), [table.shape[0] for table in tables])
    weights = np.concatenate([w * one for w, one in zip(worth, heads, strict=True)])
    return scipy.sparse.vstack(tables, format="csr"), weights, clause
