"""What a choice of sites must keep to, and how long is searched."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from numpy.typing import ArrayLike


@dataclass(frozen=True)
class Terms:
    """What a choice of sites must keep to; everything may be left out.

    Parameters
    ----------
    cost
        Yuan of each candidate, shape (n_candidates,), >= 0; without it each costs 1.
    locked
        Positions of candidates that are chosen in any case, such as what exists and stays. They count as sites, and
        what they cost counts in a budget: give what exists a cost of 0. What exists and may be closed is a candidate
        like any other.
    forbidden
        Positions of candidates that are not chosen in any case.
    served
        Shape (n_demand,): places that are served already by something that is no candidate. They are covered, gain
        nobody anything, and count in floors and shares.
    group
        Shape (n_demand,): the group of each place, such as the code of its district.
    floor
        Least share of the people of each group that must be covered: one number, or one per group.
    worst_first
        Bring the group with the least share as high as can be, before people are counted.
    reach_m
        Pairs further apart than this are none; without it every stored pair counts.

    Examples
    --------
    >>> Terms(locked=[0], reach_m=500.0).locked
    [0]
    """

    cost: ArrayLike | None = None
    locked: Sequence[int] = ()
    forbidden: Sequence[int] = ()
    served: ArrayLike | None = None
    group: ArrayLike | None = None
    floor: float | Mapping[object, float] | None = None
    worst_first: bool = False
    reach_m: float | None = None


@dataclass(frozen=True)
class Effort:
    """How long is searched, in counted steps, never in seconds: the answer is the same on any machine.

    Parameters
    ----------
    rounds
        Rounds of the iterated local search; without it as many as suit the size.
    steps
        Steps of the Lagrangian bound; without it as many as suit the size.
    nodes
        Most nodes the solver visits on what is left; 0 leaves it out.
    gap
        Stop as soon as the proven gap is no larger.
    seed
        Of the generator of random numbers.
    """

    rounds: int | None = None
    steps: int | None = None
    nodes: int = 200
    gap: float = 0.0
    seed: int = 0
