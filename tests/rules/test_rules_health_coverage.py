"""R15 community-health coverage: the worked examples of its definition, and its edge cases."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import toy
from shapely import LineString, box
from unit_cities import CHC, judged, row, rule, with_table

HEALTH = rule(
    "health-coverage", facilities=(CHC, "village_clinic"), operator=">=", value=95, unit="percent of residents"
)


def health_study(serves: str | None = "a;b;c", units: dict | None = None, demand: dict | None = None, **more):
    places = {
        "a1": (0, 9_000, "a"), "a2": (1500, 1_000, "a"), "b1": (900, 4_800, "b"), "b2": (2000, 3_200, "b"),
        "c1": (2500, 2_000, "c"),
    }  # fmt: skip
    outlines = {"a": box(-10, 0, 500, 50), "b": box(500, 0, 2200, 50), "c": box(2200, 0, 2600, 50)}
    return toy.study(
        facilities={"f": toy.facility(0, 20, CHC, serves=serves)},
        demand=demand or {k: toy.people(x, 20, n, n / 10, unit=u) for k, (x, n, u) in places.items()},
        units=units or {code: toy.unit(outline) for code, outline in outlines.items()},
        streets=[LineString([(0, 20), (3000, 20)])],
        kinds=frozenset({"village_clinic"}),
        **more,
    )


def test_r15_example_the_administrative_share_decides_and_the_walk_stands_beside_it():
    report = judged(health_study(), HEALTH)
    one = report.findings.loc["r/district/1"]
    assert (one["value"], one["verdict"], one["missed"]) == (1.0, "pass", 0)
    assert one["streets_value"] == pytest.approx(0.69)
    told = one["params"]
    assert (told["reach_covered"], told["reach_meets_line"]) == (13_800, False)
    assert set(report.reach["r"]["status"]) == {"covered"}
    assert report.gaps.empty


def test_r15_without_assignment_a_unit_counts_only_if_the_facility_lies_in_it():
    report = judged(health_study(serves=None), HEALTH)
    one = report.findings.loc["r/district/1"]
    assert (one["value"], one["verdict"], one["covered"], one["missed"]) == (0.5, "fail", 10_000, 10_000)
    assert one["gap"] == pytest.approx(0.45)
    assert list(report.reach["r"]["status"]) == ["covered"] * 2 + ["missed"] * 3
    assert report.findings.at["r/unit/b", "verdict"] == "fail"


def test_r15_the_centre_of_the_subdistrict_covers_where_the_clause_says_so():
    units = {code: toy.unit(box(x, 0, x + 900, 50)) for code, x in (("a", -100), ("b", 800), ("c", 1700))}
    units["s"] = toy.unit(box(-100, 0, 2600, 50), "subdistrict")
    study = health_study(serves=None, units=units)
    option = HEALTH.model_copy(update={"params": {"by_subdistrict": True}})
    assert row(study, HEALTH)["verdict"] == "fail"
    assert row(study, option)["value"] == 1.0
    assert "centre of its subdistrict" in row(study, option, "unit/b")["flags"]


def test_r15_people_in_no_unit_are_excluded_and_may_leave_the_verdict_to_a_person():
    homes = {"a1": toy.people(0, 20, 96, 1, unit="a"), "b1": toy.people(2000, 20, 4, 1, unit="b")}
    few = health_study(None, demand={**homes, "x": toy.people(50, 20, 1, 1, unit=None)})
    one = row(few, HEALTH)
    assert (one["people"], one["covered"], one["missed"], one["excluded"]) == (101, 96, 4, 1)
    assert (one["value"], one["verdict"]) == (pytest.approx(0.96), "pass")
    many = health_study(None, demand={**homes, "x": toy.people(50, 20, 50, 1, unit=None)})
    assert row(many, HEALTH)["verdict"] == "review"


def test_r15_exactly_the_line_passes_and_a_list_that_is_missing_makes_a_fail_sensitive():
    homes = {"a1": toy.people(0, 20, 95, 1, unit="a"), "b1": toy.people(2000, 20, 5, 1, unit="b")}
    study = health_study(None, demand=homes)
    assert row(study, HEALTH)["verdict"] == "pass"
    strict = HEALTH.model_copy(update={"params": {"pass_share": 0.99}})
    assert (row(study, strict)["verdict"], bool(row(study, strict)["sensitive"])) == ("fail", False)
    known = dataclasses.replace(study, kinds_known=frozenset({CHC}))
    assert bool(row(known, strict)["sensitive"])
    assert "no list of: village clinic" in row(known, strict)["flags"]


def test_r15_without_units_there_is_no_verdict_unless_the_table_has_the_share():
    study = dataclasses.replace(health_study(), units=None)
    assert row(study, HEALTH)["verdict"] == "nodata"
    told = row(with_table(study, ("r", "", 2018, 93.5, "%")), HEALTH, "city/city")
    assert (told["verdict"], told["value"], told["threshold"]) == ("fail", pytest.approx(0.935), 0.95)
    assert np.isnan(told["people"])
