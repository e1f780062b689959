"""Parks and greens large enough for a clause, and the ground around them (for R10)."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely

from zzgeo.errors import Problem, StandardError
from zzgeo.land import Zone
from zzgeo.network.components import connected_components
from zzgeo.rules.parts.base import Context, no_list_of
from zzgeo.rules.parts.membership import ON_BORDER_M
from zzgeo.rules.parts.pieces import attribute
from zzgeo.rules.service_radius import QUARTER_SEGMENTS
from zzgeo.served import open_facilities
from zzgeo.spec.kinds import KINDS
from zzgeo.spec.schema import counts
from zzgeo.standards import Rule
from zzgeo.vocabulary.flags import flag_if_any

#: Kinds that are green; parks alone make the park circle.
GREEN_KINDS = tuple(kind for kind in ("park", "green_space") if kind in KINDS)

#: Distances of the two circles where the clause does not name its own, in metres.
PARK_M, GREEN_M = 500.0, 300.0


def large_enough(outlines: np.ndarray, declared_m2: np.ndarray, least_m2: float) -> np.ndarray:
    """Tell which grounds are large enough; those that touch are measured together, overlaps once.

    Parameters
    ----------
    outlines
        Polygons, or points that stand for a ground of unknown outline, shape (n,), in metres.
    declared_m2
        Area as written, for the points, shape (n,); NaN where unknown, and then the point is not large enough.
    least_m2
        Smallest area, inclusive.

    Returns
    -------
    bool array, shape (n,)

    Examples
    --------
    >>> squares = np.array([shapely.box(0, 0, 60, 60), shapely.box(60, 0, 100, 60), shapely.box(101, 0, 161, 60)])
    >>> large_enough(squares, np.full(3, np.nan), 5000.0).tolist()
    [True, True, False]
    """
    first, second = shapely.STRtree(outlines).query(outlines, predicate="dwithin", distance=ON_BORDER_M)
    number, group = connected_components(first, second, len(outlines))
    drawn = np.isin(shapely.get_type_id(outlines), (3, 6))
    size = np.where(drawn, shapely.area(outlines), np.nan_to_num(declared_m2))
    together = np.zeros(number)
    np.maximum.at(together, group, size)
    for one in np.flatnonzero(np.bincount(group[drawn], minlength=number) > 1):
        together[one] = shapely.union_all(outlines[drawn & (group == one)]).area
    enough: np.ndarray = together[group] >= least_m2 - 1e-6
    return enough


class Greens:
    """The parks and greens large enough for a clause, and the ground around them."""

    def __init__(self, context: Context, rule: Rule) -> None:
        self.figure = figure_of(rule)
        self.park_m = rule.number if self.figure == "park500" else PARK_M
        self.green_m = rule.number if self.figure == "green300" else GREEN_M
        kinds = tuple(dict.fromkeys([*GREEN_KINDS, *rule.facilities]))
        table, self.flags = open_facilities(context.study, kinds)
        other = attribute(table, "golf", "water", "高尔夫", "水面", "水域")
        self.flags += flag_if_any("grounds.golf_or_water", int(other.sum()))
        table = table[~other]
        declared = counts(table["area_m2"]) if "area_m2" in table.columns else np.full(len(table), np.nan)
        points = ~np.isin(shapely.get_type_id(table.geometry.values), (3, 6))
        unknown = points & np.isnan(declared)
        self.unknown_only = bool(len(table)) and bool(unknown.all())
        self.flags += flag_if_any("grounds.size_unknown", int(unknown.sum()))
        self.flags += flag_if_any("grounds.measured_from_point", int((points & ~unknown).sum()))
        is_park = (table["kind"] == "park").to_numpy()
        self.parks = _sized(table[is_park], declared[is_park], rule.param("min_park_m2", 5000.0))
        self.greens = _sized(table, declared, rule.param("min_green_m2", 2000.0))
        self.zones = {"park500": _around(self.parks, self.park_m), "green300": _around(self.greens, self.green_m)}
        lists = set(GREEN_KINDS) - context.study.kinds_known if self.figure == "green300" else set()
        self.unlisted = sorted(lists)
        self.flags += no_list_of(self.unlisted)

    def missing(self, context: Context) -> tuple[str, str] | None:
        """Tell (zh, en) what would answer the clause where no park of known size is listed, or None."""
        if self.figure == "park500" and "park" not in context.study.kinds_known:
            return "缺少设施清单：公园绿地", "needs a [[facilities]] list of: park or green space"
        if self.unknown_only:
            return "公园绿地只有点位，缺少边界或 area_m2", "parks are points: needs their polygons or area_m2"
        return None


def figure_of(rule: Rule) -> str:
    """Return which of the three figures decides a clause: ``park500`` or ``green300``."""
    kind = rule.params.get("kind_of", "park")
    if kind not in ("park", "green"):
        why = 'kind_of is "park" or "green"'
        raise StandardError([Problem("config.invalid", rule.id, str(kind), why, "correct the clause")])
    return "park500" if kind == "park" else "green300"


def _sized(table: gpd.GeoDataFrame, declared: np.ndarray, least_m2: float) -> gpd.GeoDataFrame:
    return table[large_enough(table.geometry.values.to_numpy(), declared, least_m2)] if len(table) else table


def _around(table: gpd.GeoDataFrame, metres: float) -> Zone:
    return Zone(shapely.buffer(table.geometry.values.to_numpy(), metres, quad_segs=QUARTER_SEGMENTS))
