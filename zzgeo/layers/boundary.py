"""Outline of the district, or of every district of the city."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zzgeo.layers.base import Feature, Layer, Projector

if TYPE_CHECKING:
    from zzgeo.audit import AuditReport


def _build(report: AuditReport, district: str | None) -> list[Feature]:
    study = report.study
    projector = Projector(study.crs)
    shown = study.districts if district is None else study.districts.loc[[district]]
    return [{"shape": "area", "xy": projector.area(shape, 8.0)} for shape in shown.geometry]


LAYER = Layer(
    "boundary", "区县边界", "District boundary", "base", _build,
    order=40, shown=True, style={"color": "#1A1A1A", "weight": 2.2, "quiet": True},
)  # fmt: skip
