"""A province is prepared once for the tasks of its counties, and what is told of it is told once."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest
from province import CODES, write_province

from zzgeo.batch import shared as sharing
from zzgeo.batch.job import AuditChoices, audit_into
from zzgeo.batch.shared import kept_for, prepare_shared
from zzgeo.batch.task import Task, run_task
from zzgeo.errors import EnvironmentFault, InputError
from zzgeo.formats import read_layer
from zzgeo.formats.parts.base import Options, RawLayer
from zzgeo.intake import tables
from zzgeo.intake.study import load_study


@pytest.fixture
def study(tmp_path) -> Path:
    (tmp_path / "province").mkdir()
    return write_province(tmp_path / "province", 2)


def csv(path: Path) -> pd.DataFrame:
    return pd.read_csv(path, encoding="utf-8-sig", dtype=str, keep_default_na=False)


def test_a_study_of_one_task_is_not_kept(study, tmp_path):
    shared = prepare_shared([study], tmp_path / "shared")
    assert shared.of(study, CODES[:1]) == ""
    assert not (tmp_path / "shared").exists()


def test_the_same_bytes_from_where_it_is_kept(study, tmp_path):
    choices = AuditChoices(lang="en", files="tables", districts=(CODES[1],))
    shared = prepare_shared([study, study.parent], tmp_path / "shared")
    assert shared.of(study.parent, ()) == "", "the whole study is read from its files"
    done = run_task(Task("a", str(study), str(tmp_path / "mine"), choices, shared=shared.of(study, CODES[1:2])))
    assert (done.exit_code, done.messages) == (0, ())
    audit_into(study, tmp_path / "whole", choices)
    names = {path.name for path in (tmp_path / "whole").glob("*.csv")} - {"quarantined.csv"}
    assert "findings.csv" in names
    for name in names:
        assert (tmp_path / "mine" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes(), name
    own = csv(tmp_path / "mine" / "quarantined.csv")
    assert 0 <= len(own) < len(csv(tmp_path / "whole" / "quarantined.csv"))
    # what is told of the whole province is told by the batch
    whole = {problem.line() for problem in load_study(study).warnings}
    assert {problem.line() for problem in shared.warnings} == whole
    assert not whole & set(done.warnings)


def test_every_row_is_told_where_it_lies(study, tmp_path):
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared" / ".rows.csv.part").write_text("of a batch that was killed")
    prepare_shared([study, study], tmp_path / "shared")
    assert not list((tmp_path / "shared").glob(".*"))
    whole = load_study(study)
    rows = csv(tmp_path / "shared" / sharing.ROWS)
    for layer in ("facilities", "demand", "units"):
        told = rows[rows["layer"] == layer]["rows"].astype(int).sum()
        assert told == len(getattr(whole, layer))
    assert ((rows["layer"] == "facilities") & (rows["district"] == "")).any()
    aside = csv(tmp_path / "shared" / sharing.ASIDE)
    names = ["file", "row", "field", "value", "code", "reason"]
    pd.testing.assert_frame_equal(aside[names], whole.quarantined[names].astype("str"))
    reasons = csv(tmp_path / "shared" / sharing.REASONS)
    assert reasons["rows"].astype(int).sum() == len(whole.quarantined)
    assert set(zip(reasons["file"], reasons["code"], strict=True)) == set(
        zip(whole.quarantined["file"], whole.quarantined["code"], strict=True)
    )
    assert len(csv(tmp_path / "shared" / sharing.WARNINGS)) == len(whole.warnings)


def test_what_is_unchanged_is_not_read_again(study, tmp_path, monkeypatch):
    first = prepare_shared([study, study], tmp_path / "shared")
    with monkeypatch.context() as patch:
        patch.setattr(sharing, "load_study", None)
        again = prepare_shared([study, study], tmp_path / "shared")
    assert again == first
    with (study.parent / "people.csv").open("a") as file:
        file.write("p999,450100.0,3840100.0,5,1\n")
    other = prepare_shared([study, study], tmp_path / "shared")
    assert other.kept != first.kept
    folders = [path for path in (tmp_path / "shared").iterdir() if path.is_dir()]
    assert folders == list(other.kept.values()), "what nobody needs any more is gone"


def test_a_file_beside_a_named_one_belongs_to_it(study):
    spec = sharing.read_study_file(study)
    before = sharing.content_key(study, spec)
    (study.parent / "people.csvt").write_text("String")
    assert sharing.content_key(study, spec) != before


def test_a_province_that_is_refused_is_refused_once_and_in_every_county(study, tmp_path, monkeypatch):
    (study.parent / "facilities.csv").unlink()
    shared = prepare_shared([study, study], tmp_path / "shared")
    with pytest.raises(InputError) as whole:
        load_study(study)
    monkeypatch.setattr(sharing, "load_study", None)
    prepare_shared([study, study], tmp_path / "shared")
    with pytest.raises(InputError) as mine:
        kept_for(shared.of(study, CODES[:1]), study, CODES[:1])
    assert mine.value.problems == whole.value.problems


def test_what_cannot_be_kept_is_told_and_read_from_its_files(study, tmp_path, monkeypatch):
    def refuse(*_: object) -> None:
        raise sharing.NotKept("streets: mixed")

    monkeypatch.setattr(sharing, "keep_study", refuse)
    shared = prepare_shared([study, study], tmp_path / "shared")
    assert shared.of(study, CODES[:1]) == ""
    assert [problem.code for problem in shared.warnings] == ["shared.not_kept"]
    assert list((tmp_path / "shared").iterdir()) == []


def test_a_database_may_change_and_is_not_kept(study, tmp_path):
    text = study.read_text("utf-8")
    study.write_text(text.replace('land = { source = "land.gpkg" }', 'land = { source = "postgis", table = "a.b" }'))
    shared = prepare_shared([study, study], tmp_path / "shared")
    assert shared.kept == {}
    assert "database" in shared.warnings[0].line()


def test_what_a_killed_batch_left_half_written_is_removed(study, tmp_path):
    shared = prepare_shared([study, study], tmp_path / "shared")
    [place] = shared.kept.values()
    half = tmp_path / "shared" / f"{place.name}.0123abcd"
    half.mkdir()
    (half / "demand.arrow").write_bytes(b"half")
    (tmp_path / "shared" / "notes").mkdir()
    prepare_shared([study, study], tmp_path / "shared")
    assert not half.exists()
    assert (tmp_path / "shared" / "notes").exists(), "what is not ours stays"
    assert json.loads((place / "told.json").read_text("utf-8"))["study"] == "甲省"


def test_a_folder_that_cannot_be_written_is_told(study, tmp_path):
    (tmp_path / "shared").write_text("a file stands there")
    with pytest.raises(EnvironmentFault, match=r"output\.not_writable"):
        prepare_shared([study, study], tmp_path / "shared")


@pytest.fixture
def two_studies(tmp_path) -> list[Path]:
    """Two studies of a county each, which name the files of one province."""
    (tmp_path / "province").mkdir()
    text = write_province(tmp_path / "province", 1).read_text("utf-8").replace('source = "', 'source = "../province/')
    paths = []
    for code in CODES[:2]:
        chosen = f'counties.gpkg", codes = ["{code}"]'.replace("counties", "../province/districts")
        (tmp_path / code).mkdir()
        paths.append(tmp_path / code / "study.toml")
        paths[-1].write_text(text.replace('../province/districts.gpkg"', chosen), "utf-8")
    return paths


def test_a_file_that_several_studies_name_is_read_once(two_studies, tmp_path, monkeypatch):
    whole = [load_study(path) for path in two_studies]
    shared = prepare_shared(two_studies, tmp_path / "shared")
    assert shared.reading == set(two_studies)
    assert shared.kept == {}
    # which counties a study chooses is an option of reading: that file is its own
    monkeypatch.setattr(tables, "read_layer", districts_only)
    for path, study in zip(two_studies, whole, strict=True):
        mine = kept_for(shared.of(path, ()), path, ())
        for name in ("facilities", "demand", "units", "land", "streets", "quarantined"):
            pd.testing.assert_frame_equal(getattr(mine, name), getattr(study, name), check_exact=True)
        assert mine.accounts == study.accounts
        assert mine.warnings == study.warnings
    assert prepare_shared(two_studies, tmp_path / "shared") == shared


def districts_only(path: Path, options: Options) -> RawLayer:
    assert options.role == "districts", f"{path} is read again"
    return read_layer(path, options)


def test_a_file_that_changed_since_is_read_itself(two_studies, tmp_path):
    shared = prepare_shared(two_studies, tmp_path / "shared")
    before = load_study(two_studies[0])
    with (tmp_path / "province" / "facilities.csv").open("a", encoding="utf-8") as file:
        file.write("f999,450100.0,3840100.0,park,新园,5,\n")
    mine = kept_for(shared.of(two_studies[0], ()), two_studies[0], ())
    assert len(mine.facilities) == len(before.facilities) + 1
