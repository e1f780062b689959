"""KML and KMZ: placemarks with their data, one broken shape is one row, no link followed."""

from __future__ import annotations

import zipfile

from reading import aside, noted, read, refused, write


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
