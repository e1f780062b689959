"""Studies of tables in memory: what files of the same tables give, told and accounted for alike."""

from __future__ import annotations

import json
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from files import X, Y, edit, write_study
from frames import frames_of, made
from places import ROOT
from shapely import LineString, Point, box

import zzgeo
from zzgeo.errors import InputError
from zzgeo.intake.driving import driving_ways
from zzgeo.intake.example import write_example
from zzgeo.intake.frames import frame_sha256
from zzgeo.intake.scenario import study_under
from zzgeo.spec.walking_profile import walking_profile

FILE = {
    "in memory: districts": "districts.gpkg",
    "in memory: units": "units.gpkg",
    "in memory: streets": "streets.gpkg",
    "in memory: facilities": "养老.csv",
    "in memory: people": "people.csv",
}


@pytest.fixture
def study(tmp_path):
    return write_study(tmp_path / "测试区")


@pytest.fixture
def given(study):
    return frames_of(study)


def damaged(study):
    """Give the small study rows that get lost, a cell that cannot be read, a motorway, a word nobody knows."""
    places = study.parent / "养老.csv"
    rows = places.read_bytes().decode("gb18030").split("\r\n")
    rows += [f"F3,枫林3站,日间照料,{X + 500},{Y + 500},-4", "F4,枫林4站,日间照料,,,30"]
    rows += [f"F5,枫林5站,照料处,{X + 700},{Y + 500},30", f"F1,枫林1站,日间照料,{X + 900},{Y + 500},30"]
    places.write_bytes("\r\n".join(rows).encode("gb18030"))
    streets = gpd.read_file(study.parent / "streets.gpkg").assign(highway="residential")
    streets.loc[:40, "highway"] = "motorway"
    streets.to_file(study.parent / "streets.gpkg")
    homes = study.parent / "people.csv"
    homes.write_text(homes.read_text("utf-8-sig") + f"\nP8,{X + 50},{Y + 50},,4\nP9,{X + 9e5},{Y},40,4", "utf-8-sig")
    return study


def refused(given, **more):
    with pytest.raises(InputError) as told:
        made(given, **more)
    return told.value.problems


def codes(study):
    return sorted(problem.code for problem in study.warnings)


def _nameless(params):
    """Return the parameters of a finding without the names of the lists it rests on."""
    lists = [{key: value for key, value in one.items() if key != "file"} for one in params.get("lists", ())]
    return {**params, "lists": lists}


@pytest.mark.parametrize("change", [lambda study: study, damaged], ids=["whole", "damaged"])
def test_every_verdict_is_that_of_files_of_the_same_tables(study, change):
    change(study)
    of_files, of_frames = zzgeo.load_study(study), made(frames_of(study))
    told = [zzgeo.audit(one, profile="zz-2020-all") for one in (of_files, of_frames)]
    findings = [one.findings.assign(params=[_nameless(params) for params in one.findings["params"]]) for one in told]
    pd.testing.assert_frame_equal(*findings)
    pd.testing.assert_frame_equal(told[0].flags, told[1].flags)
    assert {"pass", "fail"} & set(told[1].findings["verdict"])
    assert of_frames.lost == of_files.lost
    assert of_frames.kinds_known == of_files.kinds_known
    # how text was encoded is a matter of files
    assert codes(of_frames) == [code for code in codes(of_files) if code != "encoding.detected"]


def test_rows_are_accounted_for_as_those_of_files(study):
    damaged(study)
    of_files, of_frames = zzgeo.load_study(study), made(frames_of(study))
    counts = ("layer", "rows_read", "rows_used", "rows_rejected", "cells_emptied", "datum")
    for own, other in zip(of_frames.accounts, of_files.accounts, strict=True):
        assert FILE[own.path] == other.path
        assert [getattr(own, name) for name in counts] == [getattr(other, name) for name in counts]
    told = ["field", "code", "reason"]
    pd.testing.assert_frame_equal(of_frames.quarantined[told[:2]], of_files.quarantined[told[:2]])
    assert of_frames.quarantined["file"].map(FILE).tolist() == of_files.quarantined["file"].tolist()
    # line 6 of the file is the row that pandas calls 3
    aside = of_frames.quarantined.query("code == 'coord.missing'")
    assert aside["row"].tolist() == ["3"]
    assert sum(of_frames.lost.values()) == 2


def test_tables_given_are_never_written_to(given):
    names = ("districts", "streets", "units", "people", "facilities")
    before = {name: given[name].copy() for name in names}
    zzgeo.audit(made(given), profile="zz-2020").sensitivity(profiles=["accessible"], speeds=[1.0], draws=1)
    for name in names:
        pd.testing.assert_frame_equal(given[name], before[name])


def test_what_the_caller_does_with_his_tables_later_changes_nothing(given):
    study = made(given)
    given["streets"]["highway"] = "motorway"
    given["streets"].geometry = given["streets"].geometry.translate(1e6)
    assert len(study_under(study, walking_profile("accessible")).streets) == len(study.streets)
    assert driving_ways(study).total_bounds.tolist() == study.streets.total_bounds.tolist()


def test_a_study_is_made_again_of_its_own_tables(tmp_path):
    study = zzgeo.load_study(write_example(tmp_path))
    again = zzgeo.Study.from_frames(
        name=study.name,
        as_of=study.as_of,
        jurisdiction="zhengzhou",
        crs="EPSG:4547",
        districts=study.districts.to_crs(4547),
        people=study.demand.to_crs(4547),
        facilities=study.facilities.to_crs(4547),
        streets=study.streets.to_crs(4547),
    )
    for name in ("districts", "demand", "facilities"):
        assert getattr(again, name).index.equals(getattr(study, name).index)
        assert getattr(again, name).index.name == getattr(study, name).index.name
    assert again.facilities["kind"].tolist() == study.facilities["kind"].tolist()
    pd.testing.assert_frame_equal(zzgeo.audit(again).scorecard(), zzgeo.audit(study).scorecard())


def test_the_audit_of_it_is_written_whole_and_says_in_memory(given, tmp_path):
    study = made(given)
    report = zzgeo.audit(study, profile="zz-2020")
    report.write(tmp_path / "out", files="pages,tables,gpkg")
    told = json.loads((tmp_path / "out" / "audit.json").read_text("utf-8"))["inputs"]
    assert study.path is None
    assert {one["path"] for one in told} == set(FILE)
    assert {one["path"]: one["sha256"] for one in told} == {
        f"in memory: {name.removeprefix('in memory: ')}": frame_sha256(given[name.removeprefix("in memory: ")])
        for name in FILE
    }
    assert "in memory: streets" in (tmp_path / "out" / "index.html").read_text("utf-8")
    assert zzgeo.compare(tmp_path / "out", report).inputs.empty


def table():
    places = gpd.GeoDataFrame(
        {"beds": [10, 20], "name": ["a", None]},
        index=pd.Index(["x", "y"], name="id"),
        geometry=[Point(0, 0), None],
        crs="EPSG:4547",
    )
    return places.assign(opened=pd.to_datetime(["2018-01-01", None]), words=pd.Categorical(["p", "q"]))


@pytest.mark.parametrize(
    "change",
    [
        lambda one: one.assign(beds=[10, 21]),
        lambda one: one.assign(beds=[10.0, 20.0]),
        lambda one: one.assign(name=["a", "None"]),
        lambda one: one.assign(opened=pd.to_datetime(["2018-01-02", None])),
        lambda one: one.assign(words=pd.Categorical(["p", "p"])),
        lambda one: one.iloc[::-1],
        lambda one: one.rename(index={"x": "z"}),
        lambda one: one.rename_axis("code"),
        lambda one: one.rename(columns={"beds": "床位"}),
        lambda one: one.set_geometry([Point(0, 1e-9), None]),
        lambda one: one.set_geometry([Point(0, 0, 1), None]),
        lambda one: one.set_crs("EPSG:4548", allow_override=True),
        lambda one: one[["name", "beds", "opened", "words", "geometry"]],
        lambda one: pd.DataFrame(one),
    ],
)
def test_the_digest_is_of_all_that_a_table_holds(change):
    assert frame_sha256(table()) == frame_sha256(table().copy())
    assert frame_sha256(change(table())) != frame_sha256(table())


def test_all_problems_are_told_in_one_pass(given):
    spatial = ("districts", "streets", "units")
    nowhere = {name: gpd.GeoDataFrame(given[name].set_crs(None, allow_override=True)) for name in spatial}
    said = {name: {key: one[key] for key in one if key != "datum"} for name, one in given["said"].items()}
    told = refused(given, said=said, **nowhere)
    assert {problem.code for problem in told} == {"crs.missing"}
    assert {problem.where for problem in told} == set(FILE)
    twice = given["facilities"][["编号", "名称", "类别", "X", "Y", "床位", "床位"]]
    told = refused(given, streets=given["streets"].assign(highway="motorway"), facilities=twice, indicators=twice)
    assert [(one.code, one.where) for one in told if one.severity == "error"] == [
        ("network.empty", "in memory: streets"),
        ("schema.duplicate_column", "in memory: facilities"),
        ("schema.duplicate_column", "in memory: indicators"),
    ]


def test_what_is_said_wrongly_is_told_at_once(given):
    told = refused(given, facilities=3, people=[1], tables=5, nonsense=1, columns={"facilites": {"name": "名称"}})
    assert {problem.code for problem in told} == {"config.invalid"}
    said = [problem.value for problem in told]
    assert said == [
        "facilities: a int",
        "people: a list",
        "tables: a int",
        "columns: facilites",
        "nonsense",
    ]
    assert [one.value for one in refused(given, people=None, units=None, said={})] == ["study"]


def test_degrees_are_taken_as_the_crs_says_and_told(given):
    said = {name: dict(one) for name, one in given["said"].items()}
    del said["streets"]["datum"]
    degrees = given["streets"].to_crs("EPSG:4490")
    study = made(given, streets=degrees, said=said)
    assert "crs.unconfirmed" in codes(study)
    assert study.streets.total_bounds == pytest.approx(made(given).streets.total_bounds, abs=1e-3)
    said["streets"]["datum"] = "EPSG:4490"
    assert "crs.unconfirmed" not in codes(made(given, streets=degrees, said=said))
    shifted = made(given, streets=degrees, said=said | {"streets": {"datum": "GCJ-02"}}).streets
    assert abs(shifted.total_bounds - study.streets.total_bounds).max() > 100


def test_one_datum_may_be_said_of_all_inputs_and_columns_of_each(given):
    columns = {name: one["columns"] for name, one in given["said"].items() if "columns" in one}
    rest = {name: {k: one[k] for k in one if k not in ("columns", "datum")} for name, one in given["said"].items()}
    study = made(given, columns=columns, said=rest, datum="EPSG:4547")
    assert study.facilities["capacity"].tolist() == [21.0, 22.0]
    assert [one.datum for one in study.accounts] == ["EPSG:4547"] * 5


def named(*words, kind=None):
    """Return facilities of these names, a column of words beside them where `kind` is given."""
    more = {} if kind is None else {"kind": kind}
    places = [Point(X + 100 + 90 * n, Y + 210) for n in range(len(words))]
    return gpd.GeoDataFrame({"name": list(words), **more}, geometry=places, crs="EPSG:4547")


def facilities(given, lists, **said):
    own = {name: one for name, one in given["said"].items() if name != "facilities"}
    return made(given, facilities=lists, said=own | said)


def test_facilities_are_one_list_one_of_each_kind_or_several(given):
    day_care, parks = named("甲站", "乙站"), named("东公园")
    by_kind = facilities(given, {"elderly_day_care": day_care, "公园": parks})
    assert by_kind.facilities["kind"].tolist() == ["elderly_day_care", "elderly_day_care", "park"]
    assert by_kind.facilities.index[0] == "facilities[elderly_day_care]:0"
    several = facilities(given, [day_care.assign(kind="日间照料中心"), parks], **{"facilities[1]": {"kind": "park"}})
    assert several.facilities["kind"].tolist() == by_kind.facilities["kind"].tolist()
    assert by_kind.kinds_known == several.kinds_known == {"elderly_day_care", "park"}
    empty = facilities(given, None)
    assert len(empty.facilities) == 0
    assert not empty.kinds_known
    problem = refused(given, facilities={"飞机场": parks}, said={})[0]
    assert (problem.code, "飞机场" in problem.why) == ("config.invalid", True)


def test_kinds_are_guessed_and_told_as_those_of_files(given):
    guessed = facilities(given, named("甲社区日间照料中心", "东风路公厕", "人民大厦"))
    assert guessed.facilities["kind"].tolist() == ["elderly_day_care", "public_toilet"]
    assert {"kind.guessed", "kind.not_taken"} <= set(codes(guessed))
    assert guessed.quarantined["row"].tolist() == ["2"]
    assert guessed.lost == {frozenset(("elderly_day_care", "public_toilet")): 1}


def test_ids_come_from_an_index_that_has_a_name_or_holds_text(given):
    listed = named("甲站", "乙站", "丙站", kind="elderly_day_care")
    ids = pd.Index(["c", "a", "b"])
    assert facilities(given, listed.set_axis(ids)).facilities.index.equals(pd.Index(ids, name="facility_id"))
    assert facilities(given, listed.rename_axis("osmid")).facilities.index.tolist() == ["0", "1", "2"]
    numbered = facilities(given, listed.iloc[::-1])
    assert numbered.facilities.index.tolist() == ["facilities:2", "facilities:1", "facilities:0"]
    twice = facilities(given, listed.set_axis(["a", "b", "a"]))
    assert twice.facilities.index.tolist() == ["a", "b"]
    assert twice.quarantined[["row", "code"]].values.tolist() == [["3", "id.duplicate"]]


def test_a_code_in_the_index_is_a_column_of_that_name(given):
    districts = given["districts"].set_index("代码")
    said = given["said"]
    assert made(given, districts=districts).districts.index.tolist() == ["410102", "410103"]
    plain = districts.rename(columns={"名称": "name"}).rename_axis(None)
    own = made(given, districts=plain, said=said | {"districts": {}})
    assert own.districts.index.tolist() == ["410102", "410103"]
    bare = refused(given, districts=plain.reset_index(drop=True), said=said | {"districts": {}})
    assert [(one.code, one.value) for one in bare][:1] == [("schema.missing_column", "code")]


def test_edges_as_osmnx_gives_them_are_streets(given):
    streets = given["streets"]
    ends = pd.MultiIndex.from_arrays([range(len(streets)), range(1, len(streets) + 1), [0] * len(streets)])
    words = pd.Series(["residential"] * len(streets), dtype=object)
    words[0], words[1], words[2] = ["residential", "footway"], "motorway", ["motorway", "trunk"]
    tagged = streets.assign(highway=words).set_axis(ends.set_names(["u", "v", "key"]))
    study = made(given, streets=tagged)
    assert len(study.streets) == len(streets) - 2
    assert study.quarantined["row"].tolist() == ["1, 2, 0", "2, 3, 0"]
    assert set(study.quarantined["code"]) == {"osm.tag"}
    # nobody walks on a motorway, and it is driven all the same
    assert len(driving_ways(study)) == len(streets)


def test_cells_are_read_whatever_type_pandas_holds_them_in(given):
    plain = made(given)
    listed, homes = given["facilities"], given["people"]
    typed = listed.assign(类别=listed["类别"].astype("category"), 床位=listed["床位"].astype("Int64"))
    days = pd.to_datetime(["2012-01-01", "2013-05-01"])
    other = made(
        given,
        facilities=typed.assign(opened=days.tz_localize("Asia/Shanghai"), closed=pd.NaT),
        people=homes.convert_dtypes(dtype_backend="pyarrow"),
        districts=given["districts"].assign(名称=given["districts"]["名称"].astype("string")),
    )
    pd.testing.assert_frame_equal(other.demand, plain.demand)
    assert other.facilities["capacity"].tolist() == plain.facilities["capacity"].tolist()
    assert other.facilities["opened"].tolist() == days.tolist()
    gaps = made(given, facilities=typed.assign(床位=pd.array([21, None], dtype="Int64")))
    assert np.isnan(gaps.facilities["capacity"].iloc[1])


def test_land_areas_zones_barriers_indicators_and_tables_are_inputs_too(given):
    ground = gpd.GeoDataFrame(geometry=[box(X, Y, X + 2000, Y + 1000)], crs="EPSG:4547")
    river = gpd.GeoDataFrame(geometry=[LineString([(X + 950, Y), (X + 950, Y + 1000)])], crs="EPSG:4547")
    study = made(
        given,
        land=ground,
        barriers=river,
        areas={"central-city": ground},
        zones=ground.assign(code="Z", name="新区"),
        indicators=pd.DataFrame({"indicator": ["beds", "beds"], "year": [2018, 2018], "value": [3.5, None]}),
        tables={"projects": pd.DataFrame({"name": ["甲"]})},
    )
    assert study.areas["central-city"].area == pytest.approx(2e6)
    assert (len(study.land), len(study.barriers), study.zones.index.tolist()) == (1, 1, ["Z"])
    assert study.indicators["value"].tolist() == [3.5]
    assert study.tables["projects"]["name"].tolist() == ["甲"]
    assert study.quarantined["file"].tolist() == ["in memory: indicators"]
    assert "in memory: areas[central-city]" in [account.path for account in study.accounts]


def test_people_may_be_those_of_the_units(given):
    units = given["units"].assign(residents=[300, 500])
    said = {name: one for name, one in given["said"].items() if name != "people"}
    study = made(given, people=None, units=units, said=said)
    assert study.demand["residents"].sum() == 800
    assert "demand.from_units" in codes(study)


def test_how_people_walk_is_said_as_in_a_study_file(study, given):
    edit(study, "[demand]", '[walking]\nprofile = "accessible"\n\n[demand]')
    of_frames = made(given, walking={"profile": "accessible"})
    assert of_frames.walking == zzgeo.load_study(study).walking
    assert refused(given, walking={"profile": "on-wings"})[0].code.startswith(("walking", "profile", "config"))


def test_the_example_of_the_page_on_data_runs():
    _, _, section = (ROOT / "docs" / "data.md").read_text("utf-8").partition("\n## From frames\n")
    names: dict[str, Any] = {}
    exec(section.partition("```python\n")[2].partition("```")[0], names)
    assert names["study"].facilities["name"].tolist() == ["East clinic"]
    assert zzgeo.audit(names["study"], profile="zz-2020").verdicts


@pytest.mark.parametrize(
    "write", [list, lambda gates: gates[0], lambda gates: gates[0].wkt], ids=["list", "point", "WKT"]
)
def test_ways_into_an_area_are_read_however_they_are_written_and_moved_with_its_datum(given, write):
    gate, park = Point(113.65, 34.75), box(113.64, 34.74, 113.65, 34.76)
    parks = gpd.GeoDataFrame({"id": ["p"], "name": ["公园"]}, geometry=[park], crs="EPSG:4326")
    parks["entrances"] = pd.Series([write([gate])], dtype=object)
    for datum in ("EPSG:4326", "GCJ-02"):
        study = facilities(given, {"park": parks}, facilities={"datum": datum})
        [entrance], [outline] = study.facilities["entrances"], study.facilities.geometry
        assert entrance.distance(outline) < 0.1
    # what is no place says nothing of places
    parks["entrances"] = "北门"
    assert "entrances" not in facilities(given, {"park": parks}, facilities={"datum": "EPSG:4326"}).facilities
