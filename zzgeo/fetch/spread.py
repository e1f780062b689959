"""People where none are given: a number somebody states, spread evenly over the land on which people may live."""

from __future__ import annotations

import math
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd

from zzgeo.crs.metric import metric_crs_for
from zzgeo.crs.squares import in_squares
from zzgeo.errors import ConservationError, InputError, Problem
from zzgeo.fetch.study_text import Spread
from zzgeo.formats import read_layer
from zzgeo.formats.parts.base import Options

#: Where the map has no homes, people live this near to a street, in metres.
NEAR_STREET_M = 50.0

#: A map whose homes cover less than this share of the land near streets has left most of them out.
FEWEST_HOMES = 0.05


def spread_people(
    path: Path, districts: gpd.GeoDataFrame, streets: gpd.GeoDataFrame, people: float | None
) -> tuple[pd.DataFrame, Spread]:
    """Spread people evenly over residential land and buildings; where the map has next to none, over land near streets.

    Homes that cover less than a twentieth of the land near streets are next to none: most of them were never drawn.

    Parameters
    ----------
    path
        A file of OpenStreetMap.
    districts, streets
        Polygons and lines in EPSG:4326.
    people
        How many live in all districts together; None: each hectare counts as 1.

    Returns
    -------
    (DataFrame, Spread)
        A row per square of 100 m with homes and district: ``id``, ``lon``, ``lat`` (inside the homes), ``residents``;
        and what was done. ``residents`` add up to `people`, or to the hectares.

    Raises
    ------
    InputError
        ``config.invalid`` for a number of people that is not above 0; ``layer.empty`` where no land is left to spread
        over.
    """
    if people is not None and not (0 < people < math.inf):
        why, remedy = "a number of people is above 0", "leave it out where nobody knows"
        raise InputError([Problem("config.invalid", "people", str(people), why, remedy)])
    west, south, east, north = districts.total_bounds
    crs = metric_crs_for((west + east) / 2, (south + north) / 2)
    homes, zh, en = _homes(path)
    inside = districts.geometry.to_crs(crs)
    pieces = pd.DataFrame()
    if homes is not None:
        pieces = in_squares(homes.to_crs(crs).to_numpy(), inside)
    if pieces.empty or pieces["area"].sum() < FEWEST_HOMES * _near_streets_m2(streets.geometry.to_crs(crs), inside):
        zh, en = f"道路两侧 {NEAR_STREET_M:g} 米内的土地", f"land within {NEAR_STREET_M:g} m of a street"
        pieces = in_squares(streets.geometry.to_crs(crs).buffer(NEAR_STREET_M).to_numpy(), inside)
    if pieces.empty:
        why, remedy = "neither homes nor streets are on the map inside the districts", "take another file or boundary"
        raise InputError([Problem("layer.empty", path.name, "homes=0", why, remedy)])
    hectares = pieces["area"].to_numpy() / 1e4
    total = float(hectares.sum())
    residents = hectares if people is None else people * hectares / total
    wanted = total if people is None else people
    if not math.isclose(float(residents.sum()), wanted, rel_tol=1e-9):
        raise ConservationError(f"{residents.sum()!r} of {wanted!r} people were spread")
    points = gpd.GeoSeries(pieces["point"].to_numpy(), crs=crs).to_crs(4326)
    table = pd.DataFrame(
        {"id": np.arange(1, len(pieces) + 1), "lon": points.x, "lat": points.y, "residents": residents}
    )
    return table, Spread(people, total, zh, en)


def _near_streets_m2(streets: gpd.GeoSeries, districts: gpd.GeoSeries) -> float:
    """Return how much land is near streets, at most: strips along them, without the overlaps at crossings."""
    length = streets.clip(districts.union_all().envelope).length.sum()
    return min(float(length) * 2 * NEAR_STREET_M, float(districts.area.sum()))


def _homes(path: Path) -> tuple[gpd.GeoSeries | None, str, str]:
    """Return residential land and buildings, and what they are called; None where the map has none."""
    try:
        layer = read_layer(path, Options("homes"))
    except InputError as error:
        if {problem.code for problem in error.problems} != {"layer.empty"}:
            raise
        return None, "", ""
    table = gpd.GeoDataFrame(layer.table, geometry="geometry", crs=4326)
    land = table["taken_for"].astype(str).str.startswith("landuse")
    zh = "、".join(word for word, there in (("居住用地", land.any()), ("住宅建筑", (~land).any())) if there)
    words = (("land", land.any()), ("buildings", (~land).any()))
    return table.geometry, zh, "residential " + " and ".join(word for word, there in words if there)
