"""The year of a reported value stands in its finding; one older than where the target starts decides nothing."""

from __future__ import annotations

import pytest
from table_cities import city, judged, rule, study


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
