"""Work as it is done under the rules Windows has for files: nothing is asked of it that it would refuse."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from places import ROOT

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="what is open is read from /proc")


def under_the_rules(folder: Path, script: str) -> tuple[list[list[object]], str]:
    """Run a script in a folder in which the rules hold; return what was refused, and what it printed."""
    site, inside = folder / "site", folder / "inside"
    site.mkdir()
    inside.mkdir()
    (site / "sitecustomize.py").write_text("import windows_rules; windows_rules.keep_the_rules()")
    path = [site, ROOT, ROOT / "tests", ROOT / "tests" / "system"]
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(map(str, path)),
        "PYTHONIOENCODING": "utf-8",
        "ZZGEO_WINDOWS_INSIDE": str(inside),
        "ZZGEO_WINDOWS_LOG": str(folder / "log"),
    }
    asked = [sys.executable, "-c", script]
    done = subprocess.run(asked, cwd=inside, env=environment, capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stderr
    log = folder / "log"
    return [json.loads(line) for line in log.read_text("utf-8").splitlines()] if log.exists() else [], done.stdout


RULES = """
import mmap, os, pathlib, subprocess, sys
from zzgeo.system import SYSTEM
assert SYSTEM.name == "Windows"

def refused(call, *given):
    try:
        call(*given)
    except OSError as error:
        print(error.winerror, end=" ")

for name in ("a", "b", "c"):
    pathlib.Path(name).write_text(name)
os.makedirs("folder/below")
with open("a"):
    refused(os.rename, "a", "d")
    refused(os.replace, "b", "a")
    refused(os.remove, "a")
child = subprocess.Popen([sys.executable, "-c", "f = open('folder/below/x', 'w'); print(flush=True); input()"],
                         stdin=subprocess.PIPE, stdout=subprocess.PIPE)
child.stdout.readline()
refused(os.rename, "folder", "moved")
child.communicate(b"\\n")
os.rename("folder", "moved")
with open("moved/map", "w+b") as file:
    file.write(b"mapped")
    file.flush()
    whole = mmap.mmap(file.fileno(), 0)
refused(os.replace, "moved", "gone")
whole.close()
refused(os.rename, "a", "b")
os.chmod("c", 0o444)
refused(os.unlink, "c")
refused(os.open, "moved", os.O_RDONLY)
handle = os.open("a", os.O_RDONLY)
refused(os.fsync, handle)
os.close(handle)
refused(open, "con.txt", "w")
refused(os.mkdir, "dot.")
"""


def test_the_rules_are_those_of_windows(tmp_path: Path):
    refused, printed = under_the_rules(tmp_path, RULES)
    assert printed.split() == ["32", "32", "32", "5", "5", "183", "5", "5", "6", "123", "123"]
    assert len(refused) == 11


WORK = """
from pathlib import Path
import geopandas
import zzgeo
from files import write_study
from zzgeo.batch.shared import prepare_shared
from zzgeo.cli.commands import run
from zzgeo.fetch.study_folder import all_or_nothing
from zzgeo.formats import read_layer
from zzgeo.formats.parts.base import Options
from zzgeo.formats.parts.kept_layers import keep_layer

write_study(Path("own"))
for files in ("pages,tables,gpkg", "tables", "tables"):
    assert run(["audit", "own", "--out", "out", "--files", files]) == 0
    for name in ("audit.json", "notes.txt"):  # the archive of an office
        path = Path("out", name)
        if not path.exists():
            path.write_text("mine")
        path.chmod(0o444)
assert Path("out/notes.txt").read_text() == "mine"
assert not Path("out/maps").exists()
for _ in range(2):
    assert run(["circles", "own", "--out", "circles"]) == 0
    prepare_shared([Path("own/study.toml")] * 2, Path("shared"))
    keep_layer(Path("own/people.csv").resolve(), Options(), read_layer, Path("kept").resolve())
    zzgeo.network.WalkNetwork.from_edges(geopandas.read_file("own/streets.gpkg")).save("streets.network")
report = zzgeo.audit(zzgeo.load_study("own/study.toml"))
for _ in range(2):
    zzgeo.trend({"before": report, "after": report}).write("trend")
with all_or_nothing(Path("fetched")) as folder:
    (folder / "study.toml").write_text("whole")
assert Path("fetched/study.toml").read_text() == "whole"
assert [path.name for path in Path().glob(".*")] == []
"""


def test_nothing_is_asked_of_windows_that_it_refuses(tmp_path: Path):
    refused, _ = under_the_rules(tmp_path, WORK)
    assert refused == []
