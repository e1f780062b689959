"""Districts: outlines on pages, findings as columns in a GIS, people missed across the city on a picture."""

from __future__ import annotations

import dataclasses
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from fake_report import CIRCLE, CODES, COVERAGE, CRS, RADIUS, SIDE, X0, Y0
from layer_views import Picture, areas, in_gis, on_page

from zzgeo.auditing.report import AuditReport
from zzgeo.vocabulary.statuses import COVERED, MISSED_RAMP, STATUS_LOOKS


def test_a_page_shows_the_outline_of_its_district_and_the_city_all_of_them(report: AuditReport) -> None:
    (own,) = on_page("boundary", report, CODES[0])
    (outline,) = areas(own)
    assert outline.area == pytest.approx(SIDE**2, rel=1e-4)
    assert outline.hausdorff_distance(report.study.districts.geometry.loc[CODES[0]]) < 0.2
    both = [areas(feature)[0] for feature in on_page("boundary", report, None)]
    assert shapely.union_all(both).area == pytest.approx(2 * SIDE**2, rel=1e-4)


def test_the_table_has_three_columns_for_every_rule_judged_that_of_the_headline_first(report: AuditReport) -> None:
    made = in_gis("districts", report)
    assert made is not None
    added = [f"{rule}{ending}" for rule in (RADIUS, COVERAGE, CIRCLE) for ending in ("", "_value", "_missed")]
    assert [name for name in made.table.columns if name != "geometry"] == ["name", "level", *added]
    assert made.table[RADIUS].tolist() == ["fail", "nodata"]
    assert made.table[f"{RADIUS}_missed"].tolist() == pytest.approx([143.8, np.nan], nan_ok=True)
    assert (made.title, made.label) == ("区县", "name")
    # no district fails the radius: another rule is the headline
    met = report.findings.assign(verdict=report.findings["verdict"].where(report.findings["rule"] != RADIUS, "nodata"))
    other = in_gis("districts", dataclasses.replace(report, findings=met))
    assert other is not None
    assert other.table.columns[3] == CIRCLE  # after name, level and geometry


def test_its_usual_style_colours_districts_by_people_missed(report: AuditReport) -> None:
    made = in_gis("districts", report, "en")
    assert made is not None
    usual = made.styles[0]
    assert (usual.name, usual.kind) == ("Elderly care within 500 m · People missed", "ranges")
    assert usual.classes[0][1:2] == ("no data",)
    assert usual.classes[0][2].hatch
    assert [(key, look.fill) for key, _, look in usual.classes[1:]] == [
        ((0.0, 0.5), STATUS_LOOKS[COVERED].fill), ((0.5, 200.0), MISSED_RAMP[-1]),
    ]  # fmt: skip


def test_without_a_judged_rule_districts_are_outlines_with_their_title(report: AuditReport) -> None:
    bare = dataclasses.replace(report, findings=report.findings.iloc[:0])
    made = in_gis("districts", bare, "en")
    assert made is not None
    assert [(style.name, style.kind) for style in made.styles] == [("Districts", "single")]
    assert made.styles[0].classes[0][2].fill is None


def test_a_picture_of_a_district_outlines_it_among_its_neighbours(report: AuditReport) -> None:
    others, own = Picture("boundary", report, RADIUS, CODES[0]).marks
    assert others.geometry[0].equals(report.study.districts.geometry.loc[CODES[1]])
    assert others.height < own.height
    assert own.geometry[0].equals(report.study.districts.geometry.loc[CODES[0]])
    assert own.look.fill is None


def test_a_picture_of_the_city_colours_names_and_explains_its_districts(report: AuditReport) -> None:
    picture = Picture("boundary", report, RADIUS, None)
    *shapes, whole = picture.marks
    assert [one.look.fill for one in shapes] == [MISSED_RAMP[-1], "#E3E5E7"]
    assert shapes[1].look.hatch
    assert whole.geometry[0].area == pytest.approx(2 * SIDE**2)
    (names,) = picture.labels
    assert list(names.texts) == ["中原区\n✗ 71.2 %", "二七区\n–"]
    assert [shapely.contains(shape.geometry[0], point) for shape, point in zip(shapes, names.points, strict=True)] == [
        True,
        True,
    ]
    assert picture.legend == ["1–200", "缺数据"]


@pytest.mark.parametrize(("count", "named"), [(40, True), (41, False)])
def test_more_than_forty_districts_have_no_room_for_names(report: AuditReport, count: int, named: bool) -> None:
    strips = [shapely.box(X0 + 50 * n, Y0, X0 + 50 * (n + 1), Y0 + SIDE) for n in range(count)]
    codes = pd.Index([f"4101{n:02d}" for n in range(count)], name="code")
    table: Any = gpd.GeoDataFrame({"name": codes.to_numpy()}, geometry=strips, index=codes, crs=CRS)
    city = dataclasses.replace(report, study=dataclasses.replace(report.study, districts=table))
    assert bool(Picture("boundary", city, RADIUS, None).labels) is named
