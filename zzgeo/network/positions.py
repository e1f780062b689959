"""Positions on the streets as arrays: what a search starts from and what it asks for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import shapely

from zzgeo.network.lines import Floats, Ints


@dataclass(frozen=True)
class Positions:
    """Positions on the network as arrays: edge, metres along it, leg to it, and the row each belongs to."""

    edge: Ints
    offset: Floats
    leg: Floats
    owner: Ints

    def __len__(self) -> int:
        return len(self.edge)

    def take(self, which: Any) -> Positions:
        """Return some of the positions."""
        return Positions(self.edge[which], self.offset[which], self.leg[which], self.owner[which])

    def take_owners(self, owners: Ints) -> Positions:
        """Return the positions of some owners."""
        few = len(owners) <= 4
        return self.take((self.owner[:, None] == owners).any(axis=1) if few else np.isin(self.owner, owners))

    def beside(self, other: Positions) -> Positions:
        """Return these positions, and then others."""
        columns = ("edge", "offset", "leg", "owner")
        return Positions(*(np.concatenate([getattr(self, name), getattr(other, name)]) for name in columns))


def present(geometry: Any) -> Any:
    """Tell which geometries are a place: not missing, not empty, finite."""
    there = ~shapely.is_missing(geometry) & ~shapely.is_empty(geometry)
    bounds = shapely.bounds(geometry)
    return there & np.isfinite(bounds).all(axis=1)


def labels_at(index: pd.Index, rows: Ints) -> Any:
    """Return the labels at positions; missing where a position is negative. Whole numbers stay whole numbers."""
    missing = rows < 0
    if pd.api.types.is_integer_dtype(index.dtype):
        labels = pd.array(np.zeros(len(rows), dtype=np.int64), dtype="Int64")
        labels[~missing] = index.to_numpy()[rows[~missing]]
        labels[missing] = pd.NA
        return labels
    if isinstance(index.dtype, pd.StringDtype) and not missing.all():
        return index.array.take(np.maximum(rows, -1), allow_fill=True)
    found = np.full(len(rows), None, dtype=object)
    found[~missing] = index.astype(object).to_numpy()[rows[~missing]]
    return found
