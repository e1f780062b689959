"""A clause as a terminal shows it, in the language of the command line: its limit, and what each of its keys says."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from zzgeo.cli.language import say, spoken

if TYPE_CHECKING:
    from zzgeo.standards import Rule

#: Keys that hold ids, or what somebody wrote.
_AS_THEY_STAND = {"reason", "indicator", "series", "baseline", "conflicts", "supersedes"}

#: What is told above the keys of a clause, or says it of another document.
_TOLD_ABOVE = {"id", "title", "title_en", "section", "clause", "standard", "document"}


def title_of(titled: Any) -> str:
    """Return the title of a clause, a document or a profile; the other language's where it has but one."""
    first, second = (titled.title, titled.title_en) if spoken() == "zh" else (titled.title_en, titled.title)
    return str(first or second)


def limit_of(rule: Rule) -> str:
    """Return the limit of a clause with its unit.

    Examples
    --------
    >>> from zzgeo.standards import find_rule
    >>> limit_of(find_rule("zz18e-radius-urban-community"))
    '≤ 500 m'
    """
    from zzgeo.reporting.told.chinese import UNITS_ZH
    from zzgeo.vocabulary.units import COMPARATORS

    operator = COMPARATORS.get(str(rule.operator), say(rule.operator or ""))
    value = "" if rule.value is None else _number(rule.value)
    unit = rule.unit
    if spoken() == "zh":
        # "个节点" is said behind a number alone
        unit = UNITS_ZH.get(unit, unit)
        unit = unit if value or unit.startswith(("%", "（")) else ""
    return " ".join(part for part in (operator, value, unit) if part)


def keys_of(rule: Rule) -> Iterator[tuple[str, str]]:
    """Give what a clause says beside its words: the name of each key, and what it holds."""
    held = rule.model_dump(exclude=_TOLD_ABOVE)
    english = held.pop("reason_en")
    if english and spoken() != "zh":
        held["reason"] = english
    for name, value in held.items():
        if value not in (None, "", (), {}):
            yield say(name), _told(name, value)


def _told(name: str, value: Any) -> str:
    if name == "value":
        return _number(value)
    if isinstance(value, dict):
        return _between().join(f"{key} = {_number(one)}" for key, one in value.items())
    values = value if isinstance(value, tuple) else (value,)
    return _between().join(_word(name, str(one)) for one in values)


def _word(name: str, value: str) -> str:
    """Return a value in words: an id that is written into files stands behind its Chinese name."""
    if spoken() != "zh" or name in _AS_THEY_STAND:
        return value
    if name == "notes":
        from zzgeo.vocabulary.chinese import catalogue

        return catalogue("notes").chinese(value) or value
    from zzgeo.reporting.told.chinese import UNITS_ZH
    from zzgeo.spec.kinds import KINDS
    from zzgeo.vocabulary.people import OTHER_GROUPS, POPULATION_GROUPS, UNIT_TYPES
    from zzgeo.vocabulary.units import COMPARATORS

    named = {
        "facilities": {id: kind.zh for id, kind in KINDS.items()},
        "applies_to": {id: zh for id, (zh, _) in UNIT_TYPES.items()},
        "population": {id: zh for id, (zh, _) in {**OTHER_GROUPS, **POPULATION_GROUPS}.items()},
        "operator": COMPARATORS,
        "unit": UNITS_ZH,
    }.get(name, {})
    known = named.get(value) or say(value)
    return f"{known}（{value}）" if name in ("facilities", "applies_to", "population") and known != value else known


def _number(value: Any) -> str:
    """Return a limit, or several, as it is written in a file: no zeros behind the point."""
    if isinstance(value, tuple):
        return _between().join(map(_number, value))
    return f"{value:g}" if isinstance(value, float) else "–" if value is None else str(value)


def _between() -> str:
    return "、" if spoken() == "zh" else ", "
