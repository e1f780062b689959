"""GeoPackage: whole or refused, one broken shape is one row, nothing in it runs code."""

from __future__ import annotations

import sqlite3
import warnings

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
import shapely
from reading import aside, read, refused, write

NAMES = [f"金水区第{n}养老驿站" for n in range(6)]


def layer(names=NAMES, crs=4326):
    shapes = [shapely.Point(113.6 + 0.01 * n, 34.7) for n in range(len(names))]
    return gpd.GeoDataFrame({"name": names, "beds": range(len(names))}, geometry=shapes, crs=crs)


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
        (lambda blob: b"XX" + blob[2:], "geom.unreadable"),
        (lambda blob: blob[:-4], "geom.unreadable"),
        (lambda blob: b"not a shape", "geom.unreadable"),
        (lambda blob: blob[:-20] + bytes(4) + blob[-16:], "geom.unreadable"),
    ],
)
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


def test_a_geopackage_with_several_layers_asks_which(tmp_path):
    frame = gpd.GeoDataFrame({"a": [1]}, geometry=[shapely.Point(0, 0)], crs=4547)
    for layer in ("x", "y"):
        frame.to_file(tmp_path / "a.gpkg", layer=layer)
    assert refused(tmp_path / "a.gpkg") == "layer.ambiguous"
    assert refused(tmp_path / "a.gpkg", layer="z") == "layer.missing"
    assert read(tmp_path / "a.gpkg", layer="y").crs.to_epsg() == 4547


#: The tables of the schema extension, as far as domains need them.
SCHEMA = """
CREATE TABLE gpkg_data_columns (table_name TEXT, column_name TEXT, name TEXT, title TEXT, description TEXT,
    mime_type TEXT, constraint_name TEXT);
CREATE TABLE gpkg_data_column_constraints (constraint_name TEXT, constraint_type TEXT, value TEXT, min NUMERIC,
    min_is_inclusive BOOLEAN, max NUMERIC, max_is_inclusive BOOLEAN, description TEXT);
INSERT INTO gpkg_data_columns VALUES ('l', 'LB', NULL, NULL, NULL, NULL, '类别域');
INSERT INTO gpkg_data_column_constraints VALUES ('床位域', 'range', NULL, 0, 1, 500, 1, '床位');
INSERT INTO gpkg_data_column_constraints VALUES ('类别域', 'enum', '7', NULL, NULL, NULL, NULL, NULL);
INSERT INTO gpkg_data_column_constraints VALUES ('类别域', 'enum', '1', NULL, NULL, NULL, NULL, '日间照料中心');
INSERT INTO gpkg_data_column_constraints VALUES ('类别域', 'enum', '0802', NULL, NULL, NULL, NULL, '养老院');
"""


@pytest.mark.parametrize(
    ("kind", "codes", "words"),
    [
        ("TEXT", ["1", "0802", "0899", "7", "1", "1"], ["日间照料中心", "养老院", "0899", "7"]),
        ("INTEGER", [1, 802, 9, 7, 1, 1], ["日间照料中心", "802", "9", "7"]),
    ],
)
def test_coded_values_become_what_their_domain_calls_them_and_the_codes_stay(tmp_path, kind, codes, words):
    def domains(database):
        database.execute(f"ALTER TABLE l ADD COLUMN LB {kind}")
        for fid, code in enumerate(codes, start=1):
            database.execute("UPDATE l SET LB = ? WHERE fid = ?", (code, fid))
        database.executescript(SCHEMA)

    raw = read(gpkg(tmp_path / "a.gpkg", domains))
    assert raw.table["LB"].tolist()[:4] == words
    assert raw.table["LB_code"].tolist() == codes
    assert [note.value for note in raw.notes if note.code == "value.coded"] == ["LB by the domain 类别域"]
