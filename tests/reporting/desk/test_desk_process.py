"""The GeoPackage by another process: the same bytes, nothing left of it, and written here if the process dies."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any, cast

import geopandas as gpd
import pytest
from fake_report import fake_report
from shapely import Point

from zzgeo.errors import EnvironmentFault
from zzgeo.reporting.desk import geopackage, geopackage_rows
from zzgeo.reporting.desk.geopackage import desk_files
from zzgeo.reporting.desk.geopackage_rows import Target
from zzgeo.reporting.files import File
from zzgeo.reporting.processes import Processes
from zzgeo.reporting.results.folder import ResultFolder

Started = list["subprocess.Popen[str]"]


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> Started:
    """List the processes that are started."""
    processes: Started = []
    popen: Any = subprocess.Popen

    def start(*arguments: object, **options: object) -> subprocess.Popen[str]:
        processes.append(popen(*arguments, **options))
        return processes[-1]

    monkeypatch.setattr("zzgeo.reporting.processes.subprocess.Popen", start)
    return processes


@contextlib.contextmanager
def begun(folder: Path, many: int = 1) -> Iterator[Generator[File]]:
    """Begin a GeoPackage, by a process of its own unless ``many`` is 0."""
    processes = Processes(folder, many)
    with processes, contextlib.closing(desk_files(fake_report(), "zh", folder / "layers.gpkg", processes)) as files:
        yield files


def written(folder: Path, many: int = 1) -> bytes:
    folder.mkdir()
    with begun(folder, many) as files:
        (_, made, whole), _ = files
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
    assert written(tmp_path / "here", many=0) == there
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
    with begun(tmp_path):
        assert started[0].poll() is None
    assert started[0].poll() is not None
    assert list(tmp_path.iterdir()) == []


def test_a_fault_in_an_earlier_file_ends_the_process_and_leaves_the_old_result(started: Started, tmp_path: Path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "notes.txt").write_text("mine")

    def files(scratch: Path) -> Iterator[File]:
        with begun(scratch) as made:
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
    target = "$(dirname $(ls */*.arrow))/layers.gpkg"
    python.write_text(f'#!/bin/sh\nread line\ncd "{tmp_path}/dead"\ncp "{tmp_path}/left.gpkg" "{target}"\nexit 3\n')
    python.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(python))
    assert written(tmp_path / "dead") == plain
    assert [process.returncode for process in started] == [0, 3]
    python.write_text("no program")  # the system does not even start it
    assert written(tmp_path / "never") == plain
    assert len(started) == 2


def test_what_the_driver_refuses_is_told_with_its_words(started: Started, monkeypatch: pytest.MonkeyPatch, tmp_path):
    monkeypatch.setattr(
        geopackage, "Target", lambda path, *told: Target(str(Path(path).parent / "no" / "such.gpkg"), *told)
    )
    with begun(tmp_path) as files, pytest.raises(OSError, match=r"such\.gpkg"):
        next(files)
    assert started[0].returncode == 1
    assert list(tmp_path.iterdir()) == []
