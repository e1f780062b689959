"""No verdict rests on a day that is written and could not be read.

A facility whose day of opening or closing is empty is taken as open, and flagged (A05). One whose day is written, but
in no way anybody can read, may say anything: that it is closed, that it opened yesterday. Clauses that count such
facilities are judged once more without them, and once as if they had opened or closed on the day of the study; a
verdict that is another then is left to a person, with their number.
"""

from __future__ import annotations

import dataclasses

import geopandas as gpd
import pandas as pd

from zzgeo.rules.parts.base import Context, Finding, Judgement, RuleKind
from zzgeo.rules.parts.covered import judged_where_covered
from zzgeo.rules.parts.tabular import FROM_INDICATORS
from zzgeo.spec.schema import DAYS_UNREAD
from zzgeo.standards import Rule
from zzgeo.vocabulary.flags import Flag
from zzgeo.vocabulary.verdicts import JUDGED, REVIEW


def without_unread_days(context: Context, rule: Rule, kind: RuleKind, judgement: Judgement) -> Judgement:
    """Return a judgement with the unread days of its facilities told, and no verdict resting on them."""
    number = days_unread(context.study.facilities, rule)
    if not number:
        return judgement
    others = [
        {place_of(one): one.verdict for one in judged_where_covered(other, rule, kind).findings}
        for other in context.other_readings(DAYS_UNREAD, lambda: _other_readings(context))
    ]

    def told_of(finding: Finding) -> Finding:
        if finding.verdict not in JUDGED or FROM_INDICATORS in finding.flags:
            return finding
        turns = any(other.get(place_of(finding), finding.verdict) != finding.verdict for other in others)
        code = "facilities.day_unread_decide" if turns else "facilities.day_unread"
        flag = Flag(code, number=number)
        return dataclasses.replace(finding, verdict=REVIEW if turns else finding.verdict, flags=[*finding.flags, flag])

    return dataclasses.replace(judgement, findings=[told_of(one) for one in judgement.findings])


def days_unread(table: gpd.GeoDataFrame, rule: Rule) -> int:
    """Return how many facilities of a clause have a day that is written and could not be read."""
    if DAYS_UNREAD not in table.columns:
        return 0
    return int((table["kind"].isin(list(rule.facilities)) & (table[DAYS_UNREAD].fillna("") != "")).sum())


def place_of(finding: Finding) -> tuple[str, str, str]:
    """Return of what place a finding is."""
    return finding.level, finding.district, finding.code


def _other_readings(context: Context) -> list[Context]:
    """Return the study without the facilities of unread days, and with those days on the day of the study."""
    study = context.study
    table = study.facilities
    today = table.copy()
    for day in ("opened", "closed"):
        if day in table.columns:
            unread = table[DAYS_UNREAD].fillna("").str.split(";").map(lambda days, day=day: day in days)
            today[day] = table[day].mask(unread, pd.Timestamp(study.as_of))
    return [
        reading_with(context, table[table[DAYS_UNREAD].fillna("") == ""]),
        reading_with(context, gpd.GeoDataFrame(today)),
    ]


def reading_with(context: Context, facilities: gpd.GeoDataFrame) -> Context:
    """Return a study read with other facilities."""
    return Context(dataclasses.replace(context.study, facilities=facilities), land=False)
