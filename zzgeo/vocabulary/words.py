"""Words of pages and files, Chinese and English, each once (``words.toml``): Python and the pages' scripts say them."""

from __future__ import annotations

import tomllib
from collections import ChainMap
from collections.abc import Mapping
from importlib import resources

from zzgeo.vocabulary.people import POPULATION_GROUPS, UNIT_TYPES
from zzgeo.vocabulary.verdicts import LOOKS

_TABLES = tomllib.loads((resources.files("zzgeo.vocabulary") / "words.toml").read_text("utf-8"))

_PAGES = {
    **{look.id: (look.zh, look.en) for look in LOOKS.values()},
    **{name: (zh, en) for name, (zh, en) in _TABLES["pages"].items()},
}

#: What pages say, {id: (zh, en)}; files say much of it as well. Levels of units may still be declared.
OF_PAGES: Mapping[str, tuple[str, str]] = ChainMap(_PAGES, UNIT_TYPES, POPULATION_GROUPS)

#: What only tables, documents and pictures say.
OF_FILES: dict[str, tuple[str, str]] = {name: (zh, en) for name, (zh, en) in _TABLES["files"].items()}

WORDS: Mapping[str, tuple[str, str]] = ChainMap(OF_FILES, _PAGES, UNIT_TYPES, POPULATION_GROUPS)
