"""Areas within areas of the same kind: the grounds of an institution, and its buildings and points inside them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

#: An area of which so much lies in another is a part of it: a building may stand a little over the drawn grounds.
PART_SHARE = 0.9
#: Two areas whose outlines share so much are one area, drawn twice.
SAME_SHARE = 0.99


def outermost(shapes: Sequence[Any] | NDArray[np.object_], later: Sequence[int] | None = None) -> NDArray[np.int64]:
    """Return in which area each shape lies, the outermost of several.

    Parameters
    ----------
    shapes
        Points, lines and areas in one CRS, shape (n_shapes,).
    later
        Of two areas that are the same the one with the smaller number is the outer one; the first if left out.

    Returns
    -------
    array of int64, shape (n_shapes,)
        Positions in `shapes`; its own where a shape lies in no other. A hole of an area is outside it.

    Examples
    --------
    >>> outermost([shapely.Point(5, 5), shapely.box(0, 0, 9, 9), shapely.box(4, 4, 6, 6), shapely.box(9, 0, 12, 9)])
    array([1, 1, 1, 3])
    """
    shapes = np.array([None if one is None else one for one in shapes], dtype=object)
    root = np.arange(len(shapes), dtype=np.int64)
    areas = np.flatnonzero(shapely.get_dimensions(shapes) == 2)
    if len(areas) == 0 or len(shapes) < 2:
        return root
    broken = areas[~shapely.is_valid(shapes[areas])]
    shapes[broken] = shapely.make_valid(shapes[broken])
    rank = _ranks(shapes, areas, np.zeros(len(shapes)) if later is None else np.asarray(later))
    part, outer = shapely.STRtree(shapes[areas]).query(shapes)
    outer = areas[outer]
    ahead = rank[outer] < rank[part]
    part, outer = part[ahead], outer[ahead]
    inside, same = _inside(shapes[part], shapes[outer])
    # an area drawn a second time, without its holes, holds no more than the first
    inside &= ~np.isin(outer, part[same])
    part, outer = part[inside], outer[inside]
    for pair in np.lexsort((-rank[outer], rank[part])):
        # of the areas a shape lies in the largest comes last; what that one lies in is known already
        root[part[pair]] = root[outer[pair]]
    return root


def _ranks(shapes: Any, areas: NDArray[np.int64], later: NDArray[Any]) -> NDArray[np.int64]:
    """Return the order of shapes by the extent of their outlines, the largest first; what is no area comes last."""
    extent = np.full(len(shapes), np.inf)
    # a ring that begins at another vertex has the same extent but for the last digits
    extent[areas] = -np.round(np.log(np.maximum(shapely.area(_outlines(shapes[areas])), 1e-300)), 6)
    rank = np.empty(len(shapes), dtype=np.int64)
    rank[np.lexsort((np.arange(len(shapes)), later, extent))] = np.arange(len(shapes))
    return rank


def _outlines(areas: Any) -> Any:
    """Return areas without their holes."""
    parts, owner = shapely.get_parts(areas, return_index=True)
    kept = shapely.get_dimensions(parts) == 2
    filled = shapely.polygons(shapely.get_exterior_ring(parts[kept]))
    return shapely.multipolygons(filled, indices=owner[kept])


def _inside(parts: Any, areas: Any) -> tuple[Any, Any]:
    """Tell which shapes lie in the area beside them (points touch it, of areas most is in it), which are that area."""
    flat = shapely.get_dimensions(parts) == 2
    inside, same = np.zeros(len(parts), dtype=bool), np.zeros(len(parts), dtype=bool)
    inside[~flat] = shapely.covers(areas[~flat], parts[~flat])
    mine, theirs = _outlines(parts[flat]), _outlines(areas[flat])
    same[flat] = _shared(mine, theirs) >= SAME_SHARE * np.maximum(shapely.area(mine), shapely.area(theirs))
    within = shapely.area(shapely.intersection(parts[flat], areas[flat])) >= PART_SHARE * shapely.area(parts[flat])
    inside[flat] = within | same[flat]
    return inside, same


def _shared(mine: Any, theirs: Any) -> Any:
    return shapely.area(shapely.intersection(shapely.make_valid(mine), shapely.make_valid(theirs)))
