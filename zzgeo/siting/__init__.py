"""What closes a gap: where the people missed live, and which sites reach most of them.

For those who bring their own distances: `maximal_coverage` and its kin (`zzgeo.siting.problems`) choose sites from a
matrix of metres and say how far from the best the choice may be.
"""

from __future__ import annotations

from zzgeo.siting.clauses import stacked
from zzgeo.siting.engine.terms import Effort, Terms
from zzgeo.siting.problems.fewest_sites import location_set_covering
from zzgeo.siting.problems.least_walking import p_median
from zzgeo.siting.problems.longest_walk import p_center
from zzgeo.siting.problems.most_people import maximal_coverage
from zzgeo.siting.problems.with_capacity import capacitated
from zzgeo.siting.solution import Solution

__all__ = [
    "Effort",
    "Solution",
    "Terms",
    "capacitated",
    "location_set_covering",
    "maximal_coverage",
    "p_center",
    "p_median",
    "stacked",
]
