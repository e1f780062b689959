"""R07 floor space per 100 households: the worked examples of its definition, and its edge cases."""

from __future__ import annotations

import math

import drawn
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from table_cities import city, judged, rule, study

from zzgeo.errors import InputError
from zzgeo.rules.floor_space import _need
from zzgeo.rules.parts.quarters import floor_needed, shared_areas

NEW = rule(
    "floor-space",
    id="new",
    value=30,
    unit="m2 floor area per 100 households",
    scope="new-residential",
    population="households",
    params={"per_100_households_new": 30},
)


OLD = rule(
    "floor-space",
    id="old",
    value=20,
    unit="m2 floor area per 100 households",
    scope="existing-residential",
    population="households",
    params={"per_100_households_existing": 20, "min_m2": 200},
)


def quarters(*rows: tuple) -> dict:
    names = ("quarter", "district", "households", "floor_area_m2", "built", "shared_area_m2", "shared_with")
    return {"quarters": [dict(zip(names, row, strict=False)) for row in rows]}


def test_r07_examples_of_new_and_existing_quarters():
    table = quarters(
        ("n500", "1", "500", "160", "2019-01-01"),
        ("n1500", "1", "1500", "400", "new"),
        ("e800", "2", "800", "180", "2010"),
        ("e1000", "2", "1000", "200", "existing"),
        ("e1500", "2", "1500", "300", "existing"),
    )
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
    table = quarters(
        ("a", "1", "500", None, "existing"),
        ("b", "1", "0", "10", "existing"),
        ("c", "1", "800", "200", None),
        ("d", "1", "800", "300", "existing"),
    )
    findings = judged(study(tables=table), OLD).findings
    verdicts = findings.loc[[f"old/unit/{name}" for name in "abcd"], "verdict"]
    assert list(verdicts) == ["nodata", "not-applicable", "nodata", "pass"]
    assert findings.at["old/district/1", "verdict"] == "review"
    assert findings.at["old/district/2", "verdict"] == "nodata"
    assert "quarters" in city(study(), OLD)["note_en"]


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(1, 5000), min_size=2, max_size=6), drawn.grid(1, 5000, drawn.CENTIMETRE))
def test_r07_shared_rooms_are_shared_out_whole(households, area):
    names = [f"q{place}" for place in range(len(households))]
    table = pd.DataFrame(
        {
            "households": [float(one) for one in households],
            "shared_area_m2": [area, *[math.nan] * (len(names) - 1)],
            "shared_with": [";".join(names[1:]), *[None] * (len(names) - 1)],
        },
        index=names,
    )
    parts = shared_areas(table)
    assert parts.sum() == pytest.approx(area)
    assert parts["q0"] == pytest.approx(area * households[0] / sum(households))


def test_r07_shared_rooms_count_once_and_contradictions_are_refused():
    both = quarters(("a", "1", "600", "0", "existing", "300", "b"), ("b", "1", "400", "50", "existing", "300", "a"))
    findings = judged(study(tables=both), OLD).findings
    assert list(findings.loc[["old/unit/a", "old/unit/b"], "value"]) == [180, 170]
    wrong = quarters(
        ("a", "1", "6", "0", "existing", "300", "b"),
        ("b", "1", "4", "5", "existing", "200", "a"),
        ("c", "1", "4", "5", "existing", "9", "z"),
    )
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
    together = rule(
        "floor-space",
        id="sync",
        operator="<=",
        value=0,
        scope="new-residential",
        unit="days between housing and facility delivery",
    )
    row = {"quarter": "a", "district": "1", "households": "9", "built": "new", "housing_delivered": "2020-01-01"}
    days = {"a": "2020-01-31", "b": "2020-01-01", "c": None}
    table = {"quarters": [{**row, "quarter": name, "facility_delivered": day} for name, day in days.items()]}
    findings = judged(study(tables=table), together).findings
    got = findings.loc[["sync/unit/a", "sync/unit/b", "sync/unit/c"]]
    assert list(got["verdict"]) == ["fail", "pass", "nodata"]
    assert (got["gap"].iloc[0], got["gap_unit"].iloc[0]) == (30, "days")


def test_a_quarter_without_a_district_leaves_the_city_open():
    passing, nowhere = ("a", "1", "1000", "250", "existing"), ("b", None, "1000", "250", "existing")
    findings = judged(study(tables=quarters(passing, nowhere)), OLD).findings
    assert findings.loc[["old/district/1", "old/city/city"], "verdict"].tolist() == ["pass", "review"]
    alone = judged(study(tables=quarters(nowhere)), OLD).findings
    assert alone.at["old/city/city", "verdict"] == "nodata"
    assert alone.at["old/unit/b", "verdict"] == "nodata"
