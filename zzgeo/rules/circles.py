"""Which place has most people around it, without drawing the circle of every place.

A grid tells how many people could at most be around any place in one of its cells; a circle is summed up exactly only
where that bound is not below what another circle holds. The result is exact.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from zzgeo.network.reach import TOLERANCE_M

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Shapes = NDArray[np.object_]

#: Cells of the grid in a radius, first for all places, then for those that are still in the running.
_FINENESS = (8, 48)

#: Circles summed up at a time.
_AT_ONCE = 256

#: Bounds are made larger by this share: sums of floats are not exact.
_SLACK = 1e-9


class Circles:
    """The weights within a radius around each of many places.

    Parameters
    ----------
    places
        Points a circle may be drawn around, shape (n_places,).
    points, weights
        Points that are counted, shape (n_points,), and their weights >= 0.
    metres
        The radius, inclusive to 1e-6 m.
    """

    def __init__(
        self, places: NDArray[np.object_], points: NDArray[np.object_], weights: Floats, metres: float
    ) -> None:
        self._places, self._points = shapely.get_coordinates(places), shapely.get_coordinates(points)
        self._weights, self._metres = weights, metres
        self._tree = cKDTree(self._points)

    def within(self, place: int) -> Ints:
        """Return the points within the radius of a place, in their order."""
        found = self._tree.query_ball_point(self._places[place], self._metres + TOLERANCE_M, return_sorted=True)
        return np.asarray(found, dtype=np.int64)

    def best_first(self) -> Iterator[tuple[int, float]]:
        """Yield places and the weight within their radius, the heaviest first; of equal ones the first place first."""
        bound = self._bounds(np.arange(len(self._places)), _FINENESS[0])
        exact = np.full(len(bound), np.nan)
        done = np.zeros(len(bound), dtype=bool)
        refined = False
        while not done.all():
            known = np.where(done | np.isnan(exact), -1.0, exact)
            best = int(np.argmax(known))
            open_ = np.flatnonzero(~done & np.isnan(exact) & (bound >= known[best]))
            if len(open_) == 0:
                done[best] = True
                yield best, float(exact[best])
                continue
            if not refined and known[best] >= 0:
                bound[open_] = np.minimum(bound[open_], self._bounds(open_, _FINENESS[1]))
                refined = True
                continue
            some = open_[np.argsort(-bound[open_], kind="stable")[:_AT_ONCE]]
            exact[some] = self._sums(some)

    def _sums(self, some: Ints) -> Floats:
        around = self._tree.query_ball_point(self._places[some], self._metres + TOLERANCE_M, return_sorted=True)
        return np.array([self._weights[circle].sum() for circle in around])

    def _bounds(self, some: Ints, fineness: int) -> Floats:
        """Return what the circle of each place holds at most: all cells that any place of its own cell could reach."""
        size = self._metres / fineness
        corner = self._points.min(axis=0)
        at = np.floor((self._points - corner) / size).astype(np.int64)
        rows, columns = at.max(axis=0) + 1
        grid = np.bincount(at[:, 0] * columns + at[:, 1], self._weights, rows * columns).reshape(rows, columns)
        # sums of a row up to each column: the weight of a run of cells is a difference
        upto = np.zeros((rows, columns + 1))
        np.cumsum(grid, axis=1, out=upto[:, 1:])
        own = np.floor((self._places[some] - corner) / size).astype(np.int64)
        total = np.zeros(len(some))
        reach = fineness + 2
        for step in range(-reach, reach + 1):
            across = max(abs(step) - 1, 0)
            if across > fineness:
                continue
            half = int(np.ceil(np.sqrt(fineness**2 - across**2))) + 1
            row = own[:, 0] + step
            inside = (row >= 0) & (row < rows)
            left = np.clip(own[inside, 1] - half, 0, columns)
            right = np.clip(own[inside, 1] + half + 1, 0, columns)
            total[inside] += upto[row[inside], right] - upto[row[inside], left]
        return total * (1 + _SLACK) + _SLACK
