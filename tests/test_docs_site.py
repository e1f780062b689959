"""The documentation: every command and snippet in it runs, and its site builds without a warning and asks nobody."""

from __future__ import annotations

import inspect
import re
import runpy
import shlex
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import pytest
from need import absent
from places import ROOT
from sample_cut import write_cut

import zzgeo
from zzgeo.cli.commands import run

DOCS = ROOT / "docs"
#: A comment before a block says what it is: a file that is written, or why it is not run.
BLOCK = re.compile(r"(?m)(?:^ *<!-- (skip|file): (.+?) -->\n)?^( *)```(sh|python|toml)\n(.*?)^ *```$", re.DOTALL)
PAGES = sorted(path for path in DOCS.rglob("*.md") if BLOCK.search(path.read_text("utf-8")))
#: Written by a script from files that are tested themselves.
GENERATED = {"rule-keys.md"}


@dataclass(frozen=True)
class Block:
    """A block of a page: its language, its text, and what the comment before it says."""

    page: str
    language: str
    text: str
    comment: str
    said: str


def blocks(path: Path) -> Iterator[Block]:
    for comment, said, indent, language, text in BLOCK.findall(path.read_text("utf-8")):
        plain = "".join(line.removeprefix(indent) for line in text.splitlines(keepends=True))
        yield Block(path.name, language, plain, comment, said)


@pytest.fixture(scope="module")
def city(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("city")
    write_cut(folder)
    return folder


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.relative_to(DOCS).as_posix())
def test_every_command_and_snippet_of_a_page_runs(path, city, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    shutil.copytree(city, tmp_path / "my-city")
    names = {"__name__": "page"}
    for block in blocks(path):
        if block.language == "toml":
            tomllib.loads(block.text)
        if block.comment == "skip" or (block.language == "toml" and not block.comment):
            continue
        if block.comment == "file":
            Path(block.said).parent.mkdir(parents=True, exist_ok=True)
            Path(block.said).write_text(block.text, "utf-8")
        elif block.language == "python":
            exec(compile(block.text, path.name, "exec"), names)
        else:
            _run_lines(block.text, capsys)


def _run_lines(text: str, capsys) -> None:
    for line in text.splitlines():
        words = shlex.split(line, comments=True)
        if not words:
            continue
        if words[0] == "zzgeo":
            code = run(words[1:])
            said = capsys.readouterr()
            assert code == 0, (line, said.out, said.err)
        else:
            assert words[0] in {"cp", "mkdir"}, line
            subprocess.run(words, check=True)


def test_what_is_not_run_says_why():
    skipped = [block for path in PAGES for block in blocks(path) if block.comment == "skip"]
    assert all(len(block.said) > 8 for block in skipped)
    run_here = [block for path in PAGES for block in blocks(path) if not block.comment and block.language != "toml"]
    assert len(run_here) > len(skipped)


def test_blocks_are_of_a_language_that_is_run_or_of_none():
    usual = {"sh", "python", "toml", "text", "yaml", "json"}
    languages = {
        path.name: set(re.findall(r"(?m)^ *```([a-z]+)$", path.read_text("utf-8"))) for path in DOCS.rglob("*.md")
    }
    assert {name: others - usual for name, others in languages.items() if others - usual} == {}


def test_the_generated_reference_is_up_to_date():
    made = runpy.run_path(str(DOCS / "make_reference.py"))["pages"]()
    for name, text in made.items():
        assert (DOCS / "reference" / name).read_text("utf-8") == text.rstrip() + "\n", "run docs/make_reference.py"


def test_the_chinese_law_book_is_up_to_date():
    made = runpy.run_path(str(DOCS / "make_law_book.py"))["page_zh"]()
    assert (DOCS / "zh" / "law-book.md").read_text("utf-8") == made, "run docs/make_law_book.py"


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Path:
    for name in ("sphinx", "myst_parser", "furo"):
        if find_spec(name) is None:
            absent("docs", f"the package {name} is not installed: pip install 'zzgeo[docs]'")
    out = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", "-b", "html", "-d", str(out / "trees")]
    made = subprocess.run([*command, DOCS, out / "site"], capture_output=True, text=True, check=False, cwd=ROOT)
    assert made.returncode == 0, made.stderr
    assert made.stderr == ""
    return out / "site"


def test_every_page_of_the_site_opens_from_a_folder_and_asks_nobody(site, browser):
    context = browser.new_context()
    context.set_offline(True)
    page = context.new_page()
    asked, faults = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: faults.append(str(error)))
    written = sorted(site.rglob("*.html"))
    assert len(written) > 45
    for path in written:
        page.goto(path.as_uri())
        assert page.locator("h1").count() >= 1 or path.name in {"search.html", "genindex.html", "py-modindex.html"}
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
    assert faults == []
    # the search works there too, in both languages
    for word, found in (("quarantined", "own-city"), ("需核定", "glossary")):
        page.goto(f"{(site / 'search.html').as_uri()}?q={word}")
        # results are put on the page one after the other: the link looked for may be a later one
        page.wait_for_selector(f"#search-results li a[href*='{found}']")
    context.close()


def test_every_public_name_has_its_docstring_on_the_site(site):
    text = (site / "reference" / "python.html").read_text("utf-8")
    assert all(f'id="zzgeo.{name}"' in text or f">{name}<" in text for name in zzgeo.__all__ if callable_name(name))


def callable_name(name: str) -> bool:
    return inspect.isfunction(getattr(zzgeo, name)) or inspect.isclass(getattr(zzgeo, name))
