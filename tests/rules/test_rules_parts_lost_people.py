"""Rows of people and units that were set aside: no verdict rests on them."""

from __future__ import annotations

import dataclasses

import pandas as pd
import pytest
import toy
from radius_cities import RADIUS, only
from shapely import box
from unit_cities import care, judged, rule

from zzgeo.auditing.run import audit
from zzgeo.intake.example import write_example
from zzgeo.intake.lost_people import lost_columns
from zzgeo.intake.study import load_study
from zzgeo.rules.parts.base import Finding
from zzgeo.rules.parts.lost_people import may_be, units_turn
from zzgeo.standards import find_rule

TOLD, DECIDES = "people.rows_lost", "people.rows_lost_decide"


def lost(**row):
    rows = [{"layer": "demand", "district": "", "type": "", "rows": 1.0, **row}]
    return pd.DataFrame(rows, columns=lost_columns()).fillna(0.0)


def city(table=None):
    """Two districts of one unit each: in the first all 100 old people are served, in the second 20 of 60."""
    west, east = box(-4000, -4000, 4000, 4000), box(4000, -4000, 13000, 4000)
    study = toy.study(
        facilities={"f": toy.facility(0, 0), "g": toy.facility(9000, 0)},
        demand={
            "a": toy.people(100, 0, 95, 95),
            "c": toy.people(200, 0, 5, 5),
            "d": toy.people(9100, 0, 20, 20, "2", "2-1"),
            "e": toy.people(12000, 0, 40, 40, "2", "2-1"),
        },
        units={"1-1": toy.unit(west), "2-1": toy.unit(east, district="2")},
        districts={"1": west, "2": east},
    )
    return study if table is None else dataclasses.replace(study, lost_people=table)


def findings(study):
    return audit(study, only(find_rule(RADIUS))).findings


def test_without_losses_nothing_is_told():
    table = findings(city())
    assert table.at[f"{RADIUS}/district/1", "verdict"] == "pass"
    assert table.at[f"{RADIUS}/district/2", "verdict"] == "fail"
    assert not table["flag_codes"].str.contains("rows_lost").any()


def test_a_verdict_that_lost_people_could_turn_is_left_to_a_person_with_their_number():
    table = findings(city(lost(aged_60_plus=10.0)))
    # 100 of 110 are not all, 110 of 110 are; 30 of 70 are never all
    first, second = table.loc[f"{RADIUS}/district/1"], table.loc[f"{RADIUS}/district/2"]
    assert (first["verdict"], second["verdict"]) == ("review", "fail")
    assert DECIDES in first["flag_codes"]
    assert "rows of people set aside: 1, at most 10 people" in first["flags"]
    assert TOLD in second["flag_codes"]
    assert first["value"] == 1.0


def test_people_whose_district_is_known_count_there_and_in_the_city_alone():
    table = findings(city(lost(aged_60_plus=500.0, district="2")))
    assert table.at[f"{RADIUS}/district/1", "verdict"] == "pass"
    assert TOLD not in table.at[f"{RADIUS}/district/1", "flag_codes"]
    assert TOLD in table.at[f"{RADIUS}/district/2", "flag_codes"]
    assert TOLD in table.at[f"{RADIUS}/city/city", "flag_codes"]
    # whoever was lost, 40 people are missed
    assert table.at[f"{RADIUS}/city/city", "verdict"] == "fail"


def test_people_of_another_group_cost_nothing():
    table = findings(city(lost(children=500.0)))
    assert not table["flag_codes"].str.contains("rows_lost").any()


@pytest.mark.parametrize(
    ("kind", "district", "verdict", "code"),
    [
        ("urban-community", "", "review", "units.rows_lost_decide"),
        ("", "1", "review", "units.rows_lost_decide"),
        ("urban-community", "2", "pass", ""),
        ("village", "1", "pass", ""),
    ],
)
def test_a_share_of_units_that_a_lost_unit_could_turn_is_left_open(kind, district, verdict, code):
    every = rule(
        "unit-coverage",
        applies_to="urban-community",
        facilities=("elderly_day_care",),
        value=100.0,
        unit="percent of units",
    )
    study = city(lost(layer="units", type=kind, district=district))
    found = judged(study, every).findings.loc["r/district/1"]
    assert found["verdict"] == verdict
    assert code in found["flag_codes"]
    assert ("units.rows_lost" in found["flag_codes"]) == bool(code)


def test_units_left_open_by_lost_people_may_turn_their_share():
    every = Finding(
        "district", "1", "pass", "1", value=1.0, threshold=1.0, gap_unit="units", units_judged=1.0, units_passing=1.0
    )
    unit = Finding("unit", "u", "pass", "1", value=1.0)
    assert units_turn(every, {"1": [unit]})
    assert not units_turn(every, {"2": [unit]})
    assert not units_turn(dataclasses.replace(every, gap_unit="share"), {"1": [unit]})


SHARE = {"covered": 95.0, "missed": 5.0, "value": 0.95, "threshold": 0.9}
HEADS = {"value": 8.6, "value_unit": "beds per 1000 residents", "threshold": 8.5}


@pytest.mark.parametrize(
    ("more", "people", "verdicts"),
    [
        (SHARE, 2.0, {"pass"}),
        (SHARE, 20.0, {"pass", "fail"}),
        ({**HEADS, "params": {"population": 1000.0}}, 10.0, {"pass"}),
        ({**HEADS, "params": {"population": 1000.0}}, 20.0, {"fail"}),
        ({**HEADS, "params": {"population": 1000.0, "population_from": "indicators"}}, 500.0, set()),
        ({"value": 3.0, "value_unit": "per km²", "threshold": 4.0}, 500.0, set()),
    ],
)
def test_what_a_finding_may_be(more, people, verdicts):
    assert may_be(Finding("district", "1", "pass", **more), people) == verdicts


@pytest.mark.parametrize("cell", ["", "many"])
def test_a_row_of_people_that_is_spoilt_turns_no_verdict_in_silence(tmp_path, cell):
    study = write_example(tmp_path)
    before = audit(load_study(study), profile="zz-2020").findings
    listed = (tmp_path / "people.csv").read_text("utf-8")
    (tmp_path / "people.csv").write_text(
        listed.replace("6,113.6281,34.7051,2000,500", f"6,113.6281,34.7051,{cell},500"), "utf-8"
    )
    after = audit(load_study(study), profile="zz-2020").findings
    turned = after[after["verdict"] != before["verdict"]]
    assert turned["verdict"].isin(["review"]).all()
    judged = after[after["people"] > 0]
    assert judged["flag_codes"].str.contains(TOLD).all()


@pytest.mark.parametrize(
    ("kind", "used", "verdict"),
    [("居委会", 1, "nodata"), ("urban-community", 1, "nodata"), ("居委会", 30, "not-applicable"), ("village", 1, "na")],
)
def test_a_clause_of_units_that_were_all_lost_is_no_data(kind, used, verdict):
    box_of = {f"v{n}": toy.unit(box(n * 100, 0, n * 100 + 100, 100), "village") for n in range(used)}
    study = toy.study(facilities={"f": care(0, 10)}, demand={"a": toy.people(100, 0, 95, 95)}, units=box_of)
    clause = rule("unit-coverage", operator=">=", value=100, applies_to="urban-community")
    found = judged(dataclasses.replace(study, lost_people=lost(layer="units", type=kind)), clause).findings
    wanted = "not-applicable" if verdict == "na" else verdict
    assert {found.at[f"r/{place}", "verdict"] for place in ("district/1", "city/city")} == {wanted}
    assert ("1 rows of units were set aside" in found.at["r/city/city", "note_en"]) == (wanted == "nodata")
