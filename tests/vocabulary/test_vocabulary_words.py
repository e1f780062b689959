"""Words: one table, every word in both languages, none that nobody says, none that is said and not there."""

from __future__ import annotations

import re

import pytest
from places import ROOT

from zzgeo.layers import layers
from zzgeo.reporting.told.words import speaker
from zzgeo.spec.schema import CONTRACTS
from zzgeo.vocabulary.people import POPULATION_GROUPS, UNIT_TYPES
from zzgeo.vocabulary.verdicts import VERDICTS
from zzgeo.vocabulary.words import OF_FILES, OF_PAGES, WORDS

ASSETS = ROOT / "zzgeo" / "reporting" / "pages" / "assets"
SCRIPTS = {path.name: path.read_text("utf-8") for path in sorted(ASSETS.glob("*.js"))}
PYTHON = "\n".join(
    path.read_text("utf-8") for path in sorted((ROOT / "zzgeo").rglob("*.py")) if "vocabulary" not in path.parts
)

#: Words pages ask for by what stands in their data: layers of the quality table, columns of popups, walking speeds.
FROM_DATA = {
    "districts",
    "units",
    "facilities",
    "demand",
    "streets",
    "land",
    "areas",
    "facility",
    "zones",
    "indicators",
    "gb-1000",
    "gb-800",
    "cycling 15 km/h",
    "input_changed",
    "input_added",
    "input_removed",
}

_HELD = {**POPULATION_GROUPS, **UNIT_TYPES, **dict.fromkeys(VERDICTS)}


def test_every_word_is_said_in_both_languages_with_the_same_places_for_values():
    assert not set(OF_PAGES) & set(OF_FILES)
    for name, (zh, en) in WORDS.items():
        assert re.search(r"[\u4e00-\u9fff]", zh) or name == "—", name
        assert not re.search(r"[\u4e00-\u9fff]", en.replace("中", "")), name
        assert set(re.findall(r"\{\d\}", zh)) == set(re.findall(r"\{\d\}", en)), name
        for said in (zh, en):
            assert said == said.strip()


def test_a_language_says_what_the_table_says():
    for place, lang in enumerate(("zh", "en")):
        say = speaker(lang)
        assert all(say(name) == pair[place] for name, pair in WORDS.items())
    assert speaker("en")("first_of", 5, 9) == "first 5 of 9, most people missed first"


def test_scripts_say_words_of_pages_only():
    for file, text in SCRIPTS.items():
        asked = set(re.findall(r"\bt\(\"([\w-]+)\"", text)) | set(re.findall(r'zzSay\("([\w-]+)"', text))
        asked |= set(re.findall(r"\[t\(\"([\w-]+)\"", text))
        asked -= {name for name in asked if any(word.startswith(name) for word in OF_PAGES) and name.endswith("_")}
        assert asked <= set(OF_PAGES), file


def test_columns_that_popups_tell_have_words_of_pages():
    told = re.findall(
        r"\(\"(\w+)\", \"(?:text|number|people|metres|share)\"\)",
        "\n".join((ROOT / "zzgeo" / "layers" / f"{layer.id}.py").read_text("utf-8") for layer in layers()),
    )
    assert {"missed", "capacity", "nearest_m", "type"} <= set(told)
    assert set(told) - {"value_unit"} <= set(OF_PAGES)


@pytest.mark.parametrize("name", sorted(set(WORDS) - set(_HELD)))
def test_a_word_is_said_somewhere(name):
    columns = {column for contract in CONTRACTS.values() for column in (*contract.columns, contract.index)}
    said = re.search(rf"[\"']{re.escape(name)}[\"']", PYTHON) is not None or name in columns
    if name in OF_PAGES:
        said = said or name in FROM_DATA or any(f'"{name}"' in text for text in SCRIPTS.values())
    assert said


def test_words_python_says_are_in_the_table():
    asked = set(re.findall(r"\b(?:say|speaker\(lang\))\([\"']([\w-]+)[\"']", PYTHON))
    assert len(asked) > 50
    assert asked <= set(WORDS)
