"""Patches of people missed: whose they are, and how far those people have to go."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from walked_city import CENTRE, COVERED_UNITS, report

from zzgeo.land import nearest_patches
from zzgeo.siting.gaps import GAP_COLUMNS, _sums


def test_people_of_a_unit_without_a_patch_belong_to_no_patch():
    xy = np.array([[10.0, 10.0], [500.0, 500.0], [15.0, 12.0]])
    patches = np.array([shapely.box(0, 0, 100, 100)], dtype=object)
    found = nearest_patches(xy, np.array([0, 1, 0]), patches, np.array([1]))
    assert found.tolist() == [-1, 0, -1]
    assert _sums(np.array([5.0, 7.0, 11.0]), found, np.array([0])).tolist() == [7.0]


def test_where_a_walk_decides_a_patch_tells_the_walk_to_the_facility_nearest_on_foot():
    [gap] = report(CENTRE).gaps.to_dict("records")
    # "g" lies 300 m away as the crow flies, and cannot be walked to
    assert (gap["nearest_m"], gap["nearest_facility"]) == (pytest.approx(1400), "f")
    assert (gap["missed"], gap["rank"]) == (70, 1)


def test_where_units_decide_there_are_no_patches():
    found = report(COVERED_UNITS)
    assert (found.reach[COVERED_UNITS.id]["status"] == "missed").any()
    assert found.gaps.empty
    assert tuple(found.gaps.columns) == (*GAP_COLUMNS, "geometry")
