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
from shapely.geometry.base import BaseGeometry

from zzgeo.coverage import MISSED, within
from zzgeo.network import Reach, nearest
from zzgeo.rules.base import Context, Finding, Judgement, Zone
from zzgeo.rules.cells import GRID_M, areal, joined_cells
from zzgeo.rules.circles import Circles
from zzgeo.standards import Rule

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
    demand = context.study.demand.iloc[at]
    home = demand["unit"].fillna(demand["district"]) if "unit" in demand.columns else demand["district"]
    land = context.cells.to_numpy()[at] if judgement.zone is None else np.empty(0, dtype=object)
    points = _Points(rule, missed, demand)
    inside = context.study.areas.get(rule.area or "")
    rows: list[dict[str, object]] = []
    for code, places in home.reset_index(drop=True).groupby(home.to_numpy(), sort=True).indices.items():
        if judgement.zone is None:
            ground = joined_cells(land[places])
        else:
            ground = _beyond(context.land_of(code), judgement.zone, inside)
        rows += _patches(context, str(code), points, places, ground)
    if not rows:
        return empty
    table = gpd.GeoDataFrame(rows, geometry="geometry", crs=context.study.crs).assign(rule=rule.id)
    order = ["district", "missed", "unit", "area_ha", "nearest_m"]
    table = table.sort_values(order, ascending=[True, False, True, False, True], kind="stable")
    table["rank"] = table.groupby("district").cumcount() + 1
    table.index = pd.Index([f"{rule.id}/{d}/{n}" for d, n in zip(table["district"], table["rank"], strict=True)])
    return table.rename_axis("gap_id")[[*GAP_COLUMNS, "geometry"]]


class _Points:
    """The missed demand points of a rule as arrays: slicing tables unit by unit would cost more than the geometry."""

    def __init__(self, rule: Rule, missed: pd.DataFrame, demand: gpd.GeoDataFrame) -> None:
        column = "streets_m" if rule.rule == "time-circle" else "straight_m"
        self.distance = missed[column].to_numpy(dtype=float)
        self.people = missed["people"].to_numpy(dtype=float)
        self.facility = missed["facility_id"].to_numpy(dtype=object)
        self.district = demand["district"].to_numpy(dtype=object)
        self.geometry = demand.geometry.to_numpy()
        self.groups = {
            group: demand[group].to_numpy(dtype=float) if group in demand.columns else np.full(len(demand), np.nan)
            for group in ("residents", "aged_60_plus")
        }


def _beyond(land: BaseGeometry, zone: Zone, inside: BaseGeometry | None) -> BaseGeometry:
    """Return the land of a unit beyond every circle, inside the area of its clause if it has one."""
    if inside is not None:
        land = areal(shapely.intersection(land, inside, grid_size=GRID_M))
    return shapely.difference(land, zone.near(land), grid_size=GRID_M)


def _patches(
    context: Context, code: str, points: _Points, places: np.ndarray, ground: BaseGeometry
) -> list[dict[str, object]]:
    parts = [part for part in shapely.get_parts(ground) if part.geom_type == "Polygon" and part.area >= SMALLEST_GAP_M2]
    if not parts:
        return []
    which = _nearest_part(parts, points.geometry[places])
    units = context.study.units
    named = units is not None and code in units.index
    rows = []
    for number in np.unique(which):
        mine = places[which == number]
        nearest_one = mine[np.argmin(points.distance[mine])]
        metres = float(points.distance[nearest_one])
        rows.append(
            {
                "district": str(points.district[mine[0]]),
                "unit": code if named else "",
                "unit_name": str(units.at[code, "name"]) if named and units is not None else "",
                "missed": float(points.people[mine].sum()),
                "residents": float(points.groups["residents"][mine].sum()),
                "aged_60_plus": float(points.groups["aged_60_plus"][mine].sum()),
                "area_ha": parts[number].area / 10_000.0,
                "nearest_m": metres,
                "nearest_facility": points.facility[nearest_one] if np.isfinite(metres) else None,
                "geometry": parts[number],
            }
        )
    return rows


def _nearest_part(parts: list[BaseGeometry], points: np.ndarray) -> np.ndarray:
    """Return the part each point lies in, or the nearest one: most points lie in one, and asking that is quicker."""
    which = np.full(len(points), len(parts))
    part, point = shapely.STRtree(points).query(parts, predicate="intersects")
    np.minimum.at(which, point, part)
    outside = np.flatnonzero(which == len(parts))
    if len(outside):
        # a tree of the outlines' pieces: outlines have many corners, and each would be looked at for every point
        rings, of_part = shapely.get_rings(parts, return_index=True)
        xy, of_ring = shapely.get_coordinates(rings, return_index=True)
        within_ring = of_ring[1:] == of_ring[:-1]
        pieces = shapely.linestrings(np.stack([xy[:-1], xy[1:]], axis=1)[within_ring])
        found = shapely.STRtree(pieces).nearest(points[outside])
        which[outside] = of_part[of_ring[:-1][within_ring][found]]
    return which


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
    if judgement.reach is None or rule.rule in WITHOUT_PATCHES:
        return None
    study = context.study
    metres = _limit(context, rule)
    at = np.arange(len(study.demand))[context.rows_of(judgement.reach)]
    here = (study.demand["district"] == district).to_numpy()[at]
    candidates = study.demand.iloc[at[here]].sort_index()
    missed = study.demand.iloc[at[here & (judgement.reach["status"] == MISSED).to_numpy()]]
    if missed.empty or candidates.empty:
        return None
    weights = missed["aged_60_plus"] if "aged_60_plus" in missed else missed[context.group(rule)[0]]
    circles = Circles(candidates.geometry.values, missed.geometry.values, weights.to_numpy(dtype=float), metres)
    if rule.rule == "time-circle" and context.network is not None:
        best, reached = _best_on_streets(context, candidates, missed, weights, metres, circles)
    else:
        best, _ = next(circles.best_first())
        reached = circles.within(best)
    group = context.group(rule)[0]
    chosen = candidates.iloc[best]
    unit = chosen["unit"] if "unit" in candidates.columns else None
    known = study.units is not None and unit in study.units.index
    return {
        "rule": rule.id,
        "district": district,
        "demand_id": candidates.index[best],
        "unit": unit if known else "",
        "unit_name": study.units.at[unit, "name"] if known and study.units is not None else "",
        "gained_60_plus": float(missed["aged_60_plus"].iloc[reached].sum()) if "aged_60_plus" in missed else np.nan,
        "gained_people": float(missed[group].iloc[reached].sum()),
        "x": float(chosen.geometry.x),
        "y": float(chosen.geometry.y),
    }


def _limit(context: Context, rule: Rule) -> float:
    if rule.rule == "time-circle":
        speed = context.study.walking.speed(context.group(rule)[0])
        return Reach.walk(rule.number, metres_per_second=speed).metres
    return rule.number


def _best_on_streets(
    context: Context, candidates: gpd.GeoDataFrame, missed: gpd.GeoDataFrame, weights: pd.Series, metres: float,
    circles: Circles,
) -> tuple[int, np.ndarray]:  # fmt: skip
    assert context.network is not None
    assert context.demand_ledger is not None
    ledger = context.demand_ledger
    best, most, reached = -1, -1.0, np.empty(0, dtype=int)
    for place, bound in circles.best_first():
        if bound < most or (bound <= most and best < place):
            break
        site = candidates.iloc[[place]]
        walked = nearest(
            context.network, site, missed, cutoff_m=metres, max_snap_m=context.study.walking.snap_max_m,
            facility_ledger=ledger.loc[site.index], demand_ledger=ledger.loc[missed.index],
        )  # fmt: skip
        inside = np.flatnonzero(within(walked["distance_m"], metres))
        gain = float(weights.iloc[inside].sum())
        if gain > most or (gain == most and place < best):
            best, most, reached = int(place), gain, inside
    return best, reached
