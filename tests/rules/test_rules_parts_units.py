"""No verdict of fail rests on a facility or a person that no street reaches: the bound, and what lies beyond it."""

from __future__ import annotations

import pytest
import toy
from radius_cities import ELDERLY_CIRCLE, RADIUS, only
from shapely import LineString, box

from zzgeo.auditing.run import audit
from zzgeo.standards import find_rule

#: People of 60+ walk 720 m in fifteen minutes.
REACH_M = 720.0
STREET = [LineString([(0, 0), (1000, 0)]), LineString([(1000, 0), (2000, 0)]), LineString([(2000, 0), (8000, 0)])]
ISLAND = [LineString([(0, 600), (300, 600)]), LineString([(300, 600), (600, 600)])]


def judged(homes, facilities, streets=STREET, share=1.0, rule=ELDERLY_CIRCLE):
    clause = find_rule(rule)
    clause = clause.model_copy(update={"params": {**clause.params, "pass_share": share}}) if share < 1 else clause
    city = toy.study(
        facilities={name: toy.facility(*place, name=name) for name, place in facilities.items()},
        demand={f"p{n}": toy.people(x, y, aged * 5, aged) for n, (x, y, aged) in enumerate(homes)},
        units={"1-1": toy.unit(box(-9000, -9000, 9000, 9000))},
        streets=streets,
        areas={"central-city": box(-9000, -9000, 9000, 9000)},
    )
    report = audit(city, only(clause))
    flags = report.flags
    near = flags[(flags["code"] == "people.facility_unreached") & (flags["level"] == "district")]["details"]
    finding = report.findings.loc[f"{rule}/district/1"]
    return finding["verdict"], [details["people"] for details in near], finding


def test_a_clinic_off_the_streets_leaves_the_verdict_to_a_person():
    verdict, near, finding = judged([(100, 5, 10), (200, 5, 7)], {"off": (150, 400)})
    assert (verdict, near) == ("review", [17.0])
    assert (finding["covered"], finding["missed"]) == (0.0, 17.0)


def test_a_fail_that_does_not_rest_on_it_stands_with_the_number_told():
    verdict, near, _ = judged([(100, 5, 10), (7000, 5, 1)], {"off": (150, 400)})
    assert (verdict, near) == ("fail", [10.0])


@pytest.mark.parametrize(("aged", "verdict"), [(10, "review"), (9, "fail")])
def test_the_bound_is_the_share_with_all_of_them_covered(aged, verdict):
    """70 covered, so many near the clinic off the streets, the others of a hundred far from everything."""
    homes = [(100, 5, 70), (2000, 5, aged), (7000, 5, 30 - aged)]
    assert judged(homes, {"on": (120, 5), "off": (2000, 400)}, share=0.8)[:2] == (verdict, [float(aged)])


def test_a_pass_needs_nobody_near_a_facility_off_the_streets():
    assert judged([(100, 5, 10)], {"on": (120, 5), "off": (150, 400)})[:2] == ("pass", [])


@pytest.mark.parametrize(("y", "verdict", "near"), [(5, "review", [10.0]), (-125, "fail", [])])
def test_people_on_a_piece_without_a_facility_may_reach_one_across_the_gap(y, verdict, near):
    """The island is 600 m from a clinic on the mainland, 730 m from one that stands south of it."""
    homes = [(100, 605, 10), (90, -5, 5)]
    assert judged(homes, {"on": (100, y)}, [*STREET, *ISLAND])[:2] == (verdict, near)


def test_a_facility_on_a_piece_where_nobody_lives_is_one_that_no_street_reaches():
    assert judged([(100, 5, 10)], {"alone": (100, 605)}, [*STREET, *ISLAND])[:2] == ("review", [10.0])


def test_a_straight_line_rule_stays_as_it_is_and_tells_that_its_streets_are_unsure():
    verdict, near, finding = judged([(100, 5, 10)], {"off": (150, 400)}, rule=RADIUS)
    straight = judged([(100, 5, 10)], {"off": (150, 400)}, streets=None, rule=RADIUS)
    assert verdict == straight[0]
    assert finding["value"] == straight[2]["value"]
    assert len(near) == (1 if finding["value"] > 0 else 0)
