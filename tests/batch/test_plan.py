"""What a batch is to do: folders, tables of studies and batch files, every problem told at once with its line."""

from __future__ import annotations

import dataclasses
import shutil
from pathlib import Path

import pandas as pd
import pytest
from counties import write_county

from zzgeo.batch.job import AuditChoices
from zzgeo.batch.keys import keys_of, nearest, said_as
from zzgeo.batch.plan import BatchPlan, read_plan
from zzgeo.batch.study_table import _Row
from zzgeo.errors import InputError


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("henan/中牟", "henan/xinzheng", "hebei/中牟"):
        write_county(tmp_path / name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def planned(*paths: str, **given: object) -> BatchPlan:
    return read_plan([Path(path) for path in paths], given)


def ids(*paths: str) -> list[str]:
    return [study.id for study in planned(*paths).studies]


def lines(*paths: str) -> list[str]:
    with pytest.raises(InputError) as refused:
        planned(*paths)
    return [problem.line() for problem in refused.value.problems]


def batch_file(tree: Path, text: str, name: str = "batch.toml") -> str:
    (tree / name).write_text(text, encoding="utf-8")
    return name


def test_folders_and_study_files(tree: Path):
    assert ids("henan") == ["xinzheng", "中牟"]
    assert ids("henan", "hebei") == ["hebei-中牟", "henan-中牟", "xinzheng"]
    assert ids("henan/中牟", "henan/中牟/study.toml", "hebei/../henan/中牟") == ["中牟"]
    assert ids("henan/中牟/study.toml", "gone/study.toml") == ["gone", "中牟"]  # refused when its turn comes
    shutil.copy("henan/中牟/study.toml", "henan/中牟/spring.toml")
    assert ids("henan/中牟/study.toml", "henan/中牟/spring.toml") == ["中牟", "中牟-spring"]


def test_a_pattern_finds_each_study_once_whatever_links_there_are(tree: Path):
    (tree / "henan" / "again").symlink_to(tree, target_is_directory=True)
    assert ids(batch_file(tree, 'studies = ["**"]')) == ["hebei-中牟", "henan-中牟", "xinzheng"]
    shutil.copy("hebei/中牟/study.toml", "hebei/中牟/spring.toml")
    assert ids(batch_file(tree, 'studies = ["hebei/*/s*.toml"]')) == ["中牟", "中牟-spring"]


def test_ids_are_the_same_wherever_the_tree_lies(tree: Path):
    before = ids("henan", "hebei")
    other = tree / "moved to" / "another 盘"
    for name in ("henan", "hebei"):
        shutil.copytree(name, other / name)
    assert ids(str(other / "hebei"), str(other / "henan")) == before


def test_nothing_found_is_refused_and_a_path_without_a_study_is_told(tree: Path):
    (tree / "empty").mkdir()
    assert lines("empty") == [
        "batch.empty · empty · no study.toml was found · name folders that hold a study.toml each; `zzgeo new DIR` "
        "writes one"
    ]
    plan = planned("empty", "hebei")
    assert [study.id for study in plan.studies] == ["中牟"]
    assert [(note.code, note.where, note.severity) for note in plan.notes] == [("batch.no_study", "empty", "warning")]


EVERY_KEY = """
out = "results"
studies = ["henan/*", "hebei/**", "henan/xinzheng"]
table = "tables/counties.csv"
study = "henan/中牟"

[options]
lang = "en"
files = "tables"
pages = "single"
tianditu = "0123456789abcdef"
approval = "GS(2024)0650号"
district = ["410122"]
standard = ["zz-2018-elderly", "tables/own.toml"]
profile = "zz-2020"
fail-on = "fail"
sensitivity = true
against = "last quarter"
workers = 3
retry = 1
limit-seconds = 600
limit-gb = 4.5
scheduler = "tcp://10.0.0.1:8786"
"""


def test_every_key_of_a_batch_file(tree: Path):
    (tree / "tables").mkdir()
    (tree / "tables" / "counties.csv").write_text(
        "id,district,name,lang,files,standard,against\n"
        "zm-west,410122001;410122002,西片,,,,\n"
        "zm-east,410122003、410122004,东片,zh,xlsx,own.toml，zz-2017-sports,before\n",
        encoding="gb18030",
    )
    plan = planned(batch_file(tree, EVERY_KEY), lang="zh", profile="other")
    assert [study.id for study in plan.studies] == ["hebei-中牟", "henan-中牟", "xinzheng", "zm-east", "zm-west"]
    assert (plan.out, plan.against) == (tree / "results", tree / "last quarter")
    assert plan.run == {
        "workers": 3, "retry": 1, "limit_seconds": 600, "limit_gb": 4.5, "scheduler": "tcp://10.0.0.1:8786"
    }  # fmt: skip
    usual = AuditChoices(
        lang="zh",  # the command line goes before the batch file
        files="tables",
        pages="single",
        tianditu="0123456789abcdef",
        approval="GS(2024)0650号",
        districts=("410122",),
        standards=("zz-2018-elderly", str(tree / "tables/own.toml")),
        profile="other",
        fail_on="fail",
        sensitivity=True,
    )
    studies = {study.id: study for study in plan.studies}
    assert studies["xinzheng"].choices == usual
    west, east = studies["zm-west"], studies["zm-east"]
    assert west.study == east.study == tree / "henan/中牟/study.toml"
    assert west.choices == dataclasses.replace(usual, districts=("410122001", "410122002"))
    # and a row before the command line
    assert east.choices == dataclasses.replace(
        usual,
        districts=("410122003", "410122004"),
        files="xlsx",
        standards=(str(tree / "tables/own.toml"), "zz-2017-sports"),
        against=str(tree / "tables/before"),
    )
    assert (west.name, studies["xinzheng"].name, west.county) == ("西片", "xinzheng", ("410122001", "410122002"))
    assert [note.code for note in plan.notes] == ["encoding.detected"]


def test_every_choice_of_an_audit_is_a_key():
    assert {said_as(field.name) for field in dataclasses.fields(AuditChoices)} < set(keys_of(_Row))


def test_all_problems_of_a_batch_file_are_told_at_once(tree: Path):
    text = """
studdies = ["henan"]
retry = 2
table = 3
[options]
lang = "fr"
limit_seconds = 60
limit-gb = 0
files = "tables,pdf"
pages = "tiny"
fail-on = "bad"
approval = "%s"
workers = 0
out = "x"
"""
    told = lines(batch_file(tree, text % ("9" * 101)))
    assert [line.split(" · ")[1:3] for line in told] == [
        ["batch.toml:4", "table"],
        ["batch.toml:13", "options.workers"],
        ["batch.toml:8", "options.limit-gb"],
        ["batch.toml:6", "options.lang"],
        ["batch.toml:9", "options.files"],
        ["batch.toml:10", "options.pages"],
        ["batch.toml:12", "options.approval"],
        ["batch.toml:11", "options.fail-on"],
        ["batch.toml:7", "options.limit_seconds"],
        ["batch.toml:14", "options.out"],
        ["batch.toml:2", "studdies"],
        ["batch.toml:3", "retry"],
    ]
    assert told[8].endswith("no such key · did you mean 'limit-seconds'?")
    assert told[9].endswith("it belongs at the top of the file")
    assert told[10].endswith("did you mean 'studies'?")
    assert told[11].endswith("it belongs under [options]")
    assert nearest("zzz", ["a", "b"]) == "the keys are: a, b"


def test_a_batch_file_is_the_whole_batch(tree: Path):
    name = batch_file(tree, 'studies = ["henan"]\n')
    assert "a batch file is the whole batch" in lines(name, "hebei")[0]
    assert ids(batch_file(tree, 'studies = ["henan"]\n', "Nightly-Batch.TOML")) == ["xinzheng", "中牟"]
    assert "batch.empty" in lines(batch_file(tree, ""))[0]
    assert "no such file" in lines("no-batch.toml")[0]
    assert "give table" in lines(batch_file(tree, 'studies = ["henan"]\nstudy = "hebei/中牟"\n'))[0]


def test_a_table_names_studies_and_what_is_chosen_for_each(tree: Path):
    frame = pd.DataFrame(
        {"Study": ["henan/中牟", "hebei/中牟/study.toml"], "lang": ["en", None], "Fail_On": [None, "fail"]}
    )
    frame.to_excel(tree / "counties.xlsx", index=False)
    plan = planned("counties.xlsx", "henan/xinzheng")
    assert [(one.id, one.choices.lang, one.choices.fail_on) for one in plan.studies] == [
        ("hebei-中牟", "zh", "fail"),
        ("henan-中牟", "en", ""),
        ("xinzheng", "zh", ""),
    ]


def test_rows_of_one_folder_are_named_by_their_districts(tree: Path):
    (tree / "counties.csv").write_text(
        "study,district\nhenan/中牟,410122\nhenan/中牟,410184 410185\n", encoding="utf-8"
    )
    assert ids("counties.csv") == ["中牟-410122", "中牟-410184-410185"]


TABLES = {
    "id,study,name\n": ["batch.empty · counties.csv"],
    "": ["file.empty · counties.csv"],
    "study,distrcit\nhenan/中牟,410122\n": [
        "config.invalid · counties.csv:1 · distrcit · no such column · did you mean 'district'?"
    ],
    "id,district\nx,410122\n": ["config.invalid · counties.csv:2 · study · the row names no study"],
    "study,id\nhenan/中牟,../x\nhebei/中牟,CON\nhenan/xinzheng," + "长" * 300: [
        "config.invalid · counties.csv:2 · ../x",
        "config.invalid · counties.csv:3 · CON",
        "config.invalid · counties.csv:4 · 长",
    ],
    "study,id\nhenan/中牟,A\nhebei/中牟,a\n": ["id.duplicate · counties.csv:3 · a · counties.csv:2 has the same id"],
    "study,id\nhenan/中牟,\nhenan/中牟,\n": [
        "id.duplicate · counties.csv:3 · 中牟 · counties.csv:2 names the same study"
    ],
    "study,lang,sensitivity\nhenan/中牟,fr,maybe\n": [
        "config.invalid · counties.csv:2 · lang",
        "config.invalid · counties.csv:2 · sensitivity",
    ],
    "study,lang\nhenan/中牟,zh,en\nhenan/中牟\nhenan/xinzheng,fr": ["row.ragged · counties.csv:2"],
}


@pytest.mark.parametrize("text", TABLES)
def test_all_problems_of_a_table_are_told_with_their_rows(tree: Path, text: str):
    (tree / "counties.csv").write_text(text, encoding="utf-8")
    told = lines("counties.csv")
    assert all(line.startswith(start) for line, start in zip(told, TABLES[text], strict=False)), told
    assert len(told) >= len(TABLES[text])


def test_problems_of_the_table_of_a_batch_file_are_told(tree: Path):
    (tree / "t.csv").write_text("district,lang\n1,fr\n", encoding="utf-8")
    name = batch_file(tree, 'table = "t.csv"\nstudy = "henan/中牟"\nstudies = ["hebei"]\n')
    assert [line.split(" · ")[1] for line in lines(name)] == ["t.csv:2"]
    assert "no such table" in lines(batch_file(tree, 'table = "gone.csv"\n'))[0]
    assert "no such table" in lines("gone.csv")[0]


def test_what_a_row_of_a_folder_repeats_is_told(tree: Path):
    (tree / "t.csv").write_text("study\nhenan/中牟\n", encoding="utf-8")
    assert "names the same study" in lines("henan", "t.csv")[0]
