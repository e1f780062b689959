"""The worked examples of the rule definitions, to the printed digits, and their edge cases."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pandas as pd
import pytest
import toy
from shapely import LineString, box

from zzgeo.auditing.run import audit
from zzgeo.rules.unit_coverage import needed
from zzgeo.standards import Rule, Standard, find_rule, shipped

RADIUS = "zz18e-radius-urban-community"
VILLAGE = "zz18e-radius-admin-village"
ELDERLY_CIRCLE = "zz18e-core-15min-elderly-circle"


def only(*rules: Rule) -> list[Standard]:
    document = shipped()["zz2018-34"].document
    named = [rule.model_copy(update={"standard": document.id, "document": document.number}) for rule in rules]
    return [Standard(document=document, clauses=tuple(named))]


def r01_study(**more: object):
    f, b, c = (300.0, 400.0), (800.0, 400.0), (1100.0, 400.0)
    streets = [LineString([f, (200.0, 400.0)]), toy.detour(f, b, 620.0), toy.detour(b, c, 310.0)]
    return toy.study(
        facilities=more.pop("facilities", {"f": toy.facility(*f)}),
        demand={"A": toy.people(200, 400, 300, 120), "B": toy.people(*b, 200, 80), "C": toy.people(*c, 100, 50)},
        units={"1-1": toy.unit(box(0, 0, 1200, 800))},
        streets=streets,
        land=[box(0, 0, 1200, 800)],
        **more,
    )


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


def test_r23_example_gap_people_and_land_and_what_a_second_facility_closes():
    report = audit(r01_study(), only(find_rule(RADIUS)))
    assert report.gaps["missed"].sum() == 50
    assert report.findings.at[f"{RADIUS}/unit/1-1", "land_share"] == pytest.approx(1 - 0.3835, abs=0.0005)
    # the people missed stand in C; the only patch of land beyond the circle that holds them is the eastern one
    assert report.gaps["area_ha"].sum() < 1200 * 800 / 1e4 * 0.3835 + 0.1
    both = {"f": toy.facility(300, 400), "g": toy.facility(1000, 400)}
    after = audit(r01_study(facilities=both), only(find_rule(RADIUS)))
    assert after.findings.at[f"{RADIUS}/unit/1-1", "value"] == 1.0
    assert list(after.reach[RADIUS]["straight_m"]) == pytest.approx([100, 200, 100])


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


def test_a_facility_that_has_closed_does_not_count():
    facilities = {
        "gone": toy.facility(0, 0, closed=pd.Timestamp("2017-01-01")),
        "open": toy.facility(300, 0, closed=pd.NaT),
    }
    units = {"1-1": toy.unit(box(-50, -50, 50, 50))}
    study = toy.study(facilities=facilities, demand={"p": toy.people(0, 0, 1, 1)}, units=units)
    one = audit(study, only(find_rule(RADIUS))).findings.loc[f"{RADIUS}/unit/1-1"]
    assert one["farthest_m"] == 300
    assert "closed, not counted: 1" in one["flags"]


def test_a_clause_judged_by_unit_draws_no_gap_patches_and_suggests_no_site():
    units = {"u": toy.unit(box(0, 0, 500, 500)), "v": toy.unit(box(500, 0, 1000, 500))}
    demand = {"p": toy.people(100, 100, 9, 1, unit="u"), "q": toy.people(900, 100, 9, 1, unit="v")}
    clinic = {"f": toy.facility(100, 100, "community_health_centre")}
    rule = find_rule("zz17-community-health-coverage")
    kinds = frozenset(rule.facilities)
    report = audit(toy.study(facilities=clinic, demand=demand, units=units, kinds=kinds), only(rule))
    assert report.findings.loc[f"{rule.id}/district/1", "missed"] == 9
    assert report.gaps.empty
    assert report.next_site(rule.id, "1") is None


def test_r21_a_number_asked_of_the_whole_city_is_not_judged_district_by_district():
    rule = find_rule("zz18e-new-facilities-2018")
    new = {"f": toy.facility(0, 0, opened=pd.Timestamp("2018-05-01"))}
    report = audit(toy.study(facilities=new, demand={"p": toy.people(0, 0, 1, 1, unit=None)}), only(rule))
    assert report.findings.loc[f"{rule.id}/city/city", ["verdict", "value", "gap"]].tolist() == ["fail", 1, 149]
    district = report.findings.loc[f"{rule.id}/district/1"]
    assert (district["verdict"], district["value"]) == ("not-applicable", 1)


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


def r02_study(**more: object):
    places = {"a": (600, 1000, 200), "b": (900, 800, 150), "c": (1000, 700, 120), "d": (1300, 500, 80)}
    return toy.study(
        facilities={"f": toy.facility(0, 0)},
        demand={name: toy.people(x, 0, residents, aged) for name, (x, residents, aged) in places.items()},
        units={"1-1": toy.unit(box(-10, -100, 1500, 100))},
        streets=[LineString([(0, 0), (1500, 0)])],
        areas={"central-city": box(-2000, -2000, 2000, 2000)},
        **more,
    )


def test_r02_example_residents_and_elderly_and_presets():
    residents = find_rule(ELDERLY_CIRCLE).model_copy(update={"population": "residents", "id": "residents-circle"})
    report = audit(r02_study(), only(find_rule(ELDERLY_CIRCLE), residents))
    people = report.findings.loc["residents-circle/district/1"]
    assert people["value"] == pytest.approx(0.600, abs=5e-4)
    shares = people["params"]["share_at"]
    assert shares["gb-1000"] == pytest.approx(0.833, abs=5e-4)
    assert shares["gb-800"] == pytest.approx(0.333, abs=5e-4)
    aged = report.findings.loc[f"{ELDERLY_CIRCLE}/district/1"]
    assert aged["value"] == pytest.approx(0.364, abs=5e-4)
    at = aged["params"]["share_at"]
    assert at["0.8 m/s"] == pytest.approx(0.364, abs=5e-4)
    assert at["0.9 m/s"] == pytest.approx(0.364, abs=5e-4)
    # 900 m at 1.0 m/s is exactly 15 minutes: covered
    assert at["1 m/s"] == pytest.approx(0.636, abs=5e-4)
    minutes = report.reach["residents-circle"]["streets_m"] / 1.1 / 60
    assert list(minutes.round(2)) == [9.09, 13.64, 15.15, 19.70]


def test_r02_cycling_stands_beside_the_fitness_circle_and_decides_nothing():
    fitness = find_rule("zz18h-15min-fitness-circle")
    study = r02_study()
    ground = study.facilities.assign(kind="fitness_ground")
    study = dataclasses.replace(study, facilities=ground, kinds_known=frozenset({"fitness_ground"}))
    one = audit(study, only(fitness)).findings.loc["zz18h-15min-fitness-circle/district/1"]
    assert one["params"]["share_at"]["cycling 15 km/h"] == 1.0
    assert one["value"] == pytest.approx(0.6, abs=5e-4)
    assert one["verdict"] == "fail"
    assert not one["sensitive"]


def test_r02_a_facility_at_the_door_takes_no_time():
    study = toy.study(
        facilities={"f": toy.facility(0, 0)},
        demand={"a": toy.people(0, 0, 1, 1)},
        units={"1-1": toy.unit(box(-10, -10, 10, 10))},
        streets=[LineString([(0, 0), (100, 0)])],
        areas={"central-city": box(-100, -100, 100, 100)},
    )
    report = audit(study, only(find_rule(ELDERLY_CIRCLE)))
    assert report.reach[ELDERLY_CIRCLE]["streets_m"].iloc[0] == 0.0
    assert report.passed


def test_r02_people_far_from_every_street_are_excluded_and_the_verdict_is_left_to_a_person():
    study = toy.study(
        facilities={"f": toy.facility(0, 0)},
        demand={"a": toy.people(100, 0, 10, 10), "b": toy.people(100, 900, 5, 5)},
        units={"1-1": toy.unit(box(-10, -1000, 1000, 1000))},
        streets=[LineString([(0, 0), (500, 0)])],
        areas={"central-city": box(-2000, -2000, 2000, 2000)},
    )
    one = audit(study, only(find_rule(ELDERLY_CIRCLE))).findings.loc[f"{ELDERLY_CIRCLE}/district/1"]
    assert (one["people"], one["covered"], one["missed"], one["excluded"]) == (15, 10, 0, 5)
    assert one["verdict"] == "review"


def test_r02_without_the_central_city_there_is_no_verdict():
    study = r02_study()
    report = audit(dataclasses.replace(study, areas={}), only(find_rule(ELDERLY_CIRCLE)))
    one = report.findings.loc[f"{ELDERLY_CIRCLE}/district/1"]
    assert one["verdict"] == "nodata"
    assert "central-city" in one["note_en"]


def test_r02_people_outside_the_area_of_the_clause_are_not_judged():
    study = dataclasses.replace(r02_study(), areas={"central-city": box(-100, -100, 950, 100)})
    one = audit(study, only(find_rule(ELDERLY_CIRCLE))).findings.loc[f"{ELDERLY_CIRCLE}/district/1"]
    assert (one["people"], one["covered"], one["missed"]) == (350, 200, 150)


def test_r02_people_without_a_street_count_in_no_share():
    study = toy.study(
        facilities={"f": toy.facility(0, 0)},
        demand={"a": toy.people(100, 0, 10, 10), "b": toy.people(1400, 0, 5, 30), "c": toy.people(100, 900, 5, 60)},
        units={"1-1": toy.unit(box(-10, -1000, 2000, 1000))},
        streets=[LineString([(0, 0), (1500, 0)])],
        areas={"central-city": box(-2000, -2000, 2000, 2000)},
    )
    one = audit(study, only(find_rule(ELDERLY_CIRCLE))).findings.loc[f"{ELDERLY_CIRCLE}/district/1"]
    assert one["value"] == pytest.approx(0.25)
    assert one["params"]["share_at"]["gb-1000"] == pytest.approx(0.25)
    assert one["verdict"] == "fail"


def test_r02_without_streets_the_walk_is_approximate_and_says_so():
    study = dataclasses.replace(r02_study(), streets=None)
    report = audit(study, only(find_rule(ELDERLY_CIRCLE)))
    one = report.findings.loc[f"{ELDERLY_CIRCLE}/district/1"]
    assert "approximate" in one["flags"]
    assert list(report.reach[ELDERLY_CIRCLE]["streets_m"]) == pytest.approx([780, 1170, 1300, 1690])


def row_of_units(kind: str, number: int, have: int, district: str = "1", start: int = 0):
    units, facilities, demand = {}, {}, {}
    for n in range(number):
        x = (start + n) * 100
        code = f"{kind}-{n:02d}"
        units[code] = toy.unit(box(x, 0, x + 100, 100), kind, district, residents=20, aged_60_plus=10)
        demand[f"p{code}"] = toy.people(x + 50, 50, 20, 10, district, code)
        if n < have:
            facilities[f"f{code}"] = toy.facility(x + 50, 50)
    return units, facilities, demand


def test_r03_example_communities_townships_villages():
    units, facilities, demand = {}, {}, {}
    for start, (kind, number, have) in {
        0: ("urban-community", 8, 7),
        10: ("township", 5, 5),
        20: ("village", 20, 11),
    }.items():
        u, f, d = row_of_units(kind, number, have, start=start)
        units |= u
        facilities |= f
        demand |= {} if kind == "township" else d
    study = toy.study(facilities=facilities, demand=demand, units=units)
    ids = ("zz18e-coverage-urban-community", "zz18e-coverage-township", "zz18e-coverage-rural-community")
    findings = audit(study, only(*[find_rule(one) for one in ids])).findings
    got = [findings.loc[f"{one}/district/1", ["value", "verdict", "gap"]].tolist() for one in ids]
    assert got[0] == [pytest.approx(0.875), "fail", 1]
    assert got[1] == [1.0, "pass", 0]
    assert got[2] == [pytest.approx(0.55), "fail", 1]
    assert findings.at[f"{ids[2]}/district/1", "params"]["needed_units"] == 12


def test_r03_example_shaoguan():
    units, facilities, demand = row_of_units("urban-community", 10, 9)
    more = row_of_units("township", 9, 6, start=20)
    ground = {name: {**row, "kind": "fitness_ground"} for name, row in (facilities | more[1]).items()}
    study = toy.study(facilities=ground, demand=demand, units=units | more[0])
    findings = audit(study, ["sg2016-9"]).findings
    community = findings.loc["sg16-fitness-communities/district/1"]
    township = findings.loc["sg16-fitness-townships/district/1"]
    assert (community["value"], community["verdict"]) == (pytest.approx(0.9), "pass")
    assert (township["value"], township["verdict"]) == (pytest.approx(6 / 9), "fail")
    assert township["params"]["needed_units"] == 7
    assert needed(0.7, 9) == 7


def test_r03_a_facility_on_a_shared_border_counts_for_both_and_is_flagged():
    units = {"a": toy.unit(box(0, 0, 100, 100)), "b": toy.unit(box(100, 0, 200, 100))}
    demand = {"p": toy.people(50, 50, 1, 1, unit="a"), "q": toy.people(150, 50, 1, 1, unit="b")}
    study = toy.study(facilities={"f": toy.facility(100, 50)}, demand=demand, units=units)
    rule = find_rule("zz18e-coverage-urban-community")
    findings = audit(study, only(rule)).findings
    assert findings.loc[f"{rule.id}/district/1", "verdict"] == "pass"
    assert "shared" in findings.loc[f"{rule.id}/unit/a", "flags"]


def test_r03_a_facility_outside_counts_only_where_it_names_the_unit():
    units = {"a": toy.unit(box(0, 0, 100, 100)), "b": toy.unit(box(100, 0, 200, 100))}
    demand = {"p": toy.people(50, 50, 1, 1, unit="a"), "q": toy.people(150, 50, 1, 1, unit="b")}
    rule = find_rule("zz18e-coverage-urban-community")
    facilities = {"f": toy.facility(50, 50, serves="a;b")}
    findings = audit(toy.study(facilities=facilities, demand=demand, units=units), only(rule)).findings
    assert list(findings.loc[[f"{rule.id}/unit/a", f"{rule.id}/unit/b"], "verdict"]) == ["pass", "pass"]


def test_r03_no_unit_of_the_type_is_not_applicable():
    units, facilities, demand = row_of_units("village", 2, 1)
    rule = find_rule("zz18e-coverage-urban-community")
    findings = audit(toy.study(facilities=facilities, demand=demand, units=units), only(rule)).findings
    assert findings.loc[f"{rule.id}/district/1", "verdict"] == "not-applicable"


def test_facilities_that_open_later_or_are_too_small_or_stand_twice_do_not_count():
    facilities = {
        "later": toy.facility(0, 0, opened=pd.Timestamp("2019-05-01"), floor_area_m2=500.0),
        "small": toy.facility(10, 0, opened=pd.Timestamp("2015-05-01"), floor_area_m2=150.0),
        "unknown": toy.facility(300, 0, opened=pd.NaT, floor_area_m2=np.nan),
        "again": toy.facility(300, 0, opened=pd.NaT, floor_area_m2=np.nan),
    }
    demand = {"p": toy.people(0, 0, 1, 1)}
    study = toy.study(facilities=facilities, demand=demand, units={"1-1": toy.unit(box(-50, -50, 50, 50))})
    one = audit(study, only(find_rule(RADIUS))).findings.loc[f"{RADIUS}/unit/1-1"]
    assert one["farthest_m"] == 300
    for told in (
        "opened later, not counted: 1",
        "below 200 m², not counted: 1",
        "same record twice",
        "unknown, counted",
    ):
        assert told in one["flags"]


def test_r23_districts_are_ranked_by_people_then_share_then_code():
    districts = {"1": box(0, 0, 1000, 1000), "2": box(1000, 0, 2000, 1000), "3": box(2000, 0, 3000, 1000)}
    demand = {
        "a": toy.people(500, 900, 9, 10, "1", "u1"), "b": toy.people(1500, 900, 9, 10, "2", "u2"),
        "c": toy.people(1500, 100, 9, 10, "2", "u2"), "d": toy.people(2500, 900, 9, 20, "3", "u3"),
    }  # fmt: skip
    units = {f"u{n}": toy.unit(districts[str(n)], district=str(n)) for n in (1, 2, 3)}
    study = toy.study(facilities={"f": toy.facility(1500, 50)}, demand=demand, units=units, districts=districts)
    ranking = audit(study, only(find_rule(RADIUS))).ranking
    assert list(ranking["district"]) == ["3", "1", "2"]
    assert list(ranking["rank"]) == [1, 2, 3]


def test_r23_the_next_site_reaches_most_elderly_and_ties_go_to_the_smallest_id():
    demand = {
        "p1": toy.people(3000, 0, 5, 5), "p2": toy.people(3100, 0, 5, 5), "p3": toy.people(6000, 0, 50, 9),
        "p4": toy.people(0, 0, 100, 100),
    }  # fmt: skip
    units = {"1-1": toy.unit(box(-100, -100, 7000, 100))}
    streets = [LineString([(0, 0), (7000, 0)])]
    study = toy.study(
        facilities={"f": toy.facility(0, 0)}, demand=demand, units=units, streets=streets,
        areas={"central-city": box(-9000, -9000, 9000, 9000)},
    )  # fmt: skip
    report = audit(study, only(find_rule(RADIUS), find_rule(ELDERLY_CIRCLE)))
    for rule in (RADIUS, ELDERLY_CIRCLE):
        site = report.next_site(rule, "1")
        assert (site["demand_id"], site["gained_60_plus"]) == ("p1", 10)
