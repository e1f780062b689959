"""Coordinates of pages: what is packed comes back, and stands where it stood."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely
from fake_report import CRS
from hypothesis import given
from hypothesis import strategies as st

from zzgeo.layers import pack, unpack
from zzgeo.layers.parts.packing import Projector


@given(
    st.lists(st.lists(st.tuples(st.integers(-(10**9), 10**9), st.integers(-(10**9), 10**9)), max_size=6), max_size=6)
)
def test_unpacking_gives_back_what_was_packed(parts: list[list[tuple[int, int]]]) -> None:
    arrays = [np.array(part, dtype=np.int64).reshape(-1, 2) for part in parts]
    for back, array in zip(unpack(pack(arrays)), arrays, strict=True):
        np.testing.assert_allclose(back, array / 1e6, rtol=0, atol=1e-9)


def test_a_drawn_point_is_within_a_decimetre_of_the_place() -> None:
    place = gpd.GeoSeries([shapely.Point(468_123.456, 3_847_654.321)], crs=CRS)
    lon, lat = unpack([Projector(CRS).points(place)])[0][0]
    back = gpd.GeoSeries([shapely.Point(lon, lat)], crs=4326).to_crs(CRS)
    assert back.distance(place).iloc[0] < 0.1


def test_an_area_keeps_its_hole() -> None:
    ring = shapely.box(468_000, 3_847_000, 469_000, 3_848_000) - shapely.box(468_300, 3_847_300, 468_600, 3_847_600)
    assert [len(polygon) for polygon in Projector(CRS).area(ring, 1.0)] == [2]
