"""axe-core finds nothing serious on any page, in both languages, on a laptop and on a telephone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from county_batches import BEDS, NEAR, batch, finding
from fake_report import CIRCLE, CODES, fake_report

from zzgeo.reporting import coverage_map, write
from zzgeo.reporting.pages.overview import overview_page

Opened = Callable[..., Any]
SIZES = {"zh": (1366, 768), "en": (390, 844)}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder of pages: a city compared with before, its districts with a plan; a batch; a map."""
    folder = tmp_path_factory.mktemp("axe")
    report = fake_report(planned=True)
    earlier = fake_report()
    write(report, folder / "now", against=earlier, files="pages")
    now = batch("now", finding("a", NEAR, "fail", 400), finding("b", BEDS, "pass", 1), states={"c": "refused"})
    before = batch("before", finding("a", NEAR, "pass", 20), finding("b", BEDS, "pass", 2))
    (folder / "batch.html").write_text(overview_page(now, [before], version="1"), encoding="utf-8")
    coverage_map(report, rule=CIRCLE, district=CODES[0]).save(str(folder / "map.html"))
    return folder


def _everything_open(page: Any) -> None:
    page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true; })")
    if page.evaluate("Boolean(window.ZZ && ZZ.map)"):
        page.evaluate("ZZ.map.entries.forEach(e => ZZ.map.choose(e.id, true)); ZZ.furnish();")
        page.evaluate("document.querySelector('#zz-layers').open = true")
        page.evaluate("ZZ.map.show(ZZ.map.features('facilities')[0], 0)")
        page.locator("#zz-search").fill("社区")
        # a popup comes in from nothing: what is not there yet has no contrast
        page.locator(".leaflet-popup").evaluate("node => Promise.all(node.getAnimations().map(one => one.finished))")


@pytest.mark.parametrize("lang", SIZES)
@pytest.mark.parametrize("name", ["now/index.html", "now/maps/中原区-410102.html", "batch.html", "map.html"])
def test_axe_finds_nothing_serious(
    folder: Path, opened: Opened, axe: Callable[[Any], list[str]], lang: str, name: str
) -> None:
    page = opened(folder / name, f"#lang={lang}", size=SIZES[lang])
    _everything_open(page)
    assert axe(page) == []


def test_axe_finds_nothing_serious_in_the_sample_study(
    demo: Path, opened: Opened, axe: Callable[[Any], list[str]]
) -> None:
    for path in (demo / "index.html", next((demo / "maps").glob("*410106*"))):
        page = opened(path, "#lang=en", size=SIZES["en"])
        _everything_open(page)
        assert axe(page) == []


def test_axe_itself_finds_what_is_wrong(browser: Any, axe: Callable[[Any], list[str]]) -> None:
    page = browser.new_page()
    page.set_content("<html lang='en'><title>t</title><main><h1>a</h1><button></button><img src='data:,'></main>")
    assert [one.partition(":")[0] for one in axe(page)] == ["button-name", "image-alt"]
    page.close()
