"""The GeoPackage by another process: the same bytes, nothing left of it, and written here if the process dies."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

import geopandas as gpd
import pytest
from fake_report import fake_report
from shapely import Point

from zzgeo.errors import EnvironmentFault
from zzgeo.reporting.desk import geopackage, geopackage_rows
from zzgeo.reporting.desk.geopackage import desk_files
from zzgeo.reporting.desk.geopackage_rows import Target, Writer
from zzgeo.reporting.files import File
from zzgeo.reporting.results.folder import ResultFolder

Started = list["subprocess.Popen[str]"]

environments: list[object] = []


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> Started:
    """Let every study be worth a process, and list those that were started."""
    processes: Started = []
    environments.clear()
    popen: Any = subprocess.Popen

    def start(*arguments: object, **options: object) -> subprocess.Popen[str]:
        environments.append(options["env"])
        processes.append(popen(*arguments, **options))
        return processes[-1]

    monkeypatch.setattr(geopackage, "_MANY_ROWS", 0)
    monkeypatch.setattr("zzgeo.reporting.desk.geopackage_rows.subprocess.Popen", start)
    return processes


def written(folder: Path) -> bytes:
    folder.mkdir()
    ((_, made, whole),) = desk_files(fake_report(), "zh", folder / "layers.gpkg")
    assert isinstance(made, Path)
    assert cast("Callable[[Path], bool]", whole)(made)
    assert list(folder.iterdir()) == [made]  # nothing passing is left
    return made.read_bytes()


@pytest.mark.parametrize("at_once", [2, 65_536])
def test_another_process_writes_the_same_bytes(
    started: Started, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, at_once: int
):
    monkeypatch.setattr(geopackage_rows, "ROWS_AT_ONCE", at_once)
    monkeypatch.setattr(geopackage, "ROWS_AT_ONCE", at_once)
    there = written(tmp_path / "there")
    assert [process.returncode for process in started] == [0]
    monkeypatch.setattr(geopackage, "_MANY_ROWS", 1_000_000)
    assert written(tmp_path / "here") == there
    assert len(started) == 1


def test_batches_do_not_show_in_the_rows(started: Started, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    whole = written(tmp_path / "whole")
    monkeypatch.setattr(geopackage_rows, "ROWS_AT_ONCE", 2)
    monkeypatch.setattr(geopackage, "ROWS_AT_ONCE", 2)
    written(tmp_path / "cut")
    (tmp_path / "whole.gpkg").write_bytes(whole)
    for layer in ("demand", "streets", "gaps", "units"):
        one, other = (gpd.read_file(tmp_path / name, layer=layer) for name in ("whole.gpkg", "cut/layers.gpkg"))
        assert one.equals(other), layer


def test_a_result_that_is_given_up_ends_the_process(started: Started, tmp_path: Path):
    files = desk_files(fake_report(), "zh", tmp_path / "layers.gpkg")
    assert started[0].poll() is None
    files.close()
    assert started[0].poll() is not None
    assert list(tmp_path.iterdir()) == []


def test_a_process_that_does_not_listen_is_ended_too(started: Started, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    python = tmp_path / "python"
    python.write_text("#!/bin/sh\nexec sleep 60\n")
    python.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(python))
    (tmp_path / "scratch").mkdir()
    begun = time.monotonic()
    desk_files(fake_report(), "zh", tmp_path / "scratch" / "layers.gpkg").close()
    assert time.monotonic() - begun < 20
    assert started[0].returncode == -9
    assert list((tmp_path / "scratch").iterdir()) == []


def test_a_fault_in_an_earlier_file_ends_the_process_and_leaves_the_old_result(started: Started, tmp_path: Path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "notes.txt").write_text("mine")

    def files(scratch: Path) -> Iterator[File]:
        made = desk_files(fake_report(), "zh", scratch / "layers.gpkg")
        yield "index.html", b"cut", lambda content: False
        yield from made

    with pytest.raises(EnvironmentFault, match=r"verify_failed"), ResultFolder(tmp_path / "out") as out:
        out.put(files)
    assert started[0].poll() is not None
    assert [one.name for one in tmp_path.rglob("*")] == ["out", "notes.txt"]


def test_a_process_that_dies_without_a_word_is_replaced(started: Started, monkeypatch: pytest.MonkeyPatch, tmp_path):
    plain = written(tmp_path / "plain")
    python = tmp_path / "python"
    # it leaves a file with a layer of somebody else's
    gpd.GeoDataFrame(geometry=[Point(0, 0)], crs="EPSG:4547").to_file(tmp_path / "left.gpkg", layer="left")
    target = """$(echo "$line" | sed 's/.*"path": "\\([^"]*\\)".*/\\1/')"""
    python.write_text(f'#!/bin/sh\nread line\ncp "{tmp_path}/left.gpkg" "{target}"\nexit 3\n')
    python.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(python))
    assert written(tmp_path / "dead") == plain
    assert [process.returncode for process in started] == [0, 3]
    python.write_text("no program")  # the system does not even start it
    assert written(tmp_path / "never") == plain
    assert len(started) == 2


def test_a_program_that_holds_python_starts_no_other(started: Started, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    for name in ("/usr/bin/qgis", "", "/usr/bin/pytho"):
        monkeypatch.setattr(sys, "executable", name)
        written(tmp_path / f"by {Path(name or '-').name}")
    assert started == []


def test_what_the_driver_refuses_is_told_with_its_words(started: Started, monkeypatch: pytest.MonkeyPatch, tmp_path):
    monkeypatch.setattr(
        geopackage, "Target", lambda path, *told: Target(str(Path(path).parent / "no" / "such.gpkg"), *told)
    )
    files = desk_files(fake_report(), "zh", tmp_path / "layers.gpkg")
    with pytest.raises(OSError, match=r"such\.gpkg"):
        next(files)
    assert started[0].returncode == 0
    assert list(tmp_path.iterdir()) == []


def test_ctrl_c_is_left_to_the_one_who_started_it(started: Started, tmp_path: Path):
    import signal

    with Writer(tmp_path):
        time.sleep(1.5)  # until it has begun to listen
        os.kill(started[0].pid, signal.SIGINT)
        time.sleep(0.2)
        assert started[0].poll() is None
    assert started[0].poll() is not None


def test_what_this_process_can_import_the_other_can(started: Started, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    # as in a notebook that says sys.path.insert(0, ...), in another folder
    root = str(Path(geopackage.__file__).parents[3])
    monkeypatch.setattr(sys, "path", [root, *sys.path])
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pyarrow.py").write_text("raise SystemExit('a file of the user, not a library')")
    monkeypatch.delenv("PYTHONPATH", raising=False)
    written(tmp_path / "there")
    assert [process.returncode for process in started] == [0]
    (environment,) = environments
    assert isinstance(environment, dict)
    assert environment["PYTHONPATH"].split(os.pathsep) == sys.path
