"""Where points stand on the streets, and who stands nowhere."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from zzgeo.errors import Problem, SchemaError
from zzgeo.memory import give_back
from zzgeo.network import walled
from zzgeo.network.entries import access_points
from zzgeo.network.lines import Floats, Ints
from zzgeo.network.positions import Positions, labels_at, present
from zzgeo.network.refusals import check_crs
from zzgeo.network.walk_network import WalkNetwork
from zzgeo.spec.schema import rows_named

Shapes = NDArray[np.object_]

#: A leg to the street longer than this is marked ``warn``.
WARN_M = 100.0
#: A point no further from a small component than this stands on it.
ON_STREET_M = 1.0
#: A large component is preferred within this many times the distance to the small one, or within `NEARBY_M`.
MUCH_FARTHER = 3.0
NEARBY_M = 50.0

#: From so many points on, or among so many streets, a grid of segments is asked instead of a search tree.
GRID_FROM = 20_000
GRID_FROM_EDGES = 100_000

#: Every value of ``status``, and what it means.
STATUSES: dict[str, str] = {
    "ok": "on the nearest street",
    "warn": f"on the nearest street, over {WARN_M:g} m away",
    "island": "on a small component, because the large one is much farther",
    "moved": "on another street than the nearest, which is on a small component or behind a barrier",
    "too-far": "no street within the limit: not on the network",
    "walled": "no street within the limit on this side of a barrier: not on the network",
    "no-geometry": "the row has no place",
}


def snap(
    network: WalkNetwork, points: gpd.GeoDataFrame, max_m: float = 200.0, *, warn_m: float = WARN_M
) -> pd.DataFrame:
    """Find the position of each point on the streets.

    The nearest edge wins (of equally near ones the first). Nobody steps onto a bridge, into a tunnel or onto a ferry,
    and no leg crosses a barrier. An edge of a small component (street length below a tenth of the largest) loses to the
    nearest edge of a large one that is within three times its distance or 50 m and within ``max_m``, unless the point
    stands on it (1 m).

    Parameters
    ----------
    network
        Walking network, in the CRS of `points`.
    points
        Points, shape (n_points, ...). For polygons see `access_points`.
    max_m
        Longest leg from a point to its street, in metres, inclusive.
    warn_m
        A longer leg is marked ``warn``.

    Returns
    -------
    DataFrame, shape (n_points, 5)
        Same index. ``edge_id`` (label in ``network.edges.index``, missing where the point is not on the network),
        ``offset_m`` (metres along the edge's geometry), ``snap_m`` (metres to the street, on the ground where the
        network knows it, told also when too far),
        ``component``, ``status`` (a key of `STATUSES`).

    Raises
    ------
    CrsError
        If `points` are not in the network's CRS.
    SchemaError
        If a geometry is not a Point.

    Examples
    --------
    >>> import geopandas, shapely
    >>> street = geopandas.GeoDataFrame(geometry=[shapely.LineString([(0, 0), (100, 0)])], crs="EPSG:4547")
    >>> clinic = geopandas.GeoDataFrame(geometry=[shapely.Point(30, 40)], crs="EPSG:4547")
    >>> snap(WalkNetwork.from_edges(street), clinic)[["edge_id", "offset_m", "snap_m", "status"]].values.tolist()
    [[0, 30.0, 40.0, 'ok']]
    """
    check_crs(network.crs, points, "points")
    geometry = np.asarray(points.geometry.array)
    wrong = present(geometry) & (shapely.get_type_id(geometry) != 0)
    if wrong.any():
        value = f"{points.geometry.geom_type[wrong].iloc[0]} at {rows_named(wrong, points)}"
        remedy = "use access_points() for polygons"
        raise SchemaError([Problem("geom.mixed_types", "points", value, "a position needs a point", remedy)])
    edge, offset, leg, status = _snapped(network, geometry, max_m, warn_m)
    component = pd.array(np.maximum(_component(network, edge), 0), dtype="Int64")
    component[edge < 0] = pd.NA
    columns = {
        "edge_id": labels_at(network.labels, edge),
        "offset_m": offset,
        "snap_m": leg,
        "component": component,
        "status": status,
    }
    return pd.DataFrame(columns, index=points.index)


def _snapped(network: WalkNetwork, geometry: Shapes, max_m: float, warn_m: float) -> tuple[Ints, Floats, Floats, Any]:
    """Return edge (-1 where there is none), metres along it, leg and status of points."""
    placed = present(geometry)
    edge = np.full(len(geometry), -1, dtype=np.int64)
    leg = np.full(len(geometry), np.nan)
    status = np.full(len(geometry), "no-geometry", dtype=object)
    edge[placed], leg[placed], status[placed] = _ranked(network, geometry[placed], max_m, warn_m)
    on = edge >= 0
    offset = np.full(len(geometry), np.nan)
    offset[on] = np.clip(_offsets(network, edge[on], geometry[on]), 0.0, network.length_m[edge[on]])
    return edge, offset, leg, status


def _component(network: WalkNetwork, edge: Ints) -> Ints:
    """Return the piece of the network each edge belongs to; -1 where there is no edge."""
    component: Ints = np.where(edge >= 0, network.component[network.u[edge]], -1)
    return component


def entered(network: WalkNetwork, facilities: gpd.GeoDataFrame, max_m: float = 200.0) -> tuple[Positions, Ints, Ints]:
    """Return where facilities are entered, as `positions` of `snap_facilities` has it, without making a table.

    Returns
    -------
    (Positions, int array, int array)
        The owner is the row of the facilities. Of every access point the row of its facility, and the piece of the
        network it stands on, -1 where it stands on none.
    """
    shapes = np.asarray(facilities.geometry.array)
    if not _points_entered(facilities, shapes):
        ledger = snap_facilities(network, facilities, max_m)
        row = facilities.index.get_indexer(ledger["facility_id"].astype(object))
        return positions(network, ledger, row), row, ledger["component"].to_numpy(dtype=np.int64, na_value=-1)
    edge, offset, leg, _ = _snapped(network, shapes, max_m, WARN_M)
    on = np.flatnonzero(edge >= 0)
    return Positions(edge[on], offset[on], leg[on], on), np.arange(len(shapes)), _component(network, edge)


def snap_facilities(network: WalkNetwork, facilities: gpd.GeoDataFrame, max_m: float = 200.0) -> pd.DataFrame:
    """Find the positions of every access point of each facility: `snap` after `access_points`.

    Returns
    -------
    DataFrame, shape (n_access_points, 6)
        The ledger of `snap` with ``facility_id``: hand it to `nearest` and the others as ``facility_ledger``.
    """
    shapes = np.asarray(facilities.geometry.array)
    if _points_entered(facilities, shapes):
        ledger = snap(network, facilities, max_m).reset_index(drop=True)
        ledger.insert(0, "facility_id", pd.Series(labels_at(facilities.index, np.arange(len(shapes)))))
        return ledger
    entries = access_points(facilities)
    ledger = snap(network, entries, max_m)
    ledger.insert(0, "facility_id", entries["facility_id"].array)
    return ledger


def _points_entered(facilities: gpd.GeoDataFrame, shapes: Shapes) -> bool:
    """Tell whether each facility is a point and is entered where it stands."""
    points: bool = (shapely.get_type_id(shapes) == shapely.GeometryType.POINT).all()
    return points and "entrances" not in facilities.columns


def best_access(ledger: pd.DataFrame, facilities: gpd.GeoDataFrame) -> pd.DataFrame:
    """Return one row per facility of a ledger from `snap_facilities`: the access point nearest to a street.

    Returns
    -------
    DataFrame, shape (n_facilities, 5)
        The ledger of `snap` on the facilities' index; a facility is on the network if any of its access points is.
    """
    owner = owners(ledger, facilities)
    off = ledger["edge_id"].isna().to_numpy()
    order = np.lexsort((np.arange(len(ledger)), ledger["snap_m"].to_numpy(), off, owner))
    first = order[np.unique(owner[order], return_index=True)[1]]
    best = ledger.iloc[first].drop(columns="facility_id", errors="ignore")
    return best.set_axis(facilities.index, axis=0)


def positions(network: WalkNetwork, ledger: pd.DataFrame, owner: Ints) -> Positions:
    """Return the positions of a ledger's rows that are on the network."""
    on = np.flatnonzero(ledger["edge_id"].notna().to_numpy())
    edge = _found(network.labels, ledger["edge_id"].iloc[on])
    if (edge < 0).any():
        value = str(ledger["edge_id"].iloc[on[edge < 0][0]])
        why = "the ledger was made with another network"
        raise SchemaError([Problem("file.inconsistent", "ledger edge_id", value, why, "snap the points again")])
    offset = ledger["offset_m"].to_numpy(dtype=float)[on]
    return Positions(edge, offset, ledger["snap_m"].to_numpy(dtype=float)[on], owner[on])


def owners(ledger: pd.DataFrame, facilities: gpd.GeoDataFrame) -> Ints:
    """Return the position of the facility each row of a facility ledger belongs to."""
    if not facilities.index.is_unique:
        value = rows_named(facilities.index.duplicated(), facilities)
        remedy = "give every row its own id"
        raise SchemaError([Problem("id.duplicate", "facilities", value, "an id must stand on one row only", remedy)])
    if "facility_id" in ledger.columns:
        owner = _found(facilities.index, ledger["facility_id"])
        if (owner >= 0).all() and len(np.unique(owner)) == len(facilities):
            return owner
    elif ledger.index.equals(facilities.index):
        return np.arange(len(facilities), dtype=np.int64)
    why = "the ledger does not belong to these facilities"
    raise SchemaError([Problem("file.inconsistent", "facility_ledger", f"rows={len(ledger)}", why, "snap them again")])


def facility_positions(
    network: WalkNetwork, facilities: gpd.GeoDataFrame, max_snap_m: float, ledger: pd.DataFrame | None
) -> Positions:
    """Return the positions of all access points of facilities, snapping them unless a ledger is given."""
    check_crs(network.crs, facilities, "facilities")
    if ledger is None:
        ledger = snap_facilities(network, facilities, max_snap_m)
    return positions(network, ledger, owners(ledger, facilities))


def _found(index: pd.Index, labels: pd.Series) -> Ints:
    """Return the positions of labels, -1 where there is no such label."""
    if pd.api.types.is_integer_dtype(index.dtype) and pd.api.types.is_integer_dtype(labels.dtype):
        wanted = pd.Index(labels.to_numpy(dtype=np.int64, na_value=0)) if labels.notna().all() else pd.Index(labels)
    else:
        wanted = pd.Index(labels.tolist())
    return index.get_indexer(wanted).astype(np.int64)


def demand_positions(
    network: WalkNetwork, demand: gpd.GeoDataFrame, max_snap_m: float, ledger: pd.DataFrame | None
) -> Positions:
    """Return the positions of demand points, snapping them unless a ledger is given; the owner is the row."""
    check_crs(network.crs, demand, "demand")
    if ledger is None:
        ledger = snap(network, demand, max_snap_m)
    if not ledger.index.equals(demand.index):
        why = "the ledger does not belong to these demand points"
        value = f"rows={len(ledger)}"
        raise SchemaError([Problem("file.inconsistent", "demand_ledger", value, why, "snap them again")])
    return positions(network, ledger, np.arange(len(demand)))


def _ranked(network: WalkNetwork, points: Any, max_m: float, warn_m: float) -> tuple[Ints, Floats, Any]:
    """Return edge (-1 if too far), leg on the ground and status of points that have a place."""
    edge, leg = nearest_edges(network, points)
    status = np.full(len(points), "ok", dtype=object)
    if not network.is_large.all():
        small = np.flatnonzero((edge >= 0) & ~network.is_large[edge])
        status[small] = "island"
        bound = np.minimum(np.maximum(MUCH_FARTHER * leg[small], NEARBY_M), max_m)
        other, farther = nearest_edges(network, points[small], bound)
        moved = (farther <= bound) & (leg[small] > ON_STREET_M)
        edge[small[moved]], leg[small[moved]] = other[moved], farther[moved]
        status[small[moved]] = "moved"
    if network.walls is not None:
        walled.on_their_side(network, points, max_m, edge, leg, status)
    known = edge >= 0
    if network.stretch is not None:
        leg[known] = leg[known] * network.stretch[edge[known]]
    # only rows that are far are looked at: a comparison of a million words takes longer than finding their streets
    far = np.flatnonzero(leg > min(warn_m, max_m))
    status[far[(status[far] == "ok") & (leg[far] > warn_m)]] = "warn"
    beyond = far[(known[far] & (leg[far] > max_m)) | (~known[far] & (status[far] != "walled"))]
    edge[beyond], status[beyond] = -1, "too-far"
    return edge, leg, status


def nearest_edges(network: WalkNetwork, points: Any, bound: Floats | None = None) -> tuple[Ints, Floats]:
    """Return the nearest edge of each point somebody may step onto and the distance; the first of equally near ones.

    -1 and ``inf`` where there is none. With a bound, edges of small components do not count, and what lies beyond the
    bound may be told as ``inf``. Many points are looked up in a grid, few in a search tree; both give the same bits.
    """
    if _few(network, points):
        return _from_tree(network, points, bound is not None)
    from zzgeo.network.compiled import in_blocks
    from zzgeo.network.segments import along_curve, nearest_segment, searched_m

    xy = shapely.get_coordinates(points)
    order = along_curve(xy)
    xy = xy[order]
    limit = np.empty(0) if bound is None else bound[order]
    allowed = network.may_stand if bound is None else network.may_stand & network.is_large
    allowed = np.empty(0, dtype=bool) if allowed.all() else allowed
    edge, leg = np.empty(len(xy), dtype=np.int32), np.empty(len(xy))
    grid = network.segments

    def work(first: int, last: int) -> None:
        part = slice(first, last)
        nearest_segment(grid, xy[part], allowed, limit[part], edge[part], leg[part])

    in_blocks(work, len(xy), 20_000)
    nearest, metres = np.empty(len(xy), dtype=np.int64), np.empty(len(xy))
    nearest[order], metres[order] = edge, leg
    left = np.flatnonzero(nearest < 0)
    if bound is not None:
        left = left[bound[left] >= searched_m(grid)]
    nearest[left], metres[left] = _from_tree(network, points[left], bound is not None)
    if len(points) >= GRID_FROM:
        give_back()
    return nearest, metres


def standing(network: WalkNetwork, points: Any, owner: Ints, allowed: Any, max_m: float) -> Positions:
    """Return where points stand on the nearest of some edges, those that find one within a limit.

    Parameters
    ----------
    network
        Walking network.
    points, owner
        Points, shape (n_points,), and the row each belongs to.
    allowed
        Whether each edge counts, shape (n_edges,).
    max_m
        Longest leg in metres, inclusive. No leg crosses a barrier.
    """
    edge, leg = walled.nearest_open(network, points, max_m, allowed)
    on = np.flatnonzero(edge >= 0)
    edge, leg = edge[on], leg[on]
    offset = np.clip(_offsets(network, edge, points[on]), 0.0, network.length_m[edge])
    leg = leg if network.stretch is None else leg * network.stretch[edge]
    near = leg <= max_m
    return Positions(edge, offset, leg, owner[on]).take(near)


def other_streets(
    network: WalkNetwork, demand: gpd.GeoDataFrame, ledger: pd.DataFrame, facilities: pd.DataFrame, max_m: float
) -> pd.DataFrame:
    """Return another ledger for who stands on a small component without a facility: on the nearest street that has one.

    Parameters
    ----------
    network
        Walking network.
    demand, ledger
        Points, shape (n_points, ...), and their ledger from `snap`.
    facilities
        The ledger of the facilities, from `snap_facilities`.
    max_m
        Longest leg to the other street, in metres, inclusive.

    Returns
    -------
    DataFrame, shape (n_moved, 5)
        A ledger as `snap` gives it, with the status ``moved``, of those for whom there is such a street.
    """
    island = np.flatnonzero((ledger["status"] == "island").to_numpy())
    served = np.zeros(len(network.component_table), dtype=bool)
    served[facilities["component"].dropna().to_numpy(dtype=np.int64)] = True
    lost = island[~served[ledger["component"].iloc[island].to_numpy(dtype=np.int64)]]
    points = np.asarray(demand.geometry.array)[lost]
    there = standing(network, points, lost, served[network.component[network.u]], max_m)
    return _stands(network, ledger.iloc[there.owner], there)


def _stands(network: WalkNetwork, ledger: pd.DataFrame, there: Positions) -> pd.DataFrame:
    """Return rows of a ledger moved to other positions."""
    return ledger.assign(
        edge_id=labels_at(network.labels, there.edge),
        offset_m=there.offset,
        snap_m=there.leg,
        component=pd.array(network.component[network.u[there.edge]], dtype="Int64"),
        status="moved",
    )


def _few(network: WalkNetwork, points: Any) -> bool:
    """Tell whether a search tree answers before compiled code is loaded."""
    return len(points) < GRID_FROM and len(network.length_m) < GRID_FROM_EDGES


def _offsets(network: WalkNetwork, edge: Ints, points: Any) -> Floats:
    """Return how many metres along its edge each point stands."""
    if _few(network, points):
        along: Floats = shapely.line_locate_point(network.lines.whole(edge), points)
        return along
    from zzgeo.network.compiled import in_blocks
    from zzgeo.network.segments import locate

    xy, offset, lines = shapely.get_coordinates(points), np.empty(len(edge)), network.lines

    def work(first: int, last: int) -> None:
        locate(lines.xy, lines.start, xy[first:last], edge[first:last], offset[first:last])

    in_blocks(work, len(edge), 20_000)
    return offset


def _from_tree(network: WalkNetwork, points: Any, large: bool) -> tuple[Ints, Floats]:
    edge = np.full(len(points), -1)
    leg = np.full(len(points), np.inf)
    if not len(points):  # the tree of a city holds a line per street: it is made only where it is asked
        return edge, leg
    tree, edges = (network.large_tree, network.large) if large else (network.tree, network.grounded)
    if len(edges):
        (point, line), distance = tree.query_nearest(points, all_matches=True, return_distance=True)
        order = np.lexsort((line, point))
        first = order[np.unique(point[order], return_index=True)[1]]
        edge[point[first]], leg[point[first]] = edges[line[first]], distance[first]
    return edge, leg
