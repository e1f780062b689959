"""R08 Land per person: land planned for elderly care per person the plan provides for, at least 0.1 m².

Source: rules.md R08: parcels cut at the plan boundary; mixed-use parcels by their stated share, else flagged and
shown with and without. Input: table ``elderly_land`` with ``area_m2, share, mixed, district``, or the outlines and
``area_m2`` of the clause's facilities; people from indicator ``planned_population``, else those who live there now.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import shapely

from zzgeo.intake.location import locate
from zzgeo.intake.values import MISSING_WORDS
from zzgeo.numbers import value_text
from zzgeo.rules.parts.base import Context, Finding, Judgement, RuleKind
from zzgeo.rules.parts.refusals import no_amount
from zzgeo.rules.parts.tabular import (
    FROM_INDICATORS,
    compare,
    fill_nodata,
    finding_at,
    gap_to,
    indicator_name,
    indicator_rows,
    latest,
    places,
    read_table,
    summary_findings,
)
from zzgeo.served import CITY
from zzgeo.standards import Rule
from zzgeo.vocabulary.flags import Flag, flag_if_any
from zzgeo.vocabulary.verdicts import REVIEW
from zzgeo.vocabulary.yes_no import yes_no

TABLE = "elderly_land"


def land_gap(threshold: float, people: float, area_m2: float) -> float:
    """Return how many m² are short of so many m² per person, 0 where it is enough.

    Examples
    --------
    >>> land_gap(0.1, 120_000, 8_000 + 3_500), land_gap(0.1, 9_880_700, 0) / 1e4
    (500.0, 98.807)
    """
    return max(0.0, round(threshold * people - area_m2, 6))


def parcel_areas(parcels: pd.DataFrame) -> pd.DataFrame:
    """Return how much of each parcel counts, in m²: surely, and at most.

    Parameters
    ----------
    parcels
        ``area_m2``; ``share`` of a mixed-use parcel that is for elderly care (0-1, or per cent above 1), NaN where it
        is not stated; ``mixed`` (yes or no; a word that is neither leaves the question open).

    Returns
    -------
    DataFrame on the index of ``parcels``
        ``least``, ``most``: they differ for mixed-use parcels whose share is not stated; NaN where the area is missing.

    Examples
    --------
    >>> rows = {"area_m2": [8000.0, 1000.0, 1000.0], "share": [None, 0.4, None], "mixed": [None, "yes", "yes"]}
    >>> parcel_areas(pd.DataFrame(rows)).to_numpy().tolist()
    [[8000.0, 8000.0], [400.0, 400.0], [0.0, 1000.0]]
    """
    share = parcels["share"].astype(float)
    share = share.where(~(share > 1.0), share / 100.0)
    open_question = share.isna() & parcels["mixed"].map(_may_be_mixed)
    area = parcels["area_m2"].astype(float)
    return pd.DataFrame(
        {"least": area * share.fillna(1.0).where(~open_question, 0.0), "most": area * share.fillna(1.0)}
    )


def _may_be_mixed(cell: object) -> bool:
    """Tell whether a cell says that a parcel is of mixed use, or says something nobody knows (部分)."""
    written = isinstance(cell, str) and cell.strip().lower() not in MISSING_WORDS
    return yes_no(cell) is True or (written and yes_no(cell) is None)


@dataclass
class _Land:
    """Land per district and for the city, surely and at most, in m²."""

    least: dict[str, float]
    most: dict[str, float]
    flags: list[Flag] = field(default_factory=list)


def judge(context: Context, rule: Rule) -> Judgement:
    """Judge a land-per-person clause for the plan's area, per district where parcels name theirs."""
    land = _parcels(context, rule) or _outlines(context, rule)
    if land is not None:
        return Judgement([_finding(context, rule, place, land) for place in places(context, land.least)])
    values = latest(indicator_rows(context, indicator_name(rule)))
    findings = summary_findings(
        context,
        rule,
        values,
        operator=">=",
        threshold=rule.number,
        unit=rule.unit,
        flags=[FROM_INDICATORS],
    )
    for one in findings:
        if math.isnan(one.value):
            fill_nodata(one, (f"缺少养老用地表（[[tables]] id = {TABLE}）", f'needs [[tables]] id = "{TABLE}"'))
    return Judgement(findings)


def _parcels(context: Context, _rule: Rule) -> _Land | None:
    table = read_table(context, TABLE, numbers=("area_m2", "share"), texts=("mixed", "district"), required=("area_m2",))
    if table is None:
        return None
    areas = parcel_areas(table)
    flags = flag_if_any("land.parcels_without_area", int(areas["most"].isna().sum()))
    # how much an unmeasured parcel adds nobody knows: at most is open-ended
    areas["most"] = areas["most"].fillna(math.inf)
    undecided = int(((areas["most"] > areas["least"]) & areas["least"].notna()).sum())
    flags += flag_if_any("land.mixed_undecided", undecided)
    return _sums(context, areas, table["district"], flags)


def _outlines(context: Context, rule: Rule) -> _Land | None:
    """Return the land of the clause's facilities, cut at the plan's boundary where there is one."""
    if not set(rule.facilities) & context.study.kinds_known:
        return None
    facilities, flags = context.facilities(rule)
    if not len(facilities):
        return _sums(context, pd.DataFrame({"least": [], "most": []}), pd.Series([], dtype=object), flags)
    outline = facilities.geometry.geom_type.isin(("Polygon", "MultiPolygon")).to_numpy()
    ground = facilities.geometry.values
    inside = np.ones(len(facilities), dtype=bool)
    if rule.area in context.study.areas:
        plan = context.study.areas[rule.area]
        inside = shapely.intersects(facilities.geometry.representative_point().values, plan)
        ground = np.where(outline, shapely.intersection(ground, plan), ground)
    said = facilities.get("area_m2", pd.Series(math.nan, index=facilities.index)).to_numpy(dtype=float)
    area = np.where(outline, shapely.area(ground), np.where(inside, said, 0.0))
    unknown = int(np.isnan(area).sum())
    if unknown == len(area):
        return None
    flags = [*flags, Flag("land.planned_unknown"), *flag_if_any("land.facilities_without_area", unknown)]
    areas = pd.DataFrame({"least": area, "most": np.where(np.isnan(area), math.inf, area)}, index=facilities.index)
    return _sums(context, areas, locate(facilities.geometry.representative_point(), context.study.districts), flags)


def _sums(context: Context, areas: pd.DataFrame, home: pd.Series, flags: list[Flag]) -> _Land:
    land = _Land({CITY: float(areas["least"].sum())}, {CITY: float(areas["most"].sum())}, flags)
    if home.notna().any():
        for code in map(str, context.study.districts.index):
            own = areas[(home == code).to_numpy()]
            land.least[code], land.most[code] = float(own["least"].sum()), float(own["most"].sum())
    return land


def _people(context: Context, rule: Rule, code: str) -> tuple[float, list[Flag]]:
    """Return the people the plan provides for, and flags; NaN where the boundary that would tell is missing."""
    planned = latest(indicator_rows(context, "planned_population")).get(code, math.nan)
    if not math.isnan(planned):
        return planned, []
    study, group = context.study, rule.population
    if group not in study.demand.columns or (rule.area is not None and rule.area not in study.areas):
        return math.nan, []
    demand = context.people_of(rule)
    own = demand if code == CITY else demand[demand["district"] == code]
    return float(own[group].sum()), [Flag("people.planned_unknown")]


def _finding(context: Context, rule: Rule, place: tuple[str, str, str], land: _Land) -> Finding:
    finding = finding_at(place, rule.population)
    people, flags = _people(context, rule, finding.code)
    finding.value_unit, finding.gap_unit, finding.threshold = rule.unit, "m2", rule.number
    if not people > 0:
        told = "缺数据：indicators 表中 indicator = planned_population", "needs [indicators]: planned_population"
        return fill_nodata(finding, told)
    least, most = land.least[finding.code], land.most[finding.code]
    finding.flags = [*land.flags, *flags]
    of = "demand" if flags else "indicators"
    finding.params = {"land_m2": least, "population": people, "population_from": of}
    finding.value = least / people
    finding.verdict = compare(finding.value, ">=", rule.number)
    finding.gap = 0.0 if gap_to(finding.value, ">=", rule.number) <= 1e-6 else land_gap(rule.number, people, least)
    if most > least:
        finding.params["value_with_undecided"] = most / people if math.isfinite(most) else None
        if compare(most / people, ">=", rule.number) != finding.verdict:
            finding.verdict, finding.sensitive = REVIEW, True
    have = value_text(finding.value, "m2", rule.number)
    finding.note_zh = f"人均{have} m²，要求不低于{rule.number:g} m²，缺{value_text(finding.gap, 'm2')} m²"
    finding.note_en = (
        f"{have} m² per person against at least {rule.number:g}, short of {value_text(finding.gap, 'm2')} m²"
    )
    return finding


RULE = RuleKind(
    "land-per-person",
    "R08",
    "人均用地",
    "land per person",
    judge,
    asks_zh="规划人均用地，平方米",
    asks="the ground planned for each person, in m² per person",
    operators=(">=",),
    reads_table=_parcels,
    refuses=(no_amount,),
    unread=("applies_to",),
)
