"""Where the documents contradict each other or leave something open, and how zzgeo decides: data in ``resolutions``."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path

from pydantic import Field

from zzgeo.spec.file_keys import FileKeys
from zzgeo.standards import Rule, shipped

_FOLDER = Path(__file__).parent / "resolutions"


class Resolution(FileKeys):
    """A contradiction between clauses (C) or an open question (A), what was decided, and why.

    ``affects`` names clauses by id, or every clause of a kind of rule by its number (R01 to R23). What ends in ``_zh``
    is what Chinese pages say.
    """

    id: str = Field(pattern=r"^[CA]\d\d$")
    subject: str
    subject_zh: str
    documents_say: str
    documents_say_zh: str
    resolution: str
    resolution_zh: str
    reason: str
    reason_zh: str
    affects: tuple[str, ...] = ()


@cache
def resolutions() -> dict[str, Resolution]:
    """Return every resolution by its id.

    Examples
    --------
    >>> resolutions()["C04"].subject, len(resolutions())
    ('hospital beds per 1000', 50)
    """
    tables = [tomllib.loads(path.read_text("utf-8")) for path in sorted(_FOLDER.glob("*.toml"))]
    found = [Resolution.model_validate(row) for table in tables for row in table["resolutions"]]
    return {one.id: one for one in found}


def resolutions_of(rule: Rule) -> list[Resolution]:
    """Return the resolutions a clause rests on, in the order the clause names them."""
    return [resolutions()[name] for name in rule.conflicts if name in resolutions()]


def clauses_affected(resolution: str) -> list[Rule]:
    """Return the shipped clauses that name a resolution."""
    return [rule for book in shipped().values() for rule in book.clauses if resolution in rule.conflicts]
