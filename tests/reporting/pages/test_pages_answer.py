"""The answer first, and what to do about it: pages of the city and of a district, in a browser without network."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from fake_report import CIRCLE, CODES, COVERAGE, RADIUS, fake_report

from zzgeo.layers.places import LAYER as PLACES
from zzgeo.layers.roads import LAYER as ROADS
from zzgeo.layers.suggested import LAYER as SUGGESTED
from zzgeo.reporting.told.answer import answers
from zzgeo.standards import shipped

Opened = Callable[..., Any]


def _district(written: Path) -> Path:
    return next((written / "maps").glob("*410102*"))


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_both_pages_begin_with_the_answer_word_for_word(written: Path, opened: Opened, lang: str) -> None:
    told = answers(fake_report())
    for path, code in ((written / "index.html", None), (_district(written), CODES[0])):
        page = opened(path, f"#lang={lang}")
        said = page.locator("#zz-answer").inner_text().replace("\n", "").replace(" ", "")
        assert said == "".join(told(code)[lang]).replace(" ", "")
        first = page.evaluate("document.querySelector('#zz-main section, #zz-panel section').id")
        assert first == "zz-answer"


def test_on_a_telephone_the_answer_stands_before_the_map(written: Path, opened: Opened) -> None:
    page = opened(_district(written), size=(390, 844))
    lead = page.locator(".lead")
    assert lead.is_visible()
    assert lead.inner_text() == answers(fake_report())(CODES[0])["zh"][0]
    assert lead.bounding_box()["y"] < page.locator(".mapbox").bounding_box()["y"]
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert not opened(_district(written)).locator(".lead").is_visible()


def test_the_first_tab_skips_to_the_content(written: Path, opened: Opened) -> None:
    for path, target in ((written / "index.html", "zz-main"), (_district(written), "zz-panel")):
        page = opened(path)
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.id") == "zz-skip"
        assert page.locator("#zz-skip").inner_text() == "跳到主要内容"
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.id") == target


def test_the_matrix_is_ranked_by_a_click_on_the_chosen_clause_and_keeps_its_first_column(
    written: Path, opened: Opened
) -> None:
    page = opened(written / "index.html", f"#rule={CIRCLE}")
    chosen = "#zz-scorecard thead th.chosen"
    assert page.locator(chosen).get_attribute("aria-sort") is None
    page.locator(f"{chosen} button").click()
    assert page.locator(chosen).get_attribute("aria-sort") == "ascending"
    ranked = [one.split(".") for one in page.locator(".score tbody tr th").all_inner_texts()]
    assert [one[0] for one in ranked[:2]] == ["1", "2"]
    page.locator("#zz-order").select_option("by_share_missed")
    assert page.locator("#zz-scorecard .rank").count() == 2
    widths = "[...document.querySelectorAll('.score tbody tr:first-child .cellbar i')].map(b => b.style.width)"
    assert "71.2%" in [f"{float(one[:-1]):.1f}%" for one in page.evaluate(widths)]
    assert page.evaluate("getComputedStyle(document.querySelector('.score th.place')).position") == "sticky"


def test_the_city_map_shades_by_count_and_by_share_and_sets_missing_data_apart(written: Path, opened: Opened) -> None:
    page = opened(written / "index.html", f"#rule={RADIUS}")
    texts = "[...document.querySelectorAll('.choro text.sub')].map(t => t.textContent)"
    assert page.evaluate(texts) == ["144"]
    page.locator("#zz-by").select_option("share_of")
    assert page.evaluate(texts) == ["28.8 %"]
    fills = "[...document.querySelectorAll('.choro a path')].map(p => p.getAttribute('fill'))"
    assert page.evaluate(fills)[1] == "url(#zz-none)", "no data is hatched"
    page.locator("#zz-rule").select_option(COVERAGE)
    assert page.evaluate(fills)[1] == "url(#zz-other)", "what does not apply is not hatched"


def test_files_stand_beside_the_figures_they_hold(written: Path, opened: Opened) -> None:
    page = opened(written / "index.html")
    for section, name in (("zz-scorecard", "findings.csv"), ("zz-first", "gaps.csv"), ("zz-choropleth", "ranking.csv")):
        link = page.locator(f"#{section} .get a", has_text=name)
        assert link.get_attribute("href") == name
        assert (written / name).exists()


def test_documents_have_title_issuer_and_day(tmp_path: Path, opened: Opened) -> None:
    import dataclasses

    standard = shipped()["zz2018-34"]
    dataclasses.replace(fake_report(), standards=(standard,)).write(tmp_path / "out", files="pages")
    told = opened(tmp_path / "out" / "index.html").locator("#zz-documents tbody tr").inner_text()
    document = standard.document
    day = document.signed or document.printed
    for words in (document.number, document.title, document.issuer, day.isoformat() if day else "–"):
        assert words in told


def test_a_popup_says_whose_verdict_it_tells(written: Path, opened: Opened) -> None:
    page = opened(_district(written), f"#rule={COVERAGE}")
    page.evaluate("ZZ.map.show(ZZ.map.features('facilities')[0], 0)")
    whose = page.locator(".leaflet-popup-content .whose").inner_text()
    assert "中原区" in whose
    assert "整体结论" in whose
    page.evaluate("ZZ.map.show(ZZ.map.holding('by_rule')[0], 0)")
    popup = page.locator(".leaflet-popup-content").inner_text()
    assert "本处结论" in popup
    assert "中原区" in page.locator(".leaflet-popup-content .whose").inner_text()


def test_the_spot_for_the_next_facility_is_marked_and_opens_from_its_list(written: Path, opened: Opened) -> None:
    page = opened(_district(written), f"#rule={RADIUS}")
    order = page.evaluate("[...document.querySelectorAll('#zz-panel > section')].map(s => s.id)")
    assert order.index("zz-next") < order.index("zz-gaps") < order.index("zz-units")
    assert "下一处设施的建议位置" in page.locator("#zz-legend").inner_text()
    page.locator("#zz-next button").first.click()
    told = page.locator(".leaflet-popup-content").inner_text()
    assert "新增覆盖" in told
    assert "12" in told


def test_long_lists_are_short_until_all_is_asked_for(written: Path, opened: Opened) -> None:
    page = opened(_district(written))
    page.evaluate(
        "document.getElementById('zz-panel').append(ZZ.listed('zz-list-test', 'test', [['n']],"
        " [...Array(30).keys()].map(n => [String(n)])))"
    )
    rows = page.locator("#zz-list-test tbody tr")
    assert rows.count() == 8
    button = page.locator("#zz-list-test .unfold")
    assert "30" in button.inner_text()
    button.focus()
    page.keyboard.press("Enter")
    assert rows.count() == 30
    assert page.evaluate("document.activeElement.className").endswith("unfold")


def test_missing_data_and_what_does_not_apply_are_told_apart(tmp_path: Path, opened: Opened) -> None:
    report = fake_report()
    report.write(tmp_path / "out", files="pages")
    page = opened(next((tmp_path / "out" / "maps").glob("*410103*")))
    rows = report.districts[report.districts["district"] == CODES[1]]
    for verdict in ("nodata", "not-applicable"):
        number = int((rows["verdict"] == verdict).sum())
        told = page.locator(f"#zz-silent-{verdict}")
        assert told.count() == min(number, 1)
        if number:
            assert f" {number} 条" in told.inner_text()


def test_names_and_big_roads_are_the_studys_own() -> None:
    report = fake_report()
    study = report.study
    lines = study.streets.geometry.iloc[:3].tolist() if study.streets is not None else []
    west, south, east, _ = study.districts.geometry.iloc[0].bounds
    road = shapely.LineString([(west + 50, south + 50), (east - 50, south + 50)])
    streets = gpd.GeoDataFrame(
        {"highway": [*["residential"] * len(lines), "primary"], "name": [*[None] * len(lines), "中州大道"]},
        geometry=[*lines, road],
        crs=study.crs,
        index=pd.RangeIndex(len(lines) + 1, name="edge_id"),
    )
    vars(study)["streets"] = streets
    assert PLACES.build is not None
    assert ROADS.build is not None
    [feature] = PLACES.build(report)(CODES[0])
    assert "二七区" in feature["titles"]
    assert "中原区" not in feature["titles"], "the district itself is named above its map"
    assert "中州大道" in feature["titles"]
    [drawn] = ROADS.build(report)(CODES[0])
    assert len(drawn["xy"]) == 1
    assert SUGGESTED.build is not None
    json.dumps(SUGGESTED.build(report)(CODES[0]))


def test_crowded_points_become_cells_and_are_points_again_from_near(tmp_path: Path, opened: Opened) -> None:
    fake_report().write(tmp_path / "out", files="pages")
    page = opened(_district(tmp_path / "out"), f"#rule={RADIUS}")
    rng = np.random.default_rng(7)
    spots = rng.random((3000, 2)).round(4).tolist()
    celled, seen, near = page.evaluate(
        """spots => {
          const t = ZZ.map.sheet.drawings.find(d => d.cells).table;
          const x = Math.min(...t.x), y = Math.min(...t.y), w = Math.max(...t.x) - x, h = Math.max(...t.y) - y;
          const table = { n: spots.length, x: spots.map(s => x + s[0] * w / 8), y: spots.map(s => y + s[1] * h / 8) };
          const fill = c => { window.seen.push([c.missed, c.covered]); return "#ff0000"; };
          window.seen = [];
          ZZ.map.leaflet.setZoom(12, { animate: false });
          ZZ.map.sheet.show([{ table: table, kind: "point", look: () => ({ shape: "circle", fill: "#000000" }),
            cells: { kind: i => i % 2 ? "m" : "c", people: () => 2, fill: fill } }]);
          const celled = ZZ.map.sheet.celled, seen = window.seen;
          ZZ.map.leaflet.setZoom(15, { animate: false });
          return [celled, seen, ZZ.map.sheet.celled];
        }""",
        spots,
    )
    assert celled
    assert not near
    assert sum(missed for missed, _ in seen) == sum(covered for _, covered in seen) == 3000
