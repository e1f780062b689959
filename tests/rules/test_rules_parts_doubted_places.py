"""A fail rests on no places that the streets say are in another datum."""

from __future__ import annotations

import dataclasses

import pytest
import toy
from unit_cities import CARE, care, judged, rule, squares

from zzgeo.errors import Problem

CLAUSE = rule("unit-coverage", operator=">=", value=100, applies_to="urban-community")


def verdicts(where: str, code: str = "crs.gcj02_suspected"):
    study = toy.study(
        facilities={"a": care(50, 10)},
        demand={"p": toy.people(150, 50, 10, 10, unit="s1")},
        units=squares(2, "urban-community"),
    )
    told = Problem(code, where, "", "declared as EPSG:4326", "say datum", "warning")
    report = judged(dataclasses.replace(study, warnings=(told,)), CLAUSE)
    return report.findings["verdict"].to_dict(), report.flags


def test_a_fail_on_places_in_a_doubtful_datum_is_left_to_a_person_and_a_pass_tells_of_it():
    found, flags = verdicts("toy")
    assert found["r/unit/s1"] == found["r/city/city"] == "review"
    assert found["r/unit/s0"] == "pass"
    told = flags[flags["code"] == "places.datum_doubted"]
    assert set(told.index) == {"r/unit/s0", "r/unit/s1", "r/district/1", "r/city/city"}
    assert set(told["en"]) == {"places of toy may be in another datum, which could turn this"}


@pytest.mark.parametrize(("where", "code"), [("another list", "crs.gcj02_suspected"), ("toy", "crs.chosen")])
def test_another_list_and_another_warning_turn_nothing(where, code):
    found, flags = verdicts(where, code)
    assert found["r/unit/s1"] == found["r/city/city"] == "fail"
    assert "places.datum_doubted" not in set(flags["code"])
    assert CARE in CLAUSE.facilities
