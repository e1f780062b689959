"""Saved answers of Overpass: what the map's own file would give, refused where they are not whole."""

from __future__ import annotations

import json

import pytest
import shapely
from reading import aside, noted, read, refused, write

from zzgeo.formats import format_for

pytest.importorskip("osmium")


ROW = {n: (113.6 + n * 0.001, 34.7) for n in range(1, 9)}


def overpass(path, elements, **members):
    return write(path, json.dumps({"version": 0.6, "osm3s": {}, **members, "elements": elements}))


def spots(*places):
    return [{"lat": lat, "lon": lon} for lon, lat in places]


SQUARE = spots((113.6, 34.7), (113.61, 34.7), (113.61, 34.71), (113.6, 34.71), (113.6, 34.7))
EAST_OF_IT = [{**spot, "lon": round(spot["lon"] + 0.02, 2)} for spot in SQUARE]


def element(kind, number, name=None, **more):
    tags = {"amenity": "hospital", "name": name} if name else {}
    return {"type": kind, "id": number, "tags": tags, **more}


def test_a_saved_answer_gives_what_the_file_of_the_map_would(tmp_path):
    outer = [{"type": "way", "ref": 70, "role": "outer", "geometry": EAST_OF_IT}]
    elements = [
        element("node", 1, "甲", lat=34.69, lon=113.6),
        element("way", 5, "乙", nodes=[10, 11, 12, 13, 10], geometry=SQUARE),
        element("way", 6, "丙", center={"lat": 34.75, "lon": 113.7}), element("way", 9, "戊", nodes=[1, 99]),
        element("relation", 7, "丁", members=outer),
    ]  # fmt: skip
    elements[-1]["tags"]["type"] = "multipolygon"
    raw = read(overpass(tmp_path / "a.json", elements), kinds=("hospital",))
    table = raw.table.set_index("osm_id")
    assert sorted(table.index) == ["node/1", "relation/7", "way/5", "way/6"]
    assert table["name"].to_dict() == {"node/1": "甲", "relation/7": "丁", "way/5": "乙", "way/6": "丙"}
    box = shapely.box(113.6, 34.7, 113.61, 34.71)
    assert table.geometry["way/5"].equals(box)
    assert table.geometry["relation/7"].equals(shapely.box(113.62, 34.7, 113.63, 34.71))
    assert table.geometry["way/6"].equals(shapely.Point(113.7, 34.75))
    assert aside(raw) == [("way/9", "geom.invalid")]
    assert raw.file == "a.json"


def test_a_point_that_stands_for_a_way_is_set_aside_under_the_id_of_the_way(tmp_path):
    elements = [
        element("way", 5, "乙", nodes=[10, 11, 12, 13, 10], geometry=SQUARE),
        element("way", 6, "门诊楼", center={"lat": 34.705, "lon": 113.605}),
    ]
    raw = read(overpass(tmp_path / "a.json", elements), kinds=("hospital",))
    assert raw.table["osm_id"].tolist() == ["way/5"]
    assert aside(raw) == [("way/6", "osm.nested")]
    assert noted(raw) == ["osm.nested"]


def test_streets_of_a_saved_answer_are_streets(tmp_path):
    nodes = [{"type": "node", "id": n, "lat": lat, "lon": lon} for n, (lon, lat) in ROW.items()]
    ways = [{"type": "way", "id": 1, "nodes": [1, 2, 3], "tags": {"highway": "path"}}]
    ways += [{"type": "way", "id": 2, "nodes": [2, 8], "tags": {"highway": "motorway"}}]
    raw = read(overpass(tmp_path / "a.json", [*ways, *nodes]), role="streets")
    assert raw.table["u"].tolist() == [1]
    assert aside(raw) == [("way/2", "osm.tag")]


@pytest.mark.parametrize(
    "remark",
    [
        'runtime error: Query timed out in "query" at line 1',
        "runtime error: Query run out of memory using about 2048 MB",
    ],
)
def test_an_answer_that_is_not_whole_is_refused_whatever_it_holds(tmp_path, remark):
    whole = [element("node", 1, "甲", lat=34.7, lon=113.6)]
    assert refused(overpass(tmp_path / "a.json", whole, remark=remark)) == "overpass.runtime_error"
    assert refused(overpass(tmp_path / "b.json", [], remark=remark)) == "overpass.runtime_error"
    assert noted(read(overpass(tmp_path / "c.json", whole, remark="note: slow"))) == ["overpass.runtime_error"]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ('{"osm3s": {}, "elements": []}', "layer.empty"),
        ('{"osm3s": {}, "elements": [{"type":', "file.malformed"),
        ('{"osm3s": {}, "elements": [{"type": "node", "id": "x"}]}', "file.malformed"),
        ('{"osm3s": {}, "elements": [{"type": "node", "id": 1, "lat": null, "lon": 2}]}', "file.malformed"),
        ('{"osm3s": {}, "elements": {}}', "file.malformed"),
        ('{"elements": ' + "[" * 200_000, "file.too_deep"),
    ],
)
def test_what_is_no_answer_is_refused(tmp_path, text, code):
    assert refused(write(tmp_path / "a.json", text)) == code


def test_geojson_and_an_answer_are_told_apart_by_their_content(tmp_path):
    assert format_for(overpass(tmp_path / "a.json", [])).id == "overpass"
    collection = '{"type": "FeatureCollection", "features": [], "note": {"elements": 1}}'
    assert format_for(write(tmp_path / "b.json", collection)).id == "geojson"
    assert format_for(write(tmp_path / "c.geojson", '{"elements": []}')).id == "geojson"
