"""Residential land: a quiet ground on the page of a district, and nowhere else."""

from __future__ import annotations

import dataclasses

import geopandas as gpd
import pytest
import shapely
from fake_report import CODES, CRS, RADIUS, X0, Y0
from layer_views import Picture, areas, layer, on_page

from zzgeo.auditing.report import AuditReport


def _with_land(report: AuditReport) -> AuditReport:
    plots = [
        shapely.box(X0 + 100, Y0 + 100, X0 + 500, Y0 + 300),
        shapely.box(X0 + 1_900, Y0, X0 + 2_100, Y0 + 100),  # on both sides of the border
        shapely.box(X0 + 3_000, Y0, X0 + 3_100, Y0 + 100),
    ]
    land = gpd.GeoDataFrame(geometry=plots, crs=CRS)
    return dataclasses.replace(report, study=dataclasses.replace(report.study, land=land))


@pytest.mark.parametrize(("district", "drawn"), [(CODES[0], [80_000, 20_000]), (CODES[1], [20_000, 10_000])])
def test_a_district_shows_the_land_that_touches_it_as_large_as_it_is(
    report: AuditReport, district: str, drawn: list[float]
) -> None:
    shapes = [areas(feature)[0] for feature in on_page("land", _with_land(report), district)]
    assert [shape.area for shape in shapes] == pytest.approx(drawn, rel=1e-3)


def test_it_is_too_fine_for_a_city_and_no_table_or_picture_has_it(report: AuditReport) -> None:
    city = _with_land(report)
    assert on_page("land", city, None) == []
    assert layer("land").table is None
    assert Picture("land", city, RADIUS, CODES[0]).marks == []
    assert on_page("land", report, CODES[0]) == []  # a study without it
