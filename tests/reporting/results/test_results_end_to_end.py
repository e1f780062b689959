"""Pages as a user gets them: every page of the sample, and a study whose files are full of hostile names."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest
from files import X, Y, edit, write_study
from hostile import NAMES

from zzgeo.cli.commands import run

Opened = Callable[..., Any]


def test_every_page_of_the_sample_opens_offline_and_shows_its_numbers(demo: Path, opened: Opened) -> None:
    page = opened(demo / "index.html")
    page.wait_for_timeout(200)
    assert page.locator("#zz-top").inner_text().count("合成") == 1
    findings = list(csv.DictReader((demo / "findings.csv").read_text("utf-8-sig").splitlines()))
    missed = {row["district_name"]: row["missed"] for row in findings if row["level"] == "district" and row["missed"]}
    assert len(missed) == 12
    pages = sorted((demo / "maps").glob("*.html"))
    assert len(pages) == 12
    for path in pages:
        page = opened(path)
        name = path.name.split("-")[0]
        shown = page.evaluate("document.body.innerText")
        assert name in shown
        assert "合成" in shown
        rows = [row for row in findings if row["level"] == "district" and row["district_name"] == name]
        for row in rows:
            if row["missed"] and row["verdict"] in ("pass", "fail"):
                assert f"{float(row['missed']):,.0f}" in shown, (name, row["rule"])
        assert page.locator("canvas").count() >= 1


def test_a_study_full_of_hostile_names_runs_nothing_and_shows_each_name(tmp_path: Path, opened: Opened) -> None:
    names = [name for name in NAMES if len(name) < 300]
    study = write_study(tmp_path / "study")
    districts = gpd.read_file(study.parent / "districts.gpkg")
    districts["名称"] = [f"../../{names[0]}", names[10]]
    districts.rename(columns={"名称": names[4]}).to_file(study.parent / "districts.gpkg")
    edit(study, 'name = "名称" }\n\n[streets]', f"name = '{names[4]}' }}\n\n[streets]")
    edit(study, 'name = "测试区"', f"name = '''{names[11]}'''")
    units = gpd.read_file(study.parent / "units.gpkg")
    units["名称"] = [names[2], names[7]]
    units.to_file(study.parent / "units.gpkg")
    header = "编号,名称,类别,X,Y,床位"
    lines = [
        f'F{n},"{name.replace(chr(34), chr(34) * 2)}",日间照料,{X + 30 + 90 * n},{Y + 40},5'
        for n, name in enumerate(names)
    ]
    (study.parent / "养老.csv").write_text("\n".join([header, *lines]), encoding="utf-8")
    out = tmp_path / "deep" / "down" / "out"
    assert run(["audit", str(study), "--out", str(out)]) == 0
    everything = {path for path in tmp_path.rglob("*") if path.is_file()}
    assert all(path.is_relative_to(out) or path.is_relative_to(study.parent) for path in everything)
    for path in [out / "index.html", *(out / "maps").glob("*.html")]:
        page = opened(path)
        page.locator("#zz-lang-en").click()
        assert names[11] in page.evaluate("document.body.textContent")
        if path.parent.name == "maps":
            island = json.loads(page.evaluate("document.getElementById('zz-data').textContent"))
            told = json.dumps(island, ensure_ascii=False)
            assert [name for name in names if json.dumps(name.strip(), ensure_ascii=False)[1:-1] not in told] == []
    cells = (out / "snapping.csv").read_text("utf-8-sig")
    assert '"=' not in cells


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_pages_open_in_the_language_asked_for(tmp_path: Path, opened: Opened, lang: str) -> None:
    study = write_study(tmp_path / "study")
    assert run(["audit", str(study), "--out", str(tmp_path / "out"), "--lang", lang]) == 0
    shown = opened(tmp_path / "out" / "index.html").locator("#zz-top").inner_text()
    assert ("数据日期" in shown) == (lang == "zh")
