"""R12 Siting limits: how many institutions opened inside a ring road since the clause, or in the weak areas outside.

Source: rules.md R12; resolutions.md C22 (in force 2014-07-22 to 2018-12-31, then information; not in Shaoguan),
A10 (a point within 30 m of the line is on it: flagged and counted inside). "Strictly" and "in principle" set no number,
so what the clause speaks against is left to a person (``review``), never failed.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import partial

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from shapely.geometry.base import BaseGeometry

from zzgeo.errors import Problem, StandardError
from zzgeo.numbers import share_text
from zzgeo.rules.parts.base import Context, Finding, Judgement, RuleKind, nothing_to_judge
from zzgeo.rules.parts.membership import lying_in
from zzgeo.rules.parts.openings import Count, Counting, changes_between, count_inside, weak_areas
from zzgeo.rules.parts.refusals import no_facilities
from zzgeo.rules.parts.tabular import FROM_INDICATORS
from zzgeo.rules.parts.units import column, from_table, says
from zzgeo.served import CITY
from zzgeo.standards import Rule, shipped
from zzgeo.vocabulary.verdicts import NODATA, NOT_APPLICABLE, PASS, REVIEW

RINGS = {"inside-ring-3": "ring-3", "inside-ring-4": "ring-4"}


def closed_ring(shape: BaseGeometry | None) -> BaseGeometry | None:
    """Return the ground a ring road encloses: a polygon as it is, a closed line filled; None for an open line.

    Examples
    --------
    >>> closed_ring(shapely.LineString([(0, 0), (1, 0), (1, 1), (0, 0)])).area
    0.5
    >>> closed_ring(shapely.LineString([(0, 0), (1, 0), (1, 1)])) is None
    True
    """
    if shape is None or shape.is_empty:
        return None
    if shape.geom_type in ("Polygon", "MultiPolygon"):
        return shape
    if shape.geom_type == "MultiLineString":
        shape = shapely.line_merge(shape)
    if isinstance(shape, shapely.LineString) and shape.is_closed:
        return shapely.Polygon(shape)
    return None


@dataclass(frozen=True)
class _Limit:
    """What a clause says: which ring, from when to when, what is counted."""

    ring: str
    since: dt.date
    until: dt.date
    count: str
    funder: str | None
    on_line_m: float


def _limit(rule: Rule) -> _Limit:
    params = rule.params
    ring = params.get("ring") or rule.area or RINGS.get(rule.scope, "ring-3")
    count = str(params.get("count", "opened" if "funder" in params else "net"))
    days = []
    for name, default in (("since", "2014-07-22"), ("until", "2018-12-31")):
        try:
            days.append(dt.date.fromisoformat(str(params.get(name, default))))
        except ValueError:
            why = f"{name} is a date such as {default}"
            fault = Problem("config.invalid", rule.id, str(params[name]), why, "correct the clause")
            raise StandardError([fault]) from None
    if days[0] > days[1]:
        why, said = "since comes after until: the clause would never hold", f"{days[0]} > {days[1]}"
        raise StandardError([Problem("config.invalid", rule.id, said, why, "correct the clause")])
    if count not in ("net", "opened"):
        raise StandardError([Problem("config.invalid", rule.id, count, "count is net or opened", "correct the clause")])
    funder = str(params["funder"]) if params.get("funder") else None
    return _Limit(str(ring), days[0], days[1], count, funder, rule.param("on_line_m", 30.0))


def judge(context: Context, rule: Rule) -> Judgement:
    """Count what opened and closed inside the ring since the clause; the weak-area clauses count outside it."""
    study, limit = context.study, _limit(rule)
    standard = shipped().get(rule.standard)
    if standard is not None and standard.document.jurisdiction != study.jurisdiction:
        reason = "条款只在发布它的城市有效", "the clause holds only in the city that issued it"
        return nothing_to_judge(context, rule, reason, NOT_APPLICABLE)
    missing = context.missing_input(rule.model_copy(update={"area": None, "applies_to": "all"}))
    ring = closed_ring(study.areas.get(limit.ring))
    if missing is None and ring is None:
        missing = (
            f"缺少闭合的环路范围（[[areas]] id = {limit.ring}）",
            f'needs a closed ring: [[areas]] id = "{limit.ring}"',
        )
    if missing is None:
        facilities = study.facilities[study.facilities["kind"].isin(list(rule.facilities))]
        if len(facilities) and column(facilities, "opened").isna().all():
            missing = "设施清单缺少开业日期（opened列）", "needs opening dates: column opened of [[facilities]]"
    if missing is not None or ring is None:
        return _from_table(context, rule, limit, missing or ("", ""))
    changes = changes_between(facilities, limit.since, study.as_of, same_site_m=limit.on_line_m)
    places = _places(context, limit, changes.table, ring)
    count = partial(weak_areas if rule.operator == "prefer" else count_inside, changes)
    how = Counting(limit.count == "net", limit.funder, limit.on_line_m)
    parts = [count(places[places["district"] == code], how) for code in study.districts.index]
    whole = count(places.drop_duplicates("facility_id"), how)
    findings = [
        _finding(context, rule, limit, part, "district", str(code), str(name))
        for part, (code, name) in zip(parts, study.districts["name"].items(), strict=True)
    ]
    touched = study.districts.intersects(ring.buffer(limit.on_line_m))
    for finding in findings:
        if not touched[finding.code] and rule.operator != "prefer":
            finding.verdict, finding.value, finding.gap = NOT_APPLICABLE, np.nan, np.nan
            finding.note_zh, finding.note_en = "本区不在环路以内", "no part of this district lies inside the ring"
    return Judgement([*findings, _finding(context, rule, limit, whole, "city", CITY, study.name)])


def _from_table(context: Context, rule: Rule, limit: _Limit, missing: tuple[str, str]) -> Judgement:
    """Judge net or opened institutions told by the indicator table; above nought is left to a person."""
    judgement = from_table(context, rule, missing, number=0.0, operator="<=")
    for finding in judgement.findings:
        if FROM_INDICATORS in finding.flags:
            finding.verdict = _in_force(context, limit, PASS if finding.value <= 0 else REVIEW)
    return judgement


def _in_force(context: Context, limit: _Limit, verdict: str) -> str:
    return verdict if limit.since <= context.study.as_of <= limit.until else NOT_APPLICABLE


def _places(context: Context, limit: _Limit, table: gpd.GeoDataFrame, ring: BaseGeometry) -> pd.DataFrame:
    """Return (district, facility_id, inside, on_line) for every facility in a district of the study."""
    found = lying_in(context.study.districts, table).rename(columns={"code": "district"})
    spots = table.geometry.representative_point()
    on_line = spots.distance(ring.boundary) <= limit.on_line_m
    told = pd.DataFrame({"inside": spots.intersects(ring) | on_line, "on_line": on_line})
    return found.join(told, on="facility_id")


def _finding(context: Context, rule: Rule, limit: _Limit, count: Count, level: str, code: str, name: str) -> Finding:
    finding = Finding(level, code, NODATA, code if level == "district" else "", name, rule.population)
    finding.flags = list(count.flags)
    finding.params = {"ring": limit.ring, "since": limit.since.isoformat(), "until": limit.until.isoformat()}
    finding.params |= {"opened": count.opened, "closed": count.closed, "count": limit.count}
    finding.value, window = count.value, f"{limit.since.isoformat()}—{context.study.as_of.isoformat()}"
    if rule.operator == "prefer":
        finding.value_unit, finding.verdict = "share", NOT_APPLICABLE if np.isnan(count.value) else REVIEW
        finding.params["share_of_new_beds_outside"] = None if np.isnan(count.beds_outside) else count.beds_outside
        told = share_text(count.value)
        finding.note_zh = f"{window}净增机构中环外占{told}；条款没有定数" if told else f"{window}没有净增机构"
        finding.note_en = (
            f"{told} of the net new institutions of {window} stand outside the ring, no number is set"
            if told
            else f"no net new institutions, {window}"
        )
    else:
        finding.value_unit, finding.threshold, finding.operator = "count", 0.0, "<="
        finding.gap, finding.gap_unit = max(0.0, count.value), "facilities"
        finding.verdict = PASS if count.value <= 0 else REVIEW
        finding.sensitive = (count.worst <= 0) != (count.best <= 0)
        zh, en = ("净增", "net new") if limit.count == "net" else ("新建", "newly opened")
        finding.note_zh = f"{window}环内新开{count.opened}所、关闭{count.closed}所，{zh}{count.value:+.0f}"
        finding.note_en = (
            f"{window} inside the ring: {count.opened} opened, {count.closed} closed, {en} {count.value:+.0f}"
        )
    if _in_force(context, limit, PASS) == NOT_APPLICABLE:
        finding.verdict, finding.sensitive = NOT_APPLICABLE, False
        finding.note_zh += f"（{limit.until.isoformat()}后仅供参考）"
        finding.note_en += f" (information: in force {limit.since.isoformat()} to {limit.until.isoformat()})"
    return finding


def forbids(context: Context, rule: Rule, places: gpd.GeoDataFrame) -> pd.Series:
    """Return why the clause speaks against a facility at each place: it would open inside the ring while it holds.

    A clause on what one funder pays for is silent on a place that does not say who pays.
    """
    study, limit = context.study, _limit(rule)
    free = pd.Series("", index=places.index, dtype=object)
    standard = shipped().get(rule.standard)
    elsewhere = standard is not None and standard.document.jurisdiction != study.jurisdiction
    ring = closed_ring(study.areas.get(limit.ring))
    if elsewhere or ring is None or rule.operator == "prefer" or _in_force(context, limit, PASS) != PASS:
        return free
    spots = places.geometry.representative_point()
    inside = spots.intersects(ring) | (spots.distance(ring.boundary) <= limit.on_line_m)
    against = inside & places["kind"].isin(list(rule.facilities))
    if limit.funder is not None:
        against &= says(column(places, "funder"), limit.funder)
    return free.mask(against, f"inside {limit.ring}, where none may open until {limit.until.isoformat()}")


RULE = RuleKind(
    "siting-limit",
    "R12",
    "选址限制",
    "siting limit",
    judge,
    ("ring", "since", "until", "count", "funder", "on_line_m"),
    forbids=forbids,
    asks_zh="不读；限制写在 `params`",
    asks="not read: what may not be built where stands in `params`",
    operators=("<=", "=", "no-increase", "prefer"),
    refuses=(no_facilities,),
    reads_clause=(_limit,),
    unread=("applies_to",),
)
