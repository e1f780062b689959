"""What the people of a study add up to: against the totals that are declared, and against what any place holds."""

from __future__ import annotations

import math

import geopandas as gpd
import pandas as pd

from zzgeo.errors import Problem
from zzgeo.vocabulary.people import HOME_UNITS, POPULATION_GROUPS

#: A sum within this factor of the declared total needs no word: years and definitions differ by so much.
_FACTOR_TOLD = 1.2

#: A sum that is off by a cell's area, within this factor, is a density read as a count, or a count as a density.
_FACTOR_OF_CELL = 1.3

#: People per km² over whole districts: the densest of Chinese cities hold 35,000; no place holds ten times that.
_DENSE_TOLD, _DENSE_REFUSED = 40_000.0, 350_000.0


def totals_problems(
    demand: gpd.GeoDataFrame,
    districts: gpd.GeoDataFrame,
    units: gpd.GeoDataFrame | None,
    where: str,
    cell_m2: float | None = None,
) -> list[Problem]:
    """Compare the people that are counted with the totals districts or units declare, and with plausible densities.

    Parameters
    ----------
    demand
        People by group, each row with its ``district``.
    districts, units
        Areas by code in a metric CRS; a group of people among their columns is the declared total.
    where
        The file the people are from, for messages.
    cell_m2
        The area of a cell, where people are from a raster.

    Returns
    -------
    list of Problem
        ``value.total_mismatch``, ``value.unit_unknown`` where the factor is that of a density read as a count or the
        other way round, ``value.implausible``.
    """
    problems = []
    for group in POPULATION_GROUPS:
        if group in demand.columns:
            people = demand.groupby("district")[group].sum()
            problems += _against_declared(people, _declared(group, districts, units), group, where, cell_m2)
    if "residents" in demand.columns and not any(problem.severity == "error" for problem in problems):
        problems += _too_dense(demand, districts, where, cell_m2)
    return problems


def _declared(group: str, districts: gpd.GeoDataFrame, units: gpd.GeoDataFrame | None) -> pd.Series:
    """Return the people of a group each district declares, or else all its communities and villages together."""
    if group in districts.columns and districts[group].notna().any():
        return pd.Series(districts[group].dropna().astype(float))
    if units is None or group not in units.columns:
        return pd.Series(dtype=float)
    homes = units[units["type"].isin(HOME_UNITS)]
    sums = homes.groupby("district")[group].sum()
    known = homes[group].notna().groupby(homes["district"]).all()
    return pd.Series(sums[known].astype(float))


def _against_declared(
    people: pd.Series, declared: pd.Series, group: str, where: str, cell_m2: float | None
) -> list[Problem]:
    total = float(declared.sum())
    counted = float(people.reindex(declared.index).fillna(0.0).sum())
    if not (total > 0 and counted > 0):
        return []
    factor = counted / total
    if _near(factor, 1.0, _FACTOR_TOLD):
        return []
    value = f"{group}: {counted:,.0f} counted, {total:,.0f} declared (factor {factor:.3g})"
    if cell_m2 is not None:
        for unit, area_m2 in (("people per km2", 1e6), ("people per ha", 1e4)):
            per_cell = area_m2 / cell_m2
            if not _near(per_cell, 1.0, _FACTOR_TOLD) and _near(factor, per_cell, _FACTOR_OF_CELL):
                why, remedy = f"the factor is that of a density read as a count: {per_cell:.3g}", f'say unit = "{unit}"'
                return [Problem("value.unit_unknown", where, value, why, f"{remedy} in [demand]")]
            if not _near(per_cell, 1.0, _FACTOR_TOLD) and _near(factor, 1 / per_cell, _FACTOR_OF_CELL):
                why = f"the factor is that of a count read as a density: {1 / per_cell:.3g}"
                return [Problem("value.unit_unknown", where, value, why, 'say unit = "people per cell" in [demand]')]
    why = "the people of the study do not add up to what the districts or units declare"
    remedy = "look for people counted twice, left out or in other units, and for another year"
    return [Problem("value.total_mismatch", where, value, why, remedy, "warning")]


def _near(value: float, other: float, factor: float) -> bool:
    return abs(math.log(value / other)) <= math.log(factor)


def _too_dense(
    demand: gpd.GeoDataFrame, districts: gpd.GeoDataFrame, where: str, cell_m2: float | None
) -> list[Problem]:
    km2 = float(districts.geometry.area.sum()) / 1e6
    per_km2 = float(demand["residents"].sum()) / km2
    if per_km2 <= _DENSE_TOLD:
        return []
    why = "no districts are that densely peopled from border to border"
    remedy = "look for people counted twice"
    if cell_m2 is not None:
        remedy = 'if the raster is a density, say unit = "people per km2" in [demand]'
    severity = "error" if per_km2 > _DENSE_REFUSED else "warning"
    value = f"{per_km2:,.0f} people per km² over {km2:,.2f} km²"
    return [Problem("value.implausible", where, value, why, remedy, severity)]


def districts_without_people(demand: gpd.GeoDataFrame, districts: gpd.GeoDataFrame) -> list[Problem]:
    """Tell districts in which nobody lives: figures per head do not apply there; where nobody lives at all, refuse."""
    groups = [name for name in ("residents", "aged_60_plus") if name in demand]
    people = demand.groupby("district")[groups].sum().sum(axis=1).reindex(districts.index).fillna(0.0)
    severity = "warning" if (people > 0).any() else "error"
    remedy = "give the people who live there, or take the district out of the study"
    why = "no people fall in this district"
    return [
        Problem("value.zero_population", "districts", f"{code} {districts.at[code, 'name']}", why, remedy, severity)
        for code in people.index[people <= 0]
    ]
