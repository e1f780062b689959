"""A point belongs to a patch of its own unit, and a patch is known by the point of it that has least to walk."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from zzgeo.land import nearest_of_each, nearest_patches
from zzgeo.siting.gaps import _sums

BLOCKS = [shapely.box(x, 0, x + 150, 130) for x in (0, 200, 400)]
RING = shapely.difference(shapely.Point(500, 500).buffer(450), shapely.Point(450, 480).buffer(150))


@settings(max_examples=80, deadline=None)
@given(points=st.lists(st.tuples(st.integers(-300, 1300), st.integers(-300, 1300)), min_size=1, max_size=20))
def test_a_point_belongs_to_the_patch_it_lies_in_or_to_the_nearest(points):
    patches, xy = np.array([RING, *BLOCKS], dtype=object), np.array(points, dtype=float)
    home = np.zeros(len(xy), dtype=np.int64)
    nearest = nearest_patches(xy, home, patches, np.zeros(len(patches), dtype=np.int64))
    away = shapely.distance(shapely.points(xy)[:, None], patches[None, :])
    assert away[np.arange(len(xy)), nearest] == pytest.approx(away.min(axis=1), abs=1e-9)


def test_a_point_looks_for_the_patches_of_its_own_unit_alone():
    patches = np.array([shapely.box(0, 0, 100, 100), shapely.box(300, 0, 400, 100)], dtype=object)
    xy = np.array([[10.0, 10.0], [10.0, 10.0], [310.0, 10.0]])
    assert nearest_patches(xy, np.array([0, 2, 0]), patches, np.array([0, 2])).tolist() == [0, 1, 0]


def test_people_of_a_unit_without_a_patch_belong_to_no_patch():
    xy = np.array([[10.0, 10.0], [500.0, 500.0], [15.0, 12.0]])
    patches = np.array([shapely.box(0, 0, 100, 100)], dtype=object)
    nearest = nearest_patches(xy, np.array([0, 1, 0]), patches, np.array([1]))
    assert nearest.tolist() == [-1, 0, -1]
    assert _sums(np.array([5.0, 7.0, 11.0]), nearest, np.array([0])).tolist() == [7.0]


def test_the_nearest_point_stands_for_a_patch_the_first_of_equal_ones_and_none_for_an_empty_one():
    patch = np.array([0, 2, 2, -1, 0, 2])
    distance = np.array([9.0, 5.0, 4.0, 0.0, 9.0, 4.0])
    assert nearest_of_each(patch, distance, 4).tolist() == [0, -1, 2, -1]
    assert nearest_of_each(np.array([0, 0]), np.array([np.inf, np.inf]), 1).tolist() == [0]
