"""Kinds of facility as data: told right wherever they show, refused in one line where they cannot be meant."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pytest
from desk_files import silent_of
from own_document import own_document
from places import ROOT

import zzgeo
from zzgeo.cli.commands import run
from zzgeo.cli.kinds import entry_of
from zzgeo.errors import InputError
from zzgeo.intake.example import write_example
from zzgeo.reporting import write
from zzgeo.spec.kind_file import read_kinds
from zzgeo.spec.kinds import KINDS, SHIPPED, declare, forget_declared, kind_from_name, tag_holds, unknown_kind

Opened = Callable[..., Any]

LIFT = """
[[kinds]]
id = "ski_lift"
zh = "登山缆车"
en = "mountain lift"
osm = [{ aerialway = "gondola", name = "~缆车" }]
amap = ["110299"]
names = "缆车|索道"
spellings = ["索道"]
mark = { shape = "star", colour = "#AA3300" }
"""

STANDARD = (
    own_document("littleton")
    + """
[[clauses]]
id = "lift-600"
section = "1"
title = "600米内有缆车"
title_en = "A lift within 600 m"
clause = "服务半径不超过600米"
rule = "service-radius"
facilities = ["ski_lift"]
operator = "<="
value = 600
unit = "m"
population = "residents"
verified_on = 2026-11-29
"""
)


@pytest.fixture(autouse=True)
def _clean() -> Iterator[None]:
    forget_declared()
    yield
    forget_declared()


def _study(folder: Path, kinds: str) -> Path:
    path = write_example(folder)
    (folder / "lifts.csv").write_text("id,类别,lon,lat\nL1,索道,113.605,34.7051\n", encoding="utf-8")
    text = path.read_text("utf-8")
    head, rest = text.split("[districts]", 1)
    own = kinds if kinds.startswith("kinds") else ""
    more = """
[[facilities]]
source = "lifts.csv"
datum = "EPSG:4326"
kind_column = "类别"
columns = { facility_id = "id", lon = "lon", lat = "lat" }
"""
    path.write_text(f"{head}{own}\n[districts]{rest}\n{more}\n{'' if own else kinds}", encoding="utf-8")
    (folder / "own.toml").write_text(STANDARD, encoding="utf-8")
    return path


@pytest.mark.parametrize("form", ["entry", "file"])
def test_a_kind_of_a_study_is_judged_and_told(tmp_path: Path, form: str) -> None:
    (tmp_path / "kinds.toml").write_text(LIFT, encoding="utf-8")
    study = zzgeo.load_study(_study(tmp_path, LIFT if form == "entry" else 'kinds = ["kinds.toml"]'))
    assert study.facilities["kind"].value_counts()["ski_lift"] == 1
    report = zzgeo.audit(study, [tmp_path / "own.toml"])
    # at 113.605 E: everybody of the west within 357 m, of the east nobody within 740 m
    judged = report.findings[report.findings["level"] == "district"].set_index("district")
    assert judged["verdict"].to_dict() == {"W": "pass", "E": "fail"}
    assert judged["missed"].to_dict() == {"W": 0, "E": 4000}
    own = report.provenance["parameters"]["kinds"]
    assert own == [{"id": "ski_lift", "zh": "登山缆车", "en": "mountain lift"}]


@pytest.mark.parametrize(("lang", "word"), [("zh", "登山缆车"), ("en", "mountain lift")])
def test_it_shows_in_every_file(tmp_path: Path, opened: Opened, lang: str, word: str) -> None:
    pytest.importorskip("docx")
    report = zzgeo.audit(zzgeo.load_study(_study(tmp_path, LIFT)), [tmp_path / "own.toml"])
    out = tmp_path / "out"
    write(report, out, files="pages,xlsx,docx,gpkg", lang=lang)
    assert silent_of(out, word) == []
    facilities = gpd.read_file(out / "layers.gpkg", layer="facilities")
    assert word in " ".join(map(str, facilities[facilities["kind"] == "ski_lift"].iloc[0]))
    page = opened(next((out / "maps").glob("*.html")), f"#lang={lang}")
    assert word in page.locator("body").inner_text()
    assert '["star","#AA3300"]' in page.evaluate("JSON.stringify(ZZ.data.kinds)")


def test_shipped_kinds_keep_their_place_and_their_marks() -> None:
    # marks are dealt out by place: a kind of the documents looks as it always did
    assert list(KINDS)[:3] == ["hospital", "community_health_centre", "community_health_station"]
    assert list(KINDS).index("nursery") == 46


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('[[kinds]]\nid = "market"\nzh = "别的"\nen = "other"\n', "comes with zzgeo"),
        ('[[kinds]]\nid = "own"\nzh = "小学"\nen = "own"\n', "primary_school (小学) is called so already"),
        ('[[kinds]]\nid = "A B"\nzh = "甲"\nen = "a"\n', "kinds.toml:2"),
        ('[[kinds]]\nid = "own"\nzh = "甲"\nen = "a"\nnames = "("\n', "is no regular expression"),
        ('[[kinds]]\nid = "own"\nzh = "甲"\nen = "a"\nosm = [{ name = "~甲" }]\n', "needs a tag"),
        ('[[kinds]]\nid = "own"\nzh = "甲"\nen = "a"\namap = ["x"]\n', "six digits"),
        ('[[kinds]]\nid = "own"\nzh = "甲"\nen = "a"\ncolour = "red"\n', "no such key"),
        ('[[kinds]]\nid = "own"\nzh = "甲"\nen = "a"\nmark = { shape = "heart", colour = "red" }\n', "mark"),
        ("kinds = []\n", "kinds.toml"),
    ],
)
def test_what_cannot_be_meant_is_refused(tmp_path: Path, capsys: Any, text: str, told: str) -> None:
    (tmp_path / "kinds.toml").write_text(text, encoding="utf-8")
    assert run(["kinds", "check", str(tmp_path / "kinds.toml")]) == 4
    said = capsys.readouterr().err
    assert told in said
    assert "Traceback" not in said


def test_two_studies_cannot_mean_two_things_by_one_id(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text(LIFT, encoding="utf-8")
    (tmp_path / "b.toml").write_text(LIFT.replace("登山缆车", "观光缆车"), encoding="utf-8")
    declare(read_kinds(tmp_path / "a.toml"), "a.toml")
    declare(read_kinds(tmp_path / "a.toml"), "again")
    with pytest.raises(InputError, match="is declared otherwise"):
        declare(read_kinds(tmp_path / "b.toml"), "b.toml")
    forget_declared()
    declare(read_kinds(tmp_path / "b.toml"), "b.toml")
    assert KINDS["ski_lift"].zh == "观光缆车"
    forget_declared()
    assert set(KINDS) == SHIPPED


def test_the_nearest_kind_is_named() -> None:
    assert "primary_school (小学)" in unknown_kind("primary_shcool")
    assert "primary_school" in unknown_kind("小学校")
    assert "nearest" not in unknown_kind("zzzzzz")


@pytest.mark.parametrize("kind", sorted(SHIPPED))
def test_a_shown_entry_reads_back_as_the_kind(tmp_path: Path, kind: str) -> None:
    (tmp_path / "kinds.toml").write_text(entry_of(KINDS[kind]), encoding="utf-8")
    assert read_kinds(tmp_path / "kinds.toml") == (KINDS[kind],)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("育才小学", "primary_school"),
        ("育才小学附属幼儿园", "kindergarten"),
        ("第九初级中学", "middle_school"),
        ("天天托育园", "nursery"),
        ("张仲景大药房", "pharmacy"),
        ("丰乐社区卫生服务站", "community_health_station"),
        ("丰乐社区党群服务中心", "community_service_station"),
        ("丰乐社区居家养老服务站", "elderly_day_care"),
        ("长者食堂", "elderly_canteen"),
        ("中国邮政储蓄银行", None),
    ],
)
def test_names_tell_kinds_of_everyday_life(name: str, kind: str | None) -> None:
    assert kind_from_name(name) == kind


def test_a_condition_on_a_name_narrows_a_tag() -> None:
    osm = KINDS["primary_school"].osm[0]
    held = [all(tag_holds(tags, *one) for one in osm.items()) for tags in _SCHOOLS]
    assert held == [True, False, False]


_SCHOOLS = [{"amenity": "school", "name": "育才小学"}, {"amenity": "school", "name": "一中"}, {"name": "育才小学"}]


def test_schools_of_a_map_are_told_apart_and_count_behind_their_gate(tmp_path: Path) -> None:
    pytest.importorskip("osmium")
    from zzgeo.formats.parts.osm_places import read_facilities
    from zzgeo.spec.kinds import osm_rules

    nodes = [
        ("1", {"amenity": "school", "name": "育才小学", "access": "private"}),
        ("2", {"amenity": "school", "name": "第九中学"}),
        ("3", {"amenity": "hospital", "access": "private", "name": "内部医院"}),
        ("4", {"name": "小学路"}),
    ]
    body = "".join(
        f'<node id="{number}" lat="34.7{number}" lon="113.6">'
        + "".join(f'<tag k="{key}" v="{value}"/>' for key, value in tags.items())
        + "</node>"
        for number, tags in nodes
    )
    (tmp_path / "a.osm").write_text(f'<osm version="0.6">{body}</osm>', encoding="utf-8")
    found = read_facilities(tmp_path / "a.osm", osm_rules())
    assert pd.Series(found["kind"].to_numpy(), found["osm_id"]).to_dict() == {
        "node/1": "primary_school",
        "node/2": "middle_school",
    }


def test_every_kind_of_the_book_is_one_of_ours() -> None:
    assert (ROOT / "zzgeo/spec/facility_kinds/documents.toml").read_text("utf-8").count("[[kinds]]") == 46
