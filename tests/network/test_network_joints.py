"""Where lines of a layer join and where they do not: shared vertices, levels, doubles, gaps, parts."""

from __future__ import annotations

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import pytest
import shapely

from zzgeo.network import WalkNetwork, loose_ends, nearest
from zzgeo.network.places import chained, distinct, from_west, near_pairs

CRS = "EPSG:4547"


def walk(network, start, end):
    """Return the metres between two places, with people set down on bridges as well."""
    vars(network)["may_stand"] = np.ones(len(network.u), dtype=bool)
    place = [gpd.GeoDataFrame(geometry=[shapely.Point(xy)], crs=CRS) for xy in (end, start)]
    return float(nearest(network, *place).distance_m.iloc[0])


def codes(network):
    return {note.code: note for note in network.notes}


# ----------------------------------------------------------------------------------------------------- shared vertices


@pytest.mark.parametrize("turn", [1, -1])
def test_a_side_street_joins_at_a_vertex_of_the_main_street(lines, turn):
    streets = lines([(0, 0), (500, 0), (1000, 0)][::turn], [(500, 0), (500, 400)], name=["主街", "支路"])
    network = WalkNetwork.from_edges(streets.set_axis(["m", "s"]))
    assert walk(network, (900, 0), (500, 300)) == pytest.approx(700)
    assert network.edges.name.tolist() == ["主街", "主街", "支路"]
    assert network.edges.cut_from.tolist() == ["m", "m", "s"]
    assert network.edges.index.tolist() == [0, 1, 2]
    assert len(network.notes) == 0


def test_lines_join_where_both_pass_through_a_vertex_and_not_where_they_merely_cross(lines):
    shared = lines([(0, 0), (50, 0), (100, 0)], [(50, -50), (50, 0), (50, 50)])
    assert walk(WalkNetwork.from_edges(shared), (100, 0), (50, 50)) == pytest.approx(100)
    crossing = lines([(0, 0), (50, 0), (100, 0)], [(50, -50), (50, 50)])
    assert walk(WalkNetwork.from_edges(crossing), (100, 0), (50, 50)) == np.inf


@pytest.mark.parametrize(("off", "joined"), [(0.0, True), (0.009, True), (0.011, False)])
def test_vertices_are_shared_to_a_centimetre(lines, off, joined):
    streets = lines([(0, 0), (50, 0), (100, 0)], [(50, -50), (50, off), (50, 50)])
    assert (walk(WalkNetwork.from_edges(streets), (100, 0), (50, 50)) < 200) == joined


def test_a_ring_is_joined_where_streets_meet_it(lines):
    ring = [(0, 0), (100, 0), (100, 100), (0, 100), (0, 0)]
    network = WalkNetwork.from_edges(lines(ring, [(100, 100), (200, 100)], [(-50, 100), (0, 100)]))
    assert walk(network, (200, 100), (-50, 100)) == pytest.approx(250)
    assert walk(network, (200, 100), (0, 0)) == pytest.approx(300)


def test_a_line_joins_itself_at_its_own_vertex(lines):
    six = [(0, 300), (0, 100), (0, 0), (100, 0), (100, 100), (0, 100)]
    assert walk(WalkNetwork.from_edges(lines(six)), (0, 300), (50, 100)) == pytest.approx(250)
    eight = [(0, 0), (50, 50), (100, 100), (100, 0), (50, 50), (0, 100)]
    assert walk(WalkNetwork.from_edges(lines(eight)), (0, 0), (0, 100)) == pytest.approx(100 * 2**0.5)


def test_a_vertex_drawn_twice_or_every_few_millimetres_is_no_junction(lines):
    twice = [(0, 0), (50, 0), (50, 0), (50, 0), (100, 0), (100, 0)]
    network = WalkNetwork.from_edges(lines(twice, [(100, 0), (100, 90)]))
    assert len(network.edges) == 2
    dense = [(x, 0.0) for x in np.arange(0, 1.001, 0.004)]
    network = WalkNetwork.from_edges(lines(dense, [(1.0, 0.0), (100, 0)]))
    assert len(network.edges) == 2
    assert walk(network, (0, 0), (100, 0)) == pytest.approx(100)


def test_a_dense_line_is_cut_where_another_street_begins(lines):
    dense = [(x, 0.0) for x in np.arange(0, 10.001, 0.004)]
    network = WalkNetwork.from_edges(lines(dense, [dense[1000], (4, 90)], [dense[-1], (100, 0)]))
    assert walk(network, (100, 0), (4, 90)) == pytest.approx(96 + 90)


def test_streets_cut_elsewhere_are_one_network_whatever_the_order_and_the_place(lines):
    rng = np.random.default_rng(3)
    streets = lines(
        [(0, 0), (100, 0), (200, 0)], [(100, 0), (100, 90)], [(200, 0), (200, 50), (200, 90)], [(100, 90), (200, 90)]
    )
    network = WalkNetwork.from_edges(streets)
    for _ in range(5):
        other = streets.iloc[rng.permutation(4)].translate(*rng.uniform(-500, 500, 2)).rotate(30, origin=(0, 0))
        moved = WalkNetwork.from_edges(gpd.GeoDataFrame(geometry=other))
        assert sorted(moved.length_m) == pytest.approx(sorted(network.length_m))
        assert len(moved.node_xy) == len(network.node_xy)


# -------------------------------------------------------------------------------------------------------------- levels

_CROSS = [[(0, 0), (50, 0), (100, 0)], [(50, -50), (50, 0), (50, 50)]]
_OVER = [
    {"bridge": ["F", "T"]},
    {"BRIDGE": ["N", "Y"]},
    {"is_bridge": [0, 1]},
    {"桥梁": ["否", "是"]},
    {"是否桥梁": [None, "高架桥"]},
    {"tunnel": ["no", "yes"]},
    {"隧道": ["", "是"]},
    {"layer": [0, 1]},
    {"layer": ["0", "-1"]},
    {"layer": [1, 2], "bridge": ["T", "T"]},
    {"bridge": [-1, 1]},
]


@pytest.mark.parametrize("columns", _OVER, ids=str)
def test_streets_of_different_levels_do_not_join_midway(lines, columns):
    assert walk(WalkNetwork.from_edges(lines(*_CROSS, **columns)), (100, 0), (50, 50)) == np.inf


@pytest.mark.parametrize(
    "columns",
    [{"bridge": ["T", "T"]}, {"bridge": ["F", "-1"]}, {"tunnel": ["no", "building_passage"]}, {"layer": [1, 1]}],
)
def test_streets_of_one_level_do(lines, columns):
    assert walk(WalkNetwork.from_edges(lines(*_CROSS, **columns)), (100, 0), (50, 50)) == pytest.approx(100)


def test_a_bridge_ends_on_the_street_below_and_a_street_does_not_end_on_a_bridge(lines):
    main, side = [(0, 0), (50, 0), (100, 0)], [(50, 0), (50, 50)]
    assert walk(WalkNetwork.from_edges(lines(main, side, bridge=["F", "T"])), (100, 0), (50, 50)) == pytest.approx(100)
    apart = WalkNetwork.from_edges(lines(main, side, bridge=["T", "F"]))
    assert walk(apart, (100, 0), (50, 50)) == np.inf
    assert loose_ends(apart).kind.tolist() == ["touches"]
    assert "network.touching" in codes(apart)


def test_a_crossing_of_bridges_over_a_crossing_of_streets_are_two(lines):
    over = [[(0, 0), (50, 50), (100, 100)], [(0, 100), (50, 50), (100, 0)]]
    below = [[(0, 50), (50, 50), (100, 50)], [(50, 0), (50, 50), (50, 100)]]
    network = WalkNetwork.from_edges(lines(*over, *below, layer=[1, 1, 0, 0]))
    assert walk(network, (100, 50), (50, 100)) == pytest.approx(100)
    assert walk(network, (0, 50), (100, 100)) == np.inf
    assert len(network.component_table) == 2
    assert len(network.node_xy) == 10


def test_ends_at_one_place_join_whatever_their_level(lines):
    streets = lines([(0, 0), (100, 0)], [(100, 0), (200, 0)], [(200, 0), (300, 0)], bridge=["F", "T", "F"])
    assert walk(WalkNetwork.from_edges(streets), (0, 0), (300, 0)) == pytest.approx(300)


# ------------------------------------------------------------------------------------------------------------- doubles

_BENT = [(0.0, 0.0), (213.7, 91.3), (400.0, 137.0)]


@pytest.mark.parametrize(
    "copy",
    [
        _BENT,
        _BENT[::-1],
        [(x + 0.005, y - 0.006) for x, y in _BENT],
        [_BENT[0], (106.85, 45.65), *_BENT[1:]],  # a vertex more on the way
    ],
)
def test_a_street_drawn_twice_is_one(lines, copy):
    network = WalkNetwork.from_edges(lines(_BENT, copy, [_BENT[-1], (900, 900)], name=["中街", "另名", "长街"]))
    assert network.edges.name.tolist() == ["中街", "长街"]
    assert "1 copies, 0.4 km: 1" in codes(network)["network.doubled"].value


def test_three_copies_are_one_street_and_another_way_between_the_same_ends_is_another(lines):
    around = [_BENT[0], (200, 300), _BENT[-1]]
    network = WalkNetwork.from_edges(lines(_BENT, around, _BENT[::-1], around[::-1], _BENT))
    assert len(network.edges) == 2
    assert "3 copies" in codes(network)["network.doubled"].value


def test_a_way_there_and_back_is_the_street_it_goes_along(lines):
    there, thrice = [(0, 0), (100, 0)], [(0, 0), (99, 0), (1, 0), (100, 0)]
    assert WalkNetwork.from_edges(lines(there, thrice)).length_m.sum() == pytest.approx(100)


def test_streets_that_run_along_each_other_for_a_while_do_so_once(lines):
    network = WalkNetwork.from_edges(lines([(0, 0), (100, 0), (200, 0), (300, 0)], [(400, 9), (200, 0), (100, 0)]))
    assert sorted(network.length_m.round(2)) == [100, 100, 100, 200.2]
    assert "network.doubled" in codes(network)


def test_a_ring_drawn_twice_from_another_corner_is_one(lines):
    ring = [(0, 0), (100, 0), (100, 100), (0, 100)]
    network = WalkNetwork.from_edges(lines([*ring, ring[0]], [*ring[2:], *ring[:2], ring[2]][::-1]))
    assert network.length_m.sum() == pytest.approx(400)


def test_a_viaduct_drawn_on_its_street_is_no_copy(lines):
    assert len(WalkNetwork.from_edges(lines(_BENT, _BENT, bridge=["F", "T"])).edges) == 2


def test_of_a_private_copy_and_a_public_one_the_public_one_stays(lines):
    network = WalkNetwork.from_edges(lines(_BENT, _BENT[::-1], private=[True, False]))
    assert network.edges.private.tolist() == [False]


def test_both_directions_of_an_osmnx_table_are_one_street(lines):
    table = lines(_BENT, _BENT[::-1], u=[5, 6], v=[6, 5])
    assert len(WalkNetwork.from_edges(table).edges) == 1


def test_copies_in_a_graph_are_one_street():

    graph = nx.MultiDiGraph(crs=CRS)
    graph.add_node(1, x=0.0, y=0.0)
    graph.add_node(2, x=100.0, y=0.0)
    for _ in range(3):
        graph.add_edge(1, 2)
    graph.add_edge(2, 1)
    network = WalkNetwork.from_osmnx(graph)
    assert len(network.edges) == 1
    assert codes(network)["network.doubled"].where == "graph"


# ---------------------------------------------------------------------------------------------------------------- gaps


def border(apart, *more):
    """Return two streets that miss each other by a little."""
    ways = [[(0, 500), (1000, 500)], [(1000 + apart * 0.8, 500 + apart * 0.6), (1500, 500)], *more]
    return gpd.GeoDataFrame({"name": list("abcdef")[: len(ways)]}, geometry=[*map(shapely.LineString, ways)], crs=CRS)


def test_ends_within_the_tolerance_are_joined_and_each_join_is_told():
    network = WalkNetwork.from_edges(border(0.05))
    assert walk(network, (900, 500), (1100, 499.99)) == pytest.approx(200, abs=0.1)
    note = codes(network)["network.joined"]
    assert note.value.startswith("1 ends, up to 0.05 m apart, e.g. 0.05 m at 1000.0, 500.0")
    assert note.severity == "warning"
    ends = loose_ends(network)
    assert ends.kind.tolist() == ["joined"]
    assert ends.metres.tolist() == pytest.approx([0.05])
    assert set(ends.edges[0].split(", ")) == {"0", "1"}
    assert ends.crs == network.crs
    assert ends.geometry.iloc[0].distance(shapely.Point(1000, 500)) <= 0.05 + 1e-9


def test_a_walk_over_a_joined_gap_is_no_shorter_than_the_straight_line():
    network = WalkNetwork.from_edges(border(0.5), join_m=0.5 + 1e-9)
    assert walk(network, (0, 500), (1500, 500)) >= 1500


def test_half_a_centimetre_is_no_gap():
    network = WalkNetwork.from_edges(border(0.005))
    assert np.isfinite(walk(network, (900, 500), (1100, 500)))
    assert loose_ends(network).empty
    assert "network.joined" not in codes(network)


@pytest.mark.parametrize(("join_m", "kind"), [(0.1, "gap"), (0.5, "joined"), (0.0, "gap")])
def test_a_wider_gap_is_joined_on_request_and_told_else(join_m, kind):
    network = WalkNetwork.from_edges(border(0.3), join_m=join_m)
    assert np.isfinite(walk(network, (900, 500), (1100, 500))) == (kind == "joined")
    ends = loose_ends(network)
    assert set(ends.kind) == {kind}
    assert ends.metres.max() == pytest.approx(0.3)
    assert ("network.touching" in codes(network)) == (kind == "gap")


@pytest.mark.parametrize("size", [300.0, 300_000.0])
def test_ends_beside_streets_are_those_of_a_search_among_all(size):
    """Streets long and short, over many squares of the search; ends are set beside streets all over."""
    rng = np.random.default_rng(int(size))
    begin = rng.uniform(0, size, (150, 2))
    ways = np.stack([begin, begin + rng.uniform(-60, 60, (150, 2)) * rng.choice([1.0, 20.0], (150, 1))], axis=1)
    main = shapely.linestrings(ways)
    feet = shapely.get_coordinates(shapely.line_interpolate_point(main, rng.uniform(0.2, 0.8, 150), normalized=True))
    sides = np.stack([feet + rng.uniform(-0.5, 0.5, (150, 2)), feet + rng.uniform(5, 40, (150, 2))], axis=1)
    streets = gpd.GeoDataFrame(geometry=[*main, *shapely.linestrings(sides)], crs=CRS)
    tips = np.concatenate([shapely.get_point(streets.geometry.array, at) for at in (0, -1)])
    away = shapely.distance(tips[:, None], streets.geometry.to_numpy()[None])
    away[np.arange(600), np.tile(np.arange(300), 2)] = np.inf
    near = away.min(axis=1) <= 0.5
    network = WalkNetwork.from_edges(pd.concat([streets, joined_pair(size)], ignore_index=True), join_m=0.0)
    found = loose_ends(network)
    assert near.sum() > 100
    assert len(found) == near.sum()
    assert sorted(found.metres) == pytest.approx(sorted(away.min(axis=1)[near]))


def joined_pair(size):
    """Return two streets with a common end, far off: a layer of which no two streets meet is refused."""
    x = 2 * size
    shapes = [shapely.LineString([(x, 0), (x + 9, 0)]), shapely.LineString([(x + 9, 0), (x + 20, 0)])]
    return gpd.GeoDataFrame(geometry=shapes, crs=CRS)


def test_the_middle_of_a_long_street_whose_ends_are_crossings_is_looked_at(lines):
    """Far from both its ends, in a square that no corner of it lies in."""
    rings = [[(x, 0), (x + 9, 9), (x + 9, -9), (x, 0)] for x in (-2000, 2000)]
    streets = lines([(-2000, 0), (2000, 0)], *rings, [(700, 0.2), (700, 90), (709, 99), (691, 99), (700, 90)])
    assert loose_ends(WalkNetwork.from_edges(streets)).edges.tolist() == ["3, 0"]


def test_beyond_half_a_metre_nothing_is_told():
    assert loose_ends(WalkNetwork.from_edges(border(0.51))).empty


def test_an_end_on_or_beside_the_middle_of_a_street_is_told(lines):
    main = [(0, 0), (1000, 0)]
    for off, kind in ((0.0, "touches"), (0.004, "touches"), (0.2, "gap"), (-0.2, "gap")):
        network = WalkNetwork.from_edges(lines(main, [(300, off), (300, 200)]).set_axis(["主", "支"]))
        ends = loose_ends(network)
        assert ends.kind.tolist() == [kind], off
        assert ends.metres[0] == pytest.approx(abs(off), abs=1e-9)
        assert ends.edges[0] == "支, 主"
        assert "300.0, " in codes(network)["network.touching"].value


def test_a_line_that_ends_beside_itself_is_told(lines):
    six = [(0, 300), (0, 0), (100, 0), (100, 100), (0.2, 100)]
    assert loose_ends(WalkNetwork.from_edges(lines(six))).metres.tolist() == pytest.approx([0.2])
    ring = [(0, 0), (100, 0), (100, 100), (0, 0.05)]
    assert loose_ends(WalkNetwork.from_edges(lines(ring))).kind.tolist() == ["joined"]


def test_the_end_of_a_stub_is_near_its_own_crossing_and_not_told(lines):
    streets = lines([(0, 0), (100, 0)], [(100, 0), (200, 0)], [(100, 0), (100, 0.3)])
    assert loose_ends(WalkNetwork.from_edges(streets)).empty


def test_a_short_street_between_two_crossings_stays(lines):
    streets = lines([(0, 0), (100, 0)], [(100, 0), (100.06, 0)], [(100.06, 0), (200, 0)], name=list("abc"))
    network = WalkNetwork.from_edges(streets)
    assert network.edges.name.tolist() == ["a", "b", "c"]
    assert len(network.node_xy) == 4
    assert loose_ends(network).empty
    assert walk(network, (0, 0), (200, 0)) == pytest.approx(200)


def test_a_street_as_short_as_the_gap_never_vanishes(lines):
    streets = lines([(0, 0), (100, 0)], [(100.03, 0), (100.07, 0)], [(100.1, 0), (200, 0)], name=list("abc"))
    network = WalkNetwork.from_edges(streets)
    assert set(network.edges.name) == {"a", "b", "c"}
    assert walk(network, (0, 0), (200, 0)) == pytest.approx(200, abs=0.2)


def test_the_crossing_of_most_streets_stays_where_it_is(lines):
    streets = lines([(0, 0), (100, 0)], [(100, 0), (200, 0)], [(100, 0), (100, 90)], [(99.95, -0.02), (0, -90)])
    network = WalkNetwork.from_edges(streets)
    assert [100.0, 0.0] in network.node_xy.tolist()
    assert loose_ends(network).edges[0].startswith("3, ")


def test_bridges_that_meet_above_do_not_join_an_end_below(lines):
    over = [[(0, 0), (50, 50), (100, 100)], [(0, 100), (50, 50), (100, 0)]]
    network = WalkNetwork.from_edges(lines(*over, [(50.05, 50), (50, -90)], layer=[1, 1, 0]))
    assert walk(network, (50, -90), (100, 100)) == np.inf


def test_joins_survive_a_file_and_barriers(lines, tmp_path):
    network = WalkNetwork.from_edges(border(0.05, [(200, 0), (200, 499.8)]))
    assert sorted(loose_ends(network).kind) == ["gap", "joined"]
    opened = WalkNetwork.from_saved(network.save(tmp_path / "network.zzn"))
    pd.testing.assert_frame_equal(pd.DataFrame(loose_ends(opened)), pd.DataFrame(loose_ends(network)))
    river = lines([(700, 0), (700, 900)])
    assert len(loose_ends(network.with_barriers(river))) == 2
    clean = WalkNetwork.from_edges(border(0.0))
    assert loose_ends(WalkNetwork.from_saved(clean.save(tmp_path / "clean.zzn"))).empty


# --------------------------------------------------------------------------------------------------- parts and heights


@pytest.mark.parametrize("parts", [2, 3])
def test_a_street_begins_where_parts_of_another_meet(parts):
    main = shapely.MultiLineString([[(500 * at, 0), (500 * at + 500, 0)] for at in range(parts)])
    side = shapely.LineString([(500, 0), (500, 400)])
    network = WalkNetwork.from_edges(gpd.GeoDataFrame({"name": ["主", "支"]}, geometry=[main, side], crs=CRS))
    assert walk(network, (100, 0), (500, 300)) == pytest.approx(700)
    assert walk(network, (500 * parts - 100, 0), (500, 300)) == pytest.approx(500 * parts - 300)
    assert network.edges.name.tolist() == ["主"] * parts + ["支"]


def test_heights_are_those_of_vertices_where_lines_were_cut(lines):
    streets = gpd.GeoDataFrame(
        geometry=[
            shapely.LineString([(0, 0, 5), (50, 0, 8), (100, 0, 9)]),
            shapely.LineString([(50, 0, 8), (50, 90, 1)]),
        ],
        crs=CRS,
    )
    network = WalkNetwork.from_edges(streets)
    height = {tuple(xy): z for xy, z in zip(network.node_xy.tolist(), network.node_z.tolist(), strict=True)}
    assert height == {(0, 0): 5, (50, 0): 8, (100, 0): 9, (50, 90): 1}


def test_a_tunnel_below_a_crossing_does_not_lower_it():
    ways = [[(0, 0, 5), (50, 0, 8), (100, 0, 9)], [(50, 0, 8), (50, 90, 1)], [(0, 90, 1), (50, 0, -9), (99, -90, 1)]]
    streets = gpd.GeoDataFrame({"tunnel": ["no", "no", "yes"]}, geometry=[*map(shapely.LineString, ways)], crs=CRS)
    network = WalkNetwork.from_edges(streets)
    assert sorted(network.node_z) == [1, 1, 1, 5, 8, 9]


# -------------------------------------------------------------------------------------------------------------- places


def test_places_near_each_other_are_found_as_a_search_tree_finds_them():
    from scipy.spatial import KDTree

    rng = np.random.default_rng(0)
    for metres in (0.0, 0.01, 0.1, 1.0):
        xy = rng.integers(0, 300, (2000, 2)) / 10 + rng.choice([0.0, 4e-3], (2000, 2)) + 4e6
        places, which = distinct(xy)
        assert (places[which] == xy).all()
        assert len(np.unique(places, axis=0)) == len(places)
        pairs = {tuple(sorted(pair)) for pair in near_pairs(places, metres).tolist()}
        assert pairs == KDTree(places).query_pairs(metres)


def test_zero_is_one_place_with_either_sign():
    places, which = distinct(np.array([[0.0, 1.0], [-0.0, 1.0], [5.0, 0.0], [5.0, -0.0]]))
    assert len(places) == 2
    assert which.tolist() == [0, 0, 1, 1]


def test_a_group_is_called_by_its_westernmost_place():
    xy = np.array([[3.0, 0.0], [1.0, 0.0], [2.0, 0.0], [9.0, 0.0]])
    assert chained(np.array([[0, 2], [2, 1]]), xy).tolist() == [1, 1, 1, 3]
    assert chained(np.empty((0, 2), dtype=int), xy).tolist() == [0, 1, 2, 3]
    assert from_west(np.array([[1.0, 5.0], [1.0, 2.0], [0.0, 9.0]])).tolist() == [2, 1, 0]
