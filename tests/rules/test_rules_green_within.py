"""R10 parks and green within reach: the worked examples of its definition, and its edge cases."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
import toy
from land_cities import PARK, city, judged, params, park
from shapely import LineString, Point, box

from zzgeo.crs.ground import Ground
from zzgeo.errors import StandardError
from zzgeo.intake.study import Study
from zzgeo.rules.parts.greens import large_enough

GREEN = PARK.model_copy(update={"value": 300.0, "params": {"kind_of": "green"}})


GREENS = {
    "park": park(box(0, 0, 100, 100), name="公园"),
    "green": park(box(1200, 500, 1260, 550), name="绿地"),
    "small": park(box(600, 300, 630, 330), name="小绿地"),
}


HOMES = {"a": (50, 300, 900), "b": (550, 50, 700), "c": (620, 60, 400), "d": (1300, 800, 600), "e": (1900, 950, 400)}


def r10_study(**more: object) -> Study:
    demand = {name: toy.people(x, y, number, number / 5) for name, (x, y, number) in HOMES.items()}
    return toy.study(
        facilities=more.pop("facilities", GREENS),
        demand=demand,
        units={"1-1": toy.unit(box(0, 0, 2000, 1000))},
        land=more.pop("land", [box(0, 0, 2000, 1000)]),
        **more,
    )


@pytest.mark.parametrize(("rule", "share", "people"), [(PARK, 0.153, 0.533), (GREEN, 0.246, 0.500)])
def test_r10_example_land_people_and_three_figures(rule, share, people):
    one = city(judged(r10_study(), rule))
    assert one["value"] == pytest.approx(share, abs=0.001)
    assert one["land_share"] == pytest.approx(one["value"], abs=1e-6)
    assert (one["verdict"], one["threshold"]) == ("fail", 0.9)
    assert (one["people"], one["covered"]) == (3000, pytest.approx(people * 3000, abs=1.5))
    figures = params(one)
    assert figures["park500"] == pytest.approx(0.153, abs=0.001)
    assert figures["green300"] == pytest.approx(0.246, abs=0.001)
    assert figures["union"] == pytest.approx(0.329, abs=0.001)
    assert figures["people_park500"] == pytest.approx(0.533, abs=0.0005)
    assert figures["people_green300"] == pytest.approx(0.500, abs=0.0005)
    assert figures["people_union"] == pytest.approx(0.733, abs=0.0005)


def test_r10_example_distances_from_the_edge():
    to_park = judged(r10_study(), PARK).reach["the-rule"]
    assert list(to_park["straight_m"].round()) == [200, 450, 520, 1389, 1991]
    assert list(to_park["status"]) == ["covered", "covered", "missed", "missed", "missed"]
    green_only = {**GREENS, "park": park(box(0, 0, 10, 10))}
    to_green = judged(r10_study(facilities=green_only), GREEN).reach["the-rule"]
    assert list(to_green["straight_m"].round()) == [1167, 791, 728, 253, 755]


def test_r10_people_are_measured_on_the_ground():
    # a CRS whose metres are 1.2 m of ground: the home 450 m from the park stands 540 m from it
    terms = np.zeros((28, 3))
    terms[0] = 1.44, 0.0, 1.44
    study = dataclasses.replace(r10_study(), ground=Ground(np.zeros(2), np.ones(2), terms, 1e-9))
    report = judged(study, PARK)
    assert report.reach["the-rule"]["straight_m"].tolist()[:2] == pytest.approx([240, 540])
    assert report.reach["the-rule"]["status"].tolist() == ["covered", *["missed"] * 4]
    assert params(city(report))["people_park500"] == pytest.approx(900 / 3000)
    assert params(city(report))["people_green300"] == pytest.approx(900 / 3000)


def test_r10_gap_patches_lie_outside_the_zone_and_inside_the_area_of_the_clause():
    rule = PARK.model_copy(update={"area": "built-up"})
    study = r10_study(areas={"built-up": box(0, 0, 1500, 1000)})
    gaps = judged(study, rule).gaps
    assert gaps["missed"].sum() == 1000  # c and d: e lives outside the built-up area
    assert gaps.geometry.union_all().bounds[2] == pytest.approx(1500, abs=0.02)
    assert not gaps.geometry.intersects(Point(50, 50)).any()
    assert gaps["nearest_facility"].iloc[0] == "park"


def test_r10_parks_count_together_only_if_they_touch():
    squares = [box(0, 0, 60, 60), box(60, 0, 120, 60), box(120.5, 0, 180, 60), box(0, 60, 30, 90)]
    none = np.full(4, np.nan)
    # 3600 + 3600 + 900 touch; the third stands half a metre away
    assert large_enough(np.array(squares), none, 5000).tolist() == [True, True, False, True]
    overlap = np.array([box(0, 0, 60, 60), box(10, 0, 70, 60)])
    assert large_enough(overlap, none[:2], 5000).tolist() == [False, False]
    assert large_enough(overlap, none[:2], 4200).tolist() == [True, True]


@pytest.mark.parametrize(("side", "counts"), [(math.sqrt(5000.0), True), (70.0, False)])
def test_r10_the_smallest_size_itself_counts(side, counts):
    assert large_enough(np.array([box(0, 0, side, side)]), np.array([np.nan]), 5000).tolist() == [counts]


def test_r10_points_count_by_their_declared_size_and_unknown_ones_are_told():
    points = {"k": park(Point(50, 50), area_m2=6000.0), "u": park(Point(1000, 500), area_m2=None, name="公园二")}
    one = city(judged(r10_study(facilities=points), PARK))
    assert "points of unknown size, not counted: 1" in one["flags"]
    assert "measured from the point: 1" in one["flags"]
    assert one["covered"] == 1600  # b lives 500 m from the point, to the metre
    only_unknown = judged(r10_study(facilities={"u": park(Point(1000, 500))}), PARK)
    assert set(only_unknown.findings["verdict"]) == {"nodata"}


def test_r10_golf_and_water_are_left_out():
    golf = {"g": park(box(0, 0, 2000, 1000), attributes="golf"), **GREENS}
    one = city(judged(r10_study(facilities=golf), PARK))
    assert one["value"] == pytest.approx(0.153, abs=0.001)
    assert "golf or water, not counted: 1" in one["flags"]


def test_r10_a_park_beyond_the_boundary_counts_and_overlaps_count_once():
    outside = {"o": park(box(-300, 0, -100, 100)), "twin": park(box(-300, 0, -100, 100), name="重复")}
    study = r10_study(facilities=outside, districts={"1": box(0, 0, 2000, 1000)})
    assert city(judged(study, PARK))["covered"] == 900
    alone = r10_study(facilities={"o": outside["o"]}, districts={"1": box(0, 0, 2000, 1000)})
    assert city(judged(study, PARK))["value"] == city(judged(alone, PARK))["value"]


def test_r10_without_residential_land_people_decide_and_it_is_flagged():
    one = city(judged(r10_study(land=None), PARK))
    assert one["value"] == pytest.approx(1600 / 3000)
    assert "residential land unknown, people decide" in one["flags"]
    assert math.isnan(one["land_share"])


def test_r10_the_pass_line_is_a_parameter_and_includes_itself():
    everywhere = {"p": park(box(-10, -10, 2010, 1010))}
    assert city(judged(r10_study(facilities=everywhere), PARK))["verdict"] == "pass"
    half = {"p": park(box(0, 0, 500, 1000))}
    rule = PARK.model_copy(update={"params": {"kind_of": "park", "pass_share": 0.5}})
    one = city(judged(r10_study(facilities=half), rule))
    assert (one["verdict"], one["value"]) == ("pass", pytest.approx(0.5))
    stricter = PARK.model_copy(update={"params": {"kind_of": "park", "pass_share": 0.51}})
    assert city(judged(r10_study(facilities=half), stricter))["verdict"] == "fail"


def test_r10_land_and_people_that_disagree_make_the_verdict_sensitive():
    half = {"p": park(box(0, 0, 500, 1000))}
    rule = PARK.model_copy(update={"params": {"kind_of": "park", "pass_share": 0.5}})
    study = r10_study(facilities=half)
    far = study.demand.assign(residents=[0.0, 0.0, 0.0, 10.0, 990.0])
    assert bool(city(judged(dataclasses.replace(study, demand=far), rule))["sensitive"])


def test_r10_no_park_at_all_fails_and_an_unknown_list_is_no_data():
    listed = r10_study(facilities={}, kinds=frozenset({"park"}))
    one = city(judged(listed, PARK))
    assert (one["verdict"], one["value"], one["missed"]) == ("fail", 0.0, 3000)
    assert math.isinf(one["farthest_m"])
    assert city(judged(r10_study(facilities={}), PARK))["verdict"] == "nodata"


def test_r10_the_park_circle_needs_a_list_of_parks_whatever_else_the_clause_names():
    rule = PARK.model_copy(update={"facilities": ("park", "sports_venue")})
    study = r10_study(facilities={"s": toy.facility(0, 0, "sports_venue", geometry=box(0, 0, 100, 100))})
    assert city(judged(study, rule))["verdict"] == "nodata"


def test_r10_districts_share_the_land_of_the_city():
    districts = {"1": box(0, 0, 1000, 1000), "2": box(1000, 0, 2000, 1000)}
    study = r10_study(districts=districts)
    demand = study.demand.assign(district=["1", "1", "1", "2", "2"])
    report = judged(dataclasses.replace(study, demand=demand), PARK)
    east, west = report.findings.loc["the-rule/district/2"], report.findings.loc["the-rule/district/1"]
    assert east["value"] == 0.0
    assert west["value"] == pytest.approx(2 * city(report)["value"])


def test_r10_the_walk_along_the_streets_stands_beside_the_straight_line():
    study = r10_study(streets=[LineString([(50, 100), (50, 300)]), toy.detour((50, 100), (550, 50), 800.0)])
    near = dataclasses.replace(study, demand=study.demand.iloc[:2])
    one = city(judged(near, PARK))
    assert (one["covered"], one["streets_value"]) == (1600, pytest.approx(900 / 1600))


def test_r10_a_kind_of_ground_nobody_knows_is_refused():
    with pytest.raises(StandardError, match="kind_of"):
        judged(r10_study(), PARK.model_copy(update={"params": {"kind_of": "lake"}}))
