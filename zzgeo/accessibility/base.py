"""What every measure shares: the `Measure` itself, and the check of the tables it takes.

Nobody leaves: a place without people, a facility without capacity and a place that reaches nothing all stay in the
result, with 0 where the sum over nothing is 0 and NaN where there is nothing to divide by.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from zzgeo.accessibility.decay import Decay
from zzgeo.errors import Problem, SchemaError

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

#: Columns of a travel table that may hold the way: one of them does.
COSTS = ("metres", "minutes")


@dataclass(frozen=True)
class Measure:
    """One measure: what it is called, what it takes, where it comes from.

    ``takes`` is ``"cutoff"`` (a limit) or ``"decay"`` for ``compute(travel, people, capacity, ...)``, which returns a
    number per place; ``"people"`` or ``"rank"`` for ``compute(access, people, district, ...)``, which returns a number
    per district and for the city.
    """

    id: str
    label_zh: str
    label_en: str
    takes: Literal["cutoff", "decay", "people", "rank"]
    compute: Callable[..., pd.Series]
    source: str


@dataclass(frozen=True)
class Pairs:
    """A checked travel table as arrays: positions of both ends in ``people`` and ``capacity``, and the way."""

    demand: Ints
    facility: Ints
    cost: Floats
    people: Floats
    capacity: Floats
    index: pd.Index

    def weights(self, decay: Decay) -> Floats:
        """Return the weight of each pair."""
        return decay.weights(self.cost)

    def per_facility(self, values: Floats) -> Floats:
        """Add up values of pairs by facility, shape (n_facilities,)."""
        return sums(self.facility, values, len(self.capacity))

    def per_place(self, values: Floats, name: str) -> pd.Series:
        """Add up values of pairs by place, on the index of the people."""
        return pd.Series(sums(self.demand, values, len(self.people)), index=self.index, name=name)


def sums(at: Ints, values: Floats, length: int) -> Floats:
    """Add up values by position, shape (length,)."""
    total: Floats = np.bincount(at, values, minlength=length).astype(float)
    return total


def floating_catchments(pairs: Pairs, weight: Floats, name: str) -> pd.Series:
    """Share each facility's capacity among the weighted people who reach it, and add the shares up by place.

    A facility without capacity adds 0; one with capacity that nobody reaches has no ratio, and a place (without people)
    that reaches it gets NaN.
    """
    asking = pairs.per_facility(weight * pairs.people[pairs.demand])
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(asking > 0, pairs.capacity / asking, np.nan)
    ratio = np.where(pairs.capacity > 0, ratio, 0.0)
    return pairs.per_place(np.where(weight > 0, weight * ratio[pairs.facility], 0.0), name)


def checked(travel: pd.DataFrame, people: pd.Series, capacity: pd.Series) -> Pairs:
    """Check the tables of a measure together and return them as arrays.

    Parameters
    ----------
    travel
        A row per pair that is near enough: ``demand_id``, ``facility_id`` and either ``metres`` or ``minutes``
        (infinite: out of reach).
    people, capacity
        Numbers >= 0 by ``demand_id`` and by ``facility_id``.

    Raises
    ------
    SchemaError
        With every problem: a missing column, an id twice or unknown, a pair twice, a number missing or negative.
    """
    problems = _amounts(people, "people") + _amounts(capacity, "capacity")
    absent = [name for name in ("demand_id", "facility_id") if name not in travel.columns]
    costs = [name for name in COSTS if name in travel.columns]
    if absent or len(costs) != 1:
        value = ", ".join(absent or costs) or "metres, minutes"
        why, remedy = "a travel table has demand_id, facility_id and one of metres, minutes", "use travel_table()"
        raise SchemaError([*problems, Problem("schema.missing_column", "travel", value, why, remedy)])
    if any(problem.code == "id.duplicate" for problem in problems):
        raise SchemaError(problems)
    demand, facility = _at(people, travel["demand_id"]), _at(capacity, travel["facility_id"])
    cost = pd.to_numeric(travel[costs[0]], errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    for name, at in (("demand_id", demand), ("facility_id", facility)):
        why, remedy = "the id stands in no other table", "build the travel table from the same tables"
        problems += _rows(at < 0, travel[name], "value.unknown_code", name, why, remedy)
    why, remedy = "a way has a length; infinite if there is none", "leave the pair out if it is out of reach"
    problems += _rows(np.isnan(cost), travel[costs[0]], "value.missing", costs[0], why, remedy)
    problems += _rows(cost < 0, travel[costs[0]], "value.negative", costs[0], "a way is not negative", remedy)
    if not problems:
        again = pd.Series(demand * max(len(capacity), 1) + facility).duplicated().to_numpy()
        remedy = "keep the shorter way"
        problems += _rows(again, travel["demand_id"], "row.duplicate", "demand_id", "a pair stands there twice", remedy)
    if problems:
        raise SchemaError(problems)
    numbers = (people.to_numpy(dtype=float), capacity.to_numpy(dtype=float))
    return Pairs(demand, facility, cost, *numbers, people.index)


def _at(table: pd.Series, ids: pd.Series) -> Ints:
    at: Ints = table.index.get_indexer(pd.Index(ids.array)).astype(np.int64) if table.index.is_unique else _none(ids)
    return at


def _none(ids: pd.Series) -> Ints:
    return np.full(len(ids), -1, dtype=np.int64)


def _amounts(table: pd.Series, where: str) -> list[Problem]:
    """List what is wrong with a series of people or capacities."""
    numbers = pd.to_numeric(table, errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    ids = table.index.to_series()
    faults = [
        (table.index.duplicated(), "id.duplicate", "an id must stand on one row only", "add the rows up"),
        (np.isnan(numbers), "value.missing", "the number is needed", "fill it in; write 0 for none"),
        (numbers < 0, "value.negative", "there cannot be fewer than none", "correct the number"),
        (np.isinf(numbers), "value.nonfinite", "the number is not finite", "correct the number"),
    ]
    return [one for mask, code, why, remedy in faults for one in _rows(mask, ids, code, where, why, remedy)]


def _rows(mask: Any, values: pd.Series, code: str, where: str, why: str, remedy: str) -> list[Problem]:
    found = np.flatnonzero(np.asarray(mask))
    if len(found) == 0:
        return []
    first = ", ".join(str(values.iloc[row]) for row in found[:5])
    return [Problem(code, where, f"{len(found)} rows, first {first}", why, remedy)]
