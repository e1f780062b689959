"""What files say of their datum: misspelt names, parameters of their own, a shift inside a projection, wide zones."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pyproj
import pytest
import shapely

from zzgeo import check_file
from zzgeo.crs.datums import as_cgcs2000
from zzgeo.crs.metric import wgs84_to_bd09, wgs84_to_gcj02

LON, LAT = np.array([113.65, 113.66, 113.67]), np.array([34.75, 34.76, 34.77])
OWN = (
    "+proj=tmerc +lat_0=0 +lon_0=114 +k=1 +x_0=500000 +y_0=0 +a=6378140 +rf=298.257 "
    "+towgs84=120.5,-60.2,10.3,0.5,-0.3,1.2,2.5 +units=m +type=crs"
)


def esri(datum, spheroid="CGCS2000", size="6378137.0,298.257222101", name="CGCS2000_3_Degree_GK_CM_114E"):
    return (
        f'PROJCS["{name}",GEOGCS["GCS",DATUM["{datum}",SPHEROID["{spheroid}",{size}]],PRIMEM["Greenwich",0.0],'
        'UNIT["Degree",0.0174532925199433]],PROJECTION["Gauss_Kruger"],PARAMETER["False_Easting",500000.0],'
        'PARAMETER["False_Northing",0.0],PARAMETER["Central_Meridian",114.0],PARAMETER["Scale_Factor",1.0],'
        'PARAMETER["Latitude_Of_Origin",0.0],UNIT["Meter",1.0]]'
    )


def stored(path, lon, lat, crs):
    x, y = pyproj.Transformer.from_crs(4326, crs, always_xy=True).transform(lon, lat)
    gpd.GeoDataFrame({"name": list("甲乙丙")}, geometry=gpd.points_from_xy(x, y), crs=crs).to_file(path)
    return path


def off_m(checked):
    places = checked.table.to_crs(4547).geometry
    x, y = pyproj.Transformer.from_crs(4326, 4547, always_xy=True).transform(LON, LAT)
    return float(np.hypot(places.x - x, places.y - y).max())


@pytest.mark.parametrize(
    "datum", ["D_CGCS_2000", "CGCS2000", "D_China_Geodetic_2000", "国家大地坐标系2000", "D_China_2000"]
)
def test_cgcs2000_under_another_name_is_cgcs2000(tmp_path, datum):
    assert as_cgcs2000(pyproj.CRS.from_wkt(esri(datum))).to_epsg() == 4547
    path = stored(tmp_path / "a.shp", LON, LAT, 4547)
    path.with_suffix(".prj").write_text(esri(datum), encoding="utf-8")
    assert off_m(check_file(path, "facilities")) < 0.01
    assert off_m(check_file(path, "facilities", datum="EPSG:4547")) < 0.01


@pytest.mark.parametrize(
    "wkt",
    [
        esri("D_Xian_1980", "Xian_1980", "6378140.0,298.257", "Xian_1980_3_Degree_GK_CM_114E"),
        esri("D_Beijing_1954", "Krasovsky_1940", "6378245.0,298.3", "Beijing_1954_3_Degree_GK_CM_114E"),
        esri("D_City", "GRS_1980", name="City_Grid"),
    ],
)
def test_other_datums_are_left_as_they_are(wkt):
    crs = pyproj.CRS.from_wkt(wkt)
    assert as_cgcs2000(crs) is crs


def test_seven_parameters_of_the_file_are_used(tmp_path):
    path = stored(tmp_path / "a.gpkg", LON, LAT, pyproj.CRS.from_user_input(OWN))
    assert off_m(check_file(path, "facilities")) < 0.01


@pytest.mark.parametrize("crs", [4547, 3857, 32649])
@pytest.mark.parametrize(("datum", "shift"), [("GCJ-02", wgs84_to_gcj02), ("BD-09", wgs84_to_bd09)])
def test_a_shift_inside_a_projection_is_undone_where_it_is_declared(tmp_path, crs, datum, shift):
    path = stored(tmp_path / "a.gpkg", *shift(LON, LAT), crs)
    checked = check_file(path, "facilities", datum=datum)
    assert off_m(checked) < 0.01
    assert checked.datum == datum
    if crs == 4547:  # undeclared, it is taken at its word
        assert off_m(check_file(path, "facilities")) > 300


def test_a_layer_far_from_the_meridian_of_its_zone_is_read(tmp_path):
    path = stored(tmp_path / "a.gpkg", LON - 2.4, LAT, 4547)
    boundary = gpd.GeoDataFrame(geometry=[shapely.box(111, 34.5, 111.5, 35)], crs=4326)
    assert check_file(path, "facilities", boundary=boundary).rows_used == 3
    assert check_file(path, "facilities", boundary=boundary).outcome == "accept"
    assert check_file(path, "facilities").codes == {"crs.outside_zone"}


@pytest.mark.parametrize(
    ("declared", "offset", "told"),
    [
        (4547, 0.0, '"EPSG:4508" or "EPSG:4509"'),
        (4526, 38e6, "check the zone of the layer"),
        (4508, 0.0, None),
        (4546, 0.0, "check the zone of the layer"),
    ],
)
def test_eastings_of_a_six_degree_zone_declared_as_another_are_told(tmp_path, declared, offset, told):
    x, y = pyproj.Transformer.from_crs(4326, 4508, always_xy=True).transform(LON, LAT)
    gpd.pd.DataFrame({"东": x + offset, "北": y}).to_csv(tmp_path / "a.csv", index=False)
    columns = {"lon": "东", "lat": "北"}
    checked = check_file(tmp_path / "a.csv", "facilities", datum=f"EPSG:{declared}", columns=columns)
    assert checked.rows_used == 3
    assert checked.codes == ({"crs.outside_zone"} if told else set())
    assert all(told in problem.remedy for problem in checked.problems)


def test_eastings_with_a_zone_number_under_a_crs_without_one_are_refused(tmp_path):
    x, y = pyproj.Transformer.from_crs(4326, 4547, always_xy=True).transform(LON, LAT)
    gpd.pd.DataFrame({"东": x + 38e6, "北": y}).to_csv(tmp_path / "a.csv", index=False)
    checked = check_file(tmp_path / "a.csv", "facilities", datum="EPSG:4547", columns={"lon": "东", "lat": "北"})
    assert checked.codes == {"crs.mismatch"}


def test_a_declared_zone_is_that_of_the_file_whatever_the_file_calls_it(tmp_path):
    path = stored(tmp_path / "a.shp", LON, LAT, 4547)
    own = esri("D_China_2000", name="城建坐标").replace('"GCS"', '"GCS_China_Geodetic_Coordinate_System_2000"')
    path.with_suffix(".prj").write_text(own, encoding="utf-8")
    assert off_m(check_file(path, "facilities", datum="EPSG:4547")) < 0.01
    assert check_file(path, "facilities", datum="EPSG:4546").outcome == "reject"
    assert check_file(path, "facilities", datum="EPSG:2437").outcome == "reject"
