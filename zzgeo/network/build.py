"""From edges with their ends to a network: contracted, numbered by component, frozen."""

from __future__ import annotations

from typing import TypeVar

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely

from zzgeo.errors import Problem
from zzgeo.memory import bulk_work
from zzgeo.network import ends
from zzgeo.network.components import connected_components
from zzgeo.network.compounds import enclosed
from zzgeo.network.doors import from_osm_edges
from zzgeo.network.ends import JoinedEdges
from zzgeo.network.graph import StreetGraph, marked, read_only
from zzgeo.network.heights import told_of_heights
from zzgeo.network.joints import join_lines
from zzgeo.network.lines import Floats, Ints, Lines
from zzgeo.network.refusals import refuse
from zzgeo.spec.street_tables import sorted_out
from zzgeo.spec.walking import JOIN_M
from zzgeo.spec.walking_profile import WalkingProfile

#: A table of so many streets of which no two have a common end is broken; fewer may be a hamlet.
FEW_EDGES = 10

#: A graph with whatever its class adds to the data: who makes one is told which.
Network = TypeVar("Network", bound=StreetGraph)


@bulk_work()
def from_edges(
    kind: type[Network],
    edges: gpd.GeoDataFrame,
    nodes: gpd.GeoDataFrame | None = None,
    profile: WalkingProfile | None = None,
    join_m: float = JOIN_M,
) -> Network:
    """Return a network of lines in a metric CRS; see `WalkNetwork.from_edges`."""
    table, notes = ends.usable_lines(edges)
    if nodes is not None:
        ends.check_against_nodes(table, nodes)
    streets = sorted_out(table, "streets", profile)
    return _from_lines(kind, streets.table, [*notes, *streets.notes], join_m)


@bulk_work()
def from_streets(kind: type[Network], streets: gpd.GeoDataFrame, join_m: float = JOIN_M) -> Network:
    """Return a network of streets to which a walking profile was applied; see `WalkNetwork.from_streets`."""
    if {"osm_way", "u", "v"} <= set(streets.columns) and all(streets[end].dtype.kind in "iu" for end in ("u", "v")):
        # as read from OpenStreetMap, drawn from u to v; a graph that was sent on names its own nodes, as text
        return assembled(kind, from_osm_edges(streets))
    return _from_lines(kind, *ends.usable_lines(streets), join_m)


def _from_lines(kind: type[Network], table: gpd.GeoDataFrame, notes: list[Problem], join_m: float) -> Network:
    if len(table) == 0:
        why, remedy = "there is nothing to walk on", "check the classes of road"
        empty = refuse("network.empty", "walkable streets=0", why, remedy)
        raise type(empty)([*empty.problems, *notes])
    notes = [*notes, *told_of_heights(table, "streets")]
    joined = join_lines(table, join_m)
    network = assembled(kind, joined._replace(notes=[*notes, *joined.notes]))
    heights = None if joined.heights is None else ends.heights(joined.heights, network.node_xy)
    return network if heights is None else network.with_heights(heights)


def assembled(kind: type[Network], edges: JoinedEdges) -> Network:
    """Contract edges without length, number the components, and freeze.

    Raises
    ------
    NetworkError
        If there is no edge left, or no two of many have a common end.
    """
    length = shapely.length(edges.table.geometry.array)
    u, v, node_xy, kept, contracted = ends.contract(edges.u, edges.v, edges.node_xy, length, edges.table)
    table, length = edges.table[kept], length[kept]
    if len(table) == 0:
        raise refuse("network.empty", "edges=0", "there is nothing to walk on", "send the streets again")
    if "private" in table:
        table = table.assign(private=enclosed(u, v, length, marked(table, "private"), len(node_xy)))
    component, rows = _components(u, v, length, len(node_xy))
    if len(rows) == len(table) >= FEW_EDGES:
        why = "no two streets have a common end, so nobody gets from one to another"
        remedy = "join the ends, or cut the lines where they cross, if they are no bridges"
        raise refuse("network.unjoined", f"edges={len(table)}, components={len(rows)}", why, remedy)
    crs = pyproj.CRS.from_user_input(table.crs)
    columns = pd.DataFrame(table.drop(columns=table.geometry.name))
    lines = edges.lines if edges.lines is not None and kept.all() else Lines.of(table.geometry.array)
    u, v, length, node_xy, component = (read_only(values.copy()) for values in (u, v, length, node_xy, component))
    notes = (*edges.notes, *contracted, *_component_notes(rows))
    return kind(columns, lines, u, v, length, node_xy, component, crs, rows, notes, joins=edges.joins)


def _components(u: Ints, v: Ints, length: Floats, n: int) -> tuple[Ints, pd.DataFrame]:
    """Return the component of each node and the table of components, the longest streets first."""
    count, label = connected_components(u, v, n)
    street_m = np.bincount(label[u], length, minlength=count)
    # Street metres added in another order differ in the last digit; equal lengths are ranked by node.
    first = np.full(count, n)
    np.minimum.at(first, label, np.arange(n))
    order = np.lexsort((first, -street_m.round(6)))
    rank = np.empty(count, dtype=np.int64)
    rank[order] = np.arange(count)
    rows = pd.DataFrame(
        {
            "component": np.arange(count),
            "nodes": np.bincount(label, minlength=count)[order],
            "edges": np.bincount(label[u], minlength=count)[order],
            "street_m": street_m[order],
        }
    )
    return rank[label], rows


def _component_notes(rows: pd.DataFrame) -> list[Problem]:
    if len(rows) < 2:
        return []
    total = rows["street_m"].sum()
    value = f"components={len(rows)}, the largest {rows['street_m'].iloc[0] / total:.1%} of {total / 1000:,.1f} km"
    why = "one cannot walk from one component to another"
    remedy = "check the gaps between streets; points are snapped to small components only where nothing else is near"
    return [Problem("network.components", "streets", value, why, remedy, "warning")]
