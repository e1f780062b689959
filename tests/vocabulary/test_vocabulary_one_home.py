"""Each fact once: no sign, colour or word of the vocabulary is written in another source, Python, script or style."""

from __future__ import annotations

import re

import pytest
from places import ROOT

from zzgeo.vocabulary.ownership import FORMS
from zzgeo.vocabulary.statuses import GAP_LINE, GAP_NUMBER, MISSED_RAMP, STATUS_LOOKS
from zzgeo.vocabulary.units import UNITS, plain
from zzgeo.vocabulary.verdicts import LOOKS
from zzgeo.vocabulary.words import WORDS

PACKAGE = ROOT / "zzgeo"
SOURCES = {
    str(path.relative_to(PACKAGE)): path.read_text("utf-8")
    for ending in ("*.py", "*.js", "*.css", "*.html")
    for path in sorted(PACKAGE.rglob(ending))
    if path.relative_to(PACKAGE).parts[0] != "vocabulary"
}
# greys stand for many things; the others are a verdict's, a status's or a gap's alone
GREYS = {"#666666", "#9A9A9A", "#6F6F6F", "#E3E5E7", "#EDEDED", "#B9C0C6"}
COLOURS = {
    *(colour for look in LOOKS.values() for colour in (look.colour, look.mark, look.ground) if colour),
    *(colour for look in STATUS_LOOKS.values() for colour in (look.fill, look.line)),
    *MISSED_RAMP,
    GAP_LINE,
    GAP_NUMBER,
    # what "fail" and others looked like before there was one home
    "#D55E00",
    "#CC79A7",
    "#FADCC8",
    "#8F3E00",
    "#DCEBF6",
    "#00517F",
    "#8C2A06",
} - GREYS


def test_the_test_sees_scripts_styles_and_modules():
    assert {"reporting/pages/assets/map.js", "reporting/pages/assets/zz.css", "cli/commands.py"} <= set(SOURCES)
    assert len(COLOURS) > 18


@pytest.mark.parametrize("file", SOURCES)
def test_no_colour_of_the_vocabulary_is_written_elsewhere(file):
    written = {found.upper() for found in re.findall(r"#[0-9A-Fa-f]{6}\b", SOURCES[file])}
    bare = {f"#{found.upper()}" for found in re.findall(r"[\"']([0-9A-Fa-f]{6})[\"']", SOURCES[file])}
    triples = {
        "#" + "".join(f"{int(part):02X}" for part in found)
        for found in re.findall(r"rgba?\((\d+), ?(\d+), ?(\d+)", SOURCES[file])
    }
    assert not (written | bare | triples) & COLOURS


@pytest.mark.parametrize("file", SOURCES)
def test_no_sign_of_a_verdict_is_written_elsewhere(file):
    # ? and – and · are marks of every text; where they stand for a verdict, ✓ and ✗ do as well
    code = re.sub(r"(?m)^\s*(>>>|#|//).*$", "", SOURCES[file])
    samples = re.sub(r"✗ 100\.0 % \*", "", code)  # the widest cell, to set the width of a column
    assert not re.search("[✓✗]", samples)


@pytest.mark.parametrize("file", SOURCES)
def test_no_other_source_lists_the_verdicts_that_judge_or_a_table_of_words(file):
    text = SOURCES[file]
    assert not re.search(r"""["']pass["'],\s*["']fail["'],\s*["']review["']""", text)
    assert not re.search(r"""["']nodata["'],\s*["']not-applicable["']""", text)
    pairs = re.findall(
        r"""["']?([\w-]+)["']?:\s*[\[(]["'][^"']*[\u4e00-\u9fff][^"']*["'],\s*["'][^"']*["'][\])]""", text
    )
    assert not set(pairs) & set(WORDS) - {"residents"} or file.startswith(("spec/kinds", "layers/base"))


@pytest.mark.parametrize("file", [name for name in SOURCES if name.endswith(".js")])
def test_scripts_hold_no_chinese_but_names_of_languages(file):
    code = re.sub(r"(?m)//.*$", "", SOURCES[file])
    assert set(re.findall(r"[\u4e00-\u9fff]+", code)) <= {"中文"}


@pytest.mark.parametrize("file", [name for name in SOURCES if name.startswith(("rules", "spec", "intake", "auditing"))])
def test_no_other_module_has_a_table_of_owners_or_of_units(file):
    text = SOURCES[file]
    owners = {word for form in FORMS for word in form.words if not word.isascii() and len(word) > 1}
    quoted = set(re.findall(r"[\"']([^\"'\s]+)[\"']", re.sub(r"(?m)^\s*>>>.*$", "", text)))
    # headings of columns are no units: 公办民办 names a column
    assert len(quoted & owners) <= 1
    sizes = {plain(name) for unit in UNITS if unit.size != 1.0 for name in (unit.zh, *unit.spellings)}
    assert not {plain(word) for word in quoted} & sizes
