"""The ground that many facilities cover together, asked piece by piece."""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from zzgeo.land.shapes import areal, without

Shapes = NDArray[np.object_]
Flags = NDArray[np.bool_]
Places = NDArray[np.int64]

#: Areas are cut down to this many metres around a piece of ground first: a far corner cannot matter, but costs time.
_AROUND_M = 1.0


class Zone:
    """The ground many facilities cover together; asked piece by piece, never dissolved as a whole."""

    def __init__(self, areas: Shapes) -> None:
        self._areas = areas
        self._made: shapely.STRtree | None = None
        self._asked: dict[int, tuple[Shapes, Shapes, Flags]] = {}
        self._measured: dict[int, NDArray[np.float64]] = {}
        self._before: tuple[Zone, Places] | None = None

    @classmethod
    def after(cls, before: Zone, areas: Shapes, place: Places) -> Zone:
        """Return the ground of ``areas``, many of which are those of another zone, asked without a search tree anew.

        ``place`` tells where each area of the other zone stands now, ascending, and -1 where it is none of them.
        """
        zone = cls(areas)
        if before._before is not None:
            before, first = before._before
            place = np.where(first >= 0, place[first], -1)
        zone._before = before, place
        return zone

    def _pairs(self, grounds: Shapes) -> tuple[Places, Places]:
        """Return which ground and which area meet."""
        if self._before is None:
            which, area = self._tree().query(grounds, predicate="intersects")
            return which, area
        before, place = self._before
        which, area = before._tree().query(grounds, predicate="intersects")
        stays, came = place[area] >= 0, self._new
        shapely.prepare(self._areas[came])
        ground, own = np.nonzero(shapely.intersects(self._areas[came][None, :], grounds[:, None]))
        return np.append(which[stays], ground), np.append(place[area[stays]], came[own])

    def _tree(self) -> shapely.STRtree:
        if self._made is None:
            self._made = shapely.STRtree(self._areas)
        return self._made

    @property
    def areas(self) -> Shapes:
        """Return the areas the facilities cover, as they were given."""
        return self._areas

    def near(self, outline: BaseGeometry) -> BaseGeometry:
        """Return the covered ground that can matter to an outline, as one geometry."""
        # in the order they were given: areas far away change nothing, not even the order of the corners
        near = np.sort(self._pairs(np.array([outline], dtype=object))[1])
        joined: BaseGeometry = shapely.union_all(self._areas[near])
        return joined

    def beyond(self, grounds: Shapes, which: Flags | None = None) -> Shapes:
        """Return what lies beyond the zone of each of some grounds; each is asked only once.

        Parameters
        ----------
        grounds
            Polygons or MultiPolygons, shape (n,); the same array every time.
        which
            Those that are wanted; all if left out.

        Returns
        -------
        array of geometry, shape (n,)
            Empty where a ground is covered, and where it is not wanted.
        """
        _, left, known = self._asked.setdefault(
            id(grounds), (grounds, np.full(len(grounds), shapely.Polygon(), dtype=object), np.zeros(len(grounds), bool))
        )
        new = np.flatnonzero(~known if which is None else which & ~known)
        if len(new):
            left[new] = self.left_of(grounds[new])
            known[new] = True
        return left

    def beyond_m2(self, grounds: Shapes) -> NDArray[np.float64]:
        """Return how much of each ground lies beyond the zone, in m²; measured once."""
        if id(grounds) not in self._measured:
            self._measured[id(grounds)] = shapely.area(self.beyond(grounds))
        return self._measured[id(grounds)]

    def left_m2(self, grounds: Shapes, rows: Places) -> NDArray[np.float64]:
        """Return how much of some of the grounds lies beyond the zone, in m²: of those alone that were not measured.

        What another zone came to (`after`) stands for every ground that no area meets which is in one of them alone.
        """
        own, known = grounds[rows], None
        if self._before is not None:
            before, place = self._before
            known = before._measured.get(id(grounds))
        if known is None:
            return shapely.area(self.left_of(own))
        other = np.concatenate([before._areas[place < 0], self._areas[self._new]])
        shapely.prepare(other)
        anew = shapely.intersects(other[:, None], own[None, :]).any(axis=0)
        left_m2: NDArray[np.float64] = known[rows]
        left_m2[anew] = shapely.area(self.left_of(own[anew]))
        return left_m2

    @property
    def _new(self) -> Places:
        """Return the areas that the zone before has not."""
        assert self._before is not None
        new = np.ones(len(self._areas), dtype=bool)
        new[self._before[1][self._before[1] >= 0]] = False
        return np.flatnonzero(new)

    def left_of(self, grounds: Shapes) -> Shapes:
        """Return what lies beyond the zone of each of some grounds, polygons or MultiPolygons, shape (n,)."""
        from zzgeo.network.compiled import in_blocks

        left = grounds.copy()
        which, area = self._pairs(grounds)
        order = np.lexsort((area, which))
        which, area = which[order], area[order]
        shapely.prepare(self._areas[np.unique(area)])
        covered = np.zeros(len(grounds), dtype=bool)
        covered[which[shapely.covers(self._areas[area], grounds[which])]] = True
        left[covered] = shapely.Polygon()
        keep = ~covered[which]
        which, area = which[keep], area[keep]
        touched, first = np.unique(which, return_index=True)
        first = np.append(first, len(which))

        def work(begin: int, end: int) -> None:
            for n in range(begin, end):
                ground = grounds[touched[n]]
                around = self._areas[area[first[n] : first[n + 1]]]
                joined = shapely.union_all(_cut_down(around, ground))
                left[touched[n]] = without(ground, joined)

        in_blocks(work, len(touched), 64)
        return left


def _cut_down(areas: Shapes, ground: BaseGeometry) -> Shapes:
    west, south, east, north = shapely.bounds(ground)
    box = (west - _AROUND_M, south - _AROUND_M, east + _AROUND_M, north + _AROUND_M)
    cut = areal(shapely.clip_by_rect(areas, *box))
    return np.where(shapely.is_valid(cut), cut, areas)
