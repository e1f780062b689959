"""Squares of an OpenStreetMap file: areas people walk along, and straight across between the ways that meet them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise
from typing import Any

import numpy as np
import shapely

from zzgeo.formats.parts.osm_nodes import Places

#: A square with more entries than this is walked along its outline only: every two of them make a way.
MOST_ENTRIES = 40
#: How far a straight way across may leave the outline, in degrees: some millimetres, for rounding.
_TOUCH = 3e-8


@dataclass(frozen=True)
class Square:
    """An area people walk on: the nodes of its rings, outer and inner, in order; a ring may be in several pieces."""

    rings: tuple[Any, ...]
    inner: tuple[Any, ...] = ()

    @property
    def outline(self) -> tuple[Any, ...]:
        """Return the nodes of every piece of its rings."""
        return (*self.rings, *self.inner)


def entries(square: Square, uses: Mapping[int, int], own: Mapping[int, int]) -> list[int]:
    """Return the nodes of a square's outline that other ways lead over, in the order of their ids.

    Parameters
    ----------
    square
        The area.
    uses
        How often each node occurs in the ways that are walked, squares' outlines among them.
    own
        How often it occurs there for this square alone.
    """
    nodes = {int(node) for piece in square.outline for node in piece}
    return sorted(node for node in nodes if uses.get(node, 0) > own.get(node, 0))


def crossings(square: Square, doors: Sequence[int], places: Places) -> list[tuple[int, int]]:
    """Return the pairs of entries between which people walk straight across: the line between them lies inside.

    Neighbours on the outline are not crossed to; a square that is not whole in the file is not crossed at all.
    """
    if not all(places.has(piece).all() for piece in square.outline):
        return []
    area = _area(square, places)
    beside = {frozenset((int(a), int(b))) for piece in square.outline for a, b in pairwise(piece)}
    pairs = [pair for pair in combinations(doors, 2) if frozenset(pair) not in beside]
    if area is None or not pairs:
        return []
    ends = places.of(np.array(pairs, dtype=np.int64).ravel()).reshape(-1, 2, 2)
    inside = shapely.covers(area, shapely.linestrings(ends))
    return [pair for pair, within in zip(pairs, inside.tolist(), strict=True) if within]


def _area(square: Square, places: Places) -> Any:
    """Return the polygon of a square, a hair wider than drawn, or None where its rings do not close."""
    outer, inner = (
        shapely.get_parts(shapely.polygonize([shapely.linestrings(places.of(piece)) for piece in pieces]))
        for pieces in (square.rings, square.inner)
    )
    if len(outer) == 0:
        return None
    whole = shapely.difference(shapely.union_all(outer), shapely.union_all(inner))
    area = shapely.buffer(whole, _TOUCH, join_style="mitre")
    shapely.prepare(area)
    return area
