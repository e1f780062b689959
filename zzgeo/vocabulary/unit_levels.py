"""Levels of units: which lies within which, what else they are called, and levels that studies and standards declare.

A level is what a study adds people up by: dwelling compounds, communities and villages, blocks, subdistricts and
townships, and the districts around them all. Communities and villages are one level, as subdistricts and townships are:
nobody lives in both. The units of a level lie beside one another, those of two levels within one another.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from zzgeo.vocabulary.people import HOME_UNITS, UNIT_SETS, UNIT_TYPES

#: The level around all others: the districts of the study, which are no units.
DISTRICT = "district"

#: What the units of a type lie within: a set of types (`UNIT_SETS`), or districts.
WITHIN: dict[str, str] = {
    "compound": "community-or-village",
    "urban-community": "block",
    "village": "subdistrict-township",
    "block": "subdistrict-township",
    "subdistrict": DISTRICT,
    "township": DISTRICT,
}

#: What else the units of a type are called where a study says it once for a whole file.
_WORDS: dict[str, tuple[str, ...]] = {
    "compound": ("住宅小区", "居住小区", "residential compound"),
    "urban-community": ("社区", "community"),
    "village": ("村",),
    "township": ("乡", "镇", "town"),
}

#: Sets of types that are one level.
_TOGETHER = ("community-or-village", "subdistrict-township")

#: The types and sets that come with zzgeo.
SHIPPED = frozenset((*UNIT_SETS, *UNIT_TYPES, DISTRICT))


@dataclass(frozen=True)
class UnitLevel:
    """A level of one's own: its id, what its units are called, and the type or set of units they lie within."""

    id: str
    zh: str
    en: str
    within: str = DISTRICT


def type_of(word: str) -> str | None:
    """Return the type of unit that a word names: its id, its Chinese or English name, or what else it is called.

    Examples
    --------
    >>> type_of("compound"), type_of("社区"), type_of("community"), type_of("planet")
    ('compound', 'urban-community', 'urban-community', None)
    """
    return types_by_word().get(word.strip())


def types_by_word() -> dict[str, str]:
    """Return the type of unit each word stands for that names one."""
    return {word: one for one, names in UNIT_TYPES.items() for word in (one, *names, *_WORDS.get(one, ()))}


def level_of(unit_type: str) -> str:
    """Return the level that units of a type are part of: a set of types that no other level shares.

    Examples
    --------
    >>> level_of("village"), level_of("subdistrict"), level_of("compound")
    ('community-or-village', 'subdistrict-township', 'compound')
    """
    return next((name for name in _TOGETHER if unit_type in UNIT_SETS[name]), unit_type)


def levels_of(types: Collection[str]) -> list[str]:
    """Return the levels that units of some types make up, the smallest units first.

    Examples
    --------
    >>> levels_of(["subdistrict", "village", "compound", "urban-community"])
    ['compound', 'community-or-village', 'subdistrict-township']
    """
    order = list(UNIT_TYPES)
    named = dict.fromkeys(level_of(one) for one in sorted(types, key=order.index))
    return sorted(named, key=lambda level: -_depth(level))


def above(level: str) -> list[str]:
    """Return the levels a level lies within, the nearest first, districts left out.

    Examples
    --------
    >>> above("compound")
    ['community-or-village', 'block', 'subdistrict-township']
    """
    chain: list[str] = []
    while (level := _parent(level)) != DISTRICT:
        chain.append(level)
    return chain


def _parent(level: str) -> str:
    """Return the level around one; of a level of several types the nearest that one of them names."""
    parents = {_set_of(WITHIN[one]) for one in UNIT_SETS[level]}
    return max(parents, key=lambda one: (_depth(one), one)) if len(parents) > 1 else parents.pop()


def _set_of(within: str) -> str:
    return within if within == DISTRICT or within in _TOGETHER else level_of(within)


def _depth(level: str) -> int:
    return 0 if level == DISTRICT else 1 + _depth(_parent(level))


def is_told_by_homes(types: Collection[str]) -> bool:
    """Tell whether units of some types are where people are told by home: communities, villages, and their like.

    Subdistricts and townships are not: tables of officials tell how many people they have.

    Examples
    --------
    >>> is_told_by_homes(("village",)), is_told_by_homes(("compound",)), is_told_by_homes(("township",))
    (True, True, False)
    """
    return not set(types) & set(UNIT_SETS["subdistrict-township"])


def are_levelled(types: Collection[str], inputs: int = 1) -> bool:
    """Tell whether a study tells its units level by level: in several layers, or of types beside the usual four.

    Of a study in one layer of communities, villages, subdistricts and townships nothing more is asked than ever was.
    """
    usual = {*HOME_UNITS, *UNIT_SETS["subdistrict-township"]}
    return inputs > 1 or bool(set(types) - usual)
