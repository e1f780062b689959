"""The page of living circles, in a browser with the network off, and the files beside it."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import toy
from shapely import LineString, box

import zzgeo
from zzgeo.circles import Basket, BasketClass
from zzgeo.cli.commands import run
from zzgeo.intake.example import write_example
from zzgeo.reporting.pages import circles as page_of_circles
from zzgeo.reporting.results.circle_files import NAMES, circles_json

Opened = Callable[..., Any]
CHECK = (Path(__file__).parent / "accessible.js").read_text("utf-8")

CLASSES = (
    BasketClass("school", "小学", "primary school", ("primary_school",), minutes=10),
    BasketClass("shop", "便利店<b>", "shop</script>", ("convenience_store",), minutes=5),
    BasketClass("bank", "银行", "bank", ("bank",), minutes=15),
)


def street_city(many: int = 9) -> zzgeo.Study:
    """Return a street of 100 m blocks with a school at its west end and a shop at its east end."""
    end = (many - 1) * 100.0
    return toy.study(
        facilities={
            "school": toy.facility(0, 0, "primary_school"),
            "shop": toy.facility(end, 0, "convenience_store"),
        },
        demand={
            **{f"p{n}": toy.people(n * 100.0, 0, 100, 20, unit=f"u{n % 2}") for n in range(many)},
            "off": toy.people(0, 5000, 7, 1, unit=None),
        },
        units={f"u{n}": toy.unit(box(n * 9, -9, n * 9 + 9, 9)) for n in range(2)},
        streets=[LineString([(0, 0), (end, 0)])],
    )


def found(study: zzgeo.Study | None = None, **more: Any) -> zzgeo.LivingCircles:
    return zzgeo.living_circles(study or street_city(), Basket("own", "生活圈", "circle", "own list", CLASSES, **more))


@pytest.fixture
def page(tmp_path: Path, opened: Opened) -> Any:
    found().write(tmp_path)
    return opened(tmp_path / "circles.html", "#lang=en")


def test_the_page_says_that_nobody_verified_the_basket(page: Any) -> None:
    assert "gives no verdict" in page.locator("#zz-circle-unverified").inner_text()
    assert page.locator("#zz-circle-places .v").count() == 0


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_page_is_accessible_with_a_place_told(tmp_path: Path, opened: Opened, lang: str) -> None:
    found().write(tmp_path)
    page = opened(tmp_path / "circles.html", f"#lang={lang}")
    page.evaluate("ZZ.circles.open(8)")
    assert page.evaluate(CHECK) == []


def test_a_block_tells_what_it_lacks_by_name(page: Any) -> None:
    page.evaluate("ZZ.circles.open(8)")
    told = page.locator(".leaflet-popup .told").inner_text()
    assert "primary school" in told.split("Minutes on foot")[0].split("Missing")[1].split("Unknown")[0]
    assert "bank" in told.split("Unknown classes")[1].splitlines()[0]
    # 800 m at 1.1 m/s are 12.1 minutes, told as 13
    assert [line.split() for line in told.splitlines() if line.startswith("primary school")][-1][-1] == "13"
    page.evaluate("ZZ.circles.open(9)")
    assert "off every street" in page.locator(".leaflet-popup .told").inner_text()


def test_classes_stand_weakest_first_and_unknown_ones_last(page: Any) -> None:
    names = [name.strip() for name in page.locator("#zz-circle-classes tbody button").all_inner_texts()]
    assert names == ["shop</script>", "primary school", "bank"]
    cells = page.locator("#zz-circle-classes tbody tr").first.locator("td").all_inner_texts()
    # 5 minutes are 330 m: 4 of the 9 blocks with a street
    assert cells[1:] == ["5 min", "44.4 %", "44.4 %", "77.8 %", "100 %", "500"]
    assert "unknown (no list)" in page.locator("#zz-circle-classes tbody tr").last.inner_text()


def test_a_map_of_one_class_colours_who_lacks_it(page: Any) -> None:
    every = page.evaluate("[...Array(10).keys()].map(i => ZZ.circles.colour(i))")
    page.locator("#zz-circle-class").select_option("1")
    shop = page.evaluate("[...Array(10).keys()].map(i => ZZ.circles.colour(i))")
    assert len(set(shop[:5])) == len(set(shop[5:9])) == 1
    assert shop[0] != shop[8]
    assert every[9] == shop[9] not in shop[:9]
    page.locator("#zz-circle-limit").select_option("3")
    assert len(set(page.evaluate("[...Array(9).keys()].map(i => ZZ.circles.colour(i))"))) == 1
    page.locator("#zz-circle-group").select_option("aged_60_plus")
    assert len(set(page.evaluate("[...Array(9).keys()].map(i => ZZ.circles.colour(i))"))) == 2


def test_the_other_language_is_a_click_away(page: Any) -> None:
    page.evaluate("ZZ.circles.open(8)")
    page.locator("#zz-lang-zh").click()
    assert "步行分钟数" in page.locator(".leaflet-popup .told").inner_text()
    assert "各类设施（由弱到强）" in page.locator("#zz-circle-classes").inner_text()
    assert "便利店<b>" in page.locator("#zz-circle-classes").inner_text()


def test_a_verified_basket_has_verdicts_everywhere(tmp_path: Path, opened: Opened) -> None:
    circles = found(verified_on=dt.date(2026, 11, 29))
    circles.write(tmp_path)
    page = opened(tmp_path / "circles.html", "#lang=en")
    assert page.locator("#zz-circle-unverified").count() == 0
    assert page.locator("#zz-circle-places .v-fail").count() == 4
    assert set(pd.read_csv(tmp_path / "circle_places.csv")["verified_on"]) == {"2026-11-29"}
    assert circles_json(circles)["city"][0]["verdict"] == "fail"


def test_files_say_the_same_and_that_nobody_verified_it(tmp_path: Path) -> None:
    circles = found()
    assert [path.name for path in circles.write(tmp_path)] == list(NAMES)
    places = pd.read_csv(tmp_path / "circle_places.csv", dtype={"code": str})
    assert set(places["verified_on"]) == {"unverified"}
    own = places[places["group"] == "residents"].set_index("code")
    assert own["without"].to_dict() == circles.places.set_index("code")["without"].to_dict()
    document = json.loads((tmp_path / "circles.json").read_text("utf-8"))
    assert document["verified_on"] is None
    assert document["note"]["en"]
    assert {row["verdict"] for row in document["city"]} == {None}
    assert document["classes"][-1]["share"] is None
    for name in ("circle_blocks.parquet", "circle_blocks.gpkg"):
        reader = gpd.read_parquet if name.endswith("parquet") else gpd.read_file
        blocks = reader(tmp_path / name)
        assert len(blocks) == 10
        assert blocks["missing"].fillna("").tolist() == circles.blocks["missing"].tolist()
        assert set(blocks["verified_on"]) == {"unverified"}
    # written again it is written over, by the same bytes: no file holds the hour
    before = {name: (tmp_path / name).read_bytes() for name in NAMES}
    circles.write(tmp_path)
    assert {name for name in NAMES if (tmp_path / name).read_bytes() != before[name]} == set()


def test_many_places_are_drawn_together_and_nobody_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page_of_circles, "MOST_DRAWN", 6)
    circles = found()
    rows, of, cell_m = page_of_circles._drawn(
        circles, np.column_stack([circles.blocks.geometry.x, circles.blocks.geometry.y])
    )
    assert len(rows) <= 6
    assert cell_m > 25
    lacked = circles.blocks["missing"].to_numpy()
    assert (lacked[rows][of] == lacked).all()
    drawn = page_of_circles._map(circles)
    assert sum(int(one) for one in drawn["people"]["residents"]) == circles.city["people"]


def test_the_command_writes_prints_and_tells_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    study = write_example(tmp_path)
    assert run(["circles", str(study), "--out", str(tmp_path / "out"), "--lang", "en"]) == 0
    told = capsys.readouterr().out
    assert "health centre" in told
    assert "gives no verdict" in told
    assert told.strip().endswith("circles.html")
    assert run(["circles", str(study), "--basket", "gb50180-5", "--out", str(tmp_path / "out"), "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["exit_code"] == 0
    assert document["basket"]["id"] == "gb50180-5"
    assert run(["circles", str(study), "--basket", "gb50180-6", "--json"]) == 4
    assert json.loads(capsys.readouterr().out)["problems"][0]["code"] == "config.invalid"
