"""The same jobs by other engines. Each gets its graph ready beforehand; only the answer is timed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import shapely
from scipy.sparse.csgraph import dijkstra

from zzgeo.network import WalkNetwork, drawing, engine
from zzgeo.network.engine import nearest_owners, pieces_of_any, pieces_of_each
from zzgeo.network.positions import Positions
from zzgeo.network.search import _with_facilities
from zzgeo.network.snapping import facility_positions

#: Distances scipy may hold at once: 8 million, as zzgeo's own fallback allows it.
CELLS_AT_ONCE = 8_000_000
#: Metres along a side of the tiles scipy's graph is clipped to.
TILE_M = 5_000.0
#: Facilities the slow engines answer for; their time is multiplied up.
SAMPLE = {"networkx": 40, "ego": 4, "exact": 12}


@dataclass
class Case:
    """One city with its facilities and its demand, both at exact positions on edges."""

    name: str
    network: WalkNetwork
    facilities: gpd.GeoDataFrame
    sources: Positions
    targets: Positions
    cutoff: float
    facility_node: np.ndarray = field(repr=False)

    @property
    def owners(self) -> int:
        """How many facilities there are."""
        return len(self.facilities)


def case(name: str, network: WalkNetwork, facilities: gpd.GeoDataFrame, cutoff: float, seed: int = 3) -> Case:
    """Return a city with one demand position a node, at random on its edges."""
    sources = facility_positions(network, facilities, 200.0, None)
    rng = np.random.default_rng(seed)
    count = len(network.node_xy)
    edge = rng.integers(0, len(network.u), count)
    targets = Positions(edge, rng.random(count) * network.length_m[edge], np.zeros(count), np.arange(count))
    near = sources.offset < network.length_m[sources.edge] / 2
    node = np.where(near, network.u[sources.edge], network.v[sources.edge])
    return Case(name, network, facilities, sources, targets, cutoff, node)


Job = Callable[[], Any]


def zzgeo_jobs(one: Case) -> dict[str, Job]:
    """Exact positions on both sides; reached sets as exact pieces of edges."""
    engine.SMALL_JOB = 0
    network = one.network
    assert network.numbered
    assert network.lines is not None
    return {
        "nearest": lambda: nearest_owners(network, one.sources, one.targets, 1, one.cutoff),
        "reached": lambda: pieces_of_each(network, one.sources, one.cutoff),
        "reached, one thread": lambda: pieces_of_each(network, one.sources, one.cutoff, 1),
    }


def scipy_jobs(one: Case) -> dict[str, Job]:
    """Facilities at exact positions (as nodes of their own); reached sets as distances at nodes only."""
    network, targets = one.network, one.targets
    graph, owner = _with_facilities(network, one.sources)
    n = len(network.node_xy)
    u, v = network.u[targets.edge], network.v[targets.edge]
    back = network.length_m[targets.edge] - targets.offset
    starts = n + np.arange(len(owner))

    def nearest() -> tuple[np.ndarray, np.ndarray]:
        found, _, source = dijkstra(graph, indices=starts, limit=one.cutoff, min_only=True, return_predecessors=True)
        a, b = found[u] + targets.offset, found[v] + back
        return np.minimum(a, b), np.where(a <= b, source[u], source[v])

    def reached() -> int:
        at_once = max(1, CELLS_AT_ONCE // graph.shape[0])
        total = 0
        for first in range(0, len(starts), at_once):
            found = dijkstra(graph, indices=starts[first : first + at_once], limit=one.cutoff)
            total += len(np.nonzero(np.isfinite(found))[0])
        return total

    return {"nearest": nearest, "reached": reached}


def tiled_jobs(one: Case) -> dict[str, Job]:
    """As scipy, each facility on the part of the graph within reach of its tile; the parts are cut beforehand."""
    network = one.network
    graph, _ = _with_facilities(network, one.sources)
    n = len(network.node_xy)
    xy = np.concatenate([network.node_xy, network.node_xy[one.facility_node]])
    place = shapely.get_coordinates(one.facilities.geometry.array)
    tile = pd.Series(list(map(tuple, (place // TILE_M).astype(int))))
    parts = []
    for (column, row), rows in tile.groupby(tile).groups.items():
        low = np.array([column, row]) * TILE_M - one.cutoff
        inside = ((xy[:n] >= low) & (xy[:n] <= low + TILE_M + 2 * one.cutoff)).all(axis=1)
        nodes = np.concatenate([np.flatnonzero(inside), n + np.asarray(rows)])
        parts.append((graph[nodes][:, nodes], np.arange(int(inside.sum()), len(nodes))))

    def reached() -> int:
        total = 0
        for part, starts in parts:
            found = dijkstra(part, indices=starts, limit=one.cutoff)
            total += len(np.nonzero(np.isfinite(found))[0])
        return total

    return {"reached": reached}


def networkx_jobs(one: Case) -> dict[str, Job]:
    """Nearest nodes instead of positions; reached sets of a sample, multiplied up."""
    graph = light_graph(one.network)
    nodes = one.facility_node.tolist()
    some = nodes[:: max(1, len(nodes) // SAMPLE["networkx"])]
    return {
        "nearest": lambda: nx.multi_source_dijkstra_path_length(graph, set(nodes), cutoff=one.cutoff, weight="length"),
        f"reached *{len(nodes) / len(some):g}": lambda: [
            nx.single_source_dijkstra_path_length(graph, node, cutoff=one.cutoff, weight="length") for node in some
        ],
    }


def ego_jobs(one: Case) -> dict[str, Job]:
    """Do as many notebooks do: an ego graph of nodes, buffers of 50 m and 25 m, one union a facility.

    In a graph of OSMnx each street stands in both directions, and the recipe draws both.
    """
    graph = nx.MultiDiGraph(light_graph(one.network))
    xy, lines = one.network.node_xy, np.asarray(one.network.edges.geometry.array)
    nodes = one.facility_node.tolist()
    some = nodes[:: max(1, len(nodes) // SAMPLE["ego"])][: SAMPLE["ego"]]

    def polygons() -> list[Any]:
        areas = []
        for node in some:
            ego = nx.ego_graph(graph, node, radius=one.cutoff, distance="length")
            points = gpd.GeoSeries([shapely.Point(xy[at]) for at in ego.nodes]).buffer(50)
            edges = gpd.GeoSeries([lines[at] for _, _, at in ego.edges(data="edge")]).buffer(25)
            areas.append(pd.concat([points, edges]).union_all())
        return areas

    return {f"polygons *{len(nodes) / len(some):g}": polygons}


def pandana_jobs(one: Case) -> dict[str, Job]:
    """Nearest nodes instead of positions, distances rounded; needs the package pandana."""
    import pandana

    network = one.network
    with_ends = pd.DataFrame({"length": network.length_m})
    graph = pandana.Network(
        pd.Series(network.node_xy[:, 0]), pd.Series(network.node_xy[:, 1]),
        pd.Series(network.u), pd.Series(network.v), with_ends,
    )  # fmt: skip
    graph.set_pois("facility", one.cutoff, 1, *network.node_xy[one.facility_node].T)
    nodes = one.facility_node.tolist()
    return {
        "nearest": lambda: graph.nearest_pois(one.cutoff, "facility", num_pois=1, include_poi_ids=True),
        "reached": lambda: graph.nodes_in_range(nodes, one.cutoff),
    }


def light_graph(network: WalkNetwork) -> nx.MultiGraph:
    """Return the streets with their length and position alone."""
    graph = nx.MultiGraph()
    rows = zip(network.u.tolist(), network.v.tolist(), network.length_m.tolist(), strict=True)
    graph.add_edges_from((u, v, {"length": metres, "edge": at}) for at, (u, v, metres) in enumerate(rows))
    return graph


ENGINES: dict[str, Callable[[Case], dict[str, Job]]] = {
    "zzgeo": zzgeo_jobs,
    "scipy": scipy_jobs,
    "scipy on tiles": tiled_jobs,
    "networkx": networkx_jobs,
    "ego-graph recipe": ego_jobs,
    "pandana": pandana_jobs,
}


def check(one: Case, ready: dict[str, dict[str, Job]]) -> list[str]:
    """Compare the answers; raise where they differ, return what was compared."""
    said = []
    distance = ready["zzgeo"]["nearest"]()[0][:, 0]
    if "scipy" in ready:
        other, _ = ready["scipy"]["nearest"]()
        other = np.where(other <= one.cutoff + 1e-6, other, np.inf)
        np.testing.assert_array_equal(distance, same_edge(one, other))
        said.append("scipy: every distance equal to the last bit")
    at_nodes = Positions(
        one.network.edge_ends[1][one.network.edge_ends[0][one.facility_node]] // 2, np.zeros(one.owners),
        np.zeros(one.owners), np.arange(one.owners),
    )  # fmt: skip
    side = one.network.edge_ends[1][one.network.edge_ends[0][one.facility_node]] % 2
    at_nodes.offset[:] = side * one.network.length_m[at_nodes.edge]
    ends = Positions(
        np.concatenate([np.arange(len(one.network.u))] * 2),
        np.concatenate([np.zeros(len(one.network.u)), one.network.length_m]),
        np.zeros(2 * len(one.network.u)), np.concatenate([one.network.u, one.network.v]),
    )  # fmt: skip
    by_node = np.full(len(one.network.node_xy), np.inf)
    np.minimum.at(by_node, ends.owner, nearest_owners(one.network, at_nodes, ends, 1, one.cutoff)[0][:, 0])
    if "networkx" in ready:
        walks = ready["networkx"]["nearest"]()
        found = np.full(len(by_node), np.inf)
        found[list(walks)] = list(walks.values())
        np.testing.assert_allclose(found, by_node, rtol=0, atol=1e-6)
        said.append("networkx: the same crossings within reach, distances to 1e-6 m")
    if "pandana" in ready:
        found = ready["pandana"]["nearest"]()[1].to_numpy()
        inner = by_node < one.cutoff - 1.0
        off = float(np.max(np.abs(found[inner] - by_node[inner]), initial=0.0))
        assert off < 1.0, f"pandana is {off} m off"
        said.append(f"pandana: distances to {off:.2g} m (it rounds)")
    each, _, low, high = pieces_of_each(one.network, one.sources, one.cutoff)
    whole = pieces_of_any(one.network, one.sources, one.cutoff)
    street_m = np.bincount(each, high - low, minlength=one.owners)
    assert street_m.max() <= (whole[2] - whole[1]).sum() <= street_m.sum() + 1e-6
    return said


def same_edge(one: Case, other: np.ndarray) -> np.ndarray:
    """Add the walks that stay on one edge to distances over nodes, as an engine without positions must."""
    from zzgeo.network.plain import _same_edge

    for (_, target), metres in _same_edge(one.sources, one.targets):
        np.minimum.at(other, target, metres)
    return np.where(other <= one.cutoff + 1e-6, other, np.inf)


def polygons(one: Case) -> tuple[Job, Callable[[], dict[str, float]]]:
    """Return the drawing of all service areas, and how well a sample of them overlaps exact buffers."""
    owner, *span = pieces_of_each(one.network, one.sources, one.cutoff)

    def draw() -> list[Any]:
        found, *pieces = pieces_of_each(one.network, one.sources, one.cutoff)
        return drawing.rings(one.network.lines, [found], [tuple(pieces)], one.owners, 25.0)

    def overlap() -> dict[str, float]:
        some = np.unique(owner)[:: max(1, one.owners // SAMPLE["exact"])]
        areas = draw()[0][some]
        lines = np.asarray(one.network.edges.geometry.array)
        ratios = []
        for at, area in zip(some, areas, strict=True):
            edge, low, high = (values[owner == at] for values in span)
            pieces = lines[edge].copy()
            part = (low > 0) | (high < one.network.length_m[edge])
            pieces[part] = one.network.lines.pieces(edge[part], low[part], high[part])
            exact = shapely.union_all(shapely.buffer(pieces, 25.0, quad_segs=8))
            ratios.append(area.intersection(exact).area / area.union(exact).area)
        return {"least": float(min(ratios)), "mean": float(np.mean(ratios)),
                "vertices": float(shapely.get_num_coordinates(areas).mean())}  # fmt: skip

    return draw, overlap
