"""Units: every spelling is read, and back; what is no unit is told; columns, headings and indicators use the same."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from zzgeo.intake import values
from zzgeo.spec.schema import CONTRACTS
from zzgeo.vocabulary.units import (
    AREA,
    BEDS,
    LENGTH,
    MONEY,
    PEOPLE,
    TIMES,
    UNITS,
    converted,
    in_unit,
    measure,
    quantity_of_column,
    size_in_heading,
    size_of,
)

SPELLED = [(unit, spelling) for unit in UNITS for spelling in (unit.zh, unit.en, *unit.spellings)]
QUANTITIES = {unit.quantity for unit in UNITS}


def wide(text: str) -> str:
    """Return a text in full width."""
    return "".join(chr(ord(one) + 0xFEE0) if "!" <= one <= "~" else one for one in text)


@pytest.mark.parametrize(("unit", "spelling"), SPELLED, ids=[f"{unit.zh} {spelling}" for unit, spelling in SPELLED])
def test_a_spelling_is_read_in_any_width_case_and_with_blanks_and_by_no_other_quantity(unit, spelling):
    for written in (spelling, spelling.upper(), wide(spelling), f" {spelling} ", " ".join(spelling)):
        assert measure(written) == (unit.quantity, unit.size), written
    for number in ("30", "1,200.5", "３０", "0.5"):
        plain = values.number(number)
        assert values.number(f"{number}{spelling}", unit.quantity) == pytest.approx(plain * unit.size)
        assert values.number(f"{number} {spelling}", unit.quantity) == pytest.approx(plain * unit.size)
    for other in QUANTITIES - {unit.quantity}:
        assert size_of(spelling, other) is None
        with pytest.raises(ValueError, match="not a number"):
            values.number(f"30{spelling}", other)


@pytest.mark.parametrize("unit", UNITS, ids=[unit.zh for unit in UNITS])
@pytest.mark.parametrize("many", TIMES)
def test_a_word_of_number_before_a_unit_multiplies_it_unless_the_two_are_a_unit_themselves(unit, many):
    quantity, size = measure(f"{many}{unit.zh}")
    if (many, unit.zh) in (("千", "米"), ("1000", "米")) or quantity != unit.quantity:
        return
    assert size == pytest.approx(TIMES[many] * unit.size)


def test_a_value_written_in_a_unit_comes_back():
    for unit in UNITS:
        first = next(one for one in UNITS if one.quantity == unit.quantity)
        there = converted(1234.5, first.zh, unit.en)
        assert converted(there, unit.zh, first.en) == pytest.approx(1234.5, rel=1e-12)
        assert first.size == 1.0


@pytest.mark.parametrize(
    ("cell", "square_metres"),
    [
        ("30亩", 20_000),
        ("30 畝", 20_000),
        ("３０亩", 20_000),
        ("2公頃", 20_000),
        ("0.02 km²", 20_000),
        ("2万㎡", 20_000),
        ("2 hm2", 20_000),
        ("30 mu", 20_000),
        ("0.3顷", 20_000),
        ("2萬平方米", 20_000),
        ("20,000 sq. m", 20_000),
    ],
)
def test_an_area_is_read_as_people_write_it(cell, square_metres):
    assert values.number(cell, AREA) == pytest.approx(square_metres, rel=1e-12)


@pytest.mark.parametrize("cell", ["30坪", "30 acres", "约30亩", "30-50亩", "三十亩", "30亩地", "30m", "30m3", "亩"])
def test_an_area_nobody_can_be_sure_of_is_told(cell):
    with pytest.raises(ValueError, match="not a number"):
        values.number(cell, AREA)


def test_lengths_and_money():
    assert [values.number(cell, LENGTH) for cell in ("10里", "5公里", "5千米", "5 km", "5000米")] == [5000.0] * 5
    assert [values.number(cell, MONEY) for cell in ("3亿元", "30000万元", "300 million yuan")] == [3e8] * 3


@pytest.mark.parametrize(
    ("heading", "quantity", "size"),
    [
        ("占地面积（亩）", AREA, 2000 / 3),
        ("占地面积(公顷)", AREA, 1e4),
        ("面积[km²]", AREA, 1e6),
        ("area_ha", AREA, 1e4),
        ("常住人口/万人", PEOPLE, 1e4),
        ("常住人口（单位：万人）", PEOPLE, 1e4),
        ("常住人口（万）", PEOPLE, 1e4),
        ("床位数（张）", BEDS, 1.0),
        ("床位数（含护理型）", BEDS, 1.0),
        ("人口密度（人/平方公里）", PEOPLE, 1.0),
        ("area_m2", AREA, 1.0),
        ("占地面积", AREA, 1.0),
    ],
)
def test_a_heading_names_the_unit_of_its_column(heading, quantity, size):
    assert size_in_heading(heading, quantity) == pytest.approx(size)


def test_the_unit_of_a_heading_holds_for_cells_that_name_none():
    column = pd.Series(["30", "2公顷", 15, "3万", None])
    parsed = values.numbers(column, quantity=AREA, size=2000 / 3)
    assert parsed.values.tolist()[:3] == pytest.approx([20_000.0, 20_000.0, 10_000.0])
    # 3万 under a heading of 亩 may be either; it is told
    assert set(parsed.faults) == {3}
    assert np.isnan(parsed.values[4])
    assert values.numbers(pd.Series([30.0, 15.0]), quantity=AREA, size=2000 / 3).values.tolist() == pytest.approx(
        [20_000.0, 10_000.0]
    )


@pytest.mark.parametrize(
    ("value", "unit", "wanted", "found"),
    [
        (300, "亿元", "billion yuan (300亿元左右)", 30.0),
        (988.07, "万人", "", 9_880_700.0),
        (24.3, "km2", "km2", 24.3),
        (2431, "公顷", "km2", 24.31),
        (7, "", "km2", 7.0),
        (8.1, "张/千人", "beds per 1000 residents", 8.1),
        (3, "万人", "10,000 people [weekly, regular]", 3.0),
        (12, "institutions", "facilities", 12.0),
        (40, "percent", "percent of units", 40.0),
        (3, "坪", "km2", None),
        (3, "亩", "10,000 yuan", None),
        (3, "km2", "people", None),
        (5, "ha", "", 5.0),
    ],
)
def test_a_reported_value_is_brought_to_the_unit_of_the_clause_or_told(value, unit, wanted, found):
    said = in_unit(value, unit, wanted)
    assert said is None if found is None else said[0] == pytest.approx(found)


def test_number_columns_of_contracts_and_tables_have_a_quantity_that_has_units():
    for contract in CONTRACTS.values():
        for name, column in contract.columns.items():
            assert (column.quantity in QUANTITIES) == (column.kind == "number"), name
    assert [quantity_of_column(name) for name in ("area_m2", "cost_yuan", "beds_new", "share", "households")] == [
        AREA,
        MONEY,
        BEDS,
        "",
        "households",
    ]
