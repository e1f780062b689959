"""Compiled drawing: how far each point of a grid lies from the nearest reached piece of street."""

from __future__ import annotations

import math

import numpy as np

from zzgeo.network.compiled import kernel
from zzgeo.network.lines import Codes, Floats, Ints


@kernel
def segments_of(
    edge: Codes, low: Floats, high: Floats, xy: Floats, along: Floats, start: Ints, out: Floats, last: Ints
) -> int:
    """Write the straight segments of pieces of edges as ``(x0, y0, x1, y1)``; return how many there are.

    ``last[i]`` is where the segments of piece ``i`` end. Where ``out`` is empty they are only counted.
    """
    used = 0
    for i in range(len(edge)):
        for s in range(start[edge[i]], start[edge[i] + 1] - 1):
            a, b = along[s], along[s + 1]
            if b <= low[i] or a >= high[i] or b <= a:
                continue
            if len(out) > 0:
                begin, finish = (max(low[i], a) - a) / (b - a), (min(high[i], b) - a) / (b - a)
                dx, dy = xy[s + 1, 0] - xy[s, 0], xy[s + 1, 1] - xy[s, 1]
                out[used, 0], out[used, 1] = xy[s, 0] + begin * dx, xy[s, 1] + begin * dy
                out[used, 2], out[used, 3] = xy[s, 0] + finish * dx, xy[s, 1] + finish * dy
            used += 1
        last[i] = used
    return used


@kernel
def spread_distance(
    segments: Floats, chosen: Codes, first: int, last: int, x: int, y: int, cell: float, radius: float, field: Floats
) -> None:
    """Lower ``field``, squared metres at the points ``(x + column, y + row) * cell``, near some of the segments.

    The segments are ``chosen[first:last]``; points within ``radius`` of one of them get their distance if it is less.
    """
    rows, columns = field.shape
    for at in range(first, last):
        ax, ay, bx, by = segments[chosen[at]]
        if ay > by:
            ax, ay, bx, by = bx, by, ax, ay
        dx, dy = bx - ax, by - ay
        squared = dx * dx + dy * dy
        bottom = max(math.ceil((ay - radius) / cell) - y, 0)
        top = min(math.floor((by + radius) / cell) - y, rows - 1)
        for row in range(bottom, top + 1):
            py = (y + row) * cell
            # What lies within the radius of this row is near the part of the segment that is.
            a, b = ax, bx
            if dy > 0.0:
                a = ax + dx * min(max((py - radius - ay) / dy, 0.0), 1.0)
                b = ax + dx * min(max((py + radius - ay) / dy, 0.0), 1.0)
            if a > b:
                a, b = b, a
            low = max(math.ceil((a - radius) / cell) - x, 0)
            high = min(math.floor((b + radius) / cell) - x, columns - 1)
            for column in range(low, high + 1):
                px = (x + column) * cell
                share = 0.0
                if squared > 0.0:
                    share = min(max(((px - ax) * dx + (py - ay) * dy) / squared, 0.0), 1.0)
                ex, ey = px - ax - share * dx, py - ay - share * dy
                found = ex * ex + ey * ey
                if found < field[row, column]:
                    field[row, column] = found


@kernel
def needed(points: Floats, first: Ints, tolerance: float, low: float, high: float) -> Codes:
    """Tell which vertices of rings must stay so that every ring stays within a tolerance (Douglas and Peucker).

    Ring ``i`` is ``points[first[i]:first[i + 1]]``, its last point its first. Points with a coordinate ``low`` or
    ``high`` stay: on the side of a tile the neighbour has them, too. A ring smaller than the tolerance stays as it is.
    """
    keep = np.zeros(len(points), np.bool_)
    stack = np.empty((len(points) + 2, 2), np.int64)
    for ring in range(len(first) - 1):
        begin, past = first[ring], first[ring + 1] - 1
        keep[begin] = keep[past] = True
        anchor, waiting = begin, 0
        for i in range(begin + 1, past):
            x, y = points[i, 0], points[i, 1]
            if low in (x, y) or high in (x, y):
                keep[i] = True
                stack[waiting, 0], stack[waiting, 1] = anchor, i
                waiting += 1
                anchor = i
        stack[waiting, 0], stack[waiting, 1] = anchor, past
        waiting += 1
        kept = 2
        while waiting > 0:
            waiting -= 1
            a, b = stack[waiting, 0], stack[waiting, 1]
            worst, farthest = tolerance * tolerance, -1
            dx, dy = points[b, 0] - points[a, 0], points[b, 1] - points[a, 1]
            squared = dx * dx + dy * dy
            for i in range(a + 1, b):
                px, py = points[i, 0] - points[a, 0], points[i, 1] - points[a, 1]
                share = min(max((px * dx + py * dy) / squared, 0.0), 1.0) if squared > 0.0 else 0.0
                ex, ey = px - share * dx, py - share * dy
                if ex * ex + ey * ey > worst:
                    worst, farthest = ex * ex + ey * ey, i
            if farthest >= 0:
                keep[farthest] = True
                kept += 1
                stack[waiting, 0], stack[waiting, 1] = a, farthest
                stack[waiting + 1, 0], stack[waiting + 1, 1] = farthest, b
                waiting += 2
        if kept < 4:
            keep[begin : past + 1] = True
    return keep


@kernel
def crossing(points: Floats, ring_first: Ints, ring_last: Ints, first: Ints, where: Codes) -> bool:
    """Tell whether rings touch each other or themselves anywhere but where neighbouring segments join.

    A segment is told by the vertex it begins at. ``where[first[i]:first[i + 1]]`` are the segments through cell ``i``
    of a grid; only these are compared with each other. ``ring_first`` and ``ring_last`` are the first and the last
    segment of each one's ring.
    """
    for cell in range(len(first) - 1):
        for i in range(first[cell], first[cell + 1]):
            for j in range(i + 1, first[cell + 1]):
                a, b = min(where[i], where[j]), max(where[i], where[j])
                ax, ay, bx, by = points[a, 0], points[a, 1], points[a + 1, 0], points[a + 1, 1]
                cx, cy, dx, dy = points[b, 0], points[b, 1], points[b + 1, 0], points[b + 1, 1]
                if ring_first[a] == ring_first[b] and (b == a + 1 or (a == ring_first[a] and b == ring_last[a])):
                    # Neighbours join at one end; they may not run back over each other.
                    back = (bx - ax) * (dx - cx) + (by - ay) * (dy - cy)
                    if back < 0.0 and (bx - ax) * (dy - cy) - (by - ay) * (dx - cx) == 0.0:
                        return True
                    continue
                if max(ax, bx) < min(cx, dx) or max(cx, dx) < min(ax, bx):
                    continue
                if max(ay, by) < min(cy, dy) or max(cy, dy) < min(ay, by):
                    continue
                at_c = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)
                at_d = (bx - ax) * (dy - ay) - (by - ay) * (dx - ax)
                at_a = (dx - cx) * (ay - cy) - (dy - cy) * (ax - cx)
                at_b = (dx - cx) * (by - cy) - (dy - cy) * (bx - cx)
                if at_c * at_d <= 0.0 and at_a * at_b <= 0.0:
                    return True
    return False
