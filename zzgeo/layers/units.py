"""Communities and villages, outlined in the colour of their verdict for the chosen rule."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from zzgeo.layers.base import Feature, Layer, Projector, number, text

if TYPE_CHECKING:
    from zzgeo.audit import AuditReport


def _build(report: AuditReport, district: str | None) -> list[Feature]:
    units = report.study.units
    if units is None:
        return []
    shown = units if district is None else units[units["district"].astype(str) == district]
    found = _by_unit(report.findings)
    projector = Projector(report.study.crs)
    features = []
    for code, row in zip(shown.index, shown.to_dict("records"), strict=True):
        shape = row["geometry"]
        point = shape.geom_type in ("Point", "MultiPoint")
        xy: Any = projector.points([shape]) if point else projector.area(shape, 4.0)
        shape_name, title = "point" if point else "area", text(row["name"])
        feature: Feature = {"shape": shape_name, "xy": xy, "code": str(code), "title": title, "rows": _rows(row)}
        findings = found.get(str(code), [])
        feature["verdicts"] = {one["rule"]: one["verdict"] for one in findings}
        feature["rows_by_rule"] = {one["rule"]: _finding_rows(one) for one in findings}
        features.append(feature)
    return features


def _by_unit(findings: pd.DataFrame) -> dict[str, list[dict[str, Any]]]:
    of_units = findings[findings["level"] == "unit"]
    columns = ["rule", "unit", "verdict", "value", "value_unit", "missed"]
    grouped: dict[str, list[dict[str, Any]]] = {}
    for row in of_units[columns].to_dict("records"):
        grouped.setdefault(str(row["unit"]), []).append({str(key): value for key, value in row.items()})
    return grouped


def _rows(row: dict[Any, Any]) -> list[list[Any]]:
    rows: list[list[Any]] = [["type", text(row.get("type")), "text"]]
    rows += [[group, number(row[group]), "people"] for group in ("residents", "aged_60_plus") if group in row]
    return rows


def _finding_rows(finding: dict[str, Any]) -> list[list[Any]]:
    form = {"share": "share", "m": "metres"}.get(text(finding["value_unit"]), "number")
    return [
        ["verdict", text(finding["verdict"]), "text"],
        ["value", number(finding["value"]), form],
        ["missed", number(finding["missed"]), "people"],
    ]


LAYER = Layer(
    "units", "社区（村）", "Communities and villages", "people", _build,
    order=20, style={"color": "#999999", "weight": 1.4, "fill": "#999999", "fill_opacity": 0.06},
)  # fmt: skip
