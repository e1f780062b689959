"""Arcs in well-known binary, drawn as lines: GEOS, and so shapely, knows circular strings by name but cannot use them.

An arc of a circle is replaced by the chords of equal angles of `STEP`: they stay within a 6,500th of its radius. WKB of
the Open Geospatial Consortium: byte order, kind (thousands say which of Z and M follow), then the parts.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Sequence
from typing import Any, cast

import numpy as np
import shapely
from numpy.typing import NDArray

from zzgeo.errors import Problem

Floats = NDArray[np.float64]

#: The angle of one chord.
STEP = math.radians(2.0)
#: Kinds that may hold arcs: circular string, compound curve, curve polygon, multi-curve, multi-surface.
_CIRCULAR, _COMPOUND, _CURVE_POLYGON, _MULTI_CURVE, _MULTI_SURFACE = 8, 9, 10, 11, 12
_LINE, _POLYGON = 2, 3
#: Bits of the older dialect that stand for Z, M and a reference number.
_EWKB_Z, _EWKB_M, _EWKB_SRID = 0x80000000, 0x40000000, 0x20000000


def without_arcs(
    wkb: Sequence[bytes | None], labels: Sequence[object], file: str
) -> tuple[list[bytes | None], list[Problem]]:
    """Return well-known binary in which arcs are lines, and a warning that names their rows.

    What cannot be read is returned as it is, for the reader of geometries to tell.

    Examples
    --------
    >>> arc = struct.pack("<BII6d", 1, 8, 3, 0, 0, 1, 1, 2, 0)
    >>> [line], [note] = without_arcs([arc], [7], "a.gpkg")
    >>> round(shapely.from_wkb(line).length / math.pi, 3), note.rows
    (1.0, ('7',))
    """
    straight, rows = list(wkb), []
    for place, blob in enumerate(wkb):
        if blob is None or not _curved(blob):
            continue
        try:
            straight[place] = shapely.to_wkb(_Reader(blob).shape())
        except (struct.error, ValueError, IndexError, RecursionError, shapely.GEOSException):
            straight[place] = b""
            continue
        rows.append(str(labels[place]))
    if not rows:
        return straight, []
    value = f"{len(rows)} rows with arcs, first {rows[0]}"
    why = f"arcs are drawn as chords of {math.degrees(STEP):g}°: within a 6,500th of the radius"
    return straight, [Problem("geom.linearised", file, value, why, "nothing to do", "warning", tuple(rows[:1000]))]


def _curved(blob: bytes) -> bool:
    if len(blob) < 5:
        return False
    kind = int.from_bytes(blob[1:5], "little" if blob[0] else "big") & 0x0FFFFFFF
    return _CIRCULAR <= kind % 1000 <= _MULTI_SURFACE


class _Reader:
    """Well-known binary, read from its beginning; each shape says its own kind."""

    def __init__(self, blob: bytes) -> None:
        self._blob, self._offset = blob, 0

    def _number(self, order: str) -> int:
        [number] = struct.unpack_from(f"{order}I", self._blob, self._offset)
        self._offset += 4
        return int(number)

    def _head(self) -> tuple[str, int, int]:
        """Return byte order, kind and how many numbers a place has."""
        order = "<" if self._blob[self._offset] else ">"
        self._offset += 1
        said = self._number(order)
        if said & _EWKB_SRID:
            self._offset += 4
        extra = said & 0x0FFFFFFF
        size = 2 + (1, 1, 2)[extra // 1000 - 1] if 1000 <= extra < 4000 else 2
        size += bool(said & _EWKB_Z) + bool(said & _EWKB_M)
        return order, extra % 1000, size

    def _places(self, order: str, size: int) -> Floats:
        count = self._number(order)
        numbers = np.frombuffer(self._blob, dtype=f"{order}f8", count=count * size, offset=self._offset)
        self._offset += 8 * count * size
        return numbers.reshape(count, size)[:, :2].astype(np.float64)

    def _line(self) -> Floats:
        """Return the places of a line, of arcs, or of several of them end to end."""
        order, kind, size = self._head()
        if kind == _LINE:
            return self._places(order, size)
        if kind == _CIRCULAR:
            return stroked(self._places(order, size))
        if kind == _COMPOUND:
            pieces = [self._line() for _ in range(self._number(order))]
            return np.concatenate([pieces[0], *(piece[1:] for piece in pieces[1:])]) if pieces else np.empty((0, 2))
        raise ValueError("no line")

    def shape(self) -> shapely.Geometry:
        """Return the next shape."""
        begin = self._offset
        order, kind, size = self._head()
        if kind in (_LINE, _CIRCULAR, _COMPOUND):
            self._offset = begin
            return shapely.LineString(self._line())
        if kind == _POLYGON:
            rings = [self._places(order, size) for _ in range(self._number(order))]
            return shapely.Polygon(rings[0], rings[1:]) if rings else shapely.Polygon()
        parts = self._number(order)
        if kind == _CURVE_POLYGON:
            rings = [self._line() for _ in range(parts)]
            return shapely.Polygon(rings[0], rings[1:]) if rings else shapely.Polygon()
        if kind in (_MULTI_CURVE, _MULTI_SURFACE):
            shapes = np.array([self.shape() for _ in range(parts)], dtype=object)
            joined: Any = (shapely.multilinestrings if kind == _MULTI_CURVE else shapely.multipolygons)(shapes)
            return cast("shapely.Geometry", joined)
        raise ValueError("no shape with arcs")


def stroked(places: Floats) -> Floats:
    """Return arcs, each through three places and beginning where the one before ends, as a line.

    Examples
    --------
    >>> line = stroked(np.array([[0.0, 0.0], [1.0, 1.0], [2.0, 0.0]]))
    >>> len(line), line[45].round(6).tolist()
    (91, [1.0, 1.0])
    """
    if len(places) < 3 or len(places) % 2 == 0:
        raise ValueError("an arc goes through three places")
    arcs = (_arc(*places[first : first + 3])[1:] for first in range(0, len(places) - 2, 2))
    return np.concatenate([places[:1], *arcs])


def _arc(start: Floats, middle: Floats, end: Floats) -> Floats:
    a, b = middle - start, end - start
    if np.array_equal(start, end):  # a whole circle: the middle lies across from the start
        centre, sweep = start + a / 2, 2 * math.pi
    else:
        cross = 2 * float(a[0] * b[1] - a[1] * b[0])
        if abs(cross) <= 1e-12 * float(a @ a + b @ b):
            return np.array([start, middle, end])
        up, along = float(a @ a), float(b @ b)
        centre = start + np.array([b[1] * up - a[1] * along, a[0] * along - b[0] * up]) / cross
        turns = [math.atan2(*(place - centre)[::-1]) for place in (start, middle, end)]
        sweep = (turns[2] - turns[0]) % (2 * math.pi)
        if (turns[1] - turns[0]) % (2 * math.pi) > sweep:
            sweep -= 2 * math.pi
    radius, begin = float(np.hypot(*(start - centre))), math.atan2(*(start - centre)[::-1])
    angles = begin + sweep * np.linspace(0.0, 1.0, max(2, math.ceil(abs(sweep) / STEP - 1e-9)) + 1)
    line = centre + radius * np.column_stack([np.cos(angles), np.sin(angles)])
    line[0], line[-1] = start, end
    return line
