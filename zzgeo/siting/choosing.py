"""From clauses and candidates to arrays, to the engine, and back: nothing is chosen here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
import scipy.sparse
from numpy.typing import NDArray

from zzgeo.errors import InputError, Problem
from zzgeo.rules.parts.base import Context
from zzgeo.siting.candidates import Candidates
from zzgeo.siting.clauses import stacked
from zzgeo.siting.demand import Demand
from zzgeo.siting.engine.terms import Terms
from zzgeo.siting.matrix import reach_matrix
from zzgeo.siting.problems.fewest_sites import location_set_covering
from zzgeo.siting.problems.most_people import maximal_coverage
from zzgeo.siting.problems.with_capacity import capacitated
from zzgeo.siting.solution import Solution

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Limits:
    """How much may be built: so many sites, so many yuan, or until a share of the people is served.

    With none of them, the fewest sites for everybody whom a candidate reaches. Most people may be sought so that a
    ``floor``, a share of the people of each district, is kept, and with the district served least first.
    """

    sites: int | None = None
    budget_yuan: float | None = None
    share: float | None = None
    floor: float | None = None
    worst_first: bool = False

    def check(self) -> None:
        """Refuse what cannot be meant.

        Raises
        ------
        InputError
            With every problem.
        """
        problems = []
        if self.sites is not None and not _is_number_of_sites(self.sites):
            problems.append(_refused("sites", self.sites, "a number of sites is a whole number of at least 1"))
        if self.budget_yuan is not None and not self.budget_yuan > 0:
            problems.append(_refused("budget_yuan", self.budget_yuan, "a budget is more than 0 yuan"))
        if self.share is not None and not 0 < self.share <= 1:
            problems.append(_refused("share", self.share, "a share lies above 0 and is at most 1"))
        if self.share is not None and (self.sites is not None or self.budget_yuan is not None):
            problems.append(_refused("share", self.share, "a share asks for as many sites as it takes"))
        if self.floor is not None and not 0 < self.floor <= 1:
            problems.append(_refused("floor", self.floor, "a share lies above 0 and is at most 1", _FAIR))
        if self.fair and not self.counts_people:
            problems.append(_refused(self.fair, "", "districts share so many sites, or so many yuan", _FAIR))
        if problems:
            raise InputError(problems)

    @property
    def fair(self) -> str:
        """Return by what people are shared out over districts, "" where by nothing."""
        return "floor" if self.floor is not None else "worst_first" if self.worst_first else ""

    @property
    def counts_people(self) -> bool:
        """Tell whether most people are sought, not fewest sites."""
        return self.sites is not None or self.budget_yuan is not None


def _is_number_of_sites(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float | np.integer | np.floating):
        return False
    return bool(np.isfinite(value) and value == int(value) and value >= 1)


_LIMITS, _FAIR = "say sites, budget_yuan, both, share, or none of them", "say sites or budget_yuan beside it"


def _refused(name: str, value: object, why: str, remedy: str = _LIMITS) -> Problem:
    return Problem("siting.limit", name, str(value), why, remedy)


@dataclass(frozen=True)
class Arrays:
    """What the engine is given: rows of all clauses, one below the other, by the candidates that nothing forbids.

    Parameters
    ----------
    metres
        Shape (n_rows, n_allowed).
    people
        Shape (n_rows,).
    clause
        Which of the clauses each row is of, shape (n_rows,).
    allowed
        Position of each column among the candidates, shape (n_allowed,).
    capacity
        People each column can take; None where that does not count.
    district
        Code of the district of each row, shape (n_rows,).
    served_in
        People of the clauses who are served already, by code of a district.
    """

    metres: scipy.sparse.csr_array
    people: Floats
    clause: Ints
    allowed: Ints
    capacity: Floats | None = None
    district: NDArray[np.object_] = field(default_factory=lambda: np.empty(0, dtype=object))
    served_in: pd.Series = field(default_factory=lambda: pd.Series(dtype=float))

    @property
    def reachable(self) -> NDArray[np.bool_]:
        """Tell which rows some candidate reaches."""
        reached: NDArray[np.bool_] = np.diff(self.metres.indptr) > 0
        return reached


def arrays_of(
    context: Context,
    demands: Sequence[Demand],
    candidates: Candidates,
    standing: Context | None = None,
    people_per_place: float | None = None,
) -> Arrays:
    """Return the arrays of some clauses.

    Parameters
    ----------
    context, standing
        As for `reach_matrix`.
    demands
        Of each clause.
    candidates
        With what forbids each.
    people_per_place
        People one bed or place serves, where capacity counts; a clause on beds per head says it itself.
    """
    allowed = candidates.allowed
    table = candidates.table.iloc[allowed]
    matrices = [reach_matrix(context, one, table, standing) for one in demands]
    capacity = None
    beds = table["capacity"].to_numpy(dtype=float)
    if any(one.by_capacity for one in demands):
        if len(demands) > 1:
            ids = ", ".join(one.rule.id for one in demands)
            why, remedy = "a clause on beds per head counts beds, others count places", "choose sites for it alone"
            raise InputError([Problem("siting.mixed", ids, "", why, remedy)])
        capacity = beds * _people_per_bed(demands[0], matrices[0])
    elif people_per_place is not None:
        capacity = beds * people_per_place
    before = pd.concat([one.served_in for one in demands])
    rows = stacked(matrices, [one.people for one in demands])
    district = np.concatenate([one.district for one in demands])
    return Arrays(*rows, allowed, capacity, district, before.groupby(level=0).sum())


def _people_per_bed(demand: Demand, metres: scipy.sparse.csr_array) -> Floats:
    """Return how many people a bed stands for in the district of each candidate: its people by the beds they need."""
    assert demand.needs is not None
    table = demand.needs.table.loc[demand.ids]
    each = table["people"].fillna(0.0).to_numpy(dtype=float) / table["need"].to_numpy(dtype=float)
    per_bed = np.zeros(metres.shape[1])
    pairs = metres.tocoo()
    per_bed[pairs.col] = each[pairs.row]
    return per_bed


def solved(arrays: Arrays, limits: Limits, served: float, cost: Floats | None, locked: Sequence[int]) -> Solution:
    """Choose sites: most people for so many sites or yuan, or fewest sites for a share of the people.

    Parameters
    ----------
    served
        People of the clauses who are served already: they count in a share.
    cost
        Yuan of each column, less what is drawn for it; None where no budget counts.
    locked
        Columns that are chosen in any case.
    """
    terms = Terms(cost=cost, locked=tuple(locked))
    if arrays.capacity is not None:
        if limits.share is not None:
            raise InputError(
                [_refused("share", limits.share, "beds and places are handed out by sites or by a budget")]
            )
        if limits.fair:
            raise InputError(
                [_refused(limits.fair, "", "beds and places are handed out to most people", "leave it out")]
            )
        if not limits.counts_people:
            return _fewest_with_room(arrays, terms)
        return capacitated(
            arrays.metres, arrays.people, arrays.capacity, sites=limits.sites, budget=limits.budget_yuan, terms=terms
        )
    if limits.fair:
        metres, people, before = _beside_served(arrays, arrays.served_in)
        group = np.append(arrays.district, arrays.served_in.index.to_numpy(dtype=object)).astype(str)
        terms = replace(terms, served=before, group=group, floor=limits.floor, worst_first=limits.worst_first)
        solution = maximal_coverage(metres, people, sites=limits.sites, budget=limits.budget_yuan, terms=terms)
        return _on_all_rows(solution, ~before, keep=True)
    if limits.counts_people:
        return maximal_coverage(
            arrays.metres, arrays.people, sites=limits.sites, budget=limits.budget_yuan, terms=terms
        )
    if limits.share is None:
        within = arrays.reachable
        solution = location_set_covering(arrays.metres[within], arrays.people[within], share=1.0, terms=terms)
        return _on_all_rows(solution, within)
    metres, people, before = _beside_served(arrays, pd.Series([served]))
    terms = replace(terms, served=before)
    solution = location_set_covering(metres, people, share=limits.share, terms=terms)
    return _on_all_rows(solution, ~before, keep=True)


def _fewest_with_room(arrays: Arrays, terms: Terms) -> Solution:
    """Return the fewest sites that have a place for as many people as all candidates together.

    With more sites no fewer people have a place, so their number is halved in.
    """
    assert arrays.capacity is not None
    room = arrays.capacity

    def placed(sites: int) -> Solution:
        return capacitated(arrays.metres, arrays.people, room, sites=sites, terms=terms)

    best = placed(len(arrays.allowed))
    goal, unproven = best.objective * (1 - 1e-9), False
    fewest, most = max(1, len(terms.locked)), len(best.chosen)
    while fewest < most:
        trial = placed(number := (fewest + most) // 2)
        if trial.objective >= goal:
            best, most = trial, min(number, len(trial.chosen))
        else:
            unproven |= trial.bound >= goal
            fewest = number + 1
    if unproven:
        value, why = f"{len(best.chosen)} sites", "whether fewer have a place for as many people is not proven"
        note = Problem("siting.fewest_unproven", "sites", value, why, "try fewer: sites=", "warning")
        best = replace(best, notes=(*best.notes, note))
    return best


def _beside_served(arrays: Arrays, served: pd.Series) -> tuple[scipy.sparse.csr_array, Floats, NDArray[np.bool_]]:
    """Return the matrix and the people with rows more of who is served already, whom nobody has to reach, and which."""
    none = scipy.sparse.csr_array((len(served), arrays.metres.shape[1]))
    metres = scipy.sparse.csr_array(scipy.sparse.vstack([arrays.metres, none]))
    people = np.append(arrays.people, served.to_numpy(dtype=float))
    return metres, people, np.arange(len(people)) >= len(arrays.people)


def nothing_to_choose(arrays: Arrays, locked: Sequence[int]) -> Solution:
    """Return the solution where nobody is missed, or every candidate is forbidden: what is locked, and no more."""
    rows = len(arrays.people)
    nobody, chosen = np.zeros(rows, dtype=bool), np.array(locked, dtype=np.int64)
    nowhere, beyond = np.full(rows, -1, dtype=np.int64), np.flatnonzero(arrays.people > 0)
    return Solution("", chosen, 0.0, 0.0, nobody, nowhere, np.zeros(len(chosen)), beyond)


def assigned_to(arrays: Arrays, columns: Ints) -> float:
    """Return how many people some columns can take, as many as can be."""
    assert arrays.capacity is not None
    others = np.setdiff1d(np.arange(len(arrays.allowed)), columns)
    terms = Terms(locked=tuple(map(int, columns)), forbidden=tuple(map(int, others)))
    return capacitated(arrays.metres, arrays.people, arrays.capacity, sites=max(1, len(columns)), terms=terms).objective


def _on_all_rows(solution: Solution, rows: NDArray[np.bool_], keep: bool = False) -> Solution:
    """Return a solution on other rows: what was left out is not covered, what was added is dropped."""
    if keep:
        covered, assignment = solution.covered[rows], solution.assignment[rows]
    else:
        covered, assignment = np.zeros(len(rows), dtype=bool), np.full(len(rows), -1, dtype=np.int64)
        covered[rows], assignment[rows] = solution.covered, solution.assignment
    return replace(solution, covered=covered, assignment=assignment)


def handed_out(solution: Solution, arrays: Arrays, demands: Sequence[Demand], ids: pd.Index) -> pd.DataFrame:
    """Return which site serves whom: ``rule``, ``id`` (demand point or unit), ``site``, ``metres``, ``people``."""
    if solution.flows is not None:
        row, column, people = solution.flows
    else:
        row = np.flatnonzero((solution.assignment >= 0) & solution.covered)
        column, people = solution.assignment[row], arrays.people[row]
    labels = np.concatenate([np.asarray(one.ids, dtype=object) for one in demands])
    clauses = np.array([one.rule.id for one in demands], dtype=object)
    columns = {
        "rule": clauses[arrays.clause[row]],
        "id": labels[row],
        "site": np.asarray(ids, dtype=object)[arrays.allowed[column]],
        "metres": np.asarray(arrays.metres[row, column], dtype=float).ravel() if len(row) else np.empty(0),
        "people": people,
    }
    return pd.DataFrame(columns)
