"""File geodatabases: folder and ZIP, layers by name, coded values by their domain, stamps by the clock of China."""

from __future__ import annotations

import datetime as dt
import zipfile

import geopandas as gpd
import pandas as pd
import pyarrow as pa
import pytest
import shapely
from reading import problems, read, refused, write

from zzgeo import check_file
from zzgeo.formats.geodatabase import _domains
from zzgeo.formats.parts.domains import described as coded

NAMES = ["第一养老驿站", "第二养老驿站"]
DOMAIN = """<typens:GPCodedValueDomain2 xmlns:typens="http://www.esri.com/schemas/ArcGIS/10.1">
<DomainName>类别域</DomainName><CodedValues>
<CodedValue><Name>日间照料中心</Name><Code>0801</Code></CodedValue>
<CodedValue><Name>养老院</Name><Code>0802</Code></CodedValue></CodedValues></typens:GPCodedValueDomain2>"""
FIELDS = """<typens:DEFeatureClassInfo xmlns:typens="http://www.esri.com/schemas/ArcGIS/10.3"><GPFieldInfoExs>
<GPFieldInfoEx><Name>LB</Name><DomainName>类别域</DomainName></GPFieldInfoEx>
<GPFieldInfoEx><Name>MC</Name></GPFieldInfoEx></GPFieldInfoExs></typens:DEFeatureClassInfo>"""


def geodatabase(path, *layers):
    shapes = [shapely.Point(469148.3, 3848584.8), shapely.Point(469747.6, 3849004.9)]
    stamps = pd.to_datetime(["2019-01-01", "2018-06-01"]).tz_localize("Asia/Shanghai")
    table = gpd.GeoDataFrame({"MC": NAMES, "KY": stamps}, geometry=shapes, crs=4547)
    for layer in layers or ("YLSS",):
        table.to_file(path, driver="OpenFileGDB", layer=layer, mode="a" if path.exists() else "w")
    return path


def zipped(folder):
    path = folder.with_name("z.zip")
    with zipfile.ZipFile(path, "w") as archive:
        for part in folder.iterdir():
            archive.write(part, f"数据/{folder.name}/{part.name}")
    return path


def bare(folder, inside=""):
    """The files of the folder at the root of the archive, or in a folder of another name."""
    path = folder.with_name("养老.zip")
    with zipfile.ZipFile(path, "w") as archive:
        for part in folder.iterdir():
            archive.write(part, f"{inside}{part.name}")
    return path


def renamed(folder):
    return bare(folder, "提交数据/成果/")


PACKS = pytest.mark.parametrize(
    "pack", [lambda folder: folder, zipped, bare, renamed], ids=["folder", "zip", "zip-root", "zip-renamed"]
)


@PACKS
def test_a_layer_comes_as_written(tmp_path, pack):
    raw = read(pack(geodatabase(tmp_path / "养老.gdb")))
    assert raw.table["MC"].tolist() == NAMES
    assert raw.crs.to_epsg() == 4547
    assert raw.table.geometry.x.round(1).tolist() == [469148.3, 469747.6]
    assert [stamp.date() for stamp in raw.table["KY"]] == [dt.date(2019, 1, 1), dt.date(2018, 6, 1)]
    assert len(raw.sha256) == 64


@PACKS
def test_of_several_layers_one_is_named(tmp_path, pack):
    path = pack(geodatabase(tmp_path / "a.gdb", "YLSS", "XZQ"))
    [problem] = problems(path)
    assert (problem.code, problem.value) == ("layer.ambiguous", "YLSS, XZQ")
    assert read(path, layer="XZQ").table["MC"].tolist() == NAMES
    assert refused(path, layer="无") == "layer.missing"


def test_a_check_takes_the_folder_as_a_file(tmp_path):
    checked = check_file(geodatabase(tmp_path / "a.gdb"), "facilities", columns={"name": "MC"})
    assert (checked.outcome, checked.rows_used) == ("accept", 2)


def test_the_digest_follows_the_content_of_the_folder(tmp_path):
    path = geodatabase(tmp_path / "a.gdb")
    before = read(path).sha256
    assert read(path).sha256 == before
    write(path / "note", "x")
    assert read(path).sha256 != before


def test_coded_values_become_their_descriptions_and_unknown_codes_stay():
    items = pa.table({"Name": ["类别域", "YLSS"], "Definition": [DOMAIN, FIELDS]})
    table = pa.table({"LB": ["0801", "0802", None, "0899"], "MC": list("甲乙丙丁")})
    described, [note] = coded(table, *_domains(items, "YLSS"), "a.gdb")
    assert described.column("LB").to_pylist() == ["日间照料中心", "养老院", None, "0899"]
    assert described.column("LB_code").to_pylist() == ["0801", "0802", None, "0899"]
    assert (note.code, note.value) == ("value.coded", "LB by the domain 类别域")
    assert coded(table, *_domains(items, "XZQ"), "a.gdb") == (table, [])


def test_definitions_that_declare_entities_are_not_looked_at():
    text = '<!DOCTYPE x [<!ENTITY a "b">]>' + DOMAIN
    assert _domains(pa.table({"Name": ["x"], "Definition": [text]}), "YLSS") == ({}, {})


def test_folders_that_are_none_are_refused(tmp_path):
    (tmp_path / "empty.gdb").mkdir()
    assert refused(tmp_path / "empty.gdb") == "file.empty"
    (tmp_path / "other.gdb").mkdir()
    write(tmp_path / "other.gdb" / "a.txt", "x")
    assert refused(tmp_path / "other.gdb") == "file.wrong_type"
    linked = geodatabase(tmp_path / "a.gdb")
    (linked / "a.gdbtable").symlink_to("/etc/hostname")
    assert refused(linked) == "zip.unsafe_path"


def test_a_damaged_table_is_refused(tmp_path):
    path = geodatabase(tmp_path / "a.gdb")
    for part in path.glob("a0000000[1-9].gdbtable"):
        part.write_bytes(part.read_bytes()[:30])
    assert refused(path) == "file.corrupt"


def test_a_database_packed_without_its_folder_is_called_by_the_archive(tmp_path):
    assert read(bare(geodatabase(tmp_path / "a.gdb"))).file == "养老.zip"
    assert read(renamed(geodatabase(tmp_path / "b.gdb"))).file == "养老.zip/成果"


@pytest.mark.parametrize("name", ["a00000001.gdbtable", "旧库.mdb"])
def test_parts_and_older_databases_are_refused_with_what_to_send(tmp_path, name):
    [problem] = problems(write(tmp_path / name, b"x"))
    assert (problem.code, ".gdb" in problem.remedy) == ("file.wrong_type", True)
