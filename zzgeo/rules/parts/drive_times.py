"""Drive times of the user's traffic model (for R13); without them `zzgeo.rules.parts.computed_times` computes them.

``[[tables]] id = "drive_times"`` has ``from`` (demand id, or ramp), ``minutes`` (or ``free_flow_minutes``); optional
``stage`` (1, if left out: from where people live to the expressway; 2: from a ramp to the motorway), ``people``,
``district`` and ``ramp`` ("exit-only" rows are not counted).
"""

from __future__ import annotations

import pandas as pd

from zzgeo.errors import InputError, Problem
from zzgeo.rules.parts.base import Context
from zzgeo.rules.parts.tabular import read_table
from zzgeo.spec.driving import PEAK
from zzgeo.standards import Rule

#: The table a study gives its drive times in.
TABLE = "drive_times"

_EXIT_ONLY = ("exit", "exit-only", "off-ramp", "出口", "仅出口")


def read_trips(context: Context, rule: Rule) -> pd.DataFrame | None:
    """Return the rows of the study's drive times, None where it has none.

    Returns
    -------
    DataFrame
        ``from``, ``minutes``, ``stage`` (1 from where people live, 2 from a ramp), ``people``, ``district``, ``exit``
        (is the ramp exit-only?), ``scaled`` (were free-flow times divided by the peak factor?), ``computed`` (never).

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
            "computed": False,
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
        Problem(
            "value.unparsed",
            f"table {TABLE}:{row}",
            f"stage={table['stage'][row]:g}",
            "stage is 1 or 2",
            "1 for people to the expressway, 2 for ramps to the motorway",
        )
        for row in odd
    ]
    if problems:
        raise InputError(problems)
