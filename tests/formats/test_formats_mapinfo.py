"""MapInfo: tables with their parts, interchange files, Chinese headings, and nothing that points at other files."""

from __future__ import annotations

import zipfile

import geopandas as gpd
import pytest
import shapely
from reading import noted, problems, read, refused, write

NAMES = ["第一养老驿站", "第二养老驿站"]


def layer(path, encoding="UTF-8"):
    shapes = [shapely.Point(113.663, 34.765), shapely.Point(113.67, 34.769)]
    table = gpd.GeoDataFrame({"MC": NAMES, "CWS": [10, 20]}, geometry=shapes, crs=4326)
    table.to_file(path, driver="MapInfo File", ENCODING=encoding)
    return path


@pytest.mark.parametrize("name", ["a.tab", "a.mif"])
def test_a_layer_in_chinese_comes_as_written(tmp_path, name):
    raw = read(layer(tmp_path / name))
    assert raw.table["MC"].tolist() == NAMES
    assert raw.table["CWS"].tolist() == [10, 20]
    assert raw.table.geometry.x.round(4).tolist() == [113.663, 113.67]
    assert raw.crs.is_geographic


@pytest.mark.parametrize("name", ["a.tab", "a.mif"])
def test_a_layer_is_read_in_an_archive_with_all_its_parts(tmp_path, name):
    path = layer(tmp_path / name)
    with zipfile.ZipFile(tmp_path / "z.zip", "w") as archive:
        for part in path.parent.glob("a.*"):
            archive.write(part, f"表/{part.name}")
    assert read(tmp_path / "z.zip").table["MC"].tolist() == NAMES


INTERCHANGE = """Version 300
{charset}Delimiter ","
CoordSys Earth Projection 1, 104
Columns 2
  名称 Char(40)
  床位 Integer
Data

Point 113.66 34.76
Point 113.67 34.77
"""


@pytest.mark.parametrize("encoding", ["gb18030", "utf-8"])
@pytest.mark.parametrize(
    "charset", ["", 'Charset "Neutral"\n', 'Charset "WindowsLatin1"\n', 'Charset "WindowsSimpChinese"\n']
)
def test_chinese_headings_and_text_are_read_whatever_the_head_says(tmp_path, charset, encoding):
    path = write(tmp_path / "a.mif", INTERCHANGE.replace("{charset}", charset).encode(encoding))
    write(tmp_path / "a.mid", "".join(f'"{name}",10\n' for name in NAMES).encode(encoding))
    raw = read(path)
    assert raw.table["名称"].tolist() == NAMES
    assert raw.table["床位"].tolist() == [10, 10]
    declared = encoding == "gb18030" and "Chinese" in charset
    assert noted(raw) == ([] if declared else ["encoding.detected"])


def test_text_in_no_encoding_is_refused(tmp_path):
    path = write(tmp_path / "a.mif", INTERCHANGE.replace("{charset}", "").encode("gb18030"))
    write(tmp_path / "a.mid", b'"\xff\xff\xff",10\n"b",10\n')
    assert refused(path) == "encoding.invalid"


@pytest.mark.parametrize(("name", "part"), [("a.tab", ".dat"), ("a.tab", ".map"), ("a.mif", ".mid")])
def test_a_missing_part_is_named(tmp_path, name, part):
    path = layer(tmp_path / name)
    path.with_suffix(part).unlink()
    [problem] = problems(path)
    assert (problem.code, problem.value) == ("file.part_missing", part)


@pytest.mark.parametrize(
    "text",
    [
        '!table\n!version 100\nOpen Table "/etc/passwd" Hide\nCreate View x As Select * From y\n',
        '!table\n!version 300\nDefinition Table\n  File "other.tif"\n  Type "RASTER"\n',
        '!table\n!version 300\nDefinition Table\n  Type LINKED Charset "Neutral"\n',
    ],
)
def test_a_table_made_of_other_files_is_refused(tmp_path, text):
    assert refused(write(tmp_path / "a.tab", text)) == "file.driver_refused"


def test_other_text_under_its_endings_is_refused(tmp_path):
    assert refused(write(tmp_path / "a.tab", "a\tb\n1\t2\n")) == "file.wrong_type"
    assert refused(write(tmp_path / "a.mif", "<OGRVRTDataSource/>")) == "file.driver_refused"
    assert refused(write(tmp_path / "b.mif", "a,b\n1,2\n")) == "file.wrong_type"
