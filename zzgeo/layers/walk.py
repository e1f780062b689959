"""Streets within a walk of the facilities that count: 5, 10, 15 minutes for time circles, the radius for radius rules.

They are drawn as wide as the ground beside them that `zzgeo.service_areas` gives to a reached street.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd

from zzgeo.layers.base import Feature, Layer
from zzgeo.layers.streets import drawn_streets

if TYPE_CHECKING:
    from zzgeo.audit import AuditReport
    from zzgeo.standards import Rule

#: Shares of the rule's own minutes that are drawn, the farthest first: 15, 10 and 5 of 15.
_STEPS = (1.0, 2 / 3, 1 / 3)

#: Metres either side of a street that count as served ground, as in `zzgeo.service_areas`.
_VERGE_M = 25.0


def _build(report: AuditReport, district: str | None) -> list[Feature]:
    # too fine to be seen on a map of the city
    streets = None if district is None or report.context is None else drawn_streets(report, district)
    if streets is None or "length_m" not in streets.columns:
        return []
    features: list[Feature] = []
    for rule in report.rules:
        if rule.id not in report.reach:
            continue
        for metres, minutes, pieces in _walks(report, rule):
            feature = _pieces(streets, pieces)
            if feature is None:
                continue
            told = {"minutes": minutes} if minutes else {"metres": metres}
            features.append({**feature, **told, "rule": rule.id, "wide_m": 2 * _VERGE_M})
    return features


def _pieces(streets: gpd.GeoDataFrame, pieces: gpd.GeoDataFrame) -> Feature | None:
    """Return pieces by the number of their street on this map: whole ones, and parts in thousandths of its length."""
    number = streets.index.get_indexer(pd.Index(pieces["edge_id"]))
    low, high = pieces["from_m"].to_numpy(), pieces["to_m"].to_numpy()
    here = number >= 0
    number, low, high = number[here], low[here], high[here]
    if not len(number):
        return None
    length = streets["length_m"].to_numpy()[number]
    part = np.rint(np.column_stack([low, high]) / length[:, None] * 1000).astype(int)
    whole = (part[:, 0] == 0) & (part[:, 1] == 1000)
    cut = np.column_stack([number, part])[~whole & (part[:, 1] > part[:, 0])]
    numbers = np.sort(number[whole])
    return {
        "shape": "pieces",
        "xy": [],
        "whole": np.diff(numbers, prepend=0).tolist(),
        "cut": cut[np.argsort(cut[:, 0], kind="stable")].ravel().tolist(),
    }


def _walks(report: AuditReport, rule: Rule) -> Iterator[tuple[float, float | None, gpd.GeoDataFrame]]:
    """Give (metres, minutes, pieces) of each step, farthest first; minutes are None for a radius in metres."""
    walked = report.context.walked
    if rule.rule == "time-circle":
        group, _ = report.context.group(rule)
        speed = 60.0 * report.study.walking.speed(group)
        minutes = [round(rule.number * step, 1) for step in _STEPS]
        for one, nearer in zip(minutes, [*minutes[1:], 0.0], strict=True):
            pieces = walked(rule, speed * one, beyond=speed * nearer)
            if pieces is not None:
                yield speed * one, one, pieces
    elif rule.rule == "service-radius" and rule.unit == "m":
        pieces = walked(rule, rule.number)
        if pieces is not None:
            yield rule.number, None, pieces


LAYER = Layer(
    "walk", "步行可达的街道", "Streets within the walk", "reach", _build,
    order=15, style={"color": "#4292C6", "weight": 2, "quiet": True},
)  # fmt: skip
