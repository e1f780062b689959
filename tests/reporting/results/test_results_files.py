"""Writing a report: complete, repeatable, all or nothing."""

from __future__ import annotations

import csv
import errno
import io
import json
import os
from pathlib import Path
from typing import Any

import pytest
from fake_report import CODES, fake_report
from hostile import Hostile

from zzgeo.auditing.report import AuditReport
from zzgeo.errors import EnvironmentFault, InputError, MissingExtra
from zzgeo.reporting import write
from zzgeo.reporting.results import writing


def _tree(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def _rows(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_bytes().decode("utf-8-sig"), newline="")))


def test_everything_promised_is_written_and_nothing_else(written: Path, report: AuditReport) -> None:
    assert set(_tree(written)) == {
        "index.html",
        "findings.csv",
        "gaps.csv",
        "ranking.csv",
        "next_sites.csv",
        "snapping.csv",
        "quarantined.csv",
        "audit.json",
        "scorecard.xlsx",
        "layers.gpkg",
        "layers.qgs",
        *(f"data/{table}.parquet" for table in ("districts", "findings", "gaps", "served", "sites", "warnings")),
        "maps/中原区-410102.html",
        "maps/二七区-410103.html",
    }
    assert len(_rows(written / "findings.csv")) == len(report.findings)
    assert len(_rows(written / "snapping.csv")) == len(report.snapping)
    assert _rows(written / "quarantined.csv")[0]["value"] == "'-5"


def test_two_runs_write_the_same_bytes(written: Path, report: AuditReport, tmp_path: Path) -> None:
    write(report, tmp_path / "again")
    assert _tree(tmp_path / "again") == _tree(written)


def test_the_audit_file_keeps_its_interface(written: Path, report: AuditReport) -> None:
    audit = json.loads((written / "audit.json").read_bytes())
    assert {"zzgeo", "study", "as_of", "inputs", "parameters", "findings", "conservation", "environment"} <= set(audit)
    assert set(audit["inputs"][0]) >= {"path", "sha256", "rows_read", "rows_used", "rows_rejected"}
    assert len(audit["findings"]) == len(report.findings)
    assert audit["findings"][0]["finding_id"] == report.findings.index[0]


def test_gaps_are_placed_in_lon_lat(written: Path) -> None:
    rows = _rows(written / "gaps.csv")
    assert len(rows) == 2
    assert 113 < float(rows[0]["lon"]) < 114
    assert 34 < float(rows[0]["lat"]) < 35
    assert rows[1]["nearest_m"] == "inf"


def test_a_second_run_replaces_its_own_files_and_keeps_those_of_the_user(report: AuditReport, tmp_path: Path) -> None:
    write(report, tmp_path, files="pages,tables")
    (tmp_path / "notes.txt").write_text("mine")
    (tmp_path / "maps" / "mine-1.html").write_text("mine")
    report.study.districts.loc[CODES[1], "name"] = "新名区"
    write(report, tmp_path, files="pages,tables")
    names = set(_tree(tmp_path))
    assert {"notes.txt", "maps/mine-1.html", "maps/新名区-410103.html"} <= names
    assert "maps/二七区-410103.html" not in names  # an old verdict does not stand beside a new one


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EACCES])
@pytest.mark.parametrize("at", range(0, 12, 3))
def test_a_fault_at_any_write_leaves_the_earlier_result_whole(
    number: int, at: int, report: AuditReport, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(report, tmp_path / "out", files="pages,tables")
    before = _tree(tmp_path / "out")
    report.findings["note_zh"] = "changed"
    calls = iter(range(1_000))
    real = os.fsync

    def fsync(handle: int) -> None:
        if next(calls) == at:
            raise OSError(number, os.strerror(number))
        real(handle)

    monkeypatch.setattr(os, "fsync", fsync)
    with pytest.raises(EnvironmentFault) as caught:
        write(report, tmp_path / "out", files="pages,tables")
    assert "\n" not in str(caught.value)
    assert str(caught.value).startswith("output.disk_full" if number == errno.ENOSPC else "output.not_writable")
    assert _tree(tmp_path / "out") == before


def test_a_first_write_that_fails_leaves_no_folder(
    report: AuditReport, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(handle: int) -> None:
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(EnvironmentFault):
        write(report, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_cut_file_is_noticed_before_anything_is_replaced(
    report: AuditReport, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Path.read_bytes

    def cut(path: Path) -> bytes:
        content = real(path)
        return content[:-10] if path.name == "findings.csv" else content

    monkeypatch.setattr(Path, "read_bytes", cut)
    with pytest.raises(EnvironmentFault, match=r"output\.verify_failed · findings\.csv"):
        write(report, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_maps_folder_that_leads_elsewhere_is_refused(report: AuditReport, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "maps").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(EnvironmentFault, match="leads out"):
        write(report, tmp_path / "out")
    assert _tree(tmp_path / "elsewhere") == {}
    assert set(_tree(tmp_path / "out")) == set()


@pytest.mark.parametrize("chosen", ["tables", "xlsx", ["gpkg"], "pages, xlsx"])
def test_only_what_is_asked_for_is_written(chosen: Any, report: AuditReport, tmp_path: Path) -> None:
    write(report, tmp_path / "out", files=chosen)
    names = set(_tree(tmp_path / "out"))
    assert "audit.json" in names
    told = {"tables": "findings.csv", "xlsx": "scorecard.xlsx", "gpkg": "layers.gpkg", "pages": "index.html"}
    wanted = chosen.split(", ") if isinstance(chosen, str) else chosen
    assert {kind for kind, name in told.items() if name in names} == set(wanted)
    assert json.loads((tmp_path / "out" / "audit.json").read_bytes())["files"][-1] == "audit.json"
    assert set(json.loads((tmp_path / "out" / "audit.json").read_bytes())["files"]) == names


def test_what_an_earlier_run_wrote_and_this_one_does_not_is_gone(report: AuditReport, tmp_path: Path) -> None:
    write(report, tmp_path / "out", files="pages,xlsx,tables")
    (tmp_path / "out" / "mine.xlsx").write_bytes(b"mine")
    write(report, tmp_path / "out", files="tables")
    names = set(_tree(tmp_path / "out"))
    assert {"findings.csv", "mine.xlsx"} <= names
    assert not names & {"index.html", "scorecard.xlsx"}


@pytest.mark.parametrize("chosen", ["pdf", "pages,folium", ""])
def test_a_file_nobody_writes_is_refused(chosen: str, report: AuditReport, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"output\.unknown_file"):
        write(report, tmp_path / "out", files=chosen)
    assert not (tmp_path / "out").exists()


def test_a_missing_package_is_told_before_anything_is_written(
    report: AuditReport, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("zzgeo.reporting.outputs.find_spec", lambda name: None)
    with pytest.raises(MissingExtra, match="python-docx"):
        write(report, tmp_path / "out", files="docx")
    assert not (tmp_path / "out").exists()
    write(report, tmp_path / "out")  # what is written usually needs none of them


def test_hostile_names_write_no_file_outside_and_run_nothing(tmp_path: Path) -> None:
    out = tmp_path / "deep" / "out"
    paths = write(fake_report(Hostile(["../../zz_escape", "/etc/x", "CON", "a/b"])), out)
    assert all(path.resolve().is_relative_to(out.resolve()) for path in paths)
    assert {path.name for path in tmp_path.iterdir()} == {"deep"}
    rows = _rows(out / "findings.csv")
    assert not [cell for row in rows for cell in row.values() if cell.startswith(("=", "+", "@", "\t"))]


def test_an_unknown_language_is_refused(report: AuditReport, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="lang"):
        write(report, tmp_path / "out", lang="fr")
    assert not (tmp_path / "out").exists()


@pytest.mark.filterwarnings("ignore:font.missing")
def test_writing_tells_how_far_it_has_come_file_by_file_and_map_by_map(report: AuditReport, tmp_path: Path) -> None:
    told: list[tuple[str, int, int]] = []
    for pages, files in (("single", "all"), ("site", "pages,tables,xlsx")):
        told.clear()
        written = write(report, tmp_path, pages=pages, files=files, progress=lambda *step: told.append(step))
        assert [done for _, done, _ in told] == list(range(1, len(told) + 1))
        assert {total for _, _, total in told} == {len(told)}
        assert [what for what, _, _ in told if (tmp_path / what).is_file()] == [
            path.relative_to(tmp_path).as_posix() for path in written
        ]
        assert len(told) == len(written) + (5 if files == "all" else 0)


def test_a_notebook_shows_a_bar_while_pages_are_written(
    report: AuditReport, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[tuple[str, int]] = []
    monkeypatch.setattr(writing, "notebook_progress", lambda name: lambda what, done, total: told.append((name, done)))
    report.write(tmp_path, files="tables")
    assert told == [(report.study.name, done) for done in range(1, 8)]
