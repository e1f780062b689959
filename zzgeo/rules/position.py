"""Where facilities stand: how near to another kind, inside or outside an area; a figure for a person to weigh (R23).

Source: the clauses that print no threshold ("neighbouring", "at the edge of the city", "inside the licensing area"),
rules.md R23 and conventions: such a clause is never passed or failed by a program.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from zzgeo.errors import Problem, StandardError
from zzgeo.numbers import share_text
from zzgeo.rules.parts.base import Context, Finding, Judgement, RuleKind, nothing_to_judge
from zzgeo.rules.parts.refusals import no_facilities
from zzgeo.rules.parts.tabular import (
    FROM_INDICATORS,
    districts_of,
    finding_at,
    indicator_name,
    indicator_rows,
    latest,
    places,
    summary_findings,
)
from zzgeo.served import open_facilities
from zzgeo.spec.kinds import KINDS
from zzgeo.standards import Rule
from zzgeo.vocabulary.flags import Flag
from zzgeo.vocabulary.verdicts import NOT_APPLICABLE, REVIEW


def nearest_m(here: gpd.GeoSeries, there: gpd.GeoSeries) -> pd.Series:
    """Return the straight distance from each geometry to the nearest of others, infinite where there is none.

    Both in the same metric CRS; on the index of ``here``.

    Examples
    --------
    >>> here = gpd.GeoSeries.from_xy([0, 100], [0, 0])
    >>> nearest_m(here, gpd.GeoSeries.from_xy([30, 500], [40, 0])).round(1).tolist()
    [50.0, 80.6]
    """
    distances = np.full(len(here), math.inf)
    if len(here) and len(there):
        pairs, metres = shapely.STRtree(there.to_numpy()).query_nearest(here.to_numpy(), return_distance=True)
        distances[pairs[0]] = metres
    return pd.Series(distances, index=here.index)


def nearest_other_m(here: gpd.GeoSeries, there: gpd.GeoSeries) -> pd.Series:
    """Return the straight distance from each facility to the nearest of others, itself left out (A23).

    Both are indexed by facility in the same metric CRS; infinite where there is no other.

    Examples
    --------
    >>> here = gpd.GeoSeries.from_xy([0, 100], [0, 0], index=["a", "b"])
    >>> nearest_other_m(here, gpd.GeoSeries.from_xy([0, 30], [0, 40], index=["a", "c"])).round(1).tolist()
    [50.0, 80.6]
    """
    own = there.index.get_indexer(here.index)
    number = np.arange(len(there))
    nearest = pd.Series(math.inf, index=here.index)
    # two numbers differ in some bit: the other half of every bit holds everything but the facility itself
    for bit in range(max(1, (len(there) - 1).bit_length())):
        for half in (0, 1):
            asks = (own < 0) | ((own >> bit) & 1 != half)
            metres = nearest_m(here[asks], there[(number >> bit) & 1 == half])
            nearest[asks] = np.minimum(nearest[asks], metres)
    return nearest


@dataclass
class _Stand:
    """Where the facilities of a clause stand: their district, whether inside, how far from what they should be near."""

    home: pd.Series
    inside: pd.Series | None
    distance: pd.Series | None
    area: str
    flags: list[Flag] = field(default_factory=list)


def judge(context: Context, rule: Rule) -> Judgement:
    """Tell where the facilities of a clause stand, per district and for the city; the verdict is a person's."""
    near = _kinds(rule)
    area, outside = str(rule.params.get("inside") or rule.params.get("outside") or ""), "outside" in rule.params
    missing = _missing(context, rule, near, area)
    if missing is not None:
        values = latest(indicator_rows(context, indicator_name(rule)))
        if not values:
            return nothing_to_judge(context, rule, missing)
        findings = summary_findings(
            context,
            rule,
            values,
            operator=rule.operator or "near",
            threshold=math.nan,
            unit=rule.unit,
            flags=[FROM_INDICATORS],
        )
        return Judgement(findings)
    facilities, flags = context.facilities(rule)
    home, beyond = districts_of(context, facilities)
    spots = facilities.geometry.representative_point()
    stand = _Stand(home, None, None, area, [*flags, *beyond])
    if area:
        stand.inside = spots.intersects(context.study.areas[area]) != outside
    if near:
        others, _ = open_facilities(context.study, near)
        stand.distance = nearest_other_m(spots, others.geometry)
    return Judgement([_finding(rule, stand, outside, place) for place in places(context)])


def _kinds(rule: Rule) -> tuple[str, ...]:
    given = rule.params.get("near", ())
    near = (given,) if isinstance(given, str) else tuple(map(str, given)) if isinstance(given, Sequence) else ()
    unknown = [kind for kind in near if kind not in KINDS]
    if {"inside", "outside"} <= set(rule.params):
        why = "position is told inside one area, or outside one"
        raise StandardError([Problem("config.invalid", rule.id, "inside, outside", why, "correct the clause")])
    if unknown or not {"near", "inside", "outside"} & set(rule.params):
        why = "position needs near = [kinds of facility], or inside or outside = the id of an area"
        raise StandardError([Problem("config.invalid", rule.id, ", ".join(unknown), why, "correct the clause")])
    return near


def _missing(context: Context, rule: Rule, near: Sequence[str], area: str) -> tuple[str, str] | None:
    missing = context.missing_input(rule.model_copy(update={"applies_to": "all", "area": area or None}))
    if missing is None and near and not set(near) & context.study.kinds_known:
        missing = context.missing_input(rule.model_copy(update={"facilities": tuple(near), "applies_to": "all"}))
    return missing


def _finding(rule: Rule, stand: _Stand, outside: bool, place: tuple[str, str, str]) -> Finding:
    finding = finding_at(place, rule.population)
    mine = stand.home.notna() if finding.level == "city" else stand.home == finding.code
    finding.operator, finding.verdict = rule.operator or "near", REVIEW if mine.any() else NOT_APPLICABLE
    number = int(mine.sum())
    if not number:
        finding.note_zh, finding.note_en = "没有此类设施", "no such facility here"
        return finding
    finding.flags, finding.params = list(stand.flags), {"facilities": number}
    told_zh, told_en = [], []
    if stand.distance is not None:
        metres = stand.distance[mine]
        metres = metres[np.isfinite(metres)]
    if stand.distance is not None and not len(metres):
        told_zh.append("没有别的此类设施可近")
        told_en.append("none other to be near")
    elif stand.distance is not None:
        middle, farthest = float(np.median(metres)), float(metres.max())
        finding.value, finding.value_unit, finding.farthest_m = middle, "m", farthest
        finding.params |= {f"within_{limit}_m": int((metres <= limit).sum()) for limit in (300, 500, 1000)}
        told_zh.append(f"最近距离中位数{middle:,.0f}米、最远{farthest:,.0f}米")
        told_en.append(f"median {middle:,.0f} m to the nearest, at most {farthest:,.0f} m")
    if stand.inside is not None:
        share = float(stand.inside[mine].mean())
        finding.value, finding.value_unit = share, "share"
        told_zh.insert(0, f"{share_text(share)}位于{stand.area}范围{'外' if outside else '内'}")
        told_en.insert(0, f"{share_text(share)} stand {'outside' if outside else 'inside'} {stand.area}")
    finding.note_zh = f"{number}处：{'，'.join(told_zh)}；条款没有定数，由人判断"
    finding.note_en = f"{number} facilities: {', '.join(told_en)}; no number is set, a person decides"
    return finding


RULE = RuleKind(
    "position",
    "R23",
    "所在位置",
    "position",
    judge,
    ("near", "inside", "outside"),
    asks_zh="应邻近的距离，米；不作达标判断",
    asks="how near it should stand, in metres; nothing is passed or failed",
    reads_clause=(_kinds,),
    unread=("applies_to", "area"),
    refuses=(no_facilities,),
)
