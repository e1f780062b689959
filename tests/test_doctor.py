"""What the machine has is looked at, and what it lacks is told with what brings it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest
from places import ROOT
from rich.cells import cell_len

import zzgeo
from zzgeo import doctor
from zzgeo.cli.commands import run
from zzgeo.doctor import MISSING, OK, OPTIONAL, Check, examine, lines_of
from zzgeo.formats import formats
from zzgeo.refusal import refusal

REMEDY = "name a folder for results: --out DIR"


@pytest.fixture(scope="module")
def checks() -> list[Check]:
    return examine()


def named(checks: list[Check], name: str) -> Check:
    return next(check for check in checks if check.name == name)


def test_everything_asked_for_is_looked_at(checks: list[Check]):
    assert {check.group for check in checks} >= {"packages", "drivers", "console", "folders", "memory", "solver"}
    for name in (
        "zzgeo",
        "python",
        "GDAL",
        "GPKG",
        "Chinese font",
        "temporary",
        "this folder",
        "answers kept",
        "memory",
    ):
        assert named(checks, name).value
    assert named(checks, "scipy's HiGHS").state == OK
    assert len(checks) == len({(check.group, check.name) for check in checks})


def test_every_format_read_by_gdal_names_its_driver(checks: list[Check]):
    drivers = {one.driver for one in formats().values() if one.driver}
    assert drivers >= {"GPKG", "ESRI Shapefile", "OpenFileGDB", "GeoJSON", "FlatGeobuf", "MapInfo File", "DXF"}
    assert {check.name for check in checks if check.group == "drivers"} == {"GDAL", *drivers}
    assert all(check.state == OK for check in checks if check.group == "drivers")


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_table_is_eighty_columns_wide(checks: list[Check], lang: str):
    lines = lines_of([*checks, Check("folders", "区" * 40, MISSING, "很长的路径" * 40, "照做" * 50)], lang)
    assert max(map(cell_len, lines)) <= 80
    assert "".join("".join(lines).split()).count("很长的路径") >= 20
    assert not any("\x1b" in line for line in lines)


def test_the_exit_code_tells_whether_something_needed_is_missing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    for state, code in ((OK, 0), (OPTIONAL, 0), (MISSING, 1)):
        monkeypatch.setattr(doctor, "_LOOKS", (lambda told=state: [Check("a", "this folder", told, "c", REMEDY)],))
        assert run(["doctor"]) == code
        assert REMEDY in capsys.readouterr().out
        assert run(["doctor", "--lang", "zh"]) == code
        assert "指定结果文件夹" in capsys.readouterr().out
        assert run(["doctor", "--json"]) == code
        told = json.loads(capsys.readouterr().out)
        assert told["checks"][0]["name_zh"] == "本文件夹"
        assert (told["exit_code"], told["checks"][0]["state"], len(told["problems"])) == (code, state, code)


def test_every_word_of_ours_is_told_in_chinese(checks: list[Check], monkeypatch: pytest.MonkeyPatch):
    real = metadata.version
    monkeypatch.setattr(doctor, "version", lambda name: {"numpy": "1.0", "highspy": "1.16.0"}.get(name) or real(name))
    monkeypatch.setattr(doctor, "_write_fault", lambda folder: "Read-only file system")
    monkeypatch.setattr(doctor, "_LITTLE_MEMORY", 1e18)
    lacking = [doctor._package("packages", name, ">=2", MISSING) for name in ("numpy", "no-such-package")]
    for check in (*checks, *lacking, *doctor._solver(), *doctor._folders(), *doctor._memory()):
        said = check.in_chinese()
        for text in (said.value, said.remedy):
            assert not re.search(r"\b(the|is|not|free|installed|set|pip install.*\()\b", text), said
        assert check.group == "packages" or said.group != check.group


def test_rows_are_broken_between_words():
    [_, *rows] = lines_of([Check("extras", "docs", OPTIONAL, "without " + ", ".join(["sphinx-copybutton"] * 9))])
    assert len(rows) > 2
    assert "".join(rows).count("sphinx-copybutton") == 9


def test_a_look_that_breaks_is_told_and_ends_nothing(monkeypatch: pytest.MonkeyPatch):
    def broken() -> list[Check]:
        raise OSError("libgdal.so.36: cannot open shared object file")

    monkeypatch.setattr(doctor, "_LOOKS", (broken, lambda: [Check("a", "b", OK, "c")]))
    first, second = examine()
    assert (first.state, second.state) == (MISSING, OK)
    assert "libgdal" in first.value


def test_packages_are_held_against_what_is_asked_for(monkeypatch: pytest.MonkeyPatch):
    asked = ["numpy>=2", "scipy>=99", "no-such-package>=1", 'tzdata; sys_platform == "nowhere"']
    asked += ['no-such-extra>=3; extra == "osm"', 'numpy; extra == "raster"', 'pytest; extra == "test"']
    monkeypatch.setattr(doctor, "_required", lambda: asked)
    looked = {check.name: check for check in [*doctor._packages(), *doctor._extras()]}
    assert looked["numpy"].state == OK
    assert (looked["scipy"].state, looked["scipy"].remedy) == (MISSING, 'pip install "scipy>=99"')
    assert looked["no-such-package"].value.startswith("not installed")
    assert (looked["osm"].state, looked["osm"].remedy) == (OPTIONAL, 'pip install "zzgeo[osm]"')
    assert looked["raster"].state == OK
    assert not {"tzdata", "test", "pytest"} & looked.keys()


def test_a_release_of_the_solver_known_to_be_wrong_is_told(monkeypatch: pytest.MonkeyPatch):
    real = metadata.version
    for release, state in (("1.16.0", OPTIONAL), ("1.12.0", OK)):
        monkeypatch.setattr(doctor, "version", lambda name, told=release: told if name == "highspy" else real(name))
        check = named(list(doctor._solver()), "highspy")
        assert check.state == state
        assert ("!=1.16.0" in check.remedy) == (state == OPTIONAL)


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "file").touch()
    assert doctor._write_fault(tmp_path / "file" / "below")
    assert doctor._write_fault(tmp_path / "new" / "below") == ""
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
    monkeypatch.setattr(doctor, "_write_fault", lambda folder: "Read-only file system")
    states = {check.name: check.state for check in doctor._folders()}
    assert (states["temporary"], states["this folder"], states["answers kept"]) == (MISSING, OPTIONAL, OPTIONAL)


def test_a_machine_without_any_folder_for_passing_files_is_told_what_to_set(monkeypatch: pytest.MonkeyPatch):
    def nowhere() -> str:
        raise FileNotFoundError(2, "No usable temporary directory found in ['/tmp']")

    monkeypatch.setattr(doctor.tempfile, "gettempdir", nowhere)
    looked = list(doctor._folders())
    temporary = named(looked, "temporary")
    assert (temporary.state, "TMPDIR" in temporary.remedy) == (MISSING, True)
    assert named(looked, "sample study").state == OK


def test_a_home_that_cannot_be_written_is_told_by_the_doctor_and_by_no_library(tmp_path: Path):
    (tmp_path / "home").touch()  # nothing can be made below a file, whoever asks
    kept = {name: value for name, value in os.environ.items() if name not in ("MPLCONFIGDIR", "XDG_CONFIG_HOME")}
    environment = {
        **kept,
        "HOME": str(tmp_path / "home"),
        "USERPROFILE": str(tmp_path / "home"),
        "XDG_CACHE_HOME": "",
        "PYTHONPATH": str(ROOT),
    }
    code = "from zzgeo.doctor import _console; print([(one.name, one.state) for one in _console()])"
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert done.stderr == ""
    assert "('fonts kept', 'optional')" in done.stdout


#: Stands in for a machine on which some libraries cannot be found.
WITHOUT = """
import importlib.abc, importlib.metadata, os, sys

class Nothing(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in os.environ["ZZGEO_WITHOUT"].split(","):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

def unknown(name, real=importlib.metadata.version):
    if name.replace("-", "_") in os.environ["ZZGEO_WITHOUT"].split(","):
        raise importlib.metadata.PackageNotFoundError(name)
    return real(name)

importlib.metadata.version = unknown

sys.meta_path.insert(0, Nothing())
"""


def test_the_doctor_needs_none_of_what_it_looks_for(tmp_path: Path):
    gone = ["typer", "rich", "pydantic", "lazy_loader", "pandas"]
    (tmp_path / "sitecustomize.py").write_text(WITHOUT)
    path = os.pathsep.join([str(tmp_path), str(ROOT)])
    environment = {**os.environ, "PYTHONPATH": path, "ZZGEO_WITHOUT": ",".join(gone), "PYTHONIOENCODING": "utf-8"}
    command = [sys.executable, "-m", "zzgeo", "doctor", "--json"]
    told = subprocess.run(command, env=environment, capture_output=True, encoding="utf-8", check=False)
    assert (told.returncode, told.stderr) == (1, "")
    document = json.loads(told.stdout)
    problems = {problem["where"]: problem["remedy"] for problem in document["problems"]}
    assert all(problems[name].startswith(f'pip install "{name}') for name in gone), problems
    assert problems["drivers"] == "bring the missing packages first"
    assert {"temporary", "memory", "processors"} <= {check["name"] for check in document["checks"]}


def test_without_what_reads_requirements_the_doctor_says_so(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "packaging.requirements", None)
    last = list(doctor._packages())[-1]
    assert (last.name, last.state, last.remedy) == ("packaging", MISSING, 'pip install "packaging"')


def test_a_limit_below_what_the_libraries_take_is_told():
    if sys.platform != "linux":
        pytest.skip("ulimit -v is of Linux")
    command = ["sh", "-c", f'ulimit -v 1250000; exec "{sys.executable}" -m zzgeo doctor']
    told = subprocess.run(command, capture_output=True, text=True, env={**os.environ}, check=False)
    assert told.returncode == 1
    assert "ulimit -v" in told.stdout


def test_what_depends_on_the_machine_points_to_the_doctor():
    gone = ModuleNotFoundError("No module named 'shapely'", name="shapely")
    for error in (gone, MemoryError(), PermissionError(13, "Permission denied", "a.csv"), RuntimeError("?")):
        _, [problem] = refusal(error)
        assert "zzgeo doctor" in problem.remedy
    assert refusal(gone)[0] == 5
    assert refusal(ImportError("cannot import name", name="zzgeo.network"))[0] == 1


def test_the_library_prints_the_same(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(doctor, "_LOOKS", (lambda: [Check("a", "b", OK, "c")],))
    assert zzgeo.show_versions() is None
    assert capsys.readouterr().out == "a\n  ok b c\n"


def test_a_solver_that_answers_wrongly_is_told(monkeypatch: pytest.MonkeyPatch):
    import scipy.optimize

    real = scipy.optimize.milp

    def wrong(*given: Any, **named: Any) -> Any:
        answer = real(*given, **named)
        answer.x = answer.x[::-1] * 0
        return answer

    monkeypatch.setattr(scipy.optimize, "milp", wrong)
    check = named(list(doctor._solver()), "scipy's HiGHS")
    assert (check.state, bool(check.remedy)) == (MISSING, True)
