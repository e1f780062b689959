"""R18 subsidy: the worked examples of its definition, and its edge cases."""

from __future__ import annotations

import math
import re

import pandas as pd
import pytest
from table_cities import CARE, DAY, city, judged, rule, study

from zzgeo.errors import InputError, StandardError
from zzgeo.rules.subsidy import subsidies, subsidy_items
from zzgeo.standards.awards import Award, awards


def test_r18_examples():
    steps = {150: 0, 200: 10, 299: 10, 300: 15, 750: 35, 1999: 95, 2000: 100, 5000: 100}
    areas = pd.DataFrame({"kind": DAY, "floor_area_m2": list(steps), "meets_standard": "yes"}, index=list(steps))
    assert (subsidies(areas)["city_yuan"] / 10_000).to_dict() == steps
    beds = pd.DataFrame(
        [
            {"kind": CARE, "beds_new": 120, "beds_converted": 80, "public": "no"},
            {"kind": CARE, "beds_new": 200, "public": "yes"},
            {"kind": "hospital", "beds_hospice": 30},
        ]
    )
    assert subsidies(beds)["total_yuan"].tolist() == [1_560_000, 12_000_000, 270_000]
    assert subsidies(beds).loc[0, ["city_yuan", "county_yuan"]].tolist() == [780_000, 780_000]
    stars = pd.DataFrame({"kind": CARE, "star": [1, 1, 2, 3, 3, 3, 4, 5]})
    assert subsidies(stars)["total_yuan"].sum() == 970_000


@pytest.mark.parametrize("odd", [{}, {"each": {"beds_new": 1.0}, "share": {"of": "cost_yuan", "part": 0.5}}])
def test_r18_an_award_says_in_one_way_how_much(odd):
    with pytest.raises(ValueError, match="one of each, listed, share and steps"):
        Award.model_validate({"clause": "c", "assumes": "a", "assumes_zh": "甲", **odd})


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
        "schema.missing_column",
        "value.negative",
        "value.unparsed",
        "value.unparsed",
    ]


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


@pytest.mark.parametrize("award", awards(), ids=[award.clause for award in awards()])
def test_r18_the_words_of_an_award_stand_in_its_document(award, shared):
    text = re.sub(r"\s+", "", (shared / "policy/zz2018-34.txt").read_text("utf-8"))
    assert re.sub(r"\s+", "", award.rule.clause) in text


def test_a_kind_is_read_as_lists_spell_it_and_one_nobody_knows_is_refused():
    plan = pd.DataFrame({"kind": ["日间照料中心", "老年大学"], "floor_area_m2": [750, None], "cost_yuan": [None, 1e6]})
    assert subsidies(plan.assign(meets_standard="yes"))["total_yuan"].tolist() == [350_000, 300_000]
    with pytest.raises(InputError, match=r"kind\.unknown · plan:0 · zebra"):
        subsidies(pd.DataFrame({"kind": ["zebra"], "beds_new": [10]}))
