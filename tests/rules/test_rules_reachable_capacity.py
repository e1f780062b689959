"""R24 reachable capacity: the worked example of its definition, and its edge cases."""

from __future__ import annotations

import numpy as np
import pytest
import toy
from planned_city import city, report_of
from shapely import LineString, box
from unit_cities import CARE, judged, rule

BEDS = rule("reachable-capacity", value=40, unit="beds per 1000", population="aged_60_plus")


def street(homes: dict, **more):
    return toy.study(
        facilities=homes,
        demand={
            "A": toy.people(0, 0, 900, 300),
            "B": toy.people(600, 0, 300, 100),
            "C": toy.people(1900, 0, 150, 50),
        },
        units={"1-1": toy.unit(box(-100, -100, 2100, 100))},
        streets=[LineString([(0, 0), (2000, 0)])],
        **more,
    )


def home(x: float, beds: float, y: float = 0.0) -> dict:
    return toy.facility(x, y, CARE, capacity=beds, name=f"院{x}")


TWO = {"f": home(100, 20.0), "g": home(700, 6.0)}


def city_row(study, clause=BEDS):
    return judged(study, clause).findings.loc["r/city/city"]


def test_r24_example_beds_are_shared_among_all_who_walk_to_them():
    report = judged(street(TWO), BEDS)
    found = report.findings.loc["r/city/city"]
    assert found["value"] == pytest.approx(400 / 450)
    assert (found["verdict"], found["missed"], found["params"]["mean"]) == ("fail", 50, pytest.approx(65 * 400 / 450))
    assert report.reach["r"]["status"].tolist() == ["covered", "covered", "missed"]


def test_the_limit_itself_is_enough_and_the_share_asked_decides():
    assert city_row(street({"f": home(100, 16.0)}))["value"] == pytest.approx(400 / 450)
    assert city_row(street({"f": home(100, 15.99)}))["value"] == 0
    relaxed = BEDS.model_copy(update={"params": {"pass_share": 0.8}})
    assert city_row(street(TWO), relaxed)["verdict"] == "pass"
    assert judged(street(TWO), BEDS.model_copy(update={"applies_to": "urban-community"})).findings.loc[
        "r/unit/1-1", ["verdict", "missed"]
    ].tolist() == ["fail", 50]


def test_beds_nobody_told_are_not_counted_and_could_be_enough():
    found = city_row(street({**TWO, "h": home(1900, float("nan"))}))
    assert found["verdict"] == "review"
    assert found["value"] == pytest.approx(400 / 450)
    assert "facilities.capacity_unknown_of" in found["flag_codes"]
    nothing = city_row(street({"h": home(1900, float("nan"))}))
    assert nothing["verdict"] == "nodata"
    assert "capacity" in nothing["note_en"]


def test_without_a_list_there_is_no_verdict_and_with_an_empty_one_everybody_is_missed():
    assert city_row(street({}))["verdict"] == "nodata"
    empty = city_row(street({}, kinds=frozenset({CARE})))
    assert (empty["verdict"], empty["value"], empty["missed"]) == ("fail", 0, 450)


def test_a_home_no_street_reaches_may_be_enough():
    found = city_row(street({**TWO, "h": home(1900, 90.0, y=400.0)}))
    assert found["verdict"] == "review"


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("streets", [True, False])
def test_all_beds_that_somebody_reaches_are_handed_out_once(seed, streets):
    study = city(seed, streets=streets)
    clause = BEDS.model_copy(update={"facilities": ("elderly_day_care", CARE)})
    report = report_of(study, clause)
    mean = report.findings.loc["r/city/city", "params"]["mean"]
    beds = mean / 1000 * study.demand["aged_60_plus"].sum()
    counted = study.facilities[study.facilities["kind"].isin(clause.facilities)]["capacity"]
    assert any(np.isclose(beds, [0.0, *counted, counted.sum()], atol=1e-3))
