"""Groups of people as data: counted or a share of the residents, each at its own speed, told in both languages."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest
from desk_files import silent_of
from openpyxl import load_workbook
from own_document import own_document
from shapely import Point, box

import zzgeo
from zzgeo.circles import Basket, BasketClass, living_circles
from zzgeo.errors import InputError
from zzgeo.intake.example import write_example
from zzgeo.reporting import write
from zzgeo.reporting.told.estimated import people_heads
from zzgeo.spec.kinds import declared_apart, forget_declared
from zzgeo.vocabulary.people import POPULATION_GROUPS, SHIPPED_GROUPS, declare_groups

Opened = Callable[..., Any]

COURIERS = """
[[groups]]
id = "couriers"
zh = "外卖骑手"
en = "couriers"
share = 0.1
share_source = "站点名册"
m_per_s = 2.5
doubt = 0.05
"""

STANDARD = (
    own_document("littleton")
    + """
[[clauses]]
id = "couriers-10min"
section = "1"
title = "骑手10分钟卫生服务圈"
title_en = "Health within 10 minutes of couriers"
clause = "10分钟内有社区卫生服务中心"
rule = "time-circle"
facilities = ["community_health_centre"]
value = 10
unit = "minutes"
population = "couriers"
verified_on = 2026-11-29
"""
)


@pytest.fixture(autouse=True)
def _clean() -> Iterator[None]:
    forget_declared()
    yield
    forget_declared()


def town(folder: Path, groups: str) -> Path:
    path = write_example(folder)
    path.write_text(f"{path.read_text('utf-8')}\n{groups}", encoding="utf-8")
    (folder / "own.toml").write_text(STANDARD, encoding="utf-8")
    return path


def test_a_group_of_a_study_is_judged_at_its_own_speed(tmp_path: Path) -> None:
    study = zzgeo.load_study(town(tmp_path, COURIERS))
    assert study.demand["couriers"].tolist() == [residents * 0.1 for residents in study.demand["residents"]]
    report = zzgeo.audit(study, [tmp_path / "own.toml"])
    city = report.findings.loc["couriers-10min/city/city"]
    # everybody lives within 10 minutes at 2.5 m/s, which is 1,500 m; at 1.1 m/s not everybody would
    assert (city["group"], city["people"], city["missed"], city["verdict"]) == ("couriers", 700.0, 0.0, "pass")
    assert "people.estimated" in city["flag_codes"]
    slower = zzgeo.load_study(town(tmp_path, COURIERS.replace("2.5", "1.1")))
    assert zzgeo.audit(slower, [tmp_path / "own.toml"]).findings.loc["couriers-10min/city/city", "missed"] > 0
    assert report.provenance["people"][0]["groups"] == ["couriers"]


@pytest.mark.parametrize(("lang", "word"), [("zh", "外卖骑手"), ("en", "couriers")])
def test_it_shows_in_every_file(tmp_path: Path, opened: Opened, lang: str, word: str) -> None:
    pytest.importorskip("docx")
    report = zzgeo.audit(zzgeo.load_study(town(tmp_path, COURIERS)), [tmp_path / "own.toml"])
    out = tmp_path / "out"
    write(report, out, files="pages,xlsx,docx,gpkg", lang=lang)
    assert silent_of(out, word) == []
    assert gpd.read_file(out / "layers.gpkg", layer="demand")["couriers"].sum() == pytest.approx(700)
    page = opened(next((out / "maps").glob("*.html")), f"#lang={lang}")
    assert word in page.locator("body").inner_text()


def test_living_circles_walk_at_the_speed_of_the_group(tmp_path: Path) -> None:
    study = zzgeo.load_study(town(tmp_path, COURIERS))
    health = BasketClass("health", "卫生", "health", ("community_health_centre",), minutes=10)
    basket = Basket("own", "生活圈", "circle", "own", (health,), groups=("couriers", "residents"))
    circles = living_circles(study, basket)
    city = circles.by_group[circles.by_group["level"] == "city"].set_index("group")
    assert city.at["couriers", "without"] == 0
    assert city.at["residents", "without"] > 0
    assert any("外卖骑手" in flag.text("zh") for flag in circles.flags)
    page = circles.write(tmp_path / "circles")[0].read_text("utf-8")
    assert "外卖骑手" in page


def test_numbers_of_people_who_are_estimated_are_headed_so(tmp_path: Path, opened: Opened) -> None:
    study = zzgeo.load_study(town(tmp_path, COURIERS))
    report = zzgeo.audit(study, [tmp_path / "own.toml"])
    heads = people_heads(report, "en", "couriers"), people_heads(report, "en", "residents")
    assert [head["missed"] for head in heads] == ["People missed, estimated", "People missed"]
    assert heads[0]["residents"] == "residents"
    write(report, tmp_path / "out", files="pages,xlsx,docx")
    with zipfile.ZipFile(tmp_path / "out" / "report.docx") as document:
        words = re.sub(r"<[^>]+>", "", document.read("word/document.xml").decode("utf-8"))
    assert "人（外卖骑手·估算）" in words
    book = load_workbook(tmp_path / "out" / "scorecard.xlsx")
    cells = {str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row}
    assert "已覆盖人数·估算" in cells
    page = opened(next((tmp_path / "out" / "maps").glob("*.html")), "#lang=zh&rule=couriers-10min")
    assert "外卖骑手·估算" in page.locator(".legend").inner_text()


def frames(groups: list[dict[str, object]], shares: list[object] | None = None) -> zzgeo.Study:
    """Two communities of a hundred and of three hundred, and a place of people in each."""
    crs, outlines = "EPSG:4547", [box(450_000 + 500 * n, 3_840_000, 450_500 + 500 * n, 3_840_500) for n in (0, 1)]
    district = gpd.GeoDataFrame({"code": ["E"], "name": ["East"]}, crs=crs, geometry=[box(*_BOUNDS)])
    units = gpd.GeoDataFrame(
        {"code": ["a", "b"], "name": ["a", "b"], "type": "urban-community", "占比": shares or [0.02, 0.04]},
        crs=crs,
        geometry=outlines,
    )
    people = gpd.GeoDataFrame(
        {"residents": [100, 300], "幼儿": [4, 6]}, crs=crs, geometry=[one.centroid for one in outlines]
    )
    clinics = gpd.GeoDataFrame({"name": ["c"]}, crs=crs, geometry=[Point(450_100, 3_840_100)])
    given: dict[str, Any] = {"name": "Town", "as_of": "2018-12-31", "crs": crs, "districts": district}
    facilities = {"community_health_centre": clinics}
    return zzgeo.Study.from_frames(**given, people=people, units=units, facilities=facilities, groups=groups)


_BOUNDS = (450_000, 3_840_000, 451_000, 3_840_500)


def refused(groups: list[dict[str, object]], shares: list[object] | None = None) -> str:
    with pytest.raises(InputError) as error:
        frames(groups, shares)
    return str(error.value)


def test_a_column_counts_a_group_of_zzgeo_or_of_the_study() -> None:
    made = frames([{"id": "aged_0_3", "column": "幼儿", "m_per_s": 0.7}])
    assert made.demand["aged_0_3"].tolist() == [4.0, 6.0]
    assert made.walking.speed("aged_0_3") == 0.7
    assert made.estimates == ()


def test_a_share_may_be_that_of_each_unit() -> None:
    group = {"id": "aged_80_plus", "share_column": "占比", "share_source": "census"}
    made = frames([group])
    assert made.demand["aged_80_plus"].tolist() == [2.0, 12.0]
    (estimate,) = made.estimates
    assert (estimate.method, estimate.groups, estimate.doubt) == ("share-of-residents", ("aged_80_plus",), 0.3)
    assert "80岁及以上老年人为估算：14 人" in made.notice["zh"]
    # what is not known is not nothing, and 4 is no share
    assert "value.missing" in refused([group], [0.02, None])
    assert "3.1 % is 0.031" in refused([group], [0.02, 4])
    assert "did you mean '占比'?" in refused([group | {"share_column": "占比例"}])


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"share": 0.1}, "share_source"),
        ({"share": 0.1, "share_source": "x", "zh": ""}, "needs a name in zh and en"),
        ({"share": 0.1, "share_source": "x", "column": "幼儿"}, "give one of them"),
        ({"share": 1.1, "share_source": "x"}, "less than or equal to 1"),
        ({"doubt": 0.1}, "go with share"),
        ({"id": "women"}, "has a meaning already"),
        ({"id": "children"}, "leave zh and en out"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_what_cannot_be_meant_is_refused(more: dict[str, object], told: str) -> None:
    assert told in refused([{"id": "couriers", "zh": "骑手", "en": "couriers"} | more])


def test_two_studies_cannot_mean_two_things_by_one_id() -> None:
    declare_groups({"couriers": ("骑手", "couriers")}, "a.toml")
    declare_groups({"couriers": ("骑手", "couriers")}, "again")
    with pytest.raises(InputError, match="declared otherwise"):
        declare_groups({"couriers": ("快递员", "couriers")}, "b.toml")
    with pytest.raises(InputError, match="called so already"):
        declare_groups({"kids": ("儿童", "kids")}, "c.toml")
    with declared_apart():
        declare_groups({"couriers": ("快递员", "couriers")}, "b.toml")
    assert POPULATION_GROUPS["couriers"][0] == "骑手"
    forget_declared()
    assert set(POPULATION_GROUPS) == SHIPPED_GROUPS
