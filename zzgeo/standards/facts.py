"""What the documents say of a city before their plans began: one file per city in ``baseline_facts``."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path

from pydantic import Field

from zzgeo.spec.file_keys import FileKeys

_FOLDER = Path(__file__).parent / "baseline_facts"


class Fact(FileKeys):
    """One number a document prints, with its words and where they stand.

    ``indicator`` is the indicator the clauses of `zzgeo.standards` use where they measure the same thing in the same
    unit, else the id of the fact; ``as_of`` is the date as printed; ``caution`` says what a careful reader should know.
    """

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$")
    indicator: str
    title: str
    title_en: str
    value: float | tuple[float, ...]
    unit: str
    as_of: str
    area: str
    document: str
    section: str
    clause: str = Field(min_length=1)
    caution: str = ""


@cache
def facts() -> dict[str, Fact]:
    """Return every baseline fact that ships with zzgeo, by its id.

    Examples
    --------
    >>> facts()["zz-beds-2015"].value, facts()["zz-beds-2015"].indicator
    (76321.0, 'hospital-beds')
    """
    tables = [tomllib.loads(path.read_text("utf-8")) for path in sorted(_FOLDER.glob("*.toml"))]
    found = [Fact.model_validate(row) for table in tables for row in table["facts"]]
    return {fact.id: fact for fact in found}
