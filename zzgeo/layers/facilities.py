"""Facilities by kind, with those just beyond the district: they serve people inside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from zzgeo.layers.base import Feature, Layer, Projector, near, number, table, text

if TYPE_CHECKING:
    from zzgeo.audit import AuditReport

#: Facilities this far beyond the border are drawn: the longest reach of the rules, in round metres.
_BEYOND_M = 1000.0


#: What the popup says of a facility, where the data have it.
_COLUMNS = (
    ("facility_id", "text"), ("capacity", "number"), ("floor_area_m2", "number"), ("level", "text"),
    ("ownership", "text"), ("source", "text"),
)  # fmt: skip


def _build(report: AuditReport, district: str | None) -> list[Feature]:
    study = report.study
    if not len(study.facilities):
        return []
    shown = near(study.facilities, report, district, _BEYOND_M)
    if not len(shown):
        return []
    xy = Projector(study.crs).points(shown.geometry)
    rows = pd.DataFrame(shown.drop(columns="geometry")).assign(facility_id=shown.index)
    feature = table("marks", xy, rows, "name", _COLUMNS)
    feature["kinds"] = [text(kind) for kind in shown["kind"]]
    if "capacity" in shown.columns:
        feature["capacity"] = [number(value) for value in shown["capacity"]]
    return [feature]


LAYER = Layer("facilities", "服务设施", "Facilities", "facilities", _build, order=70, shown=True)
