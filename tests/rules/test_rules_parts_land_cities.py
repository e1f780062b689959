"""What several kinds of rule share, on cities that can be reckoned by hand."""

from __future__ import annotations

import pytest
import toy
from land_cities import DRIVE, PARK, RAMPS, TEN_LI, TINY, city, judged, told

from zzgeo.rules.parts.pieces import quantity


@pytest.mark.parametrize("rule", [PARK, TEN_LI, DRIVE, RAMPS], ids=lambda rule: rule.rule)
def test_a_share_of_the_indicator_table_answers_where_the_places_are_missing(rule):
    study = toy.study(facilities={}, demand=TINY)
    assert city(judged(study, rule))["verdict"] == "nodata"
    one = city(judged(told(study, ("the-rule", "", 85.0, "%")), rule))
    assert (one["value"], one["verdict"]) == (pytest.approx(0.85), "fail")
    assert one["gap"] == pytest.approx((0.9 if rule is PARK else 1.0) - 0.85)
    assert "indicator table" in one["flags"]


def test_units_of_the_indicator_table_are_understood_however_they_are_written():
    assert quantity(1.0, "km²") == quantity(100.0, "公顷") == quantity(1e6, "㎡") == ("m2", 1e6)
    assert quantity(988.07, "10,000 people") == ("people", pytest.approx(9_880_700))
    assert quantity(7.1, None) == quantity(7.1, "m² / 人") == ("ratio", 7.1)
