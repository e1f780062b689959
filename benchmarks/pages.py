"""Sizes and drawing times of pages, against their limits.

``python -m benchmarks.pages`` makes three synthetic audits and opens what they write in a real Chromium with the
network off: a district of 20,000 units (at most 1.5 MB, drawn within 1 s), one of 100,000 demand cells (5 MB, 2 s), and
a site of 2,800 counties (10 minutes, 300 MB). ``python -m benchmarks.pages cells`` runs one of them; exit 1 where a
limit is not kept. ``python -m benchmarks.pages beside FOLDER`` sets pages beside those of another checkout of the
project (`benchmarks.beside`).
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import importlib
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely

from benchmarks.beside import beside
from zzgeo.auditing.report import AuditReport
from zzgeo.auditing.run import audit
from zzgeo.intake.study import Study
from zzgeo.reporting import write
from zzgeo.rules.parts.base import Context
from zzgeo.standards import Document, Rule, Standard

CRS = pyproj.CRS.from_epsg(4547)
X0, Y0 = 440_000.0, 3_820_000.0


def rules() -> list[Standard]:
    """Return a standard of three clauses: a radius, a time circle, a coverage of units."""
    common: dict[str, Any] = {
        "section": "一",
        "verified_on": dt.date(2026, 1, 1),
        "facilities": ("elderly_day_care",),
        "population": "aged_60_plus",
        "document": "测〔2026〕1号",
    }
    clauses = (
        Rule(
            id="radius",
            title="养老设施500米服务半径",
            title_en="Elderly care within 500 m",
            clause="服务半径不超过500米",
            rule="service-radius",
            applies_to="urban-community",
            operator="<=",
            value=500,
            unit="m",
            **common,
        ),
        Rule(
            id="circle",
            title="15分钟养老服务圈",
            title_en="Elderly care within 15 minutes",
            clause="建成15分钟养老服务圈",
            rule="time-circle",
            operator="<=",
            value=15,
            unit="minutes",
            **common,
        ),
        Rule(
            id="coverage",
            title="社区覆盖率",
            title_en="Every community has one",
            clause="覆盖率达到100%",
            rule="unit-coverage",
            applies_to="urban-community",
            operator=">=",
            value=100,
            unit="percent of units",
            **common,
        ),
    )
    document = Document(
        id="bench", number="测〔2026〕1号", title="测", title_en="Test", issuer="测", jurisdiction="zhengzhou"
    )
    return [Standard(document=document, clauses=clauses)]


def cells(random: np.random.Generator, count: int, width: float, height: float) -> Any:
    """Return areas that tile a box: Voronoi cells whose edges have a bend, twelve corners or so each."""
    seeds = np.column_stack([random.uniform(0, width, count), random.uniform(0, height, count)])
    box = shapely.box(0, 0, width, height)
    whole = shapely.voronoi_polygons(shapely.multipoints(seeds), extend_to=box, ordered=True)
    bent = shapely.transform(shapely.segmentize(shapely.get_parts(whole), 0.6 * width / count**0.5), _bend)
    return shapely.transform(shapely.intersection(shapely.make_valid(bent), box), lambda xy: xy + np.array([X0, Y0]))


def _bend(xy: Any) -> Any:
    """Move a place by up to 12 m, the same way wherever it is asked: neighbours keep their common edge."""
    x, y = np.round(xy, 3).T
    return xy + 12.0 * np.column_stack([np.sin(x * 0.37 + y * 0.11), np.cos(x * 0.23 - y * 0.29)])


def study(
    seed: int, *, districts: tuple[int, int], side: float, units: int, people: int, facilities: int, streets: float
) -> Study:
    """Return a synthetic study: a grid of districts, units that tile it, people and facilities at random, grid streets.

    ``side`` is a district's in metres; ``units``, ``people``, ``facilities`` are numbers per district; ``streets`` is
    the width of a street block.
    """
    random = np.random.default_rng(seed)
    across, down = districts
    count = across * down
    width, height = across * side, down * side
    corner = np.array([(X0 + i * side, Y0 + j * side) for j in range(down) for i in range(across)])
    codes = [f"{410000 + n:06d}" for n in range(1, count + 1)]
    outline = shapely.box(corner[:, 0], corner[:, 1], corner[:, 0] + side, corner[:, 1] + side)
    shapes = cells(random, units * count, width, height)
    middle = shapely.get_coordinates(shapely.point_on_surface(shapes))
    own = _district(middle, side, across)
    table = gpd.GeoDataFrame(
        {
            "name": [f"第{n}社区" for n in range(len(shapes))],
            "type": "urban-community",
            "district": [codes[n] for n in own],
            "residents": 1000.0,
            "aged_60_plus": 180.0,
        },
        geometry=shapes,
        index=pd.Index([f"{n:012d}" for n in range(len(shapes))], name="code"),
        crs=CRS,
    )
    at = _anywhere(random, people * count, width, height)
    points = shapely.points(at)
    where, home = table.sindex.query(points, predicate="intersects")
    unit = np.full(len(points), None, dtype=object)
    unit[where] = table.index.to_numpy(dtype=object)[home]
    demand = gpd.GeoDataFrame(
        {
            "district": [codes[n] for n in _district(at, side, across)],
            "unit": unit,
            "residents": random.integers(20, 900, len(at)).astype(float),
            "aged_60_plus": random.integers(0, 160, len(at)).astype(float),
        },
        geometry=points,
        index=pd.Index([f"P{n}" for n in range(len(at))], name="demand_id"),
        crs=CRS,
    )
    sites = _anywhere(random, facilities * count, width, height)
    places = gpd.GeoDataFrame(
        {
            "kind": "elderly_day_care",
            "name": [f"第{n}日间照料中心" for n in range(len(sites))],
            "source": "bench",
            "capacity": random.integers(5, 90, len(sites)).astype(float),
        },
        geometry=shapely.points(sites),
        index=pd.Index([f"F{n}" for n in range(len(sites))], name="facility_id"),
        crs=CRS,
    )
    counties = gpd.GeoDataFrame(
        {"name": [f"第{n}县" for n in range(1, count + 1)]},
        geometry=outline,
        index=pd.Index(codes, name="code"),
        crs=CRS,
    )
    return Study(
        path=Path("study.toml"),
        name="测试省",
        name_en="Test province",
        jurisdiction="zhengzhou",
        as_of=dt.date(2026, 1, 1),
        crs=CRS,
        districts=counties,
        facilities=places,
        demand=demand,
        units=table,
        streets=_streets(width, height, streets),
        kinds_known=frozenset({"elderly_day_care"}),
    )


def _anywhere(random: np.random.Generator, count: int, width: float, height: float) -> Any:
    place: Any = np.column_stack([random.uniform(0, far, count) for far in (width, height)])
    return place + np.array([X0, Y0])


def _district(xy: Any, side: float, across: int) -> Any:
    column, row = ((xy - (X0, Y0)) // side).astype(int).T
    return row * across + column


def _streets(width: float, height: float, block: float) -> gpd.GeoDataFrame:
    """Return the edges of a grid, corner to corner."""
    x, y = np.arange(0.0, width + 1, block) + X0, np.arange(0.0, height + 1, block) + Y0
    east, north = np.meshgrid(x, y)
    corner = np.stack([east, north], axis=-1)
    along = np.stack([corner[:, :-1], corner[:, 1:]], axis=2).reshape(-1, 2, 2)
    up = np.stack([corner[:-1], corner[1:]], axis=2).reshape(-1, 2, 2)
    lines = shapely.linestrings(np.concatenate([along, up]))
    return gpd.GeoDataFrame(geometry=lines, crs=CRS).rename_axis("edge_id")


def drawn_in(page: Path, *, units: bool = False) -> float:
    """Return the seconds from opening a page to its map being drawn, in Chromium with the network off."""
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))))
    sync_api: Any = importlib.import_module("playwright.sync_api")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox", "--disable-gpu"])
        context = browser.new_context(viewport={"width": 1366, "height": 768})
        context.set_offline(True)
        opened = context.new_page()
        opened.goto(f"file://{quote(str(page))}{'#rule=coverage' if units else ''}")
        opened.wait_for_function("performance.getEntriesByName('zz-drawn').length > 0")
        at = opened.evaluate("performance.getEntriesByName('zz-drawn')[0].startTime")
        browser.close()
    return float(at) / 1000


def one_page(report: AuditReport, folder: Path) -> Path:
    """Write a report and return the page of its first district."""
    write(report, folder)
    return next((folder / "maps").glob("*.html"))


def measure_units(folder: Path) -> list[tuple[str, float, float, str]]:
    """20,000 units in one district, judged by coverage."""
    report = audit(
        study(1, districts=(1, 1), side=60_000, units=20_000, people=2_000, facilities=3_000, streets=3_000.0), rules()
    )
    page = one_page(report, folder)
    return [
        ("20,000 units, page", page.stat().st_size / 1e6, 1.5, "MB"),
        ("20,000 units, drawn", drawn_in(page, units=True), 1.0, "s"),
    ]


def measure_cells(folder: Path) -> list[tuple[str, float, float, str]]:
    """100,000 demand cells in one district, judged by radius and time circle."""
    report = audit(
        study(2, districts=(1, 1), side=30_000, units=300, people=100_000, facilities=400, streets=250.0), rules()
    )
    page = one_page(report, folder)
    return [
        ("100,000 cells, page", page.stat().st_size / 1e6, 5.0, "MB"),
        ("100,000 cells, drawn", drawn_in(page), 2.0, "s"),
    ]


def over_and_over(report: AuditReport, across: int, down: int, side: float) -> AuditReport:
    """Return the report of one county as that of many: each row again for every county, moved to its place.

    Pages cost what real ones do; the audit of a whole country is not what is measured here.
    """
    count = across * down
    shift = np.array([(side * (n % across), side * (n // across)) for n in range(count)])
    codes = np.array([f"{n + 100_000}" for n in range(count)], dtype=object)

    def again(table: Any, *, ids: bool = True) -> Any:
        rows, copy = np.tile(np.arange(len(table)), count), np.repeat(np.arange(count), len(table))
        many = table.iloc[rows].copy()
        if ids:
            many.index = pd.Index(codes[copy] + "-" + table.index.astype(str).to_numpy()[rows], name=table.index.name)
        for name in ("district", "unit", "nearest_facility", "facility_id", "demand_id"):
            if name in many.columns:
                missing = many[name].isna().to_numpy() | (many[name] == "").to_numpy(dtype=bool)
                old = many[name].map(str).to_numpy(dtype=object)
                named = (
                    codes[copy]
                    if name == "district"
                    else codes[copy] + np.array([f"-{one}" for one in old], dtype=object)
                )
                many[name] = np.where(missing, many[name], named)
        if isinstance(many, gpd.GeoDataFrame):
            xy, owner = shapely.get_coordinates(many.geometry.array, return_index=True)
            many = many.set_geometry(shapely.set_coordinates(np.array(many.geometry.array), xy + shift[copy][owner]))
        return many

    study = report.study
    districts = again(study.districts)
    districts.index = pd.Index(codes, name="code")
    whole = dataclasses.replace(
        study,
        districts=districts,
        units=again(study.units),
        demand=again(study.demand),
        facilities=again(study.facilities),
        streets=again(study.streets),
    )
    city = report.findings["level"] == "city"
    context = Context(whole)
    _ = context.network  # an audit has built it before anything is written
    return dataclasses.replace(
        report,
        study=whole,
        context=context,
        gaps=again(report.gaps),
        next_sites=again(report.next_sites, ids=False),
        findings=pd.concat([again(report.findings[~city]), report.findings[city]]),
        ranking=again(report.ranking, ids=False),
        snapping=again(report.snapping),
        reach={rule: again(reach) for rule, reach in report.reach.items()},
    )


def measure_site(folder: Path) -> list[tuple[str, float, float, str]]:
    """2,800 counties of 8 units, 120 demand points and 12 facilities each."""
    one = audit(study(3, districts=(1, 1), side=12_000, units=8, people=120, facilities=12, streets=1_500.0), rules())
    report = over_and_over(one, 70, 40, 12_000.0)
    started = time.perf_counter()
    write(report, folder)
    minutes = (time.perf_counter() - started) / 60
    everything = [one for one in folder.rglob("*") if one.is_file()]
    pages = [*folder.rglob("*.html"), *(folder / "assets").iterdir()]
    return [
        ("2,800 counties, written in", minutes, 10.0, "min"),
        ("2,800 counties, pages", sum(page.stat().st_size for page in pages) / 1e6, 300.0, "MB"),
        ("2,800 counties, all files", sum(one.stat().st_size for one in everything) / 1e6, 600.0, "MB"),
        ("2,800 counties, city page", (folder / "index.html").stat().st_size / 1e6, 5.0, "MB"),
    ]


CASES: dict[str, Callable[[Path], list[tuple[str, float, float, str]]]] = {
    "units": measure_units,
    "cells": measure_cells,
    "site": measure_site,
}


def main(names: list[str]) -> int:
    """Run cases, print a line for each figure, and return 1 where a limit is not kept."""
    if names[:1] == ["beside"] and len(names) == 2:
        return beside(Path(names[1]))
    if unknown := [name for name in names if name not in CASES]:
        print(f"{__doc__}\nunknown: {', '.join(unknown)}; there are {', '.join(CASES)}", file=sys.stderr)
        return 2
    kept = True
    for name in names or list(CASES):
        with tempfile.TemporaryDirectory() as folder:
            for what, value, limit, unit in CASES[name](Path(folder) / "out"):
                kept &= value <= limit
                print(f"{what:30} {value:8.2f} {unit:4} (at most {limit:g}) {'' if value <= limit else 'NOT KEPT'}")
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
