"""Which units have a facility: one lies in them, boundary included, or names them as served (resolutions.md A20)."""

from __future__ import annotations

import re

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from zzgeo.intake.study import Study
from zzgeo.vocabulary.people import UNIT_SETS

#: A point this near to a border lies on it, in metres.
ON_BORDER_M = 1e-6


def memberships(study: Study, facilities: gpd.GeoDataFrame, unit_type: str) -> pd.DataFrame:
    """Return one row per (unit, facility) where the facility lies in the unit or serves it.

    Returns
    -------
    DataFrame
        Columns ``unit``, ``facility_id``, ``how`` ("inside" or "serves"); a facility on a shared border is inside
        both units.
    """
    assert study.units is not None
    units = study.units[study.units["type"].isin(UNIT_SETS[unit_type])]
    areas = units[units.geometry.geom_type.isin(("Polygon", "MultiPolygon"))]
    inside = _inside(areas, facilities)
    said = _serves(units, facilities)
    both = pd.concat([inside, said], ignore_index=True)
    return both.drop_duplicates(["unit", "facility_id"]).reset_index(drop=True)


def _inside(areas: gpd.GeoDataFrame, facilities: gpd.GeoDataFrame) -> pd.DataFrame:
    if not len(areas) or not len(facilities):
        return pd.DataFrame({"unit": [], "facility_id": [], "how": []}, dtype=object)
    tree = shapely.STRtree(areas.geometry.values)
    spot = facilities.geometry.representative_point().values
    which, area = tree.query(spot, predicate="dwithin", distance=ON_BORDER_M)
    return pd.DataFrame(
        {"unit": areas.index.to_numpy()[area], "facility_id": facilities.index.to_numpy()[which], "how": "inside"},
        dtype=object,
    )


def _serves(units: gpd.GeoDataFrame, facilities: gpd.GeoDataFrame) -> pd.DataFrame:
    rows = []
    if "serves" in facilities.columns:
        for facility, text in facilities["serves"].dropna().items():
            codes = [code for code in re.split(r"[;；,，、\s]+", str(text)) if code in units.index]
            rows += [(code, facility, "serves") for code in codes]
    return pd.DataFrame(rows, columns=["unit", "facility_id", "how"], dtype=object)


def units_with_facility(study: Study, facilities: gpd.GeoDataFrame, unit_type: str) -> pd.Series:
    """Return how many facilities each unit of a type has, on the units' index."""
    assert study.units is not None
    units = study.units[study.units["type"].isin(UNIT_SETS[unit_type])]
    found = memberships(study, facilities, unit_type)
    number = found.groupby("unit").size().reindex(units.index, fill_value=0)
    return pd.Series(number.to_numpy(dtype=np.int64), index=units.index)
