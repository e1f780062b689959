"""Whatever a district or a study is called, its files can lie on any system."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zzgeo.batch.ids import Place, safe_id, study_ids
from zzgeo.reporting.files import safe_name
from zzgeo.system.names import LONGEST_NAME, allowed_name, cut_name, plain_name, same_name

HARD = [
    "CON",
    "con",
    "Con ",
    "PRN",
    "AUX.",
    "NUL",
    "nul.html",
    "COM1",
    "com¹",
    "LPT9",
    "LPT0",
    "CONIN$",
    "a:b",
    "C:",
    "C:\\data\\区",
    "..",
    ".",
    "...",
    "区.",
    "区 ",
    " 区",
    "",
    "-",
    "a/b",
    'a"b',
    "a<b>|?*",
    "区\u0000",
    "区\n",
    "\u202e区",
    "区" * 300,
    "𠮷" * 300,
    "a" * 300,
    "ß",
    "SS",
    "İ",
    "ﬁ",
    "fi",
    "é",
    "e\u0301",
    "Ａ",
    "A",
    "~1",
    "区\ud800",
]

#: As the documentation of Windows has it, with any ending.
WINDOWS_DEVICE = re.compile(r"(?i)(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$)(\..*)?")


def fits_everywhere(name: str) -> bool:
    return (
        0 < len(name) <= LONGEST_NAME + 4
        and len(name.encode()) <= 240
        and not WINDOWS_DEVICE.fullmatch(name)
        and not re.search(r'[<>:"/\\|?*\x00-\x1f]', name)
        and name == name.strip(". ")
    )


@pytest.mark.parametrize("name", HARD)
@pytest.mark.parametrize("code", ["", "410105", "CON", "a:b", "𠮷" * 60])
def test_a_place_of_any_name_gets_a_file(name: str, code: str):
    assert fits_everywhere(safe_name(name, code, set()))
    assert fits_everywhere(safe_id(name))


def test_names_that_some_disk_takes_for_one_are_told_apart():
    taken: set[str] = set()
    names = [safe_name(name, "", taken) for name in HARD]
    assert len({same_name(name) for name in names}) == len(HARD)
    ids = study_ids(
        [Place((name,), "") for name in ("Lake", "LAKE", "ｌａｋｅ", "ß", "SS", "é", "e\u0301", "con", "CON")]
    )
    assert len({same_name(id) for id in ids}) == 9
    assert all(map(fits_everywhere, ids))


@given(st.lists(st.text(), max_size=6))
def test_any_names_at_all(names: list[str]):
    taken: set[str] = set()
    made = [safe_name(name, "", taken) for name in names]
    assert all(map(fits_everywhere, made))
    assert len({name.upper() for name in made}) == len({name.lower() for name in made}) == len(names)


def test_what_is_plain_stays_as_it_is():
    for name in ("金水区-410105", "Lake-District", "བོད"):
        assert allowed_name(cut_name(plain_name(name)), "place") == name
    long = [cut_name("区" * 89 + end) for end in ("东", "西")]
    assert long[0] != long[1]
