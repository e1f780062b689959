"""Groups of people and types of unit: each has a name in both languages, sets are made of types."""

from __future__ import annotations

import pytest

from zzgeo.vocabulary.people import HOME_UNITS, POPULATION_GROUPS, UNIT_SETS, UNIT_TYPES, group_name, unit_name


@pytest.mark.parametrize("applies_to", UNIT_SETS)
def test_units_a_clause_applies_to_have_a_name_of_many(applies_to):
    zh, en = unit_name(applies_to)
    assert zh
    assert en.endswith("s") or " and " in en
    assert set(UNIT_SETS[applies_to]) <= set(UNIT_TYPES)
    if len(UNIT_SETS[applies_to]) == 1:
        assert zh == UNIT_TYPES[applies_to][0]


def test_nobody_lives_in_two_home_units_at_once():
    assert set(HOME_UNITS) == {"urban-community", "village"}
    assert not set(HOME_UNITS) & set(UNIT_SETS["subdistrict-township"])


def test_groups_have_names_that_differ():
    assert len({group_name(group) for group in POPULATION_GROUPS}) == len(POPULATION_GROUPS)
    with pytest.raises(KeyError):
        group_name("cats")
