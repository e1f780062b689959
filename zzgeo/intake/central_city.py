"""The central city of a study that names none: its city districts inside the fourth ring."""

from __future__ import annotations

import geopandas as gpd
import shapely
from shapely.geometry.base import BaseGeometry

from zzgeo.errors import Problem
from zzgeo.land import areal


def with_central_city(
    areas: dict[str, BaseGeometry], districts: gpd.GeoDataFrame
) -> tuple[dict[str, BaseGeometry], list[Problem]]:
    """Where no central city is given, take the city districts inside the fourth ring, and say so (resolutions.md A10).

    City districts are those whose GB/T 2260 code ends in 01 to 20.
    """
    ring = areas.get("ring-4")
    if "central-city" in areas or ring is None or ring.geom_type not in ("Polygon", "MultiPolygon"):
        return areas, []
    inner = [code.isdigit() and len(code) == 6 and 1 <= int(code[4:]) <= 20 for code in districts.index.astype(str)]
    inside = areal(ring.intersection(shapely.union_all(districts.geometry.values[inner])))
    if inside.is_empty:
        return areas, []
    value = f"{inside.area / 1e6:.1f} km²"
    why = "no central-city is given: the city districts inside ring-4 are taken"
    remedy = 'give [[areas]] id = "central-city" if you have it'
    told = Problem("area.derived", "areas", value, why, remedy, "warning")
    return {**areas, "central-city": inside}, [told]
