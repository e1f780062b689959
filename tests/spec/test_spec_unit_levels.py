"""Levels of units as data: taken where they can be meant, refused in one line where they cannot."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import levelled
import pytest

from zzgeo.errors import InputError
from zzgeo.spec.kinds import declared_apart, forget_declared
from zzgeo.spec.study_file import read_study_file
from zzgeo.spec.unit_levels import declare, own_levels
from zzgeo.standards import read_standard
from zzgeo.vocabulary.people import UNIT_TYPES, unit_name
from zzgeo.vocabulary.unit_levels import UnitLevel, levels_of

GRID = UnitLevel("grid", "网格", "grid cell", "urban-community")
AREA = UnitLevel("area", "片区", "area of responsibility", "subdistrict-township")


@pytest.fixture(autouse=True)
def _clean() -> Iterator[None]:
    forget_declared()
    yield
    forget_declared()


def entry(level: UnitLevel) -> str:
    return f'[[levels]]\nid = "{level.id}"\nzh = "{level.zh}"\nen = "{level.en}"\nwithin = "{level.within}"\n'


def test_levels_find_their_place_among_the_others_in_any_order() -> None:
    inner = UnitLevel("patch", "责任片", "patch", "grid")
    declare([inner, GRID, AREA], "study.toml")
    types = ["subdistrict", "area", "grid", "patch", "urban-community", "compound"]
    whole = levels_of(types)
    assert whole.index("patch") < whole.index("grid") < whole.index("community-or-village")
    assert whole.index("area") < whole.index("subdistrict-township")
    assert unit_name("grid") == ("网格", "grid cells")


def test_the_same_again_changes_nothing_and_another_is_refused() -> None:
    declare([GRID], "a.toml")
    declare([GRID], "b.toml")
    with pytest.raises(InputError, match=r"level\.declared_twice"):
        declare([UnitLevel("grid", "格", "cell", "compound")], "c.toml")
    with declared_apart():
        assert "grid" not in UNIT_TYPES
        declare([UnitLevel("grid", "格", "cell", "compound")], "c.toml")
    assert UNIT_TYPES["grid"] == ("网格", "grid cell")


@pytest.mark.parametrize(
    ("levels", "told"),
    [
        ([GRID, GRID], "level.declared_twice · study.toml · grid · two levels have this id"),
        ([UnitLevel("compound", "院落", "yard")], "comes with zzgeo"),
        ([UnitLevel("yard", "小区", "yard")], r"compound \(小区 dwelling compound\) is called so already"),
        ([UnitLevel("yard", "院落", "yard", "comunity-or-village")], "did you mean 'community-or-village'"),
        ([UnitLevel("a", "甲", "one", "b"), UnitLevel("b", "乙", "two", "a")], "a in b in a"),
        ([UnitLevel("a", "甲", "one", "a")], "level.cycle"),
    ],
)
def test_what_cannot_be_meant_is_refused(levels: list[UnitLevel], told: str) -> None:
    with pytest.raises(InputError, match=told):
        declare(levels, "study.toml")
    assert "yard" not in UNIT_TYPES


@pytest.mark.parametrize(
    ("more", "word", "told"),
    [
        ("", "comunity", "study.toml:19 · units.0.type · did you mean 'community'"),
        ("", "district", r"the districts themselves are \[districts\]"),
        ('[[levels]]\nid = "grid"\nzh = "网格"\n', "grid", "levels.0.en · this key is required"),
        ('[[levels]]\nid = "Grid 1"\nzh = "网格"\nen = "grid"\n', "compound", "levels.0.id"),
    ],
)
def test_a_study_file_tells_the_line(tmp_path: Path, more: str, word: str, told: str) -> None:
    study = levelled.write(tmp_path, {"units": (word, levelled.usual()["compounds"][1])}, more=more)
    with pytest.raises(InputError, match=told):
        read_study_file(study)


def test_a_type_is_said_once(tmp_path: Path) -> None:
    study = levelled.write(tmp_path, {"units": ("compound", levelled.usual()["compounds"][1])})
    text = study.read_text("utf-8") + 'types = { "x" = "village" }\n'
    study.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match="type says it of the whole file"):
        read_study_file(study)


def test_one_table_of_units_is_read_as_ever(tmp_path: Path) -> None:
    study = levelled.write(tmp_path, {"units": ("compound", levelled.usual()["compounds"][1])})
    text = study.read_text("utf-8").replace("[[units]]", "[units]").replace('type = "compound"', "")
    study.write_text(text + 'types = { "社区" = "urban-community" }\n', encoding="utf-8")
    [units] = read_study_file(study).units
    assert (units.type, units.types) == (None, {"社区": "urban-community"})


def test_a_standard_may_declare_the_level_it_asks_for(tmp_path: Path) -> None:
    text = """
[document]
id = "own"
number = "自定"
title = "自定"
title_en = "Own"
issuer = "区"
jurisdiction = "layered"

[[clauses]]
rule = "unit-coverage"
facilities = ["community_health_station"]
applies_to = "grid"
value = 1
"""
    path = tmp_path / "own.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match="applies_to is one of"):
        read_standard(path)
    path.write_text(f"{text}\n{entry(GRID)}", encoding="utf-8")
    assert read_standard(path).clauses[0].applies_to == "grid"


def test_entries_that_say_something_wrong_are_left_to_the_whole_file() -> None:
    assert own_levels([{"id": "grid", "zh": "网格", "en": "grid cell", "within": "社区"}, {"id": 3}]) == [GRID]
    assert own_levels(None) == []
