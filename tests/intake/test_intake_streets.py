"""Streets of a study: parts of a line stay parts, ends join within the tolerance the study states."""

from __future__ import annotations

import datetime as dt
import json
import re

import geopandas as gpd
import pyproj
import pytest
import shapely
from files import X, Y
from osm_map import osm_map

from zzgeo import load_study, loose_ends
from zzgeo.errors import InputError
from zzgeo.formats.parts.base import RawLayer
from zzgeo.intake.example import write_example
from zzgeo.intake.roles import barriers
from zzgeo.intake.rows import rows_of, through
from zzgeo.served import walk_network
from zzgeo.spec.street_tables import sorted_out
from zzgeo.spec.study_file import InputSpec
from zzgeo.spec.walking import JOIN_M

#: A degree of longitude at 34.7 degrees north, in metres.
DEGREE_M = 91_600.0


def littleton(folder, shapes, extra=""):
    """Write the example with other streets, and a line more in [streets]."""
    path = write_example(folder)
    features = [{"type": "Feature", "properties": {}, "geometry": shape} for shape in shapes]
    text = json.dumps({"type": "FeatureCollection", "features": features})
    (folder / "roads.geojson").write_text(text, encoding="utf-8")
    said = path.read_text("utf-8").replace('source = "roads.geojson"\n', f'source = "roads.geojson"\n{extra}\n')
    path.write_text(said, encoding="utf-8")
    return path


def line(*xy):
    return {"type": "LineString", "coordinates": xy}


def test_each_part_of_a_line_is_a_street_of_its_own(tmp_path):
    parts = [[(113.60, 34.7051), (113.61, 34.7051)], [(113.61, 34.7051), (113.63, 34.7051)]]
    shapes = [{"type": "MultiLineString", "coordinates": parts}, line((113.61, 34.7051), (113.61, 34.709))]
    study = load_study(littleton(tmp_path, shapes))
    assert len(study.streets) == 3
    assert study.streets.geometry.geom_type.unique().tolist() == ["LineString"]
    network = walk_network(study)
    assert len(network.component_table) == 1
    assert len(network.node_xy) == 4


@pytest.mark.parametrize(("extra", "kind"), [("", "gap"), ("join_m = 0.5", "joined")])
def test_a_study_says_how_far_ends_may_be_apart(tmp_path, extra, kind):
    middle = 113.61 + 0.3 / DEGREE_M
    shapes = [line((113.60, 34.7051), (113.61, 34.7051)), line((middle, 34.7051), (113.63, 34.7051))]
    study = load_study(littleton(tmp_path, shapes, extra))
    assert study.join_m == (0.5 if extra else JOIN_M)
    network = walk_network(study)
    assert len(network.component_table) == (1 if extra else 2)
    assert set(loose_ends(network).kind) == {kind}


@pytest.mark.parametrize("wrong", ["-0.1", "5.1", '"far"'])
def test_a_tolerance_that_is_none_is_refused(tmp_path, wrong):
    path = littleton(tmp_path, [line((113.60, 34.7051), (113.63, 34.7051))], f"join_m = {wrong}")
    with pytest.raises(InputError, match=r"config\.invalid.*join_m"):
        load_study(path)


@pytest.mark.parametrize(("word", "told"), [("residental", True), ("proposed", False), ("residential", False)])
def test_streets_of_a_class_that_nobody_knows_are_told_where_they_matter(tmp_path, word, told):
    path = write_example(tmp_path)
    roads = json.loads((tmp_path / "roads.geojson").read_text("utf-8"))
    roads["features"][0]["properties"] = {"highway": "residential"}
    for lon, said in ((113.61, word), (113.615, "residential")):
        shape = line((lon, 34.7051), (lon, 34.709))
        roads["features"].append({"type": "Feature", "properties": {"highway": said}, "geometry": shape})
    (tmp_path / "roads.geojson").write_text(json.dumps(roads), encoding="utf-8")
    said = [one for one in load_study(path).warnings if one.code == "network.class_left_out"]
    assert len(said) == told
    assert all(f"of the streets: {word}" in one.value for one in said)


def test_a_motorway_by_its_name_alone_is_set_aside_under_its_name(tmp_path):
    path = write_example(tmp_path)
    roads = json.loads((tmp_path / "roads.geojson").read_text("utf-8"))
    shape = line((113.61, 34.7051), (113.61, 34.709))
    roads["features"].append({"type": "Feature", "properties": {"道路名称": "G30连霍高速"}, "geometry": shape})
    (tmp_path / "roads.geojson").write_text(json.dumps(roads), encoding="utf-8")
    aside = load_study(path).quarantined
    assert aside[["field", "value", "code", "reason"]].to_numpy().tolist() == [
        ["道路名称", "G30连霍高速", "osm.tag", "highway=motorway by its name"]
    ]


@pytest.mark.parametrize(("day", "walked"), [("2014-12-31", {1, 2}), ("2016-12-31", {1}), ("2020-12-31", {1, 3})])
def test_ways_of_a_map_are_there_on_the_day_of_the_study(tmp_path, day, walked):
    pytest.importorskip("osmium")
    path = write_example(tmp_path)
    ways = {1: {}, 2: {"end_date": "2015-06"}, 3: {"start_date": "2019"}}
    spots = {10 * way + end: (1000 * end, 100 * way) for way in ways for end in (0, 1)}
    drawn = {way: ([10 * way, 10 * way + 1], {"highway": "residential", **tags}) for way, tags in ways.items()}
    osm_map(tmp_path / "roads.osm", spots, drawn)
    said = path.read_text("utf-8").replace('source = "roads.geojson"', 'source = "roads.osm"')
    path.write_text(re.sub(r"as_of = \S+", f"as_of = {day}", said), encoding="utf-8")
    study = load_study(path)
    assert set(study.streets["osm_way"]) == walked
    assert set(study.quarantined["row"]) == {f"way/{way}" for way in set(ways) - walked}


def test_a_table_of_openstreetmap_knows_the_days_of_its_ways_and_no_other_does():
    columns = {"end_date": ["2015", None, "2030"], "start_date": [None, "2019", None]}
    rows = {"geometry": shapely.linestrings([[(0, y), (9, y)] for y in (0.0, 5.0, 9.0)])}
    for name, kept in (("highway", [False, False, True]), ("type", [True, True, True])):
        table = gpd.GeoDataFrame({name: ["residential"] * 3, **columns, **rows}, crs=4547)
        assert sorted_out(table, "a", day=dt.date(2018, 12, 31)).kept.tolist() == kept


@pytest.mark.parametrize(
    ("columns", "stops"),
    [
        ({}, True),
        ({"bridge": "T"}, False),
        ({"tunnel": "yes"}, False),
        ({"高架": "是"}, False),
        ({"bridge": "F", "tunnel": "F", "layer": -1}, True),
        ({"状态": "规划"}, False),
        ({"status": "demolished"}, False),
        ({"状态": "关闭"}, True),
        ({"structure": "砖墙"}, True),
    ],
    ids=str,
)
def test_a_barrier_of_a_table_that_stops_nobody_is_none(columns, stops):
    shapes = shapely.linestrings([[(X, Y), (X + 100, Y)], [(X, Y + 50), (X + 100, Y + 50)]])
    table = gpd.GeoDataFrame({name: [cell, None] for name, cell in columns.items()}, geometry=list(shapes), crs=4547)
    raw = RawLayer(table, "walls.gpkg", "", crs=pyproj.CRS(4547))
    rows = through(rows_of(raw), barriers(InputSpec(source="walls.gpkg"), pyproj.CRS(4547)))
    assert len(rows.table) == 1 + stops
    assert [row.code for row in rows.rejected] == ["barrier.none"] * (not stops)
    assert [note.code for note in rows.notes] == ["barrier.none"] * (not stops)
