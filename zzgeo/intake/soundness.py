"""Whether the tables of a study fulfil their contracts and belong together: asked whenever a study is made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj

from zzgeo.errors import Problem
from zzgeo.spec.schema import (
    BARRIERS,
    DEMAND,
    DISTRICTS,
    FACILITIES,
    INDICATORS,
    LAND,
    STREETS,
    UNITS,
    ZONES,
    Contract,
    rows_named,
    validate,
)
from zzgeo.vocabulary.people import POPULATION_GROUPS

#: The tables of a study by the names of its fields, in the order they are told.
TABLES: dict[str, Contract] = {
    "districts": DISTRICTS,
    "units": UNITS,
    "facilities": FACILITIES,
    "demand": DEMAND,
    "streets": STREETS,
    "barriers": BARRIERS,
    "land": LAND,
    "zones": ZONES,
    "indicators": INDICATORS,
}
#: Tables that a study cannot be without.
_NEEDED = ("districts", "facilities", "demand")
#: Tables whose rows say in which district they are.
_IN_DISTRICTS = ("units", "demand")


@dataclass(frozen=True, eq=False, repr=False)
class LookedAt:
    """The tables of a study that were found sound, by the names in `TABLES`, and the CRS they are in."""

    tables: Mapping[str, pd.DataFrame | None]
    crs: pyproj.CRS

    def still(self, name: str, table: object, crs: pyproj.CRS) -> bool:
        """Tell whether a table is the very one that was looked at, and for the same CRS."""
        return self.tables.get(name) is table and (self.crs is crs or self.crs == crs)


def table_problems(
    tables: Mapping[str, pd.DataFrame | None], crs: pyproj.CRS, earlier: LookedAt | None
) -> list[Problem]:
    """List every way in which the tables of a study break their contracts, or do not go together.

    Parameters
    ----------
    tables
        By the names in `TABLES`; None where the study has none.
    crs
        The metric CRS that all of them must be in.
    earlier
        What was looked at before, of the study this one is made of: those that are the very same are not looked at
        again, and what is left of another may be empty. None for a study made of nothing.

    Returns
    -------
    list of Problem
        Of all the tables at once.
    """
    new = {name for name in TABLES if earlier is None or not earlier.still(name, tables.get(name), crs)}
    problems = [problem for name in TABLES if name in new for problem in _of_table(name, tables[name], crs, earlier)]
    districts = tables["districts"]
    for name in _IN_DISTRICTS:
        table = tables.get(name)
        if isinstance(districts, pd.DataFrame) and isinstance(table, pd.DataFrame) and {name, "districts"} & new:
            problems += _of_no_district(name, table, districts)
    return problems


def _of_table(name: str, table: object, crs: pyproj.CRS, earlier: object) -> list[Problem]:
    if table is None and name not in _NEEDED:
        return []
    if not isinstance(table, pd.DataFrame):
        remedy = "give a GeoDataFrame"
        return [Problem("schema.not_a_table", name, type(table).__name__, "a study is made of tables", remedy)]
    problems = validate(table, TABLES[name])
    if earlier is not None or name not in ("districts", "demand"):
        problems = [problem for problem in problems if problem.code != "layer.empty"]
    if name == "demand":
        problems += _without_number(table)
    spatial = isinstance(table, gpd.GeoDataFrame) and table._geometry_column_name in table.columns
    if spatial and not any(problem.code.startswith("crs.") for problem in problems):
        problems += _elsewhere(name, table, crs)
    return problems


def _elsewhere(name: str, table: gpd.GeoDataFrame, crs: pyproj.CRS) -> list[Problem]:
    if table.crs == crs:
        return []
    value = f"{table.crs.to_string()}, the study {crs.to_string()}"
    why = "all tables of a study are in its one CRS"
    return [Problem("crs.mismatch", name, value, why, "table.to_crs(study.crs)")]


def _without_number(demand: pd.DataFrame) -> list[Problem]:
    groups = [group for group in POPULATION_GROUPS if group in demand.columns]
    problems = []
    for group in groups:
        missing = demand[group].isna()
        if missing.any():
            value = f"{group} empty at {rows_named(missing, demand)}"
            why, remedy = "a number of people is needed", "fill it in; write 0 for none"
            problems.append(Problem("value.missing", "demand", value, why, remedy))
    return problems


def _of_no_district(name: str, table: pd.DataFrame, districts: pd.DataFrame) -> list[Problem]:
    if "district" not in table.columns:
        return []
    lost = np.asarray(~table["district"].isin(districts.index))
    if not lost.any():
        return []
    value = f"district {table['district'][lost].iloc[0]!r} at {rows_named(lost, table)}"
    why, remedy = "no district of the study has this code", "give the code of the district each row lies in"
    return [Problem("value.unknown_code", name, value, why, remedy)]
