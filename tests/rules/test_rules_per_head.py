"""R05 per-head provision: the worked examples of its definition, and its edge cases."""

from __future__ import annotations

import math

import drawn
import pytest
import toy
from hypothesis import given, settings
from hypothesis import strategies as st
from table_cities import CARE, DAY, beds, city, judged, rule, study

from zzgeo.rules.parts.tabular import compare
from zzgeo.rules.per_head import elderly_bed_steps, provision, shortfall

HOSPITAL_BEDS = rule(
    "per-head",
    id="hospital",
    value=8.5,
    unit="beds per 1000 residents",
    comparator_printed=False,
    indicator="hospital-beds-per-1000",
    params={"per": 1000, "numerator": "indicator", "numerator_indicator": "hospital-beds"},
)


ELDERLY_BEDS = rule(
    "per-head",
    id="elderly",
    value=31,
    unit="beds per 1000 elderly",
    population="aged_60_plus",
    facilities=(CARE, DAY),
    indicator="elderly-beds-per-1000",
    params={"per": 1000, "numerator": "indicator", "numerator_indicator": "elderly-beds"},
)


BASELINES = (
    ("hospital-beds", 76_321, 2015), ("population", 9_880_700, 2015),
    ("elderly-beds", 21_163, 2013), ("aged_60_plus", 1_101_000, 2013),
)  # fmt: skip


def test_r05_the_baselines_of_the_documents_fail_by_the_printed_gaps():
    rules = [ELDERLY_BEDS.model_copy(update={"id": f"elderly-{limit}", "value": limit}) for limit in (31, 40, 50)]
    findings = judged(study(rows=BASELINES), HOSPITAL_BEDS, *rules).findings
    hospital = findings.loc["hospital/city/city"]
    assert (round(hospital["value"], 2), hospital["verdict"], hospital["gap"]) == (7.72, "fail", 7665)
    assert hospital["gap_unit"] == "beds"
    assert hospital["params"]["difference"] == pytest.approx(7.7242 - 8.5, abs=1e-4)
    assert "-0.78" in hospital["note_en"]
    for limit, gap in ((31, 12_968), (40, 22_877), (50, 33_887)):
        one = findings.loc[f"elderly-{limit}/city/city"]
        assert (round(one["value"], 2), one["verdict"], one["gap"]) == (19.22, "fail", gap)
        assert one["params"]["status_34"] == "fail"
    assert list(findings["level"]) == ["city"] * 4


def test_r05_a_ratio_of_a_later_year_comes_before_an_older_count():
    rows = [("hospital-beds", 59_664, 2012), ("population", 9_000_000, 2012), ("hospital-beds-per-1000", 8.7, 2015)]
    found = city(study(rows=rows), HOSPITAL_BEDS)
    assert (found["value"], found["verdict"]) == (8.7, "pass")
    same_year = [("hospital-beds", 76_321, 2015), ("population", 9_880_700, 2015), rows[-1]]
    assert city(study(rows=same_year), HOSPITAL_BEDS)["value"] == pytest.approx(7.72, abs=0.005)


def test_r05_formula_and_three_steps_of_elderly_beds():
    assert provision(21_163, 1_101_000) == pytest.approx(19.22, abs=0.005)
    assert [math.ceil(limit * 1101) for limit in (31, 40, 50)] == [34_131, 44_040, 55_050]
    assert shortfall(2, 0, 9_880_700, 10_000) == 1977
    steps = [elderly_bed_steps(value) for value in (39.9, 40.0, 45.0, 50.0)]
    assert [(one["status_34"], one["status_36"]) for one in steps] == [
        ("fail", "fail"),
        ("pass", "fail"),
        ("pass", "fail"),
        ("pass", "pass"),
    ]


@settings(max_examples=60, deadline=None)
@given(drawn.grid(0.1, 100), st.integers(0, 10**6), st.integers(1, 10**8), st.sampled_from([1000, 10_000]))
def test_r05_closing_the_gap_passes_and_one_less_does_not(limit, total, people, per):
    gap = shortfall(limit, total, people, per)
    assert compare(provision(total + gap, people, per), ">=", limit) == "pass"
    if gap >= 1:
        assert (total + gap - 1) < limit * people / per


def test_r05_beds_of_facilities_are_summed_by_district_and_never_divided_by_another_group():
    capacity = ELDERLY_BEDS.model_copy(update={"params": {"numerator": "capacity"}, "value": 40, "facilities": (CARE,)})
    there = {"f": beds(500, 10), "g": beds(1500, 5), "far": beds(9000, 500)}
    findings = judged(study(there), capacity).findings
    got = findings.loc[["elderly/district/1", "elderly/district/2", "elderly/city/city"]]
    assert list(got["value"]) == pytest.approx([50.0, 5 / 300 * 1000, 30.0])
    assert list(got["verdict"]) == ["pass", "fail", "fail"]
    assert list(got["gap"]) == [0, 7, 5]
    assert "outside every district, not counted: 1" in got["flags"].iloc[2]
    demand = {"a": {name: cell for name, cell in toy.people(500, 500, 1000, 1).items() if name != "aged_60_plus"}}
    one = city(study(there, demand=demand), capacity)
    assert (one["verdict"], "aged_60_plus" in one["note_en"]) == ("nodata", True)


def test_r05_unknown_capacity_cannot_fail_a_clause_and_an_empty_list_does():
    capacity = ELDERLY_BEDS.model_copy(update={"params": {"numerator": "capacity"}, "value": 40, "facilities": (CARE,)})
    some = city(study({"f": beds(500, 10), "g": beds(1500, None)}), capacity)
    assert (some["verdict"], some["value"]) == ("review", 20.0)
    assert "capacity unknown, not counted: 1 of 2" in some["flags"]
    assert city(study({"f": beds(500, 100), "g": beds(1500, None)}), capacity)["verdict"] == "pass"
    assert city(study({"g": beds(1500, None)}), capacity)["verdict"] == "nodata"
    empty = city(study(kinds=(CARE,)), capacity)
    assert (empty["verdict"], empty["value"], empty["gap"]) == ("fail", 0.0, 20)
    unknown = city(study(), capacity)
    assert unknown["verdict"] == "nodata"
    assert math.isnan(unknown["value"])


def test_r05_a_ready_made_ratio_is_flagged_and_other_years_are_told():
    ready = city(study(rows=[("hospital-beds-per-1000", 8.7, 2015), ("population", 1_000_000, 2015)]), HOSPITAL_BEDS)
    assert (ready["verdict"], ready["gap"]) == ("pass", 0)
    assert "value from the indicator table" in ready["flags"]
    assert "more is not always better" in ready["flags"]
    assert ready["params"]["difference"] == pytest.approx(0.2)
    years = city(study(rows=[("hospital-beds", 76_321, 2015), ("population", 9_880_700, 2017)]), HOSPITAL_BEDS)
    assert "count of 2015, people of 2017" in years["flags"]
    newer = [("hospital-beds", 1, 2014), ("hospital-beds", 76_321, 2015), ("hospital-beds", 10**6, 2019)]
    assert round(city(study(rows=[*newer, BASELINES[1]]), HOSPITAL_BEDS)["value"], 2) == 7.72


def test_r05_a_verdict_that_hangs_on_the_denominator_is_sensitive():
    one = city(study(rows=[("hospital-beds", 25, 2018), ("population", 4000, 2018)]), HOSPITAL_BEDS)
    assert (one["verdict"], one["sensitive"]) == ("fail", False)
    flips = city(study(rows=[("hospital-beds", 30, 2018), ("population", 4000, 2018)]), HOSPITAL_BEDS)
    assert (flips["verdict"], flips["sensitive"]) == ("fail", True)


def test_r05_staff_are_never_read_from_beds_and_a_clause_on_denominators_is_not_judged():
    staff = rule("per-head", value=3.5, unit="physicians per 1000 residents", facilities=("hospital",))
    assert city(study({"f": beds(500, 100, "hospital")}), staff)["verdict"] == "nodata"
    naming = rule("per-head", operator="denominator", unit="resident population")
    assert set(judged(study(), naming).findings["verdict"]) == {"not-applicable"}


@pytest.mark.parametrize(
    ("unit", "value"),
    [
        ("beds per 10,000 residents", 500.0),
        ("张/万人", 500.0),
        ("床/千人", 50.0),
        ("beds per 100 residents", 5.0),
        ("beds", 50.0),
    ],
)
def test_r05_the_unit_of_a_clause_says_for_how_many_people_it_counts(unit, value):
    own = rule("per-head", id="beds", value=1, unit=unit, facilities=(CARE,))
    home = {"a": toy.people(500, 500, 200, 1)}
    assert city(study({"f": beds(500, 10)}, demand=home), own)["value"] == pytest.approx(value)


def test_r05_a_reported_rate_for_another_number_of_people_is_converted():
    own = rule("per-head", id="gps", value=2, unit="GPs per 10,000 residents")
    found = [city(study(rows=[("gps", 0.15, 2018, "", unit)]), own) for unit in ("per 1000 residents", "人/千人", "")]
    assert [(one["value"], one["verdict"]) for one in found] == [(1.5, "fail"), (1.5, "fail"), (0.15, "fail")]
