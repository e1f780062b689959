"""R23: gaps, ranking and next sites, by the worked example of the definition."""

from __future__ import annotations

import pytest
import toy
from radius_cities import ELDERLY_CIRCLE, RADIUS, only, r01_study
from shapely import LineString, box

from zzgeo.auditing.run import audit
from zzgeo.standards import find_rule


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
        facilities={"f": toy.facility(0, 0)},
        demand=demand,
        units=units,
        streets=streets,
        areas={"central-city": box(-9000, -9000, 9000, 9000)},
    )
    report = audit(study, only(find_rule(RADIUS), find_rule(ELDERLY_CIRCLE)))
    for rule in (RADIUS, ELDERLY_CIRCLE):
        site = report.next_site(rule, "1")
        assert (site["demand_id"], site["gained_60_plus"]) == ("p1", 10)
