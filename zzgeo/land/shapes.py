"""Polygons of ground: taken out of whatever an overlay leaves, joined, told apart, and divided by the nearest point."""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

Ints = NDArray[np.int64]
Shapes = NDArray[np.object_]

#: Land is cut on a grid of this many metres, so that pieces fit together exactly when they are joined again.
GRID_M = 0.01


def areal(geometry: BaseGeometry) -> BaseGeometry:
    """Return only the polygons of a geometry: where outlines merely touch, an intersection leaves lines behind."""
    if geometry.geom_type in ("Polygon", "MultiPolygon"):
        return geometry
    parts = [part for part in shapely.get_parts(geometry) if part.geom_type in ("Polygon", "MultiPolygon")]
    return shapely.union_all(parts)


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
