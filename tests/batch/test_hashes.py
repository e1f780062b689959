"""The hash of what a result rests on: content decides, not the place; what is remembered costs only time."""

from __future__ import annotations

import os
import shutil
import sqlite3
import time
from dataclasses import replace
from pathlib import Path

import pytest
from counties import STUDY, write_county
from files import write_study

from zzgeo.batch import hashes
from zzgeo.batch.code import FILES, code_hash, code_parts
from zzgeo.batch.hashes import Contents, input_hash, is_live
from zzgeo.batch.job import AuditChoices
from zzgeo.intake.study import load_study

LONG_AGO = time.time() - 1_000_000


@pytest.fixture
def study(tmp_path: Path) -> Path:
    return write_county(tmp_path / "all" / "a")


def digest(study: Path, choices: AuditChoices | None = None) -> str:
    return input_hash(study, choices or AuditChoices(), Contents(study.parents[2] / "memory"))


def test_the_same_tree_at_another_place_has_the_same_hash(study: Path, tmp_path: Path):
    other = tmp_path / "elsewhere" / "deep" / "县"
    shutil.copytree(study.parents[1], other)
    named = [str(tree / "own.toml") for tree in (study.parents[1], other)]
    before, after = (
        digest(path, AuditChoices(standards=(name,)))
        for path, name in zip((study, other / "a" / "study.toml"), named, strict=True)
    )
    assert before == after


@pytest.mark.parametrize(
    "name", ["study.toml", "districts.shp", "districts.dbf", "districts.PRJ", "人口.csv", "walk.toml", "../own.toml"]
)
def test_a_changed_byte_in_any_file_changes_the_hash(study: Path, name: str):
    before = digest(study)
    path = study.parent / name
    path.write_bytes(path.read_bytes().replace(b"o", b"0", 1))
    assert digest(study) != before


@pytest.mark.parametrize("name", ["districts.cpg", "人口.csv-wal", "districts.shp.xml"])
def test_a_file_that_comes_beside_an_input_changes_the_hash(study: Path, name: str):
    before = digest(study)
    (study.parent / name).write_text("x")
    assert digest(study) != before


@pytest.mark.parametrize("name", ["人口.csv-shm", "notes.txt", "districts2.dbf", "../b/districts.shp"])
def test_what_belongs_to_no_input_does_not_change_the_hash(study: Path, name: str):
    before = digest(study)
    (study.parent / name).parent.mkdir(exist_ok=True)
    (study.parent / name).write_text("x")
    (study.parent / "人口.csv-wal").write_text("")  # a reader of a database leaves an empty log
    assert digest(study) == before


def test_reading_a_real_study_leaves_its_hash(tmp_path: Path):
    study = write_study(tmp_path / "all" / "a")
    with sqlite3.connect(study.parent / "units.gpkg") as database:
        database.execute("PRAGMA journal_mode = WAL")
    database.close()
    before = digest(study)
    load_study(study)
    assert digest(study) == before


def test_what_is_chosen_changes_the_hash_and_an_earlier_result_by_its_content(study: Path, tmp_path: Path):
    (tmp_path / "old").mkdir()
    (tmp_path / "old" / "audit.json").write_text("{}")
    shutil.copytree(tmp_path / "old", tmp_path / "older")
    plain = AuditChoices()
    variants = [
        plain,
        replace(plain, lang="en"),
        replace(plain, districts=("410122",)),
        replace(plain, standards=("zz-2018-elderly",)),
        replace(plain, sensitivity=True),
        replace(plain, against=str(tmp_path / "old")),
    ]
    assert len({digest(study, choices) for choices in variants}) == len(variants)
    assert digest(study, variants[-1]) == digest(study, replace(plain, against=str(tmp_path / "older")))
    (tmp_path / "older" / "audit.json").write_text("{ }")
    assert digest(study, variants[-1]) != digest(study, replace(plain, against=str(tmp_path / "older")))


def test_a_file_that_is_missing_or_cannot_be_read_is_hashed_as_that(study: Path, monkeypatch: pytest.MonkeyPatch):
    before = digest(study)
    (study.parent / "人口.csv").rename(study.parent / "away.csv")
    assert digest(study) not in (before, "")
    (study.parent / "人口.csv").mkdir()
    empty = digest(study)
    (study.parent / "人口.csv" / "in a folder.csv").write_text("x")
    assert digest(study) != empty
    shutil.rmtree(study.parent / "人口.csv")
    (study.parent / "人口.csv").symlink_to("人口.csv")
    assert digest(study)
    real = Path.open

    def refused(self: Path, *args: object, **more: object) -> object:
        if self.suffix == ".dbf":
            raise PermissionError(13, "Permission denied")
        return real(self, *args, **more)  # type: ignore[call-overload]

    readable = digest(study)
    monkeypatch.setattr(Path, "open", refused)
    assert digest(study) != readable


@pytest.mark.parametrize("text", ["name = ", "", "name = 1\n[districts]\n", "\x00"])
def test_a_study_file_that_is_refused_is_hashed_by_its_content(study: Path, text: str):
    before = digest(study)
    study.write_text(text)
    refused = digest(study)
    assert refused != before
    study.write_text(text + " ")
    assert digest(study) != refused


def test_a_database_is_live_and_a_file_is_not(study: Path):
    contents = Contents(study.parents[2] / "memory")
    assert not is_live(study, contents)
    table = 'source = "postgis"\ntable = "public.homes"\n'
    study.write_text(STUDY.replace('source = "人口.csv"\n', table), encoding="utf-8")
    assert is_live(study, contents)


def aged(folder: Path) -> None:
    for path in folder.rglob("*"):
        os.utime(path, (LONG_AGO, LONG_AGO))


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Record which files are read to be hashed, and take no change for a recent one."""
    names: list[str] = []
    real = hashes.hashlib.file_digest

    def recorded(stream, name):
        names.append(Path(stream.name).name)
        return real(stream, name)

    monkeypatch.setattr(hashes.hashlib, "file_digest", recorded)
    monkeypatch.setattr(hashes, "_COARSE_NS", 0)
    return names


def test_what_did_not_change_is_not_read_again(study: Path, reads: list[str]):
    memory = study.parents[2] / "memory"
    contents = Contents(memory)
    first = input_hash(study, AuditChoices(), contents)
    contents.save(whole=True)
    files = "districts.PRJ districts.dbf districts.shp own.toml study.toml walk.toml 人口.csv"
    assert sorted(reads) == files.split()
    reads.clear()
    assert input_hash(study, AuditChoices(), Contents(memory)) == first
    assert reads == []
    (study.parent / "walk.toml").write_text("another")
    assert input_hash(study, AuditChoices(), Contents(memory)) != first
    assert reads == ["walk.toml"]


def test_a_file_with_its_old_time_and_size_is_seen_to_have_changed(study: Path):
    aged(study.parent)
    memory, path = study.parents[2] / "memory", study.parent / "walk.toml"
    contents = Contents(memory)
    first = input_hash(study, AuditChoices(), contents)
    contents.save(whole=True)
    path.write_bytes(path.read_bytes()[::-1])
    os.utime(path, (LONG_AGO, LONG_AGO))
    assert input_hash(study, AuditChoices(), Contents(memory)) != first


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b'{"files": 3}', b'{"files": {"a": [1, "x"]}}', b"\xff\x00", None]
)
def test_a_lost_memory_costs_only_time(study: Path, content: bytes | None):
    memory = study.parents[2] / "memory"
    first = digest(study)
    if content is not None:
        memory.write_bytes(content)
    contents = Contents(memory)
    assert input_hash(study, AuditChoices(), contents) == first
    contents.save(whole=True)
    assert input_hash(study, AuditChoices(), Contents(memory)) == first


def test_all_content_is_read_where_that_is_asked_for(study: Path, reads: list[str], monkeypatch: pytest.MonkeyPatch):
    """A disk that gives a file its old times back, and its number: nothing but its content tells."""
    memory, path = study.parents[2] / "memory", study.parent / "walk.toml"
    contents = Contents(memory)
    first = input_hash(study, AuditChoices(), contents)
    contents.save(whole=True)
    state = path.stat()
    path.write_bytes(path.read_bytes()[::-1])
    real = Path.stat
    monkeypatch.setattr(Path, "stat", lambda self, **more: state if self == path else real(self, **more))
    assert input_hash(study, AuditChoices(), Contents(memory)) == first
    assert input_hash(study, AuditChoices(), Contents(memory, reread=True)) != first


def test_a_file_changed_a_moment_ago_is_not_remembered(study: Path):
    memory = study.parents[2] / "memory"
    contents = Contents(memory)
    input_hash(study, AuditChoices(), contents)
    contents.save(whole=True)
    assert "walk.toml" not in memory.read_text("ascii")


def test_the_hash_of_zzgeo_is_that_of_its_files():
    assert len(code_hash()) == 64
    assert code_parts() == code_parts.__wrapped__()
    assert len(code_parts()[FILES]) == 64
