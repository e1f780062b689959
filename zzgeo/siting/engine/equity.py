"""Floors for groups: so many people of each district at least, or the worst district first."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from zzgeo.siting.engine.bound import Limits
from zzgeo.siting.engine.coverage import SMALL, Found, most_covered, rounded, within
from zzgeo.siting.engine.reduce import Cover
from zzgeo.siting.engine.solver import solved_coverage, solved_worst
from zzgeo.siting.engine.terms import Effort
from zzgeo.siting.solution import Floats, Ints

#: So often the weights of groups that stay below their floor are raised.
TURNS = 12


class Floors(NamedTuple):
    """People of each group that must be gained, all its people, those served before; whether the worst comes first."""

    need: Floats
    everyone: Floats
    before: Floats
    worst_first: bool

    @property
    def asked(self) -> bool:
        """Return whether there is anything to keep to."""
        return self.worst_first or bool((self.need > 0).any())


def worst_group(cover: Cover, chosen: Ints, groups: int) -> Floats:
    """Return the people of each group that a choice reaches."""
    covered = np.zeros(len(cover.weight), dtype=bool)
    for j in chosen:
        covered[cover.row[cover.column_start[j] : cover.column_start[j + 1]]] = True
    return np.bincount(cover.group[covered], cover.weight[covered], minlength=groups).astype(float)


def fair_coverage(cover: Cover, limits: Limits, floors: Floors, effort: Effort) -> tuple[Found, bool]:
    """Return the best choice that keeps to the floors, and whether one was found; else the best without them."""
    need = floors.need
    if floors.worst_first:
        need = np.maximum(need, _highest(cover, limits, floors, effort))
    if len(cover.site) <= SMALL:
        chosen, bound = solved_coverage(cover, limits, need, 50 * max(1, effort.nodes))
        if chosen is None or not within(cover, limits, chosen) or not _kept(cover, chosen, need):
            return most_covered(cover, limits, effort), False
        reached = cover.reached(chosen)
        return Found(chosen, reached, max(reached, rounded(cover, bound)), cover.weight * 0.5), True
    return _weighted(cover, limits, need, effort)


def _kept(cover: Cover, chosen: Ints, need: Floats) -> bool:
    return bool((worst_group(cover, chosen, len(need)) >= need * (1 - 1e-9)).all())


def _weighted(cover: Cover, limits: Limits, need: Floats, effort: Effort) -> tuple[Found, bool]:
    """Raise the weights of groups below their floor until a choice keeps to all of them.

    With weights of 1 + m for a group, what is counted beside the people is m times what the group has above its floor:
    the bound with these weights, less m times the floor, bounds the people of every choice that keeps to the floors.
    """
    more = np.zeros(len(need))
    first = most_covered(cover, limits, effort)
    choice, bound = first, first.bound
    for _ in range(TURNS):
        reached = worst_group(cover, choice.chosen, len(need))
        short = reached < need * (1 - 1e-9)
        if not short.any():
            people = cover.reached(choice.chosen)
            return Found(choice.chosen, people, max(people, rounded(cover, bound)), first.price), True
        more = np.where(short, np.maximum(2 * more, 0.5), more)
        heavier = cover._replace(weight=cover.weight * (1 + more[cover.group]))
        choice = most_covered(heavier, limits, effort)
        bound = min(bound, choice.bound - float((more * need).sum()))
    return first, False


def _highest(cover: Cover, limits: Limits, floors: Floors, effort: Effort) -> Floats:
    """Return the people of each group that must be gained so that the least share is the highest there is."""
    if len(cover.site) <= SMALL:
        share = solved_worst(cover, limits, floors.everyone, floors.before, 50 * max(1, effort.nodes))
        return np.maximum(0.0, (share - 1e-9) * floors.everyone - floors.before)
    low, high = 0.0, 1.0
    quick = Effort(rounds=200, steps=100, nodes=0, seed=effort.seed)
    for _ in range(8):
        share = (low + high) / 2
        need = np.maximum(0.0, share * floors.everyone - floors.before)
        low, high = (share, high) if _weighted(cover, limits, need, quick)[1] else (low, share)
    return np.maximum(0.0, low * floors.everyone - floors.before)
