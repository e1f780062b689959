"""Residential land, as a quiet ground under the streets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zzgeo.layers.base import Feature, Layer, Projector, near

if TYPE_CHECKING:
    from zzgeo.audit import AuditReport


def _build(report: AuditReport, district: str | None) -> list[Feature]:
    study = report.study
    if study.land is None or not len(study.land) or district is None:  # too fine to be seen on a map of the city
        return []
    projector = Projector(study.crs)
    shown = near(study.land, report, district, 0.0)
    return [{"shape": "area", "xy": projector.area(shape, 5.0)} for shape in shown.geometry if not shape.is_empty]


LAYER = Layer(
    "land", "居住用地", "Residential land", "base", _build,
    order=5, style={"color": "#B8A98A", "weight": 0.5, "fill": "#F1EBDD", "fill_opacity": 0.8, "quiet": True},
)  # fmt: skip
