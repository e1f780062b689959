"""Slopes along the streets, from a raster of heights: sampled all along each street, not only at its ends."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TypeVar

import numpy as np
import pyproj
from numpy.typing import NDArray

from zzgeo.crs.steps import moved
from zzgeo.errors import CrsError, Problem
from zzgeo.formats.raster import Raster, opened, tiles
from zzgeo.network.graph import CLIMB, StreetGraph
from zzgeo.network.lines import Floats, Ints
from zzgeo.network.profiles import flat_metres
from zzgeo.network.refusals import refuse

Graph = TypeVar("Graph", bound=StreetGraph)

#: Heights are taken this often along a street at least, in metres, and at each of its vertices.
STEP_M = 25.0

#: The lowest and the highest ground there is; a cell beyond stands for no data that the file does not declare.
_LOWEST_M, _HIGHEST_M = -500.0, 9000.0


def on_terrain(network: Graph, path: Path, layer: str | None = None) -> Graph:
    """Return a network whose streets know what they climb; see `WalkNetwork.with_terrain`.

    Raises
    ------
    InputError
        If the raster is refused, or does not say its CRS.
    NetworkError
        If it has no height for any street.
    """
    samples = _Samples.along(network)
    with opened(path, layer, "people per cell") as raster:
        height = _heights(raster, samples.xy, network.crs)
    known = ~np.isnan(height)
    if not known.any():
        why, remedy = "no street lies where the raster has heights", "send a raster of the place of the study"
        raise refuse("terrain.elsewhere", "streets with heights=0", why, remedy, path.name)
    height = _level_bridges(network, samples, height)
    climb, blind_m = samples.climb(height)
    notes = network.notes
    if blind_m > 0:
        value = f"{blind_m / 1000:,.2f} of {network.length_m.sum() / 1000:,.2f} km of streets"
        why, remedy = "the raster has no heights there: these streets are walked as flat", "send a larger raster"
        notes = (*notes, Problem("terrain.nodata", path.name, value, why, remedy, "warning"))
    columns = network.columns.assign(**dict(zip(CLIMB, climb.T, strict=True)))
    return dataclasses.replace(network, columns=columns, notes=notes)


@dataclasses.dataclass(frozen=True)
class _Samples:
    """Places along the streets at which heights are taken; a step goes from each to the next of the same street."""

    xy: Floats
    edge: Ints
    first: Ints
    metres: Floats
    edges: int

    @classmethod
    def along(cls, network: StreetGraph) -> _Samples:
        """Cut each segment of each street into equal steps of `STEP_M` at most."""
        lines = network.lines
        owner = np.repeat(np.arange(len(lines)), np.diff(lines.start))
        begin = np.flatnonzero(owner[1:] == owner[:-1])
        length = np.hypot(*(lines.xy[begin + 1] - lines.xy[begin]).T)
        cuts = np.maximum(np.ceil(length / STEP_M), 1).astype(np.int64)
        segment = np.repeat(np.arange(len(begin)), cuts)
        rank = np.arange(len(segment)) - np.repeat(np.cumsum(cuts) - cuts, cuts)
        share = (rank / cuts[segment])[:, None]
        inner = lines.xy[begin][segment] * (1 - share) + lines.xy[begin + 1][segment] * share
        last = lines.start[1:] - 1
        # the places of a street stand together, its end behind them
        edge = np.concatenate([owner[begin][segment], np.arange(len(lines))])
        order = np.argsort(edge, kind="stable")
        step = np.concatenate([(length / cuts)[segment], np.zeros(len(lines))])[order]
        first = np.concatenate([[0], np.cumsum(np.bincount(edge, minlength=len(lines)))]).astype(np.int64)
        xy = np.concatenate([inner, lines.xy[last]])[order]
        return cls(xy, edge[order], first, step, len(lines))

    def climb(self, height: Floats) -> tuple[Floats, float]:
        """Return metres on the flat for a metre of each street along and against it, and the metres without heights."""
        step = np.flatnonzero(self.metres > 0)
        metres, edge = self.metres[step], self.edge[step]
        slope = (height[step + 1] - height[step]) / metres
        blind = np.isnan(slope)
        slope[blind] = 0.0
        whole = np.bincount(edge, metres, minlength=self.edges)
        both = [np.bincount(edge, metres * flat_metres(way), minlength=self.edges) / whole for way in (slope, -slope)]
        return np.column_stack(both), float(metres[blind].sum())


def _heights(raster: Raster, xy: Floats, crs: pyproj.CRS) -> Floats:
    """Return the height at each place between the middles of cells, NaN where the raster has none, shape (n,)."""
    if raster.crs is None:
        remedy = "say it in the file: gdal_edit.py -a_srs EPSG:…"
        raise refuse("crs.missing", "no CRS", "a raster of heights must say where it lies", remedy, raster.path.name)
    try:
        column, row = raster.grid.units(*moved(xy[:, 0], xy[:, 1], crs, raster.crs))
    except CrsError as error:
        raise CrsError([dataclasses.replace(problem, where=raster.path.name) for problem in error.problems]) from None
    inside = (column >= 0) & (column <= raster.grid.columns) & (row >= 0) & (row <= raster.grid.rows)
    height = np.full(len(xy), np.nan)
    place = np.flatnonzero(inside)
    # a cell's height is that of its middle; the rim of half a cell has the height of the outermost middles
    column = np.clip(column[place] - 0.5, 0, raster.grid.columns - 1)
    row = np.clip(row[place] - 0.5, 0, raster.grid.rows - 1)
    for top, bottom, left, right in tiles(0, raster.grid.rows, 0, raster.grid.columns):
        here = np.flatnonzero((row >= top) & (row < bottom) & (column >= left) & (column < right))
        if len(here):
            window = (top, min(bottom + 1, raster.grid.rows), left, min(right + 1, raster.grid.columns))
            cells = raster.values(*window)
            cells[(cells < _LOWEST_M) | (cells > _HIGHEST_M)] = np.nan
            height[place[here]] = _between(cells, row[here] - top, column[here] - left)
    return height


def _between(cells: NDArray[np.float64], row: Floats, column: Floats) -> Floats:
    """Return bilinear heights; a cell without data counts only where it has a share."""
    up, left = np.floor(row).astype(np.int64), np.floor(column).astype(np.int64)
    down, right = np.minimum(up + 1, cells.shape[0] - 1), np.minimum(left + 1, cells.shape[1] - 1)
    south, east = row - up, column - left
    height: Floats = np.zeros(len(row))
    for at_row, at_column, share in (
        (up, left, (1 - south) * (1 - east)),
        (up, right, (1 - south) * east),
        (down, left, south * (1 - east)),
        (down, right, south * east),
    ):
        height += np.where(share > 0, share * cells[at_row, at_column], 0.0)
    return height


def _level_bridges(network: StreetGraph, samples: _Samples, height: Floats) -> Floats:
    """Return the heights with bridges and tunnels straight from the ground at one end to the ground at the other."""
    if not network.lifted.any():
        return height
    at_node = np.full(len(network.node_xy), np.nan)
    at_node[network.u] = height[samples.first[:-1]]
    at_node[network.v] = height[samples.first[1:] - 1]
    at_node = _between_grounds(network, at_node)
    along = np.cumsum(samples.metres) - samples.metres
    along -= along[samples.first[:-1]][samples.edge]
    share = along / network.length_m[samples.edge]
    low, high = (at_node[end][samples.edge] for end in (network.u, network.v))
    return np.where(network.lifted[samples.edge], low + share * (high - low), height)


def _between_grounds(network: StreetGraph, at_node: Floats) -> Floats:
    """Return the heights of nodes; those in the middle of bridges lie between the nodes on the ground around them."""
    lifted = network.lifted
    aloft = np.zeros(len(at_node), dtype=bool)
    aloft[network.u[lifted]] = aloft[network.v[lifted]] = True
    aloft[network.u[~lifted]] = aloft[network.v[~lifted]] = False
    # the end of a bridge that leads on nowhere stands on the ground
    meeting = np.bincount(np.concatenate([network.u, network.v]), minlength=len(at_node))
    aloft &= meeting > 1
    if not aloft.any():
        return at_node
    from scipy.sparse import coo_array
    from scipy.sparse.linalg import spsolve

    u, v, weight = network.u[lifted], network.v[lifted], 1.0 / network.length_m[lifted]
    ends = (np.concatenate([u, v]), np.concatenate([v, u]))
    pull = coo_array((np.tile(weight, 2), ends), shape=(len(at_node),) * 2).tocsr()
    own = np.flatnonzero(aloft)
    fixed = np.flatnonzero(~aloft)
    total = np.asarray(pull.sum(axis=1)).ravel()[own]
    # a hair of its own height keeps a bridge that touches no ground solvable
    hair = 1e-9 * total
    system = coo_array((total + hair, (np.arange(len(own)),) * 2)).tocsc() - pull[own][:, own].tocsc()
    known = np.nan_to_num(at_node)
    levelled = at_node.copy()
    levelled[own] = spsolve(system, pull[own][:, fixed] @ known[fixed] + hair * known[own])
    # beside ground of unknown height nothing is known either
    unknown = pull[own] @ np.isnan(np.where(aloft, 0.0, at_node)).astype(float) > 0
    levelled[own[unknown]] = np.nan
    return levelled
