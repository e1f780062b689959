"""The land that stands for each demand point: a tiling of every unit's residential land by its nearest point."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from zzgeo.study import Study

#: Where neither unit outlines nor land are known, a point stands for the land this near to it, in metres.
LONE_POINT_M = 150.0

#: Land is cut on a grid of this many metres, so that pieces fit together exactly when they are joined again.
GRID_M = 0.01


def demand_cells(study: Study) -> gpd.GeoSeries:
    """Tile the residential land of every unit by the demand point nearest to it.

    Without residential land the whole unit is tiled; without unit outlines, the district within `LONE_POINT_M` of the
    point. Points at the very same place share a cell: the first one holds it.

    Returns
    -------
    GeoSeries on the demand's index
        Polygons or MultiPolygons in the study's CRS; empty where a point has no land of its own.
    """
    demand = study.demand
    cells = np.full(len(demand), shapely.Polygon(), dtype=object)
    homes, alone = _homes(study)
    land_tree = None if study.land is None else shapely.STRtree(study.land.geometry.values)
    for code, rows in demand.groupby(homes, sort=False).indices.items():
        outline = _outline(study, str(code), code in alone)
        points = demand.geometry.values[rows]
        if code in alone or land_tree is None:
            ground = outline
        else:
            assert study.land is not None
            near = study.land.geometry.values[land_tree.query(outline)]
            ground = shapely.intersection(shapely.union_all(near), outline, grid_size=GRID_M) if len(near) else outline
            ground = areal(ground)
            ground = ground if not ground.is_empty else outline
        pieces = _tile(points, ground)
        if code in alone:
            pieces = shapely.intersection(pieces, shapely.buffer(points, LONE_POINT_M), grid_size=GRID_M)
        cells[rows] = pieces
    return gpd.GeoSeries(cells, index=demand.index, crs=study.crs)


def _homes(study: Study) -> tuple[np.ndarray, set[object]]:
    """Return the code of the outline each point is tiled in, and the codes that are districts, not units."""
    demand = study.demand
    homes = demand["district"].to_numpy(dtype=object)
    if study.units is not None and "unit" in demand.columns:
        areas = study.units[study.units.geometry.geom_type.isin(("Polygon", "MultiPolygon"))].index
        known = demand["unit"].isin(areas).to_numpy()
        homes = np.where(known, demand["unit"].to_numpy(dtype=object), homes)
        return homes, set(homes[~known])
    return homes, set(homes)


def _outline(study: Study, code: str, is_district: bool) -> BaseGeometry:
    table = study.districts if is_district or study.units is None else study.units
    outline: BaseGeometry = table.geometry.loc[code]
    return outline


def _tile(points: np.ndarray, ground: BaseGeometry) -> np.ndarray:
    xy = shapely.get_coordinates(points)
    _, first = np.unique(xy, axis=0, return_index=True)
    cells = np.full(len(points), shapely.Polygon(), dtype=object)
    if len(first) == 1:
        cells[first[0]] = ground
        return cells
    keep = np.sort(first)
    diagram = shapely.voronoi_polygons(shapely.MultiPoint(xy[keep]), extend_to=ground.envelope, ordered=True)
    cut = shapely.intersection(shapely.get_parts(diagram), ground, grid_size=GRID_M)
    cells[keep] = [areal(piece) for piece in cut]
    return cells


def joined_cells(cells: np.ndarray) -> BaseGeometry:
    """Return the ground some cells of one unit cover, as one geometry.

    Cells cut on one grid share their edges exactly, so that joining them needs no overlay; where an edge does not fit
    its neighbour's, the join is not valid and is made the slow way.
    """
    some = np.array([areal(one) for one in cells if not one.is_empty], dtype=object)
    some = some[~shapely.is_empty(some)]
    if len(some) == 0:
        return shapely.Polygon()
    try:
        whole: BaseGeometry = shapely.coverage_union_all(some)
        fits = whole.is_valid and abs(whole.area - float(shapely.area(some).sum())) <= 1e-6 * whole.area
    except shapely.GEOSException:
        fits = False
    return areal(whole if fits else shapely.union_all(some, grid_size=GRID_M))


def areal(geometry: BaseGeometry) -> BaseGeometry:
    """Return only the polygons of a geometry: where outlines merely touch, an intersection leaves lines behind."""
    if geometry.geom_type in ("Polygon", "MultiPolygon"):
        return geometry
    parts = [part for part in shapely.get_parts(geometry) if part.geom_type in ("Polygon", "MultiPolygon")]
    return shapely.union_all(parts)
