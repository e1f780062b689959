"""Whether verdicts hold: closed forms on one street, and laws that any city keeps."""

from __future__ import annotations

import dataclasses
import json

import geopandas as gpd
import numpy as np
import pytest
import toy
from radius_cities import ELDERLY_CIRCLE, RADIUS, only
from shapely import LineString, MultiPoint, Point, box

import zzgeo
from zzgeo.auditing import sensitivity as readings
from zzgeo.auditing.run import audit
from zzgeo.errors import InputError
from zzgeo.intake.example import write_example
from zzgeo.intake.scenario import study_under
from zzgeo.reporting.desk.audit_file import audit_json
from zzgeo.reporting.told.holding import holding_sentences
from zzgeo.spec.walking_profile import walking_profile
from zzgeo.standards import find_rule

#: People of 60+ walk 720 m in fifteen minutes.
LIMIT_M = 720.0


def on_a_street(homes, rule=ELDERLY_CIRCLE, districts=("1",)):
    """One facility at the start of a street, and homes on it: (metres, people of 60+, district)."""
    return audit(
        toy.study(
            facilities={"f": toy.facility(0, 0)},
            demand={
                f"p{n}": toy.people(x, 0, aged, aged, place, f"{place}-1") for n, (x, aged, place) in enumerate(homes)
            },
            units={f"{code}-1": toy.unit(box(-10, -100, 10_000, 100), district=code) for code in districts},
            streets=[LineString([(-500, 0), (500, 0)]), LineString([(500, 0), (3000, 0)])],
            districts={code: box(-5000, -5000, 5000, 5000) for code in districts},
            areas={"central-city": box(-5000, -5000, 5000, 5000)},
        ),
        only(find_rule(rule)),
    )


def errors_of(report, draws=8, **settings):
    return report.sensitivity(profiles=(), speeds=(), draws=draws, **settings)


def test_a_home_at_the_limit_turns_as_often_as_the_error_says():
    """The walk is 720 m along the street with a normal error of √2 · 10 m, and two legs, which are never below 0 m."""
    draws, short = 100, 16.0
    [row] = (
        errors_of(on_a_street([(LIMIT_M - short, 10, "1")]), draws=draws)
        .query("level == 'district'")
        .to_dict("records")
    )
    x, legs = np.random.default_rng(1).normal(0, 10, (2, 1_000_000)), np.random.default_rng(2).normal(0, 10, (2, 10**6))
    kept = float(np.mean(x[0] - x[1] + np.abs(legs[0]) + np.abs(legs[1]) <= short))
    assert 0.4 < kept < 0.6
    assert row["draws_holding"] == pytest.approx(kept, abs=4 * np.sqrt(kept * (1 - kept) / draws))
    assert (row["holds"], row["people_turning"]) == (False, 10.0)


@pytest.mark.parametrize("x", [500.0, 950.0])
def test_a_home_far_from_the_limit_never_turns(x):
    table = errors_of(on_a_street([(x, 10, "1")]))
    assert len(table) == 2
    assert table["holds"].all()
    assert (table["draws_holding"] == 1.0).all()
    assert (table["people_turning"] == 0.0).all()


def test_people_between_are_counted_in_their_district_and_in_the_city():
    report = on_a_street([(LIMIT_M, 10, "1"), (100, 5, "1"), (LIMIT_M + 1, 7, "2"), (2000, 3, "2")], districts="12")
    people = errors_of(report).set_index(["level", "district"])["people_turning"]
    assert people.to_dict() == {("district", "1"): 10.0, ("district", "2"): 7.0, ("city", ""): 17.0}


def test_a_speed_covers_whom_its_walk_reaches():
    report = on_a_street([(700, 10, "1"), (800, 5, "1")])
    table = report.sensitivity(profiles=(), speeds=[0.7, 0.8, 1.0], draws=0).query("level == 'city'")
    assert table["verdict"].tolist() == ["fail", "fail", "pass"]
    assert table["value"].tolist() == pytest.approx([0.0, 10 / 15, 1.0])
    assert table["holds"].tolist() == [True, True, False]
    assert table["people_turning"].tolist() == [10.0, 0.0, 5.0]


def test_a_straight_line_has_an_error_but_no_profile_and_no_speed():
    report = on_a_street([(100, 10, "1")], rule=RADIUS)
    assert report.findings.loc[f"{RADIUS}/district/1", "verdict"] == "pass"
    assert set(report.sensitivity(profiles=["osmnx"])["kind"]) == {"error"}


HOMES = [(LIMIT_M - 5, 10, "1"), (300, 5, "1"), (LIMIT_M + 3, 7, "1")]


def test_the_same_seed_gives_the_same_table_and_another_another():
    report = on_a_street(HOMES)
    first, again, other = (errors_of(report, seed=seed) for seed in (7, 7, 8))
    assert first.equals(again)
    assert not first.equals(other)


def test_no_error_turns_nobody():
    table = errors_of(on_a_street(HOMES), error_m=1e-9)
    assert len(table) == 2
    assert table["holds"].all()
    assert (table["people_turning"] == 0.0).all()


def test_a_reading_holds_exactly_where_its_verdict_is_that_of_the_audit():
    report = on_a_street(HOMES)
    table = report.sensitivity(profiles=(), draws=6)
    judged = report.findings.set_index(["rule", "level", "district"])["verdict"]
    own = judged.reindex(table.set_index(["rule", "level", "district"]).index).to_numpy()
    others = (table["kind"] != "error").to_numpy()
    assert set(table["kind"]) == {"speed", "error"}
    assert ((table["verdict"].to_numpy() == own) == table["holds"].to_numpy())[others].all()
    # symmetric: an audit at that speed comes to the reading, and the audit's own speed is a reading of it
    for speed in (0.9, 1.1):
        there = audit(readings._at_speed(report.study, speed), report.standards)
        back = there.sensitivity(profiles=(), speeds=[0.8], draws=0)
        one = table[table["reading"] == f"{speed:g} m/s"]
        assert back["holds"].tolist() == one["holds"].tolist()
        assert back["people_turning"].tolist() == one["people_turning"].tolist()


def test_of_many_places_only_those_near_a_limit_are_moved_and_the_verdicts_are_the_same(monkeypatch):
    homes = [(x, 1, "1") for x in (5, 100, 400, 690, 715, 719, 725, 760, 900, 2000)]
    report = on_a_street(homes)
    every = errors_of(report)
    monkeypatch.setattr(readings, "MANY_PLACES", 5)
    base = readings._Base(report)
    near = readings._near(base, base.clauses("streets"))
    assert near.tolist() == [False, False, False, True, True, True, True, True, False, False]
    few = errors_of(report)
    columns = ["verdict", "holds", "people_turning", "draws_holding"]
    assert few[columns].equals(every[columns])
    assert few["value"].tolist() == pytest.approx(every["value"].tolist())


def test_shapes_and_their_entrances_are_moved_as_one():
    park = gpd.GeoDataFrame({"kind": ["park", "park"]}, geometry=[box(0, 0, 10, 10), Point(5, 5)], crs=4547)
    park["entrances"] = gpd.GeoSeries([MultiPoint([(0, 5), (10, 5)]), None], crs=4547)
    moved = readings._moved(park, np.array([[3.0, -4.0], [0.0, 0.0]]))
    assert moved.geometry.iloc[0].equals(box(3, -4, 13, 6))
    assert moved["entrances"].iloc[0].equals(MultiPoint([(3, 1), (13, 1)]))
    assert moved.geometry.iloc[1].equals(Point(5, 5))
    assert park.geometry.iloc[0].equals(box(0, 0, 10, 10))


def littleton(tmp_path, *, steps: bool):
    """The made-up city of the examples; its eastern half is steps, or a street."""
    path = write_example(tmp_path)
    halves = [LineString([(113.60, 34.7051), (113.613, 34.7051)]), LineString([(113.613, 34.7051), (113.63, 34.7051)])]
    kinds = {"highway": ["residential", "steps" if steps else "residential"]}
    gpd.GeoDataFrame(kinds, geometry=halves, crs=4326).to_file(tmp_path / "roads.geojson")
    return audit(zzgeo.load_study(path), profile="zz-2020")


def test_a_profile_reads_the_streets_anew(tmp_path):
    table = littleton(tmp_path, steps=True).sensitivity(speeds=(), draws=0).set_index(["reading", "level", "district"])
    assert set(table.index.get_level_values("reading")) == {"osmnx", "r5", "accessible"}
    assert table["holds"]["osmnx"].all()
    east = table.loc["accessible", "district", "E"]
    # one clinic's quarter is walked to on the west street; the others have no street but steps: nobody can tell
    assert (east["verdict"], east["holds"]) == ("review", False)
    assert table.loc["accessible", "district", "W"]["holds"]


def test_where_no_profile_changes_a_street_its_reading_is_the_audits(tmp_path):
    table = littleton(tmp_path, steps=False).sensitivity(["osmnx", "r5"], speeds=(), draws=0)
    assert table["holds"].all()
    assert (table["people_turning"] == 0).all()


def test_streets_nobody_of_a_profile_walks_are_no_data(tmp_path, monkeypatch):
    report = littleton(tmp_path, steps=True)
    roads = gpd.read_file(tmp_path / "roads.geojson").assign(highway="steps")
    roads.to_file(tmp_path / "roads.geojson")
    table = report.sensitivity(["accessible"], speeds=(), draws=0)
    assert set(table["verdict"]) == {"nodata"}
    assert not table["holds"].any()


def test_a_study_without_its_file_cannot_be_read_under_another_profile():
    report = on_a_street([(100, 10, "1")])
    with pytest.raises(InputError, match=r"toy\.toml"):
        report.sensitivity(["osmnx"], speeds=(), draws=0)


def test_a_study_under_another_profile_shares_all_but_its_streets(tmp_path):
    study = littleton(tmp_path, steps=True).study
    other = study_under(study, walking_profile("accessible"))
    assert (len(study.streets), len(other.streets)) == (2, 1)
    assert other.demand is study.demand
    assert other.facilities is study.facilities
    assert study.walking.profile.id == "cn-default"


def test_speeds_of_the_study_stay_where_a_profile_has_none_of_its_own(tmp_path):
    study = littleton(tmp_path, steps=False).study
    fast = walking_profile("cn-default", {"speeds_m_per_s": {"residents": 1.3}})
    faster = dataclasses.replace(study, walking=dataclasses.replace(study.walking, profile=fast))
    assert readings._with_speeds_of(faster, walking_profile("osmnx")).speed("residents") == 1.3
    assert readings._with_speeds_of(faster, walking_profile("accessible")).speed("residents") == 0.8


def test_a_verdict_that_turns_is_sensitive_and_told_everywhere(tmp_path):
    report = on_a_street([(LIMIT_M, 10, "1"), (100, 5, "1"), (2000, 3, "2")], districts="12")
    told = report.with_sensitivity(errors_of(report))
    sensitive = told.findings["sensitive"]
    assert sensitive[f"{ELDERLY_CIRCLE}/district/1"]
    # 300 m beyond any reach and speed: nothing turns it
    assert sensitive[f"{ELDERLY_CIRCLE}/district/2"] == report.findings["sensitive"][f"{ELDERLY_CIRCLE}/district/2"]
    facts = json.loads(audit_json(told, []))["sensitivity"]
    assert (facts["error_m"], facts["draws"], facts["seed"]) == (10.0, 8, readings.SEED)
    assert [(one["district"], one["reading"]) for one in facts["turning"]] == [("1", "10 m")]
    sentence = holding_sentences(told)[ELDERLY_CIRCLE, "district", "1"]
    assert "10人时而覆盖时而未覆盖" in sentence["zh"]
    assert "10 people being covered in some and missed in others" in sentence["en"]
    assert "sensitivity" not in json.loads(audit_json(report, []))
    assert holding_sentences(report) == {}
