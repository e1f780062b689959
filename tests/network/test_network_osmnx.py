"""OSMnx graphs are a door, nothing more: their lengths and directions are not believed."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest
import shapely

from zzgeo.errors import CrsError, NetworkError
from zzgeo.network import WalkNetwork, nearest
from zzgeo.spec.walking_profile import walking_profile

CRS = "EPSG:4547"


def graph(kind=nx.MultiDiGraph, crs=CRS, scale=1.0, at=(0.0, 0.0)):
    made = kind(crs=crs)
    for name, (x, y) in {10: (0, 0), 11: (100, 0), 2**40: (100, 100)}.items():
        made.add_node(name, x=at[0] + x * scale, y=at[1] + y * scale)
    return made


def notes(network):
    return [note.code for note in network.notes]


def test_the_two_directions_of_a_street_are_one_edge():
    curve = shapely.LineString([(0, 0), (50, 40), (100, 0)])
    made = graph()
    made.add_edge(10, 11, geometry=curve, length=1.0, highway="residential")
    made.add_edge(11, 10, geometry=curve.reverse(), length=1.0, highway="residential")
    made.add_edge(11, 2**40, length=7.0)
    made.add_edge(2**40, 11, length=7.0)
    network = WalkNetwork.from_osmnx(made)
    assert network.edges.length_m.tolist() == pytest.approx([curve.length, 100.0])
    assert "length" not in network.edges.columns
    assert network.edges.highway.tolist()[0] == "residential"
    assert network.edges.u_id.tolist() == [10, 11]
    # The lengths it claims are never used; that they cannot be true is told.
    assert notes(network) == ["edge.shorter_than_chord"]


def test_parallel_streets_that_run_the_same_way_stay():
    made = graph()
    bend = shapely.LineString([(0, 0), (50, 40), (100, 0)])
    made.add_edge(10, 11)
    made.add_edge(10, 11, geometry=bend)
    made.add_edge(11, 10)
    made.add_edge(11, 10, geometry=bend.reverse())
    assert sorted(WalkNetwork.from_osmnx(made).edges.length_m) == pytest.approx([100, bend.length])
    made.add_edge(10, 11, geometry=shapely.LineString([(0, 0), (50, 39), (100, 0)]))
    assert len(WalkNetwork.from_osmnx(made).edges) == 3
    # one more of the same shape is a street drawn twice
    made.add_edge(10, 11, geometry=bend)
    assert len(WalkNetwork.from_osmnx(made).edges) == 3


def test_a_loop_in_two_directions_is_one_loop():
    made = graph()
    loop = shapely.LineString([(0, 0), (30, 0), (30, 40), (0, 0)])
    made.add_edge(10, 10, geometry=loop)
    made.add_edge(10, 10, geometry=loop.reverse())
    made.add_edge(10, 11)
    made.add_edge(11, 10)
    assert sorted(WalkNetwork.from_osmnx(made).edges.length_m) == [100, 120]


def test_oneway_streets_are_walked_both_ways_and_noted(points):
    made = graph()
    made.add_edge(10, 11)
    made.add_edge(2**40, 11)
    network = WalkNetwork.from_osmnx(made)
    assert notes(network) == ["network.directed"]
    assert nearest(network, points((0, 0)), points((100, 100))).distance_m[0] == 200
    assert nearest(network, points((100, 100)), points((0, 0))).distance_m[0] == 200


def test_an_undirected_graph_keeps_every_edge():
    made = graph(nx.MultiGraph)
    bend = shapely.LineString([(0, 0), (50, 40), (100, 0)])
    made.add_edge(10, 11, geometry=bend.reverse())
    made.add_edge(10, 11, geometry=shapely.LineString([(0, 0), (50, 39), (100, 0)]))
    network = WalkNetwork.from_osmnx(made)
    assert len(network.edges) == 2
    # The ends follow the geometry, which may run against the edge.
    first = shapely.get_coordinates(shapely.get_point(network.edges.geometry.array, 0))
    assert np.allclose(first, network.node_xy[network.u])


def test_a_graph_in_degrees_is_projected_to_the_metric_crs_of_the_place():
    made = graph(crs="EPSG:4326", scale=1e-5, at=(113.6, 34.7))
    made.add_edge(10, 11, length=5.0)
    made.add_edge(11, 10, length=5.0)
    network = WalkNetwork.from_osmnx(made)
    assert network.crs.to_epsg() == 4547
    assert network.length_m[0] == pytest.approx(91.6, abs=0.1)


def test_a_real_osmnx_graph_comes_through(tmp_path):
    ox = pytest.importorskip("osmnx")
    path = tmp_path / "town.osm"
    path.write_text(
        '<osm version="0.6"><node id="1" lat="34.7" lon="113.6"/><node id="2" lat="34.7" lon="113.601"/>'
        '<node id="3" lat="34.701" lon="113.601"/><way id="9"><nd ref="1"/><nd ref="2"/><nd ref="3"/>'
        '<tag k="highway" v="residential"/><tag k="oneway" v="yes"/></way></osm>'
    )
    made = ox.graph_from_xml(path, simplify=True, retain_all=True)
    network = WalkNetwork.from_osmnx(made)
    assert len(network.edges) == 1
    other = WalkNetwork.from_osm_file(path)
    assert network.length_m.sum() == pytest.approx(other.length_m.sum(), abs=1e-6)


def test_graphs_without_usable_nodes_edges_or_crs_are_refused():
    empty = graph()
    with pytest.raises(NetworkError, match=r"network\.empty"):
        WalkNetwork.from_osmnx(empty)
    for x, code in ((None, "network.no_coordinates"), ("5", "network.no_coordinates"), (np.nan, "coord.nonfinite")):
        made = graph()
        made.add_edge(10, 11)
        made.add_node(5, x=x, y=0.0)
        with pytest.raises(NetworkError, match=code):
            WalkNetwork.from_osmnx(made)
    beyond = graph(crs="EPSG:4326")
    beyond.add_edge(10, 11)
    beyond.nodes[10]["y"] = 95.0
    with pytest.raises(NetworkError, match=r"coord\.out_of_range"):
        WalkNetwork.from_osmnx(beyond)
    for crs in (None, "EPSG:99999", "EPSG:3857"):
        made = graph(crs=crs)
        made.add_edge(10, 11)
        with pytest.raises(CrsError):
            WalkNetwork.from_osmnx(made)
    elsewhere = graph()
    elsewhere.add_edge(10, 11, geometry=shapely.LineString([(0, 0), (90, 0)]))
    with pytest.raises(NetworkError, match=r"network\.dangling"):
        WalkNetwork.from_osmnx(elsewhere)


def town(edges: list[tuple[int, int, dict]], **nodes: dict) -> nx.MultiGraph:
    """Return a graph of nodes 0, 1, 2, … 100 m apart in a row."""
    made = nx.MultiGraph(crs="EPSG:4547")
    for number in {end for edge in edges for end in edge[:2]}:
        made.add_node(number, x=500_000.0 + 100 * number, y=3_800_000.0, **nodes.get(f"n{number}", {}))
    made.add_edges_from(edges)
    return made


def test_motorways_of_a_graph_are_dropped_told_and_leave_no_node_behind():
    made = town([(0, 1, {"highway": "residential"}), (1, 2, {"highway": ["motorway", "motorway_link"]})])
    network = WalkNetwork.from_osmnx(made)
    assert len(network.edges) == 1
    assert len(network.node_xy) == 2
    assert [note.code for note in network.notes] == ["osm.tag"]
    assert "1 streets, 0.1 km" in network.notes[0].value
    with pytest.raises(NetworkError, match=r"network\.empty"):
        WalkNetwork.from_osmnx(town([(0, 1, {"highway": "motorway"})]))


def test_a_profile_decides_about_a_graph():
    made = town([(0, 1, {"highway": "residential"}), (1, 2, {"highway": "steps"}), (2, 3, {"access": "private"})])
    assert len(WalkNetwork.from_osmnx(made).edges) == 3
    assert WalkNetwork.from_osmnx(made).edges["private"].tolist() == [False, False, True]
    assert len(WalkNetwork.from_osmnx(made, walking_profile("accessible")).edges) == 2
    assert len(WalkNetwork.from_osmnx(made, walking_profile("osmnx")).edges) == 2


@pytest.mark.parametrize(
    ("tags", "nodes", "edges", "pieces"),
    [
        ({"barrier": "gate"}, 3, 2, 1),
        ({"barrier": "wall"}, 4, 2, 2),
        ({"barrier": "gate", "foot": "no"}, 4, 2, 2),
        ({"barrier": "gate", "access": "private"}, 5, 4, 1),
    ],
)
def test_gates_of_a_graph_are_gates(tags, nodes, edges, pieces):
    network = WalkNetwork.from_osmnx(town([(0, 1, {"highway": "path"}), (1, 2, {"highway": "path"})], n1=tags))
    assert (len(network.node_xy), len(network.edges), len(network.component_table)) == (nodes, edges, pieces)
    # streets end 0.3 m before a closed gate
    assert network.length_m.sum() == pytest.approx(200.0 - (0.6 if pieces == 2 else 0.0))
    if edges == 4:
        assert network.edges["private"].tolist() == [False, False, True, True]
        assert network.length_m[2:] == pytest.approx([0.015, 0.015], abs=1e-6)
