"""Compiled sums of what lies around places: exactly, point by point, and at most, by whole cells of a grid."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from zzgeo.network.compiled import kernel

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@kernel
def sums(
    places: Floats,
    corner: Floats,
    size: float,
    columns: int,
    first: Ints,
    points: Floats,
    weights: Floats,
    metres: float,
) -> Floats:
    """Return the weights of the points within so many metres of each place, inclusive.

    Parameters
    ----------
    places, points
        Shapes (n, 2) and (m, 2); points cell by cell, ``first[c]`` is the first of cell c.
    corner, size, columns
        Where the grid begins; the first coordinate counts its rows, the second its columns.
    """
    total = np.zeros(len(places))
    rows = (len(first) - 1) // columns
    for n in range(len(places)):
        a, b = places[n, 0], places[n, 1]
        low_row = max(0, math.floor((a - metres - corner[0]) / size) - 1)
        high_row = min(rows - 1, math.floor((a + metres - corner[0]) / size) + 1)
        low = max(0, math.floor((b - metres - corner[1]) / size) - 1)
        high = min(columns - 1, math.floor((b + metres - corner[1]) / size) + 1)
        if low > high:
            continue
        for row in range(low_row, high_row + 1):
            for k in range(first[row * columns + low], first[row * columns + high + 1]):
                da, db = points[k, 0] - a, points[k, 1] - b
                if da * da + db * db <= metres * metres:
                    total[n] += weights[k]
    return total


@kernel
def bounds(own: Ints, upto: Floats, radius: float) -> Floats:
    """Return the weight of all cells that a circle around any place of a cell could touch.

    Parameters
    ----------
    own
        Row and column of the cell of each place, shape (n, 2).
    upto
        Weight of each row up to each column, shape (rows, columns + 1).
    radius
        In cells.
    """
    rows, columns = upto.shape[0], upto.shape[1] - 1
    reach = int(radius) + 2
    half = np.empty(2 * reach + 1, np.int64)
    for step in range(-reach, reach + 1):
        across = max(abs(step) - 1, 0)
        half[step + reach] = -1 if across > radius else math.ceil(math.sqrt(radius * radius - across * across)) + 1
    total = np.empty(len(own))
    # places of one cell share a bound: where cells are few, each is summed up once
    known = np.full(rows * columns if rows * columns < len(own) else 0, -1.0)
    for n in range(len(own)):
        i, j = own[n, 0], own[n, 1]
        kept = len(known) > 0 and 0 <= i < rows and 0 <= j < columns
        if kept and known[i * columns + j] >= 0:
            total[n] = known[i * columns + j]
            continue
        held = 0.0
        for step in range(-reach, reach + 1):
            row, wide = i + step, half[step + reach]
            if wide < 0 or row < 0 or row >= rows:
                continue
            held += upto[row, min(max(j + wide + 1, 0), columns)] - upto[row, min(max(j - wide, 0), columns)]
        total[n] = held
        if kept:
            known[i * columns + j] = held
    return total
