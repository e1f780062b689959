"""What a batch found, county by county: against numbers known by hand."""

from __future__ import annotations

import itertools
import math

import pandas as pd
import pytest
from county_batches import BEDS, NEAR, batch, finding

from zzgeo.reporting.told.counties import cells, changes, over_time, rules_of, unfinished

VERDICTS = ("fail", "review", "nodata", "pass")


def test_the_finding_of_the_whole_study_answers_where_there_is_one() -> None:
    parts = [finding("a", NEAR, "fail", 400), finding("a", NEAR, "pass", 100, district="a-2")]
    whole = finding("a", NEAR, "pass", 480, 2000, level="city", district="city")
    table = cells(pd.DataFrame([*parts, whole]))
    assert table.loc[("a", NEAR), ["verdict", "missed", "people", "districts", "failing"]].tolist() == [
        "pass",
        480,
        2000,
        2,
        1,
    ]


@pytest.mark.parametrize("order", itertools.permutations(range(3)))
def test_else_the_worst_of_its_districts_does_in_any_order(order: tuple[int, ...]) -> None:
    parts = [
        finding("a", NEAR, "pass", 10),
        finding("a", NEAR, "fail", 400, district="a-2", sensitive=True),
        finding("a", NEAR, "nodata", math.nan, district="a-3"),
    ]
    row = cells(pd.DataFrame([parts[at] for at in order])).loc[("a", NEAR)]
    assert (row["verdict"], row["missed"], row["people"]) == ("fail", 410, 3000)
    assert bool(row["partial"])
    assert bool(row["sensitive"])
    assert math.isnan(row["value"]), "the value of one district is not the county's"
    assert (row["districts"], row["failing"]) == (2, 1)


@pytest.mark.parametrize(("one", "other"), itertools.combinations(range(4), 2))
def test_what_is_not_known_never_reads_as_met(one: int, other: int) -> None:
    parts = [finding("a", NEAR, VERDICTS[at], 1, district=f"a-{at}") for at in (other, one)]
    assert cells(pd.DataFrame(parts)).loc[("a", NEAR), "verdict"] == VERDICTS[one]


def test_nobody_missed_and_nothing_known_stay_apart() -> None:
    table = cells(pd.DataFrame([finding("a", NEAR, "pass", 0), finding("b", NEAR, "nodata", math.nan)]))
    assert table["missed"].tolist()[0] == 0
    assert math.isnan(table["missed"].tolist()[1])


def test_only_clauses_that_some_study_answers_are_listed() -> None:
    findings = [finding("a", NEAR, "pass", 0), finding("a", BEDS, "nodata", math.nan), finding("b", BEDS, "nodata", 0)]
    assert list(rules_of(pd.DataFrame(findings)).index) == [NEAR]


def test_changes_are_those_of_studies_and_clauses_both_batches_have() -> None:
    before = cells(
        pd.DataFrame(
            [finding("a", NEAR, "fail", 400), finding("b", NEAR, "pass", 10), finding("gone", NEAR, "fail", 999)]
        )
    )
    after = cells(
        pd.DataFrame(
            [finding("a", NEAR, "pass", 50), finding("b", NEAR, "fail", 300), finding("new", NEAR, "fail", 999)]
        )
    )
    found = changes(before, after)
    assert found.rules.loc[NEAR].tolist() == [1, 1, 410, 350]
    assert found.moved["more"].to_dict() == {("a", NEAR): -350, ("b", NEAR): 290}
    assert (found.new, found.gone) == (("new",), ("gone",))


def test_people_unknown_once_do_not_count_as_gained() -> None:
    before, after = (
        cells(pd.DataFrame([finding("a", NEAR, "nodata", math.nan), finding("b", NEAR, "fail", 5)])),
        cells(pd.DataFrame([finding("a", NEAR, "fail", 400), finding("b", NEAR, "fail", 3)])),
    )
    assert changes(before, after).rules.loc[NEAR, ["before", "after"]].tolist() == [5, 3]


def test_a_trend_counts_studies_that_every_batch_judged() -> None:
    years = {
        "1": [finding("a", NEAR, "fail", 9), finding("b", NEAR, "fail", 5)],
        "2": [finding("a", NEAR, "pass", 4), finding("b", NEAR, "fail", 5), finding("c", NEAR, "fail", 99)],
        "3": [finding("a", NEAR, "pass", 3), finding("b", NEAR, "review", 5)],
    }
    table = over_time({name: cells(pd.DataFrame(rows)) for name, rows in years.items()})
    assert table.values.tolist() == [
        [NEAR, "1", 1, 0, 1, 9],
        [NEAR, "2", 1, 1, 0, 4],
        [NEAR, "3", 1, 1, 0, 3],
    ]


def test_what_has_no_result_is_told() -> None:
    tables = batch("x", finding("a", NEAR, "pass", 0), states={"b": "refused", "c": "over-time"})
    assert unfinished(tables.studies)["state"].to_dict() == {"b": "refused", "c": "over-time"}
