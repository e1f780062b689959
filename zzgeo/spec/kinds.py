"""Facility kinds: ids, labels, and how OpenStreetMap, Amap and Chinese lists spell them.

The kinds that come with zzgeo stand in ``facility_kinds/*.toml``; a new kind is one entry there, or in a study or a
standard of one's own (`zzgeo.spec.kind_file`). A study file may override spellings per layer
(``kinds = { "三级甲等" = "hospital" }``).
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import resources
from typing import Any

from zzgeo.errors import InputError, Problem
from zzgeo.spec import unit_levels
from zzgeo.vocabulary.people import POPULATION_GROUPS, SHIPPED_GROUPS, forget_groups

#: What a study maps a word of a list to that is no kind of facility it counts.
NO_KIND = "none"


@dataclass(frozen=True)
class FacilityKind:
    """One kind of facility.

    ``osm`` lists tag conditions, any of which is enough (``"*"`` is any value, ``"~小学"`` a regular expression found
    in it); ``amap`` lists typecode prefixes; ``names`` is a regular expression found in the Chinese names of such
    facilities. ``mark`` is shape and colour, where they are chosen; ``private`` says that such a place counts though
    its gate is closed to the public.
    """

    id: str
    zh: str
    en: str
    osm: tuple[dict[str, str], ...] = ()
    amap: tuple[str, ...] = ()
    names: str = ""
    spellings: tuple[str, ...] = ()
    mark: tuple[str, ...] = ()
    private: bool = False


def _shipped() -> Iterator[FacilityKind]:
    """Yield the kinds that come with zzgeo, in the order of their marks."""
    folder = resources.files("zzgeo.spec") / "facility_kinds"
    for file in sorted((one for one in folder.iterdir() if one.name.endswith(".toml")), key=lambda one: one.name):
        for entry in tomllib.loads(file.read_text("utf-8"))["kinds"]:
            lists = {key: tuple(value) for key, value in entry.items() if isinstance(value, list)}
            told: dict[str, Any] = {**entry, **lists}
            yield FacilityKind(**told)


#: Every kind known here, by id: those that come with zzgeo, then those that studies and standards declared.
KINDS: dict[str, FacilityKind] = {kind.id: kind for kind in _shipped()}

#: The kinds that come with zzgeo.
SHIPPED = frozenset(KINDS)


def declare(kinds: Iterable[FacilityKind], where: str) -> None:
    """Make kinds of a study's or a standard's own known; the same declaration again changes nothing.

    Parameters
    ----------
    kinds
        What is declared.
    where
        The file that declares them, for messages.

    Raises
    ------
    InputError
        ``kind.declared_twice`` where another kind has the id, or its Chinese or English name or a spelling.
    """
    kinds, problems = list(kinds), []
    for kind in kinds:
        held = KINDS.get(kind.id)
        if held is not None and held != kind:
            shipped = "this kind comes with zzgeo and cannot mean another thing"
            why = shipped if kind.id in SHIPPED else "this kind is declared otherwise"
            problems.append(Problem("kind.declared_twice", where, kind.id, why, "choose another id"))
            continue
        words = {kind.zh, kind.en, *kind.spellings}
        others = [one for one in (*KINDS.values(), *kinds) if one is not kind and one.id != kind.id]
        for other in others:
            if shared := sorted(words & {other.id, other.zh, other.en, *other.spellings}):
                why, remedy = f"{other.id} ({other.zh}) is called so already", "use that kind, or another word"
                problems.append(Problem("kind.declared_twice", where, ", ".join(shared), why, remedy))
    if problems:
        raise InputError(dict.fromkeys(problems))
    KINDS.update({kind.id: kind for kind in kinds})


def declared_kinds() -> tuple[FacilityKind, ...]:
    """Return the kinds known here that do not come with zzgeo, in the order of their declaration."""
    return tuple(kind for name, kind in KINDS.items() if name not in SHIPPED)


def forget_declared() -> None:
    """Forget the kinds, groups of people and levels of units that studies and standards declared: between studies."""
    unit_levels.forget_declared()
    for name in KINDS.keys() - SHIPPED:
        del KINDS[name]
    forget_groups()


@contextmanager
def declared_apart() -> Iterator[None]:
    """Know only the kinds, groups and levels of zzgeo, and those declared in the block; then those of before.

    Who looks into one study after another need not agree with any of them on what an id means.
    """
    before = declared_kinds()
    groups = {name: labels for name, labels in POPULATION_GROUPS.items() if name not in SHIPPED_GROUPS}
    with unit_levels.declared_apart():
        forget_declared()
        try:
            yield
        finally:
            forget_declared()
            KINDS.update({kind.id: kind for kind in before})
            POPULATION_GROUPS.update(groups)


def unknown_kind(kind: str, known: Iterable[str] | None = None) -> str:
    """Return the message that there is no such kind, with the nearest there are.

    Examples
    --------
    >>> unknown_kind("hospitl")[:62]
    "no facility kind is called 'hospitl'; nearest: hospital (医院), "
    """
    names = list(KINDS if known is None else known)
    words = {word: name for name in names for word in (name, KINDS[name].zh, KINDS[name].en)}
    near = dict.fromkeys(words[word] for word in difflib.get_close_matches(kind, words, n=3, cutoff=0.6))
    told = f"; nearest: {', '.join(f'{name} ({KINDS[name].zh})' for name in near)}" if near else ""
    return f"no facility kind is called {kind!r}{told}; `zzgeo kinds list` shows all"


def kind_of(text: str) -> str | None:
    """Return the kind a label, a spelling or an id names exactly, or None.

    Examples
    --------
    >>> kind_of("村卫生室"), kind_of("market"), kind_of("飞机场")
    ('village_clinic', 'market', None)
    """
    text = text.strip()
    for kind in KINDS.values():
        if text in (kind.id, kind.zh, kind.en, *kind.spellings):
            return kind.id
    return None


def kind_from_name(name: str) -> str | None:
    """Return the kind the Chinese name of a facility suggests, or None where none or several kinds fit.

    Examples
    --------
    >>> kind_from_name("枫林社区日间照料中心"), kind_from_name("中心广场")
    ('elderly_day_care', None)
    """
    fits = [kind.id for kind in KINDS.values() if kind.names and re.search(kind.names, name)]
    return fits[0] if len(fits) == 1 else None


def kind_from_amap(typecode: str) -> str | None:
    """Return the kind of an Amap typecode such as ``090101``, or None."""
    for kind in KINDS.values():
        if any(typecode.startswith(prefix) for prefix in kind.amap):
            return kind.id
    return None


def tag_holds(tags: Mapping[str, str], key: str, wanted: str) -> bool:
    """Tell whether a feature's tags meet one condition of a kind.

    Examples
    --------
    >>> tag_holds({"name": "育才小学"}, "name", "~小学"), tag_holds({"name": "育才中学"}, "name", "~小学")
    (True, False)
    >>> tag_holds({"amenity": "clinic;pharmacy"}, "amenity", "clinic")
    True
    """
    if key not in tags:
        return False
    if wanted.startswith("~"):
        return re.search(wanted[1:], tags[key]) is not None
    return wanted in ("*", tags[key]) or (";" in tags[key] and wanted in map(str.strip, tags[key].split(";")))


def osm_rules(kinds: Iterable[str] | None = None) -> dict[str, tuple[dict[str, str], ...]]:
    """Return the OpenStreetMap tag conditions of the kinds named, of all kinds if none is."""
    wanted = list(KINDS) if kinds is None else list(kinds)
    return {kind: KINDS[kind].osm for kind in wanted if KINDS[kind].osm}
