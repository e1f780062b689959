"""Compiled cutting of patches of land: what of a patch lies to the left of the sides between points.

Sides that follow one another are walked until they leave the patch, then its ring until the next side comes in, and so
on round. Where a walk does not close, the patch is told to be undone, and is cut in another way.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from zzgeo.network.compiled import inner, kernel

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

#: A crossing lies before the end of its side and of its edge.
_ALMOST = 0.999999999


def cut(
    sides: Floats, first: Ints, ring_first: Ints, corner_first: Ints, corners: Floats, kept: Flags
) -> tuple[Floats, Ints, Ints, Ints, Floats]:
    """Cut polygons along directed sides.

    Parameters
    ----------
    sides, first
        x and y of both ends of every side, what is kept on its left; ``first[p]:first[p + 1]`` are near polygon p.
    ring_first, corner_first, corners
        Rings of every polygon, shells anticlockwise and holes clockwise; corners of every ring, closed; x and y.
    kept
        Whether the first corner of each ring is kept.

    Returns
    -------
    (xy, loop_first, owner, whose, area)
        Closed loops: their corners, and the first of each; the loop that is the shell of each (itself for a shell);
        the polygon it was cut from; and the area cut from each polygon, NaN where it could not be done.
    """
    crossings, count = _crossings(sides, first, ring_first, corner_first, corners)
    crossings = crossings[:count]
    along, around = (np.lexsort((crossings[:, 3 + one], crossings[:, one])) for one in (0, 1))
    part = np.repeat(np.arange(len(first) - 1), np.diff(first))
    by_start = np.lexsort((sides[:, 0], part))
    crossing_first = np.searchsorted(crossings[along, 0], first)
    xy, loop_first, owner, whose, area, loops = _cut_all(
        sides,
        first,
        by_start,
        ring_first,
        corner_first,
        corners,
        kept,
        crossings,
        along,
        _ranks(along),
        around,
        _ranks(around),
        crossing_first,
    )
    return xy[: loop_first[loops]], loop_first[: loops + 1], owner[:loops], whose[:loops], area


def _ranks(order: Ints) -> Ints:
    ranks = np.empty(len(order), dtype=np.int64)
    ranks[order] = np.arange(len(order))
    return ranks


@kernel
def _cut_all(
    sides: Floats,
    first: Ints,
    by_start: Ints,
    ring_first: Ints,
    corner_first: Ints,
    corners: Floats,
    kept: Flags,
    crossings: Floats,
    along: Ints,
    place: Ints,
    around: Ints,
    turn: Ints,
    crossing_first: Ints,
) -> tuple[Any, Any, Any, Any, Any, int]:
    parts = len(first) - 1
    most = 6 * len(sides) + 3 * len(corners) + 64 * parts + 4 * len(crossings)
    xy, loop_first = np.empty((most, 2)), np.zeros(most + 1, np.int64)
    owner, whose, area = np.empty(most, np.int64), np.empty(most, np.int64), np.zeros(parts)
    used, visited = np.zeros(len(sides), np.bool_), np.zeros(len(crossings), np.bool_)
    crossed = np.zeros(len(sides), np.int64) - 1
    for n in range(len(along) - 1, -1, -1):
        crossed[int(crossings[along[n], 0])] = n
    loops = 0
    for part in range(parts):
        began = loops
        loops = _cut(
            part,
            sides,
            first,
            by_start,
            ring_first,
            corner_first,
            corners,
            kept,
            crossings,
            along,
            place,
            around,
            turn,
            crossing_first,
            used,
            visited,
            crossed,
            xy,
            loop_first,
            loops,
        )
        if loops < 0:
            loops, area[part] = began, np.nan
            continue
        for loop in range(began, loops):
            size = _signed(xy, loop_first[loop], loop_first[loop + 1])
            area[part] += size
            whose[loop], owner[loop] = part, loop if size > 0 else -1
        for loop in range(began, loops):
            if owner[loop] < 0:
                owner[loop] = _shell(xy, loop_first, began, loops, loop, owner)
                if owner[loop] < 0:
                    area[part] = np.nan
        if np.isnan(area[part]):
            loops = began
    return xy, loop_first, owner, whose, area, loops


@inner
def _signed(xy: Floats, begin: int, end: int) -> float:
    twice = 0.0
    for k in range(begin + 1, end - 1):
        twice += (xy[k, 0] - xy[begin, 0]) * (xy[k + 1, 1] - xy[begin, 1])
        twice -= (xy[k, 1] - xy[begin, 1]) * (xy[k + 1, 0] - xy[begin, 0])
    return twice / 2


@inner
def _within(xy: Floats, begin: int, end: int, x: float, y: float) -> bool:
    inside = False
    for k in range(begin, end - 1):
        ay, by = xy[k, 1], xy[k + 1, 1]
        if (ay > y) != (by > y) and x < xy[k, 0] + (y - ay) / (by - ay) * (xy[k + 1, 0] - xy[k, 0]):
            inside = not inside
    return inside


@inner
def _shell(xy: Floats, loop_first: Ints, begin: int, end: int, hole: int, owner: Ints) -> int:
    """Return the smallest shell around a hole, -1 if there is none."""
    best, least = -1, np.inf
    at = loop_first[hole]
    # halfway along its first side a hole touches no shell
    x, y = (xy[at, 0] + xy[at + 1, 0]) / 2, (xy[at, 1] + xy[at + 1, 1]) / 2
    for loop in range(begin, end):
        if owner[loop] == loop and _within(xy, loop_first[loop], loop_first[loop + 1], x, y):
            size = _signed(xy, loop_first[loop], loop_first[loop + 1])
            if size < least:
                best, least = loop, size
    return best


@kernel
def _crossings(sides: Floats, first: Ints, ring_first: Ints, corner_first: Ints, corners: Floats) -> tuple[Any, int]:
    """Return where sides cross rings, and how often: side, corner, 1 if inwards, share of the side, share of the edge.

    A share stands by itself: added to a number it would be the coarser the more other polygons there are.
    """
    crossings = np.empty((2 * len(sides) + 64, 5))
    count = 0
    for part in range(len(first) - 1):
        for k in range(first[part], first[part + 1]):
            px, py, qx, qy = sides[k, 0], sides[k, 1], sides[k, 2], sides[k, 3]
            low_x, high_x, low_y, high_y = min(px, qx), max(px, qx), min(py, qy), max(py, qy)
            for ring in range(ring_first[part], ring_first[part + 1]):
                for j in range(corner_first[ring], corner_first[ring + 1] - 1):
                    ax, ay, bx, by = corners[j, 0], corners[j, 1], corners[j + 1, 0], corners[j + 1, 1]
                    if min(ax, bx) > high_x or max(ax, bx) < low_x or min(ay, by) > high_y or max(ay, by) < low_y:
                        continue
                    before = (bx - ax) * (py - ay) - (by - ay) * (px - ax)
                    after = (bx - ax) * (qy - ay) - (by - ay) * (qx - ax)
                    left = (qx - px) * (ay - py) - (qy - py) * (ax - px)
                    right = (qx - px) * (by - py) - (qy - py) * (bx - px)
                    if (before > 0) == (after > 0) or (left > 0) == (right > 0):
                        continue
                    if count == len(crossings):
                        longer = np.empty((2 * count, 5))
                        for n in range(count):
                            for column in range(5):
                                longer[n, column] = crossings[n, column]
                        crossings = longer
                    crossings[count, 0], crossings[count, 1] = k, j
                    crossings[count, 2] = 1.0 if after > 0 else 0.0
                    crossings[count, 3] = min(before / (before - after), _ALMOST)
                    crossings[count, 4] = min(left / (left - right), _ALMOST)
                    count += 1
    return crossings, count


@inner
def _cut(
    part: int,
    sides: Floats,
    first: Ints,
    by_start: Ints,
    ring_first: Ints,
    corner_first: Ints,
    corners: Floats,
    kept: Flags,
    crossings: Floats,
    along: Ints,
    place: Ints,
    around: Ints,
    turn: Ints,
    crossing_first: Ints,
    used: Flags,
    visited: Flags,
    crossed: Ints,
    xy: Floats,
    loop_first: Ints,
    loops: int,
) -> int:
    """Write the loops of one polygon; return how many loops there are now, -1 if a walk does not close."""
    filled = loop_first[loops]
    begin, end = first[part], first[part + 1]
    for n in range(crossing_first[part], crossing_first[part + 1]):
        start = along[n]
        if visited[start] or crossings[start, 2] == 0:
            continue
        here = start
        while True:
            visited[here] = True
            filled = _put(xy, filled, sides, int(crossings[here, 0]), crossings[here, 3])
            out, filled = _follow(here, sides, begin, end, crossings, along, place, by_start, used, crossed, xy, filled)
            if out < 0 or crossings[out, 2] == 1:
                return -1
            filled = _put(xy, filled, sides, int(crossings[out, 0]), crossings[out, 3])
            here, filled = _round(out, crossings, around, turn, ring_first, part, corner_first, corners, xy, filled)
            if here < 0 or crossings[here, 2] == 0 or (visited[here] and here != start):
                return -1
            if here == start:
                break
        loops, filled = _closed(xy, filled, loop_first, loops)
    for k in range(begin, end):
        if (
            used[k]
            or crossed[k] >= 0
            or not _in_part(sides[k, 0], sides[k, 1], part, ring_first, corner_first, corners)
        ):
            continue
        side = k
        while not used[side]:
            if crossed[side] >= 0 or filled + 4 > len(xy):
                return -1
            used[side] = True
            filled = _put(xy, filled, sides, side, 0.0)
            side = _next(side, sides, begin, end, by_start, used, k)
            if side < 0:
                return -1
        if side != k:
            return -1
        loops, filled = _closed(xy, filled, loop_first, loops)
    for ring in range(ring_first[part], ring_first[part + 1]):
        touched = False
        for n in range(crossing_first[part], crossing_first[part + 1]):
            if corner_first[ring] <= crossings[along[n], 1] < corner_first[ring + 1]:
                touched = True
                break
        if not touched and kept[ring]:
            if filled + corner_first[ring + 1] - corner_first[ring] + 4 > len(xy):
                return -1
            for j in range(corner_first[ring], corner_first[ring + 1] - 1):
                xy[filled, 0], xy[filled, 1] = corners[j, 0], corners[j, 1]
                filled += 1
            loops, filled = _closed(xy, filled, loop_first, loops)
    return loops


@inner
def _in_part(x: float, y: float, part: int, ring_first: Ints, corner_first: Ints, corners: Floats) -> bool:
    inside = False
    for ring in range(ring_first[part], ring_first[part + 1]):
        if _within(corners, corner_first[ring], corner_first[ring + 1], x, y):
            inside = not inside
    return inside


@inner
def _put(xy: Floats, filled: int, sides: Floats, side: int, share: float) -> int:
    """Write the point at a share of a side."""
    xy[filled, 0] = sides[side, 0] + share * (sides[side, 2] - sides[side, 0])
    xy[filled, 1] = sides[side, 1] + share * (sides[side, 3] - sides[side, 1])
    return filled + 1


@inner
def _closed(xy: Floats, filled: int, loop_first: Ints, loops: int) -> tuple[int, int]:
    """End a loop with its first corner; a loop that holds nothing is dropped."""
    begin = loop_first[loops]
    xy[filled, 0], xy[filled, 1] = xy[begin, 0], xy[begin, 1]
    if filled + 1 - begin < 4:
        return loops, begin
    loop_first[loops + 1] = filled + 1
    return loops + 1, filled + 1


@inner
def _next(side: int, sides: Floats, begin: int, end: int, by_start: Ints, used: Flags, first: int) -> int:
    """Return the side that begins where a side ends, -1 if there is none; a used one only if it is the first."""
    x, y = sides[side, 2], sides[side, 3]
    low, high = begin, end
    while low < high:
        middle = (low + high) // 2
        if sides[by_start[middle], 0] < x:
            low = middle + 1
        else:
            high = middle
    while low < end and sides[by_start[low], 0] == x:
        k = by_start[low]
        if sides[k, 1] == y and (not used[k] or k == first):
            return int(k)
        low += 1
    return -1


@inner
def _follow(
    here: int,
    sides: Floats,
    begin: int,
    end: int,
    crossings: Floats,
    along: Ints,
    place: Ints,
    by_start: Ints,
    used: Flags,
    crossed: Ints,
    xy: Floats,
    filled: int,
) -> tuple[int, int]:
    """Walk along sides from a crossing to the next one; return it, -1 if the sides end before."""
    side, n = int(crossings[here, 0]), place[here] + 1
    while n >= len(along) or int(crossings[along[n], 0]) != side:
        side = _next(side, sides, begin, end, by_start, used, -1)
        if side < 0 or filled + 4 > len(xy):
            return -1, filled
        filled = _put(xy, filled, sides, side, 0.0)
        if crossed[side] >= 0:
            n = crossed[side]
        else:
            used[side] = True
            n = len(along)
    return along[n], filled


@inner
def _round(
    out: int,
    crossings: Floats,
    around: Ints,
    turn: Ints,
    ring_first: Ints,
    part: int,
    corner_first: Ints,
    corners: Floats,
    xy: Floats,
    filled: int,
) -> tuple[int, int]:
    """Walk along a ring from a crossing to the next one."""
    ring = ring_first[part]
    while corner_first[ring + 1] <= crossings[out, 1]:
        ring += 1
    low, high = corner_first[ring], corner_first[ring + 1] - 1
    n = turn[out] + 1
    if n == len(around) or crossings[around[n], 1] >= high:
        n = turn[out]
        while n > 0 and crossings[around[n - 1], 1] >= low:
            n -= 1
    into = around[n]
    j, last = int(crossings[out, 1]), int(crossings[into, 1])
    if j == last and crossings[into, 4] >= crossings[out, 4] and into != out:
        return into, filled
    while True:
        j = j + 1 if j + 1 < high else low
        if filled + 4 > len(xy):
            return -1, filled
        xy[filled, 0], xy[filled, 1] = corners[j, 0], corners[j, 1]
        filled += 1
        if j == last:
            return into, filled
