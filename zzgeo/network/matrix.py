"""The walks between all facilities and all demand points that are near enough, as a table."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd

from zzgeo.network.engine import pairs_within
from zzgeo.network.lines import Floats, Ints
from zzgeo.network.neighbours import living_there
from zzgeo.network.positions import labels_at
from zzgeo.network.reach import Reach
from zzgeo.network.snapping import demand_positions, facility_positions
from zzgeo.network.walk_network import WalkNetwork


def distance_matrix(
    network: WalkNetwork,
    facilities: gpd.GeoDataFrame,
    demand: gpd.GeoDataFrame,
    cutoff_m: float,
    max_snap_m: float = 200.0,
    *,
    facility_ledger: pd.DataFrame | None = None,
    demand_ledger: pd.DataFrame | None = None,
    threads: int | None = None,
) -> pd.DataFrame:
    """Measure every walk between a facility and a demand point that is no longer than a cutoff.

    Parameters
    ----------
    network
        Walking network, in the CRS of `facilities` and `demand`.
    facilities
        Points or polygons, shape (n_facilities, ...); a polygon is entered from any side (`access_points`).
    demand
        Points, shape (n_demand, ...).
    cutoff_m
        Longest walk in metres, inclusive (to 1e-6 m), both legs to the street included.
    max_snap_m
        Longest leg from a place to its street, in metres; not used for a ledger that is given.
    facility_ledger, demand_ledger
        From `snap_facilities` and `snap`, to snap once for many calls.
    threads
        How many threads search; as many as there are processors if left out. The table is the same for any number.

    Returns
    -------
    DataFrame, shape (n_pairs, 3)
        ``facility_id`` and ``demand_id`` (labels of the two tables), ``distance_m``; sorted by the facilities' order,
        then the demand's. A pair that is not in it is farther apart than the cutoff, or one of it is not on the
        network. A distance may be 0.0.

    Raises
    ------
    CrsError
        If the tables are not in the network's CRS.
    SchemaError
        If a demand geometry is not a Point, or a ledger does not fit its table.
    ValueError
        If `cutoff_m` is not positive and finite.

    Examples
    --------
    >>> import geopandas, shapely
    >>> street = geopandas.GeoDataFrame(geometry=[shapely.LineString([(0, 0), (900, 0)])], crs="EPSG:4547")
    >>> at = lambda *x: geopandas.GeoDataFrame(geometry=[shapely.Point(one, 0) for one in x], crs="EPSG:4547")
    >>> distance_matrix(WalkNetwork.from_edges(street), at(0, 500), at(100, 500, 900), 400).values.tolist()
    [[0, 0, 100.0], [1, 0, 400.0], [1, 1, 0.0], [1, 2, 400.0]]
    """
    ledgers = (facility_ledger, demand_ledger)
    owner, target, metres = walked_pairs(network, facilities, demand, cutoff_m, max_snap_m, ledgers, threads)
    columns = {
        "facility_id": labels_at(facilities.index, owner),
        "demand_id": labels_at(demand.index, target),
        "distance_m": metres,
    }
    return pd.DataFrame(columns)


def walked_pairs(
    network: WalkNetwork,
    facilities: gpd.GeoDataFrame,
    demand: gpd.GeoDataFrame,
    cutoff_m: float,
    max_snap_m: float = 200.0,
    ledgers: tuple[pd.DataFrame | None, pd.DataFrame | None] = (None, None),
    threads: int | None = None,
) -> tuple[Ints, Ints, Floats]:
    """Return the pairs of `distance_matrix` by their rows: (row of facilities, row of demand, metres), in that order.

    Parameters
    ----------
    network, facilities, demand, cutoff_m, max_snap_m, threads
        As for `distance_matrix`.
    ledgers
        Those of the facilities and of the demand; snapped where there is none.

    Examples
    --------
    >>> import geopandas, shapely
    >>> street = geopandas.GeoDataFrame(geometry=[shapely.LineString([(0, 0), (900, 0)])], crs="EPSG:4547")
    >>> at = lambda *x: geopandas.GeoDataFrame(geometry=[shapely.Point(one, 0) for one in x], crs="EPSG:4547")
    >>> walked_pairs(WalkNetwork.from_edges(street), at(0, 500), at(100, 900), 400)
    (array([0, 1, 1]), array([0, 0, 1]), array([100., 400., 400.]))
    """
    cutoff = Reach.along_streets(cutoff_m).metres
    sources = facility_positions(network, facilities, max_snap_m, ledgers[0])
    targets = demand_positions(network, demand, max_snap_m, ledgers[1])
    owner, target, metres = pairs_within(network, sources, targets, cutoff, threads)
    return _where_they_live(facilities, demand, (owner, target, metres))


def _where_they_live(
    facilities: gpd.GeoDataFrame, demand: gpd.GeoDataFrame, pairs: tuple[Ints, Ints, Floats]
) -> tuple[Ints, Ints, Floats]:
    """Return the pairs with 0 m between a facility and those who live at it."""
    owner, target, metres = pairs
    home, place = living_there(np.asarray(facilities.geometry.array), np.asarray(demand.geometry.array))
    if len(home) == 0:
        return owner, target, metres
    table = pd.DataFrame({"owner": [*place, *owner], "target": [*home, *target], "metres": [*(0.0 * home), *metres]})
    table = table.drop_duplicates(["owner", "target"]).sort_values(["owner", "target"])
    return table["owner"].to_numpy(), table["target"].to_numpy(), table["metres"].to_numpy()
