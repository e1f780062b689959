"""Compiled search for the nearest of the few things that belong to the same unit: a demand point, a patch of land."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from zzgeo.network.compiled import inner, kernel

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@kernel
def nearest_spot(points: Floats, home: Ints, xy: Floats, spots: Ints, first: Ints) -> Ints:
    """Return the nearest of the spots of its home for each point.

    Parameters
    ----------
    points, home
        Shape (n, 2), and the home of each.
    xy, spots, first
        Places; rows of `xy`, home by home: ``spots[first[h]:first[h + 1]]``.

    Returns
    -------
    int array, shape (n,)
        Rows of `xy`, of equally near ones the first.
    """
    nearest = np.empty(len(points), np.int64)
    for n in range(len(points)):
        least, best = np.inf, -1
        for k in range(first[home[n]], first[home[n] + 1]):
            row = spots[k]
            away = (xy[row, 0] - points[n, 0]) ** 2 + (xy[row, 1] - points[n, 1]) ** 2
            if away < least:
                least, best = away, row
        nearest[n] = best
    return nearest


@kernel
def nearest_patch(
    points: Floats,
    home: Ints,
    first: Ints,
    bounds: Floats,
    ring_first: Ints,
    corner_first: Ints,
    corners: Floats,
    nearest: Ints,
) -> None:
    """Write which patch of its home each point lies in, or is nearest to; -1 where its home has none.

    Parameters
    ----------
    points, home
        Shape (n, 2), and the home of each.
    first, bounds
        Patches, home by home: those of home h are ``first[h]`` to ``first[h + 1]``; their bounds, shape (n_patches, 4).
    ring_first, corner_first, corners
        The rings of every patch, the corners of every ring, closed, and x and y of every corner.
    """
    for n in range(len(points)):
        x, y = points[n, 0], points[n, 1]
        begin, end = first[home[n]], first[home[n] + 1]
        likely, bound, inside = -1, np.inf, -1
        for patch in range(begin, end):
            away = _beside(bounds[patch], x, y)
            if away == 0.0 and _holds(x, y, ring_first[patch], ring_first[patch + 1], corner_first, corners):
                inside = patch
                break
            if away < bound:
                likely, bound = patch, away
        if inside >= 0:
            nearest[n] = inside
            continue
        # the patch whose bounds are nearest comes first: most others need no look at their corners then
        least, best = np.inf, -1
        for turn in range(-1, end - begin):
            patch = likely if turn < 0 else begin + turn
            if patch < 0 or (turn >= 0 and patch == likely) or _beside(bounds[patch], x, y) > least:
                continue
            away = _to_edge(x, y, ring_first[patch], ring_first[patch + 1], corner_first, corners)
            if away < least or (away == least and patch < best):
                least, best = away, patch
        nearest[n] = best


@inner
def _beside(bounds: Floats, x: float, y: float) -> float:
    """Return the square of the distance to bounds, 0 inside."""
    dx, dy = max(bounds[0] - x, 0.0, x - bounds[2]), max(bounds[1] - y, 0.0, y - bounds[3])
    return float(dx * dx + dy * dy)


@inner
def _holds(x: float, y: float, begin: int, end: int, corner_first: Ints, corners: Floats) -> bool:
    """Tell whether a point lies inside the rings of a patch: a line from it to the right crosses them an odd number."""
    inside = False
    for ring in range(begin, end):
        for k in range(corner_first[ring], corner_first[ring + 1] - 1):
            ay, by = corners[k, 1] - y, corners[k + 1, 1] - y
            if (ay > 0) != (by > 0):
                ax, bx = corners[k, 0] - x, corners[k + 1, 0] - x
                if ax - ay / (by - ay) * (bx - ax) > 0:
                    inside = not inside
    return inside


@inner
def _to_edge(x: float, y: float, begin: int, end: int, corner_first: Ints, corners: Floats) -> float:
    """Return the square of the distance to the rings of a patch."""
    least = np.inf
    for ring in range(begin, end):
        for k in range(corner_first[ring], corner_first[ring + 1] - 1):
            ax, ay = corners[k, 0] - x, corners[k, 1] - y
            bx, by = corners[k + 1, 0] - x, corners[k + 1, 1] - y
            ux, uy = bx - ax, by - ay
            square = ux * ux + uy * uy
            share = 0.0 if square == 0.0 else min(1.0, max(0.0, -(ax * ux + ay * uy) / square))
            least = min(least, (ax + share * ux) ** 2 + (ay + share * uy) ** 2)
    return least


@kernel
def least_of_each(patch_of: Ints, distance: Floats, patches: int) -> Ints:
    """Return the point of each patch that has the least distance, as `zzgeo.land.patches.nearest_of_each`."""
    best = np.full(patches, -1)
    for n in range(len(patch_of)):
        patch = patch_of[n]
        if patch >= 0 and (best[patch] < 0 or distance[n] < distance[best[patch]]):
            best[patch] = n
    return best
