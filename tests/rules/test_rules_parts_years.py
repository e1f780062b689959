"""The year of a reported value stands in its finding; one older than where the target starts decides nothing."""

from __future__ import annotations

import pytest
from table_cities import CARE, beds, city, judged, rule, study


def life(**more):
    return rule("indicator-table", id="life", **{"operator": ">=", "value": 79.3, "unit": "years", **more})


@pytest.mark.parametrize(
    ("year", "value", "verdict"),
    [(2018, 79.5, "pass"), (2015, 78.4, "fail"), (2014, 78.4, "review"), (2010, 80.0, "review")],
)
def test_the_year_is_told_and_a_value_older_than_the_plan_is_for_a_person(year, value, verdict):
    found = city(study(rows=[("life", value, year)]), life(target_year=2020))
    assert found["verdict"] == verdict
    assert f"of {year}" in found["flags"]
    assert ("older than where the target starts (2015)" in found["flags"]) == (verdict == "review")


def test_a_target_starts_at_its_baseline_or_at_the_year_its_unit_names():
    based = life(target_year=2020, baseline=("zz-beds-2015",))
    assert city(study(rows=[("life", 80, 2014)]), based)["verdict"] == "review"
    assert city(study(rows=[("life", 80, 2015)]), based)["verdict"] == "pass"
    over = life(target_year=2030, operator="increase", value=1, unit="years over 2015")
    rows = [("life", 78.0, 2015), ("life", 79.5, 2016)]
    assert city(study(rows=rows), over)["verdict"] == "pass"


def test_without_a_target_year_or_a_year_nothing_is_too_old():
    assert city(study(rows=[("life", 80, 1990)]), life())["verdict"] == "pass"
    found = city(study(rows=[("life", 80, None)]), life(target_year=2020))
    assert (found["verdict"], "value of" in found["flags"]) == ("pass", False)
    assert city(study(rows=[("life", 80, 2001)]), life(target_year=2013, strength="fact"))["verdict"] == "pass"


def test_each_district_has_the_year_of_its_own_value():
    rows = [("life", 80, 2018, "1"), ("life", 80, 2012, "2")]
    findings = judged(study(rows=rows), life(target_year=2020, scope="county")).findings
    assert findings.at["life/district/1", "verdict"] == "pass"
    assert findings.at["life/district/2", "verdict"] == "review"


def test_other_kinds_that_read_the_table_tell_the_year_too():
    sports = rule(
        "area-per-head",
        id="sports",
        facilities=("sports_venue",),
        operator=">=",
        value=1.86,
        unit="m2 per person",
        target_year=2020,
        params={"ground": "sports"},
    )
    for year, verdict in ((2016, "fail"), (2013, "review")):
        found = city(study(rows=[("sports", 1.4, year)]), sports)
        assert found["verdict"] == verdict
        assert f"of {year}" in found["flags"]


def test_a_value_without_a_year_is_told():
    found = city(study(rows=[("life", 80, None)]), life(target_year=2020))
    assert (found["verdict"], "reported without a year" in found["flags"]) == ("pass", True)
    rate = rule("per-head", id="rate", value=5, unit="beds per 1000 residents", params={"numerator_indicator": "n"})
    rows = [("n", 30.0, None), ("population", 3000.0, 2018)]
    assert "reported without a year" in city(study(rows=rows), rate)["flags"]
    rows = [("n", 30.0, 2018), ("population", 3000.0, None)]
    assert "reported without a year" in city(study(rows=rows), rate)["flags"]
    rows = [("n", 30.0, 2018), ("population", 3000.0, 2018)]
    assert "value of 2018" in city(study(rows=rows), rate)["flags"]


def test_people_of_another_year_than_the_day_of_the_beds_are_told():
    here = {"a": beds(500, 40.0)}
    old = rule("per-head", id="old", value=5, unit="beds per 1000", population="aged_80_plus", facilities=(CARE,))
    for year, flag in ((2010, "count of 2018, people of 2010"), (2018, "value of 2018"), (None, "without a year")):
        found = city(study(here, rows=[("aged_80_plus", 1000.0, year)], kinds={CARE}), old)
        assert found["value"] == 40.0
        assert flag in found["flags"]
