"""R22 indicator table: the worked examples of its definition, and its edge cases."""

from __future__ import annotations

import pytest
from table_cities import city, judged, rule, study

from zzgeo.errors import StandardError
from zzgeo.rules.parts.trends import elements_of, read_number
from zzgeo.standards import Rule


def table_rule(**more) -> Rule:
    return rule("indicator-table", id="i", **more)


def test_r22_example_the_worst_township_decides_not_the_mean():
    vaccination = table_rule(value=90, unit="percent, minimum over townships", params={"aggregate": "minimum"})
    rows = [{"indicator": "i", "unit": f"镇{n}", "value": v, "district": "1"} for n, v in enumerate(("92", "95", "88"))]
    findings = judged(study(tables={"township_indicators": rows}), vaccination).findings
    one = findings.loc["i/city/city"]
    assert (one["value"], one["verdict"], one["units_passing"]) == (88, "fail", 2)
    assert one["params"] == {"worst": "镇2", "mean": pytest.approx(91.666667)}
    assert list(findings[findings["level"] == "unit"]["verdict"]) == ["pass", "pass", "fail"]
    assert findings.at["i/district/2", "verdict"] == "nodata"
    # a mean that passes says nothing of the worst, one that fails does
    assert city(study(rows=[("i", 91.7, 2018)]), vaccination)["verdict"] == "review"
    assert city(study(rows=[("i", 88.0, 2018)]), vaccination)["verdict"] == "fail"
    rows[2]["value"] = None
    assert city(study(tables={"township_indicators": rows}), vaccination)["verdict"] == "nodata"


def test_r22_lists_are_judged_element_by_element():
    stock = table_rule(value=(70, 60), unit="percent [city, county]", params={"element": ("市级", "县级")})
    one = city(study(rows=[("i.1", 71, 2018), ("i.县级", 59, 2018)]), stock)
    assert (one["verdict"], one["value"], one["threshold"]) == ("fail", 1, 2)
    assert [element["verdict"] for element in one["params"]["elements"]] == ["pass", "fail"]
    part = city(study(rows=[("i.1", 71, 2018)]), stock)
    assert (part["verdict"], "no row for: i.2" in part["flags"]) == ("nodata", True)
    assert city(study(rows=[("i.1", 69, 2018)]), stock)["verdict"] == "fail"
    assert city(study(), stock)["verdict"] == "nodata"
    assert city(study(rows=[("i.1", 70, 2018), ("i.2", 60, 2018)]), stock)["verdict"] == "pass"
    second = stock.model_copy(update={"params": {"element": 2.0}})
    assert city(study(rows=[("i.2", 60, 2018)]), second)["verdict"] == "pass"
    pairs = table_rule(operator="range", value=(1, 2, 2, 3), unit="specialties")
    assert [one.limit for one in elements_of(pairs)] == [(1, 2), (2, 3)]
    for wrong in ({"element": 3.0}, {"element": ("a",)}):
        with pytest.raises(StandardError):
            elements_of(stock.model_copy(update={"params": wrong}))


@pytest.mark.parametrize(
    ("operator", "value", "unit", "series", "verdict"),
    [
        ("increase", 1, "years over 2015", {2012: 80.0, 2015: 78.4, 2018: 79.4}, "pass"),
        ("increase", 1, "years over 2015", {2015: 78.4, 2018: 79.3}, "fail"),
        ("increase", 1, "years over 2015", {2014: 70.0, 2018: 79.3}, "nodata"),
        ("increase", None, "percent, rising", {2015: 50.0, 2018: 50.0}, "fail"),
        ("increase", None, "percent, rising each year", {2014: 10.0, 2017: 51.0, 2018: 50.0}, "fail"),
        ("decrease", 35, "percent", {2015: 100.0, 2018: 65.0}, "pass"),
        ("decrease", 35, "percent", {2015: 100.0, 2018: 66.0}, "fail"),
        ("decrease", 10, "percent below 2015", {2015: 20.0, 2018: 18.0}, "pass"),
        ("stable", None, "per 100,000", {2015: 250.0, 2018: 250.0}, "pass"),
        ("stable", None, "per 100,000", {2015: 250.0, 2018: 251.0}, "fail"),
        ("increase", None, "percent, rising", {2018: 50.0}, "nodata"),
        ("~", 30, "billion yuan", {2018: 33.0}, "pass"),
        ("~", 30, "billion yuan", {2018: 33.1}, "review"),
        ("<", 25, "percent", {2018: 25.0}, "fail"),
        ("<=", 4, "per 1000", {2018: 4.0}, "pass"),
        ("=", 0, "water bodies", {2018: 1.0}, "fail"),
        ("=", 3, "alliances", {2018: 4.0}, "review"),
        ("=", 3, "alliances", {2018: 2.0}, "fail"),
        ("per-province", None, "days", {2018: 9.0}, "review"),
        ("per-province", None, "days", {}, "nodata"),
        ("exists", None, "records", {2018: 0.0}, "fail"),
        ("range", (3, 5), "bases", {2018: 3.0}, "pass"),
        ("range", (3, 5), "bases", {2018: 2.0}, "fail"),
        (">=", "C", "grade (A best)", {2018: 2.0}, "pass"),
        (">=", "C", "grade (A best)", {2018: 4.0}, "fail"),
    ],
)
def test_r22_operators(operator, value, unit, series, verdict):
    rows = [("i", number, year) for year, number in series.items()]
    one = city(study(rows=rows), table_rule(operator=operator, value=value, unit=unit))
    assert one["verdict"] == verdict
    # a limit that does not include itself is missed by nothing at all
    at_the_limit = one["value"] == one["threshold"]
    assert (one["gap"] > 0) == (not at_the_limit and (verdict == "fail" or (verdict == "review" and operator in "~=")))
    if verdict == "nodata":
        assert "indicator = i" in one["note_en"]


def test_r22_about_is_a_parameter_and_rows_after_the_audit_are_not_read():
    wide = table_rule(operator="~", value=30, unit="billion yuan", params={"about": 0.2})
    assert city(study(rows=[("i", 35.9, 2018), ("i", 99.0, 2019)]), wide)["verdict"] == "pass"
    assert read_number({2018: 1.0}, ">=", (2.0,), "x").gap == 1.0


def test_r22_every_county_must_meet_a_county_clause():
    county = table_rule(value=100, unit="percent of institutions", scope="county")
    rows = [("i", 100, 2018, "1"), ("i", 97, 2018, "2")]
    findings = judged(study(rows=rows), county).findings
    assert list(findings["verdict"]) == ["pass", "fail", "fail"]
    assert "by districts, the worst: 区2" in findings.at["i/city/city", "flags"]
    assert list(judged(study(rows=rows[:1]), county).findings["verdict"]) == ["pass", "nodata", "nodata"]
    # where a clause speaks of the city, its districts do not answer for it
    whole = county.model_copy(update={"scope": "whole-city"})
    assert city(study(rows=rows), whole)["verdict"] == "nodata"


@pytest.mark.parametrize(
    ("value", "unit", "verdict"),
    [(0.95, "share", "pass"), (95, "%", "pass"), (949, "‰", "fail"), (950, "‰", "pass"), (0.95, "%", "fail")],
)
def test_r22_a_share_is_compared_in_per_cent_however_it_was_reported(value, unit, verdict):
    assert city(study(rows=[("i", value, 2018, "", unit)]), table_rule(value=95, unit="percent"))["verdict"] == verdict


def test_r22_a_rate_for_another_number_of_people_is_converted():
    deaths = table_rule(operator="<=", value=3, unit="deaths per 10,000 residents")
    found = city(study(rows=[("i", 3.1, 2018, "", "per 100,000")]), deaths)
    assert (found["value"], found["verdict"]) == (0.31, "pass")
    assert city(study(rows=[("i", 0.31, 2018, "", "例/千人")]), deaths)["value"] == pytest.approx(3.1)
