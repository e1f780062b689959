"""Levels of units as data: what a ``[[levels]]`` entry may say, in a study file and in a standard."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from pydantic import Field, ValidationError

from zzgeo.errors import InputError, Problem
from zzgeo.spec.file_keys import FileKeys
from zzgeo.spec.nearest import nearest
from zzgeo.vocabulary.people import UNIT_SETS, UNIT_TYPES
from zzgeo.vocabulary.unit_levels import DISTRICT, SHIPPED, WITHIN, UnitLevel, type_of, types_by_word


class LevelSpec(FileKeys):
    """One ``[[levels]]`` entry: its id, what one unit is called, and the type or set of units it lies within."""

    id: str = Field(pattern=r"^[a-z][a-z0-9_-]{0,59}$")
    zh: str = Field(min_length=1, max_length=60)
    en: str = Field(min_length=1, max_length=80)
    within: str = DISTRICT

    def level(self) -> UnitLevel:
        """Return the level that the entry describes; `within` may be any word for a type of unit."""
        known = self.within in UNIT_SETS or self.within == DISTRICT
        return UnitLevel(self.id, self.zh, self.en, self.within if known else type_of(self.within) or self.within)


def own_levels(entries: object) -> list[UnitLevel]:
    """Return the levels that a study or standard file declares in ``[[levels]]``.

    Entries that say something wrong are left to the check of the whole file, which tells the line.

    Examples
    --------
    >>> own_levels([{"id": "grid", "zh": "网格", "en": "grid cell", "within": "社区"}, {"id": "A B"}])
    [UnitLevel(id='grid', zh='网格', en='grid cell', within='urban-community')]
    """
    levels = []
    for entry in entries if isinstance(entries, list | tuple) else []:
        try:
            levels.append(LevelSpec.model_validate(entry).level())
        except ValidationError:
            continue
    return levels


def declare(levels: Iterable[UnitLevel], where: str) -> None:
    """Make levels of a study's or a standard's own known; the same declaration again changes nothing.

    Parameters
    ----------
    levels
        What is declared; levels may lie within one another, in any order.
    where
        The file that declares them, for messages.

    Raises
    ------
    InputError
        ``level.declared_twice`` where another level has the id or a name, ``level.unknown`` where one lies within a
        level that nobody knows, ``level.cycle`` where levels lie within each other.
    """
    levels = list(levels)
    new = [one for one in levels if _declared(one.id) != one]
    problems = [problem for one in new for problem in _taken(one, levels, where)]
    problems += _not_nested(new, where)
    if problems:
        raise InputError(dict.fromkeys(problems))
    for one in new:
        _know(one)


def _declared(name: str) -> UnitLevel | None:
    """Return a level of somebody's own by its id."""
    return None if name in SHIPPED or name not in UNIT_TYPES else UnitLevel(name, *UNIT_TYPES[name], WITHIN[name])


def _taken(level: UnitLevel, levels: list[UnitLevel], where: str) -> list[Problem]:
    """Tell what is in the way of a new level: its id, or what it is called, stands for another."""
    remedy = "choose another id"
    if level.id in SHIPPED:
        why = "this level comes with zzgeo and cannot mean another thing"
        return [Problem("level.declared_twice", where, level.id, why, remedy)]
    if level.id in UNIT_TYPES:
        return [Problem("level.declared_twice", where, level.id, "this level is declared otherwise", remedy)]
    if sum(one.id == level.id for one in levels) > 1:
        return [Problem("level.declared_twice", where, level.id, "two levels have this id", remedy)]
    words = types_by_word() | {word: one.id for one in levels if one != level for word in (one.id, one.zh, one.en)}
    problems = []
    for word in dict.fromkeys((level.zh, level.en)):
        if words.get(word, level.id) != level.id:
            why = f"{words[word]} ({' '.join(UNIT_TYPES.get(words[word], ()))}) is called so already"
            problems.append(Problem("level.declared_twice", where, word, why, "use that level, or another word"))
    return problems


def _not_nested(levels: list[UnitLevel], where: str) -> list[Problem]:
    """Tell levels that lie within what nobody knows, or within themselves."""
    own = {one.id: one.within for one in levels}
    places = {*UNIT_SETS, *own, DISTRICT} - {"all"}
    problems = []
    for name, within in own.items():
        if within not in places:
            why = f"{nearest(within, sorted(places))}within is one of {', '.join(sorted(places))}"
            problems.append(Problem("level.unknown", where, f"{name}: within = {within!r}", why, "correct the word"))
            continue
        chain = [name]
        while chain[-1] in own and chain[-1] not in chain[:-1]:
            chain.append(own[chain[-1]])
        if chain[-1] == name:
            why = "a level cannot lie within itself"
            remedy = f'take out one within; the outermost lies within "{DISTRICT}"'
            problems.append(Problem("level.cycle", where, " in ".join(chain), why, remedy))
    return problems


def forget_declared() -> None:
    """Forget the levels that studies and standards declared: between the studies of a batch."""
    for name in UNIT_TYPES.keys() - SHIPPED:
        del UNIT_TYPES[name], UNIT_SETS[name], WITHIN[name]


@contextmanager
def declared_apart() -> Iterator[None]:
    """Know only the levels that come with zzgeo, and within the block those declared in it; then those of before."""
    before = [level for name in UNIT_TYPES if (level := _declared(name)) is not None]
    forget_declared()
    try:
        yield
    finally:
        forget_declared()
        for level in before:
            _know(level)


def _know(level: UnitLevel) -> None:
    UNIT_TYPES[level.id] = (level.zh, level.en)
    UNIT_SETS[level.id] = (level.id,)
    WITHIN[level.id] = level.within
