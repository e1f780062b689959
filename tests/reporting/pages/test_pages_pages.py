"""Pages in a real browser with the network off."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fake_report import CIRCLE, CODES, COVERAGE, RADIUS, fake_readings, fake_report
from hostile import Hostile

from zzgeo.auditing.report import AuditReport
from zzgeo.codes import CODES as MEANINGS
from zzgeo.errors import InputError
from zzgeo.reporting import coverage_map, scorecard_html, write

SIZES = [(1366, 768), (1920, 1080), (420, 800)]
Opened = Callable[..., Any]


def _district(written: Path) -> Path:
    return next((written / "maps").glob("*410102*"))


def _no_overlap(page: Any, selectors: list[str]) -> None:
    boxes = [page.locator(one).bounding_box() for one in selectors]
    for i, a in enumerate(boxes):
        for b in boxes[i + 1 :]:
            apart = (
                a["x"] + a["width"] <= b["x"] + 1
                or b["x"] + b["width"] <= a["x"] + 1
                or a["y"] + a["height"] <= b["y"] + 1
                or b["y"] + b["height"] <= a["y"] + 1
            )
            assert apart, (a, b)


@pytest.mark.parametrize("size", SIZES)
def test_the_city_page_opens_offline_and_fits(written: Path, opened: Opened, size: tuple[int, int]) -> None:
    page = opened(written / "index.html", size=size)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    _no_overlap(page, ["#zz-scorecard", "#zz-choropleth", "#zz-quality", "#zz-provenance"])


@pytest.mark.parametrize("size", SIZES)
def test_a_district_page_opens_offline_and_fits(written: Path, opened: Opened, size: tuple[int, int]) -> None:
    page = opened(_district(written), size=size)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    _no_overlap(page, ["#zz-rulebar", ".mapbox", "#zz-legend", "#zz-panel"])


def test_the_city_page_says_what_was_found(written: Path, opened: Opened) -> None:
    page = opened(written / "index.html")
    assert page.locator("h1").inner_text() == "样例市"
    assert "合成数据" in page.locator(".notice").inner_text()
    rows = [row.split("\t") for row in page.locator(".score tbody tr").all_inner_texts()]
    assert [cell.strip() for cell in rows[0]] == ["中原区", "✗ 71.2 %", "✓ 100 %", "✗ 71.2 % ≈"]
    assert [cell.strip() for cell in rows[1]] == ["二七区", "–", "·", "? >99.9 % ≈"]
    assert page.locator(".strip").inner_text().startswith("1 / 3")
    assert page.locator("#zz-first tbody tr").count() == 2
    assert "步行不可达" in page.locator("#zz-first tbody tr").nth(1).inner_text()


def test_a_cell_shows_its_clause_on_focus_and_leads_to_the_district_and_rule(written: Path, opened: Opened) -> None:
    page = opened(written / "index.html")
    cell = page.locator(".score tbody tr").nth(0).locator("td a").nth(2)
    cell.focus()
    assert "建成15分钟健身圈" in page.locator("#zz-tip").inner_text()
    cell.click()
    page.wait_for_selector("#zz-findings")
    assert page.locator("#zz-rule").input_value() == CIRCLE
    assert page.locator(".card.on").get_attribute("id") == f"rule-{CIRCLE}"


def test_the_city_map_follows_the_rule(written: Path, opened: Opened) -> None:
    page = opened(written / "index.html")
    fills = "[...document.querySelectorAll('.choro a path')].map(p => p.getAttribute('fill'))"
    page.locator("#zz-rule").select_option(COVERAGE)
    assert page.evaluate(fills) == ["#CFE3F1", "url(#zz-other)"]
    page.locator("#zz-rule").select_option(RADIUS)
    assert page.evaluate(fills) == ["#FEE8C8", "url(#zz-none)"]


def test_the_district_page_gives_verdict_target_and_the_words_of_the_clause(written: Path, opened: Opened) -> None:
    page = opened(_district(written), f"#rule={CIRCLE}")
    card = page.locator(".card.on")
    assert "不达标" in card.inner_text()
    assert "71.2 % / 目标 100 %" in card.inner_text()
    assert "建成15分钟健身圈" in card.locator("blockquote").inner_text()
    assert "郑政〔2018〕36号 三（四）" in card.locator("blockquote cite").inner_text()
    assert re.search(r"0\.8 m/s\s+50\.0 %\s+✗", card.inner_text())
    assert "开办日期不明、已计入的设施：3处" in card.inner_text()
    assert card.locator(".bar u").count() == 1


def test_legend_scale_and_layers_are_there(written: Path, opened: Opened) -> None:
    page = opened(_district(written), f"#rule={RADIUS}")
    legend = page.locator("#zz-legend").inner_text()
    for word in ("已覆盖", "未覆盖", "直线圈内、步行超距", "社区居家养老服务设施", "缺口片区", "区县边界", "街道路网"):
        assert word in legend
    assert page.locator(".leaflet-control-scale").is_visible()
    assert page.locator(".leaflet-control-attribution").count() == 0
    page.locator("#zz-layers summary").click()
    names = page.locator("#zz-layers label").all_inner_texts()
    assert {"人口点", "社区（村）", "服务设施", "其他设施", "服务半径（直线）", "步行可达的街道", "缺口片区"} <= {
        n.strip() for n in names
    }


def test_a_click_on_a_facility_tells_its_name_and_on_a_unit_its_share(written: Path, opened: Opened) -> None:
    page = opened(_district(written), f"#rule={COVERAGE}")
    spot = page.evaluate(
        "(() => { const p = ZZ.map.place(ZZ.map.features('facilities')[0], 0);"
        " const r = ZZ.map.leaflet.getContainer().getBoundingClientRect(); return [r.x + p.x, r.y + p.y]; })()"
    )
    page.mouse.click(*spot)
    assert "枫林日间照料中心" in page.locator(".leaflet-popup-content").inner_text()
    assert "260" in page.locator(".leaflet-popup-content").inner_text()
    page.mouse.click(spot[0] + 25, spot[1] + 12)
    popup = page.locator(".leaflet-popup-content", has_text="东苑社区").inner_text()
    assert "100 %" in popup
    assert "覆盖率达到100%" in popup


def test_a_gap_in_the_list_opens_on_the_map(written: Path, opened: Opened) -> None:
    page = opened(_district(written), f"#rule={RADIUS}")
    assert page.evaluate("ZZ.map.features('gaps')[0].numbers") == [1, 2]
    page.locator("#zz-gaps button").first.press("Enter")
    popup = page.locator(".leaflet-popup-content").inner_text()
    assert "90" in popup
    assert "1,211 m" in popup
    assert "枫林日间照料中心" in popup


def test_switching_the_rule_recolours_points_and_findings(written: Path, opened: Opened) -> None:
    page = opened(_district(written), f"#rule={RADIUS}")
    before = page.evaluate(LOOKS)
    page.locator("#zz-rule").select_option(CIRCLE)
    assert page.evaluate(LOOKS) != before
    assert page.locator(".card.on").get_attribute("id") == f"rule-{CIRCLE}"
    assert page.evaluate("ZZ.map.made('gaps')[0].look(0)") is None
    assert f"rule={CIRCLE}" in page.url
    page.locator("#zz-rule").select_option(RADIUS)
    assert page.evaluate(LOOKS) == before


#: How many points of the people's layer have which colour.
LOOKS = (
    "(() => { const n = {}, d = ZZ.map.made('people')[0]; for (let i = 0; i < d.table.n; i++)"
    " { const f = d.look(i).fill; n[f] = (n[f] || 0) + 1; } return n; })()"
)


def test_points_are_coloured_as_the_reach_says(written: Path, opened: Opened, report: AuditReport) -> None:
    page = opened(_district(written), f"#rule={RADIUS}")
    found = page.evaluate(LOOKS)
    here = report.reach[RADIUS][report.study.demand["district"] == CODES[0]]["status"].value_counts()
    assert found["#CFE3F1"] == here["covered"]
    assert found["#FFF6E0"] == here["between"]
    assert sum(found.get(one, 0) for one in ("#FEE8C8", "#FDBB84", "#E34A33")) == here["missed"]


def test_the_language_switch_turns_every_label(written: Path, opened: Opened) -> None:
    page = opened(_district(written))
    page.locator("#zz-lang-en").click()
    assert page.evaluate("document.documentElement.lang") == "en"
    assert "synthetic data" in page.locator(".notice").inner_text()
    data = page.evaluate("JSON.stringify([...document.querySelectorAll('bdi')].map(n => n.textContent))")
    text = page.evaluate(
        "(() => { const c = document.body.cloneNode(true);"
        " c.querySelectorAll('bdi, script, noscript, option, optgroup, #zz-lang-zh').forEach(n => n.remove());"
        " return c.textContent; })()"
    )
    assert "Fitness within 15 minutes" in data
    assert not re.findall(r"[\u4e00-\u9fff]+", text)
    page.locator("#zz-lang-zh").click()
    assert "核查结果" in page.locator("#zz-panel").inner_text()


def test_warnings_say_what_they_mean_in_the_language_of_the_page(written: Path, opened: Opened) -> None:
    page = opened(written / "index.html")
    meaning = MEANINGS["encoding.detected"].zh
    shown = page.evaluate("document.body.innerText")
    assert f"{meaning} · 设施.csv · gb18030 · 不是 UTF-8 · 无需处理（encoding.detected）" in shown
    told = [line for line in shown.splitlines() if re.search(r"（[a-z]+\.[a-z_]+）", line)]
    assert [line for line in told if re.search(r"[A-Za-z]{2,}(?: [a-z]{2,}){2,}", line)] == []
    page.locator("#zz-lang-en").click()
    shown = page.evaluate("document.body.innerText")
    assert "encoding.detected · 设施.csv · gb18030" in shown
    assert meaning not in shown


def test_the_city_page_has_no_chinese_label_in_english(written: Path, opened: Opened) -> None:
    page = opened(written / "index.html", "#lang=en")
    text = page.evaluate(
        "(() => { const c = document.body.cloneNode(true);"
        " c.querySelectorAll('bdi, script, noscript, option, optgroup, text, #zz-lang-zh').forEach(n => n.remove());"
        " return c.textContent; })()"
    )
    assert not re.findall(r"[\u4e00-\u9fff]+", text)


@pytest.mark.parametrize("page_name", ["index.html", "maps"])
def test_hostile_names_run_nothing_and_are_seen_as_they_are(tmp_path: Path, opened: Opened, page_name: str) -> None:
    say = Hostile()
    report = fake_report(say)
    write(report, tmp_path)
    path = tmp_path / "index.html" if page_name == "index.html" else _district(tmp_path)
    page = opened(path)
    page.locator("#zz-lang-en").click()
    page.locator("#zz-lang-zh").click()
    if page_name == "maps":
        for rule in (COVERAGE, CIRCLE, RADIUS):
            page.locator("#zz-rule").select_option(rule)
            # every popup of every layer, one after the other, each put into the page
            page.evaluate(
                "const hold = document.body.appendChild(document.createElement('div')); hold.hidden = true;"
                " ZZ.map.entries.forEach(e => { ZZ.map.choose(e.id, true); ZZ.map.made(e.id).forEach(d => {"
                " for (let i = 0; d.ask && i < d.table.n; i++) if (d.look(i))"
                " hold.appendChild(d.ask(i)); }); })"
            )
        page.locator("#zz-gaps button").first.click()
        plain = [
            "中原区",
            "样例市",
            "合成数据",
            "t-2020",
            "三（一）",
            "服务半径不超过500米",
            "四个社区中一个达标",
            "单元.gpkg",
            "西苑社区",
        ]
    else:
        plain = [
            "中原区",
            "二七区",
            "样例市",
            "合成数据",
            "郑政〔2018〕34号",
            "养老设施500米服务半径",
            "西苑社区",
            "枫林日间照料中心",
        ]
    shown = page.evaluate("document.body.textContent")
    for name in plain:
        assert say.said[name] in shown
    assert page.evaluate("document.querySelectorAll('img, iframe, object, svg svg').length") == 0
    assert page.evaluate("document.scripts.length") == page.content().count("<script")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_every_feature_says_its_hostile_name_literally(tmp_path: Path, opened: Opened) -> None:
    say = Hostile()
    write(fake_report(say), tmp_path)
    page = opened(_district(tmp_path), f"#rule={RADIUS}")
    for plain, layer in (("枫林日间照料中心", "facilities"), ("西苑社区", "gaps")):
        page.evaluate(f"ZZ.map.show(ZZ.map.features('{layer}')[0], 0)")
        assert page.locator(".leaflet-popup-content h2").last.evaluate("n => n.textContent") == say.said[plain]


def test_the_pages_policy_lets_only_their_own_scripts_run(written: Path) -> None:
    for path in (written / "index.html", _district(written)):
        text = path.read_text("utf-8")
        policy = re.search(r'Content-Security-Policy" content="([^"]*)"', text)
        assert policy
        assert "default-src 'none'" in policy.group(1)
        script_src = policy.group(1).split("script-src")[1].split(";")[0]
        assert "unsafe" not in script_src
        assert script_src.count("sha256-") == text.count("<script>")


def test_a_script_put_into_a_page_afterwards_does_not_run(written: Path, browser: Any, tmp_path: Path) -> None:
    text = _district(written).read_text("utf-8").replace("</body>", "<script>window.__pwned=1</script></body>")
    (tmp_path / "x.html").write_text(text, "utf-8")
    page = browser.new_page()
    page.goto(f"file://{tmp_path}/x.html")
    assert page.evaluate("window.__pwned") is None
    page.close()


def test_the_coverage_map_is_a_folium_map_that_saves_and_opens(
    tmp_path: Path, opened: Opened, report: AuditReport
) -> None:
    folium = pytest.importorskip("folium")
    drawn = coverage_map(report, rule=CIRCLE, district=CODES[0])
    assert isinstance(drawn, folium.Map)
    drawn.save(str(tmp_path / "map.html"))
    page = opened(tmp_path / "map.html")
    assert page.locator("#zz-rule").input_value() == CIRCLE
    assert page.locator(".folium-map canvas").count() == 1
    assert "srcdoc" in drawn._repr_html_()


def test_the_map_of_the_city_takes_a_marker_of_folium_itself(
    tmp_path: Path, opened: Opened, report: AuditReport
) -> None:
    folium = pytest.importorskip("folium")
    drawn = coverage_map(report)
    folium.CircleMarker([34.75, 113.65], radius=30, color="#123456").add_to(drawn)
    drawn.save(str(tmp_path / "map.html"))
    page = opened(tmp_path / "map.html")
    assert (
        page.evaluate(
            "(() => { let n = 0; ZZ.map.leaflet.eachLayer(l => { if (l.options.color === '#123456') n++; });"
            " return n; })()"
        )
        == 1
    )
    assert page.locator("h1").inner_text() == "样例市"


def test_an_unknown_rule_or_district_is_told_with_those_there_are(report: AuditReport) -> None:
    with pytest.raises(InputError, match=RADIUS) as caught:
        coverage_map(report, rule="nonsense", district="999999")
    assert len(caught.value.problems) == 2


def test_the_notebook_scorecard_escapes_every_name() -> None:
    html = scorecard_html(fake_report(Hostile()))
    assert "<script" not in html
    assert "<img" not in html
    assert "✗" in html


def test_a_page_stays_small(written: Path) -> None:
    assert _district(written).stat().st_size < 400_000


def test_pages_say_whether_verdicts_hold_or_how_to_compute_it(
    written: Path, opened: Callable[..., Any], tmp_path: Path
) -> None:
    for name in ("index.html", "maps/中原区-410102.html"):
        how = opened(written / name).locator("#zz-holding-how").inner_text()
        assert "--sensitivity" in how
    report = fake_report()
    write(report.with_sensitivity(fake_readings(report)), tmp_path / "out", files="pages")
    district = opened(tmp_path / "out" / "maps" / "中原区-410102.html")
    assert district.locator("#zz-holding-how").count() == 0
    assert "换用OSMnx 步行规则，结论不变" in district.locator(".card.on .holding").inner_text()
    city = opened(tmp_path / "out" / "index.html", "", (1366, 2000))
    assert "步速0.8米/秒，结论变为" in city.locator("#zz-holdings").inner_text()
