"""The plan monitor: where a plan started, where it wants to be, how far that is, and how fast it must go.

A baseline is what a document prints: a rate, or a count and what it is counted against. Where both stand there the rate
is worked out from the counts and the printed one is told beside it; they may disagree (resolutions.md C04, C17).
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from zzgeo.rules.parts.tabular import compare, gap_to
from zzgeo.standards import Rule, Standard
from zzgeo.standards.facts import Fact
from zzgeo.vocabulary.units import AREA, measure
from zzgeo.vocabulary.verdicts import FAIL, NODATA, PASS, REVIEW

#: Columns of a plan monitor.
COLUMNS = (
    "standard", "document", "section", "title_zh", "title_en", "clause", "indicator", "baseline", "baseline_year",
    "as_of", "printed", "operator", "target", "target_year", "unit", "verdict", "gap", "gap_count", "gap_count_unit",
    "yearly_change", "facts", "how_zh", "how_en",
)  # fmt: skip

#: Indicators the documents print as a count and what it is counted against (facts by id), so that the rate is exact:
#: beds and residents, elderly beds and elderly, toilets and built-up area (resolutions.md C01, C04, C15).
COUNTS: dict[str, tuple[str, str]] = {
    "hospital-beds-per-1000": ("zz-beds-2015", "zz-population"),
    "elderly-beds-per-1000": ("zz-elderly-beds-2013", "zz-elderly-pop-2013"),
    "toilet-density": ("zz-toilets", "zz-built-up"),
}

_PEOPLE = frozenset(
    {"people", "persons", "person", "residents", "resident", "elderly", "population", "urban residents", "people 60+"}
)
_COUNTED = re.compile(r"^(?:(?P<times>[\d,]+(?: million| thousand)?) )?(?P<noun>\D.*)$")
_RATE = re.compile(r"^(?:(?P<what>.*?) )?per (?P<times>[\d,]+)? ?(?P<noun>\D.*)?$")


@dataclass(frozen=True)
class Baseline:
    """Where a clause's indicator stood: its value in the unit of the clause, and how that is known."""

    value: float
    year: float
    as_of: str
    facts: tuple[str, ...]
    printed: float = math.nan
    count: float = math.nan
    base: float = math.nan
    count_unit: str = ""
    how_zh: str = ""
    how_en: str = ""


def plan_monitor(standards: Iterable[Rule | Standard], facts: Mapping[str, Fact]) -> pd.DataFrame:
    """Put the baseline of every clause beside its target.

    Parameters
    ----------
    standards
        Clauses, or standards with clauses; clauses that only state a fact are left out.
    facts
        Baseline facts by id; a clause names its own in ``baseline`` (counts behind its rate stand in `COUNTS`), else
        those of its indicator are taken.

    Returns
    -------
    DataFrame indexed by ``rule``
        ``baseline`` and ``target`` in the unit of the clause with their years; ``verdict`` of the baseline against the
        target; ``gap`` in that unit and ``gap_count`` in things, rounded up so that closing it passes;
        ``yearly_change`` the even pace that meets the target in its year (0 where it is met, NaN where a year is not
        printed).

    Examples
    --------
    >>> from zzgeo.standards.facts import facts  # doctest: +SKIP
    >>> plan_monitor(shipped().values(), facts()).loc["zz17-beds-per-1000", "gap_count"]  # doctest: +SKIP
    7665.0
    """
    rows = {}
    for rule in _rules(standards):
        start = baseline(rule, facts)
        if start is not None and rule.strength != "fact":
            rows[rule.id] = _row(rule, start)
    return pd.DataFrame.from_dict(rows, orient="index", columns=list(COLUMNS)).rename_axis("rule")


def baseline_indicators(standards: Iterable[Rule | Standard], facts: Mapping[str, Fact]) -> pd.DataFrame:
    """Return the baselines as the table a study takes as ``[indicators]``: the plan's start, to be audited.

    Returns
    -------
    DataFrame
        ``indicator`` (of the clause, else its id), ``district`` ("": the whole city), ``year``, ``value``, ``unit``.
    """
    rows: dict[tuple[str, str], list[Any]] = {}
    for rule in _rules(standards):
        start = baseline(rule, facts)
        if start is not None:
            name = rule.indicator or rule.id
            rows.setdefault((name, start.as_of), [name, "", start.year, start.value, rule.unit])
    return pd.DataFrame(list(rows.values()), columns=["indicator", "district", "year", "value", "unit"])


def _rules(standards: Iterable[Rule | Standard]) -> list[Rule]:
    found: list[Rule] = []
    for one in standards:
        found += one.clauses if isinstance(one, Standard) else (one,)
    return found


def baseline(rule: Rule, facts: Mapping[str, Fact]) -> Baseline | None:
    """Return where a clause's indicator stood, or None where the documents print nothing that fits its unit."""
    named = (*rule.baseline, *COUNTS.get(rule.indicator, ()))
    own = [facts[name] for name in dict.fromkeys(named) if name in facts]
    if not own and rule.indicator:
        own = [fact for fact in facts.values() if fact.indicator == rule.indicator]
    own = [fact for fact in own if _scalar(fact)]
    counted = _from_counts(rule, own)
    # of several printed rates the newest one, of the same year that of the clause's own document (resolutions.md C17)
    fitting = (fact for fact in own if _same_unit(fact.unit, rule.unit))
    printed = sorted(fitting, key=lambda fact: (_last_year(fact), fact.document == rule.standard))
    rate = _number(printed[-1]) if printed else math.nan
    if counted is not None:
        return Baseline(**{**counted, "printed": rate})
    if not printed:
        return None
    first = printed[-1]
    how = f"{first.title} {rate:g}"
    whole = _RATE.match(_tidy(rule.unit)) or rule.unit.split(" ")[0] in ("percent", "years", "days", "m2", "km2")
    return Baseline(
        value=rate, year=year_of(first.as_of), as_of=str(first.as_of), facts=(first.id,), printed=rate,
        count=math.nan if whole else rate, base=math.nan if whole else 1.0,
        count_unit="" if whole else rule.unit, how_zh=how, how_en=f"printed: {rate:g} {first.unit}",
    )  # fmt: skip


def _number(fact: Fact) -> float:
    """Return the one number of a fact, NaN where it prints several."""
    return math.nan if isinstance(fact.value, tuple) else float(fact.value)


def _scalar(fact: Fact) -> bool:
    return isinstance(fact.value, int | float) and not isinstance(fact.value, bool)


def year_of(as_of: object) -> float:
    """Return the year of a date as printed, the last one of a period; NaN where it is not printed or in doubt.

    Examples
    --------
    >>> year_of("2015-12-31"), year_of("2009/2013"), year_of("2015 or 2017 (not printed)")
    (2015.0, 2013.0, nan)
    """
    text = str(as_of)
    years = re.findall(r"(?<!\d)(?:19|20)\d\d(?!\d)", text)
    return float(years[-1]) if years and "not printed" not in text else math.nan


def _last_year(fact: Fact) -> float:
    year = year_of(fact.as_of)
    return -math.inf if math.isnan(year) else year


def _from_counts(rule: Rule, facts: list[Fact]) -> dict[str, Any] | None:
    """Work a rate out from a count and what it is counted against, as the unit of the clause asks."""
    unit = _RATE.match(_tidy(rule.unit))
    if unit is None or not unit["what"] or not unit["noun"]:
        return None
    things = {"m2"} if unit["what"].startswith("m2") else {unit["what"]}
    against = _PEOPLE if _people(unit["noun"]) else {unit["noun"]}
    parts = [(fact, *_counted(fact)) for fact in facts if _RATE.match(_tidy(fact.unit)) is None]
    top = [part for part in parts if part[2] in things]
    base = [part for part in parts if part[2] in against or (against is _PEOPLE and _people(part[2]))]
    if not top or not base:
        return None
    (count, number, noun), (bottom, people, _) = top[-1], base[-1]
    if people <= 0:
        return None
    times = float((unit["times"] or "1").replace(",", ""))
    shown = f"{count.title} {number:,.10g} / {bottom.title} {people:,.10g}"
    years = f" ({count.as_of}; {bottom.as_of})"
    return {
        "value": number / people * times, "year": year_of(count.as_of), "as_of": str(count.as_of),
        "facts": (count.id, bottom.id), "count": number, "base": people / times, "count_unit": noun,
        "how_zh": shown + years, "how_en": f"{number:,.10g} {noun} / {people:,.10g} {unit['noun']}{years}",
    }  # fmt: skip


def _people(noun: str) -> bool:
    return noun in _PEOPLE or noun.split(" ")[0] in _PEOPLE


def _counted(fact: Fact) -> tuple[float, str]:
    """Return a count in single things: (number, noun).

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> _counted(SimpleNamespace(value=110.1, unit="10,000 people"))
    (1101000.0, 'people')
    """
    found = _COUNTED.match(_tidy(fact.unit))
    if found is None:
        return _number(fact), fact.unit
    times = 1.0
    if found["times"]:
        digits, _, word = found["times"].partition(" ")
        times = float(digits.replace(",", "")) * {"million": 1e6, "thousand": 1e3}.get(word, 1.0)
    noun, scale = found["noun"], 1.0
    quantity, size = measure(noun) or ("", 1.0)
    if quantity == AREA and size < 1e6:  # what is counted per km² stays in km²
        noun, scale = "m2", size
    return round(_number(fact) * times * scale, 6), noun


def _tidy(unit: str) -> str:
    return re.sub(r"\s*\([^)]*\)", "", unit.replace("²", "2").replace("m^2", "m2")).strip()


def _same_unit(fact: str, rule: str) -> bool:
    """Tell whether a printed value stands in the unit of a clause, however people and things are called.

    Examples
    --------
    >>> _same_unit("per 1000 elderly", "beds per 1000 elderly"), _same_unit("m2 per resident", "m2 per person")
    (True, True)
    >>> _same_unit("beds", "beds per 1000 elderly"), _same_unit("percent", "percent of units")
    (False, True)
    """
    fact, rule = _tidy(fact), _tidy(rule)
    a, b = _RATE.match(fact), _RATE.match(rule)
    if a is None or b is None:
        words = fact.split(" ")[0], rule.split(" ")[0]
        return a is b and (fact == rule or words[0] == words[1] in ("percent", "years"))
    same_noun = a["noun"] == b["noun"] or not a["noun"] or (_people(a["noun"]) and _people(b["noun"] or ""))
    return a["times"] == b["times"] and same_noun and (not a["what"] or not b["what"] or a["what"] == b["what"])


def _row(rule: Rule, start: Baseline) -> list[Any]:
    operator, target, verdict = _judged(rule, start)
    met = verdict == PASS
    gap = 0.0 if met else gap_to(start.value, operator, target)
    pace = math.nan
    if met:
        pace = 0.0
    elif rule.target_year is not None and rule.target_year > start.year:
        pace = (target - start.value) / (rule.target_year - start.year)
    count = math.nan
    if not math.isnan(start.count) and not math.isnan(target):
        count = 0.0 if met else _missing(start, target, operator)
    return [
        rule.standard, rule.document, rule.section, rule.title, rule.title_en, rule.clause, rule.indicator or rule.id,
        start.value, start.year, start.as_of, start.printed, operator, target, rule.target_year, rule.unit, verdict,
        gap, count, start.count_unit if not math.isnan(count) else "", pace, "; ".join(start.facts), start.how_zh,
        start.how_en,
    ]  # fmt: skip


def _missing(start: Baseline, target: float, operator: str) -> float:
    """Return how many things close the gap, rounded so that closing it passes."""
    short = target * start.base - start.count
    if operator in ("<=", "<"):
        short = -short
    # a whole number that floating point left a hair above itself is that number
    return float(math.ceil(short - 1e-6)) if short > 0 else 0.0


def _judged(rule: Rule, start: Baseline) -> tuple[str, float, str]:
    """Return (operator, target, verdict) of a baseline against a clause.

    A rise or fall "over the baseline" is a target of its own where its amount is printed, and is left open where it is
    not: a start cannot be judged against itself. Equality without a printed comparator reads as "at least" for
    provision per head (resolutions.md C04).
    """
    operator = str(rule.operator or "")
    value = rule.value
    if isinstance(value, tuple) and operator == "range" and len(value) == 2:
        low, high = (float(one) if isinstance(one, int | float) else math.nan for one in value)
        if math.isnan(low) or math.isnan(high):
            return operator, math.nan, REVIEW
        over = start.value > high
        return ("<=", high, compare(start.value, "<=", high)) if over else (">=", low, compare(start.value, ">=", low))
    if isinstance(value, bool) or (value is not None and not isinstance(value, int | float)):
        return operator, math.nan, REVIEW
    amount = math.nan if value is None else float(value)
    if operator in ("increase", "decrease"):
        if math.isnan(amount):
            return operator, math.nan, NODATA
        sign, side = (1.0, ">=") if operator == "increase" else (-1.0, "<=")
        return side, start.value + sign * amount, FAIL
    if operator in ("stable", "no-increase"):
        return operator, math.nan, NODATA
    if operator == "=" and not rule.comparator_printed and _RATE.match(_tidy(rule.unit)):
        operator = ">="
    return operator, amount, compare(start.value, operator, amount)
