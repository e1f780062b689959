"""The command line and batches: exit codes, one line for what stands in the way, one failure never stops the rest."""

from __future__ import annotations

import csv
import importlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from files import edit, write_study

from zzgeo.batch.run import BatchDone, RunChoices
from zzgeo.batch.task import run_task
from zzgeo.cli.commands import run
from zzgeo.intake.example import write_example


@pytest.fixture
def study(tmp_path: Path) -> Path:
    return write_study(tmp_path / "study")


def test_an_audit_writes_its_files_and_says_where(study, tmp_path, capsys):
    out = tmp_path / "out"
    assert run(["audit", str(study), "--out", str(out)]) == 0
    assert capsys.readouterr().out.strip().endswith(str(out / "index.html"))
    names = {path.name for path in out.iterdir()}
    assert {"index.html", "maps", "findings.csv", "audit.json", "snapping.csv", "quarantined.csv"} <= names
    assert len(list((out / "maps").glob("*.html"))) == 2


def test_the_provenance_tells_inputs_parameters_and_conservation(study, tmp_path):
    run(["audit", str(study), "--out", str(tmp_path / "out")])
    told = json.loads((tmp_path / "out" / "audit.json").read_text("utf-8"))
    assert {"zzgeo", "study", "as_of", "inputs", "parameters", "findings", "conservation", "environment"} <= set(told)
    assert all(len(one["sha256"]) == 64 for one in told["inputs"])
    assert all(one["rows_read"] == one["rows_used"] + one["rows_rejected"] for one in told["inputs"])
    assert told["parameters"]["walking"]["aged_60_plus_m_per_s"] == 0.8
    assert told["parameters"]["straight_distances"] == "metres of ground (ellipsoid)"
    people = told["conservation"]["people_in_demand"]["aged_60_plus"]
    rule = told["conservation"]["rules"]["zz18e-radius-urban-community"]
    assert rule["covered"] + rule["missed"] + rule["excluded"] == rule["people"] == people


def test_two_runs_write_the_same_bytes(study, tmp_path):
    for name in ("a", "b"):
        assert run(["audit", str(study), "--out", str(tmp_path / name)]) == 0
    first = sorted(path.relative_to(tmp_path / "a") for path in (tmp_path / "a").rglob("*") if path.is_file())
    assert len(first) >= 8
    for path in first:
        assert (tmp_path / "a" / path).read_bytes() == (tmp_path / "b" / path).read_bytes(), path


def test_findings_are_a_table_a_spreadsheet_opens(study, tmp_path):
    run(["audit", str(study), "--out", str(tmp_path / "out")])
    data = (tmp_path / "out" / "findings.csv").read_bytes()
    assert data.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(data.decode("utf-8-sig").splitlines()))
    levels = {row["level"] for row in rows}
    assert levels == {"unit", "district", "city"}
    assert {row["verdict"] for row in rows} <= {"pass", "fail", "review", "nodata", "not-applicable"}
    assert all(row["clause"] and row["document"] and row["section"] for row in rows)


def test_districts_and_standards_can_be_chosen(study, tmp_path):
    out = tmp_path / "out"
    assert run(["audit", str(study), "--out", str(out), "--district", "410103", "--standard", "zz2018-36"]) == 0
    rows = list(csv.DictReader((out / "findings.csv").read_text("utf-8-sig").splitlines()))
    assert {row["district"] for row in rows if row["level"] == "district"} == {"410103"}
    assert {row["standard"] for row in rows} == {"zz2018-36"}


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["audit", "nowhere.toml"], 4, "file.missing"),
        (["audit", "STUDY", "--district", "999999"], 4, "no such district"),
        (["audit", "STUDY", "--standard", "zz2018"], 4, "standard.unknown"),
        (["audit", "STUDY", "--profile", "zz-2030"], 4, "standard.unknown"),
        (["audit", "STUDY", "--lang", "fr"], 2, "zh or en"),
        (["audit", "STUDY", "--fail-on", "luck"], 2, "fail, review or nodata"),
        (["audit", "STUDY", "--nonsense"], 2, "--nonsense"),
        (["audit"], 2, "STUDY.toml"),
        (["auditt"], 2, "auditt"),
        (["check", "nowhere.csv"], 4, "file.missing"),
        (["batch", "EMPTY"], 4, "batch.empty"),
    ],
)
def test_wrong_usage_and_refused_input_end_in_one_line(study, tmp_path, capsys, arguments, code, told):
    (tmp_path / "empty").mkdir()
    given = [{"STUDY": str(study), "EMPTY": str(tmp_path / "empty")}.get(one, one) for one in arguments]
    if given[0] == "audit" and "--out" not in given:
        given += ["--out", str(tmp_path / "out")]
    assert run(given) == code
    shown = capsys.readouterr()
    assert told in shown.err
    assert "Traceback" not in shown.err
    assert not (tmp_path / "out").exists()


def test_fail_on_answers_with_exit_10(study, tmp_path):
    out = str(tmp_path / "out")
    assert run(["audit", str(study), "--out", out]) == 0
    assert run(["audit", str(study), "--out", out, "--fail-on", "fail"]) == 10


def test_an_audit_that_judged_nothing_does_not_read_as_passed(study, tmp_path, capsys):
    """The study has no medical institutions: no clause of the plan for health can be judged."""
    asked = ["audit", str(study), "--out", str(tmp_path / "out"), "--standard", "zz2017-21"]
    assert run(asked) == 0
    assert "warning: audit.nothing_judged · 测试区" in capsys.readouterr().err
    assert run([*asked, "--fail-on", "fail"]) == 10


def test_an_output_folder_that_is_a_file_is_told_before_any_work(study, tmp_path, capsys):
    (tmp_path / "file").write_text("mine")
    assert run(["audit", str(study), "--out", str(tmp_path / "file" / "out")]) == 5
    assert "output.not_writable" in capsys.readouterr().err
    assert (tmp_path / "file").read_text() == "mine"


def test_check_prints_the_account_and_changes_nothing(study, capsys):
    before = sorted((path, path.stat().st_mtime_ns) for path in study.parent.iterdir())
    assert run(["check", str(study)]) == 0
    told = capsys.readouterr().out
    assert "rows read" in told
    assert "养老.csv" in told
    assert before == sorted((path, path.stat().st_mtime_ns) for path in study.parent.iterdir())
    assert run(["check", str(study.parent / "养老.csv"), "--datum", "EPSG:4547"]) == 0
    assert "2 rows read" in capsys.readouterr().out


def test_help_and_version_answer(capsys):
    assert run(["--help"]) == 0
    assert "audit" in capsys.readouterr().out
    assert run(["--version"]) == 0
    assert capsys.readouterr().out.strip()


def test_a_bug_of_ours_is_exit_1_without_a_traceback(study, tmp_path, capsys, monkeypatch):
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("boom")

    monkeypatch.setattr(importlib.import_module("zzgeo.auditing.run"), "audit", broken)
    assert run(["audit", str(study), "--out", str(tmp_path / "out")]) == 1
    assert "internal.error · RuntimeError · boom" in capsys.readouterr().err


def test_a_batch_goes_on_past_failures_and_tells_each_cause(tmp_path, capsys):
    good = [write_study(tmp_path / "all" / name) for name in ("a", "b")]
    bad = write_study(tmp_path / "all" / "bad")
    edit(bad, 'source = "people.csv"\ndatum = "EPSG:4547"', 'source = "people.csv"')
    out = tmp_path / "out"
    assert run(["batch", str(tmp_path / "all"), "--out", str(out)]) == 3
    rows = {row["name"]: row for row in csv.DictReader((out / "status.csv").read_text("utf-8-sig").splitlines())}
    assert {name: row["state"] for name, row in rows.items()} == {"a": "done", "b": "done", "bad": "refused"}
    assert rows["bad"]["message"].startswith("crs.missing · people.csv")
    for study in good:
        assert (out / rows[study.parent.name]["result"]) == out / study.parent.name / "index.html"
        assert (out / study.parent.name / "index.html").is_file()
    assert not (out / "bad").exists()
    assert "refused" in capsys.readouterr().out


def test_a_batch_takes_what_an_audit_takes_and_compares_each_study_with_its_own_earlier_result(
    tmp_path, capsys, monkeypatch
):
    class Here:  # in this process: what is tested is what each audit is told
        __enter__ = __exit__ = lambda *_: None

        def outcomes(self, tasks):
            return map(run_task, tasks)

    monkeypatch.setattr("zzgeo.batch.workers.workers_for", lambda *_: Here())
    key = "0123456789abcdef0123456789abcdef"
    study = write_study(tmp_path / "all" / "a")
    first, second = tmp_path / "first", tmp_path / "second"
    assert run(["batch", str(tmp_path / "all"), "--out", str(first), "--files", "tables"]) == 0
    assert not (first / "a" / "index.html").exists()
    [row] = csv.DictReader((first / "status.csv").read_text("utf-8-sig").splitlines())
    assert row["result"] == "a"  # no page is told that is not there
    new = write_study(tmp_path / "all" / "new")
    choices = ["--pages", "site", "--approval", "GS(2024)0650号", "--tianditu", key, "--files", "pages,tables"]
    choices += ["--workers", "1", "--against", str(first), "--profile", "zz-2020", "--sensitivity"]
    assert run(["batch", str(tmp_path / "all"), "--out", str(second), *choices]) == 0
    said = capsys.readouterr().err
    assert "key can be read" in said
    assert "warning: batch.not_compared · new · 1" in said
    for one, compared in ((study, True), (new, False)):
        out = second / one.parent.name
        assert (out / "assets" / "leaflet.js").is_file()
        assert (out / "comparison.csv").is_file() == compared
        page = next((out / "maps").glob("*.html")).read_text("utf-8")
        assert key in page
        assert "0650" in page
        assert not (out / "scorecard.xlsx").exists()


@pytest.mark.parametrize("choice", ["--files=pdf", "--pages=tiny", "--lang=fr", f"--approval={'9' * 101}"])
def test_a_wrong_choice_of_a_batch_is_told_before_any_study(tmp_path, capsys, choice):
    write_study(tmp_path / "a")
    assert run(["batch", str(tmp_path), "--out", str(tmp_path / "out"), choice]) in (2, 4)
    assert "Traceback" not in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_the_approval_number_of_a_study_stands_on_its_maps_unless_another_is_given(study, tmp_path):
    edit(study, 'name = "测试区"', 'approval = "GS(2018)1111号"\nname = "测试区"')
    for given, shown in (([], "GS(2018)1111号"), (["--approval", "GS(2024)2222号"], "GS(2024)2222号")):
        out = tmp_path / "out"
        assert run(["audit", str(study), "--out", str(out), "--files", "pages", *given]) == 0
        pages = [page.read_text("utf-8") for page in out.rglob("*.html")]
        assert len(pages) == 3
        assert all(f'"approval":"{shown}"' in page for page in pages)


def test_a_batch_file_says_what_the_command_line_does_not(tmp_path, capsys, monkeypatch):
    given = {}

    def remembered(plan, out, workers, **more):
        given.update(plan=plan, out=out, workers=workers, **more)
        return BatchDone((), frozenset(), ())

    monkeypatch.setattr("zzgeo.batch.run.run_batch", remembered)
    monkeypatch.setattr("zzgeo.batch.workers.workers_for", lambda *said: said)
    write_study(tmp_path / "a")
    text = 'studies = ["a"]\nout = "results"\n[options]\nlang = "en"\npages = "site"\nworkers = 3\nretry = 2\n'
    text += 'limit-gb = 1.5\nagainst = "before"\ntianditu = "0123456789abcdef"\n'
    (tmp_path / "batch.toml").write_text(text, encoding="utf-8")
    assert run(["batch", str(tmp_path / "batch.toml"), "--lang", "zh", "--retry", "0", "--no-resume"]) == 0
    [study] = given["plan"].studies
    assert (study.choices.lang, study.choices.pages) == ("zh", "site")  # said on the command line, though it is usual
    assert (given["out"], given["against"]) == (tmp_path / "results", tmp_path / "before")
    assert given["workers"] == (3, "", None, 1_500_000_000)
    assert given["choices"] == RunChoices("all", 0)
    assert "都能读到该密钥" in capsys.readouterr().err
    assert run(["batch", str(tmp_path / "a"), "--only-changed", "--check-content", "--limit-seconds", "9"]) == 0
    assert given["choices"] == RunChoices("changed", 0, check_content=True)
    assert (given["workers"], given["out"], given["against"]) == ((2, "", 9.0, None), Path("maps"), None)


@pytest.mark.parametrize(
    "choice",
    [
        ["--limit-gb", "0"],
        ["--limit-seconds", "-1"],
        ["--limit-seconds", "nan"],
        ["--workers", "0"],
        ["--retry", "-1"],
        ["--only-changed", "--no-resume"],
        ["--fail-on", "bad"],
    ],
)
def test_a_batch_that_cannot_be_run_as_it_is_asked_for_is_refused(tmp_path, capsys, choice):
    write_study(tmp_path / "a")
    assert run(["batch", str(tmp_path), "--out", str(tmp_path / "out"), *choice]) in (2, 4)
    assert "Traceback" not in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_output_of_a_closed_pipe_is_not_a_traceback(study):
    command = f"{sys.executable} -m zzgeo standards list | head -1"
    done = subprocess.run(command, shell=True, capture_output=True, text=True, env=os.environ, check=False)
    assert "Traceback" not in done.stderr


def test_the_files_of_a_result_can_be_chosen(study, tmp_path, capsys):
    out = tmp_path / "out"
    assert run(["audit", str(study), "--out", str(out), "--files", "tables,xlsx"]) == 0
    names = {path.name for path in out.iterdir()}
    assert {"findings.csv", "scorecard.xlsx", "audit.json"} <= names
    assert not names & {"index.html", "maps", "layers.gpkg", "report.docx", "slides"}
    assert capsys.readouterr().out.strip().endswith(str(out))
    assert run(["audit", str(study), "--out", str(out), "--files", "pdf"]) == 2
    assert "lean, usual, all, or any of pages, tables, xlsx, gpkg" in capsys.readouterr().err.replace("\n", " ")


@pytest.mark.filterwarnings("always:font.missing")
def test_a_missing_font_is_a_warning_and_all_but_the_pictures_is_written(study, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("zzgeo.reporting.desk.fonts.chinese_font", lambda: None)
    out = tmp_path / "out"
    assert run(["audit", str(study), "--out", str(out), "--files", "all"]) == 0
    assert capsys.readouterr().err.count("warning: font.missing") == 1
    assert {"report.docx", "scorecard.xlsx", "layers.gpkg"} <= {path.name for path in out.iterdir()}
    assert list(out.glob("slides/*.png")) == []  # they would show boxes


def test_an_audit_tells_whether_verdicts_hold_if_asked(tmp_path):
    out, study = tmp_path / "out", write_example(tmp_path)
    asked = ["audit", str(study), "--out", str(out), "--profile", "zz-2020", "--files", "tables"]
    assert run([*asked, "--sensitivity"]) == 0
    rows = list(csv.DictReader((out / "sensitivity.csv").read_text("utf-8-sig").splitlines()))
    assert {row["kind"] for row in rows} == {"profile", "speed", "error"}
    told = json.loads((out / "audit.json").read_text("utf-8"))
    assert told["sensitivity"]["readings"]["profile"] == ["osmnx", "r5", "accessible"]
    assert "sensitivity.csv" in told["files"]
    assert run(asked) == 0
    assert not (out / "sensitivity.csv").exists()
