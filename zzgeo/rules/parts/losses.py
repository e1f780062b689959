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
from functools import cached_property

import geopandas as gpd
import numpy as np
import pandas as pd

from zzgeo.intake.lists import uncovered
from zzgeo.intake.lost import lost_of
from zzgeo.intake.study import Study
from zzgeo.rules.parts.base import Context, Finding, Judgement, RuleKind
from zzgeo.rules.parts.certainty import with_certainty
from zzgeo.rules.parts.covered import judged_where_covered
from zzgeo.rules.parts.differing_records import differing, without_differing_records
from zzgeo.rules.parts.doubted_places import doubted
from zzgeo.rules.parts.doubted_streets import streets_doubted
from zzgeo.rules.parts.estimated_people import without_estimated_people
from zzgeo.rules.parts.lost_people import without_lost_people
from zzgeo.rules.parts.said_out_of_use import said_out_of_use, without_said_out_of_use
from zzgeo.rules.parts.settling import settled_finding
from zzgeo.rules.parts.tabular import FROM_INDICATORS, compare
from zzgeo.rules.parts.unread_days import days_unread, without_unread_days
from zzgeo.served import CITY
from zzgeo.standards import Rule
from zzgeo.vocabulary.flags import Flag
from zzgeo.vocabulary.statuses import BETWEEN, COVERED
from zzgeo.vocabulary.verdicts import FAIL, JUDGED, REVIEW

#: Where a smaller share of the rows of a clause was lost, what is found of a unit is told, not left open.
UNIT_SHARE = 0.05


def judged(context: Context, rule: Rule, kind: RuleKind) -> Judgement:
    """Return what a kind of rule finds, with the rows that were lost told and no verdict resting on them.

    Its figures are those that files tell (`zzgeo.numbers`).
    """
    raw = context.raw[rule.id] = judged_where_covered(context, rule, kind)
    judgement = without_unread_days(context, rule, kind, raw)
    judgement = without_said_out_of_use(context, rule, kind, judgement)
    judgement = without_differing_records(context, rule, kind, judgement)
    judgement = without_lost_people(context, rule, _without_lost_facilities(context, rule, judgement))
    judgement = without_estimated_people(context, rule, judgement)
    judgement = with_certainty(context, rule, judgement)
    return dataclasses.replace(judgement, findings=[settled_finding(one) for one in judgement.findings])


def nothing_else(context: Context, rule: Rule, kind: RuleKind) -> bool:
    """Tell whether nothing but lost facilities, and what is known of the lists, is told of a clause.

    Where a list covers some districts alone, one facility more or less in the others may give or take a district's
    data.
    """
    study = context.study
    if (
        len(study.lost_people)
        or study.estimates
        or streets_doubted(study, kind)
        or doubt_of(study, study.facilities, rule, kind)
    ):
        return False
    districts = list(map(str, study.districts.index))
    return not any(uncovered(study.lists, one, districts) for one in rule.facilities)


def doubt_of(study: Study, facilities: gpd.GeoDataFrame, rule: Rule, kind: RuleKind) -> bool:
    """Tell whether facilities bear on a clause with an unread day, in a doubtful datum, or otherwise in doubt.

    Their records differ, or their list says that they are out of use.
    """
    mine = facilities[facilities["kind"].isin(list(rule.facilities))]
    unsure = days_unread(facilities, rule) or said_out_of_use(facilities, rule)
    return bool(unsure or doubted(study, facilities, rule, kind) or len(differing(mine, study.as_of)))


def _without_lost_facilities(context: Context, rule: Rule, judgement: Judgement) -> Judgement:
    lost = lost_of(context.study.lost, rule.facilities)
    if not lost:
        return judgement
    used = int(context.study.facilities["kind"].isin(list(rule.facilities)).sum())
    losses = Losses(lost, used, busiest(context, judgement.reach))
    return dataclasses.replace(judgement, findings=[losses.told_of(one) for one in judgement.findings])


@dataclass(frozen=True)
class Losses:
    """Rows lost and in use of one clause, and how many people the busiest facility serves, by district and in all."""

    lost: int
    used: int
    busiest: dict[str, float]

    def told_of(self, finding: Finding) -> Finding:
        """Return a finding with the rows told that were lost, and left to a person where they could turn it."""
        if finding.verdict not in JUDGED or FROM_INDICATORS in finding.flags:
            return finding
        turns = finding.verdict == FAIL and self.could_turn(finding)
        flags = [*finding.flags, self._flags["facilities.rows_lost_decide" if turns else "facilities.rows_lost"]]
        return finding.changed(verdict=REVIEW if turns else finding.verdict, flags=flags)

    def retold(self, flags: tuple[Flag, ...]) -> tuple[Flag, ...]:
        """Return flags of a finding that was told of as many rows lost, of so many in use as there are now."""
        return tuple(self._flags.get(one.code, one) for one in flags)

    @cached_property
    def _flags(self) -> dict[str, Flag]:
        return {code: Flag(code, number=self.lost, used=self.used) for code in _TOLD}

    @property
    def units_turn(self) -> bool:
        """Tell whether what is found of a unit could turn."""
        return self.lost >= UNIT_SHARE * (self.lost + self.used)

    def could_turn(self, finding: Finding) -> bool:
        """Tell whether the rows that were lost could turn a fail."""
        if finding.level == "unit":
            return self.units_turn
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


#: Flags of a finding that tell of rows that were lost.
_TOLD = ("facilities.rows_lost_decide", "facilities.rows_lost")


def busiest(context: Context, reach: pd.DataFrame | None) -> dict[str, float]:
    """Return the most people that one facility serves in each district, and in the city; none without a reach."""
    if reach is None:
        return {}
    demand = context.study.demand
    district = context.key("district", demand).cat
    facility = reach["facility_id"].astype("category").cat
    rows = context.rows_of(reach)
    place, which = district.codes.to_numpy()[rows].astype(np.int64), facility.codes.to_numpy().astype(np.int64)
    counted = reach["status"].isin([COVERED, BETWEEN]).to_numpy()
    people = np.where(counted, np.nan_to_num(reach["people"].to_numpy(dtype=float), nan=0.0), 0.0)
    codes = [str(code) for code in district.categories]
    return most_of_each(people_of_each(place, which, people, len(codes)), codes)


def people_of_each(
    place: np.ndarray, which: np.ndarray, people: np.ndarray, codes: int, facilities: int = 0
) -> np.ndarray:
    """Return the people of each facility by district (its place among so many codes), shape (codes, n_facilities).

    There are as many facilities as are named (``which``), or more if told so.
    """
    many = max(int(which.max(initial=-1)) + 1, facilities)
    known = (place >= 0) & (which >= 0)
    of_each = np.bincount(place[known] * many + which[known], people[known], codes * many).astype(float)
    return of_each.reshape(codes, many)


def most_of_each(people: np.ndarray, codes: list[str]) -> dict[str, float]:
    """Return the most people of one facility by district, and in the city."""
    most = people.max(axis=1, initial=0.0)
    return dict(zip(codes, most.tolist(), strict=True)) | {CITY: float(people.sum(axis=0).max(initial=0.0))}
