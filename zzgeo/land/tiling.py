"""The land that stands for each demand point: a tiling of every unit's residential land by its nearest point.

The tiling is kept as numbers (how much of which patch of land each point holds, and the sides between neighbours), not
as a polygon per point: a city of a million points is tiled in seconds, and polygons are made only where a gap ends.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, cast

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from zzgeo.land.shapes import GRID_M, areal, array_of, joined_cells, nearest_cells, single_polygons
from zzgeo.land.zone import Zone

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Shapes = NDArray[np.object_]

#: Where neither unit outlines nor land are known, a point stands for the land this near to it, in metres.
LONE_POINT_M = 150.0

#: Ground that is put together again may differ by this share and so many m² from what its cells hold.
_MAY_DIFFER, _MAY_DIFFER_M2 = 1e-3, 5.0


@dataclass(frozen=True)
class Tiled:
    """One unit: its distinct places (rows of the demand), its patches of land, who holds how much, who borders whom."""

    spots: Ints
    parts: Shapes
    has_land: bool
    sides: Ints
    ends: Floats
    row: Ints
    part: Ints
    area: Floats


class Tiling:
    """The residential land of every unit, tiled by the demand point nearest to it.

    Without residential land the whole unit is tiled; without unit outlines, the district within `LONE_POINT_M` of each
    point. Points at the very same place share a cell: the first one holds it.

    Parameters
    ----------
    demand
        Points with ``district`` and, where units are known, ``unit``, in a metric CRS.
    xy
        Their coordinates, shape (n_demand, 2).
    districts
        Outlines by district code.
    units, land
        Outlines by unit code (points tell nothing here) and polygons of residential land, where there are any.

    Attributes
    ----------
    home, codes
        The unit of each demand point (its district, where it has none) as a number, and the codes in order.
    parts, part_home
        Patches of land of the units with an outline, Polygons in the CRS of the demand, and the unit of each.
    cell_m2
        Land of each demand point in m², in the order of the demand.
    """

    def __init__(
        self,
        demand: gpd.GeoDataFrame,
        xy: Floats,
        districts: gpd.GeoDataFrame,
        units: gpd.GeoDataFrame | None = None,
        land: gpd.GeoDataFrame | None = None,
    ) -> None:
        self.home, self.codes, outlines = homes_of(demand, units)
        self._xy = xy
        self._outlined: NDArray[np.bool_] = np.array([one is not None for one in outlines], dtype=bool)
        tiled = self._tiled(outlines, land)
        outlined = np.flatnonzero(self._outlined)
        self._has_land = {self.codes[n] for n, unit in zip(outlined, tiled, strict=True) if unit.has_land}
        self.parts: Shapes = _together([one.parts for one in tiled], object)
        self.part_home = np.repeat(outlined, [len(one.parts) for one in tiled])
        before = np.cumsum([0, *(len(one.parts) for one in tiled)])
        self._spots = _together([one.spots for one in tiled], np.int64)
        self._spot_first = np.zeros(len(self.codes) + 1, dtype=np.int64)
        np.cumsum(np.bincount(self.home[self._spots], minlength=len(self.codes)), out=self._spot_first[1:])
        self._sides = _together([one.sides for one in tiled], np.int64, (0, 2))
        self._ends = _together([one.ends for one in tiled], np.float64, (0, 4))
        row = _together([one.row for one in tiled], np.int64)
        part = _together([one.part + first for one, first in zip(tiled, before, strict=False)], np.int64)
        order = np.argsort(row, kind="stable")
        self._row, self._part = row[order], part[order]
        self._area = _together([one.area for one in tiled], np.float64)[order]
        self._lone = self._lone_cells(demand["district"], districts.geometry)
        self.cell_m2: Floats = np.bincount(self._row, self._area, minlength=len(demand)).astype(np.float64)
        self.cell_m2[~self._outlined[self.home]] = shapely.area(self._lone)

    def _tiled(self, outlines: list[BaseGeometry | None], land: gpd.GeoDataFrame | None) -> list[Tiled]:
        """Tile every unit with an outline, several at a time; what comes out does not depend on how many."""
        from zzgeo.network.compiled import in_blocks

        order = np.argsort(self.home, kind="stable")
        first = np.searchsorted(self.home[order], np.arange(len(self.codes) + 1))
        units = np.flatnonzero(self._outlined)
        known: Shapes = np.array([outlines[unit] for unit in units], dtype=object)
        near: list[Shapes | None] = [None] * len(units)
        if land is not None and len(units):
            patches = np.asarray(land.geometry.array)
            asked, met = shapely.STRtree(patches).query(known)
            # in the order of the rows, whatever tree they stand in: of the land around a county the same bits follow
            met = met[np.lexsort((met, asked))]
            begin = np.searchsorted(asked, np.arange(len(units) + 1))
            near = [patches[met[begin[n] : begin[n + 1]]] for n in range(len(units))]

        def work(begin: int, end: int) -> list[Tiled]:
            return [
                _tile(order[first[units[n]] : first[units[n] + 1]], self._xy, *_ground(known[n], near[n]))
                for n in range(begin, end)
            ]

        return [one for block in in_blocks(work, len(units), 4) for one in block]

    def _lone_cells(self, districts: pd.Series, outlines: gpd.GeoSeries) -> Shapes:
        """Return the cells of the points without a unit's outline, tiled by district, in the order of the demand."""
        rows = np.flatnonzero(~self._outlined[self.home])
        cells = np.full(len(rows), shapely.Polygon(), dtype=object)
        district = districts.iloc[rows]
        for code, which in district.groupby(district.to_numpy(), sort=False).indices.items():
            cells[which] = _lone(self._xy[rows[which]], outlines.loc[code])
        return cells

    @cached_property
    def _pair_first(self) -> Ints:
        """Return where the patches each demand point has land in begin."""
        return np.searchsorted(self._row, np.arange(len(self.home) + 1))

    @cached_property
    def _by_part(self) -> tuple[Ints, Ints]:
        """Return the pairs of a demand point and a patch patch by patch, and where those of each patch begin."""
        order = np.argsort(self._part, kind="stable")
        return order, np.searchsorted(self._part[order], np.arange(len(self.parts) + 1))

    @cached_property
    def _lone_rows(self) -> dict[int, Ints]:
        """Return which of the lone cells belong to each unit (or district) without an outline."""
        home = pd.Series(self.home[~self._outlined[self.home]])
        return {cast(int, unit): np.asarray(which) for unit, which in home.groupby(home.to_numpy()).indices.items()}

    @cached_property
    def _lone_land(self) -> tuple[Shapes, Ints]:
        """Return the patches of land of all lone points, joined, and the unit or district of each."""
        joined = [shapely.get_parts(joined_cells(self._lone[which])) for which in self._lone_rows.values()]
        homes = np.repeat(np.array(list(self._lone_rows), dtype=np.int64), [len(parts) for parts in joined])
        return _together(joined, object), homes

    def land_m2(self, code: str, zone: Zone) -> tuple[float, float]:
        """Return the residential land of a unit, and how much of it a zone covers, in m²; 0 where unknown."""
        if code not in self._parts_of:
            return 0.0, 0.0
        own = self._parts_of[code]
        whole = float(self._part_m2[own].sum())
        return whole, max(0.0, whole - float(zone.beyond_m2(self.parts)[own].sum()))

    def unit_land(self) -> UnitLand:
        """Return the land of each unit without its tiles."""
        return UnitLand(self.parts, self._parts_of)

    @cached_property
    def _parts_of(self) -> dict[str, slice]:
        """Return where among the patches those of each unit stand that has residential land."""
        first = np.searchsorted(self.part_home, np.arange(len(self.codes) + 1))
        return {code: slice(first[n], first[n + 1]) for n, code in enumerate(self.codes) if code in self._has_land}

    @cached_property
    def _part_m2(self) -> Floats:
        area: Floats = shapely.area(self.parts)
        return area

    def beyond(self, zone: Zone, homes: Ints, inside: BaseGeometry | None) -> tuple[Shapes, Ints]:
        """Return the land of some units beyond a zone, inside an area if one is given: Polygons and their units."""
        lone, lone_home = self._lone_land
        wanted, wanted_lone = np.isin(self.part_home, homes), np.isin(lone_home, homes)
        left = [zone.beyond(self.parts, wanted)[wanted], zone.beyond(lone, wanted_lone)[wanted_lone]]
        home = np.concatenate([self.part_home[wanted], lone_home[wanted_lone]])
        ground = np.concatenate(left)
        some = ~shapely.is_empty(ground)
        ground, home = ground[some], home[some]
        if inside is not None:
            ground = areal(shapely.intersection(ground, inside, grid_size=GRID_M))
        return single_polygons(ground, home)

    def held_by(self, rows: NDArray[np.bool_], least_m2: float) -> tuple[Shapes, Ints]:
        """Return the land that stands for some demand points: Polygons of at least so many m², and their units."""
        count = len(self.parts)
        mine = rows[self._row]
        held = np.bincount(self._part[mine], self._area[mine], minlength=count).astype(np.float64)
        enough = held >= least_m2 - _MAY_DIFFER_M2
        all_of_it = np.bincount(self._part[~mine], minlength=count) == 0
        whole, cut = np.flatnonzero(enough & all_of_it), np.flatnonzero(enough & ~all_of_it)
        pieces, of_cut = self._pieces(rows, cut, held)
        lone = [joined_cells(self._lone[which[rows[self._lone_row(which)]]]) for which in self._lone_rows.values()]
        ground = np.concatenate([self.parts[whole], pieces, array_of(lone)])
        home = [self.part_home[whole], self.part_home[of_cut], np.array(list(self._lone_rows), dtype=np.int64)]
        polygons, homes = single_polygons(ground, np.concatenate(home))
        large = shapely.area(polygons) >= least_m2
        return polygons[large], homes[large]

    def _lone_row(self, which: Ints) -> Ints:
        rows: Ints = np.flatnonzero(~self._outlined[self.home])[which]
        return rows

    def _pieces(self, rows: NDArray[np.bool_], cut: Ints, held: Floats) -> tuple[Shapes, Ints]:
        """Cut patches of land along the sides between points that count and points that do not.

        A patch whose pieces do not add up to what the points hold is put together from the cells of its points.

        Returns
        -------
        (pieces, part)
            Polygons that stand for points that count, and the patch each was cut from.
        """
        from zzgeo.network.compiled import in_blocks

        side, first = self._lines(rows, cut)

        def work(begin: int, end: int) -> tuple[Shapes, Ints]:
            mine = cut[begin:end]
            pieces, whose, area = self._walked_round(rows, mine, side, first[begin : end + 1])
            closed = np.abs(area - held[mine]) <= _MAY_DIFFER * held[mine] + _MAY_DIFFER_M2
            closed[whose[~shapely.is_valid(pieces)]] = False
            keep, open_ = closed[whose], np.flatnonzero(~closed)
            cells = array_of([self._from_cells(rows, part) for part in mine[open_]])
            return np.concatenate([pieces[keep], cells]), np.concatenate([whose[keep], open_]) + begin

        blocks = in_blocks(work, len(cut), 64)
        pieces, of_cut = _together([some for some, _ in blocks], object), _together([of for _, of in blocks], np.int64)
        return pieces, cut[of_cut]

    def _lines(self, rows: NDArray[np.bool_], cut: Ints) -> tuple[Ints, Ints]:
        """Return the sides between points that count and points that do not, patch by patch, and the first of each."""
        border = np.flatnonzero(rows[self._sides[:, 0]] != rows[self._sides[:, 1]])
        place = np.full(len(self.parts), -1)
        place[cut] = np.arange(len(cut))
        sides, places = [], []
        for end in (0, 1):
            own = self._sides[border, end]
            first, many = self._pair_first[own], self._pair_first[own + 1] - self._pair_first[own]
            at = np.repeat(first - np.cumsum(many) + many, many) + np.arange(int(many.sum()))
            sides.append(np.repeat(border, many))
            places.append(place[self._part[at]])
        side, where = np.concatenate(sides), np.concatenate(places)
        near = where >= 0
        pair = np.sort(where[near] * len(self._sides) + side[near])
        pair = pair[np.diff(pair, prepend=-1) > 0]
        where, side = np.divmod(pair, max(len(self._sides), 1))
        return side, np.searchsorted(where, np.arange(len(cut) + 1))

    def _walked_round(
        self, rows: NDArray[np.bool_], parts: Ints, side: Ints, first: Ints
    ) -> tuple[Shapes, Ints, Floats]:
        """Cut some patches by walking round what is left of the sides: polygons, their patch, m² of each patch."""
        from zzgeo.land.cutting import cut
        from zzgeo.land.nearby import nearest_spot

        mine = side[first[0] : first[-1]]
        ends = self._ends[mine]
        ends = np.where(rows[self._sides[mine, 0]][:, None], ends, ends[:, [2, 3, 0, 1]])
        rings, of_part = shapely.get_rings(self.parts[parts], return_index=True)
        shell = np.concatenate([[True], np.diff(of_part) > 0])[: len(of_part)]
        rings = np.where(shapely.is_ccw(rings) == shell, rings, shapely.reverse(rings))
        corner_first = np.concatenate([[0], np.cumsum(shapely.get_num_coordinates(rings))])
        corners = shapely.get_coordinates(rings)
        own = nearest_spot(
            corners[corner_first[:-1]], self.part_home[parts[of_part]], self._xy, self._spots, self._spot_first
        )
        # near the origin a float holds the tenth of a nanometre
        origin = np.floor(shapely.bounds(self.parts[parts])[:, :2])
        xy, loop_first, owner, whose, area = cut(
            ends - np.tile(np.repeat(origin, np.diff(first), axis=0), 2),
            first - first[0],
            np.searchsorted(of_part, np.arange(len(parts) + 1)),
            corner_first,
            corners - np.repeat(origin[of_part], np.diff(corner_first), axis=0),
            rows[own],
        )
        many = np.diff(loop_first)
        loops = shapely.linearrings(
            xy + np.repeat(origin[whose], many, axis=0), indices=np.repeat(np.arange(len(many)), many)
        )
        order = np.lexsort((owner != np.arange(len(owner)), owner))
        shells = np.unique(owner)
        polygons = np.empty(len(shells), dtype=object)
        if len(shells):
            single: Any = np.asarray(loops)[order]
            shapely.polygons(single, indices=np.searchsorted(shells, owner[order]), out=polygons)
        return polygons, whose[shells], area

    def _from_cells(self, rows: NDArray[np.bool_], part: int) -> BaseGeometry:
        """Return what points that count hold of a patch, from the cells of all who hold some of it.

        Where four points lie on a circle, as on a grid, sides without a length are left out, and a walk may not close.
        """
        order, first = self._by_part
        holders = np.sort(self._row[order[first[part] : first[part + 1]]])
        ground = self.parts[part]
        cells = nearest_cells(np.asarray(shapely.points(self._xy[holders])), ground)
        mine: BaseGeometry = areal(shapely.intersection(shapely.union_all(cells[rows[holders]]), ground))
        return mine


@dataclass(frozen=True)
class UnitLand:
    """The patches of residential land of each unit, as a `Tiling` has them: what is asked once the tiles are gone."""

    parts: Shapes
    of: dict[str, slice]

    def land_m2(self, codes: Sequence[str], zone: Zone) -> dict[str, tuple[float, float]]:
        """Return the residential land of some units, and how much of it a zone covers, in m²; 0 where unknown."""
        known = [code for code in codes if code in self.of]
        rows = [np.arange(self.of[code].start, self.of[code].stop) for code in known]
        land = dict.fromkeys(codes, (0.0, 0.0))
        if known:
            ends, every = np.cumsum([len(own) for own in rows])[:-1], np.concatenate(rows)
            areas = np.split(shapely.area(self.parts[every]), ends), np.split(zone.left_m2(self.parts, every), ends)
            for code, whole, left in zip(known, *areas, strict=True):
                m2 = float(whole.sum())
                land[code] = m2, max(0.0, m2 - float(left.sum()))
        return land


def _parts(ground: BaseGeometry) -> Shapes:
    return np.array([part for part in shapely.get_parts(ground) if not part.is_empty], dtype=object)


def homes_of(
    demand: gpd.GeoDataFrame, units: gpd.GeoDataFrame | None
) -> tuple[Ints, list[str], list[BaseGeometry | None]]:
    """Return the unit of each demand point (its district, where it has none) as a number, the codes, the outlines."""
    home = demand["unit"].fillna(demand["district"]) if "unit" in demand.columns else demand["district"]
    number, codes = pd.factorize(home, sort=True)
    outlines = _outlines(units if "unit" in demand.columns else None, pd.Index(codes))
    return number.astype(np.int64), [str(code) for code in codes], outlines


def _outlines(units: gpd.GeoDataFrame | None, codes: pd.Index) -> list[BaseGeometry | None]:
    """Return the outline of each unit that has one."""
    if units is None:
        return [None] * len(codes)
    areas = units.geometry[units.geometry.geom_type.isin(("Polygon", "MultiPolygon"))]
    shapes = areas.to_numpy()
    return [shapes[row] if row >= 0 else None for row in areas.index.get_indexer(codes)]


def _ground(outline: BaseGeometry, near: Shapes | None) -> tuple[BaseGeometry, bool]:
    """Return the residential land in an outline, and True; the whole outline, and False, where there is none."""
    if near is not None and len(near):
        ground = areal(shapely.intersection(shapely.union_all(near), outline, grid_size=GRID_M))
        if not ground.is_empty:
            return ground, True
    return outline, False


def _tile(rows: Ints, xy: Floats, ground: BaseGeometry, has_land: bool) -> Tiled:
    from zzgeo.land.voronoi import tile

    points = xy[rows]
    order = np.lexsort((points[:, 1], points[:, 0]))
    new = np.ones(len(rows), dtype=bool)
    new[1:] = (np.diff(points[order], axis=0) != 0).any(axis=1)
    # rows are in order, and the sort is stable: the first of several at one place is the first row
    spots = np.sort(rows[order[new]])
    points = xy[spots]
    parts = _parts(ground)
    rings, of_part = shapely.get_rings(parts, return_index=True)
    first = np.concatenate([[0], np.cumsum(shapely.get_num_coordinates(rings))])
    shell = np.concatenate([[True], np.diff(of_part) > 0])[: len(of_part)]
    bounds = np.concatenate([shapely.bounds(parts), np.tile(points, 2)])
    box = np.concatenate([bounds[:, :2].min(axis=0) - 1.0, bounds[:, 2:].max(axis=0) + 1.0])
    corner = np.tile(np.floor(box[:2]), 2)
    room = 4 * len(points) + 4 * int(first[-1]) + 64
    while True:
        sides, ends, cell, part, area, n_sides, n_pairs = tile(
            points - corner[:2],
            box - corner,
            shapely.get_coordinates(rings) - corner[:2],
            first,
            of_part,
            np.where(shell, 1.0, -1.0),
            shapely.bounds(parts) - corner,
            room,
        )
        if n_pairs >= 0:
            break
        room *= 4
    cell, part, area = cell[:n_pairs], part[:n_pairs].astype(np.int64), area[:n_pairs].copy()
    return Tiled(spots, parts, has_land, spots[sides[:n_sides]], ends[:n_sides] + corner, spots[cell], part, area)


def _lone(xy: Floats, outline: BaseGeometry) -> Shapes:
    """Tile an outline by the nearest of some points, at most `LONE_POINT_M` around each."""
    keep = np.sort(np.unique(xy, axis=0, return_index=True)[1])
    cells = np.full(len(xy), shapely.Polygon(), dtype=object)
    points = np.asarray(shapely.points(xy[keep]))
    tiles = nearest_cells(points, outline)
    shapely.prepare(outline)
    crossing = ~shapely.contains_properly(outline, tiles)
    tiles[crossing] = areal(shapely.intersection(tiles[crossing], outline, grid_size=GRID_M))
    corners, of_tile = shapely.get_coordinates(tiles, return_index=True)
    away = np.hypot(*(corners - xy[keep][of_tile]).T) > LONE_POINT_M * np.cos(np.pi / 32)
    wide = np.unique(of_tile[away])
    around = shapely.buffer(points[wide], LONE_POINT_M)
    tiles[wide] = areal(shapely.intersection(tiles[wide], around, grid_size=GRID_M))
    cells[keep] = tiles
    return cells


def _together(arrays: Sequence[NDArray[Any]], dtype: type, empty: tuple[int, ...] = (0,)) -> NDArray[Any]:
    return np.concatenate(arrays).astype(dtype, copy=False) if arrays else np.empty(empty, dtype=dtype)
