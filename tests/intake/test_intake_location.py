"""Where rows are: impossible places counted once, a point inside whatever is no point."""

from __future__ import annotations

import geopandas as gpd
import shapely

from zzgeo import check_file
from zzgeo.intake.location import points_of


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
