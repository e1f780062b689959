"""Residential quarters and the elderly-care rooms they need and have (R07).

Source: rules.md R07; resolutions.md A06 (200 m² binds existing quarters; in proportion, not in steps; a shared
facility is split by households).
"""

from __future__ import annotations

import math
import re
from typing import Literal

import pandas as pd

from zzgeo.errors import InputError, Problem
from zzgeo.intake.dates import date
from zzgeo.rules.parts.base import Context
from zzgeo.rules.parts.tabular import read_table

TABLE = "quarters"

Built = Literal["new", "existing"]


def floor_needed(
    households: float, built: Built, *, per_100: float | None = None, least: float = 200.0, least_for_new: bool = False
) -> float:
    """Return the floor area a quarter needs, in m²; in proportion to its households, NaN where there are none.

    Parameters
    ----------
    per_100
        m² per 100 households; 30 for new and 20 for existing quarters if left out.
    least
        m² an existing quarter needs whatever its size; a new one too if ``least_for_new``.

    Examples
    --------
    >>> floor_needed(500, "new"), floor_needed(1500, "new"), floor_needed(500, "new", least_for_new=True)
    (150.0, 450.0, 200.0)
    >>> floor_needed(800, "existing"), floor_needed(1000, "existing"), floor_needed(1500, "existing")
    (200.0, 200.0, 300.0)
    """
    if not households > 0:
        return math.nan
    rate = per_100 if per_100 is not None else 30.0 if built == "new" else 20.0
    need = rate * households / 100.0
    return max(need, least) if built == "existing" or least_for_new else need


def shared_areas(quarters: pd.DataFrame) -> pd.Series:
    """Return the part of shared rooms that falls to each quarter, in m²: by households, all of it is shared out.

    Parameters
    ----------
    quarters
        Indexed by quarter, columns ``households``, ``shared_area_m2``, ``shared_with`` (ids of the other quarters,
        separated by ";"). Rooms that several quarters list with the same partners and area are one facility.

    Raises
    ------
    InputError
        If a partner is not in the table, or partners disagree on the area they share.

    Examples
    --------
    >>> table = {"households": [600.0, 400.0], "shared_area_m2": [300.0, None], "shared_with": ["b", None]}
    >>> shared_areas(pd.DataFrame(table, index=["a", "b"])).to_dict()
    {'a': 180.0, 'b': 120.0}
    """
    groups: dict[frozenset[str], float] = {}
    problems = []
    for quarter, area, others in zip(quarters.index, quarters["shared_area_m2"], quarters["shared_with"], strict=True):
        named = re.split(r"[;；,，、\s]+", others) if isinstance(others, str) else []
        partners = frozenset([str(quarter), *filter(None, named)])
        if pd.isna(area):
            continue
        where = f"table {TABLE}: {quarter}"
        strange = sorted(partners - set(map(str, quarters.index)))
        if strange:
            why, remedy = "no such quarter", "list the quarter, or correct shared_with"
            problems.append(Problem("value.unknown_code", where, ", ".join(strange), why, remedy))
        elif groups.setdefault(partners, float(area)) != float(area):
            why, remedy = "its partners share another area", "give one area for the rooms they share"
            problems.append(Problem("file.inconsistent", where, f"shared_area_m2={area:g}", why, remedy))
    if problems:
        raise InputError(problems)
    part = pd.Series(0.0, index=quarters.index)
    for partners, area in groups.items():
        members = list(partners)
        households = quarters.loc[members, "households"]
        part[members] += area * households / households.sum(skipna=False)
    return part


def read_quarters(context: Context, since: pd.Timestamp) -> pd.DataFrame | None:
    """Return the quarters of a study, None where it has no such table.

    Returns
    -------
    DataFrame indexed by quarter
        ``district``, ``households``, ``have`` (own rooms and the part of shared ones, m², NaN where it is not known),
        ``age`` ("new" from ``since`` on, "existing", None where it is not known), ``housing_delivered``,
        ``facility_delivered``.

    Raises
    ------
    InputError
        If a cell cannot be read, a quarter is named twice, or shared rooms contradict each other.
    """
    numbers = ("households", "floor_area_m2", "shared_area_m2")
    delivered = ("housing_delivered", "facility_delivered")
    table = read_table(
        context,
        TABLE,
        numbers=numbers,
        texts=("quarter", "district", "shared_with", "built"),
        dates=delivered,
        required=("quarter", "district", "households"),
    )
    if table is None:
        return None
    twice = table["quarter"][table["quarter"].duplicated(keep=False) | table["quarter"].isna()]
    if len(twice):
        names = ", ".join(str(name) for name in dict.fromkeys(twice))
        why = "every quarter stands on one row, with its name"
        raise InputError([Problem("id.duplicate", f"table {TABLE}", names, why, "join or name the rows")])
    table = table.set_index("quarter")
    # an unknown floor area stays unknown, whatever is shared besides
    table["have"] = table["floor_area_m2"] + shared_areas(table)
    table["age"] = pd.Series([_age(cell, since) for cell in table["built"]], index=table.index, dtype=object)
    return table


def _age(cell: object, since: pd.Timestamp) -> Built | None:
    if not isinstance(cell, str):
        return None
    if cell in ("new", "新建"):
        return "new"
    if cell in ("existing", "已建", "既有"):
        return "existing"
    try:
        return "new" if pd.Timestamp(date(cell)) >= since else "existing"
    except ValueError:
        why, remedy = 'a date, "new" or "existing" is needed', "correct the cell, or leave it empty"
        raise InputError([Problem("value.unparsed", f"table {TABLE}", f"built={cell}", why, remedy)]) from None
