"""Compiled search for the nearest of many points in a straight line, in metres of ground."""

from __future__ import annotations

import math

import numpy as np

from zzgeo.network.compiled import in_blocks, inner, kernel
from zzgeo.network.lines import Floats, Ints

#: Cells of the grid a side have about so many places.
_PER_CELL = 2.0
#: Points looked up at a time.
_AT_LEAST = 20_000


def nearest_place(
    points: Floats, places: Floats, tolerance: float, spread: float, middle: Floats, half: Floats, terms: Floats
) -> tuple[Ints, Floats]:
    """Return the nearest place of each point, of equally near ones the first, and the metres of ground to it.

    Parameters
    ----------
    points, places
        Finite coordinates in metres, shapes (n, 2) and (m, 2), m > 0.
    tolerance, spread
        A place that is farther by this share and so many metres in the plane is farther on the ground.
    middle, half, terms
        What a step is on the ground (`zzgeo.crs.ground.Ground`); without terms, what it is in the plane.
    """
    low, high = places.min(axis=0), places.max(axis=0)
    wide = np.maximum(high - low, 1.0)
    size = max(float(np.sqrt(wide.prod() * _PER_CELL / len(places))), float(wide.max()) / (4 * len(places) + 16))
    columns, rows = (int(span // size) + 1 for span in wide)
    cell = np.floor((places - low) / size).astype(np.int64)
    own = np.minimum(cell[:, 1], rows - 1) * columns + np.minimum(cell[:, 0], columns - 1)
    order = np.argsort(own, kind="stable")
    first = np.searchsorted(own[order], np.arange(rows * columns + 1))
    nearest, metres = np.empty(len(points), dtype=np.int64), np.empty(len(points))

    def work(begin: int, end: int) -> None:
        part = slice(begin, end)
        _nearest(
            points[part],
            places,
            order,
            first,
            low,
            size,
            columns,
            rows,
            tolerance,
            1.0 + spread,
            middle,
            half,
            terms,
            nearest[part],
            metres[part],
        )

    in_blocks(work, len(points), _AT_LEAST)
    return nearest, metres


@kernel
def _nearest(
    points: Floats,
    places: Floats,
    order: Ints,
    first: Ints,
    low: Floats,
    size: float,
    columns: int,
    rows: int,
    tolerance: float,
    stretch: float,
    middle: Floats,
    half: Floats,
    terms: Floats,
    nearest: Ints,
    metres: Floats,
) -> None:
    for n in range(len(points)):
        x, y = points[n, 0], points[n, 1]
        column, row = math.floor((x - low[0]) / size), math.floor((y - low[1]) / size)
        # a point beside the grid begins where the grid does
        begin = max(0, -column, column - columns + 1, -row, row - rows + 1)
        best, least, second, step = -1, np.inf, np.inf, begin
        while step <= begin + columns + rows:
            if (step - 1) * size > math.sqrt(least) * stretch + tolerance:
                break
            for j in range(max(row - step, 0), min(row + step, rows - 1) + 1):
                jump = 1 if (j == row - step or j == row + step or step == 0) else 2 * step
                i = column - step
                if jump == 1:
                    i = max(i, 0)
                while i <= min(column + step, columns - 1):
                    if i >= 0:
                        for at in range(first[j * columns + i], first[j * columns + i + 1]):
                            place = order[at]
                            dx, dy = places[place, 0] - x, places[place, 1] - y
                            away = dx * dx + dy * dy
                            if away < least:
                                best, second, least = place, least, away
                            elif away < second:
                                second = away
                    i += jump
            step += 1
        limit = math.sqrt(least) * stretch + tolerance
        if math.sqrt(second) > limit:
            nearest[n], metres[n] = best, _ground(x, y, places[best, 0], places[best, 1], middle, half, terms)
            continue
        best, shortest = -1, np.inf
        for place in range(len(places)):
            if math.sqrt((places[place, 0] - x) ** 2 + (places[place, 1] - y) ** 2) <= limit:
                length = _ground(x, y, places[place, 0], places[place, 1], middle, half, terms)
                if length < shortest:
                    best, shortest = place, length
        nearest[n], metres[n] = best, shortest


@inner
def _ground(x: float, y: float, to_x: float, to_y: float, middle: Floats, half: Floats, terms: Floats) -> float:
    """Return the metres of ground between two points, as `zzgeo.crs.ground.Ground.metres` does for many."""
    dx, dy = to_x - x, to_y - y
    if len(terms) == 0:
        return math.sqrt(dx * dx + dy * dy)
    a = min(1.2, max(-1.2, (x + dx / 2 - middle[0]) / half[0]))
    b = min(1.2, max(-1.2, (y + dy / 2 - middle[1]) / half[1]))
    # terms are ordered by the power of a, then of b, up to a common degree
    degree = round((math.sqrt(8.0 * len(terms) + 1.0) - 3.0) / 2.0)
    xx, xy, yy, term, power_a = 0.0, 0.0, 0.0, 0, 1.0
    for i in range(degree + 1):
        power = power_a
        for _ in range(degree + 1 - i):
            xx += power * terms[term, 0]
            xy += power * terms[term, 1]
            yy += power * terms[term, 2]
            power *= b
            term += 1
        power_a *= a
    return math.sqrt(xx * dx * dx + 2.0 * xy * dx * dy + yy * dy * dy)
