"""Pages for everybody: contrast, names of controls, headings, focus, in both languages and with everything open."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from every_page import open_everything
from fake_report import CIRCLE, CODES, COVERAGE, fake_report

from zzgeo.reporting import coverage_map

Opened = Callable[..., Any]
CHECK = (Path(__file__).parent / "accessible.js").read_text("utf-8")


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_city_page_is_accessible(written: Path, opened: Opened, lang: str) -> None:
    page = opened(written / "index.html", f"#lang={lang}")
    open_everything(page, "社区")
    page.locator(".score td a").first.focus()
    assert page.evaluate(CHECK) == []


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("rule", [CIRCLE, COVERAGE])
def test_a_district_page_is_accessible(written: Path, opened: Opened, lang: str, rule: str) -> None:
    page = opened(next((written / "maps").glob("*410102*")), f"#lang={lang}&rule={rule}")
    open_everything(page, "社区")
    assert page.evaluate(CHECK) == []


def test_a_page_of_the_whole_sample_is_accessible(demo: Path, opened: Opened) -> None:
    for path in (demo / "index.html", next((demo / "maps").glob("*410106*"))):
        page = opened(path)
        open_everything(page, "社区")
        assert page.evaluate(CHECK) == []


def test_a_map_alone_is_accessible(tmp_path: Path, opened: Opened) -> None:
    coverage_map(fake_report(), district=CODES[0]).save(str(tmp_path / "map.html"))
    page = opened(tmp_path / "map.html")
    assert page.evaluate(CHECK) == []


def test_the_check_itself_finds_what_is_wrong(browser: Any) -> None:
    page = browser.new_page()
    page.set_content(
        "<html lang='en'><title>t</title><main><h1>a</h1><h3 style='color:#999'>b</h3><button></button><input>"
        "<img src='data:,'><p id='x'></p><p id='x'></p><div style='overflow:auto;height:20px'>"
        + "long<br>" * 30
        + "</div></main></html>"
    )
    found = " ".join(page.evaluate(CHECK))
    for words in ("contrast", "no name", "picture without", "heading 3 after 1", "id twice", "not by keyboard"):
        assert words in found
    page.close()


def test_every_control_of_a_district_is_reached_by_tab(written: Path, opened: Opened) -> None:
    page = opened(next((written / "maps").glob("*410102*")))
    reached = set()
    for _ in range(40):
        page.keyboard.press("Tab")
        at = page.evaluate(
            "(() => { const n = document.activeElement;"
            " return n === document.body ? 'BODY' : n.matches('.folium-map') ? 'map' : n.id || n.className; })()"
        )
        reached.add(at)
        outline = page.evaluate(
            "(() => { const s = getComputedStyle(document.activeElement); return [s.outlineStyle, s.outlineWidth]; })()"
        )
        assert at == "BODY" or outline[0] != "none", at
    assert {"map", "zz-rule", "zz-search", "zz-full", "zz-print", "zz-lang-en", "head"} <= reached
