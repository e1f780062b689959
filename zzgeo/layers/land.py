"""Residential land, as a quiet ground under the streets."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely

from zzgeo.layers.base import Draw, Feature, Layer, Projector, rows_near

if TYPE_CHECKING:
    from zzgeo.auditing.report import AuditReport


def _build(report: AuditReport) -> Draw:
    land = report.study.land
    if land is None or not len(land):
        return lambda district: []
    near = rows_near(land, report, 0.0)
    projector, shapes = Projector(report.study.crs), np.asarray(land.geometry.array)

    def draw(district: str | None) -> list[Feature]:
        if district is None:  # too fine to be seen on a map of the city
            return []
        shown = shapes[near(district)]
        areas = projector.areas(shown[~shapely.is_empty(shown)], 5.0)
        return [{"shape": "area", "xy": area} for area in areas]

    return draw


LAYER = Layer(
    "land", "居住用地", "Residential land", "base", _build,
    order=5, style={"color": "#B8A98A", "weight": 0.5, "fill": "#F1EBDD", "fill_opacity": 0.8, "quiet": True},
)  # fmt: skip
