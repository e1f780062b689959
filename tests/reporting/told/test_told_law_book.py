"""The pages of a whole law book: many rules, functional zones, an earlier audit, clauses without data."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest
from files import X, Y, edit, write_study
from shapely import box

from zzgeo.cli.commands import run

Opened = Callable[..., Any]


@pytest.fixture(scope="module")
def whole_book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("book")
    study = write_study(folder / "study")
    assert run(["audit", str(study), "--out", str(folder / "old"), "--profile", "zz-2020-all"]) == 0
    zone = gpd.GeoDataFrame(
        {"代码": ["410171"], "名称": ["示范新区"]}, geometry=[box(X + 500, Y, X + 1500, Y + 1000)], crs=4547
    )
    zone.to_file(study.parent / "zones.gpkg")
    rows = "指标,年份,数值\nhospital-beds-per-1000,2015,7.72\ninfant-mortality,2015,3.08\n"
    (study.parent / "indicators.csv").write_text(rows, encoding="utf-8")
    tail = """
[zones]
source = "zones.gpkg"
datum = "EPSG:4547"
columns = { code = "代码", name = "名称" }
[indicators]
source = "indicators.csv"
columns = { indicator = "指标", year = "年份", value = "数值" }
"""
    study.write_text(study.read_text("utf-8") + tail, encoding="utf-8")
    edit(study.parent / "people.csv", "P0,", "P00,")
    with (study.parent / "养老.csv").open("ab") as stream:
        stream.write(f"\r\nF9,新站,日间照料,{X + 1700},{Y + 800},30".encode("gb18030"))
    arguments = ["--profile", "zz-2020-all", "--against", str(folder / "old")]
    assert run(["audit", str(study), "--out", str(folder / "new"), *arguments]) == 0
    return folder / "new"


def test_zones_stand_in_a_table_of_their_own(whole_book: Path, opened: Opened) -> None:
    page = opened(whole_book / "index.html")
    assert "示范新区" in page.locator("#zz-zones").inner_text()
    assert "示范新区" not in page.locator("#zz-scorecard, table").first.inner_text()
    rows = (whole_book / "findings.csv").read_text("utf-8-sig")
    assert '"zone"' in rows


def test_what_changed_since_the_earlier_audit_is_told(whole_book: Path, opened: Opened) -> None:
    page = opened(whole_book / "index.html")
    shown = page.evaluate("document.body.innerText")
    assert "与上次核查相比" in shown
    target = page.locator("#zz-indicators tbody tr", has_text="婴儿死亡率").first.locator("td").nth(3).inner_text()
    assert target.startswith("≤ ")
    # each figure's file beside it
    for part, file in (("changed", "comparison.csv"), ("zones", "findings.csv"), ("indicators", "scorecard.xlsx")):
        links = page.locator(f"#zz-{part} h2 .get a")
        assert file in [link.get_attribute("href") for link in links.all()]
    told = (whole_book / "comparison.csv").read_text("utf-8-sig")
    assert "zz18e-radius-urban-community" in told


def test_clauses_without_data_say_what_would_answer_them(whole_book: Path, opened: Opened) -> None:
    page = opened(whole_book / "index.html")
    page.locator("#zz-lang-en").click()
    text = page.evaluate("document.body.textContent")
    assert "needs [indicators]" in text or "needs a row in [indicators]" in text
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_units_read_in_chinese_on_chinese_pages(whole_book: Path, opened: Opened) -> None:
    page = opened(whole_book / "index.html")
    assert "7.72" in page.evaluate("document.body.innerText")
    assert page.evaluate("ZZ.unit('beds')") == "张床"
    page.locator("#zz-lang-en").click()
    assert page.evaluate("ZZ.unit('beds')") == "beds"


@pytest.mark.parametrize("width", [1366, 1920])
def test_district_pages_of_the_whole_book_fit(whole_book: Path, opened: Opened, width: int) -> None:
    for path in (whole_book / "maps").glob("*.html"):
        page = opened(path, size=(width, 900))
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
