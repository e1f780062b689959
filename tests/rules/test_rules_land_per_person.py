"""R08 land per person: the worked examples of its definition, and its edge cases."""

from __future__ import annotations

import math

import pandas as pd
import pytest
from shapely import box
from table_cities import CARE, beds, city, judged, rule, study

from zzgeo.rules.land_per_person import parcel_areas

LAND = rule("land-per-person", id="land", value=0.1, unit="m2 of land per person", facilities=(CARE,))


def test_r08_example_land_is_short_of_500_m2():
    table = {"elderly_land": [{"area_m2": "8000"}, {"area_m2": "3,500"}]}
    one = city(study(rows=[("planned_population", 120_000)], tables=table), LAND)
    assert (round(one["value"], 4), one["verdict"], one["gap"], one["gap_unit"]) == (0.0958, "fail", 500, "m2")
    assert pytest.approx(988_070) == 0.1 * 9_880_700
    enough = {"elderly_land": [{"area_m2": "12000"}]}
    assert city(study(rows=[("planned_population", 120_000)], tables=enough), LAND)["verdict"] == "pass"


@pytest.mark.parametrize(
    ("mixed", "least"), [("部分", 0.0), ("是", 0.0), ("否", 1000.0), ("不详", 1000.0), (None, 1000.0)]
)
def test_r08_a_word_for_mixed_use_that_nobody_knows_leaves_the_share_open(mixed, least):
    rows = pd.DataFrame({"area_m2": [1000.0], "share": [math.nan], "mixed": [mixed]})
    assert parcel_areas(rows).to_numpy().tolist() == [[least, 1000.0]]


def test_r08_mixed_use_without_a_share_is_shown_with_and_without():
    table = {
        "elderly_land": [
            {"area_m2": "8000", "district": "1"},
            {"area_m2": "5000", "mixed": "是", "district": "2"},
            {"area_m2": "10000", "share": "0.35", "mixed": "yes", "district": "1"},
        ]
    }
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
