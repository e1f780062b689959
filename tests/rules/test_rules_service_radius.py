"""R01 service radius: the worked examples of its definition, and its edge cases."""

from __future__ import annotations

import math

import pytest
import toy
from radius_cities import RADIUS, only, r01_study
from shapely import box

from zzgeo.auditing.run import audit
from zzgeo.standards import find_rule

VILLAGE = "zz18e-radius-admin-village"


def test_r01_example_share_farthest_streets_and_land():
    report = audit(r01_study(), only(find_rule(RADIUS)))
    unit = report.findings.loc[f"{RADIUS}/unit/1-1"]
    assert unit["value"] == pytest.approx(0.800)
    assert unit["farthest_m"] == pytest.approx(800)
    assert unit["verdict"] == "fail"
    assert unit["streets_value"] == pytest.approx(0.480)
    assert unit["land_share"] == pytest.approx(0.6165, abs=0.0005)
    assert unit["missed"] == 50
    reach = report.reach[RADIUS]
    assert list(reach["straight_m"]) == pytest.approx([100, 500, 800])
    assert list(reach["streets_m"]) == pytest.approx([100, 620, 930])
    assert list(reach["status"]) == ["covered", "between", "missed"]


def test_r01_a_unit_that_passes_straight_and_fails_on_streets_is_sensitive():
    rule = find_rule(RADIUS).model_copy(update={"value": 800.0})
    report = audit(r01_study(), only(rule))
    unit = report.findings.loc[f"{RADIUS}/unit/1-1"]
    assert unit["verdict"] == "pass"
    assert unit["streets_value"] == pytest.approx(0.8)
    assert bool(unit["sensitive"])


def village_study(**more: object):
    return toy.study(
        facilities={"f": toy.facility(0, 0)},
        demand={"h1": toy.people(600, 800, 80, 40), "h2": toy.people(900, 700, 40, 20), **more.pop("demand", {})},
        units={"1-1": toy.unit(box(-1500, -1500, 1500, 1500), "village"), **more.pop("units", {})},
        **more,
    )


def test_r01_village_example():
    report = audit(village_study(), only(find_rule(VILLAGE)))
    unit = report.findings.loc[f"{VILLAGE}/unit/1-1"]
    assert list(report.reach[VILLAGE]["straight_m"]) == pytest.approx([1000.0, 1140.2], abs=0.05)
    assert unit["value"] == pytest.approx(0.6667, abs=5e-5)
    assert unit["verdict"] == "fail"


def test_r01_villages_without_a_facility_are_not_judged_by_the_radius():
    more = {"h3": toy.people(5000, 5000, 10, 5, unit="1-2")}
    far = {"1-2": toy.unit(box(4000, 4000, 6000, 6000), "village")}
    report = audit(village_study(demand=more, units=far), only(find_rule(VILLAGE)))
    assert report.findings.at[f"{VILLAGE}/unit/1-2", "verdict"] == "not-applicable"
    assert report.findings.at[f"{VILLAGE}/district/1", "people"] == 60


@pytest.mark.parametrize(
    ("offset", "passes"), [(0, True), (1e-9, True), (1e-7, True), (1e-3, False), (1, False), (-1, True)]
)
def test_r01_the_limit_itself_passes(offset, passes):
    study = toy.study(
        facilities={"f": toy.facility(0, 0)},
        demand={"a": toy.people(500 + offset, 0, 10, 10)},
        units={"1-1": toy.unit(box(-1000, -1000, 1000, 1000))},
    )
    assert audit(study, only(find_rule(RADIUS))).passed is passes


def test_r01_a_village_inside_the_built_up_area_follows_the_urban_radius_and_is_flagged():
    inside = {"built-up": box(-2000, -2000, 2000, 2000)}
    report = audit(village_study(areas=inside), only(find_rule(VILLAGE), find_rule(RADIUS)))
    assert f"{VILLAGE}/unit/1-1" not in report.findings.index
    one = report.findings.loc[f"{RADIUS}/unit/1-1"]
    assert (one["verdict"], one["missed"]) == ("fail", 60)
    assert "villages inside the built-up area" in report.findings.loc[f"{RADIUS}/district/1", "flags"]
    # the clause for villages tells whom it leaves to the other: nobody vanishes unsaid where there is no other
    left = report.findings.loc[f"{VILLAGE}/city/city"]
    assert (left["verdict"], "left to the radius of urban communities: 1" in left["flags"]) == ("not-applicable", True)


def test_r01_a_unit_where_nobody_lives_is_no_data():
    study = toy.study(
        facilities={"f": toy.facility(0, 0)},
        demand={"a": toy.people(10, 0, 10, 10), "b": toy.people(5000, 0, 0, 0, unit="1-2")},
        units={"1-1": toy.unit(box(-100, -100, 100, 100)), "1-2": toy.unit(box(4900, -100, 5100, 100))},
    )
    report = audit(study, only(find_rule(RADIUS)))
    assert report.findings.at[f"{RADIUS}/unit/1-2", "verdict"] == "nodata"
    assert report.findings.at[f"{RADIUS}/district/1", "verdict"] == "pass"


def test_r01_no_facility_at_all_fails_and_an_unknown_list_is_no_data():
    demand = {"a": toy.people(0, 0, 10, 10)}
    units = {"1-1": toy.unit(box(-100, -100, 100, 100))}
    listed = toy.study(facilities={}, demand=demand, units=units, kinds=frozenset({"elderly_day_care"}))
    report = audit(listed, only(find_rule(RADIUS)))
    one = report.findings.loc[f"{RADIUS}/district/1"]
    assert (one["verdict"], one["value"], one["missed"]) == ("fail", 0.0, 10)
    assert math.isinf(one["farthest_m"])
    unlisted = toy.study(facilities={}, demand=demand, units=units)
    other = audit(unlisted, only(find_rule(RADIUS))).findings.loc[f"{RADIUS}/district/1"]
    assert other["verdict"] == "nodata"
    assert "needs a [[facilities]] list" in other["note_en"]


@pytest.mark.parametrize(("share", "verdict", "gap"), [(0.8, "pass", 0.0), (0.81, "fail", 0.01), (1.0, "fail", 0.2)])
def test_r01_a_share_of_the_group_may_be_enough(share, verdict, gap):
    rule = find_rule(RADIUS).model_copy(update={"params": {"pass_share": share}})
    report = audit(r01_study(), only(rule))
    unit = report.findings.loc[f"{RADIUS}/unit/1-1"]
    assert (unit["verdict"], unit["threshold"], unit["gap"]) == (verdict, share, pytest.approx(gap))
    assert unit["value"] == pytest.approx(0.8)
    # along the streets 48 % are reached: a radius that passes with 80 % would not pass by walking
    assert bool(unit["sensitive"]) == (verdict == "pass")
    assert report.findings.loc[f"{RADIUS}/district/1", "units_passing"] == (verdict == "pass")


def test_r01_no_share_said_is_everybody_to_the_bit():
    rule = find_rule(RADIUS)
    said = rule.model_copy(update={"params": {**rule.params, "pass_share": 1.0}})
    before, after = (audit(r01_study(), only(one)).findings.drop(columns="params") for one in (rule, said))
    assert before.equals(after)


def test_r01_what_a_radius_draws_of_streets_is_measured_in_metres():
    report = audit(r01_study(), only(find_rule(RADIUS)))
    assert report.kinds[RADIUS].streets(report.context, report.rules[0]) is report.context.network
