"""What is known of the lists that the classes of a basket rest on: told of each class, and no fail rests on a doubt."""

from __future__ import annotations

from dataclasses import dataclass

from zzgeo.circles.basket import BasketClass
from zzgeo.intake.lists import uncovered
from zzgeo.intake.location import locate, points_of
from zzgeo.intake.lost import lost_of
from zzgeo.intake.people_told import people_flags
from zzgeo.intake.study import Study
from zzgeo.rules.parts.base import no_list_of
from zzgeo.rules.parts.doubted_places import SUSPECTED
from zzgeo.rules.parts.on_foot import DETOUR
from zzgeo.served import open_facilities
from zzgeo.spec.unknown_classes import CODE
from zzgeo.vocabulary.flags import Flag


@dataclass(frozen=True)
class ClassLists:
    """What is known of the lists of one class.

    Parameters
    ----------
    known
        Whether the study has a list of any of its kinds.
    unknown_in
        Codes of districts that no list covers and in which none stands: the class is unknown there.
    flags
        What was taken on trust, and what was lost.
    firm
        Whether a person who reaches none of what is listed surely lacks the class: no rows of it were lost, every kind
        has a list, and no file of it is in a doubtful datum.
    """

    known: bool
    unknown_in: frozenset[str]
    flags: tuple[Flag, ...]
    firm: bool


def lists_of(study: Study, asked: BasketClass) -> ClassLists:
    """Return what is known of the lists of a class."""
    listed = [kind for kind in asked.kinds if kind in study.kinds_known]
    flags = no_list_of(kind for kind in asked.kinds if kind not in study.kinds_known)
    every = frozenset(str(code) for code in study.districts.index)
    lost = lost_of(study.lost, asked.kinds)
    used = int(study.facilities["kind"].isin(list(asked.kinds)).sum())
    if lost:
        flags.append(Flag("facilities.rows_lost", number=lost, used=used))
    if not listed:
        return ClassLists(False, every, tuple(flags), False)
    flags += open_facilities(study, asked.kinds)[1]
    bare, strays = _uncovered(study, listed)
    for code, places in (("list.districts_uncovered", bare), ("list.districts_strays", strays)):
        if places:
            names = [f"{one} {study.districts.at[one, 'name']}" for one in sorted(places)]
            flags.append(Flag(code, districts=names))
    doubted = _doubted(study, asked)
    if doubted:
        flags.append(Flag("places.datum_doubted", files="、".join(doubted)))
    flags += _of_lists(study, asked)
    firm = not (lost or strays or doubted or len(listed) < len(asked.kinds))
    return ClassLists(len(bare) < len(every), frozenset(bare), tuple(flags), firm)


def _uncovered(study: Study, kinds: list[str]) -> tuple[set[str], set[str]]:
    """Return the districts that no list of some kind covers: those where none stands, and those where some do."""
    codes = [str(code) for code in study.districts.index]
    bare, strays = set[str](), set[str]()
    for kind in kinds:
        without = uncovered(study.lists, kind, codes)
        if without:
            of_kind = study.facilities[study.facilities["kind"] == kind]
            standing = set(locate(points_of(of_kind.geometry), study.districts).dropna().astype(str))
            bare |= without - standing
            strays |= without & standing
    return bare, strays


def _doubted(study: Study, asked: BasketClass) -> list[str]:
    """Return the files in a doubtful datum that a class rests on: its lists, and the people."""
    suspected = {problem.where for problem in study.warnings if problem.code in SUSPECTED}
    if not suspected:
        return []
    used = set(study.facilities.loc[study.facilities["kind"].isin(list(asked.kinds)), "source"].astype(str))
    return sorted(suspected & (used | {one.path for one in study.accounts if one.layer == "demand"}))


def _of_lists(study: Study, asked: BasketClass) -> list[Flag]:
    known = [one.certainty(asked.kinds, study.as_of) for one in study.lists if one.kinds & set(asked.kinds)]
    doubts = {
        "list.not_known_complete": [str(one["file"]) for one in known if one["complete"] == "unknown"],
        "list.stale": [str(one["file"]) for one in known if one["stale"]],
    }
    return [Flag(code, lists=files) for code, files in doubts.items() if files]


def flags_of_all(study: Study) -> list[Flag]:
    """Return what is taken on trust for every class: streets, and rows of people that were set aside."""
    flags = [] if study.on_streets.network is not None else [Flag("streets.none", detour=DETOUR)]
    if streets_doubted(study):
        flags.append(Flag("streets.class_left_out"))
    return flags + people_flags(study)


def streets_doubted(study: Study) -> bool:
    """Tell whether streets were left out for a class nobody knows: with them more might be reached."""
    return any(problem.code == CODE for problem in study.warnings)
