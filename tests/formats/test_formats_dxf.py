"""Drawings: one layer by its name, UTF-8 by the version of the drawing, closed lines as areas."""

from __future__ import annotations

import zipfile

import pytest
from reading import aside, noted, problems, read, refused, write

PLACES = [(469148.3, 3848584.8), (469747.6, 3849004.9)]


def drawing(path, version="AC1024", encoding="utf-8", page="ANSI_936", closed=False, paper=False):
    """Write a drawing: points on 养老设施, a line on 道路 that is closed or not."""
    text = f"0\nSECTION\n2\nHEADER\n9\n$ACADVER\n1\n{version}\n9\n$DWGCODEPAGE\n3\n{page}\n0\nENDSEC\n"
    text += "0\nSECTION\n2\nENTITIES\n"
    for x, y in PLACES:
        sheet = "67\n1\n" if paper and x == PLACES[0][0] else ""
        text += f"0\nPOINT\n8\n养老设施\n{sheet}10\n{x}\n20\n{y}\n30\n0\n"
    corners = [(0, 0), (100, 0), (100, 100), (0, 100)]
    text += f"0\nLWPOLYLINE\n5\nA1\n100\nAcDbEntity\n8\n道路\n100\nAcDbPolyline\n90\n4\n70\n{int(closed)}\n"
    text += "".join(f"10\n{469000 + x}\n20\n{3848000 + y}\n" for x, y in corners)
    return write(path, (text + "0\nENDSEC\n0\nEOF\n").encode(encoding))


@pytest.mark.parametrize(
    ("version", "encoding", "page"),
    [("AC1024", "utf-8", "ANSI_936"), ("AC1015", "gb18030", "ANSI_936"), ("AC1021", "utf-8", "ANSI_1252")],
)
def test_a_layer_is_found_by_its_chinese_name_whatever_the_code_page_says(tmp_path, version, encoding, page):
    raw = read(drawing(tmp_path / "a.dxf", version, encoding, page), layer="养老设施")
    assert raw.table["Layer"].tolist() == ["养老设施"] * 2
    assert [(round(p.x, 1), round(p.y, 1)) for p in raw.table.geometry] == PLACES
    assert raw.table.index.tolist() == [1, 2]
    assert raw.crs is None


def test_several_layers_are_named_and_one_must_be_chosen(tmp_path):
    path = drawing(tmp_path / "a.dxf")
    [problem] = problems(path)
    assert (problem.code, problem.value) == ("layer.ambiguous", "养老设施 (2), 道路 (1)")
    assert refused(path, layer="绿地") == "layer.missing"


@pytest.mark.parametrize(("role", "kind"), [("facilities", "Polygon"), ("streets", "LineString")])
def test_a_closed_line_is_an_area_but_where_lines_are_wanted(tmp_path, role, kind):
    raw = read(drawing(tmp_path / "a.dxf", closed=True), layer="道路", role=role)
    assert raw.table.geometry.geom_type.tolist() == [kind]
    assert noted(raw) == (["geom.closed_line"] if kind == "Polygon" else [])


def test_an_open_line_stays_a_line(tmp_path):
    assert read(drawing(tmp_path / "a.dxf"), layer="道路").table.geometry.geom_type.tolist() == ["LineString"]


def test_what_is_drawn_on_a_sheet_for_printing_is_set_aside(tmp_path):
    raw = read(drawing(tmp_path / "a.dxf", paper=True), layer="养老设施")
    assert aside(raw) == [("1", "row.not_chosen")]
    assert raw.table.index.tolist() == [2]


def test_binary_drawings_and_other_text_are_refused(tmp_path):
    assert (
        refused(write(tmp_path / "a.dxf", b"AutoCAD Binary DXF\r\n\x1a\x00" + bytes(20))) == "file.encrypted_or_legacy"
    )
    assert refused(write(tmp_path / "b.dxf", "a,b\n1,2\n")) == "file.wrong_type"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("图.dwg", b"AC1027" + bytes(200)),
        ("图.dxf", b"AC1027" + bytes(200)),
        ("图.dxf", b"AutoCAD Binary DXF\r\n\x1a\x00" + bytes(20)),
    ],
)
def test_binary_drawings_are_refused_with_what_to_do(tmp_path, name, content):
    path = write(tmp_path / name, content)
    [problem] = problems(path)
    assert "save it as DXF in text (ASCII, AutoCAD 2007 or later)" in problem.remedy
    assert "," not in problem.value
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.write(path, name)
    [packed] = problems(tmp_path / "a.zip")
    assert "save it as DXF in text (ASCII, AutoCAD 2007 or later)" in packed.remedy


def test_a_drawing_under_another_name_is_called_a_drawing(tmp_path):
    [problem] = problems(write(tmp_path / "a.gpkg", b"AC1027" + bytes(200)))
    assert (problem.code, problem.why) == ("file.encrypted_or_legacy", "the content is a DWG drawing")
