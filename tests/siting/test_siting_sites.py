"""Where one more facility helps most: within the limit the kind of rule declares, measured as it declares."""

from __future__ import annotations

from walked_city import CENTRE, COVERED_UNITS, report


def test_where_a_walk_decides_a_site_serves_those_within_that_walk():
    found = report(CENTRE)
    site = found.next_site(CENTRE.id, "1")
    # fifteen minutes are 990 m: from "q" it is 250 m to "s" and 1200 m to "r", 600 m as the crow flies
    assert site == {
        "rule": CENTRE.id, "district": "1", "demand_id": "q", "unit": "1-2", "unit_name": "社区",
        "gained_60_plus": 11, "gained_people": 50, "x": 1400, "y": 0,
    }  # fmt: skip
    assert found.next_sites.empty  # a search along streets is made when it is asked for


def test_where_units_decide_no_one_place_is_the_next():
    assert report(COVERED_UNITS).next_site(COVERED_UNITS.id, "1") is None
