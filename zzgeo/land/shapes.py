"""Polygons of ground: taken out of whatever an overlay leaves, joined, told apart, and divided by the nearest point."""

from __future__ import annotations

from typing import overload

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

Ints = NDArray[np.int64]
Shapes = NDArray[np.object_]

#: Land is cut on a grid of this many metres, so that pieces fit together exactly when they are joined again.
GRID_M = 0.01


#: What ground is made of.
_POLYGONS = (shapely.GeometryType.POLYGON.value, shapely.GeometryType.MULTIPOLYGON.value)


@overload
def areal(shapes: BaseGeometry) -> BaseGeometry: ...
@overload
def areal(shapes: Shapes) -> Shapes: ...
def areal(shapes: BaseGeometry | Shapes) -> BaseGeometry | Shapes:
    """Return only the polygons of a geometry, or of each of an array of geometries.

    Where outlines merely touch, or a spur is narrower than the grid, an overlay leaves lines behind, and the next
    overlay refuses polygons and lines together.

    Examples
    --------
    >>> square, line = shapely.box(0, 0, 1, 1), shapely.LineString([(1, 0), (2, 0)])
    >>> areal(shapely.GeometryCollection([square, line])).geom_type
    'Polygon'
    """
    if isinstance(shapes, BaseGeometry):
        alone: BaseGeometry = shapes if shapely.get_type_id(shapes) in _POLYGONS else areal(array_of([shapes]))[0]
        return alone
    kinds = shapely.get_type_id(shapes)
    odd = np.flatnonzero((kinds != _POLYGONS[0]) & (kinds != _POLYGONS[1]))
    if not len(odd):
        return shapes
    kept = shapes.copy()
    for place in odd:
        parts = shapely.get_parts(shapes[place])
        whole = shapely.union_all(parts[np.isin(shapely.get_type_id(parts), _POLYGONS)])
        kept[place] = shapely.Polygon() if whole.is_empty else whole
    return kept


def without(ground: BaseGeometry, taken: BaseGeometry) -> BaseGeometry:
    """Return the polygons of a ground that another does not take.

    Of two valid areas whose edges all but meet GEOS may give ground that lies outside both
    (findings/difference-returns-the-hole.sh): where a corner or a piece of the answer is not of the ground, it is cut
    on the grid, on which nothing is invented.

    Examples
    --------
    >>> without(shapely.box(0, 0, 10, 10), shapely.box(4, 0, 20, 10)).area
    40.0
    """
    left = areal(shapely.difference(ground, taken))
    if left.is_empty:
        return left
    pieces = shapely.get_parts(left)
    spots = np.concatenate([shapely.points(shapely.get_coordinates(left)), shapely.point_on_surface(pieces)])
    shapely.prepare(ground)
    if shapely.dwithin(ground, spots, GRID_M).all() and left.area <= ground.area * (1 + 1e-9):
        return left
    return areal(shapely.difference(ground, taken, grid_size=GRID_M))


def joined_cells(cells: Shapes) -> BaseGeometry:
    """Return the ground some cells of one unit cover, as one geometry.

    Cells cut on one grid share their edges exactly, so that joining them needs no overlay; where an edge does not fit
    its neighbour's, the join is not valid and is made the slow way.
    """
    some = cells[~shapely.is_empty(cells)]
    if len(some) == 0:
        return shapely.Polygon()
    try:
        whole: BaseGeometry = shapely.coverage_union_all(some)
        fits = whole.is_valid and abs(whole.area - float(shapely.area(some).sum())) <= 1e-6 * whole.area
    except shapely.GEOSException:
        fits = False
    return areal(whole if fits else shapely.union_all(some, grid_size=GRID_M))


def nearest_cells(points: Shapes, around: BaseGeometry) -> Shapes:
    """Return the ground nearest to each of some distinct points: polygons that cover all the bounds of a geometry."""
    if len(points) == 1:
        return np.array([shapely.envelope(around)], dtype=object)
    sites = shapely.multipoints(points)
    diagram = shapely.voronoi_polygons(sites, extend_to=shapely.envelope(around), ordered=True)
    cells: Shapes = shapely.get_parts(diagram)
    return cells


def single_polygons(ground: Shapes, home: Ints) -> tuple[Shapes, Ints]:
    """Return the polygons of geometries one by one, in the order of their homes, without what is empty or no area."""
    parts, of_ground = shapely.get_parts(ground, return_index=True)
    inner, of_part = shapely.get_parts(parts, return_index=True)
    homes = home[of_ground[of_part]]
    some = (shapely.get_type_id(inner) == shapely.GeometryType.POLYGON) & ~shapely.is_empty(inner)
    order = np.argsort(homes[some], kind="stable")
    return inner[some][order], homes[some][order]


def array_of(shapes: list[BaseGeometry]) -> Shapes:
    """Return geometries as an array, also where there is none or but one."""
    made = np.empty(len(shapes), dtype=object)
    made[:] = shapes
    return made
