"""Levels of units: an order from the smallest to the largest, and words that name a type."""

from __future__ import annotations

import pytest

from zzgeo.vocabulary.people import UNIT_SETS, UNIT_TYPES, unit_name
from zzgeo.vocabulary.unit_levels import (
    WITHIN,
    above,
    are_levelled,
    is_told_by_homes,
    level_of,
    levels_of,
    type_of,
    types_by_word,
)


def test_every_type_has_a_level_and_a_place_around_it() -> None:
    assert set(WITHIN) == set(UNIT_TYPES)
    for unit_type in UNIT_TYPES:
        assert unit_type in UNIT_SETS[level_of(unit_type)]
        assert WITHIN[unit_type] == "district" or WITHIN[unit_type] in UNIT_SETS


def test_all_levels_from_the_smallest() -> None:
    whole = ["compound", "community-or-village", "block", "subdistrict-township"]
    assert levels_of(list(UNIT_TYPES)[::-1]) == whole
    assert [above(level) for level in whole] == [whole[1:], whole[2:], whole[3:], []]


@pytest.mark.parametrize(
    ("word", "unit_type"),
    [("小区", "compound"), ("街区", "block"), ("社区", "urban-community"), ("乡镇", "township"), ("区县", None)],
)
def test_a_word_names_a_type(word: str, unit_type: str | None) -> None:
    assert type_of(f" {word} ") == unit_type


def test_no_word_names_two_types() -> None:
    words = [word for unit_type in UNIT_TYPES for word in types_by_word() if type_of(word) == unit_type]
    assert len(words) == len(set(words)) == len(types_by_word())


def test_the_usual_four_in_one_layer_are_not_told_level_by_level() -> None:
    usual = ["urban-community", "village", "subdistrict", "township"]
    assert not are_levelled(usual)
    assert are_levelled(usual, 2)
    assert are_levelled([*usual, "compound"])


def test_names_of_several() -> None:
    assert [unit_name(one)[1] for one in ("compound", "block")] == ["dwelling compounds", "blocks"]
    assert is_told_by_homes(UNIT_SETS["block"])
