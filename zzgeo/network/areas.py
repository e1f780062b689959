"""Which street metres are within reach: exact pieces of edges, and areas drawn around them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from zzgeo.crs.metric import metric_problems
from zzgeo.errors import CrsError
from zzgeo.network.engine import pieces_of_any, pieces_of_each
from zzgeo.network.lines import Floats, Ints
from zzgeo.network.positions import labels_at
from zzgeo.network.reach import Reach
from zzgeo.network.refusals import check_crs
from zzgeo.network.snapping import facility_positions
from zzgeo.network.walk_network import WalkNetwork

#: Segments per quarter circle: of a radius (0.03 % short in area at 64), and of the verge around streets.
CIRCLE_SEGMENTS = 64
VERGE_SEGMENTS = 4
#: No more pieces than this are drawn exactly unless asked for.
EXACT_PIECES = 2_000


def service_areas(
    network: WalkNetwork,
    facilities: gpd.GeoDataFrame,
    reach: Reach | Sequence[Reach],
    *,
    verge: float = 25.0,
    max_snap_m: float = 200.0,
    facility_ledger: pd.DataFrame | None = None,
    draw: bool | Literal["exact", "field"] = True,
    threads: int | None = None,
) -> gpd.GeoDataFrame:
    """Measure and draw the streets each facility serves within a reach, or within several.

    Parameters
    ----------
    network
        Walking network, in the CRS of `facilities`.
    facilities
        Points or polygons, shape (n_facilities, ...); a polygon is entered from any side (`access_points`).
    reach
        How far one facility serves. Along streets, the leg to the street is used up first. Several reaches (5, 10 and
        15 minutes) give one row each.
    verge
        Metres either side of a reached street that are drawn as served.
    max_snap_m
        Longest leg from a facility to its street, in metres; not used if a ledger is given.
    facility_ledger
        From `snap_facilities`, to snap once for many calls.
    draw
        ``"exact"`` unites the exact verges of all pieces; ``"field"`` draws from a field of distances, with an overlap
        of 0.99 (IoU) and at a fraction of the cost. True draws up to 2,000 pieces exactly, more from a field. False
        leaves the geometry empty: drawing costs far more than measuring.
    threads
        How many threads work; as many as there are processors if left out. The areas are the same for any number.

    Returns
    -------
    GeoDataFrame of Polygon or MultiPolygon, shape (n_facilities, 2)
        Same index as `facilities`; ``street_m`` is the exact reached street length, 0.0 with an empty polygon where a
        facility is not on the network. For a straight-line reach the area is the circle (or the polygon's surroundings)
        and ``street_m`` is NaN: no street is walked. For several reaches a MultiIndex of it and ``reach_m``, the
        shortest first; the area of a longer reach covers that of a shorter one. For drawing: people are counted by
        `zzgeo.coverage`.

    Raises
    ------
    CrsError
        If `facilities` are not in the network's CRS.
    ValueError
        If `verge` is not positive, several reaches are none, alike, or measured in different ways, or `draw` is none of
        these.

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
    if draw not in (True, False, "exact", "field"):
        raise ValueError(f"areas are drawn 'exact', from a 'field', or as there is time (True, False), not {draw!r}")
    reaches = _sorted(reach)
    if reaches[0].measure == "straight":
        check_crs(network.crs, facilities, "facilities")
        tables = [_circles(facilities, one.metres) for one in reaches]
    else:
        sources = facility_positions(network, facilities, max_snap_m, facility_ledger)
        reached = [pieces_of_each(network, sources, one.metres, threads) for one in reaches]
        shapes = [np.full(len(facilities), shapely.Polygon(), dtype=object)] * len(reaches)
        if draw:
            few = sum(len(owner) for owner, *_ in reached) <= EXACT_PIECES
            exact = draw == "exact" or (draw != "field" and few)
            shapes = _drawn(network, reached, len(facilities), verge, exact, threads)
        tables = [
            _area_table(facilities, np.bincount(owner, high - low, minlength=len(facilities)), shape)
            for (owner, _, low, high), shape in zip(reached, shapes, strict=True)
        ]
    return tables[0] if isinstance(reach, Reach) else _stacked(tables, reaches)


def dissolved_areas(
    network: WalkNetwork,
    facilities: gpd.GeoDataFrame,
    reach: Reach | Sequence[Reach],
    *,
    verge: float = 25.0,
    max_snap_m: float = 200.0,
    facility_ledger: pd.DataFrame | None = None,
) -> gpd.GeoDataFrame:
    """Draw the streets all facilities serve together, in one pass, holes kept.

    Parameters
    ----------
    network, facilities, reach, verge, max_snap_m, facility_ledger
        As in `service_areas`; reaches are along streets.

    Returns
    -------
    GeoDataFrame of Polygon or MultiPolygon, shape (n_reaches, 2)
        One row a reach, indexed by ``reach_m``, the shortest first: ``street_m`` and the area, drawn from a field of
        distances. A longer reach covers a shorter one. Nothing is counted twice, neither metres nor ground.

    Raises
    ------
    CrsError
        If `facilities` are not in the network's CRS.
    ValueError
        If `verge` is not positive, or a reach is a straight line, or several are none or alike.
    """
    if not verge > 0:
        raise ValueError(f"the verge must be a positive number of metres, not {verge!r}")
    reaches = _sorted(reach)
    if reaches[0].measure == "straight":
        raise ValueError("dissolved areas are drawn along streets: use Reach.along_streets or Reach.walk")
    from zzgeo.network import drawing

    sources = facility_positions(network, facilities, max_snap_m, facility_ledger)
    spans = [pieces_of_any(network, sources, one.metres) for one in reaches]
    shapes = [np.array([drawing.dissolved(network.lines, span, verge)], dtype=object) for span in spans]
    street_m = [float((high - low).sum()) for _, low, high in spans]
    index = pd.Index([one.metres for one in reaches], name="reach_m")
    table = pd.DataFrame({"street_m": street_m}, index=index)
    return gpd.GeoDataFrame(table, geometry=np.concatenate(drawing.nested(shapes)), crs=facilities.crs)


def _sorted(reach: Reach | Sequence[Reach]) -> list[Reach]:
    reaches = [reach] if isinstance(reach, Reach) else sorted(reach, key=lambda one: one.metres)
    if not reaches or len({one.metres for one in reaches}) < len(reaches):
        raise ValueError("several reaches must be at least one, and different")
    if len({one.measure for one in reaches}) > 1:
        raise ValueError("several reaches must all be straight lines, or all along streets")
    return reaches


def _area_table(facilities: gpd.GeoDataFrame, street_m: Any, shapes: Any) -> gpd.GeoDataFrame:
    table = pd.DataFrame({"street_m": street_m.astype(float)}, index=facilities.index)
    return gpd.GeoDataFrame(table, geometry=shapes, crs=facilities.crs)


def _stacked(tables: list[gpd.GeoDataFrame], reaches: list[Reach]) -> gpd.GeoDataFrame:
    """Return the tables of several reaches as one, facility by facility."""
    count = len(tables[0])
    order = np.arange(count * len(tables)).reshape(len(tables), count).T.ravel()
    metres = np.tile([one.metres for one in reaches], count)
    index = pd.MultiIndex.from_arrays(
        [tables[0].index.repeat(len(tables)), metres], names=[tables[0].index.name, "reach_m"]
    )
    return gpd.GeoDataFrame(pd.concat(tables).iloc[order].set_axis(index))


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
    network, facilities
        As in `service_areas`.
    metres
        The walk along streets, the leg to the street used up first.
    max_snap_m, facility_ledger
        As in `service_areas`.

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
        "edge_id": labels_at(network.labels, edge),
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
    """Return the lines of reached pieces; a whole edge has the vertices of that edge."""
    pieces = np.empty(len(edge), dtype=object)
    part = (low > 0) | (high < network.length_m[edge])
    pieces[part] = network.lines.pieces(edge[part], low[part], high[part])
    pieces[~part] = network.lines.whole(edge[~part])
    return pieces


def _drawn(
    network: WalkNetwork, reached: Sequence[Any], rows: int, verge: float, exact: bool, threads: int | None
) -> list[Any]:
    """Return one array of areas per reach, exactly or from a field of distances."""
    from zzgeo.network import drawing

    if not exact:
        spans = [(edge, low, high) for _, edge, low, high in reached]
        return drawing.rings(network.lines, [one[0] for one in reached], spans, rows, verge, threads)
    return drawing.nested([_verges(_piece_lines(network, *span), owner, rows, verge) for owner, *span in reached])


def _verges(pieces: Any, row: Ints, rows: int, verge: float) -> Any:
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
    return _area_table(facilities, np.full(len(facilities), np.nan), shapes)
