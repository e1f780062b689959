"""Which units have a facility: one lies in them, boundary included, or names them as served (A20, A24)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from zzgeo.intake.study import Study
from zzgeo.vocabulary.people import UNIT_SETS

#: A facility drawn as an area lies in every unit that holds this share of it, or so many m² (resolutions.md A24).
PART_SHARE, PART_M2 = 0.1, 10_000.0

#: A point this near to a border lies on it, in metres.
ON_BORDER_M = 1e-6


def units_of_type(kept: dict[object, Any], study: Study, unit_type: str) -> Units:
    """Return the units of a type from what a context keeps (`zzgeo.rules.parts.base.Context.kept`), made once."""
    key = ("units", unit_type)
    if key not in kept:
        kept[key] = Units(study, unit_type)
    units: Units = kept[key]
    return units


def memberships(study: Study, facilities: gpd.GeoDataFrame, unit_type: str) -> pd.DataFrame:
    """Return one row per (unit, facility) where the facility lies in the unit or serves it.

    Returns
    -------
    DataFrame
        Columns ``unit``, ``facility_id``, ``how`` ("inside" or "serves"); a facility on a shared border is inside
        both units.
    """
    rows = Units(study, unit_type).members(Places.of(facilities))
    return pd.DataFrame(rows, columns=["unit", "facility_id", "how"], dtype=object)


@dataclass(frozen=True)
class Places:
    """Facilities as arrays of shape (n_facilities,): ids, shapes, and what they say they serve (None where nothing)."""

    ids: np.ndarray
    shapes: np.ndarray
    serves: np.ndarray

    @classmethod
    def of(cls, facilities: gpd.GeoDataFrame) -> Places:
        """Return facilities of a table."""
        said: Any = np.full(len(facilities), None, dtype=object)
        if "serves" in facilities.columns:
            column = facilities["serves"]
            said = np.where(column.notna(), column.astype(object), None)
        return cls(facilities.index.to_numpy(dtype=object), facilities.geometry.to_numpy(), said)

    def take(self, rows: np.ndarray) -> Places:
        """Return some of the facilities."""
        return Places(self.ids[rows], self.shapes[rows], self.serves[rows])

    def beside(self, other: Places) -> Places:
        """Return these facilities, and then others."""
        parts = [np.concatenate([getattr(self, name), getattr(other, name)]) for name in ("ids", "shapes", "serves")]
        return Places(*parts)


class Units:
    """The units of a type, to be asked which of them some facilities lie in or serve."""

    def __init__(self, study: Study, unit_type: str) -> None:
        assert study.units is not None
        self.table = study.units[study.units["type"].isin(UNIT_SETS[unit_type])]
        areas = self.table[self.table.geometry.geom_type.isin(("Polygon", "MultiPolygon"))]
        self._areas = areas.geometry.to_numpy()
        self._tree = shapely.STRtree(self._areas)
        self._codes = areas.index.to_numpy(dtype=object)

    def members(self, facilities: Places) -> list[tuple[Any, Any, str]]:
        """Return (unit, facility, "inside" or "serves"), each unit and facility once."""
        which, where = _lying(self._tree, self._areas, facilities.shapes)
        inside = [(code, one, "inside") for code, one in zip(self._codes[where], facilities.ids[which], strict=True)]
        rows = {row[:2]: row for row in [*_serves(self.table.index, facilities), *inside[::-1]]}
        return [*inside, *(row for key, row in rows.items() if row[2] == "serves")]


def lying_in(areas: gpd.GeoDataFrame, facilities: gpd.GeoDataFrame) -> pd.DataFrame:
    """Return the areas each facility lies in: its point, border included, or a good part of its own area.

    Returns
    -------
    DataFrame
        Columns ``code`` (of the area) and ``facility_id``, the facilities in their order.
    """
    tree = shapely.STRtree(areas.geometry.values)
    which, where = _lying(tree, areas.geometry.to_numpy(), facilities.geometry.to_numpy())
    return pd.DataFrame(
        {"code": areas.index.to_numpy()[where], "facility_id": facilities.index.to_numpy()[which]}, dtype=object
    )


def _lying(tree: shapely.STRtree, areas: Any, shapes: Any) -> tuple[Any, Any]:
    """Return the row of each facility, in order, and of an area it lies in."""
    if not len(areas) or not len(shapes):
        return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
    spots = shapely.point_on_surface(shapes)
    which, where = tree.query(spots, predicate="dwithin", distance=ON_BORDER_M)
    drawn = np.flatnonzero(shapely.area(shapes) > 0)
    if len(drawn):
        mine, area = tree.query(shapes[drawn], predicate="intersects")
        mine = drawn[mine]
        shared = shapely.area(shapely.intersection(shapes[mine], areas[area]))
        part = shared >= np.minimum(PART_SHARE * shapely.area(shapes[mine]), PART_M2)
        which, where = np.append(which, mine[part]), np.append(where, area[part])
    return np.divmod(np.unique(which * len(areas) + where), len(areas))


def _serves(units: pd.Index, facilities: Places) -> list[tuple[Any, Any, str]]:
    rows: list[tuple[Any, Any, str]] = []
    for row in np.flatnonzero(facilities.serves != None):  # noqa: E711 - an array, asked cell by cell
        codes = [code for code in re.split(r"[;；,，、\s]+", str(facilities.serves[row])) if code in units]
        rows += [(code, facilities.ids[row], "serves") for code in codes]
    return rows


def units_with_facility(study: Study, facilities: gpd.GeoDataFrame, unit_type: str) -> pd.Series:
    """Return how many facilities each unit of a type has, on the units' index."""
    assert study.units is not None
    units = study.units[study.units["type"].isin(UNIT_SETS[unit_type])]
    found = memberships(study, facilities, unit_type)
    number = found.groupby("unit").size().reindex(units.index, fill_value=0)
    return pd.Series(number.to_numpy(dtype=np.int64), index=units.index)
