"""Where one more facility helps most: within the limit the kind of rule declares, measured as it declares."""

from __future__ import annotations

from planned_city import CIRCLE, city, report_of
from walked_city import CENTRE, COVERED_UNITS, report


def test_where_a_walk_decides_a_site_serves_those_within_that_walk():
    found = report(CENTRE)
    site = found.next_site(CENTRE.id, "1")
    # fifteen minutes are 990 m: from "q" it is 250 m to "s" and 1200 m to "r", 600 m as the crow flies
    assert site == {
        "rule": CENTRE.id,
        "district": "1",
        "demand_id": "q",
        "unit": "1-2",
        "unit_name": "社区",
        "gained_60_plus": 11,
        "gained_people": 50,
        "x": 1400,
        "y": 0,
    }
    assert found.next_sites.empty  # a search along streets is made when it is asked for


def test_without_streets_a_site_serves_those_the_detour_lets_reach_it():
    study = city(0, streets=False)
    before = report_of(study, CIRCLE)
    site = before.next_site(CIRCLE.id, "1")
    spot = study.demand.loc[[site["demand_id"]], ["geometry"]].assign(kind="elderly_day_care", name="新")
    after = report_of(study.with_facilities(spot.set_axis(["new"])), CIRCLE)
    covered = [one.findings.loc[f"{CIRCLE.id}/city/city", "covered"] for one in (before, after)]
    own = study.demand["district"] == "1"
    gained = [
        one.reach[CIRCLE.id]["people"].where(one.reach[CIRCLE.id]["status"] == "covered")[own].sum()
        for one in (before, after)
    ]
    assert site["gained_people"] == gained[1] - gained[0] <= covered[1] - covered[0]


def test_where_units_decide_no_one_place_is_the_next():
    assert report(COVERED_UNITS).next_site(COVERED_UNITS.id, "1") is None
