"""A page of every sort zzgeo writes, of tables made by hand: what holds of pages is tried on each of them."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import folium
import pandas as pd
from county_batches import BEDS, NEAR, batch, finding
from fake_report import CIRCLE, CODES, fake_report
from shapely import LineString, box
from toy import facility, people, study

import zzgeo
from zzgeo.accessibility import AccessChoices, compare_access, measure_access
from zzgeo.auditing.report import AuditReport
from zzgeo.circles import Basket, BasketClass
from zzgeo.intake.study import Study
from zzgeo.reporting import coverage_map, write
from zzgeo.reporting.pages.access import access_page
from zzgeo.reporting.pages.overview import overview_page
from zzgeo.reporting.told.counties import BatchTables

#: What the page is of, and its file. A city and its district with a plan, compared with before; a map of coverage and
#: one of folium's own; a batch, and several; audits side by side; accessibility; living circles.
EVERY_PAGE = {
    "city": "now/index.html",
    "district": "now/maps/410102.html",
    "map": "map.html",
    "folium": "folium.html",
    "batch": "batch.html",
    "batches": "batches.html",
    "trend": "trend.html",
    "access": "access.html",
    "circles": "circles/circles.html",
}

_CLASSES = (
    BasketClass("school", "小学", "primary school", ("primary_school",), minutes=10),
    BasketClass("shop", "便利店", "convenience store", ("convenience_store",), minutes=5),
    BasketClass("bank", "银行", "bank", ("bank",), minutes=15),
)


Say = Callable[[str], str]


def write_every_page(folder: Path, say: Say = str) -> None:
    """Write the pages of `EVERY_PAGE`; ``say`` turns every name and text of the data into the one to be shown."""
    report, earlier = fake_report(say, planned=True), fake_report(say)
    write(report, folder / "now", against=_before(earlier), files="pages")
    district = next((folder / "now" / "maps").glob(f"*{CODES[0]}.html"))
    district.rename(folder / EVERY_PAGE["district"])
    coverage_map(report, rule=CIRCLE, district=CODES[0]).save(str(folder / EVERY_PAGE["map"]))
    drawn = folium.Map([34.75, 113.65]).add_child(folium.Marker([34.75, 113.65], popup=say("站")))
    zzgeo.offline_map(drawn, title=say("郑州市"), lang="zh" if say is str else "en").save(
        str(folder / EVERY_PAGE["folium"])
    )
    zzgeo.trend({"2018": _before(earlier), "2020": report}).write(folder)
    _write_batches(folder, say)
    city = _street(say)
    access = measure_access(city, AccessChoices(("primary_school",), minutes=5))
    change = compare_access(access.places.assign(minutes=99.0), access.places, 5, ())
    (folder / EVERY_PAGE["access"]).write_text(access_page(access, change), encoding="utf-8")
    zzgeo.living_circles(city, Basket("own", say("生活圈"), "circle", say("自列清单"), _CLASSES)).write(
        folder / "circles"
    )


def _before(report: AuditReport) -> AuditReport:
    """Return a report in which all districts passed, and everybody was covered."""
    judged = report.findings["verdict"] == "fail"
    findings = report.findings.assign(
        verdict=report.findings["verdict"].mask(judged, "pass"),
        covered=report.findings["covered"].mask(judged, report.findings["people"]),
        missed=report.findings["missed"].mask(judged, 0.0),
    )
    return dataclasses.replace(report, findings=findings, reach={})


def _write_batches(folder: Path, say: Say) -> None:
    now = batch("2020", finding("a", NEAR, "fail", 400), finding("b", BEDS, "pass", 1), states={"c": "refused"})
    before = batch("2019", finding("a", NEAR, "pass", 20), finding("b", BEDS, "pass", 2))
    first = batch("2018", finding("a", NEAR, "pass", 20), finding("d", BEDS, "review", 3))
    now, before, first = (_said(one, say) for one in (now, before, first))
    for name, earlier in (("batch", []), ("batches", [first, before])):
        (folder / EVERY_PAGE[name]).write_text(overview_page(now, earlier, version="1"), encoding="utf-8")


def _said(tables: BatchTables, say: Say) -> BatchTables:
    def told(table: pd.DataFrame, columns: tuple[str, ...]) -> pd.DataFrame:
        return table.assign(**{column: table[column].map(say) for column in columns})

    findings = told(tables.findings, ("title_zh", "document", "section", "clause"))
    return dataclasses.replace(tables, studies=told(tables.studies, ("name", "message")), findings=findings)


def _street(say: Say) -> Study:
    """Return a street of three blocks, a district that nobody lives in, and two facilities."""
    city = study(
        facilities={"S": facility(100, 0, "primary_school"), "C": facility(1500, 0, "convenience_store")},
        demand={
            "a": people(0, 0, 100, 20, "W", None),
            "b": people(800, 0, 50, 10, "W", None),
            "c": people(4900, 0, 25, 5, "E", None),
            "off": people(0, 400, 7, 1, "W", None),
        },
        streets=[LineString([(0, 0), (5000, 0)])],
        districts={"W": box(-10, -500, 1000, 500), "E": box(1000, -500, 6000, 500), "N": box(0, 500, 6000, 900)},
    )
    names: dict[str, Any] = {
        role: table.assign(name=table["name"].map(say))
        for role, table in (("districts", city.districts), ("facilities", city.facilities))
    }
    return dataclasses.replace(city, name=say(city.name), **names)


def open_everything(page: Any, sought: str = "1") -> None:
    """Open what is folded, switch every layer on, and put a popup of the map into the page; look for a name."""
    page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true; })")
    if page.evaluate("Boolean(window.ZZ && ZZ.map)"):
        page.evaluate("ZZ.map.entries.forEach(e => ZZ.map.choose(e.id, true)); ZZ.furnish();")
        page.evaluate("document.querySelector('#zz-layers').open = true")
        page.evaluate("ZZ.map.show(ZZ.map.features('facilities')[0], 0)")
        page.locator("#zz-search").fill(sought)
    elif page.evaluate("Boolean(window.ZZ && ZZ.circles)"):
        page.evaluate("ZZ.circles.open(0)")
    elif page.locator(".leaflet-marker-icon").count():
        page.locator(".leaflet-marker-icon").first.click()
    # a popup comes in from nothing: what is not there yet has no contrast
    for popup in page.locator(".leaflet-popup").all():
        popup.evaluate("node => Promise.all(node.getAnimations().map(one => one.finished))")
