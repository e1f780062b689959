"""Compiled tiling of a unit by its nearest demand points: who borders whom where, and how much land each one has.

Cells are convex: each starts as the box around the unit and is cut by the line halfway to one neighbour after another,
as long as a neighbour is near enough to matter. Every corner is then computed anew from the three points it belongs
to, in the order of their numbers, so that the cells that meet in it agree to the last bit.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zzgeo.network.compiled import inner, kernel

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

#: Corners nearer to a straight line than this share of their sides are left as they were cut.
_FLAT = 1e-9

#: Sides shorter than this, in metres, and shares of ground smaller than this, in m², are rounding.
_SHORTEST_M, _LEAST_M2 = 1e-7, 1e-9


@kernel
def tile(
    xy: Floats,
    box: Floats,
    rings: Floats,
    ring_first: Ints,
    ring_part: Ints,
    ring_sign: Floats,
    part_box: Floats,
    room: int,
) -> tuple[Any, Any, Any, Any, Any, int, int]:
    """Tile a box by the nearest of some points and measure what each cell holds of some polygons.

    Parameters
    ----------
    xy
        Distinct points in the box, shape (n, 2), metres.
    box
        West, south, east, north.
    rings, ring_first, ring_part, ring_sign
        Closed rings of all polygons, one after another: the first corner of each, the polygon it belongs to, 1 for a
        shell and -1 for a hole.
    part_box
        Bounds of each polygon, shape (n_parts, 4).
    room
        Pairs of a cell and a polygon to leave room for, and corners of a ring that is cut.

    Returns
    -------
    (sides, ends, cell, part, area, n_sides, n_pairs)
        The sides between neighbours: ``sides`` holds the two points, the smaller first, ``ends`` x and y of both ends;
        and for every cell and polygon that share ground: the cell, the polygon, m². The first `n_sides` and `n_pairs`
        are filled; `n_pairs` is -1 if the room is too small.
    """
    order, first, corner, size, columns, rows = _bins(xy)
    sides, ends, n_sides = np.empty((6 * len(xy) + 16, 2), np.int32), np.empty((6 * len(xy) + 16, 4)), 0
    cell, part, area, n_pairs = np.empty(room, np.int32), np.empty(room, np.int32), np.empty(room), 0
    corners, label = np.empty((2, len(xy) + 8, 2)), np.empty((2, len(xy) + 8), np.int64)
    scratch = np.empty((2, room, 2))
    for point in order:
        which, count = _cut(point, xy, box, order, first, corner, size, columns, rows, corners, label)
        mine, lines = corners[which, :count], label[which, :count]
        _settle(point, xy, box, mine, lines)
        n_sides = _keep_sides(point, mine, lines, sides, ends, n_sides)
        low_x, low_y, high_x, high_y = mine[0, 0], mine[0, 1], mine[0, 0], mine[0, 1]
        for k in range(1, count):
            low_x, high_x = min(low_x, mine[k, 0]), max(high_x, mine[k, 0])
            low_y, high_y = min(low_y, mine[k, 1]), max(high_y, mine[k, 1])
        ring = 0
        for polygon in range(len(part_box)):
            begin = ring
            while ring < len(ring_part) and ring_part[ring] == polygon:
                ring += 1
            if part_box[polygon, 0] > high_x or part_box[polygon, 2] < low_x:
                continue
            if part_box[polygon, 1] > high_y or part_box[polygon, 3] < low_y:
                continue
            state = _touches(xy[point], low_x, low_y, high_x, high_y, rings, ring_first, begin, ring)
            if state == 0:
                continue
            shared = _area(mine, count)
            if state == 2:
                shared = _clipped(mine, rings, ring_first, ring_sign, begin, ring, scratch)
            if shared < 0 or n_pairs == room:
                return sides, ends, cell, part, area, 0, -1
            if shared > _LEAST_M2:
                cell[n_pairs], part[n_pairs], area[n_pairs] = point, polygon, shared
                n_pairs += 1
    return sides, ends, cell, part, area, n_sides, n_pairs


@inner
def _keep_sides(point: int, corners: Floats, label: Ints, sides: Any, ends: Floats, kept: int) -> int:
    """Write down the sides a cell shares with points of higher numbers; a side without a length is a corner."""
    count = len(corners)
    for k in range(count):
        after = k + 1 if k + 1 < count else 0
        dx, dy = corners[after, 0] - corners[k, 0], corners[after, 1] - corners[k, 1]
        if label[k] > point and kept < len(sides) and dx * dx + dy * dy > _SHORTEST_M * _SHORTEST_M:
            sides[kept, 0], sides[kept, 1] = point, label[k]
            ends[kept, 0], ends[kept, 1] = corners[k, 0], corners[k, 1]
            ends[kept, 2], ends[kept, 3] = corners[after, 0], corners[after, 1]
            kept += 1
    return kept


@inner
def _bins(xy: Floats) -> tuple[Any, Any, Any, float, int, int]:
    """Return the points bin by bin of a grid of about one point a bin, and the first of every bin."""
    low_x, high_x, low_y, high_y = xy[0, 0], xy[0, 0], xy[0, 1], xy[0, 1]
    for point in range(len(xy)):
        low_x, high_x = min(low_x, xy[point, 0]), max(high_x, xy[point, 0])
        low_y, high_y = min(low_y, xy[point, 1]), max(high_y, xy[point, 1])
    wide, high = high_x - low_x, high_y - low_y
    size = max(math.sqrt(wide * high / len(xy)), max(wide, high) / (4 * len(xy)), 1e-6)
    columns, rows = int(wide / size) + 1, int(high / size) + 1
    first = np.zeros(columns * rows + 2, np.int64)
    own = np.empty(len(xy), np.int64)
    for point in range(len(xy)):
        own[point] = int((xy[point, 1] - low_y) / size) * columns + int((xy[point, 0] - low_x) / size)
        first[own[point] + 2] += 1
    for bin_ in range(columns * rows):
        first[bin_ + 2] += first[bin_ + 1]
    # each bin is filled from where the one before it ends, and so moves on to where the next one begins
    order, corner = np.empty(len(xy), np.int64), np.empty(2)
    for point in range(len(xy)):
        order[first[own[point] + 1]] = point
        first[own[point] + 1] += 1
    corner[0], corner[1] = low_x, low_y
    return order, first, corner, size, columns, rows


@inner
def _cut(
    point: int,
    xy: Floats,
    box: Floats,
    order: Ints,
    first: Ints,
    corner: Floats,
    size: float,
    columns: int,
    rows: int,
    corners: Floats,
    label: Ints,
) -> tuple[int, int]:
    """Write the corners of a cell, anticlockwise, and whose line each side lies on: a point, or -1 to -4 for the box.

    Two drafts take turns; returned is which one holds the cell, and how many corners it has.
    """
    x, y = xy[point, 0], xy[point, 1]
    which, count = 0, 4
    for k in range(4):
        corners[0, k, 0], corners[0, k, 1] = box[2 if k in (1, 2) else 0], box[3 if k > 1 else 1]
        label[0, k] = -1 - k
    column, row = int((x - corner[0]) / size), int((y - corner[1]) / size)
    reach = _farthest(x, y, corners[0], count)
    for step in range(max(columns, rows)):
        # everything in this ring of bins, and beyond it, lies at least so far away
        if step > 1 and (step - 1) * size > 2 * reach:
            break
        for j in range(max(row - step, 0), min(row + step, rows - 1) + 1):
            edge = j == row - step or j == row + step
            stride = 1 if edge or step == 0 else 2 * step
            i = column - step
            while i <= column + step:
                if 0 <= i < columns:
                    for at in range(first[j * columns + i], first[j * columns + i + 1]):
                        near = order[at]
                        dx, dy = xy[near, 0] - x, xy[near, 1] - y
                        if near == point or dx * dx + dy * dy >= 4 * reach * reach:
                            continue
                        if count + 2 > label.shape[1]:
                            continue
                        left = _halve(
                            x,
                            y,
                            dx,
                            dy,
                            near,
                            corners[which],
                            label[which],
                            count,
                            corners[1 - which],
                            label[1 - which],
                        )
                        if left >= 0:
                            which, count = 1 - which, left
                            reach = _farthest(x, y, corners[which], count)
                i += stride
    return which, count


@inner
def _farthest(x: float, y: float, corners: Floats, count: int) -> float:
    most = 0.0
    for k in range(count):
        most = max(most, (corners[k, 0] - x) ** 2 + (corners[k, 1] - y) ** 2)
    return math.sqrt(most)


@inner
def _halve(
    x: float,
    y: float,
    dx: float,
    dy: float,
    near: int,
    corners: Floats,
    label: Ints,
    count: int,
    other: Floats,
    other_label: Ints,
) -> int:
    """Write what lies on this side of the line halfway to a point; return the corners left, -1 if nothing is cut."""
    half = (dx * dx + dy * dy) / 2
    cuts = False
    for k in range(count):
        if (corners[k, 0] - x) * dx + (corners[k, 1] - y) * dy > half:
            cuts = True
            break
    if not cuts:
        return -1
    left = 0
    before = (corners[0, 0] - x) * dx + (corners[0, 1] - y) * dy - half
    for k in range(count):
        after_k = k + 1 if k + 1 < count else 0
        after = (corners[after_k, 0] - x) * dx + (corners[after_k, 1] - y) * dy - half
        if before <= 0:
            other[left, 0], other[left, 1], other_label[left] = corners[k, 0], corners[k, 1], label[k]
            left += 1
        if (before <= 0) != (after <= 0):
            share = before / (before - after)
            other[left, 0] = corners[k, 0] + share * (corners[after_k, 0] - corners[k, 0])
            other[left, 1] = corners[k, 1] + share * (corners[after_k, 1] - corners[k, 1])
            other_label[left] = near if before <= 0 else label[k]
            left += 1
        before = after
    return left


@inner
def _settle(point: int, xy: Floats, box: Floats, corners: Floats, label: Ints) -> None:
    """Compute every corner anew from the points, or the sides of the box, it belongs to: the same for all its cells."""
    count = len(corners)
    for k in range(count):
        a, b = label[k - 1 if k > 0 else count - 1], label[k]
        if a < 0 and b < 0:
            continue
        p, q, r = point, max(a, b), min(a, b)
        if q < p:
            p, q = q, p
        if r >= 0:
            if r < p:
                p, q, r = r, p, q
            elif r < q:
                q, r = r, q
        px, py = xy[p, 0], xy[p, 1]
        ax, ay = xy[q, 0] - px, xy[q, 1] - py
        half = (ax * ax + ay * ay) / 2
        if r >= 0:
            bx, by = xy[r, 0] - px, xy[r, 1] - py
            other = (bx * bx + by * by) / 2
            twice = ax * by - ay * bx
            if abs(twice) > _FLAT * (abs(ax * by) + abs(ay * bx)):
                corners[k, 0] = px + (by * half - ay * other) / twice
                corners[k, 1] = py + (ax * other - bx * half) / twice
        elif r == -1 or r == -3:
            level = box[1] if r == -1 else box[3]
            if abs(ax) > _FLAT * abs(ay):
                corners[k, 0], corners[k, 1] = px + (half - (level - py) * ay) / ax, level
        else:
            level = box[2] if r == -2 else box[0]
            if abs(ay) > _FLAT * abs(ax):
                corners[k, 0], corners[k, 1] = level, py + (half - (level - px) * ax) / ay


@inner
def _touches(
    point: Floats,
    low_x: float,
    low_y: float,
    high_x: float,
    high_y: float,
    rings: Floats,
    ring_first: Ints,
    begin: int,
    end: int,
) -> int:
    """Tell where the bounds of a cell lie: 0 outside a polygon, 1 inside, 2 where one of its rings comes through."""
    inside = 0
    for ring in range(begin, end):
        for k in range(ring_first[ring], ring_first[ring + 1] - 1):
            ax, ay, bx, by = rings[k, 0], rings[k, 1], rings[k + 1, 0], rings[k + 1, 1]
            if min(ax, bx) <= high_x and max(ax, bx) >= low_x and min(ay, by) <= high_y and max(ay, by) >= low_y:
                return 2
            if (ay > point[1]) != (by > point[1]) and point[0] < ax + (point[1] - ay) / (by - ay) * (bx - ax):
                inside = 1 - inside
    return inside


@inner
def _clipped(
    corners: Floats, rings: Floats, ring_first: Ints, ring_sign: Floats, begin: int, end: int, scratch: Floats
) -> float:
    """Return the area of rings cut by every side of a cell in turn; -1 if the room for a ring is too small.

    Where a ring falls apart, its pieces hang together by doubled lines, which hold no ground.
    """
    total, sides = 0.0, len(corners)
    for ring in range(begin, end):
        count, here = ring_first[ring + 1] - ring_first[ring] - 1, 0
        if count > scratch.shape[1]:
            return -1.0
        for k in range(count):
            scratch[0, k, 0], scratch[0, k, 1] = rings[ring_first[ring] + k, 0], rings[ring_first[ring] + k, 1]
        for side in range(sides):
            after = side + 1 if side + 1 < sides else 0
            ax, ay = corners[side, 0], corners[side, 1]
            ux, uy = corners[after, 0] - ax, corners[after, 1] - ay
            # a side that is no longer than rounding points anywhere
            if count == 0 or ux * ux + uy * uy <= _SHORTEST_M * _SHORTEST_M:
                continue
            if 2 * count > scratch.shape[1]:
                return -1.0
            count = _halved(ax, ay, ux, uy, scratch[here], count, scratch[1 - here])
            here = 1 - here
        total += ring_sign[ring] * abs(_area(scratch[here], count))
    return max(total, 0.0)


@inner
def _halved(ax: float, ay: float, ux: float, uy: float, ring: Floats, count: int, left_of: Floats) -> int:
    """Write what of a ring lies to the left of a line; return its number of corners."""
    left = 0
    before = ux * (ring[0, 1] - ay) - uy * (ring[0, 0] - ax)
    for k in range(count):
        after_k = k + 1 if k + 1 < count else 0
        after = ux * (ring[after_k, 1] - ay) - uy * (ring[after_k, 0] - ax)
        if before >= 0:
            left_of[left, 0], left_of[left, 1] = ring[k, 0], ring[k, 1]
            left += 1
        if (before >= 0) != (after >= 0):
            share = before / (before - after)
            left_of[left, 0] = ring[k, 0] + share * (ring[after_k, 0] - ring[k, 0])
            left_of[left, 1] = ring[k, 1] + share * (ring[after_k, 1] - ring[k, 1])
            left += 1
        before = after
    return left


@inner
def _area(corners: Floats, count: int) -> float:
    """Return the area of the first corners of a ring, positive anticlockwise, reckoned from its first corner."""
    twice = 0.0
    for k in range(1, count - 1):
        twice += (corners[k, 0] - corners[0, 0]) * (corners[k + 1, 1] - corners[0, 1])
        twice -= (corners[k, 1] - corners[0, 1]) * (corners[k + 1, 0] - corners[0, 0])
    return twice / 2
