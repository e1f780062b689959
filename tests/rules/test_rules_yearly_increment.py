"""R21 yearly increment: the worked examples of its definition, and its edge cases."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import toy
from radius_cities import only
from table_cities import CARE, DAY, beds, city, rule, study

from zzgeo.auditing.run import audit
from zzgeo.rules.yearly_increment import yearly_changes
from zzgeo.standards import find_rule

NEW_ONES = rule(
    "yearly-increment",
    id="new",
    value=150,
    unit="new facilities in the year",
    facilities=(DAY,),
    params={"year": 2018, "count": "facilities"},
)


NEW_BEDS = rule(
    "yearly-increment",
    id="beds",
    value=3000,
    unit="new beds in the year",
    facilities=(CARE,),
    params={"year": 2018, "count": "beds"},
)


GROWTH = rule(
    "yearly-increment",
    id="growth",
    operator="range",
    value=(2, 3),
    unit="percentage points per year",
    facilities=("hospital",),
    indicator="private-bed-share",
    params={"count": "share"},
)


def test_r21_examples_of_facilities_beds_and_a_share():
    day = pd.Timestamp("2018-03-01")
    opened = {f"f{n}": toy.facility(n, 500, DAY, opened=day) for n in range(148)}
    opened["before"] = toy.facility(900, 500, DAY, opened=pd.Timestamp("2017-12-31"))
    one = city(study(opened), NEW_ONES)
    assert (one["value"], one["verdict"], one["gap"]) == (148, "fail", 2)
    assert city(study({"f": beds(500, 3050, opened=day)}), NEW_BEDS)["verdict"] == "pass"
    assert yearly_changes({2016: 20.0, 2017: 22.5, 2018: 23.0}) == {2017: 2.5, 2018: 0.5}
    share = [("private-bed-share", 20.0, 2016), ("private-bed-share", 22.5, 2017), ("private-bed-share", 23.0, 2018)]
    assert city(study(rows=share[:2]), GROWTH)["verdict"] == "pass"
    last = city(study(rows=share), GROWTH)
    assert (last["value"], last["verdict"], last["gap"]) == (0.5, "fail", 1.5)


def test_r21_without_a_date_a_facility_is_listed_not_counted():
    facilities = {f"f{n}": toy.facility(n, 500, DAY, opened=pd.Timestamp("2018-01-01")) for n in range(149)}
    facilities["x"] = toy.facility(900, 500, DAY, opened=pd.NaT)
    one = city(study(facilities), NEW_ONES)
    assert (one["value"], one["verdict"], one["sensitive"]) == (149, "fail", True)
    assert "opening date unknown, not counted: 1 (x 站)" in one["flags"]
    assert city(study({"x": facilities["x"]}), NEW_ONES)["verdict"] == "nodata"
    assert city(study(kinds=(DAY,)), NEW_ONES)["verdict"] == "fail"


def test_r21_what_closed_later_was_new_and_a_running_year_does_not_fail():
    one = toy.facility(500, 500, DAY, opened=pd.Timestamp("2018-03-01"), closed=pd.Timestamp("2020-01-01"))
    assert city(study({"f": one}, as_of=dt.date(2026, 1, 1)), NEW_ONES)["value"] == 1
    assert city(study({"f": one}, as_of=dt.date(2018, 6, 30)), NEW_ONES)["verdict"] == "review"
    assert city(study({"f": one}, as_of=dt.date(2017, 6, 30)), NEW_ONES)["verdict"] == "nodata"
    rising = NEW_ONES.model_copy(update={"operator": "increase", "value": None})
    assert city(study({"f": one}), rising)["verdict"] == "pass"
    none = city(study(kinds=(DAY,)), rising)
    assert (none["verdict"], none["gap"]) == ("fail", 1)


def test_r21_a_number_asked_of_the_whole_city_is_not_judged_district_by_district():
    rule = find_rule("zz18e-new-facilities-2018")
    new = {"f": toy.facility(0, 0, opened=pd.Timestamp("2018-05-01"))}
    report = audit(toy.study(facilities=new, demand={"p": toy.people(0, 0, 1, 1, unit=None)}), only(rule))
    assert report.findings.loc[f"{rule.id}/city/city", ["verdict", "value", "gap"]].tolist() == ["fail", 1, 149]
    district = report.findings.loc[f"{rule.id}/district/1"]
    assert (district["verdict"], district["value"]) == ("not-applicable", 1)
