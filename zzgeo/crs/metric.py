"""Datums and the metric CRS: where a coordinate really is, and in which metres a study is reckoned.

A layer's *datum* says how its numbers are to be read: an EPSG code, or one of the two offset datums of Chinese web
maps, GCJ-02 and BD-09, which are undone to far below a millimetre (`zzgeo.crs.offsets`): their 500 m are more than most
rules allow a walk to be.

::

    numbers in a file --datum--> WGS 84 / CGCS2000 degrees --metric CRS--> metres, x east, y north

What looks wrong is reported, never corrected by guessing: a problem names the likely cause and the remedy.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import geopandas as gpd
import numpy as np
import pyproj
import shapely
from numpy.typing import ArrayLike

from zzgeo.crs.datums import (
    BD09,
    CGCS2000,
    GCJ02,
    WGS84,
    Datum,
    crs_name,
    finite,
    is_web_mercator,
    parse_datum,
    shown,
    step_to,
)
from zzgeo.crs.offsets import (
    GCJ02_RECTANGLE,
    Pair,
    bd09_to_gcj02,
    bd09_to_wgs84,
    gcj02_to_bd09,
    gcj02_to_wgs84,
    wgs84_to_bd09,
    wgs84_to_gcj02,
)
from zzgeo.crs.plausibility import area_of_use_problems, beyond_zone, looks_like_degrees, out_of_range
from zzgeo.crs.steps import moved
from zzgeo.errors import CrsError, Problem

__all__ = [
    "BD09",
    "CGCS2000",
    "Datum",
    "GCJ02",
    "GCJ02_RECTANGLE",
    "SCALE_REFUSED",
    "SCALE_WARNED",
    "WGS84",
    "area_of_use_problems",
    "beyond_zone",
    "bd09_to_gcj02",
    "bd09_to_wgs84",
    "check_metric_crs",
    "gcj02_to_bd09",
    "gcj02_to_wgs84",
    "looks_like_degrees",
    "metric_crs_for",
    "metric_problems",
    "out_of_range",
    "parse_datum",
    "points_to_metric",
    "scale_error",
    "to_metric",
    "wgs84_to_bd09",
    "wgs84_to_gcj02",
]


#: Relative scale error at which a metric CRS is reported, and at which it is refused.
SCALE_WARNED = 0.0005
SCALE_REFUSED = 0.005


_TO_WGS84: dict[str, Callable[[ArrayLike, ArrayLike], Pair]] = {"gcj02": gcj02_to_wgs84, "bd09": bd09_to_wgs84}


def to_metric(geometry: gpd.GeoSeries, datum: Datum, crs: pyproj.CRS) -> gpd.GeoSeries:
    """Bring geometry into the metric CRS of a study.

    Parameters
    ----------
    geometry
        Numbers in `datum`, shape (n_rows,). The declared datum decides, not ``geometry.crs``. Never written to.
    datum
        How the numbers are to be read.
    crs
        Metric CRS to bring them into.

    Returns
    -------
    GeoSeries, shape (n_rows,)
        Same index, every vertex moved, heights dropped; what was null or empty stays so.

    Raises
    ------
    CrsError
        If `crs` is not in metres, if no step between datums is known that is good here, or if a vertex lies where none
        is defined.
    """
    shapes = geometry.to_numpy()
    if _as_it_is(datum, crs):
        points_to_metric([], [], datum, crs)  # tells what is wrong with the CRS
        placed = shapely.force_2d(shapes) if shapely.has_z(shapes).any() else shapes
    else:
        placed = shapely.transform(shapes, lambda xy: np.column_stack(points_to_metric(xy[:, 0], xy[:, 1], datum, crs)))
    return gpd.GeoSeries(placed, index=geometry.index, crs=crs, name=geometry.name)


def _as_it_is(datum: Datum, crs: pyproj.CRS) -> bool:
    """Tell whether numbers in a datum are the metres of a CRS already."""
    return datum.shift == "none" and bool(datum.crs == crs)


def points_to_metric(x: ArrayLike, y: ArrayLike, datum: Datum, crs: pyproj.CRS) -> Pair:
    """Bring coordinates into the metric CRS of a study: `to_metric` for arrays.

    Parameters
    ----------
    x, y
        Eastward and northward numbers (longitude and latitude, easting and northing) in `datum`, shape (n,).
    datum, crs
        As for `to_metric`.

    Returns
    -------
    tuple of ndarray
        Metres east and north, shape (n,); NaN where a number is missing.

    Raises
    ------
    CrsError
        As for `to_metric`.

    Examples
    --------
    >>> x, y = points_to_metric([114.0], [34.75], CGCS2000, pyproj.CRS(4547))
    >>> round(float(x[0]), 3)  # on the central meridian
    500000.0
    """
    problems = _not_metres(crs, "metric CRS", "the EPSG code of zzgeo.crs.metric.metric_crs_for")
    if problems:
        raise CrsError(problems)
    x, y = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
    known = np.isfinite(x) & np.isfinite(y)
    if _as_it_is(datum, crs):
        return np.where(known, x, np.nan), np.where(known, y, np.nan)
    east, north, source = np.where(known, x, np.nan), np.where(known, y, np.nan), datum.crs
    if datum.shift != "none":
        if source.is_projected:
            east, north = moved(east, north, source, WGS84.crs)
        (east, north), source = _TO_WGS84[datum.shift](east, north), WGS84.crs
    east, north = moved(east, north, source, crs)
    lost = known & ~(np.isfinite(east) & np.isfinite(north))
    if lost.any():
        why = f"{datum.name} has no such place, or {crs_name(crs)} cannot show it"
        remedy = "check the order of the columns and the datum of the layer"
        raise CrsError([Problem("coord.out_of_range", "", shown(x, y, lost), why, remedy)])
    return east, north


def metric_crs_for(lon: float, lat: float) -> pyproj.CRS:
    """Choose the metric CRS of a place: 3-degree CGCS2000 Gauss-Krüger in China, UTM elsewhere.

    Parameters
    ----------
    lon, lat
        WGS 84 degrees. China is taken as 73.5-136.5° E, 15-55° N, seas included; places abroad in that rectangle are
        served as exactly by the Gauss-Krüger zone. UTM zones are the plain 6° strips.

    Returns
    -------
    pyproj.CRS
        In metres.

    Raises
    ------
    CrsError
        If the place is not on the earth, or nearer to a pole than UTM goes.

    Examples
    --------
    >>> metric_crs_for(113.6, 34.75).to_epsg(), metric_crs_for(24.94, 60.17).to_epsg()
    (4547, 32635)
    """
    if not (abs(lon) <= 180 and -80 <= lat <= 84):
        why = "no metric CRS is known here: longitude must be within ±180, latitude from -80 to 84 degrees"
        remedy = 'set crs = "EPSG:…" in study.toml'
        raise CrsError([Problem("coord.out_of_range", "", f"lon={lon:g}, lat={lat:g}", why, remedy)])
    if 73.5 <= lon <= 136.5 and 15 <= lat <= 55:
        zone = min(max(math.floor(lon / 3 + 0.5), 25), 45)
        return pyproj.CRS.from_epsg(4534 + zone - 25)
    zone = min(math.floor((lon + 180) / 6) + 1, 60)
    return pyproj.CRS.from_epsg((32600 if lat >= 0 else 32700) + zone)


def scale_error(crs: pyproj.CRS, lon: ArrayLike, lat: ArrayLike) -> float:
    """Measure by how much short distances in a CRS differ from distances on the ground.

    The CRS is differentiated against the geodesic, in all directions: PROJ's own factors give the wrong north-south
    scale for Web Mercator.

    Parameters
    ----------
    crs
        CRS whose numbers are to be read as metres.
    lon, lat
        WGS 84 degrees, shape (n,) or scalars; the worst place decides.

    Returns
    -------
    float
        Largest relative error: 0.0003 is 0.3 m in a kilometre. ``inf`` where the CRS is not defined, NaN if no place
        is given.

    Examples
    --------
    >>> round(scale_error(pyproj.CRS(4547), 114.0, 34.75), 6), round(scale_error(pyproj.CRS(3857), 113.65, 34.75), 3)
    (0.0, 0.221)
    """
    x, y = finite(lon, lat)
    if not x.size:
        return math.nan
    half, geod = 50.0, crs.get_geod() or pyproj.Geod(ellps="WGS84")
    transform = step_to(WGS84.crs, crs).transform
    columns = []
    for azimuth in (0.0, 90.0):
        ahead, behind = (
            np.array(transform(*geod.fwd(x, y, np.full(x.size, turn), np.full(x.size, half))[:2]))
            for turn in (azimuth, azimuth + 180.0)
        )
        if not (np.isfinite(ahead).all() and np.isfinite(behind).all()):
            return math.inf
        columns.append((ahead - behind) / (2 * half))
    jacobian = np.stack(columns).transpose(2, 1, 0)
    return float(np.abs(np.linalg.svd(jacobian, compute_uv=False) - 1.0).max())


def check_metric_crs(crs: pyproj.CRS, lon: ArrayLike, lat: ArrayLike, where: str = "") -> list[Problem]:
    """List what keeps a CRS from being the metric CRS of some places; an empty list means it serves.

    Parameters
    ----------
    crs
        The CRS in question.
    lon, lat
        WGS 84 degrees of the places, shape (n,) or scalars.
    where
        Named in the messages.

    Returns
    -------
    list of Problem
        ``crs.mismatch`` for degrees, Web Mercator, units other than the metre, and scale errors: a warning from
        `SCALE_WARNED`, an error from `SCALE_REFUSED`.
    """
    x, y = _sample(lon, lat)
    suggested = "the EPSG code of a metric CRS of the place"
    if x.size:
        middle = float(np.median(x)), float(np.clip(np.median(y), -80, 84))
        suggested = f'crs = "{crs_name(metric_crs_for(*middle))}"' if abs(middle[0]) <= 180 else suggested
    problems = _not_metres(crs, where, suggested)
    if problems or not x.size:
        return problems
    error = scale_error(crs, x, y)
    if error < SCALE_WARNED:
        return []
    percent = f"{error:.2%}" if math.isfinite(error) else "without bounds"
    why = f"distances are off by {percent} here; {SCALE_REFUSED:.1%} is refused, {SCALE_WARNED:.2%} is reported"
    severity = "error" if error >= SCALE_REFUSED else "warning"
    return [Problem("crs.mismatch", where, crs_name(crs), why, f"use {suggested}", severity)]


def _sample(lon: ArrayLike, lat: ArrayLike, most: int = 1000) -> Pair:
    """Take about `most` of the finite points, the outermost among them: enough to find the worst scale."""
    x, y = finite(lon, lat)
    if x.size <= most:
        return x, y
    extremes = [x.argmin(), x.argmax(), y.argmin(), y.argmax()]
    taken = np.unique(np.r_[np.linspace(0, x.size - 1, most).astype(int), extremes])
    return x[taken], y[taken]


def _not_metres(crs: pyproj.CRS, where: str, suggested: str) -> list[Problem]:
    """Say why numbers of a CRS must not be read as metres on the ground, if so."""
    if crs.is_geographic:
        why = "degrees are not metres: 0.009° is 824 m one way and 998 m the other"
    elif not crs.is_projected:
        why = f"{crs.name} is not a map projection"
    elif is_web_mercator(crs):
        why = "metres of Web Mercator are not metres on the ground: 22 % too long at Zhengzhou"
    elif any(not math.isclose(axis.unit_conversion_factor, 1.0) for axis in crs.axis_info[:2]):
        why = f"its unit is the {crs.axis_info[0].unit_name}, metres are needed"
    else:
        return []
    return [Problem("crs.mismatch", where, crs_name(crs), why, f"use {suggested}")]


def metric_problems(geometry: gpd.GeoSeries, where: str) -> list[Problem]:
    """List what keeps a table's geometry from being in metres; an empty list means it is.

    Parameters
    ----------
    geometry
        Shape (n_rows,); only its ``crs`` decides (see `looks_like_degrees` for the numbers).
    where
        File or layer named in the messages.
    """
    if geometry.crs is None:
        why = "the table has no CRS: nobody knows what its numbers mean"
        remedy = 'set it: table.set_crs("EPSG:4547"), then table.to_crs of the study'
        return [Problem("crs.missing", where, "", why, remedy)]
    suggested = 'table.to_crs("EPSG:…") with the CRS of the study'
    bounds = geometry.total_bounds if geometry.crs.is_geographic else np.full(4, np.nan)
    if np.isfinite(bounds).all():
        lon, lat = (bounds[0] + bounds[2]) / 2, (bounds[1] + bounds[3]) / 2
        if abs(lon) <= 180 and -80 <= lat <= 84:
            suggested = f'table.to_crs("{crs_name(metric_crs_for(lon, lat))}")'
    return _not_metres(geometry.crs, where, suggested)
