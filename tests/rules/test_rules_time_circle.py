"""R02 walking-time circle: the worked examples of its definition, and its edge cases."""

from __future__ import annotations

import dataclasses

import pytest
import toy
from radius_cities import ELDERLY_CIRCLE, only
from shapely import LineString, box

from zzgeo.auditing.run import audit
from zzgeo.intake.walking import Walking
from zzgeo.spec.walking_profile import walking_profile
from zzgeo.standards import find_rule


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


def waiting(seconds: float, **speeds: float) -> Walking:
    """Return a way of walking that waits at every crossing."""
    overrides = {"crossing_delay_s": seconds, **({"speeds_m_per_s": speeds} if speeds else {})}
    return Walking(walking_profile("cn-default", overrides))


def crossing_study(walking: Walking):
    """Return a street of 700 m with a crossing in its middle: to the elderly 700 m take 14 min 35 s at 0.8 m/s."""
    return toy.study(
        facilities={"f": toy.facility(0, 0)},
        demand={"a": toy.people(700, 0, 100, 10)},
        units={"1-1": toy.unit(box(-10, -100, 1500, 100))},
        streets=[LineString([(0, 0), (350, 0)]), LineString([(350, 0), (700, 0)]), LineString([(350, 0), (350, 90)])],
        areas={"central-city": box(-2000, -2000, 2000, 2000)},
        walking=walking,
    )


@pytest.mark.parametrize(("seconds", "aged", "residents"), [(0, 1, 1), (20, 1, 1), (30, 0, 1), (400, 0, 0)])
def test_r02_waits_at_crossings_count_at_the_speed_of_whom_a_clause_counts(seconds, aged, residents):
    clause = find_rule(ELDERLY_CIRCLE)
    others = clause.model_copy(update={"population": "residents", "id": "residents-circle"})
    findings = audit(crossing_study(waiting(seconds)), only(clause, others)).findings
    elderly = findings.loc[f"{ELDERLY_CIRCLE}/district/1"]
    assert elderly["value"] == aged
    assert elderly["farthest_m"] == pytest.approx(700 + 0.8 * seconds)
    assert findings.loc["residents-circle/district/1"]["value"] == residents
    # a wait is one wait, however fast one walks: 900 s - 30 s leave 696 m at 0.8 m/s, 783 m at 0.9
    shares = elderly["params"]["share_at"]
    assert [shares["0.8 m/s"], shares["0.9 m/s"]] == [aged, float(0.9 * (900 - seconds) >= 700)]


def test_r02_older_people_walk_at_the_speed_the_profile_gives_them():
    study = crossing_study(waiting(0, aged_80_plus=0.5))
    study = dataclasses.replace(study, demand=study.demand.assign(aged_80_plus=4.0))
    oldest = find_rule(ELDERLY_CIRCLE).model_copy(update={"population": "aged_80_plus"})
    finding = audit(study, only(oldest)).findings.loc[f"{ELDERLY_CIRCLE}/district/1"]
    assert (finding["group"], finding["value"], finding["params"]["limit_m"]) == ("aged_80_plus", 0.0, 450.0)
