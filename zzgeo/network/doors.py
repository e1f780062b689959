"""Other forms of streets (OSMnx graphs, OpenStreetMap files, GeoParquet): in as edges with their ends, and out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely

from zzgeo.crs.metric import metric_crs_for
from zzgeo.errors import CrsError, InputError, NetworkError, Problem
from zzgeo.network.doubled import doubled, doubled_notes
from zzgeo.network.ends import JoinedEdges, checked_edges, length_problems
from zzgeo.network.graph import StreetGraph
from zzgeo.network.lines import Floats, Ints
from zzgeo.network.refusals import refuse
from zzgeo.spec.levels import level
from zzgeo.spec.street_tables import sorted_out
from zzgeo.spec.walking_profile import DEFAULT, WalkingProfile, walking_profile
from zzgeo.spec.ways import GATE, how_passed

if TYPE_CHECKING:
    import networkx as nx

#: Coordinates of the two directions of one street are compared to this many decimals of a metre.
_DECIMALS = 3


def from_parquet(path: Path) -> gpd.GeoDataFrame:
    """Return the lines of a GeoParquet file as they stand."""
    from zzgeo.formats.geoparquet import read_geoparquet
    from zzgeo.formats.parts.base import Options

    return gpd.GeoDataFrame(read_geoparquet(path, Options(role="streets")).table)


def from_osm_file(path: Path, crs: Any = None, profile: WalkingProfile | None = None) -> JoinedEdges:
    """Return edges, their ends, node coordinates and notes of an OpenStreetMap file; nodes are told apart by id."""
    from zzgeo.formats.osm import decided_notes, read_streets

    streets, decided = read_streets(path, profile)
    notes = decided_notes(decided, path.name)
    if len(streets) == 0:
        empty = refuse("network.empty", "walkable ways=0", "no way can be walked", "check the extract", path.name)
        raise InputError([*empty.problems, *notes])
    if crs is None:
        west, south, east, north = streets.total_bounds
        crs = metric_crs_for((west + east) / 2, (south + north) / 2)
    edges = from_osm_edges(streets.to_crs(crs))
    return edges._replace(notes=[*edges.notes, *notes])


def from_osm_edges(streets: gpd.GeoDataFrame) -> JoinedEdges:
    """Return the edges of a network whose nodes the columns ``u`` and ``v`` tell apart by OpenStreetMap id."""
    edges, notes = checked_edges(streets)
    u, v, xy = _ends_by_id(edges["u_id"].to_numpy(), edges["v_id"].to_numpy(), np.asarray(edges.geometry.array))
    return JoinedEdges(edges, u, v, xy, notes)


def _ends_by_id(first: Any, last: Any, geometry: Any) -> tuple[Ints, Ints, Floats]:
    tips = shapely.get_coordinates(np.concatenate([shapely.get_point(geometry, 0), shapely.get_point(geometry, -1)]))
    _, where, at = np.unique(np.concatenate([first, last]), return_index=True, return_inverse=True)
    return at[: len(geometry)], at[len(geometry) :], tips[where]


def from_osmnx(graph: Any, profile: WalkingProfile | None = None) -> JoinedEdges:
    """Return edges, their ends, node coordinates and notes of an OSMnx graph."""
    crs = _graph_crs(graph)
    labels = {node: at for at, node in enumerate(graph.nodes)}
    xy = _node_coordinates(graph, crs)
    ends = [(labels[a], labels[b]) for a, b in graph.edges()]
    if not ends:
        raise refuse("network.empty", "edges=0", "there is nothing to walk on", "send the streets again")
    u, v = np.array(ends, dtype=np.int64).T
    attributes = pd.DataFrame([data for _, _, data in graph.edges(data=True)])
    geometry = _geometry(attributes, xy, u, v)
    names = list(graph.nodes)
    table = attributes.drop(columns=["geometry", "length"], errors="ignore")
    table = table.assign(u=[names[at] for at in u], v=[names[at] for at in v])
    edges = gpd.GeoDataFrame(table, geometry=geometry, crs=crs)
    # A point has no size, so a graph in degrees needs its nodes in the table of streets to be projected alike.
    if crs.is_geographic:
        west, south, east, north = edges.total_bounds
        edges = edges.to_crs(metric_crs_for((west + east) / 2, (south + north) / 2))
        xy = np.column_stack(pyproj.Transformer.from_crs(crs, edges.crs, always_xy=True).transform(*xy.T))
    # As a column, a length that is missing and one that is no number would look alike.
    lengths = [data.get("length") for _, _, data in graph.edges(data=True)]
    doubts = length_problems(lengths, np.hypot(*(xy[u] - xy[v]).T))
    edges, notes = checked_edges(edges)
    notes += doubts
    if len(edges) != len(u):
        raise refuse("geom.mixed_types", "MultiLineString", "an edge of a graph is one line", "use from_edges")
    u, v = _oriented(u, v, xy, np.asarray(edges.geometry.array))
    streets = sorted_out(edges, "graph", profile)
    edges, u, v = streets.table.reset_index(drop=True), u[streets.kept], v[streets.kept]
    notes += streets.notes
    if len(edges) == 0:
        empty = refuse("network.empty", "walkable edges=0", "there is nothing to walk on", "check the graph", "graph")
        raise NetworkError([*empty.problems, *notes])
    if graph.is_directed():
        keep, one_way = _one_per_street(u, v, np.asarray(edges.geometry.array))
        edges, u, v = edges[keep].reset_index(drop=True), u[keep], v[keep]
        notes += _one_way_notes(one_way)
    double = doubled(edges, u, v, level(edges))
    if double.any():
        notes += doubled_notes(edges[double], edges[~double], "graph")
        edges, u, v = edges[~double].reset_index(drop=True), u[~double], v[~double]
    return _with_gates(JoinedEdges(edges, u, v, xy, notes), graph, profile or walking_profile(DEFAULT))


def _with_gates(edges: JoinedEdges, graph: Any, profile: WalkingProfile) -> JoinedEdges:
    """Part the edges at nodes that say they are gates or walls, as in an OpenStreetMap file."""
    stopping = {}
    for place, (_, data) in enumerate(graph.nodes(data=True)):
        tags = {name: text for name, text in data.items() if isinstance(text, str)}
        walked = how_passed(tags, profile)
        if walked.state != "open":
            stopping[place] = walked
    if not stopping:
        u, v, xy = _renumbered(edges.u, edges.v, edges.node_xy, np.asarray(edges.table.geometry.array))
        return edges._replace(u=u, v=v, node_xy=xy)
    from zzgeo.formats.parts.gates import gate_notes, parted

    gates = parted(edges.u, edges.v, np.asarray(edges.table.geometry.array), stopping, degrees=False)
    table = edges.table.set_geometry(gpd.GeoSeries(list(gates.lines), index=edges.table.index, crs=edges.table.crs))
    if len(gates.stubs):
        private = table["private"].to_numpy(dtype=bool) if "private" in table else np.zeros(len(table), dtype=bool)
        stubs = table.iloc[gates.owner].assign(highway=GATE, private=True).set_geometry(list(gates.stubs))
        table = gpd.GeoDataFrame(
            pd.concat([table.assign(private=private), stubs.set_crs(table.crs, allow_override=True)], ignore_index=True)
        )
    u, v = np.concatenate([gates.u, gates.stub_u]), np.concatenate([gates.v, gates.stub_v])
    u, v, xy = _renumbered(u, v, edges.node_xy, np.asarray(table.geometry.array))
    return JoinedEdges(table, u, v, xy, [*edges.notes, *gate_notes(gates, stopping, "graph")])


def _renumbered(u: Ints, v: Ints, xy: Floats, lines: Any) -> tuple[Ints, Ints, Floats]:
    """Return the ends numbered anew, of nodes that edges lead to, and where these are; one below 0 is new."""
    nodes, where = np.unique(np.concatenate([u, v]), return_inverse=True)
    places = np.empty((len(nodes), 2))
    places[nodes >= 0] = xy[nodes[nodes >= 0]]
    tips = shapely.get_coordinates(np.concatenate([shapely.get_point(lines, 0), shapely.get_point(lines, -1)]))
    new = nodes[where] < 0
    places[where[new]] = tips[new]
    return where[: len(u)], where[len(u) :], places


def to_networkx(network: StreetGraph) -> nx.MultiGraph[int]:
    """Return a network as an undirected graph; see `WalkNetwork.to_networkx`."""
    import networkx as nx

    graph: nx.MultiGraph[int] = nx.MultiGraph(crs=network.crs)
    for node, (x, y) in enumerate(network.node_xy.tolist()):
        graph.add_node(node, x=x, y=y)
    if network.node_z is not None:
        nx.set_node_attributes(graph, dict(enumerate(network.node_z.tolist())), "z")
    table = network.edges.drop(columns=["u", "v", "component"]).rename(columns={"length_m": "length"})
    names = ["geometry" if name == table.geometry.name else str(name) for name in table.columns]
    rows = zip(*(table[name].tolist() for name in table.columns), strict=True)
    for u, v, key, row in zip(network.u.tolist(), network.v.tolist(), network.edges.index, rows, strict=True):
        graph.add_edge(u, v, key=key, **dict(zip(names, row, strict=True)))
    return graph


def _graph_crs(graph: Any) -> pyproj.CRS:
    given = graph.graph.get("crs")
    if given is None:
        remedy = 'set graph.graph["crs"]'
        raise CrsError([Problem("crs.missing", "graph", "no CRS", "the datum is unknown", remedy)])
    try:
        return pyproj.CRS.from_user_input(given)
    except pyproj.exceptions.CRSError:
        remedy = 'set graph.graph["crs"], e.g. to "EPSG:4326"'
        raise CrsError([Problem("crs.unknown", "graph", str(given), "no such CRS", remedy)]) from None


def _node_coordinates(graph: Any, crs: pyproj.CRS) -> Floats:
    """Return the coordinates of the nodes, refusing what is not a place."""
    rows = [(node, data.get("x"), data.get("y")) for node, data in graph.nodes(data=True)]
    absent = [node for node, x, y in rows if not isinstance(x, int | float) or not isinstance(y, int | float)]
    if absent:
        value = f"{len(absent)} nodes without x and y as numbers, e.g. {absent[0]}"
        raise refuse("network.no_coordinates", value, "a street needs a place", "send the nodes, too", "graph")
    xy = np.array([(x, y) for _, x, y in rows], dtype=float).reshape(-1, 2)
    infinite = ~np.isfinite(xy).all(axis=1)
    beyond = np.zeros(len(xy), dtype=bool)
    if crs.is_geographic:
        beyond = ~infinite & ((np.abs(xy[:, 0]) > 180) | (np.abs(xy[:, 1]) > 90))
    problems = [
        Problem(code, "graph", f"{int(mask.sum())} nodes, e.g. {rows[int(mask.argmax())][0]}", why, "correct the nodes")
        for code, mask, why in (
            ("coord.nonfinite", infinite, "coordinates must be finite"),
            ("coord.out_of_range", beyond, "not a longitude and latitude"),
        )
        if mask.any()
    ]
    if problems:
        raise NetworkError(problems)
    return xy


def _geometry(attributes: pd.DataFrame, xy: Floats, u: Ints, v: Ints) -> Any:
    straight: Any = shapely.linestrings(np.stack([xy[u], xy[v]], axis=1))
    if "geometry" not in attributes.columns:
        return straight
    given = attributes["geometry"].to_numpy(dtype=object)
    curved = np.array([isinstance(one, shapely.Geometry) for one in given])
    straight[curved] = given[curved]
    return straight


def _oriented(u: Ints, v: Ints, xy: Floats, geometry: Any) -> tuple[Ints, Ints]:
    """Return the ends in the direction of the geometry, refusing lines that end elsewhere."""
    first, last = (shapely.get_coordinates(shapely.get_point(geometry, at)) for at in (0, -1))
    direct = np.maximum(np.hypot(*(first - xy[u]).T), np.hypot(*(last - xy[v]).T))
    turned = np.maximum(np.hypot(*(first - xy[v]).T), np.hypot(*(last - xy[u]).T))
    far = np.minimum(direct, turned) > 1.0
    if far.any():
        value = f"{int(far.sum())} edges, e.g. the one in row {int(far.argmax())}"
        why = "the line ends over 1 m from its nodes"
        raise refuse("network.dangling", value, why, "correct the geometry", "graph")
    swap = turned < direct
    return np.where(swap, v, u), np.where(swap, u, v)


def _one_per_street(u: Ints, v: Ints, geometry: Any) -> tuple[Any, int]:
    """Tell which edges stay when the two directions of a street become one, and how many were one-way.

    Two edges are one street if they have the same ends and the same geometry, once forth and once back. Edges that run
    in the same direction are parallel streets and all stay.
    """
    rounded = shapely.transform(geometry, lambda xy: np.round(xy, _DECIMALS))
    normal = shapely.normalize(rounded)
    shape, low, high = shapely.to_wkb(normal), np.minimum(u, v), np.maximum(u, v)
    forth = shapely.equals_exact(normal, rounded)
    table = pd.DataFrame({"shape": shape, "low": low, "high": high, "forth": forth})
    table["rank"] = table.groupby(["shape", "low", "high", "forth"]).cumcount()
    group = table.groupby(["shape", "low", "high", "rank"])
    return ~table.duplicated(["shape", "low", "high", "rank"]).to_numpy(), int((group.size() == 1).sum())


def _one_way_notes(one_way: int) -> list[Problem]:
    if one_way == 0:
        return []
    why = "people on foot walk a one-way street both ways"
    return [Problem("network.directed", "graph", f"{one_way} one-way edges", why, "nothing to do", "warning")]
