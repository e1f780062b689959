"""A study cannot be made of tables that break their contracts, whoever makes it, and tells all that is wrong."""

from __future__ import annotations

import dataclasses
import datetime as dt

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import pytest
import toy
from shapely import LineString, Point, box

from zzgeo.errors import InputError
from zzgeo.intake import soundness
from zzgeo.intake.study import Study

WEST, EAST = box(-1000, -1000, 0, 1000), box(0, -1000, 1000, 1000)


@pytest.fixture
def study():
    return toy.study(
        facilities={"f": toy.facility(0, 0), "g": toy.facility(100, 0)},
        demand={"a": toy.people(10, 0, 60, 6), "b": toy.people(-10, 0, 20, 2, "2", "2-1")},
        units={"1-1": toy.unit(EAST), "2-1": toy.unit(WEST, district="2")},
        streets=[LineString([(-500, 0), (500, 0)])],
        districts={"1": EAST, "2": WEST},
    )


def given(study):
    """Return what the constructor takes for a study, computed fields left out."""
    computed = ("on_streets", "looked_at")
    return {one.name: getattr(study, one.name) for one in dataclasses.fields(study) if one.name not in computed}


def refused(study, **more):
    with pytest.raises(InputError) as told:
        Study(**given(study) | more)
    return [(problem.code, problem.where) for problem in told.value.problems]


def twice(table):
    return table.set_axis(pd.Index(["a"] * len(table), name=table.index.name))


@pytest.mark.parametrize(
    ("name", "change", "code"),
    [
        ("districts", lambda one: one.to_crs(4326), "crs.mismatch"),
        ("districts", lambda one: one.drop(columns="name"), "schema.missing_column"),
        ("districts", lambda one: one.iloc[:0], "layer.empty"),
        ("districts", lambda one: one.set_geometry([EAST, None]), "geom.null"),
        ("demand", lambda one: one.to_crs(4548), "crs.mismatch"),
        ("demand", lambda one: one.set_crs(None, allow_override=True), "crs.missing"),
        ("demand", lambda one: one.assign(residents=[1.0, -1.0]), "value.negative"),
        ("demand", lambda one: one.assign(aged_60_plus=[1.0, np.nan]), "value.missing"),
        ("demand", lambda one: one.assign(residents=["1", "2"]), "value.unparsed"),
        ("demand", lambda one: one.assign(residents=[1.0, np.inf]), "value.nonfinite"),
        ("demand", lambda one: one.assign(district=["1", "9"]), "value.unknown_code"),
        ("demand", lambda one: one.assign(district=["1", None]), "value.unknown_code"),
        ("demand", lambda one: one.drop(columns="district"), "schema.missing_column"),
        ("demand", twice, "id.duplicate"),
        ("demand", lambda one: pd.DataFrame(one.drop(columns="geometry")), "schema.missing_column"),
        ("demand", lambda _: None, "schema.not_a_table"),
        ("facilities", lambda one: one.drop(columns="kind"), "schema.missing_column"),
        ("facilities", lambda one: one.assign(kind=["park", None]), "value.missing"),
        ("facilities", lambda one: one.assign(capacity=[10.0, -1.0]), "value.negative"),
        ("facilities", twice, "id.duplicate"),
        ("facilities", lambda one: one.to_crs(4548), "crs.mismatch"),
        ("units", lambda one: one.assign(type="hamlet"), "value.unparsed"),
        ("units", lambda one: one.assign(district=["1", "9"]), "value.unknown_code"),
        ("streets", lambda one: one.set_geometry([Point(0, 0)]), "geom.mixed_types"),
        ("streets", lambda one: one.to_crs(4548), "crs.mismatch"),
        ("streets", lambda _: [], "schema.not_a_table"),
        ("land", lambda _: gpd.GeoDataFrame(geometry=[EAST], crs=4548), "crs.mismatch"),
        ("barriers", lambda _: gpd.GeoDataFrame(geometry=[Point(0, 0)], crs=toy.CRS), "geom.mixed_types"),
        ("zones", lambda _: gpd.GeoDataFrame(geometry=[EAST], crs=toy.CRS), "schema.missing_column"),
        ("indicators", lambda _: pd.DataFrame({"indicator": ["beds"]}), "schema.missing_column"),
    ],
)
def test_a_table_that_breaks_its_contract_makes_no_study(study, name, change, code):
    broken = change(getattr(study, name))
    assert (code, name) in refused(study, **{name: broken})
    with pytest.raises(InputError, match=code) if code != "layer.empty" else pytest.raises(InputError):
        dataclasses.replace(study, **{name: broken})


def test_all_that_is_wrong_is_told_in_one_pass(study):
    told = refused(
        study,
        demand=study.demand.assign(residents=[-1.0, 2.0], aged_60_plus=[np.nan, 1.0], district=["1", "9"]),
        facilities=twice(study.facilities),
        streets=study.streets.to_crs(4548),
    )
    assert told == [
        ("id.duplicate", "facilities"),
        ("value.negative", "demand"),
        ("value.missing", "demand"),
        ("crs.mismatch", "streets"),
        ("value.unknown_code", "demand"),
    ]


def test_districts_that_others_speak_of_cannot_be_taken_away(study):
    with pytest.raises(InputError, match="unknown_code") as told:
        dataclasses.replace(study, districts=study.districts.iloc[:1])
    assert [one.where for one in told.value.problems] == ["units", "demand"]


def test_the_crs_of_a_study_is_that_of_its_tables(study):
    with pytest.raises(InputError) as told:
        dataclasses.replace(Study(**given(study) | {"path": None}), crs=pyproj.CRS.from_epsg(4548))
    assert {one.code for one in told.value.problems} == {"crs.mismatch"}


def test_tables_shared_with_the_study_it_is_made_of_are_not_looked_at_again(study, monkeypatch):
    looked_at = []
    check = soundness.validate
    monkeypatch.setattr(
        soundness, "validate", lambda table, contract: looked_at.append(contract.name) or check(table, contract)
    )
    dataclasses.replace(study, as_of=dt.date(2019, 1, 1))
    assert looked_at == []
    dataclasses.replace(study, demand=study.demand.copy())
    assert looked_at == ["demand"]
    Study(**given(study))
    assert looked_at[1:] == ["districts", "units", "facilities", "demand", "streets"]


def test_a_part_of_a_study_may_be_left_without_people_but_no_study_begins_so(study):
    nobody = study.demand.iloc[:0]
    assert len(dataclasses.replace(study, demand=nobody).demand) == 0
    assert ("layer.empty", "demand") in refused(study, demand=nobody)


def test_a_study_may_have_no_facilities_and_districts_of_unknown_people(study):
    none = study.facilities.iloc[:0]
    unknown = study.districts.assign(residents=[np.nan, 5.0])
    made = Study(**given(study) | {"facilities": none, "districts": unknown})
    assert len(made.facilities) == 0
