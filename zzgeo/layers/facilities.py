"""Facilities by kind, with those just beyond the district: they serve people inside it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zzgeo.layers.base import Feature, Layer, Projector, near, number, text

if TYPE_CHECKING:
    from zzgeo.audit import AuditReport

#: Facilities this far beyond the border are drawn: the longest reach of the rules, in round metres.
_BEYOND_M = 1000.0


def _build(report: AuditReport, district: str | None) -> list[Feature]:
    study = report.study
    if not len(study.facilities):
        return []
    shown = near(study.facilities, report, district, _BEYOND_M)
    projector = Projector(study.crs)
    return [
        {
            "shape": "point",
            "xy": projector.points([row["geometry"]]),
            "title": text(row.get("name")),
            "kind": text(row["kind"]),
            "capacity": number(row.get("capacity")),
            "rows": _rows(facility_id, row),
        }
        for facility_id, row in zip(shown.index, shown.to_dict("records"), strict=True)
    ]


def _rows(facility_id: Any, row: dict[Any, Any]) -> list[list[Any]]:
    rows: list[list[Any]] = [["facility_id", text(facility_id), "text"]]
    known = [key for key in ("capacity", "floor_area_m2") if number(row.get(key)) is not None]
    rows += [[key, number(row[key]), "number"] for key in known]
    return rows + [[key, text(row[key]), "text"] for key in ("level", "ownership", "source") if text(row.get(key))]


LAYER = Layer("facilities", "服务设施", "Facilities", "facilities", _build, order=70, shown=True)
