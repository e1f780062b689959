"""Which street metres are within reach: exact pieces of edges, and areas drawn around them."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from zzgeo.crs import metric_problems
from zzgeo.errors import CrsError
from zzgeo.network.build import WalkNetwork, check_same_crs
from zzgeo.network.lines import Floats, Ints
from zzgeo.network.reach import Reach
from zzgeo.network.search import from_any, from_each
from zzgeo.network.snapping import Positions, facility_positions, labels_at

#: Segments per quarter circle: of a radius (0.03 % short in area at 64), and of the verge around streets.
CIRCLE_SEGMENTS = 64
VERGE_SEGMENTS = 4

#: Pieces no further apart than this meet, and pieces no longer are none: sums of floats are not exact.
_MEET_M = 1e-9


def service_areas(
    network: WalkNetwork,
    facilities: gpd.GeoDataFrame,
    reach: Reach,
    *,
    verge: float = 25.0,
    max_snap_m: float = 200.0,
    facility_ledger: pd.DataFrame | None = None,
    draw: bool = True,
) -> gpd.GeoDataFrame:
    """Measure and draw the streets each facility serves within a reach.

    Parameters
    ----------
    network
        Walking network, in the CRS of `facilities`.
    facilities
        Points or polygons, shape (n_facilities, ...); a polygon is entered from any side (`access_points`).
    reach
        How far one facility serves. Along streets, the leg to the street is used up first.
    verge
        Metres either side of a reached street that are drawn as served.
    max_snap_m
        Longest leg from a facility to its street, in metres; not used if a ledger is given.
    facility_ledger
        From `snap_facilities`, to snap once for many calls.
    draw
        Leave the geometry empty if False: drawing costs far more than measuring.

    Returns
    -------
    GeoDataFrame of Polygon or MultiPolygon, shape (n_facilities, 2)
        Same index as `facilities`; ``street_m`` is the exact reached street length, 0.0 with an empty polygon where a
        facility is not on the network. For a straight-line reach the area is the circle (or the polygon's surroundings)
        and ``street_m`` is NaN: no street is walked. For drawing: people are counted by `zzgeo.coverage`.

    Raises
    ------
    CrsError
        If `facilities` are not in the network's CRS.
    ValueError
        If `verge` is not positive.

    Examples
    --------
    >>> import geopandas, shapely
    >>> street = geopandas.GeoDataFrame(geometry=[shapely.LineString([(0, 0), (500, 0)])], crs="EPSG:4547")
    >>> clinic = geopandas.GeoDataFrame(index=["A"], geometry=[shapely.Point(100, 10)], crs="EPSG:4547")
    >>> areas = service_areas(WalkNetwork.from_edges(street), clinic, Reach.along_streets(210))
    >>> float(areas.street_m["A"])  # 100 m to the west end, 200 m to the east
    300.0
    """
    if not verge > 0:
        raise ValueError(f"the verge must be a positive number of metres, not {verge!r}")
    if reach.measure == "straight":
        check_same_crs(network, facilities, "facilities")
        return _circles(facilities, reach.metres)
    sources = facility_positions(network, facilities, max_snap_m, facility_ledger)
    street_m = np.zeros(len(facilities))
    shapes = np.full(len(facilities), shapely.Polygon(), dtype=object)
    for owners, at_node in from_each(network, sources, reach.metres):
        own = sources.take(np.isin(sources.owner, owners))
        row_of = np.searchsorted(owners, own.owner)
        row, edge, low, high = reached_intervals(network, at_node, own, row_of, reach.metres)
        street_m[owners] = np.bincount(row, high - low, minlength=len(owners))
        if draw:
            pieces = _piece_lines(network, edge, low, high)
            shapes[owners] = _drawn(pieces, row, len(owners), verge)
    table = pd.DataFrame({"street_m": street_m}, index=facilities.index)
    return gpd.GeoDataFrame(table, geometry=shapes, crs=facilities.crs)


def reached_pieces(
    network: WalkNetwork,
    facilities: gpd.GeoDataFrame,
    metres: float,
    max_snap_m: float = 200.0,
    *,
    facility_ledger: pd.DataFrame | None = None,
) -> gpd.GeoDataFrame:
    """Return the exact pieces of streets within a walk of any facility; no metre is there twice.

    Parameters
    ----------
    network, facilities, max_snap_m, facility_ledger
        As in `service_areas`.
    metres
        The walk along streets, the leg to the street used up first.

    Returns
    -------
    GeoDataFrame of LineString, shape (n_pieces, 5)
        ``edge_id``, ``from_m``, ``to_m`` (along the edge's geometry), ``length_m``, and the piece.

    Raises
    ------
    CrsError
        If `facilities` are not in the network's CRS.
    """
    edge, low, high = _reached_by_any(network, facilities, metres, max_snap_m, facility_ledger)
    columns = {
        "edge_id": labels_at(network.edges.index, edge),
        "from_m": low,
        "to_m": high,
        "length_m": high - low,
    }
    return gpd.GeoDataFrame(columns, geometry=_piece_lines(network, edge, low, high), crs=network.crs)


def reached_street_m(
    network: WalkNetwork,
    facilities: gpd.GeoDataFrame,
    metres: float,
    max_snap_m: float = 200.0,
    *,
    facility_ledger: pd.DataFrame | None = None,
) -> float:
    """Return the street length in metres within a walk of any facility; see `reached_pieces`."""
    _, low, high = _reached_by_any(network, facilities, metres, max_snap_m, facility_ledger)
    return float((high - low).sum())


def _reached_by_any(
    network: WalkNetwork, facilities: gpd.GeoDataFrame, metres: float, max_snap_m: float, ledger: pd.DataFrame | None
) -> tuple[Ints, Floats, Floats]:
    metres = Reach.along_streets(metres).metres
    sources = facility_positions(network, facilities, max_snap_m, ledger)
    at_node, _ = from_any(network, sources, metres)
    row_of = np.zeros(len(sources), dtype=np.int64)
    _, edge, low, high = reached_intervals(network, at_node[None, :], sources, row_of, metres)
    return edge, low, high


def reached_intervals(
    network: WalkNetwork, at_node: Floats, own: Positions, row_of: Ints, metres: float
) -> tuple[Ints, Ints, Floats, Floats]:
    """Return ``(row, edge, from, to)`` of the reached pieces of edges, disjoint, in order.

    Parameters
    ----------
    network
        Walking network.
    at_node
        Distance from the facilities of a row to each node, shape (n_rows, n_nodes).
    own, row_of
        Positions of the facilities and the row of each: a facility reaches both ways along its own edge.
    metres
        The reach. Of an edge of length L between nodes at du and dv, ``[0, metres - du]`` and
        ``[L - (metres - dv), L]`` are reached.
    """
    row, node = np.nonzero(at_node < metres)
    start, ends = network.edge_ends
    count = start[node + 1] - start[node]
    rank = np.arange(int(count.sum())) - np.repeat(np.cumsum(count) - count, count)
    end = ends[np.repeat(start[node], count) + rank]
    edge, at_v = end // 2, end % 2 == 1
    left = np.repeat(metres - at_node[row, node], count)
    length = network.length_m[edge]
    low = np.where(at_v, np.maximum(length - left, 0.0), 0.0)
    high = np.where(at_v, length, np.minimum(left, length))
    left_there = metres - own.leg
    own_low = np.maximum(own.offset - left_there, 0.0)
    own_high = np.minimum(own.offset + left_there, network.length_m[own.edge])
    return _united(
        np.concatenate([np.repeat(row, count), row_of]),
        np.concatenate([edge, own.edge]),
        np.concatenate([low, own_low]),
        np.concatenate([high, own_high]),
    )


def _united(row: Ints, edge: Ints, low: Floats, high: Floats) -> tuple[Ints, Ints, Floats, Floats]:
    """Unite the intervals of each edge of each row; those that meet become one."""
    some = high - low > _MEET_M
    row, edge, low, high = row[some], edge[some], low[some], high[some]
    order = np.lexsort((low, edge, row))
    row, edge, low, high = row[order], edge[order], low[order], high[order]
    if len(row) == 0:
        return row, edge, low, high
    other = np.ones(len(row), dtype=bool)
    other[1:] = (row[1:] != row[:-1]) | (edge[1:] != edge[:-1])
    farthest = pd.Series(high).groupby(np.cumsum(other)).cummax().to_numpy()
    begins = other.copy()
    begins[1:] |= low[1:] > farthest[:-1] + _MEET_M
    first = np.flatnonzero(begins)
    last = np.append(first[1:], len(row)) - 1
    return row[first], edge[first], low[first], farthest[last]


def _piece_lines(network: WalkNetwork, edge: Ints, low: Floats, high: Floats) -> Any:
    """Return the lines of reached pieces; a whole edge is that edge's own geometry."""
    lines = np.asarray(network.edges.geometry.array)[edge]
    part = (low > 0) | (high < network.length_m[edge])
    lines[part] = network.lines.pieces(edge[part], low[part], high[part])
    return lines


def _drawn(pieces: Any, row: Ints, rows: int, verge: float) -> Any:
    """Return one area per row: the union of the verges of its pieces."""
    strips = shapely.buffer(pieces, verge, quad_segs=VERGE_SEGMENTS)
    shapes = np.full(rows, shapely.Polygon(), dtype=object)
    bounds = np.searchsorted(row, np.arange(rows + 1))
    for at in range(rows):
        if bounds[at] < bounds[at + 1]:
            shapes[at] = shapely.union_all(strips[bounds[at] : bounds[at + 1]])
    return shapes


def _circles(facilities: gpd.GeoDataFrame, metres: float) -> gpd.GeoDataFrame:
    problems = [one for one in metric_problems(facilities.geometry, "facilities") if one.severity == "error"]
    if problems:
        raise CrsError(problems)
    shapes = shapely.buffer(np.asarray(facilities.geometry.array), metres, quad_segs=CIRCLE_SEGMENTS)
    shapes[shapely.is_missing(shapes)] = shapely.Polygon()
    table = pd.DataFrame({"street_m": np.full(len(facilities), np.nan)}, index=facilities.index)
    return gpd.GeoDataFrame(table, geometry=shapes, crs=facilities.crs)
