"""Generated cities: crooked street grids of any size with the degree and the edge length of real ones."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

CRS = "EPSG:4547"

#: Metres between crossings before they are moved about.
SPACING_M = 72.5
#: Share of the grid's streets that stay: about 2.9 street ends at a crossing.
KEPT = 0.727


def streets(nodes: int, seed: int = 1) -> gpd.GeoDataFrame:
    """Return the connected streets of a city of about so many crossings, in metres: LineStrings with one bend each."""
    rng = np.random.default_rng(seed)
    side = int(np.ceil(np.sqrt(nodes / 0.985)))
    xy = np.stack(np.meshgrid(np.arange(side), np.arange(side)), axis=-1).reshape(-1, 2) * SPACING_M
    xy = xy + rng.uniform(-0.22, 0.22, xy.shape) * SPACING_M
    at = np.arange(side * side).reshape(side, side)
    u = np.concatenate([at[:, :-1].ravel(), at[:-1].ravel()])
    v = np.concatenate([at[:, 1:].ravel(), at[1:].ravel()])
    kept = rng.random(len(u)) < KEPT
    u, v = u[kept], v[kept]
    _, label = connected_components(coo_array((np.ones(len(u)), (u, v)), shape=(len(xy), len(xy))), directed=False)
    main = label[u] == np.bincount(label).argmax()
    u, v = u[main], v[main]
    # Rows of a real file are in no order that helps a search.
    order = rng.permutation(len(u))
    u, v = u[order], v[order]
    bend = (xy[u] + xy[v]) / 2 + rng.uniform(-0.08, 0.08, (len(u), 2)) * SPACING_M
    lines = shapely.linestrings(np.stack([xy[u], bend, xy[v]], axis=1))
    return gpd.GeoDataFrame(geometry=lines, crs=CRS)


def places(streets: gpd.GeoDataFrame, count: int, seed: int = 2, beside_m: float = 20.0) -> gpd.GeoDataFrame:
    """Return so many points beside random streets, at most ``beside_m`` away from them."""
    rng = np.random.default_rng(seed)
    lines = np.asarray(streets.geometry.array)[rng.integers(0, len(streets), count)]
    on = shapely.line_interpolate_point(lines, rng.random(count), normalized=True)
    xy = shapely.get_coordinates(on) + rng.uniform(-beside_m, beside_m, (count, 2)) / np.sqrt(2)
    return gpd.GeoDataFrame(geometry=shapely.points(xy), crs=streets.crs)
