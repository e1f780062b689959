"""Which clauses a study is judged by: its standards read, its profile applied, each clause with its kind of rule."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from zzgeo.auditing.levels import named_by_level
from zzgeo.errors import InputError, Problem, StandardError
from zzgeo.intake.study import Study
from zzgeo.rules import checked
from zzgeo.rules.parts.base import Context, RuleKind
from zzgeo.standards import Rule, Standard, choose, default_profile, find_profile, rules_for


class Clauses(NamedTuple):
    """The standards of an audit, its clauses with their kinds in one order, and the profile that chose them."""

    standards: list[Standard]
    rules: list[Rule]
    kinds: list[RuleKind]
    profile: str | None


def clauses_of(
    study: Study, standards: Sequence[str | Path | Standard] | None = None, profile: str | None = None
) -> Clauses:
    """Return the clauses a study is judged by.

    Parameters
    ----------
    study
        A loaded study; its own standards and profile count where nothing else is named.
    standards
        Ids of shipped standards, paths of TOML files, or standards; they replace the study's and the profile's.
    profile
        Id of a profile.

    Returns
    -------
    Clauses
        None of them refused by its kind of rule; `profile` is None where standards replace it.

    Raises
    ------
    StandardError
        If a standard or profile is unknown, or a clause cannot be judged: every one of them.
    """
    if standards is None and profile is None and study.standards:
        standards = study.standards
    used = profile or (None if standards is not None else study.profile or default_profile(study.jurisdiction))
    chosen = choose(standards, used, study.jurisdiction)
    named = used if standards is None else None
    rules = rules_for(chosen, None if named is None else find_profile(named))
    return Clauses(chosen, named_by_level(study, rules), _all_kinds(rules), named)


def unread_tables(study: Study, clauses: Clauses) -> list[Problem]:
    """Return why an audit would refuse the study's tables (``[[tables]]``), as far as clauses are judged by them.

    Parameters
    ----------
    study
        A loaded study.
    clauses
        What it is judged by.

    Returns
    -------
    list of Problem
        Every cell that cannot be read and every column that is missing, once; none where the study has no tables.
    """
    if not study.tables:
        return []
    context = Context(study)
    problems: list[Problem] = []
    for rule, kind in zip(clauses.rules, clauses.kinds, strict=True):
        try:
            if kind.reads_table is not None:
                kind.reads_table(context, rule)
        except InputError as error:
            problems += error.problems
    return list(dict.fromkeys(problems))


def _all_kinds(rules: Iterable[Rule]) -> list[RuleKind]:
    kinds: list[RuleKind] = []
    problems: list[Problem] = []
    for rule in rules:
        try:
            kinds.append(checked(rule))
        except InputError as error:
            problems += error.problems
    if problems:
        raise StandardError(dict.fromkeys(problems))
    return kinds
