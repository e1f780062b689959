"""Coordinates in every spelling that occurs, both in one cell, shapes as text, a datum in the heading."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from zzgeo import check_file
from zzgeo.crs.metric import wgs84_to_bd09, wgs84_to_gcj02
from zzgeo.intake.coordinate_cells import coordinates, degrees, heading_datum, looks_packed

LON, LAT = 113 + 39 / 60 + 46.8 / 3600, 34 + 45 / 60 + 54 / 3600


@pytest.mark.parametrize(
    "text",
    [
        *("113°39'46.8\"", "113°39′46.8″", "113º39’46.8”", "113°39'46.8''", "113度39分46.8秒", "１１３°３９′４６．８″"),
        *("113:39:46.8", "113 39 46.8", "113-39-46.8", "E113°39'46.8\"", "113°39'46.8\"E", "东经113度39分46.8秒"),
        *("113°39.78'", "113.663°", "E113.663", "113.663E", "113.663度", "经度：113.663", "113D39M46.8S", "e 113.663°"),
    ],
)
def test_a_longitude_in_any_spelling_is_read(text):
    assert degrees(text) == pytest.approx(LON, abs=1e-9)


@pytest.mark.parametrize(
    "text",
    ["113.663", "30-50", "113 39", "113°60'00\"", "113°39'60\"", "113.5°39'", "约113°", "113°39'46.8\"X", "", "N"],
)
def test_what_is_no_spelling_of_degrees_is_refused(text):
    with pytest.raises(ValueError, match="no "):
        degrees(text)


@pytest.mark.parametrize(
    ("text", "sign"), [("34°45'54\"S", -1), ("南纬34°45'54\"", -1), ("-34°45'54\"", -1), ("34°45'54\"N", 1)]
)
def test_the_south_is_negative(text, sign):
    assert degrees(text) == pytest.approx(sign * LAT, abs=1e-9)


def test_a_latitude_among_longitudes_is_told_as_swapped_and_words_as_unparsed():
    read = coordinates(pd.Series(["E113.663", "N34.765", "不详", "路口", "113.663"]), "lon")
    assert {row: code for row, (code, _) in read.faults.items()} == {1: "coord.swapped", 3: "value.unparsed"}
    assert read.values[[0, 4]].tolist() == [113.663, 113.663]


def test_letters_of_a_word_and_of_seconds_name_no_other_coordinate():
    read = coordinates(
        pd.Series(["LNG:113.663", "lon 113.663", "Longitude=113.663", "113D39M46.8S", "LAT:34.7"]), "lon"
    )
    assert {row: code for row, (code, _) in read.faults.items()} == {4: "coord.swapped"}
    assert read.values[:4].tolist() == pytest.approx([113.663] * 4, abs=1e-6)
    assert not coordinates(pd.Series(["LAT:34.765", "latitude 34.765"]), "lat").faults


PAIRS = [
    *("lng:{x},lat:{y}", "lat:{y};lng:{x}", '{"lng": {x}, "lat": {y}}', "{x},{y},110.5", "{x} {y} 0"),
    *(
        "{x},{y}",
        "{x}，{y}",
        "{x} {y}",
        "({x}, {y})",
        "[{x},{y}]",
        "{x};{y}",
        "POINT ({x} {y})",
        "SRID=4326;POINT({x} {y})",
    ),
    *("{y},{x}", "{y} {x}", "E{x}N{y}", "N{y}°,E{x}°", "北纬{y}东经{x}", "经度:{x} 纬度:{y}", "东经{x}°，北纬{y}°"),
]


def listed(path, heading, cells):
    pd.DataFrame({"名称": [f"第{n}站" for n in range(len(cells))], heading: cells}).to_csv(path, index=False)
    return path


@pytest.mark.parametrize("form", PAIRS)
def test_both_coordinates_in_one_cell_are_read_whatever_stands_between(tmp_path, form):
    xs, ys = 113.6 + np.arange(5) / 1000 + 1e-5, 34.7 + np.arange(5) / 1000 + 1e-5
    cells = [form.replace("{x}", f"{x:.5f}").replace("{y}", f"{y:.5f}") for x, y in zip(xs, ys, strict=True)]
    checked = check_file(listed(tmp_path / "a.csv", "经纬度", cells), "facilities", datum="EPSG:4326")
    assert checked.rows_used == 5, checked.problems
    assert checked.columns["lon"] == checked.columns["lat"] == "经纬度"
    at = checked.table.to_crs(4326).geometry
    assert at.x.tolist() == pytest.approx(xs, abs=1e-8)
    assert at.y.tolist() == pytest.approx(ys, abs=1e-8)


def test_a_cell_that_holds_one_coordinate_costs_its_row(tmp_path):
    cells = ["113.60001,34.70001", "113.60001", "", "113.60101,34.70101", "无"]
    checked = check_file(listed(tmp_path / "a.csv", "坐标", cells), "facilities", datum="EPSG:4326")
    assert checked.quarantined["row"].tolist() == ["3", "4", "6"]
    assert set(checked.quarantined["code"]) == {"coord.missing"}
    assert checked.rows_used == 2


def test_shapes_as_text_are_the_geometry(tmp_path):
    ring = "POLYGON ((113.6 34.7, 113.61 34.7, 113.61 34.71, 113.6 34.71, 113.6 34.7))"
    table = pd.DataFrame({"code": ["410105"], "name": ["金水区"], "WKT": [ring]})
    table.to_csv(tmp_path / "d.csv", index=False)
    checked = check_file(tmp_path / "d.csv", "districts", datum="EPSG:4326")
    [area] = checked.table.area
    assert area / 1e6 == pytest.approx(1.016, rel=0.01)


@pytest.mark.parametrize(
    ("headings", "datum"),
    [
        (("经度(GCJ02)", "纬度(GCJ02)"), "GCJ-02"),
        (("高德经度", "高德纬度"), "GCJ-02"),
        (("百度经度", "百度纬度"), "BD-09"),
        (("lng_wgs84", "lat_wgs84"), "WGS84"),
        (("GCJ经度", "BD09纬度"), None),
        (("lng_gcj", "lat_gcj"), "GCJ-02"),
        (("mars_x", "mars_y"), "GCJ-02"),
        (("bd_lng", "bd_lat"), "BD-09"),
        (("bdll经度", "bdll纬度"), "BD-09"),
        (("经度84", "纬度84"), "WGS84"),
        (("2000经度", "2000纬度"), "CGCS2000"),
        (("abdomen", "marsh"), None),
        (("经度", "纬度"), None),
    ],
)
def test_a_datum_in_the_headings_is_heard(headings, datum):
    assert heading_datum(dict(zip(("lon", "lat"), headings, strict=True))) == datum


def test_headings_and_declaration_that_contradict_each_other_refuse_the_layer(tmp_path):
    for heading, shift, right in (("GCJ02", wgs84_to_gcj02, "GCJ-02"), ("百度", wgs84_to_bd09, "BD-09")):
        x, y = shift(np.array([113.65, 113.66]), np.array([34.75, 34.76]))
        columns = {"lon": f"经度({heading})", "lat": f"纬度({heading})"}
        path = tmp_path / f"{right}.csv"
        pd.DataFrame({columns["lon"]: x, columns["lat"]: y}).to_csv(path, index=False)
        assert "crs.mismatch" in check_file(path, "facilities", datum="EPSG:4326", columns=columns).codes
        for datum in (right, None):
            checked = check_file(path, "facilities", datum=datum, columns=columns)
            assert checked.table.to_crs(4326).geometry.x.tolist() == pytest.approx([113.65, 113.66], abs=1e-7)


def packed(value):
    minutes = value % 1 * 60
    return int(value) + int(minutes) / 100 + minutes % 1 * 60 / 10_000


def test_packed_degrees_are_refused_and_decimals_never_taken_for_them(tmp_path):
    random = np.random.default_rng(1)
    x, y = 113.6 + random.random(40) / 10, 34.7 + random.random(40) / 10
    table = pd.DataFrame({"经度": [packed(one) for one in x], "纬度": [packed(one) for one in y]}).round(8)
    table.to_csv(tmp_path / "a.csv", index=False)
    assert check_file(tmp_path / "a.csv", "facilities", datum="EPSG:4326").codes == {"coord.unparsed"}
    near = [(113.39 + random.random(40) / 100, 34.45 + random.random(40) / 100) for _ in range(500)]
    assert not any(looks_packed(pd.Series(one), pd.Series(other)) for one, other in near)
