"""Polygons cut into squares of metres: how much of them lies in each square of each area, and a place inside."""

from __future__ import annotations

import math

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

#: Side of the squares people are put together in, in metres; wider where a place would have too many of them.
CELL_M = 100.0
_MOST_CELLS = 400_000


def in_squares(shapes: np.ndarray, areas: gpd.GeoSeries, side_m: float = CELL_M) -> pd.DataFrame:
    """Return how much of some polygons lies in each square of each area; where they overlap the ground counts once.

    They are joined square by square: joined all at once they would be one shape that takes minutes to cut.

    Parameters
    ----------
    shapes
        Polygons in metres, shape (n_shapes,).
    areas
        Polygons in the same CRS, shape (n_areas,); the squares of each are its own.
    side_m
        Side of a square, more for areas of a great many.

    Returns
    -------
    DataFrame, shape (n_pieces, 3)
        ``of``, the position of the area; ``area`` in m², above 0; ``point``, a place inside the polygons.

    Examples
    --------
    >>> found = in_squares(np.array([shapely.box(0, 0, 150, 100)]), gpd.GeoSeries([shapely.box(0, 0, 500, 500)]))
    >>> found["area"].tolist()
    [10000.0, 5000.0]
    """
    tree, rows = shapely.STRtree(shapes), [pd.DataFrame({"of": [], "area": [], "point": []}).astype({"of": int})]
    for place, area in enumerate(areas):
        cells = _cells(area.bounds, max(side_m, math.sqrt(area.envelope.area / _MOST_CELLS)))
        shapely.prepare(area)
        cells = cells[shapely.intersects(area, cells)]
        across = ~shapely.contains(area, cells)
        cells[across] = shapely.intersection(cells[across], area)
        cell, shape = tree.query(cells, predicate="intersects")
        order = np.argsort(cell, kind="stable")
        cell, shape = cell[order], shape[order]
        parts = shapely.intersection(cells[cell], shapes[shape])
        starts = np.flatnonzero(np.r_[True, np.diff(cell) > 0]) if len(cell) else np.array([], dtype=int)
        whole = parts[starts]
        for row in np.flatnonzero(np.diff(np.r_[starts, len(cell)]) > 1):
            stop = starts[row + 1] if row + 1 < len(starts) else len(cell)
            whole[row] = shapely.union_all(parts[starts[row] : stop])
        whole = whole[shapely.area(whole) > 0]
        found = {"of": place, "area": shapely.area(whole), "point": shapely.point_on_surface(whole)}
        rows.append(pd.DataFrame(found))
    return pd.concat(rows[1:] or rows, ignore_index=True)


def _cells(bounds: tuple[float, ...], side: float) -> np.ndarray:
    west, south, east, north = bounds
    x, y = np.meshgrid(
        np.arange(math.floor(west / side), east / side), np.arange(math.floor(south / side), north / side)
    )
    x, y = x.ravel() * side, y.ravel() * side
    boxes: np.ndarray = shapely.box(x, y, x + side, y + side)
    return boxes
