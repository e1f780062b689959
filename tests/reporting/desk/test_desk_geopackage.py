"""The GeoPackage: layers, rows and verdicts as in the audit, styles that a GIS can read, nothing hostile undone."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import sqlite3
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from xml.etree import ElementTree as ET

import geopandas as gpd
import numpy as np
import pyogrio
import pytest
import shapely
from fake_report import CIRCLE, CODES, COVERAGE, CRS, RADIUS
from fake_report import fake_report as planned_report
from hostile import Hostile, shared_names

from zzgeo.errors import EnvironmentFault
from zzgeo.reporting.desk import geopackage
from zzgeo.reporting.desk.geopackage import desk_files, geopackage_is_whole
from zzgeo.reporting.files import File
from zzgeo.reporting.processes import Processes
from zzgeo.reporting.results.folder import ResultFolder
from zzgeo.vocabulary.verdicts import LOOKS

LAYERS = ["districts", "units", "service_radius", "streets", "joints", "demand", "gaps", "facilities"]


def fake_report(*args: Any, **options: Any) -> Any:
    """Return the made-up report as it is without its plan."""
    return dataclasses.replace(planned_report(*args, **options), plans=())


def write(report: Any, folder: Path, lang: str = "zh") -> Path:
    (name, made, whole), _ = desk_files(report, lang, folder / "layers.gpkg", Processes(Path(), 0))
    assert isinstance(made, Path)
    assert whole(made)
    assert list(folder.iterdir()) == [made]  # nothing passing is left
    assert made.name == name
    return made


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(fake_report(), tmp_path_factory.mktemp("gpkg"))


def ask(path: Path, question: str) -> list[tuple[Any, ...]]:
    with contextlib.closing(sqlite3.connect(path)) as base:
        return base.execute(question).fetchall()


def styles(path: Path) -> dict[tuple[str, str], ET.Element]:
    rows = ask(path, "SELECT f_table_name, styleName, styleQML FROM layer_styles")
    return {(table, name): ET.fromstring(qml.split("\n", 1)[1]) for table, name, qml in rows}


def test_every_layer_of_the_audit_is_there_with_all_its_rows(path: Path, report: SimpleNamespace) -> None:
    assert pyogrio.list_layers(path)[:, 0].tolist() == [*LAYERS, "layer_styles"]
    study = report.study
    rows = {
        "districts": 2,
        "units": len(study.units),
        "streets": len(study.streets),
        # both ends of all streets but the four outermost lie on one of these, which has no vertex there
        "joints": 2 * (len(study.streets) - 4),
        "demand": len(study.demand),
        "gaps": 2,
        "facilities": 3,
        "service_radius": 1,
    }
    for name, count in rows.items():
        table = gpd.read_file(path, layer=name)
        assert len(table) == count, name
        assert table.crs == CRS
        assert table.geometry.is_valid.all()
    circle = gpd.read_file(path, layer="service_radius").geometry.iloc[0]
    assert circle.area == pytest.approx(np.pi * 500**2, rel=0.01)


def test_verdicts_stand_in_columns_named_after_their_rule(path: Path, report: SimpleNamespace) -> None:
    districts = gpd.read_file(path, layer="districts").set_index("code")
    assert districts.index.tolist() == list(CODES)
    findings = report.findings[report.findings["level"] == "district"].set_index(["district", "rule"])
    for rule in (RADIUS, COVERAGE, CIRCLE):
        for code in CODES:
            finding = findings.loc[(code, rule)]
            assert districts.at[code, rule] == finding["verdict"]
            for ending, name in (("_value", "value"), ("_missed", "missed")):
                held = districts.at[code, rule + ending]
                assert held == finding[name] or (np.isnan(held) and np.isnan(finding[name]))
    units = gpd.read_file(path, layer="units").set_index("code")
    assert (units[RADIUS] == "fail").sum() == 4
    demand = gpd.read_file(path, layer="demand").set_index("demand_id")
    assert demand[RADIUS].tolist() == report.reach[RADIUS]["status"].tolist()
    gaps = gpd.read_file(path, layer="gaps")
    assert gaps["nearest_m"].tolist() == [1210.6, np.inf]


def test_each_layer_has_one_usual_style_and_columns_with_chinese_names(path: Path) -> None:
    usual = ask(path, "SELECT f_table_name FROM layer_styles WHERE useAsDefault")
    assert [name for (name,) in usual] == LAYERS
    assert all(column == "geom" for (column,) in ask(path, "SELECT f_geometry_column FROM layer_styles"))
    named = dict(ask(path, "SELECT column_name, name FROM gpkg_data_columns WHERE table_name = 'districts'"))
    assert named["code"] == "编号"
    assert named[f"{RADIUS}_missed"] == "养老设施500米服务半径 · 未覆盖人数"
    for (table, _), root in styles(path).items():
        fields = set(pyogrio.read_info(path, layer=table)["fields"]) - {"fid"}
        assert {one.get("field") for one in root.iter("alias")} == fields, table
        assert all(one.get("name") for one in root.iter("alias"))
    assert ask(path, "SELECT identifier FROM gpkg_contents WHERE table_name = 'districts'") == [("区县",)]


def test_every_class_of_a_style_has_its_symbol_and_every_feature_a_class(path: Path) -> None:
    filters, every = defaultdict[str, set[str | None]](set), dict[str, set[str]]()
    for (table, name), root in styles(path).items():
        renderer = root.find("renderer-v2")
        assert renderer is not None
        classes = [*renderer.iter("category"), *renderer.iter("range"), *renderer.iter("rule")]
        symbols = {one.get("name") for one in renderer.iter("symbol")}
        assert {one.get("symbol") for one in classes} <= symbols, (table, name)
        data = gpd.read_file(path, layer=table)
        column = str(renderer.get("attr", "")).strip('"')
        if renderer.get("type") == "categorizedSymbol":
            values = {one.get("value") for one in classes}
            held = set(data[column].dropna())
            of_clause = table == "facilities" and name != "设施"  # it shows those the clause counts
            assert values < held if of_clause else held <= values | {""}, (table, name)
        elif renderer.get("type") == "graduatedSymbol":
            held = data[column.removeprefix('coalesce("').removesuffix('", -1)')].fillna(-1)
            spans = [(float(one.get("lower", "")), float(one.get("upper", ""))) for one in classes]
            assert all(any(low <= value <= high for low, high in spans) for value in held), (table, name)
        elif renderer.get("type") == "RuleRenderer":
            (shown,) = classes
            assert shown.get("checkstate") is None
            filters[table].add(shown.get("filter"))
            every[table] = {f"\"rule\" = '{rule}'" for rule in data["rule"]}
    assert filters == every


def test_colours_are_those_of_the_pages(path: Path) -> None:
    root = styles(path)[("districts", "养老设施500米服务半径 · 结论")]
    labels = [one.get("label") for one in root.iter("category")]
    assert labels == ["✓ 达标", "✗ 不达标", "? 需核定", "– 缺数据", "· 不适用"]
    fills = [one.get("v") for one in root.iter("prop") if one.get("k") == "color"]
    marks = [[int(look.mark[at : at + 2], 16) for at in (1, 3, 5)] for look in LOOKS.values()]
    assert fills == [f"{red},{green},{blue},255" for red, green, blue in marks]


def test_the_same_report_gives_the_same_bytes_dated_by_the_data(path: Path, tmp_path: Path) -> None:
    assert write(fake_report(), tmp_path).read_bytes() == path.read_bytes()
    assert set(ask(path, "SELECT last_change FROM gpkg_contents")) == {("2020-12-31T00:00:00.000Z",)}
    # nor does the day of writing stand anywhere in the file, in what it writes over neither
    written = dt.datetime.fromtimestamp(path.stat().st_mtime, dt.UTC)
    assert f"{written:%Y-%m-%dT}".encode() not in path.read_bytes()


def test_a_cut_or_short_file_is_not_whole(path: Path, tmp_path: Path) -> None:
    content, cut = path.read_bytes(), tmp_path / "cut.gpkg"
    assert geopackage_is_whole({"districts": 2})(path)
    assert not geopackage_is_whole({"districts": 3})(path)
    assert not geopackage_is_whole({"rivers": 1})(path)
    for length in (len(content) // 2, 0):
        cut.write_bytes(content[:length])
        assert not geopackage_is_whole({"districts": 2})(cut)
    assert not geopackage_is_whole({"districts": 2})(tmp_path / "not-there.gpkg")
    assert sorted(one.name for one in tmp_path.iterdir()) == ["cut.gpkg"]


def test_a_geopackage_that_is_not_whole_leaves_the_old_result(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "notes.txt").write_text("mine")

    def files(scratch: Path) -> Iterator[File]:
        for name, made, _ in desk_files(fake_report(), "zh", scratch / "layers.gpkg", Processes(Path(), 0)):
            yield name, made, geopackage_is_whole({"districts": 99})

    with (
        pytest.raises(EnvironmentFault, match=r"output\.verify_failed · layers\.gpkg"),
        ResultFolder(tmp_path / "out") as out,
    ):
        out.put(files)
    assert [one.name for one in tmp_path.rglob("*")] == ["out", "notes.txt"]


def test_english_where_that_is_asked_for(tmp_path: Path) -> None:
    path = write(fake_report(), tmp_path, "en")
    assert ("districts", "Elderly care within 500 m · Verdict") in styles(path)
    assert gpd.read_file(path, layer="facilities")["kind_name"].tolist()[2] == "hospital"
    titles = [title for (title,) in ask(path, "SELECT identifier FROM gpkg_contents ORDER BY rowid")]
    assert titles[:-1] == [
        "Districts",
        "Communities and villages",
        "Service radius (straight line)",
        "Streets",
        "Gaps and joins of streets",
        "Demand points",
        "Gap patches",
        "Facilities",
    ]


def test_hostile_names_stay_text(shared: Path, tmp_path: Path) -> None:
    say = Hostile([*shared_names(shared), "'; DROP TABLE districts; --", "a\x00b", "bell\x07", "<b>&amp;</b>"])
    report = fake_report(say)
    report.study.facilities.loc[report.study.facilities.index[0], "kind"] = say("kind")
    path = write(report, tmp_path)
    assert pyogrio.list_layers(path)[:, 0].tolist() == [*LAYERS, "layer_styles"]
    names = gpd.read_file(path, layer="districts")["name"].tolist()
    assert names == [one.replace("\x00", "").replace("\x07", "") for one in (say.said["中原区"], say.said["二七区"])]
    assert set(gpd.read_file(path, layer="units")["name"]) == set(report.study.units["name"].str.replace("\x07", ""))
    for (table, _), root in styles(path).items():  # each style is sound XML, whatever it names
        assert root.tag == "qgis"
        assert {one.tag for one in root} <= {"renderer-v2", "labeling", "aliases", "blendMode", "layerGeometryType"}, (
            table
        )
        assert all(one.get("allowHtml") == "0" for one in root.iter("text-style"))


def test_a_study_without_units_streets_gaps_and_facilities_still_has_its_districts(tmp_path: Path) -> None:
    report = fake_report()
    study = dataclasses.replace(report.study, units=None, streets=None, facilities=report.study.facilities.iloc[:0])
    findings = report.findings[report.findings["level"] != "unit"]
    report = dataclasses.replace(report, study=study, gaps=report.gaps.iloc[:0], findings=findings)
    assert pyogrio.list_layers(write(report, tmp_path))[:, 0].tolist() == ["districts", "demand", "layer_styles"]


def test_streets_are_lines_of_one_part_as_long_as_they_are(tmp_path: Path) -> None:
    report = fake_report()
    streets = report.study.streets
    assert streets is not None
    path = write(report, tmp_path)
    drawn = gpd.read_file(path, layer="streets")
    assert drawn.geometry.length.tolist() == pytest.approx(streets.geometry.length.tolist())
    assert pyogrio.read_info(path, layer="streets")["geometry_type"] == "LineString"


@pytest.mark.parametrize("shapes", [["POINT (1 2)", "POINT (-3.5 4e9)"], ["POINT (1 2)", None], ["POINT EMPTY"], []])
@pytest.mark.parametrize("more", [[], ["POINT Z (1 2 3)"], ["LINESTRING (0 0, 1 1)"]])
def test_points_are_written_as_any_geometry_is(shapes: list[str | None], more: list[str]):
    geometry = np.array([None if one is None else shapely.from_wkt(one) for one in [*shapes, *more]], dtype=object)
    assert geopackage._wkb(geometry).to_pylist() == list(shapely.to_wkb(geometry))
