"""Coordinates as pages hold them: WGS84 in whole steps of a grid, each from the point before it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import pyproj
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from zzgeo.crs.datums import WGS84, step_to

_PER_DEGREE = 1e6


class Projector:
    """Turns geometry of a study into packed WGS84 coordinates, in whole steps of `grid` millionths of a degree."""

    def __init__(self, crs: pyproj.CRS, grid: int = 1) -> None:
        self._to_wgs84 = step_to(crs, WGS84.crs)
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
