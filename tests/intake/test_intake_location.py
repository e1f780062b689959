"""Where rows are: impossible places counted once, a point inside whatever is no point."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
import pyproj
import pytest
import shapely

from zzgeo import check_file
from zzgeo.formats.parts.base import RawLayer
from zzgeo.intake import roles
from zzgeo.intake.location import points_of
from zzgeo.intake.rows import rows_of, through
from zzgeo.spec.study_file import InputSpec

CRS = pyproj.CRS("EPSG:4547")
#: Two districts side by side, a kilometre wide.
SIDES = gpd.GeoDataFrame(
    {"name": ["甲区", "乙区"]},
    index=["410102", "410103"],
    geometry=[shapely.box(5e5 + x, 3.85e6, 5e5 + x + 1000, 3.851e6) for x in (0, 1000)],
    crs=CRS,
)


def people_at(xs, **columns):
    """Return what becomes of people at some places, with columns of their list."""
    shapes = [shapely.Point(5e5 + x, 3.8505e6) for x in xs]
    table = gpd.GeoDataFrame(
        {"residents": ["100"] * len(xs), **columns}, geometry=shapes, crs=CRS, index=range(2, 2 + len(xs))
    )
    raw = RawLayer(table, "p.gpkg", "", crs=CRS, extra={"datum_known": True})
    return through(rows_of(raw), roles.demand(InputSpec(source="p.gpkg"), CRS, SIDES))


def test_people_clearly_outside_the_district_they_name_count_there_and_are_told():
    said = ["410102", "410102", "410102", "410102", "乙区", "别区"]
    rows = people_at([500, 1050, 1500, 9e5, 1500, 1500], district=said)
    assert rows.table["district"].tolist() == ["410102"] * 4 + ["410103"] * 2
    told = [(note.severity, note.rows) for note in rows.notes if note.code == "coord.outside_district"]
    assert told == [("warning", ("4", "5"))]


@pytest.mark.parametrize(("old", "told"), [(["100", "20", "0"], []), (["101", "20", "100.4"], [("2",)])])
def test_more_people_of_an_age_than_residents_are_told(old, told):
    rows = people_at([100, 200, 300], aged_60_plus=old)
    assert [note.rows for note in rows.notes if note.code == "value.implausible"] == told
    assert rows.table["aged_60_plus"].tolist() == pd.to_numeric(old).tolist()


def test_points_that_cannot_be_right_are_counted_once_and_areas_by_their_corners(tmp_path):
    near, far = [shapely.Point(113.6 + n / 100, 34.7) for n in range(2)], [shapely.Point(1113.6, 134.7)] * 3
    for name, shapes, told in (
        ("points", [*near, *far], "3 of 5 points"),
        ("areas", [shapely.buffer(one, 0.001) for one in [*near, *far]], "6 of 10 points"),
    ):
        table = gpd.GeoDataFrame({"name": list("abcde")}, geometry=shapes, crs="EPSG:4326")
        table.to_file(tmp_path / f"{name}.gpkg")
        found = check_file(tmp_path / f"{name}.gpkg", "facilities", datum="EPSG:4326", kind="hospital")
        (problem,) = (one for one in found.problems if one.code == "coord.out_of_range")
        assert told in problem.value


def test_a_point_in_a_layer_of_areas_leaves_the_areas_a_point_inside():
    shapes = gpd.GeoSeries([shapely.Point(1, 2), shapely.box(0, 0, 10, 10)], index=["a", "b"])
    inside = points_of(shapes)
    assert inside.geom_type.tolist() == ["Point", "Point"]
    assert inside.index.tolist() == ["a", "b"]
    assert inside["a"] == shapely.Point(1, 2)
    assert shapes["b"].contains(inside["b"])
