"""PostGIS: a real server; tables come as they are, nothing is run that a study says, no password is ever shown."""

from __future__ import annotations

import json
import math
from pathlib import Path
from urllib.parse import quote

import geopandas as gpd
import pytest
from database import PASSWORD, Database
from files import X, Y, edit, write_study
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shapely import Point

from zzgeo.cli.commands import run
from zzgeo.errors import InputError, ServiceUnavailable
from zzgeo.formats import postgis as loader
from zzgeo.formats.parts.base import Options, RawLayer
from zzgeo.intake.study import check_study, load_study

CANARY = "CREATE TABLE canary AS SELECT 42 AS n"


def read(table: str, connection: str | None = "env:ZZGEO_DB", **options: object) -> RawLayer:
    return loader.read_table(table, connection, Options(**options))


def refused(table: str, connection: str | None = "env:ZZGEO_DB", **options: object) -> tuple[str, str]:
    with pytest.raises(InputError) as caught:
        read(table, connection, **options)
    [problem] = caught.value.problems
    assert problem.remedy
    return problem.code, problem.line()


def points(table: str, rows: str, columns: str = "id int PRIMARY KEY, name text", srid: int = 4547) -> tuple[str, str]:
    create = f"CREATE TABLE {table} ({columns}, geom extensions.geometry(Geometry, {srid}))"
    return create, f"INSERT INTO {table} VALUES {rows}"


def point(x: float, y: float, srid: int = 4547) -> str:
    return f"'SRID={srid};POINT({x} {y})'"


def test_cells_come_as_text_in_the_order_of_the_primary_key(postgis):
    postgis.run(
        """CREATE TABLE clinics (beds numeric(8,3), id bigint PRIMARY KEY, code text, opened date, at timestamptz,
           open boolean, share float8, geom extensions.geometry(Point, 4547))""",
        f"""INSERT INTO clinics VALUES
           (20.500, 9007199254740993, '00123', '2016-05-01', '2016-05-01 08:00+08', true, 0.1, {point(X, Y)}),
           (NULL, 12, '  ', NULL, NULL, NULL, 'NaN', {point(X + 1, Y)})""",
    )
    raw = read("public.clinics")
    assert raw.file == "postgis:public.clinics"
    assert raw.crs.to_epsg() == 4547
    assert raw.table.index.tolist() == ["12", "9007199254740993"]
    last = raw.table.iloc[1]
    assert last["id"] == "9007199254740993"
    assert last[["beds", "code", "opened", "at", "open", "share"]].tolist() == [
        "20.500",
        "00123",
        "2016-05-01",
        "2016-05-01 00:00:00+00",
        "true",
        "0.1",
    ]
    first = raw.table.iloc[0]
    assert first[["beds", "code", "opened", "at", "open"]].isna().all()
    assert first["share"] == "NaN"
    assert raw.table.geometry.iloc[1] == Point(X, Y)


def test_the_hash_is_that_of_the_content_whatever_order_the_rows_are_kept_in(postgis):
    rows = [f"({n}, '{n}', {point(X + n, Y)})" for n in range(30)]
    postgis.run(*points("a", ", ".join(rows)), "CREATE VIEW v AS SELECT * FROM a ORDER BY geom")
    first, view = read("a"), read("v")
    assert view.table.index.tolist() == [str(n) for n in range(1, 31)]
    postgis.run("DELETE FROM a", f"INSERT INTO a VALUES {', '.join(reversed(rows))}")
    assert read("a").sha256 == first.sha256
    assert read("v").sha256 == view.sha256
    assert read("v").table.equals(view.table)
    postgis.run("UPDATE a SET name = '29 ' WHERE id = 29")
    assert read("a").sha256 != first.sha256


def test_views_materialised_views_and_parts_are_read_like_tables(postgis):
    postgis.run(
        *points("a", f"(1, '甲', {point(X, Y)}), (2, '乙', {point(X, Y)})"),
        "CREATE SCHEMA plan",
        "CREATE VIEW plan.v AS SELECT * FROM a WHERE id = 2",
        "CREATE MATERIALIZED VIEW plan.m AS SELECT * FROM a",
        "CREATE TABLE plan.p (id int, name text) PARTITION BY LIST (id)",
        "CREATE TABLE plan.p1 PARTITION OF plan.p FOR VALUES IN (1)",
        "INSERT INTO plan.p VALUES (1, '丙')",
    )
    assert read("plan.v").table["name"].tolist() == ["乙"]
    assert len(read("m").table) == 2
    plain = read("plan.p")
    assert not isinstance(plain.table, gpd.GeoDataFrame)
    assert plain.table["name"].tolist() == ["丙"]


ATTACKS = [
    "canary; DROP TABLE canary; --",
    'canary"; DROP TABLE canary; --',
    "public.canary; DELETE FROM canary",
    "(SELECT * FROM secret) AS x",
    "secret UNION SELECT 1",
    "canary' OR '1'='1",
    'public"."canary',
    "%(table)s",
    "pg_catalog.pg_authid",
    "pg_authid",
    "information_schema.tables",
    "canary\x00",
    "",
]


@pytest.mark.parametrize("name", ATTACKS)
def test_a_table_name_is_only_ever_compared(postgis, name):
    postgis.run(CANARY, "CREATE TABLE secret AS SELECT 'hunter2' AS word")
    code, line = refused(name)
    assert code == "layer.missing"
    assert "hunter2" not in line
    assert postgis.ask("SELECT n FROM canary") == [(42,)]
    assert postgis.ask("SELECT word FROM secret") == [("hunter2",)]


def test_a_table_that_really_has_such_a_name_is_read(postgis):
    name, column = """设施"; DROP TABLE canary; --""", """床"位'%s{}"""
    quoted, inner = name.replace('"', '""'), column.replace('"', '""')
    postgis.run(CANARY, f'CREATE TABLE "{quoted}" AS SELECT 20 AS "{inner}"')
    assert read(name).table[column].tolist() == ["20"]
    assert read(f"public.{name}").file == f"postgis:public.{name}"
    assert postgis.ask("SELECT n FROM canary") == [(42,)]


TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1, max_size=15)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=TEXT, column=TEXT, cell=TEXT)
def test_any_name_and_any_text_come_through_unchanged(postgis, name, column, cell):
    from psycopg import connect, sql

    with connect(postgis.address) as connection:
        made = sql.SQL("CREATE TABLE {} AS SELECT {}::text AS {}").format(
            sql.Identifier(name), sql.Literal(cell), sql.Identifier(column)
        )
        connection.execute(made)
    try:
        assert read(f"public.{name}").table[column].tolist() == [cell.strip() or None]
    finally:
        postgis.run(sql.SQL("DROP TABLE {}").format(sql.Identifier(name)))


@pytest.mark.parametrize(
    "body",
    [
        "UPDATE canary SET n = 0",
        "PERFORM set_config('transaction_read_only', 'off', true); UPDATE canary SET n = 0",
        "SET LOCAL transaction_read_only = off; DELETE FROM canary",
        "DROP TABLE canary",
    ],
)
def test_a_view_that_would_write_is_refused_and_writes_nothing(postgis, body):
    postgis.run(
        CANARY,
        f"CREATE FUNCTION trap() RETURNS int LANGUAGE plpgsql AS $$ BEGIN {body}; RETURN 1; END $$",
        "CREATE VIEW v AS SELECT trap() AS n",
    )
    code, _ = refused("v")
    assert code in ("config.unsafe", "file.corrupt")
    assert postgis.ask("SELECT n FROM canary") == [(42,)]
    # the trap is a real one: whoever reads the view without care springs it
    postgis.ask("SELECT n FROM v")
    assert postgis.ask("SELECT to_regclass('canary')") == [(None,)] or postgis.ask("SELECT n FROM canary") != [(42,)]


def test_several_srids_in_one_table_are_refused_with_their_counts(postgis):
    create = "CREATE TABLE a (id int PRIMARY KEY, geom extensions.geometry)"
    rows = f"(1, {point(X, Y)}), (2, {point(X, Y)}), (3, {point(113.5, 34.7, 4326)}), (4, NULL)"
    postgis.run(create, f"INSERT INTO a VALUES {rows}")
    code, line = refused("a")
    assert code == "crs.mismatch"
    assert "SRID 4547: 2 rows, SRID 4326: 1 rows" in line


def test_an_unknown_srid_is_left_to_the_study_and_a_strange_one_refused(postgis):
    postgis.run(*points("a", f"(1, '甲', {point(X, Y, 0)})", srid=0))
    assert read("a").crs is None
    postgis.run(
        "INSERT INTO extensions.spatial_ref_sys VALUES (990001, 'CITY', 7, 'PROJCS[broken', '')",
        *points("b", f"(1, '甲', {point(X, Y, 990001)})", srid=990001),
    )
    assert refused("b")[0] == "crs.unknown"


def test_a_city_crs_is_taken_from_its_wkt(postgis):
    wkt = gpd.GeoSeries(crs=4547).crs.to_wkt("WKT1_GDAL").replace("'", "''")
    postgis.run(
        f"INSERT INTO extensions.spatial_ref_sys VALUES (990002, 'CITY', 7, '{wkt}', '')",
        *points("a", f"(1, '甲', {point(X, Y, 990002)})", srid=990002),
    )
    raw = read("a")
    there, here = (gpd.GeoSeries([Point(X, Y)], crs=crs).to_crs(4490)[0] for crs in (raw.crs, 4547))
    assert there.distance(here) < 1e-12


NO_PLACES = [
    ("NULL", None),
    ("'SRID=4547;POINT EMPTY'", "geom.empty"),
    ("'SRID=4547;POLYGON EMPTY'", "geom.empty"),
    ("extensions.ST_SetSRID(extensions.ST_MakePoint('NaN', 'NaN'), 4547)", "coord.nonfinite"),
    ("extensions.ST_SetSRID(extensions.ST_MakePoint(1, 'Infinity'), 4547)", "coord.nonfinite"),
    ("'SRID=4547;LINESTRING(0 0, NaN NaN)'", "coord.nonfinite"),
    ("'SRID=4547;TIN(((0 0,1 0,0 1,0 0)))'", "geom.unreadable"),
]


def test_rows_without_a_place_are_told_one_by_one(postgis):
    rows = [f"({n}, '甲', {wkt})" for n, (wkt, _) in enumerate(NO_PLACES, start=1)]
    postgis.run(*points("a", ", ".join([*rows, f"(99, '乙', {point(X, Y)})"])))
    raw = read("a")
    assert raw.rows_read == len(NO_PLACES) + 1
    told = {int(row.row): row.code for row in raw.rejected}
    assert told == {n: code for n, (_, code) in enumerate(NO_PLACES, start=1) if code}
    # NULL is an absent value, which the layer's own check tells
    assert raw.table.index.tolist() == ["1", "99"]


@pytest.mark.parametrize("srid", [4547, 4326])
@pytest.mark.parametrize("radius", [1e-4, 0.5, 500.0])
def test_arcs_become_lines_within_the_stated_distance(postgis, srid, radius):
    r, x, y = (radius, X, Y) if srid == 4547 else (radius / 1e5, 113.5, 34.7)
    circle = f"CURVEPOLYGON(CIRCULARSTRING({x - r} {y}, {x} {y + r}, {x + r} {y}, {x} {y - r}, {x - r} {y}))"
    straight = f"COMPOUNDCURVE(({x} {y}, {x + r} {y}))"
    postgis.run(
        *points("a", f"(1, '甲', 'SRID={srid};{circle}'), (2, '乙', 'SRID={srid};{straight}')", srid=srid),
    )
    raw = read("a")
    [note] = raw.notes
    assert (note.code, note.rows, note.severity) == ("geom.linearised", ("1",), "warning")
    tolerance = 0.001 if srid == 4547 else 1e-8
    outline = raw.table.geometry.iloc[0]
    inner = max(0.0, r - tolerance)
    assert math.pi * inner**2 * (1 - 1e-6) <= outline.area <= math.pi * r**2 * (1 + 1e-6)
    assert raw.table.geometry.iloc[1].geom_type == "LineString"


def test_what_is_ambiguous_is_asked(postgis):
    postgis.run(
        CANARY,
        "CREATE SCHEMA plan",
        "CREATE TABLE plan.canary (n int)",
        "CREATE TABLE two (a extensions.geometry(Point, 4547), b extensions.geography(Point, 4326))",
        f"INSERT INTO two VALUES ({point(X, Y)}, 'POINT(113.5 34.7)')",
    )
    assert refused("canary")[0] == "layer.ambiguous"
    assert read("public.canary").table["n"].tolist() == ["42"]
    assert refused("two")[0] == "layer.ambiguous"
    assert refused("two", layer="c")[0] == "layer.missing"
    assert read("two", layer="a").crs.to_epsg() == 4547
    sphere = read("two", layer="b")
    assert (sphere.crs.to_epsg(), sphere.table.geometry.iloc[0]) == (4326, Point(113.5, 34.7))


def test_what_the_user_may_not_read_is_said_so(postgis):
    postgis.run(
        *points("a", f"(1, '甲', {point(X, Y)})"),
        "CREATE TABLE closed (n int)",
        f"DO $$ BEGIN CREATE ROLE clerk LOGIN PASSWORD '{PASSWORD}'; EXCEPTION WHEN duplicate_object THEN END $$",
        "GRANT SELECT (name, geom) ON a TO clerk",
        "GRANT USAGE ON SCHEMA extensions TO clerk",
    )
    clerk = Database(postgis.folder, postgis.name, "clerk")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ZZGEO_DB", clerk.address)
        assert read("a").table.columns.tolist() == ["name", "geom"]
        code, line = refused("closed")
    assert code == "layer.missing"
    assert "may not read" in line
    postgis.run("REVOKE ALL ON a FROM clerk", "REVOKE USAGE ON SCHEMA extensions FROM clerk")


def test_a_query_without_end_is_given_up(postgis, monkeypatch):
    monkeypatch.setattr(loader, "STATEMENT_TIMEOUT_S", 1)
    postgis.run("CREATE VIEW v AS SELECT pg_sleep(30)::text AS n")
    with pytest.raises(ServiceUnavailable, match="no answer within 1 s"):
        read("v")


# --- studies ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def study(tmp_path: Path, postgis: Database) -> Path:
    """Write a study whose facilities stand in the database."""
    path = write_study(tmp_path / "study")
    columns = "编号 text PRIMARY KEY, 名称 text, 类别 text, 床位 numeric"
    rows = [f"('F{n}', '枫林{n}站', '日间照料', {20 + n}, {point(X + x, Y + 300)})" for n, x in ((1, 300), (2, 1200))]
    postgis.run("CREATE SCHEMA plan", *points("plan.养老", ", ".join(rows), columns))
    edit(path, 'source = "养老.csv"', 'source = "postgis"\ntable = "plan.养老"\nconnection = "env:ZZGEO_DB"')
    edit(path, 'lon = "X", lat = "Y", capacity', "capacity")
    return path


def secrets() -> list[str]:
    return [PASSWORD, quote(PASSWORD, safe=""), "s3@cr", "s3%40cr"]


def test_a_study_reads_a_table_and_no_output_holds_the_password(study, tmp_path, capsys):
    loaded = load_study(study)
    assert loaded.facilities["capacity"].tolist() == [21, 22]
    assert set(loaded.facilities["source"]) == {"postgis:plan.养老"}
    assert run(["check", str(study)]) == 0
    assert run(["audit", str(study), "--out", str(tmp_path / "out")]) == 0
    told = capsys.readouterr()
    written = [path for path in (tmp_path / "out").rglob("*") if path.is_file()]
    assert len(written) > 5
    for secret in secrets():
        assert secret not in told.out + told.err + repr(loaded)
        assert not [path.name for path in written if secret.encode() in path.read_bytes()]
    [entry] = [
        one
        for one in json.loads((tmp_path / "out/audit.json").read_text("utf-8"))["inputs"]
        if one["path"].startswith("postgis:")
    ]
    assert (entry["rows_read"], entry["rows_used"], len(entry["sha256"])) == (2, 2, 64)


def test_rows_set_aside_and_cells_left_empty_are_named_by_the_key(study, postgis):
    postgis.run(
        "INSERT INTO plan.养老 VALUES ('F7', '丙', '日间照料', 1, 'SRID=4547;POINT EMPTY')",
        "INSERT INTO plan.养老 VALUES ('F8', '丁', '日间照料', 1, NULL)",
        f"INSERT INTO plan.养老 VALUES ('F9', '戊', '日间照料', -4, {point(X, Y)})",
    )
    loaded = load_study(study)
    told = loaded.quarantined.set_index("row")
    assert told["code"].to_dict() == {"F7": "geom.empty", "F8": "geom.null"}
    assert set(told["file"]) == {"postgis:plan.养老"}
    [cell] = [one for one in loaded.warnings if one.code == "value.negative"]
    assert (cell.where, cell.rows) == ("postgis:plan.养老", ("F9",))


def test_a_service_and_a_password_file_connect_too(study, postgis, tmp_path, monkeypatch):
    (tmp_path / "pg_service.conf").write_text(
        f"[planning]\nhost={postgis.folder}\ndbname={postgis.name}\nuser=planner\n", encoding="utf-8"
    )
    secret = PASSWORD.replace("\\", "\\\\").replace(":", "\\:")
    (tmp_path / "pgpass").write_text(f"*:*:*:planner:{secret}\n", encoding="utf-8")
    (tmp_path / "pgpass").chmod(0o600)
    monkeypatch.setenv("PGSERVICEFILE", str(tmp_path / "pg_service.conf"))
    monkeypatch.setenv("PGPASSFILE", str(tmp_path / "pgpass"))
    edit(study, "env:ZZGEO_DB", "service:planning")
    assert len(load_study(study).facilities) == 2
    edit(study, 'connection = "service:planning"\n', "")
    monkeypatch.setenv("PGSERVICE", "planning")
    assert len(load_study(study).facilities) == 2


def wrong_password(postgis: Database) -> str:
    return Database(postgis.folder, postgis.name, password="wrong" + PASSWORD).address


def no_such_database(postgis: Database) -> str:
    return Database(postgis.folder, "nowhere").address


def no_server(postgis: Database) -> str:
    return f"postgresql://planner:{quote(PASSWORD, safe='')}@127.0.0.1:1/city"


def password_not_quoted(postgis: Database) -> str:
    """The pieces of such a password end up as host name and port in libpq's own messages."""
    return "postgresql://planner:Zz:s3@cr.invalid/city"


def no_such_host(postgis: Database) -> str:
    return f"host=nowhere.invalid user=planner password='{PASSWORD}'"


DOWN = [wrong_password, no_such_database, no_server, password_not_quoted, no_such_host]


@pytest.mark.parametrize("address", DOWN)
def test_a_database_that_does_not_answer_is_one_line_and_exit_6(study, postgis, monkeypatch, capsys, address):
    monkeypatch.setenv("ZZGEO_DB", address(postgis))
    assert run(["check", str(study)]) == 6
    told = capsys.readouterr()
    [line] = told.err.strip().splitlines()
    assert line.startswith("service.unavailable · postgis · env:ZZGEO_DB · ")
    assert "no answer ·" not in line, "the cause is known and must be said"
    assert not [secret for secret in [*secrets(), "s3", "cr.invalid"] if secret in told.out + told.err]


@pytest.mark.parametrize("address", ["", "postgresql://planner:%zzs3@host/db", "password", "s3ho=1"])
def test_an_address_that_is_none_is_a_fault_of_the_configuration(study, monkeypatch, capsys, address):
    monkeypatch.setenv("ZZGEO_DB", address)
    assert run(["check", str(study)]) == 4
    [line] = capsys.readouterr().err.strip().splitlines()
    assert line.startswith("config.invalid · postgis · env:ZZGEO_DB · ")
    assert "s3" not in line


def test_a_service_nobody_defined_is_said(study, monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("PGSERVICEFILE", str(tmp_path / "none"))
    edit(study, "env:ZZGEO_DB", "service:planning")
    assert run(["check", str(study)]) == 6
    assert "pg_service.conf has no such service" in capsys.readouterr().err


UNSAFE = [
    ('connection = "env:ZZGEO_DB"', f'connection = "postgresql://planner:{PASSWORD}@host/db"', "config.unsafe"),
    ('connection = "env:ZZGEO_DB"', f"connection = \"password='{PASSWORD}'\"", "config.unsafe"),
    ('connection = "env:ZZGEO_DB"', f'password = "{PASSWORD}"', "config.invalid"),
    (
        'source = "postgis"\ntable = "plan.养老"\nconnection = "env:ZZGEO_DB"',
        f'source = "postgresql://planner:{PASSWORD}@host/db"',
        "config.unsafe",
    ),
    (
        'source = "postgis"\ntable = "plan.养老"\nconnection = "env:ZZGEO_DB"',
        f"source = \"host=db password='{PASSWORD}'\"",
        "file.missing",
    ),
    ('table = "plan.养老"\n', "", "config.invalid"),
    ('source = "postgis"', 'source = "养老.csv"', "config.invalid"),
    ('table = "plan.养老"', 'table = "plan.养老"\nwhere = "1=1"', "config.invalid"),
]


@pytest.mark.parametrize(("old", "new", "code"), UNSAFE)
def test_a_study_holds_no_password_and_no_sql(study, capsys, old, new, code):
    edit(study, old, new)
    assert run(["check", str(study)]) == 4
    told = capsys.readouterr()
    assert told.err.startswith(f"{code} · "), told.err
    assert not [secret for secret in [*secrets(), "s3"] if secret in told.out + told.err]


def test_every_layer_of_a_study_may_stand_in_the_database(tmp_path, postgis):
    path = write_study(tmp_path / "study")
    plain = load_study(path)
    columns = "代码 text PRIMARY KEY, 名称 text"
    rows = gpd.read_file(path.parent / "districts.gpkg")
    values = [f"('{code}', '{name}', 'SRID=4547;{shape.wkt}')" for code, name, shape in rows.itertuples(index=False)]
    postgis.run(*points("districts", ", ".join(values), columns))
    edit(path, 'source = "districts.gpkg"', 'source = "postgis"\ntable = "districts"\ncodes = ["410102"]')
    people = (path.parent / "people.csv").read_text("utf-8-sig").splitlines()[1:]
    homes = ", ".join("('{}', {}, {}, {}, {})".format(*line.split(",")) for line in people)
    postgis.run(
        'CREATE TABLE people ("编号" text, "X" float8, "Y" float8, "人口" int, "老人" int)',
        f"INSERT INTO people VALUES {homes}",
    )
    edit(path, 'source = "people.csv"', 'source = "postgis"\ntable = "people"')
    text = path.read_text("utf-8")
    path.write_text(text.replace('source = "postgis"', 'source = "postgis"\nconnection = "env:ZZGEO_DB"'), "utf-8")
    study, problems = check_study(path)
    assert study is not None, problems
    assert study.districts.index.tolist() == ["410102"]
    west = plain.demand[plain.demand["district"] == "410102"]
    assert study.demand["residents"].sum() == west["residents"].sum()
    assert study.demand.geometry.geom_equals(west.geometry).all()
    not_chosen = study.quarantined[study.quarantined["code"] == "row.not_chosen"]
    assert not_chosen["row"].tolist() == ["410103"]
