"""What a kind of rule refuses of a clause: the first line of each test says it, in messages and on the page of keys."""

from __future__ import annotations

import re
from collections.abc import Callable

from zzgeo.standards import Rule
from zzgeo.vocabulary.units import PERCENT, counts_days, is_percent, people_per

#: How a walk is limited: a clause of several kinds sets one of them.
WALKS = frozenset(("metres", "minutes"))

#: What the unit of a clause may be called, by what its value is read in; words may follow ("minutes by car").
METRES = ("m", "metres", "米")
MINUTES = ("minutes", "min", "分钟")


def is_of_another_unit(unit: str, counted_in: tuple[str, ...]) -> bool:
    """Tell whether the unit of a clause is not the one its value is read in: 0.8 km would be taken for 0.8 m.

    Examples
    --------
    >>> is_of_another_unit("km", METRES), is_of_another_unit("m (10 里 = 5 km)", METRES), is_of_another_unit("", METRES)
    (True, False, False)
    """
    if not unit or not counted_in:
        return False
    if counted_in is PERCENT:
        return not is_percent(unit)
    return re.split(r"[\s(（]", unit, maxsplit=1)[0].lower() not in counted_in


def refusal_text(refused: Callable[[Rule], bool]) -> str:
    """Return what a test refuses, in words: the first line of it."""
    return (refused.__doc__ or "").split("\n")[0].rstrip(".")


def no_number(rule: Rule) -> bool:
    """`value` is no number above 0."""
    value = rule.value
    return isinstance(value, bool) or not isinstance(value, int | float) or value <= 0


def no_percent(rule: Rule) -> bool:
    """`value` is no number of per cent above 0 and up to 100 (90 for 90 %; 0.9 % says so in its `unit`)."""
    if rule.value is None or (rule.unit and not is_percent(rule.unit)):
        return False
    return no_number(rule) or rule.number > 100.0 or (rule.number <= 1.0 and not rule.unit)


def no_amount(rule: Rule) -> bool:
    """`value` is no number of at least 0."""
    value = rule.value
    return isinstance(value, bool) or not isinstance(value, int | float) or value < 0


def no_unit_type(rule: Rule) -> bool:
    """`applies_to` names no type of unit."""
    return rule.applies_to == "all" and rule.params.get("preset") != "population-only"


def no_minutes(rule: Rule) -> bool:
    """`value` is no number above 0, and `minutes` is not set."""
    return no_number(rule) and "minutes" not in rule.params


def no_stage(rule: Rule) -> bool:
    """`stage` is neither 1 nor 2."""
    return rule.params.get("stage", 1) not in (1, 2)


def per_of_another_unit(rule: Rule) -> bool:
    """`per` is another number of people than `unit` counts for."""
    per, said = rule.params.get("per"), people_per(rule.unit)
    return isinstance(per, int | float) and said is not None and said != per


def per_no_number(rule: Rule) -> bool:
    """`per` is no number of people above 0."""
    per = rule.params.get("per", 1000.0)
    return isinstance(per, bool) or not isinstance(per, int | float) or per <= 0


def no_share_of_register(rule: Rule) -> bool:
    """`value` is no share in per cent (90 for 90 %, not 0.9): `unit` starts with percent, or `value` is 1 of each."""
    if rule.value is None or rule.operator in ("increase", "decrease", "prefer"):
        return False
    if not is_percent(rule.unit):
        return rule.value != 1.0
    return no_percent(rule) and not (rule.operator in ("<=", "<") and rule.value == 0.0)


def no_such_count(rule: Rule) -> bool:
    """`count` is neither facilities nor beds nor, for a change of a share, share."""
    return rule.params.get("count", "facilities") not in ("facilities", "beds", "share")


def no_such_numerator(rule: Rule) -> bool:
    """`numerator` is neither capacity nor indicator."""
    return rule.params.get("numerator", "capacity") not in ("capacity", "indicator")


def no_number_if_any(rule: Rule) -> bool:
    """`value` is set, and is no number of at least 0."""
    return rule.value is not None and no_amount(rule)


def late_by_no_days(rule: Rule) -> bool:
    """`operator` is <= though `unit` does not count days."""
    return rule.operator == "<=" and not counts_days(rule.unit)


def others_than_residents(rule: Rule) -> bool:
    """Others than residents or urban-residents, who share the ground, stand in `population`."""
    return rule.population not in ("residents", "urban-residents", "none")


def no_facilities(rule: Rule) -> bool:
    """`facilities` names no kind."""
    return not rule.facilities


def no_facilities_or_types(rule: Rule) -> bool:
    """`facilities` names no kind, and `types` is not set."""
    return no_facilities(rule) and "types" not in rule.params


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
