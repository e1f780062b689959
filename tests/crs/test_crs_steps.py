"""Steps between datums: published ones that are good at the place, parameters of one's own, and no guess."""

from __future__ import annotations

import warnings

import numpy as np
import pyproj
import pytest

from zzgeo.crs.datums import Datum, on_one_datum, parse_datum, step_to
from zzgeo.crs.metric import WGS84, points_to_metric
from zzgeo.crs.steps import connected
from zzgeo.errors import CrsError

#: In WGS 84: Zhengzhou, Yan'an in the Ordos basin, a place in the South China Sea, Hong Kong, Amsterdam.
ZHENGZHOU, YANAN, SEA, HONG_KONG, AMSTERDAM = (
    (113.65, 34.75),
    (109.5, 36.6),
    (113.5, 20.0),
    (114.17, 22.3),
    (4.9, 52.37),
)
OWN = "+proj=tmerc +lon_0=114 +x_0=500000 +ellps=krass +towgs84=15.8,-154.4,-82.3,0,0,0,0 +units=m +type=crs"


def metres(place, source, target):
    return np.column_stack(points_to_metric([place[0]], [place[1]], Datum("x", pyproj.CRS(source)), pyproj.CRS(target)))


@pytest.mark.parametrize("beijing_or_xian", [2435, 2408, 2383, 2354, 4555])
@pytest.mark.parametrize("known", [4326, 4490, 4547, 32649, 3857])
def test_old_datums_are_not_moved_by_a_guess(beijing_or_xian, known):
    back = pyproj.CRS(known)
    east, north = (5e5, 3.8e6) if back.is_projected else ZHENGZHOU
    old = pyproj.CRS(beijing_or_xian)
    if old.is_projected:
        with pytest.raises(CrsError) as caught:
            points_to_metric([east], [north], Datum("layer", back), old)
        [problem] = caught.value.problems
        assert (problem.code, problem.value) == ("crs.mismatch", f"EPSG:{beijing_or_xian}")
        assert "study" in problem.why
        assert "[[grids]]" in problem.remedy
    if back.is_projected and known != 3857:
        at = pyproj.Transformer.from_crs(4326, old, always_xy=True).transform(*ZHENGZHOU)
        with pytest.raises(CrsError) as caught:
            points_to_metric(at[:1], at[1:], Datum("layer", old), back)
        assert "of the layer" in caught.value.problems[0].why


def test_a_shift_of_web_maps_is_not_undone_into_an_old_datum_by_a_guess():
    with pytest.raises(CrsError):
        points_to_metric([113.65], [34.75], parse_datum("GCJ-02"), pyproj.CRS(2435))


def test_parameters_serve_the_place_they_were_made_for_and_no_other():
    """What PROJ applies to Beijing 1954 at 114° E, in Zhengzhou too, was made for the sea; in the Ordos all is well."""
    taken = pyproj.Transformer.from_crs(2435, 4326, allow_ballpark=False)
    assert "Beijing 1954 to WGS 84 (3)" in taken.description
    assert not connected(pyproj.CRS(2435), *ZHENGZHOU)
    assert not connected(pyproj.CRS(2435), *SEA), "good to 15 m only"
    assert connected(pyproj.CRS(2433), *YANAN)
    east, north = metres(metres(YANAN, 4326, 2433)[0], 2433, 4545)[0]
    assert np.hypot(*(metres(YANAN, 4326, 4545)[0] - [east, north])) < 0.01


@pytest.mark.parametrize(
    ("crs", "place", "served"),
    [
        (2326, HONG_KONG, True),
        (2326, ZHENGZHOU, False),
        (28992, AMSTERDAM, True),
        (28992, ZHENGZHOU, False),
        (4547, ZHENGZHOU, True),
        (32649, ZHENGZHOU, True),
        (26918, (-74.0, 40.7), True),
        (7855, (147.0, -37.0), True),
    ],
)
def test_a_step_is_good_where_it_was_made_for(crs, place, served):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert connected(pyproj.CRS(crs), *place) is served


def test_a_layer_of_hong_kong_reaches_cgcs2000_by_way_of_wgs84():
    there = pyproj.Transformer.from_crs(2326, 4326, always_xy=True).transform(836_000, 818_000)
    expected = metres(there, 4326, 4547)
    assert np.abs(metres((836_000, 818_000), 2326, 4547) - expected).max() < 0.01
    back = metres(tuple(expected[0]), 4547, 2326)
    assert np.abs(back - [836_000, 818_000]).max() < 0.01


def test_parameters_of_ones_own_lead_both_ways():
    own = pyproj.CRS(OWN)
    there = metres(ZHENGZHOU, 4326, OWN)
    assert np.abs(metres(tuple(there[0]), own, 4547) - metres(ZHENGZHOU, 4490, 4547)).max() < 0.01
    plain = pyproj.Transformer.from_crs(4326, OWN, always_xy=True).transform(*ZHENGZHOU)
    assert np.abs(there - plain).max() < 0.01
    # from CGCS2000 PROJ takes the degrees over as they are, and the parameters have no effect
    assert np.abs(metres(ZHENGZHOU, 4490, OWN) - there).max() < 0.01
    assert connected(own, *ZHENGZHOU)


def test_heights_do_not_stand_in_the_way():
    compound = "EPSG:4547+5737"
    assert np.abs(metres((5e5, 3.8e6), compound, 32649) - metres((5e5, 3.8e6), 4547, 32649)).max() < 0.01


def test_layers_of_one_old_datum_go_together():
    zone = metres((39.5e6, 3.8e6), 2363, 2384)
    plain = pyproj.Transformer.from_crs(2363, 2384, always_xy=True).transform(39.5e6, 3.8e6)
    assert np.abs(zone - plain).max() < 0.001
    assert WGS84.crs.is_geographic


@pytest.mark.parametrize("source", [4326, 4490, 4547, 4526, 32650, 3857, 4214])
@pytest.mark.parametrize("target", [4326, 4490, 4547, 32649, 4555])
def test_a_step_told_in_the_datum_of_the_other_gives_the_bits_of_the_step_itself(source, target):
    one, other = pyproj.CRS(source), pyproj.CRS(target)
    rng = np.random.default_rng(source + target)
    spans = ((-200, 200), (-100, 100), (100, 125), (20, 50)) if one.is_geographic else ((-1e7, 4e7), (-1e7, 1e7)) * 2
    x, y, x_near, y_near = (rng.uniform(*span, 200) for span in spans)
    places = np.concatenate([x, x_near]), np.concatenate([y, y_near])
    plain = pyproj.Transformer.from_crs(one, other, always_xy=True)
    for direction in ("FORWARD", "INVERSE"):
        wanted, found = (step.transform(*places, direction=direction) for step in (plain, step_to(one, other)))
        np.testing.assert_array_equal(found, wanted)
        places = wanted


def test_only_plain_degrees_are_told_in_another_datum():
    wgs, cgcs, zone = pyproj.CRS(4326), pyproj.CRS(4490), pyproj.CRS(4547)
    assert [one.to_epsg() for one in on_one_datum(wgs, zone)] == [4490, 4547]
    assert [one.to_epsg() for one in on_one_datum(zone, wgs)] == [4547, 4490]
    beijing, utm = pyproj.CRS(4214), pyproj.CRS(32650)
    assert on_one_datum(beijing, zone) == (beijing, zone)
    assert on_one_datum(zone, utm) == (zone, utm)
    assert on_one_datum(cgcs, zone) == (cgcs, zone)
