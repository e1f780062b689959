"""Lists of facilities in a study: what is asked for, and what lies within one another."""

from __future__ import annotations

import datetime as dt
import json

import geopandas as gpd
import pandas as pd
import pyproj
import pytest
import shapely
from files import X, Y
from osm_map import osm_map

from zzgeo.intake.check import check_file
from zzgeo.intake.facilities import known_kinds, nested, stale_lists
from zzgeo.intake.tables import facility_layer
from zzgeo.spec.study_file import FacilitiesSpec

CRS = pyproj.CRS("EPSG:4547")
#: All of 中原区 and more.
DISTRICTS = gpd.GeoDataFrame({"name": ["区"]}, index=["410102"], geometry=[shapely.box(3e5, 3e6, 6e5, 5e6)], crs=CRS)


def listed(*rows):
    """Return facilities from rows of kind, shape."""
    kinds, shapes = zip(*rows, strict=True)
    index = [f"f{k}" for k in range(len(rows))]
    return gpd.GeoDataFrame({"kind": kinds}, geometry=list(shapes), crs=CRS, index=index)


def box(x, y, side):
    return shapely.box(X + x, Y + y, X + x + side, Y + y + side)


INSIDE = {
    "a point on the grounds": [("park", shapely.Point(X + 50, Y + 50)), ("park", box(0, 0, 100))],
    "a building on the grounds": [("park", box(10, 10, 20)), ("park", box(0, 0, 100))],
    "a building a little outside": [("park", box(81, 10, 20)), ("park", box(0, 0, 100))],
    "the same grounds twice": [("park", box(0, 0, 100)), ("park", box(0, 0, 100)), ("park", box(300, 0, 50))],
}
APART = {
    "side by side": [("park", box(0, 0, 100)), ("park", box(100, 0, 100))],
    "two kinds": [("hospital", box(0, 0, 100)), ("park", box(10, 10, 20))],
    "in a hole": [("park", box(0, 0, 100).difference(box(20, 20, 60))), ("park", box(40, 40, 10))],
    "points only": [("park", shapely.Point(X, Y)), ("park", shapely.Point(X, Y))],
    "half outside": [("park", box(0, 0, 100)), ("park", box(90, 0, 20))],
    "no place": [("park", box(0, 0, 100)), ("park", None)],
    "one": [("park", box(0, 0, 100))],
}


@pytest.mark.parametrize("rows", INSIDE.values(), ids=INSIDE)
def test_what_lies_in_an_area_of_its_kind_is_told_and_kept(rows):
    table = listed(*rows)
    [problem] = nested(table)
    assert (problem.code, problem.severity) == ("row.nested", "warning")
    assert len(problem.rows) == 1
    # the part is told, not the whole
    assert table.geometry[problem.rows[0]].area <= table.geometry.area.max()


@pytest.mark.parametrize("rows", APART.values(), ids=APART)
def test_what_lies_in_no_area_of_its_kind_is_not_told(rows):
    assert nested(listed(*rows)) == []


def test_grounds_of_one_list_and_points_of_another_are_told_and_none_is_dropped(tmp_path):
    gpd.GeoDataFrame({"name": ["绿园"]}, geometry=[box(0, 0, 300)], crs=CRS).to_file(tmp_path / "a.gpkg")
    (tmp_path / "b.csv").write_text(f"name,x,y\n绿园南门,{X + 20},{Y + 20}\n", encoding="utf-8")
    names = {"name": "name"}
    specs = [
        FacilitiesSpec(source="a.gpkg", kind="park", columns=names),
        FacilitiesSpec(source="b.csv", kind="park", datum="EPSG:4547", columns={**names, "lon": "x", "lat": "y"}),
    ]
    built = facility_layer(tmp_path, specs, CRS, DISTRICTS)
    assert len(built.table) == 2
    assert [problem.rows for problem in built.problems if problem.code == "row.nested"] == [("b:2",)]


def test_include_reaches_the_map_and_the_rest_is_listed(tmp_path):
    pytest.importorskip("osmium")
    tags = {"amenity": "hospital"}
    osm_map(tmp_path / "a.osm", {1: (0, 0, {**tags, "disused": "yes"}), 2: (99, 0, {**tags, "access": "private"})})
    asked = FacilitiesSpec(source="a.osm", kind="hospital", include=["disused"], columns={"facility_id": "osm_id"})
    built = facility_layer(tmp_path, [asked], CRS, DISTRICTS)
    assert built.table.index.tolist() == ["node/1"]
    assert [(row.row, row.code) for row in built.rejected] == [("node/2", "osm.not_open")]
    assert built.accounts[0].rows_read == 2
    assert "osm.not_open" in {problem.code for problem in built.problems}


def test_include_with_a_list_that_says_nothing_of_it_is_refused(tmp_path):
    (tmp_path / "b.csv").write_text(f"name,x,y\n绿园,{X},{Y}\n", encoding="utf-8")
    columns = {"name": "name", "lon": "x", "lat": "y"}
    spec = FacilitiesSpec(source="b.csv", kind="park", datum="EPSG:4547", columns=columns, include=["private"])
    built = facility_layer(tmp_path, [spec], CRS, DISTRICTS)
    assert [problem.code for problem in built.problems if problem.severity == "error"] == ["config.invalid"]


def test_a_word_that_include_does_not_know_is_refused():
    with pytest.raises(ValueError, match="disused"):
        FacilitiesSpec(source="a.osm", kind="hospital", include=["closed"])


NAMES = ["枫林日间照料中心", "柳林日间照料中心", "东门公厕", "无名之处"]


def named_list(folder, words=("", "", "", ""), head="类别"):
    rows = [f"{name},{word},{X + 97 * n},{Y + 89 * n}" for n, (name, word) in enumerate(zip(NAMES, words, strict=True))]
    (folder / "b.csv").write_text("\n".join([f"name,{head},x,y", *rows]), encoding="utf-8")


def told_by(problems, *codes):
    return [(one.code, one.value, one.rows) for one in problems if one.code in codes]


def test_kinds_guessed_from_names_are_told_with_their_numbers_and_the_rest_by_name(tmp_path):
    named_list(tmp_path, head="附注")
    columns = {"name": "name", "lon": "x", "lat": "y"}
    built = facility_layer(
        tmp_path, [FacilitiesSpec(source="b.csv", datum="EPSG:4547", columns=columns)], CRS, DISTRICTS
    )
    expected = [
        ("kind.guessed", "kinds by name: elderly_day_care 2, public_toilet 1: 3 of 4 rows (2, 3, 4)", ("2", "3", "4")),
        ("kind.not_taken", "'无名之处' 1: 1 of 4 rows (5)", ("5",)),
    ]
    assert told_by(built.problems, "kind.guessed", "kind.not_taken") == expected
    assert [(row.row, row.value) for row in built.rejected] == [("5", "无名之处")]
    # a check leaves the kinds open, and says what the study will
    checked = check_file(tmp_path / "b.csv", "facilities", columns=columns, datum="EPSG:4547")
    assert (checked.rows_used, checked.outcome) == (4, "accept")
    assert told_by(checked.kinds, "kind.guessed", "kind.not_taken") == expected
    assert any(line.startswith("a study would say: kind.guessed") for line in checked.lines())


def test_facilities_that_no_kind_takes_are_told_by_word_and_name_by_study_and_check(tmp_path):
    named_list(tmp_path, ["日间照料中心", "日间照料中心", "公厕", "别的"])
    columns = {"name": "name", "lon": "x", "lat": "y"}
    spec = FacilitiesSpec(source="b.csv", datum="EPSG:4547", columns=columns, kind_column="类别")
    expected = [("kind.not_taken", "'别的' 1; named 无名之处: 1 of 4 rows (5)", ("5",))]
    assert (
        told_by(facility_layer(tmp_path, [spec], CRS, DISTRICTS).problems, "kind.guessed", "kind.not_taken") == expected
    )
    said = check_file(tmp_path / "b.csv", "facilities", columns=columns, datum="EPSG:4547", kind_column="类别")
    assert told_by(said.problems, "kind.not_taken") == expected
    assert said.kinds == ()
    opened = check_file(tmp_path / "b.csv", "facilities", columns={**columns, "kind": "类别"}, datum="EPSG:4547")
    assert told_by(opened.kinds, "kind.not_taken") == expected


def test_a_check_that_leaves_the_kinds_open_says_that_the_study_would_refuse_them(tmp_path):
    named_list(tmp_path, ["甲", "甲", "乙", "乙"])
    columns = {"name": "name", "lon": "x", "lat": "y", "kind": "类别"}
    opened = check_file(tmp_path / "b.csv", "facilities", columns=columns, datum="EPSG:4547")
    assert [(one.code, one.severity) for one in opened.kinds] == [("kind.unknown", "error")]
    assert json.loads(opened.to_json())["kinds"][0]["code"] == "kind.unknown"


@pytest.mark.parametrize(
    ("number", "newest", "told"),
    [(10, "2015-12-30", True), (10, "2015-12-31", False), (10, "2018-06-01", False), (9, "2001-01-01", False)],
)
def test_a_list_whose_newest_opening_is_years_old_is_told(number, newest, told):
    table = listed(*[("park", shapely.Point(X + n, Y)) for n in range(number + 2)]).assign(source="a.csv")
    days = [pd.Timestamp("1990-01-01")] * (number - 1) + [pd.Timestamp(newest), pd.NaT, pd.NaT]
    problems = stale_lists(table.assign(opened=days), dt.date(2018, 12, 31))
    assert [(one.code, one.where, one.severity) for one in problems] == [("layer.stale", "a.csv", "warning")] * told
    assert all(newest in one.value for one in problems)
    assert stale_lists(table, dt.date(2018, 12, 31)) == []


@pytest.mark.parametrize(
    ("keys", "known"),
    [
        ({"source": "a.osm.pbf"}, {"market"}),
        ({"source": "a.osm", "kind": "hospital"}, {"market"}),
        ({"source": "a.osm", "kind": "hospital", "complete": True}, {"market", "hospital"}),
        ({"source": "a.osm", "complete": ["park"]}, {"market", "park"}),
        ({"source": "a.csv", "kind": "hospital"}, {"market", "hospital"}),
        ({"source": "a.csv", "kind": "hospital", "complete": False}, {"market"}),
        ({"source": "a.csv", "kinds": {"医院": "hospital", "店": "none"}}, {"market", "hospital"}),
    ],
)
def test_of_what_nobody_has_drawn_or_listed_nothing_is_known_unless_the_study_says_so(keys, known):
    assert known_kinds([FacilitiesSpec(**keys)], {"market": 3}, {}) == known


def test_a_map_that_is_complete_knows_every_kind_that_has_tags():
    known = known_kinds([FacilitiesSpec(source="a.osm", complete=True)], {}, {})
    assert {"hospital", "park"} < known
    assert "expressway_ramp" not in known


def test_a_list_is_complete_of_known_kinds_only():
    with pytest.raises(ValueError, match="no facility kind is called"):
        FacilitiesSpec(source="a.osm", complete=["hospitals"])


@pytest.mark.parametrize(("column", "told"), [("营业状态", True), ("STATUS", True), ("备注", False), ("level", False)])
def test_a_list_that_says_that_some_are_closed_is_told_and_they_count(tmp_path, column, told):
    words = {"甲": "正常", "乙": "停业", "丙": "Permanently Closed", "丁": ""}
    rows = [f"{name},{X + 50 * k},{Y},{word}" for k, (name, word) in enumerate(words.items())]
    (tmp_path / "a.csv").write_text("\n".join([f"name,x,y,{column}", *rows]), encoding="utf-8")
    names = {"name": "name", "lon": "x", "lat": "y"}
    spec = FacilitiesSpec(source="a.csv", kind="hospital", datum="EPSG:4547", columns=names)
    built = facility_layer(tmp_path, [spec], CRS, DISTRICTS)
    assert len(built.table) == 4
    found = [(one.value, one.rows) for one in built.problems if one.code == "row.out_of_use"]
    assert found == ([(f"{column} = 停业, Permanently Closed: 2 of 4 rows (3, 4)", ("3", "4"))] if told else [])
