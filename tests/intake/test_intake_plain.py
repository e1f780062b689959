"""Tables without geometry: units in headings and behind values, districts by name, rows that repeat."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
import pytest

from zzgeo.formats.parts.base import RawLayer
from zzgeo.intake import roles
from zzgeo.intake.rows import rows_of, through
from zzgeo.intake.values import numbers
from zzgeo.spec.study_file import InputSpec

TOWNS = gpd.GeoDataFrame({"name": ["中原区", "二七区"]}, index=["410102", "410103"], geometry=[None, None], crs=4547)


def read(steps, columns, **cells):
    """Return what becomes of a table of text cells, its columns named by a study."""
    table = pd.DataFrame(cells, index=range(2, 2 + len(next(iter(cells.values())))), dtype=object)
    spec = InputSpec(source="t.csv", columns=columns)
    return through(rows_of(RawLayer(table, "t.csv", "")), steps(spec, TOWNS))


@pytest.mark.parametrize(
    ("heading", "cells"),
    [
        ("面积（亩）", ["12", "5.25"]),
        ("用地面积/公顷", ["0.8", "0.35"]),
        ("面积", ["12亩", "3,500"]),
        ("面积（亩）", ["12", "5.25亩"]),
    ],
)
def test_an_area_of_a_table_is_in_the_unit_of_its_heading_or_its_cell(heading, cells):
    rows = read(roles.table, {"area_m2": heading}, **{heading: cells})
    assert numbers(rows.table["area_m2"], quantity="area").values.tolist() == pytest.approx([8000, 3500])
    assert [note.code for note in rows.notes] == ["value.reformatted"] * ("（" in heading or "/" in heading)


def test_a_cell_that_is_no_number_stands_for_the_rule_that_reads_it_to_tell():
    rows = read(roles.table, {"area_m2": "面积（亩）"}, **{"面积（亩）": ["约12", "3"]})
    assert rows.table["area_m2"].tolist() == ["约12", pytest.approx(2000)]


def test_districts_are_told_by_code_or_name_and_others_are_told():
    rows = read(roles.table, {}, a=["1", "2", "3", "4"], district=["410102", " 二七区", "金水区", None])
    assert rows.table["district"].tolist() == ["410102", "410103", "金水区", None]
    [note] = rows.notes
    assert (note.code, note.rows, note.severity) == ("value.unknown_code", ("4",), "warning")
    rows = read(roles.indicators, {}, indicator=["i"] * 3, district=["中原区", "", "金水区"], value=["1", "2", "3"])
    assert rows.table["district"].tolist() == ["410102", ""]
    assert [(one.row, one.code) for one in rows.rejected] == [("4", "value.unknown_code")]


def test_a_row_that_repeats_another_is_set_aside():
    rows = read(roles.table, {}, id=["1", "1", "1"], area_m2=["8000", "8000", "9000"])
    assert [(one.row, one.code) for one in rows.rejected] == [("3", "row.duplicate")]


@pytest.mark.parametrize(
    ("columns", "value", "unit", "expected"),
    [
        ({}, "12万人", None, (12.0, "万人")),
        ({}, "1,200 张", "", (1200.0, "张")),
        ({"value": "数值（万人）"}, "12", None, (12.0, "万人")),
        ({"value": "数值（万人）"}, "12", "户", (12.0, "户")),
        ({}, "12万", None, (120_000.0, None)),
        ({}, "12", "万人", (12.0, "万人")),
    ],
)
def test_the_unit_of_an_indicator_may_stand_behind_its_value_or_in_the_heading(columns, value, unit, expected):
    heading = columns.get("value", "value")
    rows = read(roles.indicators, columns, indicator=["i"], **{heading: [value]}, unit=[unit])
    assert (rows.table["value"].tolist(), rows.table["unit"].tolist()) == ([expected[0]], [expected[1]])


def test_two_values_of_one_year_are_set_aside_and_a_repeat_or_another_year_is_not():
    cells = {
        "indicator": ["a", "a", "b", "b", "c", "c"],
        "year": ["2018", "2018", "2018", "2018", "2015", "2018"],
        "value": ["78.4", "80", "5", "5", "1", "2"],
    }
    rows = read(roles.indicators, {}, **cells)
    assert rows.table["indicator"].tolist() == ["b", "b", "c", "c"]
    assert [(one.row, one.code) for one in rows.rejected] == [("2", "id.duplicate"), ("3", "id.duplicate")]


def test_a_year_may_be_written_with_its_word_or_as_a_day():
    years = ["2018年", "2018年末", "2018-12-31", "2018.0", "２０１８", "2018年6月"]
    rows = read(roles.indicators, {}, indicator=list("abcdef"), year=years, value=["1"] * 6)
    assert rows.table["year"].tolist() == [2018.0] * 6
    assert not rows.rejected


def test_a_value_may_bear_the_sign_of_its_share():
    rows = read(roles.indicators, {}, indicator=["a", "b"], value=["95%", "9.5‰"])
    assert rows.table[["value", "unit"]].to_numpy().tolist() == [[95.0, "%"], [9.5, "‰"]]


@pytest.mark.parametrize(
    ("cell", "unit", "read_as"),
    [
        ("95%", "%", "95"),
        ("95.0％", "percent", "95.0"),
        ("1.2万人", "万人", "1.2"),
        ("30亩", "市亩", "30"),
    ],
)
def test_a_unit_behind_a_value_may_be_that_of_its_row(cell, unit, read_as):
    rows = read(roles.indicators, {}, indicator=["i"], value=[cell], unit=[unit])
    assert rows.table["value"].tolist() == [float(read_as)]
    assert not rows.rejected
    [other] = read(roles.indicators, {}, indicator=["i"], value=["950‰"], unit=["%"]).rejected
    assert other.code == "value.unparsed"


def test_the_whole_city_and_codes_with_noughts_behind_are_understood():
    places = ["全市", "410102000000", "410102.0", "410103000"]
    rows = read(roles.indicators, {}, indicator=list("abcd"), district=places, value=["1"] * 4)
    assert rows.table["district"].tolist() == ["", "410102", "410102", "410103"]


def test_a_year_of_two_digits_is_none():
    rows = read(roles.indicators, {}, indicator=["i", "j"], year=["19", "2019"], value=["1", "2"])
    assert rows.table["year"].isna().tolist() == [True, False]
    assert [one.code for one in rows.notes] == ["value.implausible"]


def test_one_value_in_two_units_is_one_and_another_is_not_taken_because_its_unit_is_missing():
    def kept(values, units):
        rows = read(roles.indicators, {}, indicator=["i"] * 2, year=["2019"] * 2, value=values, unit=units)
        return len(rows.table)

    assert kept(["95", "0.95"], ["%", "share"]) == 2
    assert kept(["95", "0.94"], ["%", "share"]) == 0
    assert kept(["2", "30"], ["公顷", "亩"]) == 2
    assert kept(["95", "0.95"], ["%", ""]) == 0
    assert kept(["95", "95"], ["%", ""]) == 2
    assert kept(["5000", "1.2"], ["m2", "m2 per person"]) == 2
