"""The recipes of CONTRIBUTING.md, dropped in as they stand there."""

from __future__ import annotations

import importlib
import json
import re
import zipfile
from pathlib import Path

import pandas as pd
import pytest
import toy
from fake_report import fake_report
from places import ROOT

from zzgeo.accessibility import measures
from zzgeo.auditing.run import audit
from zzgeo.cli.commands import run
from zzgeo.formats import formats, read_layer
from zzgeo.formats.parts.base import Options
from zzgeo.layers import layers
from zzgeo.reporting import write
from zzgeo.reporting.outputs import outputs
from zzgeo.rules import rule_kinds
from zzgeo.spec.kind_file import read_kinds
from zzgeo.spec.kinds import declare, forget_declared, kind_from_amap, kind_from_name, kind_of

TEXT = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
FILES = dict(re.findall(r"<!-- file: (\S+) -->\n```\w+\n(.*?)```", TEXT, re.DOTALL))
ENTRY = re.search(r"<!-- entry: facility kind -->\n```toml\n(.*?)```", TEXT, re.DOTALL)

#: What grows by a file, with what forgets the files it found.
ROOMS = {
    "zzgeo/formats": formats,
    "zzgeo/rules": rule_kinds,
    "zzgeo/layers": layers,
    "zzgeo/reporting/outputs": outputs,
    "zzgeo/accessibility": measures,
}


@pytest.fixture
def dropped_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Drop every recipe into its room, and the standard into a folder, which is returned."""
    for name, content in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    for room, found in ROOMS.items():
        package = importlib.import_module(room.replace("/", "."))
        monkeypatch.setattr(package, "__path__", [*package.__path__, str(tmp_path / room)])
        found.cache_clear()
    yield tmp_path
    for found in ROOMS.values():
        found.cache_clear()


def test_there_is_a_recipe_for_all_that_grows():
    rooms = {str(Path(name).parent) for name in FILES}
    assert rooms == {*ROOMS, "."}
    assert ENTRY is not None


def test_a_facility_kind(tmp_path):
    (tmp_path / "lifts.toml").write_text(ENTRY[1], encoding="utf-8")
    assert run(["kinds", "check", str(tmp_path / "lifts.toml")]) == 0
    forget_declared()
    declare(read_kinds(tmp_path / "lifts.toml"), "lifts.toml")
    try:
        spelled = (kind_of("登山索道"), kind_from_amap("110299"), kind_from_name("玉皇顶索道"))
        assert spelled == ("ski_lift",) * 3
    finally:
        forget_declared()


def test_a_format(dropped_in):
    lines = "STOPS\n枫林站;500000;3800000\n柳林站;500100;3800000\n"
    (dropped_in / "站.stops").write_text(lines, encoding="utf-8")
    with zipfile.ZipFile(dropped_in / "站.zip", "w") as archive:
        archive.writestr("站.stops", lines)
    for name in ("站.stops", "站.zip"):
        assert read_layer(dropped_in / name, Options()).table["name"].tolist() == ["枫林站", "柳林站"]


@pytest.mark.parametrize(("markets", "verdict", "flag"), [(1, "fail", "only 1"), (2, "pass", "")])
def test_a_standard_and_a_kind_of_rule(dropped_in, markets, verdict, flag):
    assert run(["standards", "check", str(dropped_in / "plan-2026.toml")]) == 0
    facilities = {f"m{n}": toy.facility(n * 100, 0, "market") for n in range(markets)}
    study = toy.study(facilities=facilities, demand={"p": toy.people(0, 0, 1, 1)})
    report = audit(study, [dropped_in / "plan-2026.toml"])
    found = report.findings.loc["p26-two-markets/district/1"]
    assert (found["verdict"], found["document"]) == (verdict, "规〔2026〕1号")
    assert flag in found["flags"]


def test_a_layer_and_an_output(dropped_in, tmp_path):
    report = fake_report()
    out = tmp_path / "out"
    written = write(report, out, files="gpkg,ranking")
    assert (out / "ranking.txt").read_text("utf-8").count("\n") == len(report.ranking) - 1
    assert {path.name for path in written} == {"layers.gpkg", "layers.qgs", "ranking.txt", "audit.json"}
    assert "ranking.txt" in json.loads((out / "audit.json").read_bytes())["files"]
    assert b"middles" in (out / "layers.gpkg").read_bytes()
    write(report, out, files="tables")
    assert not (out / "ranking.txt").exists()


def test_a_measure(dropped_in):
    least = measures()["least-access"]
    access = least.compute(pd.Series([3.0, 1.0]), pd.Series([1, 1]), pd.Series(["a", "b"]))
    assert access.to_dict() == {"a": 3.0, "b": 1.0, "city": 1.0}
