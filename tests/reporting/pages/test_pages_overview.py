"""The page over all studies of a batch, in a browser with the network off."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from county_batches import BEDS, NEAR, batch, finding

from zzgeo.reporting.pages.overview import overview_data, overview_page

Opened = Callable[..., Any]
CHECK = (Path(__file__).parent / "accessible.js").read_text("utf-8")

NOW = batch(
    "本次",
    finding("a", NEAR, "fail", 400),
    finding("b", NEAR, "fail", 300, 400),
    finding("c", NEAR, "pass", 0),
    finding("a", BEDS, "pass", 1),
    finding("b", BEDS, "review", 2),
    states={"d": "refused", "<b>e</b>": "over-time"},
)
BEFORE = batch(
    "上次", finding("a", NEAR, "pass", 20), finding("b", NEAR, "fail", 300, 400), finding("z", NEAR, "fail", 7)
)
FIRST = batch("更早", finding("a", NEAR, "pass", 20), finding("b", NEAR, "fail", 310, 400))


@pytest.fixture
def page(tmp_path: Path, opened: Opened) -> Any:
    path = tmp_path / "index.html"
    path.write_text(overview_page(NOW, [FIRST, BEFORE], version="1"), encoding="utf-8")
    return opened(path)


def _names(page: Any) -> list[str]:
    return [str(one).strip() for one in page.locator("#zz-counties tbody th").all_inner_texts()]


def test_the_first_line_says_how_many_and_the_worst_clause(page: Any) -> None:
    told = page.locator(".strip").inner_text()
    assert "3 / 5" in told
    assert "条款near" in told
    assert "2 个不达标" in told
    assert "700" in told


def test_counties_are_ranked_by_people_and_by_share(page: Any) -> None:
    assert _names(page) == ["a县", "b县", "c县"]
    page.locator("#zz-order").select_option("by_share_missed")
    assert _names(page) == ["b县", "a县", "c县"]
    page.locator("#zz-only").check()
    assert _names(page) == ["b县", "a县"]
    page.locator("#zz-filter").fill("a")
    assert _names(page) == ["a县"]


def test_another_clause_is_chosen_by_keyboard(page: Any) -> None:
    page.locator("#zz-counties thead button").nth(1).focus()
    page.keyboard.press("Enter")
    assert "rule=beds" in page.url
    assert _names(page) == ["b县", "a县", "c县"]


def test_a_county_leads_to_its_own_page_with_the_clause(page: Any) -> None:
    assert page.locator("#zz-counties tbody a").first.get_attribute("href").startswith("a/index.html#rule=near")


def test_the_map_shades_by_people_and_by_share(page: Any) -> None:
    fills = "[...document.querySelectorAll('#zz-choropleth path')].map(p => p.getAttribute('fill'))"
    counted = page.evaluate(fills)
    assert len(counted) == 5
    assert counted.count("url(#zz-none)") == 2, "who has no result is hatched, not met"
    page.locator("#zz-by").select_option("share_of")
    assert len(set(page.evaluate(fills))) == 3, "hatched, nobody missed, and above a quarter twice"


def test_what_changed_and_the_trend_stand_below(page: Any) -> None:
    changed = page.locator("#zz-changed").inner_text()
    assert "上次" in changed
    assert "320" in changed
    assert "700" in changed
    told = [one.inner_text() for one in page.locator("#zz-changed summary").all()]
    assert told == ["结论有变的 1 项", "上次没有结果的 1 个", "本次没有结果的 1 个"]
    assert page.locator("#zz-trend thead th").all_inner_texts()[2:] == ["更早", "上次", "本次"]


def test_who_failed_and_why_is_text_and_never_markup(page: Any) -> None:
    told = page.locator("#zz-unfinished").inner_text()
    assert "<b>e</b>县" in told
    assert "超时" in told
    assert "没有这一列" in told


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_page_is_accessible_and_in_one_language(tmp_path: Path, opened: Opened, lang: str) -> None:
    path = tmp_path / "index.html"
    path.write_text(overview_page(NOW, [FIRST, BEFORE], lang=lang, version="1"), encoding="utf-8")
    page = opened(path)
    page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true; })")
    assert page.evaluate(CHECK) == []
    assert page.evaluate("document.documentElement.lang") == ("zh-CN" if lang == "zh" else "en")


def test_it_fits_a_telephone(tmp_path: Path, opened: Opened) -> None:
    path = tmp_path / "index.html"
    path.write_text(overview_page(NOW, [FIRST, BEFORE], version="1"), encoding="utf-8")
    page = opened(path, size=(390, 844))
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_a_batch_without_a_verdict_says_so(tmp_path: Path, opened: Opened) -> None:
    empty = batch("空", finding("a", NEAR, "nodata", float("nan")), states={"b": "refused"})
    path = tmp_path / "index.html"
    path.write_text(overview_page(empty), encoding="utf-8")
    assert "没有任何条款可以判断" in opened(path).locator("#zz-main").inner_text()


def test_the_same_batch_is_the_same_page() -> None:
    assert overview_page(NOW, [BEFORE]) == overview_page(NOW, [BEFORE])
    assert overview_data(NOW)["changes"] is None
    assert overview_data(NOW)["trend"] == []
