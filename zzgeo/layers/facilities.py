"""Facilities by kind, with those just beyond the district: they serve people inside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from zzgeo.layers.base import Draw, Feature, Layer, Projector, Table, as_read, rows_near

if TYPE_CHECKING:
    from zzgeo.auditing.report import AuditReport

#: Facilities this far beyond the border are drawn: the longest reach of the rules, in round metres.
_BEYOND_M = 1000.0


#: What the popup says of a facility, where the data have it.
_COLUMNS = (
    ("facility_id", "text"), ("capacity", "number"), ("floor_area_m2", "number"), ("level", "text"),
    ("ownership", "text"), ("source", "text"),
)  # fmt: skip


def _build(report: AuditReport) -> Draw:
    facilities = report.study.facilities
    near = rows_near(facilities, report, _BEYOND_M)
    projector = Projector(report.study.crs)
    shapes = np.asarray(facilities.geometry.array)
    plain = pd.DataFrame(facilities.drop(columns="geometry")).assign(facility_id=facilities.index)
    table, kinds = Table(plain, "name", _COLUMNS), as_read("text", plain["kind"])
    capacity = as_read("number", plain["capacity"]) if "capacity" in plain.columns else None

    def draw(district: str | None) -> list[Feature]:
        rows = near(district)
        if not len(rows):
            return []
        feature = table.at("marks", projector.points(shapes[rows]), rows)
        feature["kinds"] = kinds[rows].tolist()
        if capacity is not None:
            feature["capacity"] = capacity[rows].tolist()
        return [feature]

    return draw


LAYER = Layer("facilities", "服务设施", "Facilities", "facilities", _build, order=70, shown=True)
