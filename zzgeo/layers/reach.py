"""Circles of the service radius around the facilities that serve somebody, for rules that name a radius."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zzgeo.layers.base import Feature, Layer, Projector, near

if TYPE_CHECKING:
    from zzgeo.audit import AuditReport


def _build(report: AuditReport, district: str | None) -> list[Feature]:
    facilities = report.study.facilities
    projector = Projector(report.study.crs)
    features: list[Feature] = []
    for rule in report.rules:
        reach = report.reach.get(rule.id)
        if reach is None or rule.unit != "m" or not rule.value:
            continue
        serving = facilities.loc[facilities.index.isin(reach["facility_id"].dropna().unique())]
        if len(serving):
            serving = near(serving, report, district, float(rule.number))
        if len(serving):
            xy = projector.points(serving.geometry)
            features.append({"shape": "cloud", "xy": xy, "rule": rule.id, "radius_m": float(rule.number)})
    return features


LAYER = Layer(
    "reach", "服务半径（直线）", "Service radius (straight line)", "reach", _build,
    order=30, style={"color": "#0072B2", "weight": 1, "fill": "#0072B2", "fill_opacity": 0.05, "quiet": True},
)  # fmt: skip
