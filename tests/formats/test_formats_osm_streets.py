"""Streets of OpenStreetMap files: gates, private ways, squares, ferries, objects deleted or doubled, bridges."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from reading import aside, read

from zzgeo.formats.osm import read_streets
from zzgeo.formats.parts import osm_squares
from zzgeo.network import WalkNetwork
from zzgeo.spec.walking_profile import walking_profile

pytest.importorskip("osmium")

CRS = "EPSG:4547"


def tags_of(text: str) -> str:
    return "".join('<tag k="{}" v="{}"/>'.format(*pair.split("=", 1)) for pair in text.split())


def node(number: int, lon: float, lat: float, tags: str = "", more: str = 'version="1"') -> str:
    return f'<node id="{number}" lat="{lat}" lon="{lon}" {more}>{tags_of(tags)}</node>'


def way(number: int, nodes: list[int], tags: str, more: str = 'version="1"') -> str:
    refs = "".join(f'<nd ref="{one}"/>' for one in nodes)
    return f'<way id="{number}" {more}>{refs}{tags_of(tags)}</way>'


def relation(number: int, members: list[tuple[int, str]], tags: str) -> str:
    inner = "".join(f'<member type="way" ref="{ref}" role="{role}"/>' for ref, role in members)
    return f'<relation id="{number}" version="1">{inner}{tags_of(tags)}</relation>'


def write(folder, *elements: str):
    path = folder / "a.osm"
    path.write_text(f'<?xml version="1.0"?><osm version="0.6">{"".join(elements)}</osm>', encoding="utf-8")
    return path


def row_of_nodes(count: int, *tagged: tuple[int, str]) -> list[str]:
    return [node(one, 113.6 + one * 0.001, 34.7, dict(tagged).get(one, "")) for one in range(1, count + 1)]


def codes(path, profile=None) -> dict[str, int]:
    _, decided = read_streets(path, profile)
    return dict(zip(decided["code"], decided["ways"], strict=True))


def ends(streets) -> list[list[int]]:
    return streets[["u", "v"]].to_numpy().tolist()


# ---------------------------------------------------------------------------------------------------------------- gates


@pytest.mark.parametrize(
    "tags", ["barrier=gate foot=no", "barrier=gate access=no", "barrier=wall", "barrier=gate locked=yes"]
)
def test_ways_end_at_a_closed_gate_each_at_a_node_of_its_own(tmp_path, tags):
    path = write(
        tmp_path, *row_of_nodes(5, (3, tags)), way(1, [1, 2, 3, 4], "highway=footway"), way(2, [3, 5], "highway=path")
    )
    streets, _ = read_streets(path)
    assert ends(streets) == [[1, -1], [-2, 4], [-3, 5]]
    assert "private" not in streets
    assert codes(path) == {"osm.gate_closed": 1}
    network = WalkNetwork.from_osm_file(path, CRS)
    assert len(network.component_table) == 3
    assert len(network.node_xy) == 6
    assert codes(path, walking_profile("osmnx")) == {}


@pytest.mark.parametrize(
    "tags", ["barrier=gate", "barrier=kissing_gate", "barrier=lift_gate foot=yes", "barrier=wall foot=yes"]
)
def test_open_gates_cut_nothing(tmp_path, tags):
    path = write(tmp_path, *row_of_nodes(4, (3, tags)), way(1, [1, 2, 3, 4], "highway=footway"))
    streets, _ = read_streets(path)
    assert ends(streets) == [[1, 4]]
    assert codes(path) == {}


def test_numbers_of_new_nodes_lie_below_those_an_editor_gave(tmp_path):
    nodes = [node(-7, 113.6, 34.7), node(-8, 113.601, 34.7, "barrier=wall"), node(-9, 113.602, 34.7)]
    streets, _ = read_streets(write(tmp_path, *nodes, way(1, [-7, -8, -9], "highway=path")))
    assert ends(streets) == [[-7, -10], [-11, -9]]


def test_a_gate_at_the_end_of_one_way_stops_nobody(tmp_path):
    path = write(tmp_path, *row_of_nodes(3, (3, "barrier=wall")), way(1, [1, 2, 3], "highway=path"))
    assert len(read_streets(path)[0]) == 1
    assert codes(path) == {}


@pytest.mark.parametrize(
    "tags", ["barrier=gate access=private", "barrier=gate access=private locked=yes", "barrier=gate foot=private"]
)
def test_a_private_gate_is_a_short_private_way_between_the_streets_that_meet_it(tmp_path, tags):
    path = write(
        tmp_path, *row_of_nodes(4, (3, tags)), way(1, [1, 2, 3], "highway=footway"), way(2, [3, 4], "highway=path")
    )
    streets, _ = read_streets(path)
    assert ends(streets) == [[1, -1], [-2, 4], [3, -1], [3, -2]]
    assert streets["private"].tolist() == [False, False, True, True]
    assert streets["highway"].tolist() == ["footway", "path", "gate", "gate"]
    assert streets["osm_way"].tolist() == [1, 2, 1, 2]
    assert codes(path) == {"osm.gate_private": 1}
    network = WalkNetwork.from_osm_file(path, CRS)
    assert len(network.component_table) == 1
    short = network.edges.loc[network.edges["private"], "length_m"]
    assert len(short) == 2
    assert short.between(0.01, 0.05).all()
    whole = WalkNetwork.from_osm_file(path, CRS, walking_profile("cn-default", {"private": "open"}))
    assert network.length_m.sum() == pytest.approx(whole.length_m.sum(), abs=1e-4)


def test_a_private_gate_is_the_same_after_a_graph_or_a_table(tmp_path):
    path = write(
        tmp_path, *row_of_nodes(4, (3, "barrier=gate access=private")), way(1, [1, 2, 3, 4], "highway=footway")
    )
    network = WalkNetwork.from_osm_file(path, CRS)
    graph = WalkNetwork.from_osmnx(network.to_networkx())
    table = WalkNetwork.from_edges(network.edges.drop(columns=["u", "v", "component", "length_m"]))
    for other in (graph, table):
        assert sorted(other.edges["private"]) == [False, False, True, True]
        assert len(other.node_xy) == len(network.node_xy) == 5
        assert other.length_m.sum() == pytest.approx(network.length_m.sum())


# -------------------------------------------------------------------------------------------------- private ways, trunk


def test_private_ways_are_kept_as_private_or_as_the_profile_says(tmp_path):
    path = write(
        tmp_path, *row_of_nodes(3), way(1, [1, 2], "highway=service access=private"), way(2, [2, 3], "highway=path")
    )
    streets, _ = read_streets(path)
    assert streets["private"].tolist() == [True, False]
    assert codes(path) == {"osm.private_way": 1}
    opened, _ = read_streets(path, walking_profile("cn-default", {"private": "open"}))
    assert len(opened) == 2
    assert "private" not in opened
    closed, _ = read_streets(path, walking_profile("cn-default", {"private": "closed"}))
    assert closed["osm_way"].tolist() == [2]


def test_trunk_roads_are_walked_at_grade_and_told(tmp_path):
    path = write(
        tmp_path,
        *row_of_nodes(4),
        way(1, [1, 2], "highway=trunk"),
        way(2, [2, 3], "highway=trunk bridge=yes"),
        way(3, [3, 4], "highway=trunk_link motorroad=yes"),
    )
    streets, decided = read_streets(path)
    assert streets["osm_way"].tolist() == [1]
    reasons = dict(zip(decided["reason"], decided["code"], strict=True))
    assert reasons == {
        "highway=trunk on a bridge or in a tunnel": "osm.tag",
        "motorroad=yes": "osm.tag",
        "trunk road at grade": "osm.trunk_at_grade",
    }
    assert decided["length_m"].to_numpy() == pytest.approx([91.5] * 3, abs=0.3)


def test_bridges_keep_their_tags_in_columns_that_only_such_files_have(tmp_path):
    path = write(
        tmp_path, *row_of_nodes(4), way(1, [1, 2], "highway=path bridge=yes layer=1"), way(2, [2, 3, 4], "highway=path")
    )
    streets, _ = read_streets(path)
    assert streets["bridge"].fillna("").tolist() == ["yes", ""]
    assert streets["layer"].fillna("").tolist() == ["1", ""]
    assert not {"tunnel", "covered", "indoor", "private", "crossing_s"} & set(streets)


# -------------------------------------------------------------------------------------------------------------- squares

# a square of 1 to 4, streets from 5 at its corner 1, from 6 at its corner 3
SQUARE = [
    node(1, 113.6, 34.7),
    node(2, 113.601, 34.7),
    node(3, 113.601, 34.701),
    node(4, 113.6, 34.701),
    node(5, 113.599, 34.699),
    node(6, 113.602, 34.702),
]
STREETS = [way(1, [5, 1], "highway=path"), way(2, [3, 6], "highway=path")]


@pytest.mark.parametrize(
    "tags", ["highway=pedestrian area=yes", "highway=footway area=yes", "highway=living_street area=yes"]
)
def test_a_square_is_walked_along_its_outline_and_straight_across(tmp_path, tags):
    path = write(tmp_path, *SQUARE, *STREETS, way(3, [1, 2, 3, 4, 1], tags))
    streets, _ = read_streets(path)
    assert ends(streets) == [[5, 1], [3, 6], [1, 3], [3, 1], [1, 3]]
    assert [len(line.coords) for line in streets.geometry] == [2, 2, 3, 3, 2]
    assert codes(path) == {"osm.square": 1}
    outline, _ = read_streets(path, walking_profile("cn-default", {"squares": "outline"}))
    assert len(outline) == 4
    closed, decided = read_streets(path, walking_profile("cn-default", {"squares": "closed"}))
    assert len(closed) == 2
    assert decided["reason"].tolist() == ["area=yes"]


def test_a_ring_that_is_no_area_is_not_crossed(tmp_path):
    path = write(tmp_path, *SQUARE, *STREETS, way(3, [1, 2, 3, 4, 1], "highway=pedestrian"))
    assert len(read_streets(path)[0]) == 4
    assert codes(path) == {}


def test_nobody_leaves_a_square_on_the_way_across(tmp_path):
    """The straight way between the tips of an L would lead over houses."""
    corners = [(0, 0), (3, 0), (3, 1), (1, 1), (1, 3), (0, 3)]
    nodes = [node(one, 113.6 + x * 1e-3, 34.7 + y * 1e-3) for one, (x, y) in enumerate(corners, start=1)]
    nodes += [node(11, 113.604, 34.7), node(12, 113.6, 34.704), node(13, 113.599, 34.699)]
    ways = [way(1, [3, 11], "highway=path"), way(2, [5, 12], "highway=path"), way(3, [1, 13], "highway=path")]
    path = write(tmp_path, *nodes, *ways, way(4, [1, 2, 3, 4, 5, 6, 1], "highway=pedestrian area=yes"))
    streets, _ = read_streets(path)
    across = [pair for pair, line in zip(ends(streets), streets.geometry, strict=True) if len(line.coords) == 2]
    assert [1, 3] in across
    assert [1, 5] in across
    assert [3, 5] not in across


def test_a_square_that_is_a_relation_is_walked_round_its_holes(tmp_path):
    hole = [
        node(21, 113.6004, 34.7004),
        node(22, 113.6006, 34.7004),
        node(23, 113.6006, 34.7006),
        node(24, 113.6004, 34.7006),
    ]
    path = write(
        tmp_path,
        *SQUARE,
        *hole,
        *STREETS,
        way(3, [1, 2, 3], "surface=stone"),
        way(4, [3, 4, 1], "surface=stone"),
        way(5, [21, 22, 23, 24, 21], "building=yes"),
        way(6, [2, 21], "highway=path"),
        relation(9, [(3, "outer"), (4, "outer"), (5, "inner")], "type=multipolygon highway=pedestrian"),
    )
    streets, _ = read_streets(path)
    of_square = streets[streets["osm_way"] == -9]
    assert set(of_square["highway"]) == {"pedestrian"}
    pairs = {tuple(sorted(pair)) for pair in ends(of_square)}
    # the diagonal 1-3 runs through the hole; 2-21 is the path that is drawn; outline and hole are walked along
    assert (1, 3) not in {
        tuple(sorted(p)) for p, g in zip(ends(of_square), of_square.geometry, strict=True) if len(g.coords) == 2
    }
    assert (21, 21) in pairs
    assert codes(path) == {"osm.square": 1}
    raw = read(path, role="streets")
    assert raw.rows_read == 4
    assert aside(raw) == []


def test_an_outline_that_is_a_street_too_is_drawn_once(tmp_path):
    path = write(
        tmp_path,
        *SQUARE,
        *STREETS,
        way(3, [1, 2, 3, 4, 1], "highway=footway"),
        relation(9, [(3, "outer")], "type=multipolygon highway=pedestrian"),
    )
    streets, _ = read_streets(path)
    assert sorted(map(tuple, ends(streets))) == [(1, 3), (1, 3), (3, 1), (3, 6), (5, 1)]


def test_a_square_no_way_leads_to_is_left_out_and_listed(tmp_path):
    path = write(
        tmp_path, *SQUARE, way(1, [5, 6], "highway=path"), way(3, [1, 2, 3, 4, 1], "highway=pedestrian area=yes")
    )
    raw = read(path, role="streets")
    assert raw.table["osm_way"].tolist() == [1]
    assert aside(raw) == [("way/3", "osm.square_alone")]
    assert codes(path) == {"osm.square_alone": 1}


def test_a_square_with_too_many_entries_is_walked_along_only(tmp_path, monkeypatch):
    monkeypatch.setattr("zzgeo.formats.parts.osm_streets.MOST_ENTRIES", 1)
    assert osm_squares.MOST_ENTRIES == 40
    path = write(tmp_path, *SQUARE, *STREETS, way(3, [1, 2, 3, 4, 1], "highway=pedestrian area=yes"))
    assert len(read_streets(path)[0]) == 4
    assert codes(path) == {"osm.square": 1, "osm.square_outline": 1}


def test_nobody_crosses_a_square_to_a_closed_gate(tmp_path):
    nodes = [
        one.replace(
            'id="3" lat="34.701" lon="113.601" version="1">',
            'id="3" lat="34.701" lon="113.601" version="1"><tag k="barrier" v="wall"/>',
        )
        for one in SQUARE
    ]
    path = write(tmp_path, *nodes, *STREETS, way(3, [1, 2, 3, 4, 1], "highway=pedestrian area=yes"))
    network = WalkNetwork.from_osm_file(path, CRS)
    assert len(network.component_table) == 2


# -------------------------------------------------------------------------------------------------------------- ferries


def test_ferries_are_taken_where_the_profile_says_so(tmp_path):
    path = write(
        tmp_path,
        *row_of_nodes(4),
        way(1, [1, 2], "highway=path"),
        way(2, [2, 3], "route=ferry duration=00:20"),
        way(3, [3, 4], "highway=path"),
        way(4, [1, 4], "route=bus"),
    )
    assert read_streets(path)[0]["osm_way"].tolist() == [1, 3]
    profile = walking_profile("cn-default", {"ferries": True, "ferry_wait_s": 300.0})
    streets, _ = read_streets(path, profile)
    assert streets["highway"].tolist() == ["path", "ferry", "path"]
    assert streets["crossing_s"].tolist()[1] == 1500.0
    assert np.isnan(streets["crossing_s"].to_numpy()[[0, 2]]).all()
    assert codes(path, profile) == {"osm.ferry": 1}


# -------------------------------------------------------------------------------------------------- deleted and doubled


@pytest.mark.parametrize(
    "more", ['version="1" action="delete"', "version='1' action='delete'", 'version="2" visible="false"']
)
def test_what_an_editor_deleted_is_not_there(tmp_path, more):
    path = write(tmp_path, *row_of_nodes(3), way(1, [1, 2], "highway=path"), way(2, [2, 3], "highway=path", more))
    streets, _ = read_streets(path)
    assert streets["osm_way"].tolist() == [1]
    assert codes(path) == {"osm.deleted": 1}


def test_what_an_editor_changed_or_says_of_deleting_is_there(tmp_path):
    path = write(
        tmp_path,
        *row_of_nodes(3),
        way(1, [1, 2], "highway=path name=delete"),
        way(2, [2, 3], "highway=path", 'version="1" action="modify"'),
    )
    assert read_streets(path)[0]["osm_way"].tolist() == [1, 2]


def test_a_deleted_node_is_missing(tmp_path):
    nodes = [*row_of_nodes(2), node(3, 113.603, 34.7, more='version="1" action="delete"')]
    path = write(tmp_path, *nodes, way(1, [1, 2, 3], "highway=path"))
    assert ends(read_streets(path)[0]) == [[1, 2]]


@pytest.mark.parametrize("order", [1, -1])
def test_the_latest_of_ways_and_nodes_that_stand_there_twice_counts_once(tmp_path, order):
    old = [node(3, 113.603, 34.7), way(1, [1, 2], "highway=motorway"), way(2, [2, 3], "highway=path")]
    new = [
        node(3, 113.603, 34.71, "barrier=wall", 'version="2"'),
        way(1, [1, 2], "highway=path", 'version="2"'),
        way(2, [2, 3, 4], "highway=path", 'version="3"'),
    ]
    both = [old, new][::order]
    path = write(tmp_path, *row_of_nodes(2), node(4, 113.604, 34.7), *both[0], *both[1])
    streets, decided = read_streets(path)
    assert streets["osm_way"].tolist() == [1, 2, 2]
    assert ends(streets) == [[1, 2], [2, -1], [-2, 4]]
    assert shapely.get_y(shapely.get_point(streets.geometry.array, -1))[1] == pytest.approx(34.71, abs=1e-5)
    row = decided[decided["code"] == "osm.doubled"].iloc[0]
    assert row["ways"] == 2
    assert "1 nodes" in row["reason"]


# ---------------------------------------------------------------------------------------------------------- one verdict


@pytest.mark.parametrize("profile", ["cn-default", "osmnx", "r5", "accessible"])
def test_the_same_streets_give_the_same_network_from_a_file_and_from_a_table(tmp_path, profile):
    kinds = [
        *("highway=residential", "highway=trunk", "highway=trunk bridge=yes", "highway=motorway"),
        *("highway=motorway foot=yes", "highway=service access=private", "highway=steps", "highway=cycleway"),
        *("highway=proposed", "highway=path foot=no", "highway=primary sidewalk=separate"),
    ]
    nodes = [node(n, 113.6 + n * 1e-3, 34.7 + (n % 2) * 1e-3) for n in range(len(kinds) + 1)]
    path = write(tmp_path, *nodes, *(way(n + 1, [n, n + 1], kind) for n, kind in enumerate(kinds)))
    (tmp_path / "plain").mkdir()
    plain = (way(n + 1, [n, n + 1], "highway=residential") for n in range(len(kinds)))
    everything, _ = read_streets(write(tmp_path / "plain", *nodes, *plain))
    rule = walking_profile(profile)
    tags = [dict(pair.split("=", 1) for pair in kind.split()) for kind in kinds]
    table = everything.to_crs(CRS)
    for name in ("highway", "bridge", "foot", "access", "sidewalk"):
        table[name] = [said.get(name) for said in tags]
    table = table.drop(columns=["osm_way", "u", "v"])
    from_file, from_table = WalkNetwork.from_osm_file(path, CRS, rule), WalkNetwork.from_edges(table, profile=rule)
    assert len(from_file.edges) == len(from_table.edges)
    assert from_file.length_m.sum() == pytest.approx(from_table.length_m.sum())
    private = [sorted(one.edges["private"]) if "private" in one.edges else [] for one in (from_file, from_table)]
    assert private[0] == private[1]
