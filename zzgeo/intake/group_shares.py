"""Groups of people nobody counted: a share of the residents, the same everywhere or that of each unit."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd

from zzgeo.errors import InputError, Problem
from zzgeo.intake import values
from zzgeo.intake.estimates import Estimate
from zzgeo.intake.tables import Built
from zzgeo.spec.estimated_people import DOUBT
from zzgeo.spec.group_file import GroupSpec
from zzgeo.spec.nearest import nearest
from zzgeo.spec.schema import rows_named
from zzgeo.vocabulary.people import group_name


def with_shares(demand: Built | None, groups: Iterable[GroupSpec], units: gpd.GeoDataFrame | None) -> Built | None:
    """Return the people of a study with the groups that are a share of the residents, each told as an estimate.

    Where a group is a share of the residents of each unit, people in no unit, or in one whose share is not known, have
    no number: the layer is refused. A group that is counted, too, is refused.

    Parameters
    ----------
    demand
        People by group; None, or refused, comes back as it is.
    groups
        ``[[groups]]`` of the study.
    units
        Communities and villages with the columns of their file.
    """
    for group in groups:
        if demand is None or demand.refused or demand.table is None:
            return demand
        if group.is_estimated:
            try:
                demand = _with_share(demand, group, units)
            except InputError as error:
                demand = replace(demand, problems=(*demand.problems, *error.problems))
    return demand


def _with_share(demand: Built, group: GroupSpec, units: gpd.GeoDataFrame | None) -> Built:
    table = demand.table
    if "residents" not in table.columns or group.id in table.columns:
        counted = group.id in table.columns
        why = "the people file counts this group already" if counted else "the share is one of the residents"
        remedy = "leave the share out" if counted else "name the column of residents"
        raise _refused(group, "groups", f"{group.id}: share", why, remedy, "config.invalid")
    share = pd.Series(group.share, index=table.index) if group.share else _of_units(group, table, units)
    people = table["residents"].astype(float) * share.astype(float)
    lost = demand.lost_people.assign(**{group.id: demand.lost_people["residents"] * float(share.max())})
    estimate = _estimate(group, float(people.sum()))
    value = f"{group.id}: {people.sum():,.0f}, {_told(group)} ({group.share_source}); doubt {estimate.doubt:.0%}"
    why, remedy = "nobody counted this group", "name the column that does as soon as there is one"
    note = Problem("demand.estimated", "groups", value, why, remedy, "warning")
    return replace(
        demand,
        table=table.assign(**{group.id: people}),
        problems=(*demand.problems, note),
        lost_people=lost,
        estimates=(*demand.estimates, estimate),
    )


def _of_units(group: GroupSpec, table: pd.DataFrame, units: gpd.GeoDataFrame | None) -> pd.Series:
    """Return the share of each place: that of its unit.

    Raises
    ------
    InputError
        ``schema.missing_column``, ``value.implausible`` for what is no share, ``value.missing`` where none is known.
    """
    column = str(group.share_column)
    if units is None or column not in units.columns:
        known = [] if units is None else [str(name) for name in units.columns]
        remedy = nearest(column, known) + "name a column of [units]"
        raise _refused(group, "units", column, f"{group.id} is read from it", remedy, "schema.missing_column")
    read = values.numbers(units[column], minimum=0.0, maximum=np.inf)
    share = read.values.mask(read.values.index.isin(list(read.faults))).astype(float)
    if (share > 1).any():
        value = f"{column} above 1 at {rows_named(share > 1, units)}"
        raise _refused(group, "units", value, "a share lies between 0 and 1", "3.1 % is 0.031", "value.implausible")
    of_place = table["unit"].map(share.to_dict()) if "unit" in table.columns else pd.Series(np.nan, table.index)
    missing = of_place.isna() & (table["residents"] > 0)
    if missing.any():
        value = f"{column} unknown for {int(missing.sum()):,} of {len(table):,} places ({rows_named(missing, table)})"
        raise _refused(group, "units", value, "what is not known is not nothing", "fill it in", "value.missing")
    return of_place.fillna(0.0)


def _refused(group: GroupSpec, where: str, value: str, why: str, remedy: str, code: str) -> InputError:
    return InputError([Problem(code, where, value, why, remedy)])


def _told(group: GroupSpec) -> str:
    return f"{group.share:.4g} of the residents" if group.share else f"the share of each unit ({group.share_column})"


def _estimate(group: GroupSpec, people: float) -> Estimate:
    doubt = DOUBT if group.doubt is None else group.doubt
    zh, en = group_name(group.id)
    share_zh = f"常住人口的 {group.share:.4g}" if group.share else f"各单元常住人口的比例（{group.share_column}）"
    told_zh = f"{zh}为估算：{people:,.0f} 人，按{share_zh}计（{group.share_source}）；可能偏差 {doubt:.0%}。"
    told_en = f"Estimated: {people:,.0f} {en}, as {_told(group)} ({group.share_source}); may be off by {doubt:.0%}."
    return Estimate("share-of-residents", told_zh, told_en, doubt, groups=(group.id,))
