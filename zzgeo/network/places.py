"""Which of many places are one place: exactly, and to a distance."""

from __future__ import annotations

import numpy as np
import pandas as pd

from zzgeo.network.components import connected_components
from zzgeo.network.lines import Floats, Ints

#: Places are swept in this direction: along streets of a chequered town many would lie abreast.
_DIRECTION = np.array([np.cos(0.3), np.sin(0.3)])
#: Rounding of what is reckoned from coordinates of millions of metres.
_ROUNDING_M = 1e-6


def distinct(xy: Floats) -> tuple[Floats, Ints]:
    """Return the distinct places, in the order in which they first appear, and which of them each place is."""
    xy = np.ascontiguousarray(xy + 0.0)  # -0.0 and 0.0 are one number
    bits = xy.view(np.uint64)
    # two places with one mixture of bits would be made one: that is looked at below
    which, _ = pd.factorize(bits[:, 0] * np.uint64(0x9E3779B97F4A7C15) ^ (bits[:, 1] * np.uint64(0xC2B2AE3D27D4EB4F)))
    first = np.empty(int(which.max(initial=-1)) + 1, dtype=np.int64)
    first[which[::-1]] = np.arange(len(xy) - 1, -1, -1)
    whole = xy.view(np.complex128).ravel()
    if not (whole[first][which] == whole).all():
        _, first, which = np.unique(whole, return_index=True, return_inverse=True)
    return xy[first], which.astype(np.int64)


def near_pairs(xy: Floats, metres: float) -> Ints:
    """Return the pairs of places no further apart than `metres`, shape (n_pairs, 2).

    Places that are the same make a pair for every two of them: find `distinct` ones first.
    """
    along = xy @ _DIRECTION
    order = np.argsort(along)
    along = along[order]
    pairs = [np.empty((0, 2), dtype=np.int64)]
    here, step = np.flatnonzero(np.diff(along) <= metres + _ROUNDING_M), 1
    while len(here):
        one, other = order[here], order[here + step]
        near = np.hypot(*(xy[other] - xy[one]).T) <= metres
        pairs.append(np.column_stack([one[near], other[near]]))
        step += 1
        here = here[: np.searchsorted(here, len(xy) - step)]
        here = here[along[here + step] - along[here] <= metres + _ROUNDING_M]
    return np.concatenate(pairs)


def from_west(xy: Floats) -> Ints:
    """Return the order of places from west to east, of those on one meridian from south to north."""
    order = np.argsort(xy[:, 0], kind="stable")
    x = xy[order, 0]
    return np.lexsort((xy[:, 1], xy[:, 0])) if (x[1:] == x[:-1]).any() else order


def chained(pairs: Ints, xy: Floats) -> Ints:
    """Return the group of each place, shape (n_places,): pairs, also through a chain of pairs, are one group.

    A group is called by the westernmost place in it; a place that is in no pair is a group of its own.
    """
    label = np.arange(len(xy))
    if len(pairs):
        members = np.unique(pairs)
        members = members[from_west(xy[members])]
        rank = np.empty(len(xy), dtype=np.int64)
        rank[members] = np.arange(len(members))
        _, group = connected_components(rank[pairs[:, 0]], rank[pairs[:, 1]], len(members))
        label[members] = members[np.unique(group, return_index=True)[1]][group]
    return label
