"""Areas taken only where their rings close, codes only where they are codes, squares that cover the place."""

from __future__ import annotations

import drawn
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from osm_stub import EAST, NEIGHBOUR, PLACE, WEST, answer, district_elements, node, outline_elements, way

from zzgeo.errors import InputError
from zzgeo.fetch.outlines import Area, read_areas
from zzgeo.fetch.overpass import square_query, squares
from zzgeo.formats.osm import read_facilities


def test_an_island_whose_ring_is_open_makes_the_whole_boundary_open():
    """OSMnx draws such a place without the island and says nothing."""
    island = node(41, 121.49, 31.23) + node(42, 121.491, 31.23) + node(43, 121.491, 31.231) + way(940, [41, 42, 43])
    place = outline_elements().replace(
        '<member type="way" ref="910"', '<member type="way" ref="940" role="outer"/><member type="way" ref="910"'
    )
    (area,) = [one for one in read_areas(answer(island + place)) if one.osm_id == f"relation/{PLACE}"]
    assert not area.closed
    (whole,) = [one for one in read_areas(answer(outline_elements())) if one.osm_id == f"relation/{PLACE}"]
    assert whole.closed


@pytest.mark.parametrize("role", ["", "outline"])
def test_a_way_whose_part_in_the_boundary_nobody_tells_leaves_it_open(role):
    odd = outline_elements().replace('ref="912" role="outer"', f'ref="912" role="{role}"')
    assert not read_areas(answer(odd))[0].closed


def test_outlines_are_those_osmium_assembles(tmp_path):
    """Two assemblers that know nothing of each other draw the same areas."""
    path = tmp_path / "districts.osm"
    path.write_bytes(answer(district_elements()))
    theirs = read_facilities(path, {"district": [{"boundary": "administrative"}]}).set_index("osm_id").geometry
    ours = {area.osm_id: area.outline for area in read_areas(path.read_bytes()) if area.closed}
    assert set(ours) == set(theirs.index) == {f"relation/{n}" for n in (WEST, EAST, NEIGHBOUR)}
    for osm_id, outline in ours.items():
        assert outline.symmetric_difference(theirs[osm_id]).area < 1e-15


@pytest.mark.parametrize(
    ("tags", "code"),
    [
        ({"ref:admin:CN": "410102"}, "410102"),
        ({"gb": "156410102"}, "410102"),
        ({"ref:GB": " 410102 "}, "410102"),
        ({"ref:admin:CN:nbs": "410102001000"}, "410102001000"),
        ({"gb": "41-01", "admin_code": "410103"}, "410103"),
        ({"gb": "４１０１０２"}, "r410104"),
        ({}, "r410104"),
    ],
)
def test_a_code_is_taken_only_where_it_is_one(tags, code):
    """A bare id of six digits could be somebody's GB/T 2260 code: it has a letter before it."""
    assert Area("relation/410104", tags, shapely.Point(0, 0)).code == code


@given(
    drawn.degrees(-179, 170),
    drawn.degrees(-70, 70),
    drawn.degrees(0.001, 1.5),
    drawn.degrees(0.001, 1.5),
    drawn.grid(8, 60),
    st.integers(3, 12),
    st.randoms(use_true_random=False),
)
def test_squares_cover_the_place_and_are_no_larger_than_asked(lon, lat, broad, high, side, corners, random):
    points = [(lon + broad * random.random(), lat + high * random.random()) for _ in range(corners)]
    outline = shapely.MultiPoint(points).convex_hull.buffer(0.001)
    boxes = squares(outline, side, "place")
    together = shapely.union_all([shapely.box(*box) for box in boxes])
    assert together.covers(outline)
    assert all(shapely.box(*box).intersects(outline) for box in boxes)
    degrees = side / 111.32
    assert all(north - south <= degrees + 3e-6 for _, south, _, north in boxes)
    middle = (outline.bounds[1] + outline.bounds[3]) / 2
    assert all((east - west) * np.cos(np.radians(middle)) <= degrees + 3e-6 for west, _, east, _ in boxes)


def test_a_bound_just_below_a_millionth_is_rounded_outwards():
    low = np.nextafter(0.035, 0)  # times a million this is 35,000 to the bit
    ((west, south, east, north),) = squares(shapely.box(low, low, -low + 1, -low + 1), 200.0, "place")
    assert west <= low
    assert south <= low
    assert east >= 1 - low
    assert north >= 1 - low


@pytest.mark.parametrize("bounds", [(-179.9, 10, 179.9, 11), (70, 15, 135, 54)])
def test_a_place_too_large_for_a_public_service_is_refused(bounds):
    with pytest.raises(InputError, match=r"place\.too_large"):
        squares(shapely.box(*bounds), 20.0, "中国")


def test_a_square_asks_for_streets_and_every_kind_that_has_a_tag():
    query = square_query((113.5, 34.6, 113.7, 34.8))
    box = "(34.600000,113.500000,34.800000,113.700000)"
    assert f'way["highway"]{box};' in query
    assert f'nwr["amenity"="social_facility"]["social_facility"="day_care"]{box};' in query
    assert f'way["route"="ferry"]{box};' in query
    assert f'relation["type"="multipolygon"]["highway"]{box};' in query
    assert query.count(box) == query.count("nwr[") + 3
