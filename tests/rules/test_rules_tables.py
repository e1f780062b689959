"""R05, R07, R08, R16, R18, R20-R22: worked examples of the rule definitions with printed numbers, and edge cases."""

from __future__ import annotations

import dataclasses
import datetime as dt
import math
import re

import pandas as pd
import pytest
import toy
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import box

from zzgeo.auditing.report import AuditReport
from zzgeo.auditing.run import audit
from zzgeo.errors import InputError, StandardError
from zzgeo.numbers import value_text
from zzgeo.rules.floor_space import _need
from zzgeo.rules.land_per_person import parcel_areas
from zzgeo.rules.parts.awards import AWARDS
from zzgeo.rules.parts.project_list import STEPS, reached
from zzgeo.rules.parts.quarters import floor_needed, shared_areas
from zzgeo.rules.parts.tabular import compare
from zzgeo.rules.parts.trends import elements_of, read_number
from zzgeo.rules.per_head import elderly_bed_steps, provision, shortfall
from zzgeo.rules.register_share import needed
from zzgeo.rules.subsidy import area_subsidy, bed_subsidy, hospice, public_bed, star, subsidies, subsidy_items
from zzgeo.rules.yearly_increment import yearly_changes
from zzgeo.standards import Rule, Standard, shipped

CARE, DAY = "elderly_care_facility", "elderly_day_care"
TWO = {"1": box(0, 0, 1000, 1000), "2": box(1000, 0, 2000, 1000)}


def rule(kind: str, **more) -> Rule:
    facts = {
        "id": "r", "title": "条款", "title_en": "clause", "section": "一", "clause": "原文", "rule": kind,
        "verified_on": dt.date(2026, 11, 22), "standard": "zz2018-34", "operator": ">=",
    }  # fmt: skip
    return Rule(**{**facts, **more})


def judged(study, *rules: Rule) -> AuditReport:
    document = shipped()["zz2018-34"].document
    return audit(study, [Standard(document=document, clauses=tuple(rules))])


def city(study, one: Rule) -> pd.Series:
    return judged(study, one).findings.loc[f"{one.id}/city/city"]


def indicators(*rows: tuple) -> pd.DataFrame:
    """Return rows (indicator, value, year, district, unit) as the loader does."""
    full = [(*row, *(math.nan, "", None)[len(row) - 2 :]) for row in rows]
    table = pd.DataFrame(full, columns=["indicator", "value", "year", "district", "unit"])
    return table.astype({"value": float, "year": float})[["indicator", "district", "year", "value", "unit"]]


def study(facilities=None, *, rows=(), tables=None, kinds=(), as_of=dt.date(2018, 12, 31), **more):
    demand = more.pop("demand", {"a": toy.people(500, 500, 1000, 200), "b": toy.people(1500, 500, 2000, 300, "2")})
    made = toy.study(
        facilities=facilities or {}, demand=demand, districts=TWO, kinds=frozenset(kinds), **more
    )  # fmt: skip
    return dataclasses.replace(
        made, as_of=as_of, indicators=indicators(*rows) if rows else None,
        tables={name: pd.DataFrame(table, dtype=object) for name, table in (tables or {}).items()},
    )  # fmt: skip


def beds(x: float, number: float | None, kind: str = CARE, **more):
    return toy.facility(x, 500, kind, capacity=math.nan if number is None else float(number), **more)


# R05 ---------------------------------------------------------------------------------------------------------------

HOSPITAL_BEDS = rule(
    "per-head", id="hospital", value=8.5, unit="beds per 1000 residents", comparator_printed=False,
    indicator="hospital-beds-per-1000",
    params={"per": 1000, "numerator": "indicator", "numerator_indicator": "hospital-beds"},
)  # fmt: skip
ELDERLY_BEDS = rule(
    "per-head", id="elderly", value=31, unit="beds per 1000 elderly", population="aged_60_plus",
    facilities=(CARE, DAY), indicator="elderly-beds-per-1000",
    params={"per": 1000, "numerator": "indicator", "numerator_indicator": "elderly-beds"},
)  # fmt: skip
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
        ("fail", "fail"), ("pass", "fail"), ("pass", "fail"), ("pass", "pass"),
    ]  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(st.floats(0.1, 100), st.integers(0, 10**6), st.integers(1, 10**8), st.sampled_from([1000, 10_000]))
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


# R07 ---------------------------------------------------------------------------------------------------------------

NEW = rule("floor-space", id="new", value=30, unit="m2 floor area per 100 households", scope="new-residential",
           population="households", params={"per_100_households_new": 30})  # fmt: skip
OLD = rule("floor-space", id="old", value=20, unit="m2 floor area per 100 households", scope="existing-residential",
           population="households", params={"per_100_households_existing": 20, "min_m2": 200})  # fmt: skip


def quarters(*rows: tuple) -> dict:
    names = ("quarter", "district", "households", "floor_area_m2", "built", "shared_area_m2", "shared_with")
    return {"quarters": [dict(zip(names, row, strict=False)) for row in rows]}


def test_r07_examples_of_new_and_existing_quarters():
    table = quarters(
        ("n500", "1", "500", "160", "2019-01-01"), ("n1500", "1", "1500", "400", "new"),
        ("e800", "2", "800", "180", "2010"), ("e1000", "2", "1000", "200", "existing"),
        ("e1500", "2", "1500", "300", "existing"),
    )  # fmt: skip
    findings = judged(study(tables=table), NEW, OLD).findings
    got = findings[findings["level"] == "unit"].set_index("unit")
    assert list(got["threshold"]) == [150, 450, 200, 200, 300]
    assert list(got["verdict"]) == ["pass", "fail", "fail", "pass", "pass"]
    assert list(got["gap"]) == [0, 50, 20, 0, 0]
    assert list(got["rule"]) == ["new", "new", "old", "old", "old"]
    assert findings.at["new/district/1", "value"] == 0.5
    assert findings.at["new/district/2", "verdict"] == "not-applicable"
    assert (findings.at["old/city/city", "gap"], findings.at["old/city/city", "gap_unit"]) == (20, "m2")


def test_r07_where_the_minimum_breaks_even():
    assert floor_needed(999, "existing") == floor_needed(1000, "existing") == 200
    assert floor_needed(1001, "existing") == pytest.approx(200.2)
    assert floor_needed(666, "new", least_for_new=True) == 200 < floor_needed(667, "new", least_for_new=True)
    smallest = rule("floor-space", value=200, unit="m2 floor area per facility", scope="existing-residential")
    assert (_need(smallest, 5000, "existing"), _need(OLD, 5000, "existing")) == (200, 1000)
    assert math.isnan(floor_needed(0, "new"))


def test_r07_unknown_area_or_age_is_no_data_and_no_households_is_not_applicable():
    table = quarters(("a", "1", "500", None, "existing"), ("b", "1", "0", "10", "existing"),
                     ("c", "1", "800", "200", None), ("d", "1", "800", "300", "existing"))  # fmt: skip
    findings = judged(study(tables=table), OLD).findings
    verdicts = findings.loc[[f"old/unit/{name}" for name in "abcd"], "verdict"]
    assert list(verdicts) == ["nodata", "not-applicable", "nodata", "pass"]
    assert findings.at["old/district/1", "verdict"] == "review"
    assert findings.at["old/district/2", "verdict"] == "nodata"
    assert "quarters" in city(study(), OLD)["note_en"]


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(1, 5000), min_size=2, max_size=6), st.floats(1, 5000))
def test_r07_shared_rooms_are_shared_out_whole(households, area):
    names = [f"q{place}" for place in range(len(households))]
    table = pd.DataFrame(
        {"households": [float(one) for one in households], "shared_area_m2": [area, *[math.nan] * (len(names) - 1)],
         "shared_with": [";".join(names[1:]), *[None] * (len(names) - 1)]}, index=names,
    )  # fmt: skip
    parts = shared_areas(table)
    assert parts.sum() == pytest.approx(area)
    assert parts["q0"] == pytest.approx(area * households[0] / sum(households))


def test_r07_shared_rooms_count_once_and_contradictions_are_refused():
    both = quarters(("a", "1", "600", "0", "existing", "300", "b"), ("b", "1", "400", "50", "existing", "300", "a"))
    findings = judged(study(tables=both), OLD).findings
    assert list(findings.loc[["old/unit/a", "old/unit/b"], "value"]) == [180, 170]
    wrong = quarters(("a", "1", "6", "0", "existing", "300", "b"), ("b", "1", "4", "5", "existing", "200", "a"),
                     ("c", "1", "4", "5", "existing", "9", "z"))  # fmt: skip
    with pytest.raises(InputError) as caught:
        judged(study(tables=wrong), OLD)
    assert {problem.code for problem in caught.value.problems} == {"file.inconsistent", "value.unknown_code"}


def test_r07_cells_that_cannot_be_read_are_all_named():
    with pytest.raises(InputError) as caught:
        judged(study(tables=quarters(("a", "1", "many", "-5", "existing"))), OLD)
    assert {problem.code for problem in caught.value.problems} == {"value.unparsed", "value.negative"}
    with pytest.raises(InputError, match="households"):
        judged(study(tables={"quarters": [{"quarter": "a", "district": "1"}]}), OLD)
    with pytest.raises(InputError, match=r"id\.duplicate"):
        judged(study(tables=quarters(("a", "1", "5", "5", "new"), ("a", "1", "5", "5", "new"))), OLD)


def test_r07_facilities_are_delivered_with_the_homes():
    together = rule("floor-space", id="sync", operator="<=", value=0, scope="new-residential",
                    unit="days between housing and facility delivery")  # fmt: skip
    row = {"quarter": "a", "district": "1", "households": "9", "built": "new", "housing_delivered": "2020-01-01"}
    days = {"a": "2020-01-31", "b": "2020-01-01", "c": None}
    table = {"quarters": [{**row, "quarter": name, "facility_delivered": day} for name, day in days.items()]}
    findings = judged(study(tables=table), together).findings
    got = findings.loc[["sync/unit/a", "sync/unit/b", "sync/unit/c"]]
    assert list(got["verdict"]) == ["fail", "pass", "nodata"]
    assert (got["gap"].iloc[0], got["gap_unit"].iloc[0]) == (30, "days")


# R08 ---------------------------------------------------------------------------------------------------------------

LAND = rule("land-per-person", id="land", value=0.1, unit="m2 of land per person", facilities=(CARE,))


def test_r08_example_land_is_short_of_500_m2():
    table = {"elderly_land": [{"area_m2": "8000"}, {"area_m2": "3,500"}]}
    one = city(study(rows=[("planned_population", 120_000)], tables=table), LAND)
    assert (round(one["value"], 4), one["verdict"], one["gap"], one["gap_unit"]) == (0.0958, "fail", 500, "m2")
    assert pytest.approx(988_070) == 0.1 * 9_880_700
    enough = {"elderly_land": [{"area_m2": "12000"}]}
    assert city(study(rows=[("planned_population", 120_000)], tables=enough), LAND)["verdict"] == "pass"


def test_r08_mixed_use_without_a_share_is_shown_with_and_without():
    table = {"elderly_land": [{"area_m2": "8000", "district": "1"}, {"area_m2": "5000", "mixed": "是", "district": "2"},
                              {"area_m2": "10000", "share": "0.35", "mixed": "yes", "district": "1"}]}  # fmt: skip
    rows = [("planned_population", 120_000), ("planned_population", 60_000, math.nan, "1")]
    findings = judged(study(rows=rows, tables=table), LAND).findings
    one = findings.loc["land/city/city"]
    assert (round(one["value"], 4), one["verdict"], one["sensitive"]) == (0.0958, "review", True)
    assert one["params"]["value_with_undecided"] == pytest.approx(16_500 / 120_000)
    assert findings.at["land/district/1", "value"] == pytest.approx(11_500 / 60_000)
    # without a planned population those who live there now count, and that is told
    assert "people who live there now" in findings.at["land/district/2", "flags"]


def test_r08_outlines_are_cut_at_the_plan_boundary_and_unknown_land_never_fails():
    inside = {**beds(0, 10), "geometry": box(0, 0, 100, 200)}
    plan = {"plan": box(0, 0, 50, 1000)}
    ruled = LAND.model_copy(update={"area": "plan"})
    rows = [("planned_population", 120_000)]
    one = city(study({"f": inside}, rows=rows, areas=plan), ruled)
    assert (one["value"], one["verdict"]) == (pytest.approx(10_000 / 120_000), "fail")
    unknown = city(study({"f": inside, "g": beds(20, 10)}, rows=rows, areas=plan), ruled)
    assert unknown["verdict"] == "review"
    assert city(study(rows=rows), LAND)["verdict"] == "nodata"
    assert city(study({"f": inside}), ruled)["verdict"] == "nodata"
    empty = {"area_m2": [100.0], "share": [40.0], "mixed": [None]}
    assert parcel_areas(pd.DataFrame(empty)).to_numpy().tolist() == [[40.0, 40.0]]


# R16 ---------------------------------------------------------------------------------------------------------------

NURSING = rule("register-share", id="nursing", value=40, unit="percent of elderly-care beds", facilities=(CARE,),
               params={"attribute": "nursing", "count": "beds"})  # fmt: skip
PRIVATE = rule("register-share", id="private", value=60, unit="percent of new beds", facilities=(CARE,),
               params={"ownership": "private", "count": "beds"})  # fmt: skip
STARS = rule("register-share", id="stars", operator="=", value=100, unit="percent of institutions", facilities=(CARE,),
             params={"attribute": "star-rated", "count": "facilities"})  # fmt: skip


def test_r16_examples_of_nursing_private_and_star_rated():
    care = {
        "n": beds(500, 8000, attributes="nursing;star-rated"),
        "o": beds(1500, 13_163, attributes="medical-licence"),
    }
    nursing = city(study(care), NURSING)
    assert (round(nursing["value"], 3), nursing["verdict"]) == (0.378, "fail")
    assert (nursing["params"]["needed"], nursing["gap"]) == (8466, 466)
    day = pd.Timestamp("2018-05-01")
    new = {"p": beds(500, 1750, ownership="民办", opened=day), "q": beds(600, 1250, ownership="公办", opened=day),
           "old": beds(700, 9999, ownership="公办", opened=pd.Timestamp("2010-01-01"))}  # fmt: skip
    private = city(study(new), PRIVATE)
    assert (round(private["value"], 3), private["verdict"]) == (0.583, "fail")
    assert (private["params"]["needed"], private["gap"]) == (1800, 50)
    rated = {f"f{n}": toy.facility(n, 500, CARE, attributes="star-rated" if n else "plain") for n in range(164)}
    stars = city(study(rated), STARS)
    assert (round(stars["value"], 3), stars["verdict"], stars["gap"]) == (0.994, "fail", 1)
    assert [needed(0.4, 21_163), needed(0.6, 3000), needed(1.0, 164)] == [8466, 1800, 164]


def test_r16_what_is_not_told_stays_in_the_denominator_and_may_make_a_verdict_sensitive():
    silent = toy.facility(600, 500, CARE, attributes=None)
    care = {"a": toy.facility(500, 500, CARE, attributes="star-rated"), "b": silent}
    one = city(study(care), STARS)
    assert (one["value"], one["verdict"], one["sensitive"]) == (0.5, "fail", True)
    assert "not told, counted as without: 1" in one["flags"]
    assert city(study({"b": silent}), STARS)["verdict"] == "nodata"
    assert city(study({"b": silent}, rows=[("stars", 100, 2018)]), STARS)["verdict"] == "pass"
    unknown_beds = {"a": beds(500, 10, attributes="nursing"), "b": beds(600, 90, attributes="x"),
                    "c": beds(700, None, attributes="nursing")}  # fmt: skip
    assert city(study(unknown_beds), NURSING)["verdict"] == "review"


def test_r16_per_district_none_there_and_an_empty_list():
    findings = judged(study({"a": toy.facility(500, 500, CARE, attributes="star-rated")}), STARS).findings
    assert list(findings["verdict"]) == ["pass", "not-applicable", "pass"]
    empty = judged(study(kinds=(CARE,)), STARS).findings
    assert list(empty["verdict"]) == ["fail"] * 3
    assert list(empty["value"]) == [0.0] * 3


def test_r16_from_the_indicator_table_by_share_or_per_cent_and_against_an_earlier_year():
    visits = rule("register-share", id="visits", operator="~", value=20, unit="percent of visits")
    for value, unit, verdict in ((21.9, "%", "pass"), (0.219, "share", "pass"), (25.0, None, "review")):
        assert city(study(rows=[("visits", value, 2018, "", unit)]), visits)["verdict"] == verdict
    rising = rule("register-share", id="ward", operator="increase", unit="percent of level-two hospitals")
    assert city(study(rows=[("ward", 20, 2015), ("ward", 30, 2018)]), rising)["verdict"] == "pass"
    assert city(study(rows=[("ward", 30, 2018)]), rising)["verdict"] == "nodata"


# R18 ---------------------------------------------------------------------------------------------------------------


def test_r18_examples():
    steps = {150: 0, 200: 10, 299: 10, 300: 15, 750: 35, 1999: 95, 2000: 100, 5000: 100}
    assert {m2: area_subsidy(m2) / 10_000 for m2 in steps} == steps
    assert bed_subsidy(120, 80) == (1_560_000, 780_000, 780_000)
    assert (public_bed(200), hospice(30)) == (12_000_000, 270_000)
    assert star({1: 2, 2: 1, 3: 3, 4: 1, 5: 1}) == 970_000


def test_r18_a_plan_draws_from_city_and_county_clause_by_clause():
    plan = pd.DataFrame(
        [
            {"kind": DAY, "floor_area_m2": "750", "meets_standard": "是"},
            {"kind": DAY, "floor_area_m2": "750"},
            {"kind": CARE, "beds_new": 120, "beds_converted": 80, "public": "no", "star": 3},
            {"kind": CARE, "beds_new": "200", "public": "yes"},
            {"kind": "hospital", "beds_hospice": 30},
            {"kind": "elderly_university", "cost_yuan": 1_000_000},
        ],
        index=list("abcdef"),
    )
    drawn = subsidies(plan)
    assert list(drawn["city_yuan"]) == [350_000, 0, 880_000, 12_000_000, 135_000, 300_000]
    assert list(drawn["county_yuan"]) == [0, 0, 780_000, 0, 135_000, 0]
    assert "not told: no area subsidy" in drawn.at["b", "assumptions"]
    assert "A21" in drawn.at["c", "assumptions"]
    assert "三（二）2" in drawn.at["c", "clauses"]
    assert "三（二）3" in drawn.at["c", "clauses"]
    items = subsidy_items(plan)
    assert items[["city_yuan", "county_yuan"]].to_numpy().sum() == drawn["total_yuan"].sum()
    assert list(drawn.index) == list(plan.index)


def test_r18_a_plan_that_cannot_be_read_is_refused_with_every_fault():
    with pytest.raises(InputError) as caught:
        subsidies(pd.DataFrame([{"beds_new": -5, "star": 6, "smart": "house"}]))
    assert [problem.code for problem in caught.value.problems] == [
        "schema.missing_column", "value.negative", "value.unparsed", "value.unparsed",
    ]  # fmt: skip


def test_r18_is_a_figure_and_never_a_verdict():
    plan = {"subsidy_plan": [{"kind": DAY, "floor_area_m2": "750", "meets_standard": "yes", "district": "1"}]}
    clause = {"operator": "formula", "value": "10", "unit": "10,000 yuan"}
    area = rule("subsidy", id="zz18e-subsidy-facility-area", params={"scheme": "area"}, **clause)
    findings = judged(study(tables=plan), area).findings
    assert set(findings["verdict"]) == {"not-applicable"}
    assert list(findings["value"]) == [350_000, 0, 350_000]
    head = rule("subsidy", id="head", value=1, unit="yuan per person", params={"scheme": "per-head"})
    assert list(judged(study(), head).findings["value"]) == [1000, 2000, 3000]
    leader = rule("subsidy", id="leader", operator="range", value=(30, 60), params={"scheme": "share-of-cost"})
    staff = rule("subsidy", id="staff", operator="table", value=(100, 150, 200), params={"scheme": "per-head"})
    for open_amount in (leader, staff):
        one = city(study(tables=plan), open_amount)
        assert math.isnan(one["value"])
        assert "leaves the amount open" in one["note_en"]
    with pytest.raises(StandardError, match="no such scheme"):
        judged(study(), rule("subsidy", params={"scheme": "gold"}))


@pytest.mark.parametrize("award", AWARDS, ids=[award.rule for award in AWARDS])
def test_r18_the_words_of_an_award_stand_in_its_document(award, shared):
    text = re.sub(r"\s+", "", (shared / "policy/zz2018-34.txt").read_text("utf-8"))
    assert award.clause in text


# R20 ---------------------------------------------------------------------------------------------------------------

IDS = tuple(f"p{n}" for n in range(6))
IN_USE = rule("named-projects", id="six", value=6, unit="projects in use", target_year=2020,
              params={"project_ids": IDS, "required_status": "in-use"})  # fmt: skip


def projects(*status: str | None, **more: str) -> dict:
    rows = [{"id": f"p{n}", "name": f"项目{n}", "status": one, **more} for n, one in enumerate(status)]
    return {"projects": rows}


def test_r20_examples_four_of_six_in_use_and_three_started():
    report = judged(study(tables=projects(*["投入使用"] * 4, "completed", "建成")), IN_USE).findings
    one = report.loc["six/city/city"]
    assert (one["value"], one["threshold"], one["verdict"], one["gap"]) == (4, 6, "fail", 2)
    assert list(report.loc[[f"six/unit/p{n}" for n in (0, 4)], "verdict"]) == ["pass", "fail"]
    start = rule("named-projects", id="start", value=3, params={"project_ids": IDS[:3], "required_status": "started"})
    assert city(study(tables=projects("开工", "started", "在建")), start)["verdict"] == "pass"


def test_r20_projects_nobody_knows_of_are_no_data_and_late_ones_do_not_count():
    known = projects(*["in-use"] * 5)
    assert city(study(tables=known), IN_USE)["verdict"] == "nodata"
    assert city(study(tables=projects(*["in-use"] * 5, "planned")), IN_USE)["verdict"] == "fail"
    assert city(study(tables=projects(*["in-use"] * 5, None)), IN_USE)["verdict"] == "nodata"
    late = study(tables=projects(*["in-use"] * 6, done_on="2022-06-01"), as_of=dt.date(2026, 1, 1))
    one = judged(late, IN_USE).findings
    assert one.at["six/city/city", "verdict"] == "fail"
    assert "reached after 2020-12-31" in one.at["six/unit/p0", "flags"]
    assert city(study(), IN_USE)["verdict"] == "nodata"
    assert city(study(rows=[("six", 6, 2018)]), IN_USE)["verdict"] == "pass"
    unnamed = IN_USE.model_copy(update={"params": {"project_ids": IDS[:3], "required_status": "in-use", "count": 4.0}})
    assert city(study(tables=projects(*["in-use"] * 3)), unnamed)["verdict"] == "nodata"


def test_r20_by_name_per_county_ranges_and_faults():
    bases = rule("named-projects", id="bases", operator="range", value=(3, 5), params={"project": "项目"})
    one = city(study(tables=projects(*["completed"] * 6)), bases)
    assert (one["verdict"], one["threshold"]) == ("pass", 3)
    assert "more than the clause names" in one["flags"]
    belts = rule("named-projects", id="belts", operator="range", value=(2, 3), unit="belts per county",
                 params={"project": "项目", "count": 2.0})  # fmt: skip
    rows = [{"id": f"b{n}", "name": "项目", "status": "建成", "district": "1" if n < 2 else "2"} for n in range(3)]
    findings = judged(study(tables={"projects": rows}), belts).findings
    assert list(findings[findings["level"] != "unit"]["verdict"]) == ["pass", "fail", "fail"]
    with pytest.raises(InputError, match="status=burning"):
        judged(study(tables=projects("burning")), bases)
    with pytest.raises(StandardError, match="no such status"):
        judged(study(), bases.model_copy(update={"params": {"required_status": "opened"}}))
    order = list(STEPS)
    assert all(reached(a, b) == (order.index(a) >= order.index(b)) for a in order for b in order)


# R21 ---------------------------------------------------------------------------------------------------------------

NEW_ONES = rule("yearly-increment", id="new", value=150, unit="new facilities in the year", facilities=(DAY,),
                params={"year": 2018, "count": "facilities"})  # fmt: skip
NEW_BEDS = rule("yearly-increment", id="beds", value=3000, unit="new beds in the year", facilities=(CARE,),
                params={"year": 2018, "count": "beds"})  # fmt: skip
GROWTH = rule("yearly-increment", id="growth", operator="range", value=(2, 3), unit="percentage points per year",
              facilities=("hospital",), indicator="private-bed-share", params={"count": "share"})  # fmt: skip


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


# R22 ---------------------------------------------------------------------------------------------------------------


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


@settings(max_examples=50, deadline=None)
@given(st.floats(0.001, 1e6), st.floats(1e-6, 0.02))
def test_a_number_that_misses_its_target_never_reads_as_the_target(target, short):
    value = target - short
    if compare(value, ">=", target) == "fail":
        assert value_text(value, "beds", target) != value_text(target, "beds") or short < 1e-5


KINDS = ("per-head", "floor-space", "land-per-person", "register-share", "subsidy", "named-projects",
         "yearly-increment", "indicator-table")  # fmt: skip
SHIPPED = [clause for one in shipped().values() for clause in one.clauses if clause.rule in KINDS]


@pytest.mark.parametrize("number", [None, 0.0, 50.0, 1e6])
def test_every_shipped_clause_of_these_kinds_is_judged_without_a_fault_and_has_one_city_finding(number):
    names = {clause.indicator or clause.id for clause in SHIPPED}
    rows = [] if number is None else [(name, number, year) for name in sorted(names) for year in (2017, 2018)]
    findings = judged(study(rows=rows), *SHIPPED).findings
    of_city = findings[findings["level"] == "city"]
    assert list(of_city["rule"]) == [clause.id for clause in SHIPPED]
    assert (findings["note_en"] != "").all()
    assert (findings["note_zh"] != "").all()
    if number is None:
        # nothing is known: nothing fails, nothing passes, only money that goes by heads has a figure
        assert set(findings["verdict"]) == {"nodata", "not-applicable"}
        assert of_city.loc[of_city["verdict"] == "nodata", "value"].isna().all()
