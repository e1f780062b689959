"""What every map layer shares: the `Layer` itself, packing of coordinates, and cutting a table to a district.

A feature is a plain dict that JSON can hold. It carries raw numbers; the report turns them into text, once, so that a
number reads the same on every page. Coordinates are WGS84 longitude and latitude in whole millionths of a degree, each
written as the step from the point before it in the same feature (`pack`, `unpack`).

Keys of a feature
-----------------
shape
    ``"line"``, ``"area"``, ``"point"`` or ``"cloud"`` (many points that are drawn alike).
xy
    Packed coordinates: line - a list of lines; area - a list of polygons, each a list of rings; point, cloud - one
    list.
title
    Name shown in the popup, as the data have it.
rows, rows_by_rule
    What the popup says: ``[key, value, form]`` with form ``share``, ``people``, ``metres``, ``number`` or ``text``.
rule
    The feature is shown only for this rule.
verdicts
    Verdict by rule; the outline takes its colour.
kind
    Facility kind; it sets the mark, and whether the chosen rule counts it.
number
    Number written on the map, as it stands in the list beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pyproj
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

if TYPE_CHECKING:
    from zzgeo.audit import AuditReport

Feature = dict[str, Any]

#: Groups of the layer list, in its order.
GROUPS: dict[str, tuple[str, str]] = {
    "people": ("人口", "People"),
    "facilities": ("设施", "Facilities"),
    "reach": ("服务范围", "Reach"),
    "gaps": ("缺口", "Gaps"),
    "base": ("底图", "Base"),
}

_PER_DEGREE = 1e6


@dataclass(frozen=True)
class Layer:
    """One layer of the map: what it is called, where it stands in the layer list, how its features are built.

    ``order`` is the drawing order (low is drawn first), ``shown`` whether it is on when the page opens, ``style`` the
    plain look of its features: ``color``, ``weight``, ``dash``, ``fill``, ``fill_opacity``.
    """

    id: str
    label_zh: str
    label_en: str
    group: str
    build: Callable[[AuditReport, str | None], list[Feature]]
    order: int = 50
    shown: bool = False
    style: dict[str, Any] = field(default_factory=dict)


@cache
def _to_wgs84(crs: pyproj.CRS) -> pyproj.Transformer:
    """Return one transformer per CRS: making one takes longer than using it for a district."""
    return pyproj.Transformer.from_crs(crs, "EPSG:4326", always_xy=True)


class Projector:
    """Turns geometry of a study into packed WGS84 coordinates."""

    def __init__(self, crs: pyproj.CRS) -> None:
        self._to_wgs84 = _to_wgs84(crs)

    def quantised(self, xy: NDArray[np.float64]) -> NDArray[np.int64]:
        """Return whole millionths of a degree, shape (n, 2), of study coordinates, shape (n, 2)."""
        if not len(xy):
            return np.empty((0, 2), dtype=np.int64)
        lon, lat = self._to_wgs84.transform(xy[:, 0], xy[:, 1])
        return np.rint(np.column_stack([lon, lat]) * _PER_DEGREE).astype(np.int64)

    def points(self, geometry: Iterable[BaseGeometry]) -> list[int]:
        """Pack one point per geometry: itself, or a point inside it."""
        inside = [g if g.geom_type == "Point" else g.representative_point() for g in geometry]
        return pack([self.quantised(shapely.get_coordinates(inside))])[0]

    def lines(self, geometry: Sequence[BaseGeometry], tolerance: float) -> list[list[int]]:
        """Pack lines, simplified for drawing by `tolerance` metres."""
        simpler = shapely.get_parts(shapely.simplify(np.asarray(geometry, dtype=object), tolerance))
        coordinates, owner = shapely.get_coordinates(simpler, return_index=True)
        ends = np.searchsorted(owner, np.arange(1, len(simpler)))
        return pack([part for part in np.split(self.quantised(coordinates), ends) if len(part)])

    def area(self, geometry: BaseGeometry, tolerance: float) -> list[list[list[int]]]:
        """Pack a polygon or several, simplified for drawing by `tolerance` metres."""
        simpler = shapely.simplify(geometry, tolerance)
        polygons = [p for p in shapely.get_parts(simpler) if p.geom_type == "Polygon" and not p.is_empty]
        rings = [[ring.coords for ring in (p.exterior, *p.interiors)] for p in polygons]
        flat = pack([self.quantised(np.asarray(ring)[:, :2]) for polygon in rings for ring in polygon])
        packed = iter(flat)
        return [[next(packed) for _ in polygon] for polygon in rings]


def pack(parts: Iterable[NDArray[np.int64]]) -> list[list[int]]:
    """Write parts as steps from point to point; the first point of a part steps from the last of the part before.

    Examples
    --------
    >>> pack([np.array([[10, 20], [11, 18]]), np.array([[12, 18]])])
    [[10, 20, 1, -2], [1, 0]]
    """
    packed, here = [], np.zeros((1, 2), dtype=np.int64)
    for part in parts:
        steps = np.diff(part, axis=0, prepend=here)
        packed.append([int(step) for step in steps.ravel()])
        if len(part):
            here = part[-1:]
    return packed


def unpack(packed: Iterable[Sequence[int]]) -> list[NDArray[np.float64]]:
    """Return the points of packed parts as longitude and latitude in degrees, each of shape (n, 2).

    Examples
    --------
    >>> [part.tolist() for part in unpack([[10_000_000, 20_000_000, 1_000_000, 0], [0, 500_000]])]
    [[[10.0, 20.0], [11.0, 20.0]], [[11.0, 20.5]]]
    """
    parts, here = [], np.zeros(2, dtype=np.int64)
    for steps in packed:
        points = here + np.cumsum(np.asarray(steps, dtype=np.int64).reshape(-1, 2), axis=0)
        if len(points):
            here = points[-1]
        parts.append(points / _PER_DEGREE)
    return parts


def near(table: gpd.GeoDataFrame, report: AuditReport, district: str | None, margin_m: float) -> gpd.GeoDataFrame:
    """Return the rows that lie in a district or within `margin_m` of it; all rows where no district is named."""
    if district is None:
        return table
    shape = report.study.districts.geometry.loc[district]
    return table.iloc[np.sort(table.sindex.query(shape, predicate="dwithin", distance=margin_m))]


def text(value: Any) -> str:
    """Return the text of a cell, empty where it is missing."""
    return "" if value is None or value != value else str(value)


def number(value: Any) -> float | None:
    """Return a cell as a number, None where it is missing; infinite stays infinite."""
    return None if value is None or value != value else float(value)
