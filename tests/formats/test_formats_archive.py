"""ZIP archives: one layer each, by names of our own, never by the paths inside."""

from __future__ import annotations

import zipfile

import geopandas as gpd
import pytest
import shapely
from reading import problems, read, refused, write

NAMES = ["金水区养老驿站", "二七区卫生院"]


@pytest.fixture
def layer():
    return gpd.GeoDataFrame({"name": NAMES}, geometry=shapely.points([[113.6, 34.7], [113.7, 34.8]]), crs=4326)


def packed(path, folder, inside="", extra=()):
    with zipfile.ZipFile(path, "w") as archive:
        for part in sorted(folder.iterdir()):
            archive.write(part, inside + part.name)
        for name, content in extra:
            archive.writestr(name, content)
    return path


@pytest.mark.parametrize("end", ["shp", "gpkg", "geojson", "parquet", "csv", "xlsx", "kml"])
def test_the_one_layer_of_an_archive_is_read_as_if_it_lay_open(tmp_path, layer, end):
    folder = tmp_path / "in"
    folder.mkdir()
    file = folder / f"设施.{end}"
    if end == "parquet":
        layer.to_parquet(file)
    elif end in ("csv", "xlsx"):
        frame = layer.drop(columns="geometry")
        frame.to_csv(file, index=False) if end == "csv" else frame.to_excel(file, index=False, engine="xlsxwriter")
    elif end == "kml":
        marks = "".join(
            f"<Placemark><name>{name}</name><Point><coordinates>113.6,34.7</coordinates></Point></Placemark>"
            for name in NAMES
        )
        write(file, f"<kml>{marks}</kml>")
    else:
        layer.to_file(file, encoding="utf-8") if end == "shp" else layer.to_file(file)
    extra = [("说明.txt", "x"), ("__MACOSX/._设施.csv", "x"), (".DS_Store", "x")]
    raw = read(packed(tmp_path / "数据.zip", folder, "2018/", extra))
    assert raw.table["name"].tolist() == NAMES
    assert raw.file == f"数据.zip/设施.{end}"
    assert sorted(one.name for one in tmp_path.iterdir()) == ["in", "数据.zip"]


def test_several_layers_are_asked_about_and_named_by_their_file(tmp_path, layer):
    folder = tmp_path / "in"
    folder.mkdir()
    layer.to_file(folder / "a.gpkg")
    layer.iloc[:1].to_file(folder / "b.geojson")
    path = packed(tmp_path / "a.zip", folder)
    assert refused(path) == "layer.ambiguous"
    assert refused(path, layer="c") == "layer.missing"
    assert len(read(path, layer="b").table) == len(read(path, layer="B.GeoJSON").table) == 1
    assert len(read(path, layer="a").table) == 2


def test_what_is_wrong_inside_is_told_by_the_name_inside(tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    write(folder / "表.csv", "编号,名称\nF1\n")
    raw = read(packed(tmp_path / "a.zip", folder))
    assert [(row.file, row.row, row.code) for row in raw.rejected] == [("a.zip/表.csv", "2", "row.ragged")]
    write(folder / "表.csv", "编号,编号\n1,2\n")
    [problem] = problems(packed(tmp_path / "b.zip", folder))
    assert (problem.code, problem.where) == ("schema.duplicate_column", "b.zip/表.csv:1")
    assert refused(packed(tmp_path / "c.zip", tmp_path / "in", extra=[("x.pkl", "x")])) == "schema.duplicate_column"
    assert refused(packed(tmp_path / "d.zip", write_only(tmp_path, "x.pkl"))) == "layer.empty"


def write_only(folder, name):
    (folder / "only").mkdir()
    write(folder / "only" / name, "x")
    return folder / "only"


def test_names_packed_in_gbk_are_read(tmp_path):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("设施.csv", "a,b\n1,2\n")
    utf8, gbk = "设施".encode(), "设施".encode("gb18030") + b"__"
    data = path.read_bytes().replace(utf8, gbk)
    for magic, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        flag = data.index(magic) + at
        data = data[:flag] + b"\x00\x00" + data[flag + 2 :]
    assert read(write(path, data)).file == "a.zip/设施__.csv"
