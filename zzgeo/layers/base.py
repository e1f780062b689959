"""What every map layer shares: the `Layer` itself, packing of coordinates, and cutting a table to a district.

A feature is a plain dict that JSON can hold. It carries raw numbers; the report turns them into text, once, so that a
number reads the same on every page. Coordinates are WGS84 longitude and latitude in whole millionths of a degree, each
written as the step from the point before it in the same feature (`pack`, `unpack`).

Keys of a feature
-----------------
shape
    ``"line"`` (lines drawn alike), ``"pieces"`` (parts of the lines of the layer of streets), ``"area"`` (one outline
    that says nothing), ``"cloud"`` (many points drawn alike), ``"mosaic"`` (a table of areas) or ``"marks"`` (a table
    of points). The rows of a table are told one by one.
xy
    Packed coordinates, in steps of ``grid`` (1 if left out) millionths of a degree; rings are not closed.
    line - a list of lines; area - a list of polygons, each a list of rings; mosaic - a list of areas; cloud, marks -
    one list of points.
rule
    The feature is shown only for this rule.
titles, codes
    Of a table: the name of each row, as the data have it, and its code.
columns
    Of a table: what the popup says, ``[key, form, values]`` with form ``share``, ``people``, ``metres``, ``number`` or
    ``text``.
by_rule
    Of a table: ``{rule: {"verdicts": [...], "columns": [...]}}``; the outline takes the colour of the verdict.
rules, numbers
    Of a table: the one rule each row is shown for, and the number written on the map, as in the list beside it.
kinds, capacity
    Of a table of facilities: the kind sets the mark, and whether the chosen rule counts it; beds are written beside it.
whole, cut
    Of pieces: the numbers of whole streets, each as the step from the one before; of parts of streets the number, from
    and to, in thousandths of its length.
minutes, metres, wide_m
    Of pieces: the walk in which they are reached, and how wide they are drawn, in metres.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

if TYPE_CHECKING:
    from zzgeo.auditing.report import AuditReport

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

#: Gives the features of a district by its code, or of the whole city (None).
Draw = Callable[[str | None], list[Feature]]

Rows = NDArray[np.intp]


@dataclass(frozen=True)
class Layer:
    """One layer of the map: what it is called, where it stands in the layer list, how its features are built.

    ``build`` reads a report once and returns what draws each of its districts, so that 2,800 pages cost what they hold.
    ``order`` is the drawing order (low is drawn first), ``shown`` whether it is on when the page opens, ``style`` the
    plain look of its features: ``color``, ``weight``, ``dash``, ``fill``, ``fill_opacity``.
    """

    id: str
    label_zh: str
    label_en: str
    group: str
    build: Callable[[AuditReport], Draw]
    order: int = 50
    shown: bool = False
    style: dict[str, Any] = field(default_factory=dict)


@cache
def _to_wgs84(crs: pyproj.CRS) -> pyproj.Transformer:
    """Return one transformer per CRS: making one takes longer than using it for a district."""
    return pyproj.Transformer.from_crs(crs, "EPSG:4326", always_xy=True)


class Projector:
    """Turns geometry of a study into packed WGS84 coordinates, in whole steps of `grid` millionths of a degree."""

    def __init__(self, crs: pyproj.CRS, grid: int = 1) -> None:
        self._to_wgs84 = _to_wgs84(crs)
        self._per_degree = _PER_DEGREE / grid

    def quantised(self, xy: NDArray[np.float64]) -> NDArray[np.int64]:
        """Return whole steps of the grid, shape (n, 2), of study coordinates, shape (n, 2)."""
        if not len(xy):
            return np.empty((0, 2), dtype=np.int64)
        lon, lat = self._to_wgs84.transform(xy[:, 0], xy[:, 1])
        return np.rint(np.column_stack([lon, lat]) * self._per_degree).astype(np.int64)

    def points(self, geometry: Iterable[BaseGeometry]) -> list[int]:
        """Pack one point per geometry: itself, or a point inside it."""
        inside = np.array(geometry, dtype=object)
        others = shapely.get_type_id(inside) != 0
        inside[others] = shapely.point_on_surface(inside[others])
        return pack([self.quantised(shapely.get_coordinates(inside))])[0]

    def lines(self, geometry: NDArray[np.object_], tolerance: float) -> list[list[int]]:
        """Pack lines, simplified for drawing by `tolerance` metres."""
        simpler = shapely.simplify(geometry, tolerance)
        if not (shapely.get_type_id(simpler) == 1).all():
            simpler = shapely.get_parts(simpler)
        coordinates, owner = shapely.get_coordinates(simpler, return_index=True)
        return _packed(self.quantised(coordinates), np.bincount(owner, minlength=len(simpler)))

    def area(self, geometry: BaseGeometry, tolerance: float) -> list[list[list[int]]]:
        """Pack a polygon or several, simplified for drawing by `tolerance` metres."""
        return self.areas([geometry], tolerance)[0]

    def areas(self, geometry: Iterable[BaseGeometry], tolerance: float) -> list[list[list[list[int]]]]:
        """Pack areas, each by itself, simplified for drawing by `tolerance` metres."""
        whole = np.array(geometry, dtype=object)
        polygons, area = shapely.get_parts(shapely.simplify(whole, tolerance), return_index=True)
        drawn = (shapely.get_type_id(polygons) == 3) & ~shapely.is_empty(polygons)
        polygons, area = polygons[drawn], area[drawn]
        rings, polygon = shapely.get_rings(polygons, return_index=True)
        coordinates, ring = shapely.get_coordinates(rings, return_index=True)
        # a ring ends where it began: its last point is not written
        open_ends = np.append(ring[1:] == ring[:-1], False) if len(ring) else np.empty(0, dtype=bool)
        lengths = np.bincount(ring[open_ends], minlength=len(rings))
        # the first ring of an area steps from nowhere
        first = np.append(True, np.diff(area[polygon]) != 0)[: len(rings)]
        flat = _packed(self.quantised(coordinates[open_ends]), lengths, first)
        packed: list[list[list[int]]] = [[] for _ in polygons]
        for of, steps in zip(polygon.tolist(), flat, strict=True):
            packed[of].append(steps)
        areas: list[list[list[list[int]]]] = [[] for _ in whole]
        for at, rings_of in zip(area.tolist(), packed, strict=True):
            areas[at].append(rings_of)
        return areas


def _packed(
    points: NDArray[np.int64], lengths: NDArray[np.int64], anew: NDArray[np.bool_] | None = None
) -> list[list[int]]:
    """Pack parts that follow each other, `lengths` points each; where `anew` holds, a part steps from nowhere."""
    step = np.diff(points, axis=0, prepend=np.zeros((1, 2), dtype=np.int64))
    ends = np.cumsum(lengths)
    if anew is not None:
        starts = (ends - lengths)[anew & (lengths > 0)]
        step[starts] = points[starts]
    steps, ends = step.ravel().tolist(), 2 * ends
    ended = ends.tolist()
    return [steps[begin:end] for begin, end in zip([0, *ended][:-1], ended, strict=True) if end > begin]


def pack(parts: Iterable[NDArray[np.int64]]) -> list[list[int]]:
    """Write parts as steps from point to point; the first point of a part steps from the last of the part before.

    Examples
    --------
    >>> pack([np.array([[10, 20], [11, 18]]), np.array([[12, 18]])])
    [[10, 20, 1, -2], [1, 0]]
    """
    whole = [np.asarray(part, dtype=np.int64).reshape(-1, 2) for part in parts]
    points = np.concatenate(whole) if whole else np.empty((0, 2), dtype=np.int64)
    packed = iter(_packed(points, np.array([len(part) for part in whole], dtype=np.int64)))
    return [next(packed) if len(part) else [] for part in whole]


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
    return table if district is None else table.iloc[rows_near(table, report, margin_m)(district)]


def rows_near(table: gpd.GeoDataFrame, report: AuditReport, margin_m: float) -> Callable[[str | None], Rows]:
    """Return a function that gives the numbers of the rows `near` a district."""
    districts = report.study.districts
    shapes = dict(zip(districts.index, districts.geometry.array, strict=True))

    def rows(district: str | None) -> Rows:
        if district is None:
            return np.arange(len(table))
        found = table.sindex.query(shapes[district], predicate="dwithin", distance=margin_m)
        return np.sort(found).astype(np.intp)

    return rows


def rows_in(table: pd.DataFrame) -> Callable[[str | None], Rows]:
    """Return a function that gives the numbers of the rows of a district, by their column ``district``, in order."""
    code, districts = pd.factorize(table["district"].astype(str))
    order = np.argsort(code, kind="stable")
    ends = np.searchsorted(code[order], np.arange(len(districts) + 1))
    place = {str(district): at for at, district in enumerate(districts)}

    def rows(district: str | None) -> Rows:
        if district is None:
            return np.arange(len(table))
        at = place.get(district)
        return order[:0] if at is None else order[ends[at] : ends[at + 1]]

    return rows


class Table:
    """The columns of a table as its popups tell them, read once: `at` gives rows of it as a feature.

    Parameters
    ----------
    rows
        The whole table.
    titles
        The column that names a row.
    columns
        Columns and the form they are told in; those the table does not have are left out.
    """

    def __init__(self, rows: pd.DataFrame, titles: str, columns: Iterable[tuple[str, str]]) -> None:
        self._titles = as_read("text", rows[titles])
        told = [(key, form, as_read(form, rows[key])) for key, form in columns if key in rows.columns]
        self._columns = [(key, form, values, (values != "") & ~pd.isna(values)) for key, form, values in told]

    def at(self, shape: str, xy: Any, rows: Rows) -> Feature:
        """Return rows as a feature: a title per row, and the columns in which one of them holds something."""
        told = [[key, form, values[rows].tolist()] for key, form, values, held in self._columns if held[rows].any()]
        return {"shape": shape, "xy": xy, "titles": self._titles[rows].tolist(), "columns": told}


def as_read(form: str, column: pd.Series) -> NDArray[np.object_]:
    """Return a column as objects: texts, empty where missing, or for any other form numbers, None where missing."""
    read = text if form == "text" else number
    values = np.empty(len(column), dtype=object)
    values[:] = [read(value) for value in np.asarray(column, dtype=object).tolist()]
    return values


def nearby_order(xy: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return an order of points, shape (n, 2), in which neighbours stand together: steps are short and pack well.

    Examples
    --------
    >>> nearby_order(np.array([[0, 0], [900, 900], [1, 1], [901, 901]])).tolist()
    [0, 2, 1, 3]
    """
    if not len(xy):
        return np.empty(0, dtype=np.int64)
    cell = (xy - xy.min(axis=0)).astype(np.uint64)
    # the two coordinates, bit by bit in turn
    key = _spread(cell[:, 0]) | (_spread(cell[:, 1]) << np.uint64(1))
    return np.argsort(key, kind="stable")


def _spread(value: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Return numbers below 2**31 with a nought before each of their bits."""
    for shift, mask in (
        (16, 0x0000FFFF0000FFFF), (8, 0x00FF00FF00FF00FF), (4, 0x0F0F0F0F0F0F0F0F), (2, 0x3333333333333333),
        (1, 0x5555555555555555),
    ):  # fmt: skip
        value = (value | (value << np.uint64(shift))) & np.uint64(mask)
    return value


def text(value: Any) -> str:
    """Return the text of a cell, empty where it is missing."""
    return "" if value is None or value != value else str(value)


def number(value: Any) -> float | None:
    """Return a cell as a number, None where it is missing; infinite stays infinite."""
    return None if value is None or value != value else float(value)
