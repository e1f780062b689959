"""How well people reach what there is, and how evenly: one file per measure, found by its place here.

A verdict asks who is within a limit (`zzgeo.coverage`). These measures ask how much is within reach, shared with whom,
and how unequal that is. They take plain tables: people and capacities by id, and a travel table with a row per pair
that is near enough (`travel_table`). A new measure is one file with one constant ``MEASURE``.
"""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

from zzgeo.accessibility.base import Measure
from zzgeo.accessibility.concentration import concentration
from zzgeo.accessibility.cumulative import cumulative
from zzgeo.accessibility.decay import Decay, binary, exponential, gaussian, gaussian_to_zero, power, steps
from zzgeo.accessibility.enhanced_two_step import enhanced_two_step
from zzgeo.accessibility.equity import equity_table
from zzgeo.accessibility.gini import gini
from zzgeo.accessibility.gravity import gravity
from zzgeo.accessibility.palma import palma
from zzgeo.accessibility.theil import theil
from zzgeo.accessibility.three_step import three_step
from zzgeo.accessibility.travel import AccessInputs, study_inputs, travel_table
from zzgeo.accessibility.two_step import two_step

__all__ = [
    "AccessInputs",
    "Decay",
    "Measure",
    "binary",
    "concentration",
    "cumulative",
    "enhanced_two_step",
    "equity_table",
    "exponential",
    "gaussian",
    "gaussian_to_zero",
    "gini",
    "gravity",
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


@cache
def measures() -> dict[str, Measure]:
    """Return every measure by its id, found by its place in this folder.

    Examples
    --------
    >>> sorted(one.id for one in measures().values() if one.takes == "cutoff")
    ['cumulative', 'two-step']
    """
    found = {}
    for module in pkgutil.iter_modules(__path__):
        measure = getattr(importlib.import_module(f"{__name__}.{module.name}"), "MEASURE", None)
        if measure is not None:
            found[measure.id] = measure
    return found
