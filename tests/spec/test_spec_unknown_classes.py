"""Streets left out for a class nobody knows are told where they matter."""

from __future__ import annotations

import pytest

from zzgeo.spec.unknown_classes import CODE, left_out, unknown_class


@pytest.mark.parametrize("said", ["residental", "主路線", "expresway", "a_road;b_road"])
def test_a_class_that_nobody_knows(said):
    assert unknown_class(f"highway={said}") == said


@pytest.mark.parametrize(
    "reason",
    [
        "",
        "foot=no",
        "highway=motorway",
        "highway=高速公路",
        "highway=construction",
        "highway=under construction",
        "highway=trunk on a bridge or in a tunnel",
        "highway=steps",
        "highway=proposed;residental",
    ],
)
def test_a_class_that_is_known_to_be_no_street_or_another_reason(reason):
    assert unknown_class(reason) == ""


def test_a_small_share_is_not_told_and_a_large_one_with_its_words():
    assert left_out({"highway=residental": 19.0, "foot=no": 900.0}, 981.0, "roads") == []
    [told] = left_out({"highway=residental": 30.0, "highway=tertary": 70.0, "foot=no": 900.0}, 900.0, "roads")
    assert (told.code, told.where, told.severity) == (CODE, "roads", "warning")
    assert told.value == "0.1 km, 10.0% of the streets: tertary, residental"
