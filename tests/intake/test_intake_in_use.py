"""Which records are one facility written down twice: in two lists, on two datums, with names spelled otherwise."""

from __future__ import annotations

import datetime as dt
import itertools

import geopandas as gpd
import numpy as np
import pytest

from zzgeo.intake.in_use import Register, same_records


def listed(*rows):
    """Return facilities of one kind from rows of name, x, y."""
    names, x, y = zip(*rows, strict=True)
    return gpd.GeoDataFrame({"kind": "park", "name": names}, geometry=gpd.points_from_xy(x, y), crs=4547)


@pytest.mark.parametrize("at", [0.0, 0.499, 0.5, 0.501, 0.999])
def test_a_place_read_from_another_datum_repeats_wherever_it_lies_on_the_ground(at):
    table = listed(("甲", at, at), ("甲", at + 0.05, at - 0.05), ("甲", at + 30, at))
    which, flags = Register.of(table).counted(dt.date(2020, 1, 1))
    assert which.tolist() == [True, False, True]
    assert "same record twice, counted once: 1" in [flag.text("en") for flag in flags]


@pytest.mark.parametrize("name", ["甲院（东区）", "甲院 (东区)", " 甲院(东区) "])
def test_brackets_and_blanks_make_no_other_name(name):
    assert Register.of(listed(("甲院(东区)", 0, 0), (name, 0, 0))).counted(dt.date(2020, 1, 1))[0].tolist() == [
        True,
        False,
    ]


def test_what_has_no_name_no_place_or_another_kind_repeats_nothing():
    name = np.array([None, None, "甲", "甲", "甲", "甲"], dtype=object)
    xy = np.array([[0, 0], [0, 0], [0, 0], [0, 0], [np.nan, np.nan], [np.nan, np.nan]])
    kind = np.array(["park", "park", "park", "market", "park", "park"], dtype=object)
    assert len(set(same_records(kind, name, xy))) == 6
    assert same_records(kind[:0], name[:0], xy[:0]).tolist() == []


def test_a_record_that_is_added_repeats_as_one_of_the_list():
    old, new = listed(("甲", 0.499, 0)), listed(("甲", 0.501, 0), ("乙", 0.5, 0))
    register = Register.of(old).changed(np.array([True]), Register.of(new))
    assert register.record[0] == register.record[1] != register.record[2]


def test_thousands_at_one_spot_are_one_record_and_cost_no_pairs():
    spots = np.repeat([[0.0, 0.0], [0.6, 0.0], [9.0, 0.0]], 20_000, axis=0)
    record = same_records(np.full(len(spots), "park", object), np.full(len(spots), "甲", object), spots)
    assert np.flatnonzero(record == np.arange(len(record))).tolist() == [0, 40_000]


def test_a_record_repeats_the_first_within_a_metre_that_repeats_none():
    rng = np.random.default_rng(5)
    for _ in range(50):
        number = int(rng.integers(2, 30))
        kind = rng.choice(np.array(["park", "market"], object), number)
        name = rng.choice(np.array(["甲", "乙", None], object), number)
        xy = rng.integers(0, 8, (number, 2)) * 0.35
        first = list(range(number))
        for one, other in itertools.combinations(range(number), 2):
            alike = kind[one] == kind[other] and name[one] is not None and name[one] == name[other]
            if alike and np.hypot(*(xy[one] - xy[other])) < 1.0 and first[one] == one and first[other] == other:
                first[other] = one
        assert same_records(kind, name, xy).tolist() == first
