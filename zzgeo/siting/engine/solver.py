"""The solver for what is small enough: HiGHS, as scipy carries it.

It is given no solution to start from, so none of its faults with one can matter; its answer is taken as a proposal, and
counted anew by whoever asked. Its bound is that of a cold solve. It works in one thread and stops after a number of
nodes, never after seconds, so that it answers the same everywhere.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import scipy.sparse

from zzgeo.siting.engine.bound import Limits
from zzgeo.siting.engine.reduce import Cover
from zzgeo.siting.solution import Floats, Ints


@dataclass
class Program:
    """A mixed-integer program that is minimised: the first ``whole`` variables are whole numbers, all between 0 and 1.

    Variables may have other upper limits in ``most``; rows are added one block at a time.
    """

    objective: Floats
    whole: int
    least: Floats
    most: Floats
    rows: list[Any] = field(default_factory=list)
    low: list[Floats] = field(default_factory=list)
    high: list[Floats] = field(default_factory=list)

    def keep(self, rows: Any, low: float, high: float) -> None:
        """Add rows of coefficients that must lie between two numbers."""
        block: Any = scipy.sparse.csr_array(np.atleast_2d(rows) if isinstance(rows, np.ndarray) else rows)
        self.rows.append(block)
        self.low.append(np.full(block.shape[0], low))
        self.high.append(np.full(block.shape[0], high))

    def solve(self, nodes: int) -> tuple[Floats | None, float]:
        """Return the solver's values, None if it has none, and its bound: infinite if nothing is feasible."""
        from scipy.optimize import Bounds, LinearConstraint, milp

        low, high = np.concatenate(self.low), np.concatenate(self.high)
        if not len(self.objective):
            feasible = bool((low <= 0).all() and (high >= 0).all())
            return (np.empty(0), 0.0) if feasible else (None, np.inf)
        whole = np.zeros(len(self.objective), dtype=np.int64)
        whole[: self.whole] = 1
        blocks: Any = scipy.sparse.vstack(self.rows, format="csr")
        answer: Any = milp(
            self.objective,
            integrality=whole,
            bounds=Bounds(self.least, self.most),
            constraints=LinearConstraint(blocks, low, high),
            options={"node_limit": nodes, "mip_rel_gap": 0.0},
        )
        if answer.status == 2:
            return None, np.inf
        bound = answer.mip_dual_bound if answer.mip_dual_bound is not None else answer.fun
        return answer.x, -np.inf if bound is None else float(bound)


def reach_of(cover: Cover) -> Any:
    """Return the rows and columns of a cover as a sparse matrix of ones."""
    shape = (len(cover.weight), len(cover.cost))
    return scipy.sparse.csr_array((np.ones(len(cover.site)), cover.site, cover.start), shape=shape)


def cover_program(cover: Cover, limits: Limits, objective: Floats) -> Program:
    """Return the program of a choice of columns and of the rows they reach, within limits."""
    rows, columns = len(cover.weight), len(cover.cost)
    least = np.zeros(columns + rows)
    least[limits.locked] = 1.0
    program = Program(objective, columns, least, np.ones(columns + rows))
    program.keep(scipy.sparse.hstack([reach_of(cover), -scipy.sparse.eye_array(rows)]), 0.0, np.inf)
    nobody = np.zeros(rows)
    if limits.sites < columns:
        program.keep(np.concatenate([np.ones(columns), nobody]), -np.inf, float(limits.sites))
    if np.isfinite(limits.budget):
        program.keep(np.concatenate([cover.cost, nobody]), -np.inf, limits.budget)
    return program


def solved_coverage(cover: Cover, limits: Limits, need: Floats, nodes: int) -> tuple[Ints | None, float]:
    """Return the columns that reach most people and a bound on the people; None if the solver found none.

    ``need`` is how many people of each group must be reached at least; the bound is minus infinity if they cannot be.
    """
    columns = len(cover.cost)
    program = cover_program(cover, limits, np.concatenate([np.zeros(columns), -cover.weight]))
    for number in np.flatnonzero(need > 0):
        heads = np.where(cover.group == number, cover.weight, 0.0)
        program.keep(np.concatenate([np.zeros(columns), heads]), need[number] * (1 - 1e-12), np.inf)
    values, bound = program.solve(nodes)
    return None if values is None else np.flatnonzero(values[:columns] > 0.5).astype(np.int64), -bound


def solved_worst(cover: Cover, limits: Limits, everyone: Floats, before: Floats, nodes: int) -> float:
    """Return the highest least share of any group that a choice can reach, by the solver; -1 if it found none."""
    rows, columns = len(cover.weight), len(cover.cost)
    plain = cover_program(cover, limits, np.zeros(columns + rows))
    share = Program(
        np.append(np.zeros(columns + rows), -1.0), columns, np.append(plain.least, 0.0), np.append(plain.most, 1.0)
    )
    for block, low, high in zip(plain.rows, plain.low, plain.high, strict=True):
        share.rows.append(scipy.sparse.hstack([block, scipy.sparse.csr_array((block.shape[0], 1))]))
        share.low.append(low)
        share.high.append(high)
    for number in np.flatnonzero(everyone > 0):
        heads = np.where(cover.group == number, cover.weight, 0.0)
        share.keep(np.concatenate([np.zeros(columns), heads, [-everyone[number]]]), -before[number], np.inf)
    values, _ = share.solve(nodes)
    return -1.0 if values is None else float(values[-1])


def solved_cover(cover: Cover, goal: float, locked: Ints, nodes: int) -> tuple[Ints | None, float]:
    """Return the cheapest columns that reach so many people, and a bound on the cost; None if the solver found none."""
    rows, columns = len(cover.weight), len(cover.cost)
    if goal >= float(cover.weight.sum()):
        program = Program(cover.cost.copy(), columns, np.zeros(columns), np.ones(columns))
        program.least[locked] = 1.0
        program.keep(reach_of(cover), 1.0, np.inf)
    else:
        limits = Limits(columns, np.inf, locked)
        program = cover_program(cover, limits, np.concatenate([cover.cost, np.zeros(rows)]))
        program.keep(np.concatenate([np.zeros(columns), cover.weight]), goal, np.inf)
    values, bound = program.solve(nodes)
    return None if values is None else np.flatnonzero(values[:columns] > 0.5).astype(np.int64), bound
