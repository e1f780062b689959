"""What a standard is made of: clauses with their parameters, the document they stand in, and profiles that choose.

A clause nobody has checked against the document (``verified_on`` missing) may stand in a file, but no verdict rests on
it.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from typing import Any, Literal

from pydantic import Field, field_validator, model_validator

from zzgeo.errors import Problem, StandardError
from zzgeo.notebook import table_html
from zzgeo.spec.file_keys import FileKeys
from zzgeo.spec.kind_file import KindSpec
from zzgeo.spec.kinds import KINDS, unknown_kind
from zzgeo.spec.nearest import nearest
from zzgeo.spec.unit_levels import LevelSpec
from zzgeo.vocabulary.people import OTHER_GROUPS, POPULATION_GROUPS, UNIT_SETS

Operator = Literal[
    "<=",
    "<",
    ">=",
    ">",
    "=",
    "~",
    "range",
    "increase",
    "decrease",
    "stable",
    "exists",
    "no-increase",
    "located-in",
    "near",
    "conforms",
    "prefer",
    "convert",
    "per-province",
    "formula",
    "table",
    "denominator",
    "no-limit",
]

#: Where a clause holds, as the catalogue of clauses names it; ``applies_to`` says what is measured there.
SCOPES = (
    "whole-city",
    "named-site",
    "county",
    "institution",
    "city-and-county",
    "city-districts",
    "rural",
    "community-or-village",
    "urban-community",
    "built-up",
    "new-residential",
    "subdistrict-township",
    "county-city",
    "admin-village",
    "central-city",
    "outside-core",
    "rural-township",
    "rural-community",
    "community",
    "key-township",
    "township",
    "eight-centres",
    "planning-area",
    "existing-residential",
    "main-urban",
    "inside-ring-3",
    "inside-ring-4",
    "subdistrict",
)


#: What a clause says in place of a kind of rule where it is kept and cited, and not judged.
RECORDED = "recorded"

#: What a parameter of a clause may be.
ParamValue = float | bool | str | tuple[str | float, ...] | dict[str, float]


#: Years a clause may speak of.
_YEARS = range(1900, 3000)


class Rule(FileKeys):
    """One clause with its parameters: what is demanded, of which facilities, for whom, by when, in which words.

    Parameters
    ----------
    id
        Lower-case letters, digits and dashes; made of the rule, the facilities and the value where it is left out.
    title, title_en
        What it is called in tables; the facilities and the value where it is left out.
    section
        Where it stands in its document.
    clause
        Its words; its title where they are left out.
    rule
        The kind of rule that judges it (`zzgeo.rules`), or ``recorded``.
    facilities
        Ids of the kinds of facilities it is about (`zzgeo.spec.kinds`).
    applies_to
        ``all``, or the set of units where it is measured.
    area
        Name of a part of the city it is confined to.
    population
        Group of people it is for.
    scope
        Where it holds, one of `SCOPES`.
    indicator
        Id of what it limits in the table of indicators.
    operator, value
        The limit, in `unit`: ``>=``, 8.5.
    comparator_printed
        Whether the document prints the operator, or it was read from the context.
    basis
        What a rate is counted against.
    series
        Names clauses of several documents on the same thing; a profile chooses among them.
    baseline
        Ids of facts that tell where the plan began.
    unit
        Of the limit: ``per 1000``.
    target_year, year_basis
        By when, and how the document says so.
    binding, strength
        How the document obliges.
    supersedes, conflicts
        Ids of clauses it replaces, and of those it contradicts.
    notes, reason, reason_en
        What a careful reader should know, and why it is only recorded; in English, too, where somebody wrote it.
    judged_from
        ``geodata``, ``table`` or ``nothing``.
    verified_on
        The day a person compared it with the document; no verdict rests on a clause without it.
    params
        Parameters of its kind of rule, lengths in metres, speeds in m/s.
    standard, document
        Id and number of its document; filled in by `read_standard`.
    parts
        The clauses of its document that it weighs (``params.clauses``), in their order; filled in alike.
    """

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$")
    title: str
    title_en: str
    section: str
    clause: str = Field(min_length=1)
    rule: str
    facilities: tuple[str, ...] = ()
    applies_to: str = "all"
    area: str | None = None
    population: str = "residents"
    scope: str = "whole-city"
    indicator: str = ""
    operator: Operator | None = None
    value: float | tuple[float | str | None, ...] | str | None = None
    comparator_printed: bool = True
    basis: str = ""
    series: str = ""
    baseline: tuple[str, ...] = ()
    unit: str = ""
    target_year: int | None = None
    year_basis: Literal["printed", "plan-period", "standing", "none"] = "none"
    binding: Literal["binding", "expected", "not-stated"] = "not-stated"
    strength: Literal["must", "should", "target", "encourage", "allow", "fund", "fact", "layout"] = "target"
    supersedes: tuple[str, ...] = ()
    conflicts: tuple[str, ...] = ()
    notes: str = ""
    reason: str = ""
    reason_en: str = ""
    judged_from: Literal["geodata", "table", "nothing", ""] = ""
    verified_on: dt.date | None = None
    params: dict[str, ParamValue] = Field(default_factory=dict)
    standard: str = ""
    document: str = ""
    parts: tuple[Rule, ...] = Field((), exclude=True, repr=False)

    def among(self, clauses: Iterable[Rule]) -> Rule:
        """Return the clause as it stands among those of its document: it knows the ones it weighs.

        Parameters
        ----------
        clauses
            Clauses, those of its document among them.

        Returns
        -------
        Rule
            With `parts`; the same clause where it weighs none.
        """
        weighed = self.params.get("clauses")
        if not isinstance(weighed, dict):
            return self
        parts = tuple(other for other in clauses if other.id in weighed and other.standard == self.standard)
        return self.model_copy(update={"parts": parts})

    @model_validator(mode="before")
    @classmethod
    def _named(cls, said: Any) -> Any:
        """Name a clause of one's own by what it asks, where its file does not: five lines are a clause."""
        return _with_names(said) if isinstance(said, dict) and isinstance(said.get("rule"), str) else said

    @field_validator("facilities")
    @classmethod
    def _known_kinds(cls, kinds: tuple[str, ...]) -> tuple[str, ...]:
        for kind in kinds:
            if kind not in KINDS:
                raise ValueError(unknown_kind(kind))
        return kinds

    @field_validator("applies_to")
    @classmethod
    def _known_units(cls, applies_to: str) -> str:
        return _known("applies_to", applies_to, UNIT_SETS)

    @field_validator("scope")
    @classmethod
    def _known_scope(cls, scope: str) -> str:
        return _known("scope", scope, SCOPES)

    @field_validator("population")
    @classmethod
    def _known_group(cls, group: str) -> str:
        return _known("population", group, (*POPULATION_GROUPS, *OTHER_GROUPS))

    @field_validator("value", mode="before")
    @classmethod
    def _no_yes_or_no(cls, value: Any) -> Any:
        if isinstance(value, bool):
            raise ValueError("value is a number, not yes or no")
        return value

    @field_validator("target_year")
    @classmethod
    def _is_year(cls, year: int | None) -> int | None:
        if year is not None and year not in _YEARS:
            raise ValueError(f"target_year is a year from {_YEARS[0]} to {_YEARS[-1]}, not {year}")
        return year

    @field_validator("params")
    @classmethod
    def _has_a_year(cls, params: dict[str, ParamValue]) -> dict[str, ParamValue]:
        if params.get("year", _YEARS[0]) not in _YEARS:
            raise ValueError(f"year is a whole year from {_YEARS[0]} to {_YEARS[-1]}, not {params['year']}")
        return params

    @property
    def recorded(self) -> bool:
        """Tell whether the clause is kept and cited only: ``reason`` says why no verdict rests on it."""
        return self.rule == RECORDED

    @property
    def number(self) -> float:
        """Return the limit of a clause that has exactly one.

        Raises
        ------
        StandardError
            If the value is missing, a list or text.
        """
        if isinstance(self.value, bool) or not isinstance(self.value, int | float):
            why = f"{self.rule} needs one number as value"
            raise StandardError([Problem("config.invalid", self.id, str(self.value), why, "correct the clause")])
        return float(self.value)

    def param(self, name: str, default: float) -> float:
        """Return a numeric parameter of the clause, or the default where it sets none.

        Parameters
        ----------
        name
            The parameter.
        default
            Taken where the clause does not set it.

        Returns
        -------
        float
            In the unit of the parameter.

        Raises
        ------
        StandardError
            If the clause sets something that is not a number.
        """
        value = self.params.get(name, default)
        if not isinstance(value, int | float):
            why = f"{name} must be a number"
            raise StandardError([Problem("config.invalid", self.id, str(value), why, "correct the clause")])
        return float(value)


def _known(key: str, word: str, words: Iterable[str]) -> str:
    """Return a word that is one of those a key may say; refuse any other."""
    words = tuple(words)
    if word not in words:
        raise ValueError(f"{nearest(word, words)}{key} is one of {', '.join(words)}, not {word!r}")
    return word


def _with_names(said: dict[str, Any]) -> dict[str, Any]:
    """Return what a clause says with the id, titles and words it leaves out, made from its facilities and value."""
    given, params = said.get("facilities"), said.get("params")
    kinds = [one for one in given if isinstance(one, str)] if isinstance(given, list | tuple) else []
    share = params.get("pass_share") if isinstance(params, dict) else None
    value, unit = said.get("value", ""), said.get("unit", "")
    limit = f"{value:g}" if isinstance(value, int | float) else "" if value is None else str(value)
    words = re.sub(r"[^a-z0-9]+", "-", "-".join([said["rule"], *kinds[:3], limit]).lower()).strip("-")
    end = f" {limit} {unit}".rstrip() + (f" · {100 * share:g} %" if isinstance(share, int | float) else "")
    zh = "、".join(KINDS[one].zh for one in kinds if one in KINDS) or said["rule"]
    en = ", ".join(KINDS[one].en for one in kinds if one in KINDS) or said["rule"]
    title = said.get("title", f"{zh}{end}")
    named = {"id": words or "clause", "title": title, "title_en": f"{en}{end}", "section": "", "clause": title}
    return named | said


class Document(FileKeys):
    """The document a standard comes from."""

    id: str
    number: str
    title: str
    title_en: str
    issuer: str
    jurisdiction: str
    signed: dt.date | None = None
    printed: dt.date | None = None
    period: tuple[int, int] | None = None


class Standard(FileKeys):
    """One document and its clauses.

    Parameters
    ----------
    document
        Where the clauses stand: id, number, titles, issuer, dates.
    kinds
        Kinds of facility of the standard's own (`zzgeo.spec.kind_file`).
    levels
        Levels of units of the standard's own (`zzgeo.spec.unit_levels`).
    clauses
        Their ids are unique within the document.
    """

    document: Document
    kinds: tuple[KindSpec, ...] = ()
    levels: tuple[LevelSpec, ...] = ()
    clauses: tuple[Rule, ...]

    @field_validator("clauses")
    @classmethod
    def _unique(cls, clauses: tuple[Rule, ...]) -> tuple[Rule, ...]:
        ids = [clause.id for clause in clauses]
        twice = sorted({one for one in ids if ids.count(one) > 1})
        if twice:
            raise ValueError(f"clause ids must be unique: {', '.join(twice)}")
        return clauses

    def _repr_html_(self) -> str:
        document = self.document
        heads = ["id", "section", "title", "rule", "limit", "clause", "verified"]
        rows = [
            [one.id, one.section, one.title, one.rule, _limit(one), one.clause, str(one.verified_on or "–")]
            for one in self.clauses
        ]
        return table_html(f"{document.number} {document.title}", heads, rows, notes=[document.title_en])


def _limit(rule: Rule) -> str:
    return f"{rule.operator or ''} {'' if rule.value is None else rule.value} {rule.unit}".strip()


class Profile(FileKeys):
    """Which documents a study is judged by, and which of their clauses.

    ``only`` names the clauses judged, in the order they are shown; ``choose`` names, for a series of competing
    clauses, the one that is judged; ``leave_out`` names clauses that are not; ``params`` sets parameters of clauses;
    ``default`` marks the one profile of a place that is taken where a study names none.
    """

    id: str
    title: str
    title_en: str
    jurisdiction: str
    documents: tuple[str, ...]
    default: bool = False
    choose: dict[str, str] = Field(default_factory=dict)
    only: tuple[str, ...] = ()
    leave_out: tuple[str, ...] = ()
    params: dict[str, dict[str, ParamValue]] = Field(default_factory=dict)

    @property
    def clauses_named(self) -> tuple[str, ...]:
        """Return every clause id the profile names, each once."""
        return tuple(dict.fromkeys((*self.only, *self.choose.values(), *self.leave_out, *self.params)))
