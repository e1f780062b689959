"""Circles of the service radius: as wide as the rule says, around facilities that serve somebody near."""

from __future__ import annotations

import dataclasses
import math

import pytest
from fake_report import CODES, RADIUS, X0, Y0
from layer_views import Picture, in_gis, on_page, points

from zzgeo.auditing.report import AuditReport

#: A circle drawn with 16 sides a quarter is a polygon of 64 corners.
POLYGON_M2 = 0.5 * 64 * 500**2 * math.sin(2 * math.pi / 64)


def test_a_page_draws_a_circle_of_the_radius_around_who_serves_the_district(report: AuditReport) -> None:
    (circle,) = on_page("reach", report, CODES[0])
    assert (circle["rule"], circle["radius_m"]) == (RADIUS, 500.0)
    assert points(circle).tolist() == [pytest.approx([X0 + 500, Y0 + 500], abs=0.2)]
    # the same facility is the nearest of the other district, but its circle does not touch it
    assert on_page("reach", report, CODES[1]) == []


def test_the_table_has_the_circles_as_areas(report: AuditReport) -> None:
    made = in_gis("service_radius", report)
    assert made is not None
    assert made.table["facility_id"].tolist() == ["F001"]  # no other serves anybody
    assert made.table["radius_m"].tolist() == [500.0]
    assert made.table.area.iloc[0] == pytest.approx(POLYGON_M2)
    assert made.table.centroid.iloc[0].distance(report.study.facilities.geometry.loc["F001"]) < 1e-6
    assert made.title == "服务半径（直线）"


def test_nobody_served_no_circle_and_no_picture_has_any(report: AuditReport) -> None:
    nobody = report.reach[RADIUS].assign(facility_id=None)
    none = dataclasses.replace(report, reach={**report.reach, RADIUS: nobody})
    assert on_page("reach", none, CODES[0]) == []
    assert in_gis("service_radius", none) is None
    assert in_gis("service_radius", dataclasses.replace(report, reach={})) is None
    assert Picture("reach", report, RADIUS, CODES[0]).marks == []
