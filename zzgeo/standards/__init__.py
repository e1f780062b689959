"""What the documents demand, as data: one TOML file per document, one per profile, found by their place here.

A standard is refused with all its faults at once. A clause nobody has checked against the document (``verified_on``
missing) may stand in a file, but no verdict rests on it.
"""

from __future__ import annotations

import datetime as dt
import difflib
import tomllib
import unicodedata
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from zzgeo.errors import Problem, StandardError
from zzgeo.notebook import table_html
from zzgeo.spec.kinds import KINDS
from zzgeo.spec.study_file import key_lines
from zzgeo.vocabulary.people import OTHER_GROUPS, POPULATION_GROUPS, UNIT_SETS

_FOLDER = Path(__file__).parent

Operator = Literal[
    "<=", "<", ">=", ">", "=", "~", "range", "increase", "decrease", "stable", "exists", "no-increase", "located-in",
    "near", "conforms", "prefer", "convert", "per-province", "formula", "table", "denominator", "no-limit",
]  # fmt: skip

#: Where a clause holds, as the catalogue of clauses names it; ``applies_to`` says what is measured there.
SCOPES = (
    "whole-city", "named-site", "county", "institution", "city-and-county", "city-districts", "rural",
    "community-or-village", "urban-community", "built-up", "new-residential", "subdistrict-township", "county-city",
    "admin-village", "central-city", "outside-core", "rural-township", "rural-community", "community", "key-township",
    "township", "eight-centres", "planning-area", "existing-residential", "main-urban", "inside-ring-3",
    "inside-ring-4", "subdistrict",
)  # fmt: skip


#: What a clause says in place of a kind of rule where it is kept and cited, and not judged.
RECORDED = "recorded"

#: What a parameter of a clause may be.
ParamValue = float | bool | str | tuple[str | float, ...] | dict[str, float]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Rule(_Strict):
    """One clause with its parameters: what is demanded, of which facilities, for whom, by when, in which words."""

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
    judged_from: Literal["geodata", "table", "nothing", ""] = ""
    verified_on: dt.date | None = None
    params: dict[str, ParamValue] = {}
    standard: str = ""
    document: str = ""

    @field_validator("facilities")
    @classmethod
    def _known_kinds(cls, kinds: tuple[str, ...]) -> tuple[str, ...]:
        for kind in kinds:
            if kind not in KINDS:
                raise ValueError(f"no facility kind is called {kind!r}; they are {', '.join(KINDS)}")
        return kinds

    @field_validator("applies_to")
    @classmethod
    def _known_units(cls, applies_to: str) -> str:
        if applies_to not in UNIT_SETS:
            raise ValueError(f"applies_to is 'all' or one of {', '.join(UNIT_SETS)}, not {applies_to!r}")
        return applies_to

    @field_validator("scope")
    @classmethod
    def _known_scope(cls, scope: str) -> str:
        if scope not in SCOPES:
            raise ValueError(f"scope is one of {', '.join(SCOPES)}, not {scope!r}")
        return scope

    @field_validator("population")
    @classmethod
    def _known_group(cls, group: str) -> str:
        if group not in POPULATION_GROUPS and group not in OTHER_GROUPS:
            raise ValueError(f"population is one of {', '.join((*POPULATION_GROUPS, *OTHER_GROUPS))}, not {group!r}")
        return group

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
        """Return a numeric parameter of the clause, or the default where it sets none."""
        value = self.params.get(name, default)
        if not isinstance(value, int | float):
            why = f"{name} must be a number"
            raise StandardError([Problem("config.invalid", self.id, str(value), why, "correct the clause")])
        return float(value)


class Document(_Strict):
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


class Standard(_Strict):
    """One document and its clauses; ids are unique within it."""

    document: Document
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


class Profile(_Strict):
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
    choose: dict[str, str] = {}
    only: tuple[str, ...] = ()
    leave_out: tuple[str, ...] = ()
    params: dict[str, dict[str, ParamValue]] = {}

    @property
    def clauses_named(self) -> tuple[str, ...]:
        """Return every clause id the profile names, each once."""
        return tuple(dict.fromkeys((*self.only, *self.choose.values(), *self.leave_out, *self.params)))


def read_standard(path: Path) -> Standard:
    """Read and check a standard file.

    Raises
    ------
    StandardError
        With every fault of the file, each with its line and what to do.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
        content = tomllib.loads(text)
    except FileNotFoundError:
        raise StandardError(
            [Problem("file.missing", str(path), "", "no such standard file", "check the path")]
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise StandardError([Problem("config.invalid", path.name, str(error), "this is not TOML", "mend it")]) from None
    try:
        standard = Standard.model_validate(content)
    except ValidationError as error:
        lines = key_lines(text)
        raise StandardError([_problem(path.name, dict(fault), lines) for fault in error.errors()]) from None
    document = standard.document
    named = {"standard": document.id, "document": document.number}
    return standard.model_copy(update={"clauses": tuple(rule.model_copy(update=named) for rule in standard.clauses)})


def _problem(name: str, fault: dict[str, Any], lines: dict[tuple[str | int, ...], int]) -> Problem:
    path = tuple(fault["loc"])
    line = next((lines[path[:n]] for n in range(len(path), 0, -1) if path[:n] in lines), None)
    where = f"{name}:{line}" if line else name
    message = "no such key" if fault["type"] == "extra_forbidden" else str(fault["msg"]).removeprefix("Value error, ")
    remedy = "compare with the files `zzgeo standards list` shows"
    return Problem("config.invalid", where, ".".join(map(str, path)), message, remedy)


@cache
def shipped() -> dict[str, Standard]:
    """Return the standards that ship with zzgeo, by document id."""
    found = [read_standard(path) for path in sorted(_FOLDER.glob("*.toml"))]
    return {standard.document.id: standard for standard in found}


@cache
def presets() -> dict[str, Standard]:
    """Return the standards that are only loaded when they are named, by document id.

    They hold in no jurisdiction of their own: no audit takes them unless it is told to.
    """
    found = [read_standard(path) for path in sorted(_FOLDER.glob("presets/*.toml"))]
    return {standard.document.id: standard for standard in found}


@cache
def profiles() -> dict[str, Profile]:
    """Return the profiles that ship with zzgeo, by id."""
    found = [
        Profile.model_validate(tomllib.loads(p.read_text("utf-8"))) for p in sorted(_FOLDER.glob("profiles/*.toml"))
    ]
    return {profile.id: profile for profile in found}


def find_rule(rule_id: str) -> Rule:
    """Return a clause by its id.

    Raises
    ------
    StandardError
        If there is none; the message names the closest id.
    """
    books = (*shipped().values(), *presets().values())
    rules = {rule.id: rule for standard in books for rule in standard.clauses}
    if rule_id in rules:
        return rules[rule_id]
    close = difflib.get_close_matches(rule_id, rules, 1)
    hint = f"did you mean {close[0]!r}? " if close else ""
    remedy = f"{hint}`zzgeo standards list` shows all"
    raise StandardError([Problem("standard.unknown", rule_id, "", "no clause is called that", remedy)])


def search(word: str) -> list[Rule]:
    """Return the clauses, presets included, that say a word in their id, titles, wording or document.

    Upper and lower case, white space and full-width marks make no difference.
    """
    wanted = _plain(word)
    books = (*shipped().values(), *presets().values())
    return [
        rule
        for book in books
        for rule in book.clauses
        if any(
            wanted in _plain(text)
            for text in (rule.id, rule.title, rule.title_en, rule.clause, rule.document, book.document.title)
        )
    ]


def _plain(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())


def find_profile(profile_id: str) -> Profile:
    """Return a shipped profile by its id.

    Raises
    ------
    StandardError
        If there is none; the message names those there are.
    """
    if profile_id in profiles():
        return profiles()[profile_id]
    remedy = "the profiles are: " + ", ".join(profiles())
    raise StandardError([Problem("standard.unknown", profile_id, "", "no profile is called that", remedy)])


def default_profile(jurisdiction: str) -> str | None:
    """Return the id of the profile a place is judged by unless its study says otherwise, or None."""
    found = [one.id for one in profiles().values() if one.jurisdiction == jurisdiction and one.default]
    return found[0] if found else None


def choose(standards: Iterable[str | Path | Standard] | None, profile: str | None, jurisdiction: str) -> list[Standard]:
    """Return the standards an audit judges by.

    Parameters
    ----------
    standards
        Ids of shipped documents or presets, paths of TOML files, or standards; they replace the profile's.
    profile
        Id of a shipped profile.
    jurisdiction
        Where neither is given, the profile that is the default of this place (see `default_profile`), or every shipped
        standard of it.

    Raises
    ------
    StandardError
        If an id is unknown, or nothing is left to judge by.
    """
    if standards is not None:
        chosen = [_one(item) for item in standards]
    elif (profile := profile or default_profile(jurisdiction)) is not None:
        chosen = [shipped()[document] for document in find_profile(profile).documents]
    else:
        chosen = [one for one in shipped().values() if one.document.jurisdiction == jurisdiction]
    if not chosen:
        remedy = 'name standards of your own: standards = ["my-city.toml"]'
        why = "no standard is known for this place"
        raise StandardError([Problem("standard.none", jurisdiction, "", why, remedy)])
    return chosen


def _one(item: str | Path | Standard) -> Standard:
    if isinstance(item, Standard):
        return item
    known = {**shipped(), **presets()}
    if isinstance(item, str) and item in known:
        return known[item]
    if isinstance(item, Path) or str(item).endswith(".toml"):
        return read_standard(Path(item))
    close = difflib.get_close_matches(item, known, 1)
    remedy = f"did you mean {close[0]!r}?" if close else "the standards are: " + ", ".join(known)
    raise StandardError([Problem("standard.unknown", item, "", "no standard is called that", remedy)])


def rules_of(standards: Sequence[Standard]) -> list[Rule]:
    """Return the clauses of some standards, in their order, those that are only recorded left out."""
    return [rule for standard in standards for rule in standard.clauses if not rule.recorded]


def rules_for(standards: Sequence[Standard], profile: Profile | None) -> list[Rule]:
    """Return the clauses of some standards that a profile has judged; without a profile, those of `rules_of`.

    Of a series for which the profile chooses a clause, the other clauses are left out: they say something else about
    the same thing for the same year, and only one can be the headline (resolutions.md, general precedence).

    Raises
    ------
    StandardError
        If the profile names a clause that none of the standards has, or that is only recorded.
    """
    rules = rules_of(standards)
    if profile is None:
        return rules
    known = {rule.id: rule for rule in rules}
    problems = [
        Problem("standard.unknown", f"profile {profile.id}", name, "its documents judge no such clause", "correct it")
        for name in profile.clauses_named
        if name not in known
    ]
    if problems:
        raise StandardError(problems)
    wanted = [known[name] for name in profile.only] if profile.only else rules
    return [
        rule.model_copy(update={"params": {**rule.params, **profile.params.get(rule.id, {})}})
        for rule in wanted
        if rule.id not in profile.leave_out and profile.choose.get(rule.series, rule.id) == rule.id
    ]
