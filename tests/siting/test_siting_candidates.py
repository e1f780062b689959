"""Where a facility may be built: files through the doors of a study, unit centres, streets in gaps, homes."""

from __future__ import annotations

import dataclasses

import geopandas as gpd
import numpy as np
import pytest
import shapely
import toy
from planned_city import CENTRES, CIRCLE, RADIUS, UNITS, city, parcels, report_of
from shapely import LineString, Point, box

from zzgeo.errors import InputError
from zzgeo.intake.example import write_example
from zzgeo.intake.study import load_study
from zzgeo.siting import candidates as places
from zzgeo.siting.candidates import STEP_M, brought, offered
from zzgeo.siting.case import Case

SHEET = """\
地块编号,名称,经度,纬度,用地面积（亩）,造价（万元）,床位数,用地性质
p1,甲,113.6281,34.7051,3,500,40张,居住
p2,乙,113.62,34.7051,2,-5,,商业
p3,丙,113.603,34.7051,二亩,,,商业
p4,丁,,,1,10,,商业
"""


def case_of(study, *rules) -> Case:
    return Case(report_of(study, *rules), [rule.id for rule in rules], (), False, ())


def test_a_sheet_of_parcels_is_read_like_a_list_of_facilities(tmp_path):
    (tmp_path / "lots.csv").write_text(SHEET, encoding="gb18030")
    study = load_study(write_example(tmp_path))
    read = brought(tmp_path / "lots.csv", study, datum="EPSG:4326")
    table = read.table
    assert list(table.index) == ["p1", "p2", "p3"]
    assert table.crs == study.crs
    assert table["area_m2"].iloc[0] == pytest.approx(2000.0)
    assert table["cost_yuan"].iloc[0] == 5_000_000
    # a price below nothing and one that is not told are unknown, never 0
    assert table["cost_yuan"].isna().tolist() == [False, True, True]
    assert table.loc["p1", ["capacity", "land", "source", "district"]].tolist() == [40.0, "居住", "parcel", "E"]
    codes = {problem.code for problem in read.notes}
    assert {"value.negative", "value.reformatted", "coord.missing"} <= codes


def test_a_file_that_is_refused_says_why(tmp_path):
    study = city(0)
    with pytest.raises(InputError, match=r"file\.missing"):
        brought(tmp_path / "none.gpkg", study)
    (tmp_path / "empty.csv").write_text("名称,经度,纬度\n", encoding="utf-8")
    with pytest.raises(InputError):
        brought(tmp_path / "empty.csv", study, datum="EPSG:4547")


def test_parcels_of_another_crs_are_moved_and_the_given_table_is_left_alone(tmp_path):
    study = city(0)
    lots = parcels(study, 0).set_geometry(parcels(study, 0).buffer(20)).to_crs(4326)
    before = lots.copy()
    lots.to_file(tmp_path / "lots.gpkg", index=False)
    for given in (lots, tmp_path / "lots.gpkg"):
        table = brought(given, study).table
        assert table.crs == study.crs
        assert table.geometry.geom_type.eq("Polygon").all()
        assert np.allclose(table.area, shapely.area(Point(0, 0).buffer(20)), rtol=1e-3)
    assert lots.equals(before)


def test_street_positions_lie_every_fifty_metres_inside_gaps_and_never_on_a_bridge():
    study = toy.study(
        facilities={"f": toy.facility(-5000, 0)},
        demand={"p": toy.people(500, 10, 10, 10)},
        units={"1-1": toy.unit(box(0, -100, 1000, 100))},
        streets=[LineString([(0, 0), (1000, 0)])],
        land=[box(0, -100, 420, 100)],
    )
    gap = gpd.GeoDataFrame({"rule": ["r"]}, geometry=[box(0, -100, 420, 100)], crs=study.crs)
    table = offered(study, [], gap, ["street"]).table
    x = table.geometry.x.to_numpy()
    assert np.allclose(np.diff(np.sort(x)), STEP_M)
    assert x.min() >= 0
    assert x.max() <= 420
    assert len(table) == 8
    assert set(table["source"]) == {"street"}
    bridge = gpd.GeoDataFrame(study.streets.assign(bridge="yes"))
    over = dataclasses.replace(study, streets=bridge)
    assert len(offered(over, [], gap, ["street"]).table) == 0


def test_unit_centres_are_offered_where_somebody_is_missed_as_often_as_a_place_lacks():
    study = city(0)
    case = case_of(study, UNITS)
    table = case.candidates(["unit"], False).table
    lacking = {code for one in case.demands for code in one.ids}
    assert set(table.index) == {f"unit:{code}" for code in lacking}
    inside = study.units.geometry.loc[[one.removeprefix("unit:") for one in table.index]]
    assert table.geometry.within(inside.set_axis(table.index)).all()
    several = CENTRES.model_copy(update={"params": {"people_per_centre": 1000.0, "preset": "default"}})
    centres = case_of(study, several)
    number = centres.demands[0].ids.value_counts()
    offers = centres.candidates(["unit"], False).table.index.str.split("#").str[0].value_counts()
    assert number.max() > 1
    assert {f"unit:{code}": count for code, count in number.items()} == offers.to_dict()


def test_left_out_units_and_streets_are_offered_and_homes_where_these_give_none(monkeypatch):
    study = city(0)
    table = case_of(study, RADIUS).candidates(None, False).table
    assert set(table["source"]) <= {"unit", "street"}
    bare = toy.study(facilities={"f": toy.facility(5000, 0)}, demand={"p": toy.people(0, 0, 9, 9, unit=None)})
    everywhere = RADIUS.model_copy(update={"applies_to": "all"})
    homes = case_of(bare, everywhere).candidates(None, False).table
    assert list(homes.index) == ["demand:p"]
    monkeypatch.setattr(places, "MOST_OFFERED", 5)
    thinned = case_of(study, RADIUS).candidates(None, False)
    assert (thinned.table["source"] == "street").sum() <= 5
    assert [problem.code for problem in thinned.notes] == ["siting.thinned"]


def test_no_two_candidates_have_one_id_and_every_one_has_a_district():
    table = case_of(city(1), CIRCLE, RADIUS).candidates(["unit", "street", "demand"], False).table
    assert table.index.is_unique
    assert table["district"].notna().all()
