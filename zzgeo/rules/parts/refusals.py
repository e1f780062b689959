"""What a kind of rule refuses of a clause: the first line of each test says it, in messages and on the page of keys."""

from __future__ import annotations

import re

from zzgeo.standards import Rule

#: How a walk is limited: a clause of several kinds sets one of them.
WALKS = frozenset(("metres", "minutes"))

#: What the unit of a clause may be called, by what its value is read in; words may follow ("minutes by car").
METRES = ("m", "metres", "米")
MINUTES = ("minutes", "min", "分钟")
PERCENT = ("percent", "%", "百分比")


def is_of_another_unit(unit: str, counted_in: tuple[str, ...]) -> bool:
    """Tell whether the unit of a clause is not the one its value is read in: 0.8 km would be taken for 0.8 m.

    Examples
    --------
    >>> is_of_another_unit("km", METRES), is_of_another_unit("m (10 里 = 5 km)", METRES), is_of_another_unit("", METRES)
    (True, False, False)
    """
    words = re.split(r"[\s(（]", unit, maxsplit=1)
    return bool(unit and counted_in) and words[0].lower() not in counted_in


def no_number(rule: Rule) -> bool:
    """`value` is no number above 0."""
    value = rule.value
    return isinstance(value, bool) or not isinstance(value, int | float) or value <= 0


def no_facilities(rule: Rule) -> bool:
    """`facilities` names no kind."""
    return not rule.facilities


def no_one_limit(rule: Rule) -> bool:
    """`params` set not exactly one of `metres` and `minutes`."""
    return len(WALKS & set(rule.params)) != 1


def no_number_of_classes(rule: Rule) -> bool:
    """`value` is no whole number from 1 to the number of kinds in `facilities`."""
    return no_number(rule) or rule.number != int(rule.number) or rule.number > len(set(rule.facilities))


def no_share(rule: Rule) -> bool:
    """`value` is no share above 0 and up to 1 (0.8 for 80 of 100 points)."""
    return no_number(rule) or rule.number > 1.0


def weights_of_others(rule: Rule) -> bool:
    """`weights` names a kind that `facilities` does not, or a weight is not above 0."""
    weights = rule.params.get("weights", {})
    if not isinstance(weights, dict):
        return True
    return not set(weights) <= set(rule.facilities) or min(weights.values(), default=1.0) <= 0


def weights_of_no_clause(rule: Rule) -> bool:
    """`clauses` names no clause, or a weight is not above 0."""
    weights = rule.params.get("clauses")
    return not isinstance(weights, dict) or not weights or min(weights.values()) <= 0


def weighed_unknown(rule: Rule) -> bool:
    """`clauses` names one that its document does not have."""
    weights = rule.params.get("clauses")
    return isinstance(weights, dict) and set(weights) != {part.id for part in rule.parts}


def weighed_scores(rule: Rule) -> bool:
    """`clauses` names one that weighs clauses itself: scores of scores could go in a circle."""
    return any("clauses" in part.params for part in rule.parts)


def weighed_unverified(rule: Rule) -> bool:
    """`clauses` names one that is only recorded, or that nobody verified while the score says it was."""
    return any(part.recorded or (part.verified_on is None and rule.verified_on is not None) for part in rule.parts)
