"""The year of a value that somebody reported: it stands in the finding, and an old one decides nothing (A25)."""

from __future__ import annotations

import math
import re

from zzgeo.rules.parts.base import Context, Judgement
from zzgeo.rules.parts.tabular import FROM_INDICATORS, indicator_name, indicator_rows, newest
from zzgeo.served import CITY
from zzgeo.standards import Rule
from zzgeo.standards.facts import facts
from zzgeo.vocabulary.flags import Flag
from zzgeo.vocabulary.verdicts import FAIL, JUDGED, PASS, REVIEW

#: A target without a baseline starts with the plan of five years it ends.
_PLAN_YEARS = 5


def dated(context: Context, rule: Rule, judgement: Judgement) -> Judgement:
    """Tell in every finding from the indicator table of which year its value is, or that it names none.

    A value older than where the target starts passes or fails nothing: a person decides.
    """
    told = [finding for finding in judgement.findings if FROM_INDICATORS in finding.flags]
    if not told:
        return judgement
    years, start = _years(context, rule), _start(rule)
    for finding in told:
        year = years.get(finding.code, min(years.values(), default=math.nan) if finding.code == CITY else math.nan)
        if year < start and finding.verdict in (PASS, FAIL):
            finding.verdict = REVIEW
            finding.flags.append(Flag("indicator.older_than_start", year=int(year), start=int(start)))
        elif finding.verdict in JUDGED or not math.isnan(year):
            finding.flags.append(year_told(year))
    return judgement


def year_told(year: float) -> Flag:
    """Return the flag of the year a reported value is of; NaN where it names none.

    Examples
    --------
    >>> year_told(2018.0).text("en"), year_told(math.nan).text("en")
    ('value of 2018', 'reported without a year')
    """
    return Flag("indicator.no_year") if math.isnan(year) else Flag("indicator.of_year", year=int(year))


def _years(context: Context, rule: Rule) -> dict[str, float]:
    """Return the year of the newest value of each place; of a list of values, the oldest of their newest years."""
    table = context.study.indicators
    if table is None:
        return {}
    own = indicator_name(rule)
    named = [str(name) for name in table["indicator"].dropna().unique()]
    parts = [name for name in named if name == own or name.startswith(f"{own}.")]
    years: dict[str, float] = {}
    for name in parts or [name for name in named if name in rule.baseline]:
        for code, (_, year, _) in newest(indicator_rows(context, name)).items():
            years[code] = min(year, years.get(code, math.inf))
    return {code: year for code, year in years.items() if not math.isnan(year)}


def _start(rule: Rule) -> float:
    """Return the year a target starts from: that of its baseline, or of the plan it ends; minus infinity without."""
    known = [facts()[name].as_of for name in rule.baseline if name in facts()]
    said = re.findall(r"\b(?:over|below|against) (\d{4})\b", rule.unit)
    years = [int(year) for text in [*known, *said] for year in re.findall(r"\d{4}", text)[-1:]]
    if rule.strength == "fact" or rule.target_year is None:
        return -math.inf
    return float(max(years)) if years else float(rule.target_year - _PLAN_YEARS)
