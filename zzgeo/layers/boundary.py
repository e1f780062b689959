"""Outline of the district, or of every district of the city."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zzgeo.layers.base import Draw, Feature, Layer, Projector

if TYPE_CHECKING:
    from zzgeo.auditing.report import AuditReport


def _build(report: AuditReport) -> Draw:
    districts = report.study.districts
    areas = Projector(report.study.crs).areas(districts.geometry, 8.0)
    outlines: dict[str, Feature] = {
        str(code): {"shape": "area", "xy": area} for code, area in zip(districts.index, areas, strict=True)
    }
    return lambda district: list(outlines.values()) if district is None else [outlines[district]]


LAYER = Layer(
    "boundary", "区县边界", "District boundary", "base", _build,
    order=40, shown=True, style={"color": "#1A1A1A", "weight": 2.2, "quiet": True},
)  # fmt: skip
