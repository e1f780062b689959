"""The ledger: a file a study, whole or the old one; what is damaged is told; the table made from it."""

from __future__ import annotations

import csv
import json
import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from zzgeo.batch import ledger as module
from zzgeo.batch.ledger import STATUS_COLUMNS, Entry, Ledger, state_of
from zzgeo.batch.task import Outcome
from zzgeo.errors import EnvironmentFault

TEXT = st.text(st.characters(codec="utf-8"), max_size=30)


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    (tmp_path / "out" / "ledger").mkdir(parents=True)
    return Ledger(tmp_path / "out")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(TEXT, st.lists(TEXT, max_size=3).map(tuple), st.dictionaries(TEXT, st.integers(0, 2**40), max_size=3))
def test_what_is_written_is_read(ledger: Ledger, text: str, lines: tuple[str, ...], result: dict[str, int]):
    entry = Entry("a", text, text, lines, text, "done", 0, 2, 1.5, 7, messages=lines, warnings=lines, result=result)
    ledger.write(entry)
    assert ledger.read() == ({"a": entry}, [])


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"null", b"\xff", b'{"id": "a"}', b'{"form": "zzgeo ledger 1", "id": "b"}', None]
)
def test_a_damaged_file_is_told_and_its_study_is_unknown(ledger: Ledger, content: bytes | None):
    ledger.write(Entry("a", "A", "a/study.toml", state="done"))
    ledger.write(Entry("z", "Z", "z/study.toml"))
    path = ledger.folder / "a.json"
    path.write_bytes(path.read_bytes().replace(b'"attempts": 0', b'"attempts": "x"') if content is None else content)
    entries, problems = ledger.read()
    assert list(entries) == ["z"]
    assert [(one.code, one.where, one.severity) for one in problems] == [("ledger.damaged", "ledger/a.json", "warning")]


def test_a_file_is_replaced_as_a_whole_or_not_at_all(ledger: Ledger, monkeypatch: pytest.MonkeyPatch):
    old, new = Entry("a", "old", "a"), Entry("a", "new", "a")
    ledger.write(old)
    for broken in ("fsync", "replace"):
        with monkeypatch.context() as patch:
            patch.setattr(module.os, broken, _full)
            with pytest.raises(EnvironmentFault, match=r"output\.disk_full"):
                ledger.write(new)
        assert ledger.read() == ({"a": old}, [])
        assert os.listdir(ledger.folder) == ["a.json"]


def _full(*_: object) -> None:
    raise OSError(28, "No space left on device")


def test_one_batch_at_a_time_and_leftovers_go(ledger: Ledger):
    (ledger.folder / ".a.json.part").write_text("torn")
    with ledger.held():
        assert not (ledger.folder / ".a.json.part").exists()
        with pytest.raises(EnvironmentFault, match=r"output\.locked"), Ledger(ledger.out).held():
            pass
    with ledger.held():
        pass
    assert os.listdir(ledger.folder) == []


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path):
    (tmp_path / "file").write_text("")
    with pytest.raises(EnvironmentFault, match=r"output\.not_writable"), Ledger(tmp_path / "file" / "out").held():
        pass


def test_the_table_has_a_row_a_study_in_the_order_of_ids(ledger: Ledger):
    message = 'crs.missing · a "b", c\nd'
    ledger.write_status(
        [
            Entry(
                "乙",
                "乙县",
                "../乙/study.toml",
                ("410122", "410123"),
                "",
                "refused",
                4,
                2,
                0.1,
                messages=(message, "x"),
            ),
            Entry("a", "A", "../a/study.toml", state="done", exit_code=10, opens="index.html"),
            Entry("b", "B", "../b/study.toml"),
        ]
    )
    text = (ledger.out / "status.csv").read_text("utf-8-sig")
    rows = list(csv.DictReader(text.splitlines(keepends=True)))
    assert tuple(rows[0]) == STATUS_COLUMNS
    assert [row["id"] for row in rows] == ["a", "b", "乙"]
    assert [row["result"] for row in rows] == ["a/index.html", "", ""]
    assert [row["exit_code"] for row in rows] == ["10", "", "4"]
    assert rows[2]["message"] == message + " (and 1 more)"
    assert rows[2]["districts"] == "410122 410123"


@pytest.mark.parametrize(
    ("outcome", "state"),
    [
        (Outcome("a", 0), "done"),
        (Outcome("a", 10), "done"),
        (Outcome("a", 1), "failed"),
        (Outcome("a", 2), "refused"),
        (Outcome("a", 4), "refused"),
        (Outcome("a", 5), "environment"),
        (Outcome("a", 6), "service"),
        (Outcome("a", 130), "interrupted"),
        (Outcome("a", -9), "killed"),
        (Outcome("a", 77), "failed"),
        (Outcome("a", 5, ("resource.time_limit · a · 60 s",)), "over-time"),
        (Outcome("a", 5, ("resource.memory · a",)), "over-memory"),
        (Outcome("a", 1, ("worker.killed · a",)), "killed"),
    ],
)
def test_the_state_of_a_study_is_told_by_how_its_task_ended(outcome: Outcome, state: str):
    assert state_of(outcome) == state


def test_a_result_is_whole_while_each_of_its_files_is(ledger: Ledger):
    result = ledger.out / "a" / "maps"
    result.mkdir(parents=True)
    for name in ("audit.json", "index.html", "maps/total.html", "notes of mine.txt"):
        (ledger.out / "a" / name).write_text("12345")
    entry = Entry("a", "A", "a", state="done", result=ledger.result_of("a"))
    assert set(entry.result) == {"audit.json", "index.html", "maps/total.html"}
    (ledger.out / "a" / "notes of mine.txt").unlink()
    assert ledger.is_whole(entry)
    (result / "total.html").write_text("1234")
    assert not ledger.is_whole(entry)
    (result / "total.html").unlink()
    assert not ledger.is_whole(entry)
    assert not ledger.is_whole(Entry("b", "B", "b", state="done"))


def test_a_file_of_the_ledger_is_json_anybody_reads(ledger: Ledger):
    ledger.write(Entry("中牟", "中牟县", "../中牟/study.toml", ("410122",), "", "done", 0))
    content = json.loads((ledger.folder / "中牟.json").read_text("utf-8"))
    assert content["form"] == "zzgeo ledger 1"
    assert (content["state"], content["districts"], content["exit_code"]) == ("done", ["410122"], 0)
