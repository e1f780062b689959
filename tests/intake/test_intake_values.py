"""Cells as people write them: one number, one date, or told; never guessed."""

from __future__ import annotations

import pandas as pd
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


def test_dates_are_read_as_people_write_them_and_odd_ones_are_told():
    parsed = values.dates(pd.Series(["2016年5月1日", "2016-05", "2016", None, "去年", "2016-02-30"]))
    assert parsed.values.dt.strftime("%Y-%m-%d").tolist()[:3] == ["2016-05-01", "2016-05-01", "2016-01-01"]
    assert set(parsed.faults) == {4, 5}
    assert parsed.values.isna().tolist() == [False, False, False, True, True, True]
