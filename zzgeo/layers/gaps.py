"""Gap patches: where the people missed by a rule live together, numbered as in the list beside the map."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from zzgeo.layers.base import Feature, Layer, Projector, table, text

if TYPE_CHECKING:
    from zzgeo.audit import AuditReport

#: Patches beyond this rank (within a rule and a district) stand in gaps.csv and are not drawn.
MOST_PER_RULE = 200
#: The same on a map of the whole city.
MOST_IN_A_CITY = 10


_COLUMNS = (
    ("rank", "number"), ("missed", "people"), ("residents", "people"), ("aged_60_plus", "people"),
    ("area_ha", "number"), ("nearest_facility", "text"), ("nearest_m", "metres"),
)  # fmt: skip


def _build(report: AuditReport, district: str | None) -> list[Feature]:
    gaps = report.gaps
    shown = gaps if district is None else gaps[gaps["district"].astype(str) == district]
    most = MOST_IN_A_CITY if district is None else MOST_PER_RULE
    shown = shown[shown["rank"] <= most].sort_values(["rule", "district", "rank"], kind="stable")
    if not len(shown):
        return []
    projector = Projector(report.study.crs)
    facilities = report.study.facilities
    ids = shown["nearest_facility"]
    named = ids.map(facilities["name"]) if len(facilities) else ids
    # a facility without a name is told by its id
    rows = pd.DataFrame(shown.drop(columns="geometry")).assign(nearest_facility=named.where(named.notna(), ids))
    feature = table("mosaic", [projector.area(shape, 3.0) for shape in shown.geometry], rows, "unit_name", _COLUMNS)
    feature["rules"] = [text(rule) for rule in shown["rule"]]
    feature["numbers"] = [int(rank) for rank in shown["rank"]]
    return [feature]


LAYER = Layer(
    "gaps", "缺口片区", "Gap patches", "gaps", _build,
    order=60, shown=True, style={"color": "#B03A10", "weight": 1.8, "fill": "#E34A33", "fill_opacity": 0.08},
)  # fmt: skip
