"""The travel table: which facilities each place reaches, and how far they are along the streets."""

from __future__ import annotations

from typing import NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd

from zzgeo.errors import InputError, Problem, SchemaError
from zzgeo.intake.study import Study
from zzgeo.network import WalkNetwork, distance_matrix
from zzgeo.served import open_facilities, walk_network
from zzgeo.spec.schema import rows_named

#: Stands for a walk without a limit: no streets are that long.
_FARTHEST_M = 1e9


def travel_table(
    network: WalkNetwork,
    facilities: gpd.GeoDataFrame,
    demand: gpd.GeoDataFrame,
    cutoff_m: float,
    max_snap_m: float = 200.0,
    *,
    metres_per_second: float | None = None,
) -> pd.DataFrame:
    """Return every pair of place and facility within a walk of each other, and the walk.

    Parameters
    ----------
    network
        Walking network, in the CRS of `facilities` and `demand`.
    facilities
        Points or polygons, shape (n_facilities, ...); a polygon is entered from any side.
    demand
        Points, shape (n_demand, ...).
    cutoff_m
        Longest walk in metres along the streets, both legs to the street included; inclusive (to 1e-6 m).
    max_snap_m
        Longest leg from a place to its street, in metres.
    metres_per_second
        If given, the way is told in minutes at this speed.

    Returns
    -------
    DataFrame, shape (n_pairs, 3)
        ``demand_id``, ``facility_id`` and ``metres`` (or ``minutes``), in the order of `demand`, then of `facilities`.
        A place or facility that reaches nothing has no row: the measures keep it all the same.

    Raises
    ------
    CrsError
        If the tables are not in the network's CRS.
    SchemaError
        If an id stands on two rows, or a demand geometry is not a Point.
    ValueError
        If `cutoff_m` or `metres_per_second` is not positive.

    Examples
    --------
    >>> import shapely
    >>> street = gpd.GeoDataFrame(geometry=[shapely.LineString([(0, 0), (500, 0)])], crs="EPSG:4547")
    >>> clinics = gpd.GeoDataFrame(index=["A", "B"], geometry=gpd.points_from_xy([100, 400], [0, 0]), crs="EPSG:4547")
    >>> home = gpd.GeoDataFrame(index=["p"], geometry=gpd.points_from_xy([200], [0]), crs="EPSG:4547")
    >>> travel_table(WalkNetwork.from_edges(street), clinics, home, 150).values.tolist()
    [['p', 'A', 100.0]]
    """
    if metres_per_second is not None and not metres_per_second > 0:
        raise ValueError(f"a speed must be a positive number of metres per second, not {metres_per_second!r}")
    twice = [
        Problem("id.duplicate", name, rows_named(table.index.duplicated(), table), "an id stands on two rows", "")
        for table, name in ((facilities, "facilities"), (demand, "demand"))
        if not table.index.is_unique
    ]
    if twice:
        raise SchemaError(twice)
    if not cutoff_m > 0:
        raise ValueError(f"a cutoff must be a positive number of metres, not {cutoff_m!r}")
    pairs = distance_matrix(network, facilities, demand, min(cutoff_m, _FARTHEST_M), max_snap_m)
    place = demand.index.get_indexer(pd.Index(pairs["demand_id"]))
    facility = facilities.index.get_indexer(pd.Index(pairs["facility_id"]))
    metres = pairs["distance_m"].to_numpy()
    order = np.lexsort((facility, place))
    columns: dict[str, object] = {
        "demand_id": demand.index.take(place[order]),
        "facility_id": facilities.index.take(facility[order]),
    }
    if metres_per_second is None:
        columns["metres"] = metres[order]
    else:
        columns["minutes"] = metres[order] / (60.0 * metres_per_second)
    return pd.DataFrame(columns)


class AccessInputs(NamedTuple):
    """What the measures take: the travel table, people by ``demand_id``, capacity by ``facility_id``."""

    travel: pd.DataFrame
    people: pd.Series
    capacity: pd.Series


def study_inputs(
    study: Study,
    kind: str | tuple[str, ...],
    cutoff_m: float,
    *,
    group: str = "residents",
    capacity: str | float = "capacity",
    metres_per_second: float | None = None,
) -> AccessInputs:
    """Build the inputs of the measures from a study: open facilities of a kind, its people, its streets.

    Parameters
    ----------
    study
        A loaded study with streets.
    kind
        Id of a facility kind, or several.
    cutoff_m, metres_per_second
        As in `travel_table`.
    group
        Which people: ``residents``, ``aged_60_plus``, …
    capacity
        A column of the facilities, or the same number for each (1: count facilities).

    Returns
    -------
    AccessInputs
        ``travel, people, capacity``, to be handed on as they are: ``two_step(*inputs, 1000)``.

    Raises
    ------
    InputError
        If the study has no streets or no such people, or a facility's capacity is unknown: it is not 0.
    """
    study.on_streets.as_it_stands()
    facilities, _ = open_facilities(study, [kind] if isinstance(kind, str) else kind)
    network = walk_network(study)
    problems = []
    if network is None:
        problems.append(Problem("network.empty", study.name, "", "the study has no streets", "add [streets]"))
    if group not in study.demand.columns:
        problems.append(Problem("schema.missing_column", "demand", group, "no such people", "name another group"))
    size, unknown = capacities(facilities, capacity)
    problems += unknown
    if problems or network is None:
        raise InputError(problems)
    snap_max = study.walking.snap_max_m
    travel = travel_table(network, facilities, study.demand, cutoff_m, snap_max, metres_per_second=metres_per_second)
    return AccessInputs(travel, study.demand[group].astype(float), size)


def capacities(facilities: gpd.GeoDataFrame, capacity: str | float) -> tuple[pd.Series, list[Problem]]:
    """Return what each facility offers, and the problem where that of one is unknown.

    Parameters
    ----------
    facilities
        Shape (n_facilities, ...).
    capacity
        One of their columns, or the same number for each (1: count facilities).

    Returns
    -------
    (Series on the index of `facilities`, list of Problem)
    """
    if not isinstance(capacity, str):
        return pd.Series(float(capacity), index=facilities.index, name="capacity"), []
    size = facilities[capacity] if capacity in facilities.columns else pd.Series(np.nan, index=facilities.index)
    size = pd.to_numeric(size, errors="coerce").astype(float).rename("capacity")
    if not size.isna().any():
        return size, []
    value = f"{capacity} empty at {rows_named(size.isna().to_numpy(), facilities)}"
    remedy = "fill it in, or give one number for all: capacity=1 counts facilities"
    return size, [Problem("value.missing", "facilities", value, "an unknown capacity is not 0", remedy)]
