"""ZIP archives and KML: one layer each, by names of our own, no link followed."""

from __future__ import annotations

import zipfile

import geopandas as gpd
import pytest
import shapely
from reading import aside, noted, problems, read, refused, write

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


def kml(path, marks):
    return write(
        path, f'<?xml version="1.0"?><kml xmlns="http://www.opengis.net/kml/2.2"><Document>{marks}</Document></kml>'
    )


def mark(shape, name="甲", data=""):
    return f"<Placemark><name>{name}</name>{data}{shape}</Placemark>"


def spot(kind, text):
    return f"<{kind}><coordinates>{text}</coordinates></{kind}>"


RING = "113.6,34.7 113.7,34.7 113.7,34.8 113.6,34.7"


def polygon(outer=RING, inner=""):
    holes = f"<innerBoundaryIs>{spot('LinearRing', inner)}</innerBoundaryIs>" if inner else ""
    return f"<Polygon><outerBoundaryIs>{spot('LinearRing', outer)}</outerBoundaryIs>{holes}</Polygon>"


def test_points_lines_areas_and_their_data_are_rows_and_columns(tmp_path):
    data = '<Data name="床位"><value>20</value></Data><SchemaData><SimpleData name="name">乙</SimpleData></SchemaData>'
    data = f"<ExtendedData>{data}</ExtendedData>"
    several = f"<MultiGeometry>{spot('Point', '1,2')}{spot('Point', '3,4')}</MultiGeometry>"
    mixed = f"<MultiGeometry>{spot('Point', '1,2')}<MultiGeometry>{polygon()}</MultiGeometry></MultiGeometry>"
    shapes = [
        spot("Point", "113.6, 34.7, 10"),
        spot("LineString", "1,2 3,4"),
        polygon(inner="113.65,34.71 113.66,34.71 113.66,34.72 113.65,34.71"),
        several,
        mixed,
        "",
    ]
    text = f"<Folder><name>养老</name>{mark(shapes[0], data=data)}</Folder>" + "".join(map(mark, shapes[1:]))
    raw = read(kml(tmp_path / "a.kml", text))
    kinds = ["Point", "LineString", "Polygon", "MultiPoint", "GeometryCollection"]
    assert raw.table.geometry.iloc[:5].geom_type.tolist() == kinds
    assert raw.table.geometry.isna().tolist() == [False] * 5 + [True]
    assert len(raw.table.geometry.iloc[2].interiors) == 1
    first = raw.table.iloc[0]
    assert (first["name"], first["床位"], first["name (data)"], first["folder"]) == ("甲", "20", "乙", "养老")
    assert raw.crs.to_epsg() == 4326
    assert not raw.extra.get("datum_known")  # maps made in China carry GCJ-02 in KML


def test_a_placemark_that_cannot_be_read_costs_its_row(tmp_path):
    shapes = [
        spot("Point", "x,y"),
        spot("Point", "113.6"),
        polygon(RING.rsplit(" ", 1)[0]),
        spot("LineString", "1,2"),
        spot("Point", "1,2"),
    ]
    raw = read(kml(tmp_path / "a.kml", "".join(map(mark, shapes))))
    codes = ["geom.unreadable", "geom.unreadable", "geom.invalid", "geom.unreadable"]
    assert aside(raw) == [(str(n), code) for n, code in enumerate(codes, start=1)]
    assert raw.table.index.tolist() == [5]


def test_links_are_told_and_not_followed(tmp_path):
    link = "<NetworkLink><Link><href>http://127.0.0.1:9/x.kml</href></Link></NetworkLink>"
    assert noted(read(kml(tmp_path / "a.kml", mark(spot("Point", "1,2")) + link))) == ["file.driver_refused"]
    assert refused(kml(tmp_path / "b.kml", link)) == "file.driver_refused"


def test_a_broken_or_endless_kml_is_refused(tmp_path):
    path = kml(tmp_path / "a.kml", mark(spot("Point", "1,2")))
    assert refused(write(tmp_path / "b.kml", path.read_bytes()[:-20])) == "file.malformed"
    assert refused(write(tmp_path / "c.kml", "<kml>" + "<Folder>" * 2000)) == "file.too_deep"


def test_a_kmz_is_its_document(tmp_path):
    path = kml(tmp_path / "doc.kml", mark(spot("Point", "1,2")))
    with zipfile.ZipFile(tmp_path / "a.kmz", "w") as archive:
        archive.write(path, "doc.kml")
        archive.writestr("files/other.kml", "<kml/>")
    assert read(tmp_path / "a.kmz").table["name"].tolist() == ["甲"]
    with zipfile.ZipFile(tmp_path / "b.kmz", "w") as archive:
        archive.writestr("x.kml", "<kml/>")
        archive.writestr("y.kml", "<kml/>")
    assert refused(tmp_path / "b.kmz") == "layer.ambiguous"
    with zipfile.ZipFile(tmp_path / "c.kmz", "w") as archive:
        archive.writestr("doc.kml", "<!DOCTYPE kml><kml/>")
    assert refused(tmp_path / "c.kmz") == "xml.entity_refused"
