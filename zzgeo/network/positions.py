"""Positions on the streets as arrays: what a search starts from and what it asks for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

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
