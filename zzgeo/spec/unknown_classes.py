"""Streets left out for a class that nobody knows: no word of OpenStreetMap's, nor one that says there is no street."""

from __future__ import annotations

from collections.abc import Mapping

from zzgeo.errors import Problem
from zzgeo.spec.road_words import NO_STREET, WORDS
from zzgeo.spec.ways import road_classes

#: Left out, they matter where they are more than this share of the streets that might be walked.
SHARE = 0.02

#: The warning that tells of them.
CODE = "network.class_left_out"

# other words for these are no streets to walk on, either
_NO_WALK = frozenset(("motorway", "motorway_link", "busway", "bus_guideway"))


def unknown_class(reason: str) -> str:
    """Return the class a street was left out for if nobody knows it, else nothing.

    Examples
    --------
    >>> [unknown_class(why) for why in ("highway=residental", "highway=motorway", "highway=proposed", "foot=no")]
    ['residental', '', '', '']
    """
    tag, _, said = reason.partition("=")
    words = [word.casefold() for word in road_classes(said)] if tag == "highway" else []
    # what a profile adds of bridges and sidewalks stands behind the class
    known = any(_known(word) or _known(word.split()[0]) for word in words)
    return "" if known else ";".join(words)


def _known(word: str) -> bool:
    return word in NO_STREET or WORDS.get(word) in (word, *_NO_WALK)


def left_out(metres: Mapping[str, float], walked_m: float, where: str) -> list[Problem]:
    """Warn of streets of unknown classes, if they are more than `SHARE` of the streets that might be walked.

    Parameters
    ----------
    metres
        The length of the streets left out, by reason.
    walked_m
        The length of those that are walked.
    where
        What to call their table.
    """
    unknown = {word: length for reason, length in metres.items() if (word := unknown_class(reason)) and length > 0}
    length = sum(unknown.values())
    if length <= SHARE * (walked_m + length):
        return []
    worst = sorted(unknown, key=lambda word: -unknown[word])
    value = f"{length / 1000:.1f} km, {length / (walked_m + length):.1%} of the streets: {', '.join(worst[:10])}"
    why = "no class of road is known by these words, and the streets were left out: walks may be shorter than measured"
    return [Problem(CODE, where, value, why, "name each class as OpenStreetMap does", "warning")]
