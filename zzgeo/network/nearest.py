"""The nearest facilities of every demand point, along streets and in a straight line."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from zzgeo.crs import metric_problems
from zzgeo.errors import CrsError, Problem, SchemaError
from zzgeo.network.build import WalkNetwork
from zzgeo.network.ends import check_crs
from zzgeo.network.lines import Floats, Ints
from zzgeo.network.reach import TOLERANCE_M
from zzgeo.network.search import from_any, from_each
from zzgeo.network.snapping import Positions, facility_positions, labels_at, positions, snap

#: Without a cutoff, k > 1 searches this far first, then farther for those who have not found k yet.
_WIDENING_M = (1_000.0, 4_000.0, np.inf)


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
    if k < 1:
        raise ValueError(f"k must be at least 1, not {k!r}")
    if cutoff_m is not None and not cutoff_m > 0:
        raise ValueError(f"a cutoff must be a positive number of metres, not {cutoff_m!r}")
    cutoff = np.inf if cutoff_m is None else float(cutoff_m)
    sources = facility_positions(network, facilities, max_snap_m, facility_ledger)
    check_crs(network.crs, demand, "demand")
    ledger = snap(network, demand, max_snap_m) if demand_ledger is None else demand_ledger
    if not ledger.index.equals(demand.index):
        why = "the ledger does not belong to these demand points"
        value = f"rows={len(ledger)}"
        raise SchemaError([Problem("file.inconsistent", "demand_ledger", value, why, "snap them again")])
    targets = positions(network, ledger, np.arange(len(demand)))
    distance = np.full((len(demand), k), np.inf)
    owner = np.full((len(demand), k), -1, dtype=np.int64)
    find = _one if k == 1 else _several
    distance[targets.owner], owner[targets.owner] = find(network, sources, targets, k, cutoff)
    beyond = ~(distance <= cutoff + TOLERANCE_M)
    distance[beyond], owner[beyond] = np.inf, -1
    snapped = np.zeros(len(demand), dtype=bool)
    snapped[targets.owner] = True
    columns = {
        "facility_id": labels_at(facilities.index, owner.ravel()),
        "distance_m": distance.ravel(),
        "snapped": np.repeat(snapped, k),
    }
    return pd.DataFrame(columns, index=demand.index if k == 1 else _ranks(demand.index, k))


def radius_distance(facilities: gpd.GeoDataFrame, demand: gpd.GeoDataFrame) -> pd.DataFrame:
    """Find the nearest facility of each demand point in a straight line.

    Parameters
    ----------
    facilities
        Points or polygons in a metric CRS, shape (n_facilities, ...); the distance to a polygon is that to its edge,
        and 0 inside.
    demand
        Points in the same CRS, shape (n_demand, ...).

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
    asked = np.flatnonzero(np.isfinite(shapely.bounds(points)).all(axis=1)) if len(points) else np.empty(0, np.int64)
    if len(usable) and len(asked):
        tree = shapely.STRtree(places[usable])
        (row, at), metres = tree.query_nearest(points[asked], all_matches=True, return_distance=True)
        first = np.full(len(asked), len(places))
        np.minimum.at(first, row, usable[at])
        owner[asked] = first
        distance[asked[row]] = metres
    return pd.DataFrame({"facility_id": labels_at(facilities.index, owner), "distance_m": distance}, index=demand.index)


def _ranks(index: pd.Index, k: int) -> pd.MultiIndex:
    ranks = np.tile(np.arange(1, k + 1), len(index))
    return pd.MultiIndex.from_arrays([index.repeat(k), ranks], names=[index.name, "rank"])


def _one(network: WalkNetwork, sources: Positions, targets: Positions, k: int, cutoff: float) -> tuple[Floats, Ints]:
    """Return the nearest owner of each target by one search from all sources; shapes (n_targets, 1)."""
    at_node, owner_at = from_any(network, sources, cutoff)
    u, v = network.u[targets.edge], network.v[targets.edge]
    back = np.maximum(network.length_m[targets.edge] - targets.offset, 0.0)
    options = np.stack([at_node[u] + targets.offset, at_node[v] + back]) + targets.leg
    owners = np.stack([owner_at[u], owner_at[v]])
    distance, owner = _better(options[0], owners[0], options[1], owners[1])
    for pairs, metres in _same_edge(sources, targets):
        first = np.lexsort((sources.owner[pairs[0]], metres, pairs[1]))
        target, at = np.unique(pairs[1][first], return_index=True)
        best = first[at]
        found = _better(distance[target], owner[target], metres[best], sources.owner[pairs[0][best]])
        distance[target], owner[target] = found
    return distance[:, None], owner[:, None]


def _better(distance: Floats, owner: Ints, other: Floats, other_owner: Ints) -> tuple[Floats, Ints]:
    """Return the shorter of two walks, of equal ones that to the first facility."""
    take = (other < distance) | ((other == distance) & (other_owner < owner))
    return np.where(take, other, distance), np.where(take, other_owner, owner)


def _several(network: WalkNetwork, sources: Positions, targets: Positions, k: int, cutoff: float) -> tuple[Any, Any]:
    """Return the k nearest owners of each target; shapes (n_targets, k)."""
    distance = np.full((len(targets), k), np.inf)
    owner = np.full((len(targets), k), -1, dtype=np.int64)
    # No target can find more than the facilities on its own component.
    pairs = np.unique(np.column_stack([network.component[network.u[sources.edge]], sources.owner]), axis=0)
    most = np.bincount(pairs[:, 0], minlength=len(network.component_table))
    wanted = np.minimum(most[network.component[network.u[targets.edge]]], k)
    open_ = np.flatnonzero(wanted > 0)
    limits = _WIDENING_M if np.isinf(cutoff) else (cutoff,)
    for limit in limits:
        if len(open_) == 0:
            break
        distance[open_], owner[open_] = _k_within(network, sources, targets.take(open_), k, limit)
        # A search that stopped at a limit knows all walks up to it, and only some beyond it.
        found = (distance[open_] <= limit).sum(axis=1)
        open_ = open_[found < wanted[open_]]
    return distance, owner


def _k_within(network: WalkNetwork, sources: Positions, targets: Positions, k: int, limit: float) -> tuple[Any, Any]:
    distance = np.full((len(targets), k), np.inf)
    owner = np.full((len(targets), k), -1, dtype=np.int64)
    u, v = network.u[targets.edge], network.v[targets.edge]
    back = np.maximum(network.length_m[targets.edge] - targets.offset, 0.0)
    same = list(_same_edge(sources, targets))
    for owners, at_node in from_each(network, sources, limit, 3 * len(targets)):
        walks = np.minimum(at_node[:, u] + targets.offset, at_node[:, v] + back) + targets.leg
        for pairs, metres in same:
            row = np.searchsorted(owners, sources.owner[pairs[0]])
            here = (row < len(owners)) & (owners[np.minimum(row, len(owners) - 1)] == sources.owner[pairs[0]])
            np.minimum.at(walks, (row[here], pairs[1][here]), metres[here])
        _merge(distance, owner, walks, owners)
    return distance, owner


def _merge(distance: Floats, owner: Ints, walks: Floats, owners: Ints) -> None:
    """Put walks of shape (n_owners, n_targets) that are shorter than a target's k-th into its sorted row, in place.

    Owners come in ascending order, so of equally near ones the first stays.
    """
    k = distance.shape[1]
    row, target = np.nonzero(walks < distance[:, -1])
    changed = np.unique(target)
    metres = np.concatenate([walks[row, target], distance[changed].ravel()])
    whose = np.concatenate([owners[row], owner[changed].ravel()])
    target = np.concatenate([target, np.repeat(changed, k)])
    order = np.lexsort((whose, metres, target))
    first = np.searchsorted(target[order], changed)
    best = order[first[:, None] + np.arange(k)]
    distance[changed], owner[changed] = metres[best], whose[best]


def _same_edge(sources: Positions, targets: Positions) -> Iterator[tuple[tuple[Ints, Ints], Floats]]:
    """Yield ``((source, target), metres)`` of walks that stay on one edge, at most a few million at a time."""
    by_edge = np.argsort(sources.edge, kind="stable")
    edges = sources.edge[by_edge]
    first = np.searchsorted(edges, targets.edge, side="left")
    count = np.searchsorted(edges, targets.edge, side="right") - first
    asked = np.flatnonzero(count)
    bins = np.cumsum(count[asked]) // 2_000_000
    for part in np.split(asked, np.flatnonzero(np.diff(bins)) + 1):
        total = count[part]
        target = np.repeat(part, total)
        rank = np.arange(int(total.sum())) - np.repeat(np.cumsum(total) - total, total)
        source = by_edge[np.repeat(first[part], total) + rank]
        along = np.abs(sources.offset[source] - targets.offset[target])
        if len(target):
            yield (source, target), sources.leg[source] + along + targets.leg[target]
