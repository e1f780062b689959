"""Residential land, as a quiet ground under the streets."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely

from zzgeo.layers.base import Draw, Feature, Layer, rows_near
from zzgeo.layers.parts.looks import Look
from zzgeo.layers.parts.packing import Projector

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
    "land",
    "居住用地",
    "Residential land",
    "base",
    build=_build,
    order=5,
    style=Look("#F1EBDD", "#B8A98A", width=0.5, fill_opacity=0.8),
    quiet=True,
)
