"""No verdict rests on which of two records of one facility is read first.

A facility that stands twice, in one list or in two, counts once (A18): as the first record in use has it. Where the
records say other beds, other areas or other owners, clauses that count such facilities are judged once more with the
greatest of what is said, and once with the least; a verdict that is another then is left to a person, with the values.
"""

from __future__ import annotations

import datetime as dt

import geopandas as gpd
import numpy as np
import pandas as pd

from zzgeo.intake.in_use import Register, plain_names
from zzgeo.rules.parts.base import Context, Judgement, RuleKind
from zzgeo.rules.parts.readings import left_open_where_turned, reading_with, verdicts_in, verdicts_of
from zzgeo.standards import Rule
from zzgeo.vocabulary.flags import Flag

#: What records of one facility may say otherwise, and a clause may ask for.
_AMOUNTS, _WORDS = ("capacity", "floor_area_m2", "area_m2"), ("ownership", "level", "funder")
#: No more facilities are named than this.
_NAMED = 5


def without_differing_records(context: Context, rule: Rule, kind: RuleKind, judgement: Judgement) -> Judgement:
    """Return a judgement in which no verdict hangs on the order of records that differ; where it does, they are told.

    ``context.raw`` holds what the other readings are compared with.
    """
    table = context.study.facilities
    records = differing(table[table["kind"].isin(list(rule.facilities))], context.study.as_of)
    if not len(records):
        return judgement
    readings = context.other_readings("differing records", lambda: _other_readings(context))
    return left_open_where_turned(
        judgement,
        verdicts_of(context.raw[rule.id].findings),
        verdicts_in(readings, rule, kind),
        turns_flag=Flag("facilities.records_differ_decide", records=_told(table, records)),
        stands_flag=None,
    )


def differing(table: gpd.GeoDataFrame, as_of: dt.date) -> pd.Series:
    """Return the facilities that stand twice and differ, each with the number of its record; empty where none do.

    What opens after a day, or closed before it, is no record of what is there on it: an extension may be told so.

    Returns
    -------
    Series of int
        Indexed by ``facility_id``.
    """
    columns = [name for name in (*_AMOUNTS, *_WORDS) if name in table.columns]
    none = pd.Series([], index=table.index[:0], dtype=int)
    day = pd.Timestamp(as_of)
    if "opened" in table.columns:
        table = table[~(table["opened"] > day)]
    if "closed" in table.columns:
        table = table[~(table["closed"] <= day)]
    key = pd.DataFrame({"kind": table["kind"], "name": plain_names(table["name"])})
    several = table[(key.duplicated(keep=False) & key["name"].notna()).to_numpy()]
    if not columns or not len(several):
        return none
    record = pd.Series(Register.of(several).record, index=several.index)
    said = several[columns].groupby(record.to_numpy()).nunique(dropna=False)
    odd = said.index[(said > 1).any(axis=1)]
    return record[record.isin(odd)]


def _other_readings(context: Context) -> list[Context]:
    """Return the study with the greatest, and with the least, of what records of one facility say."""
    table = context.study.facilities
    records = differing(table, context.study.as_of)
    by_record = table.loc[records.index].groupby(records.to_numpy())
    readings = []
    for amount, word in (("max", "last"), ("min", "first")):
        read = table.copy()
        for names, which in ((_AMOUNTS, amount), (_WORDS, word)):
            for name in (one for one in names if one in table.columns):
                read.loc[records.index, name] = by_record[name].transform(which).to_numpy()
        readings.append(reading_with(context, gpd.GeoDataFrame(read)))
    return readings


def _told(table: gpd.GeoDataFrame, records: pd.Series) -> list[str]:
    """Return the first facilities whose records differ, each with all that is said of it."""
    told = []
    for _, rows in table.loc[records.index].groupby(records.to_numpy(), sort=False):
        said = [list(dict.fromkeys(map(_shown, rows[name]))) for name in (*_AMOUNTS, *_WORDS) if name in rows.columns]
        told.append(f"{rows['name'].iloc[0]} {', '.join(' / '.join(one) for one in said if len(one) > 1)}")
    return [*told[:_NAMED], *(["…"] if len(told) > _NAMED else [])]


def _shown(cell: object) -> str:
    if isinstance(cell, int | float | np.number):
        return "?" if np.isnan(float(cell)) else f"{float(cell):g}"
    return cell if isinstance(cell, str) and cell else "?"
