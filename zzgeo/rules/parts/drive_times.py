"""Drive times of the user's traffic model, and what a road class takes to drive (for R13).

The walking network drops motorways, so drive times come from ``[[tables]] id = "drive_times"``: ``from`` (demand id, or
ramp), ``minutes`` (or ``free_flow_minutes``); optional ``stage`` (1, if left out: from where people live to the
expressway; 2: from a ramp to the motorway), ``people``, ``district`` and ``ramp`` ("exit-only" rows are not counted).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd

from zzgeo.errors import InputError, Problem
from zzgeo.rules.parts.base import Context
from zzgeo.rules.parts.tabular import read_table
from zzgeo.standards import Rule

#: The table a study gives its drive times in.
TABLE = "drive_times"

#: Share of the free-flow speed that is driven at the peak (resolutions.md A17).
PEAK = 0.6

#: Free-flow speed by OpenStreetMap road class in km/h: usual design speeds, to be replaced where measured ones exist.
FREE_FLOW_KMH: dict[str, float] = {
    "motorway": 110.0, "motorway_link": 40.0, "trunk": 80.0, "trunk_link": 40.0, "primary": 60.0, "primary_link": 30.0,
    "secondary": 50.0, "secondary_link": 30.0, "tertiary": 40.0, "tertiary_link": 30.0, "unclassified": 30.0,
    "residential": 30.0, "living_street": 20.0, "service": 20.0,
}  # fmt: skip

_EXIT_ONLY = ("exit", "exit-only", "off-ramp", "出口", "仅出口")


def drive_minutes(length_m: np.ndarray, highway: Sequence[str], factor: float = PEAK) -> np.ndarray:
    """Return how long streets take to drive, by their class and a share of its free-flow speed.

    Parameters
    ----------
    length_m
        Shape (n,), in metres.
    highway
        OpenStreetMap class of each, length n; a class nobody drives on takes NaN.
    factor
        Share of the free-flow speed, above 0 and at most 1.

    Returns
    -------
    array, shape (n,), minutes

    Raises
    ------
    ValueError
        If the factor is out of range.

    Examples
    --------
    >>> drive_minutes(np.array([8000.0, 500.0, 100.0]), ["trunk", "residential", "footway"]).round(3).tolist()
    [10.0, 1.667, nan]
    """
    if not 0.0 < factor <= 1.0:
        raise ValueError(f"a peak factor is above 0 and at most 1, not {factor!r}")
    speed = np.array([FREE_FLOW_KMH.get(one, math.nan) for one in highway], dtype=float)
    minutes: np.ndarray = np.asarray(length_m, dtype=float) / 1000.0 / (speed * factor) * 60.0
    return minutes


def read_trips(context: Context, rule: Rule) -> pd.DataFrame | None:
    """Return the rows of the study's drive times, None where it has none.

    Returns
    -------
    DataFrame
        ``from``, ``minutes``, ``stage`` (1 from where people live, 2 from a ramp), ``people``, ``district``, ``exit``
        (is the ramp exit-only?), ``scaled`` (were free-flow times divided by the peak factor?).

    Raises
    ------
    InputError
        With every fault of the table.
    """
    raw = context.study.tables.get(TABLE)
    if raw is None:
        return None
    scaled = "minutes" not in raw.columns and "free_flow_minutes" in raw.columns
    times = "free_flow_minutes" if scaled else "minutes"
    table = read_table(
        context, TABLE, numbers=(times, "people", "stage"), texts=("from", "district", "ramp"), required=("from", times)
    )
    assert table is not None
    _check(table)
    factor = rule.param("free_flow_factor", PEAK) if scaled else 1.0
    stage = table["stage"].fillna(1.0).astype(int)
    ramp = table["ramp"].fillna("").astype(str).str.strip().str.lower()
    return pd.DataFrame(
        {
            "from": table["from"],
            "minutes": table[times] / factor,
            "stage": stage,
            "people": table["people"],
            "district": table["district"],
            "exit": ramp.isin(_EXIT_ONLY),
            "scaled": scaled,
        },
        index=table.index,
    )


def _check(table: pd.DataFrame) -> None:
    nowhere = table.index[table["from"].isna()]
    odd = table.index[table["stage"].notna() & ~table["stage"].isin((1.0, 2.0))]
    problems = [
        Problem("value.missing", f"table {TABLE}:{row}", "from empty", "a time needs its start", "fill it in")
        for row in nowhere
    ]
    problems += [
        Problem("value.unparsed", f"table {TABLE}:{row}", f"stage={table['stage'][row]:g}", "stage is 1 or 2",
                "1 for people to the expressway, 2 for ramps to the motorway")
        for row in odd
    ]  # fmt: skip
    if problems:
        raise InputError(problems)
