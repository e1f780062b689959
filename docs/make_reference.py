"""Write docs/reference/: every command, every public name of the library, profiles, and the words in two languages.

Run from the project's top folder: ``python docs/make_reference.py``; a test says whether the pages are up to date.
"""

from __future__ import annotations

import contextlib
import inspect
import io
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from unittest import mock

import typer

import zzgeo
from zzgeo.cli.commands import run, whole_app
from zzgeo.spec.kinds import KINDS, SHIPPED
from zzgeo.standards import profiles, rules_for, shipped
from zzgeo.vocabulary.people import POPULATION_GROUPS, UNIT_TYPES
from zzgeo.vocabulary.states import STATES
from zzgeo.vocabulary.statuses import STATUS_LOOKS
from zzgeo.vocabulary.verdicts import LOOKS
from zzgeo.vocabulary.words import OF_PAGES

FOLDER = Path(__file__).parent / "reference"
WRITTEN = "This page is written by `docs/make_reference.py`."


def pages() -> dict[str, str]:
    """Return the pages, by file."""
    return {
        "commands.md": "\n".join(_commands()),
        "python.md": "\n".join(_python()),
        "profiles.md": "\n".join(_profiles()),
        "glossary.md": "\n".join(_glossary()),
    }


def _commands() -> Iterator[str]:
    told = "What `zzgeo COMMAND --help` says. Exit codes, languages and variables stand at the end."
    yield f"# Commands\n\n{told} {WRITTEN}\n"
    group = typer.main.get_command(whole_app())
    for name, command in group.commands.items():  # type: ignore[attr-defined]
        for words in [[name], *([name, inner] for inner in getattr(command, "commands", {}))]:
            yield f"## zzgeo {' '.join(words)}\n\n```text\n{_help(words)}\n```\n"
    yield """## Exit codes

| code | |
|---|---|
| 0 | done |
| 1 | nothing of a search was found; something needed is missing (`zzgeo doctor`); a fault of zzgeo: please report it |
| 2 | the command line is wrong, or an extra is not installed |
| 3 | of a batch: some studies are not done |
| 4 | the data, the study or a standard cannot be used; of a batch: no study is done |
| 5 | the machine: a disk, a permission, a lock |
| 6 | a service or a database gave no whole answer |
| 10 | `--fail-on`: what it names was found |
| 130 | interrupted |

## Language

What a terminal shows is in English; in Chinese with `--lang zh`, with `ZZGEO_LANG=zh` or in a Chinese locale, where the
console has Chinese signs. Pages, workbooks and reports open in Chinese; with `--lang en` in English, and a page can be
switched.

## Variables of the environment

| variable | |
|---|---|
| `ZZGEO_LANG` | `zh` or `en`: what a terminal shows |
| `ZZGEO_THREADS` | how many processors one process keeps busy; all there are if left out |
| `COLUMNS` | how many columns a terminal has |
| `TERM=dumb` | lines in place of a bar, as in a log |
| `NO_COLOR` | the bar without colours; nothing else has any |
| `NUMBA_CACHE_DIR`, `TMPDIR` | where compiled code is kept, and passing files ([no internet](../offline.md)) |
"""


def _help(words: list[str]) -> str:
    printed = io.StringIO()
    with mock.patch.dict(os.environ, {"COLUMNS": "80", "NO_COLOR": "1"}), contextlib.redirect_stdout(printed):
        assert run([*words, "--help"]) == 0
    return "\n".join(line.rstrip() for line in printed.getvalue().strip().splitlines())


def _python() -> Iterator[str]:
    yield f"# The library\n\nEvery name of `import zzgeo`, from its docstring. {WRITTEN}\n"
    named = {name: getattr(zzgeo, name) for name in zzgeo.__all__}
    functions = {name: thing for name, thing in named.items() if inspect.isfunction(thing)}
    classes = {name: thing for name, thing in named.items() if inspect.isclass(thing)}
    for title, things, directive, options in (
        ("Functions", functions, "autofunction", ""),
        ("Classes", classes, "autoclass", "   :members:\n"),
    ):
        yield f"## {title}\n"
        for name in sorted(things, key=str.lower):
            yield f"### {name}\n\n```{{eval-rst}}\n.. {directive}:: zzgeo.{name}\n{options}```\n"


def _profiles() -> Iterator[str]:
    yield f"""# Profiles

A profile chooses which clauses of which documents a study is judged by, and which of two competing readings is the
headline. A study names one (`profile = "zz-2020"`), `--profile` another;
a place may have one for studies that name none. [The law book](../law-book.md) lists the clauses. {WRITTEN}

| id | 名称 | name | documents | clauses judged | taken where none is named |
|---|---|---|---|---|---|"""
    for profile in profiles().values():
        documents = [shipped()[name] for name in profile.documents]
        number = len(rules_for(documents, profile))
        names = ", ".join(standard.document.number for standard in documents)
        default = f"in {profile.jurisdiction}" if profile.default else ""
        yield f"| `{profile.id}` | {profile.title} | {profile.title_en} | {names} | {number} | {default} |"
    yield ""


def _glossary() -> Iterator[str]:
    yield f"# Glossary · 词汇\n\nWhat pages, tables and messages call things, in both languages. {WRITTEN}\n"
    tables: dict[str, Mapping[str, tuple[str, str]]] = {
        "Verdicts · 结论": {name: (look.zh, look.en) for name, look in LOOKS.items()},
        "What a person is to a clause · 覆盖情况": {name: (look.zh, look.en) for name, look in STATUS_LOOKS.items()},
        "States of a study in a batch · 批量任务状态": STATES,
        "Groups of people · 人群": POPULATION_GROUPS,
        "Types of unit · 单元类型": UNIT_TYPES,
        "Kinds of facility · 设施类别": {kind.id: (kind.zh, kind.en) for kind in KINDS.values() if kind.id in SHIPPED},
        "Words of tables and pages · 表格与网页用语": {
            name: words for name, words in OF_PAGES.items() if max(map(len, words)) <= 24 and "{" not in words[0]
        },
    }
    for title, words in tables.items():
        yield f"## {title}\n\n| id | 中文 | English |\n|---|---|---|"
        yield from (f"| `{name}` | {zh} | {en} |" for name, (zh, en) in words.items())
        yield ""


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for name, text in pages().items():
        (FOLDER / name).write_text(text.rstrip() + "\n", encoding="utf-8")
