"""No verdict rests on a day that is written and could not be read.

A facility whose day of opening or closing is empty is taken as open, and flagged (A05). One whose day is written, but
in no way anybody can read, may say anything: that it is closed, that it opened yesterday. Clauses that count such
facilities are judged once more without them, and once as if they had opened or closed on the day of the study; a
verdict that is another then is left to a person, with their number.
"""

from __future__ import annotations

import geopandas as gpd
import pandas as pd

from zzgeo.rules.parts.base import Context, Judgement, RuleKind
from zzgeo.rules.parts.readings import (
    left_open_where_turned,
    marked,
    reading_with,
    verdicts_in,
    verdicts_of,
    without_marked,
)
from zzgeo.spec.schema import DAYS_UNREAD
from zzgeo.standards import Rule
from zzgeo.vocabulary.flags import Flag


def without_unread_days(context: Context, rule: Rule, kind: RuleKind, judgement: Judgement) -> Judgement:
    """Return a judgement with the unread days of its facilities told, and no verdict resting on them."""
    number = days_unread(context.study.facilities, rule)
    if not number:
        return judgement
    readings = context.other_readings(DAYS_UNREAD, lambda: _other_readings(context))
    return left_open_where_turned(
        judgement,
        verdicts_of(judgement.findings),
        verdicts_in(readings, rule, kind),
        turns_flag=Flag("facilities.day_unread_decide", number=number),
        stands_flag=Flag("facilities.day_unread", number=number),
    )


def days_unread(table: gpd.GeoDataFrame, rule: Rule) -> int:
    """Return how many facilities of a clause have a day that is written and could not be read."""
    return marked(table, DAYS_UNREAD, rule)


def _other_readings(context: Context) -> list[Context]:
    """Return the study without the facilities of unread days, and with those days on the day of the study."""
    study = context.study
    table = study.facilities
    today = table.copy()
    for day in ("opened", "closed"):
        if day in table.columns:
            unread = table[DAYS_UNREAD].fillna("").str.split(";").map(lambda days, day=day: day in days)
            today[day] = table[day].mask(unread, pd.Timestamp(study.as_of))
    return [without_marked(context, DAYS_UNREAD), reading_with(context, gpd.GeoDataFrame(today))]
