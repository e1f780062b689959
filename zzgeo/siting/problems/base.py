"""What a problem of siting declares of itself, and what all answers have in common."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from zzgeo.errors import Problem
from zzgeo.siting.engine.instance import Instance
from zzgeo.siting.solution import Ints, Solution

#: Code, where, value, why, remedy of what there is to say.
Said = tuple[str, str, str, str, str]


@dataclass(frozen=True)
class SitingProblem:
    """One problem: its id, its names, what its objective counts, and the function that solves it."""

    id: str
    label_zh: str
    label_en: str
    objective: str
    solve: Callable[..., Solution]


def answer(problem: str, instance: Instance, chosen: Ints, objective: float, bound: float, **more: Any) -> Solution:
    """Return a solution with what follows from who is chosen."""
    assignment, away = instance.nearest(chosen)
    covered = np.isfinite(away) | instance.served
    parts = {"assignment": assignment, "gained": instance.gains(chosen), "unreachable": instance.unreachable} | more
    # -0.0 is no number to print
    return Solution(problem, chosen, objective + 0.0, bound + 0.0, covered, **parts)


def notes_of(*said: Said) -> tuple[Problem, ...]:
    """Return what is to be said of a solution."""
    return tuple(Problem(*one, severity="warning") for one in said)


def nothing_to_choose(instance: Instance) -> list[Said]:
    """Return what to say where there is no candidate at all, or none that is allowed."""
    if len(instance.cost) == 0:
        return [("siting.no_candidate", "candidates", "0", "there is no candidate", "bring candidates")]
    if not instance.allowed.any():
        why = "every candidate is forbidden"
        return [("siting.no_candidate", "candidates", f"0 of {len(instance.cost)}", why, "bring other candidates")]
    return []


def out_of_reach(instance: Instance) -> list[Said]:
    """Return what to say of people that no allowed candidate reaches."""
    places = instance.unreachable
    if not len(places):
        return []
    value = f"{instance.people[places].sum():,.0f} people at {len(places)} places"
    why, remedy = "no allowed candidate reaches them", "bring candidates near them"
    return [("siting.unreachable", "demand", value, why, remedy)]


def too_many_locked(instance: Instance, sites: int) -> list[Said]:
    """Return what to say where more candidates are locked than may be chosen."""
    if len(instance.locked) <= sites:
        return []
    value, why = f"{len(instance.locked)} of {sites}", "more is locked than may be chosen"
    return [("siting.limits_exceeded", "sites", value, why, "allow more sites or lock fewer")]


def beyond_limits(instance: Instance, sites: int, budget: float) -> list[Said]:
    """Return what to say where what is locked exceeds the limits, or the money buys nothing."""
    spent = float(instance.cost[instance.locked].sum())
    said = too_many_locked(instance, sites)
    if spent > budget:
        value, why = f"{spent:,.0f} of {budget:,.0f} yuan", "what is locked costs more than there is"
        said.append(("siting.limits_exceeded", "budget", value, why, "raise the budget or lock fewer"))
    allowed = instance.cost[instance.allowed]
    if not said and len(allowed) and np.isfinite(budget) and spent + allowed.min() > budget:
        value = f"{budget:,.0f} yuan, cheapest {allowed.min():,.0f}"
        said.append(("siting.budget_small", "budget", value, "the money buys no site", "raise the budget"))
    return said
