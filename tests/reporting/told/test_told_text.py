"""Numbers in print, the island, CSV cells, file names: what text may become."""

from __future__ import annotations

import csv
import io
import json
import re

import drawn
import numpy as np
import pandas as pd
import pytest
from hostile import NAMES
from hypothesis import given
from hypothesis import strategies as st

from zzgeo.numbers import metres_text, people_text, settled, share_text
from zzgeo.reporting.desk.tables import csv_bytes, csv_rows
from zzgeo.reporting.files import safe_name
from zzgeo.reporting.pages.island import island_json


@given(drawn.shares(), drawn.shares())
def test_a_share_never_reads_as_all_none_or_the_target_unless_it_is(share: float, target: float) -> None:
    shown = share_text(share, target)
    assert (shown == "100 %") == (share * 100 == 100.0)
    assert shown != "100.0 %"
    assert (shown == "0 %") == (share * 100 == 0.0)
    assert shown != "0.0 %"
    assert shown[-2:] == " %"


def test_a_share_just_short_of_its_target_shows_that_it_is_short() -> None:
    assert share_text(0.89996, 0.9) == "90.00 %" or share_text(0.89996, 0.9) == "89.996 %"
    assert share_text(0.9, 0.9) == "90.0 %"


def test_missing_numbers_read_as_nothing_and_the_unreachable_as_inf() -> None:
    assert share_text(None) == people_text(float("nan")) == metres_text(None) == ""
    assert metres_text(float("inf")) == "inf"


@given(
    st.recursive(
        st.text() | st.integers() | st.none() | st.booleans(),
        lambda kids: st.lists(kids) | st.dictionaries(st.text(), kids),
    )
)
def test_the_island_reads_back_and_holds_no_character_with_a_meaning_elsewhere(data: object) -> None:
    text = island_json(data)
    assert json.loads(text) == data
    strings = re.findall(r'"(?:[^"\\]|\\.)*"', text)
    assert not re.search("[<>&'{}$%#`\u2028\u2029]", "".join(strings))
    text.encode("utf-8")


@pytest.mark.parametrize("name", NAMES)
def test_the_island_holds_hostile_names_whole(name: str) -> None:
    text = island_json({name: [name]})
    assert json.loads(text) == {name: [name]}
    assert "<" not in text
    assert "{{" not in text
    assert "{%" not in text


def test_the_island_takes_a_lone_surrogate() -> None:
    assert island_json("\ud800").isascii()


def test_the_island_refuses_numbers_that_json_has_not() -> None:
    with pytest.raises(ValueError):
        island_json([float("nan")])


@pytest.mark.parametrize("text", ["=1+1", "+1", "-5", "@SUM(1)", "\t=1", "\r=1"])
def test_a_text_cell_that_would_run_gets_an_apostrophe_and_a_number_does_not(text: str) -> None:
    table = pd.DataFrame({"text": [text], "number": [-5.0]})
    row = list(csv.reader(io.StringIO(csv_bytes(table).decode("utf-8-sig"), newline="")))[1]
    assert row == [f"'{text}", "-5"]


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=1))
def test_csv_reads_back_whatever_the_text(texts: list[str]) -> None:
    content = csv_bytes(pd.DataFrame({"text": pd.Series(texts, dtype=object)}))
    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))[1:]
    assert [row[0].removeprefix("'") for row in rows] == [text.removeprefix("'") for text in texts]
    assert csv_rows(content) == len(texts)


def told(value: object) -> str:
    """Return what a cell says, by the words of `zzgeo.reporting.desk.tables`."""
    if value is None or value is pd.NA or value is pd.NaT or value != value:
        return ""
    if isinstance(value, bool | np.bool_):
        return str(value).lower()
    if isinstance(value, float | np.floating):
        return f"{value:.0f}" if float(value).is_integer() and abs(value) < 1e15 else f"{value:.10g}"
    text = str(value)
    runs = text[:1] in tuple("=+-@\t\r") and not isinstance(value, int | np.integer)
    return f"'{text}" if runs else text


TEXTS = st.one_of(st.text(st.characters(exclude_categories=["Cs"]), max_size=4), st.sampled_from(["=1", '"', '-"', ""]))
FLOATS = st.one_of(st.floats(), st.integers(-(2**62), 2**62).map(float))
COLUMNS = st.one_of(
    st.lists(TEXTS, min_size=3, max_size=3).map(lambda some: pd.Series(some, dtype="str")),
    st.lists(st.one_of(TEXTS, st.none()), min_size=3, max_size=3).map(lambda some: pd.Series(some, dtype="category")),
    st.lists(FLOATS, min_size=3, max_size=3).map(lambda some: pd.Series(some, dtype=float)),
    st.lists(st.integers(-(2**62), 2**62), min_size=3, max_size=3).map(lambda some: pd.Series(some, dtype="int64")),
    st.lists(st.one_of(st.integers(-9, 9), st.none()), min_size=3, max_size=3).map(
        lambda some: pd.Series(some, dtype="Int64")
    ),
    st.lists(
        st.one_of(TEXTS, FLOATS, st.integers(), st.booleans(), st.none(), st.dates(), st.just(pd.NA)),
        min_size=3,
        max_size=3,
    ).map(lambda some: pd.Series(some, dtype=object)),
)


@given(st.lists(COLUMNS, min_size=1, max_size=4))
def test_every_cell_is_written_by_its_kind(columns: list[pd.Series]) -> None:
    table = pd.DataFrame(dict(enumerate(columns)))
    content = csv_bytes(table).decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(content, newline="")))[1:]
    # figures of a column of numbers are written to what they mean
    meant = [column.map(settled) if column.dtype == float else column for column in columns]
    assert rows == [[told(column.iloc[at]) for column in meant] for at in range(3)]
    # every cell is quoted, every line ends as RFC 4180 has it
    assert content.startswith('"0"')
    assert content.endswith('"\r\n')


def test_half_a_character_is_told_in_a_file_of_utf8() -> None:
    table = pd.DataFrame({"x": pd.Series(["a\ud800", "=b"], dtype=object)})
    assert csv_bytes(table).decode("utf-8-sig").splitlines() == ['"x"', '"a\\ud800"', '"\'=b"']


def test_csv_tells_missing_from_nought_and_infinite() -> None:
    table = pd.DataFrame({"x": [np.nan, 0.0, np.inf, 1 / 3], "b": [True, False, None, pd.NA]})
    assert csv_bytes(table).decode("utf-8-sig").splitlines()[1:] == [
        '"","true"',
        '"0","false"',
        '"inf",""',
        '"0.3333333333",""',
    ]


def test_names_of_districts_become_file_names_that_stay_inside(shared: object) -> None:
    cases = json.loads((shared / "cases/hostile/county_names.json").read_text("utf-8"))  # type: ignore[operator]
    taken: set[str] = set()
    names = [safe_name(case["name"], case["county_id"], taken) for case in cases]
    assert len({name.casefold() for name in names}) == len(cases)
    for name in names:
        assert re.fullmatch(r"[\w-]+", name)
        assert "_" not in name
        assert not name.startswith("-")
        assert len(name.encode("utf-8")) < 200


def test_codes_that_read_alike_get_numbers() -> None:
    taken: set[str] = set()
    assert [safe_name("LAKE", "a/b", taken), safe_name("lake", "A.B", taken)] == ["LAKE-a-b", "lake-A-B-2"]
