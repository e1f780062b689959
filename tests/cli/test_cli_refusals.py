"""What the command line says where a path, a standard or its own output stands in the way: one line, never a bug."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import geopandas as gpd
import pyproj
import pytest
import shapely
from files import edit, write_study

from zzgeo.cli import commands
from zzgeo.cli.commands import run
from zzgeo.intake.check import check_file

STANDARD = Path(commands.__file__).parents[1] / "standards" / "zz2018-34.toml"


@pytest.fixture
def study(tmp_path: Path) -> Path:
    return write_study(tmp_path / "study")


def test_a_link_that_leads_to_itself_is_no_file(study, capsys):
    os.symlink("circle.csv", study.parent / "circle.csv")
    edit(study, 'source = "people.csv"', 'source = "circle.csv"')
    assert run(["check", str(study)]) == 4
    said = capsys.readouterr().err + capsys.readouterr().out
    assert "internal.error" not in said


@pytest.mark.parametrize("name", ["s" * 300 + ".toml", "."])
def test_a_standard_that_cannot_be_opened_is_told_in_one_line(study, capsys, name):
    where = study.parent / name
    assert run(["audit", str(study), "--standard", str(where), "--out", str(study.parent / "out")]) in (2, 4)
    assert "internal.error" not in capsys.readouterr().err


def test_two_standards_with_one_clause_are_refused_by_clause_and_file(study, capsys):
    for name in ("one.toml", "other.toml"):
        (study.parent / name).write_bytes(STANDARD.read_bytes())
    files = [part for name in ("one.toml", "other.toml") for part in ("--standard", str(study.parent / name))]
    assert run(["audit", str(study), *files, "--out", str(study.parent / "out")]) == 4
    said = capsys.readouterr().err
    assert "id.duplicate" in said
    assert "one.toml and " in said
    assert "other.toml" in said


def test_a_full_device_is_no_bug(monkeypatch, capsys):
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(commands.typer.main, "get_command", lambda _: type("Full", (), {"main": full}))
    assert run(["standards", "list"]) == 5
    assert capsys.readouterr().err.startswith("output.disk_full")


def test_other_faults_of_the_system_stay_what_they_are(monkeypatch, capsys):
    def broken(*_: object, **__: object) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(commands.typer.main, "get_command", lambda _: type("Broken", (), {"main": broken}))
    assert run(["standards", "list"]) == 1
    assert "internal.error" in capsys.readouterr().err


def test_a_grid_only_the_file_describes_gets_no_line_nobody_can_read(tmp_path):
    wkt = pyproj.CRS.from_epsg(4547).to_wkt("WKT1_ESRI")
    name = wkt.split('"')[1]
    own = pyproj.CRS.from_wkt(wkt.replace(name, "ExampleLocal2000").replace("114.0", "113.6666666667"))
    shapes = [shapely.Point(500_000 + n, 3_847_000) for n in range(3)]
    layer = gpd.GeoDataFrame({"kind": ["hospital"] * 3}, geometry=shapes, crs=own)
    layer.to_file(tmp_path / "places.gpkg")
    said = check_file(tmp_path / "places.gpkg", "facilities").study_lines
    assert 'source = "places.gpkg"' in said
    assert "datum" not in said
