"""R23 Gaps and ranking: where those who are missed live, which district comes first, where one more site helps most.

Source: computable.md R23: gap = residential land of the unit minus the covered zone, parts under 1 ha dropped;
districts ranked by people missed, then share, then code; the next site is the candidate that covers most 60+ people.
"""

from __future__ import annotations

from collections.abc import Iterable

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from zzgeo.land import Circles, nearest_of_each, nearest_patches
from zzgeo.network import Reach, nearest
from zzgeo.rules.parts.base import Context, Finding, Judgement
from zzgeo.served import MISSED, within
from zzgeo.standards import Rule

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Shapes = NDArray[np.object_]

#: Smaller patches are dropped from the list of gap areas; their people stay in the count of people missed.
SMALLEST_GAP_M2 = 10_000.0

#: Kinds whose people are missed by a unit, not by a distance: no patch of land would tell where.
WITHOUT_PATCHES = frozenset({"unit-coverage", "health-coverage"})

GAP_COLUMNS = (
    "rule", "district", "unit", "unit_name", "missed", "residents", "aged_60_plus", "area_ha", "nearest_m",
    "nearest_facility", "rank",
)  # fmt: skip


def gap_patches(context: Context, rule: Rule, judgement: Judgement) -> gpd.GeoDataFrame:
    """Return the contiguous patches of residential land whose people are missed by a rule, ranked in each district.

    For a radius the patch is the land outside every circle; along streets it is the land nearest to the demand points
    that are missed.

    Returns
    -------
    GeoDataFrame indexed by ``gap_id``
        `GAP_COLUMNS` and Polygon or MultiPolygon geometry of at least 1 ha; ``missed`` counts the rule's group.
    """
    empty = gpd.GeoDataFrame({name: [] for name in GAP_COLUMNS}, geometry=[], crs=context.study.crs)
    reach = judgement.reach
    if reach is None or rule.rule in WITHOUT_PATCHES:
        return empty
    # "between" people are inside the circle: they are told apart on the map, not in the gaps of a radius
    which = (reach["status"] == MISSED).to_numpy() & (reach["people"] > 0).to_numpy()
    missed = reach[which]
    if missed.empty:
        return empty
    at = np.arange(len(context.study.demand))[context.rows_of(reach)][which]
    tiling = context.tiling
    if judgement.zone is None:
        rows = np.zeros(len(context.study.demand), dtype=bool)
        rows[at] = True
        patches, homes = tiling.held_by(rows, SMALLEST_GAP_M2)
    else:
        inside = context.study.areas.get(rule.area or "")
        patches, homes = tiling.beyond(judgement.zone, np.unique(tiling.home[at]), inside)
        large = shapely.area(patches) >= SMALLEST_GAP_M2
        patches, homes = patches[large], homes[large]
    if not len(patches):
        return empty
    patch = nearest_patches(context.xy[at], tiling.home[at], patches, homes)
    table = _table(context, rule, missed, at, patch, patches, homes)
    order = ["district", "missed", "unit", "area_ha", "nearest_m"]
    table = table.sort_values(order, ascending=[True, False, True, False, True], kind="stable")
    table["rank"] = table.groupby("district").cumcount() + 1
    table.index = pd.Index([f"{rule.id}/{d}/{n}" for d, n in zip(table["district"], table["rank"], strict=True)])
    return table.rename_axis("gap_id")[[*GAP_COLUMNS, "geometry"]]


def _table(
    context: Context, rule: Rule, missed: pd.DataFrame, at: Ints, which: Ints, patches: Shapes, homes: Ints
) -> gpd.GeoDataFrame:
    """Return a row per patch that a missed point belongs to: its people, and the missed point nearest to a facility."""
    demand, units = context.study.demand, context.study.units
    distance = missed["streets_m" if rule.rule == "time-circle" else "straight_m"].to_numpy(dtype=float)
    first = nearest_of_each(which, distance, len(patches))
    patch = np.flatnonzero(first >= 0)
    first = first[patch]
    metres = distance[first]
    facility = missed["facility_id"].iloc[first].astype(object).where(np.isfinite(metres), None)
    code = np.array(context.tiling.codes, dtype=object)[homes[patch]]
    known = np.zeros(len(code), dtype=bool) if units is None else pd.Index(code).isin(units.index)
    names = {} if units is None else units["name"].astype(str).to_dict()
    columns: dict[str, object] = {
        "rule": rule.id,
        "district": demand["district"].iloc[at[first]].astype(str).to_numpy(dtype=object),
        "unit": np.where(known, code, ""),
        "unit_name": [names[one] if named else "" for one, named in zip(code, known, strict=True)],
        "missed": _sums(missed["people"].to_numpy(dtype=float), which, patch),
    }
    for group in ("residents", "aged_60_plus"):
        heads = demand[group].to_numpy(dtype=float)[at] if group in demand.columns else np.full(len(at), np.nan)
        columns[group] = _sums(heads, which, patch)
    columns |= {
        "area_ha": shapely.area(patches[patch]) / 10_000.0,
        "nearest_m": metres,
        "nearest_facility": facility.to_numpy(dtype=object),
    }
    return gpd.GeoDataFrame(columns, geometry=patches[patch], crs=context.study.crs)


def _sums(values: Floats, which: Ints, patch: Ints) -> Floats:
    # the people of units without a patch are left out: they stand in bin 0
    total: Floats = np.bincount(which + 1, values)[1:][patch].astype(np.float64)
    return total


def ranking(rule: Rule, findings: Iterable[Finding]) -> pd.DataFrame:
    """Rank districts by people missed (most first), then by share (lowest first), then by code."""
    rows = [
        {"rule": rule.id, "district": one.code, "district_name": one.name, "missed": one.missed, "share": one.value}
        for one in findings
        if one.level == "district" and not np.isnan(one.missed)
    ]
    columns = ["rule", "rank", "district", "district_name", "missed", "share"]
    if not rows:
        return pd.DataFrame({name: [] for name in columns})
    table = pd.DataFrame(rows).sort_values(["missed", "share", "district"], ascending=[False, True, True])
    return table.assign(rank=np.arange(1, len(table) + 1))[columns].reset_index(drop=True)


def next_site(context: Context, rule: Rule, judgement: Judgement, district: str) -> dict[str, object] | None:
    """Return the demand point where one more facility would reach most people aged 60+ who are missed now.

    Candidates are the demand points of the district the rule applies to. Along streets the candidates are tried in
    the order of how many people their circle holds, an upper bound, until no better one can follow: the result is
    exact. Ties go to the smallest id.

    Returns
    -------
    dict or None
        ``rule, district, demand_id, unit, unit_name, gained_60_plus, gained_people, x, y``; None if nobody is missed.
    """
    return next(iter(next_sites(context, rule, judgement, [district])), None)


def next_sites(context: Context, rule: Rule, judgement: Judgement, districts: Iterable[str]) -> list[dict[str, object]]:
    """Return the `next_site` of each of some districts where people are missed."""
    if judgement.reach is None or rule.rule in WITHOUT_PATCHES:
        return []
    applies = np.zeros(len(context.study.demand), dtype=bool)
    applies[context.rows_of(judgement.reach)] = True
    missed = applies.copy()
    missed[applies] = (judgement.reach["status"] == MISSED).to_numpy()
    found = []
    for district in districts:
        rows = context.by_id(district)
        candidates, people = rows[applies[rows]], np.sort(rows[missed[rows]])
        if len(people) and len(candidates):
            found.append({"rule": rule.id, "district": district, **_site(context, rule, candidates, people)})
    return found


def _site(context: Context, rule: Rule, candidates: Ints, missed: Ints) -> dict[str, object]:
    """Return the best of some candidates for the people missed, both rows of the demand."""
    study, demand, metres = context.study, context.study.demand, _limit(context, rule)
    group = context.group(rule)[0]
    older = "aged_60_plus" in demand.columns
    weights = demand["aged_60_plus" if older else group].to_numpy()[missed].astype(float)
    circles = Circles(context.xy[candidates], context.xy[missed], weights, metres)
    if rule.rule == "time-circle" and context.network is not None:
        best, reached = _best_on_streets(context, candidates, missed, weights, metres, circles)
    else:
        best, _ = next(circles.best_first())
        reached = circles.within(best)
    chosen = demand.iloc[candidates[best]]
    unit = chosen["unit"] if "unit" in demand.columns else None
    known = study.units is not None and unit in study.units.index
    gained = missed[reached]
    return {
        "demand_id": demand.index[candidates[best]],
        "unit": unit if known else "",
        "unit_name": study.units.at[unit, "name"] if known and study.units is not None else "",
        "gained_60_plus": float(demand["aged_60_plus"].iloc[gained].sum()) if older else np.nan,
        "gained_people": float(demand[group].iloc[gained].sum()),
        "x": float(chosen.geometry.x),
        "y": float(chosen.geometry.y),
    }


def _limit(context: Context, rule: Rule) -> float:
    if rule.rule == "time-circle":
        speed = context.study.walking.speed(context.group(rule)[0])
        return Reach.walk(rule.number, metres_per_second=speed).metres
    return rule.number


def _best_on_streets(
    context: Context, candidates: Ints, missed: Ints, weights: Floats, metres: float, circles: Circles
) -> tuple[int, Ints]:
    assert context.network is not None
    assert context.demand_ledger is not None
    demand, ledger = context.study.demand, context.demand_ledger
    best, most, reached = -1, -1.0, np.empty(0, dtype=np.int64)
    people, stand = demand.iloc[missed], ledger.iloc[missed]
    for place, bound in circles.best_first():
        if bound < most or (bound <= most and best < place):
            break
        site = candidates[[place]]
        walked = nearest(
            context.network, demand.iloc[site], people, cutoff_m=metres,
            max_snap_m=context.study.walking.snap_max_m, facility_ledger=ledger.iloc[site], demand_ledger=stand,
        )  # fmt: skip
        inside = np.flatnonzero(within(walked["distance_m"], metres))
        gain = float(weights[inside].sum())
        if gain > most or (gain == most and place < best):
            best, most, reached = int(place), gain, inside
    return best, reached
