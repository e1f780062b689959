"""An OpenStreetMap file in a role: barriers, residential land, boundaries, or a refusal; never its facilities."""

from __future__ import annotations

import datetime as dt

import pyproj
import pytest
from files import STUDY
from osm_map import osm_map
from reading import aside, noted, problems, read, refused

from zzgeo.formats.parts.osm_roles import ROLES
from zzgeo.intake.roles import barriers
from zzgeo.intake.tables import area_shapes, built_layer
from zzgeo.spec.study_file import AreaSpec, InputSpec

pytest.importorskip("osmium")

METRIC = pyproj.CRS("EPSG:4547")

#: Everything a careless reader could take for something else.
OTHERS = {
    81: ([1, 2, 3, 4, 1], {"leisure": "park", "name": "示例公园"}),
    82: ([1, 2, 3, 4, 1], {"amenity": "hospital", "barrier": "no"}),
    83: ([5, 6], {"highway": "residential"}),
    84: ([5, 7], {"highway": "motorway"}),
}
CORNERS = {1: (0, 0), 2: (100, 0), 3: (100, 100), 4: (0, 100), 5: (-300, 300), 6: (0, 300), 7: (300, 300)}


def town(path, ways, nodes=None, relations=None):
    return osm_map(path, {**CORNERS, **(nodes or {})}, {**OTHERS, **ways}, relations)


LINES = [
    {"waterway": "river"},
    {"waterway": "canal"},
    {"railway": "rail"},
    {"railway": "light_rail"},
    {"barrier": "wall"},
    {"barrier": "city_wall"},
    {"barrier": "fence"},
    {"barrier": "retaining_wall"},
    {"natural": "coastline"},
    {"railway": "rail", "bridge": "no"},
    {"waterway": "river", "layer": "-1"},
    {"barrier": "wall;fence"},
    {"railway": "rail", "disused": "yes"},
]
AREAS = [
    {"natural": "water", "water": "river"},
    {"natural": "water"},
    {"waterway": "riverbank"},
    {"landuse": "reservoir"},
]
NONE = [
    {"waterway": "river", "tunnel": "culvert"},
    {"railway": "rail", "bridge": "yes"},
    {"railway": "subway", "layer": "-2"},
    {"railway": "rail", "tunnel": "yes"},
    {"railway": "abandoned"},
    {"railway": "tram"},
    {"waterway": "stream"},
    {"barrier": "kerb"},
    {"highway": "trunk"},
    {"railway": "rail", "location": "underground"},
    {"barrier": "wall", "demolished": "yes"},
    {"railway": "rail", "construction": "yes"},
    {"barrier": "fence", "end_date": "2015"},
]


@pytest.mark.parametrize("tags", LINES, ids=str)
def test_lines_that_stop_people_are_barriers_and_nothing_else_is(tmp_path, tags):
    raw = read(town(tmp_path / "a.osm", {1: ([5, 6, 7], tags)}), role="barriers")
    key, value = next(iter(tags.items()))
    assert raw.table[["osm_id", "taken_for"]].to_numpy().tolist() == [["way/1", f"{key}={value}"]]
    assert raw.table.geometry.geom_type.tolist() == ["LineString"]
    assert noted(raw) == ["osm.role"]
    assert raw.notes[0].value == f"1 {key}={value}"


@pytest.mark.parametrize("tags", AREAS, ids=str)
def test_water_areas_are_barriers(tmp_path, tags):
    raw = read(town(tmp_path / "a.osm", {1: ([1, 2, 3, 4, 1], tags)}), role="barriers")
    assert raw.table["osm_id"].tolist() == ["way/1"]
    assert raw.table.geometry.geom_type.tolist() == ["Polygon"]


@pytest.mark.parametrize("tags", NONE, ids=str)
def test_bridges_tunnels_culverts_and_what_people_step_over_are_no_barriers(tmp_path, tags):
    path = town(tmp_path / "a.osm", {1: ([5, 6, 7], tags), 2: ([1, 2, 3, 4, 1], {"natural": "water", "water": "pond"})})
    [problem] = problems(path, role="barriers")
    assert problem.code == "layer.empty"
    assert "rivers" in problem.why
    assert "[barriers]" in problem.remedy


def test_a_wall_drawn_as_a_ring_is_a_line_and_a_lake_of_a_relation_has_its_island(tmp_path):
    nodes = {11: (20, 20), 12: (40, 20), 13: (40, 40)}
    path = town(
        tmp_path / "a.osm",
        {
            1: ([1, 2, 3, 4, 1], {"barrier": "wall", "landuse": "reservoir"}),
            2: ([1, 2, 3, 4, 1], {}),
            3: ([11, 12, 13, 11], {}),
        },
        nodes,
        {9: ([(2, "outer"), (3, "inner")], {"type": "multipolygon", "natural": "water"})},
    )
    table = read(path, role="barriers").table.set_index("osm_id")
    assert sorted(table.index) == ["relation/9", "way/1"]
    assert table.geometry["way/1"].geom_type == "LineString"
    assert len(table.geometry["relation/9"].interiors) == 1


CROSSED = {
    "level crossing": ({"railway": "level_crossing"}, 2),
    "foot crossing": ({"railway": "crossing"}, 2),
    "ford": ({"ford": "yes"}, 2),
    "gate": ({"barrier": "gate"}, 2),
    "bollard": ({"barrier": "bollard"}, 2),
    "locked gate": ({"barrier": "gate", "locked": "yes"}, 1),
    "signal": ({"railway": "signal"}, 1),
    "nothing": ({}, 1),
}


@pytest.mark.parametrize(("tags", "pieces"), CROSSED.values(), ids=CROSSED)
def test_people_cross_by_level_crossings_fords_and_gates(tmp_path, tags, pieces):
    raw = read(town(tmp_path / "a.osm", {1: ([5, 6, 7], {"railway": "rail"})}, {6: (0, 300, tags)}), role="barriers")
    assert len(raw.table) == pieces
    if pieces == 2:
        left, right = raw.table.to_crs(METRIC).geometry
        assert left.distance(right) == pytest.approx(4.0, abs=0.05)
        assert left.length + right.length == pytest.approx(596, abs=2)


def test_a_line_whose_nodes_are_not_all_there_is_not_drawn_across_the_gap(tmp_path):
    raw = read(town(tmp_path / "a.osm", {1: ([5, 6, 77, 1, 2], {"waterway": "river"})}), role="barriers")
    assert len(raw.table) == 2
    assert raw.table.to_crs(METRIC).geometry.length.round(-1).tolist() == [300, 100]


def test_barriers_reach_a_study_in_its_metric_crs(tmp_path):
    path = town(tmp_path / "a.osm", {1: ([5, 6, 7], {"waterway": "river"}), 2: ([1, 2, 3, 4, 1], {"natural": "water"})})
    spec = InputSpec(source="a.osm")
    built = built_layer(read(path, role="barriers"), "barriers", spec, barriers(spec, METRIC))
    assert built.table.crs == METRIC
    assert sorted(built.table.geometry.geom_type) == ["LineString", "Polygon"]
    assert not built.refused


def test_residential_land_is_that_of_landuse(tmp_path):
    path = town(tmp_path / "a.osm", {1: ([1, 2, 3, 4, 1], {"landuse": "residential", "name": "枫林"})})
    raw = read(path, role="land")
    assert raw.table[["osm_id", "name"]].to_numpy().tolist() == [["way/1", "枫林"]]
    assert raw.notes[0].value == "1 landuse=residential"
    assert refused(town(tmp_path / "b.osm", {}), role="land") == "layer.empty"


def boundary(name=None, level="6", **more):
    tags = {"type": "boundary", "boundary": "administrative", "admin_level": level, **more}
    return {**tags, **({"name": name} if name else {})}


def county(path, relations, ways=None):
    """Write a square of 100 m and one of 200 m beside it, the lines of which bear the tag without a name."""
    nodes = {11: (100, 0), 12: (300, 0), 13: (300, 200), 14: (100, 200)}
    lines = {
        1: ([1, 2, 3, 4, 1], {"boundary": "administrative", "admin_level": "6"}),
        2: ([11, 12, 13, 14, 11], {"boundary": "administrative", "admin_level": "6"}),
        **(ways or {}),
    }
    return town(path, lines, nodes, relations)


def test_districts_are_administrative_boundaries_with_codes_and_names(tmp_path):
    west, east = boundary("西区", **{"ref:admin:CN": "410102"}), boundary("东区")
    path = county(tmp_path / "a.osm", {7: ([(1, "outer")], west), 8: ([(2, "outer")], east)})
    for role in ("districts", "zones"):
        raw = read(path, role=role)
        assert raw.table[["osm_id", "code", "name", "admin_level"]].to_numpy().tolist() == [
            ["relation/7", "410102", "西区", "6"],
            ["relation/8", "r8", "东区", "6"],
        ]
        assert not raw.rejected


def test_boundaries_of_another_time_are_none_on_the_day_of_a_study(tmp_path):
    old, new = boundary("旧区", end_date="2014-05"), boundary("新区", start_date="2014-05")
    path = county(tmp_path / "a.osm", {7: ([(1, "outer")], old), 8: ([(2, "outer")], new)})
    for day, name in ((dt.date(2010, 12, 31), "旧区"), (dt.date(2018, 12, 31), "新区"), (None, "新区")):
        assert read(path, role="districts", as_of=day).table["name"].tolist() == [name]


def test_boundaries_of_several_levels_are_not_mixed_and_one_may_be_chosen(tmp_path):
    path = county(
        tmp_path / "a.osm", {7: ([(1, "outer")], boundary("甲市", "5")), 8: ([(2, "outer")], boundary("东区"))}
    )
    [problem] = problems(path, role="districts")
    assert problem.code == "layer.ambiguous"
    assert "admin_level=5, admin_level=6" in problem.remedy
    for layer in ("admin_level=6", "东区", "relation/8"):
        assert read(path, role="districts", layer=layer).table["name"].tolist() == ["东区"]
    [problem] = problems(path, role="districts", layer="admin_level=9")
    assert problem.code == "layer.missing"


def test_an_area_is_one_boundary_or_place_and_never_the_union_of_all(tmp_path):
    path = county(tmp_path / "a.osm", {7: ([(1, "outer")], boundary("西区")), 8: ([(2, "outer")], boundary("东区"))})
    [problem] = problems(path, role="areas")
    assert problem.code == "layer.ambiguous"
    assert "西区, 东区" in problem.remedy
    shapes, built = area_shapes(tmp_path, [AreaSpec(id="central-city", source="a.osm", layer="东区")], METRIC)
    assert not built.refused
    assert shapes["central-city"].area == pytest.approx(40_000, rel=0.01)


def test_a_boundary_the_file_does_not_hold_in_full_is_listed(tmp_path):
    path = county(tmp_path / "a.osm", {7: ([(1, "outer")], boundary("西区")), 8: ([(66, "outer")], boundary("东区"))})
    raw = read(path, role="districts")
    assert raw.table["name"].tolist() == ["西区"]
    assert aside(raw) == [("relation/8", "geom.invalid")]
    broken = county(tmp_path / "b.osm", {8: ([(66, "outer")], boundary("东区"))})
    [problem] = problems(broken, role="districts")
    assert (problem.code, "in full" in problem.why) == ("layer.empty", True)


@pytest.mark.parametrize("role", ["units", "demand", "tables", "indicators"])
def test_what_the_map_cannot_answer_is_refused_in_one_line(tmp_path, role):
    [problem] = problems(town(tmp_path / "a.osm", {}), role=role)
    assert problem.code == "osm.no_role"
    assert role in problem.value
    assert problem.remedy.startswith("send ")


def test_a_file_without_elements_is_refused_in_every_role(tmp_path):
    path = osm_map(tmp_path / "a.osm", {})
    assert {refused(path, role=role) for role in (*ROLES, "facilities", "streets")} == {"layer.empty"}


def test_every_input_of_a_study_is_a_role_that_is_decided():
    named = {line.strip("[]") for line in STUDY.splitlines() if line.startswith("[")}
    assert named - {"streets", "facilities", "units", "demand"} <= set(ROLES)
