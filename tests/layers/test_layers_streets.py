"""Streets: as long on the map as they are, with those that lead into a district."""

from __future__ import annotations

import dataclasses
from typing import Any, cast

import geopandas as gpd
import numpy as np
import pytest
import shapely
from fake_report import CODES, CRS, RADIUS, SIDE
from layer_views import Picture, in_gis, lines, on_page

from zzgeo.auditing.report import AuditReport
from zzgeo.layers.streets import drawn_streets

#: Five streets along two districts, nine across.
WHOLE_M = 5 * 2 * SIDE + 9 * SIDE


def test_the_map_of_a_city_holds_every_metre_of_its_streets(report: AuditReport) -> None:
    (feature,) = on_page("streets", report, None)
    assert sum(line.length for line in lines(feature)) == pytest.approx(WHOLE_M, rel=1e-4)
    made = in_gis("streets", report)
    assert made is not None
    assert made.table.length.sum() == pytest.approx(WHOLE_M)
    assert (made.geometry_type, made.title) == ("LineString", "道路")
    (all_of_them,) = Picture("streets", report, RADIUS, CODES[0]).marks
    assert Picture("streets", report, RADIUS, None).marks == []
    # along both districts, and across up to 300 m beyond the first
    assert shapely.length(np.asarray(all_of_them.geometry)).sum() == pytest.approx(5 * 2 * SIDE + 5 * SIDE)


def test_a_district_is_drawn_with_every_street_near_it_in_their_order(report: AuditReport) -> None:
    """Long streets that begin far to the west, and short ones at every distance from the border."""
    rng = np.random.default_rng(2)
    west, south, east, north = report.study.districts.total_bounds
    begin = rng.uniform((west - 3_000, south - 1_500), (east + 1_500, north + 1_500), (1_500, 2))
    reach = rng.uniform(-40, 40, (1_500, 2)) * np.where(rng.random((1_500, 1)) < 0.1, 60.0, 1.0)
    given = gpd.GeoSeries(shapely.linestrings(np.stack([begin, begin + reach], axis=1)), crs=CRS)
    study = dataclasses.replace(report.study, streets=gpd.GeoDataFrame(geometry=given))
    found = drawn_streets(dataclasses.replace(report, study=study, context=cast(Any, None)))
    assert found is not None
    drawn, rows_of = found
    assert shapely.equals_exact(drawn.whole(), given.to_numpy()).all()
    for code, shape in report.study.districts.geometry.items():
        wanted = np.flatnonzero(given.distance(shape) <= 300)
        assert 0 < len(wanted) < len(given)
        assert rows_of(str(code)).tolist() == wanted.tolist()
    assert len(rows_of(None)) == len(given)


def test_the_table_holds_the_streets_as_they_are(report: AuditReport) -> None:
    streets = report.study.streets
    assert streets is not None
    made = in_gis("streets", report)
    assert made is not None
    assert made.table.geometry.tolist() == streets.geometry.tolist()
    assert made.table.index.name == "edge_id"
