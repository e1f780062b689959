"""Every sentence a problem, a refusal or the help says has Chinese, and is found again whatever stands in it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

import zzgeo
from tests.vocabulary.sentences import Sources
from zzgeo.cli.commands import whole_app
from zzgeo.errors import Problem
from zzgeo.intake.check import check_file
from zzgeo.rules import rule_kinds
from zzgeo.rules.parts.refusals import refusal_text
from zzgeo.standards import shipped
from zzgeo.vocabulary.chinese import (
    PLACES,
    catalogue,
    in_chinese,
    line_zh,
    pairs_of,
    problem_line,
    translated,
    value_zh,
)

_FILES = ("sentences", "values", "libraries", "notes", "command_line")

#: A tag or a key as it is written in a file, or in a page: the same in every language.
_WRITTEN = re.compile(
    r"\{0\} = 0|[\w:.]+ ?=.*|[a-z]+, [a-z]+|GDAL VRT|SQLSTATE .*|ulimit -v|ledger edge_id|\d+ levels|lon=.*|pip .*"
    r"|<\w.*|.*\n.*",
    re.DOTALL,
)
#: Two words in a row.
_WORDS = re.compile(r"[a-z]{2,} [a-z]{2,}")
#: Where lines are composed in both languages, and what is written into a folder that was fetched.
_IN_BOTH = ("intake/grouped.py", "fetch/from_file.py:157")


@pytest.fixture(scope="module")
def sources() -> Sources:
    return Sources(Path(zzgeo.__file__).parent)


@pytest.fixture(scope="module")
def said(sources: Sources) -> dict[str, dict[str, str]]:
    return sources.sentences()


def test_every_sentence_of_the_sources_has_chinese(said: dict[str, dict[str, str]]) -> None:
    sentences = said["why"] | said["remedy"] | said["sentence"]
    lacking = {text: where for text, where in sentences.items() if text not in pairs_of("sentences")}
    beside = {text: where for text, where in said["beside"].items() if text not in sentences and not _is_known(text)}
    beside = {text: where for text, where in beside.items() if not where.startswith(_IN_BOTH)}
    assert {text: where for text, where in (lacking | beside).items() if not _WRITTEN.fullmatch(text)} == {}


def _is_known(text: str) -> bool:
    filled = PLACES.sub("7", text)
    return value_zh(filled) != filled or catalogue("command_line").chinese(filled) is not None


def test_every_value_in_words_of_ours_has_chinese(sources: Sources, said: dict[str, dict[str, str]]) -> None:
    values = said["value"] | said["where"] | sources.put_in
    assert _lacking(values) == {}


def test_every_line_the_command_line_tells_has_chinese(said: dict[str, dict[str, str]]) -> None:
    told = {text: where for text, where in said["told"].items() if where.startswith(("cli/", "fetch/"))}
    assert _lacking(told) == {}


def _lacking(texts: dict[str, str]) -> dict[str, str]:
    """Return the texts of two words and more that have no Chinese; what is composed in both languages has it there."""
    told = {text: where for text, where in texts.items() if _WORDS.search(text) and not where.startswith(_IN_BOTH)}
    return {text: where for text, where in told.items() if not _WRITTEN.fullmatch(text) and not _is_known(text)}


def test_no_sentence_of_the_catalogue_is_one_nobody_says(sources: Sources, said: dict[str, dict[str, str]]) -> None:
    anywhere = set().union(sources.put_in, *said.values(), _refusals())
    assert set(pairs_of("sentences")) - anywhere == set()


def _refusals() -> set[str]:
    return {refusal_text(refused) for kind in rule_kinds().values() for refused in kind.refuses}


def test_what_a_kind_refuses_of_a_clause_has_chinese() -> None:
    assert _refusals() - set(pairs_of("sentences")) == set()
    told = problem_line(Problem("config.invalid", "own", "0.9", sorted(_refusals())[0], ""), "zh")
    assert not re.search("[a-z] [a-z]", told.rpartition(" · ")[2])


def test_what_a_clause_should_hold_has_chinese() -> None:
    assert [kind.asks for kind in rule_kinds().values() if value_zh(kind.asks) == kind.asks] == []


@pytest.mark.parametrize("name", _FILES)
def test_both_languages_have_the_same_places_and_chinese_is_chinese(name: str) -> None:
    for english, zh in pairs_of(name).items():
        assert set(PLACES.findall(english)) == set(PLACES.findall(zh)) or name == "libraries", english
        assert not re.search(r"[一-鿿] ?[,;:!] ?[一-鿿]", zh), f"marks of Latin text between Chinese: {zh}"
        assert not zh.endswith("。") or english.endswith((".", "?", "…")), f"a part of a line has no full stop: {zh}"


@pytest.mark.parametrize("name", _FILES)
def test_no_sentence_is_taken_for_another(name: str) -> None:
    """A template that is filled is found by itself, never by one that says less."""
    for english, zh in pairs_of(name).items():
        filled = PLACES.sub(lambda place: f"7{place[1]}", english)
        meant = PLACES.sub(lambda place: f"7{place[1]}", zh)
        assert catalogue(name).chinese(filled) == meant
        alike = [one for one in catalogue(name).matching(filled) if one.english != english]
        words = len(PLACES.sub("", english))
        assert all(one.words < words for one in alike), (english, [one.english for one in alike])


def _commands(command: Any) -> Iterator[Any]:
    yield command
    for one in getattr(command, "commands", {}).values():
        yield from _commands(one)


def test_every_help_has_chinese() -> None:
    known = catalogue("command_line")
    lacking = []
    for command in _commands(typer.main.get_command(whole_app())):
        helps = [command.help, *(getattr(one, "help", None) for one in command.params)]
        texts = (" ".join(text.split()) for text in helps if text)
        lacking += [text for text in texts if known.chinese(text) is None]
    assert lacking == []


def test_every_note_on_a_clause_has_chinese_and_nothing_else_is_translated() -> None:
    notes = {rule.notes for standard in shipped().values() for rule in standard.clauses}
    english = {note for note in notes if _WORDS.search(note)}
    assert len(english) > 30
    assert english <= {*pairs_of("notes")} <= notes


def test_a_problem_is_told_with_its_values_as_they_stand() -> None:
    problem = Problem(
        "value.negative",
        "list.csv",
        "beds: '-5' left empty: 1 of 261 rows (264)",
        "cannot be below 0; these cells are left empty and their rows used",
        "correct the cells",
    )
    told = translated(problem)
    assert (told.where, told.value) == ("list.csv", "beds：'-5' 置空：261 行中的 1 行（264）")
    assert told.why == "不能小于 0；这些单元格置空，所在行仍采用"
    assert problem_line(problem, "zh").startswith("value.negative 不应为负 · list.csv · ")
    assert line_zh(problem.line()) == problem_line(problem, "zh")


@pytest.mark.parametrize("value", ["West clinic at the gate", "none", "no data", "Rows of the north: 5 rows and so"])
def test_what_stands_in_the_data_is_not_translated(value: str) -> None:
    assert translated(Problem("kind.unknown", "a.csv", value, "no such file", "")).value == value


def test_sentences_that_were_put_together_are_told_each() -> None:
    assert in_chinese("no such file; no such folder") == "没有这个文件；没有这个文件夹"
    assert in_chinese("no such file; what nobody wrote") is None


def test_a_thousand_sentences_are_quick() -> None:
    """Only templates that begin as a sentence does are tried: no catalogue of 1400 for each."""
    tried = [
        len(catalogue("sentences").matching(f"no street within {metres} m: no walk leads there")) for metres in "123"
    ]
    assert max(tried) <= 3


#: Three words of English in a row; what is quoted is the user's, or a word of a file or a command.
_ENGLISH = re.compile(r"[A-Za-z]{2,}(?: [a-z]{2,}){2,}")
_QUOTED = re.compile(r"`[^`]*`|\"[^\"]*\"|'[^']*'|\([^()]*\)")
_CASES = ("csv", "encoding", "hostile", "network", "osm", "vector", "xlsx", "zip")


@pytest.mark.parametrize("group", _CASES)
def test_what_is_wrong_with_a_file_is_told_in_one_language(group: str, shared: Path) -> None:
    """Every sentence of the corpus, as each language tells it: what a library said is a value, and stays."""
    files = [path for path in sorted((shared / "cases" / group).iterdir()) if path.suffix not in (".json", ".md")]
    checked = [check_file(path) for path in files if path.is_file()]
    whys = {text for one in checked for problem in one.problems for text in (problem.why, problem.remedy) if text}
    whys |= {str(reason) for one in checked for reason in one.quarantined["reason"]}
    zh = {why: in_chinese(why) or why for why in whys}
    assert {why: told for why, told in zh.items() if _ENGLISH.search(_QUOTED.sub("", told))} == {}
    assert {
        why for why in whys if re.search("[一-鿿]", re.sub(r"[“\"(«{].*[”\")»}]", "", why))
    } - _WORDS_OF_TABLES == set()
    lines = [line for one in checked for line in one.lines("zh", 0)]
    assert all(line.startswith(("错误：", "提示：", "剔除：", "行：")) or re.search("[一-鿿=]", line) for line in lines)


#: Chinese in an English sentence that is a word tables hold.
_WORDS_OF_TABLES = {"separators, full-width digits, 万 or units were taken into account"}


def test_values_of_problems_that_are_alike_are_told_each() -> None:
    row = "2 times; 3 of 4 features; 5 of 9 features"
    assert value_zh(row) == "2 次；4 个要素中的 3 个；9 个要素中的 5 个"
    problem = translated(Problem("geom.mixed_types", "a.csv, b.csv", row, "", ""))
    assert problem.value == value_zh(row)


def test_one_of_several_values_is_not_taken_for_all_of_them() -> None:
    told = value_zh("16 ends, e.g. 0.28 m at 469905.5, 384.2 (streets 1, 2); 0.21 m at 407210.2, 349.0 (streets 3, 4)")
    assert told == "16 个端点，如 469905.5, 384.2 处 0.28 米（道路 1, 2）；407210.2, 349.0 处 0.21 米（道路 3, 4）"
