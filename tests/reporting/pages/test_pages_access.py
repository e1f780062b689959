"""The page of accessibility, in a browser with the network off."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from shapely import LineString, box
from toy import facility, people, study

from zzgeo.accessibility import AccessChoices, compare_access, measure_access
from zzgeo.reporting.pages.access import access_page

Opened = Callable[..., Any]
CHECK = (Path(__file__).parent / "accessible.js").read_text("utf-8")


@pytest.fixture
def page(tmp_path: Path, opened: Opened) -> Any:
    city = study(
        facilities={"F1": facility(100, 0), "F2": facility(1500, 0)},
        demand={
            "a": people(0, 0, 100, 1, "W", None),
            "b": people(800, 0, 50, 1, "W", None),
            "c": people(4900, 0, 25, 1, "E", None),
        },
        streets=[LineString([(0, 0), (5000, 0)])],
        districts={"W": box(-10, -500, 1000, 500), "E": box(1000, -500, 6000, 500), "N": box(0, 500, 6000, 900)},
    )
    result = measure_access(city, AccessChoices(("elderly_day_care",), minutes=5))
    change = compare_access(result.places.assign(minutes=99.0), result.places, 5, ())
    path = tmp_path / "index.html"
    path.write_text(access_page(result, change), encoding="utf-8")
    return opened(path)


def test_the_first_line_and_the_table_say_who_is_within(page: Any) -> None:
    assert "步行 5 分钟内到达最近设施：100 人（57.1 %）" in page.locator(".strip").inner_text()
    rows = page.locator("#zz-districts tbody tr").all_inner_texts()
    assert [row.split("\t")[:4] for row in rows] == [
        ["区W", "150", "100", "50"],
        ["区E", "25", "0", "25"],
        ["区N", "0", "0", "0"],
        ["全市", "175", "100", "75"],
    ]


def test_the_map_is_shaded_by_what_is_chosen_and_a_district_of_nobody_is_hatched(page: Any) -> None:
    def fills() -> dict[str, str]:
        return {one.get_attribute("data-code"): one.get_attribute("fill") for one in page.locator(".choro path").all()}

    first = fills()
    assert first["N"] == "url(#zz-none)"
    assert first["W"] != first["E"]
    page.locator("#zz-by").select_option("median")
    # nearest is best: E, where all are far, is the darker one by both
    assert fills() == first
    page.locator("#zz-by").select_option("cumulative")
    assert "累计可达机会" in page.locator(".choro").get_attribute("aria-label")


def test_the_curve_has_a_step_a_minute_and_a_table(page: Any) -> None:
    path = page.locator(".access-curve path").get_attribute("d")
    assert path.count("H") == 60
    assert page.locator("#zz-curve tbody tr").first.inner_text().split("\t") == ["0", "0", "0 %"]
    assert page.locator("#zz-curve tbody tr").last.inner_text().split("\t")[1:] == ["175", "100 %"]


def test_who_gained_stands_on_the_page_in_both_languages(page: Any) -> None:
    assert "最近设施步行时间" in page.locator("#zz-changed").inner_text()
    page.locator("#zz-lang-en").click()
    text = page.locator("#zz-changed").inner_text()
    assert "Gained" in text
    assert page.locator("#zz-changed tbody tr").last.inner_text().split("\t")[:4] == [
        "Way to the nearest",
        "City",
        "100",
        "0",
    ]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_page_is_accessible(page: Any, lang: str) -> None:
    page.locator(f"#zz-lang-{lang}").click()
    page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true; })")
    assert page.evaluate(CHECK) == []
