"""The map of a district: search, keyboard, full screen, popups, streets within the walk, paper."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fake_report import CIRCLE, CODES, COVERAGE, RADIUS, fake_report

from zzgeo.auditing.report import AuditReport
from zzgeo.reporting import coverage_map, write

Opened = Callable[..., Any]

#: Printable width in CSS pixels: the sheet less 12 mm either side.
SHEETS = {"A4": 703, "A3": 1032}


@pytest.fixture
def district(written: Path, opened: Opened) -> Callable[..., Any]:
    path = next((written / "maps").glob("*410102*"))
    return lambda rule=RADIUS, **more: opened(path, f"#rule={rule}", **more)


def _screen(page: Any, layer: str, item: int) -> tuple[float, float]:
    x, y = page.evaluate(
        f"(() => {{ const p = ZZ.map.place(ZZ.map.features('{layer}')[0], {item});"
        " const r = ZZ.map.leaflet.getContainer().getBoundingClientRect(); return [r.x + p.x, r.y + p.y]; })()"
    )
    return x, y


def test_a_facility_is_found_by_its_chinese_name_and_opened(district: Callable[..., Any]) -> None:
    page = district()
    page.locator("#zz-search").fill("日间照料")
    assert page.locator("#zz-results li").first.inner_text().startswith("枫林日间照料中心")
    page.locator("#zz-results li").first.click()
    popup = page.locator(".leaflet-popup-content").inner_text()
    assert "枫林日间照料中心" in popup
    assert "服务半径不超过500米" in popup


def test_search_works_by_keyboard_alone_and_switches_its_layer_on(district: Callable[..., Any]) -> None:
    page = district()
    assert not page.evaluate("ZZ.map.made('units').length")
    page.locator("#zz-search").press_sequentially("苑社区")
    assert page.locator("#zz-results li").count() == 4
    for key in ("ArrowDown", "ArrowDown", "Enter"):
        page.keyboard.press(key)
    assert page.locator(".leaflet-popup-content h2").inner_text() == "西苑社区"
    assert page.evaluate("ZZ.map.made('units').length") == 1
    assert page.locator("#zz-search").get_attribute("aria-expanded") == "false"
    page.keyboard.press("Escape")
    page.locator("#zz-search").fill("没有这个地方")
    assert "没有找到" in page.locator("#zz-results").inner_text()


def test_a_click_on_a_home_tells_its_finding_and_the_words_of_the_clause(district: Callable[..., Any]) -> None:
    page = district(CIRCLE)
    missed = page.evaluate("ZZ.map.features('people')[0].status['t-circle'].indexOf('m')")
    page.mouse.click(*_screen(page, "people", missed))
    popup = page.locator(".leaflet-popup-content").inner_text()
    assert "未覆盖" in popup
    assert "建成15分钟健身圈" in popup
    assert "✗ 不达标 71.2 % / 目标 100 %" in popup
    assert re.search(r"道路距离\s+[\d,]+ m", popup)


@pytest.mark.parametrize("elsewhere", [False, True], ids=["its own", "written with another rule"])
def test_distances_told_are_those_of_the_reach(
    elsewhere: bool, district: Callable[..., Any], report: AuditReport
) -> None:
    page = district(RADIUS)
    if elsewhere:
        page.evaluate(
            f"(() => {{ const m = ZZ.map.features('people')[0].streets_m;"
            f" m.other = m['{RADIUS}']; m['{RADIUS}'] = 'other'; }})()"
        )
    told = page.evaluate(
        "(() => { const d = ZZ.map.made('people')[0], n = []; for (let i = 0; i < d.table.n; i++)"
        " n.push(d.ask(i).textContent); return n; })()"
    )
    here = report.reach[RADIUS][report.study.demand["district"] == CODES[0]]
    metres = sorted(f"{value:,.0f} m" for value in here["streets_m"])
    assert sorted(re.search(r"道路距离([\d,]+ m)", one).group(1) for one in told) == metres


def test_a_facility_says_whether_the_rule_counts_it(district: Callable[..., Any]) -> None:
    page = district(RADIUS)
    counted = page.evaluate(
        "ZZ.map.features('facilities')[0].kinds.map((k, i) => [k, ZZ.map.made('facilities')[0].ask(i).textContent])"
    )
    told = {kind: re.search("是否计入本条款(是|否)", text).group(1) for kind, text in counted}
    assert told == {"elderly_day_care": "是", "fitness_ground": "否", "hospital": "否"}


def test_streets_within_five_ten_and_fifteen_minutes_are_drawn_and_named(district: Callable[..., Any]) -> None:
    page = district(CIRCLE)
    page.locator("#zz-layers summary").click()
    page.locator("#zz-layer-walk").check()
    legend = page.locator("#zz-legend").inner_text()
    for minutes in (5, 10, 15):
        assert f"步行 {minutes} 分钟可达的街道" in legend
    colours = page.evaluate("ZZ.map.made('walk').map(d => d.look(0).stroke)")
    assert colours == ["#9ECAE1", "#4292C6", "#08519C"]
    lengths = page.evaluate("ZZ.map.made('walk').map(d => d.table.part.length)")
    assert all(length > 1 for length in lengths)


def test_the_map_fills_the_screen_and_comes_back(district: Callable[..., Any]) -> None:
    page = district()
    before = page.locator(".mapbox").bounding_box()["width"]
    page.locator("#zz-full").click()
    assert page.locator("#zz-panel").is_hidden()
    assert page.locator(".mapbox").bounding_box()["width"] > before * 1.5
    page.locator("#zz-full").press("Enter")
    assert page.locator("#zz-panel").is_visible()


@pytest.mark.parametrize("sheet", sorted(SHEETS))
@pytest.mark.parametrize("which", ["index.html", "district"])
def test_a_page_fits_the_sheet(written: Path, opened: Opened, sheet: str, which: str) -> None:
    path = written / which if which == "index.html" else next((written / "maps").glob("*410102*"))
    page = opened(path, size=(SHEETS[sheet], 900))
    page.evaluate("window.addEventListener('beforeprint', () => { window.printed = true; })")
    content = page.pdf(format=sheet)
    assert page.evaluate("window.printed") is True
    assert 1 <= len(re.findall(rb"/Type\s*/Page[^s]", content)) <= 6
    page.emulate_media(media="print")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    beyond = page.evaluate(
        "[...document.querySelectorAll('main *')].filter(n => n.getBoundingClientRect().right > window.innerWidth + 1)"
        ".map(n => n.tagName + '.' + n.className)"
    )
    assert beyond == []
    assert not page.locator("#zz-lang-en").is_visible()


def test_a_district_on_paper_opens_its_readings_and_takes_few_sheets(district: Callable[..., Any]) -> None:
    page = district()
    # as many words as a district of the sample study has: eight clauses with readings
    page.evaluate(
        "(() => { const cards = [...document.querySelectorAll('.card')];"
        " for (let n = 0; cards.length + n < 8; n++) cards[0].after(cards[n % cards.length].cloneNode(true)); })()"
    )
    page.emulate_media(media="print")
    cards = page.locator(".card")
    assert cards.count() == 8
    assert [cards.nth(n).locator(".more").is_visible() for n in range(8)] == [True] * 8
    cut = page.evaluate(
        "[...document.querySelectorAll('#zz-panel *')].filter(n => getComputedStyle(n).overflow !== 'visible'"
        " && n.scrollHeight > n.clientHeight + 1).map(n => n.tagName + '.' + n.className)"
    )
    assert cut == []
    content = page.pdf(prefer_css_page_size=True)
    assert 1 <= len(re.findall(rb"/Type\s*/Page[^s]", content)) <= 4
    boxes = set(re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", content))
    assert {(round(float(wide)), round(float(high))) for wide, high in boxes} == {(595, 842)}


def test_the_legend_on_paper_is_of_what_the_paper_shows(demo: Path, opened: Opened) -> None:
    page = opened(next((demo / "maps").glob("*410105*")))
    legend = page.locator("#zz-legend")
    page.evaluate("ZZ.map.leaflet.setZoom(16, { animate: false })")
    page.wait_for_function("document.getElementById('zz-legend').innerText.includes('每点人数')")
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    assert "每格未覆盖占比" in legend.inner_text(), "the paper shows the whole district"
    page.evaluate("ZZ.furnish()")
    assert "每格未覆盖占比" in legend.inner_text()
    page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    assert "每点人数" in legend.inner_text()


def test_every_second_district_of_the_sample_takes_at_most_four_sheets(demo: Path, opened: Opened) -> None:
    # English takes more room
    langs = {one: ("en", "zh")[n % 2] for n, one in enumerate(sorted((demo / "maps").glob("*.html"))[::2])}
    pages = {one.stem: opened(one, f"#lang={lang}").pdf(prefer_css_page_size=True) for one, lang in langs.items()}
    sheets = {name: len(re.findall(rb"/Type\s*/Page[^s]", content)) for name, content in pages.items()}
    assert len(sheets) == 6
    assert {name: count for name, count in sheets.items() if count > 4} == {}


def test_the_map_on_paper_is_drawn_anew_with_scale_and_north(district: Callable[..., Any]) -> None:
    page = district()
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    inked = page.evaluate(
        "(() => { const c = document.querySelector('.paper'), w = c.width, h = c.height;"
        " const all = c.getContext('2d').getImageData(0, 0, w, h).data;"
        " const dark = (x, y, wide, high) => { let n = 0; for (let j = y; j < y + high; j++)"
        " for (let i = x; i < x + wide; i++) { const k = 4 * (j * w + i);"
        " if (all[k] + all[k + 1] + all[k + 2] < 300) n++; } return n; };"
        " return [w, dark(0, 0, 120, 160), dark(w - 600, h - 120, 600, 120), dark(0, 0, w, h)]; })()"
    )
    width, north, bar, all_ = inked
    assert width >= 2000
    assert north > 100
    assert bar > 100
    assert all_ > 3_000
    page.emulate_media(media="print")
    assert page.locator(".paper").is_visible()
    assert not page.locator(".folium-map").is_visible()


#: Takes down where texts are written on a canvas: words, left and right end.
TAKE_DOWN = (
    "(c, said) => { c.fillText = (text, x) => { const w = c.measureText(text).width;"
    " const at = c.textAlign === 'center' ? x - w / 2 : x; said.push([text, at, at + w]); }; }"
)


def _cut(written: list[Any], left: float, right: float) -> list[Any]:
    names = [one for one in written if re.search("[区路院]", one[0])]
    assert len(names) > 5
    return [one for one in names if one[1] < left or one[2] > right]


def test_names_on_the_map_are_never_cut_at_its_edge(district: Callable[..., Any]) -> None:
    page = district()
    # the map is drawn for paper again and again, moved on by a tenth of its width and height
    written = page.evaluate(
        f"(() => {{ const said = [], whole = ZZ.map.bounds(), paper = document.querySelector('.paper');"
        f" ({TAKE_DOWN})(paper.getContext('2d'), said);"
        " const wide = whole.getEast() - whole.getWest(), high = whole.getNorth() - whole.getSouth();"
        " for (let n = -9; n < 10; n++) { ZZ.map.bounds = () => L.latLngBounds([whole.getSouth() + n * high / 10,"
        " whole.getWest() + n * wide / 10], [whole.getNorth() + n * high / 10, whole.getEast() + n * wide / 10]);"
        " window.dispatchEvent(new Event('beforeprint')); } return said; })()"
    )
    assert _cut(written, 0, 780) == []


def test_names_are_not_cut_where_the_map_is_dragged(district: Callable[..., Any]) -> None:
    page = district()
    written, right = page.evaluate(
        f"(() => {{ const said = [], m = ZZ.map.leaflet, all = []; ({TAKE_DOWN})(ZZ.map.sheet._ctx, said);"
        " for (let n = 0; n < 24; n++) { said.length = 0; m.panBy([n < 12 ? 60 : -60, 0], { animate: false });"
        " const left = m.containerPointToLayerPoint([0, 0]).x - ZZ.map.sheet._bounds.min.x;"
        " said.forEach(one => all.push([one[0], one[1] - left, one[2] - left])); } return [all, m.getSize().x]; })()"
    )
    assert _cut(written, 0, right) == []


def test_a_large_page_is_packed_and_opens_the_same(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, written: Path, opened: Opened, report: AuditReport
) -> None:
    monkeypatch.setattr("zzgeo.reporting.pages.page.island", lambda data: _packed(data))
    write(report, tmp_path)
    path = next((tmp_path / "maps").glob("*410102*"))
    assert '"packed":' in path.read_text("utf-8")
    page, plain = opened(path), opened(next((written / "maps").glob("*410102*")))
    text = "document.body.innerText"
    assert page.evaluate(text) == plain.evaluate(text)
    page.locator("#zz-rule").select_option(COVERAGE)
    assert "社区覆盖率100%" in page.locator(".card.on").inner_text()


def _packed(data: dict[str, Any]) -> str:
    from zzgeo.reporting.pages.island import island

    return island(data, plain_bytes=10)


def test_an_old_browser_is_told_why_a_packed_page_stays_empty(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, browser: Any, report: AuditReport
) -> None:
    monkeypatch.setattr("zzgeo.reporting.pages.page.island", lambda data: _packed(data))
    coverage_map(report, rule=RADIUS, district=CODES[0]).save(str(tmp_path / "map.html"))
    page = browser.new_page()
    page.add_init_script("delete window.DecompressionStream")
    page.goto(f"file://{tmp_path}/map.html")
    said = page.locator("[role=alert]")
    assert said.is_visible()
    for words in ("请用 2020 年以后的浏览器", "Use one of 2020 or later", "scorecard.xlsx", "findings.csv"):
        assert words in said.inner_text()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    page.close()


def test_an_old_browser_opens_a_page_below_a_megabyte(written: Path, browser: Any) -> None:
    page = browser.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.add_init_script("for (const name of ['DecompressionStream', 'ResizeObserver']) delete window[name]")
    page.goto(next((written / "maps").glob("*410102*")).as_uri())
    page.wait_for_selector(".card")
    assert page.locator("[role=alert]").count() == 0
    assert page.locator(".maplegend, #zz-legend").first.is_visible()
    assert faults == []
    page.close()


def test_the_map_shows_inside_a_notebook_without_internet(tmp_path: Path, browser: Any, report: AuditReport) -> None:
    cell = report.explore(CIRCLE, CODES[0])._repr_html_()
    (tmp_path / "notebook.html").write_text(f"<!DOCTYPE html><html><body>{cell}</body></html>", "utf-8")
    context = browser.new_context(viewport={"width": 1000, "height": 700})
    context.set_offline(True)
    page, faults = context.new_page(), []
    page.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("requestfailed", lambda request: faults.append(request.url))
    page.goto(f"file://{tmp_path}/notebook.html")
    inside = page.frame_locator("iframe")
    assert inside.locator("#zz-rule").input_value() == CIRCLE
    assert "已覆盖" in inside.locator("#zz-legend").inner_text()
    assert faults == []
    context.close()


def test_the_approval_number_stands_on_every_map(tmp_path: Path, opened: Opened) -> None:
    write(fake_report(), tmp_path, approval="GS京(2024)0650号<b>")
    for path in (tmp_path / "index.html", next((tmp_path / "maps").glob("*410102*"))):
        page = opened(path)
        assert page.locator("#zz-approval").inner_text() == "审图号 GS京(2024)0650号<b>"
