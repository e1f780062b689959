"""Cells that cannot be read: the cell goes, told and counted; the row only where it says what the row is."""

from __future__ import annotations

import json
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from files import X, Y, edit, write_study
from shapely import box

from zzgeo import audit, check_file
from zzgeo.cli.commands import run
from zzgeo.formats.parts.base import RawLayer
from zzgeo.intake.check import study_json
from zzgeo.intake.columns import with_ids
from zzgeo.intake.lost import is_loss
from zzgeo.intake.rows import rows_of
from zzgeo.intake.study import check_study, load_study
from zzgeo.spec.schema import DAYS_UNREAD

HEAD = "编号,名称,x,y,床位,建筑面积,开业,停业,占地"
COLUMNS = {
    "facility_id": "编号",
    "name": "名称",
    "lon": "x",
    "lat": "y",
    "capacity": "床位",
    "floor_area_m2": "建筑面积",
    "opened": "开业",
    "closed": "停业",
    "area_m2": "占地",
}
GOOD = ("20", "300", "2015-01-01", "2017-05-01", "900")


def facilities(tmp_path: Path, *lines: tuple[str, ...]):
    path = tmp_path / "list.csv"
    rows = [f"F{n},站{n},{X + 100.3 * n},{Y + 70.7 * n},{','.join(cells)}" for n, cells in enumerate(lines, start=1)]
    path.write_text("\n".join([HEAD, *rows]), encoding="utf-8")
    return check_file(path, "facilities", columns=COLUMNS, datum="EPSG:4547", kind="hospital")


@pytest.mark.parametrize(
    ("place", "column", "cell", "code"),
    [
        (0, "capacity", "约20", "value.unparsed"),
        (0, "capacity", "-3", "value.negative"),
        (1, "floor_area_m2", "三百", "value.unparsed"),
        (1, "floor_area_m2", "1e9", "value.implausible"),
        (2, "opened", "去年", "value.unparsed"),
        (3, "closed", "2017-02-30", "value.unparsed"),
        (4, "area_m2", "inf", "value.nonfinite"),
    ],
)
def test_an_unreadable_cell_is_empty_told_and_counted_and_all_else_of_its_row_is_used(
    tmp_path, place, column, cell, code
):
    cells = [*GOOD[:place], cell, *GOOD[place + 1 :]]
    found, whole = facilities(tmp_path, GOOD, tuple(cells)), facilities(tmp_path, GOOD, GOOD)
    assert (found.outcome, found.rows_read, found.rows_used, len(found.quarantined)) == ("quarantine", 2, 2, 0)
    assert found.cells_emptied == 1
    assert pd.isna(found.table.at["F2", column])
    [told] = found.problems
    assert (told.code, told.severity, told.rows) == (code, "warning", ("3",))
    assert f"{column}: {cell!r} left empty: 1 of 2 rows (3)" == told.value
    others = found.table.drop(columns=[column, "geometry"])
    if column in ("opened", "closed"):  # a clause that counts the facility has to know
        assert others.pop(DAYS_UNREAD).tolist() == ["", column]
    assert others.equals(whole.table.drop(columns=[column, "geometry"]))


def test_cells_of_one_cause_are_told_together_and_are_not_missing_ones(tmp_path):
    lines = [GOOD, ("约20", *GOOD[1:]), ("约30", *GOOD[1:]), ("-1", *GOOD[1:]), ("", *GOOD[1:])]
    found = facilities(tmp_path, *lines)
    told = {one.code: (one.value.split(": ")[-1], one.rows) for one in found.problems}
    assert told == {
        "value.unparsed": ("2 of 5 rows (3, 4)", ("3", "4")),
        "value.negative": ("1 of 5 rows (5)", ("5",)),
        "value.missing": ("1 of 5 rows (6)", ("6",)),
    }
    assert found.cells_emptied == 3
    assert "5 rows read, 5 used, 0 set aside, 3 cells left empty: quarantine" in found.lines()[-1]
    assert json.loads(found.to_json())["cells_emptied"] == 3


@pytest.mark.parametrize("cell", ["#N/A", "#DIV/0!", " #REF! "])
def test_the_row_of_a_formula_that_failed_is_set_aside(tmp_path, cell):
    found = facilities(tmp_path, GOOD, (cell, *GOOD[1:]))
    assert found.quarantined[["row", "field", "code"]].to_numpy().tolist() == [["3", "capacity", "value.unparsed"]]
    assert (found.rows_used, found.cells_emptied) == (1, 0)


def test_a_formula_that_failed_in_most_rows_or_under_a_date_costs_no_row(tmp_path):
    beds = facilities(tmp_path, GOOD, *(("#N/A", *GOOD[1:]) for _ in range(2)))
    assert (beds.rows_used, beds.cells_emptied, "value.unparsed" in beds.codes) == (3, 2, True)
    days = facilities(tmp_path, GOOD, GOOD, (*GOOD[:2], "#REF!", *GOOD[3:]))
    assert (days.rows_used, days.cells_emptied) == (3, 1)
    assert days.table["opened"].isna().sum() == 1


def test_people_that_cannot_be_read_cost_their_row_as_people_that_are_missing_do(tmp_path):
    path = tmp_path / "people.csv"
    cells = ["100", "约三百", "-4", "", "0"]
    lines = [f"P{n},{X + 100.3 * n},{Y + 7.7},{cell}" for n, cell in enumerate(cells)]
    path.write_text("\n".join(["编号,x,y,人口", *lines]), encoding="utf-8")
    columns = {"demand_id": "编号", "lon": "x", "lat": "y", "residents": "人口"}
    found = check_file(path, "demand", columns=columns, datum="EPSG:4547")
    assert found.table["residents"].tolist() == [100, 0]
    assert dict(zip(found.quarantined["row"], found.quarantined["code"], strict=True)) == {
        "3": "value.unparsed",
        "4": "value.negative",
        "5": "value.missing",
    }
    assert found.cells_emptied == 0


def test_a_district_whose_people_cannot_be_read_is_a_district_all_the_same(tmp_path):
    areas = {"code": ["410102", "410103"], "name": ["西", "东"], "people": ["-5", "700"]}
    boxes = [shapely.box(X, Y, X + 1000, Y + 1000), shapely.box(X + 1000, Y, X + 2000, Y + 1000)]
    gpd.GeoDataFrame(areas, geometry=boxes, crs=4547).to_file(tmp_path / "d.gpkg")
    columns = {"code": "code", "name": "name", "residents": "people"}
    found = check_file(tmp_path / "d.gpkg", "districts", columns=columns)
    assert list(found.table.index) == ["410102", "410103"]
    assert np.isnan(found.table.at["410102", "residents"])
    told = {one.code: one.rows for one in found.problems}
    assert told["value.negative"] == told["value.missing"] == ("1",)
    assert (found.outcome, found.cells_emptied) == ("quarantine", 1)


# ------------------------------------------------------------------------------------------------------ in a study


@pytest.fixture
def study(tmp_path: Path) -> Path:
    """Write a study whose list of facilities says when each opened."""
    path = write_study(tmp_path / "study")
    rows = ["编号,名称,类别,X,Y,床位,开业"]
    rows += [
        f"F{n},枫林{n}站,日间照料,{X + x},{Y + 300},{20 + n},2015-01-01" for n, x in enumerate((300, 1200), start=1)
    ]
    (path.parent / "养老.csv").write_text("\n".join(rows), encoding="utf-8")
    edit(path, 'capacity = "床位" }', 'capacity = "床位", opened = "开业" }')
    return path


def changed(study: Path, old: str, new: str) -> Path:
    edit(study.parent / "养老.csv", old, new)
    return study


def test_a_cell_that_cannot_be_read_is_judged_as_one_that_is_missing(study, tmp_path):
    good, bad = "21", "约21"
    other = tmp_path / "other"
    other.mkdir()
    for part in study.parent.iterdir():
        (other / part.name).write_bytes(part.read_bytes())
    unreadable = load_study(changed(study, good, bad))
    missing = load_study(changed(other / "study.toml", good, ""))
    assert len(unreadable.facilities) == 2
    findings = [audit(one).findings.drop(columns=["geometry"], errors="ignore") for one in (unreadable, missing)]
    assert findings[0].astype(str).equals(findings[1].astype(str))


def test_a_study_tells_and_counts_the_cells_left_empty(study):
    changed(study, "2015-01-01", "去年")
    loaded, problems = check_study(study)
    [told] = [one for one in problems if one.code == "value.unparsed"]
    assert told.value == "opened: '去年' left empty: 2 of 2 rows (2, 3)"
    assert told in loaded.warnings
    assert {one.path: one.cells_emptied for one in loaded.accounts if one.cells_emptied} == {"养老.csv": 2}
    assert json.loads(study_json(loaded, problems))["outcome"] == "quarantine"
    assert not len(loaded.quarantined)


def test_units_whose_people_cannot_be_read_are_no_demand_in_silence(study):
    units = gpd.read_file(study.parent / "units.gpkg").assign(人口=["约一千", "500"])
    units.to_file(study.parent / "units.gpkg")
    text = study.read_text("utf-8").split("[demand]")[0]
    study.write_text(text.replace('type = "类型" }', 'type = "类型", residents = "人口" }'), "utf-8")
    loaded, problems = check_study(study)
    assert loaded is None
    [refusal] = [one for one in problems if one.severity == "error"]
    assert (refusal.code, refusal.value) == ("value.missing", "residents empty at 410102001001")


def test_an_indicator_needs_its_value_not_its_year(study):
    lines = ["id,d,y,v", "life,,2015,78.4", "life,,去年,79", "life,,2016,约80", "life,,2017,", "life,999,2018,81"]
    (study.parent / "indicators.csv").write_text("\n".join(lines), encoding="utf-8")
    columns = 'columns = { indicator = "id", district = "d", year = "y", value = "v" }'
    table = f'\n[indicators]\nsource = "indicators.csv"\n{columns}\n'
    study.write_text(study.read_text("utf-8") + table, encoding="utf-8")
    loaded, problems = check_study(study)
    assert loaded.indicators["value"].tolist() == [78.4, 79.0]
    assert loaded.indicators["year"].isna().tolist() == [False, True]
    assert dict(zip(loaded.quarantined["row"], loaded.quarantined["code"], strict=True)) == {
        "4": "value.unparsed",
        "5": "value.missing",
        "6": "value.unknown_code",
    }
    assert any(one.value == "year: '去年' left empty: 1 of 4 rows (3)" for one in problems)


def listed_with_ids(folder, ids, places=None):
    """Check a list of places 97 m apart under these ids."""
    places = places or range(len(ids))
    rows = [f"{one},第{n}处,{X + 97 * at},{Y + 89 * at}" for n, (one, at) in enumerate(zip(ids, places, strict=True))]
    (folder / "a.csv").write_text("\n".join(["编号,名称,x,y", *rows]), encoding="utf-8")
    columns = {"facility_id": "编号", "name": "名称", "lon": "x", "lat": "y"}
    return check_file(folder / "a.csv", "facilities", columns=columns, datum="EPSG:4547")


@pytest.mark.parametrize(
    "ids",
    [
        ["4.10105E+11"] * 6,
        ["4.10105E+11"] * 3 + ["4.10106e+11"] * 3,
        ["1E+05"] * 2 + list("abcd"),
        ["410105199001010000"] * 3 + ["410105199001020000"] * 3,
        ["410105000000"] * 4 + ["410106000000", "410107000000"],
        ["郑州"] * 6,
    ],
)
def test_ids_that_a_spreadsheet_damaged_are_no_repeats(tmp_path, ids):
    found = listed_with_ids(tmp_path, ids)
    assert (found.rows_used, len(found.quarantined)) == (6, 0)
    assert found.table.index.is_unique
    [told] = [one for one in found.problems if one.code == "id.damaged"]
    damaged = [str(n + 2) for n, one in enumerate(ids) if ids.count(one) > 1]
    assert (told.severity, list(told.rows)) == ("warning", damaged)
    assert [name for name in found.table.index if name.startswith("a:")] == [f"a:{row}" for row in damaged]


@pytest.mark.parametrize("ids", [["F1", "F1", "F2", "F2", "F3", "F4"], ["410105"] * 3 + ["410106"] * 3])
def test_other_ids_that_stand_twice_are_repeats(tmp_path, ids):
    found = listed_with_ids(tmp_path, ids)
    assert set(found.quarantined["code"]) == {"id.duplicate"}
    assert found.rows_used == len(set(ids))
    assert "id.damaged" not in found.codes


@pytest.mark.parametrize(
    ("second", "of_its_own"),
    [(("甲", 0), False), (("甲", 500), False), (("乙", 0), False), (("乙", 500), True), ((None, 500), True)],
)
def test_an_id_on_two_things_is_no_repeat_and_what_is_set_aside_is_lost(second, of_its_own):
    name, east = second
    spots = [shapely.Point(X, Y), shapely.Point(X + east, Y)]
    table = gpd.GeoDataFrame({"facility_id": ["F1", "F1"], "name": ["甲", name]}, geometry=spots, crs=4547)
    rows = with_ids("facility_id")(rows_of(RawLayer(table, "a.gpkg", "")))
    [aside] = rows.rejected
    assert (aside.row, aside.code, aside.of_its_own) == ("1", "id.duplicate", of_its_own)
    assert is_loss(aside) is of_its_own


def test_a_damaged_id_at_the_same_place_is_a_repeat_all_the_same(tmp_path):
    found = listed_with_ids(tmp_path, ["4.1E+11"] * 4, places=[0, 1, 0, 1])
    assert found.rows_used == 2
    assert found.quarantined["row"].tolist() == ["4", "5"]
    assert "id.damaged" in found.codes


def test_one_damaged_id_that_stands_once_is_kept(tmp_path):
    found = listed_with_ids(tmp_path, ["4.1E+11", "4.2E+11", "4.3E+11"])
    assert found.table.index.tolist() == ["4.1E+11", "4.2E+11", "4.3E+11"]
    assert not found.codes & {"id.damaged", "id.duplicate"}


@pytest.mark.parametrize(
    ("said", "outcome", "why"),
    [
        ({}, "quarantine", ""),
        ({"type": "village"}, "accept", ""),
        ({"type": "小区"}, "accept", ""),
        ({"type": "villag"}, "reject", "did you mean 'village'"),
        ({"type": "village", "columns": {"code": "code", "type": "type"}}, "reject", "leave out types"),
    ],
)
def test_a_type_said_of_a_whole_file_of_units_stands_for_its_words(tmp_path, said, outcome, why):
    squares = [box(475000, 3820000, 475500, 3820500), box(475500, 3820000, 476000, 3820500)]
    columns = {"code": ["a", "b"], "name": ["甲", "乙"], "type": ["x", "y"], "residents": [3, 4]}
    gpd.GeoDataFrame(columns, geometry=squares, crs="EPSG:4547").to_file(tmp_path / "u.gpkg")
    found = check_file(tmp_path / "u.gpkg", "units", **said)
    assert found.outcome == outcome
    assert why in " ".join(problem.why for problem in found.problems)


def test_the_type_of_a_file_of_units_is_said_on_the_command_line(tmp_path, capsys):
    square = gpd.GeoDataFrame({"code": ["a"], "name": ["甲"], "type": ["x"], "residents": [3]})
    square.set_geometry([box(475000, 3820000, 475500, 3820500)], crs="EPSG:4547").to_file(tmp_path / "u.gpkg")
    assert run(["check", str(tmp_path / "u.gpkg"), "--as", "units", "--type", "village"]) == 0
    assert "accept" in capsys.readouterr().out
