"""Compiling the kernels of this room ahead of their use, by calling each as an audit does."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely

from zzgeo.land.circles import Circles
from zzgeo.land.patches import nearest_of_each, nearest_patches
from zzgeo.land.tiling import Tiling


def is_to_be_compiled() -> bool:
    """Tell whether nothing is kept yet of what `compile_all` compiles, and will be."""
    from zzgeo.land.voronoi import tile
    from zzgeo.network.compiled import is_to_be_kept

    return is_to_be_kept(tile)


def compile_all() -> None:
    """Call every kernel of this room, in the order in which an audit does, for a town of two units."""
    crs, side = "EPSG:4547", np.arange(50.0, 1000.0, 100.0)
    xy = np.stack(np.meshgrid(side, side), axis=-1).reshape(-1, 2)
    halves = [shapely.box(0, 0, 1000, 500), shapely.box(0, 500, 1000, 1000)]
    units = gpd.GeoDataFrame(index=["north", "south"], geometry=halves[::-1], crs=crs)
    districts = gpd.GeoDataFrame(index=["town"], geometry=[shapely.box(0, 0, 1000, 1000)], crs=crs)
    homes = np.where(xy[:, 1] < 500, "south", "north").astype(object)
    columns = {"district": "town", "unit": homes, "metres": xy[:, 0]}
    demand = gpd.GeoDataFrame(columns, geometry=gpd.points_from_xy(*xy.T), crs=crs)
    tiling = Tiling(demand, xy, districts, units)
    patch = nearest_patches(xy, tiling.home, tiling.parts, tiling.part_home)
    # of a column, as an audit has it: pandas may let nobody write to it, which is another kernel
    nearest_of_each(patch, demand["metres"].to_numpy(dtype=float), len(tiling.parts))
    next(Circles(xy, xy, np.ones(len(xy)), 300.0).best_first())
    tiling.held_by(xy[:, 0] < 500, 1.0)
