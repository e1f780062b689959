"""Datums, offsets, the metric CRS, and what is said about coordinates that look wrong."""

from __future__ import annotations

import math
import warnings

import drawn
import geopandas as gpd
import numpy as np
import pyproj
import pytest
import shapely
from hypothesis import example, given, settings
from hypothesis import strategies as st

from zzgeo.crs import metric as zz
from zzgeo.errors import CrsError, Problem

ZHENGZHOU = pyproj.CRS(4547)
METRE_PER_DEGREE = 111_320.0
CHINA_LON = drawn.degrees(72.004, 137.8347)
CHINA_LAT = drawn.degrees(0.8293, 55.8271)
INVERSES = [
    (zz.wgs84_to_gcj02, zz.gcj02_to_wgs84),
    (zz.gcj02_to_bd09, zz.bd09_to_gcj02),
    (zz.wgs84_to_bd09, zz.bd09_to_wgs84),
]
INVERSE_NAMES = ["gcj02", "bd09 of gcj02", "bd09"]


def china(n: int, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    return rng.uniform(73.0, 135.5, n), rng.uniform(3.0, 54.0, n)


def metres_apart(lon: np.ndarray, lat: np.ndarray, lon2: np.ndarray, lat2: np.ndarray) -> float:
    east = (np.asarray(lon2) - lon) * METRE_PER_DEGREE * np.cos(np.radians(lat))
    return float(np.max(np.hypot(east, (np.asarray(lat2) - lat) * METRE_PER_DEGREE)))


def codes(problems: list[Problem]) -> list[str]:
    assert all(problem.remedy and problem.why and problem.value for problem in problems)
    return [problem.code for problem in problems]


def refused(error: pytest.ExceptionInfo[CrsError]) -> str:
    (problem,) = error.value.problems
    assert problem.remedy
    return problem.code


# --- the offset datums -------------------------------------------------------------------------------------------


def test_gcj02_of_a_place_in_beijing_is_the_published_one() -> None:
    lon, lat = zz.wgs84_to_gcj02(np.array([116.404]), np.array([39.915]))
    assert (round(float(lon[0]), 7), round(float(lat[0]), 8)) == (116.4102445, 39.91640428)


def test_gcj02_agrees_with_the_formula_written_out_plainly() -> None:
    def plainly(lon: float, lat: float) -> tuple[float, float]:
        x, y, pi, sin = lon - 105, lat - 35, math.pi, math.sin
        both = (20 * sin(6 * x * pi) + 20 * sin(2 * x * pi)) * 2 / 3
        north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * math.sqrt(abs(x)) + both
        north += (20 * sin(y * pi) + 40 * sin(y / 3 * pi)) * 2 / 3
        north += (160 * sin(y / 12 * pi) + 320 * sin(y * pi / 30)) * 2 / 3
        east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * math.sqrt(abs(x)) + both
        east += (20 * sin(x * pi) + 40 * sin(x / 3 * pi)) * 2 / 3
        east += (150 * sin(x / 12 * pi) + 300 * sin(x / 30 * pi)) * 2 / 3
        a, ee, phi = 6378245.0, 0.00669342162296594323, lat / 180 * pi
        magic = 1 - ee * sin(phi) ** 2
        d_lat = north * 180 / (a * (1 - ee) / (magic * math.sqrt(magic)) * pi)
        return lon + east * 180 / (a / math.sqrt(magic) * math.cos(phi) * pi), lat + d_lat

    lon, lat = china(500)
    expected = np.array([plainly(*place) for place in zip(lon, lat, strict=True)]).T
    assert metres_apart(*expected, *zz.wgs84_to_gcj02(lon, lat)) < 1e-8


@pytest.mark.parametrize(
    ("city", "lon", "lat", "metres"),
    [
        ("Zhengzhou", 113.65, 34.75, 575),
        ("Hangzhou", 120.16, 30.25, 521),
        ("Beijing", 116.4, 39.9, 556),
        ("Urumqi", 87.6, 43.8, 265),
    ],
)
def test_gcj02_moves_cities_by_what_was_measured(city: str, lon: float, lat: float, metres: float) -> None:
    moved = metres_apart(np.array(lon), np.array(lat), *zz.wgs84_to_gcj02(lon, lat))
    assert moved == pytest.approx(metres, abs=35), city


def test_bd09_moves_zhengzhou_by_about_a_kilometre() -> None:
    moved = metres_apart(np.array(113.65), np.array(34.75), *zz.wgs84_to_bd09(113.65, 34.75))
    assert 900 < moved < 1400


@pytest.mark.parametrize(("there", "back"), INVERSES, ids=INVERSE_NAMES)
def test_a_round_trip_over_all_china_ends_where_it_began(there, back) -> None:
    lon, lat = china(200_000)
    assert metres_apart(lon, lat, *back(*there(lon, lat))) < 2e-8
    assert metres_apart(lon, lat, *there(*back(lon, lat))) < 2e-8


@pytest.mark.parametrize(("there", "back"), INVERSES, ids=INVERSE_NAMES)
@settings(max_examples=150, deadline=None)
@given(lon=CHINA_LON, lat=CHINA_LAT)
@example(lon=105.0, lat=35.0)  # the square root in the formula has its cusp here
@example(lon=105.0 + 1e-12, lat=35.0)
@example(lon=104.9999999, lat=30.0)
@example(lon=72.004, lat=0.8293)
@example(lon=137.8347, lat=55.8271)
@example(lon=72.004, lat=55.8271)
def test_every_place_of_the_rectangle_comes_back(there, back, lon: float, lat: float) -> None:
    assert metres_apart(np.array(lon), np.array(lat), *back(*there(lon, lat))) < 1e-6


@pytest.mark.parametrize(("there", "back"), INVERSES, ids=INVERSE_NAMES)
def test_places_near_longitude_105_come_back(there, back) -> None:
    lon = 105.0 + np.concatenate([sign * np.logspace(-14, -1, 20_000) for sign in (-1.0, 1.0)])
    lat = np.linspace(20.0, 50.0, lon.size)
    assert metres_apart(lon, lat, *back(*there(lon, lat))) < 1e-6


def border(step: float) -> tuple[np.ndarray, np.ndarray]:
    """Points of the rectangle's border, moved outwards by a number of degrees."""
    west, south, east, north = zz.GCJ02_RECTANGLE
    lon, lat = np.linspace(west, east, 3000), np.linspace(south, north, 3000)
    ones = np.ones(3000)
    x = np.concatenate([lon, lon, ones * (west - step), ones * (east + step)])
    y = np.concatenate([ones * (south - step), ones * (north + step), lat, lat])
    return x, y


@pytest.mark.parametrize("step", [0.0, -1e-13, -1e-9, -1e-6, -1e-3])
def test_gcj02_round_trips_hold_on_and_within_the_border_of_the_rectangle(step: float) -> None:
    lon, lat = border(step)
    moved = zz.wgs84_to_gcj02(lon, lat)
    back = zz.gcj02_to_wgs84(*moved)
    assert metres_apart(lon, lat, *back) < 1e-6
    assert metres_apart(*moved, *zz.wgs84_to_gcj02(*back)) < 1e-6, "rounding must not push them over the border"


def test_nothing_moves_outside_the_rectangle() -> None:
    lon, lat = border(0.2)
    for move in (zz.wgs84_to_gcj02, zz.gcj02_to_wgs84):
        moved_lon, moved_lat = move(lon, lat)
        assert (moved_lon == lon).all()
        assert (moved_lat == lat).all()


@pytest.mark.parametrize("step", [1e-9, 1e-3, 5e-3, 0.02])
def test_an_inverse_just_outside_the_border_is_one_of_the_places_with_these_numbers(step: float) -> None:
    lon, lat = border(step)
    assert metres_apart(lon, lat, *zz.wgs84_to_gcj02(*zz.gcj02_to_wgs84(lon, lat))) < 1e-6


@pytest.mark.parametrize("move", [move for pair in INVERSES for move in pair])
def test_what_is_not_finite_becomes_nan_in_silence_and_the_input_is_not_written_to(move) -> None:
    lon, lat = np.array([np.nan, 113.6, np.inf, 113.6, 0.0]), np.array([34.7, np.nan, 34.7, 34.7, 0.0])
    kept = lon.copy(), lat.copy()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        moved = np.array(move(lon, lat))
    assert np.isnan(moved[:, :3]).all()
    assert np.isfinite(moved[:, 3:]).all()
    np.testing.assert_array_equal(lon, kept[0])
    np.testing.assert_array_equal(lat, kept[1])


def test_shapes_are_kept_from_scalars_to_grids_and_nothing() -> None:
    assert zz.wgs84_to_bd09(113.6, 34.7)[0].shape == ()
    assert zz.bd09_to_wgs84(np.full((3, 4), 113.6), np.full((3, 4), 34.7))[1].shape == (3, 4)
    assert zz.gcj02_to_wgs84([], [])[0].shape == (0,)


def test_blocks_make_no_difference() -> None:
    lon, lat = china(40_000)
    whole = np.array(zz.bd09_to_wgs84(lon, lat))
    single = np.array([zz.bd09_to_wgs84(lon[i], lat[i]) for i in (0, 16_383, 16_384, 39_999)]).T
    np.testing.assert_array_equal(whole[:, [0, 16_383, 16_384, 39_999]], single)


# --- names of datums ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "name", "shift"),
    [(text, "GCJ-02", "gcj02") for text in ("GCJ-02", "gcj-02", "GCJ02", "gcj02", "Gcj_02", " GCJ 02 ")]
    + [(text, "BD-09", "bd09") for text in ("BD-09", "bd09", "BD09", "bd-09", "BD09LL")]
    + [(text, "WGS84", "none") for text in ("WGS84", "wgs-84", "WGS 84", "wgs_84")]
    + [(text, "CGCS2000", "none") for text in ("CGCS2000", "cgcs2000", "CGCS 2000")]
    + [
        ("EPSG:4326", "EPSG:4326", "none"),
        ("epsg:4547", "EPSG:4547", "none"),
        ("4547", "EPSG:4547", "none"),
        ("EPSG：4547", "EPSG:4547", "none"),
        ("CGCS2000_3_Degree_GK_CM_114E", "EPSG:4547", "none"),
        ("CGCS2000 / 3-degree Gauss-Kruger zone 38", "EPSG:4526", "none"),
        ("EPSG:900913", "EPSG:3857", "none"),
        ("102100", "EPSG:3857", "none"),
        ("urn:ogc:def:crs:OGC:1.3:CRS84", "OGC:CRS84", "none"),
    ],
)
def test_a_datum_is_known_by_its_usual_spellings(text: str, name: str, shift: str) -> None:
    datum = zz.parse_datum(text)
    assert (datum.name, datum.shift) == (name, shift)
    if shift != "none":
        assert datum.crs.to_epsg() == 4326


@pytest.mark.parametrize("code", [*range(4513, 4555), 4326, 4490, 32649, 3857])
def test_every_gauss_kruger_zone_is_known_and_its_wkt_too(code: int) -> None:
    datum = zz.parse_datum(f"EPSG:{code}")
    assert datum.crs.to_epsg() == code
    assert zz.parse_datum(datum.crs.to_wkt()).crs == datum.crs
    assert zz.parse_datum(datum.name) == datum
    assert hash(zz.parse_datum(datum.name)) == hash(datum)


@pytest.mark.parametrize("text", ["", "   "])
def test_an_empty_datum_is_missing(text: str) -> None:
    with pytest.raises(CrsError) as error:
        zz.parse_datum(text, "clinics.shp")
    assert refused(error) == "crs.missing"
    assert "clinics.shp" in str(error.value)


@pytest.mark.parametrize(
    "text",
    [
        "GCJ",
        "zhengzhou",
        "EPSG:99999",
        "EPSG:4978",
        "EPSG:5773",
        "BD-09MC",
        "<script>",
        "+init=/etc/passwd:4547",
        "+proj=longlat +ellps=WGS84 +nadgrids=/etc/passwd",
        "PROJCS[",
        "{}",
        "0",
        "-1",
        "EPSG:",
        "\x00",
        "4547; DROP",
    ],
)
def test_an_unknown_datum_is_refused_with_the_remedy(text: str) -> None:
    with pytest.raises(CrsError) as error:
        zz.parse_datum(text, "beds.csv")
    assert refused(error) == "crs.unknown"
    assert 'say "EPSG:4547", "GCJ-02", "BD-09" or "EPSG:4326"' in str(error.value)


# --- into metres -------------------------------------------------------------------------------------------------


def test_points_reach_the_metric_crs_from_every_datum() -> None:
    lon, lat = np.array([113.62, 113.7]), np.array([34.75, 34.8])
    expected = np.array(pyproj.Transformer.from_crs(4490, 4547, always_xy=True).transform(lon, lat))
    mercator = pyproj.Transformer.from_crs(4326, 3857, always_xy=True).transform(lon, lat)
    zoned = expected + np.array([[38e6], [0.0]])
    given_as = {
        "WGS84": (lon, lat),
        "CGCS2000": (lon, lat),
        "EPSG:4547": expected,
        "EPSG:4526": zoned,
        "EPSG:3857": mercator,
        "GCJ-02": zz.wgs84_to_gcj02(lon, lat),
        "BD-09": zz.wgs84_to_bd09(lon, lat),
    }
    for name, (x, y) in given_as.items():
        found = np.array(zz.points_to_metric(x, y, zz.parse_datum(name), ZHENGZHOU))
        assert np.abs(found - expected).max() < 1e-6, name
    assert 4e5 < expected[0, 0] < 5e5, "x is the easting"
    assert 3.8e6 < expected[1, 0] < 3.9e6, "y is the northing"


def test_lines_and_polygons_are_unshifted_vertex_by_vertex() -> None:
    lon, lat = np.array([113.6, 113.61, 113.61, 113.6]), np.array([34.7, 34.7, 34.71, 34.71])
    there = np.column_stack(zz.wgs84_to_gcj02(lon, lat))
    shapes = [shapely.Polygon(there), shapely.LineString(there), shapely.MultiPoint(there), None, shapely.Point()]
    index = ["a", "b", "c", "d", "e"]
    series = gpd.GeoSeries(shapes, index=index, crs=4326, name="where")
    before = series.to_wkb()
    moved = zz.to_metric(series, zz.GCJ02, ZHENGZHOU)
    expected = np.column_stack(pyproj.Transformer.from_crs(4490, 4547, always_xy=True).transform(lon, lat))
    assert list(moved.index) == index
    assert (moved.crs, moved.name) == (ZHENGZHOU, "where")
    assert moved.geom_type.tolist()[:3] == ["Polygon", "LineString", "MultiPoint"]
    assert np.abs(shapely.get_coordinates(moved["b"]) - expected).max() < 1e-6
    assert moved["a"].equals_exact(shapely.Polygon(expected), 1e-6)
    assert moved["d"] is None
    assert moved["e"].is_empty
    assert series.to_wkb().equals(before)


def test_geometry_already_in_the_metric_crs_is_copied_unchanged() -> None:
    series = gpd.GeoSeries([shapely.Point(463_000.25, 3_847_000.5, 90.0)], crs=4547)
    moved = zz.to_metric(series, zz.parse_datum("EPSG:4547"), ZHENGZHOU)
    assert moved.iloc[0].wkt == "POINT (463000.25 3847000.5)"


def test_an_empty_layer_stays_empty() -> None:
    moved = zz.to_metric(gpd.GeoSeries([], crs=4326), zz.WGS84, ZHENGZHOU)
    assert len(moved) == 0
    assert moved.crs == ZHENGZHOU


def test_missing_coordinates_stay_missing() -> None:
    x, y = zz.points_to_metric([113.6, np.nan], [np.nan, 34.7], zz.WGS84, ZHENGZHOU)
    assert np.isnan([x, y]).all()


def test_a_place_that_does_not_exist_is_refused_not_turned_into_infinity() -> None:
    with pytest.raises(CrsError) as error:
        zz.points_to_metric([34.7, 113.6], [113.6, 34.7], zz.WGS84, ZHENGZHOU)
    assert refused(error) == "coord.out_of_range"
    assert "1 of 2 points" in str(error.value)


@pytest.mark.parametrize("code", [4326, 4490, 3857, 2225, 4978])
def test_what_is_not_metres_on_the_ground_is_refused_as_the_metric_crs(code: int) -> None:
    with pytest.raises(CrsError) as error:
        zz.points_to_metric([113.6], [34.7], zz.WGS84, pyproj.CRS(code))
    assert refused(error) == "crs.mismatch"


@pytest.mark.parametrize("code", [4610, 4214, 2344])
def test_old_chinese_datums_are_refused_rather_than_guessed(code: int) -> None:
    with pytest.raises(CrsError) as error:
        zz.points_to_metric([113.6], [34.7], zz.parse_datum(f"EPSG:{code}"), ZHENGZHOU)
    assert refused(error) == "crs.mismatch"


def test_a_place_abroad_reaches_its_utm_zone() -> None:
    x, y = zz.points_to_metric([24.94], [60.17], zz.WGS84, pyproj.CRS(32635))
    assert (round(float(x[0])), round(float(y[0]))) == (385_700, 6_672_000) or (385e3 < x[0] < 387e3 and y[0] > 6.6e6)


# --- the metric CRS ----------------------------------------------------------------------------------------------


def test_the_three_degree_zone_of_every_meridian_is_chosen() -> None:
    for number, meridian in enumerate(range(75, 136, 3)):
        for lon in (meridian - 1.4, float(meridian), meridian + 1.4):
            chosen = zz.metric_crs_for(lon, 30.0)
            assert chosen.to_epsg() == 4534 + number
            assert f"CM {meridian}E" in chosen.name


@pytest.mark.parametrize(
    ("place", "lon", "lat", "code"),
    [
        ("Zhengzhou", 113.6, 34.75, 4547),
        ("Shaoguan", 113.6, 24.8, 4547),
        ("Wuhan", 114.3, 30.6, 4547),
        ("Urumqi", 87.6, 43.8, 4538),
        ("Kashgar", 73.6, 39.5, 4534),
        ("east end", 135.0, 48.0, 4554),
        ("Sansha", 112.35, 16.83, 4546),
        ("zone border", 115.5, 34.0, 4548),
        ("Helsinki", 24.94, 60.17, 32635),
        ("Las Palmas", -15.43, 28.12, 32628),
        ("Sydney", 151.2, -33.9, 32756),
        ("date line", 180.0, 0.0, 32660),
        ("date line west", -180.0, -0.1, 32701),
    ],
)
def test_the_metric_crs_of_a_place_is_the_one_its_office_uses(place: str, lon: float, lat: float, code: int) -> None:
    assert zz.metric_crs_for(lon, lat).to_epsg() == code, place


@pytest.mark.parametrize(("lon", "lat"), [(181.0, 0.0), (0.0, 85.0), (0.0, -81.0), (math.nan, 0.0), (0.0, math.inf)])
def test_no_metric_crs_is_invented_for_the_poles_and_beyond(lon: float, lat: float) -> None:
    with pytest.raises(CrsError) as error:
        zz.metric_crs_for(lon, lat)
    assert refused(error) == "coord.out_of_range"


@settings(max_examples=100, deadline=None)
@given(lon=drawn.degrees(-180, 180), lat=drawn.degrees(-80, 84))
def test_the_chosen_crs_is_good_enough_everywhere(lon: float, lat: float) -> None:
    assert zz.scale_error(zz.metric_crs_for(lon, lat), lon, lat) < 0.0012


@settings(max_examples=100, deadline=None)
@given(lon=drawn.degrees(73.5, 136.5), lat=drawn.degrees(15, 55))
def test_in_china_no_place_is_even_warned_about(lon: float, lat: float) -> None:
    assert zz.check_metric_crs(zz.metric_crs_for(lon, lat), lon, lat) == []


@pytest.mark.parametrize(("code", "metres", "tolerance"), [(4547, 1000.013, 0.001), (32649, 1000.33, 0.02)])
def test_a_kilometre_in_zhengzhou_is_as_long_as_measured(code: int, metres: float, tolerance: float) -> None:
    assert 1000 * (1 + zz.scale_error(pyproj.CRS(code), 113.65, 34.75)) == pytest.approx(metres, abs=tolerance)


def test_web_mercator_stretches_zhengzhou_by_a_fifth_and_most_northward() -> None:
    error = zz.scale_error(pyproj.CRS(3857), 113.65, 34.75)
    assert error == pytest.approx(0.219, abs=0.003)
    ends = pyproj.Geod(ellps="WGS84").fwd([113.65], [34.75], [0.0], [1000.0])
    transform = pyproj.Transformer.from_crs(4326, 3857, always_xy=True).transform
    (x0, y0), (x1, y1) = transform(113.65, 34.75), transform(ends[0][0], ends[1][0])
    assert math.hypot(x1 - x0, y1 - y0) / 1000 - 1 == pytest.approx(error, abs=2e-4)


@settings(max_examples=60, deadline=None)
@given(
    code=st.sampled_from([4547, 32649, 3857, 3395, 3035, 2154, 102025]), azimuth=drawn.grid(0, 360, drawn.CENTIMETRE)
)
def test_no_direction_is_worse_than_the_scale_error(code: int, azimuth: float) -> None:
    system = pyproj.CRS.from_authority("ESRI" if code > 1e5 else "EPSG", code)
    lon, lat = (3.0, 47.0) if code in (3035, 2154) else (112.0, 33.0)
    geod = system.get_geod()
    assert geod is not None
    transform = pyproj.Transformer.from_crs(4326, system, always_xy=True).transform
    ahead, behind = (geod.fwd(lon, lat, azimuth + turn, 20.0)[:2] for turn in (0.0, 180.0))
    length = math.dist(transform(*ahead), transform(*behind))
    assert abs(length / 40.0 - 1) <= zz.scale_error(system, lon, lat) + 1e-7


def test_the_worst_place_decides_and_missing_places_are_passed_over() -> None:
    worst = zz.scale_error(ZHENGZHOU, [114.0, 117.0, np.nan], [34.0, 34.0, 34.0])
    assert worst == zz.scale_error(ZHENGZHOU, 117.0, 34.0) > zz.scale_error(ZHENGZHOU, 114.0, 34.0)
    assert math.isnan(zz.scale_error(ZHENGZHOU, [], []))


def test_the_right_crs_of_a_place_is_accepted() -> None:
    assert zz.check_metric_crs(ZHENGZHOU, [113.5, 114.2], [34.3, 34.9]) == []
    assert zz.check_metric_crs(pyproj.CRS(32649), 113.65, 34.75) == []
    assert zz.check_metric_crs(ZHENGZHOU, [], []) == []


@pytest.mark.parametrize(
    ("code", "needed"),
    [
        (4326, "degrees"),
        (4490, "degrees"),
        (3857, "Web Mercator"),
        (2225, "US survey foot"),
        (4978, "projection"),
        (3785, "Web Mercator"),
    ],
)
def test_degrees_web_mercator_and_feet_are_refused_as_metres(code: int, needed: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # old codes are deprecated, and met in files
        system = pyproj.CRS(code)
    problems = zz.check_metric_crs(system, 113.65, 34.75, "study.toml")
    assert codes(problems) == ["crs.mismatch"]
    assert problems[0].severity == "error"
    assert needed in problems[0].why
    assert "EPSG:4547" in problems[0].remedy
    assert problems[0].where == "study.toml"


@pytest.mark.parametrize("text", ["EPSG:900913", "ESRI:102100", "ESRI:102113"])
def test_web_mercator_is_seen_under_all_its_names(text: str) -> None:
    assert codes(zz.check_metric_crs(pyproj.CRS(text), 113.65, 34.75)) == ["crs.mismatch"]
    assert zz.parse_datum(text).crs.is_projected, "and may still be read"


def test_the_wkt_gdal_writes_for_web_mercator_is_read_though_it_names_a_grid() -> None:
    datum = zz.parse_datum(pyproj.CRS(3857).to_wkt("WKT1_GDAL"))
    assert codes(zz.check_metric_crs(datum.crs, 113.65, 34.75)) == ["crs.mismatch"]


def test_a_scale_error_is_warned_about_and_then_refused() -> None:
    steps = {lon: zz.check_metric_crs(ZHENGZHOU, lon, 34.75) for lon in (115.5, 117.0, 121.5, 123.0)}
    severities = [[problem.severity for problem in found] for found in steps.values()]
    assert severities == [[], ["warning"], ["error"], ["error"]]
    assert "EPSG:4550" in steps[121.5][0].remedy
    assert codes(steps[117.0] + steps[121.5]) == ["crs.mismatch", "crs.mismatch"]


def test_a_place_the_crs_cannot_show_is_refused() -> None:
    (problem,) = zz.check_metric_crs(pyproj.CRS(4547), -156.0, 0.0)
    assert problem.severity == "error"


def test_the_worst_place_is_found_among_a_million() -> None:
    lon, lat = np.full(1_000_000, 114.0), np.full(1_000_000, 34.0)
    lon[123_456] = 122.0
    assert codes(zz.check_metric_crs(ZHENGZHOU, lon, lat)) == ["crs.mismatch"]


# --- tables ------------------------------------------------------------------------------------------------------


def test_a_toy_city_at_the_origin_is_in_metres_if_its_crs_says_so() -> None:
    toy = gpd.GeoSeries(gpd.points_from_xy(range(11), range(11)), crs=4547)
    assert zz.metric_problems(toy, "streets") == []


def test_a_table_without_crs_in_degrees_or_web_mercator_is_refused() -> None:
    points = gpd.points_from_xy([113.6], [34.7])
    (missing,) = zz.metric_problems(gpd.GeoSeries(points), "clinics")
    (degrees,) = zz.metric_problems(gpd.GeoSeries(points, crs=4326), "clinics")
    (mercator,) = zz.metric_problems(gpd.GeoSeries(points, crs=3857), "clinics")
    (feet,) = zz.metric_problems(gpd.GeoSeries(points, crs=2225), "clinics")
    assert missing.code == "crs.missing"
    assert {degrees.code, mercator.code, feet.code} == {"crs.mismatch"}
    assert "degrees are not metres" in degrees.why
    assert 'to_crs("EPSG:4547")' in degrees.remedy
    assert all(problem.remedy and problem.where == "clinics" for problem in (missing, degrees, mercator, feet))


def test_an_empty_or_null_table_in_degrees_is_refused_without_a_warning() -> None:
    for shapes in ([], [None], [shapely.Point()]):
        assert [p.code for p in zz.metric_problems(gpd.GeoSeries(shapes, crs=4326), "x")] == ["crs.mismatch"]


# --- coordinates that look wrong ---------------------------------------------------------------------------------

LON, LAT = np.array([113.62, 113.7, 114.1]), np.array([34.75, 34.8, 34.6])
EAST, NORTH = (np.asarray(a) for a in pyproj.Transformer.from_crs(4490, 4547, always_xy=True).transform(LON, LAT))


@pytest.mark.parametrize(
    ("datum", "x", "y"),
    [
        ("WGS84", LON, LAT),
        ("GCJ-02", LON, LAT),
        ("BD-09", LON, LAT),
        ("CGCS2000", LON, LAT),
        ("EPSG:4547", EAST, NORTH),
        ("EPSG:4526", EAST + 38e6, NORTH),
        ("WGS84", LON - 200, -LAT),
        ("EPSG:4547", [], []),
        ("WGS84", [np.nan], [1.0]),
        ("EPSG:3857", LON * 111e3, LAT * 118e3),
        ("EPSG:4547", EAST + 1e5, NORTH),
    ],
)
def test_plausible_coordinates_pass(datum: str, x: np.ndarray, y: np.ndarray) -> None:
    assert zz.area_of_use_problems(x, y, zz.parse_datum(datum), "x.csv") == []


@pytest.mark.parametrize(
    ("datum", "x", "y", "code", "said"),
    [
        ("WGS84", LAT, LON, "coord.swapped", "the other way round"),
        ("GCJ-02", LAT, LON, "coord.swapped", "the other way round"),
        ("GCJ-02", [43.8], [87.6], "coord.swapped", "the other way round"),
        ("CGCS2000", [43.8], [87.6], "coord.swapped", "the other way round"),
        ("WGS84", [213.6], [134.7], "coord.out_of_range", "±180"),
        ("WGS84", [-91.0], [113.6], "coord.out_of_range", "±90"),
        ("GCJ-02", [2.35], [48.85], "crs.mismatch", "outside"),
        ("WGS84", EAST, NORTH, "coord.out_of_range", "EPSG:4547"),
        ("WGS84", EAST + 38e6, NORTH, "coord.out_of_range", "EPSG:4526"),
        ("EPSG:4547", NORTH, EAST, "coord.swapped", "northing"),
        ("EPSG:4526", NORTH, EAST + 38e6, "coord.swapped", "northing"),
        ("EPSG:4547", EAST + 38e6, NORTH, "crs.mismatch", "EPSG:4526"),
        ("EPSG:4547", EAST + 39e6, NORTH, "crs.mismatch", "EPSG:4527"),
        ("EPSG:4526", EAST + 39e6, NORTH, "crs.mismatch", "EPSG:4527"),
        ("EPSG:4547", EAST + 19e6, NORTH, "crs.mismatch", "EPSG:4497"),
        ("EPSG:4547", NORTH, EAST + 38e6, "crs.mismatch", "the other way round"),
        ("EPSG:4526", EAST, NORTH, "crs.mismatch", "EPSG:4547"),
        ("EPSG:4526", NORTH, EAST, "crs.mismatch", "the other way round"),
        ("EPSG:4497", EAST, NORTH, "crs.mismatch", "EPSG:4508"),
        ("EPSG:4547", LON, LAT, "crs.mismatch", "degrees"),
        ("EPSG:4547", LAT, LON, "crs.mismatch", "degrees"),
        ("EPSG:4547", [24.94], [60.17], "crs.mismatch", "degrees"),
        ("EPSG:3857", LON, LAT, "crs.mismatch", "degrees"),
        ("EPSG:32649", LON, LAT, "crs.mismatch", "degrees"),
        ("EPSG:27700", [-0.1], [51.5], "crs.mismatch", "degrees"),
        ("EPSG:4547", EAST + 1e6, NORTH, "crs.mismatch", "outside"),
        ("EPSG:4547", EAST, NORTH + 4e6, "crs.mismatch", "outside"),
        ("EPSG:4547", [1e9], [1e9], "coord.out_of_range", "no such place"),
        ("EPSG:2362", EAST + 39e6, NORTH, "crs.mismatch", "that zone"),
    ],
)
def test_implausible_coordinates_are_put_down_to_their_cause(
    datum: str, x: np.ndarray, y: np.ndarray, code: str, said: str
) -> None:
    (problem,) = zz.area_of_use_problems(x, y, zz.parse_datum(datum), "x.csv")
    assert codes([problem]) == [code]
    assert said in problem.line()
    assert (problem.where, problem.severity) == ("x.csv", "error")


def test_single_rows_are_counted_apart_and_the_first_is_shown() -> None:
    x, y = np.r_[LON, 34.75, 500.0], np.r_[LAT, 113.62, 500.0]
    problems = zz.area_of_use_problems(x, y, zz.GCJ02, "x.csv")
    assert codes(problems) == ["coord.swapped", "coord.out_of_range"]
    assert "1 of 5 points, first x=34.75, y=113.62" in problems[0].value


def test_a_few_places_far_away_are_a_warning_but_a_layer_far_away_is_refused() -> None:
    few = zz.area_of_use_problems(np.r_[EAST, 2.5e6], np.r_[NORTH, 3.8e6], zz.parse_datum("EPSG:4547"))
    many = zz.area_of_use_problems(np.r_[EAST[:1], 2.5e6], np.r_[NORTH[:1], 3.8e6], zz.parse_datum("EPSG:4547"))
    assert [problem.severity for problem in few + many] == ["warning", "error"]


def test_a_prj_file_of_esri_knows_its_area_of_use() -> None:
    prj = pyproj.CRS(4547).to_wkt("WKT1_ESRI")
    datum = zz.parse_datum(prj)
    assert zz.area_of_use_problems(EAST, NORTH, datum) == []
    assert codes(zz.area_of_use_problems(NORTH, EAST, datum)) == ["coord.swapped"]
    assert np.allclose(zz.points_to_metric(EAST, NORTH, datum, ZHENGZHOU), [EAST, NORTH], atol=1e-6)


def test_a_city_grid_on_a_meridian_of_its_own_is_judged_by_that_meridian() -> None:
    own = zz.parse_datum("+proj=tmerc +lat_0=0 +lon_0=113.65 +k=1 +x_0=300000 +y_0=0 +datum=WGS84 +units=m")
    assert zz.area_of_use_problems([300_500.0], [3_846_000.0], own) == []
    assert codes(zz.area_of_use_problems([300_500.0], [300_500.0 * 60], own)) != []
    assert codes(zz.area_of_use_problems(LON, LAT, own)) == ["crs.mismatch"]


def test_degrees_are_told_from_metres() -> None:
    assert zz.looks_like_degrees(LON, LAT, ZHENGZHOU)
    assert zz.looks_like_degrees(LAT, LON, ZHENGZHOU)
    assert not zz.looks_like_degrees(EAST, NORTH, ZHENGZHOU)
    assert not zz.looks_like_degrees(LON, LAT, pyproj.CRS(4326))
    assert not zz.looks_like_degrees([], [], ZHENGZHOU)
    assert not zz.looks_like_degrees([np.nan], [np.nan], ZHENGZHOU)


def test_areas_may_reach_over_the_date_line() -> None:
    fiji = zz.parse_datum("EPSG:3832")
    x, y = pyproj.Transformer.from_crs(4326, 3832, always_xy=True).transform([179.0, -179.0], [-17.0, -17.0])
    assert zz.area_of_use_problems(x, y, fiji) == []


def test_rows_no_place_can_have_are_marked() -> None:
    degrees = zz.out_of_range([113.6, 200.0, np.nan], [34.7, 0.0, 0.0], zz.WGS84)
    metres = zz.out_of_range([*EAST, 1e9], [*NORTH, 1e9], zz.parse_datum("EPSG:4547"))
    assert degrees.tolist() == [False, True, False]
    assert metres.tolist() == [False, False, False, True]


@settings(max_examples=150, deadline=None)
@given(
    x=st.lists(st.floats(allow_nan=True, allow_infinity=True), min_size=1, max_size=4),
    y=st.floats(allow_nan=True, allow_infinity=True),
    name=st.sampled_from(["WGS84", "GCJ-02", "BD-09", "EPSG:4547", "EPSG:4526", "EPSG:3857", "EPSG:3832"]),
)
def test_no_number_whatever_makes_the_check_fail(x: list[float], y: float, name: str) -> None:
    problems = zz.area_of_use_problems(x, [y] * len(x), zz.parse_datum(name))
    codes(problems)
    if any(problem.severity == "error" for problem in problems):
        return
    try:
        east, north = zz.points_to_metric(x, [y] * len(x), zz.parse_datum(name), ZHENGZHOU)
    except CrsError as error:
        codes(list(error.problems))
    else:
        assert not np.isinf([east, north]).any()
