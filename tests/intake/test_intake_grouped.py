"""What a check found, by reason: counted, the worst first, told once."""

from __future__ import annotations

from dataclasses import replace

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from files import X, Y, edit, write_study

from zzgeo.codes import CODES
from zzgeo.errors import Problem
from zzgeo.intake.check import check_file, study_lines
from zzgeo.intake.grouped import PEOPLE, grouped, reason_lines, reasons
from zzgeo.intake.location import near_duplicates
from zzgeo.intake.study import check_study


def aside(*groups):
    """Return rows set aside from (code, number of rows, people of each)."""
    rows = [
        {
            "file": "a.csv",
            "row": f"{code}-{n}",
            "field": "x",
            "value": "?",
            "code": code,
            "reason": "no",
            PEOPLE: people,
        }
        for code, many, people in groups
        for n in range(many)
    ]
    return pd.DataFrame(rows)


def test_reasons_stand_with_the_worst_first():
    table = aside(
        ("coord.outside_study_area", 90, 0.0),
        ("coord.unparsed", 2, 0.0),
        ("geom.null", 40, 0.0),
        ("value.negative", 1, 5.0),
    )
    order = [(one.code, len(one.rows), one.people) for one in reasons(table, {"a.csv": 1000})]
    assert [code for code, _, _ in order][:3] == ["value.negative", "geom.null", "coord.unparsed"]
    assert sum(many for _, many, _ in order) == len(table)
    lines = reason_lines(table, {"a.csv": 1000}, most=0)
    assert lines[0] == "133 rows set aside for 4 reasons, the 3 worst first:"
    assert "at most 5 people" in lines[1]
    assert "40 rows · geom.null" in lines[2]
    assert lines[4] == "the other reasons:"
    assert "90 rows · coord.outside_study_area" in lines[5]
    assert lines[6] == "--all lists every row"
    assert sum(line.startswith("row: ") for line in reason_lines(table, {})) == 133
    assert f"geom.null {CODES['geom.null'].zh} · " in reason_lines(table, {}, "zh")[2]


def test_a_row_that_is_at_fault_in_several_ways_counts_its_people_once():
    twice = pd.concat([aside(("value.negative", 1, 5.0)), aside(("value.negative", 1, 5.0))], ignore_index=True)
    (found,) = reasons(twice, {})
    assert (found.people, len(found.rows)) == (5.0, 1)


@pytest.mark.parametrize(("rows_read", "told"), [(1000, False), (130, True)])
def test_a_list_of_a_larger_area_is_one_line(rows_read, told):
    lines = reason_lines(aside(("coord.outside_study_area", 100, 0.0)), {"a.csv": rows_read}, most=0)
    assert len(lines) == 2
    assert lines[0].startswith("set aside: 100 rows · coord.outside_study_area · a.csv")
    assert ("most of this list lies outside the study" in lines[0]) == told


def test_problems_of_one_reason_are_one_and_the_errors_first():
    lists = [
        Problem(
            "coord.outside_study_area", f"{n}.csv", f"{n} of 9 rows", "outside", "nothing to do", "warning", ("1", "2")
        )
        for n in range(8)
    ]
    refused = Problem("crs.missing", "z.csv", "", "the datum is unknown", "say datum")
    first, second = grouped([*lists, refused])
    assert first == refused
    assert second.where == "0.csv, 1.csv, 2.csv, 3.csv, 4.csv, 5.csv and 2 more"
    assert second.value == "8 times; 0 of 9 rows; 1 of 9 rows; 2 of 9 rows; …"
    assert len(second.rows) == 16
    assert grouped([refused]) == [refused]


def test_rows_that_a_problem_tells_are_told_once():
    table = aside(("coord.outside_study_area", 3, 0.0), ("geom.null", 2, 0.0))
    rows = tuple(table["row"][:3])
    about = [
        Problem("coord.outside_study_area", "a.csv", f"{n} people", f"{n} % live outside", "take in", "warning", rows)
        for n in (5, 6)
    ]
    (problem,) = grouped(about)
    assert (problem.value, problem.why) == ("5 people; 6 people", "5 % live outside; 6 % live outside")
    lines = reason_lines(table, {"a.csv": 4}, most=0, before=about)
    assert [line.split(" · ")[1] for line in lines[:-1]] == ["geom.null"]
    other = [replace(about[0], rows=rows[:2])]
    assert len(reason_lines(table, {"a.csv": 4}, most=0, before=other)) == 3


def test_people_of_rows_set_aside_are_told_by_reason(tmp_path):
    study = write_study(tmp_path)
    homes = tmp_path / "people.csv"
    text = homes.read_text("utf-8-sig").replace(f"P1,{X + 380}", "P1,?").replace(f"P2,{X + 630}", "P2,?")
    homes.write_text(text, encoding="utf-8-sig")
    loaded, _ = check_study(study)
    first, *_ = study_lines(loaded, most=0)
    assert first.startswith("set aside: 2 rows, at most 203 people · coord.")
    assert "people.csv" in first
    checked = check_file(
        homes, "demand", columns={"demand_id": "编号", "lon": "X", "lat": "Y", "residents": "人口"}, datum="EPSG:4547"
    )
    assert any("at most 203 people" in line for line in checked.lines(most=0))
    assert checked.people_aside == {"3": 101.0, "4": 102.0}


def test_records_without_names_at_one_place_are_told_and_names_are_compared_plain():
    spots = [shapely.Point(*xy) for xy in ((0, 0), (0.2, 0), (90, 0), (90.3, 0.6), (500, 0))]
    names = [None, None, "甲站(东区)", "甲站（东区） ", None]
    table = gpd.GeoDataFrame({"kind": "public_toilet", "name": names}, geometry=spots, crs=4547)
    told = [problem.rows for problem in near_duplicates(table)]
    assert told == [("2", "3"), ("0", "1")]


def test_both_halves_of_a_near_duplicate_are_named():
    spots = [shapely.Point(X, Y), shapely.Point(X + 30, Y), shapely.Point(X + 900, Y), shapely.Point(X + 40, Y)]
    table = gpd.GeoDataFrame(
        {"kind": "park", "name": ["绿园", "绿园", "绿园", "别园"]},
        geometry=spots,
        index=["F1", "F7", "F8", "F9"],
        crs=4547,
    )
    (told,) = near_duplicates(table)
    assert told.value == "F1 = F7 绿园"
    assert told.rows == ("F1", "F7")
    assert near_duplicates(table.drop("F7")) == []


def test_every_placeholder_of_a_study_is_told_at_once(tmp_path):
    study = write_study(tmp_path)
    edit(study, 'datum = "EPSG:4547"', 'datum = "«EPSG:4547»"   # «say yours»')
    edit(study, "as_of = ", "as_of = «2020-01-01» # ")
    with pytest.raises(ValueError, match=r"config\.placeholder") as refused:
        check_study(study)
    codes = {one.code for one in refused.value.problems}
    lines = [one.where for one in refused.value.problems]
    assert codes == {"config.placeholder"}
    assert len(lines) == 1 + study.read_text("utf-8").count('"«EPSG:4547»"')
    text = study.read_text("utf-8").splitlines()
    assert all("«" in text[int(where.rsplit(":")[-1]) - 1] for where in lines)
