"""Several rows of one district: refused with how to ask, dissolved on request with every number told."""

from __future__ import annotations

import geopandas as gpd
import pytest
from files import X, Y, edit, write_study
from shapely import box

from zzgeo import audit
from zzgeo.intake.dissolving import _one_of
from zzgeo.intake.study import check_study

#: The west in two parts, of 0.6 and 0.3 km², with a strip of nobody's land between them.
WEST = [box(X, Y, X + 600, Y + 1000), box(X + 700, Y, X + 1000, Y + 1000)]


def checked(tmp_path, *, dissolve=True, names=("西区", "西区"), **people):
    study = write_study(tmp_path / "study")
    table = {"代码": ["410102", "410103", "410102"], "名称": [names[0], "东区", names[1]]}
    table |= {name: [cells[0], 50, cells[1]] for name, cells in people.items()}
    east = box(X + 1000, Y, X + 2000, Y + 1000)
    gpd.GeoDataFrame(table, geometry=[WEST[0], east, WEST[1]], crs=4547).to_file(study.parent / "districts.gpkg")
    keys = "dissolve = true\n" if dissolve else ""
    edit(study, "[districts]\n", f"[districts]\n{keys}")
    if "residents" in people:
        edit(study, 'name = "名称" }', 'name = "名称", residents = "residents" }')
    return check_study(study)


def test_without_asking_the_layer_is_refused_and_says_how_to_ask(tmp_path):
    study, problems = checked(tmp_path, dissolve=False)
    assert study is None
    [problem] = [one for one in problems if one.code == "id.duplicate"]
    assert problem.rows == ("1", "3")
    assert "dissolve = true in [districts]" in problem.remedy


def test_parts_become_one_district_on_the_first_of_their_rows(tmp_path):
    study, problems = checked(tmp_path)
    assert list(study.districts.index) == ["410102", "410103"]
    assert study.districts.area.tolist() == pytest.approx([0.9e6, 1e6])
    assert study.districts.at["410102", "geometry"].equals(WEST[0].union(WEST[1]))
    [told] = [one for one in problems if one.code == "topology.dissolved"]
    assert told.value == "410102: 2 rows, 0.60 + 0.30 = 0.90 km²"
    [account] = [one for one in study.accounts if one.layer == "districts"]
    assert (account.rows_read, account.rows_used, account.rows_rejected) == (3, 3, 0)
    assert set(audit(study).findings["district"]) == {"410102", "410103", ""}


@pytest.mark.parametrize(
    ("cells", "people", "told"),
    [
        ((100, 20), 120.0, "residents 100 + 20 = 120"),
        ((100, 100), 100.0, "residents 100 kept as that of the whole"),
        ((100, None), 100.0, "residents 100 kept as that of the whole"),
    ],
)
def test_people_of_parts_are_added_and_a_number_that_is_the_same_on_all_is_kept(tmp_path, cells, people, told):
    study, problems = checked(tmp_path, residents=cells)
    assert study.districts["residents"].tolist() == [people, 50.0]
    [problem] = [one for one in problems if one.code == "topology.dissolved"]
    assert problem.value.endswith(told)


def test_parts_that_say_different_things_refuse_the_layer(tmp_path):
    study, problems = checked(tmp_path, names=("西区", "西新区"))
    assert study is None
    [problem] = [one for one in problems if one.severity == "error"]
    assert (problem.code, problem.value) == ("id.duplicate", "410102: name 西区, 西新区")


def test_some_parts_without_people_beside_several_with_refuse_the_layer():
    parts = gpd.GeoDataFrame({"residents": [5.0, 7.0, None]}, geometry=[*WEST, WEST[0]], crs=4547)
    _, problem = _one_of("1", parts, "d.gpkg")
    assert (problem.severity, problem.value) == ("error", "1: residents on 2 of 3 rows")
