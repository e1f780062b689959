"""Cells as people write them: one number, or told; never guessed."""

from __future__ import annotations

import pytest

from zzgeo.intake import values


@pytest.mark.parametrize(
    ("cell", "number"),
    [("12", 12), (" 1,200 ", 1200), ("１２．５", 12.5), ("1e3", 1000), ("-4", -4), (".5", 0.5), ("3.", 3)],
)
def test_a_number_is_read_as_people_write_it(cell, number):
    assert values.number(cell) == number


@pytest.mark.parametrize("cell", ["", "1_000", "12张", "1,20", "1.2.3", "0x10", "nan", "inf", "1e999", "一百"])
def test_what_is_not_one_number_is_not_guessed(cell):
    with pytest.raises(ValueError, match="not"):
        values.number(cell)
