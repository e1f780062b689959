"""No fail rests on rows of a list that could not be used.

A clause is judged by the facilities in use. Where rows that may be such facilities were set aside, every finding says
how many, and a fail that they could turn is left to a person. They could turn

- a share of people, where as many more for each row as the busiest facility there serves would meet the line;
- a number of units or of facilities short, where the rows are as many;
- any other figure, where facilities more by so many rows would meet it;
- what is found of one unit, where at least one in twenty of the rows was lost: of a row without a place nobody can say
  in which of many units it stands, and where it is one of hundreds the flag says so.
"""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass

import pandas as pd

from zzgeo.intake.lost import lost_of
from zzgeo.rules.parts.base import Context, Finding, Judgement, RuleKind
from zzgeo.rules.parts.certainty import with_certainty
from zzgeo.rules.parts.covered import judged_where_covered
from zzgeo.rules.parts.lost_people import without_lost_people
from zzgeo.rules.parts.tabular import FROM_INDICATORS, compare
from zzgeo.rules.parts.unread_days import without_unread_days
from zzgeo.served import CITY
from zzgeo.standards import Rule
from zzgeo.vocabulary.flags import Flag
from zzgeo.vocabulary.statuses import BETWEEN, COVERED
from zzgeo.vocabulary.verdicts import FAIL, JUDGED, REVIEW

#: Where a smaller share of the rows of a clause was lost, what is found of a unit is told, not left open.
UNIT_SHARE = 0.05


def judged(context: Context, rule: Rule, kind: RuleKind) -> Judgement:
    """Return what a kind of rule finds, with the rows that were lost told and no verdict resting on them."""
    judgement = without_unread_days(context, rule, kind, judged_where_covered(context, rule, kind))
    judgement = without_lost_people(context, rule, _without_lost_facilities(context, rule, judgement))
    return with_certainty(context, rule, judgement)


def _without_lost_facilities(context: Context, rule: Rule, judgement: Judgement) -> Judgement:
    lost = lost_of(context.study.lost, rule.facilities)
    if not lost:
        return judgement
    used = int(context.study.facilities["kind"].isin(list(rule.facilities)).sum())
    losses = _Losses(lost, used, _busiest(context, judgement.reach))
    return dataclasses.replace(judgement, findings=[losses.told_of(one) for one in judgement.findings])


@dataclass(frozen=True)
class _Losses:
    """Rows lost and in use of one clause, and how many people the busiest facility serves, by district and in all."""

    lost: int
    used: int
    busiest: dict[str, float]

    def told_of(self, finding: Finding) -> Finding:
        if finding.verdict not in JUDGED or FROM_INDICATORS in finding.flags:
            return finding
        turns = finding.verdict == FAIL and self.could_turn(finding)
        code = "facilities.rows_lost_decide" if turns else "facilities.rows_lost"
        flags = [*finding.flags, Flag(code, number=self.lost, used=self.used)]
        return dataclasses.replace(finding, verdict=REVIEW if turns else finding.verdict, flags=flags)

    def could_turn(self, finding: Finding) -> bool:
        if finding.level == "unit":
            return self.lost >= UNIT_SHARE * (self.lost + self.used)
        if self.used == 0:
            return True
        if finding.gap_unit in ("units", "facilities") and not math.isnan(finding.gap):
            return self.lost >= finding.gap
        served = self.busiest.get(finding.district or CITY)
        people = finding.covered + finding.missed
        if finding.value_unit == "share" and people > 0 and served is not None:
            # who is served by nobody yet: nothing says how many a facility there would serve
            best = (finding.covered + self.lost * served) / people if served > 0 else 1.0
        else:
            best = finding.value * (self.lost + self.used) / self.used
        return compare(best, finding.operator, finding.threshold) != FAIL


def _busiest(context: Context, reach: pd.DataFrame | None) -> dict[str, float]:
    """Return the most people that one facility serves in each district, and in the city; none without a reach."""
    if reach is None:
        return {}
    district = context.study.demand["district"].reindex(reach.index).astype(str)
    served = reach["people"].where(reach["status"].isin([COVERED, BETWEEN]), 0.0).astype(float)
    of_each = served.groupby([district, reach["facility_id"].astype(object)], dropna=True).sum()
    found = {str(code): float(most) for code, most in of_each.groupby(level=0).max().items()}
    return dict.fromkeys(district.unique(), 0.0) | found | {CITY: float(of_each.groupby(level=1).sum().max() or 0)}
