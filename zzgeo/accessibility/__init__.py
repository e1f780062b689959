"""How well people reach what there is, and how evenly: one file per measure, found by its place here.

A verdict asks who is within a limit (`zzgeo.coverage`). These measures ask how much is within reach, shared with whom,
and how unequal that is. They take plain tables: people and capacities by id, and a travel table with a row per pair
that is near enough (`travel_table`). A new measure is one file with one constant ``MEASURE``; a file is not called as
the function in it, which would hide it.
"""

from __future__ import annotations

from zzgeo.accessibility.base import Measure
from zzgeo.accessibility.catalogue import equity_table, measures
from zzgeo.accessibility.change import AccessChange, compare_access
from zzgeo.accessibility.concentration_index import concentration
from zzgeo.accessibility.cumulative_opportunities import cumulative
from zzgeo.accessibility.decay import Decay, binary, exponential, gaussian, gaussian_to_zero, power, steps
from zzgeo.accessibility.enhanced_two_step_catchment import enhanced_two_step
from zzgeo.accessibility.gini_index import gini
from zzgeo.accessibility.gravity_potential import gravity
from zzgeo.accessibility.palma_ratio import palma
from zzgeo.accessibility.result import AccessChoices, AccessResult, measure_access
from zzgeo.accessibility.theil_index import theil
from zzgeo.accessibility.three_step_catchment import three_step
from zzgeo.accessibility.travel import AccessInputs, study_inputs, travel_table
from zzgeo.accessibility.two_step_catchment import two_step

__all__ = [
    "AccessChange",
    "AccessChoices",
    "AccessInputs",
    "AccessResult",
    "Decay",
    "Measure",
    "binary",
    "compare_access",
    "concentration",
    "cumulative",
    "enhanced_two_step",
    "equity_table",
    "exponential",
    "gaussian",
    "gaussian_to_zero",
    "gini",
    "gravity",
    "measure_access",
    "measures",
    "palma",
    "power",
    "steps",
    "study_inputs",
    "theil",
    "three_step",
    "travel_table",
    "two_step",
]
