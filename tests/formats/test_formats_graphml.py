"""GraphML street graphs: every edge a row, lengths and nodes checked, nothing lost to a number too large."""

from __future__ import annotations

import networkx as nx
import osmnx as ox
import pytest
import shapely
from reading import noted, problems, read, refused, write

from zzgeo.network import WalkNetwork

LON, LAT = 113.6, 34.7
STEP_X, STEP_Y = 100 / 91_500, 100 / 110_930  # about a hundred metres


def grid(side=4, directed=True):
    """Return a grid of blocks of about 100 m, walkable both ways, with lengths as OSMnx has them."""
    graph = nx.MultiDiGraph(crs="EPSG:4326") if directed else nx.MultiGraph(crs="EPSG:4326")
    for x in range(side):
        for y in range(side):
            graph.add_node(10 * x + y, x=LON + x * STEP_X, y=LAT + y * STEP_Y)
    for x in range(side):
        for y in range(side):
            for a, b in ((x + 1, y), (x, y + 1)):
                if a < side and b < side:
                    graph.add_edge(10 * x + y, 10 * a + b, length=100.0, highway="path")
                    if directed:
                        graph.add_edge(10 * a + b, 10 * x + y, length=100.0, highway="path")
    return graph


def graphml(path, graph):
    nx.write_graphml(graph, path)
    return path


def changed(path, change, count=2):
    graph = grid()
    for number, (u, v, key) in enumerate(list(graph.edges(keys=True))):
        if number < count:
            change(graph, u, v, key)
    return graphml(path, graph)


def test_edges_are_rows_with_their_ends_as_text(tmp_path):
    raw = read(graphml(tmp_path / "a.graphml", grid()))
    assert raw.rows_read == len(raw.table) == 48
    assert noted(raw) == []
    first = raw.table.iloc[0]
    assert (first["u"], first["v"], first["length"], first["highway"]) == ("0", "10", 100.0, "path")
    assert raw.crs.to_epsg() == 4326
    assert raw.table.index.tolist() == list(range(1, 49))


def test_a_graph_of_osmnx_gives_the_network_osmnx_gives(tmp_path):
    graph = ox.distance.add_edge_lengths(grid())
    graph.edges[0, 10, 0]["geometry"] = shapely.LineString(
        [(LON, LAT), (LON + STEP_X / 2, LAT - STEP_Y / 2), (LON + STEP_X, LAT)]
    )
    ox.save_graphml(graph, tmp_path / "a.graphml")
    raw = read(tmp_path / "a.graphml")
    assert len(raw.table.geometry.iloc[0].coords) == 3
    ours = WalkNetwork.from_edges(raw.table.to_crs(4547))
    theirs = WalkNetwork.from_osmnx(
        grid(),
    )
    assert len(ours.node_xy) == len(theirs.node_xy) == 16


def test_ids_beyond_every_whole_number_stay_apart(tmp_path):
    graph = nx.relabel_nodes(grid(), lambda node: str(2**70 + node))
    raw = read(graphml(tmp_path / "a.graphml", graph))
    assert len(set(raw.table["u"]) | set(raw.table["v"])) == 16
    assert raw.table["u"].iloc[0] == str(2**70)


@pytest.mark.parametrize(
    ("length", "code"),
    [("nan", "edge.nonfinite"), ("inf", "edge.nonfinite"), ("250 m", "edge.nonfinite"), ("-250", "edge.negative")],
)
def test_a_length_that_is_none_is_refused_with_its_edges(tmp_path, length, code):
    path = changed(tmp_path / "a.graphml", lambda graph, u, v, key: graph.edges[u, v, key].update(length=length))
    [problem] = problems(path)
    assert (problem.code, problem.rows) == (code, ("1", "2"))


def test_missing_lengths_are_refused_where_others_have_one(tmp_path):
    path = changed(tmp_path / "a.graphml", lambda graph, u, v, key: graph.edges[u, v, key].pop("length"))
    assert refused(path) == "edge.missing_length"
    path = changed(tmp_path / "b.graphml", lambda graph, u, v, key: graph.edges[u, v, key].pop("length"), 99)
    assert noted(read(path)) == ["edge.missing_length"]


def test_lengths_as_text_are_numbers(tmp_path):
    path = changed(tmp_path / "a.graphml", lambda graph, u, v, key: graph.edges[u, v, key].update(length=" 100.0 "), 99)
    assert read(path).table["length"].tolist() == [100.0] * 48


def test_odd_lengths_are_told_and_the_edges_kept(tmp_path):
    zero = read(changed(tmp_path / "a.graphml", lambda graph, u, v, key: graph.edges[u, v, key].update(length=0.0)))
    assert noted(zero) == ["edge.zero_length"]
    assert zero.notes[0].rows == ("1", "2")
    short = read(
        changed(tmp_path / "b.graphml", lambda graph, u, v, key: graph.edges[u, v, key].update(length=90.0), 1)
    )
    assert noted(short) == ["edge.shorter_than_chord", "edge.asymmetric"]
    assert short.notes[0].rows == ("1",)
    long = read(
        changed(tmp_path / "c.graphml", lambda graph, u, v, key: graph.edges[u, v, key].update(length=130.0), 1)
    )
    assert noted(long) == ["edge.asymmetric"]
    assert len(zero.table) == len(short.table) == len(long.table) == 48


@pytest.mark.parametrize("factor", [0.001, 3.28084, 0.000621, 1 / 80])
def test_lengths_in_another_unit_are_refused(tmp_path, factor):
    path = changed(
        tmp_path / "a.graphml", lambda graph, u, v, key: graph.edges[u, v, key].update(length=100 * factor), 99
    )
    assert refused(path) == "edge.unit_suspected"


def test_detours_are_no_other_unit(tmp_path):
    path = changed(tmp_path / "a.graphml", lambda graph, u, v, key: graph.edges[u, v, key].update(length=160.0), 99)
    assert noted(read(path)) == []


def test_a_few_one_way_streets_are_told_and_a_graph_of_one_direction_is_not(tmp_path):
    graph = grid()
    graph.remove_edges_from([(10, 0), (1, 0), (22, 12)])
    raw = read(graphml(tmp_path / "a.graphml", graph))
    assert noted(raw) == ["network.directed"]
    assert len(raw.notes[0].rows) == 3
    assert noted(read(graphml(tmp_path / "b.graphml", grid(directed=False)))) == []


def test_loops_and_parallel_edges_are_kept_but_for_those_without_extent(tmp_path):
    graph = grid()
    graph.add_edge(
        0, 10, length=140.0, geometry=f"LINESTRING ({LON} {LAT}, {LON} {LAT - STEP_Y}, {LON + STEP_X} {LAT})"
    )
    graph.add_edge(0, 0, length=50.0)
    round_trip = f"LINESTRING ({LON} {LAT}, {LON - STEP_X} {LAT}, {LON} {LAT - STEP_Y}, {LON} {LAT})"
    graph.add_edge(0, 0, length=350.0, geometry=round_trip)
    raw = read(graphml(tmp_path / "a.graphml", graph))
    assert (raw.rows_read, len(raw.table)) == (51, 50)
    assert noted(raw) == ["edge.zero_length"]
    assert raw.table.geometry.is_valid.all()


def broken(change):
    graph = grid()
    change(graph)
    return graph


@pytest.mark.parametrize(
    ("change", "codes"),
    [
        (lambda g: g.nodes[0].update(x="nan"), {"coord.nonfinite"}),
        (lambda g: g.nodes[0].update(y=95.0), {"coord.out_of_range"}),
        (lambda g: g.nodes[0].pop("x"), {"network.no_coordinates"}),
        (lambda g: g.graph.pop("crs"), {"crs.missing"}),
        (lambda g: g.nodes[0].update(x="here"), {"network.no_coordinates"}),
        (lambda g: g.graph.update(crs="EPSG:99999"), {"crs.unknown"}),
        (lambda g: (g.graph.pop("crs"), g.nodes[0].pop("x")), {"crs.missing", "network.no_coordinates"}),
        (lambda g: g.remove_edges_from(list(g.edges)), {"network.empty"}),
        (lambda g: g.edges[0, 10, 0].update(geometry="LINESTRING (113.6 34.8, 113.7 34.8)"), {"network.dangling"}),
        (lambda g: g.edges[0, 10, 0].update(geometry="POINT (1 2)"), {"geom.unreadable"}),
        (lambda g: g.edges[0, 10, 0].update(geometry="nonsense"), {"geom.unreadable"}),
    ],
)
def test_a_graph_that_cannot_carry_a_walk_is_refused_with_all_its_reasons(tmp_path, change, codes):
    assert {one.code for one in problems(graphml(tmp_path / "a.graphml", broken(change)))} == codes


def test_an_edge_that_ends_at_no_node_and_a_node_that_stands_twice_are_refused(tmp_path):
    text = graphml(tmp_path / "a.graphml", grid()).read_text()
    dangling = text.replace('target="10"', 'target="nowhere"', 1)
    assert refused(write(tmp_path / "b.graphml", dangling)) == "network.dangling"
    node = text[text.index('<node id="0"') : text.index("</node>") + 7]
    assert refused(write(tmp_path / "c.graphml", text.replace(node, node * 2, 1))) == "id.duplicate"
    assert refused(write(tmp_path / "d.graphml", text[: len(text) // 2])) == "file.malformed"


def test_metres_are_measured_in_the_unit_of_the_graph(tmp_path):
    graph = ox.projection.project_graph(grid(), to_crs="EPSG:4547")
    graph.graph["crs"] = "EPSG:4547"
    raw = read(graphml(tmp_path / "a.graphml", graph))
    assert raw.crs.to_epsg() == 4547
    assert noted(raw) == []


@pytest.mark.parametrize(
    ("tags", "pieces", "private"),
    [({"barrier": "gate"}, 1, 0), ({"barrier": "wall"}, 2, 0), ({"barrier": "gate", "access": "private"}, 1, 4)],
)
def test_gates_of_a_graph_stop_people_as_they_do_in_a_map(tmp_path, tags, pieces, private):
    graph = grid(side=3)
    graph.remove_nodes_from([node for node in graph if node % 10])
    graph.nodes[10].update(tags)
    raw = read(graphml(tmp_path / "a.graphml", graph))
    streets = raw.table.to_crs("EPSG:4547")
    assert raw.rows_read == graph.number_of_edges()
    network = WalkNetwork.from_edges(streets)
    assert len(network.component_table) == pieces
    assert ("osm.gate_closed" in {note.code for note in raw.notes}) == (pieces == 2)
    assert (0 if "private" not in streets else int((streets["private"] == "yes").sum())) == private
    driven = read(tmp_path / "a.graphml", role="driving")
    assert len(driven.table) == raw.rows_read
    assert len(WalkNetwork.from_edges(driven.table.to_crs("EPSG:4547")).component_table) == 1
