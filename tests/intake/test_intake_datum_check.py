"""A layer in the wrong datum is noticed by the streets, and one in the right datum is left in peace."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pyproj
import pytest
import shapely

from zzgeo.crs.metric import bd09_to_wgs84, gcj02_to_wgs84, wgs84_to_bd09, wgs84_to_gcj02
from zzgeo.intake.datum_check import FEWEST, border_problems, datum_problems

CRS = pyproj.CRS(4547)
TO_DEGREES = pyproj.Transformer.from_crs(CRS, 4326, always_xy=True)
TO_METRES = pyproj.Transformer.from_crs(4326, CRS, always_xy=True)
SHIFTS = {"gcj02": wgs84_to_gcj02, "bd09": wgs84_to_bd09}


@pytest.fixture(scope="module")
def wuhan(shared):
    """Return a search tree over Wuhan's streets, without motorways, and the streets."""
    streets = gpd.read_parquet(shared / "data" / "wuhan_8989_original.parquet")
    streets = streets[~streets["highway"].isin(("motorway", "trunk_link"))].to_crs(CRS)
    return shapely.STRtree(streets.geometry.values), streets.geometry.values


def layers(lines, count, seed, fewest=30, most=150):
    """Yield made-up facility lists: one to twenty kilometres wide, 10 to 40 m beside streets, in WGS84 degrees."""
    rng = np.random.default_rng(seed)
    tree = shapely.STRtree(lines)
    for _ in range(count):
        centre = shapely.centroid(lines[rng.integers(len(lines))])
        near = tree.query(shapely.buffer(centre, rng.choice([3_000, 8_000, 20_000])))
        beside = lines[rng.choice(near, rng.integers(fewest, most))]
        xy = shapely.get_coordinates(shapely.line_interpolate_point(beside, rng.random(len(beside)), normalized=True))
        yield TO_DEGREES.transform(*(xy + rng.normal(0, rng.uniform(10, 40), xy.shape)).T)


def placed(lon, lat):
    return gpd.GeoSeries(shapely.points(*TO_METRES.transform(lon, lat)), crs=CRS)


def codes(tree, lon, lat, declared="EPSG:4326"):
    return [one.code for one in datum_problems(placed(lon, lat), tree, declared, "layer")]


def test_no_false_alarm_on_150_true_layers_and_few_shifted_ones_are_missed(wuhan):
    tree, lines = wuhan
    made = list(layers(lines, 150, seed=20261125))
    assert [codes(tree, *one) for one in made] == [[]] * 150
    for name, count in (("gcj02", 150), ("bd09", 50)):
        told = [codes(tree, *SHIFTS[name](*one)) for one in made[:count]]
        flagged = sum(bool(one) for one in told)
        assert flagged > 0.97 * count, (name, flagged)
        assert sum(one == [f"crs.{name}_suspected"] for one in told) > 0.9 * count


def test_small_layers_raise_no_false_alarm_either(wuhan):
    tree, lines = wuhan
    assert [codes(tree, *one) for one in layers(lines, 100, seed=5, fewest=2, most=20)] == [[]] * 100


def test_a_layer_declared_as_shifted_that_is_not_is_noticed(wuhan):
    tree, lines = wuhan
    [(lon, lat)] = layers(lines, 1, seed=8, fewest=100)
    assert codes(tree, *gcj02_to_wgs84(lon, lat), declared="GCJ-02") == ["crs.offset_suspected"]
    assert codes(tree, *bd09_to_wgs84(lon, lat), declared="BD-09") == ["crs.offset_suspected"]
    assert codes(tree, lon, lat, declared="GCJ-02") == []
    # what is in BD-09 and was declared as GCJ-02 is off by the step between the two
    assert codes(tree, *gcj02_to_wgs84(*wgs84_to_bd09(lon, lat)), declared="GCJ-02") == ["crs.bd09_suspected"]


def test_the_real_hospitals_of_wuhan_stand_too_far_back_from_streets_to_tell_anything(wuhan, shared):
    tree, _ = wuhan
    table = gpd.pd.read_csv(shared / "data" / "china_3a_hospitals_wgs84.csv")
    table = table[table["address"].fillna("").str.contains("武汉")]
    lon, lat = table["longitude_wgs84"].to_numpy(), table["latitude_wgs84"].to_numpy()
    assert len(lon) > 40
    assert codes(tree, lon, lat) == []
    # a move as far in another direction brings them as close: nothing is said, rather than of right layers, too
    assert codes(tree, *wgs84_to_gcj02(lon, lat)) == []


@pytest.mark.parametrize("back_m", [0, 30, 60, 90])
@pytest.mark.parametrize("regular", [True, False])
def test_places_that_stand_back_in_their_blocks_raise_no_alarm(regular, back_m):
    for seed in range(8):
        rng = np.random.default_rng(seed)
        cuts = np.arange(25) * 250.0 if regular else np.cumsum(np.maximum(80, rng.normal(260, 70, 24)))
        lines = [shapely.LineString([(c, 0), (c, 6000)]) for c in cuts]
        lines += [shapely.LineString([(0, c), (6000, c)]) for c in cuts]
        xy = rng.uniform(300, 5600, (3000, 2))
        xy = xy[(np.abs(xy[:, :, None] - cuts).min(axis=2) >= back_m).all(axis=1)][:200]
        corner = np.array([500_000.0, 3_390_000.0])
        moved = shapely.transform(lines, lambda one, by=corner: one + by)
        points = gpd.GeoSeries(shapely.points(xy + corner), crs=CRS)
        assert datum_problems(points, shapely.STRtree(moved), "EPSG:4326", "layer") == []


def test_too_few_places_and_areas_say_nothing(wuhan):
    tree, lines = wuhan
    [(lon, lat)] = layers(lines, 1, seed=9, fewest=100)
    few = wgs84_to_gcj02(lon[: FEWEST - 1], lat[: FEWEST - 1])
    assert codes(tree, *few) == []
    areas = placed(*wgs84_to_gcj02(lon, lat)).buffer(50)
    assert datum_problems(areas, tree, "EPSG:4326", "parks") == []


def bordered(seed, count, width, *, strays):
    """Return a district of eight corners, places inside it, and places beside its border or around it."""
    rng = np.random.default_rng(seed)
    centre, turns = np.array([458_000.0, 3_847_000.0]), np.arange(8) * np.pi / 4
    reach = width / 2 * rng.uniform(0.8, 1.1, 8)
    area = shapely.Polygon(centre + np.column_stack([np.cos(turns), np.sin(turns)]) * reach[:, None])
    xy = centre + rng.uniform(-width, width, (60 * count, 2))
    from_area = shapely.distance(area, shapely.points(xy))
    at_border = (from_area > 0) & (from_area < 100)
    outside = {"none": from_area > width, "border": at_border, "around": from_area > 0}[strays]
    return shapely.STRtree([area]), np.concatenate([xy[from_area == 0][:count], xy[outside][: count // 5]])


def border_codes(districts, xy, lines=(), declared="EPSG:4326"):
    points = gpd.GeoSeries(shapely.points(xy), crs=CRS)
    return [one.code for one in border_problems(points, districts, shapely.STRtree(list(lines)), declared, "layer")]


def shifted(xy, move):
    return np.column_stack(TO_METRES.transform(*move(*TO_DEGREES.transform(*xy.T))))


@pytest.mark.parametrize("width", [3_000, 8_000])
def test_the_border_tells_of_places_that_a_shift_put_outside(width):
    for seed in range(8):
        districts, xy = bordered(seed, 80, width, strays="none")
        assert border_codes(districts, shifted(xy, wgs84_to_bd09)) == ["crs.bd09_suspected"]
        assert border_codes(districts, shifted(xy, wgs84_to_gcj02)) in (["crs.gcj02_suspected"], ["crs.bd09_suspected"])
        assert border_codes(districts, shifted(xy, bd09_to_wgs84), declared="BD-09") == ["crs.offset_suspected"]


@pytest.mark.parametrize("strays", ["none", "border", "around"])
@pytest.mark.parametrize("count", [12, 80])
def test_the_border_is_silent_of_lists_that_are_right(strays, count):
    for seed in range(20):
        for width in (3_000, 8_000):
            districts, xy = bordered(seed, count, width, strays=strays)
            assert border_codes(districts, xy) == []


def test_the_border_is_not_believed_against_the_streets():
    districts, xy = bordered(3, 80, 3_000, strays="none")
    xy = shifted(xy, wgs84_to_bd09)
    beside = [shapely.LineString([(x - 40, y - 9), (x + 40, y - 9)]) for x, y in xy]
    assert border_codes(districts, xy, beside) == []
    assert border_codes(districts, xy) == ["crs.bd09_suspected"]
