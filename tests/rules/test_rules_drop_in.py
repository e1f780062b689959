"""What grows, grows by one file: a kind of rule and a standard dropped in are judged, and told in every output.

The kind is "500 m along streets". It says in its own file that streets decide, that the people missed have patches,
next sites and a walk to be drawn; nothing else in the package knows it. In the city the straight line would say
otherwise each time: a market just across the railway is not the nearest one on foot, and a place in the middle of all
who are missed is far from them on foot.
"""

from __future__ import annotations

import contextlib
import csv
import functools
import importlib
import json
import re
import sqlite3
import warnings
import zlib
from base64 import b64decode
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import docx
import geopandas as gpd
import numpy as np
import openpyxl
import pytest
import toy
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from shapely import LineString, box

from zzgeo.auditing.report import AuditReport
from zzgeo.auditing.run import audit
from zzgeo.layers import layers
from zzgeo.rules import checked, rule_kinds
from zzgeo.standards import read_standard

KIND = '''"""A kind of rule of a planning institute: everyone lives within so many metres along the streets."""

from zzgeo.network import Reach
from zzgeo.numbers import people_text
from zzgeo.rules.parts.base import Finding, Judgement, RuleKind, everyone, reach_of
from zzgeo.vocabulary.verdicts import FAIL, PASS
from zzgeo.served import CITY, statuses, sums_by_key, tally


def judge(context, rule):
    people = context.people_of(rule)
    group, _ = context.group(rule)
    table = context.access(rule).loc[people.index].assign(people=people[group])
    table["status"] = statuses(table, Reach.along_streets(rule.number))
    places = [("district", str(code), name) for code, name in context.study.districts["name"].items()]
    sums = sums_by_key(tally(table["people"], table["status"], people["district"]))
    sums |= sums_by_key(tally(table["people"], table["status"], everyone(table)))
    findings = []
    for level, code, name in [*places, ("city", CITY, context.study.name)]:
        here = sums[code]
        finding = Finding(level, code, PASS if here["missed"] == 0 else FAIL, code if level == "district" else "", name)
        finding.group, finding.value, finding.threshold = group, here["share"], 1.0
        finding.people, finding.covered = here["people"], here["covered"]
        finding.missed, finding.excluded = here["missed"], here["excluded"]
        finding.note_zh = f"沿道路超出的有{people_text(here['missed'])}人"
        finding.note_en = f"{people_text(here['missed'])} people beyond it along the streets"
        findings.append(finding)
    return Judgement(findings, reach_of(table, "streets_id"))


RULE = RuleKind(
    "radius-along-streets", "R99", "沿道路服务半径", "radius along streets", judge,
    along="streets", patches=True, sites="always", walk=(1.0,),
)
'''

DROPPED, RADIUS, CIRCLE = "p26-market-500m-streets", "p26-market-500m", "p26-market-10min"

STANDARD = f"""
[document]
id = "plan-2026"
number = "规〔2026〕1号"
title = "二〇二六年规划"
title_en = "Plan of 2026"
issuer = "市"
jurisdiction = "zhengzhou"

[[clauses]]
id = "{DROPPED}"
title = "农贸市场沿道路五百米"
title_en = "Market within 500 m along streets"
section = "一"
clause = "沿道路不超过500米"
rule = "radius-along-streets"
facilities = ["market"]
population = "aged_60_plus"
operator = "<="
value = 500
unit = "m"
target_year = 2030
verified_on = 2026-11-22

[[clauses]]
id = "{RADIUS}"
title = "农贸市场服务半径"
title_en = "Market within 500 m"
section = "二"
clause = "服务半径不超过500米"
rule = "service-radius"
facilities = ["market"]
population = "aged_60_plus"
operator = "<="
value = 500
unit = "m"
verified_on = 2026-11-22

[[clauses]]
id = "{CIRCLE}"
title = "农贸市场十分钟"
title_en = "Market within 10 minutes"
section = "三"
clause = "步行不超过10分钟"
rule = "time-circle"
facilities = ["market"]
population = "aged_60_plus"
operator = "<="
value = 10
unit = "minutes"
verified_on = 2026-11-22
"""

TITLES = {
    DROPPED: ("农贸市场沿道路五百米", "Market within 500 m along streets"),
    CIRCLE: ("农贸市场十分钟", "Market within 10 minutes"),
}
EAST, NORTH = 470_000.0, 3_840_000.0


def city() -> Any:
    """Return two districts: in the first straight line and streets say another thing, the second is served."""

    def at(x: float, y: float) -> tuple[float, float]:
        return EAST + x, NORTH + y

    f, a, b, c, d = at(300, 400), at(200, 400), at(800, 400), at(1100, 400), at(950, 100)
    # just across the railway from c: by the streets it is beyond f
    across = at(1100, 500)
    streets = [
        LineString([f, a]),
        toy.detour(f, b, 620.0),
        toy.detour(b, c, 310.0),
        toy.detour(b, d, 900.0),
        toy.detour(across, f, 2500.0),
        LineString([at(1400, 400), at(1500, 400), at(1700, 400)]),
    ]
    districts = {"1": box(*at(0, -200), *at(1250, 800)), "2": box(*at(1250, -200), *at(2000, 800))}
    facilities = {
        "f": toy.facility(*f, "market", name="丰产路市场"),
        "g": toy.facility(*across, "market", name="铁路东市场"),
        "h": toy.facility(*at(1500, 400), "market", name="惠济市场"),
    }
    demand = {
        "A": toy.people(*a, 300, 120),
        "B": toy.people(*b, 200, 80),
        "C": toy.people(*c, 100, 50),
        "D": toy.people(*d, 250, 100),
        "E": toy.people(*at(1600, 400), 90, 60, "2", "2-1"),
    }
    units = {f"{code}-1": toy.unit(outline, district=code) for code, outline in districts.items()}
    return toy.study(
        facilities=facilities,
        demand=demand,
        units=units,
        streets=streets,
        districts=districts,
        land=list(districts.values()),
    )


@contextlib.contextmanager
def dropped_in(folder: Path) -> Iterator[Path]:
    """Put the kind where kinds are found, and the standard beside it."""
    rules = importlib.import_module("zzgeo.rules")
    (folder / "radius_along_streets.py").write_text(KIND, encoding="utf-8")
    (folder / "plan-2026.toml").write_text(STANDARD, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rules, "__path__", [*rules.__path__, str(folder)])
        rule_kinds.cache_clear()
        yield folder / "plan-2026.toml"
    rule_kinds.cache_clear()


@pytest.fixture(scope="module")
def standard(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with dropped_in(tmp_path_factory.mktemp("drop")) as path:
        yield path


@pytest.fixture(scope="module")
def report(standard: Path) -> AuditReport:
    return audit(city(), [standard])


Written = Callable[[str], tuple[Path, dict[str, str]]]


@pytest.fixture(scope="module")
def out(report: AuditReport, tmp_path_factory: pytest.TempPathFactory) -> Written:
    """Return a function that gives the whole result in a language: folder, and the colour of each text on slides."""

    @functools.cache
    def written(lang: str) -> tuple[Path, dict[str, str]]:
        folder, drawn, save = tmp_path_factory.mktemp(lang) / "out", [], Figure.savefig

        def saving(figure: Figure, *given: Any, **more: Any) -> None:
            drawn.append(figure)
            save(figure, *given, **more)

        with pytest.MonkeyPatch.context() as patch, warnings.catch_warnings():
            warnings.filterwarnings("ignore", "font.missing")
            patch.setattr(Figure, "savefig", saving)
            report.write(folder, files="all", lang=lang)
        return folder, {text.get_text(): text.get_color() for figure in drawn for text in figure.texts}

    return written


def rows(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(path.read_text("utf-8-sig").splitlines()))


def island(page: Path) -> dict[str, Any]:
    """Return the data of a page."""
    found = re.search(r'<script type="application/json" id="zz-data">(.*?)</script>', page.read_text("utf-8"), re.S)
    assert found is not None
    data = json.loads(found[1])
    return json.loads(zlib.decompress(b64decode(data["packed"]))) if "packed" in data else data


def test_the_kind_is_found_and_what_is_not_its_own_is_refused(standard):
    assert checked(read_standard(standard).clauses[0]).number == "R99"
    assert rule_kinds()["radius-along-streets"].en == "radius along streets"


def test_outside_of_the_test_there_is_no_such_kind(tmp_path):
    names = set(rule_kinds()) - {"radius-along-streets"}
    with dropped_in(tmp_path):
        assert set(rule_kinds()) == names | {"radius-along-streets"}


def test_streets_decide_and_every_distance_told_is_the_walk(report, out):
    districts = report.findings[report.findings["level"] == "district"].set_index(["rule", "district"])
    assert districts["verdict"][DROPPED].to_dict() == {"1": "fail", "2": "pass"}
    assert districts["missed"][DROPPED, "1"] == 80 + 50 + 100
    # the straight line says that all of them are served
    assert districts["verdict"][RADIUS].to_dict()["1"] == "pass"
    [gap] = [row for row in rows(out("zh")[0] / "gaps.csv") if row["rule"] == DROPPED]
    assert (float(gap["nearest_m"]), gap["nearest_facility"]) == (pytest.approx(620), "f")
    assert float(gap["missed"]) == 230
    [(_, ranked)] = report.ranking[report.ranking["rule"] == DROPPED].head(1).iterrows()
    assert (ranked["district"], ranked["missed"]) == ("1", 230)


def test_the_next_site_serves_those_who_can_walk_to_it(report, out):
    [site] = [row for row in rows(out("zh")[0] / "next_sites.csv") if row["rule"] == DROPPED]
    # a circle around b would hold d, whose way is 900 m
    assert (site["district"], site["demand_id"], float(site["gained_60_plus"])) == ("1", "B", 130)
    assert report.next_site(DROPPED, "1")["gained_60_plus"] == 130
    assert report.next_site(DROPPED, "2") is None


def test_the_walk_is_drawn_and_no_circle(report):
    drawn = {layer.id: layer.build(report)("1") for layer in layers() if layer.build is not None}
    assert {feature["rule"] for feature in drawn["reach"]} == {RADIUS}
    [walk] = [feature for feature in drawn["walk"] if feature["rule"] == DROPPED]
    assert walk["metres"] == 500
    length = report.context.network.edges["length_m"].to_numpy()
    cut = np.array(walk["cut"], dtype=float).reshape(-1, 3)
    metres = length[np.cumsum(walk["whole"], dtype=int)].sum() if walk["whole"] else 0.0
    metres += (length[cut[:, 0].astype(int)] * (cut[:, 2] - cut[:, 1]) / 1000).sum()
    # f: all 100 m to a, and 500 m of two ways; g: 500 m; h: 100 and 200 m
    assert metres == pytest.approx(100 + 500 + 500 + 500 + 300, abs=10)
    [people] = drawn["people"]
    assert sorted(people["status"][DROPPED]) == ["c", "m", "m", "m"]
    assert sorted(people["streets_m"][DROPPED]) == pytest.approx([100, 620, 930, 1520])


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_pages_say_its_words_verdicts_gaps_and_sites(out, lang):
    whole = island(out(lang)[0] / "index.html")
    page = island(next((out(lang)[0] / "maps").glob("*-1.html")))
    assert (whole["lang"], page["lang"]) == (lang, lang)
    for data in (whole, page):
        [rule] = [one for one in data["rules"] if one["id"] == DROPPED]
        assert (rule["title"]["zh"], rule["title"]["en"]) == TITLES[DROPPED]
        assert (rule["clause"], rule["document"]) == ("沿道路不超过500米", "规〔2026〕1号")
    assert DROPPED in whole["groups"]["score"]
    assert whole["groups"]["coverage"] == {"judged": "3"}
    verdict, nearest = whole["heads"]["cells"].index("verdict"), whole["heads"]["gaps"].index("nearest_m")
    assert [one["cells"][DROPPED][verdict] for one in whole["districts"]] == ["fail", "pass"]
    assert whole["gaps"][DROPPED]["rows"][0][nearest] == "620 m"
    card = page["findings"][DROPPED]
    assert (card["verdict"], card["value"], card["missed"]) == ("fail", "34.3 %", "230")
    assert (card["note"]["zh"], card["note"]["en"]) == (
        "沿道路超出的有230人",
        "230 people beyond it along the streets",
    )
    assert page["next"][DROPPED] == [["1-1", "社区", "130", "130"]]
    of_layer = {one["id"]: one["features"] for one in page["layers"]}
    assert [one["metres"] for one in of_layer["walk"] if one["rule"] == DROPPED] == ["500"]
    assert all(one["rule"] != DROPPED for one in of_layer["reach"])
    [gaps] = of_layer["gaps"]
    own = gaps["rules"].index(DROPPED)
    assert {name: values[own] for name, values in gaps["columns"]}["nearest_m"] == "620 m"


def test_tables_and_the_list_of_clauses_name_it(report, out):
    findings = [row for row in rows(out("zh")[0] / "findings.csv") if row["rule"] == DROPPED]
    assert {(row["title_zh"], row["title_en"]) for row in findings} == {TITLES[DROPPED]}
    assert {row["rule_kind"] for row in findings} == {"radius-along-streets"}
    assert [row["verdict"] for row in findings if row["level"] == "district"] == ["fail", "pass"]
    ranking = [row for row in rows(out("zh")[0] / "ranking.csv") if row["rule"] == DROPPED]
    assert [(row["district"], row["missed"]) for row in ranking] == [("1", "230"), ("2", "0")]
    assert report.clauses().loc[DROPPED, ["rule_kind", "coverage"]].tolist() == ["radius-along-streets", "judged"]
    told = json.loads((out("zh")[0] / "audit.json").read_text("utf-8"))
    assert told["conservation"]["rules"][DROPPED]["missed"] == 230


@pytest.mark.filterwarnings("ignore:.*extension is not supported")
@pytest.mark.parametrize(("lang", "word"), [("zh", "不达标"), ("en", "does not meet it")])
def test_files_for_the_desk_give_it_words_and_the_look_of_its_verdict(out, lang, word):
    """The look is that of a kind that ships with the package and says the same of both districts."""
    folder, slides = out(lang)
    at = ("zh", "en").index(lang)
    title, other = TITLES[DROPPED][at], TITLES[CIRCLE][at]

    book = openpyxl.load_workbook(folder / "scorecard.xlsx")
    looks = _looks_in_the_scorecard(book.worksheets[0], (title, other))
    assert [(round(value, 3), form) for value, form, _ in looks[title]] == [(0.343, '"✗ "0.0 %'), (1, '"✓ "0 %')]
    assert [colour for *_, colour in looks[title]] == [colour for *_, colour in looks[other]]
    assert looks[title][0][2] != looks[title][1][2]
    assert any("620" in str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row)

    heads: dict[str, list[tuple[str, Any]]] = {}
    for line in docx.Document(str(folder / "report.docx")).paragraphs:
        if line.style.name == "Heading 2":
            heads.setdefault(line.runs[1].text, []).append((line.runs[0].text.strip(), line.runs[0].font.color.rgb))
    assert heads[title][0][0] == f"✗ {word}"
    assert heads[title] == heads[other]

    assert any(title in text for text in slides)
    assert to_hex(slides[f"✗ {word}"])[1:].upper() == str(heads[title][0][1])


def _looks_in_the_scorecard(sheet: Any, titles: tuple[str, str]) -> dict[str, list[tuple[float, str, str]]]:
    """Return number, format and colour of the cells of both districts, by the title at the head of their column."""
    head, *places = sheet[sheet.auto_filter.ref]
    looks = {}
    for title in titles:
        [column] = [n for n, cell in enumerate(head) if str(cell.value).endswith(title)]
        cells = [row[column] for row in places[:2]]
        looks[title] = [(cell.value, cell.number_format, cell.font.color.rgb) for cell in cells]
    return looks


def test_layers_for_a_gis_hold_its_people_gaps_and_styles_and_no_circle(out):
    path = out("zh")[0] / "layers.gpkg"
    demand = gpd.read_file(path, layer="demand").set_index("demand_id")
    assert demand[DROPPED].to_dict() == {"A": "covered", "B": "missed", "C": "missed", "D": "missed", "E": "covered"}
    gaps = gpd.read_file(path, layer="gaps")
    [gap] = gaps[gaps["rule"] == DROPPED].to_dict("records")
    assert (gap["nearest_m"], gap["nearest_facility"]) == (pytest.approx(620), "f")
    assert set(gpd.read_file(path, layer="service_radius")["rule"]) == {RADIUS}
    districts = gpd.read_file(path, layer="districts").set_index("code")
    assert districts[DROPPED].to_dict() == {"1": "fail", "2": "pass"}
    with contextlib.closing(sqlite3.connect(path)) as base:
        styles = dict(base.execute("SELECT styleName, styleQML FROM layer_styles WHERE f_table_name = 'districts'"))
    own, other = (styles[f"{TITLES[rule][0]} · 结论"].partition("</renderer-v2>")[0] for rule in (DROPPED, CIRCLE))
    assert own.replace(DROPPED, "") == other.replace(CIRCLE, "")
    assert "不达标" in own
