"""What several kinds of rule share, on cities that can be reckoned by hand."""

from __future__ import annotations

import drawn
import pytest
from hypothesis import given, settings
from table_cities import judged, study

from zzgeo.numbers import value_text
from zzgeo.rules.parts.tabular import compare
from zzgeo.standards import shipped


@settings(max_examples=50, deadline=None)
@given(drawn.grid(0.001, 1e6), drawn.grid(1e-6, 0.02, 1e-6))
def test_a_number_that_misses_its_target_never_reads_as_the_target(target, short):
    value = target - short
    if compare(value, ">=", target) == "fail":
        assert value_text(value, "beds", target) != value_text(target, "beds") or short < 1e-5


KINDS = (
    "per-head",
    "floor-space",
    "land-per-person",
    "register-share",
    "subsidy",
    "named-projects",
    "yearly-increment",
    "indicator-table",
)


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
