"""Loaders: what a file holds comes through as it is, what is damaged is refused by name, never a raw exception."""

from __future__ import annotations

import json
import warnings
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from shapely import LineString, Point

from zzgeo import check_file
from zzgeo.errors import InputError
from zzgeo.formats import loader_for, loaders, read_layer
from zzgeo.formats.base import Options
from zzgeo.formats.geocn import polygons_path, read_counties
from zzgeo.intake import values
from zzgeo.intake.location import points_of


def refused(path: Path, **options: object) -> str:
    with pytest.raises(InputError) as caught:
        read_layer(path, Options(**options))
    [problem] = caught.value.problems
    assert problem.remedy
    return problem.code


def test_every_loader_is_found_by_its_place_and_claims_its_own_suffixes():
    assert {"delimited", "excel", "vector", "geoparquet", "osm", "geocn", "raster"} <= set(loaders())
    assert {"archive", "kml", "graphml", "overpass"} <= set(loaders())
    ends = [end for loader in loaders().values() for end in loader.suffixes]
    assert len(ends) == len(set(ends))
    assert loader_for(Path("a/B.OSM.PBF")).id == "osm"


@pytest.mark.parametrize(("name", "code"), [("a.exe", "file.wrong_type"), ("g.pkl", "file.pickle_refused")])
def test_an_unknown_type_and_a_pickle_are_refused(tmp_path, name, code):
    (tmp_path / name).write_bytes(b"x")
    assert refused(tmp_path / name) == code


def test_an_empty_file_is_refused(tmp_path):
    (tmp_path / "a.csv").touch()
    assert refused(tmp_path / "a.csv") == "file.empty"


def workbook(path: Path, sheets: dict[str, list[list[object]]]) -> Path:
    xlsxwriter = pytest.importorskip("xlsxwriter")
    with xlsxwriter.Workbook(path) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for number, row in enumerate(rows):
                sheet.write_row(number, 0, row)
    return path


def test_a_workbook_keeps_ids_as_text_and_counts_its_own_rows(tmp_path):
    rows = [["编号", "名称", "床位"], ["00123", "甲", 20], [], ["9007199254740993", "乙", 2.5]]
    raw = read_layer(workbook(tmp_path / "a.xlsx", {"表": rows}), Options())
    assert raw.table.index.tolist() == [2, 4]
    assert raw.table["编号"].tolist() == ["00123", "9007199254740993"]
    assert raw.table["床位"].tolist() == ["20", "2.5"]


def test_a_workbook_with_several_sheets_asks_which(tmp_path):
    path = workbook(tmp_path / "a.xlsx", {"一": [["a"], [1]], "二": [["b"], [2], [3]]})
    assert refused(path) == "layer.ambiguous"
    assert refused(path, sheet="三") == "layer.missing"
    assert read_layer(path, Options(sheet="二")).rows_read == 2


def test_a_geopackage_with_several_layers_asks_which(tmp_path):
    frame = gpd.GeoDataFrame({"a": [1]}, geometry=[Point(0, 0)], crs=4547)
    for layer in ("x", "y"):
        frame.to_file(tmp_path / "a.gpkg", layer=layer)
    assert refused(tmp_path / "a.gpkg") == "layer.ambiguous"
    assert refused(tmp_path / "a.gpkg", layer="z") == "layer.missing"
    assert read_layer(tmp_path / "a.gpkg", Options(layer="y")).crs.to_epsg() == 4547


def test_a_shapefile_without_a_part_is_refused(tmp_path):
    gpd.GeoDataFrame({"a": [1]}, geometry=[LineString([(0, 0), (1, 1)])], crs=4547).to_file(tmp_path / "a.shp")
    (tmp_path / "a.dbf").unlink()
    assert refused(tmp_path / "a.shp") == "file.part_missing"


def test_county_polygons_come_by_code_in_the_order_asked():
    raw = read_counties(polygons_path(), Options(codes=("410184", "410102")))
    assert raw.table["name"].tolist() == ["新郑市", "中原区"]
    for codes in ((), ("4101",), ("999999",)):
        with pytest.raises(InputError):
            read_counties(polygons_path(), Options(codes=codes))


def test_county_polygons_agree_with_the_reference(shared):
    reference = gpd.read_file(shared / "data/counties_tianditu_wgs84.geojson").set_index("code")
    codes = tuple(code for code in reference.index if code.startswith("4101"))
    ours = read_counties(polygons_path(), Options(codes=codes)).table.set_index("code")
    assert len(codes) == 12
    for code in codes:
        assert ours.geometry[code].symmetric_difference(reference.geometry[code]).area < 1e-9


@pytest.mark.parametrize(
    ("cell", "number"),
    [("12", 12), (" 1,200 ", 1200), ("１２．５", 12.5), ("1e3", 1000), ("-4", -4), (".5", 0.5), ("3.", 3)],
)
def test_a_number_is_read_as_people_write_it(cell, number):
    assert values.number(cell) == number


@pytest.mark.parametrize("cell", ["", "1_000", "12张", "1,20", "1.2.3", "0x10", "nan", "inf", "1e999", "一百"])
def test_what_is_not_one_number_is_not_guessed(cell):
    with pytest.raises(ValueError, match="not"):
        values.number(cell)


def test_dates_are_read_as_people_write_them_and_odd_ones_are_told():
    parsed = values.dates(pd.Series(["2016年5月1日", "2016-05", "2016", None, "去年", "2016-02-30"]))
    assert parsed.values.dt.strftime("%Y-%m-%d").tolist()[:3] == ["2016-05-01", "2016-05-01", "2016-01-01"]
    assert set(parsed.faults) == {4, 5}
    assert parsed.values.isna().tolist() == [False, False, False, True, True, True]


def test_no_file_of_the_bad_input_collection_ends_in_a_raw_exception(shared):
    cases = json.loads((shared / "cases/manifest.json").read_text("utf-8"))["cases"]
    read, told = [], []
    for case in cases:
        path = shared / "cases" / case["files"][0]
        if path.is_dir():
            path = next(path.glob("*.shp"))
        try:
            # GDAL's own warnings go through a callback of its that cannot raise
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", RuntimeWarning)
                read.append((case["id"], read_layer(path, Options()).rows_read))
        except InputError as error:
            told += error.problems
    assert len(read) > 60
    assert len(told) > 30
    assert all(problem.code and problem.why and problem.remedy for problem in told)
    controls = {case["id"]: case["expected"]["rows_in"] for case in cases if case["cls"] == "control"}
    for name, rows in read:
        if name in controls and "osm" not in name and "pbf" not in name:
            assert rows == controls[name], name


def test_points_that_cannot_be_right_are_counted_once_and_areas_by_their_corners(tmp_path):
    near, far = [shapely.Point(113.6 + n / 100, 34.7) for n in range(2)], [shapely.Point(1113.6, 134.7)] * 3
    for name, shapes, told in (
        ("points", [*near, *far], "3 of 5 points"),
        ("areas", [shapely.buffer(one, 0.001) for one in [*near, *far]], "6 of 10 points"),
    ):
        table = gpd.GeoDataFrame({"name": list("abcde")}, geometry=shapes, crs="EPSG:4326")
        table.to_file(tmp_path / f"{name}.gpkg")
        found = check_file(tmp_path / f"{name}.gpkg", "facilities", datum="EPSG:4326", kind="hospital")
        (problem,) = (one for one in found.problems if one.code == "coord.out_of_range")
        assert told in problem.value


def test_a_point_in_a_layer_of_areas_leaves_the_areas_a_point_inside():
    shapes = gpd.GeoSeries([shapely.Point(1, 2), shapely.box(0, 0, 10, 10)], index=["a", "b"])
    inside = points_of(shapes)
    assert inside.geom_type.tolist() == ["Point", "Point"]
    assert inside.index.tolist() == ["a", "b"]
    assert inside["a"] == shapely.Point(1, 2)
    assert shapes["b"].contains(inside["b"])
