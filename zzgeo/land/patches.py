"""Patches of land and the points of their units: which patch a point belongs to, which point stands for a patch."""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Shapes = NDArray[np.object_]

#: Points looked up at a time.
_AT_LEAST = 5_000


def nearest_patches(xy: Floats, home: Ints, patches: Shapes, patch_home: Ints) -> Ints:
    """Return the patch of its own unit each point lies in, or else the nearest one.

    Parameters
    ----------
    xy, home
        Coordinates in metres, shape (n, 2), and the number of the unit of each point.
    patches, patch_home
        Polygons, unit by unit, and the number of the unit of each, ascending.

    Returns
    -------
    int array, shape (n,)
        Positions in `patches`, of equally near ones the first; -1 where a point's unit has none.
    """
    from zzgeo.land.nearby import nearest_patch
    from zzgeo.network.compiled import in_blocks

    units = int(max(home.max(initial=-1), patch_home.max(initial=-1))) + 1
    first = np.searchsorted(patch_home, np.arange(units + 1))
    rings, of_patch = shapely.get_rings(patches, return_index=True)
    ring_first = np.searchsorted(of_patch, np.arange(len(patches) + 1))
    corner_first = np.concatenate([[0], np.cumsum(shapely.get_num_coordinates(rings))])
    bounds, corners = shapely.bounds(patches), shapely.get_coordinates(rings)
    nearest = np.empty(len(xy), dtype=np.int64)

    def work(begin: int, end: int) -> None:
        part = slice(begin, end)
        nearest_patch(xy[part], home[part], first, bounds, ring_first, corner_first, corners, nearest[part])

    in_blocks(work, len(xy), _AT_LEAST)
    return nearest


def nearest_of_each(patch: Ints, distance: Floats, patches: int) -> Ints:
    """Return the point of each patch that has the least distance, the first of equal ones; -1 for a patch without.

    Parameters
    ----------
    patch, distance
        The patch of each point, -1 for none, and how far the point is from a facility.
    patches
        How many there are.
    """
    from zzgeo.land.nearby import least_of_each

    return least_of_each(patch, distance, patches)
