"""Yes and no, in one reading."""

from __future__ import annotations

import pytest

from zzgeo.vocabulary.yes_no import yes_no


@pytest.mark.parametrize("cell", ["是", "有", "yes", "YES", "Y", "Ｔ", "true", True, 1, 1.0, "1", "√", " 是 ", "x"])
def test_a_yes(cell):
    assert yes_no(cell) is True


@pytest.mark.parametrize("cell", ["否", "无", "no", "N", "F", "False", False, 0, 0.0, "0", "没有"])
def test_a_no(cell):
    assert yes_no(cell) is False


@pytest.mark.parametrize("cell", [None, float("nan"), "", " ", "viaduct", "2", "不详", "可能"])
def test_what_is_neither_is_neither(cell):
    assert yes_no(cell) is None
