"""What comments and documents cite is in the repository: a page by its name, a definition or a resolution by its id."""

from __future__ import annotations

import re
import runpy
import subprocess

import pytest
from places import ROOT

TRACKED = subprocess.run(["git", "ls-files"], cwd=ROOT, check=False, capture_output=True, text=True).stdout.split()
SOURCES = sorted(path for path in TRACKED if path.endswith(".py"))
PAGES = {path.rsplit("/", 1)[-1] for path in TRACKED if path.endswith(".md")}
#: Pages that the project writes for its user, elsewhere.
WRITTEN = {"acceptance.md", "SOURCES.md"}
CITED = re.compile(r"(?<![\w/{}*.])((?:[\w.-]+/)*[\w.-]+\.md)\b(?!\.)")
IDS = re.compile(r"(rules|resolutions)\.md((?:,? (?:and )?[RAC]\d\d(?:-[RAC]?\d\d)?)+)")


def headings(page: str) -> set[str]:
    return set(re.findall(r"(?m)^#+ ([RAC]\d\d)\b", (ROOT / "docs" / page).read_text("utf-8")))


@pytest.mark.skipif(not SOURCES, reason="this is no git checkout")
@pytest.mark.parametrize("source", SOURCES)
def test_every_page_a_source_cites_is_in_the_repository(source):
    text = (ROOT / source).read_text("utf-8")
    missing = {name for name in CITED.findall(text) if name.rsplit("/", 1)[-1] not in PAGES | WRITTEN}
    assert missing == set()


@pytest.mark.skipif(not SOURCES, reason="this is no git checkout")
def test_every_definition_and_resolution_that_is_cited_exists():
    known = {page: headings(f"{page}.md") for page in ("rules", "resolutions")}
    cited = [
        (source, page, name)
        for source in SOURCES
        for page, names in IDS.findall((ROOT / source).read_text("utf-8"))
        for name in re.findall(r"[RAC]\d\d", names)
    ]
    assert len(cited) > 60
    assert [entry for entry in cited if entry[2] not in known[entry[1]]] == []


def test_the_picture_of_the_rooms_is_up_to_date():
    made = runpy.run_path(str(ROOT / "docs/make_architecture.py"))
    assert (ROOT / "ARCHITECTURE.md").read_text("utf-8") == made["page"](), "run docs/make_architecture.py"
    assert set().union(*made["arrows"]().values()) <= made["rooms"]().keys()


@pytest.mark.parametrize(
    "page", ["ARCHITECTURE.md", "CONTRIBUTING.md", *(f"docs/{name}" for name in ("rules.md", "method.md"))]
)
def test_links_of_a_page_lead_somewhere(page):
    path = ROOT / page
    for target in re.findall(r"\]\((?!https?:)([^)#\s]+)", path.read_text("utf-8")):
        assert (path.parent / target).exists(), target


def test_every_page_is_in_a_table_of_contents_of_the_site():
    indexes = {path.parent: path.read_text("utf-8") for path in (ROOT / "docs").rglob("index.md")}
    listed = {
        (folder / name.strip()).relative_to(ROOT / "docs").as_posix()
        for folder, text in indexes.items()
        for block in re.findall(r"```{toctree}\n(.*?)```", text, re.DOTALL)
        for name in block.splitlines()
        if name.strip() and not name.startswith(":")
    }
    pages = {path.relative_to(ROOT / "docs").with_suffix("").as_posix() for path in (ROOT / "docs").rglob("*.md")}
    assert pages - {"index"} - {page for page in pages if page.startswith("benchmarks/")} == listed
