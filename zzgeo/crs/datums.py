"""Datums: how the numbers of a layer are to be read, and what a CRS says of itself.

`zzgeo.crs.metric` is the face of this module; nothing else imports from here but it and `zzgeo.crs.plausibility`.
"""

from __future__ import annotations

import re
import warnings
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

import numpy as np
import pyproj
from numpy.typing import ArrayLike, NDArray
from pyproj.exceptions import CRSError as ProjCrsError

from zzgeo.crs.offsets import Floats, Pair
from zzgeo.errors import CrsError, Problem

Flags = NDArray[np.bool_]
Bounds = tuple[float, float, float, float]

_SAY = 'say "EPSG:4547", "GCJ-02", "BD-09" or "EPSG:4326" for this layer in study.toml'


@dataclass(frozen=True)
class Datum:
    """How a layer's numbers are to be read.

    Parameters
    ----------
    name
        As it is shown: ``"GCJ-02"``, ``"EPSG:4547"``.
    crs
        Coordinate reference system of the numbers; of shifted ones in metres, the projection they were stored in.
    shift
        The offset to undo first.
    """

    name: str
    crs: pyproj.CRS
    shift: Literal["none", "gcj02", "bd09"] = "none"


# CGCS2000 (ITRF97 at epoch 2000.0) and WGS 84 share origin, axes and, to 0.1 mm, the ellipsoid. zzgeo takes them as
# equal, as PROJ and the surveying offices do; plate motion parts coordinates observed today by some decimetres.
WGS84 = Datum("WGS84", pyproj.CRS.from_epsg(4326))
CGCS2000 = Datum("CGCS2000", pyproj.CRS.from_epsg(4490))
_DEGREES = (WGS84.crs, CGCS2000.crs)
GCJ02 = Datum("GCJ-02", pyproj.CRS.from_epsg(4326), "gcj02")
BD09 = Datum("BD-09", pyproj.CRS.from_epsg(4326), "bd09")

_CGCS2000_NAMES = re.compile(r"cgcs[\s_-]*2000|china.*2000|(国家|大地).*2000", re.IGNORECASE)
#: The zones of CGCS2000: 6° and 3° wide, with their number in front of the easting and without.
_GAUSS_KRUGER = range(4491, 4555)
_NAMED = {"wgs84": WGS84, "cgcs2000": CGCS2000, "gcj02": GCJ02, "bd09": BD09, "bd09ll": BD09}
# Codes that other software gave to Web Mercator before EPSG did.
_WEB_MERCATOR_CODES = {"900913", "3785", "102100", "102113"}
# Geodetic datums between which PROJ knows only a "ballpark" step that is right all the same: see WGS84 above.
EQUAL_DATUMS = {"World Geodetic System 1984", "World Geodetic System 1984 ensemble", "China 2000"}


def parse_datum(text: str, where: str = "") -> Datum:
    """Read the name of a datum.

    Parameters
    ----------
    text
        ``GCJ-02``, ``BD-09``, ``WGS84``, ``CGCS2000`` (any case, with or without dash), an EPSG code (``EPSG:4547`` or
        ``4547``), another authority's code, a CRS name that PROJ knows, or WKT.
    where
        File or layer named in the message.

    Returns
    -------
    Datum
        Its name, its CRS, and the offset that was laid on its coordinates, if any.

    Raises
    ------
    CrsError
        ``crs.missing`` if the text is empty, ``crs.unknown`` if it names no horizontal CRS.

    Examples
    --------
    >>> parse_datum("gcj02").name
    'GCJ-02'
    >>> parse_datum("EPSG:4547").crs.name
    'CGCS2000 / 3-degree Gauss-Kruger CM 114E'
    """
    text = str(text).strip()
    if not text:
        raise CrsError([Problem("crs.missing", where, "", "the datum is unknown", _SAY)])
    named = _NAMED.get(re.sub(r"[\s_-]", "", text).casefold())
    if named is not None:
        return named
    crs = _read_crs(text)
    if crs is None:
        raise CrsError([Problem("crs.unknown", where, text, "no datum or CRS of this name is known", _SAY)])
    # of a CRS derived from a projected one WKT does not keep the order of the axes, so that east may become north
    derived = crs.type_name == "Derived Projected CRS" and text.startswith("{")
    if not (crs.is_geographic or crs.is_projected or derived):
        why = f"{crs.name} is not a system of places on the map ({crs.type_name})"
        raise CrsError([Problem("crs.unknown", where, text, why, _SAY)])
    return Datum(crs_name(crs), crs)


def _read_crs(text: str) -> pyproj.CRS | None:
    """Ask PROJ for a CRS; None if it knows none."""
    # A CRS may name files of this machine (init, grids); a study from outside must not make us open them.
    if re.search(r"\b(init|nadgrids|geoidgrids)\s*=(?!\s*@null)|PARAMETERFILE", text, re.IGNORECASE):
        return None
    code = re.fullmatch(r"(?:(?:epsg|esri)\s*[:：]\s*)?(\d+)", text, re.IGNORECASE)
    if code and code.group(1) in _WEB_MERCATOR_CODES:
        return pyproj.CRS.from_epsg(3857)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return pyproj.CRS.from_user_input(text.replace("：", ":"))
    except ProjCrsError:
        return None


def crs_name(crs: pyproj.CRS) -> str:
    """Return ``EPSG:4547`` where an authority knows the CRS, its own name otherwise."""
    authority = crs.to_authority()
    return ":".join(authority) if authority else str(crs.name)


def as_cgcs2000(crs: pyproj.CRS) -> pyproj.CRS:
    """Return a CRS whose datum is CGCS2000 under a name PROJ does not know, with that datum; any other as it is.

    Chinese software writes ``D_CGCS_2000`` and the like. The ellipsoid alone does not tell: GRS 80 is the same.

    Examples
    --------
    >>> as_cgcs2000(pyproj.CRS(pyproj.CRS(4547).to_wkt().replace("China 2000", "D_CGCS_2000"))).to_epsg()
    4547
    """
    if crs.is_bound or crs.is_compound or crs.datum is None or crs.ellipsoid is None or datum_name(crs) in EQUAL_DATUMS:
        return crs
    size = crs.ellipsoid.semi_major_metre, round(crs.ellipsoid.inverse_flattening, 6)
    named = " ".join((datum_name(crs), str(crs.ellipsoid.name), str(crs.name)))
    if size != (6378137.0, 298.257222) or not _CGCS2000_NAMES.search(named):
        return crs
    known = pyproj.CRS.from_epsg(4490)
    if crs.is_geographic:
        return known
    whole = crs.to_json_dict()
    whole.pop("id", None)
    right = pyproj.CRS.from_json_dict({**whole, "base_crs": known.to_json_dict()})
    # by its parameters: Esri's order of axes and its names are others than the register's
    registered = (pyproj.CRS.from_epsg(code) for code in _GAUSS_KRUGER)
    return next((one for one in registered if projection(one) == projection(right)), right)


def _horizontal(crs: pyproj.CRS) -> pyproj.CRS:
    """Strip a height system and a bound datum shift off a CRS, to look at its projection."""
    while True:
        inner = crs.source_crs if crs.is_bound else crs.sub_crs_list[0] if crs.is_compound else None
        if inner is None:
            return crs
        crs = inner


def projection(crs: pyproj.CRS) -> tuple[str, dict[str, float]]:
    """Return the method of a projected CRS and its parameters by name."""
    operation: Any = _horizontal(crs).coordinate_operation
    if operation is None:
        return "", {}
    return operation.method_name, {parameter.name: parameter.value for parameter in operation.params}


def same_grid(crs: pyproj.CRS, other: pyproj.CRS) -> bool:
    """Tell whether two CRSs give a place the same numbers, east before north, whatever they and their parts are called.

    Examples
    --------
    >>> renamed = pyproj.CRS(4547).to_wkt().replace("China Geodetic Coordinate System 2000", "GCS_2000")
    >>> same_grid(pyproj.CRS(renamed), pyproj.CRS(4547)), same_grid(pyproj.CRS(4546), pyproj.CRS(4547))
    (True, False)
    """
    if crs == other or crs.equals(other, ignore_axis_order=True):
        return True
    pair = (crs, other)
    if any(member.is_bound or not member.is_projected for member in pair) or datum_name(crs) != datum_name(other):
        return False
    units, other_units = ({axis.unit_conversion_factor for axis in member.axis_info} for member in pair)
    return units == other_units and projection(crs) == projection(other)


def is_web_mercator(crs: pyproj.CRS) -> bool:
    """Say whether a CRS is Web Mercator, under any of its names."""
    method = projection(crs)[0].casefold()
    # The older names stand for Mercator on a sphere.
    sphere = crs.ellipsoid is not None and crs.ellipsoid.inverse_flattening == 0.0
    return "pseudo mercator" in method or (sphere and method.startswith("mercator"))


def datum_name(crs: pyproj.CRS) -> str:
    """Return the name of the geodetic datum of a CRS."""
    return str(crs.datum.name) if crs.datum else ""


@lru_cache(maxsize=64)
def step_to(source: pyproj.CRS, target: pyproj.CRS) -> pyproj.Transformer:
    """Return PROJ's best step between two CRSs, x before y, however good: enough for a check, not for data."""
    return pyproj.Transformer.from_crs(*on_one_datum(source, target), always_xy=True)


def on_one_datum(source: pyproj.CRS, target: pyproj.CRS) -> tuple[pyproj.CRS, pyproj.CRS]:
    """Return a pair of CRSs with plain degrees told in the datum of the other, where WGS 84 and CGCS2000 meet.

    The step between the two stays what it was, to the bit. PROJ looks through every shift it knows between them to find
    that none is needed, a twentieth of a second each time, in every thread.
    """
    if source in _DEGREES and (own := _degrees_of(target)) is not None:
        return own, target
    if target in _DEGREES and (own := _degrees_of(source)) is not None:
        return source, own
    return source, target


def _degrees_of(crs: pyproj.CRS) -> pyproj.CRS | None:
    """Return the degrees a CRS is made of, if they are those of WGS 84 or CGCS2000."""
    own = None if crs.is_bound or crs.is_compound else crs.geodetic_crs
    return own if own in _DEGREES else None


def finite(x: ArrayLike, y: ArrayLike) -> Pair:
    """Return the points with two finite numbers, flat."""
    east, north = np.broadcast_arrays(np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64))
    known = np.isfinite(east) & np.isfinite(north)
    return east[known].ravel(), north[known].ravel()


def shown(x: Floats, y: Floats, rows: Flags) -> str:
    """Show the first point of a mask and how many there are."""
    first = int(np.flatnonzero(rows)[0])
    return f"{int(rows.sum())} of {x.size} points, first x={x.flat[first]:.10g}, y={y.flat[first]:.10g}"
