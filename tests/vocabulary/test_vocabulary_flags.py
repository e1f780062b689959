"""Flags are codes with values: each is registered, used, complete in both languages, and told in the reader's own."""

from __future__ import annotations

import ast
import copy
import dataclasses
import datetime as dt
import importlib
import importlib.util
import pickle
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd
import pytest
import toy
from files import write_study
from openpyxl import load_workbook
from places import ROOT
from shapely import box

from zzgeo.auditing.run import audit
from zzgeo.cli.commands import run
from zzgeo.codes import CODES
from zzgeo.errors import InputError
from zzgeo.rules import rule_kinds
from zzgeo.standards import Rule
from zzgeo.vocabulary.flags import FLAGS, Flag, FlagCode, Named, declare, flag_if_any
from zzgeo.vocabulary.people import OTHER_GROUPS

CHINESE = re.compile("[\u4e00-\u9fff]")
SOURCES = sorted((ROOT / "zzgeo").rglob("*.py"))
REGISTRY = ROOT / "zzgeo" / "vocabulary" / "flags.py"

#: A value of each form, and how it reads in Chinese and in English.
EXAMPLES: dict[str, tuple[object, str, str]] = {
    "count": (2525, "2525", "2525"),
    "people": (12345.6, "12,346", "12,346"),
    "number": (2.254, "2.25", "2.25"),
    "day": (dt.date(2018, 12, 31), "2018-12-31", "2018-12-31"),
    "text": (Named("village", "行政村", "village"), "行政村", "village"),
    "texts": ([Named("park", "公园绿地", "park"), "甲"], "公园绿地、甲", "park, 甲"),
}


def calls(path: Path) -> list[ast.Call]:
    """Return every call of a file that makes flags."""
    tree = ast.parse(path.read_text("utf-8"))
    made = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)]
    return [call for call in made if call.func.id in ("Flag", "flag_if_any")]


def literals(path: Path) -> set[str]:
    """Return the texts of a file that are written as codes of flags are, in one of their families."""
    families = {code.split(".")[0] for code in FLAGS}
    nodes = [node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Constant)]
    texts = [node.value for node in nodes if isinstance(node.value, str)]
    found = {text for text in texts if re.fullmatch(r"[a-z_]+\.[a-z][a-z0-9_]*", text)}
    return {text for text in found if text.split(".")[0] in families}


#: Texts that look like codes and are names of files.
FILES = (".csv", ".html", ".toml", ".gpkg", ".json")


@pytest.mark.parametrize("path", SOURCES, ids=[str(path.relative_to(ROOT)) for path in SOURCES])
def test_every_flag_that_is_made_is_registered_and_has_its_values(path: Path) -> None:
    assert {text for text in literals(path) if not text.endswith(FILES)} <= set(FLAGS)
    for call in calls(path):
        code = call.args[0]
        if not isinstance(code, ast.Constant):
            # a code that is passed on: its literals are checked above, its values by `Flag` itself
            assert isinstance(code, ast.Name)
            continue
        if call.func.id == "flag_if_any":
            assert dict(FLAGS[code.value].forms) == {"number": "count"}, code.value
        else:
            assert {word.arg for word in call.keywords} == set(FLAGS[code.value].forms), code.value


def test_every_registered_flag_is_made_somewhere() -> None:
    made = set().union(*(literals(path) for path in SOURCES if path != REGISTRY))
    assert set(FLAGS) - made == set()


def test_no_text_is_a_flag() -> None:
    """No sentence is set as a flag any more, nor read out of one."""
    for path in SOURCES:
        text = path.read_text("utf-8")
        assert not re.search(r"flags(\.append\(|\s*\+?=\s*\[)f?\"", text), path
        assert not re.search(r"flag\.(startswith|split)|FLAGS_ZH|flag_zh", text), path


@pytest.mark.parametrize("code", FLAGS)
def test_a_flag_is_complete_in_both_languages(code: str) -> None:
    assert FLAGS[code].wrongs() == []


@pytest.mark.parametrize(
    ("words", "fault"),
    [
        (FlagCode("", "closed: {number}", {"number": "count"}), "zh is not in Chinese"),
        (FlagCode("closed: {number}", "closed: {number}", {"number": "count"}), "zh is not in Chinese"),
        (FlagCode("关闭 not counted：{number}", "closed: {number}", {"number": "count"}), "zh is not in Chinese"),
        (FlagCode("关闭：{number}处", "关闭: {number}", {"number": "count"}), "en is not in English"),
        (FlagCode("关闭：{number}处", "", {"number": "count"}), "en is not in English"),
        (FlagCode("关闭", "closed: {number}", {"number": "count"}), "zh has places for none, its values are number"),
        (FlagCode("关闭：{number}处", "closed: {many}", {"number": "count"}), "en has places for many"),
    ],
)
def test_a_flag_without_chinese_or_english_or_a_place_is_found(words: FlagCode, fault: str) -> None:
    [told] = words.wrongs()
    assert told.startswith(fault)


def test_codes_are_in_order_and_no_family_is_one_of_problems() -> None:
    assert list(FLAGS) == sorted(FLAGS)
    assert not {code.split(".")[0] for code in FLAGS} & {code.split(".")[0] for code in CODES}


@pytest.mark.parametrize("code", FLAGS)
def test_a_flag_is_told_in_the_language_asked_for(code: str) -> None:
    forms = FLAGS[code].forms
    flag = Flag(code, **{name: EXAMPLES[form][0] for name, form in forms.items()})
    zh, en = flag.text("zh"), flag.text("en")
    assert CHINESE.search(zh)
    assert not re.search(r"[{}]|village|park", zh)
    assert not re.search("[{}]|行政村|公园绿地", en)
    for form in forms.values():
        assert EXAMPLES[form][1] in zh
        assert EXAMPLES[form][2] in en


def test_values_are_plain_and_named_things_are_their_ids() -> None:
    flag = Flag("facilities.no_list", kinds=EXAMPLES["texts"][0])
    assert flag.values == {"kinds": ["park", "甲"]}
    assert Flag("year.not_over", year=2018.0, day=pd.Timestamp("2018-06-30 12:00")).values == {
        "year": 2018,
        "day": "2018-06-30",
    }
    assert Flag("facilities.closed", number=np.int64(3)).values == {"number": 3}


def test_equal_flags_are_one_and_cannot_be_changed() -> None:
    flag, same = (Flag("facilities.no_list", kinds=EXAMPLES["texts"][0]) for _ in range(2))
    assert len({flag, same, Flag("facilities.closed", number=3), Flag("facilities.closed", number=4)}) == 3
    assert pickle.loads(pickle.dumps(flag)) == flag == copy.deepcopy(flag)
    with pytest.raises(dataclasses.FrozenInstanceError):
        flag.code = "facilities.closed"
    flag.values["kinds"] = []
    assert flag == same


@pytest.mark.parametrize(
    ("code", "values", "told"),
    [
        ("facilities.shut", {"number": 3}, "no flag is registered"),
        ("facilities.closed", {}, "number · the value is missing"),
        ("facilities.closed", {"number": 3, "people": 4}, "people · the flag has no such value"),
        ("facilities.closed", {"number": 2.5}, "number=2.5 · the value is of the form count"),
        ("facilities.closed", {"number": True}, "form count"),
        ("facilities.closed", {"number": "3"}, "form count"),
        ("people.too_far", {"people": float("nan")}, "form people"),
        ("facilities.no_list", {"kinds": "park"}, "form texts"),
        ("facilities.no_list", {"kinds": [1]}, "form texts"),
        ("facilities.opened_since", {"day": "2018-01-01"}, "form day"),
        ("facilities.shared_with", {"unit": 3}, "form text"),
    ],
)
def test_a_flag_that_is_wrong_is_never_made(code: str, values: dict[str, object], told: str) -> None:
    with pytest.raises(InputError) as caught:
        Flag(code, **values)
    [problem] = caught.value.problems
    assert problem.code == "flag.invalid"
    assert told in problem.line()
    assert "\n" not in problem.line()


def test_braces_in_a_name_stay_as_they_are() -> None:
    assert Flag("facilities.shared_with", unit="{number} {0}").text("zh") == "与{number} {0}共用"


def test_nothing_is_flagged_where_there_is_nothing() -> None:
    assert flag_if_any("facilities.closed", 0) == []
    assert flag_if_any("facilities.closed", 2) == [Flag("facilities.closed", number=2)]


@pytest.fixture(scope="module")
def make_codes() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_codes", ROOT / "docs" / "make_codes.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", ["data.md", "flags.md"])
def test_the_page_of_codes_is_not_stale(make_codes: ModuleType, name: str) -> None:
    told = (ROOT / "docs" / name).read_text("utf-8")
    assert told == make_codes.page(name, make_codes.PAGES[name]), "run: python docs/make_codes.py"


def test_the_page_of_flags_holds_true_of_a_report() -> None:
    """The example of docs/flags.md, on a city of one centre that is too small."""
    study = toy.study(
        facilities={"f": toy.facility(0, 0), "g": toy.facility(9, 9, floor_area_m2=150.0)},
        demand={"p": toy.people(0, 0, 10, 10)},
        units={"1-1": toy.unit(box(-50, -50, 50, 50))},
    )
    report = audit(study, ["zz2018-34"])
    page = (ROOT / "docs" / "flags.md").read_text("utf-8")
    code = page.split("```python\n")[1].split("```")[0]
    lines = [line.split("  #")[0] for line in code.splitlines() if "zzgeo.audit" not in line]
    known: dict[str, object] = {"report": report}
    exec("\n".join(lines), known)
    assert list(report.flags.columns) == code.split("flags = report.flags  # ")[1].split("\n")[0].split(", ")
    assert known["left_out"]["details"].iloc[0] == {"least_m2": 200.0, "number": 1}
    assert known["left_out"]["zh"].iloc[0] == "建筑面积不足200平方米、未计入的设施：1处"


def test_every_group_of_people_a_clause_may_count_has_its_chinese() -> None:
    for zh, en in OTHER_GROUPS.values():
        assert CHINESE.search(zh)
        assert en
        assert not CHINESE.search(en)


def test_a_group_the_data_lack_is_named_in_the_reader_s_language() -> None:
    """It stood there as its id, in both languages."""
    study = toy.study(facilities={"f": toy.facility(0, 0, "fitness_ground")}, demand={"p": toy.people(0, 0, 10, 10)})
    rule = Rule(
        id="r",
        title="圈",
        title_en="circle",
        section="一",
        clause="圈",
        rule="time-circle",
        standard="t",
        facilities=("fitness_ground",),
        population="women",
        operator="<=",
        value=15,
        unit="minutes",
        verified_on=dt.date(2026, 11, 22),
    )
    context = importlib.import_module("zzgeo.rules.parts.base").Context(study)
    _, [flag] = context.group(rule)
    assert flag.text("zh") == "数据中没有妇女，以常住人口代替"
    assert flag.text("en") == "women not in the data, residents counted"
    assert flag.values == {"wanted": "women", "counted": "residents"}


# ------------------------------------------------------------------------------------- flags of a file of one's own

KIND = '''"""A rule kind of a planning institute: so many markets, of which some close at noon."""

from zzgeo.rules.parts.base import Finding, Judgement, RuleKind
from zzgeo.vocabulary.flags import Flag, FlagCode
from zzgeo.vocabulary.verdicts import PASS

FLAGS = {{
    "markets.closed_at_noon": FlagCode("{zh}", "closed at noon: {{number}}", {{"number": "count"}}),
}}


def judge(context, rule):
    flag = Flag("markets.closed_at_noon", number=2)
    findings = [
        Finding("district", code, PASS, district=code, name=name, value=1.0, flags=[flag])
        for code, name in context.study.districts["name"].items()
    ]
    return Judgement([*findings, Finding("city", "city", PASS, name="city", value=1.0, flags=[flag])])


RULE = RuleKind("markets-at-noon", "R98", "午间市场", "markets at noon", judge)
'''

STANDARD = """
[document]
id = "noon-2026"
number = "规〔2026〕2号"
title = "午间"
title_en = "Noon"
issuer = "市"
jurisdiction = "zhengzhou"

[[clauses]]
id = "noon"
title = "午间市场"
title_en = "markets at noon"
section = "1"
clause = "午间开放"
rule = "markets-at-noon"
facilities = ["market"]
operator = ">="
value = 1
unit = "places"
verified_on = 2026-11-22
"""


@pytest.fixture
def dropped_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Return the folder a rule kind is dropped into; its files are forgotten again."""
    rules = importlib.import_module("zzgeo.rules")
    monkeypatch.setattr(rules, "__path__", [*rules.__path__, str(tmp_path)])
    monkeypatch.setattr("zzgeo.vocabulary.flags._DECLARED", {})
    rule_kinds.cache_clear()
    yield tmp_path
    sys.modules.pop("zzgeo.rules.noon", None)
    rule_kinds.cache_clear()


WORDS = ("中午歇业的市场：2处", "closed at noon: 2")


@pytest.mark.parametrize(("lang", "told"), zip(("zh", "en"), WORDS, strict=True))
def test_a_kind_that_is_one_file_brings_flags_of_its_own(
    dropped_in: Path, lang: str, told: str, opened: Callable[[Path], Any]
) -> None:
    (dropped_in / "noon.py").write_text(KIND.format(zh="中午歇业的市场：{number}处"), encoding="utf-8")
    (dropped_in / "noon.toml").write_text(STANDARD, encoding="utf-8")
    study = write_study(dropped_in / "study")
    out = dropped_in / "out"
    arguments = ["--standard", str(dropped_in / "noon.toml"), "--lang", lang, "--files", "pages,tables,xlsx"]
    assert run(["audit", str(study), "--out", str(out), *arguments]) == 0
    shown = opened(next((out / "maps").glob("*.html"))).evaluate("document.body.innerText")
    assert [words for words in WORDS if words in shown] == [told]
    cells = [str(cell.value) for sheet in load_workbook(out / "scorecard.xlsx") for row in sheet for cell in row]
    assert told in cells
    assert '"closed at noon: 2","markets.closed_at_noon"' in (out / "findings.csv").read_text("utf-8-sig")


def test_a_flag_dropped_in_without_chinese_is_refused_in_one_line(
    dropped_in: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (dropped_in / "noon.py").write_text(KIND.format(zh="closed at noon: {number}"), encoding="utf-8")
    (dropped_in / "noon.toml").write_text(STANDARD, encoding="utf-8")
    study = write_study(dropped_in / "study")
    arguments = ["--standard", str(dropped_in / "noon.toml")]
    assert run(["audit", str(study), "--out", str(dropped_in / "out"), *arguments]) == 4
    [line] = [line for line in capsys.readouterr().err.splitlines() if "flag.invalid" in line]
    assert "noon.py · markets.closed_at_noon · zh is not in Chinese" in line


def test_a_flag_of_one_s_own_cannot_take_the_code_of_another(dropped_in: Path) -> None:
    own = FlagCode("歇业：{number}处", "shut: {number}", {"number": "count"})
    for code, told in (("facilities.closed", "another meaning"), ("Closed", "family.name")):
        with pytest.raises(InputError, match=told):
            declare({code: own}, "own.py")
    declare({"markets.shut": own}, "own.py")
    declare({"markets.shut": own}, "own.py")
    with pytest.raises(InputError, match="another meaning"):
        declare({"markets.shut": dataclasses.replace(own, zh="停业：{number}处")}, "other.py")
