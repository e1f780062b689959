"""What the documents pay for facilities, in yuan: data in ``award_amounts``, one file per document (rules.md R18)."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Self

from pydantic import Field, model_validator

from zzgeo.spec.file_keys import FileKeys
from zzgeo.standards import Rule, shipped
from zzgeo.vocabulary.yes_no import yes_no

_FOLDER = Path(__file__).parent / "award_amounts"


class Steps(FileKeys):
    """Yuan by whole steps of a column: part steps pay nothing, and nothing is paid below the least."""

    of: str
    least: float
    first_yuan: float
    step: float = Field(gt=0)
    step_yuan: float
    most_yuan: float

    def yuan(self, amount: float) -> float:
        """Return what an amount draws.

        Examples
        --------
        >>> floor = Steps(of="m2", least=200, first_yuan=10, step=100, step_yuan=5, most_yuan=100)
        >>> [floor.yuan(m2) for m2 in (150, 200, 299, 300, 750, 1999, 2000, 5000)]
        [0.0, 10.0, 10.0, 15.0, 35.0, 95.0, 100.0, 100.0]
        """
        if not amount >= self.least - 1e-6:
            return 0.0
        steps = math.floor((amount - self.least) / self.step + 1e-9)
        return min(self.most_yuan, self.first_yuan + self.step_yuan * steps)


class Listed(FileKeys):
    """Yuan by the value of a column; values not listed pay nothing."""

    of: str
    yuan: Mapping[str, float]


class Share(FileKeys):
    """A part of a column in yuan."""

    of: str
    part: float = Field(gt=0, le=1)


class Award(FileKeys):
    """What one clause pays for a row of a plan, and under which assumption.

    ``kinds`` are the kinds of facility it pays for (any if empty); ``public`` and ``meets_standard`` what the row must
    be: a row that does not say whether it is public counts as private. Exactly one of ``each``, ``listed``, ``share``
    and ``steps`` says how much.
    """

    clause: str
    kinds: tuple[str, ...] = ()
    public: bool | None = None
    meets_standard: bool = False
    each: Mapping[str, float] | None = None
    listed: Listed | None = None
    share: Share | None = None
    steps: Steps | None = None
    city_share: float = Field(1.0, ge=0, le=1)
    assumes: str = Field(min_length=1)
    assumes_zh: str = Field(min_length=1)

    @model_validator(mode="after")
    def _one_amount(self) -> Self:
        if sum(amount is not None for amount in (self.each, self.listed, self.share, self.steps)) != 1:
            raise ValueError(f"{self.clause}: say one of each, listed, share and steps")
        return self

    @property
    def rule(self) -> Rule:
        """Return the clause, with its document, section and words."""
        return _clauses()[self.clause]

    @property
    def scheme(self) -> str:
        """Return the scheme the clause names, by which a standard of one's own may ask for the award."""
        return str(self.rule.params["scheme"])

    @property
    def place(self) -> str:
        """Return document and number of the section, as a citation has them: ``郑政〔2018〕34号 三（一）1``."""
        return f"{self.rule.document} {self.rule.section.partition('.')[0]}"

    @property
    def columns(self) -> tuple[str, ...]:
        """Return the columns of a plan that say how much is paid."""
        of = [amount.of for amount in (self.listed, self.share, self.steps) if amount is not None]
        return (*(self.each or ()), *of)

    def pays(self, row: Mapping[Any, Any]) -> tuple[float, float]:
        """Return what the city and the county pay for a row of a plan, in yuan.

        Parameters
        ----------
        row
            ``kind``, ``public`` and ``meets_standard`` ("yes", "no" or None), and the `columns` as numbers or words.
        """
        if not self._fits(row):
            return 0.0, 0.0
        total = self._total(row)
        return total * self.city_share, total * (1.0 - self.city_share)

    def _fits(self, row: Mapping[Any, Any]) -> bool:
        if self.kinds and row["kind"] not in self.kinds:
            return False
        if self.meets_standard and not yes_no(row["meets_standard"]):
            return False
        return self.public is None or bool(yes_no(row["public"])) == self.public

    def _total(self, row: Mapping[Any, Any]) -> float:
        if self.each is not None:
            return float(sum(yuan * row[name] for name, yuan in self.each.items()))
        if self.listed is not None:
            value = row[self.listed.of]
            return float(self.listed.yuan.get(f"{value:g}" if isinstance(value, float | int) else str(value), 0.0))
        if self.share is not None:
            return float(self.share.part * row[self.share.of])
        assert self.steps is not None
        return self.steps.yuan(float(row[self.steps.of]))


@cache
def awards() -> tuple[Award, ...]:
    """Return every award that ships with zzgeo, document by document.

    Examples
    --------
    >>> stars = next(award for award in awards() if award.scheme == "star")
    >>> stars.pays({"kind": "nursing_home", "public": None, "meets_standard": None, "star": 3.0})
    (100000.0, 0.0)
    >>> stars.place
    '郑政〔2018〕34号 三（二）3'
    """
    tables = [tomllib.loads(path.read_text("utf-8")) for path in sorted(_FOLDER.glob("*.toml"))]
    return tuple(Award.model_validate(row) for table in tables for row in table["awards"])


def choices(column: str) -> tuple[str, ...]:
    """Return the words a column of a plan may hold, of those that awards list amounts by.

    Examples
    --------
    >>> choices("platform"), choices("star")
    (('county', 'township'), ('1', '2', '3', '4', '5'))
    """
    listed = (award.listed for award in awards() if award.listed is not None and award.listed.of == column)
    return tuple(dict.fromkeys(word for amounts in listed for word in amounts.yuan))


@cache
def _clauses() -> dict[str, Rule]:
    return {rule.id: rule for book in shipped().values() for rule in book.clauses}
