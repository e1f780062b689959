"""One facility that stands twice with other beds, areas or owners: no verdict hangs on the record read first."""

from __future__ import annotations

import itertools

import pandas as pd
import pytest
from table_cities import CARE, beds, judged, rule, study

DECIDES = "facilities.records_differ_decide"
LARGE = rule("existence-capacity", id="large", facilities=(CARE,), value=1, params={"min_capacity": 200})
RATE = rule("per-head", id="rate", facilities=(CARE,), value=40, unit="beds per 1000", population="residents")


def of_records(*said, clause=LARGE, **columns):
    """Return what is found of the first district, whose one home is written down with so many beds in turn."""
    rows = {f"r{n}": beds(500, number, name="甲养老院") for n, number in enumerate(said)}
    for name, cells in columns.items():
        for row, cell in zip(rows.values(), cells, strict=True):
            row[name] = cell
    found = judged(study(rows, kinds={CARE}), clause).findings
    return found.loc[f"{clause.id}/district/1"]


@pytest.mark.parametrize(
    ("said", "verdict"),
    [
        ((300, 310), "pass"),
        ((100, 120), "fail"),
        ((300, 100), "review"),
        ((100, 300), "review"),
        ((None, 300), "review"),
        ((300, 100, 300), "review"),
        ((300, 300), "pass"),
    ],
)
def test_a_verdict_that_the_other_record_turns_is_left_to_a_person_with_the_values(said, verdict):
    found = of_records(*said)
    assert found["verdict"] == verdict
    assert (DECIDES in found["flag_codes"]) == (verdict == "review")
    if verdict == "review":
        shown = " / ".join("?" if one is None else str(one) for one in dict.fromkeys(said))
        assert f"the verdict with them: 甲养老院 {shown}" in found["flags"]


def test_whatever_the_order_the_verdict_is_the_same():
    for said in ((300, 100), (30, 60), (50, 45)):
        for clause in (LARGE, RATE):
            assert len({of_records(*one, clause=clause)["verdict"] for one in itertools.permutations(said)}) == 1


def test_owners_that_differ_are_told_where_a_clause_asks_for_one():
    public = rule("existence-capacity", id="public", facilities=(CARE,), value=1, params={"ownership": "public"})
    found = of_records(300, 300, clause=public, ownership=("公办", "民办"))
    assert found["verdict"] == "review"
    assert "甲养老院 公办 / 民办" in found["flags"]
    assert of_records(300, 300, clause=public, ownership=("公办", "公立"))["verdict"] == "pass"


def test_a_record_that_is_closed_or_opens_later_says_nothing_of_the_day():
    never = pd.NaT
    for days in ({"opened": (never, "2030-01-01")}, {"closed": (never, "2010-01-01")}):
        days = {name: tuple(map(pd.Timestamp, cells)) for name, cells in days.items()}
        found = of_records(100, 300, **days)
        assert (found["verdict"], DECIDES in found["flag_codes"]) == ("fail", False)


def test_two_homes_of_one_name_in_two_places_are_two():
    rows = {"a": beds(500, 300, name="甲"), "b": beds(600, 100, name="甲")}
    found = judged(study(rows, kinds={CARE}), LARGE).findings.loc["large/district/1"]
    assert (found["verdict"], DECIDES in found["flag_codes"]) == ("pass", False)
