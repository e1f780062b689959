"""Words for classes of road in tables: what columns are called, what words stand for, what the end of a name says."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from functools import lru_cache
from importlib import resources

_DATA = tomllib.loads((resources.files("zzgeo.spec") / "road_classes.toml").read_text("utf-8"))
#: Names of columns that hold the class of road, the surest first; that hold codes of it; that hold names of streets.
NAMES: tuple[str, ...] = tuple(_DATA["columns"])
CODE_COLUMNS = frozenset(_DATA["code_columns"])
NAME_COLUMN = re.compile(_DATA["name_column"])
#: Words for values of ``highway``, without case: OpenStreetMap's own, and those of other sources.
WORDS: dict[str, str] = {word: value for value, words in _DATA["words"].items() for word in (value, *words)}
#: Words that say that there is no street.
NO_STREET = frozenset(_DATA["no_street"])
#: Words in columns of ``foot`` and ``access`` by what they are.
VALUES: dict[str, str] = {word: value for value, words in _DATA["values"].items() for word in words}
#: Columns that say whether a street is built, and whether it is closed.
BUILT_COLUMN = re.compile(_DATA["built_column"])
SHUT_COLUMN = re.compile(_DATA["shut_column"])
#: Columns of yes and no by the tag they stand for, and by the class of road they tell.
TAG_COLUMNS = {tag: re.compile(pattern) for tag, pattern in _DATA["tag_columns"].items()}
FLAG_COLUMNS = {value: re.compile(pattern) for value, pattern in _DATA["flag_columns"].items()}
#: Classes of road by which a street may not be walked.
DECIDING = frozenset(("motorway", "motorway_link", "trunk", "trunk_link", "busway", "bus_guideway"))

#: Classes a name may tell; a name seldom ends on the word of another by chance.
_NAMED = ("motorway", "motorway_link", "trunk", "trunk_link")
_BESIDE = re.compile("|".join(_DATA["beside"]))
_ENDINGS = tuple(sorted((word for word, value in WORDS.items() if value in _NAMED), key=len))
_WORD = "|".join((r"(?<![^\W_])" if word.isascii() else "") + re.escape(word) for word in _ENDINGS[::-1])
#: Such a word at the end of a name, or before what only says which part of the road it is, or which way it leads.
_AT_END = re.compile(
    rf"({_WORD})(?:主线|复线)?\s*"
    r"(?:\(.*|[出入]口|k\d.*|[^路街道巷村镇()]{0,8}段|[东西南北上下内外左右]{1,2}[行向线幅侧环]?"
    r"|[a-z]?\d{0,2}号?|(?:north|south|east|west)(?:bound)?|[nsew]b?|exit.*|ramp.*)?$"
)


@lru_cache(maxsize=1 << 16)
def class_of_name(name: str) -> str:
    """Return the class of road on whose word a name ends, nothing where it ends on none.

    Examples
    --------
    >>> [class_of_name(name) for name in ("G30连霍高速", "绕城高速(东段)", "三环快速路匝道", "Airport Expressway")]
    ['motorway', 'motorway', 'trunk_link', 'motorway']
    >>> [class_of_name(name) for name in ("机场高速辅路", "高速东街", "建设路", "")]
    ['', '', '', '']
    """
    text = unicodedata.normalize("NFKC", name).strip().casefold()
    # nearly no name holds such a word: the words are found sooner than their ends
    if not any(word in text for word in _ENDINGS) or _BESIDE.search(text):
        return ""
    for part in re.split(r"[\[\]{}'\";,|/、;]+", text):
        if word := _AT_END.search(part.strip()):
            value = WORDS[word[1]]
            return "motorway_link" if value == "trunk_link" and "高速" in part else value
    return ""
