"""Circles of the service radius around the facilities that serve somebody, for rules whose kind declares a circle."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from zzgeo.layers.base import Draw, Feature, Layer, Projector, Rows, rows_in, rows_near
from zzgeo.vocabulary.statuses import REACH

if TYPE_CHECKING:
    from zzgeo.auditing.report import AuditReport


def _build(report: AuditReport) -> Draw:
    facilities = report.study.facilities
    shapes, projector = np.asarray(facilities.geometry.array), Projector(report.study.crs)
    rows_of = rows_in(report.study.demand)
    radius = {
        rule.id: report.kinds[rule.id].limit(report.context, rule)
        for rule in report.rules
        if rule.id in report.reach and report.kinds[rule.id].circle
    }
    circles = [
        (rule, metres, _serving(report, rule), rows_near(facilities, report, metres)) for rule, metres in radius.items()
    ]

    def draw(district: str | None) -> list[Feature]:
        features: list[Feature] = []
        for rule, radius, serving, near in circles:
            rows = np.intersect1d(serving(rows_of(district)), near(district))
            if len(rows):
                xy = projector.points(shapes[rows])
                features.append({"shape": "cloud", "xy": xy, "rule": rule, "radius_m": radius})
        return features

    return draw


def _serving(report: AuditReport, rule: str) -> Callable[[Rows], Rows]:
    """Return a function that gives the facilities which serve the people of some rows."""
    reach = report.reach[rule]
    here = reach["facility_id"].reindex(report.study.demand.index)
    code, known = pd.factorize(here)
    place = np.append(report.study.facilities.index.get_indexer(known), -1)[code]

    def serving(rows: Rows) -> Rows:
        found = np.unique(place[rows])
        return found[found >= 0]

    return serving


LAYER = Layer(
    "reach", "服务半径（直线）", "Service radius (straight line)", "reach", _build,
    order=30, style={"color": REACH, "weight": 1, "fill": REACH, "fill_opacity": 0.05, "quiet": True},
)  # fmt: skip
