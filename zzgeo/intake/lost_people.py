"""Rows that say how many people live somewhere, or that are a unit they live in, and could not be used.

How many people such a row stands for is read where it can be; a row without a number stands for at most as many as the
most peopled row in use. Rows that repeat another, totals, and people outside every district of the study cost nothing:
the study does not count them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from functools import cache

import numpy as np
import pandas as pd

from zzgeo.formats.parts.base import RawLayer, Rejected
from zzgeo.intake import values
from zzgeo.intake.lost import is_loss
from zzgeo.spec.study_file import InputSpec
from zzgeo.vocabulary.people import POPULATION_GROUPS
from zzgeo.vocabulary.units import PEOPLE, size_in_heading

#: ``layer`` is demand or units; ``district``, ``type`` (of a unit) and ``row`` are empty where nobody can tell them.
_OF_ROWS = ("layer", "district", "type", "row", "rows")


def lost_columns() -> list[str]:
    """Return the columns of a table of lost people: of what, and people of every group that is known now."""
    return [*_OF_ROWS, *POPULATION_GROUPS]


def no_lost_people() -> pd.DataFrame:
    """Return the table of a study that lost nobody: no rows, `lost_columns`."""
    return _nobody(tuple(lost_columns())).copy()


@cache
def _nobody(columns: tuple[str, ...]) -> pd.DataFrame:
    return pd.DataFrame({name: pd.Series(dtype=object if name in _OF_ROWS[:4] else float) for name in columns})


def lost_people(
    layer: str, spec: InputSpec, raw: RawLayer, rejected: Iterable[Rejected], table: pd.DataFrame
) -> pd.DataFrame:
    """Return the rows of a layer of people or units that were set aside and stand for somebody.

    Parameters
    ----------
    layer
        ``"demand"`` or ``"units"``.
    spec, raw
        The layer as the study names it, and as its file holds it.
    rejected
        Every row of it that was set aside.
    table
        Its rows in use, with people by group.

    Returns
    -------
    DataFrame, shape (n_lost, 11)
        `lost_columns`: a row each; people are at most so many, never NaN; 0 of a group the layer does not count.
    """
    aside = list(dict.fromkeys(row.row for row in rejected if is_loss(row)))
    if not aside:
        return no_lost_people()
    words: Mapping[str, str] = getattr(spec, "types", {})
    types = _texts(raw, spec.columns.get("type", "type"), aside).map(lambda word: words.get(word, word))
    columns: dict[str, object] = {
        "layer": layer,
        "district": _texts(raw, spec.columns.get("district", "district"), aside),
    }
    kinds_of_units = getattr(spec, "type", None) or types
    columns |= {"type": kinds_of_units if layer == "units" else "", "row": aside, "rows": 1.0}
    for group in POPULATION_GROUPS:
        most = float(table[group].max()) if group in table.columns and len(table) else np.nan
        columns[group] = _people(raw, spec.columns.get(group, group), aside).fillna(most).fillna(0.0)
    return pd.DataFrame(columns, index=aside).reset_index(drop=True)[lost_columns()]


def lost_cells(group: str, cells: Mapping[str, float], most: float) -> pd.DataFrame:
    """Return the cells of a raster that could not be used, {district: number, in parts where a border cuts them}."""
    rows = [
        {"layer": "demand", "district": code, "rows": float(np.ceil(number - 1e-9)), group: number * most}
        for code, number in cells.items()
        if number > 0
    ]
    table = pd.DataFrame(rows, columns=lost_columns())
    return table.assign(type="", row="").fillna(dict.fromkeys(POPULATION_GROUPS, 0.0)) if rows else no_lost_people()


def lost_buildings(buildings: pd.DataFrame, group: str) -> pd.DataFrame:
    """Return buildings of which nobody knows whether people live there, put together by district."""
    if not len(buildings):
        return no_lost_people()
    people = buildings.groupby("district")[group]
    table = pd.DataFrame({"rows": people.size().astype(float), group: people.sum()}).reset_index()
    table = table.assign(layer="demand", type="", row="").reindex(columns=lost_columns())
    return table.fillna(dict.fromkeys(POPULATION_GROUPS, 0.0))


def joined_lost(tables: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """Return the lost rows of several layers as one table."""
    some = [table for table in tables if len(table)]
    return pd.concat(some, ignore_index=True) if some else no_lost_people()


def lost_of_study(
    demand: pd.DataFrame, units: pd.DataFrame | None, *, from_units: bool, not_counted: Collection[str] = ()
) -> pd.DataFrame:
    """Return what a study lost of its two layers; the people of its units are lost only where no others are counted.

    Those of units of a type ``not_counted`` are not: people of another level are.
    """
    if units is None:
        return demand
    of_units = units if from_units else units.assign(**dict.fromkeys(POPULATION_GROUPS, 0.0))
    others = of_units["type"].isin(list(not_counted))
    of_units = of_units.assign(**{group: of_units[group].mask(others, 0.0) for group in POPULATION_GROUPS})
    return joined_lost((demand, of_units))


def lost_in(lost: pd.DataFrame, district: str, known: Collection[str]) -> pd.DataFrame:
    """Return the lost rows that may be of a district; of the whole city (``""``) all.

    A row that names none of the districts ``known`` may be of any.
    """
    if not district or not len(lost):
        return lost
    return lost[(lost["district"] == district) | ~lost["district"].isin(list(known))]


def _cells(raw: RawLayer, heading: str, aside: list[str]) -> pd.Series:
    """Return the cells of a column by the row of the file, None where a row or the column could not even be read."""
    if heading not in raw.table.columns:
        return pd.Series(None, index=aside, dtype=object)
    labels = raw.table.index.map(str)
    held = pd.Series(raw.table[heading].to_numpy(dtype=object), index=labels)
    return held[~held.index.duplicated()].reindex(aside)


def _texts(raw: RawLayer, heading: str, aside: list[str]) -> pd.Series:
    return values.texts(_cells(raw, heading, aside)).fillna("").astype(str)


def _people(raw: RawLayer, heading: str, aside: list[str]) -> pd.Series:
    size = size_in_heading(heading, PEOPLE)
    read = values.numbers(_cells(raw, heading, aside), minimum=0.0, quantity=PEOPLE, size=size)
    return read.values.mask(read.values.index.isin(list(read.faults)))
