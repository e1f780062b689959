"""How a demand is measured: one file per kind of rule, found by its place here through its constant ``RULE``.

Flags that only this kind has stand in a constant ``FLAGS`` of the same file (`zzgeo.vocabulary.flags.declare`).
"""

from __future__ import annotations

import dataclasses
import importlib
import pkgutil
from functools import cache
from pathlib import Path

from zzgeo.errors import Problem, StandardError
from zzgeo.rules.parts.base import RuleKind
from zzgeo.rules.parts.parameters import faults_of
from zzgeo.rules.parts.refusals import is_of_another_unit, refusal_text
from zzgeo.spec.config_file import key_lines
from zzgeo.spec.nearest import nearest
from zzgeo.standards import Rule, Standard, read_standard
from zzgeo.vocabulary.flags import declare


@cache
def rule_kinds() -> dict[str, RuleKind]:
    """Return every kind of rule by its id, found by its place in this folder; its own flags are declared.

    Raises
    ------
    InputError
        If a file declares a flag that lacks its Chinese or its English, or means two things.
    """
    found = (_kind_of(name) for name in _modules())
    return {kind.id: kind for kind in found if kind is not None}


def _modules() -> tuple[str, ...]:
    return tuple(module.name for module in pkgutil.iter_modules(__path__))


def _kind_of(module_name: str) -> RuleKind | None:
    """Return the kind a file here declares, its own flags declared; None where it declares none."""
    module = importlib.import_module(f"{__name__}.{module_name}")
    declare(getattr(module, "FLAGS", {}), f"{module_name}.py")
    kind: RuleKind | None = getattr(module, "RULE", None)
    return kind


def _known(name: str) -> RuleKind | None:
    """Return a kind by its id: a file that is called like it is read alone, all others where none of them is."""
    if rule_kinds.cache_info().currsize:
        return rule_kinds().get(name)
    file = name.replace("-", "_")
    kind = _kind_of(file) if file in _modules() else None
    return kind if kind is not None and kind.id == name else rule_kinds().get(name)


def find_kind(name: str) -> RuleKind:
    """Return a kind of rule by its id.

    Raises
    ------
    StandardError
        If there is none; the message names the nearest.
    """
    kind = _known(name)
    if kind is None:
        raise StandardError([_unknown(name, name)])
    return kind


def _unknown(where: str, name: str) -> Problem:
    remedy = nearest(name, rule_kinds()) + "the kinds are: " + ", ".join(rule_kinds())
    return Problem("standard.rule_unknown", where, name, "no kind of rule is called that", remedy)


def checked(rule: Rule) -> RuleKind:
    """Return the kind of a rule after checking that the clause can be judged by it.

    Raises
    ------
    StandardError
        If the kind is unknown, a parameter is not the kind's, or nobody verified the clause against its document.
    """
    problems = []
    kind = _known(rule.rule)
    if kind is None:
        problems.append(_unknown(rule.id, rule.rule))
    else:
        odd = sorted(set(rule.params) - set(kind.params))
        if odd:
            meant = "".join(nearest(name, kind.params) for name in odd)
            remedy = f"{meant}its parameters are: {', '.join(kind.params) or 'none'}"
            problems.append(
                Problem("config.invalid", rule.id, ", ".join(odd), f"{kind.id} has no such parameter", remedy)
            )
        for value, why in faults_of(rule):
            problems.append(Problem("config.invalid", rule.id, value, why, "correct the parameter"))
        if is_of_another_unit(rule.unit, kind.counted_in):
            why = f"the value is read in {kind.counted_in[0]}, and `unit` says another"
            problems.append(Problem("config.invalid", rule.id, rule.unit, why, f"its value: {kind.asks}"))
        if kind.operators and rule.operator is not None and rule.operator not in kind.operators:
            why = f"{kind.id} is not judged by this operator"
            remedy = f"it is judged by {', '.join(kind.operators)}; its value: {kind.asks}"
            problems.append(Problem("config.invalid", rule.id, f"operator = {rule.operator}", why, remedy))
        for key in kind.unread:
            if (said := getattr(rule, key)) not in (None, "all"):
                why = f"{kind.id} does not read {key}: it would be judged as if nothing stood there"
                problems.append(Problem("config.invalid", rule.id, f"{key} = {said}", why, f"take {key} away"))
        for read in kind.reads_clause:
            try:
                read(rule)
            except StandardError as error:
                problems += error.problems
        for refused in kind.refuses:
            if refused(rule):
                value, why = str(rule.value or ""), refusal_text(refused)
                problems.append(Problem("config.invalid", rule.id, value, why, f"its value: {kind.asks}"))
    if rule.verified_on is None:
        remedy = "compare the clause with the document and set verified_on"
        why = "no verdict rests on an unverified clause"
        problems.append(Problem("standard.unverified", rule.id, "verified_on is missing", why, remedy))
    if problems or kind is None:
        raise StandardError(problems)
    return kind


def check_standard(path: Path) -> tuple[Standard, list[Problem]]:
    """Return a standard file and what keeps its clauses from being judged, each with the line of the clause.

    A clause nobody has verified is no fault of the file: no verdict rests on it, and `checked` says so when asked.

    Raises
    ------
    StandardError
        If the file cannot be read, or breaks the form of a standard: every fault with its line.
    """
    standard = read_standard(path)
    lines = key_lines(path.read_text(encoding="utf-8-sig"))
    problems: list[Problem] = []
    for number, rule in enumerate(standard.clauses):
        where = f"{path.name}:{lines.get(('clauses', number, 'rule'), lines.get(('clauses', number), 1))}"
        if rule.recorded:
            continue
        try:
            checked(rule)
        except StandardError as error:
            problems += [
                dataclasses.replace(problem, where=f"{where} {problem.where}")
                for problem in error.problems
                if problem.code != "standard.unverified"
            ]
    return standard, problems
