"""Where rows lie within the study: in which district, outside all of them, or there only with the axes swapped."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely

from zzgeo.crs.metric import points_to_metric
from zzgeo.errors import CrsError, Problem
from zzgeo.intake.place import (
    Fault,
    Placed,
)

#: A place this far outside the districts' bounds may still be right: the next town's hospital serves people, too.
_NEAR_M = 20_000.0

#: A coordinate shared by so many facilities is likely that of a street, a district, or nothing in particular.
_STACK = 4

#: Two facilities of one name closer than this are probably one, written down twice.
_SAME_M = 50.0


def locate(points: gpd.GeoSeries, areas: gpd.GeoDataFrame) -> pd.Series:
    """Return the index of the area each point lies in, boundary included, None outside all.

    A point exactly on a border belongs to the area with the smallest code (computable.md R01).
    """
    ordered = areas.sort_index()
    tree = shapely.STRtree(ordered.geometry.values)
    which, area = tree.query(points.values, predicate="intersects")
    found = np.full(len(points), -1)
    order = np.lexsort((area, which))[::-1]
    found[which[order]] = area[order]
    codes = np.array([*ordered.index, None], dtype=object)
    return pd.Series(codes[found], index=points.index, dtype=object)


def points_of(shapes: gpd.GeoSeries) -> gpd.GeoSeries:
    """Return points as they are, and of anything else a point inside it."""
    return shapes if (shapes.geom_type == "Point").all() else shapes.representative_point()


def swapped_axes(placed: Placed, districts: gpd.GeoDataFrame) -> None:
    """Find rows that lie in the study only with their two coordinates swapped, which by themselves are possible.

    Most rows: the layer is refused. Some: they are set aside. Nothing is ever swapped.
    """
    if placed.given is None or placed.read_as is None or not len(placed.table):
        return
    crs = pyproj.CRS.from_user_input(placed.table.crs)
    shapes = np.asarray(placed.table.geometry.array)
    points = (shapely.get_type_id(shapes) == 0).all()
    spots = shapely.get_coordinates(shapes if points else shapely.centroid(shapes))
    stray = ~_near(spots, districts)
    if not stray.any():
        return
    try:
        given = placed.given.loc[[_label(placed, label) for label in placed.table.index[stray]]]
        turned = points_to_metric(given["y"].to_numpy(), given["x"].to_numpy(), placed.read_as, crs)
    except CrsError:
        return  # turned round they are no places at all
    swapped = np.zeros(len(stray), dtype=bool)
    swapped[np.flatnonzero(stray)[_near(np.column_stack(turned), districts)]] = True
    why = "the place lies in the study only with its two coordinates the other way round"
    rows = tuple(placed.row_of(label) for label in placed.table.index[swapped])
    if 2 * swapped.sum() >= len(swapped):
        value = f"{int(swapped.sum())} of {len(swapped)} rows"
        remedy = "name the two columns the other way round"
        placed.problems.append(Problem("coord.swapped", placed.file, value, why, remedy, rows=rows[:1000]))
        return
    faults: dict[object, Fault] = {}
    for at, (x, y) in zip(np.flatnonzero(swapped), given.to_numpy()[swapped[stray]], strict=True):
        shown = f"{x:.10g}, {y:.10g}"
        faults[placed.table.index[at]] = ("lon, lat", shown, "coord.swapped", why)
    placed.set_aside(faults)


def _label(placed: Placed, label: object) -> object:
    return label if placed.rows is None else placed.rows.get(label, label)


def _near(xy: np.ndarray, districts: gpd.GeoDataFrame) -> np.ndarray:
    west, south, east, north = districts.total_bounds
    low, high = np.array([west, south]) - _NEAR_M, np.array([east, north]) + _NEAR_M
    with np.errstate(invalid="ignore"):
        return np.asarray(((xy >= low) & (xy <= high)).all(axis=1))


def outside(placed: Placed, districts: gpd.GeoDataFrame) -> None:
    """Warn of facilities outside every district: kept for the people they serve, counted as nobody's provision."""
    if not len(placed.table):
        return
    home = locate(points_of(placed.table.geometry), districts)
    why = "outside every district: they serve people near the border but are nobody's provision"
    remedy = "nothing to do"
    if home.isna().mean() > 0.5:
        remedy = "check the datum and the columns: more than half of the rows lie outside"
    placed.warn("coord.outside_study_area", home.isna(), "facilities", why, remedy)


def stacked(placed: Placed) -> None:
    """Warn of many facilities at exactly one coordinate: a geocoder's fallback, not where they are."""
    table = placed.table
    points = table.geometry.geom_type == "Point"
    if points.sum() < _STACK:
        return
    xy = pd.DataFrame(shapely.get_coordinates(table.geometry[points].values).round(3), columns=["x", "y"])
    size = xy.groupby(["x", "y"])["x"].transform("size").to_numpy()
    mask = np.zeros(len(table), dtype=bool)
    mask[np.flatnonzero(points)] = size >= _STACK
    why = f"{_STACK} facilities or more stand at exactly one place, perhaps the middle of a street or a district"
    placed.warn("coord.stacked", mask, "coordinates", why, "check their addresses")


def near_duplicates(table: gpd.GeoDataFrame) -> list[Problem]:
    """Warn of facilities of one kind and name within 50 m: one facility in two lists, or written down twice."""
    if "name" not in table.columns or not len(table):
        return []
    named = table[table["name"].notna()]
    several = named[named.duplicated(["kind", "name"], keep=False)]
    ids: list[object] = []
    for _, group in several.groupby(["kind", "name"], sort=True):
        spots = group.geometry.values
        first, second = shapely.STRtree(spots).query(spots, predicate="dwithin", distance=_SAME_M)
        ids += [group.index[at] for at in np.unique(second[second > first])]
    if not ids:
        return []
    shown = ", ".join(f"{one} {table.at[one, 'name']}" for one in ids[:5])
    more = f" and {len(ids) - 5} more" if len(ids) > 5 else ""
    why = f"same kind and name within {_SAME_M:g} m of another: probably one facility written down twice"
    remedy = "remove one of the two; they are counted twice where places differ by over 1 m"
    rows = tuple(map(str, ids[:1000]))
    return [Problem("row.near_duplicate", "facilities", f"{shown}{more}", why, remedy, "warning", rows)]
