"""Shapefile: its parts agree or it is refused, text in its own encoding, deleted rows listed."""

from __future__ import annotations

import shutil

import geopandas as gpd
import pytest
import shapely
from reading import aside, noted, problems, read, refused

NAMES = [f"金水区第{n}养老驿站" for n in range(6)]


def layer(names=NAMES, crs=4326):
    shapes = [shapely.Point(113.6 + 0.01 * n, 34.7) for n in range(len(names))]
    return gpd.GeoDataFrame({"name": names, "beds": range(len(names))}, geometry=shapes, crs=crs)


def shp(folder, encoding="gb18030", cpg=True, names=NAMES, columns=("名称", "床位数")):
    folder.mkdir(exist_ok=True)
    frame = layer(names).rename(columns=dict(zip(("name", "beds"), columns, strict=True)))
    frame.to_file(folder / "a.shp", encoding=encoding)
    if not cpg:
        (folder / "a.cpg").unlink()
        head = bytearray((folder / "a.dbf").read_bytes())
        head[29] = 0
        (folder / "a.dbf").write_bytes(head)
    return folder / "a.shp"


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
@pytest.mark.parametrize("cpg", [True, False])
def test_chinese_names_and_text_come_through_in_any_encoding(tmp_path, encoding, cpg):
    raw = read(shp(tmp_path / "s", encoding, cpg))
    assert raw.table.columns.tolist() == ["名称", "床位数", "geometry"]
    assert raw.table["名称"].tolist() == NAMES
    assert noted(raw) == (["encoding.detected"] if encoding == "gb18030" and not cpg else [])


def test_a_cpg_that_lies_is_found_out(tmp_path):
    path = shp(tmp_path / "s", "gb18030")
    path.with_suffix(".cpg").write_text("UTF-8")
    raw = read(path)
    assert raw.table["名称"].tolist() == NAMES
    assert noted(raw) == ["encoding.detected"]
    assert "not utf-8" in raw.notes[0].value
    assert refused(path, encoding="utf-8") == "encoding.invalid"
    assert read(path, encoding="GBK").table["名称"].tolist() == NAMES


@pytest.mark.parametrize("name", ["UTF\x00-8", "rot13", "hex", "no-such", "é", "utf_16"])
def test_a_cpg_that_names_no_encoding_of_text_is_no_reason_to_stop(tmp_path, name):
    path = shp(tmp_path / "s", "gb18030")
    path.with_suffix(".cpg").write_text(name, encoding="utf-8")
    assert read(path).table["名称"].tolist() == NAMES


def test_rows_in_two_encodings_are_refused_by_number(tmp_path):
    path = shp(tmp_path / "s", "utf-8", cpg=False)
    data = path.with_suffix(".dbf").read_bytes()
    theirs = NAMES[3].encode()
    path.with_suffix(".dbf").write_bytes(data.replace(theirs, NAMES[3].encode("gb18030").ljust(len(theirs))))
    [problem] = problems(path)
    assert (problem.code, problem.rows) == ("encoding.invalid", ("4",))


def test_a_name_cut_inside_a_letter_is_told(tmp_path):
    path = shp(tmp_path / "s", "utf-8", columns=("名称", "beds"))
    data = bytearray(path.with_suffix(".dbf").read_bytes())
    data[32:43] = "设施名称".encode()[:10] + b"\x00"
    path.with_suffix(".dbf").write_bytes(data)
    raw = read(path)
    assert noted(raw) == ["encoding.field_name_truncated"]
    assert raw.table.columns.tolist() == ["设施名", "beds", "geometry"]
    assert raw.table["设施名"].tolist() == NAMES


def test_text_cut_inside_its_last_letter_loses_that_letter_only(tmp_path):
    path = shp(tmp_path / "s", "utf-8", cpg=False)
    data = bytearray(path.with_suffix(".dbf").read_bytes())
    width, begin = data[48], int.from_bytes(data[8:10], "little") + 1
    assert width % 3
    data[begin : begin + width] = ("养" * width).encode()[:width]
    path.with_suffix(".dbf").write_bytes(data)
    assert read(path).table["名称"].tolist() == ["养" * (width // 3), *NAMES[1:]]


@pytest.mark.parametrize(
    ("part", "change", "code"),
    [
        (".shp", lambda data: data[:150], "file.corrupt"),
        (".shp", lambda data: data[:90], "file.corrupt"),
        (".dbf", lambda data: data[:-80], "file.corrupt"),
        (".dbf", lambda data: data[:20], "file.corrupt"),
        (".shx", lambda data: data[:-8], "file.corrupt"),
        (".dbf", None, "file.part_missing"),
        (".dbf", lambda data: data[:4] + (5).to_bytes(4, "little") + data[8:], "file.inconsistent"),
        (".shp", lambda data: data[:104] + (99).to_bytes(4, "big") + data[108:], "file.inconsistent"),
        (".shx", lambda data: data[:100] + (9999).to_bytes(4, "big") + data[104:], "file.corrupt"),
    ],
)
def test_parts_that_are_cut_missing_or_contradict_each_other_are_refused(tmp_path, part, change, code):
    path = shp(tmp_path / "s")
    file = path.with_suffix(part)
    if change is None:
        file.unlink()
    else:
        file.write_bytes(change(file.read_bytes()))
    assert refused(path) == code


def test_a_missing_index_is_made_again_and_the_folder_left_alone(tmp_path):
    path = shp(tmp_path / "s")
    path.with_suffix(".shx").unlink()
    before = sorted(path.parent.iterdir())
    raw = read(path)
    assert raw.table["名称"].tolist() == NAMES
    assert noted(raw) == ["file.part_missing"]
    assert sorted(path.parent.iterdir()) == before


def test_rows_marked_as_deleted_are_listed_and_the_numbers_stay(tmp_path):
    path = shp(tmp_path / "s")
    data = bytearray(path.with_suffix(".dbf").read_bytes())
    header, length = int.from_bytes(data[8:10], "little"), int.from_bytes(data[10:12], "little")
    data[header + 2 * length] = ord("*")
    path.with_suffix(".dbf").write_bytes(data)
    raw = read(path)
    assert aside(raw) == [("3", "row.deleted")]
    assert raw.table.index.tolist() == [1, 2, 4, 5, 6]


def test_parts_with_capital_endings_are_parts(tmp_path):
    path = shp(tmp_path / "s", "gb18030", cpg=False)
    for part in list(path.parent.iterdir()):
        shutil.move(part, part.with_suffix(part.suffix.upper()))
    assert read(path.with_suffix(".SHP")).table["名称"].tolist() == NAMES


def test_a_prj_that_is_damaged_is_told_as_such(tmp_path):
    path = shp(tmp_path / "s")
    spheroid = 'SPHEROID["WGS_1984",6378137.0,298.257223563]'
    unit = '"Degree",0.0174532925199433]'
    text = (
        f'GEOGCS["GCS_WGS\xff1984",DATUM["D_WGS_1y84",{spheroid}],PRIMEM["Greenwich",0.0],UNIT[{unit}'
        + f"T[{unit}" * 18
    )
    path.with_suffix(".prj").write_bytes(f"{text}]".encode("latin-1"))
    assert refused(path) == "crs.unknown"


def test_without_prj_there_is_no_crs(tmp_path):
    path = shp(tmp_path / "s")
    assert read(path).crs.to_epsg() == 4326
    path.with_suffix(".prj").unlink()
    assert read(path).crs is None


def test_a_shapefile_without_a_part_is_refused(tmp_path):
    gpd.GeoDataFrame({"a": [1]}, geometry=[shapely.LineString([(0, 0), (1, 1)])], crs=4547).to_file(tmp_path / "a.shp")
    (tmp_path / "a.dbf").unlink()
    assert refused(tmp_path / "a.shp") == "file.part_missing"


@pytest.mark.parametrize("claim", ["ISO-8859-1", "1252", "LATIN1", "ISO-8859-15"])
def test_a_claim_of_latin_is_not_believed_of_chinese_bytes_and_is_of_accents(tmp_path, claim):
    def layer(name, names, encoding):
        table = gpd.GeoDataFrame({"name": names}, geometry=[shapely.Point(113.6, 34.7)] * len(names), crs=4326)
        table.to_file(tmp_path / name, encoding=encoding)
        (tmp_path / name).with_suffix(".cpg").write_text(claim)
        return read(tmp_path / name)

    chinese = layer("a.shp", ["第一养老驿站", "红旗路"], "GBK")
    assert chinese.table["name"].tolist() == ["第一养老驿站", "红旗路"]
    assert noted(chinese) == ["encoding.detected"]
    assert layer("b.shp", ["Café du désert", "Züri"], "ISO-8859-1").table["name"].tolist() == ["Café du désert", "Züri"]
