"""A candidate serves whom an audit with it there finds served: walks, barriers, islands, waits, straight lines."""

from __future__ import annotations

import dataclasses

import geopandas as gpd
import numpy as np
import pytest
from planned_city import CENTRES, CIRCLE, RADIUS, city, parcels, report_of
from shapely import LineString, Point

from zzgeo.siting.building import built_for, with_sites
from zzgeo.siting.case import Case
from zzgeo.siting.matrix import reach_matrix


def served_by_each(study, rule, lots) -> tuple[np.ndarray, np.ndarray]:
    """Return who is served by each candidate: by the matrix, and by a full audit with that candidate alone."""
    case = Case(report_of(study, rule), rule.id, (), False, ())
    (demand,) = case.demands
    places = case.candidates(lots, False).table
    stored = reach_matrix(case.base, demand, places).tocoo()
    promised = np.zeros((len(demand.ids), len(places)), dtype=bool)
    promised[stored.row, stored.col] = True
    measured = np.zeros_like(promised)
    for column in range(len(places)):
        reach = report_of(with_sites(study, [rule], places.iloc[[column]]), rule).reach[rule.id]
        measured[:, column] = reach["status"].isin(["covered", "between"]).loc[demand.ids].to_numpy()
    return promised, measured


def one_by_one(study, rule, lots) -> np.ndarray:
    promised, measured = served_by_each(study, rule, lots)
    assert (promised == measured).all()
    return promised


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("rule", [RADIUS, CIRCLE], ids=lambda rule: rule.id)
def test_points_at_random_serve_as_the_audit_says(rule, seed):
    study = city(seed)
    assert one_by_one(study, rule, parcels(study, seed)).any()


def test_a_river_is_not_crossed():
    study = city(1)
    river = gpd.GeoDataFrame(geometry=[LineString([(-500, 900), (2500, 900)])], crs=study.crs)
    walled = dataclasses.replace(study, barriers=river)
    lots = parcels(study, 1)
    assert one_by_one(walled, CIRCLE, lots).sum() < one_by_one(study, CIRCLE, lots).sum()


def test_a_place_on_an_island_of_streets_serves_those_who_live_there():
    study = city(2)
    lots = parcels(study, 2).loc[["c13"]]
    reached = one_by_one(study, CIRCLE, lots)
    assert reached.any()
    # people near the large network stay on it, and lose nothing
    away = study.facilities.assign(geometry=[Point(1e4, 1e4)] * len(study.facilities))
    one_by_one(dataclasses.replace(study, facilities=away), CIRCLE, parcels(study, 2, 6))


def test_who_stands_on_a_street_of_its_own_walks_from_the_nearest_that_leads_to_a_place():
    study = city(1)
    lone = LineString([(390, 150), (390, 210)])
    # the nearest street that leads somewhere is ten metres away
    streets = gpd.GeoDataFrame(geometry=[*study.streets.geometry, lone], crs=study.crs).rename_axis("edge_id")
    demand = study.demand.copy()
    demand.loc["p0", ["geometry", "district", "unit"]] = [Point(390, 180), "1", "u00"]
    changed = dataclasses.replace(study, streets=streets, demand=demand)
    beside = parcels(study, 1, 4).set_geometry([Point(400, 250), Point(400, 800), Point(390, 200), Point(1900, 1900)])
    away = study.facilities.assign(geometry=[Point(1900, 1900)] * len(study.facilities))
    changed = dataclasses.replace(changed, facilities=away)
    report = report_of(changed, CIRCLE)
    (demand,) = Case(report, CIRCLE.id, (), False, ()).demands
    assert one_by_one(changed, CIRCLE, beside.set_crs(study.crs))[demand.ids.get_loc("p0")].tolist()[:3] == [
        True,
        True,
        True,
    ]


def test_waits_at_crossings_count_as_the_profile_has_them():
    study = city(0)
    profile = dataclasses.replace(study.walking.profile, crossing_delay_s=40.0)
    slower = dataclasses.replace(study, walking=dataclasses.replace(study.walking, profile=profile))
    lots = parcels(study, 0)
    assert one_by_one(slower, CIRCLE, lots).sum() <= one_by_one(study, CIRCLE, lots).sum()


def test_a_parcel_is_entered_from_any_side_and_measured_to_its_edge():
    study = city(1)
    lots = parcels(study, 1, 6)
    wide = lots.set_geometry(lots.buffer(90.0, cap_style="square"))
    for rule in (RADIUS, CIRCLE):
        assert one_by_one(study, rule, wide).sum() >= one_by_one(study, rule, lots).sum()


def test_who_lives_at_a_place_is_served_though_no_street_leads_there():
    study = city(0)
    far = study.demand.copy()
    far.loc["p3", "geometry"] = Point(2400.0, 2400.0)
    lone = dataclasses.replace(study, demand=far)
    case = Case(report_of(lone, CIRCLE), CIRCLE.id, (), False, ())
    (demand,) = case.demands
    place = parcels(study, 0).iloc[:1].set_geometry([Point(2400.0, 2400.0)], crs=study.crs)
    table = case.candidates(place, False).table
    assert table["forbidden"].tolist() == ["siting.off_streets"]
    stored = reach_matrix(case.base, demand, table).tocoo()
    assert demand.ids[stored.row].tolist() == ["p3"]
    assert stored.data.tolist() == [0.0]


def test_the_limit_itself_is_within_reach():
    study = city(0)
    case = Case(report_of(study, RADIUS), RADIUS.id, (), False, ())
    (demand,) = case.demands
    at = study.demand.geometry[demand.ids[0]]
    exact = (
        parcels(study, 0).iloc[:2].set_geometry([Point(at.x, at.y + 500.0), Point(at.x, at.y + 500.01)], crs=study.crs)
    )
    matrix = reach_matrix(case.base, demand, case.candidates(exact, False).table)
    assert matrix[[0], :].indices.tolist() == [0]


def test_what_is_built_is_as_the_clause_asks_where_the_place_does_not_say():
    study = city(0)
    table = Case(report_of(study, CIRCLE), CIRCLE.id, (), False, ()).candidates(parcels(study, 0), False).table
    seventy = CIRCLE.model_copy(update={"params": {"min_capacity": 70, "ownership": "public", "level": "三级"}})
    table.loc["c1", ["capacity", "ownership"]] = [np.nan, None]
    built = built_for(seventy, table, study).loc["c1"]
    assert built[["kind", "capacity", "ownership", "level"]].tolist() == ["elderly_day_care", 70.0, "public", "三级"]
    assert built["opened"].date() == study.as_of


def test_places_in_a_unit_take_turns_at_what_it_lacks():
    study = city(0)
    case = Case(report_of(study, CENTRES), CENTRES.id, (), False, ())
    (demand,) = case.demands
    lacking = demand.ids.value_counts()
    unit = lacking.index[0]
    assert lacking[unit] > 1
    inside = study.units.geometry[unit].representative_point()
    many = lacking[unit] + 2
    lots = parcels(study, 0, int(many)).set_geometry([inside] * int(many), crs=study.crs)
    row = reach_matrix(case.base, demand, case.candidates(lots, False).table).tocoo()
    of_each = row.row[np.argsort(row.col)]
    assert (demand.ids[of_each] == unit).all()
    # each lack is met by the first places, the places beyond begin again
    first = np.flatnonzero(demand.ids == unit)
    assert of_each.tolist() == [*first, *first[:2]]
