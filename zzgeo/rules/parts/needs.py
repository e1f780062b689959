"""What the units of a clause lack where no distance decides, but the unit a facility stands in: for choosing sites."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

import geopandas as gpd
import numpy as np
import pandas as pd

from zzgeo.rules.parts.membership import lying_in


@dataclass(frozen=True)
class UnitNeeds:
    """What each unit, or district, lacks under a clause.

    Parameters
    ----------
    table
        GeoDataFrame indexed by code: ``name``, ``district``, ``people`` (NaN where nobody counted them), ``need`` and
        ``have`` (places or beds), ``shared`` (the place of a neighbour is enough); outlines or points as geometry.
    counts
        Whether every place counts one, or what it can take (``"capacity"``).
    answers
        By code, the codes of other units whose need a place in this unit answers too.
    lying
        Returns (``code``, ``facility_id``) of the units some places lie in; left out, border included (A20, A24).
    """

    table: gpd.GeoDataFrame
    counts: Literal["places", "capacity"] = "places"
    answers: Mapping[object, tuple[object, ...]] = field(default_factory=dict)
    lying: Callable[[gpd.GeoDataFrame], pd.DataFrame] | None = None

    @property
    def served(self) -> pd.Series:
        """Return the share of each unit's need that is answered, 0 to 1."""
        need, have = self.table["need"].to_numpy(dtype=float), self.table["have"].to_numpy(dtype=float)
        share = np.where(need > 0, np.minimum(have, need) / np.where(need > 0, need, 1.0), 1.0)
        return pd.Series(np.where(self.table["shared"], 1.0, share), index=self.table.index)

    def held_by(self, places: gpd.GeoDataFrame) -> pd.DataFrame:
        """Return (``code``, ``facility_id``) of every unit whose need a place counts for."""
        inside = lying_in(self.table, places) if self.lying is None else self.lying(places)
        inside = inside[inside["code"].isin(self.table.index)]
        also = [
            (other, place)
            for code, place in zip(inside["code"], inside["facility_id"], strict=True)
            for other in self.answers.get(code, ())
        ]
        pairs = pd.concat([inside, pd.DataFrame(also, columns=["code", "facility_id"], dtype=object)])
        return pairs.drop_duplicates(ignore_index=True)


def needs_table(
    units: gpd.GeoDataFrame,
    people: pd.Series,
    need: Iterable[float] | float,
    have: pd.Series,
    shared: Iterable[bool] | bool = False,
) -> gpd.GeoDataFrame:
    """Return the table of `UnitNeeds`; a district stands for itself."""
    district = units["district"] if "district" in units.columns else units.index.to_numpy(dtype=object)
    columns = {"name": units["name"], "district": district, "people": people.reindex(units.index).astype(float)}
    columns |= {"need": need, "have": have.reindex(units.index).astype(float), "shared": shared}
    return gpd.GeoDataFrame(columns, geometry=units.geometry, crs=units.crs, index=units.index)
