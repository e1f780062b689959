"""Where people live: covered, missed, inside the circle but beyond the walk, or excluded, by rule."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely

from zzgeo.layers.base import Feature, Layer, Projector, nearby_order, pack, text
from zzgeo.schema import POPULATION_GROUPS

if TYPE_CHECKING:
    from zzgeo.audit import AuditReport

#: One letter per point and rule; a point the rule says nothing about is a dot.
STATUS = {"covered": "c", "missed": "m", "between": "b", "excluded": "x"}

#: Distances a kind of rule is judged by; both are told where a kind is not listed.
_TELLING: dict[str, tuple[str, ...]] = {"time-circle": ("streets_m",), "unit-coverage": ()}


def _build(report: AuditReport, district: str | None) -> list[Feature]:
    study = report.study
    demand = study.demand
    shown = demand if district is None else demand[demand["district"].astype(str) == district]
    if not len(shown):
        return []
    projector = Projector(study.crs)
    places = projector.quantised(shapely.get_coordinates(shown.geometry.to_numpy()))
    order = nearby_order(places)
    shown, places = shown.iloc[order], places[order]
    feature: Feature = {
        "shape": "cloud",
        "xy": pack([places])[0],
        "people": {
            group: shown[group].to_numpy(dtype=float).tolist() for group in POPULATION_GROUPS if group in shown.columns
        },
        "status": {},
        "straight_m": {},
        "streets_m": {},
    }
    if "unit" in shown.columns:
        feature |= _units(shown["unit"])
    kinds = {rule.id: rule.rule for rule in report.rules}
    for rule, reach in report.reach.items():
        here = reach.reindex(shown.index)
        letters = here["status"].map(STATUS).fillna(".")
        if (letters == ".").all():
            continue
        feature["status"][rule] = "".join(letters)
        # on a map of the whole city distances would weigh more than all the rest
        for name in () if district is None else _TELLING.get(kinds.get(rule, ""), ("straight_m", "streets_m")):
            feature[name][rule] = here[name].to_numpy(dtype=float).tolist()
    return [feature]


def _units(units: pd.Series) -> Feature:
    codes, known = pd.factorize(units.map(text), sort=True)
    return {"unit": np.asarray(codes).tolist(), "unit_codes": [str(code) for code in known]}


LAYER = Layer("people", "人口点", "People", "people", _build, order=50, shown=True)
