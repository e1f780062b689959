"""A file beside what is already known: in the metric CRS of its place, compared with boundary, streets and itself."""

from __future__ import annotations

from dataclasses import dataclass, replace

import geopandas as gpd
import numpy as np
import pyproj
import shapely

from zzgeo.crs.datums import step_to
from zzgeo.crs.metric import GCJ02_RECTANGLE, WGS84, Datum, beyond_zone, metric_crs_for, to_metric
from zzgeo.errors import InputError, Problem
from zzgeo.formats.parts.base import RawLayer
from zzgeo.intake.claims import layer_datum
from zzgeo.intake.coordinate_cells import coordinates, in_two_columns
from zzgeo.intake.datum_check import border_problems, datum_problems
from zzgeo.intake.official_codes import county_codes
from zzgeo.intake.on_streets import street_network
from zzgeo.intake.rows import Rows
from zzgeo.intake.topology import topology_problems
from zzgeo.spec.study_file import InputSpec

#: Where nothing can be said of a file's place, its rows are still looked at in this CRS.
ANY_CRS = 4547


@dataclass(frozen=True)
class Beside:
    """What is known beside a layer."""

    boundary: gpd.GeoDataFrame | None
    streets: gpd.GeoDataFrame | None
    snap_max_m: float

    def crs_and_districts(self, raw: RawLayer, spec: InputSpec) -> tuple[pyproj.CRS, gpd.GeoDataFrame | None]:
        """Return the metric CRS of the boundary's place, else of the middle of the layer, and the boundary in it."""
        if self.boundary is not None and len(self.boundary):
            west, south, east, north = self.boundary.to_crs(4326).total_bounds
            crs = metric_crs_for((west + east) / 2, (south + north) / 2)
        else:
            lon, lat = _middle(raw, spec)
            known = abs(lon) <= 180 and -80 <= lat <= 84
            crs = metric_crs_for(lon, lat) if known else pyproj.CRS.from_epsg(ANY_CRS)
        return crs, None if self.boundary is None else _in(self.boundary, crs)

    def compared(self, rows: Rows, role: str) -> Rows:
        """Compare a layer in metres with what is known beside it, and with itself."""
        if self.boundary is None and rows.given is not None and rows.datum is not None:
            rows = rows.telling(*beyond_zone(rows.given["x"], rows.given["y"], rows.datum, rows.file))
        if role == "districts":
            rows = rows.telling(*topology_problems(rows.table, None, rows.file))
            return county_codes(rows) if _in_china(rows.table) else rows
        if role == "streets":
            return rows.telling(*_network_problems(rows.table))
        some = self.streets is not None and len(self.streets) > 0
        if not some and self.boundary is None:
            return rows
        assert rows.datum is not None
        tree = shapely.STRtree(_in(self.streets, rows.table.crs).geometry.values if some else [])
        doubts = datum_problems(rows.table.geometry, tree, rows.datum.name, rows.file)
        if role == "facilities" and self.boundary is not None and not doubts:
            areas = shapely.STRtree(_in(self.boundary, rows.table.crs).geometry.values)
            doubts = border_problems(rows.table.geometry, areas, tree, rows.datum.name, rows.file)
        return (_told_if_too_far(rows, tree, self.snap_max_m) if some else rows).telling(*doubts)


def _in(table: gpd.GeoDataFrame, crs: pyproj.CRS) -> gpd.GeoDataFrame:
    """Return a table in a metric CRS; refuse one whose datum leads there by a guess only."""
    own = pyproj.CRS.from_user_input(table.crs)
    return table.set_geometry(to_metric(table.geometry, Datum(own.name, own), crs))


def _middle(raw: RawLayer, spec: InputSpec) -> tuple[float, float]:
    """Return about the middle of a layer in degrees; not a place where there is nothing to tell it by."""
    try:
        crs = layer_datum(raw, spec.datum, raw.file).crs
    except InputError:
        return np.nan, np.nan
    if isinstance(raw.table, gpd.GeoDataFrame):
        bounds = raw.table.geometry.bounds.to_numpy()
        x, y = (bounds[:, 0] + bounds[:, 2]) / 2, (bounds[:, 1] + bounds[:, 3]) / 2
    elif {"lon", "lat"} <= set(spec.columns) and set(spec.columns.values()) <= set(raw.table.columns):
        table, left = in_two_columns(raw.table.head(10_000), spec.columns)
        if isinstance(table, gpd.GeoDataFrame):
            return _middle(replace(raw, table=table), spec)
        x, y = (coordinates(table[left.get(name, name)], name).values.to_numpy() for name in ("lon", "lat"))
    else:
        return np.nan, np.nan
    known = np.isfinite(x) & np.isfinite(y)
    if not known.any():
        return np.nan, np.nan
    lon, lat = step_to(crs, WGS84.crs).transform(x[known], y[known])
    if not np.isfinite(lon).any():
        return np.nan, np.nan
    # a layer on both sides of the date line has its middle there, not in Greenwich
    turned = np.where(lon < 0, lon + 360, lon) if np.ptp(lon[np.isfinite(lon)] if len(lon) else lon) > 180 else lon
    middle = float(np.nanmedian(turned))
    return middle - 360 if middle > 180 else middle, float(np.nanmedian(lat))


def _in_china(table: gpd.GeoDataFrame) -> bool:
    west, south, east, north = table.to_crs(4326).total_bounds
    inside = GCJ02_RECTANGLE
    return bool(west >= inside[0] and south >= inside[1] and east <= inside[2] and north <= inside[3])


def _told_if_too_far(rows: Rows, tree: shapely.STRtree, most_m: float) -> Rows:
    """Warn of places so far from every street that nobody could walk from there."""
    shapes = rows.table.geometry.values
    (place, _), metres = tree.query_nearest(shapes, return_distance=True, all_matches=False)
    leg = np.full(len(shapes), np.inf)
    leg[place] = metres
    why = f"no street within {most_m:g} m: no walk leads there"
    remedy = "check the coordinates, and the streets' extent"
    return rows.warning("network.snap_too_far", leg > most_m, "places", why, remedy)


def _network_problems(streets: gpd.GeoDataFrame) -> list[Problem]:
    """Build the network the streets make, to tell what it would say of itself."""
    try:
        return list(street_network(streets).notes)
    except InputError as error:
        return list(error.problems)
