"""Published results are reproduced, and the page that says so is up to date."""

from __future__ import annotations

import runpy

import pytest
from places import ROOT

#: Rows that differ by others' rounding of vertices, and the most they may differ, in feet.
ROUNDED_THERE = {
    "schools 0 to 1 with both legs, ft": 2e-6,
    "crimes: sum of the distances from crime 0, ft": 3e-3,
    "leg of school 0, ft": 2e-6,
    "the same, vertices rounded to 11 digits first, ft": 1e-10,
}


@pytest.fixture(scope="module")
def made():
    return runpy.run_path(str(ROOT / "benchmarks" / "validation.py"), run_name="validation")


@pytest.fixture(scope="module")
def rows(made):
    return made["rows"]()


def test_every_published_number_is_reproduced_to_its_digits_or_to_others_rounding(rows):
    wrong = [row for row in rows if row.what not in ROUNDED_THERE and not row.agrees]
    assert not wrong
    for row in rows:
        if row.what in ROUNDED_THERE:
            assert abs(row.difference) < ROUNDED_THERE[row.what], row
            assert row.why
    assert len(rows) >= 42


def test_a_wrong_last_digit_does_not_agree(made):
    row = made["Row"]
    assert row("s", "i", "rounded", "0.13", 0.1251).agrees
    assert row("s", "i", "cut off", "-0.12", -0.1299).agrees
    assert not row("s", "i", "one more", "0.13", 0.1401).agrees
    assert not row("s", "i", "one less", "0.13", 0.1249).agrees


def test_the_page_is_up_to_date(made, rows):
    written = (ROOT / "docs" / "validation.md").read_text(encoding="utf-8")
    assert written == made["page"](lambda: rows), "run python -m benchmarks.validation"
    for name in ("grid", "geodanet", "gravity", "gaussian", "2sfca", "gini", "decay", "gcj", "sf-mclp", "zz-chc"):
        assert name in written
