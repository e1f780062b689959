"""Baskets: strict reading with line numbers, presets that nobody verified."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

import pytest

from zzgeo.circles import PRESETS, read_basket
from zzgeo.errors import InputError
from zzgeo.spec.kinds import KINDS

HEAD = 'id = "own"\nzh = "生活圈"\nen = "circle"\nsource = "own"\n'
SCHOOL = '[[classes]]\nid = "school"\nzh = "小学"\nen = "school"\nkinds = ["primary_school"]\n'


def written(folder: Path, text: str) -> Path:
    path = folder / "basket.toml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_can_be_read_and_nobody_verified_it(name):
    basket = read_basket(name)
    assert basket.id == name
    assert basket.verified_on is None
    assert re.fullmatch(r"(GB|TD/T) \d+-\d{4} [一-鿿]+", basket.source)
    assert basket.times == (5, 10, 15)
    assert {kind for one in basket.classes for kind in one.kinds} <= set(KINDS)


def test_fifteen_minutes_hold_what_five_and_ten_hold():
    five, ten, fifteen = (read_basket(f"gb50180-{minutes}").classes for minutes in (5, 10, 15))
    assert set(five) < set(ten) < set(fifteen)
    assert len(fifteen) >= 15


def test_limits_and_what_is_left_out(tmp_path):
    text = HEAD + "times = [8, 20]\n" + SCHOOL + SCHOOL.replace('"school"', '"other"', 1) + "metres = 800\n"
    basket = read_basket(written(tmp_path, text))
    assert [one.limit for one in basket.classes] == ["20 min", "800 m"]
    assert basket.groups == ("residents",)


def test_a_copy_of_a_preset_with_a_day_is_verified(tmp_path):
    from importlib import resources

    text = (resources.files("zzgeo.circles") / "baskets" / "gb50180-5.toml").read_text("utf-8")
    copy = read_basket(written(tmp_path, text.replace("# verified_on = ", "verified_on = ")))
    assert copy.verified_on == dt.date(2026, 11, 29)
    assert copy.classes == read_basket("gb50180-5").classes


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        (HEAD + 'colour = "red"\n' + SCHOOL, 5, "no such key"),
        (HEAD + SCHOOL.replace("primary_school", "primary_shcool"), 9, "primary_school"),
        (HEAD + SCHOOL + "minutes = 10\nmetres = 500\n", 5, "give one of them"),
        (HEAD + SCHOOL + 'minutes = "10"\n', 10, "number"),
        (HEAD + SCHOOL + "metres = -1\n", 10, "greater than 0"),
        (HEAD + 'verified_on = "yesterday"\n' + SCHOOL, 5, "date"),
        (HEAD + "times = [15, 5]\n" + SCHOOL, 5, "ascend"),
        (HEAD + "times = []\n" + SCHOOL, 5, "1 to 6"),
        (HEAD + "classes = []\n", 5, "1 to 60 classes"),
        (HEAD + SCHOOL.replace('["primary_school"]', "[]"), 9, "name the kinds"),
        (HEAD + 'groups = ["martians"]\n' + SCHOOL, 5, "martians"),
        (HEAD + SCHOOL + SCHOOL, 11, "two classes have one id"),
        (HEAD + "[[classes]]\n" + SCHOOL.removeprefix("[[classes]]\n").replace('zh = "小学"\n', ""), 5, "required"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(tmp_path, text, line, words):
    with pytest.raises(InputError) as caught:
        read_basket(written(tmp_path, text))
    [problem] = caught.value.problems
    assert problem.code == "config.invalid"
    assert problem.where == f"basket.toml:{line}"
    assert words in problem.line()


def test_every_fault_is_told_at_once(tmp_path):
    with pytest.raises(InputError) as caught:
        read_basket(written(tmp_path, HEAD + "a = 1\nb = 2\n" + SCHOOL))
    assert len(caught.value.problems) == 2


def test_an_unknown_basket_names_the_nearest():
    with pytest.raises(InputError, match="did you mean gb50180-15"):
        read_basket("gb50180_15")
