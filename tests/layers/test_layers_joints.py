"""Gaps and joins: a mark where an end was joined to its neighbour, or stops short of a street."""

from __future__ import annotations

import dataclasses

import geopandas as gpd
import pytest
import shapely
from fake_report import CODES, CRS, X0, Y0
from layer_views import in_gis, in_metres, on_page

from zzgeo.auditing.report import AuditReport
from zzgeo.layers import unpack
from zzgeo.rules.parts.base import Context


def _with_streets(report: AuditReport, *ways: list[tuple[float, float]]) -> AuditReport:
    shapes = [shapely.LineString([(X0 + x, Y0 + y) for x, y in way]) for way in ways]
    study = dataclasses.replace(report.study, streets=gpd.GeoDataFrame(geometry=shapes, crs=CRS))
    return dataclasses.replace(report, study=study, context=Context(study))


@pytest.fixture
def gappy(report: AuditReport) -> AuditReport:
    """Return a report with a join of 5 cm, a gap of 30 cm and an end on a street, the last in the second district."""
    main, onward = [(0.0, 100.0), (900.0, 100.0)], [(900.05, 100.0), (3_900.0, 100.0)]
    return _with_streets(report, main, onward, [(500, 100.3), (500, 700)], [(2_500, 100), (2_500, 700)])


def test_the_table_tells_what_each_place_is_in_the_language_of_the_file(gappy: AuditReport) -> None:
    for lang, words in (
        ("zh", ["端点间隙已相接", "断口，未相接", "端点落在街道上，未相接"]),
        ("en", ["joined over a gap", "a gap, not joined", "ends on a street, not joined"]),
    ):
        made = in_gis("joints", gappy, lang)
        assert made is not None
        assert made.table["name"].tolist() == words
        assert made.table["gap_m"].tolist() == pytest.approx([0.05, 0.3, 0.0])
        assert made.geometry_type == "Point"
        (style,) = made.styles
        assert {key for key, _, _ in style.classes} == set(words)
    assert made.aliases["gap_m"] == "Gap"


def test_a_page_marks_the_places_of_its_district(gappy: AuditReport) -> None:
    (first,), (second,) = (on_page("joints", gappy, code) for code in CODES[:2])
    assert (len(first["titles"]), len(second["titles"])) == (2, 1)
    assert second["titles"] == ["joint_touches"]
    assert second["words"]
    (place,) = in_metres(shapely.points(unpack([second["xy"]])[0]))
    assert place.distance(shapely.Point(X0 + 2_500, Y0 + 100)) < 0.2
    assert ["joint_edges", "text", ["3, 1"]] in second["columns"]


def test_streets_that_meet_have_no_such_layer(report: AuditReport) -> None:
    clean = _with_streets(report, [(0, 100), (900, 100)], [(900, 100), (900, 700)])
    assert in_gis("joints", clean) is None
    assert on_page("joints", clean, None) == []
    none = dataclasses.replace(report.study, streets=None)
    assert in_gis("joints", dataclasses.replace(report, study=none, context=Context(none))) is None
