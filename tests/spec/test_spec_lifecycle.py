"""Life of things of OpenStreetMap: gone, out of use, begun and ended."""

from __future__ import annotations

import datetime as dt

import pytest

from zzgeo.spec.lifecycle import days, not_there, out_of_use, outside_life

DAY = dt.date(2020, 12, 31)


@pytest.mark.parametrize(
    ("key", "value", "gone"),
    [
        *((key, "yes", True) for key in ("demolished", "razed", "removed", "destroyed", "construction", "planned")),
        ("construction", "minor", False),
        ("construction", "residential", False),
        ("proposed", "no", False),
        ("razed", "Yes", True),
    ],
)
def test_what_is_no_more_or_not_yet_says_yes(key, value, gone):
    assert not_there({"amenity": "hospital", key: value}) == (key if gone else "")


@pytest.mark.parametrize(
    ("key", "value", "unused"),
    [
        ("disused", "yes", True),
        ("disused", "no", False),
        ("disused", "No", False),
        ("abandoned", "since 2010", True),
        *(("opening_hours", said, True) for said in ("off", "closed", "Closed", "24/7 off", 'off "renovation"')),
        *(("opening_hours", said, False) for said in ("24/7", "Mo-Fr 08:00-18:00; PH off", "", "Su off")),
    ],
)
def test_what_is_there_may_be_out_of_use(key, value, unused):
    assert out_of_use({"amenity": "hospital", key: value}) == (key if unused else "")


@pytest.mark.parametrize(
    ("tags", "outside"),
    [
        ({"end_date": "2015"}, "end_date"),
        ({"end_date": "2020-12-31"}, "end_date"),
        ({"end_date": "2021-01-01"}, ""),
        ({"end_date": "2021"}, ""),
        ({"end_date": "2020"}, "end_date"),
        ({"end_date": "2010..2015"}, "end_date"),
        ({"end_date": "2015-2035"}, ""),
        ({"closing_date": "2018-05"}, "closing_date"),
        ({"start_date": "2020-12-31"}, ""),
        ({"start_date": "2021-01-01"}, "start_date"),
        ({"opening_date": "2024"}, "opening_date"),
        ({"start_date": "2010", "opening_date": "2024"}, ""),
        ({"start_date": "~1950"}, ""),
        ({"start_date": "C19"}, ""),
        ({"start_date": ""}, ""),
        ({"start_date": "2019-13"}, ""),
        ({"end_date": "9999-12-31"}, ""),
    ],
)
def test_what_began_later_or_has_ended_is_outside_its_life(tags, outside):
    assert outside_life(tags, DAY) == outside


def test_without_a_day_it_is_today():
    assert outside_life({"end_date": "2015"}, None) == "end_date"
    assert outside_life({"start_date": "2199"}, None) == "start_date"


def test_days_are_written_out_and_what_is_none_is_empty():
    assert days({"start_date": "before 1998-07", "end_date": "2019-06-05"}) == ("1998-07-01", "2019-06-05")
    assert days({"start_date": "0001", "end_date": "soon"}) == ("", "")
