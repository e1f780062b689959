"""Ten things an official asks of the pages of the sample study, network off: each once by mouse, once by keyboard.

What must stand there is worked out from the tables and the audit file that are written beside the pages.
"""

from __future__ import annotations

import csv
import json
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyogrio
import pytest
from places import ROOT

DISTRICT = "410106"
SIZE = {"width": 1366, "height": 768}

#: Stops of the Tab key anybody is asked for, at most, from the top of a page or from the skip link.
MOST_STOPS = 24


@dataclass
class Mouse:
    """Whoever has a mouse: what is wanted is pointed at and clicked."""

    page: Any

    def use(self, wanted: Any) -> None:
        wanted.scroll_into_view_if_needed()
        box = wanted.bounding_box()
        self.page.mouse.click(box["x"] + min(box["width"], 40) / 2, box["y"] + box["height"] / 2)

    def rest_on(self, cell: Any) -> None:
        cell.hover()

    def cell(self, cell: Any) -> None:
        self.use(cell)

    def first_result(self) -> None:
        self.page.locator("#zz-results li").first.click()


@dataclass
class Keyboard:
    """Whoever has none: Tab, arrows and Enter, and the focus is always to be seen."""

    page: Any

    def _held(self, wanted: Any) -> bool:
        return bool(wanted.evaluate("n => n === document.activeElement"))

    def reach(self, wanted: Any) -> None:
        """Go to the top, by the skip link to the content if it stands there, and on by Tab."""
        self.page.locator("#zz-skip").focus()
        if wanted.evaluate("n => Boolean(n.closest('#zz-panel'))"):
            self.page.keyboard.press("Enter")
        for _ in range(MOST_STOPS):
            if self._held(wanted):
                break
            self.page.keyboard.press("Tab")
        assert self._held(wanted), f"not reached within {MOST_STOPS} stops"
        assert wanted.evaluate("n => getComputedStyle(n).outlineStyle") != "none", "the focus is not to be seen"

    def use(self, wanted: Any) -> None:
        self.reach(wanted)
        if wanted.evaluate("n => n.matches('button, a, summary')"):
            self.page.keyboard.press("Enter")

    def rest_on(self, cell: Any) -> None:
        """Reach the table, then go by arrows: down to the row, along to the column."""
        stop = self.page.locator(".score [tabindex='0']")
        self.reach(stop.element_handle())
        for key, side in (("ArrowDown", "bottom"), ("ArrowRight", "right")):
            for _ in range(MOST_STOPS):
                here, there = (
                    one.evaluate(f"n => n.closest('th, td').getBoundingClientRect().{side}") for one in (stop, cell)
                )
                if here >= there - 1:
                    break
                self.page.keyboard.press(key)
        assert self._held(cell)

    def cell(self, cell: Any) -> None:
        self.rest_on(cell)
        self.page.keyboard.press("Enter")

    def first_result(self) -> None:
        self.page.keyboard.press("ArrowDown")
        self.page.keyboard.press("Enter")


@dataclass
class Truth:
    """What the files beside the pages say."""

    findings: list[dict[str, Any]]
    warnings: list[str]
    gaps: list[dict[str, str]]
    sites: list[dict[str, str]]
    facilities: Any
    outline: Any

    def worst(self, level: str) -> dict[str, Any]:
        """Return the finding that misses most people, of the city or of the district."""
        rows = [row for row in self.findings if row["level"] == level and row["missed"]]
        return max(
            (row for row in rows if level == "city" or row["district"] == DISTRICT), key=lambda row: row["missed"]
        )

    def first_gaps(self, rule: str) -> list[dict[str, str]]:
        rows = [row for row in self.gaps if row["rule"] == rule and row["district"] == DISTRICT]
        return sorted(rows, key=lambda row: int(row["rank"]))


def _rows(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(path.read_text("utf-8-sig").splitlines()))


@pytest.fixture(scope="module")
def truth(demo: Path) -> Truth:
    told = json.loads((demo / "audit.json").read_text("utf-8"))
    titles = {rule["rule"]: rule for rule in told["rules"]}
    # what most findings of a clause say alike stands once, under the clause
    findings = [
        {**titles[row["rule"]], **titles[row["rule"]]["usual"], **row}
        for row in told["findings"]
        if row["level"] in ("city", "district")
    ]
    districts = pyogrio.read_dataframe(demo / "layers.gpkg", layer="districts")
    return Truth(
        findings,
        told["warnings"],
        _rows(demo / "gaps.csv"),
        _rows(demo / "next_sites.csv"),
        pyogrio.read_dataframe(demo / "layers.gpkg", layer="facilities").set_index("facility_id"),
        districts.set_index("code").geometry[DISTRICT],
    )


@pytest.fixture(scope="module")
def pages(demo: Path, browser: Any) -> Iterator[dict[str, Any]]:
    """Return the city's page and the district's, opened once; they ask for nothing and complain of nothing."""
    context = browser.new_context(viewport=SIZE)
    context.set_offline(True)
    context.add_init_script("window.printed = 0; window.print = () => { window.printed += 1; };")
    faults: list[str] = []
    opened = {}
    for name, path in (("city", demo / "index.html"), ("district", next((demo / "maps").glob(f"*{DISTRICT}*")))):
        page = opened[name] = context.new_page()
        page.set_default_timeout(5_000)
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("request", lambda asked: faults.append(asked.url) if "html" not in asked.url else None)
        page.goto(path.as_uri())
        page.wait_for_selector("#zz-top h1")
    yield opened
    context.close()
    assert faults == []


@pytest.fixture(params=[Mouse, Keyboard], ids=["mouse", "keyboard"])
def hand(request: pytest.FixtureRequest, pages: dict[str, Any]) -> Any:
    """Return a function that gives the hand for one of the two pages, brought to the front."""

    def of(name: str) -> Any:
        pages[name].bring_to_front()
        pages[name].mouse.move(1, 1)
        return request.param(pages[name])

    return of


def _column(page: Any, finding: dict[str, Any]) -> Any:
    return page.locator(".score thead button", has_text=finding["title_zh"])


def _choose(hand: Any, rule: str) -> None:
    """Choose a clause on the district's page by the head of its card."""
    hand.use(hand.page.locator(f"#rule-{rule} .head"))
    assert hand.page.locator("#zz-rule").input_value() == rule


def test_which_clause_fails_worst(hand: Any, truth: Truth) -> None:
    worst, user = truth.worst("city"), hand("city")
    missed = f"{worst['missed']:,.0f}"
    answer = user.page.locator("#zz-answer").inner_text()
    assert f"“{worst['title_zh']}”：{missed}人" in answer
    user.cell(_column(user.page, worst).first)
    assert _column(user.page, worst).get_attribute("aria-pressed") == "true"
    assert f"{worst['title_zh']}：未覆盖 {missed} 人" in user.page.locator(".strip").inner_text()


def test_who_says_so_with_title_and_date(hand: Any, truth: Truth) -> None:
    worst, user = truth.worst("city"), hand("city")
    document = tomllib.loads((ROOT / "zzgeo" / "standards" / f"{worst['standard']}.toml").read_text("utf-8"))[
        "document"
    ]
    column = _column(user.page, worst).evaluate("n => n.closest('th').cellIndex")
    user.rest_on(user.page.locator(".score tr.whole").locator("td").nth(column - 1).locator("a"))
    tip = user.page.locator("#zz-tip").inner_text()
    signed = document.get("signed") or document["printed"]
    for words in (
        worst["clause"],
        document["number"],
        worst["section"],
        document["title"],
        document["issuer"],
        f"{signed}",
    ):
        assert words in tip


def test_how_sure_it_is(hand: Any, truth: Truth) -> None:
    user = hand("district")
    own = [row for row in truth.findings if row["level"] == "district" and row["district"] == DISTRICT]
    turning = sum(row["sensitive"] for row in own if row["verdict"] in ("pass", "fail", "review"))
    told = f"结论{turning}项" if turning else "没有结论随步速或量距方式改变"
    assert told in user.page.locator("#zz-answer").inner_text()
    stale = next(one.split(" · ")[1] for one in truth.warnings if one.startswith("layer.stale"))
    rule = next(row["rule"] for row in own if row["standard"] == "zz2018-34" and row["verdict"] == "fail")
    _choose(user, rule)
    lists = user.page.locator(".card.on .lists").inner_text()
    assert stale in lists
    assert "陈旧" in lists


def test_three_communities_that_are_missed(hand: Any, truth: Truth) -> None:
    worst, user = truth.worst("district"), hand("district")
    _choose(user, worst["rule"])
    rows = [row.split("\t") for row in user.page.locator("#zz-gaps tbody tr").all_inner_texts()[:3]]
    told = [(row["unit_name"], f"{float(row['missed']):,.0f}") for row in truth.first_gaps(worst["rule"])[:3]]
    assert [(row[1].strip(), row[2].strip()) for row in rows] == told


def test_the_nearest_facility_of_one_of_them(hand: Any, truth: Truth) -> None:
    worst, user = truth.worst("district"), hand("district")
    _choose(user, worst["rule"])
    first = truth.first_gaps(worst["rule"])[0]
    name, metres = truth.facilities["name"][first["nearest_facility"]], f"{float(first['nearest_m']):,.0f} m"
    user.use(user.page.locator("#zz-gaps tbody button").first)
    popup = user.page.locator(".leaflet-popup-content").inner_text()
    assert first["unit_name"] in popup
    for told in (user.page.locator("#zz-gaps tbody tr").first.inner_text(), popup):
        assert name in told
        assert metres in told


def test_what_to_build_first(hand: Any, truth: Truth) -> None:
    site, user = _site(truth), hand("district")
    _choose(user, site["rule"])
    row = user.page.locator("#zz-next tbody tr").first.inner_text().split("\t")
    assert [one.strip() for one in row[:2]] == [site["unit_name"], f"{float(site['gained_people']):,.0f}"]


def _site(truth: Truth) -> dict[str, str]:
    return next(row for row in truth.sites if row["district"] == DISTRICT)


def test_where_that_is(hand: Any, truth: Truth) -> None:
    site, user = _site(truth), hand("district")
    _choose(user, site["rule"])
    user.page.evaluate("ZZ.map.leaflet.setZoom(10)")
    user.use(user.page.locator("#zz-next tbody button").first)
    away = user.page.evaluate(
        "at => { const m = ZZ.map.leaflet, p = m.latLngToContainerPoint(at), s = m.getSize();"
        " return [Math.abs(p.x - s.x / 2), Math.abs(p.y - s.y / 2), m.getZoom()]; }",
        [float(site["lat"]), float(site["lon"])],
    )
    assert away[0] < SIZE["width"] / 4
    assert away[1] < SIZE["height"] / 4
    assert away[2] > 12
    assert user.page.locator(".leaflet-popup-content").is_visible()


@pytest.mark.parametrize("name", ["city", "district"])
def test_print(hand: Any, name: str) -> None:
    user = hand(name)
    before = user.page.evaluate("window.printed")
    user.use(user.page.locator("#zz-print"))
    assert user.page.evaluate("window.printed") == before + 1


def test_switch_the_language(hand: Any, truth: Truth) -> None:
    worst, user = truth.worst("district"), hand("district")
    for lang, title in (("en", worst["title_en"]), ("zh", worst["title_zh"])):
        user.use(user.page.locator(f"#zz-lang-{lang}"))
        assert user.page.locator("html").get_attribute("lang") == {"en": "en", "zh": "zh-CN"}[lang]
        assert f"“{title}”" in user.page.locator("#zz-answer").inner_text()
        # whoever switched it by keyboard goes on from there
        assert user.page.evaluate("document.activeElement.id") == f"zz-lang-{lang}"


def test_find_a_facility_by_name(hand: Any, truth: Truth) -> None:
    user = hand("district")
    here = truth.facilities[truth.facilities.within(truth.outline)]
    name = str(here["name"].drop_duplicates(keep=False).iloc[-1])
    user.use(user.page.locator("#zz-search"))
    user.page.keyboard.press("Control+A")
    user.page.keyboard.type(name)
    user.first_result()
    assert user.page.locator(".leaflet-popup-content h2").inner_text() == name
