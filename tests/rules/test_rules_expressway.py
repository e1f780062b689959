"""R13 expressway and motorway in 15 minutes: the worked examples of its definition, and its edge cases."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pandas as pd
import pytest
import toy
from land_cities import DRIVE, RAMPS, city, judged, params
from shapely import box

from zzgeo.errors import InputError
from zzgeo.intake.study import Study
from zzgeo.rules.parts.drive_times import drive_minutes


def drive_study(table: dict[str, list[str | None]], **more: object) -> Study:
    sizes = {"a": 100_000, "b": 50_000, "c": 30_000, "d": 20_000}
    demand = {name: toy.people(n, 0, people, people / 5) for n, (name, people) in enumerate(sizes.items())}
    study = toy.study(facilities={}, demand=demand, **more)
    return dataclasses.replace(study, tables={"drive_times": pd.DataFrame(table, dtype=object)})


TIMES = {"from": ["a", "b", "c", "d"], "minutes": ["8", "14.9", "15.0", "17"]}


def test_r13_example_people_within_15_minutes():
    one = city(judged(drive_study(TIMES), DRIVE))
    assert one["value"] == pytest.approx(0.900)
    assert (one["verdict"], one["missed"], one["people"]) == ("fail", 20_000, 200_000)


def test_r13_example_ramps_within_15_more():
    table = {"from": ["r1", "r2", "r3"], "minutes": ["10", "15", "18"], "stage": ["2", "2", "2"]}
    report = judged(drive_study(table), RAMPS)
    one = city(report)
    assert one["value"] == pytest.approx(2 / 3)
    assert (one["units_passing"], one["units_judged"], one["gap"], one["verdict"]) == (2, 3, 1, "fail")
    assert list(report.findings["level"]) == ["city"]
    assert city(judged(drive_study(table), DRIVE))["verdict"] == "nodata"


def test_r13_exit_only_ramps_are_left_out_and_the_shortest_time_of_a_place_counts():
    table = {
        "from": ["r1", "r1", "r2", "r3"],
        "minutes": ["20", "12", "3", "14"],
        "stage": ["2"] * 4,
        "ramp": ["entry", None, "exit-only", "entry"],
    }
    one = city(judged(drive_study(table), RAMPS))
    assert (one["value"], one["verdict"], one["units_judged"]) == (1.0, "pass", 2)
    assert "exit-only ramps, not counted: 1" in one["flags"]


def test_r13_people_of_the_table_count_without_demand_points_and_by_district_where_it_says():
    table = {
        "from": ["z1", "z2", "z3", "z4"],
        "minutes": ["8", "14.9", "15", "17"],
        "people": ["100000", "50,000", "30000", "20000"],
    }
    report = judged(drive_study(table), DRIVE)
    assert city(report)["value"] == pytest.approx(0.9)
    assert math.isnan(city(report)["people"])
    placed = judged(drive_study({**table, "district": ["1", "1", "1", "1"]}), DRIVE)
    assert placed.findings.at["the-rule/district/1", "missed"] == 20_000
    nobody = judged(drive_study({name: table[name] for name in ("from", "minutes")}), DRIVE)
    assert set(nobody.findings["verdict"]) == {"nodata"}
    away = judged(drive_study({**table, "district": ["1", "1", "1", "9"]}), DRIVE)
    assert (city(away)["value"], city(away)["people"]) == (1.0, 180_000)
    assert "outside the districts, not counted: 1" in city(away)["flags"]


def test_r13_a_place_without_a_time_is_not_judged_and_a_person_looks_where_it_could_turn_the_verdict():
    missing = {"from": ["a", "b", "c"], "minutes": ["8", "14.9", None]}
    one = city(judged(drive_study(missing), DRIVE))
    assert (one["covered"], one["missed"], one["excluded"]) == (150_000, 0, 50_000)
    assert one["verdict"] == "review"
    assert "without a drive time, not judged: 50,000 people" in one["flags"]


def test_r13_free_flow_times_are_slowed_by_the_peak_factor():
    table = {"from": ["a", "b", "c", "d"], "free_flow_minutes": ["8", "8.9", "9", "10"]}
    one = city(judged(drive_study(table), DRIVE))
    assert one["value"] == pytest.approx(0.9)  # 9 / 0.6 is 15 minutes exactly
    assert params(one)["free_flow_factor"] == 0.6
    faster = DRIVE.model_copy(update={"params": {"stage": 1, "free_flow_factor": 1.0}})
    assert city(judged(drive_study(table), faster))["value"] == 1.0


def test_r13_only_people_inside_the_area_of_the_clause_count():
    rule = DRIVE.model_copy(update={"area": "central-city"})
    study = drive_study(TIMES, areas={"central-city": box(-0.5, -1, 2.5, 1)})
    assert city(judged(study, rule))["verdict"] == "pass"
    last = drive_study(TIMES, areas={"central-city": box(2.5, -1, 3.5, 1)})
    assert (city(judged(last, rule))["verdict"], city(judged(last, rule))["people"]) == ("fail", 20_000)
    without = judged(drive_study(TIMES), rule)
    assert set(without.findings["verdict"]) == {"nodata"}
    assert 'id = "central-city"' in city(without)["note_en"]


def test_r13_without_the_table_there_is_no_verdict_and_a_faulty_table_is_refused_with_every_fault():
    study = dataclasses.replace(drive_study(TIMES), tables={})
    report = judged(study, DRIVE)
    assert set(report.findings["verdict"]) == {"nodata"}
    assert "drive_times" in city(report)["note_en"]
    faulty = {"from": ["a", "b", None], "minutes": ["-3", "soon", "1"]}
    with pytest.raises(InputError) as told_of:
        judged(drive_study(faulty), DRIVE)
    assert {problem.code for problem in told_of.value.problems} == {"value.negative", "value.unparsed"}
    with pytest.raises(InputError, match="stage is 1 or 2"):
        judged(drive_study({**TIMES, "stage": ["1", "2", "3", "1"]}), DRIVE)
    with pytest.raises(InputError, match="minutes"):
        judged(drive_study({"from": ["a"]}), DRIVE)


def test_r13_driving_a_street_takes_its_length_over_its_class_speed():
    whole = drive_minutes(np.array([16_000.0]), ["trunk"])
    halves = drive_minutes(np.array([8_000.0, 8_000.0]), ["trunk", "trunk"])
    assert whole[0] == pytest.approx(halves.sum()) == pytest.approx(20.0)
    assert np.isnan(drive_minutes(np.array([10.0]), ["steps"])).all()
    with pytest.raises(ValueError, match="peak factor"):
        drive_minutes(np.array([10.0]), ["trunk"], 0.0)
