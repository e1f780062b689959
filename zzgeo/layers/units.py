"""Communities and villages, outlined in the colour of their verdict for the chosen rule."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from zzgeo.layers.base import Draw, Feature, Layer, Projector, Rows, Table, as_read, rows_in
from zzgeo.numbers import value_text

if TYPE_CHECKING:
    from zzgeo.auditing.report import AuditReport


#: With more units than this on a page their outlines are written to 1e-5 of a degree (a metre), else to 1e-6.
_MANY, _COARSE = 5_000, 10

_COLUMNS = (("type", "text"), ("residents", "people"), ("aged_60_plus", "people"))


def _build(report: AuditReport) -> Draw:
    units = report.study.units
    if units is None:
        return lambda district: []
    rows_of, shapes = rows_in(units), np.asarray(units.geometry.array)
    dots = np.isin(shapely.get_type_id(shapes), (0, 4))
    table, codes = Table(pd.DataFrame(units.drop(columns="geometry")), "name", _COLUMNS), np.array(units.index.map(str))
    told = _by_rule(report, codes)
    projectors = {grid: Projector(report.study.crs, grid) for grid in (1, _COARSE)}

    def draw(district: str | None) -> list[Feature]:
        rows = rows_of(district)
        grid = _COARSE if len(rows) > _MANY else 1
        features = []
        for shape, part in (("mosaic", rows[~dots[rows]]), ("marks", rows[dots[rows]])):
            if not len(part):
                continue
            some = shapes[part]
            xy: Any = projectors[grid].areas(some, 4.0) if shape == "mosaic" else projectors[grid].points(some)
            feature = table.at(shape, xy, part)
            feature["grid"] = grid
            feature["codes"] = codes[part].tolist()
            feature["by_rule"] = {rule: _at(own, part) for rule, own in told.items() if own[0][part].any()}
            features.append(feature)
        return features

    return draw


#: Whether a rule says something of a unit; its verdict, value and people missed: an array each, in the order of units.
_Told = tuple[NDArray[np.bool_], NDArray[np.object_], NDArray[np.object_], NDArray[np.object_]]


def _by_rule(report: AuditReport, codes: NDArray[np.object_]) -> dict[str, _Told]:
    """Return what each rule says of each unit; ``""`` where it says nothing."""
    findings = report.findings[report.findings["level"] == "unit"]
    index, told = pd.Index(codes), {}
    for rule, found in findings.groupby("rule", sort=False):
        part = found.drop_duplicates("unit")
        place = index.get_indexer(pd.Index(part["unit"].astype(str)))
        own = [np.full(len(index) + 1, empty, dtype=object) for empty in ("", "", None)]
        columns = (as_read(form, part[name]) for name, form in _NUMBERS)
        value = np.empty(len(part), dtype=object)
        value[:] = [value_text(one, unit, target) for one, unit, target in zip(*columns, strict=True)]
        for into, values in zip(
            own, (as_read("text", part["verdict"]), value, as_read("number", part["missed"])), strict=True
        ):
            into[place] = values  # what belongs to no unit falls beyond the end
        said = own[0][:-1] != ""
        told[str(rule)] = said, own[0][:-1], own[1][:-1], own[2][:-1]
    return told


#: What the value of a unit is written from.
_NUMBERS = (("value", "number"), ("value_unit", "text"), ("threshold", "number"))


def _at(told: _Told, rows: Rows) -> dict[str, Any]:
    _, verdicts, value, missed = told
    columns = [["value", "text", value[rows].tolist()], ["missed", "people", missed[rows].tolist()]]
    return {"verdicts": verdicts[rows].tolist(), "columns": columns}


LAYER = Layer(
    "units", "社区（村）", "Communities and villages", "people", _build,
    order=20, style={"color": "#999999", "weight": 1.4, "fill": "#999999", "fill_opacity": 0.06},
)  # fmt: skip
