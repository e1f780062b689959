"""Big roads of the study's own street file, drawn stronger than the streets: to find one's way by."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import shapely

from zzgeo.layers.base import Draw, Feature, Layer, rows_near
from zzgeo.layers.parts.looks import Look
from zzgeo.layers.parts.packing import Projector

if TYPE_CHECKING:
    from zzgeo.auditing.report import AuditReport

#: Classes of street that people find their way by, as OpenStreetMap and the readers of this package call them.
_BIG = ("motorway", "trunk", "primary", "secondary")

#: Roads this far beyond the border are drawn.
_BEYOND_M = 300.0


def big_roads(report: AuditReport) -> gpd.GeoDataFrame | None:
    """Return the big roads of the study; None where its streets do not tell their class."""
    streets = report.study.streets
    if streets is None or "highway" not in streets.columns:
        return None
    big = streets[streets["highway"].isin(_BIG)]
    return gpd.GeoDataFrame(big) if len(big) else None


def _build(report: AuditReport) -> Draw:
    roads = big_roads(report)
    if roads is None:
        return lambda district: []
    rows_of, projector = rows_near(roads, report, _BEYOND_M), Projector(report.study.crs)
    shapes = np.asarray(roads.geometry.array)

    def draw(district: str | None) -> list[Feature]:
        rows = rows_of(district)
        if not len(rows):
            return []
        # pieces from crossing to crossing are one road: half the points, and nothing is seen of it
        whole = shapely.get_parts(shapely.line_merge(shapely.multilinestrings(shapely.get_parts(shapes[rows]))))
        return [{"shape": "line", "xy": projector.lines(whole, 40.0 if district is None else 15.0)}]

    return draw


LAYER = Layer(
    "roads",
    "主要道路",
    "Main roads",
    "base",
    build=_build,
    order=12,
    shown=True,
    style=Look(line="#8F979F", width=1.6),
    quiet=True,
)
