"""What a table of streets says of walking: its column of road classes, in many spellings, and the tags beside it.

Line layers name the class of road as their source does (``fclass``, ``type``, ``道路等级``); it is brought to
OpenStreetMap's words (``road_classes.toml``), so that a street is walked or not whatever file it stands in.
"""

from __future__ import annotations

import datetime as dt
import re
from string import ascii_letters
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
from geopandas.array import GeometryDtype

from zzgeo.errors import Problem
from zzgeo.spec.levels import lifted
from zzgeo.spec.lifecycle import outside_life
from zzgeo.spec.road_words import CODE_COLUMNS, DECIDING, NAMES, NO_STREET, VALUES, WORDS
from zzgeo.spec.street_hints import flagged_class, name_column, named_class, not_there, permissions
from zzgeo.spec.tag_columns import with_tags
from zzgeo.spec.text_cells import Cells, plain_name, text_cells
from zzgeo.spec.walking_profile import DEFAULT, WalkingProfile, walking_profile
from zzgeo.spec.ways import AT_GRADE, BY_FERRY, GATE, WAY_TAGS, Walked, crossing_seconds, how_walked, road_classes
from zzgeo.vocabulary.yes_no import yes_no

Bools = npt.NDArray[np.bool_]

#: Why such streets are told, and what can be done; OpenStreetMap files say the same.
PRIVATE = ("private: residents leave by them, nobody walks through", 'private = "open" or "closed" under [walking]')
TRUNK = ("trunk roads at grade are walked, though no sidewalk is drawn", 'trunk = "sidewalk" under [walking]')
FERRY = ("ferries are taken, with the wait for them", "ferries = false under [walking]")

#: Tags of what is no street: a table of lines of OpenStreetMap has a column for each, beside ``highway``.
_NO_HIGHWAY = ("railway", "waterway", "aerialway", "aeroway", "power", "barrier", "natural", "boundary", "landuse")
#: Tags that are asked for where many stand in one cell.
_TOGETHER = (*WAY_TAGS, "layer", "duration", *_NO_HIGHWAY)

_AS = "name each class as OpenStreetMap does"
#: Tags whose values are words, never a yes or no.
_WORDED = frozenset(("service", "route", "opening_hours"))
#: What columns no other source has say of a street: its class by a flag and by its name, that it is not there.
_HINTS = ("flagged", "name", "gone")
#: What stands behind the class of a street that its name alone tells.
BY_NAME = " by its name"
#: The code of a class before its word or behind it: ``41000 高速公路``.
_CODE = re.compile(r"^\d[\d.]*[\s:-]+(?=\D)|(?<=\D)[\s:-]+\d[\d.]*$")
_TAG_OF = {re.sub(r"[\W_]", "", tag): tag for tag in WAY_TAGS}


class Classes(NamedTuple):
    """The column of a table that names the class of road; the columns called like one that are not used.

    ``unread`` hold words nobody knows, ``codes`` whole numbers that only their owner can read.
    """

    column: str | None
    unread: tuple[str, ...]
    codes: tuple[str, ...] = ()


class Verdicts(NamedTuple):
    """Whether each street of a table is walked: the verdicts there are, and which of them is a street's.

    ``unknown`` are the words of its column of classes that nobody knows, with how many streets each has.
    """

    kinds: list[Walked]
    code: npt.NDArray[np.int64]
    classes: Classes
    unknown: dict[str, int]

    @property
    def walked(self) -> list[Walked]:
        """Return one verdict a row."""
        return [self.kinds[place] for place in self.code.tolist()]

    def are(self, *, state: str = "", reason: str = "") -> Bools:
        """Tell which streets are ``"open"``, ``"private"`` or ``"closed"``, or are what they are for a reason."""
        said = [kind.state == state or (reason != "" and kind.reason == reason) for kind in self.kinds]
        return np.array(said, dtype=bool)[self.code]


class Sorted(NamedTuple):
    """Streets after a profile: which are kept, why not each other one, those kept with their columns, what is told."""

    kept: Bools
    reasons: list[str]
    table: gpd.GeoDataFrame
    notes: list[Problem]


def class_column(table: pd.DataFrame) -> Classes:
    """Find the column that names the class of road: by its name, where most of its filled cells are known words.

    Parameters
    ----------
    table
        Streets, shape (n_streets, ...).

    Returns
    -------
    Classes
        Other numbers than codes, such as slopes, are neither used nor told.

    Examples
    --------
    >>> class_column(pd.DataFrame({"TYPE": ["asphalt"], "道路等级": ["高速公路"]})).column
    '道路等级'
    >>> class_column(pd.DataFrame({"type": ["asphalt", "gravel"]}))
    Classes(column=None, unread=('type',), codes=())
    >>> class_column(pd.DataFrame({"RoadClass": [41000, 42000]})).codes
    ('RoadClass',)
    """
    names = [(NAMES.index(plain), str(name)) for name in table if (plain := plain_name(name)) in NAMES]
    unread, codes = [], []
    for _, name in sorted(names):
        if table[name].dtype.kind in "bcmM":
            continue
        cells = text_cells(table[name])
        counts = np.bincount(cells.code, minlength=len(cells.texts)).tolist()
        words = [(_named(text), count) for text, count in zip(cells.texts, counts, strict=True)]
        filled = sum(count for named, count in words if named)
        known = sum(count for named, count in words if any(word in WORDS or word in NO_STREET for word in named))
        if known * 2 > filled:
            return Classes(name, ())
        if filled:
            unread.append(name)
        elif _are_codes(cells.texts):
            codes.append(name)
    of_codes = [str(name) for name in table if plain_name(name) in CODE_COLUMNS]
    codes += [name for name in of_codes if _are_codes(text_cells(table[name]).texts)]
    return Classes(None, tuple(unread), tuple(codes))


def verdicts(table: pd.DataFrame, profile: WalkingProfile, day: dt.date | None = None) -> Verdicts:
    """Return whether each street of a table is walked.

    Parameters
    ----------
    table
        Streets, shape (n_streets, ...). The class of road may stand under many names and in many words;
        ``foot``, ``access``, ``sidewalk``, ``motorroad``, bridges and tunnels are read beside it. A street without a
        class is one of which only the class is unknown, unless its name says it: 连霍高速, 三环快速路.
    profile
        The rule.
    day
        For which streets of OpenStreetMap with ``start_date`` or ``end_date`` are there or not; today if left out.

    Returns
    -------
    Verdicts
        One `Walked` a row.

    Examples
    --------
    >>> roads = pd.DataFrame({"fclass": ["motorway", "trunk", "trunk", None], "bridge": ["F", "F", "T", "F"]})
    >>> [street.state for street in verdicts(roads, walking_profile("cn-default")).walked]
    ['closed', 'open', 'closed', 'open']
    """
    classes, said = class_column(table), _tags(table)
    if classes.column is not None:
        said["highway"] = text_cells(table[classes.column])
    own = plain_name(classes.column) == "highway"
    if own:
        said |= {plain: text_cells(table[name]) for name in table if (plain := plain_name(name)) in _NO_HIGHWAY}
    said |= _hints(table)
    code = np.zeros(len(table), dtype=np.int64)
    for cells in said.values():
        code = np.unique(code * max(1, len(cells.texts)) + cells.code, return_inverse=True)[1]
    _, first, count = np.unique(code, return_index=True, return_counts=True)
    unknown: dict[str, int] = {}
    kinds = []
    for row, streets in zip(first.tolist(), count.tolist(), strict=True):
        tags = {tag: text for tag, cells in said.items() if (text := cells.texts[cells.code[row]])}
        highway, strange = _our_words(tags.pop("highway", ""), own)
        flagged, named, gone = (tags.pop(hint, "") for hint in _HINTS)
        if gone:
            kinds.append(Walked("closed", gone))
            continue
        other = [tag for tag in _NO_HIGHWAY if tag in tags and yes_no(tags[tag]) is not False]
        if other and not highway:
            kinds.append(Walked("closed", f"{other[0]}={tags[other[0]]}"))
            continue
        if highway or tags.get("route") != "ferry":
            tags["highway"] = highway or flagged or named or "road"
        unknown |= {word: unknown.get(word, 0) + streets for word in strange}
        walked = how_walked(tags, profile)
        if own and walked.state != "closed" and (ended := outside_life(tags, day)):
            walked = Walked("closed", f"{ended}={tags[ended]}")
        if named and not (highway or flagged) and walked.reason == f"highway={named}":
            walked = Walked(walked.state, f"highway={named} by its name")
        kinds.append(walked)
    return Verdicts(kinds, code, classes, unknown)


def sorted_out(
    table: gpd.GeoDataFrame, where: str, profile: WalkingProfile | None = None, day: dt.date | None = None
) -> Sorted:
    """Take out the streets of a table nobody walks on, mark the private ones, and tell what was decided.

    Parameters
    ----------
    table
        Streets in metres, shape (n_streets, ...); it is not written to.
    where
        What to call the table.
    profile
        The rule; the default one if left out.
    day
        As `verdicts`.

    Returns
    -------
    Sorted
        The table has the rows kept, under their labels; ``private`` where any way is private, and ``crossing_s``
        where any is a ferry.
    """
    table = with_tags(table, _TOGETHER, plain_name)
    told = any(
        name == "private" or (plain := plain_name(name)) in NAMES or plain in CODE_COLUMNS or plain in _TAG_OF
        for name in table
    )
    if not told and not _hints(table) and not permissions(table):
        # a bare line layer says nothing of its streets: all are walked
        return Sorted(np.ones(len(table), dtype=bool), [""] * len(table), table, _alike_notes(table, where))
    judged = verdicts(table, profile or walking_profile(DEFAULT), day)
    kept, private = ~judged.are(state="closed"), judged.are(state="private")
    metres = np.asarray(table.geometry.length, dtype=float)
    columns: dict[str, Any] = {}
    if "private" in table:
        private |= np.array([yes_no(cell) is True for cell in table["private"]], dtype=bool)
    if private.any() or "private" in table:
        columns["private"] = private[kept]
    ferry = judged.are(reason=BY_FERRY)
    if ferry.any():
        columns["crossing_s"] = _crossing_s(table, ferry, metres, profile or walking_profile(DEFAULT))[kept]
    left = table if kept.all() else table[kept]
    reasons = np.array([kind.reason for kind in judged.kinds], dtype=object)[judged.code].tolist()
    notes = _notes(judged, metres, where) + ([] if judged.classes.column else _alike_notes(table, where))
    return Sorted(kept, reasons, left.assign(**columns) if columns else left, notes)


def _crossing_s(table: gpd.GeoDataFrame, ferry: Bools, metres: Any, profile: WalkingProfile) -> Any:
    names = [name for name in table if plain_name(name) == "duration"]
    cells = text_cells(table[names[0]]) if names else Cells(np.zeros(len(table), dtype=np.int64), [""])
    seconds = zip((cells.texts[place] for place in cells.code.tolist()), metres, ferry, strict=True)
    return np.array([crossing_seconds(text, length, profile) if taken else np.nan for text, length, taken in seconds])


def _notes(judged: Verdicts, metres: Any, where: str) -> list[Problem]:
    named = any(kind.reason.endswith(BY_NAME) for kind in judged.kinds)
    column = judged.classes.column or ("name" if named else "tags")
    rows = (
        (
            "osm.tag",
            judged.are(state="closed"),
            f"nobody walks there, by {column}",
            "nothing to do if nobody walks there",
        ),
        ("osm.private_way", judged.are(state="private"), *PRIVATE),
        ("osm.trunk_at_grade", judged.are(reason=AT_GRADE), *TRUNK),
        ("osm.ferry", judged.are(reason=BY_FERRY), *FERRY),
    )
    notes = []
    for code, mask, why, remedy in rows:
        if mask.any():
            value = f"{int(mask.sum())} streets, {metres[mask].sum() / 1000:.1f} km"
            value += f" ({_counted(judged, mask)})" if code == "osm.tag" else ""
            notes.append(Problem(code, where, value, why, remedy, "warning"))
    return notes + _unread_notes(judged, where)


def _counted(judged: Verdicts, mask: Bools) -> str:
    """Return the reasons of some streets with how many have each, the commonest first."""
    counts: dict[str, int] = {}
    for kind, count in zip(judged.kinds, np.bincount(judged.code[mask], minlength=len(judged.kinds)), strict=True):
        if count:
            counts[kind.reason] = counts.get(kind.reason, 0) + int(count)
    return ", ".join(f"{reason} {count}" for reason, count in sorted(counts.items(), key=lambda item: -item[1]))


def _unread_notes(judged: Verdicts, where: str) -> list[Problem]:
    notes = []
    if judged.classes.unread:
        why = "the column is called like a class of road, but most of its words are not known: every street is walked"
        remedy = f"name the column highway and use OpenStreetMap's words, or {_AS}"
        notes.append(Problem("network.class_unread", where, ", ".join(judged.classes.unread), why, remedy, "warning"))
    if judged.classes.codes:
        why = (
            "the column is called like a class of road, but holds numbers nobody else can read: every street is walked"
        )
        remedy = f"name the column highway and use OpenStreetMap's words, or {_AS}"
        notes.append(Problem("network.class_unread", where, ", ".join(judged.classes.codes), why, remedy, "warning"))
    if judged.unknown:
        worst = sorted(judged.unknown.items(), key=lambda item: -item[1])
        value = f"{judged.classes.column}: " + ", ".join(f"{word} {count}" for word, count in worst[:10])
        why = "no class of road is known by these words: the streets are walked"
        notes.append(Problem("network.class_unknown", where, value, why, _AS, "warning"))
    return notes


def _alike_notes(table: pd.DataFrame, where: str) -> list[Problem]:
    """Tell of columns whose words are classes of road, roads not walked among them, under a name nobody knows."""
    alike, of_names = [], name_column(table)
    for place, name in enumerate(table.columns):
        column, plain = table.iloc[:, place], plain_name(name)
        if (
            str(name) == of_names
            or plain in NAMES
            or plain in _TAG_OF
            or isinstance(column.dtype, GeometryDtype)
            or column.dtype.kind in "biufcM"
        ):
            continue
        cells = text_cells(column)
        counts = np.bincount(cells.code, minlength=len(cells.texts)).tolist()
        words = [(_named(text), count) for text, count in zip(cells.texts, counts, strict=True)]
        filled = sum(count for named, count in words if named)
        known = sum(count for named, count in words if any(word in WORDS for word in named))
        if known * 2 > filled and any(WORDS.get(word) in DECIDING for named, _ in words for word in named):
            alike.append(str(name))
    if not alike:
        return []
    why = "the words of the column are classes of road, but it is not called like one: every street is walked"
    return [Problem("network.class_unread", where, ", ".join(alike), why, "call the column highway", "warning")]


def _tags(table: pd.DataFrame) -> dict[str, Cells]:
    """Return the tags beside the class of road, empty where nothing is said; a bridge or tunnel as "yes"."""
    beside = {tag: name for name in table if (tag := _TAG_OF.get(plain_name(name), "highway")) != "highway"}
    said = {tag: text_cells(table[name]) for tag, name in beside.items() if tag not in ("bridge", "tunnel")}
    said = {tag: Cells(cells.code, [_value(tag, text) for text in cells.texts]) for tag, cells in said.items()}
    heights = [name for name in table if plain_name(name) not in ("layer", "geometry", "highway")]
    off_ground = lifted(pd.DataFrame(table[heights]))
    said = permissions(table) | said
    if off_ground.any():
        said["bridge"] = Cells(off_ground.astype(np.int64), ["", "yes"])
    return said


def _hints(table: pd.DataFrame) -> dict[str, Cells]:
    """Return the class that a flag or the names of streets tell, and what says that a street is not there."""
    found = zip(_HINTS, (flagged_class(table), named_class(table), not_there(table)), strict=True)
    return {hint: cells for hint, cells in found if cells is not None}


def _value(tag: str, text: str) -> str:
    """Return a cell as the value of its tag: tables write T and F, 是 and 否, 1 and 0 for yes and no."""
    said = None if tag in _WORDED else yes_no(text)
    word = VALUES.get(text, text.lower()) if tag in ("foot", "access") else text.lower()
    return word if said is None else "yes" if said else "no"


def _our_words(text: str, own: bool) -> tuple[str, list[str]]:
    """Return the values of ``highway`` a cell names, and the words that are none.

    A column called ``highway`` (`own`) has OpenStreetMap's words: another English one is no street there, as in a file
    of OpenStreetMap's.
    """
    values, strange = [], []
    for word in _named(text):
        if word in WORDS and (not own or WORDS[word] == word or not word.isascii()):
            values.append(WORDS[word])
        elif word == GATE:
            values.append("road")
        elif own or word in NO_STREET:
            values.append(word)
        else:
            strange.append(word)
    # a code alone says nothing; beside a word it is that word's
    return ";".join(values), strange or ([] if values or not text else [text])


def _named(text: str) -> list[str]:
    """Return the words of a cell, without numbers: a code of classes that only its owner can read."""
    words = [_in_its_state(_CODE.sub("", word).casefold()) for word in road_classes(text)]
    return [word for word in words if not re.fullmatch(r"[\d.+-]+", word)]


def _in_its_state(word: str) -> str:
    """Return a class of road, or the state that leads it and says that there is none: 规划支路 is 规划."""
    state = word[:2]
    return state if word not in WORDS and state in NO_STREET and word[2:].lstrip("的") in WORDS else word


def _are_codes(texts: list[str]) -> bool:
    """Tell whether cells are codes of classes: whole numbers, behind a letter or two or not, and not 0 alone."""
    words = [word for text in texts for word in road_classes(text)]
    numbers = [
        float(word.lstrip(ascii_letters)) for word in words if re.fullmatch(r"([A-Za-z]{0,2}|-)\d+(\.\d+)?", word)
    ]
    return len(numbers) == len(words) and any(numbers) and all(number.is_integer() for number in numbers)
