"""Kinds of facility as data: what a ``[[kinds]]`` entry may say, in files of ours, a study's and a standard's."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError, field_validator

from zzgeo.errors import InputError
from zzgeo.spec.config_file import key_lines, key_problem, read_config
from zzgeo.spec.file_keys import FileKeys
from zzgeo.spec.kinds import FacilityKind

#: Shapes and form of colours a mark may have.
Shape = Literal["circle", "square", "triangle", "diamond", "star", "cross", "hexagon"]


class MarkSpec(FileKeys):
    """How a kind is drawn: a shape and a colour such as ``#1B4965``."""

    shape: Shape
    colour: str = Field(pattern=r"^#[0-9A-Fa-f]{6}$")


class KindSpec(FileKeys):
    """One ``[[kinds]]`` entry.

    ``osm`` lists tag conditions, any of which is enough: ``"*"`` is any value, ``"~小学"`` a regular expression found
    in the value. ``amap`` lists prefixes of typecodes. ``names`` is a regular expression found in Chinese names.
    ``spellings`` are words of lists. ``mark`` is left to zzgeo if it is not given. ``private``: such a place is closed
    to the public by its nature (a school), and counts all the same.
    """

    id: str = Field(pattern=r"^[a-z][a-z0-9_]{0,59}$")
    zh: str = Field(min_length=1, max_length=60)
    en: str = Field(min_length=1, max_length=80)
    osm: tuple[dict[str, str], ...] = ()
    amap: tuple[str, ...] = ()
    names: str = Field("", max_length=300)
    spellings: tuple[str, ...] = ()
    mark: MarkSpec | None = None
    private: bool = False

    @field_validator("osm")
    @classmethod
    def _conditions(cls, osm: tuple[dict[str, str], ...]) -> tuple[dict[str, str], ...]:
        for condition in osm:
            if not condition or all(value.startswith("~") for value in condition.values()):
                raise ValueError('a condition needs a tag with a value or "*", beside what it finds in names')
            for value in condition.values():
                if value.startswith("~"):
                    _expression(value[1:])
        return osm

    @field_validator("amap")
    @classmethod
    def _prefixes(cls, amap: tuple[str, ...]) -> tuple[str, ...]:
        for prefix in amap:
            if not re.fullmatch(r"\d{2,6}", prefix):
                raise ValueError(f"a typecode of Amap has six digits, its prefix 2 to 6: {prefix!r} is none")
        return amap

    @field_validator("names")
    @classmethod
    def _names(cls, names: str) -> str:
        _expression(names)
        return names

    def kind(self) -> FacilityKind:
        """Return the kind that the entry describes."""
        mark = () if self.mark is None else (self.mark.shape, self.mark.colour)
        return FacilityKind(
            self.id, self.zh, self.en, self.osm, self.amap, self.names, self.spellings, mark, self.private
        )


def _expression(text: str) -> None:
    try:
        re.compile(text)
    except re.error as error:
        raise ValueError(f"{text!r} is no regular expression: {error}") from None


class KindFile(FileKeys):
    """A file of kinds: nothing but ``[[kinds]]``."""

    kinds: tuple[KindSpec, ...] = Field(min_length=1)


def read_kinds(path: Path) -> tuple[FacilityKind, ...]:
    r"""Read a TOML file of kinds.

    Raises
    ------
    InputError
        ``config.invalid`` for every key that is unknown, missing or wrong, with its line.

    Examples
    --------
    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp()) / "kinds.toml"
    >>> _ = file.write_text('[[kinds]]\nid = "ski_lift"\nzh = "缆车"\nen = "ski lift"\n', encoding="utf-8")
    >>> read_kinds(file)[0].zh
    '缆车'
    """
    content: dict[str, Any] = read_config(path)
    try:
        return tuple(one.kind() for one in KindFile.model_validate(content).kinds)
    except ValidationError as error:
        lines = key_lines(path.read_text(encoding="utf-8-sig"))
        raise InputError([key_problem(path.name, dict(fault), lines, "kinds") for fault in error.errors()]) from None


def own_kinds(entries: object, path: Path) -> list[FacilityKind]:
    """Return the kinds that a study or standard file declares: ``[[kinds]]`` entries, or names of files of them.

    Entries that say something wrong are left to the check of the whole file, which tells the line.

    Raises
    ------
    InputError
        For a file of kinds that is missing or wrong.
    """
    kinds: list[FacilityKind] = []
    for entry in entries if isinstance(entries, list) else []:
        if isinstance(entry, str):
            kinds += read_kinds(path.parent / entry)
            continue
        try:
            kinds.append(KindSpec.model_validate(entry).kind())
        except ValidationError:
            continue
    return kinds
