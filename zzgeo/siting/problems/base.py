"""What a problem of siting declares of itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from zzgeo.siting.solution import Solution


@dataclass(frozen=True)
class SitingProblem:
    """One problem: its id, its names, what its objective counts, and the function that solves it."""

    id: str
    label_zh: str
    label_en: str
    objective: str
    solve: Callable[..., Solution]
