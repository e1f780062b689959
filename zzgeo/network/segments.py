"""Compiled search for the nearest street of many points: a grid of cells that know which segments run through them."""

from __future__ import annotations

import math

import numpy as np

from zzgeo.network.arcs import Grid
from zzgeo.network.compiled import inner, kernel
from zzgeo.network.curve import hilbert
from zzgeo.network.lines import Codes, Floats, Ints, Lines

#: Cells searched around a point before it is left to a search tree: at 50 m or more a cell, far beyond any limit.
MOST_RINGS = 12
#: No more cells than this, whatever the extent.
MOST_CELLS = 5_000_000


def grid_of(lines: Lines, metres: float) -> Grid:
    """Return the grid over all segments of lines of so many metres in all; a cell is about two segments wide."""
    xy, edge = lines.xy, np.repeat(np.arange(len(lines), dtype=np.int32), np.diff(lines.start))
    low, high = xy.min(axis=0), xy.max(axis=0)
    mean = metres / (len(xy) - len(lines))
    area = float(np.prod(np.maximum(high - low, 1.0)))
    size = max(50.0, 2.0 * mean, float(np.sqrt(area / MOST_CELLS)), float((high - low).max()) / MOST_CELLS)
    columns, rows = (int(span // size) + 1 for span in high - low)
    frame = (float(low[0]), float(low[1]), size, columns, rows)
    return Grid(*frame, *through(xy, edge, *frame), edge, xy)


def searched_m(grid: Grid) -> float:
    """Return the metres around a point within which every segment is searched."""
    return (MOST_RINGS - 1) * grid.size * (1.0 - 1e-9)


def through(xy: Floats, line: Codes, x: float, y: float, size: float, columns: int, rows: int) -> tuple[Ints, Codes]:
    """Return ``(first, segment)``: the segments through each cell of a grid, row by row from its lower left corner.

    Segments run from each vertex to the next of the same line, and are told by the vertex they begin at.
    """
    none = np.zeros(0, np.int64), np.zeros(0, np.int32)
    count = _through(xy, line, x, y, size, columns, rows, *none)
    first = np.concatenate([[0], np.cumsum(count, dtype=np.int64)])
    segment = np.empty(int(first[-1]), dtype=np.int32)
    _through(xy, line, x, y, size, columns, rows, first, segment)
    return first, segment


def along_curve(xy: Floats) -> Ints:
    """Return the order in which points follow a curve, so that neighbours are asked one after the other."""
    low, span = xy.min(axis=0), np.ptp(xy, axis=0)
    x, y = np.ascontiguousarray(xy.T)
    return np.argsort(hilbert(x, y, float(low[0]), float(low[1]), max(float(span.max()), 1e-9)), kind="stable")


@kernel
def _through(
    xy: Floats, line: Codes, x: float, y: float, size: float, columns: int, rows: int, first: Ints, segment: Codes
) -> Codes:
    """Write the segments through each cell, or only count them where ``first`` is empty; return the counts."""
    count = np.zeros(columns * rows, np.int32)
    for s in range(len(xy) - 1):
        if line[s] != line[s + 1]:
            continue
        x0, y0 = (xy[s, 0] - x) / size, (xy[s, 1] - y) / size
        x1, y1 = (xy[s + 1, 0] - x) / size, (xy[s + 1, 1] - y) / size
        if y0 > y1:
            x0, y0, x1, y1 = x1, y1, x0, y0
        # A hair wider than the segment: rounding must not lose a cell that it only touches.
        for row in range(max(int(y0 - 1e-6), 0), min(int(y1 + 1e-6), rows - 1) + 1):
            a, b = x0, x1
            if y1 > y0:
                a = x0 + (x1 - x0) * min(max((row - y0) / (y1 - y0), 0.0), 1.0)
                b = x0 + (x1 - x0) * min(max((row + 1 - y0) / (y1 - y0), 0.0), 1.0)
            if a > b:
                a, b = b, a
            for column in range(max(int(a - 1e-6), 0), min(int(b + 1e-6), columns - 1) + 1):
                cell = row * columns + column
                if len(first) > 0:
                    segment[first[cell] + count[cell]] = s
                count[cell] += 1
    return count


@kernel
def nearest_segment(
    grid: Grid, points: Floats, allowed: Codes, bound: Floats, out_edge: Codes, out_distance: Floats
) -> None:
    """Fill the nearest edge of each point and how far it is; of equally near edges the first; -1 where undecided.

    ``allowed`` tells which edges count (all if empty). A point is undecided where nothing nearer than ``bound``
    (without limit if empty) lies in the rings searched.
    """
    for i in range(len(points)):
        px, py = points[i, 0], points[i, 1]
        fx, fy = (px - grid.x) / grid.size, (py - grid.y) / grid.size
        out_edge[i] = -1
        out_distance[i] = np.inf
        if not (-1e9 < fx < 1e9 and -1e9 < fy < 1e9):
            continue
        cx, cy = int(np.floor(fx)), int(np.floor(fy))
        # The border of the searched square is nearest on the side the point leans to.
        lean = min(min(fx - cx, cx + 1 - fx), min(fy - cy, cy + 1 - fy))
        best, edge, decided = np.inf, -1, False
        for ring in range(MOST_RINGS):
            for row in range(max(cy - ring, 0), min(cy + ring, grid.rows - 1) + 1):
                whole = abs(row - cy) == ring
                for column in range(max(cx - ring, 0), min(cx + ring, grid.columns - 1) + 1):
                    if not whole and abs(column - cx) != ring:
                        continue
                    cell = row * grid.columns + column
                    for at in range(grid.first[cell], grid.first[cell + 1]):
                        s = grid.segment[at]
                        e = grid.edge[s]
                        if len(allowed) > 0 and not allowed[e]:
                            continue
                        d = _to_segment(grid.xy, s, px, py)
                        if d < best or (d == best and e < edge):
                            best, edge = d, e
            searched = (ring + lean) * grid.size * (1.0 - 1e-9)
            decided = best < searched
            if decided or (len(bound) > 0 and searched > bound[i]):
                break
        if decided:
            out_edge[i] = edge
            out_distance[i] = best


@inner
def _to_segment(xy: Floats, s: int, px: float, py: float) -> float:
    """Return the distance from a point to a segment, by the same steps as GEOS, so that ties are the same ties."""
    ax, ay, bx, by = xy[s, 0], xy[s, 1], xy[s + 1, 0], xy[s + 1, 1]
    dx, dy = bx - ax, by - ay
    squared = dx * dx + dy * dy
    if squared > 0.0:
        share = ((px - ax) * dx + (py - ay) * dy) / squared
        if share >= 1.0:
            ax, ay = bx, by
        elif share > 0.0:
            return math.fabs(((ay - py) * dx - (ax - px) * dy) / squared) * math.sqrt(squared)
    return math.sqrt((px - ax) * (px - ax) + (py - ay) * (py - ay))


@kernel
def locate(xy: Floats, start: Ints, points: Floats, edge: Codes, offset: Floats) -> None:
    """Fill how many metres along its edge each point stands: at the nearest place, of equally near ones the first.

    By the same steps as GEOS, so that few points and many get the same bits.
    """
    for i in range(len(points)):
        px, py = points[i, 0], points[i, 1]
        before, least, metres = 0.0, np.inf, 0.0
        for s in range(start[edge[i]], start[edge[i] + 1] - 1):
            dx, dy = xy[s + 1, 0] - xy[s, 0], xy[s + 1, 1] - xy[s, 1]
            squared = dx * dx + dy * dy
            length = math.sqrt(squared)
            d = _to_segment(xy, s, px, py)
            if d < least:
                share = ((px - xy[s, 0]) * dx + (py - xy[s, 1]) * dy) / squared if squared > 0.0 else 0.0
                least, metres = d, before + min(max(share, 0.0), 1.0) * length
            before += length
        offset[i] = metres
