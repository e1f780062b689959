"""What closes a gap: where the people missed live, and which sites reach most of them.

For those who bring their own distances: `maximal_coverage` and its kin (`zzgeo.siting.problems`) choose sites from a
matrix of metres and say how far from the best the choice may be.
"""

from __future__ import annotations

from zzgeo.siting.engine.terms import Effort, Terms
from zzgeo.siting.problems.most_people import maximal_coverage
from zzgeo.siting.solution import Solution

__all__ = ["Effort", "Solution", "Terms", "maximal_coverage"]
