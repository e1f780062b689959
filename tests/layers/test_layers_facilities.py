"""Facilities: those near a district too, one mark a kind in all three places, those a rule counts on its picture."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import shapely
from fake_report import CIRCLE, CODES, COVERAGE, RADIUS, X0, Y0
from layer_views import Picture, in_gis, on_page, points

from zzgeo.auditing.report import AuditReport
from zzgeo.layers.parts.kind_marks import kind_marks


def test_a_page_says_of_every_facility_what_the_data_have(report: AuditReport) -> None:
    (marks,) = on_page("facilities", report, None)
    assert marks["titles"] == ["枫林日间照料中心", "健身广场", "人民医院"]
    assert marks["kinds"] == ["elderly_day_care", "fitness_ground", "hospital"]
    assert marks["capacity"] == [30.0, None, 500.0]
    told = {key: (form, values) for key, form, values in marks["columns"]}
    assert told["facility_id"] == ("text", ["F001", "F002", "F003"])
    assert told["floor_area_m2"] == ("number", [260.0, None, None])
    # an area is drawn as a point inside it
    assert points(marks) == pytest.approx(np.array([[X0 + 500, Y0 + 500], [X0 + 950, Y0 + 950], [X0 + 3000, Y0 + 900]]))


@pytest.mark.parametrize(("beyond", "drawn"), [(900, 3), (1_100, 2)])
def test_facilities_just_beyond_the_border_are_drawn_with_the_district(
    report: AuditReport, beyond: float, drawn: int
) -> None:
    report.study.facilities.loc["F003", "geometry"] = shapely.Point(X0 + 2_000 + beyond, Y0 + 900)
    (marks,) = on_page("facilities", report, CODES[0])
    assert len(marks["titles"]) == drawn
    made = Picture("facilities", report, RADIUS, CODES[0])
    assert made.counts() == [1]  # of the kinds the rule counts


def test_the_table_names_the_kind_in_the_language_of_the_file(report: AuditReport) -> None:
    for lang, word in (("zh", "医院"), ("en", "hospital")):
        made = in_gis("facilities", report, lang)
        assert made is not None
        assert list(made.table.columns[:2]) == ["kind", "kind_name"]
        assert made.table["kind_name"].iloc[2] == word
        assert set(made.table.geom_type) == {"Point"}


def test_a_kind_has_the_same_mark_on_pages_in_a_gis_and_on_pictures(report: AuditReport) -> None:
    marks = {kind: tuple(one["mark"]) for kind, one in kind_marks(report).items()}
    made = in_gis("facilities", report)
    assert made is not None
    assert {kind: (look.mark, look.fill) for kind, _, look in made.styles[0].classes} == marks
    assert made.styles[0].rule == ""
    of_rule = {style.rule: [kind for kind, _, _ in style.classes] for style in made.styles[1:]}
    assert of_rule == {RADIUS: ["elderly_day_care"], COVERAGE: ["elderly_day_care"], CIRCLE: ["fitness_ground"]}
    for rule, kind in ((RADIUS, "elderly_day_care"), (CIRCLE, "fitness_ground")):
        picture = Picture("facilities", report, rule, CODES[0])
        (own,) = picture.marks
        assert (own.look.mark, own.look.fill) == marks[kind]
        assert len(picture.legend) == 1


def test_a_study_without_facilities_has_none_anywhere(report: AuditReport) -> None:
    none = dataclasses.replace(report.study, facilities=report.study.facilities.iloc[:0])
    bare = dataclasses.replace(report, study=none)
    assert on_page("facilities", bare, CODES[0]) == []
    assert in_gis("facilities", bare) is None
    assert Picture("facilities", bare, RADIUS, CODES[0]).marks == []
