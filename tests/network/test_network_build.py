"""From lines to a network: what is joined, what is kept, what is refused."""

from __future__ import annotations

import dataclasses

import geopandas as gpd
import numpy as np
import pytest
import shapely

from zzgeo.errors import CrsError, InputError, NetworkError
from zzgeo.network import WalkNetwork, nearest

CRS = "EPSG:4547"


def codes(error: pytest.ExceptionInfo) -> set[str]:
    return {problem.code for problem in error.value.problems}


def notes(network: WalkNetwork) -> set[str]:
    return {note.code for note in network.notes}


def test_ends_within_a_centimetre_are_one_node_and_others_are_not(lines):
    near = lines([(0, 0), (100, 0)], [(100.008, 0.004), (200, 0)])
    apart = lines([(0, 0), (100, 0)], [(100.012, 0), (200, 0)])
    assert len(WalkNetwork.from_edges(near, join_m=0.0).node_xy) == 3
    assert len(WalkNetwork.from_edges(apart, join_m=0.0).node_xy) == 4


@pytest.mark.parametrize("shift", [0.0, 0.0049, 0.005, 0.0051, 0.01, 4_000_000.003])
def test_coinciding_ends_do_not_depend_on_where_a_rounding_line_runs(lines, shift):
    streets = lines([(0, 0), (100, 0)], [(100.006, 0), (200, 0)])
    moved = streets.set_geometry(streets.translate(shift, shift))
    assert len(WalkNetwork.from_edges(moved).node_xy) == 3


def test_crossing_lines_without_a_common_end_stay_a_bridge(lines):
    network = WalkNetwork.from_edges(lines([(0, 0), (100, 0)], [(50, -50), (50, 50)]))
    assert len(network.component_table) == 2
    assert "network.components" in notes(network)


def test_parallel_edges_and_loops_are_kept(lines):
    network = WalkNetwork.from_edges(
        lines([(0, 0), (100, 0)], [(0, 0), (50, 30), (100, 0)], [(0, 0), (9, 9), (-9, 9), (0, 0)])
    )
    assert len(network.edges) == 3
    assert network.edges.u[2] == network.edges.v[2]
    # The shorter of two parallel streets, never their sum.
    assert network.graph.nnz == 2
    assert network.graph.max() == 100


def test_lengths_are_measured_and_never_believed(lines):
    network = WalkNetwork.from_edges(lines([(0, 0, 5), (30, 40, 99)], length=[7.0], length_m=[7.0]))
    assert network.edges.length_m.tolist() == [50.0]
    assert network.edges.length_m_id.tolist() == [7.0]
    assert not shapely.has_z(network.edges.geometry[0])


def test_attributes_and_a_unique_index_are_kept_and_nothing_is_written_to_the_argument(lines):
    streets = lines([(0, 0), (1, 0)], [(1, 0), (2, 0)], u=[10, 11], v=[11, 12], name=["a", "b"]).set_axis(["x", "y"])
    before = streets.copy(deep=True)
    network = WalkNetwork.from_edges(streets)
    assert network.edges.index.tolist() == ["x", "y"]
    assert network.edges.name.tolist() == ["a", "b"]
    assert network.edges.u_id.tolist() == [10, 11]
    assert network.edges.u.tolist() == [0, 1]
    assert streets.equals(before)


def test_a_repeated_index_is_replaced_by_positions(lines):
    assert WalkNetwork.from_edges(lines([(0, 0), (1, 0)], [(1, 0), (2, 0)]).set_axis([5, 5])).edges.index.tolist() == [
        0,
        1,
    ]


def test_zero_length_edges_join_their_ends_and_are_noted(lines):
    network = WalkNetwork.from_edges(lines([(0, 0), (50, 0)], [(50, 0), (50, 0)], [(50, 0), (90, 0)]))
    assert len(network.edges) == 2
    assert len(network.node_xy) == 3
    assert "edge.zero_length" in notes(network)


def test_each_part_of_a_multiline_is_an_edge():
    joined = shapely.MultiLineString([[(0, 0), (50, 0)], [(50, 0), (100, 0)]])
    split = shapely.MultiLineString([[(100, 0), (150, 0)], [(160, 0), (200, 0)]])
    network = WalkNetwork.from_edges(gpd.GeoDataFrame({"name": ["a", "b"]}, geometry=[joined, split], crs=CRS))
    assert network.edges.length_m.tolist() == [50.0, 50.0, 50.0, 40.0]
    assert network.edges.name.tolist() == ["a", "a", "b", "b"]
    assert len(network.component_table) == 2
    assert "geom.repaired" in notes(network)


def test_every_unusable_row_is_named_in_one_error():
    with np.errstate(invalid="ignore"):
        odd = [shapely.LineString([(0, 0), (bad, 1)]) for bad in (np.nan, np.inf)]
    usable = shapely.LineString([(0, 0), (1, 1)])
    shapes = [None, shapely.LineString(), shapely.Point(0, 0), *odd, usable]
    table = gpd.GeoDataFrame(geometry=shapes, index=list("abcdef"), crs=CRS)
    with pytest.raises(NetworkError) as error:
        WalkNetwork.from_edges(table)
    assert codes(error) == {"geom.null", "geom.empty", "geom.mixed_types", "edge.nonfinite"}
    assert "d, e" in str(error.value)


def test_an_empty_table_is_refused():
    with pytest.raises(NetworkError, match=r"network\.empty"):
        WalkNetwork.from_edges(gpd.GeoDataFrame(geometry=[], crs=CRS))


def test_only_zero_length_edges_are_refused(lines):
    with pytest.raises(NetworkError, match=r"network\.empty"):
        WalkNetwork.from_edges(lines([(1, 1), (1, 1)]))


@pytest.mark.parametrize("crs", [None, "EPSG:4326", "EPSG:3857"])
def test_degrees_web_mercator_and_no_crs_are_refused(lines, crs):
    with pytest.raises(CrsError):
        WalkNetwork.from_edges(lines([(113.6, 34.7), (113.7, 34.7)]).set_crs(crs, allow_override=True))


def test_lines_that_end_elsewhere_than_their_nodes_are_refused_in_either_direction(lines, points):
    nodes = points((0, 0), (100, 0), (200, 0), index=[7, 8, 9])
    good = lines([(0, 0), (100, 0)], [(200, 0), (100, 0)], u=[7, 8], v=[8, 9])
    assert len(WalkNetwork.from_edges(good, nodes).edges) == 2
    with pytest.raises(NetworkError, match=r"over 1 m from its nodes: 1"):
        WalkNetwork.from_edges(good.assign(v=[8, 7]), nodes)
    with pytest.raises(NetworkError, match=r"not there: 0"):
        WalkNetwork.from_edges(good.assign(u=[77, 8]), nodes)
    with pytest.raises(NetworkError, match=r"schema\.missing_column"):
        WalkNetwork.from_edges(good.drop(columns="u"), nodes)
    with pytest.raises(CrsError):
        WalkNetwork.from_edges(good, nodes.to_crs("EPSG:4549"))


def test_components_are_counted_the_longest_first(lines):
    network = WalkNetwork.from_edges(lines([(0, 0), (10, 0)], [(0, 100), (300, 100)], [(300, 100), (300, 200)]))
    assert network.component_table.street_m.tolist() == [400.0, 10.0]
    assert network.component_table.nodes.tolist() == [3, 2]
    assert network.component_table.edges.tolist() == [2, 1]
    assert network.edges.component.tolist() == [1, 0, 0]
    assert "2 components, the largest 97.6%" in repr(network)


def test_a_network_with_a_length_that_is_not_positive_cannot_be_made(lines):
    good = WalkNetwork.from_edges(lines([(0, 0), (10, 0)]))
    for wrong in (0.0, -1.0, np.nan, np.inf):
        with pytest.raises(NetworkError):
            dataclasses.replace(good, length_m=np.array([wrong]))
    with pytest.raises(NetworkError):
        dataclasses.replace(good, u=np.array([5]))


def test_a_geoparquet_file_is_read_like_a_table(lines, tmp_path):
    streets = lines([(0, 0), (100, 0)], [(100, 0), (100, 50)], name=["a", "b"])
    streets.to_parquet(tmp_path / "streets.parquet")
    network = WalkNetwork.from_parquet(tmp_path / "streets.parquet")
    assert network.edges.length_m.tolist() == [100, 50]
    assert network.edges.name.tolist() == ["a", "b"]
    (tmp_path / "other.parquet").write_bytes(b"nothing")
    with pytest.raises(InputError):
        WalkNetwork.from_parquet(tmp_path / "other.parquet")


def test_a_zero_walk_survives_the_sparse_matrix(lines, points):
    """A facility at a crossing has arcs of length 0, which some sparse operations would drop."""
    network = WalkNetwork.from_edges(lines([(0, 0), (100, 0)], [(100, 0), (200, 0)], [(100, 0), (100, 100)]))
    found = nearest(network, points((100, 0), (300, 0)), points((200, 0), (100, 100), (100, 0)))
    assert found.distance_m.tolist() == [100.0, 100.0, 0.0]
