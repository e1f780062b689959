"""Heights of lines: streets that share a place and lie far above one another there are joined, and that is told."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely

from zzgeo.errors import Problem
from zzgeo.spec.levels import level

#: Streets that share a place and are further apart there, in metres, may pass over one another.
_PASSES_OVER_M = 2.5
#: Decimals of metres, and of degrees, to which places are compared.
_METRES, _DEGREES = 2, 7


def told_of_heights(table: gpd.GeoDataFrame, where: str, *, degrees: bool = False) -> list[Problem]:
    """Tell of places that streets of one level share though their vertices there lie far above one another.

    Parameters
    ----------
    table
        LineStrings and MultiLineStrings, shape (n_streets, ...); those without heights are passed over.
    where
        What to call the table.
    degrees
        Whether places are in degrees; else they are in metres. Heights are in metres.

    Returns
    -------
    list of Problem
        ``network.heights``, a warning; empty where nothing is to be told.
    """
    shapes = np.asarray(table.geometry.array, dtype=object)
    if not shapely.has_z(shapes).any():
        return []
    xyz, owner = shapely.get_coordinates(shapes, include_z=True, return_index=True)
    known = np.isfinite(xyz).all(axis=1)
    xyz, owner = xyz[known], owner[known]
    places = np.column_stack([xyz[:, :2].round(_DEGREES if degrees else _METRES), level(table)[owner]])
    _, first, of = np.unique(places, axis=0, return_index=True, return_inverse=True)
    of = of.ravel()
    low, high = np.full(len(first), np.inf), np.full(len(first), -np.inf)
    np.minimum.at(low, of, xyz[:, 2])
    np.maximum.at(high, of, xyz[:, 2])
    several = np.zeros(len(first), dtype=bool)
    several[of[owner != owner[first][of]]] = True
    apart = np.flatnonzero(several & (high - low > _PASSES_OVER_M))
    if not len(apart):
        return []
    x, y = xyz[first[apart[0]], :2]
    shown = f"{x:.6f}, {y:.6f}" if degrees else f"{x:.1f}, {y:.1f}"
    value = f"{len(apart)} places, e.g. {high[apart[0]] - low[apart[0]]:.1f} m at {shown}"
    why = (
        f"streets that share a place and lie over {_PASSES_OVER_M:g} m above one another there are joined all the same"
    )
    remedy = (
        "say which is a bridge or a tunnel, in a column bridge, tunnel or layer; nothing to do where heights are wrong"
    )
    return [Problem("network.heights", where, value, why, remedy, "warning")]
