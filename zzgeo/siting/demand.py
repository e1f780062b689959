"""Who a clause counts and does not reach, row by row: what sites are chosen for, and what they are measured by."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from zzgeo.errors import InputError, Problem
from zzgeo.rules.parts.base import Context, RuleKind
from zzgeo.rules.parts.needs import UnitNeeds
from zzgeo.standards import Rule
from zzgeo.vocabulary.statuses import BETWEEN, COVERED

if TYPE_CHECKING:
    from collections.abc import Mapping

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Demand:
    """The people of a clause who lack something, in rows.

    Parameters
    ----------
    rule, kind
        The clause and its kind.
    ids
        Id of the demand point, or code of the unit, of each row, shape (n_rows,).
    people
        People of each row who gain if it is served, shape (n_rows,); of the clause's group.
    served
        People of the clause who are served already.
    spots
        Where each row is, a GeoSeries of n_rows points or outlines.
    rows
        Rows of the study's demand; None where units decide.
    needs
        What the units lack; None where a distance decides.
    slot
        Of a unit that lacks several places, which of them a row is; one row a place.
    units
        Codes of the units where somebody is missed, if a distance decides.
    unknown
        Units of which nobody knows how many people they have: they count nobody.
    district
        Code of the district of each row, "" where there is none, shape (n_rows,).
    served_in
        People of the clause who are served already, by code of a district.
    """

    rule: Rule
    kind: RuleKind
    ids: pd.Index
    people: Floats
    served: float
    spots: gpd.GeoSeries
    rows: Ints | None = None
    needs: UnitNeeds | None = None
    slot: Ints | None = None
    units: tuple[object, ...] = ()
    unknown: int = 0
    district: NDArray[np.object_] = field(default_factory=lambda: np.empty(0, dtype=object))
    served_in: pd.Series = field(default_factory=lambda: pd.Series(dtype=float))

    @property
    def by_capacity(self) -> bool:
        """Tell whether a place counts by what it can take (beds), not as one."""
        return self.needs is not None and self.needs.counts == "capacity"

    @property
    def short(self) -> dict[object, int]:
        """Return how many places each unit lacks, or 1 for each unit where somebody is missed."""
        if self.needs is None:
            return dict.fromkeys(self.units, 1)
        return {code: int(number) for code, number in self.ids.value_counts().items()}


def clauses_of(rules: Mapping[str, Rule], kinds: Mapping[str, RuleKind], asked: str | Sequence[str]) -> list[Rule]:
    """Return the clauses asked for, each once.

    Raises
    ------
    InputError
        If the audit has no such clause, none is named, or no one place answers it.
    """
    ids = list(dict.fromkeys([asked] if isinstance(asked, str) else asked))
    missing = [one for one in ids if one not in rules]
    if missing or not ids:
        remedy = "the clauses are: " + ", ".join(rules)
        raise InputError(
            [Problem("siting.unknown_rule", ", ".join(missing), "", "the audit has no such clause", remedy)]
        )
    chosen = [rules[one] for one in ids]
    for one in chosen:
        if kinds[one.id].sites is None and kinds[one.id].unit_needs is None:
            why = f"no one place answers a clause of the kind {kinds[one.id].en}"
            raise InputError([Problem("siting.no_site", one.id, "", why, "name a clause on a distance or on units")])
    return chosen


def demand_of(
    context: Context, rule: Rule, kind: RuleKind, reach: pd.DataFrame | None, districts: Sequence[str] = ()
) -> Demand:
    """Return who a clause does not reach.

    Parameters
    ----------
    context
        Of the study, or of a scenario of it.
    rule, kind
        The clause, which declares sites, and its kind.
    reach
        What the clause's judgement says of every demand point (``report.reach``).
    districts
        Codes of the districts whose people count; all if left out.

    Raises
    ------
    InputError
        ``siting.not_judged`` if what the clause counts does not come from places.
    """
    needs = _needs(context, rule, kind, districts)
    if needs is not None:
        return _of_units(rule, kind, needs)
    if reach is None or kind.sites is None:
        why = "what the clause counts does not come from places"
        raise InputError([Problem("siting.not_judged", rule.id, "", why, "add the list of facilities to the study")])
    return _of_points(context, rule, kind, _of_districts(context, reach, districts))


def _needs(context: Context, rule: Rule, kind: RuleKind, districts: Sequence[str]) -> UnitNeeds | None:
    needs = kind.unit_needs(context, rule) if kind.unit_needs is not None else None
    if needs is None or not districts:
        return needs
    return dataclasses.replace(needs, table=needs.table[needs.table["district"].isin(list(districts))])


def _of_districts(context: Context, reach: pd.DataFrame, districts: Sequence[str]) -> pd.DataFrame:
    if not districts:
        return reach
    own: pd.DataFrame = reach[context.study.demand["district"].loc[reach.index].isin(list(districts)).to_numpy()]
    return own


def _of_points(context: Context, rule: Rule, kind: RuleKind, reach: pd.DataFrame) -> Demand:
    people = np.nan_to_num(reach["people"].to_numpy(dtype=float))
    served = reach["status"].isin([COVERED, BETWEEN]).to_numpy()
    rows = np.arange(len(context.study.demand))[context.rows_of(reach)]
    lacking = np.flatnonzero(~served & (people > 0))
    missed = context.study.demand.iloc[rows[lacking]]
    units = missed["unit"].dropna().unique() if "unit" in missed.columns else ()
    district = _codes(context.study.demand["district"].iloc[rows])
    return Demand(
        rule,
        kind,
        pd.Index(reach.index[lacking], dtype=object),
        people[lacking],
        float(people[served].sum()),
        missed.geometry,
        rows[lacking].astype(np.int64),
        units=tuple(units),
        district=district[lacking],
        served_in=pd.Series(np.where(served, people, 0.0)).groupby(district).sum(),
    )


def _codes(districts: pd.Series) -> NDArray[np.object_]:
    """Return codes of districts as text, "" where there is none."""
    codes: NDArray[np.object_] = districts.astype(object).where(districts.notna(), "").astype(str).to_numpy(object)
    return codes


def _of_units(rule: Rule, kind: RuleKind, needs: UnitNeeds) -> Demand:
    """Return a row for each place a unit lacks, or one for what a district lacks in beds, with its people's share."""
    table, share = needs.table, needs.served.to_numpy(dtype=float)
    people = table["people"].to_numpy(dtype=float)
    known = np.nan_to_num(people)
    lacking = np.where(
        share < 1.0, np.ceil(table["need"].to_numpy(dtype=float) - table["have"].to_numpy(dtype=float)), 0
    )
    times = np.where(lacking > 0, 1, 0) if needs.counts == "capacity" else lacking.astype(np.int64)
    unit = np.repeat(np.arange(len(table)), times)
    each = known * (1.0 - share) / np.maximum(times, 1)
    slot = np.arange(len(unit)) - np.repeat(np.cumsum(times) - times, times)
    spots = table.geometry.iloc[unit]
    ids = pd.Index(table.index[unit], dtype=object)
    unknown = int((np.isnan(people) & (lacking > 0)).sum())
    served, district = known * share, _codes(table["district"])
    return Demand(
        rule,
        kind,
        ids,
        each[unit],
        float(served.sum()),
        spots,
        needs=needs,
        slot=slot,
        unknown=unknown,
        district=district[unit],
        served_in=pd.Series(served).groupby(district).sum(),
    )


def served_people(
    context: Context, rule: Rule, kind: RuleKind, reach: pd.DataFrame | None, districts: Sequence[str] = ()
) -> pd.Series:
    """Return how many people of each demand point, or unit, a clause finds served: what sites are measured by."""
    needs = _needs(context, rule, kind, districts)
    if needs is not None:
        served: pd.Series = needs.table["people"].fillna(0.0) * needs.served
        return served
    if reach is None:
        return pd.Series(dtype=float)
    own = _of_districts(context, reach, districts)
    people = own["people"].fillna(0.0).astype(float)
    return people.where(own["status"].isin([COVERED, BETWEEN]).to_numpy(), 0.0)
