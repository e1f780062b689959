"""Arithmetic along many lines at once: where a position lies, and the piece between two positions."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from zzgeo.crs.ground import Ground

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
#: Lines measured on the ground at once: each has the terms of a polynomial in memory.
_TOGETHER = 100_000
#: Whole numbers of any width, as kernels use them.
Codes = NDArray[Any]


@dataclass(frozen=True, eq=False)
class Lines:
    """The vertices of all lines in one array: ``start[i]:start[i + 1]`` are those of line ``i``.

    A fifth of the memory that as many geometries take.
    """

    xy: Floats
    start: Ints

    @classmethod
    def of(cls, geometry: Any) -> Lines:
        """Unpack an array of LineStrings."""
        xy, owner = shapely.get_coordinates(geometry, return_index=True)
        counts = np.bincount(owner, minlength=len(geometry))
        return cls(xy, np.concatenate([[0], np.cumsum(counts)]).astype(np.int64))

    def __len__(self) -> int:
        return len(self.start) - 1

    def owner(self, vertex: Ints) -> Ints:
        """Return the line of each vertex."""
        return np.searchsorted(self.start, vertex, side="right") - 1

    @cached_property
    def along(self) -> Floats:
        """The distance of each vertex along its line, in metres; ``along[start[i]]`` is 0."""
        step = np.zeros(len(self.xy))
        if len(self.xy):
            step[1:] = np.hypot(*np.diff(self.xy, axis=0).T)
            step[self.start[:-1]] = 0.0
        total = np.cumsum(step)
        # One running sum over a whole city is off by about a nanometre: enough for drawing, and nothing else uses it.
        return total - np.repeat(total[self.start[:-1]], np.diff(self.start)) if len(self.xy) else total

    @cached_property
    def bounds(self) -> Floats:
        """West, south, east and north of each line, shape (n_lines, 4)."""
        low, high = (reduce.reduceat(self.xy, self.start[:-1]) for reduce in (np.minimum, np.maximum))
        return np.concatenate([low, high], axis=1)

    def whole(self, line: Ints | None = None) -> Any:
        """Return some of the lines, or all, as LineStrings, shape (n,)."""
        if line is None:
            return shapely.linestrings(self.xy, indices=np.repeat(np.arange(len(self)), np.diff(self.start)))
        begin, count = self.start[line], self.start[line + 1] - self.start[line]
        owner = np.repeat(np.arange(len(line)), count)
        vertex = np.arange(len(owner)) + np.repeat(begin - (np.cumsum(count) - count), count)
        return shapely.linestrings(self.xy[vertex], indices=owner)

    def pieces(self, line: Ints, low: Floats, high: Floats) -> Any:
        """Return the LineStrings between two distances along lines, shape (n,); needs ``low < high``."""
        if len(line) == 0:
            return np.empty(0, dtype=object)
        first, count = self._inner_vertices(line, low, high)
        total = count + 2
        begin = np.concatenate([[0], np.cumsum(total)[:-1]]).astype(np.int64)
        xy = np.empty((int(total.sum()), 2))
        xy[begin] = self._at(line, low, first - 1)
        xy[begin + total - 1] = self._at(line, high, first + count - 1)
        owner = np.repeat(np.arange(len(line)), count)
        rank = np.arange(int(count.sum())) - np.repeat(np.cumsum(count) - count, count)
        xy[begin[owner] + 1 + rank] = self.xy[first[owner] + rank]
        return shapely.linestrings(xy, indices=np.repeat(np.arange(len(line)), total))

    def _inner_vertices(self, line: Ints, low: Floats, high: Floats) -> tuple[Ints, Ints]:
        """Return the first vertex beyond ``low`` and how many lie strictly between ``low`` and ``high``."""
        begin, end = self.start[line], self.start[line + 1]
        counts = end - begin
        owner = np.repeat(np.arange(len(line)), counts)
        vertex = np.arange(int(counts.sum())) - np.repeat(np.cumsum(counts) - counts, counts) + begin[owner]
        along = self.along[vertex]
        before = np.bincount(owner, along <= low[owner], minlength=len(line)).astype(np.int64)
        inside = np.bincount(owner, (along > low[owner]) & (along < high[owner]), minlength=len(line))
        return begin + np.maximum(before, 1), inside.astype(np.int64)

    def _at(self, line: Ints, where: Floats, vertex: Ints) -> Floats:
        """Return the coordinates at a distance along a line, beyond ``vertex`` and before the next one."""
        vertex = np.minimum(vertex, self.start[line + 1] - 2)
        here, there = self.along[vertex], self.along[vertex + 1]
        step = there - here
        share = np.divide(where - here, step, out=np.zeros_like(where), where=step > 0)[:, None]
        xy: Floats = self.xy[vertex] + np.clip(share, 0.0, 1.0) * (self.xy[vertex + 1] - self.xy[vertex])
        return xy


def stretch_of(lines: Lines, ground: Ground) -> Floats:
    """Return how many metres on the ground a metre of each line is, shape (n_lines,): as in the middle of its chord.

    A line that ends where it begins is taken to run all ways alike.
    """
    begin, end = lines.xy[lines.start[:-1]], lines.xy[lines.start[1:] - 1]
    stretch = np.empty(len(lines))
    for first in range(0, len(lines), _TOGETHER):
        part = slice(first, first + _TOGETHER)
        here, there = begin[part], end[part]
        ring = (here == there).all(axis=1)
        step = np.where(ring[:, None], np.sqrt(0.5), there - here)
        stretch[part] = ground.metres(here, here + step) / np.hypot(*step.T)
    return stretch
