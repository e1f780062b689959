"""What is given to a problem, checked: everything that is wrong is told in one pass."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from zzgeo.errors import InputError, Problem
from zzgeo.siting.engine.pairs import sparse_pairs
from zzgeo.siting.engine.terms import Terms
from zzgeo.siting.solution import Codes, Flags, Floats, Ints


@dataclass(frozen=True)
class Instance:
    """Checked input. Candidates keep their positions; those that are forbidden reach nobody.

    ``start``, ``site`` and ``metres`` are the pairs of each place (compressed rows, candidates rising), ``people``
    those who may be gained (0 where ``served``). ``group`` numbers the groups of ``groups``; ``need`` is how many
    people of each must be gained at least, ``everyone`` the people of each with those served.
    """

    start: Ints
    site: Codes
    metres: Floats
    people: Floats
    cost: Floats
    priced: bool
    allowed: Flags
    locked: Ints
    served: Flags
    group: Ints
    groups: tuple[object, ...]
    everyone: Floats
    need: Floats

    @property
    def row(self) -> Ints:
        """Return the place of every pair."""
        return np.repeat(np.arange(len(self.people)), np.diff(self.start))

    @property
    def gainable(self) -> Floats:
        """Return the people of each group who may be gained."""
        gainable: Floats = np.bincount(self.group, self.people, minlength=len(self.groups)).astype(float)
        return gainable

    @property
    def unreachable(self) -> Ints:
        """Return the places with people that no allowed candidate reaches."""
        return np.flatnonzero((np.diff(self.start) == 0) & (self.people > 0)).astype(np.int64)

    def within(self, length: float) -> Instance:
        """Return the same with the pairs no further apart than a length."""
        near = self.metres <= length
        counts = np.bincount(self.row[near], minlength=len(self.people))
        start = np.concatenate(([0], np.cumsum(counts))).astype(np.int64)
        return replace(self, start=start, site=self.site[near], metres=self.metres[near])

    def nearest(self, chosen: Ints) -> tuple[Ints, Floats]:
        """Return position and metres of the nearest chosen site of each place; -1 and infinite if there is none."""
        open_site = np.zeros(len(self.cost), dtype=bool)
        open_site[chosen] = True
        pairs = np.flatnonzero(open_site[self.site])
        row, metres = self.row[pairs], self.metres[pairs]
        # the shortest of each place, of equal ones the first candidate
        order = np.lexsort((self.site[pairs], metres, row))
        first = order[np.unique(row[order], return_index=True)[1]]
        assignment = np.full(len(self.people), -1, dtype=np.int64)
        away = np.full(len(self.people), np.inf)
        assignment[row[first]] = self.site[pairs[first]]
        away[row[first]] = metres[first]
        return assignment, away

    def gains(self, chosen: Ints) -> Floats:
        """Return how many people each site adds to those before it."""
        rank = np.full(len(self.cost), len(chosen), dtype=np.int64)
        rank[chosen] = np.arange(len(chosen))
        first = np.full(len(self.people), len(chosen), dtype=np.int64)
        np.minimum.at(first, self.row, rank[self.site])
        gained: Floats = np.bincount(first, self.people, minlength=len(chosen) + 1)[: len(chosen)].astype(float)
        return gained


def limit(value: float | None, where: str, most: float) -> float:
    """Return a limit of sites or yuan; ``most`` if there is none.

    Raises
    ------
    InputError
        If it is negative or no number.
    """
    if value is None:
        return most
    number = float(value)
    if np.isnan(number) or number < 0 or (where == "sites" and number != np.floor(number)):
        why, remedy = "a limit is a number, 0 or more; sites are counted whole", "correct it, or leave it out"
        raise InputError([Problem("siting.limit", where, str(value), why, remedy)])
    return min(number, most) if where == "sites" else number


def unused(terms: Terms, *names: str) -> None:
    """Refuse terms that a problem does not keep.

    Raises
    ------
    InputError
        If one of them is given.
    """
    given = [name for name in names if getattr(terms, name) not in (None, False)]
    if given:
        why, remedy = "this problem does not keep to it", "leave it out, or choose another problem"
        raise InputError([Problem("siting.term_unused", "terms", ", ".join(given), why, remedy)])


def checked(metres: Any, people: ArrayLike | None, terms: Terms) -> Instance:
    """Return the input as an `Instance`.

    Raises
    ------
    InputError
        With every problem: a shape that does not fit, a number missing, negative or not finite, a position that is
        none, a candidate locked and forbidden.
    """
    start, site, away, shape = _pairs(metres)
    problems: list[Problem] = []
    if len(away) and (np.isnan(away).any() or (away < 0).any()):
        bad = int((np.isnan(away) | (away < 0)).sum())
        problems.append(Problem("value.negative", "metres", f"{bad} pairs", "a way is not negative", "correct it"))
    heads = numbers(np.ones(shape[0]) if people is None else people, "people", shape[0], problems)
    cost = numbers(np.ones(shape[1]) if terms.cost is None else terms.cost, "cost", shape[1], problems)
    locked = _positions(terms.locked, "locked", shape[1], problems)
    forbidden = _positions(terms.forbidden, "forbidden", shape[1], problems)
    torn = np.intersect1d(locked, forbidden)
    if len(torn):
        value, why = ", ".join(map(str, torn[:5])), "a candidate cannot be chosen in any case and in none"
        problems.append(Problem("siting.locked_forbidden", "locked", value, why, "take it out of one of the two"))
    served = np.zeros(shape[0], dtype=bool) if terms.served is None else np.asarray(terms.served, dtype=bool)
    if served.shape != (shape[0],):
        problems.append(_shape("served", served.shape, shape[0]))
    group, names = _groups(terms.group, shape[0], problems)
    if problems:
        raise InputError(problems)
    everyone = np.bincount(group, heads, minlength=len(names)).astype(float)
    before = np.bincount(group, heads * served, minlength=len(names))
    need = np.maximum(0.0, _floors(terms, names) * everyone - before)
    allowed = np.ones(shape[1], dtype=bool)
    allowed[forbidden] = False
    keep = allowed[site]
    if terms.reach_m is not None:
        keep &= away <= terms.reach_m
    counts = np.bincount(np.repeat(np.arange(shape[0]), np.diff(start))[keep], minlength=shape[0])
    start = np.concatenate(([0], np.cumsum(counts))).astype(np.int64)
    gainable = np.where(served, 0.0, heads)
    return Instance(
        start,
        site[keep],
        away[keep],
        gainable,
        cost,
        terms.cost is not None,
        allowed,
        locked,
        served,
        group,
        names,
        everyone,
        need,
    )


def _pairs(metres: Any) -> tuple[Ints, Codes, Floats, tuple[int, int]]:
    """Return the pairs within reach by place, candidates rising; none that is infinite or no number."""
    if np.ndim(metres) != 2:
        raise InputError([_shape("metres", np.shape(metres), "demand × candidates")])
    table = sparse_pairs(metres)
    values = table.data.astype(float)
    keep = ~np.isposinf(values) & ~np.isnan(values)
    row = np.repeat(np.arange(table.shape[0]), np.diff(table.indptr))[keep]
    start = np.concatenate(([0], np.cumsum(np.bincount(row, minlength=table.shape[0])))).astype(np.int64)
    return start, table.indices[keep].astype(np.int32), values[keep], (int(table.shape[0]), int(table.shape[1]))


def _shape(where: str, shape: object, wanted: object) -> Problem:
    return Problem("siting.shape", where, str(shape), f"the matrix asks for {wanted}", "give one value each")


def numbers(values: ArrayLike, where: str, length: int, problems: list[Problem]) -> Floats:
    """Return amounts as an array, and add to the problems what is wrong with them."""
    amounts = np.asarray(values, dtype=float)
    if amounts.shape != (length,):
        problems.append(_shape(where, amounts.shape, length))
        return np.zeros(length)
    faults = (
        (np.isnan(amounts), "value.missing", "the number is needed", "fill it in; write 0 for none"),
        (np.isinf(amounts), "value.nonfinite", "the number is not finite", "correct it"),
        (amounts < 0, "value.negative", "there cannot be fewer than none", "correct it"),
    )
    for wrong, code, why, remedy in faults:
        if wrong.any():
            rows = np.flatnonzero(wrong)
            value = f"{len(rows)} values, first at " + ", ".join(map(str, rows[:5]))
            problems.append(Problem(code, where, value, why, remedy))
    return amounts


def _positions(values: Sequence[int], where: str, length: int, problems: list[Problem]) -> Ints:
    positions = np.asarray(values if len(values) else np.empty(0), dtype=float)
    wrong = (positions != np.floor(positions)) | (positions < 0) | (positions >= length)
    if wrong.any():
        value = ", ".join(f"{number:g}" for number in positions[wrong][:5])
        why, remedy = f"no candidate has this position, there are {length}", "give positions of columns, from 0"
        problems.append(Problem("siting.unknown_candidate", where, value, why, remedy))
        return np.empty(0, dtype=np.int64)
    # in the order given, each once
    whole = positions.astype(np.int64)
    return whole[np.sort(np.unique(whole, return_index=True)[1])]


def _groups(group: ArrayLike | None, length: int, problems: list[Problem]) -> tuple[Ints, tuple[object, ...]]:
    if group is None:
        return np.zeros(length, dtype=np.int64), ("",)
    labels = np.asarray(group)
    if labels.shape != (length,):
        problems.append(_shape("group", labels.shape, length))
        return np.zeros(length, dtype=np.int64), ("",)
    names, codes = np.unique(labels, return_inverse=True)
    return codes.astype(np.int64), tuple(names.tolist()) or ("",)


def _floors(terms: Terms, names: tuple[object, ...]) -> Floats:
    """Return the least share of each group, in the order of their names.

    Raises
    ------
    InputError
        If a share is not between 0 and 1, or a group is unknown.
    """
    if terms.floor is None:
        return np.zeros(len(names))
    if isinstance(terms.floor, Mapping):
        unknown = [str(name) for name in terms.floor if name not in names]
        if unknown:
            why, remedy = "no place belongs to this group", "give groups of the places"
            raise InputError([Problem("siting.unknown_group", "floor", ", ".join(unknown[:5]), why, remedy)])
        shares = np.array([terms.floor.get(name, 0.0) for name in names], dtype=float)
    else:
        shares = np.full(len(names), float(terms.floor))
    if not ((shares >= 0) & (shares <= 1)).all():
        why, remedy = "a share of the people lies between 0 and 1", "write 0.9 for 90 %"
        raise InputError([Problem("siting.share", "floor", str(terms.floor), why, remedy)])
    return shares
