"""Straight distances on the ground: the geodesic to 1e-5 m at a kilometre, whatever the projection."""

from __future__ import annotations

import numpy as np
import pyproj
import pytest
import shapely
from geopandas import GeoDataFrame

from zzgeo.crs.ground import Ground
from zzgeo.network import radius_distance

#: Along the meridian of a zone and at its edge, in UTM, and in projections that stretch unlike by direction.
PLACES = [
    ("EPSG:4547", 114.0, 34.75), ("EPSG:4547", 115.4, 34.75), ("EPSG:32649", 113.65, 34.75),
    ("EPSG:32650", 113.6, 43.8), ("+proj=laea +lat_0=34 +lon_0=112 +ellps=GRS80", 113.65, 34.75),
    ("+proj=eqc +lat_ts=34.75 +lon_0=113.6 +ellps=GRS80", 113.65, 34.75),
]  # fmt: skip


def pairs(crs: pyproj.CRS, lon: float, lat: float, half: float, most_m: float):
    """Return starts, ends, geodesic metres of random pairs about a place."""
    rng = np.random.default_rng(3)
    lons, lats = rng.uniform(lon - half, lon + half, 5000), rng.uniform(lat - half, lat + half, 5000)
    metres = rng.uniform(0.0, most_m, 5000)
    ends = crs.get_geod().fwd(lons, lats, rng.uniform(0, 360, 5000), metres)[:2]
    to_metric = pyproj.Transformer.from_crs(crs.geodetic_crs, crs, always_xy=True)
    start, end = (np.stack(to_metric.transform(*each), axis=-1) for each in ((lons, lats), ends))
    return start, end, metres


@pytest.mark.parametrize(("name", "lon", "lat"), PLACES)
def test_a_kilometre_in_any_projection_is_the_geodesic(name, lon, lat):
    crs = pyproj.CRS(name)
    start, end, metres = pairs(crs, lon, lat, 0.5, 1300.0)
    bounds = (*np.minimum(start, end).min(axis=0), *np.maximum(start, end).max(axis=0))
    ground = Ground.over(crs, bounds)
    np.testing.assert_allclose(ground.metres(start, end), metres, rtol=0, atol=1e-5)
    stretch = np.hypot(*(end - start).T)[metres > 100] / metres[metres > 100]
    assert stretch.max() / stretch.min() - 1 <= ground.spread


def test_a_small_extent_and_places_somewhat_beyond_it_are_served():
    crs = pyproj.CRS("EPSG:4547")
    start, end, metres = pairs(crs, 113.3, 34.75, 0.05, 1000.0)
    middle = start.mean(axis=0)
    ground = Ground.over(crs, (*middle, *middle))
    np.testing.assert_allclose(ground.metres(start, end), metres, rtol=0, atol=5e-4)


def test_a_grid_of_a_site_that_says_nothing_of_the_earth_keeps_its_metres():
    site = pyproj.CRS('LOCAL_CS["site",UNIT["metre",1],AXIS["x",EAST],AXIS["y",NORTH]]')
    assert Ground.over(site, (0.0, 0.0, 1.0, 1.0)) is None


def test_the_nearest_on_the_ground_is_found_where_the_crs_says_the_other():
    # this projection stretches eastwards more than northwards: the clinic in the east is nearer on the ground
    crs = pyproj.CRS("+proj=eqc +lat_ts=34.0 +lon_0=113.6 +ellps=GRS80")
    to_metric = pyproj.Transformer.from_crs(crs.geodetic_crs, crs, always_xy=True)
    home = np.array(to_metric.transform(113.65, 34.75))
    step = np.array([1001.0, 0.0]), np.array([0.0, 1000.0])
    clinics = GeoDataFrame(index=["east", "north"], geometry=shapely.points(home + np.array(step)), crs=crs)
    homes = GeoDataFrame(geometry=shapely.points(home[None]), crs=crs)
    ground = Ground.over(crs, (*(home - 5000), *(home + 5000)))
    assert radius_distance(clinics, homes).facility_id[0] == "north"
    found = radius_distance(clinics, homes, ground)
    assert found.facility_id[0] == "east"
    lon, lat = np.array(to_metric.transform(*(home + step[0]), direction="INVERSE"))
    truth = crs.get_geod().inv(113.65, 34.75, lon, lat)[2]
    assert found.distance_m[0] == pytest.approx(truth, abs=1e-5)


def test_the_side_of_a_park_is_met_on_the_ground_and_its_inside_is_no_way():
    crs = pyproj.CRS("EPSG:32649")
    park = GeoDataFrame(index=["park"], geometry=[shapely.box(740_000, 3_848_000, 740_200, 3_848_300)], crs=crs)
    homes = GeoDataFrame(geometry=shapely.points([[740_100, 3_848_100], [740_700, 3_848_150]]), crs=crs)
    ground = Ground.over(crs, (739_000, 3_847_000, 742_000, 3_849_000))
    found = radius_distance(park, homes, ground).distance_m.to_numpy()
    back = pyproj.Transformer.from_crs(crs, crs.geodetic_crs, always_xy=True)
    lon, lat = back.transform([740_200, 740_700], [3_848_150, 3_848_150])
    truth = crs.get_geod().inv(lon[0], lat[0], lon[1], lat[1])[2]
    assert found[0] == 0.0
    assert found[1] == pytest.approx(truth, abs=1e-5)
    assert abs(truth - 500.0) > 0.05
