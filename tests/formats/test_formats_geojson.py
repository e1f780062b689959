"""GeoJSON: whole or refused, one open ring is one row, its old-style CRS honoured and never followed."""

from __future__ import annotations

import json

import pytest
from reading import aside, noted, read, refused, write


def geojson(path, features, **members):
    return write(path, json.dumps({"type": "FeatureCollection", **members, "features": features}, ensure_ascii=False))


def feature(kind="Point", coordinates=(113.6, 34.7), **properties):
    return {"type": "Feature", "properties": properties, "geometry": {"type": kind, "coordinates": coordinates}}


OPEN = [[[113.6, 34.7], [113.7, 34.7], [113.7, 34.8], [113.6, 34.8]]]


CLOSED = [[*OPEN[0], OPEN[0][0]]]


def test_a_ring_that_is_not_closed_costs_its_row(tmp_path):
    features = [feature("Polygon", CLOSED, n=1), feature("Polygon", OPEN, n=2), feature("Polygon", CLOSED, n=3)]
    raw = read(geojson(tmp_path / "a.geojson", features))
    assert aside(raw) == [("2", "geom.invalid")]
    assert raw.table["n"].tolist() == [1, 3]


def test_coordinates_that_are_no_numbers_are_no_place(tmp_path):
    odd = '{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"n":1},"geometry":%s}]}'
    text = odd % '{"type":"Point","coordinates":["113.6","34.7"]}'
    assert read(write(tmp_path / "a.geojson", text)).table.geometry.isna().all()
    text = odd % '{"type":"Point","coordinates":[NaN,34.7]}'
    assert read(write(tmp_path / "b.geojson", text)).table.geometry.is_empty.all()


def test_dates_and_ids_stay_as_they_are_written(tmp_path):
    features = [feature(id="00123", day="2018-12-31"), feature(id="1E5", day="2018-01-01")]
    table = read(geojson(tmp_path / "a.geojson", features)).table
    assert table["id"].tolist() == ["00123", "1E5"]
    assert table["day"].tolist() == ["2018-12-31", "2018-01-01"]


@pytest.mark.parametrize(
    ("said", "epsg"),
    [
        ("urn:ogc:def:crs:EPSG::3857", 3857),
        ("EPSG:4547", 4547),
        ("urn:ogc:def:crs:EPSG::4490", 4490),
        ("http://www.opengis.net/def/crs/EPSG/0/4547", 4547),
    ],
)
def test_an_old_style_crs_is_honoured_wherever_it_stands(tmp_path, said, epsg):
    member = {"type": "name", "properties": {"name": said}}
    assert read(geojson(tmp_path / "a.geojson", [feature()], crs=member)).crs.to_epsg() == epsg
    text = json.dumps({"type": "FeatureCollection", "features": [feature()], "crs": member})
    assert read(write(tmp_path / "b.geojson", text)).crs.to_epsg() == epsg


def test_a_crs_nobody_knows_is_refused_and_null_is_none(tmp_path):
    unknown = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::99999"}}
    assert refused(geojson(tmp_path / "a.geojson", [feature()], crs=unknown)) == "crs.unknown"
    assert read(geojson(tmp_path / "b.geojson", [feature()], crs=None)).crs is None
    assert read(geojson(tmp_path / "c.geojson", [feature(note='"crs": null')])).crs.to_epsg() == 4326


@pytest.mark.parametrize("encoding", ["gb18030", "utf-16", "utf-8-sig"])
def test_geojson_in_another_encoding_is_read_and_told(tmp_path, encoding):
    text = json.dumps({"type": "FeatureCollection", "features": [feature(name="郑州市")]}, ensure_ascii=False)
    path = tmp_path / "a.geojson"
    if encoding == "utf-16":
        assert refused(write(path, text.encode(encoding))) == "file.malformed"
        return
    raw = read(write(path, text.encode(encoding)))
    assert raw.table["name"].tolist() == ["郑州市"]
    assert noted(raw) == (["encoding.detected"] if encoding == "gb18030" else [])


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ('{"type":"FeatureCollection","features":[{"type"', "file.malformed"),
        ('{"a": 1}', "file.malformed"),
        ('{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"a":' + "[" * 3000, "file.too_deep"),
    ],
)
def test_what_is_no_geojson_is_refused(tmp_path, text, code):
    assert refused(write(tmp_path / "a.geojson", text)) == code


def test_an_empty_collection_is_an_empty_table(tmp_path):
    assert read(geojson(tmp_path / "a.geojson", [])).rows_read == 0


@pytest.mark.parametrize(
    "members",
    [
        {"numberMatched": 5321, "numberReturned": 1},
        {"totalFeatures": 2},
        {"exceededTransferLimit": True},
        {"properties": {"exceededTransferLimit": True}},
        {"links": [{"href": "x", "rel": "next"}]},
    ],
)
@pytest.mark.parametrize("after", [False, True])
def test_an_answer_that_says_that_there_is_more_is_refused(tmp_path, members, after):
    feature = {"type": "Feature", "properties": {}, "geometry": {"type": "Point", "coordinates": [113.6, 34.7]}}
    whole = {"type": "FeatureCollection", **({} if after else members), "features": [feature]}
    text = json.dumps(whole | members)
    assert refused(write(tmp_path / "a.geojson", text)) == "answer.cut_off"
    whole |= {key: 1 if key.startswith(("number", "total")) else None for key in members}
    assert len(read(write(tmp_path / "b.geojson", json.dumps(whole))).table) == 1


def test_pages_joined_to_the_number_that_matched_are_whole_whatever_their_links_say(tmp_path):
    feature = {"type": "Feature", "properties": {}, "geometry": {"type": "Point", "coordinates": [113.6, 34.7]}}
    links = [{"href": "x", "rel": "next"}]
    text = json.dumps({"type": "FeatureCollection", "numberMatched": 2, "links": links, "features": [feature] * 2})
    assert len(read(write(tmp_path / "a.geojson", text)).table) == 2


def test_text_that_is_damaged_is_refused_when_it_is_read(tmp_path):
    whole = geojson(tmp_path / "a.geojson", [feature(name="社区养老驿站")])
    # a line with zeros is no witness of an encoding
    damaged = whole.read_bytes().replace("养".encode(), b"\xd7\x00\x07")
    assert refused(write(tmp_path / "b.geojson", damaged)) == "file.corrupt"
