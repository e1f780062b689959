"""Where people live: covered, missed, inside the circle but beyond the walk, or excluded, by rule."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from zzgeo.layers.base import Draw, Feature, Layer, Projector, Rows, as_read, nearby_order, pack, rows_in
from zzgeo.vocabulary.people import POPULATION_GROUPS
from zzgeo.vocabulary.statuses import OUTSIDE, STATUS_LOOKS, STATUSES

if TYPE_CHECKING:
    from zzgeo.auditing.report import AuditReport

#: One letter per point and rule; a point the rule says nothing about is a dot.
_NOTHING = ord(STATUS_LOOKS[OUTSIDE].letter)


def _build(report: AuditReport) -> Draw:
    demand = report.study.demand
    rows_of = rows_in(demand)
    places = Projector(report.study.crs).quantised(shapely.get_coordinates(np.asarray(demand.geometry.array)))
    groups = {name: demand[name].to_numpy(dtype=float) for name in POPULATION_GROUPS if name in demand.columns}
    units = _units(demand["unit"]) if "unit" in demand.columns else None
    told = _told(report)

    def draw(district: str | None) -> list[Feature]:
        rows = rows_of(district)
        if not len(rows):
            return []
        rows = rows[nearby_order(places[rows])]
        feature: Feature = {
            "shape": "cloud",
            "xy": pack([places[rows]])[0],
            "people": {name: values[rows].tolist() for name, values in groups.items()},
            "status": {},
            "straight_m": {},
            "streets_m": {},
        }
        if units is not None:
            feature |= _units_of(units, rows)
        told_here: dict[int, list[float]] = {}
        for rule, (letters, metres) in told.items():
            here = letters[rows]
            if (here == _NOTHING).all():
                continue
            feature["status"][rule] = here.tobytes().decode("ascii")
            # on a map of the whole city distances would weigh more than all the rest
            for name, values in metres.items() if district is not None else ():
                if id(values) not in told_here:
                    told_here[id(values)] = values[rows].tolist()
                feature[name][rule] = told_here[id(values)]
        return [feature]

    return draw


def _told(report: AuditReport) -> dict[str, tuple[NDArray[np.uint8], dict[str, NDArray[np.float64]]]]:
    """Return, by rule, a letter for each person's place and the distances its kind of rule tells.

    Rules that count the same facilities share their distances.
    """
    index = report.study.demand.index
    told: dict[str, tuple[NDArray[np.uint8], dict[str, NDArray[np.float64]]]] = {}
    different: list[NDArray[np.float64]] = []
    for rule, reach in report.reach.items():
        here = reach if reach.index.equals(index) else reach.reindex(index)
        names = report.kinds[rule].distances
        own: dict[str, NDArray[np.float64]] = {
            name: _shared(here[name].to_numpy(dtype=float), different) for name in names
        }
        told[rule] = _letters(here["status"]), own
    return told


def _shared(values: NDArray[np.float64], different: list[NDArray[np.float64]]) -> NDArray[np.float64]:
    """Return the one of the arrays so far that holds the same numbers, else the array itself, which joins them."""
    some = values[:100]
    alike = (one for one in different if np.array_equal(one[:100], some, equal_nan=True))
    same = next((one for one in alike if np.array_equal(one, values, equal_nan=True)), None)
    if same is None:
        different.append(values)
    return values if same is None else same


def _letters(status: pd.Series) -> NDArray[np.uint8]:
    code, known = pd.factorize(status)
    letters = [ord(STATUS_LOOKS[one].letter) if one in STATUSES else _NOTHING for one in known]
    return np.array([*letters, _NOTHING], dtype=np.uint8)[code]


def _units(units: pd.Series) -> tuple[NDArray[np.intp], NDArray[np.object_]]:
    """Return the number of each place's unit, in the order of the codes, and the codes."""
    code, known = pd.factorize(units)
    texts = as_read("text", pd.Series([*known, None], dtype=object))
    codes, number = np.unique(texts.astype(str), return_inverse=True)
    return number[code], codes.astype(object)


def _units_of(units: tuple[NDArray[np.intp], NDArray[np.object_]], rows: Rows) -> Feature:
    numbers, codes = units
    here, number = np.unique(numbers[rows], return_inverse=True)
    return {"unit": number.tolist(), "unit_codes": codes[here].tolist()}


LAYER = Layer("people", "人口点", "People", "people", _build, order=50, shown=True)
