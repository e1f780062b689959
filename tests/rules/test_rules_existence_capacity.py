"""R04 existence per unit with capacity: the worked examples of its definition, and its edge cases."""

from __future__ import annotations

import dataclasses

import drawn
import numpy as np
import pandas as pd
import pytest
import toy
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import Point, box
from unit_cities import CARE, ONE, care, judged, row, rule, squares, with_table

from zzgeo.errors import StandardError
from zzgeo.rules.existence_capacity import required as facilities_required
from zzgeo.rules.parts.qualified import Conditions, qualified

SEVENTY = rule("existence-capacity", applies_to="subdistrict-township", value=1, params={"min_capacity": 70})


COUNTY = rule("existence-capacity", value=1, params={"min_capacity": 200, "ownership": "public", "per": "district"})


def seventy_study(*facilities: dict, units: int = 3):
    listed = {f"f{n}": one for n, one in enumerate(facilities)}
    return toy.study(facilities=listed, demand=ONE, units=squares(units, "subdistrict"), kinds=frozenset({CARE}))


def test_r04_example_beds_are_never_summed():
    study = seventy_study(care(20, 40), care(60, 45), care(150, 70), care(250, 120))
    findings = judged(study, SEVENTY).findings
    assert list(findings.loc[[f"r/unit/s{n}" for n in range(3)], "verdict"]) == ["fail", "pass", "pass"]
    one = findings.loc["r/district/1"]
    assert (one["value"], one["verdict"], one["gap"], one["gap_unit"]) == (pytest.approx(2 / 3), "fail", 1, "units")
    assert findings.at["r/city/city", "value"] == pytest.approx(0.667, abs=5e-4)
    assert findings.at["r/unit/s0", "params"]["largest_capacity"] == 45
    assert findings.at["r/unit/s0", "gap"] == 1


def test_r04_example_a_county_needs_a_public_one():
    short = {"a": care(10, 180, ownership="public"), "b": care(20, 260, ownership="民办")}
    one = row(toy.study(facilities=short, demand=ONE), COUNTY)
    assert (one["verdict"], one["value"], one["gap"]) == ("fail", 0, 1)
    met = {"a": care(10, 200, ownership="公办"), "b": care(20, 260, ownership="private")}
    report = judged(toy.study(facilities=met, demand=ONE), COUNTY)
    assert report.findings.at["r/district/1", "verdict"] == "pass"
    assert (report.findings.at["r/city/city", "value"], report.findings.at["r/city/city", "verdict"]) == (1.0, "pass")


@pytest.mark.parametrize(
    ("owner", "verdict"),
    [
        ("不详", "review"),
        (" / ", "review"),
        ("", "review"),
        ("待核实", "review"),
        ("？", "review"),
        ("民办", "fail"),
        ("公立", "pass"),
    ],
)
def test_r04_an_owner_nobody_knows_is_unknown_however_that_is_written(owner, verdict):
    study = toy.study(facilities={"f": care(50, 300, ownership=owner)}, demand=ONE, kinds=frozenset({CARE}))
    one = row(study, COUNTY, "city/city")
    assert one["verdict"] == verdict
    assert ("ownership unknown, not counted: 1" in one["flags"]) is (verdict == "review")


def test_r04_unknown_capacity_does_not_qualify_is_flagged_and_leaves_the_fail_it_could_turn_to_a_person():
    one = judged(seventy_study(care(50, np.nan), care(150, 70), care(250, 70)), SEVENTY).findings
    unit = one.loc["r/unit/s0"]
    assert (unit["verdict"], unit["value"], bool(unit["sensitive"])) == ("review", 0, True)
    whole = one.loc["r/district/1"]
    assert (whole["verdict"], whole["gap"], whole["units_judged"]) == ("review", 1, 3)
    assert "enough if what is unknown of its facilities sufficed" in whole["flags"]
    assert "capacity unknown, not counted: 1" in one.at["r/district/1", "flags"]
    assert bool(one.at["r/district/1", "sensitive"])


def test_r04_a_district_whose_only_large_one_may_be_public_is_left_to_a_person():
    report = judged(toy.study(facilities={"a": care(10, 250), "b": care(20, 180)}, demand=ONE), COUNTY)
    assert report.findings.at["r/district/1", "verdict"] == report.findings.at["r/city/city", "verdict"] == "review"
    small = judged(toy.study(facilities={"a": care(10, 150), "b": care(20, 180)}, demand=ONE), COUNTY)
    assert small.findings.at["r/district/1", "verdict"] == small.findings.at["r/city/city", "verdict"] == "fail"


def test_r04_a_unit_that_surely_fails_makes_the_verdict_of_the_whole_sure():
    one = row(seventy_study(care(50, np.nan), care(150, 10), units=2), SEVENTY)
    assert (one["verdict"], bool(one["sensitive"])) == ("fail", False)


def test_r04_a_range_passes_at_its_lower_end_and_more_is_no_failure():
    study = seventy_study(care(50, 10), care(150, 10), care(160, 10), care(170, 10), units=2)
    one = rule("existence-capacity", applies_to="subdistrict-township", operator="range", value=(1, 2))
    assert row(study, one)["verdict"] == "pass"
    assert facilities_required(one) == 1
    three = one.model_copy(update={"params": {"min_count": 3}})
    assert (row(study, three)["value"], facilities_required(three)) == (0.5, 3)


def test_r04_no_facility_fails_an_unknown_list_is_no_data_and_the_table_answers():
    empty = seventy_study()
    assert list(row(empty, SEVENTY)[["verdict", "value", "gap"]]) == ["fail", 0.0, 3.0]
    unlisted = dataclasses.replace(empty, kinds_known=frozenset())
    assert row(unlisted, SEVENTY)["verdict"] == "nodata"
    assert "[[facilities]]" in row(unlisted, SEVENTY)["note_en"]
    told = row(with_table(unlisted, ("r", "1", 2018, 2, None)), COUNTY)
    assert (told["verdict"], told["value"]) == ("pass", 2)
    assert "indicator table" in told["flags"]
    share = row(with_table(unlisted, ("r", "1", 2018, 90, "%")), SEVENTY)
    assert (share["verdict"], share["value"]) == ("fail", pytest.approx(0.9))
    # a count cannot say in how many units the facilities stand
    assert row(with_table(unlisted, ("r", "1", 2018, 90, "处")), SEVENTY)["verdict"] == "nodata"


def test_r04_a_unit_known_as_a_point_is_no_data_unless_a_facility_names_it():
    units = {**squares(1, "subdistrict"), "dot": toy.unit(Point(900, 50), "township")}
    study = toy.study(facilities={"f": care(50, 70)}, demand=ONE, units=units)
    findings = judged(study, SEVENTY).findings
    assert findings.at["r/unit/dot", "verdict"] == "nodata"
    assert findings.at["r/district/1", "verdict"] == "nodata"
    named = toy.study(facilities={"f": care(50, 70), "g": care(5000, 80, serves="dot")}, demand=ONE, units=units)
    assert row(named, SEVENTY)["verdict"] == "pass"


def test_r04_a_facility_outside_counts_for_no_unit_with_an_outline_and_one_on_the_border_for_both():
    outside = seventy_study(care(50, 70, y=500, serves="s0"), units=1)
    assert row(outside, SEVENTY, "unit/s0")["verdict"] == "fail"
    border = judged(seventy_study(care(100, 70), units=2), SEVENTY).findings
    assert list(border.loc[["r/unit/s0", "r/unit/s1"], "verdict"]) == ["pass", "pass"]
    assert "shared" in border.at["r/unit/s0", "flags"]


def test_r04_a_zone_counts_for_its_county_and_stands_apart():
    study = toy.study(facilities={"f": care(50, 300, ownership="public")}, demand=ONE)
    zones = toy.frame({"z": {"name": "航空港", "geometry": box(0, 0, 100, 100)}}, "code")
    findings = judged(dataclasses.replace(study, zones=zones), COUNTY).findings
    assert findings.at["r/district/1", "verdict"] == "pass"
    assert findings.at["r/zone/z", "verdict"] == "pass"
    assert list(findings["level"]).count("district") == 1


def test_r04_no_unit_of_the_type_is_not_applicable_and_a_wrong_clause_is_refused():
    study = toy.study(facilities={"f": care(50, 70)}, demand=ONE, units=squares(1, "village"))
    assert row(study, SEVENTY)["verdict"] == "not-applicable"
    with pytest.raises(StandardError, match="per = unit"):
        row(study, rule("existence-capacity", params={"per": "unit"}))
    with pytest.raises(StandardError, match="whole number"):
        row(study, SEVENTY.model_copy(update={"value": 0.5}))


@settings(deadline=None)
@given(st.lists(st.one_of(st.none(), drawn.grid(0, 500)), max_size=20), drawn.grid(1, 300))
def test_r04_what_surely_qualifies_may_qualify_and_nothing_small_does(beds, least):
    fits = qualified(pd.DataFrame({"capacity": pd.Series(beds, dtype=float)}), Conditions(least))
    assert not (fits.sure & ~fits.possible).any()
    assert fits.sure.sum() == sum(one is not None and one >= least - 1e-6 for one in beds)


GROUND = rule("existence-capacity", applies_to="subdistrict-township", value=1, params={"min_land_area_m2": 1000})


def test_r04_each_facility_needs_the_ground_and_unknown_ground_is_left_to_a_person():
    study = seventy_study(
        care(50, 0, area_m2=1000.0), care(150, 0, area_m2=600.0), care(160, 0, area_m2=500.0), care(250, 0)
    )
    table = judged(study, GROUND).findings
    assert table.loc[[f"r/unit/s{n}" for n in range(3)], "verdict"].tolist() == ["pass", "fail", "review"]
    assert "ground unknown, not counted: 1" in table.at["r/district/1", "flags"]
    assert table.at["r/district/1", "verdict"] == "fail"
    assert table.at["r/unit/s0", "params"]["min_land_area_m2"] == 1000


def test_r04_an_outline_tells_the_ground_that_no_row_does():
    places = {
        "a": {**care(50, 0), "geometry": box(30, 30, 70, 60)},
        "b": {**care(150, 0), "geometry": box(130, 30, 150, 60)},
    }
    study = toy.study(facilities=places, demand=ONE, units=squares(2, "subdistrict"), kinds=frozenset({CARE}))
    table = judged(study, GROUND).findings
    assert table.loc[["r/unit/s0", "r/unit/s1"], "verdict"].tolist() == ["pass", "fail"]


def test_r04_unknown_floor_area_counts_and_is_flagged():
    asked = rule("existence-capacity", applies_to="subdistrict-township", value=1, params={"min_floor_area_m2": 200})
    study = seventy_study(care(50, 0, floor_area_m2=200.0), care(150, 0, floor_area_m2=199.0), care(250, 0))
    table = judged(study, asked).findings
    assert table.loc[[f"r/unit/s{n}" for n in range(3)], "verdict"].tolist() == ["pass", "fail", "pass"]
    assert "floor area unknown, counted: 1" in table.at["r/district/1", "flags"]
