"""Coordinates that look wrong: said with the likely cause and the remedy, never corrected by guessing.

`zzgeo.crs.metric` names these functions too.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyproj
from numpy.typing import ArrayLike

from zzgeo.crs.datums import (
    EQUAL_DATUMS,
    WGS84,
    Bounds,
    Datum,
    Flags,
    datum_name,
    finite,
    projection,
    shown,
    step_to,
)
from zzgeo.crs.offsets import GCJ02_RECTANGLE, Floats, Pair
from zzgeo.errors import Problem

#: Degrees beside its meridian that a transverse Mercator serves, whatever area its register names.
_STRIP = 3.0
#: Degrees beyond the zone a CRS is registered for that the county at its border may reach.
_BORDER = 0.25
_BEYOND = 1.0  # degrees outside an area of use that are not worth a word: cities spread over zone borders


def out_of_range(x: ArrayLike, y: ArrayLike, datum: Datum) -> Flags:
    """Mark the points that no place on earth can have in a datum; missing coordinates are not marked.

    Examples
    --------
    >>> out_of_range([113.6, 34.7], [34.7, 113.6], WGS84)
    array([False,  True])
    """
    east, north = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
    known = np.isfinite(east) & np.isfinite(north)
    lon, lat = (east, north) if datum.crs.is_geographic else _degrees(east, north, datum.crs)
    return known & ~_legal(lon, lat)


def looks_like_degrees(x: ArrayLike, y: ArrayLike, crs: pyproj.CRS) -> bool:
    """Say whether numbers declared to be in a projected CRS are longitudes and latitudes.

    True if every point could be one (in either order) and, read as the CRS says, would lie far outside its area of use
    or, read as degrees, lies inside it. To be asked of files: a toy city drawn at 0, 0 looks like degrees as well.

    Examples
    --------
    >>> looks_like_degrees([113.62], [34.75], pyproj.CRS(4547)), looks_like_degrees([463e3], [3847e3], pyproj.CRS(4547))
    (True, False)
    """
    east, north = finite(x, y)
    if crs.is_geographic or not east.size or not (_legal(east, north).all() or _legal(north, east).all()):
        return False
    area = _area_of_use(crs)
    if area is None:
        return False
    inside = not _beyond(area, east, north).any() or not _beyond(area, north, east).any()
    return bool(inside or _beyond(area, *_degrees(east, north, crs)).all())


def area_of_use_problems(x: ArrayLike, y: ArrayLike, datum: Datum, where: str = "") -> list[Problem]:
    """List what is implausible about coordinates declared to be in a datum; an empty list means nothing is.

    Every point that lies out of range, or more than a degree outside the area of use, is put down to one cause: columns
    swapped, degrees declared as metres or the reverse, a zone number too many or missing, or none of these.

    Parameters
    ----------
    x, y
        Eastward and northward numbers as the file has them, shape (n,). What is not finite is passed over.
    datum
        The declared datum.
    where
        File or layer named in the messages.

    Returns
    -------
    list of Problem
        ``coord.swapped``, ``coord.out_of_range`` or ``crs.mismatch``. All are errors but one: where fewer than half of
        the points lie outside the area for no known cause, the datum may be right and the points wrong: a warning.
    """
    east, north = finite(x, y)
    return [
        Problem(one.code, where, shown(east, north, one.points), one.why, one.remedy, one.severity)
        for one in implausible(east, north, datum)
    ]


def beyond_zone(x: ArrayLike, y: ArrayLike, datum: Datum, where: str = "") -> list[Problem]:
    """Tell of a layer most of which lies beside the zone its Gauss-Krüger or UTM grid is registered for.

    Such a grid serves there, too, and a province keeps one for all its counties. But eastings of a 6° zone declared as
    those of a 3° zone look the same, so this is to be asked where nothing else says where the layer lies.

    Parameters
    ----------
    x, y, datum, where
        As `area_of_use_problems`.

    Returns
    -------
    list of Problem
        ``crs.outside_zone``, a warning; empty where nothing is to be told.

    Examples
    --------
    >>> zone = Datum("EPSG:4547", pyproj.CRS(4547))
    >>> [one.remedy[:52] for one in beyond_zone([743_000.0], [3_850_000.0], zone)], beyond_zone([5e5], [3.85e6], zone)
    (['if they are of a 6° zone, say datum = "EPSG:4508" or'], [])
    """
    east, north = finite(x, y)
    meridian = projection(datum.crs)[1].get("Longitude of natural origin")
    area = _registered(datum.crs)
    if not east.size or area is None or meridian is None or "Transverse Mercator" not in projection(datum.crs)[0]:
        return []
    lon, _ = _degrees(east, north, datum.crs)
    beside = (lon < area[0] - _BORDER) | (lon > area[2] + _BORDER)
    if 2 * beside.sum() <= east.size:
        return []
    off, half = float(np.median(np.abs(lon[beside] - meridian))), (area[2] - area[0]) / 2
    why = f"the places lie {off:.1f}° from the meridian of {datum.name}, a zone of {half:g}° on either side"
    six = _six_degree_codes(meridian) if off <= _STRIP and half < _STRIP and _bare_cgcs2000(datum.crs) else []
    remedy = "check the zone of the layer; nothing to do if it is right"
    if six:
        remedy = f"if they are of a 6° zone, say datum = {' or '.join(six)}; nothing to do if the zone is right"
    return [Problem("crs.outside_zone", where, shown(east, north, beside), why, remedy, "warning")]


def _bare_cgcs2000(crs: pyproj.CRS) -> bool:
    return datum_name(crs) in EQUAL_DATUMS and projection(crs)[1].get("False easting") == 500_000.0


def _six_degree_codes(meridian: float) -> list[str]:
    """Return the CGCS2000 zones of 6°, without zone number, of the meridians beside one: 111° and 117° beside 114°."""
    near = [middle for middle in range(75, 136, 6) if 0 < abs(middle - meridian) <= _STRIP]
    return [f'"EPSG:{4502 + (middle - 75) // 6}"' for middle in near]


@dataclass(frozen=True)
class Implausible:
    """Points that one cause makes implausible: a mask over the points asked for, what to say, and how grave it is."""

    points: Flags
    code: str
    why: str
    remedy: str
    severity: str


def implausible(x: ArrayLike, y: ArrayLike, datum: Datum) -> list[Implausible]:
    """List the causes `area_of_use_problems` tells of, each with the points it concerns; each point has one cause.

    Parameters
    ----------
    x, y
        Finite numbers, shape (n,).
    datum
        The declared datum.
    """
    east, north = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
    if not east.size:
        return []
    causes = _degree_causes if datum.crs.is_geographic else _metre_causes
    left = np.ones(east.shape, dtype=bool)
    doubts = []
    for rows, code, why, remedy in causes(east, north, datum):
        taken = rows & left
        if taken.any():
            doubtful = code == _OUTSIDE and 2 * taken.sum() < east.size
            severity = "warning" if doubtful else "error"
            doubts.append(Implausible(taken, "crs.mismatch" if code == _OUTSIDE else code, why, remedy, severity))
        left &= ~rows
    return doubts


Cause = tuple[Flags, str, str, str]  # points, code, why, remedy
_OUTSIDE = "outside"


def _degree_causes(x: Floats, y: Floats, datum: Datum) -> Iterator[Cause]:
    """Yield the causes for which degrees may be implausible, the likeliest first."""
    area = _area_of_use(datum.crs) if datum.shift == "none" else GCJ02_RECTANGLE
    stray = ~_legal(x, y) | _beyond(area, x, y)
    why = f"as {datum.name} longitude and latitude they make sense only the other way round"
    yield stray & _legal(y, x) & ~_beyond(area, y, x), "coord.swapped", why, "name the two columns the other way round"
    metres = stray & (np.maximum(np.abs(x), np.abs(y)) > 1000)
    zone = _zone_number(x[metres]) or _zone_number(y[metres])
    code = f'for example datum = "{_zone_crs(zone)}"' if zone else 'for example datum = "EPSG:4547"'
    why = f"{datum.name} is in degrees, these are metres"
    yield metres, "coord.out_of_range", why, f"say the projected CRS they are in, {code}"
    why = "longitude must be within ±180 degrees, latitude within ±90"
    yield ~_legal(x, y), "coord.out_of_range", why, "correct or remove the rows"
    why = f"the place is more than {_BEYOND:g}° outside the area {datum.name} is made for"
    yield stray, _OUTSIDE, why, 'check the datum of the layer (abroad: "EPSG:4326") and the rows'


def _metre_causes(x: Floats, y: Floats, datum: Datum) -> Iterator[Cause]:
    """Yield the causes for which projected coordinates may be implausible, the likeliest first."""
    crs, area = datum.crs, _area_of_use(datum.crs)
    if looks_like_degrees(x, y, crs):
        why = f"{datum.name} is in metres, these look like degrees"
        yield np.ones(x.shape, dtype=bool), "crs.mismatch", why, 'say "EPSG:4326", "EPSG:4490", "GCJ-02" or "BD-09"'
        return
    lon, lat = _degrees(x, y, crs)
    stray = ~_legal(lon, lat) | _beyond(area, lon, lat)
    if not stray.any():
        return
    why = "easting and northing make sense only the other way round: X of Gauss-Krüger is the northing"
    yield stray & _lands(y, x, crs, area), "coord.swapped", why, "name the two columns the other way round"
    for east, north, hint in ((x, y, ""), (y, x, ", and name the two columns the other way round")):
        yield from _zone_causes(east, north, datum, stray, hint)
    why = f"{datum.name} has no such place"
    yield stray & ~_legal(lon, lat), "coord.out_of_range", why, "check the datum of the layer and correct the rows"
    why = f"the place is more than {_BEYOND:g}° outside the area {datum.name} is made for"
    yield stray, _OUTSIDE, why, "check the datum of the layer and the rows"


def _zone_causes(x: Floats, y: Floats, datum: Datum, stray: Flags, hint: str) -> Iterator[Cause]:
    """Yield what the zone number in front of Gauss-Krüger eastings (38 463 000) may have to do with it."""
    crs, ours = datum.crs, int(projection(datum.crs)[1].get("False easting", 0.0) // 1e6)
    zones = np.floor(x / 1e6)
    carried = stray & (zones >= 13) & (zones <= 45) & (np.abs(x % 1e6 - 5e5) < 4e5) & (y > 0) & (y < 6.3e6)
    zone = _zone_number(x[carried])
    if zone:
        known = datum_name(crs) in EQUAL_DATUMS and _zone_crs(zone)
        remedy = f'say datum = "{known}"' if known else "say the CRS of that zone, with zone number"
        why = f"the eastings carry zone number {zone}, {datum.name} has " + (f"{ours}" if ours else "none")
        yield carried, "crs.mismatch", why, remedy + hint
    if ours:
        bare = stray & (np.abs(x) < 1e6) & _lands(x + ours * 1e6, y, crs, _area_of_use(crs))
        code = crs.to_epsg() or 0
        without = code + 21 if 4513 <= code <= 4533 else code + 11 if 4491 <= code <= 4501 else 0
        remedy = f'say datum = "EPSG:{without}"' if without else "say the CRS of the same meridian without zone number"
        yield bare, "crs.mismatch", f"{datum.name} has zone number {ours}, the eastings carry none", remedy + hint


def _zone_number(eastings: Floats) -> int:
    """Return the zone number most eastings carry; 0 if they are no eight-digit eastings."""
    zones = np.floor(eastings / 1e6)
    zones = zones[(zones >= 13) & (zones <= 45)]
    return int(np.median(zones)) if zones.size else 0


def _zone_crs(zone: int) -> str:
    """Return the CGCS2000 CRS whose eastings carry a zone number: 25-45 are 3° zones, 13-23 are 6° zones."""
    if zone == 24:
        return ""
    return f"EPSG:{4513 + zone - 25 if zone >= 25 else 4491 + zone - 13}"


def _legal(lon: Floats, lat: Floats) -> Flags:
    legal: Flags = (np.abs(lon) <= 180) & (np.abs(lat) <= 90)
    return legal


def _beyond(area: Bounds | None, lon: Floats, lat: Floats) -> Flags:
    """Mark places more than `_BEYOND` degrees outside an area; what is not a place is outside."""
    if area is None:
        return ~(np.isfinite(lon) & np.isfinite(lat))
    west, south, east, north = area
    lon, lat = np.where(np.isfinite(lon), lon, np.nan), np.where(np.isfinite(lat), lat, np.nan)
    width = (east - west) % 360.0 or 360.0  # areas may reach over the date line
    in_lon = (lon - west + _BEYOND) % 360.0 <= width + 2 * _BEYOND
    inside: Flags = in_lon & (lat >= south - _BEYOND) & (lat <= north + _BEYOND)
    return ~inside


def _degrees(x: Floats, y: Floats, crs: pyproj.CRS) -> Pair:
    """Return WGS 84 degrees of projected coordinates, near enough for a check; not finite where there are none."""
    lon, lat = step_to(crs, WGS84.crs).transform(x, y)
    return np.asarray(lon), np.asarray(lat)


def _lands(x: Floats, y: Floats, crs: pyproj.CRS, area: Bounds | None) -> Flags:
    lon, lat = _degrees(x, y, crs)
    return _legal(lon, lat) & ~_beyond(area, lon, lat)


def _registered(crs: pyproj.CRS) -> Bounds | None:
    """Return west, south, east, north of the area a register or the CRS itself names."""
    code = None if crs.area_of_use is not None else crs.to_epsg()
    if code is not None:  # a .prj file says no area, but often enough the CRS is a known one
        crs = pyproj.CRS.from_epsg(code)
    return None if crs.area_of_use is None else crs.area_of_use.bounds


def _area_of_use(crs: pyproj.CRS) -> Bounds | None:
    """Return west, south, east, north of the area a CRS is made for; None if nobody says it."""
    said = _registered(crs)
    method, parameters = projection(crs)
    meridian = parameters.get("Longitude of natural origin")
    if "Transverse Mercator" not in method or meridian is None:
        return said
    # exact to millimetres far outside its strip: a province has the county at its edge in the zone of its middle
    west, east = meridian - _STRIP, meridian + _STRIP
    if said is None:
        return west, -80.0, east, 84.0
    return min(west, said[0]), said[1], max(east, said[2]), said[3]
