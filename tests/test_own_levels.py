"""Levels of units in a study, one of them its own: judged, summed and shown each by itself, in both languages."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import geopandas as gpd
import levelled
import numpy as np
import pyogrio
import pytest
from desk_files import silent_of
from own_document import own_document

import zzgeo
from zzgeo.circles import living_circles
from zzgeo.reporting import write
from zzgeo.reporting.desk.desk_layers import desk_layers
from zzgeo.spec.kinds import forget_declared

Opened = Callable[..., Any]

LEVEL = """
[[levels]]
id = "grid"
zh = "责任网格"
en = "duty grid cell"
within = "社区"
"""

STANDARD = own_document("layered")

CLAUSE = """
[[clauses]]
id = "{rule}-{units}"
title = "卫生站"
title_en = "Health station"
section = "1"
clause = "原文"
rule = "{rule}"
facilities = ["community_health_station"]
applies_to = "{units}"
verified_on = 2026-11-29
{more}
"""

RULES = {
    "service-radius": 'operator = "<="\nvalue = 500\nunit = "m"',
    "unit-coverage": 'operator = ">="\nvalue = 50\nunit = "percent of units"',
    "walk-distance": 'value = 500\nunit = "m"\nparams = { pass_share = 0.9 }',
    "existence-capacity": 'operator = ">="\nvalue = 1\nunit = "facilities"',
}
LEVELS = ("grid", "compound", "community-or-village", "subdistrict")


@pytest.fixture(autouse=True, scope="module")
def _clean() -> Iterator[None]:
    forget_declared()
    yield
    forget_declared()


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> zzgeo.Study:
    folder = tmp_path_factory.mktemp("levels")
    units = {**levelled.usual(), "grid": ("grid", levelled.layer(levelled.squares(125, "g")))}
    path = levelled.write(folder, units, people=levelled.places(), more='standards = ["own.toml"]\n')
    path.write_text(path.read_text("utf-8") + LEVEL, encoding="utf-8")
    clauses = [CLAUSE.format(rule=rule, units=one, more=more) for rule, more in RULES.items() for one in LEVELS]
    (folder / "own.toml").write_text(STANDARD + "".join(clauses), encoding="utf-8")
    return zzgeo.load_study(path)


@pytest.fixture(scope="module")
def report(study: zzgeo.Study) -> Any:
    return zzgeo.audit(study)


def test_a_clause_is_judged_in_the_units_it_asks_for(report: Any) -> None:
    units = report.findings[report.findings["level"] == "unit"]
    asked = units["rule"].str.removeprefix("service-radius-").str.removeprefix("unit-coverage-")
    asked = asked.str.removeprefix("walk-distance-").str.removeprefix("existence-capacity-")
    types = asked.replace({"community-or-village": "urban-community"})
    assert (units["unit_type"] == types).all()
    number = {"grid": 256, "compound": 64, "community-or-village": 16, "subdistrict": 4}
    assert units["rule"].value_counts().to_dict() == {f"{rule}-{one}": number[one] for rule in RULES for one in LEVELS}


def test_every_level_counts_everybody_once(report: Any) -> None:
    findings = report.findings
    for rule in (one.id for one in report.rules):
        own = findings[findings["rule"] == rule]
        sums = own.groupby("level")[["people", "missed"]].sum()
        if rule.startswith("existence"):
            continue  # counts facilities
        assert sums["people"].to_dict() == {"city": 16_000, "district": 16_000, "unit": 16_000}, rule
        assert sums["missed"].nunique() == 1, rule
    assert report.level_table()["residents"].tolist() == [16_000] * 4
    assert (report.level_table()["residents_outside"] == 0).all()


def test_closed_form_of_the_nested_grid(report: Any) -> None:
    city = report.findings[report.findings["level"] == "city"].set_index("rule")
    # a station at (125, 125), in the corner of four grid cells: each of them has it, as has one unit of any other level
    assert city["units_passing"].filter(like="unit-coverage").tolist() == [4, 1, 1, 1]
    # places of people within 500 m of it: counted one by one
    x, y = np.meshgrid(np.arange(25, 4_000, 50), np.arange(25, 1_000, 50))
    near = np.hypot(x - 125, y - 125)
    radius = 10 * int((near <= 500).sum())
    walk = 10 * int((near * 1.3 <= 500).sum())
    for one in LEVELS:
        assert city.loc[f"service-radius-{one}", "covered"] == radius
        assert city.loc[f"walk-distance-{one}", "covered"] == walk
    # a compound passes where all its places are near: their corners are
    wholly = sum(
        bool((near[row : row + 5, column : column + 5] <= 500).all())
        for row in range(0, 20, 5)
        for column in range(0, 80, 5)
    )
    assert city.loc["service-radius-compound", "units_passing"] == wholly


def test_the_units_of_a_report(report: Any) -> None:
    units = report.unit_table()
    assert units["level"].drop_duplicates().tolist() == [
        "compound",
        "grid",
        "community-or-village",
        "subdistrict-township",
    ]
    assert units.groupby("level")["residents"].sum().unique().tolist() == [16_000]
    # its own place is near, and it has the station; its walks are straight lines times 1.3
    assert units.loc["g1", ["lies_within", "people_from", "pass", "fail"]].tolist() == ["s1", "demand", 4, 0]
    assert units.loc["j4", ["pass", "fail"]].tolist() == [0, 4]


def test_the_level_stands_with_the_title(report: Any) -> None:
    titles = {rule.id: (rule.title, rule.title_en) for rule in report.rules}
    assert titles["unit-coverage-grid"] == ("卫生站（责任网格）", "Health station (duty grid cells)")
    own = report.provenance["parameters"]["levels"]
    assert own == [{"id": "grid", "zh": "责任网格", "en": "duty grid cell", "within": "urban-community"}]


def test_living_circles_sum_every_level(study: zzgeo.Study) -> None:
    basket = zzgeo.circles.Basket(
        "own",
        "生活圈",
        "circle",
        "own",
        (zzgeo.circles.BasketClass("station", "卫生站", "station", ("community_health_station",), metres=500),),
    )
    places = living_circles(study, basket).places
    places = places[places["group"] == "residents"]
    whole = places[places["level"] == "city"].iloc[0]
    units = places[places["level"] == "unit"]
    assert units["type"].value_counts().to_dict() == {
        "grid": 256,
        "compound": 64,
        "urban-community": 16,
        "subdistrict": 4,
    }
    for _, own in units.groupby("type"):
        for name in ("people", "whole", "without", "station_missed"):
            assert own[name].sum() == pytest.approx(whole[name])


@pytest.mark.parametrize(("lang", "word"), [("zh", "责任网格"), ("en", "duty grid cell")])
def test_it_shows_in_every_file(report: Any, tmp_path: Path, lang: str, word: str) -> None:
    pytest.importorskip("docx")
    write(report, tmp_path, files="xlsx,docx,gpkg", lang=lang)
    assert silent_of(tmp_path, word) == []
    named = [name for name, _ in pyogrio.list_layers(tmp_path / "layers.gpkg")]
    assert {"units", "units_compound", "units_grid", "units_subdistrict_township"} <= set(named)
    rows = gpd.read_file(tmp_path / "layers.gpkg", layer="units_grid").set_index("code")
    assert len(rows) == 256
    assert rows.loc["g1", ["type", "lies_within"]].tolist() == [word, "名s1"]
    assert "unit-coverage-grid" in rows.columns
    assert "unit-coverage-compound" not in rows.columns
    titles = {one.name: one.title for one in desk_layers(report, lang)}
    assert titles["units_grid"].lower().startswith(word)


@pytest.mark.parametrize(("lang", "word"), [("zh", "责任网格"), ("en", "duty grid cell")])
def test_it_shows_on_pages_and_their_legend(report: Any, tmp_path: Path, opened: Opened, lang: str, word: str) -> None:
    write(report, tmp_path, files="pages", lang=lang)
    card = opened(tmp_path / "index.html", f"#lang={lang}")
    assert word in card.locator("body").inner_text()
    [path] = (tmp_path / "maps").glob("*W*.html")
    page = opened(path, f"#lang={lang}&rule=unit-coverage-grid")
    levels = page.locator("#zz-levels").inner_text()
    assert word in levels.lower()
    assert "8,000" in levels
    assert word in page.locator("#zz-units").inner_text() or word in page.locator("#zz-findings").inner_text()
    layers = page.evaluate("JSON.stringify(ZZ.data.layers.map(one => one.label))")
    assert word in layers.lower()
    assert word in page.evaluate("ZZ.t('grid')")
