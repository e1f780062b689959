"""The nearest facilities of every demand point, along streets and in a straight line."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from zzgeo.crs.ground import Ground
from zzgeo.crs.metric import metric_problems
from zzgeo.errors import CrsError
from zzgeo.network.engine import nearest_owners
from zzgeo.network.lines import Floats, Ints
from zzgeo.network.positions import labels_at
from zzgeo.network.reach import TOLERANCE_M
from zzgeo.network.refusals import check_crs
from zzgeo.network.snapping import demand_positions, facility_positions
from zzgeo.network.walk_network import WalkNetwork

Shapes = NDArray[np.object_]

#: Who lives no farther than this from a facility lives at it.
SAME_PLACE_M = 0.01

#: Strips from south to north into which a map is cut to see who may live at a facility.
_STRIPS = 100_000


def nearest(
    network: WalkNetwork,
    facilities: gpd.GeoDataFrame,
    demand: gpd.GeoDataFrame,
    k: int = 1,
    cutoff_m: float | None = None,
    max_snap_m: float = 200.0,
    *,
    facility_ledger: pd.DataFrame | None = None,
    demand_ledger: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Find the nearest facilities of each demand point along the streets, both legs to the street included.

    Who lives at a facility, or on its ground, has a walk of 0.

    Parameters
    ----------
    network
        Walking network, in the CRS of `facilities` and `demand`.
    facilities
        Points or polygons, shape (n_facilities, ...); a polygon is entered from any side (`access_points`).
    demand
        Points, shape (n_demand, ...).
    k
        How many facilities per demand point.
    cutoff_m
        Longest walk in metres, inclusive (to 1e-6 m); no limit if left out.
    max_snap_m
        Longest leg from a place to its street, in metres; not used for a ledger that is given.
    facility_ledger, demand_ledger
        From `snap_facilities` and `snap`, to snap once for many calls.

    Returns
    -------
    DataFrame, shape (n_demand * k, 3)
        ``facility_id``, ``distance_m``, ``snapped`` (is the demand point on the network?). Same index as `demand`; for
        k > 1 a MultiIndex of it and ``rank`` 1…k. Where nothing is reached the id is missing and the distance ``inf``.
        Of equally near facilities one is named, the same in every run.

    Raises
    ------
    CrsError
        If the tables are not in the network's CRS.
    SchemaError
        If a demand geometry is not a Point, or a ledger does not fit its table.
    ValueError
        If `k` or `cutoff_m` is not positive.

    Examples
    --------
    >>> import geopandas, shapely
    >>> street = geopandas.GeoDataFrame(geometry=[shapely.LineString([(0, 0), (500, 0)])], crs="EPSG:4547")
    >>> clinic = geopandas.GeoDataFrame(index=["A"], geometry=[shapely.Point(100, 5)], crs="EPSG:4547")
    >>> home = geopandas.GeoDataFrame(geometry=[shapely.Point(400, -7)], crs="EPSG:4547")
    >>> nearest(WalkNetwork.from_edges(street), clinic, home).values.tolist()
    [['A', 312.0, True]]
    """
    owner, distance, snapped = nearest_rows(
        network, facilities, demand, k, cutoff_m, max_snap_m, ledgers=(facility_ledger, demand_ledger)
    )
    columns = {
        "facility_id": labels_at(facilities.index, owner.ravel()),
        "distance_m": distance.ravel(),
        "snapped": np.repeat(snapped, k),
    }
    return pd.DataFrame(columns, index=demand.index if k == 1 else _ranks(demand.index, k))


def nearest_rows(
    network: WalkNetwork,
    facilities: gpd.GeoDataFrame,
    demand: gpd.GeoDataFrame,
    k: int = 1,
    cutoff_m: float | None = None,
    max_snap_m: float = 200.0,
    *,
    ledgers: tuple[pd.DataFrame | None, pd.DataFrame | None] = (None, None),
) -> tuple[Ints, Floats, NDArray[np.bool_]]:
    """Find what `nearest` does, told by rows: names for a million places take longer than some of the searches.

    Parameters
    ----------
    network, facilities, demand, k, cutoff_m, max_snap_m
        As for `nearest`.
    ledgers
        Those of the facilities and of the demand; snapped where there is none.

    Returns
    -------
    (int array of shape (n_demand, k), float array of shape (n_demand, k), bool array of shape (n_demand,))
        Rows of `facilities`, -1 where nothing is reached; metres, ``inf`` there; which demand is on the network.

    Raises
    ------
    ValueError
        If `k` or `cutoff_m` is not positive.
    """
    if k < 1:
        raise ValueError(f"k must be at least 1, not {k!r}")
    if cutoff_m is not None and not cutoff_m > 0:
        raise ValueError(f"a cutoff must be a positive number of metres, not {cutoff_m!r}")
    cutoff = np.inf if cutoff_m is None else float(cutoff_m)
    sources = facility_positions(network, facilities, max_snap_m, ledgers[0])
    targets = demand_positions(network, demand, max_snap_m, ledgers[1])
    distance = np.full((len(demand), k), np.inf)
    owner = np.full((len(demand), k), -1, dtype=np.int64)
    distance[targets.owner], owner[targets.owner] = nearest_owners(network, sources, targets, k, cutoff)
    _first_where_they_live(facilities, demand, distance, owner)
    snapped = np.zeros(len(demand), dtype=bool)
    snapped[targets.owner] = True
    return owner, distance, snapped


def _first_where_they_live(
    facilities: gpd.GeoDataFrame, demand: gpd.GeoDataFrame, distance: Floats, owner: Ints
) -> None:
    """Put the facility at which somebody lives first in the row, at 0 m, in place."""
    row, place = living_there(np.asarray(facilities.geometry.array), np.asarray(demand.geometry.array))
    for home, facility in zip(row[::-1], place[::-1], strict=True):
        others = np.flatnonzero(owner[home] != facility)[: owner.shape[1] - 1]
        owner[home, 1:], distance[home, 1:] = owner[home, others], distance[home, others]
        owner[home, 0], distance[home, 0] = facility, 0.0


def living_there(places: Shapes, homes: Shapes) -> tuple[Ints, Ints]:
    """Return (row of the homes, row of the places) of who lives at a facility or on its ground."""
    asked = _level_with_any(places, homes)
    if len(asked) == 0:
        return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
    row, place = shapely.STRtree(places).query(homes[asked], predicate="dwithin", distance=SAME_PLACE_M)
    order = np.lexsort((place, row))
    return asked[row[order]].astype(np.int64), place[order].astype(np.int64)


def _level_with_any(places: Shapes, homes: Shapes) -> Ints:
    """Return the homes in a strip from south to north in which a place is as well: few of a million are asked more."""
    west, _, east, _ = shapely.bounds(places).reshape(-1, 4).T
    stands = np.isfinite(west)
    if not stands.any():
        return np.empty(0, dtype=np.int64)
    begin, end = west[stands] - 2 * SAME_PLACE_M, east[stands] + 2 * SAME_PLACE_M
    width = (end.max() - begin.min()) / _STRIPS

    def strip(x: Floats) -> Ints:
        # whoever has no place is west of all
        numbers = np.where(np.isfinite(x), (x - begin.min()) / width, -1.0)
        return np.clip(np.floor(numbers), -1, _STRIPS + 1).astype(np.int64) + 1

    change = np.zeros(_STRIPS + 4, dtype=np.int64)
    np.add.at(change, strip(begin), 1)
    np.add.at(change, strip(end) + 1, -1)
    return np.flatnonzero((np.cumsum(change) > 0)[strip(shapely.bounds(homes).reshape(-1, 4)[:, 0])])


def radius_distance(
    facilities: gpd.GeoDataFrame,
    demand: gpd.GeoDataFrame,
    ground: Ground | None = None,
    *,
    demand_xy: Floats | None = None,
) -> pd.DataFrame:
    """Find the nearest facility of each demand point in a straight line.

    Parameters
    ----------
    facilities
        Points or polygons in a metric CRS, shape (n_facilities, ...); the distance to a polygon is that to its edge,
        and 0 inside.
    demand
        Points in the same CRS, shape (n_demand, ...).
    ground
        What a step in the CRS is on the ground (``study.ground``): distances are then those of the ellipsoid, to 1e-5 m
        at 1 km. Left out, they are metres of the CRS.
    demand_xy
        Coordinates of `demand`, shape (n_demand, 2), to read them once for many calls; NaN where a point has no place.

    Returns
    -------
    DataFrame, shape (n_demand, 2)
        Same index as `demand`: ``facility_id`` (of equally near ones the first), ``distance_m``. Where there is no
        facility, or the demand point has no place, the id is missing and the distance ``inf``.

    Raises
    ------
    CrsError
        If a CRS is missing, not in metres, or the two differ.

    Examples
    --------
    >>> import geopandas, shapely
    >>> clinic = geopandas.GeoDataFrame(index=["A"], geometry=[shapely.Point(0, 0)], crs="EPSG:4547")
    >>> home = geopandas.GeoDataFrame(geometry=[shapely.Point(300, 400)], crs="EPSG:4547")
    >>> radius_distance(clinic, home).values.tolist()
    [['A', 500.0]]
    """
    problems = [problem for problem in metric_problems(demand.geometry, "demand") if problem.severity == "error"]
    if problems:
        raise CrsError(problems)
    check_crs(demand.crs, facilities, "facilities")
    distance = np.full(len(demand), np.inf)
    owner = np.full(len(demand), -1, dtype=np.int64)
    places, points = np.asarray(facilities.geometry.array), np.asarray(demand.geometry.array)
    usable = np.flatnonzero(np.isfinite(shapely.bounds(places)).all(axis=1)) if len(places) else np.empty(0, np.int64)
    xy = shapely.bounds(points).reshape(-1, 4)[:, :2] if demand_xy is None else demand_xy
    asked = np.flatnonzero(np.isfinite(xy).all(axis=1))
    if len(usable) and len(asked) and _all_points(places[usable]) and (demand_xy is not None or _all_points(points)):
        from zzgeo.network.straight import nearest_place

        none = np.zeros(2), np.ones(2), np.empty((0, 3))
        stretch = none if ground is None else (ground.middle, ground.half, ground.terms)
        place, metres = nearest_place(
            xy[asked],
            shapely.get_coordinates(places[usable]),
            TOLERANCE_M,
            0.0 if ground is None else ground.spread,
            *stretch,
        )
        owner[asked], distance[asked] = usable[place], metres
    elif len(usable) and len(asked):
        tree = shapely.STRtree(places[usable])
        (row, place), metres = tree.query_nearest(points[asked], all_matches=True, return_distance=True)
        if ground is not None:
            row, place, metres = _on_the_ground(ground, tree, places[usable], points[asked], row, metres)
        first = np.full(len(asked), len(places))
        np.minimum.at(first, row, usable[place])
        owner[asked] = first
        distance[asked[row]] = metres
    return pd.DataFrame({"facility_id": labels_at(facilities.index, owner), "distance_m": distance}, index=demand.index)


def straight_that_matters(
    facilities: gpd.GeoDataFrame,
    demand: gpd.GeoDataFrame,
    ground: Ground | None,
    walked: tuple[Ints, Floats],
    *,
    demand_xy: Floats,
) -> Floats:
    """Return the metres of `radius_distance`, 0 where they are surely no longer than the walk.

    They are not longer where the way to a place of the facility walked to, at the most a step can be on the ground, is
    shorter than the walk.

    Parameters
    ----------
    facilities, demand, ground, demand_xy
        As for `radius_distance`.
    walked
        The facility each walks to, -1 for none, and the metres of ground of the walk, shape (n_demand,) each.
    """
    row, metres = walked
    there, of_facility = shapely.get_coordinates(facilities.geometry.to_numpy(), return_index=True)
    place, first = np.unique(of_facility, return_index=True)
    spots = np.full((len(facilities) + 1, 2), np.nan)
    spots[place] = there[first]
    most = 1.0
    if ground is not None:
        step = ground.metres(ground.middle[None], ground.middle[None] + [[1.0, 0.0]])
        most = float(step[0]) * (1.0 + ground.spread)
    aside = demand_xy - spots[row]
    surely = np.isfinite(metres) & (most * np.hypot(aside[:, 0], aside[:, 1]) + TOLERANCE_M <= metres)
    asked, straight = np.flatnonzero(~surely), np.zeros(len(metres))
    table = radius_distance(facilities, demand.iloc[asked], ground, demand_xy=demand_xy[asked])
    straight[asked] = table["distance_m"].to_numpy(dtype=float)
    return straight


def straight_pairs(
    facilities: gpd.GeoDataFrame, demand: gpd.GeoDataFrame, cutoff_m: float, ground: Ground | None = None
) -> tuple[Ints, Ints, Floats]:
    """Return every pair no farther apart than a cutoff in a straight line, in metres as `radius_distance` has them.

    Parameters
    ----------
    facilities
        Points or polygons, shape (n_facilities, ...), in the CRS of `demand`; a polygon is reached at its edge.
    demand
        Points, shape (n_demand, ...).
    cutoff_m
        Inclusive, to 1e-6 m.
    ground
        As for `radius_distance`.

    Returns
    -------
    (int array, int array, float array)
        Rows of the facilities, rows of the demand, metres; by facility, then by demand.

    Examples
    --------
    >>> import geopandas, shapely
    >>> at = lambda *x: geopandas.GeoDataFrame(geometry=[shapely.Point(one, 0) for one in x], crs="EPSG:4547")
    >>> straight_pairs(at(0, 500), at(100, 900), 400)
    (array([0, 1, 1]), array([0, 0, 1]), array([100., 400., 400.]))
    """
    check_crs(demand.crs, facilities, "facilities")
    places, points = np.asarray(facilities.geometry.array), np.asarray(demand.geometry.array)
    spread = 0.0 if ground is None else ground.spread
    # one that is farther than this in the CRS is farther on the ground as well
    limit = (cutoff_m + TOLERANCE_M) * (1 + spread) + TOLERANCE_M
    place, row = shapely.STRtree(points).query(places, predicate="dwithin", distance=limit)
    if ground is None:
        metres = shapely.distance(places[place], points[row])
    else:
        end = shapely.get_coordinates(shapely.shortest_line(points[row], places[place]))[1::2]
        metres = ground.metres(shapely.get_coordinates(points[row]), end)
    near = np.flatnonzero(metres <= cutoff_m + TOLERANCE_M)
    near = near[np.lexsort((row[near], place[near]))]
    return place[near].astype(np.int64), row[near].astype(np.int64), np.asarray(metres[near], dtype=np.float64)


def _all_points(shapes: Shapes) -> bool:
    kinds = shapely.get_type_id(shapes)
    return bool(((kinds == shapely.GeometryType.POINT) | (kinds < 0)).all())


def _on_the_ground(
    ground: Ground, tree: shapely.STRtree, places: Shapes, points: Shapes, row: Ints, metres: Floats
) -> tuple[Ints, Ints, Floats]:
    """Return (point, place, metres of ground) of the nearest places, given the metres of the CRS to the nearest."""
    limit = np.zeros(len(points))
    limit[row] = metres
    # a place farther than this in the CRS is farther on the ground as well
    row, place = tree.query(points, predicate="dwithin", distance=limit * (1 + ground.spread) + TOLERANCE_M)
    start = shapely.get_coordinates(points)[row]
    end = shapely.get_coordinates(shapely.shortest_line(points[row], places[place]))[1::2]
    length = ground.metres(start, end)
    least = np.full(len(points), np.inf)
    np.minimum.at(least, row, length)
    shortest = length == least[row]
    return row[shortest], place[shortest], length[shortest]


def _ranks(index: pd.Index, k: int) -> pd.MultiIndex:
    ranks = np.tile(np.arange(1, k + 1), len(index))
    return pd.MultiIndex.from_arrays([index.repeat(k), ranks], names=[index.name, "rank"])
