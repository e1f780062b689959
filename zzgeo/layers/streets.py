"""Streets of the walking network, as thin grey lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zzgeo.layers.base import Feature, Layer, Projector, near

if TYPE_CHECKING:
    from zzgeo.audit import AuditReport


def _build(report: AuditReport, district: str | None) -> list[Feature]:
    study = report.study
    if study.streets is None or not len(study.streets):
        return []
    shown = near(study.streets, report, district, 300.0)
    if not len(shown):
        return []
    tolerance = 25.0 if district is None else 4.0
    return [{"shape": "line", "xy": Projector(study.crs).lines(shown.geometry.to_numpy(), tolerance)}]


LAYER = Layer(
    "streets", "街道路网", "Streets", "base", _build,
    order=10, shown=True, style={"color": "#B9BEC4", "weight": 0.8, "quiet": True},
)  # fmt: skip
