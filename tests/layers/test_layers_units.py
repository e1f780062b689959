"""Communities and villages: their verdict for every rule, as areas or as points, on a picture where no home tells."""

from __future__ import annotations

import dataclasses

import pytest
from fake_report import CIRCLE, CODES, COVERAGE, RADIUS, SIDE
from layer_views import Picture, areas, in_gis, on_page, points

from zzgeo.auditing.report import AuditReport
from zzgeo.vocabulary.verdicts import FAIL, LOOKS, PASS


def _some_points(report: AuditReport) -> AuditReport:
    """Return a report whose first unit is a point, as a list of villages has them."""
    units = report.study.units
    assert units is not None
    told = units.copy()
    told.loc[told.index[0], "geometry"] = told.geometry.iloc[0].centroid
    return dataclasses.replace(report, study=dataclasses.replace(report.study, units=told))


def test_a_page_outlines_the_units_of_its_district_and_tells_what_each_rule_found(report: AuditReport) -> None:
    (mosaic,) = on_page("units", report, CODES[0])
    assert mosaic["codes"] == [f"{CODES[0]}-{n}" for n in range(4)]
    assert [shape.area for shape in areas(mosaic)] == pytest.approx([(SIDE / 2) ** 2] * 4, rel=1e-3)
    own = mosaic["by_rule"][RADIUS]
    assert own["verdicts"] == ["fail"] * 4
    assert own["columns"] == [["value", "text", ["71.2 %"] * 4], ["missed", "people", [143.8] * 4]]


def test_a_unit_without_an_outline_is_a_mark_beside_the_areas_of_the_others(report: AuditReport) -> None:
    mosaic, marks = on_page("units", _some_points(report), CODES[0])
    assert (mosaic["shape"], marks["shape"]) == ("mosaic", "marks")
    assert (len(mosaic["codes"]), marks["codes"]) == (3, [f"{CODES[0]}-0"])
    assert len(points(marks)) == 1
    made = in_gis("units", _some_points(report))
    assert made is not None
    # one kind of geometry in a table
    assert made.geometry_type == "Point"
    assert set(made.table.geom_type) == {"Point"}


def test_the_table_has_the_findings_of_every_rule_that_judged_units(report: AuditReport) -> None:
    made = in_gis("units", report, "en")
    assert made is not None
    assert made.geometry_type == "MultiPolygon"
    assert made.table.loc[f"{CODES[0]}-3", [COVERAGE, f"{RADIUS}_value"]].tolist() == ["pass", 0.7124]
    assert made.aliases[COVERAGE] == "Every community has one · Verdict"
    titles = [rule.title_en for rule in report.rules]
    assert [style.name for style in made.styles] == [f"{title} · Verdict" for title in titles]
    no_units = dataclasses.replace(report, study=dataclasses.replace(report.study, units=None))
    assert in_gis("units", no_units) is None
    assert on_page("units", no_units, CODES[0]) == []


def test_a_picture_colours_units_where_a_rule_is_not_measured_at_homes(report: AuditReport) -> None:
    codes = report.findings["unit"].isin([f"{CODES[0]}-1", f"{CODES[0]}-2"]) & (report.findings["rule"] == COVERAGE)
    told = report.findings.assign(verdict=report.findings["verdict"].mask(codes, "fail"))
    mixed = dataclasses.replace(report, findings=told)
    picture = Picture("units", mixed, COVERAGE, CODES[0])
    assert {one.look.fill: len(one.geometry) for one in picture.marks} == {LOOKS[PASS].mark: 2, LOOKS[FAIL].mark: 2}
    assert [one.look.hatch for one in picture.marks] == ["", "////"]  # told apart in grey, too
    assert picture.legend == ["达标", "不达标"]
    assert Picture("units", mixed, CIRCLE, CODES[0]).marks == []  # homes tell more
    assert Picture("units", mixed, COVERAGE, None).marks == []
    areas_, marks = Picture("units", _some_points(report), COVERAGE, CODES[0]).marks
    assert (len(areas_.geometry), len(marks.geometry)) == (3, 1)
