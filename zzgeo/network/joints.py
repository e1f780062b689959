"""Where the lines of a layer join: at ends, at vertices shared by lines of one level, across small gaps."""

from __future__ import annotations

from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from zzgeo.network import gaps
from zzgeo.network.doubled import doubled, doubled_notes
from zzgeo.network.ends import JoinedEdges
from zzgeo.network.graph import COINCIDE_M
from zzgeo.network.lines import Floats, Ints, Lines
from zzgeo.network.overlaps import cut_where_others_end, cut_where_turned_back, on_other_streets
from zzgeo.network.places import chained, distinct, from_west, near_pairs
from zzgeo.spec.levels import level, reaches

Bools = NDArray[np.bool_]


class _Layer(NamedTuple):
    """Lines with their level, the place of each vertex (within 1 cm of others there), and where the places are."""

    table: gpd.GeoDataFrame
    lines: Lines
    level: Floats
    place: Ints
    xy: Floats

    @property
    def tips(self) -> Ints:
        """The vertices at the start of all lines, then those at their end."""
        return np.concatenate([self.lines.start[:-1], self.lines.start[1:] - 1])

    def without(self, some: Bools) -> _Layer:
        """Return the layer without some of its lines."""
        counts = np.diff(self.lines.start)
        kept = np.repeat(~some, counts)
        start = np.concatenate([[0], np.cumsum(counts[~some])]).astype(np.int64)
        lines = Lines(self.lines.xy[kept], start)
        return self._replace(table=self.table[~some], lines=lines, level=self.level[~some], place=self.place[kept])


class _Nodes(NamedTuple):
    """The vertices that are nodes, the node of each, where nodes are, and which of them hang above or below ground."""

    vertex: Ints
    node: Ints
    xy: Floats
    hang: Bools


def join_lines(table: gpd.GeoDataFrame, join_m: float) -> JoinedEdges:
    """Return the edges of lines that join where they share a place, and what was joined over a gap or left apart.

    Lines are cut at vertices they share with lines of their level, and with ends of lines as far from the ground; a
    line drawn twice is there once. Distances decide, not rounded coordinates, so that moving or turning the city
    changes nothing.

    Parameters
    ----------
    table
        LineStrings in metres, shape (n_lines, ...); labels may repeat.
    join_m
        Ends no further apart than this are one node, in metres; those within 1 cm always are.
    """
    given, table = table, cut_where_turned_back(table, level(table))
    layer = _layer(table)
    first, last = layer.place[layer.tips].reshape(2, -1)
    double = doubled(table, first, last, layer.level)
    copies = [table[double]]
    layer = layer.without(double) if double.any() else layer
    made = _edges(layer)
    along = cut_where_others_end(layer.table, made.table, (made.u, made.v, made.nodes.xy), made.on, made.line)
    if along is not None:
        layer = _layer(along)
        made = _edges(layer)
    edges, u, v, node_xy, over = gaps.joined_over_gaps(
        made.table, made.u, made.v, made.nodes.xy, made.nodes.hang, join_m
    )
    double = doubled(edges, u, v, layer.level[made.line], min(join_m, gaps.NEAR_M))
    apart = [gaps.left_apart(edges, u, v, node_xy), gaps.passed(made.table, made.u, made.v, made.nodes.xy, made.on)]
    copies += [made.copies, edges[double]]
    if double.any():
        edges, u, v = edges[~double], u[~double], v[~double]
    heights = _heights(layer.table, made.nodes.vertex)
    notes = [*doubled_notes(pd.concat(copies), layer.table), *gaps.notes(over, pd.concat(apart), join_m)]
    joins = pd.concat([over, *apart], ignore_index=True)
    lines = None if made.cut or len(over) or double.any() else layer.lines
    return JoinedEdges(_labelled(edges, made.cut or table is not given), u, v, node_xy, notes, joins, heights, lines)


class _Edges(NamedTuple):
    """The pieces of lines, each once, with the nodes of their ends and the rows of their lines.

    ``copies`` are those that were there already, ``on`` the nodes that lie on a street they do not join, and these.
    """

    table: gpd.GeoDataFrame
    line: Ints
    u: Ints
    v: Ints
    nodes: _Nodes
    copies: gpd.GeoDataFrame
    on: tuple[Ints, Ints]
    cut: bool


def _edges(layer: _Layer) -> _Edges:
    nodes = _nodes(layer)
    edges, line, u, v = _pieces(layer, nodes)
    cut = len(edges) > len(layer.table)
    copies = edges.iloc[:0]
    if cut:
        # streets that run along each other for a while do so in pieces
        double = doubled(edges, u, v, layer.level[line])
        if double.any():
            copies, edges, line, u, v = edges[double], edges[~double], line[~double], u[~double], v[~double]
    on = on_other_streets(np.asarray(edges.geometry.array), u, v, nodes.xy, layer.level[line])
    return _Edges(edges, line, u, v, nodes, copies, on, cut)


def _layer(table: gpd.GeoDataFrame) -> _Layer:
    lines = Lines.of(table.geometry.array)
    xy, which = distinct(lines.xy)
    pairs = near_pairs(xy, COINCIDE_M)
    if len(pairs):
        pairs = pairs[~_along_a_line(pairs, lines, which, len(xy))]
    return _Layer(table, lines, level(table), chained(pairs, xy)[which], xy)


def _along_a_line(pairs: Ints, lines: Lines, which: Ints, n: int) -> Bools:
    """Tell which pairs of places are near each other only because a line has a vertex every few millimetres."""
    paired, tip = np.zeros((2, n), dtype=bool)
    paired[pairs] = True
    tip[which[lines.start[:-1]]] = tip[which[lines.start[1:] - 1]] = True
    begin = np.flatnonzero(paired[which])
    walked, step = np.zeros(len(begin)), 1
    close = [np.empty((0, 2), dtype=np.int64)]
    while len(begin):
        inside = begin + step < lines.start[lines.owner(begin) + 1]
        begin, walked = begin[inside], walked[inside]
        walked += np.hypot(*(lines.xy[begin + step] - lines.xy[begin + step - 1]).T)
        begin, walked = begin[walked <= 2 * COINCIDE_M], walked[walked <= 2 * COINCIDE_M]
        close.append(which[np.column_stack([begin, begin + step])])
        step += 1
    low, high = np.sort(np.concatenate(close), axis=1).T
    keys = np.sort(pairs, axis=1) @ np.array([n, 1])
    return np.isin(keys, low * n + high) & ~tip[pairs].all(axis=1)


def _nodes(layer: _Layer) -> _Nodes:
    """Return the nodes from west to east."""
    met, met_key, hanging = _met(layer)
    vertex = np.concatenate([layer.tips, met])
    key = np.concatenate([layer.place[layer.tips], met_key])
    present = np.zeros(len(layer.xy) + len(hanging), dtype=bool)
    present[key] = True
    keys = np.flatnonzero(present)
    place = np.concatenate([np.arange(len(layer.xy)), hanging])[keys]
    order = from_west(layer.xy[place])
    node = np.empty(len(present), dtype=np.int64)
    node[keys[order]] = np.arange(len(keys))
    return _Nodes(vertex, node[key], layer.xy[place[order]], keys[order] >= len(layer.xy))


def _met(layer: _Layer) -> tuple[Ints, Ints, Ints]:
    """Return the vertices inside lines that are junctions, the key of each, and the places of keys beyond those.

    Ends at one place are one node; its key is the place. Bridges that meet where no end reaches them have a node of
    their own, whose key is beyond the places: on the ground below may be another crossing.
    """
    place, tips = layer.place, layer.tips
    n = len(layer.xy)
    end, inside = np.zeros(n, dtype=bool), np.ones(len(place), dtype=bool)
    end[place[tips]], inside[tips] = True, False
    inner = np.flatnonzero(inside)
    shared = end[place[inner]] | (np.bincount(place[inner], minlength=n)[place[inner]] > 1)
    inner = inner[shared]
    # a vertex drawn twice running is one
    last = ~inside[inner + 1] & (place[inner] == place[inner + 1])
    inner = inner[(place[inner] != place[inner - 1]) & ~last]
    if not len(inner):
        return inner, inner, inner
    own, levels = layer.level[layer.lines.owner(inner)], np.tile(layer.level, 2)
    top, bottom = np.zeros((2, n))
    np.maximum.at(top, place[tips], levels)
    np.minimum.at(bottom, place[tips], levels)
    spot = place[inner]
    reached = end[spot] & (reaches(top[spot], own) | reaches(bottom[spot], own))
    group = pd.DataFrame({"place": spot, "level": own}).groupby(["place", "level"], sort=False)
    met = reached | (group["place"].transform("size").to_numpy() > 1)
    apart = met & ~reached & (own != 0)
    rank, groups = pd.factorize(group.ngroup().to_numpy()[apart])
    hanging = np.empty(len(groups), dtype=np.int64)
    hanging[rank], spot[apart] = spot[apart], n + rank
    return inner[met], spot[met], hanging


def _pieces(layer: _Layer, nodes: _Nodes) -> tuple[gpd.GeoDataFrame, Ints, Ints, Ints]:
    """Return the pieces of lines between nodes with the rows of their lines, these rows, and the nodes of both ends."""
    lines, count = layer.lines, len(layer.table)
    node = np.empty(len(lines.xy), dtype=np.int64)
    node[nodes.vertex] = nodes.node
    cuts = nodes.vertex[2 * count :]
    begin, end = lines.start[:-1], lines.start[1:] - 1
    if not len(cuts):
        return layer.table, np.arange(count), node[begin], node[end]
    begin, end = np.sort(np.concatenate([begin, cuts])), np.sort(np.concatenate([end, cuts]))
    line = lines.owner(begin)
    shapes: Any = np.asarray(layer.table.geometry.array)[line]
    cut = np.bincount(line, minlength=count)[line] > 1
    counts = (end - begin + 1)[cut]
    which = np.repeat(np.arange(len(counts)), counts)
    vertex = np.arange(len(which)) + np.repeat(begin[cut] - (np.cumsum(counts) - counts), counts)
    shapes[cut] = shapely.linestrings(lines.xy[vertex], indices=which)
    return layer.table.iloc[line].set_geometry(shapes, crs=layer.table.crs), line, node[begin], node[end]


def _labelled(edges: gpd.GeoDataFrame, cut: bool) -> gpd.GeoDataFrame:
    """Return edges with a label of their own; where lines were cut the label of the line stays as ``cut_from``."""
    if cut and "cut_from" not in edges.columns:
        edges = edges.assign(cut_from=edges.index)
    return edges if edges.index.is_unique else edges.reset_index(drop=True)


def _heights(table: gpd.GeoDataFrame, vertex: Ints) -> Floats | None:
    """Return x, y and z of the vertices that are nodes, where all lines have heights."""
    shapes = np.asarray(table.geometry.array)
    if not shapely.has_z(shapes).all():
        return None
    xyz: Floats = shapely.get_coordinates(shapes, include_z=True)[vertex]
    return xyz
