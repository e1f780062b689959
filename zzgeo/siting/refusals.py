"""What forbids a candidate: a clause on where facilities stand, a least size, or that nobody could walk to it."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd

from zzgeo.network import snap_facilities
from zzgeo.numbers import number_text
from zzgeo.rules.parts.base import Context, RuleKind
from zzgeo.rules.parts.qualified import Conditions, conditions, qualified
from zzgeo.siting.building import built_for
from zzgeo.siting.candidates import Candidates
from zzgeo.standards import Rule

#: Least sizes a clause may set for each facility, by its parameter: the column of a candidate that must reach it.
MINIMA = {"min_floor_area_m2": "floor_area_m2", "min_land_area_m2": "area_m2"}


@dataclass(frozen=True)
class Wanted:
    """What a choice of sites needs to know of each candidate.

    Parameters
    ----------
    cost
        There is a budget: a candidate without a price cannot be chosen.
    capacity
        People are assigned to beds or places: a candidate that does not say how many it has cannot be chosen.
    districts
        Codes of the districts where sites are sought; all if empty.
    """

    cost: bool = False
    capacity: bool = False
    districts: tuple[str, ...] = ()


def with_refusals(
    candidates: Candidates,
    context: Context,
    rules: Sequence[Rule],
    kinds: Mapping[str, RuleKind],
    every: Iterable[Rule] = (),
    wanted: Wanted | None = None,
) -> Candidates:
    """Return candidates with what forbids each: the first clause, or code, that speaks against it, and why.

    Parameters
    ----------
    context
        Of the study.
    rules
        The clauses that sites are chosen for.
    kinds
        The kind of each clause, by its id.
    every
        All clauses that are judged: those on where facilities stand (R12) forbid as well.
    wanted
        What must be known of each candidate.

    Returns
    -------
    Candidates
        ``forbidden`` and ``reason`` are filled in; no candidate is left out. Facilities that exist are never forbidden.
    """
    table, wanted = candidates.table.copy(), wanted or Wanted()
    free = table[table["source"] != "facility"]
    against = [_outside(free, wanted)]
    for clause in [*rules, *every]:
        forbids = kinds[clause.id].forbids
        for rule in rules if forbids is not None else ():
            built = built_for(rule, free, context.study)
            against.append((clause.id, forbids(context, clause, built)) if forbids else ("", _none(free)))
    for rule in rules:
        against += _by_clause(rule, built_for(rule, free, context.study))
        if kinds[rule.id].along == "streets" and kinds[rule.id].unit_needs is None:
            against.append(("siting.off_streets", _off_streets(context, free)))
    against += _unknown(free, wanted)
    for code, reasons in against:
        hit = free.index[(reasons != "") & (table.loc[free.index, "forbidden"] == "")]
        table.loc[hit, "forbidden"], table.loc[hit, "reason"] = code, reasons[hit]
    return dataclasses.replace(candidates, table=gpd.GeoDataFrame(table, geometry="geometry", crs=candidates.table.crs))


def _none(places: pd.DataFrame) -> pd.Series:
    return pd.Series("", index=places.index, dtype=object)


def _outside(places: gpd.GeoDataFrame, wanted: Wanted) -> tuple[str, pd.Series]:
    reasons = _none(places).mask(places["district"].isna(), "outside the districts of the study")
    if wanted.districts:
        other = places["district"].notna() & ~places["district"].isin(list(wanted.districts))
        reasons = reasons.mask(other, "outside the districts asked for")
    return "siting.outside", reasons


def _by_clause(rule: Rule, built: gpd.GeoDataFrame) -> list[tuple[str, pd.Series]]:
    """Return what a clause asks of every facility and a candidate is known not to have; what is unknown is built so."""
    kinds = _none(built).mask(built["kind"] == "", "none of the kinds it is for counts for the clause")
    against = [("siting.kind", kinds)]
    for name, column in MINIMA.items():
        if name in rule.params:
            least = rule.param(name, 0.0)
            why = f"{column} below the {number_text(least)} m² the clause asks for"
            against.append((rule.id, _none(built).mask(built[column] < least - 1e-6, why)))
    wanted = conditions(rule)
    if wanted != Conditions():
        lacking = ~qualified(built, wanted).possible
        asked = ", ".join(f"{name} {value}" for name, value in dataclasses.asdict(wanted).items() if value is not None)
        against.append((rule.id, _none(built).mask(lacking, f"does not meet {asked}")))
    return against


def _off_streets(context: Context, places: gpd.GeoDataFrame) -> pd.Series:
    network, most = context.network, context.study.walking.snap_max_m
    if network is None or not len(places):
        return _none(places)
    entries = snap_facilities(network, places, most)
    on = places.index.isin(entries["facility_id"][entries["edge_id"].notna()])
    return _none(places).mask(~on, f"no street within {most:g} m: nobody could walk there")


def _unknown(places: gpd.GeoDataFrame, wanted: Wanted) -> list[tuple[str, pd.Series]]:
    """Return what must be known of a candidate and is not: an unknown price is not 0, nor an unknown number of beds."""
    against = []
    if wanted.cost:
        why = "its cost is unknown, and a budget counts it"
        against.append(("siting.cost_unknown", _none(places).mask(places["cost_yuan"].isna(), why)))
    if wanted.capacity:
        none = places["capacity"].isna() | (np.nan_to_num(places["capacity"].to_numpy(dtype=float)) <= 0)
        why = "how many it can take is unknown"
        against.append(("siting.capacity_unknown", _none(places).mask(none, why)))
    return against
