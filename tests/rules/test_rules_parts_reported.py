"""Reported values that are not read, or may be read in two ways, are told; no verdict rests on a unit nobody said."""

from __future__ import annotations

import pytest
from table_cities import city, judged, rule, study

SHARE = rule("indicator-table", id="s", operator=">=", value=90, unit="percent")


@pytest.mark.parametrize(
    ("value", "unit", "verdict"),
    [(0.95, "", "review"), (0.95, "1", "review"), (0.5, "", "fail"), (0.95, "%", "fail"), (95.0, "", "pass")],
)
def test_a_number_of_at_most_one_without_a_unit_decides_nothing_that_hangs_on_it(value, unit, verdict):
    found = city(study(rows=[("s", value, 2018, "", unit)]), SHARE)
    assert found["verdict"] == verdict
    assert ("names no unit" in found["flags"]) == (verdict == "review")


def test_a_clause_of_small_shares_is_left_open_too():
    least = rule("indicator-table", id="s", operator="<=", value=5, unit="%")
    assert city(study(rows=[("s", 0.5, 2018)]), least)["verdict"] == "review"
    assert city(study(rows=[("s", 0.01, 2018)]), least)["verdict"] == "pass"


def test_a_value_of_a_later_year_is_told_where_it_is_not_read():
    later = "a value of 2021 is later than the day of the study (2018-12-31) and is not read"
    found = city(study(rows=[("s", 95.0, 2021)]), SHARE)
    assert (found["verdict"], later in found["flags"]) == ("nodata", True)
    found = city(study(rows=[("s", 80.0, 2017), ("s", 95.0, 2021)]), SHARE)
    assert (found["verdict"], later in found["flags"]) == ("fail", True)
    rows = [("s", 95.0, 2018, "1"), ("s", 95.0, 2018, "2"), ("s", 80.0, 2021, "2")]
    findings = judged(study(rows=rows), SHARE).findings
    assert later in findings.at["s/district/2", "flags"]
    assert later not in findings.at["s/district/1", "flags"]


@pytest.mark.parametrize(
    ("value", "unit", "wanted", "read_as"),
    [(0.25, "小时", "min", 15.0), (1.0, "人/公顷", "people per km2", 100.0), (12.0, "km2", "公顷", 1200.0)],
)
def test_a_value_is_read_in_the_unit_of_its_clause(value, unit, wanted, read_as):
    found = city(study(rows=[("s", value, 2018, "", unit)]), SHARE.model_copy(update={"unit": wanted}))
    assert found["value"] == pytest.approx(read_as)
