"""Every layer keeps the contract on pages, in a GIS and on pictures: plain, near the place, nothing written back."""

from __future__ import annotations

import ast
import dataclasses
import json
import re
from typing import Any

import numpy as np
import pandas as pd
import pytest
import shapely
from fake_report import CIRCLE, CODES, COVERAGE, RADIUS, fake_report
from layer_views import Picture
from places import ROOT

from zzgeo.auditing.report import AuditReport
from zzgeo.layers import GROUPS, Layer, layers, unpack
from zzgeo.layers.parts.derived import features, symbology, title_of
from zzgeo.layers.parts.looks import Look
from zzgeo.reporting.desk.desk_layers import DeskLayer, desk_layers
from zzgeo.reporting.desk.layer_words import LayerWords
from zzgeo.rules.parts.base import Context

SHAPES = {"line", "pieces", "area", "cloud", "mosaic", "marks"}
FORMS = {"share", "people", "metres", "number", "text"}
STUDIED = ("districts", "units", "facilities", "demand", "streets")
every_layer = pytest.mark.parametrize("layer", layers(), ids=lambda layer: layer.id)
every_table = pytest.mark.parametrize(
    "layer", [layer for layer in layers() if layer.table is not None], ids=lambda layer: layer.id
)
every_place = pytest.mark.parametrize("district", [None, *CODES])
every_rule = pytest.mark.parametrize("rule", [RADIUS, COVERAGE, CIRCLE])


@pytest.fixture(scope="module")
def report() -> AuditReport:
    """Return the made-up report with a plan, so that every layer has something to draw."""
    return fake_report(planned=True)


def _parts(feature: dict[str, Any]) -> list[list[list[int]]]:
    """Return the packed parts of a feature, those that follow each other together."""
    if feature["shape"] == "line":
        return [feature["xy"]]
    if feature["shape"] == "area":
        return [[ring for polygon in feature["xy"] for ring in polygon]]
    if feature["shape"] == "mosaic":
        return [[ring for polygon in area for ring in polygon] for area in feature["xy"]]
    return [[feature["xy"]]]


def _colours(look: Look) -> list[str]:
    return [colour for colour in (look.fill, look.line) if colour is not None]


def test_layers_are_found_by_their_place_and_have_ids_and_tables_of_their_own() -> None:
    ids = [layer.id for layer in layers()]
    files = {path.stem for path in (ROOT / "zzgeo" / "layers").glob("*.py")} - {"__init__", "base"}
    assert set(ids) == files
    assert len(ids) == len(set(ids))
    tables = [layer.table.name for layer in layers() if layer.table is not None]
    assert len(tables) == len(set(tables))
    assert sum(layer.frame for layer in layers()) == 1


@every_layer
def test_a_layer_is_named_in_both_languages_and_stands_in_a_group(layer: Layer) -> None:
    assert re.fullmatch(r"[a-z-]+", layer.id)
    titles = [] if layer.table is None else [(layer.table.title_zh, layer.table.title_en)]
    assert all(zh and en and zh != en for zh, en in [(layer.label_zh, layer.label_en), *titles] if zh or en)
    assert layer.label_zh
    assert layer.group in GROUPS
    assert layer.table is not None or layer.build is not None
    if layer.style is not None:
        assert all(re.fullmatch("#[0-9A-F]{6}", colour) for colour in _colours(layer.style))


@every_layer
@every_place
def test_features_are_plain_and_lie_near_the_place(layer: Layer, district: str | None, report: AuditReport) -> None:
    west, south, east, north = report.study.districts.to_crs(4326).total_bounds
    for feature in features(layer, report)(district):
        assert feature["shape"] in SHAPES
        json.dumps({**feature, **_arrays_as_lists(feature)})
        if feature["shape"] == "pieces":
            _check_pieces(feature)
            continue
        for parts in _parts(feature):
            assert all(type(step) is int for part in parts for step in part)
            points = np.concatenate(unpack(parts))
            assert len(points)
            assert (points > [west - 0.05, south - 0.05]).all()
            assert (points < [east + 0.05, north + 0.05]).all()
        _check_rows(feature)


def _arrays_as_lists(feature: dict[str, Any]) -> dict[str, Any]:
    """Return people and distances, which may stand in arrays, as JSON holds them."""
    held = {name: feature[name] for name in ("people", "straight_m", "streets_m") if name in feature}
    return {name: {key: np.asarray(one).tolist() for key, one in values.items()} for name, values in held.items()}


def _check_pieces(feature: dict[str, Any]) -> None:
    assert feature["of"] in [layer.id for layer in layers()]
    assert all(type(one) is int for one in [*feature["whole"], *feature["cut"]])
    cut = np.array(feature["cut"], dtype=int).reshape(-1, 3)
    assert (cut[:, 1] < cut[:, 2]).all()
    assert ((cut[:, 1:] >= 0) & (cut[:, 1:] <= 1000)).all()
    assert feature["wide_m"] > 0


def _check_rows(feature: dict[str, Any]) -> None:
    if "titles" not in feature:
        return
    rows = len(feature["titles"])
    assert len(feature["xy"]) == (rows if feature["shape"] == "mosaic" else 2 * rows)
    for name in ("codes", "kinds", "capacity", "rules", "numbers"):
        assert len(feature.get(name, range(rows))) == rows
    own = feature.get("by_rule", {}).values()
    assert all(len(one["verdicts"]) == rows for one in own)
    for _, form, values in feature["columns"] + [column for one in own for column in one["columns"]]:
        assert form in FORMS
        assert len(values) == rows


@every_table
def test_a_table_has_ids_and_is_the_layers_own(layer: Layer, report: AuditReport) -> None:
    assert layer.table is not None
    rows = layer.table.rows(report)
    assert rows is not None
    assert len(rows)
    assert rows.index.is_unique
    assert isinstance(rows.index.name, str)
    assert rows.crs == report.study.crs
    given = [getattr(report.study, name) for name in STUDIED]
    assert all(rows is not table for table in [*given, report.gaps])
    assert re.fullmatch("[a-z_]+", layer.table.name)
    assert all(re.fullmatch(r"[\w-]+", str(name)) for name in rows.columns)


def _desk(report: AuditReport, lang: str) -> dict[str, DeskLayer]:
    return {made.name: made for made in desk_layers(report, lang)}


@every_table
def test_a_table_is_styled_and_named_in_both_languages(layer: Layer, report: AuditReport) -> None:
    assert layer.table is not None
    zh, en = (_desk(report, lang)[layer.table.name] for lang in ("zh", "en"))
    assert zh.title == title_of(layer, LayerWords("zh")) != en.title
    for made in (zh, en):
        assert set(made.aliases) == {made.table.index.name, *made.table.columns} - {"geometry"}
        assert made.label in ("", *made.table.columns)
        assert len({style.name for style in made.styles}) == len(made.styles) > 0
        for style in made.styles:
            assert style.kind in ("single", "categories", "ranges", "filters")
            for _, _, look in style.classes:
                assert all(re.fullmatch("#[0-9A-F]{6}", colour) for colour in _colours(look))
    assert [style.name for style in zh.styles] != [style.name for style in en.styles]


@every_layer
@every_place
@every_rule
def test_a_picture_holds_marks_of_the_place_in_metres(
    layer: Layer, district: str | None, rule: str, report: AuditReport
) -> None:
    picture, english = (Picture(layer.id, report, rule, district, lang) for lang in ("zh", "en"))
    near = shapely.union_all(report.study.districts.geometry.values).buffer(2_000)
    for marks in picture.marks:
        assert len(marks.geometry)
        assert shapely.within(np.asarray(marks.geometry), near).all()
        assert 0 <= marks.height <= 9
        assert marks.look.width > 0
        assert all(re.fullmatch("#[0-9A-F]{6}", colour) for colour in _colours(marks.look))
    for labels in picture.labels:
        assert len(labels.points) == len(labels.texts)
    assert len(picture.legend) == len(english.legend)
    assert all(picture.legend)
    assert all(a != b or re.fullmatch(r"[\d,–]+", a) for a, b in zip(picture.legend, english.legend, strict=True))


@every_layer
def test_a_layer_never_writes_to_the_study(layer: Layer) -> None:
    used, fresh = fake_report(planned=True), fake_report()
    features(layer, used)(CODES[0])
    rows = layer.table.rows(used) if layer.table is not None else None
    if rows is not None:
        before = rows.copy()
        symbology(layer, used, rows, LayerWords("zh"))
        pd.testing.assert_frame_equal(pd.DataFrame(rows), pd.DataFrame(before))
    for rule in (RADIUS, COVERAGE):
        for district in (None, CODES[0]):
            Picture(layer.id, used, rule, district)
    for name in STUDIED:
        pd.testing.assert_frame_equal(pd.DataFrame(getattr(used.study, name)), pd.DataFrame(getattr(fresh.study, name)))
    pd.testing.assert_frame_equal(used.findings, fresh.findings)
    pd.testing.assert_frame_equal(pd.DataFrame(used.gaps), pd.DataFrame(fresh.gaps))


@every_layer
def test_a_layer_of_a_study_without_its_data_is_empty_not_broken(layer: Layer, report: AuditReport) -> None:
    bare = dataclasses.replace(
        report.study, units=None, streets=None, land=None, facilities=report.study.facilities.iloc[:0]
    )
    none = dataclasses.replace(report, study=bare, reach={}, gaps=report.gaps.iloc[:0], context=Context(bare), plans=())
    assert isinstance(features(layer, none)(CODES[0]), list)
    Picture(layer.id, none, RADIUS, CODES[0])
    Picture(layer.id, none, RADIUS, None)
    assert set(_desk(none, "zh")) == {"districts", "demand"}


def test_nobody_knows_a_layer_by_its_id() -> None:
    reporting = ROOT / "zzgeo" / "reporting"
    ids = "|".join(re.escape(layer.id) for layer in layers())
    compared = re.compile(rf"""(\.id\s*[!=]==?\s*|features\(|made\(|layer_id\s*==\s*)["']({ids})["']""")
    for path in [*reporting.rglob("*.js"), *reporting.rglob("*.py")]:
        assert not compared.search(path.read_text("utf-8")), path
    files = {f"zzgeo.layers.{layer.id}" for layer in layers()}
    for path in reporting.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ImportFrom):
                names = {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
                assert not names & files, path
