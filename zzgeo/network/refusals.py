"""How a network refuses what it cannot use."""

from __future__ import annotations

import geopandas as gpd
import pyproj

from zzgeo.errors import CrsError, NetworkError, Problem


def refuse(code: str, value: str, why: str, remedy: str, where: str = "streets") -> NetworkError:
    """Return the error of a network that is refused for one reason."""
    return NetworkError([Problem(code, where, value, why, remedy)])


def check_crs(crs: pyproj.CRS, table: gpd.GeoDataFrame, where: str) -> None:
    """Raise `CrsError` unless a table is in a CRS."""
    if table.crs is None:
        remedy = "say in which CRS the coordinates are: table.set_crs(…)"
        raise CrsError([Problem("crs.missing", where, "no CRS", "the datum is unknown", remedy)])
    theirs = pyproj.CRS.from_user_input(table.crs)
    if not theirs.equals(crs, ignore_axis_order=True):
        value = f"CRS {theirs.name} instead of {crs.name}"
        remedy = "convert it: table.to_crs(network.crs)"
        raise CrsError([Problem("crs.mismatch", where, value, "distances need one CRS", remedy)])
