"""R09 density: the worked examples of its definition, and its edge cases."""

from __future__ import annotations

import dataclasses
import math

import drawn
import pytest
import toy
from hypothesis import given
from land_cities import TINY, city, clause, judged, params, told
from shapely import box

from zzgeo.intake.study import Study
from zzgeo.rules.density import needed

DENSITY = clause("density", facilities=("public_toilet",), area="built-up", value=5.0, population="residents")


def toilets(number: int, width: float, *, height: float = 10_000.0, **more: object) -> Study:
    """Return a city of one built-up rectangle with toilets on a line inside it."""
    rows = {f"t{n}": toy.facility(1 + n, 50, "public_toilet", name=f"公厕{n}") for n in range(number)}
    return toy.study(
        facilities={**rows, **more.pop("facilities", {})},
        demand=TINY,
        districts=more.pop("districts", {"1": box(0, 0, 100_000, 100_000)}),
        areas={"built-up": box(0, 0, width, height)},
        kinds=frozenset({"public_toilet"}),
        **more,
    )


def test_r09_example_966_toilets_on_456_6_km2():
    one = city(judged(toilets(966, 45_660.0), DENSITY))
    assert round(one["value"], 2) == 2.12
    assert (one["verdict"], one["value_unit"], one["gap"]) == ("fail", "per km²", 1317)
    figures = params(one)
    assert (figures["base_km2"], figures["facilities"], figures["needed"]) == (456.6, 966, 2283)
    assert "456.60 km²" in one["note_en"]
    assert "2.12 per km² against 5, 1317 short" in one["note_en"]


def test_r09_on_another_base_the_need_is_4155():
    one = city(judged(toilets(966, 83_097.0), DENSITY))
    assert params(one)["needed"] == 4155
    assert one["gap"] == 4155 - 966


@given(km2=drawn.grid(0.01, 2000, 1e-6), wanted=drawn.grid(0.1, 20))
def test_r09_closing_the_gap_passes_and_one_less_does_not(km2, wanted):
    need = needed(wanted, km2)
    assert need / km2 >= wanted - 1e-6
    assert (need - 1) / km2 < wanted


@pytest.mark.parametrize(("number", "verdict"), [(4, "fail"), (5, "pass"), (6, "pass")])
def test_r09_the_limit_itself_passes(number, verdict):
    assert city(judged(toilets(number, 1000.0, height=1000.0), DENSITY))["verdict"] == verdict


def test_r09_toilets_outside_are_told_and_on_the_edge_count():
    more = {"edge": toy.facility(1000, 500, "public_toilet"), "far": toy.facility(1001, 500, "public_toilet")}
    report = judged(toilets(5, 1000.0, height=1000.0, facilities=more), DENSITY)
    one = city(report)
    assert one["value"] == pytest.approx(6.0)
    assert "outside the area, not counted: 1" in one["flags"]
    assert report.findings.at["the-rule/district/1", "value"] == pytest.approx(6.0)


def test_r09_mobile_toilets_stand_apart_and_make_the_verdict_sensitive():
    more = {"m": toy.facility(500, 500, "public_toilet", attributes="mobile")}
    one = city(judged(toilets(4, 1000.0, height=1000.0, facilities=more), DENSITY))
    assert (one["verdict"], bool(one["sensitive"])) == ("pass", True)
    assert (params(one)["fixed"], params(one)["mobile"]) == (4, 1)


def test_r09_without_the_polygon_there_is_no_verdict_and_no_silent_district():
    study = dataclasses.replace(toilets(9, 1000.0), areas={})
    report = judged(study, DENSITY)
    assert set(report.findings["verdict"]) == {"nodata"}
    assert report.findings["value"].isna().all()
    assert 'id = "built-up"' in city(report)["note_en"]


def test_r09_no_toilet_at_all_fails_and_an_unknown_list_is_no_data():
    one = city(judged(toilets(0, 1000.0, height=1000.0), DENSITY))
    assert (one["verdict"], one["value"], one["gap"]) == ("fail", 0.0, 5)
    assert params(one)["share_of_area_within_300_m"] == 0
    unlisted = dataclasses.replace(toilets(0, 1000.0), kinds_known=frozenset())
    assert city(judged(unlisted, DENSITY))["verdict"] == "nodata"


def test_r09_districts_count_a_toilet_on_their_border_once():
    districts = {"1": box(0, 0, 500, 1000), "2": box(500, 0, 1000, 1000), "3": box(1000, 0, 2000, 1000)}
    more = {"b": toy.facility(500, 900, "public_toilet")}
    study = toilets(2, 1000.0, height=1000.0, districts=districts, facilities=more)
    demand = {code: toy.people(x, 10, 10, 1, code) for code, x in (("1", 10), ("2", 600), ("3", 1500))}
    report = judged(dataclasses.replace(study, demand=toy.frame(demand, "demand_id")), DENSITY)
    counted = [params(report.findings.loc[f"the-rule/district/{code}"]).get("facilities") for code in "123"]
    assert counted == [3, 0, None]
    assert report.findings.at["the-rule/district/3", "verdict"] == "not-applicable"
    assert params(city(report))["facilities"] == 3


def test_r09_share_of_the_area_within_300_m_of_a_toilet():
    one_toilet = {"t": toy.facility(1000, 1000, "public_toilet")}
    one = city(judged(toilets(0, 2000.0, height=2000.0, facilities=one_toilet), DENSITY))
    assert params(one)["share_of_area_within_300_m"] == pytest.approx(math.pi * 0.09 / 4, abs=1e-4)


def test_r09_an_area_beyond_the_districts_is_told():
    study = toilets(5, 1000.0, height=1000.0, districts={"1": box(0, 0, 500, 1000)})
    one = city(judged(study, DENSITY))
    assert params(one)["base_km2"] == 0.5
    assert "lie outside the districts" in one["flags"]


def test_r09_by_the_indicator_table_from_count_and_base_or_from_the_density():
    study = dataclasses.replace(toilets(0, 1000.0), kinds_known=frozenset(), areas={})
    rule = DENSITY.model_copy(update={"indicator": "zz-toilets", "baseline": ("zz-built-up",)})
    rows = ("zz-toilets", "", 966.0, "toilets"), ("zz-built-up", "", 456.6, "km2")
    report = judged(told(study, *rows), rule)
    one = city(report)
    assert (round(one["value"], 2), one["verdict"], one["gap"]) == (2.12, "fail", 1317)
    assert one["flags"] == "value from the indicator table; reported without a year"
    assert list(report.findings["level"]) == ["city"]
    ratio = city(judged(told(study, ("zz-toilets", "", 2.12, "座/平方公里")), rule))
    assert (ratio["value"], ratio["verdict"], ratio["gap_unit"]) == (2.12, "fail", "per km²")
    assert city(judged(told(study, rows[0]), rule))["verdict"] == "nodata"
