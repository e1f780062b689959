"""Rows of lists that were set aside: told on every finding, and no fail rests on them."""

from __future__ import annotations

import dataclasses
import math

import pandas as pd
import pytest
import toy
from radius_cities import RADIUS, only
from shapely import box

from zzgeo.auditing.run import audit
from zzgeo.intake.example import write_example
from zzgeo.intake.study import check_study, load_study
from zzgeo.rules.parts.base import Finding
from zzgeo.rules.parts.losses import Losses
from zzgeo.standards import find_rule

TOLD, DECIDES = "facilities.rows_lost", "facilities.rows_lost_decide"
DAY_CARE, PARK = frozenset(("elderly_day_care",)), frozenset(("park",))


def city(lost, facilities=None, **more):
    """Two districts; f serves 60 and 20 of 100 old people in the first, g 50 of 60 in the second, a unit each."""
    places = {"f": toy.facility(0, 0), "g": toy.facility(9000, 0)} if facilities is None else facilities
    west, east = box(-4000, -4000, 4000, 4000), box(4000, -4000, 13000, 4000)
    study = toy.study(
        facilities=places,
        demand={
            "a": toy.people(100, 0, 60, 60),
            "b": toy.people(200, 0, 20, 20),
            "c": toy.people(3000, 0, 20, 20),
            "d": toy.people(9100, 0, 50, 50, "2", "2-1"),
            "e": toy.people(12000, 0, 10, 10, "2", "2-1"),
        },
        units={"1-1": toy.unit(west), "2-1": toy.unit(east, district="2")},
        districts={"1": west, "2": east},
        kinds=DAY_CARE,
        **more,
    )
    return dataclasses.replace(study, lost=lost)


def findings(study):
    return audit(study, only(find_rule(RADIUS))).findings


def test_nothing_lost_and_lost_rows_of_another_kind_change_nothing():
    plain, other = findings(city({})), findings(city({PARK: 7}))
    assert plain["verdict"].eq("fail").all()
    assert other["verdict"].eq("fail").all()
    assert not other["flag_codes"].str.contains("rows_lost").any()


def test_a_fail_that_lost_rows_could_turn_is_left_to_a_person_with_their_number():
    table = findings(city({DAY_CARE | PARK: 1}))
    assert table["verdict"].eq("review").all()
    assert table["flag_codes"].str.contains(DECIDES).all()
    assert "set aside: 1 (in use: 2)" in table["flags"].iloc[0]
    # what was measured stands
    assert table.at[f"{RADIUS}/district/1", "value"] == pytest.approx(0.8)
    assert table.at[f"{RADIUS}/district/1", "missed"] == 20


def test_a_fail_that_they_could_not_turn_stays_and_tells_them():
    people = {f"p{n}": toy.people(2000 + n, 3000, 50, 50) for n in range(9)}
    many = {f"f{n}": toy.facility(40 * n - 400, 0) for n in range(30)}
    study = city({DAY_CARE: 1}, many)
    more = toy.frame(people, "demand_id")
    study = dataclasses.replace(study, demand=pd.concat([study.demand, more]))
    table = findings(study)
    # 470 are missed, the busiest of thirty serves 80; of the unit one row in thirty-one says nothing for certain
    assert table.at[f"{RADIUS}/district/1", "verdict"] == "fail"
    assert table.at[f"{RADIUS}/unit/1-1", "verdict"] == "fail"
    assert table["flag_codes"].str.contains(TOLD).all()
    # nobody is served in the other: nothing says how many a facility there would serve
    assert table.at[f"{RADIUS}/district/2", "verdict"] == "review"


def test_a_pass_stays_a_pass_and_tells_them():
    study = city({DAY_CARE: 1}, {f"f{x}": toy.facility(x, 0) for x in (0, 3000, 9000, 12000)})
    table = findings(study)
    assert table["verdict"].eq("pass").all()
    assert table["flag_codes"].str.contains(TOLD).all()


def test_without_a_facility_in_use_every_fail_is_open_and_without_the_kind_it_is_no_data():
    study = city({DAY_CARE: 3}, {"p": toy.facility(0, 0, "park")})
    assert findings(study)["verdict"].isin(["review"]).all()
    table = findings(dataclasses.replace(study, kinds_known=PARK))
    assert table["verdict"].eq("nodata").all()
    assert "3 rows that may be of these were set aside" in table["note_en"].iloc[0]
    assert "3条" in table["note_zh"].iloc[0]


@pytest.mark.parametrize(
    ("lost", "used", "more", "turns"),
    [
        (2, 50, {"gap": 2.0, "gap_unit": "units"}, True),
        (2, 50, {"gap": 3.0, "gap_unit": "facilities"}, False),
        (2, 50, {"value": 0.97, "value_unit": "m2", "threshold": 1.0}, True),
        (2, 50, {"value": 0.95, "value_unit": "m2", "threshold": 1.0}, False),
        (2, 50, {"value": 3.0, "value_unit": "count", "threshold": 2.0, "operator": "<="}, False),
        (2, 50, {"value": 0.9, "covered": 90.0, "missed": 10.0, "threshold": 1.0}, True),
        (2, 50, {"value": 0.89, "covered": 89.0, "missed": 11.0, "threshold": 1.0}, False),
        (2, 50, {"level": "unit", "value": 0.0, "gap": 1.0, "gap_unit": "facilities"}, False),
        (3, 50, {"level": "unit", "value": 0.0, "gap": 1.0, "gap_unit": "facilities"}, True),
        (1, 0, {"value": math.nan}, True),
    ],
)
def test_what_lost_rows_could_turn(lost, used, more, turns):
    finding = Finding(**{"level": "district", "code": "1", "verdict": "fail", "district": "1", **more})
    told = Losses(lost, used, {"1": 5.0}).told_of(finding)
    assert (told.verdict, [flag.code for flag in told.flags]) == (("review", [DECIDES]) if turns else ("fail", [TOLD]))
    assert (finding.verdict, finding.flags) == ("fail", [])


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("West clinic,community_health_centre", "West clinic,health point"),
        ("East clinic,community_health_centre", "East clinic,"),
        ("community_health_centre,113.602,", "community_health_centre,,"),
        ("community_health_centre,113.612,34.7051", "community_health_centre,0,0"),
        ("community_health_centre", "health point"),
        ("id,name,kind", "id,name,art"),
    ],
)
def test_no_row_of_a_list_that_is_spoilt_makes_a_fail(tmp_path, old, new):
    study = write_example(tmp_path)
    before = audit(load_study(study), profile="zz-2020").findings["verdict"]
    listed = (tmp_path / "facilities.csv").read_text("utf-8")
    assert old in listed
    (tmp_path / "facilities.csv").write_text(listed.replace(old, new), "utf-8")
    spoilt, problems = check_study(study)
    if spoilt is None:
        assert {one.code for one in problems if one.severity == "error"} <= {"kind.unknown", "schema.missing_column"}
        return
    after = audit(spoilt, profile="zz-2020").findings
    assert set(after.index[after["verdict"] == "fail"]) <= set(before.index[before == "fail"])
    turned = after[(after["verdict"] != before) & (before != "nodata")]
    assert len(turned)
    assert turned["verdict"].isin(["review", "nodata"]).all()
