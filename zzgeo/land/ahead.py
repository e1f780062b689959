"""Compiling what the land of a study needs ahead of its use, in a process beside the one that reads the study.

Half of what a first audit compiles is of this room, and asked for last: while layers are read and people put on
streets, ``python -m zzgeo.land.ahead`` compiles it, and the audit finds it kept. Where no other process can be started,
or it is not done in time, the audit compiles for itself.
"""

from __future__ import annotations

import contextlib
import signal
import subprocess
from collections.abc import Iterator

import geopandas as gpd
import numpy as np
import shapely

from zzgeo.land.circles import Circles
from zzgeo.land.patches import nearest_of_each, nearest_patches
from zzgeo.land.tiling import Tiling
from zzgeo.processes import can_start, command, environment, processors
from zzgeo.system import SYSTEM


@contextlib.contextmanager
def compiling_beside() -> Iterator[None]:
    """Compile beside what is done in the block, where nothing is kept yet and a processor is free for it."""
    from zzgeo.land.voronoi import tile
    from zzgeo.network.compiled import is_to_be_kept

    beside = None
    if processors() > 1 and can_start() and is_to_be_kept(tile):
        with contextlib.suppress(OSError):
            nowhere = subprocess.DEVNULL
            beside = subprocess.Popen(
                command(__name__), env=environment(1), stdin=nowhere, stdout=nowhere, stderr=nowhere
            )
    try:
        yield
    finally:
        if beside is not None:
            beside.kill()
            beside.wait()


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


def main() -> None:
    """Compile, unless the process that started this one is gone."""
    # Ctrl+C reaches every process of a terminal: the one that started this one ends it
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    SYSTEM.end_with_parent()
    compile_all()


if __name__ == "__main__":
    main()
