"""The plan monitor: baselines of the documents beside their targets, as a careful reader reckons them."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass

import drawn
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zzgeo.auditing.monitor import COUNTS, baseline_indicators, plan_monitor
from zzgeo.rules.parts.tabular import compare
from zzgeo.standards import Rule, find_rule, shipped
from zzgeo.standards.facts import facts

#: Clause: (baseline to two digits, target, verdict, gap in things, of what).
READ_BY_HAND = {
    "zz17-beds-per-1000": (7.72, 8.5, "fail", 7_665, "beds"),
    "zz18h-beds-per-1000": (7.72, 8.5, "fail", 7_665, "beds"),
    "zz14-hospital-beds-per-1000-2016": (7.72, 6.75, "pass", 0, "beds"),
    "zz14-elderly-beds-per-1000-2016": (19.22, 31, "fail", 12_968, "beds"),
    "zz18e-elderly-beds-per-1000": (19.22, 40, "fail", 22_877, "beds"),
    "zz18h-elderly-beds-per-1000": (19.22, 50, "fail", 33_887, "beds"),
    "zz18h-public-toilet-density": (2.12, 5, "fail", 1_317, "toilets"),
}


@dataclass(frozen=True)
class Fact:
    id: str
    value: object
    unit: str
    as_of: str = "2015-12-31"
    indicator: str = ""
    title: str = "事实"
    document: str = ""


def rule(**more: object) -> Rule:
    given = {
        "id": "r",
        "title": "条款",
        "title_en": "Clause",
        "section": "一",
        "clause": "每千名老人40张",
        "rule": "per-head",
        "operator": ">=",
        "value": 40,
        "unit": "beds per 1000 elderly",
        "target_year": 2020,
        "baseline": ("beds", "old"),
        "verified_on": dt.date(2026, 11, 22),
    }
    return Rule(**{**given, **more})


BEDS = {"beds": Fact("beds", 21_163, "beds", "2013-12-31"), "old": Fact("old", 110.1, "10,000 people", "2013-12-31")}


@pytest.fixture(scope="module")
def monitor():
    return plan_monitor(shipped().values(), facts())


@pytest.mark.parametrize("clause", list(READ_BY_HAND))
def test_the_baselines_give_what_a_careful_reader_expects(monitor, clause):
    value, target, verdict, gap, things = READ_BY_HAND[clause]
    row = monitor.loc[clause]
    assert round(row["baseline"], 2) == value
    assert (row["operator"], row["target"], row["verdict"]) == (">=", target, verdict)
    assert (row["gap_count"], row["gap_count_unit"]) == (gap, things)


@pytest.mark.parametrize(
    ("clause", "value", "target", "gap"),
    [("zz18h-sports-area-per-capita", 1.4, 1.86, 0.46), ("zz18h-park-area-per-capita", 7.1, 13, 5.9)],
)
def test_areas_per_head_are_taken_as_printed(monitor, clause, value, target, gap):
    row = monitor.loc[clause]
    assert (row["baseline"], row["target"], row["verdict"]) == (value, target, "fail")
    assert row["gap"] == pytest.approx(gap)


def test_a_printed_rate_that_the_counts_contradict_stands_beside_the_reckoned_one(monitor):
    assert monitor.loc["zz17-beds-per-1000", "printed"] == 8.7
    assert monitor.loc["zz18e-elderly-beds-per-1000", "printed"] == 19


def test_limits_from_above_and_rises_over_the_baseline_are_read_right(monitor):
    assert monitor.loc["zz18h-infant-mortality", "verdict"] == "pass"  # 3.08 against 3.7: met before the plan began
    assert monitor.loc["zz17-maternal-mortality", ["verdict", "operator"]].tolist() == ["fail", "<="]
    life = monitor.loc["zz17-life-expectancy"]
    assert (life["target"], life["verdict"], life["yearly_change"]) == (79.4, "fail", pytest.approx(0.2))


def test_the_counts_name_facts_and_indicators_that_exist():
    known = facts()
    indicators = {one.indicator for standard in shipped().values() for one in standard.clauses}
    assert set(COUNTS) <= indicators
    assert all(name in known for pair in COUNTS.values() for name in pair)


def test_clauses_that_only_state_a_fact_are_no_targets(monitor):
    assert not {find_rule(one).strength for one in monitor.index} & {"fact"}


def test_every_row_of_the_monitor_has_a_verdict_and_a_source(monitor):
    assert monitor["verdict"].isin(["pass", "fail", "review", "nodata"]).all()
    assert (monitor["facts"] != "").all()
    assert (monitor["clause"] != "").all()
    met = monitor["verdict"] == "pass"
    assert (monitor.loc[met, ["gap", "yearly_change"]] == 0).all(axis=None)


def test_the_pace_meets_the_target_in_its_year():
    row = plan_monitor([rule()], BEDS).loc["r"]
    assert row["baseline"] + row["yearly_change"] * (2020 - 2013) == pytest.approx(40)


def test_a_year_that_is_not_printed_gives_no_pace():
    table = {**BEDS, "beds": Fact("beds", 21_163, "beds", "2015 or 2017 (not printed)")}
    row = plan_monitor([rule()], table).loc["r"]
    assert math.isnan(row["baseline_year"])
    assert math.isnan(row["yearly_change"])
    assert row["verdict"] == "fail"


@pytest.mark.parametrize(
    "facts_",
    [
        {},
        {"beds": Fact("beds", (1, 2), "beds"), "old": BEDS["old"]},
        {"beds": BEDS["beds"]},
        {**BEDS, "old": Fact("old", 0, "10,000 people")},
        {"beds": Fact("beds", 21_163, "yuan"), "old": BEDS["old"]},
    ],
)
def test_what_no_fact_answers_is_left_out_and_never_zero(facts_):
    assert plan_monitor([rule()], facts_).empty
    assert baseline_indicators([rule()], facts_).empty


def test_a_rise_without_an_amount_waits_for_a_later_value():
    rising = rule(operator="increase", value=None, unit="percent", baseline=("p",))
    row = plan_monitor([rising], {"p": Fact("p", 12.0, "percent")}).loc["r"]
    assert row["verdict"] == "nodata"
    assert math.isnan(row["gap"])


def test_a_range_names_the_end_that_is_missed():
    between = rule(operator="range", value=(4, 6), unit="percent", baseline=("p",))
    for value, end, verdict in ((3.0, 4, "fail"), (5.0, 4, "pass"), (7.0, 6, "fail")):
        row = plan_monitor([between], {"p": Fact("p", value, "percent")}).loc["r"]
        assert (row["target"], row["verdict"]) == (end, verdict)


def test_baselines_become_indicator_rows_of_the_whole_city():
    table = baseline_indicators([rule(indicator="elderly-beds")], BEDS)
    [row] = table.to_dict("records")
    assert (row["indicator"], row["district"], row["year"]) == ("elderly-beds", "", 2013)
    assert row["value"] == pytest.approx(19.2216, abs=1e-4)


@given(
    st.integers(0, 100_000),
    drawn.grid(0.1, 2_000, 0.0001),
    drawn.grid(0.5, 100, drawn.CENTIMETRE),
)
def test_closing_the_gap_passes_and_one_less_does_not(beds, ten_thousands, target):
    known = {"beds": Fact("beds", beds, "beds"), "old": Fact("old", ten_thousands, "10,000 people")}
    row = plan_monitor([rule(value=target)], known).loc["r"]
    base = ten_thousands * 10
    gap = row["gap_count"]
    assert compare((beds + gap) / base, ">=", target) == "pass"
    if gap > 0:
        assert gap == int(gap)
        assert (beds + gap - 1) / base < target
