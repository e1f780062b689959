"""What a clause asks of one reported number: its limit, or its change from an earlier year (R22).

Source: rules.md R22: `increase` and `decrease` against the baseline, "about" within 10 % and left to a person
outside, a range met at its lower end (R04: more is not a failure).
"""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from zzgeo.errors import Problem, StandardError
from zzgeo.rules.parts.tabular import ABOUT, compare, gap_to, indicator_name
from zzgeo.standards import Rule
from zzgeo.vocabulary.flags import Flag
from zzgeo.vocabulary.units import is_percent
from zzgeo.vocabulary.verdicts import FAIL, NODATA, PASS, REVIEW

_RISING, _FALLING = ("increase",), ("decrease", "stable", "no-increase")


#: From worst to best: a whole is as good as the worst of its parts, and unknown parts keep it from passing.
VERDICT_ORDER = (FAIL, NODATA, REVIEW, PASS)


@dataclass(frozen=True)
class Element:
    """One number of a clause: where the table holds its value, how and with what it is compared."""

    indicator: str
    operator: str
    limit: tuple[float, ...]
    label: str = ""


def elements_of(rule: Rule) -> list[Element]:
    """Return the numbers a clause prints: one, or one for each element of its list.

    A list under ``range`` is read in pairs; a grade such as "C" as its place in the alphabet, A being best and 1.

    Raises
    ------
    StandardError
        If the clause asks for an element it does not have.
    """
    name, operator, value = indicator_name(rule), rule.operator or ">=", rule.value
    if isinstance(value, str):
        if not re.fullmatch("[A-Za-z]", value.strip()):
            why = "a text is read as a grade: one letter, A the best"
            raise StandardError([Problem("config.invalid", rule.id, value, why, "correct the value")])
        grade = float(ord(value.strip().upper()[0]) - ord("A") + 1)
        return [Element(name, {">=": "<=", ">": "<"}.get(operator, operator), (grade,))]
    if not isinstance(value, tuple):
        limits: list[tuple[float, ...]] = [() if value is None else (float(value),)]
    elif operator == "range":
        numbers = [float(one) for one in value if isinstance(one, int | float)]
        limits = [tuple(numbers[place : place + 2]) for place in range(0, len(numbers), 2)]
        if any(len(ends) != 2 or ends[0] > ends[1] for ends in limits):
            why = "a range has two ends, the lower first"
            raise StandardError([Problem("config.invalid", rule.id, str(list(value)), why, "correct the value")])
    else:
        limits = [(float(one),) if isinstance(one, int | float) else () for one in value]
    if not limits:
        why = "the list is empty"
        raise StandardError([Problem("config.invalid", rule.id, "value = []", why, "correct the value")])
    if len(limits) == 1:
        chosen = rule.params.get("element")
        suffix = "" if chosen is None else f".{chosen:g}" if isinstance(chosen, float | int) else f".{chosen}"
        return [Element(f"{name}{suffix}", operator, limits[0])]
    named = rule.params.get("element")
    labels = [str(one) for one in named] if isinstance(named, tuple) else [""] * len(limits)
    if len(labels) != len(limits):
        why = f"the clause has {len(limits)} elements, {len(labels)} are named"
        raise StandardError([Problem("config.invalid", rule.id, "element", why, "name each of them")])
    every = [
        Element(f"{name}.{place}", operator, limit, label)
        for place, (limit, label) in enumerate(zip(limits, labels, strict=True), start=1)
    ]
    if named is not None and not isinstance(named, tuple):
        place = int(rule.param("element", 1.0))
        if not 1 <= place <= len(every):
            why = f"the clause has {len(every)} elements"
            raise StandardError([Problem("config.invalid", rule.id, f"element={place}", why, "correct the clause")])
        return [every[place - 1]]
    return every


def worst(verdicts: Sequence[str]) -> str:
    """Return the verdict of a whole from those of its parts.

    Examples
    --------
    >>> worst(["pass", "nodata"]), worst(["nodata", "fail"]), worst(["pass", "review"]), worst(["pass", "pass"])
    ('nodata', 'fail', 'review', 'pass')
    """
    return min(verdicts, key=VERDICT_ORDER.index, default=NODATA)


@dataclass
class Reading:
    """One number judged: the limit it was held against, how, and what it was compared with."""

    value: float
    verdict: str
    operator: str
    threshold: float
    gap: float = math.nan
    flags: list[Flag] = field(default_factory=list)
    baseline: float = math.nan
    baseline_year: float = math.nan


def target_after(baseline: float, operator: str, amount: float, *, relative: bool = False) -> tuple[str, float]:
    """Return (operator, limit) of a change from a baseline; ``relative`` amounts are per cent of it.

    Examples
    --------
    >>> target_after(78.4, "increase", 1.0), target_after(100.0, "decrease", 35.0, relative=True)
    (('>=', 79.4), ('<=', 65.0))
    >>> target_after(3.0, "increase", math.nan), target_after(250.0, "stable", math.nan)
    (('>', 3.0), ('<=', 250.0))
    """
    step = amount * baseline / 100.0 if relative else amount
    if operator in _RISING:
        return (">", baseline) if math.isnan(amount) else (">=", baseline + step)
    if operator == "decrease":
        return ("<", baseline) if math.isnan(amount) else ("<=", baseline - step)
    return "<=", baseline


def read_number(
    series: Mapping[float, float],
    operator: str,
    limit: tuple[float, ...],
    unit: str,
    *,
    about: float = ABOUT,
    every_year: bool = False,
) -> Reading:
    """Judge the newest of a series of reported numbers.

    Parameters
    ----------
    series
        {year: value}, NaN as the year of a number that names none.
    operator, limit, unit
        As the clause has them; ``limit`` is empty where it prints no number, a pair where it prints a range.
    every_year
        A rise or fall is asked from each year to the next, not from the first.

    Examples
    --------
    >>> read_number({2015: 78.4, 2020: 79.5}, "increase", (1.0,), "years over 2015").verdict
    'pass'
    >>> [flag.text("en") for flag in read_number({2020: 6.0}, "range", (3.0, 5.0), "bases").flags]
    ['above the range, which ends at 5']
    """
    years = sorted(series, key=lambda year: (not math.isnan(year), year))
    value = series[years[-1]] if years else math.nan
    if operator in (*_RISING, *_FALLING):
        return _change(series, operator, limit[0] if limit else math.nan, unit, every_year)
    if operator == "range" and len(limit) == 2:
        reading = Reading(value, compare(value, ">=", limit[0]), ">=", limit[0])
        if value > limit[1]:
            reading.flags.append(Flag("clause.above_range", limit=limit[1]))
    elif operator == "exists" and not limit:
        reading = Reading(value, compare(value, ">", 0.0), ">", 0.0)
    else:
        held = ">=" if operator == "exists" else operator
        threshold = limit[0] if limit else math.nan
        reading = Reading(value, compare(value, held, threshold, about=about), held, threshold)
    reading.gap = 0.0 if reading.verdict == PASS else gap_to(value, reading.operator, reading.threshold)
    counted = not is_percent(unit) and not unit.startswith("percentage points")
    if operator == "=" and counted and reading.verdict != PASS and value > reading.threshold > 0:
        # more than the number of things a clause names may be better or a mistake: a person decides
        reading.verdict = REVIEW
        reading.flags.append(Flag("clause.more_than_named"))
    return reading


def _change(series: Mapping[float, float], operator: str, amount: float, unit: str, every_year: bool) -> Reading:
    dated = {year: value for year, value in sorted(series.items()) if not math.isnan(year)}
    if not dated:
        return Reading(next(iter(series.values()), math.nan), NODATA, operator, amount)
    newest = max(dated)
    said = re.search(r"(?:over|below|against) (\d{4})", unit)
    earlier = [year for year in dated if year < newest and (said is None or year == float(said[1]))]
    if not earlier:
        return Reading(dated[newest], NODATA, operator, amount)
    start = max(earlier) if every_year else min(earlier)
    relative = is_percent(unit)
    held, threshold = target_after(dated[start], operator, amount, relative=relative)
    reading = Reading(dated[newest], compare(dated[newest], held, threshold), held, threshold)
    reading.gap = 0.0 if reading.verdict == PASS else gap_to(reading.value, held, threshold)
    reading.baseline, reading.baseline_year = dated[start], start
    steps = list(dated.values())
    falls = [b <= a if operator in _RISING else b > a for a, b in itertools.pairwise(steps[:-1])]
    if every_year and any(falls):
        reading.flags.append(Flag("indicator.went_other_way"))
    return reading
