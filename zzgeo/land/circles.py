"""Which place has most people around it, without drawing the circle of every place.

A grid tells how many people could at most be around any place in one of its cells; a circle is summed up exactly only
where that bound is not below what another circle holds. The result is exact.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from zzgeo.network.reach import TOLERANCE_M

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

#: Cells of the grid in a radius, first for all places, then for those that are still in the running.
_FINENESS = (8, 24)

#: No more cells than this many times the points: beyond, the first grid has to do.
_MOST_CELLS = 64

#: Circles summed up at a time.
_AT_ONCE = 256

#: Bounds are made larger by this share: sums of floats are not exact.
_SLACK = 1e-9


class Circles:
    """The weights within a radius around each of many places.

    Parameters
    ----------
    places
        Coordinates of the points a circle may be drawn around, shape (n_places, 2).
    points, weights
        Coordinates of the points that are counted, shape (n_points, 2), and their weights >= 0.
    metres
        The radius, inclusive to 1e-6 m.
    """

    def __init__(self, places: Floats, points: Floats, weights: Floats, metres: float) -> None:
        self._places, self._points = places, points
        self._weights, self._metres = weights, metres
        # column by column: over rows of two, numpy takes twenty times as long
        self._corner = np.array([column.min() for column in self._points.T])
        self._far = np.array([column.max() for column in self._points.T])

    def within(self, place: int) -> Ints:
        """Return the points within the radius of a place, in their order."""
        dx, dy = (self._points - self._places[place]).T
        return np.flatnonzero(dx * dx + dy * dy <= (self._metres + TOLERANCE_M) ** 2)

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
            if len(open_) > _AT_ONCE:
                open_ = open_[np.argpartition(-bound[open_], _AT_ONCE)[:_AT_ONCE]]
            exact[open_] = self._sums(open_)

    @cached_property
    def _grid(self) -> tuple[float, int, Ints, Floats, Floats]:
        """Return the points cell by cell: size and columns of the grid, the first of each cell, places and weights."""
        size = self._size(_FINENESS[0])
        at = np.floor((self._points - self._corner) / size).astype(np.int64)
        rows, columns = (int(column.max()) + 1 for column in at.T)
        cell = at[:, 0] * columns + at[:, 1]
        order = np.argsort(cell, kind="stable")
        first = np.searchsorted(cell[order], np.arange(rows * columns + 1))
        return size, int(columns), first, self._points[order], self._weights[order]

    def _size(self, fineness: int) -> float:
        """Return the size of a cell: the radius by the fineness, but larger where there would be too many cells."""
        span = np.maximum(self._far - self._corner, self._metres / fineness)
        least = float(np.sqrt(span.prod() / (_MOST_CELLS * len(self._points) + 4096)))
        return max(self._metres / fineness, least)

    def _sums(self, some: Ints) -> Floats:
        from zzgeo.land.discs import sums

        size, columns, first, points, weights = self._grid
        return sums(self._places[some], self._corner, size, columns, first, points, weights, self._metres + TOLERANCE_M)

    def _bounds(self, some: Ints, fineness: int) -> Floats:
        """Return what the circle of each place holds at most: all cells that any place of its own cell could reach."""
        from zzgeo.land.discs import bounds

        size = self._size(fineness)
        at = np.floor((self._points - self._corner) / size).astype(np.int64)
        rows, columns = (int(column.max()) + 1 for column in at.T)
        grid = np.bincount(at[:, 0] * columns + at[:, 1], self._weights, rows * columns).reshape(rows, columns)
        # sums of a row up to each column: the weight of a run of cells is a difference
        upto = np.zeros((rows, columns + 1))
        np.cumsum(grid, axis=1, out=upto[:, 1:])
        own = np.floor((self._places[some] - self._corner) / size).astype(np.int64)
        radius = (self._metres + TOLERANCE_M) / size
        return _in_threads(lambda a, b: bounds(own[a:b], upto, radius), len(own), 32_768) * (1 + _SLACK) + _SLACK


def _in_threads(work: Callable[[int, int], Floats], count: int, at_least: int) -> Floats:
    from zzgeo.network.compiled import in_blocks

    return np.concatenate(in_blocks(work, count, at_least))
