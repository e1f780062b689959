"""Rivers, railways, walls: streets cut where they meet a line that nobody can cross."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from zzgeo.errors import Problem
from zzgeo.network.build import Network, assembled
from zzgeo.network.ends import JoinedEdges
from zzgeo.network.graph import OWN_COLUMNS, StreetGraph
from zzgeo.network.lines import Floats, Ints
from zzgeo.network.refusals import check_crs, refuse
from zzgeo.spec.levels import says_so

Heights = tuple[Floats, Floats]


def cut(network: Network, barriers: gpd.GeoDataFrame, over: Sequence[str] | None) -> Network:
    """Return the streets cut where they cross lines that nobody can cross; see `WalkNetwork.with_barriers`.

    Raises
    ------
    CrsError
        If `barriers` are not in the network's CRS.
    NetworkError
        If nothing is left to walk on.
    """
    check_crs(network.crs, barriers, "barriers")
    walls = _walls(barriers)
    edges, heights = _left(network, walls, over)
    left = assembled(type(network), edges)
    if heights is not None:
        from scipy.spatial import KDTree

        _, nearest_place = KDTree(heights[0]).query(left.node_xy)
        left = left.with_heights(heights[1][nearest_place])
    known = () if network.walls is None else network.walls
    return left.with_walls(np.concatenate([known, walls])).on_ground(network.ground).with_profile(network.profile)


def _left(network: StreetGraph, walls: Any, over: Sequence[str] | None) -> tuple[JoinedEdges, Heights | None]:
    """Return the edges that are left, and heights by place where nodes have them."""
    lines = np.asarray(network.edges.geometry.array)
    wall, edge = shapely.STRtree(lines).query(walls, predicate="intersects")
    passes = _passes(network, over)
    bridged = np.unique(edge[passes[edge]])
    wall, edge = wall[~passes[edge]], edge[~passes[edge]]
    met, own_wall = _own_walls(walls, wall, edge)
    pieces = shapely.difference(lines[met], own_wall)
    kept, of = shapely.get_parts(pieces, return_index=True)
    some = shapely.length(kept) > 0
    kept, of = kept[some], of[some]
    whole = np.setdiff1d(np.arange(len(lines)), met)
    old = np.concatenate([whole, met[of]])
    order = np.argsort(old, kind="stable")
    if len(order) == 0:
        raise refuse("network.empty", "edges=0", "the barriers cover every street", "check the barriers", "barriers")
    u, v, xy = _ends(network, whole, met[of], kept, own_wall[of])
    table = _table(network.edges.iloc[old[order]], np.concatenate([lines[whole], kept])[order], len(met) > 0)
    lost = float(shapely.length(lines[met]).sum() - shapely.length(kept).sum())
    notes = [note for note in network.notes if note.code != "network.components"]
    notes.append(_note(len(met), len(kept) - len(met), len(bridged), lost))
    u, v = u[order], v[order]
    used, node = np.unique(np.concatenate([u, v]), return_inverse=True)
    edges = JoinedEdges(table, node[: len(u)], node[len(u) :], xy[used], notes, joins=network.joins)
    return edges, None if network.node_z is None else _heights(network, met[of], kept)


def _walls(barriers: gpd.GeoDataFrame) -> Any:
    """Return barriers as lines; polygons as their boundary; rows without a geometry, and points, are no barrier."""
    geometry = np.asarray(barriers.geometry.array)
    while (shapely.get_type_id(geometry) == shapely.GeometryType.GEOMETRYCOLLECTION).any():
        geometry = shapely.get_parts(geometry)
    dimensions = shapely.get_dimensions(geometry)
    geometry, dimensions = geometry[dimensions > 0].copy(), dimensions[dimensions > 0]
    area = dimensions == 2
    geometry[area] = shapely.boundary(geometry[area])
    return shapely.get_parts(shapely.force_2d(geometry))


def _passes(network: StreetGraph, over: Sequence[str] | None) -> Any:
    """Tell which edges pass barriers: bridges, tunnels and ferries, or those that say so in one of the columns."""
    if over is None:
        return network.lifted | ~np.isnan(network.crossing_s)
    passes = np.zeros(len(network.u), dtype=bool)
    for name in over:
        if name in network.columns:
            passes = passes | says_so(network.columns[name])
    return passes


def _own_walls(walls: Any, wall: Ints, edge: Ints) -> tuple[Ints, Any]:
    """Return the edges that meet a barrier, and all their barriers as one geometry each."""
    order = np.argsort(edge, kind="stable")
    met, first = np.unique(edge[order], return_index=True)
    groups = np.split(wall[order], first[1:]) if len(met) else []
    joined = np.empty(len(met), dtype=object)
    for at, group in enumerate(groups):
        joined[at] = walls[group[0]] if len(group) == 1 else shapely.union_all(walls[group])
    return met.astype(np.int64), joined


def _ends(network: StreetGraph, whole: Ints, met: Ints, kept: Any, own_wall: Any) -> tuple[Ints, Ints, Floats]:
    """Return the nodes of whole edges, then of pieces, and all coordinates; an end on a barrier is a new node."""
    lines = np.asarray(network.edges.geometry.array)[met]
    first, last = (shapely.get_coordinates(shapely.get_point(lines, at)) for at in (0, -1))
    xy, ends = [network.node_xy], []
    count = len(network.node_xy)
    for at, whole_end in ((0, network.u[whole]), (-1, network.v[whole])):
        tip = shapely.get_point(kept, at)
        place = shapely.get_coordinates(tip)
        node = np.where((place == first).all(axis=1), network.u[met], -1)
        node = np.where((node < 0) & (place == last).all(axis=1), network.v[met], node)
        new = (node < 0) | shapely.intersects(tip, own_wall)
        node[new] = count + np.arange(int(new.sum()))
        count += int(new.sum())
        xy.append(place[new])
        ends.append(np.concatenate([whole_end, node]))
    return ends[0], ends[1], np.concatenate(xy)


def _table(rows: gpd.GeoDataFrame, geometry: Any, cut_any: bool) -> gpd.GeoDataFrame:
    table = pd.DataFrame(rows.drop(columns=[*OWN_COLUMNS, rows.geometry.name]))
    if cut_any:
        table = table.assign(cut_from=rows.index).reset_index(drop=True)
    return gpd.GeoDataFrame(table, geometry=geometry, crs=rows.crs)


def _heights(network: StreetGraph, met: Ints, kept: Any) -> Heights:
    """Return places and heights: of all nodes, and of the ends of pieces, along the slope of their street."""
    assert network.node_z is not None
    lines = np.asarray(network.edges.geometry.array)[met]
    low, high = network.node_z[network.u[met]], network.node_z[network.v[met]]
    places, metres = [network.node_xy], [network.node_z]
    for at in (0, -1):
        tip = shapely.get_point(kept, at)
        share = shapely.line_locate_point(lines, tip, normalized=True)
        places.append(shapely.get_coordinates(tip))
        metres.append(low + share * (high - low))
    return np.concatenate(places), np.concatenate(metres)


def _note(met: int, more: int, bridged: int, lost: float) -> Problem:
    value = (
        f"{met} edges meet a barrier, {max(more, 0)} pieces more, {lost:.1f} m lost, {bridged} bridges or tunnels left"
    )
    why = "nobody crosses a barrier, so its two sides are not joined there"
    return Problem("network.barrier", "streets", value, why, "nothing to do", "warning")
