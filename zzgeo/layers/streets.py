"""Streets of the walking network, as thin grey lines."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import shapely

from zzgeo.layers.base import Draw, Feature, Layer, Rows, Symbology, Table, near
from zzgeo.layers.parts.derived import title_of
from zzgeo.layers.parts.looks import PART, Look, Style
from zzgeo.layers.parts.packing import Projector
from zzgeo.layers.parts.pictures import Drawn, Marks, Scene
from zzgeo.network.lines import Lines

if TYPE_CHECKING:
    from zzgeo.auditing.report import AuditReport
    from zzgeo.layers.parts.words import Words


#: Streets this far beyond the border are drawn: they lead into the district.
_BEYOND_M = 300.0


def drawn_streets(report: AuditReport) -> tuple[Lines, Callable[[str | None], Rows]] | None:
    """Return streets and a function that gives the rows a map draws, in their order; None without streets.

    They are the edges of the network where it is known, else the lines given.
    """
    context, streets = report.context, report.study.streets
    if context is not None and context.network is not None:
        return context.network.lines, _lines_near(context.network.lines, report)
    if streets is None or not len(streets):
        return None
    parts = shapely.get_parts(streets.geometry.array)
    lines = Lines.of(parts[(shapely.get_type_id(parts) == 1) & ~shapely.is_empty(parts)])
    return lines, _lines_near(lines, report)


def _lines_near(lines: Lines, report: AuditReport) -> Callable[[str | None], Rows]:
    """Return a function that gives the numbers of the lines in or near a district, in order.

    Lines are made of those alone that may be near: those of a whole city would take hundreds of megabytes.
    """
    districts = report.study.districts
    shapes = dict(zip(districts.index, districts.geometry.array, strict=True))
    order = np.argsort(lines.bounds[:, 0], kind="stable")
    west, south, east, north = lines.bounds[order].T
    widest = float((east - west).max(initial=0.0))

    def rows(district: str | None) -> Rows:
        if district is None:
            return np.arange(len(lines))
        left, low, right, high = np.array(shapes[district].bounds) + _BEYOND_M * np.array([-1, -1, 1, 1])
        begin, end = np.searchsorted(west, left - widest), np.searchsorted(west, right, side="right")
        some = slice(int(begin), int(end))
        box = order[some][(east[some] >= left) & (south[some] <= high) & (north[some] >= low)]
        shapely.prepare(shapes[district])
        # most of them begin inside: no line has to be made of those
        near = shapely.contains_xy(shapes[district], lines.xy[lines.start[box]])
        near[~near] = shapely.dwithin(shapes[district], lines.whole(box[~near]), _BEYOND_M)
        return np.sort(box[near])

    return rows


def _build(report: AuditReport) -> Draw:
    found = drawn_streets(report)
    if found is None:
        return lambda district: []
    lines, rows_of = found
    projector = Projector(report.study.crs)

    def draw(district: str | None) -> list[Feature]:
        rows = rows_of(district)
        if not len(rows):
            return []
        return [{"shape": "line", "xy": projector.lines(lines.whole(rows), 25.0 if district is None else 4.0)}]

    return draw


def _rows(report: AuditReport) -> gpd.GeoDataFrame | None:
    """Give the streets of the study as they are; the edges of the network are parts of them."""
    streets = report.study.streets
    if streets is None:
        return None
    return gpd.GeoDataFrame(geometry=streets.geometry).rename_axis("edge_id")


def _symbology(report: AuditReport, rows: gpd.GeoDataFrame, words: Words) -> Symbology:
    look = Look(line=_GREY, width=0.2, growth=10.0)
    return Symbology([Style(title_of(LAYER, words), "single", [("", "", look)])])


def _picture(scene: Scene) -> Drawn:
    streets = scene.report.study.streets
    if scene.district is not None and streets is not None:
        here = near(streets, scene.report, scene.district, _BEYOND_M)
        yield Marks(here.geometry.array, Look(line="#C3C8CD", width=0.6), height=1)


_GREY = "#B9BEC4"

LAYER = Layer(
    "streets",
    "街道路网",
    "Streets",
    "base",
    build=_build,
    picture=_picture,
    table=Table("streets", _rows, "道路", "Streets", order=40, scale=PART, symbology=_symbology),
    order=10,
    shown=True,
    style=Look(line=_GREY, width=0.8),
    quiet=True,
)
