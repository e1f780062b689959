"""The ground that parks or sports places take up: each square metre once, cut at the boundary (for R11)."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely

from zzgeo.land import without
from zzgeo.rules.parts.base import Context
from zzgeo.rules.parts.membership import ON_BORDER_M
from zzgeo.rules.parts.pieces import attribute, holders, pieces
from zzgeo.served import CITY
from zzgeo.spec.schema import counts
from zzgeo.standards import Rule
from zzgeo.vocabulary.flags import Flag, flag_if_any

_POLYGONS = (3, 6)


def dissolved(outlines: np.ndarray) -> np.ndarray:
    """Return what each outline adds to the larger ones it overlaps, in the order given.

    Parameters
    ----------
    outlines
        Polygons, shape (n,), in metres. Of two that overlap the larger keeps the ground, of equals the first.

    Returns
    -------
    Polygons that no longer overlap, shape (n,); empty where another one holds all of it.

    Examples
    --------
    >>> stadium, pitch, other = shapely.box(0, 0, 100, 100), shapely.box(10, 10, 50, 50), shapely.box(90, 0, 190, 50)
    >>> shapely.area(dissolved(np.array([pitch, stadium, other]))).tolist()
    [0.0, 10000.0, 4500.0]
    """
    size = shapely.area(outlines)
    order = np.lexsort((np.arange(len(outlines)), -size))
    place = np.empty(len(outlines), dtype=np.int64)
    place[order] = np.arange(len(outlines))
    mine, other = shapely.STRtree(outlines).query(outlines, predicate="intersects")
    earlier = place[other] < place[mine]
    own = outlines.copy()
    for one in np.unique(mine[earlier]):
        larger = outlines[other[earlier & (mine == one)]]
        own[one] = without(outlines[one], shapely.union_all(larger))
    return own


class Grounds:
    """The grounds that count for a clause, with the area each has in every district."""

    def __init__(self, context: Context, rule: Rule) -> None:
        table, self.flags = context.facilities(rule)
        declared = counts(table["area_m2"]) if "area_m2" in table.columns else np.full(len(table), np.nan)
        drawn = np.isin(shapely.get_type_id(table.geometry.values), _POLYGONS)
        unknown = ~drawn & np.isnan(declared)
        self.unknown_only = bool(len(table)) and bool(unknown.all())
        self.flags += flag_if_any("grounds.area_unknown", int(unknown.sum()))
        self.flags += flag_if_any("grounds.outline_area", int((drawn & np.isnan(declared)).sum()))
        self._areas = pieces(context, rule.area)
        school = attribute(table, "school", "学校", "校园")
        self._with = self._by_district(table, declared, drawn, flag=True)
        rest = ~school
        self._without = self._by_district(table[rest], declared[rest], drawn[rest]) if school.any() else self._with

    def of(self, code: str) -> tuple[float, float]:
        """Return the area of a district or the city in m²: with schools, and without."""
        if code == CITY:
            return sum(self._with.values()), sum(self._without.values())
        return self._with[code], self._without[code]

    def _by_district(
        self, table: gpd.GeoDataFrame, declared: np.ndarray, drawn: np.ndarray, *, flag: bool = False
    ) -> dict[str, float]:
        outlines = table.geometry.values.to_numpy()[drawn]
        own = dissolved(outlines) if len(outlines) else outlines
        whole = shapely.area(outlines)
        # an effective area is spread over its outline, so that a cut outline keeps its part
        weight = np.where(np.isnan(declared[drawn]), 1.0, declared[drawn] / np.where(whole > 0, whole, 1.0))
        lost = float(((whole - shapely.area(own)) * weight).sum())
        points = table[~drawn & ~np.isnan(declared)]
        sizes = declared[~drawn & ~np.isnan(declared)]
        alone = _outside(points, outlines)
        if flag and lost > 1.0:
            self.flags.append(Flag("grounds.overlap", m2=round(lost)))
        if flag:
            self.flags += flag_if_any("grounds.point_inside", int((~alone).sum()))
        held = holders(points.geometry, self._areas)
        tree = shapely.STRtree(own)
        sums = {}
        for code, area in self._areas.items():
            near = tree.query(area, predicate="intersects") if not area.is_empty else np.empty(0, dtype=int)
            inside = shapely.area(shapely.intersection(own[near], area)) * weight[near]
            sums[code] = float(inside.sum()) + float(sizes[alone & (held == code)].sum())
        return sums


def _outside(points: gpd.GeoDataFrame, outlines: np.ndarray) -> np.ndarray:
    """Tell which points stand in none of the outlines: a pitch marked inside its stadium is the stadium's."""
    alone = np.ones(len(points), dtype=bool)
    if len(points) and len(outlines):
        tree = shapely.STRtree(outlines)
        which, _ = tree.query(points.geometry.values.to_numpy(), predicate="dwithin", distance=ON_BORDER_M)
        alone[which] = False
    return alone
