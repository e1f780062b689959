"""Circles of the service radius around the facilities that serve somebody, for rules whose kind declares a circle."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from zzgeo.layers.base import Draw, Feature, Layer, Rows, Symbology, Table, printables, rows_in, rows_near
from zzgeo.layers.parts.findings import headline_first, rule_styles
from zzgeo.layers.parts.looks import PART, Look
from zzgeo.layers.parts.packing import Projector
from zzgeo.layers.parts.pictures import not_drawn
from zzgeo.vocabulary.statuses import REACH

if TYPE_CHECKING:
    from zzgeo.auditing.report import AuditReport
    from zzgeo.layers.parts.words import Words
    from zzgeo.standards import Rule

#: Straight sides a quarter of a circle is drawn with in a GIS: for looking at, not for measuring.
_SIDES = 16


def _with_radius(report: AuditReport) -> dict[str, tuple[Rule, float]]:
    """Return the rules whose kind declares a circle, by id, each with its radius in metres."""
    kinds = {rule.id: report.kinds[rule.id] for rule in report.rules if rule.id in report.reach}
    return {
        rule.id: (rule, kinds[rule.id].limit(report.context, rule))
        for rule in report.rules
        if rule.id in kinds and kinds[rule.id].circle
    }


def _build(report: AuditReport) -> Draw:
    facilities = report.study.facilities
    shapes, projector = np.asarray(facilities.geometry.array), Projector(report.study.crs)
    rows_of = rows_in(report.study.demand)
    circles = [
        (rule, metres, _serving(report, rule), rows_near(facilities, report, metres))
        for rule, (_, metres) in _with_radius(report).items()
    ]

    def draw(district: str | None) -> list[Feature]:
        features: list[Feature] = []
        for rule, radius, serving, near in circles:
            rows = np.intersect1d(serving(rows_of(district)), near(district))
            if len(rows):
                xy = projector.points(shapes[rows])
                features.append({"shape": "cloud", "xy": xy, "rule": rule, "radius_m": radius})
        return features

    return draw


def _serving(report: AuditReport, rule: str) -> Callable[[Rows], Rows]:
    """Return a function that gives the facilities which serve the people of some rows."""
    reach = report.reach[rule]
    here = reach["facility_id"].reindex(report.study.demand.index)
    code, known = pd.factorize(here)
    place = np.append(report.study.facilities.index.get_indexer(known), -1).astype(np.int32)[code]

    def serving(rows: Rows) -> Rows:
        found = np.unique(place[rows])
        return found[found >= 0].astype(np.intp)

    return serving


def _rows(report: AuditReport) -> gpd.GeoDataFrame | None:
    """Give the circle of every facility that serves somebody, by rule."""
    parts, facilities = [], report.study.facilities
    radius = _with_radius(report)
    for rule in headline_first(report, [rule for rule, _ in radius.values()]):
        metres = radius[rule.id][1]
        serving = facilities.loc[facilities.index.isin(report.reach[rule.id]["facility_id"].dropna().unique())]
        circles = shapely.buffer(serving.geometry.to_numpy(), metres, quad_segs=_SIDES)
        columns = {"rule": rule.id, "facility_id": serving.index.astype(str), "name": printables(serving["name"])}
        parts.append(gpd.GeoDataFrame({**columns, "radius_m": metres}, geometry=circles, crs=report.study.crs))
    if not parts:
        return None
    return gpd.GeoDataFrame(pd.concat(parts, ignore_index=True)).rename_axis("circle")


def _symbology(report: AuditReport, rows: gpd.GeoDataFrame, words: Words) -> Symbology:
    return Symbology(rule_styles(report, rows, Look(REACH, REACH, width=0.3, fill_opacity=0.12), words))


LAYER = Layer(
    "reach",
    "服务半径（直线）",
    "Service radius (straight line)",
    "reach",
    build=_build,
    picture=not_drawn,
    table=Table("service_radius", _rows, scale=PART, symbology=_symbology),
    order=30,
    style=Look(REACH, REACH, width=1, fill_opacity=0.05),
    quiet=True,
)
