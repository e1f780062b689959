"""R14 rural ten-li circle: the worked examples of its definition, and its edge cases."""

from __future__ import annotations

import dataclasses
import math

import pytest
import toy
from land_cities import TEN_LI, city, judged
from shapely import box

from zzgeo.intake.study import Study


def ten_li_study(**more: object) -> Study:
    hamlets = {"a": (3200, 1200, "v1"), "b": (5000, 800, "v2"), "c": (5600, 500, "v3")}
    demand = {name: toy.people(x, 0, people, people / 5, unit=unit) for name, (x, people, unit) in hamlets.items()}
    units = {unit: toy.unit(box(x - 200, -500, x + 200, 500), "village") for x, _, unit in hamlets.values()}
    return toy.study(
        facilities=more.pop("facilities", {"f": toy.facility(0, 0, "culture_venue")}),
        demand={**demand, **more.pop("demand", {})},
        units={**units, **more.pop("units", {})},
        **more,
    )


def test_r14_example_share_of_villagers():
    report = judged(ten_li_study(), TEN_LI)
    one = city(report)
    assert one["value"] == pytest.approx(0.800)
    assert (one["verdict"], one["missed"], one["farthest_m"]) == ("fail", 500, 5600)
    assert (one["units_passing"], one["units_judged"]) == (2, 3)
    assert one["flags"] == "opening date unknown, counted: 1"
    assert list(report.reach["the-rule"]["status"]) == ["covered", "covered", "missed"]
    assert report.findings.at["the-rule/unit/v3", "verdict"] == "fail"
    assert report.findings.at["the-rule/unit/v2", "verdict"] == "pass"


def test_r14_gap_patches_are_the_land_beyond_the_circles():
    gaps = judged(ten_li_study(), TEN_LI).gaps
    assert list(gaps["unit"]) == ["v3"]
    assert (gaps["missed"].iloc[0], gaps["nearest_facility"].iloc[0]) == (500, "f")
    assert gaps["area_ha"].iloc[0] == pytest.approx(40.0)


def test_r14_the_pass_line_is_a_parameter():
    rule = TEN_LI.model_copy(update={"params": {"pass_share": 0.8}})
    assert city(judged(ten_li_study(), rule))["verdict"] == "pass"


def test_r14_townspeople_do_not_count_and_a_venue_of_a_neighbouring_town_does():
    town = {"t": toy.people(9000, 0, 9999, 1, unit="c1")}
    urban = {"c1": toy.unit(box(8900, -100, 9100, 100))}
    study = ten_li_study(demand=town, units=urban)
    for rule in (TEN_LI, TEN_LI.model_copy(update={"applies_to": "all"})):
        assert city(judged(study, rule))["people"] == 2500
    venues = {"f": toy.facility(0, 0, "culture_venue"), "n": toy.facility(10_600, 0, "sports_venue")}
    districts = {"1": box(-1000, -1000, 7000, 1000), "2": box(7000, -1000, 11_000, 1000)}
    report = judged(ten_li_study(facilities=venues, demand={}, districts=districts), TEN_LI)
    assert report.findings.at["the-rule/district/1", "verdict"] == "pass"
    assert report.findings.at["the-rule/district/2", "verdict"] == "not-applicable"


def test_r14_a_route_longer_than_the_circle_makes_the_verdict_sensitive():
    streets = [toy.detour((0, 0), (3200, 0), 6000.0), toy.detour((3200, 0), (5000, 0), 2000.0)]
    study = ten_li_study(streets=streets)
    near = dataclasses.replace(study, demand=study.demand.iloc[:2], units=study.units.iloc[:2])
    one = city(judged(near, TEN_LI))
    assert (one["verdict"], one["value"], one["streets_value"]) == ("pass", 1.0, 0.0)
    assert bool(one["sensitive"])


def test_r14_no_venue_fails_nobody_is_no_data_and_no_units_is_no_data():
    listed = ten_li_study(facilities={}, kinds=frozenset({"culture_venue"}))
    one = city(judged(listed, TEN_LI))
    assert (one["verdict"], one["value"]) == ("fail", 0.0)
    assert math.isinf(one["farthest_m"])
    study = ten_li_study()
    empty = study.demand.assign(residents=[1200.0, 800.0, 0.0])
    report = judged(dataclasses.replace(study, demand=empty), TEN_LI)
    assert report.findings.at["the-rule/unit/v3", "verdict"] == "nodata"
    assert (city(report)["verdict"], city(report)["farthest_m"]) == ("pass", 5000)
    assert city(judged(dataclasses.replace(study, units=None), TEN_LI))["verdict"] == "nodata"


def test_r14_people_of_a_village_across_the_border_count_where_they_live():
    study = toy.study(
        facilities={"v": toy.facility(0, 0, "culture_venue")},
        demand={"a": toy.people(10, 0, 30, 3, "1", "v1"), "b": toy.people(-10, 0, 20, 2, "2", "v1")},
        units={"v1": toy.unit(box(-100, -100, 100, 100), "village", "1")},
        districts={"1": box(0, -200, 200, 200), "2": box(-200, -200, 0, 200)},
        kinds=frozenset(("sports_venue",)),
    )
    findings = judged(study, TEN_LI).findings
    assert findings.loc["the-rule/district/2", ["people", "verdict"]].tolist() == [20.0, "pass"]
    assert findings.loc["the-rule/city/city", "people"] == 50.0
