"""Rows of people and of units that were set aside: how many people at most, and of which district."""

from __future__ import annotations

import pandas as pd
import pytest

from zzgeo.formats.parts.base import RawLayer, Rejected
from zzgeo.intake.example import write_example
from zzgeo.intake.lost_people import lost_in, lost_of_study, lost_people, no_lost_people
from zzgeo.intake.study import load_study
from zzgeo.spec.study_file import InputSpec, UnitsSpec

RAW = pd.DataFrame(
    {"人数（万人）": ["0.02", "?", "0.03", "0.05", "0.07"], "区": ["1", "2", "", "9", "1"]}, index=[2, 3, 4, 5, 6]
)
USED = pd.DataFrame({"residents": [300.0, 800.0]})


def rejected(row, code="coord.unparsed"):
    return Rejected("p.csv", str(row), "lon", "x", code, "")


def lost(*rows):
    spec = InputSpec(source="p.csv", columns={"residents": "人数（万人）", "district": "区"})
    return lost_people("demand", spec, RawLayer(RAW, "p.csv", ""), rows, USED)


def test_people_are_read_from_the_rows_set_aside_in_the_unit_of_their_heading():
    table = lost(rejected(2), rejected(4))
    assert table["residents"].tolist() == [200.0, 300.0]
    assert table["district"].tolist() == ["1", ""]
    assert table["aged_60_plus"].tolist() == [0.0, 0.0]


def test_a_row_without_a_number_stands_for_at_most_the_most_peopled_row_in_use():
    assert lost(rejected(3, "value.unparsed"), rejected(99, "row.malformed"))["residents"].tolist() == [800.0, 800.0]


def test_repeats_totals_and_people_outside_the_study_are_no_loss():
    codes = ("row.duplicate", "id.duplicate", "row.total", "coord.outside_study_area", "row.not_chosen")
    assert not len(lost(*(rejected(2, code) for code in codes)))


def test_a_row_may_be_of_any_district_unless_it_names_one_of_the_study():
    table = lost(*(rejected(row) for row in RAW.index))
    assert lost_in(table, "1", ["1", "2"])["residents"].sum() == 200 + 700 + 300 + 500
    assert lost_in(table, "2", ["1", "2"])["residents"].sum() == 800 + 300 + 500
    assert lost_in(table, "", ["1", "2"])["residents"].sum() == 200 + 800 + 300 + 500 + 700


def test_lost_units_lose_people_only_where_people_come_from_units():
    raw = RawLayer(pd.DataFrame({"residents": ["50"], "类型": ["社区"]}, index=[2]), "u.csv", "")
    spec = UnitsSpec(source="u.csv", columns={"type": "类型"}, types={"社区": "urban-community"})
    units = lost_people("units", spec, raw, [rejected(2)], USED)
    assert units["type"].tolist() == ["urban-community"]
    assert lost_of_study(no_lost_people(), units, from_units=True)["residents"].tolist() == [50.0]
    beside = lost_of_study(lost(rejected(2)), units, from_units=False)
    assert beside["residents"].tolist() == [200.0, 0.0]
    assert beside["layer"].tolist() == ["demand", "units"]


@pytest.mark.parametrize("cell", ["", "many", "-40"])
def test_a_study_keeps_what_it_lost(tmp_path, cell):
    study = write_example(tmp_path)
    listed = (tmp_path / "people.csv").read_text("utf-8").splitlines()
    head = listed[0].split(",")
    first = listed[1].split(",")
    first[head.index("residents")] = cell
    (tmp_path / "people.csv").write_text("\n".join([listed[0], ",".join(first), *listed[2:]]), "utf-8")
    loaded = load_study(study)
    assert loaded.lost_people["rows"].sum() == 1
    assert loaded.lost_people["residents"].item() == loaded.demand["residents"].max()
