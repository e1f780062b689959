"""Streets drawn twice: home and clinic on the two copies of one street would be strangers."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from zzgeo.errors import Problem
from zzgeo.network.graph import COINCIDE_M
from zzgeo.network.lines import Floats, Ints

Bools = NDArray[np.bool_]


def doubled(
    edges: gpd.GeoDataFrame, u: Ints, v: Ints, level: Floats | None = None, within_m: float = COINCIDE_M
) -> Bools:
    """Tell which streets are there already: between the same nodes, hardly apart, of one level.

    Parameters
    ----------
    edges
        LineStrings in metres, shape (n_edges, ...).
    u, v
        The nodes of the two ends of each, shape (n_edges,), as numbers; the direction makes no difference.
    level
        Of each street, shape (n_edges,): a viaduct above a street is no copy of it.
    within_m
        Copies are nowhere further from each other, in metres.

    Returns
    -------
    ndarray of bool, shape (n_edges,)
        Of the copies of a street the first stays, before all one that is not private.
    """
    double = np.zeros(len(edges), dtype=bool)
    low, high = np.minimum(u, v).astype(np.int64), np.maximum(u, v).astype(np.int64)
    pair = pd.Series(low * (int(high.max(initial=0)) + 1) + high)
    rows = np.flatnonzero(pair.duplicated(keep=False))
    if not len(rows):
        return double
    if "private" in edges.columns:
        rows = rows[np.argsort(edges["private"].iloc[rows].eq(True), kind="stable")]
    shapes = np.asarray(edges.geometry.array)[rows]
    keys = [pair.to_numpy()[rows], *([] if level is None else [level[rows]])]
    group = pd.DataFrame(dict(enumerate(keys))).groupby(list(range(len(keys))), sort=False).ngroup().to_numpy()
    left = np.arange(len(rows))
    while len(left):
        # each is held against the first of its group; those of another shape are looked at again among themselves
        _, first, of = np.unique(group[left], return_index=True, return_inverse=True)
        model = left[first][of]
        same = (model != left) & _alike(shapes[left], shapes[model], max(within_m, COINCIDE_M))
        double[rows[left[same]]] = True
        left = left[~same & (model != left)]
    return double


def _alike(one: NDArray[np.object_], other: NDArray[np.object_], metres: float) -> Bools:
    vertices = np.maximum(shapely.get_num_points(one), shapely.get_num_points(other))
    alike: Bools = np.abs(shapely.length(one) - shapely.length(other)) <= 2 * metres * vertices
    alike[alike] = shapely.hausdorff_distance(one[alike], other[alike]) <= metres
    return alike


def doubled_notes(copies: gpd.GeoDataFrame, streets: gpd.GeoDataFrame, where: str = "streets") -> list[Problem]:
    """Return the note that streets stood there twice; the way back of a directed graph is no second drawing.

    Parameters
    ----------
    copies, streets
        What was left out, and what was kept, shape (n, ...), in metres.
    where
        What to call the streets.
    """
    copies = copies[~_ways_back(copies, streets)]
    if not len(copies):
        return []
    labels = [str(label) for label in copies.index.unique()]
    named = ", ".join(labels[:5]) + (f" and {len(labels) - 5} more" if len(labels) > 5 else "")
    value = f"{len(copies)} copies, {float(copies.length.sum()) / 1000:,.1f} km: {named}"
    why = "a street drawn twice, or once each way, is one street"
    return [Problem("network.doubled", where, value, why, "nothing to do: one of them was kept", "warning")]


def _ways_back(copies: gpd.GeoDataFrame, streets: gpd.GeoDataFrame) -> Bools:
    """Tell which copies lead from the end to the start of a street that is kept, by the nodes the table names."""
    if not len(copies) or not {"u_id", "v_id"} <= set(copies.columns):
        return np.zeros(len(copies), dtype=bool)
    kept = pd.MultiIndex.from_frame(streets[["u_id", "v_id"]])
    back = pd.MultiIndex.from_frame(copies[["v_id", "u_id"]]).isin(kept)
    again: Bools = back & ~pd.MultiIndex.from_frame(copies[["u_id", "v_id"]]).isin(kept)
    return again
