"""Names to find one's way by, with no base map: districts around, big roads, and the largest facilities.

They are the study's own. A page writes as many as its scale has room for, the first of the list first.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from zzgeo.layers.base import Draw, Feature, Layer, Rows, printable, rows_near
from zzgeo.layers.parts.packing import Projector
from zzgeo.layers.roads import big_roads

if TYPE_CHECKING:
    from zzgeo.auditing.report import AuditReport

#: Names of each sort on a page; a page of the whole city names districts alone, and its largest facilities.
_MOST_ROADS, _MOST_LANDMARKS = 20, 16

#: A neighbour is named where it reaches into the frame of a district, made wider by this share of its width.
_FRAME = 0.15

#: What tells which facilities are large, in this order.
_SIZES = ("capacity", "floor_area_m2")

#: A name and where it stands.
_Named = list[tuple[str, shapely.Point]]


def _build(report: AuditReport) -> Draw:
    projector = Projector(report.study.crs)
    neighbours, roads, landmarks = _neighbours(report), _roads(report), _landmarks(report)

    def draw(district: str | None) -> list[Feature]:
        named = [(sort, *one) for sort, of in enumerate((neighbours, roads, landmarks)) for one in of(district)]
        if not named:
            return []
        points = np.array([point for _, _, point in named], dtype=object)
        return [
            {
                "shape": "marks",
                "xy": projector.points(points),
                "titles": [title for _, title, _ in named],
                "columns": [],
                "sorts": [sort for sort, _, _ in named],
            }
        ]

    return draw


def _neighbours(report: AuditReport) -> Callable[[str | None], _Named]:
    """Return a function that names the districts that reach into the frame of one; of the city, all of them."""
    districts = report.study.districts
    names = [printable(name) for name in districts["name"]]
    shapes = np.asarray(districts.geometry.array)
    place = {str(code): at for at, code in enumerate(districts.index)}

    def of(district: str | None) -> _Named:
        if district is None:
            return [(name, shape.representative_point()) for name, shape in zip(names, shapes, strict=True) if name]
        west, south, east, north = shapes[place[district]].bounds
        room = _FRAME * max(east - west, north - south)
        frame = (west - room, south - room, east + room, north + room)
        beside = []
        for at in np.sort(districts.sindex.query(shapely.box(*frame), predicate="intersects")):
            part = shapely.clip_by_rect(shapes[at], *frame)
            if at != place[district] and names[at] and part.area > 0:
                beside.append((names[at], part.representative_point()))
        return beside

    return of


def _roads(report: AuditReport) -> Callable[[str | None], _Named]:
    """Return a function that names the big roads of a district, the longest first, each at its longest piece."""
    roads = big_roads(report)
    if roads is None or "name" not in roads.columns:
        return lambda district: []
    roads = gpd.GeoDataFrame(roads[roads["name"].notna()])
    rows_of = rows_near(roads, report, 0.0)
    names = np.array([printable(name) for name in roads["name"]], dtype=object)
    shapes, length = np.asarray(roads.geometry.array), roads.geometry.length.to_numpy()

    def of(district: str | None) -> _Named:
        rows: Rows = rows_of(district) if district is not None else np.arange(0)
        table = pd.DataFrame({"name": names[rows], "row": rows, "length": length[rows]})
        table = table[table["name"] != ""].sort_values("length", ascending=False, kind="stable")
        longest = table.groupby("name", sort=False)["length"].sum().sort_values(ascending=False, kind="stable")
        at = table.drop_duplicates("name").set_index("name")["row"]
        return [
            (str(name), shapely.line_interpolate_point(shapes[at[name]], 0.5, normalized=True))
            for name in longest.index[:_MOST_ROADS]
        ]

    return of


def _landmarks(report: AuditReport) -> Callable[[str | None], _Named]:
    """Return a function that names the largest facilities of a district."""
    facilities = report.study.facilities
    size = next((name for name in _SIZES if name in facilities.columns and facilities[name].notna().any()), None)
    if size is None or "name" not in facilities.columns:
        return lambda district: []
    large = facilities[facilities[size].notna() & facilities["name"].notna()]
    large = gpd.GeoDataFrame(large.sort_values(size, ascending=False, kind="stable"))
    rows_of, points = rows_near(large, report, 0.0), large.geometry.representative_point()
    names = [printable(name) for name in large["name"]]

    def of(district: str | None) -> _Named:
        return [(names[row], points.iloc[row]) for row in rows_of(district)[:_MOST_LANDMARKS]]

    return of


LAYER = Layer("places", "地名", "Place names", "base", build=_build, order=95, shown=True, quiet=True)
