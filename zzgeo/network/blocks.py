"""Points in blocks of neighbours: who is within a limit of its own of a place, without asking everybody."""

from __future__ import annotations

import numpy as np

from zzgeo.network.lines import Floats, Ints

_BLOCK = 256


class Blocks:
    """Finite points, shape (n, 2), along a curve, block by block.

    Examples
    --------
    >>> blocks = Blocks(np.array([[0.0, 0.0], [3.0, 0.0], [9.0, 0.0]]))
    >>> blocks.within(blocks.limits(np.array([4.0, 1.0, 25.0])), 5.0, 0.0).tolist()
    [2]
    """

    def __init__(self, xy: Floats) -> None:
        from zzgeo.network.segments import along_curve

        self._order = along_curve(xy) if len(xy) else np.empty(0, dtype=np.int64)
        self._first = np.arange(0, len(xy), _BLOCK)
        self._x, self._y = np.ascontiguousarray(xy[self._order].T)
        sides = ((np.minimum, self._x), (np.maximum, self._x), (np.minimum, self._y), (np.maximum, self._y))
        self._box = [least.reduceat(values, self._first) if len(xy) else values for least, values in sides]

    def limits(self, squares: Floats) -> tuple[Floats, Floats]:
        """Return the square of the limit of each point as `within` takes it; of each block the largest beside it."""
        own = squares[self._order]
        return own, np.maximum.reduceat(own, self._first) if len(own) else own

    def within(self, limits: tuple[Floats, Floats], x: float, y: float) -> Ints:
        """Return the rows of the points that are within their own limits of a place."""
        own, most = limits
        west, east, south, north = self._box
        # what is nearer than the box of a block is nearer by every operation below as well: nobody is left out
        gap_x, gap_y = np.maximum(west - x, x - east), np.maximum(south - y, y - north)
        near = np.maximum(gap_x, 0.0) ** 2 + np.maximum(gap_y, 0.0) ** 2 <= most
        at = (self._first[near][:, None] + np.arange(_BLOCK)).ravel()
        at = at[at < len(own)]
        at = at[(self._x[at] - x) ** 2 + (self._y[at] - y) ** 2 <= own[at]]
        rows: Ints = self._order[at]
        return rows
