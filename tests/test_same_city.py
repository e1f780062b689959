"""One city, written in every format and every datum: the same verdicts, the same distances to the millimetre."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from database import Database
from shapely import LineString, box

from zzgeo.auditing.report import AuditReport
from zzgeo.auditing.run import audit
from zzgeo.crs.metric import wgs84_to_bd09, wgs84_to_gcj02
from zzgeo.intake.study import Study, load_study
from zzgeo.network import WalkNetwork, nearest, radius_distance

#: A corner of Zhengzhou, in EPSG:4547 metres.
X, Y = 458_000.0, 3_847_000.0
DATUMS = ["EPSG:4326", "EPSG:4490", "EPSG:4547", "EPSG:32649", "GCJ-02", "BD-09"]
FORMATS = ["csv", "xlsx", "gpkg", "geojson", "parquet", "shp", "postgis"]
LAYERS = ["districts", "units", "streets", "facilities", "people"]
KINDS = ["elderly_day_care", "community_health_station"]
#: Ids and words are no names of ours: every column is mapped.
COLUMNS = {
    "districts": {"code": "gb", "name": "mc"},
    "units": {"code": "gb", "name": "mc", "type": "lx"},
    "streets": {},
    "facilities": {"facility_id": "bh", "name": "mc", "kind": "lb", "capacity": "cw"},
    "people": {"demand_id": "bh", "residents": "rk", "aged_60_plus": "lr"},
}

HEAD = """\
name = "同城"
jurisdiction = "zhengzhou"
as_of = 2018-12-31
crs = "EPSG:4547"
profile = "zz-2020"
"""


@functools.cache
def city() -> dict[str, gpd.GeoDataFrame]:
    """Two districts, four communities, bent streets 130 m apart, 24 facilities, 120 homes; in EPSG:4547."""
    random = np.random.default_rng(20)
    halves = [box(X, Y, X + 1300, Y + 1300), box(X + 1300, Y, X + 2600, Y + 1300)]
    quarters = [box(X + w, Y + s, X + w + 1300, Y + s + 650) for w in (0, 1300) for s in (0, 650)]
    bend = random.uniform(-20, 20, (21, 11, 2))
    node = np.stack(np.meshgrid(np.arange(21) * 130.0, np.arange(11) * 130.0, indexing="ij"), axis=-1) + bend + [X, Y]
    streets = [LineString([node[i, j], node[i + 1, j]]) for i in range(20) for j in range(11)]
    streets += [LineString([node[i, j], node[i, j + 1]]) for i in range(21) for j in range(10)]
    places = shapely.points(random.uniform([X, Y], [X + 2600, Y + 1300], (24, 2)))
    homes = shapely.points(random.uniform([X, Y], [X + 2600, Y + 1300], (120, 2)))
    codes = ["410102", "410103"]
    columns = {
        "districts": {"gb": codes, "mc": ["中原区", "二七区"]},
        "units": {
            "gb": [f"{code}00100{n}" for code in codes for n in (1, 2)],
            "mc": ["甲社区", "乙社区", "丙社区", "丁社区"],
            "lx": ["社区"] * 4,
        },
        "streets": {"n": [str(n) for n in range(len(streets))]},
        "facilities": {
            "bh": [f"00{n}" for n in range(24)],
            "mc": [f"枫林{n}站" for n in range(24)],
            "lb": [KINDS[n % 2] for n in range(24)],
            "cw": random.integers(5, 60, 24),
        },
        "people": {
            "bh": [f"P{n}" for n in range(120)],
            "rk": random.integers(10, 900, 120),
            "lr": random.integers(1, 200, 120),
        },
    }
    shapes = {"districts": halves, "units": quarters, "streets": streets, "facilities": places, "people": homes}
    return {name: gpd.GeoDataFrame(columns[name], geometry=shapes[name], crs=4547) for name in LAYERS}


@functools.cache
def in_datum(name: str, datum: str) -> gpd.GeoDataFrame:
    """Return a layer with its numbers in a datum; offset datums are labelled as WGS84, as they come."""
    table = city()[name]
    if datum.startswith("EPSG:"):
        return table.to_crs(datum)
    shift: Callable[..., tuple[np.ndarray, np.ndarray]] = {"GCJ-02": wgs84_to_gcj02, "BD-09": wgs84_to_bd09}[datum]
    degrees = table.to_crs(4326)
    moved = shapely.transform(degrees.geometry.to_numpy(), lambda xy: np.column_stack(shift(xy[:, 0], xy[:, 1])))
    return degrees.set_geometry(gpd.GeoSeries(moved, crs=4326))


def as_table(table: gpd.GeoDataFrame) -> pd.DataFrame:
    return pd.DataFrame(table.drop(columns="geometry")).assign(jd=table.geometry.x, wd=table.geometry.y)


def to_database(table: gpd.GeoDataFrame, name: str, database: Database) -> None:
    from psycopg import connect, sql

    plain = [column for column in table.columns if column != "geometry"]
    columns = sql.SQL(", ").join(sql.SQL("{} text").format(sql.Identifier(column)) for column in plain)
    create = sql.SQL("CREATE TABLE {} ({}, place extensions.geometry)").format(sql.Identifier(name), columns)
    insert = sql.SQL("INSERT INTO {} VALUES ({}, extensions.st_geomfromwkb(%s, %s))").format(
        sql.Identifier(name), sql.SQL(", ").join([sql.SQL("%s")] * len(plain))
    )
    rows = [
        (*map(str, cells), shape.wkb, table.crs.to_epsg())
        for *cells, shape in table[[*plain, "geometry"]].itertuples(index=False)
    ]
    with connect(database.address) as connection:
        connection.execute(create)
        connection.cursor().executemany(insert, rows)


def write_layer(table: gpd.GeoDataFrame, name: str, form: str, folder: Path, database: Database | None) -> list[str]:
    """Write a layer; return the lines of the study that name it."""
    is_points = name in ("facilities", "people")
    if form in ("csv", "xlsx") and not is_points:
        form = "gpkg"
    path = folder / f"{name}.{form}"
    if form == "csv":
        as_table(table).to_csv(path, index=False, encoding="gb18030")
    elif form == "xlsx":
        as_table(table).to_excel(path, index=False, engine="xlsxwriter")
    elif form == "parquet":
        table.to_parquet(path)
    elif form == "geojson":
        table.to_file(path, COORDINATE_PRECISION=9)
    elif form == "postgis":
        assert database is not None
        to_database(table, name, database)
        return ['source = "postgis"', f'table = "public.{name}"', 'connection = "env:ZZGEO_DB"']
    else:
        table.to_file(path)
    return [f'source = "{path.name}"']


def write_city(folder: Path, form: str, datum: str, database: Database | None) -> Path:
    """Write the whole city in a format and a datum, and the study that reads it."""
    blocks = [HEAD]
    for name in LAYERS:
        lines = write_layer(in_datum(name, datum), name, form, folder, database)
        mapped = {key: column for key, column in COLUMNS[name].items() if key != "kind"}
        if form in ("csv", "xlsx") and name in ("facilities", "people"):
            mapped |= {"lon": "jd", "lat": "wd"}
        lines += [f'datum = "{datum}"']
        pairs = ", ".join(f'{key} = "{column}"' for key, column in mapped.items())
        lines += [f"columns = {{ {pairs} }}"]
        lines += ['kind_column = "lb"'] if name == "facilities" else []
        lines += ['types = { "社区" = "urban-community" }'] if name == "units" else []
        title = {"facilities": "[[facilities]]", "people": "[demand]"}.get(name, f"[{name}]")
        blocks.append("\n".join([title, *lines]))
    path = folder / "study.toml"
    path.write_text("\n\n".join(blocks) + "\n", encoding="utf-8")
    return path


@functools.cache
def expected(folder: Path) -> tuple[Study, AuditReport, dict[str, pd.DataFrame]]:
    """Return the city as one GeoPackage layer each in its own CRS: what every other way of writing must give."""
    study = load_study(write_city(folder, "gpkg", "EPSG:4547", None))
    return study, audit(study), distances(study)


@pytest.fixture(scope="session")
def truth(tmp_path_factory: pytest.TempPathFactory) -> tuple[Study, AuditReport, dict[str, pd.DataFrame]]:
    return expected(tmp_path_factory.mktemp("truth"))


def distances(study: Study) -> dict[str, pd.DataFrame]:
    """Return the nearest facility of each kind in a straight line and along the streets."""
    network = WalkNetwork.from_edges(study.streets)
    found = {}
    for kind in KINDS:
        places = study.facilities[study.facilities["kind"] == kind]
        found[f"{kind} straight"] = radius_distance(places, study.demand)
        found[f"{kind} streets"] = nearest(network, places, study.demand)
    return found


def same(study: Study, truth: tuple[Study, AuditReport, dict[str, pd.DataFrame]], verdicts: bool) -> None:
    reference, judged, reached = truth
    assert study.quarantined.empty
    assert {one.layer: one.rows_used for one in study.accounts} == {
        one.layer: one.rows_used for one in reference.accounts
    }
    for name in ("districts", "units", "facilities", "demand"):
        ours, theirs = getattr(study, name), getattr(reference, name)
        plain = [column for column in theirs.columns if column not in ("geometry", "source")]
        order = theirs.index
        pd.testing.assert_frame_equal(
            pd.DataFrame(ours.loc[order, plain]), pd.DataFrame(theirs[plain]), check_dtype=False
        )
        moved = shapely.hausdorff_distance(ours.geometry.loc[order].to_numpy(), theirs.geometry.to_numpy())
        assert moved.max() < 1e-3
    for name, table in distances(study).items():
        far = reached[name].loc[table.index, "distance_m"]
        assert np.isfinite(far).mean() > 0.9
        both = np.isfinite(far) & np.isfinite(table["distance_m"])
        assert (np.isfinite(far) == np.isfinite(table["distance_m"])).all()
        assert (table["distance_m"] - far)[both].abs().max() < 1e-3
        assert (table["facility_id"] == reached[name].loc[table.index, "facility_id"])[both].all()
    if verdicts:
        ours, theirs = audit(study).findings, judged.findings
        assert ours.index.tolist() == theirs.index.tolist()
        assert ours["verdict"].tolist() == theirs["verdict"].tolist()
        for column in ("covered", "missed", "excluded", "people", "value"):
            assert ours[column].to_numpy(float) == pytest.approx(theirs[column].to_numpy(float), rel=1e-6, nan_ok=True)


def test_the_city_is_worth_comparing(truth):
    """Verdicts of several kinds, and nobody so near to a limit that a micrometre decides."""
    _, judged, reached = truth
    assert {"pass", "fail"} <= set(judged.findings["verdict"])
    for table in reached.values():
        far = table["distance_m"]
        limits = np.array([300, 500, 1000, 66 * 15, 48 * 15])
        assert np.abs(far.to_numpy()[:, None] - limits).min() > 2e-3
        assert far[np.isfinite(far)].nunique() > 100


@pytest.mark.parametrize("datum", DATUMS)
@pytest.mark.parametrize("form", FORMATS)
def test_every_format_in_every_datum_is_the_same_city(tmp_path, request, truth, form, datum):
    database = request.getfixturevalue("postgis") if form == "postgis" else None
    study = load_study(write_city(tmp_path, form, datum, database))
    # every format and every datum is judged at least once: rules see tables, which are compared in all 42 cases
    same(study, truth, verdicts=DATUMS[FORMATS.index(form) % len(DATUMS)] == datum)


def test_layers_of_different_formats_and_datums_make_the_same_city(tmp_path, truth):
    forms = dict(
        zip(
            LAYERS,
            [
                ("shp", "EPSG:4490"),
                ("geojson", "GCJ-02"),
                ("parquet", "EPSG:32649"),
                ("xlsx", "BD-09"),
                ("csv", "EPSG:4547"),
            ],
            strict=True,
        )
    )
    text = HEAD
    for name, (form, datum) in forms.items():
        folder = tmp_path / name
        folder.mkdir()
        study = write_city(folder, form, datum, None).read_text("utf-8")
        title = {"facilities": "[[facilities]]", "people": "[demand]"}.get(name, f"[{name}]")
        block = study[study.index(title) :].split("\n\n")[0]
        text += "\n" + block.replace('source = "', f'source = "{name}/') + "\n"
    (tmp_path / "study.toml").write_text(text, encoding="utf-8")
    same(load_study(tmp_path / "study.toml"), truth, verdicts=True)


def test_a_city_moved_by_two_millimetres_is_not_the_same(tmp_path, truth):
    study = load_study(write_city(tmp_path, "gpkg", "EPSG:4547", None))
    moved = study.facilities.set_geometry(study.facilities.translate(0.002, 0))
    with pytest.raises(AssertionError):
        same(dataclasses.replace(study, facilities=moved), truth, verdicts=False)
