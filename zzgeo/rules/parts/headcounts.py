"""What is counted per head, and the heads: beds of open facilities or counts somebody reported, people of a group.

Source: rules.md R05; resolutions.md A09 (resident population), A15 (which beds).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import pandas as pd

from zzgeo.rules.parts.base import Context, no_list_of
from zzgeo.rules.parts.tabular import districts_of, indicator_name, indicator_rows, newest, people_in, with_city
from zzgeo.served import CITY
from zzgeo.standards import Rule
from zzgeo.vocabulary.flags import Flag
from zzgeo.vocabulary.units import counts_beds


@dataclass
class Counted:
    """What was counted per district and for the city, from where, and whether more may exist than was counted."""

    total: dict[str, float]
    year: dict[str, float]
    source: str
    flags: list[Flag] = field(default_factory=list)
    incomplete: set[str] = field(default_factory=set)


def counted(context: Context, rule: Rule) -> Counted | None:
    """Return what a clause counts: capacities of its facilities, or a count of the indicator table; None without."""
    # the capacity of a facility is beds: it never stands for staff
    wanted = rule.params.get("numerator", "capacity" if rule.facilities and counts_beds(rule.unit) else "indicator")
    name = str(rule.params.get("numerator_indicator", ""))
    rows = newest(indicator_rows(context, name)) if name else {}
    if wanted == "capacity" or not rows:
        ready = len(indicator_rows(context, indicator_name(rule))) > 0
        # a count somebody reported, or a ratio, is whole; lists of facilities seldom are
        return _capacities(context, rule) if wanted == "capacity" or (counts_beds(rule.unit) and not ready) else None
    total = {code: value for code, (value, _, _) in rows.items()}
    codes = [str(code) for code in context.study.districts.index]
    if CITY not in total and all(code in total for code in codes):
        total[CITY] = sum(total[code] for code in codes)
    years = {code: year for code, (_, year, _) in rows.items()}
    years.setdefault(CITY, max((years[code] for code in codes if code in years), default=math.nan))
    return Counted(total, years, "indicators")


def _capacities(context: Context, rule: Rule) -> Counted | None:
    """Count the beds of open facilities; None where no list says how many any of them has."""
    unlisted = sorted(set(rule.facilities) - context.study.kinds_known)
    if len(unlisted) == len(rule.facilities):
        return None
    facilities, flags = context.facilities(rule)
    home, outside = districts_of(context, facilities)
    beds = facilities.get("capacity", pd.Series(math.nan, index=facilities.index)).astype(float)
    if len(facilities) and beds.isna().all():
        return None
    tally = Counted(with_city(beds.groupby(home).sum(), context), {}, "facilities", [*flags, *outside])
    unknown = beds.isna() & home.notna()
    if unknown.any():
        tally.flags.append(Flag("facilities.capacity_unknown_of", number=int(unknown.sum()), total=len(beds)))
        tally.incomplete |= {CITY, *map(str, home[unknown].unique())}
    if unlisted:
        tally.flags += no_list_of(unlisted)
        tally.incomplete |= set(tally.total)
    return tally


def people(context: Context, rule: Rule, code: str, source: str) -> list[tuple[float, float, str]]:
    """Return (people, year, where from), the source that fits the count first; never another group of people."""
    group = rule.population
    names = ("population", "residents") if group == "residents" else (group, group.replace("-", "_"))
    official = [newest(indicator_rows(context, name)).get(code) for name in dict.fromkeys(names)]
    listed = [(one[0], one[1], "indicators") for one in official if one is not None]
    lived = people_in(context, group).get(code, math.nan)
    living = [] if math.isnan(lived) else [(lived, float(context.study.as_of.year), "demand")]
    both = [*listed[:1], *living] if source == "indicators" else [*living, *listed[:1]]
    return [one for one in both if one[0] > 0]
