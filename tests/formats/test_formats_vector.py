"""GeoPackage, GeoJSON and Shapefile: whole or refused, one broken shape is one row, text in its own encoding."""

from __future__ import annotations

import json
import shutil
import sqlite3
import warnings

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
import shapely
from reading import aside, noted, problems, read, refused, write

NAMES = [f"金水区第{n}养老驿站" for n in range(6)]


def layer(names=NAMES, crs=4326):
    shapes = [shapely.Point(113.6 + 0.01 * n, 34.7) for n in range(len(names))]
    return gpd.GeoDataFrame({"name": names, "beds": range(len(names))}, geometry=shapes, crs=crs)


# ------------------------------------------------------------------------------------------------ GeoPackage


def gpkg(path, change=lambda database: None, name="l"):
    layer().to_file(path, layer=name)
    database = sqlite3.connect(path)
    for (trigger,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
        quoted = trigger.replace('"', '""')
        database.execute(f'DROP TRIGGER "{quoted}"')
    change(database)
    database.commit()
    database.close()
    return path


@pytest.mark.parametrize(
    ("blob", "code"),
    [
        (lambda blob: b"XX" + blob[2:], "geom.unreadable"), (lambda blob: blob[:-4], "geom.unreadable"),
        (lambda blob: b"not a shape", "geom.unreadable"),
        (lambda blob: blob[:-20] + bytes(4) + blob[-16:], "geom.unreadable"),
    ],
)  # fmt: skip
def test_a_shape_that_cannot_be_read_costs_its_row_and_no_other(tmp_path, blob, code):
    def damage(database):
        [[whole]] = database.execute("SELECT geom FROM l WHERE fid = 3").fetchall()
        database.execute("UPDATE l SET geom = ? WHERE fid = 3", (blob(whole),))
        database.execute("UPDATE l SET geom = NULL WHERE fid = 5")

    raw = read(gpkg(tmp_path / "a.gpkg", damage))
    assert aside(raw) == [("3", code)]
    assert raw.table.index.tolist() == [1, 2, 4, 5, 6]
    assert raw.table.geometry.isna().tolist() == [False, False, False, True, False]  # for the placing step to tell
    assert raw.table["name"].tolist() == [name for n, name in enumerate(NAMES) if n != 2]


def test_whole_numbers_with_gaps_keep_every_digit(tmp_path):
    def number(database):
        database.execute("ALTER TABLE l ADD COLUMN code INTEGER")
        database.execute("UPDATE l SET code = 9007199254740993 WHERE fid = 1")

    assert read(gpkg(tmp_path / "a.gpkg", number)).table["code"].tolist() == [9007199254740993, *[None] * 5]


def test_a_database_that_is_damaged_is_refused_before_it_is_read(tmp_path):
    whole = gpkg(tmp_path / "a.gpkg").read_bytes()
    assert refused(write(tmp_path / "cut.gpkg", whole[: len(whole) // 2])) == "file.corrupt"
    rng = np.random.default_rng(3)
    rotten = bytearray(whole)
    for at in rng.integers(8192, len(whole), 2000):
        rotten[at] ^= 0xFF
    assert refused(write(tmp_path / "rot.gpkg", bytes(rotten))) == "file.corrupt"


def test_a_database_that_breaks_its_own_rules_is_refused(tmp_path):
    def contradict(database):
        database.execute("UPDATE l SET name = NULL WHERE fid = 2")
        database.execute("PRAGMA writable_schema = ON")
        database.execute("UPDATE sqlite_master SET sql = replace(sql, '\"name\" TEXT', '\"name\" TEXT NOT NULL')")

    assert refused(gpkg(tmp_path / "a.gpkg", contradict)) == "file.corrupt"


def test_a_view_that_never_ends_is_refused(tmp_path):
    def lie(database):
        database.execute("ALTER TABLE l RENAME TO m")
        database.execute("CREATE VIEW l AS WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x FROM c) SELECT * FROM m")

    assert refused(gpkg(tmp_path / "a.gpkg", lie)) == "file.driver_refused"


def test_a_table_that_is_made_by_running_code_is_refused(tmp_path):
    def reach(database):
        database.execute("PRAGMA writable_schema = ON")
        sql = "CREATE VIRTUAL TABLE v USING VirtualOGR('/etc/passwd')"
        database.execute("INSERT INTO sqlite_master VALUES ('table', 'v', 'v', 0, ?)", (sql,))

    assert refused(gpkg(tmp_path / "a.gpkg", reach)) in ("file.driver_refused", "file.corrupt")


def test_one_map_layer_beside_plain_tables_is_the_layer(tmp_path):
    path = gpkg(tmp_path / "a.gpkg")
    pyogrio.write_dataframe(pd.DataFrame({"style": ["x"]}), path, layer="layer_styles")
    assert len(read(path).table) == 6
    assert refused(path, layer="nothing") == "layer.missing"
    assert refused(path, layer="layer_styles") == "schema.missing_column"
    plain = read(path, layer="layer_styles", role="tables")
    assert plain.table["style"].tolist() == ["x"]


def test_a_layer_with_a_hostile_name_is_a_layer(tmp_path):
    name = 'x"; DROP TABLE gpkg_contents; --'
    assert len(read(gpkg(tmp_path / "a.gpkg", name=name)).table) == 6
    assert len(read(tmp_path / "a.gpkg", layer=name).table) == 6


def test_a_crs_the_file_does_not_know_is_none(tmp_path):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        layer(crs=None).to_file(tmp_path / "a.gpkg")
    assert read(tmp_path / "a.gpkg").crs is None


def test_reading_leaves_the_folder_as_it_was(tmp_path):
    path = gpkg(tmp_path / "a.gpkg")
    before = path.read_bytes()
    read(path)
    assert path.read_bytes() == before
    assert [one.name for one in tmp_path.iterdir()] == ["a.gpkg"]


# ------------------------------------------------------------------------------------------------ GeoJSON


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
        ("urn:ogc:def:crs:EPSG::3857", 3857), ("EPSG:4547", 4547), ("urn:ogc:def:crs:EPSG::4490", 4490),
        ("http://www.opengis.net/def/crs/EPSG/0/4547", 4547),
    ],
)  # fmt: skip
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
        ('{"type":"FeatureCollection","features":[{"type"', "file.malformed"), ('{"a": 1}', "file.malformed"),
        ('{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"a":' + "[" * 3000, "file.too_deep"),
    ],
)  # fmt: skip
def test_what_is_no_geojson_is_refused(tmp_path, text, code):
    assert refused(write(tmp_path / "a.geojson", text)) == code


def test_an_empty_collection_is_an_empty_table(tmp_path):
    assert read(geojson(tmp_path / "a.geojson", [])).rows_read == 0


# ------------------------------------------------------------------------------------------------ Shapefile


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
        (".shp", lambda data: data[:150], "file.corrupt"), (".shp", lambda data: data[:90], "file.corrupt"),
        (".dbf", lambda data: data[:-80], "file.corrupt"), (".dbf", lambda data: data[:20], "file.corrupt"),
        (".shx", lambda data: data[:-8], "file.corrupt"), (".dbf", None, "file.part_missing"),
        (".dbf", lambda data: data[:4] + (5).to_bytes(4, "little") + data[8:], "file.inconsistent"),
        (".shp", lambda data: data[:104] + (99).to_bytes(4, "big") + data[108:], "file.inconsistent"),
        (".shx", lambda data: data[:100] + (9999).to_bytes(4, "big") + data[104:], "file.corrupt"),
    ],
)  # fmt: skip
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
