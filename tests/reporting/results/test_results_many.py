"""The city's page with 2,800 districts: it opens at once, and a district is found, ordered and reached."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from fake_report import COVERAGE, CRS, RADIUS, X0, Y0, fake_report

from zzgeo.auditing.report import AuditReport
from zzgeo.reporting.pages.city import city_page
from zzgeo.reporting.told.content import frame
from zzgeo.reporting.told.options import PageOptions

Opened = Callable[..., Any]
COUNT = 2_800


def _many() -> AuditReport:
    """Return a report of 2,800 districts: those of the small one over and over, with numbers of their own."""
    report = fake_report()
    codes = [f"{100_000 + n}" for n in range(COUNT)]
    corner = np.array([(X0 + 900 * (n % 70), Y0 + 900 * (n // 70)) for n in range(COUNT)])
    districts = gpd.GeoDataFrame(
        {"name": [f"第{n}县" for n in range(COUNT)]},
        geometry=shapely.box(corner[:, 0], corner[:, 1], corner[:, 0] + 900, corner[:, 1] + 900),
        index=pd.Index(codes, name="code"),
        crs=CRS,
    )
    rows = report.findings[(report.findings["level"] == "district") & (report.findings["district"] == "410102")]
    place = np.repeat(np.arange(COUNT), len(rows))
    many = rows.iloc[np.tile(np.arange(len(rows)), COUNT)].reset_index(drop=True)
    many = many.assign(
        district=[codes[n] for n in place],
        district_name=[f"第{n}县" for n in place],
        missed=1.0 + place,
        verdict=np.where((place % 7 == 0) & (many["rule"] == RADIUS), "pass", many["verdict"]),
    )
    city = report.findings[report.findings["level"] == "city"]
    moved = {name: getattr(report.study, name).assign(district=codes[0]) for name in ("demand", "units")}
    study = dataclasses.replace(report.study, districts=districts, **moved)
    return dataclasses.replace(report, study=study, findings=pd.concat([many, city]), gaps=report.gaps.iloc[:0])


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    report = _many()
    pages = {str(code): f"{code}.html" for code in report.study.districts.index}
    path = tmp_path_factory.mktemp("many") / "index.html"
    path.write_text(city_page(report, frame(report, PageOptions()), pages, []), "utf-8")
    return path


def _names(page: Any) -> list[str]:
    """Return the districts in their order, without the rank that may stand before each."""
    heads = page.locator(".score tbody th").all_inner_texts()
    return [name.rsplit("\n", 1)[-1] for name in heads if name != "全市"]


def test_it_is_light_and_shows_the_first_hundred(many: Path, opened: Opened) -> None:
    assert many.stat().st_size < 1_500_000
    page = opened(many)
    assert _names(page)[:2] == ["第0县", "第1县"]
    assert len(_names(page)) == 100
    assert page.locator(".choro path").count() >= COUNT
    assert "显示 100 / 2800 个区县" in page.locator("#zz-scorecard").inner_text()
    page.locator("#zz-more").click()
    assert len(_names(page)) == 200
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_a_district_is_found_by_name_or_code_while_typing(many: Path, opened: Opened) -> None:
    page = opened(many)
    page.locator("#zz-filter").press_sequentially("第271")
    assert _names(page) == ["第271县", *(f"第271{n}县" for n in range(10))]
    page.locator("#zz-filter").fill("101999")
    assert _names(page) == ["第1999县"]
    assert page.locator(".score tbody td a[href]").first.get_attribute("href").startswith("maps/101999.html#rule=")


def test_districts_are_ordered_and_only_failing_ones_shown(many: Path, opened: Opened) -> None:
    page = opened(many)
    page.locator("#zz-order").select_option("by_missed")
    assert _names(page)[:2] == ["第2799县", "第2798县"]
    page.locator("#zz-rule").select_option(RADIUS)
    page.locator("#zz-only-here").check()
    assert "显示 100 / 2400 个区县" in page.locator("#zz-scorecard").inner_text()
    assert not {f"第{n}县" for n in range(0, COUNT, 7)} & set(_names(page))
    page.locator("#zz-rule").select_option(COVERAGE)
    assert "显示 0 / 0 个区县" in page.locator("#zz-scorecard").inner_text()
