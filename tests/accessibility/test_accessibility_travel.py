"""The travel table: every pair within the walk and no other, from a network and from a study."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
import toy
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import LineString, Point

import zzgeo
from zzgeo.accessibility import cumulative, study_inputs, travel_table, two_step
from zzgeo.errors import InputError, SchemaError
from zzgeo.network import WalkNetwork, nearest

places = st.lists(st.tuples(st.integers(-600, 600), st.integers(-600, 600)), min_size=1, max_size=5)


def streets() -> list[LineString]:
    at = range(-600, 601, 200)
    return [LineString([(x, y), (x + 200, y)]) for x in at[:-1] for y in at] + [
        LineString([(x, y), (x, y + 200)]) for x in at for y in at[:-1]
    ]


NETWORK = WalkNetwork.from_edges(gpd.GeoDataFrame(geometry=streets(), crs=toy.CRS))


def points(xy, prefix: str) -> gpd.GeoDataFrame:
    names = [f"{prefix}{n}" for n in range(len(xy))]
    return gpd.GeoDataFrame(index=names, geometry=[Point(place) for place in xy], crs=toy.CRS)


@settings(max_examples=40, deadline=None)
@given(facilities=places, people=places)
def test_it_holds_every_pair_within_the_walk_and_no_other(facilities, people):
    sites, homes = points(facilities, "f"), points(people, "p")
    walks = travel_table(NETWORK, sites, homes, 700).set_index(["demand_id", "facility_id"])["metres"]
    for name in sites.index:
        alone = nearest(NETWORK, sites.loc[[name]], homes)["distance_m"]
        for home in homes.index:
            if alone[home] <= 700:
                assert walks[home, name] == pytest.approx(alone[home], abs=1e-9)
            else:
                assert (home, name) not in walks.index


@settings(max_examples=10, deadline=None)
@given(facilities=places, people=places)
def test_a_walk_without_a_limit_is_any_walk_there_is(facilities, people):
    sites, homes = points(facilities, "f"), points(people, "p")
    far = travel_table(NETWORK, sites, homes, float("inf"))
    pd.testing.assert_frame_equal(far, travel_table(NETWORK, sites, homes, 100_000))
    near = travel_table(NETWORK, sites, homes, 900)
    pd.testing.assert_frame_equal(far[far["metres"] <= 900].reset_index(drop=True), near)


def test_the_walk_in_minutes_is_the_walk_over_the_speed():
    sites, homes = points([(0, 0), (200, 0)], "f"), points([(100, 0)], "p")
    found = travel_table(NETWORK, sites, homes, 500, metres_per_second=0.8)
    assert found["minutes"].tolist() == pytest.approx([100 / 48, 100 / 48])
    assert zzgeo.travel_table is travel_table


def test_a_place_in_the_fields_has_no_row_and_stays_in_the_measures():
    sites, homes = points([(0, 0)], "f"), points([(100, 0), (5000, 5000)], "p")
    found = travel_table(NETWORK, sites, homes, 500)
    assert found["demand_id"].tolist() == ["p0"]
    people = pd.Series(10.0, index=homes.index)
    assert two_step(found, people, pd.Series(20.0, index=sites.index), 500).tolist() == [2.0, 0.0]


def test_a_park_is_entered_from_any_side_and_whole_number_ids_stay_so():
    park = gpd.GeoDataFrame(index=[7], geometry=[shapely.box(10, 10, 190, 190)], crs=toy.CRS)
    homes = gpd.GeoDataFrame(index=[1, 2], geometry=[Point(300, 0), Point(-150, 0)], crs=toy.CRS)
    found = travel_table(NETWORK, park, homes, 500)
    assert found[["demand_id", "facility_id"]].to_numpy().tolist() == [[1, 7], [2, 7]]
    assert found["metres"].tolist() == pytest.approx([120.0, 170.0])


def test_nothing_to_reach_is_an_empty_table():
    found = travel_table(NETWORK, points([], "f"), points([(0, 0)], "p"), 500)
    assert found.columns.tolist() == ["demand_id", "facility_id", "metres"]
    assert len(found) == 0


def test_bad_arguments_are_refused():
    sites, homes = points([(0, 0)], "f"), points([(0, 0)], "p")
    for bad in (0, -1, np.nan):
        with pytest.raises(ValueError, match="cutoff"):
            travel_table(NETWORK, sites, homes, bad)
        with pytest.raises(ValueError, match="speed"):
            travel_table(NETWORK, sites, homes, 500, metres_per_second=bad)
    with pytest.raises(SchemaError, match=r"id\.duplicate · facilities"):
        travel_table(NETWORK, pd.concat([sites, sites]), homes, 500)


def study(**columns):
    facilities = {"a": toy.facility(0, 0, **columns), "later": toy.facility(0, 0, opened=pd.Timestamp("2030-01-01"))}
    demand = {"p": toy.people(100, 0, 50, 10), "q": toy.people(-590, 590, 50, 20)}
    return toy.study(facilities=facilities, demand=demand, streets=streets())


def test_a_study_gives_its_open_facilities_people_and_capacities():
    inputs = study_inputs(study(capacity=25.0), "elderly_day_care", 500, group="aged_60_plus")
    assert inputs.people.to_dict() == {"p": 10, "q": 20}
    assert inputs.capacity.to_dict() == {"a": 25}
    assert two_step(*inputs, 500).to_dict() == {"p": 2.5, "q": 0.0}
    counted = study_inputs(study(), "elderly_day_care", 5000, capacity=1)
    assert cumulative(*counted, 5000).to_dict() == {"p": 1, "q": 1}


def test_a_study_without_streets_people_or_capacity_is_refused_with_all_reasons():
    bare = toy.study(facilities={"a": toy.facility(0, 0)}, demand={"p": toy.people(0, 0, 1, 1)})
    with pytest.raises(InputError) as caught:
        study_inputs(bare, "elderly_day_care", 500, group="children")
    assert [problem.code for problem in caught.value.problems] == [
        "network.empty",
        "schema.missing_column",
        "value.missing",
    ]
