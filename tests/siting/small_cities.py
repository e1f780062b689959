"""Small random instances of siting, and the best choice by trying every one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import combinations

import numpy as np

from zzgeo.siting import Terms


@dataclass
class Small:
    """A random instance: distances with gaps, people of whom some are nobody, and terms of every kind."""

    seed: int
    metres: np.ndarray = field(init=False)
    people: np.ndarray = field(init=False)
    cost: np.ndarray = field(init=False)
    capacity: np.ndarray = field(init=False)
    terms: Terms = field(init=False)
    sites: int = field(init=False)
    budget: float = field(init=False)

    def __post_init__(self):
        seed, random = self.seed, np.random.default_rng(self.seed)
        rows, columns = int(random.integers(3, 15)), int(random.integers(1, 9))
        within = random.random((rows, columns)) < random.uniform(0.1, 0.7)
        self.metres = np.where(within, random.integers(0, 9, (rows, columns)) * 100.0, np.inf)
        self.people = np.round(random.uniform(0, 50, rows), 0 if seed % 2 else 2)
        self.people[random.random(rows) < 0.1] = 0.0
        self.cost = random.integers(0 if seed % 5 == 0 else 1, 20, columns).astype(float)
        self.capacity = random.integers(0, 120, columns).astype(float)
        order = random.permutation(columns)
        locked = order[: random.integers(0, 2)].tolist() if seed % 3 == 0 else []
        forbidden = order[len(locked) : len(locked) + random.integers(0, 3)].tolist() if columns > 3 else []
        self.terms = Terms(
            cost=self.cost if seed % 4 else None,
            locked=locked,
            forbidden=forbidden,
            served=random.random(rows) < 0.15 if seed % 4 == 1 else None,
            group=random.integers(0, 3, rows),
            reach_m=600.0 if seed % 2 else None,
        )
        self.sites, self.budget = int(random.integers(0, columns + 1)), float(random.integers(0, 50))

    @property
    def open(self) -> np.ndarray:
        """Distances that count: within the cutoff, to candidates that are allowed."""
        metres = self.metres.copy()
        metres[:, self.terms.forbidden] = np.inf
        return metres if self.terms.reach_m is None else np.where(metres <= self.terms.reach_m, metres, np.inf)

    @property
    def served(self) -> np.ndarray:
        return np.zeros(len(self.people), dtype=bool) if self.terms.served is None else np.asarray(self.terms.served)

    @property
    def yuan(self) -> np.ndarray:
        return np.ones(len(self.cost)) if self.terms.cost is None else self.cost

    def walk(self, chosen: list[int]) -> np.ndarray:
        """Return the walk of each place to the nearest of some candidates."""
        return self.open[:, chosen].min(axis=1, initial=np.inf)

    def choices(self, sites: float = np.inf, budget: float = np.inf) -> Iterator[list[int]]:
        """Return every choice within the limits that has what is locked and nothing that is forbidden."""
        columns = range(len(self.cost))
        for number in range(len(self.cost) + 1):
            for chosen in combinations(columns, number):
                keeps = set(self.terms.locked) <= set(chosen) and not set(chosen) & set(self.terms.forbidden)
                if keeps and number <= sites and self.yuan[list(chosen)].sum() <= budget + 1e-9:
                    yield list(chosen)

    def best(self, worth: Callable[[list[int]], object], choices: Iterator[list[int]]) -> object:
        """Return the most that any choice is worth; None if there is no choice, or none is worth anything."""
        return max((value for value in map(worth, choices) if value is not None), default=None)
