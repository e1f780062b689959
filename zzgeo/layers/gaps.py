"""Gap patches: where the people missed by a rule live together, numbered as in the list beside the map."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zzgeo.layers.base import Feature, Layer, Projector, number, text

if TYPE_CHECKING:
    from zzgeo.audit import AuditReport

#: Patches beyond this rank (within a rule and a district) stand in gaps.csv and are not drawn.
MOST_PER_RULE = 200
#: The same on a map of the whole city.
MOST_IN_A_CITY = 10


def _build(report: AuditReport, district: str | None) -> list[Feature]:
    gaps = report.gaps
    if not len(gaps):
        return []
    shown = gaps if district is None else gaps[gaps["district"].astype(str) == district]
    most = MOST_IN_A_CITY if district is None else MOST_PER_RULE
    shown = shown[shown["rank"] <= most].sort_values(["rule", "district", "rank"], kind="stable")
    projector = Projector(report.study.crs)
    names = report.study.facilities["name"] if len(report.study.facilities) else {}
    features: list[Feature] = []
    for gap_id, row in zip(shown.index, shown.to_dict("records"), strict=True):
        nearest = row.get("nearest_facility")
        nearest_name = text(names.get(nearest)) or text(nearest)
        features.append(
            {
                "shape": "area",
                "xy": projector.area(row["geometry"], 3.0),
                "id": text(gap_id),
                "rule": text(row["rule"]),
                "number": int(row["rank"]),
                "title": text(row.get("unit_name")),
                "rows": [
                    ["rank", int(row["rank"]), "number"],
                    ["missed", number(row["missed"]), "people"],
                    ["residents", number(row.get("residents")), "people"],
                    ["aged_60_plus", number(row.get("aged_60_plus")), "people"],
                    ["area_ha", number(row.get("area_ha")), "number"],
                    ["nearest_facility", nearest_name, "text"],
                    ["nearest_m", number(row.get("nearest_m")), "metres"],
                ],
            }
        )
    return features


LAYER = Layer(
    "gaps", "缺口片区", "Gap patches", "gaps", _build,
    order=60, shown=True, style={"color": "#B03A10", "weight": 1.8, "fill": "#E34A33", "fill_opacity": 0.08},
)  # fmt: skip
