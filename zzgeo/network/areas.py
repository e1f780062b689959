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
from zzgeo.network.engine import pieces_of_any, pieces_of_each
from zzgeo.network.lines import Floats, Ints
from zzgeo.network.reach import Reach
from zzgeo.network.snapping import facility_positions, labels_at

#: Segments per quarter circle: of a radius (0.03 % short in area at 64), and of the verge around streets.
CIRCLE_SEGMENTS = 64
VERGE_SEGMENTS = 4


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
    owner, edge, low, high = pieces_of_each(network, sources, reach.metres)
    street_m += np.bincount(owner, high - low, minlength=len(facilities))
    if draw:
        pieces = _piece_lines(network, edge, low, high)
        shapes = _drawn(pieces, owner, len(facilities), verge)
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
    return pieces_of_any(network, facility_positions(network, facilities, max_snap_m, ledger), metres)


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
