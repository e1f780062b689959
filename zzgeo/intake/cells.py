"""How much of every cell of a grid lies in a polygon: exact areas, so that nobody in a cell is lost or counted twice.

Libraries that do this keep the shares in single precision, which loses one person in ten million; here they are exact
to the last digits of a double.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from zzgeo.land import areal

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

#: A share this near to nothing, or to the whole cell, is rounding: it is made so, on both sides of a border alike.
_ROUNDING = 1e-9


@dataclass(frozen=True)
class Shares:
    """The cells of one window that a polygon touches.

    ``share`` has the window's shape and holds the share of each cell's area, 0–1; ``row``, ``column`` name the cells it
    covers in part, ``x``, ``y`` a place inside both the cell and the polygon, in grid units of the whole grid.
    """

    share: Floats
    row: Ints
    column: Ints
    x: Floats
    y: Floats


def shares(outline: BaseGeometry, top: int, bottom: int, left: int, right: int) -> Shares:
    """Measure how much of each cell of a window lies in a polygon.

    Parameters
    ----------
    outline
        Polygon or MultiPolygon in grid units: x counts columns, y counts rows, cell (r, c) is the square from (c, r) to
        (c + 1, r + 1).
    top, bottom, left, right
        Rows top … bottom - 1 and columns left … right - 1 are looked at.

    Returns
    -------
    Shares

    Examples
    --------
    >>> found = shares(shapely.box(0.5, 0, 2, 1), 0, 2, 0, 3)
    >>> found.share.tolist()
    [[0.5, 1.0, 0.0], [0.0, 0.0, 0.0]]
    >>> found.column.tolist(), found.x.tolist()
    ([0], [0.75])
    """
    share = np.zeros((bottom - top, right - left))
    blocks = np.array([[top, bottom, left, right]], dtype=np.int64)
    parts = np.array([outline], dtype=object)
    cells, pieces = [], []
    while len(blocks):
        squares = _squares(blocks)
        parts = areal(shapely.intersection(parts, squares))
        touched = shapely.area(parts) > 0
        blocks, parts, squares = blocks[touched], parts[touched], squares[touched]
        whole = shapely.covers(parts, squares)
        for r0, r1, c0, c1 in blocks[whole] - [top, top, left, left]:
            share[r0:r1, c0:c1] = 1.0
        single = (np.diff(blocks[:, :2]) == 1).ravel() & (np.diff(blocks[:, 2:]) == 1).ravel()
        cells.append(blocks[single & ~whole])
        pieces.append(parts[single & ~whole])
        blocks, parts = _quartered(blocks[~single & ~whole], parts[~single & ~whole])
    cell, piece = np.concatenate(cells), np.concatenate(pieces)
    part = shapely.area(piece)
    whole = part > 1 - _ROUNDING
    share[cell[whole, 0] - top, cell[whole, 2] - left] = 1.0
    border = ~whole & (part > _ROUNDING)
    row, column = cell[border, 0], cell[border, 2]
    share[row - top, column - left] = part[border]
    x, y = _inside(piece[border])
    return Shares(share, row, column, x, y)


def _squares(blocks: Ints) -> NDArray[np.object_]:
    top, bottom, left, right = blocks.T.astype(float)
    squares: NDArray[np.object_] = np.atleast_1d(shapely.box(left, top, right, bottom))
    return squares


def _quartered(blocks: Ints, parts: NDArray[np.object_]) -> tuple[Ints, NDArray[np.object_]]:
    """Cut every block in four; each quarter is asked about the part of the polygon its block holds, not all of it."""
    top, bottom, left, right = blocks.T
    middle, centre = (top + bottom) // 2, (left + right) // 2
    quarters = np.concatenate(
        [
            np.column_stack(sides)
            for sides in (
                (top, middle, left, centre),
                (top, middle, centre, right),
                (middle, bottom, left, centre),
                (middle, bottom, centre, right),
            )
        ]
    )
    there = (quarters[:, 1] > quarters[:, 0]) & (quarters[:, 3] > quarters[:, 2])
    return quarters[there], np.tile(parts, 4)[there]


def _inside(pieces: NDArray[np.object_]) -> tuple[Floats, Floats]:
    """Return a place in each piece: its centroid, or where a bent piece does not hold it, another place inside."""
    points = shapely.centroid(pieces)
    stray = ~shapely.contains(pieces, points)
    points[stray] = shapely.point_on_surface(pieces[stray])
    return shapely.get_x(points), shapely.get_y(points)
