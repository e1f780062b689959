"""What the documents demand, as data: one TOML file per document, one per profile, found by their place here.

A standard is refused with all its faults at once. A clause nobody has checked against the document (``verified_on``
missing) may stand in a file, but no verdict rests on it.
"""

from __future__ import annotations

import difflib
import tomllib
import unicodedata
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from zzgeo.errors import InputError, Problem, StandardError
from zzgeo.spec.config_file import key_lines, read_config
from zzgeo.spec.kind_file import KindSpec, own_kinds
from zzgeo.spec.kinds import declare
from zzgeo.spec.nearest import nearest
from zzgeo.spec.unit_levels import LevelSpec, own_levels
from zzgeo.spec.unit_levels import declare as declare_levels
from zzgeo.standards.clauses import RECORDED as RECORDED
from zzgeo.standards.clauses import SCOPES as SCOPES
from zzgeo.standards.clauses import Document as Document
from zzgeo.standards.clauses import Operator as Operator
from zzgeo.standards.clauses import ParamValue as ParamValue
from zzgeo.standards.clauses import Profile as Profile
from zzgeo.standards.clauses import Rule as Rule
from zzgeo.standards.clauses import Standard as Standard

_FOLDER = Path(__file__).parent


def read_standard(path: Path) -> Standard:
    """Read and check a standard file.

    Parameters
    ----------
    path
        A TOML file like those in ``zzgeo/standards``.

    Returns
    -------
    Standard
        Each clause knows its document.

    Raises
    ------
    StandardError
        With every fault of the file, each with its line and what to do.
    """
    try:
        content = read_config(path)
        declare(own_kinds(content.get("kinds", []), path), path.name)
        declare_levels(own_levels(content.get("levels")), path.name)
    except OSError as error:
        why = f"the file cannot be read: {error.strerror or error}"
        raise StandardError([Problem("file.missing", str(path)[:120], "", why, "check the path")]) from None
    except InputError as error:
        raise StandardError(error.problems) from None
    try:
        standard = Standard.model_validate(content)
    except ValidationError as error:
        lines = key_lines(path.read_text(encoding="utf-8-sig"))
        raise StandardError([_problem(path.name, dict(fault), lines) for fault in error.errors()]) from None
    document = standard.document
    named = {"standard": document.id, "document": document.number}
    clauses = [rule.model_copy(update=named) for rule in standard.clauses]
    return standard.model_copy(update={"clauses": tuple(rule.among(clauses) for rule in clauses)})


#: What the keys of each part of a standard file are, by the table they stand in.
_KEYS: dict[str, type[BaseModel]] = {"clauses": Rule, "document": Document, "kinds": KindSpec, "levels": LevelSpec}


def _problem(name: str, fault: dict[str, Any], lines: dict[tuple[str | int, ...], int]) -> Problem:
    path = tuple(fault["loc"])
    line = next((lines[path[:n]] for n in range(len(path), 0, -1) if path[:n] in lines), None)
    where = f"{name}:{line}" if line else name
    remedy = "compare with the files `zzgeo standards list` shows"
    if fault["type"] == "extra_forbidden":
        known = _KEYS.get(str(path[0]) if len(path) > 1 else "", Standard).model_fields
        return Problem(
            "config.invalid", where, ".".join(map(str, path)), "no such key", nearest(str(path[-1]), known) + remedy
        )
    message = str(fault["msg"]).removeprefix("Value error, ")
    return Problem("config.invalid", where, ".".join(map(str, path)), message, remedy)


#: What ships with zzgeo, by the id of the document: its file is called so.
_SHIPPED, _PRESETS = ({path.stem: path for path in sorted(_FOLDER.glob(at))} for at in ("*.toml", "presets/*.toml"))


@cache
def _shipped(document: str) -> Standard:
    """Return one of the standards that come with zzgeo, read once, whatever of the others was."""
    return read_standard(_SHIPPED.get(document) or _PRESETS[document])


def shipped() -> dict[str, Standard]:
    """Return the standards that ship with zzgeo, by document id; each is read once."""
    return {document: _shipped(document) for document in _SHIPPED}


def presets() -> dict[str, Standard]:
    """Return the standards that are only loaded when they are named, by document id.

    They hold in no jurisdiction of their own: no audit takes them unless it is told to.
    """
    return {document: _shipped(document) for document in _PRESETS}


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
    given = None if standards is None else list(standards)
    if given is not None:
        chosen = [_one(item) for item in given]
    elif (profile := profile or default_profile(jurisdiction)) is not None:
        chosen = [_shipped(document) for document in find_profile(profile).documents]
    else:
        chosen = [one for one in shipped().values() if one.document.jurisdiction == jurisdiction]
    if not chosen:
        known = ", ".join(sorted({one.document.jurisdiction for one in shipped().values()}))
        remedy = f'one of {known}; or name standards of your own: standards = ["my-city.toml"]'
        why = "no standard is known for this place"
        raise StandardError([Problem("standard.none", jurisdiction, "", why, remedy)])
    _refuse_one_clause_twice(chosen, [str(item) for item in given] if given else [])
    return chosen


def _refuse_one_clause_twice(chosen: Sequence[Standard], names: Sequence[str]) -> None:
    """Refuse standards two of which have a clause of one id: nobody could tell their findings apart."""
    owners: dict[str, list[str]] = {}
    for place, standard in enumerate(chosen):
        name = names[place] if names else standard.document.id
        for rule in standard.clauses:
            owners.setdefault(rule.id, []).append(name)
    why, remedy = "a clause of this id stands in two standards", "name one of them, or give the clause an id of its own"
    shared: dict[tuple[str, ...], list[str]] = {}
    for clause, names_of in owners.items():
        if len(names_of) > 1:
            shared.setdefault(tuple(names_of), []).append(clause)
    if shared:
        # one line for each pair of standards: the same one given twice shares all of its clauses
        counted = {pair: f" (and {len(ids) - 1} more)" if len(ids) > 1 else "" for pair, ids in shared.items()}
        raise StandardError(
            Problem("id.duplicate", " and ".join(pair), ids[0] + counted[pair], why, remedy)
            for pair, ids in shared.items()
        )


def _one(item: str | Path | Standard) -> Standard:
    if isinstance(item, Standard):
        return item
    if isinstance(item, Path) or item.endswith(".toml"):
        return read_standard(Path(item))
    known = [*_SHIPPED, *_PRESETS]
    if item in known:
        return _shipped(item)
    close = difflib.get_close_matches(item, known, 1)
    remedy = f"did you mean {close[0]!r}?" if close else "the standards are: " + ", ".join(known)
    raise StandardError([Problem("standard.unknown", item, "", "no standard is called that", remedy)])


def rules_of(standards: Sequence[Standard]) -> list[Rule]:
    """Return the clauses of some standards, in their order, those that are only recorded left out."""
    return [rule for standard in standards for rule in standard.clauses if not rule.recorded]


def _as_in(profile: Profile, rule: Rule) -> Rule:
    return rule.model_copy(update={"params": {**rule.params, **profile.params.get(rule.id, {})}})


def rules_for(standards: Sequence[Standard], profile: Profile | None) -> list[Rule]:
    """Return the clauses of some standards that a profile has judged; without a profile, those of `rules_of`.

    Of a series for which the profile chooses a clause, the other clauses are left out: they say something else about
    the same thing for the same year, and only one can be the headline (resolutions.md, general precedence).

    Raises
    ------
    StandardError
        If the profile names a clause that none of the standards has, or that is only recorded; if no clause is judged.
    """
    rules = rules_of(standards)
    if not rules:
        ids = ", ".join(standard.document.id for standard in standards)
        why, remedy = (
            "nothing of it is judged: its clauses are only recorded",
            "name a standard whose clauses are judged",
        )
        raise StandardError([Problem("standard.none", ids, "", why, remedy)])
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
    # a score weighs its clauses as the profile has them
    known = {name: _as_in(profile, rule) for name, rule in known.items()}
    return [
        known[rule.id].among(known.values())
        for rule in wanted
        if rule.id not in profile.leave_out and profile.choose.get(rule.series, rule.id) == rule.id
    ]
