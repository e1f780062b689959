"""Ids of studies: safe on any system, told apart, the same wherever the tree lies and in whatever order."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zzgeo.batch.ids import LONGEST, Place, safe_id, study_ids
from zzgeo.system.names import same_name

NAMES = st.text(st.characters(exclude_characters="/\x00"), min_size=1, max_size=90)
HOSTILE = [
    "../x",
    "..",
    ".",
    "CON",
    "con",
    "Nul",
    "com1",
    "ledger",
    "Data",
    "-",
    " ",
    "a" * 300,
    "县" * 300,
    "a:b\\c?*",
]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_becomes_a_safe_one(name: str):
    safe = safe_id(name)
    assert 0 < len(safe) <= LONGEST
    assert not set(safe) & set('/\\:*?"<>|. ')
    assert not safe.startswith("-")
    assert len(f".{safe}.json.part".encode()) <= 255
    assert same_name(safe) not in {"con", "nul", "com1", "ledger", "data"}
    assert safe_id(safe) == safe


@given(NAMES)
def test_a_safe_name_is_its_own_safe_name(name: str):
    assert safe_id(safe_id(name)) == safe_id(name)


def test_names_that_are_cut_stay_apart():
    assert safe_id("a" * 299 + "b") != safe_id("a" * 299 + "c")
    assert safe_id("中牟县") == "中牟县"
    assert safe_id("བོད") == "བོད"  # a mark above a letter is part of it


@given(st.lists(st.lists(NAMES, min_size=1, max_size=4).map(tuple), min_size=1, max_size=12, unique=True), st.randoms())
def test_ids_are_unique_for_every_file_system_and_do_not_depend_on_the_order(paths, random):
    places = [Place(path) for path in paths]
    ids = dict(zip(places, study_ids(places), strict=True))
    assert len({same_name(id) for id in ids.values()}) == len(places)
    assert all(0 < len(id) <= LONGEST for id in ids.values())
    random.shuffle(places)
    assert dict(zip(places, study_ids(places), strict=True)) == ids


def test_the_shortest_end_of_the_path_tells_two_folders_apart():
    places = [Place(("a", "x", "中牟")), Place(("b", "x", "中牟")), Place(("中牟",)), Place(("新郑",))]
    assert study_ids(places) == ["a-x-中牟", "b-x-中牟", "中牟", "新郑"]
    assert study_ids([Place(("h",), "410122"), Place(("h",), "410123")]) == ["h-410122", "h-410123"]
    # a folder that is called as another would be
    assert len(set(study_ids([Place(("a", "z")), Place(("b", "z")), Place(("a-z",))]))) == 3
    assert study_ids([Place(("z",))], {"z"}) != ["z"]


@pytest.mark.parametrize(
    ("one", "other"), [("Zhongmu", "zhongmu"), ("é", unicodedata.normalize("NFD", "é")), ("a b", "a-b"), ("Ａ", "A")]
)
def test_names_some_file_system_takes_for_one_are_told_apart(one: str, other: str):
    ids = study_ids([Place((one,)), Place((other,))])
    assert len({same_name(id) for id in ids}) == 2
    assert ids == study_ids([Place((other,)), Place((one,))])[::-1]
