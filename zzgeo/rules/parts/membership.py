"""Which units have a facility: one lies in them, boundary included, or names them as served (A20, A24)."""

from __future__ import annotations

import re

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
    inside = lying_in(areas, facilities).rename(columns={"code": "unit"}).assign(how="inside")
    said = _serves(units, facilities)
    both = pd.concat([inside, said], ignore_index=True)
    return both.drop_duplicates(["unit", "facility_id"]).reset_index(drop=True)


def lying_in(areas: gpd.GeoDataFrame, facilities: gpd.GeoDataFrame) -> pd.DataFrame:
    """Return the areas each facility lies in: its point, border included, or a good part of its own area.

    Returns
    -------
    DataFrame
        Columns ``code`` (of the area) and ``facility_id``, the facilities in their order.
    """
    if not len(areas) or not len(facilities):
        return pd.DataFrame({"code": [], "facility_id": []}, dtype=object)
    tree, shapes = shapely.STRtree(areas.geometry.values), facilities.geometry.to_numpy()
    spots = facilities.geometry.representative_point().values
    pairs = [np.asarray(tree.query(spots, predicate="dwithin", distance=ON_BORDER_M)).T]
    drawn = np.flatnonzero(shapely.area(shapes) > 0)
    mine, area = tree.query(shapes[drawn], predicate="intersects")
    mine = drawn[mine]
    shared = shapely.area(shapely.intersection(shapes[mine], areas.geometry.to_numpy()[area]))
    part = shared >= np.minimum(PART_SHARE * shapely.area(shapes[mine]), PART_M2)
    pairs.append(np.column_stack([mine[part], area[part]]))
    which, where = np.unique(np.concatenate(pairs), axis=0).T
    return pd.DataFrame(
        {"code": areas.index.to_numpy()[where], "facility_id": facilities.index.to_numpy()[which]}, dtype=object
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
