"""Steps from one datum to another: a published one that is good here, or a layer's own parameters; never a guess.

Where it knows nothing better PROJ takes degrees over as they are, or applies parameters that were made for another
place: those from Beijing 1954 to WGS 84 are of the South China Sea, and are applied in Zhengzhou without a word.
"""

from __future__ import annotations

import warnings
from functools import lru_cache

import numpy as np
import pyproj
from pyproj.exceptions import ProjError
from pyproj.transformer import TransformerGroup

from zzgeo.crs.datums import EQUAL_DATUMS, WGS84, crs_name, datum_name, on_one_datum, step_to
from zzgeo.crs.offsets import Floats, Pair
from zzgeo.errors import CrsError, Problem

#: A step is taken if its publisher says that it is good to so many metres, and made for the place.
MOST_OFF_M = 5.0

#: Degrees beyond the area a step was made for that are not worth a word: coasts, the next town.
_RIM = 0.5

Place = tuple[float, float]


def moved(x: Floats, y: Floats, source: pyproj.CRS, target: pyproj.CRS) -> Pair:
    """Bring coordinates from one CRS into another, x before y, by steps that are good where they lie.

    Raises
    ------
    CrsError
        ``crs.mismatch`` where the datums differ and no such step is known.
    """
    place = None if _alike(source, target) else _place(x, y, source)
    for step in steps(source, target, place):
        x, y = step.transform(x, y)
    return np.asarray(x), np.asarray(y)


def connected(crs: pyproj.CRS, lon: float, lat: float) -> bool:
    """Tell whether a step leads from a CRS to WGS 84 that is good at a place, longitude and latitude."""
    try:
        steps(crs, WGS84.crs, (round(lon, 1), round(lat, 1)))
    except CrsError:
        return False
    return True


@lru_cache(maxsize=256)
def steps(source: pyproj.CRS, target: pyproj.CRS, place: Place | None) -> tuple[pyproj.Transformer, ...]:
    """Return the steps that lead from one CRS to another at a place (longitude, latitude; None if nobody knows it).

    Raises
    ------
    CrsError
        ``crs.mismatch`` where none does.
    """
    source, target = _flat(source), _flat(target)
    step = None if source.is_bound or target.is_bound else _step(source, target, place)
    if step is not None:
        return (step,)
    # by way of WGS 84: PROJ passes over the parameters of a layer on a longer way, and knows no step from CGCS2000
    there, back = _step(source, WGS84.crs, place), _step(WGS84.crs, target, place)
    if there is not None and back is not None:
        return there, back
    at_fault, end = (source, "layer") if there is None else (target, "study")
    why = (
        f"no step is known from {source.name} to {target.name} that is good to {MOST_OFF_M:g} m here; "
        f"by a guess places would be off by up to 200 m ({datum_name(at_fault)} of the {end})"
    )
    own = "give its own parameters or control points as [[grids]] in study.toml"
    remedy = f"have the layer converted to CGCS2000 by the office that keeps it, or {own}"
    if end == "study":
        remedy = f"name a CRS of CGCS2000 for the study, or {own}"
    raise CrsError([Problem("crs.mismatch", "", crs_name(at_fault), why, remedy)])


def _step(source: pyproj.CRS, target: pyproj.CRS, place: Place | None) -> pyproj.Transformer | None:
    """Return one step of PROJ that is good at a place, None if there is none."""
    if source.is_bound or target.is_bound:
        return pyproj.Transformer.from_crs(source, target, always_xy=True)
    if _alike(source, target):
        return _without_shift(source, target)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # told of grids that are not installed
        try:
            known = TransformerGroup(source, target, always_xy=True, allow_ballpark=False).transformers
        except ProjError:
            return None
    good = (one for one in known if 0 <= one.accuracy <= MOST_OFF_M and _covers(one, place))
    return next(good, None)


def _alike(source: pyproj.CRS, target: pyproj.CRS) -> bool:
    """Tell whether no shift leads from the datum of one CRS to that of another."""
    names = {datum_name(source), datum_name(target)}
    return not (source.is_bound or target.is_bound) and (len(names) == 1 or names <= EQUAL_DATUMS)


def _flat(crs: pyproj.CRS) -> pyproj.CRS:
    """Return a CRS without its system of heights."""
    return crs.sub_crs_list[0] if crs.is_compound else crs


def _without_shift(source: pyproj.CRS, target: pyproj.CRS) -> pyproj.Transformer:
    source, target = on_one_datum(source, target)
    try:
        return pyproj.Transformer.from_crs(source, target, always_xy=True, allow_ballpark=False)
    except ProjError:
        return step_to(source, target)


def _covers(step: pyproj.Transformer, place: Place | None) -> bool:
    if place is None or step.area_of_use is None:
        return True
    west, south, east, north = step.area_of_use.bounds
    lon, lat = place
    inside: bool = south - _RIM <= lat <= north + _RIM
    width = (east - west) % 360.0 or 360.0  # areas may reach over the date line
    return inside and (lon - west + _RIM) % 360.0 <= width + 2 * _RIM


def _place(x: Floats, y: Floats, source: pyproj.CRS) -> Place | None:
    """Return the middle of points in degrees of their own datum, to a tenth; None where there are none."""
    degrees = source.geodetic_crs
    known = np.isfinite(x) & np.isfinite(y)
    if degrees is None or not known.any():
        return None
    middle = float(np.median(x[known])), float(np.median(y[known]))
    lon, lat = step_to(source, degrees).transform(*middle)
    return (round(lon, 1), round(lat, 1)) if np.isfinite(lon) and np.isfinite(lat) else None
