"""Where those who are missed live: patches of residential land, the first ones of each district first.

Source: rules.md R23: gap = residential land of the unit minus the covered zone, parts under 1 ha dropped.
"""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from zzgeo.land import Tiling, nearest_of_each, nearest_patches
from zzgeo.numbers import settled_table
from zzgeo.rules.parts.base import Context, Judgement, RuleKind
from zzgeo.standards import Rule
from zzgeo.vocabulary.statuses import MISSED

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Shapes = NDArray[np.object_]

#: Smaller patches are dropped from the list of gap areas; their people stay in the count of people missed.
SMALLEST_GAP_M2 = 10_000.0

GAP_COLUMNS = (
    "rule",
    "district",
    "unit",
    "unit_name",
    "missed",
    "residents",
    "aged_60_plus",
    "area_ha",
    "nearest_m",
    "nearest_facility",
    "rank",
)


_ORDER = {"district": True, "missed": False, "unit": True, "area_ha": False, "nearest_m": True}


@dataclass(frozen=True)
class Ground:
    """Some rows of the demand, ascending: all of each unit there is; and their land, tiled."""

    rows: Ints
    tiling: Tiling


def gap_patches(
    context: Context, rule: Rule, kind: RuleKind, judgement: Judgement, ground: Ground | None = None
) -> gpd.GeoDataFrame:
    """Return the contiguous patches of residential land whose people are missed by a rule, ranked in each district.

    Where the kind of rule gives the ground it covers (circles), a patch is the land beyond it; else it is the land
    nearest to the demand points that are missed. A kind that declares no patches has none. ``ground``: the patches of
    some units alone; of all if left out.

    Returns
    -------
    GeoDataFrame indexed by ``gap_id``
        `GAP_COLUMNS` and Polygon or MultiPolygon geometry of at least 1 ha; ``missed`` counts the rule's group.
    """
    empty = gpd.GeoDataFrame({name: [] for name in GAP_COLUMNS}, geometry=[], crs=context.study.crs)
    reach = judgement.reach
    if reach is None or not kind.patches:
        return empty
    ground = ground or Ground(np.arange(len(context.study.demand)), context.tiling)
    # "between" people are inside the circle: they are told apart on the map, not in the gaps of a radius
    which = (reach["status"] == MISSED).to_numpy() & (reach["people"] > 0).to_numpy()
    rows = np.arange(len(context.study.demand))[context.rows_of(reach)]
    if len(ground.rows) < len(context.study.demand):
        which &= np.isin(rows, ground.rows)
    missed = reach[which].rename(columns={f"{kind.along}_m": "nearest_m"})
    if missed.empty:
        return empty
    tiling, places = ground.tiling, np.searchsorted(ground.rows, rows[which])
    if judgement.zone is None:
        held = np.zeros(len(ground.rows), dtype=bool)
        held[places] = True
        patches, homes = tiling.held_by(held, SMALLEST_GAP_M2)
    else:
        inside = context.study.areas.get(rule.area or "")
        patches, homes = tiling.beyond(judgement.zone, np.unique(tiling.home[places]), inside)
        large = shapely.area(patches) >= SMALLEST_GAP_M2
        patches, homes = patches[large], homes[large]
    if not len(patches):
        return empty
    patch = nearest_patches(context.xy[rows[which]], tiling.home[places], patches, homes)
    code = np.array(tiling.codes, dtype=object)[homes]
    return ranked_patches(_table(context, rule, missed, rows[which], patch, patches, code))


def ranked_patches(table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the patches of a rule in their order, each with its rank in its district and its id."""
    table = table.sort_values(list(_ORDER), ascending=list(_ORDER.values()), kind="stable")
    table["rank"] = table.groupby("district").cumcount() + 1
    places = zip(*(table[name].tolist() for name in ("rule", "district", "rank")), strict=True)
    table.index = pd.Index([f"{rule}/{district}/{rank}" for rule, district, rank in places])
    return table.rename_axis("gap_id")[[*GAP_COLUMNS, "geometry"]]


def _table(
    context: Context, rule: Rule, missed: pd.DataFrame, places: Ints, which: Ints, patches: Shapes, codes: Shapes
) -> gpd.GeoDataFrame:
    """Return a row per patch that a missed point belongs to: its people, and the missed point nearest to a facility."""
    demand, units = context.study.demand, context.study.units
    distance = missed["nearest_m"].to_numpy(dtype=float)
    first = nearest_of_each(which, distance, len(patches))
    patch = np.flatnonzero(first >= 0)
    first = first[patch]
    metres = distance[first]
    facility = missed["facility_id"].iloc[first].astype(object).where(np.isfinite(metres), None)
    code = codes[patch]
    known = np.zeros(len(code), dtype=bool) if units is None else pd.Index(code).isin(units.index)
    names = {} if units is None else units["name"].astype(str).to_dict()
    columns: dict[str, object] = {
        "rule": rule.id,
        "district": demand["district"].iloc[places[first]].astype(str).to_numpy(dtype=object),
        "unit": np.where(known, code, ""),
        "unit_name": [names[one] if named else "" for one, named in zip(code, known, strict=True)],
        "missed": _sums(missed["people"].to_numpy(dtype=float), which, patch),
    }
    for group in ("residents", "aged_60_plus"):
        heads = demand[group].to_numpy(dtype=float)[places] if group in demand.columns else np.full(len(places), np.nan)
        columns[group] = _sums(heads, which, patch)
    columns |= {
        "area_ha": shapely.area(patches[patch]) / 10_000.0,
        "nearest_m": metres,
        # of one type, whether or not there is any facility
        "nearest_facility": pd.Series(facility.to_numpy(dtype=object), dtype=object),
    }
    table = gpd.GeoDataFrame(columns, geometry=patches[patch], crs=context.study.crs)
    return gpd.GeoDataFrame(settled_table(table))


def _sums(values: Floats, which: Ints, patch: Ints) -> Floats:
    # the people of units without a patch are left out: they stand in bin 0
    total: Floats = np.bincount(which + 1, values)[1:][patch].astype(np.float64)
    return total
