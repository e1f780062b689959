"""What a table of streets says of walking: its column of road classes, in many spellings, and the tags beside it.

Line layers name the class of road as their source does (``fclass``, ``type``, ``道路等级``); it is brought to
OpenStreetMap's words (``road_classes.toml``), so that a street is walked or not whatever file it stands in.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from importlib import resources
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from zzgeo.errors import Problem
from zzgeo.spec.levels import lifted
from zzgeo.spec.walking_profile import DEFAULT, WalkingProfile, walking_profile
from zzgeo.spec.ways import AT_GRADE, BY_FERRY, WAY_TAGS, Walked, crossing_seconds, how_walked, road_classes
from zzgeo.vocabulary.yes_no import yes_no

Bools = npt.NDArray[np.bool_]

_DATA = tomllib.loads((resources.files("zzgeo.spec") / "road_classes.toml").read_text("utf-8"))
#: Names of columns that hold the class of road, the surest first.
NAMES: tuple[str, ...] = tuple(_DATA["columns"])
#: Words for values of ``highway``, without case: OpenStreetMap's own, and those of other sources.
WORDS: dict[str, str] = {word: value for value, words in _DATA["words"].items() for word in (value, *words)}
#: Words that say that there is no street.
NO_STREET = frozenset(_DATA["no_street"])

#: Why such streets are told, and what can be done; OpenStreetMap files say the same.
PRIVATE = ("private: residents leave by them, nobody walks through", 'private = "open" or "closed" under [walking]')
TRUNK = ("trunk roads at grade are walked, though no sidewalk is drawn", 'trunk = "sidewalk" under [walking]')
FERRY = ("ferries are taken, with the wait for them", "ferries = false under [walking]")

_AS = "name each class as OpenStreetMap does"
_BLANK = frozenset(("", "nan", "none", "<na>", "nat", "null"))
_TAG_OF = {re.sub(r"[\W_]", "", tag): tag for tag in WAY_TAGS}


class Classes(NamedTuple):
    """The column of a table that names the class of road; the columns that look like one and are not used."""

    column: str | None
    unread: tuple[str, ...]


class Verdicts(NamedTuple):
    """Whether each street of a table is walked; words of its column of classes nobody knows, with their streets."""

    walked: list[Walked]
    classes: Classes
    unknown: dict[str, int]

    def are(self, state: str) -> Bools:
        """Tell which streets are ``"open"``, ``"private"`` or ``"closed"``."""
        return np.array([one.state == state for one in self.walked], dtype=bool)


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
        Columns of numbers are neither used nor told.

    Examples
    --------
    >>> class_column(pd.DataFrame({"TYPE": ["asphalt"], "道路等级": ["高速公路"]})).column
    '道路等级'
    >>> class_column(pd.DataFrame({"type": ["asphalt", "gravel"]}))
    Classes(column=None, unread=('type',))
    """
    names = [(NAMES.index(plain), str(name)) for name in table if (plain := _plain_name(name)) in NAMES]
    unread = []
    for _, name in sorted(names):
        if table[name].dtype.kind in "biufcM":
            continue
        cells = [(_named(str(text)), count) for text, count in _texts(table[name]).value_counts().items()]
        filled = sum(count for words, count in cells if words)
        known = sum(count for words, count in cells if any(word in WORDS or word in NO_STREET for word in words))
        if known * 2 > filled:
            return Classes(name, ())
        if filled:
            unread.append(name)
    return Classes(None, tuple(unread))


def verdicts(table: pd.DataFrame, profile: WalkingProfile) -> Verdicts:
    """Return whether each street of a table is walked.

    Parameters
    ----------
    table
        Streets, shape (n_streets, ...). The class of road may stand under many names and in many words;
        ``foot``, ``access``, ``sidewalk``, ``motorroad``, bridges and tunnels are read beside it. A street without a
        class is a street of which only the class is unknown.
    profile
        The rule.

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
    said["highway"] = "" if classes.column is None else _texts(table[classes.column]).to_numpy()
    own = _plain_name(classes.column) == "highway"
    code = said.groupby(list(said.columns), sort=False).ngroup().to_numpy()
    _, first, count = np.unique(code, return_index=True, return_counts=True)
    unknown: dict[str, int] = {}
    walked = []
    for row, streets in zip(first.tolist(), count.tolist(), strict=True):
        tags = {str(tag): text for tag, text in said.iloc[row].items() if text}
        highway, strange = _our_words(tags.pop("highway", ""), own)
        if highway or tags.get("route") != "ferry":
            tags["highway"] = highway or "road"
        unknown |= {word: unknown.get(word, 0) + streets for word in strange}
        walked.append(how_walked(tags, profile))
    return Verdicts([walked[place] for place in code.tolist()], classes, unknown)


def sorted_out(table: gpd.GeoDataFrame, where: str, profile: WalkingProfile | None = None) -> Sorted:
    """Take out the streets of a table nobody walks on, mark the private ones, and tell what was decided.

    Parameters
    ----------
    table
        Streets in metres, shape (n_streets, ...); it is not written to.
    where
        What to call the table.
    profile
        The rule; the default one if left out.

    Returns
    -------
    Sorted
        The table has the rows kept, under their labels; ``private`` where any way is private, and ``crossing_s``
        where any is a ferry.
    """
    judged = verdicts(table, profile or walking_profile(DEFAULT))
    kept, private = ~judged.are("closed"), judged.are("private")
    metres = np.asarray(table.geometry.length, dtype=float)
    columns: dict[str, Any] = {}
    if "private" in table:
        private |= np.array([yes_no(cell) is True for cell in table["private"]], dtype=bool)
    if private.any() or "private" in table:
        columns["private"] = private[kept]
    ferry = np.array([street.reason == BY_FERRY for street in judged.walked], dtype=bool)
    if ferry.any():
        columns["crossing_s"] = _crossing_s(table, ferry, metres, profile or walking_profile(DEFAULT))[kept]
    reasons = [street.reason for street in judged.walked]
    return Sorted(kept, reasons, table[kept].assign(**columns), _notes(judged, metres, where))


def _crossing_s(table: gpd.GeoDataFrame, ferry: Bools, metres: Any, profile: WalkingProfile) -> Any:
    names = [name for name in table if _plain_name(name) == "duration"]
    said = _texts(table[names[0]]) if names else [""] * len(table)
    seconds = zip(said, metres, ferry, strict=True)
    return np.array([crossing_seconds(text, length, profile) if taken else np.nan for text, length, taken in seconds])


def _notes(judged: Verdicts, metres: Any, where: str) -> list[Problem]:
    reason = np.array([street.reason for street in judged.walked], dtype=object)
    column = judged.classes.column or "tags"
    rows = (
        ("osm.tag", judged.are("closed"), f"nobody walks there, by {column}", "nothing to do if nobody walks there"),
        ("osm.private_way", judged.are("private"), *PRIVATE),
        ("osm.trunk_at_grade", reason == AT_GRADE, *TRUNK),
        ("osm.ferry", reason == BY_FERRY, *FERRY),
    )
    notes = []
    for code, mask, why, remedy in rows:
        if mask.any():
            shown = ", ".join(f"{said} {count}" for said, count in pd.Series(reason[mask]).value_counts().items())
            value = f"{int(mask.sum())} streets, {metres[mask].sum() / 1000:.1f} km"
            value += f" ({shown})" if code == "osm.tag" else ""
            notes.append(Problem(code, where, value, why, remedy, "warning"))
    return notes + _unread_notes(judged, where)


def _unread_notes(judged: Verdicts, where: str) -> list[Problem]:
    notes = []
    if judged.classes.unread:
        why = "the column is called like a class of road, but most of its words are not known: every street is walked"
        remedy = f"name the column highway and use OpenStreetMap's words, or {_AS}"
        notes.append(Problem("network.class_unread", where, ", ".join(judged.classes.unread), why, remedy, "warning"))
    if judged.unknown:
        worst = sorted(judged.unknown.items(), key=lambda item: -item[1])
        value = f"{judged.classes.column}: " + ", ".join(f"{word} {count}" for word, count in worst[:10])
        why = "no class of road is known by these words: the streets are walked"
        notes.append(Problem("network.class_unknown", where, value, why, _AS, "warning"))
    return notes


def _tags(table: pd.DataFrame) -> pd.DataFrame:
    """Return the tags beside the class of road as text, empty where nothing is said; a bridge or tunnel as "yes"."""
    beside = {tag: name for name in table if (tag := _TAG_OF.get(_plain_name(name), "highway")) != "highway"}
    said = pd.DataFrame({tag: _texts(table[name]).to_numpy() for tag, name in beside.items()}, index=range(len(table)))
    said = said.apply(lambda column: column.str.lower()) if len(said.columns) else said
    heights = [name for name in table if _plain_name(name) not in ("layer", "geometry")]
    said["bridge"] = np.where(lifted(pd.DataFrame(table[heights])), "yes", "")
    return said.drop(columns="tunnel", errors="ignore")


def _our_words(text: str, own: bool) -> tuple[str, list[str]]:
    """Return the values of ``highway`` a cell names, and the words that are none; the column's own are kept."""
    values, strange = [], []
    for word in _named(text):
        if word in WORDS:
            values.append(WORDS[word])
        elif own or word in NO_STREET:
            values.append(word)
        else:
            strange.append(word)
    return ";".join(values), strange


def _named(text: str) -> list[str]:
    """Return the words of a cell, without numbers: a code of classes that only its owner can read."""
    return [word.casefold() for word in road_classes(text) if not re.fullmatch(r"[\d.+-]+", word)]


def _plain_name(name: object) -> str:
    return re.sub(r"[\W_]", "", unicodedata.normalize("NFKC", str(name)).casefold())


def _texts(column: pd.Series) -> pd.Series:
    """Return the cells as text, empty where there is nothing; each text that occurs is looked at once."""
    code, cells = pd.factorize(column.astype(object).map(str))
    plain = [unicodedata.normalize("NFKC", text).strip() for text in cells]
    return pd.Series(np.array(["" if text.casefold() in _BLANK else text for text in plain], dtype=object)[code])
