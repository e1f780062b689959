"""Communities and villages, outlined in the colour of their verdict for the chosen rule."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from zzgeo.layers.base import Feature, Layer, Projector, number, table, text
from zzgeo.numbers import value_text

if TYPE_CHECKING:
    from zzgeo.audit import AuditReport


#: With more units than this on a page their outlines are written to 1e-5 of a degree (a metre), else to 1e-6.
_MANY, _COARSE = 5_000, 10

_COLUMNS = (("type", "text"), ("residents", "people"), ("aged_60_plus", "people"))


def _build(report: AuditReport, district: str | None) -> list[Feature]:
    units = report.study.units
    if units is None:
        return []
    shown = units if district is None else units[units["district"].astype(str) == district]
    dots = shown.geometry.geom_type.isin(["Point", "MultiPoint"])
    grid = _COARSE if len(shown) > _MANY else 1
    projector = Projector(report.study.crs, grid)
    findings = report.findings[report.findings["level"] == "unit"]
    features = []
    for shape, part in (("mosaic", shown[~dots]), ("marks", shown[dots])):
        if not len(part):
            continue
        areas = shape == "mosaic"
        xy: Any = [projector.area(one, 4.0) for one in part.geometry] if areas else projector.points(part.geometry)
        feature = table(shape, xy, pd.DataFrame(part.drop(columns="geometry")), "name", _COLUMNS)
        feature["grid"] = grid
        feature["codes"] = [str(code) for code in part.index]
        feature["by_rule"] = _by_rule(findings, feature["codes"])
        features.append(feature)
    return features


def _by_rule(findings: pd.DataFrame, codes: list[str]) -> dict[str, dict[str, Any]]:
    """Return verdict, value and people missed of each unit, by rule; ``""`` where a rule says nothing of a unit."""
    told = {}
    for rule, part in findings.groupby("rule", sort=False):
        own = part.drop_duplicates("unit").set_index(part["unit"].astype(str)).reindex(codes)
        if own["verdict"].isna().all():
            continue
        columns = zip(own["value"], own["value_unit"], own["threshold"], strict=True)
        value = [value_text(number(one), text(unit), number(target)) for one, unit, target in columns]
        missed = [number(one) for one in own["missed"]]
        told[str(rule)] = {
            "verdicts": [text(one) for one in own["verdict"]],
            "columns": [["value", "text", value], ["missed", "people", missed]],
        }
    return told


LAYER = Layer(
    "units", "社区（村）", "Communities and villages", "people", _build,
    order=20, style={"color": "#999999", "weight": 1.4, "fill": "#999999", "fill_opacity": 0.06},
)  # fmt: skip
