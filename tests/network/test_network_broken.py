"""Broken graphs: refused with a line for each fault, or mended and told; never a silent answer."""

from __future__ import annotations

import dataclasses

import geopandas as gpd
import networkx as nx
import numpy as np
import pytest
import shapely

from zzgeo.errors import NetworkError
from zzgeo.network import WalkNetwork, nearest

CRS = "EPSG:4547"


def graph(lengths, kind=nx.MultiDiGraph):
    made = kind(crs=CRS)
    for node in range(len(lengths) + 1):
        made.add_node(node, x=100.0 * node, y=0.0)
    for at, length in enumerate(lengths):
        made.add_edge(at, at + 1, **({} if length is Ellipsis else {"length": length}))
    return made


def codes(problems):
    return {problem.code for problem in problems}


@pytest.mark.parametrize(
    ("lengths", "code"),
    [
        ([100.0, np.nan, 100.0], "edge.nonfinite"),
        ([100.0, np.inf, 100.0], "edge.nonfinite"),
        ([100.0, "far", 100.0], "edge.nonfinite"),
        ([100.0, -100.0, 100.0], "edge.negative"),
        (["100", "-100", "100"], "edge.negative"),
    ],
)
def test_lengths_that_are_none_are_refused(lengths, code):
    with pytest.raises(NetworkError) as error:
        WalkNetwork.from_osmnx(graph(lengths))
    assert codes(error.value.problems) == {code}
    assert "row 1" in str(error.value)


def test_all_faults_of_a_graph_are_told_at_once():
    with pytest.raises(NetworkError) as error:
        WalkNetwork.from_osmnx(graph([-1.0, np.nan, None, 0.0, 5.0]))
    assert codes(error.value.problems) == {
        "edge.nonfinite",
        "edge.negative",
        "edge.missing_length",
        "edge.zero_length",
        "edge.shorter_than_chord",
    }


@pytest.mark.parametrize(
    ("lengths", "code"),
    [
        ([100.0, None, 100.0], "edge.missing_length"),
        ([100.0, 0.0, 100.0], "edge.zero_length"),
        ([100.0, 60.0, 100.0], "edge.shorter_than_chord"),
        (["100", "60.5", "100"], "edge.shorter_than_chord"),
    ],
)
def test_lengths_that_contradict_the_geometry_are_measured_and_noted(lengths, code, points):
    network = WalkNetwork.from_osmnx(graph(lengths))
    assert code in codes(network.notes)
    assert network.length_m.tolist() == [100, 100, 100]
    assert nearest(network, points((0, 0)), points((300, 0))).distance_m.tolist() == [300]


def test_a_missing_attribute_among_others_is_noted_and_none_at_all_is_not():
    assert "edge.missing_length" in codes(WalkNetwork.from_osmnx(graph([100.0, Ellipsis, 100.0])).notes)
    assert not codes(WalkNetwork.from_osmnx(graph([...] * 3, nx.MultiGraph)).notes)


@pytest.mark.parametrize("length", [100.0, 99.5, 130.0, "100.0"])
def test_lengths_as_others_compute_them_raise_no_doubt(length):
    assert not codes(WalkNetwork.from_osmnx(graph([length] * 3, nx.MultiGraph)).notes)


def test_a_graph_without_edges_is_refused():
    with pytest.raises(NetworkError, match=r"network\.empty"):
        WalkNetwork.from_osmnx(graph([]))
    with pytest.raises(NetworkError, match=r"network\.empty"):
        WalkNetwork.from_edges(gpd.GeoDataFrame(geometry=[], crs=CRS))


@pytest.mark.parametrize("first", [2**31 + 1, 2**53 + 1, 2**62])
def test_ids_beyond_32_and_53_bits_stay_apart(first, points):
    streets = gpd.GeoDataFrame(
        {"u": [first, first + 1, first + 3], "v": [first + 1, first + 2, first + 4]},
        geometry=shapely.linestrings([[(0, 0), (100, 0)], [(100, 0), (200, 0)], [(100, 0), (100, 90)]]),
        crs=CRS,
    )
    network = WalkNetwork.from_osm_edges(streets)
    # The third street only starts at the same place: its nodes have ids of their own, as a bridge has.
    assert len(network.node_xy) == 5
    assert len(network.component_table) == 2
    made = graph([100.0, 100.0], nx.MultiGraph)
    made = nx.relabel_nodes(made, {node: first + node for node in made})
    assert len(WalkNetwork.from_osmnx(made).node_xy) == 3
    assert WalkNetwork.from_osmnx(made).edges.u_id.tolist() == [first, first + 1]


def test_streets_that_join_nowhere_are_refused_and_a_hamlet_of_two_is_not():
    parallel = gpd.GeoDataFrame(geometry=shapely.linestrings([[(0, y), (90, y)] for y in range(12)]), crs=CRS)
    with pytest.raises(NetworkError, match=r"network\.unjoined"):
        WalkNetwork.from_edges(parallel)
    hamlet = WalkNetwork.from_edges(parallel.iloc[:2])
    assert "network.components" in codes(hamlet.notes)


@pytest.mark.parametrize(
    ("column", "value", "code"),
    [
        ("length_m", np.nan, "edge.nonfinite"),
        ("length_m", 0.0, "edge.nonfinite"),
        ("length_m", -5.0, "edge.nonfinite"),
        ("length_m", 50.0, "edge.shorter_than_chord"),
        ("u", 99, "network.dangling"),
        ("v", -1, "network.dangling"),
    ],
)
def test_a_network_put_together_by_hand_is_checked(lines, column, value, code):
    network = WalkNetwork.from_edges(lines([(0, 0), (100, 0)], [(100, 0), (200, 0)]))
    values = getattr(network, column).copy()
    values[1] = value
    with pytest.raises(NetworkError, match=code.replace(".", r"\.")):
        dataclasses.replace(network, **{column: values})


def test_a_network_whose_parts_are_not_of_one_length_is_refused(lines):
    network = WalkNetwork.from_edges(lines([(0, 0), (100, 0)], [(100, 0), (200, 0)]))
    for part in ("columns", "u", "v", "length_m"):
        with pytest.raises(NetworkError, match=r"file\.inconsistent"):
            dataclasses.replace(network, **{part: getattr(network, part)[:1]})
    with pytest.raises(NetworkError, match=r"id\.duplicate"):
        dataclasses.replace(network, columns=network.columns.set_axis([7, 7]))
