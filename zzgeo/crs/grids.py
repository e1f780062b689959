"""A city's own grid as a CRS: by four parameters, control points, a pipeline in the plane, or seven parameters.

In the plane: E' = E0 + k (cos a · E + sin a · N), N' = N0 + k (cos a · N - sin a · E), which surveyors write with X for
north and Y for east. Control points are fitted by least squares. The CRS that results is PROJ's own: derived by an
affine transformation from a known one, or bound to WGS 84.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyproj
from numpy.typing import ArrayLike
from pyproj.exceptions import ProjError

from zzgeo.crs.offsets import Floats

#: Steps of a pipeline that move places in the plane; the others read files or bend it.
_STEPS = {"pipeline", "helmert", "affine", "axisswap", "unitconvert", "noop"}

#: Places a pipeline is asked for, metres: were it bent, it would show there.
_ASKED = np.array([(x, y) for x in (0.0, 1e4, 5e5, 1e6) for y in (0.0, 1e4, 5e5, 4e6)])

#: A pipeline that is off a plane similarity or affinity by more metres is none.
_BENT_M = 1e-3

_UNKNOWN: Floats = np.empty(0)


@dataclass(frozen=True)
class Relation:
    """How a grid of one's own lies in a known CRS.

    Parameters
    ----------
    crs
        The grid as a CRS.
    how
        What it rests on, in words: ``"3 control points"``.
    residuals_m
        How far each control point is off, metres, shape (n_points,); empty without any.
    apart_m
        How far the control points that are farthest apart are from each other, metres.
    scale, turn_deg
        Metres of the known CRS per metre of the grid, and by how many degrees its north lies east of the grid's.
    """

    crs: pyproj.CRS
    how: str
    residuals_m: Floats = field(default_factory=lambda: _UNKNOWN)
    apart_m: float = 0.0
    scale: float = 1.0
    turn_deg: float = 0.0


def similarity(own: ArrayLike, known: ArrayLike) -> Floats:
    """Return the shift, turn and scale that lead from places in a grid to known ones, by least squares.

    Parameters
    ----------
    own, known
        East and north of two points or more, metres, shape (n, 2).

    Returns
    -------
    ndarray, shape (2, 3)
        ``known = matrix[:, 0] + matrix[:, 1:] @ own``.

    Examples
    --------
    >>> (similarity([(0, 0), (1000, 0)], [(500, 200), (1500, 200)]).round(6) + 0.0).tolist()
    [[500.0, 1.0, 0.0], [200.0, 0.0, 1.0]]
    """
    start, end = np.asarray(own, dtype=np.float64), np.asarray(known, dtype=np.float64)
    middle_start, middle_end = start.mean(axis=0), end.mean(axis=0)
    z, w = ((p - m) @ [1, 1j] for p, m in ((start, middle_start), (end, middle_end)))
    turn = np.vdot(z, w) / np.vdot(z, z).real
    linear = np.array([[turn.real, -turn.imag], [turn.imag, turn.real]])
    return np.column_stack([middle_end - linear @ middle_start, linear])


def of_four(north_m: float, east_m: float, rotation_s: float, scale_ppm: float) -> Floats:
    """Return the matrix of four parameters: shifts in metres, the turn in seconds of arc, the scale in millionths."""
    angle, factor = math.radians(rotation_s / 3600), 1 + scale_ppm * 1e-6
    cos, sin = factor * math.cos(angle), factor * math.sin(angle)
    return np.array([[east_m, cos, sin], [north_m, -sin, cos]])


def of_pipeline(text: str) -> Floats:
    """Return the matrix of a pipeline of PROJ that leads from east and north of a grid to those of a known CRS.

    Raises
    ------
    ValueError
        If it is none, has other steps, or does more than shift, turn, stretch and swap axes.
    """
    steps = set(re.findall(r"\bproj\s*=\s*(\w+)", text))
    if not steps or steps - _STEPS or "init" in text:
        raise ValueError(f"the steps of a pipeline in the plane are {', '.join(sorted(_STEPS))}")
    try:
        x, y = pyproj.Transformer.from_pipeline(text).transform(*_ASKED.T)
    except ProjError as error:
        raise ValueError(f"no pipeline of PROJ: {str(error)[:80]}") from None
    moved = np.column_stack([x, y])
    if not np.isfinite(moved).all():
        raise ValueError("the pipeline does not lead from metres to metres")
    terms = np.column_stack([np.ones(len(_ASKED)), _ASKED])
    matrix = np.linalg.lstsq(terms, moved, rcond=None)[0].T
    if np.abs(terms @ matrix.T - moved).max() > _BENT_M:
        raise ValueError("the pipeline does more than shift, turn, stretch and swap axes")
    return np.asarray(matrix)


def in_the_plane(name: str, how: str, known: pyproj.CRS, matrix: Floats, points: ArrayLike = ()) -> Relation:
    """Return the relation of a grid by its matrix, with what control points say of it.

    Parameters
    ----------
    name, how
        What the grid is called, and what the relation rests on.
    known
        The projected CRS it leads to.
    matrix
        As `similarity` returns it, shape (2, 3).
    points
        Control points as (own east, own north, known east, known north), metres, shape (n, 4).
    """
    own, ends = _control(points)
    off = np.hypot(*(own @ matrix[:, 1:].T + matrix[:, 0] - ends).T)
    back = np.linalg.inv(matrix[:, 1:])
    derived = _derived(name, known, np.column_stack([-back @ matrix[:, 0], back]))
    turn = math.degrees(math.atan2(matrix[0, 2], matrix[1, 2]))
    scale = math.sqrt(abs(float(np.linalg.det(matrix[:, 1:]))))
    return Relation(derived, how, off, _widest(own), scale, turn)


def by_seven(name: str, own: pyproj.CRS, seven: tuple[float, ...]) -> pyproj.CRS:
    """Return a CRS with its own seven parameters to WGS 84: metres, seconds of arc (position vector), millionths."""
    plain = own.to_json_dict()
    plain.pop("id", None)
    plain["name"] = name
    step = pyproj.crs.coordinate_operation.ToWGS84Transformation(own.geodetic_crs, *seven)
    return pyproj.crs.BoundCRS(pyproj.CRS.from_json_dict(plain), pyproj.CRS.from_epsg(4326), step)


def _control(points: ArrayLike) -> tuple[Floats, Floats]:
    four = np.asarray(points, dtype=np.float64).reshape(-1, 4)
    return four[:, :2], four[:, 2:]


def _widest(places: Floats) -> float:
    return float(max((np.hypot(*(places - one).T).max() for one in places), default=0.0))


def _derived(name: str, known: pyproj.CRS, matrix: Floats) -> pyproj.CRS:
    """Return the CRS whose east and north are an affine function of those of a known one."""
    axes = [
        {"name": name, "abbreviation": name[0], "direction": name.lower()[:-3], "unit": "metre"}
        for name in ("Easting", "Northing")
    ]
    plane = {"subtype": "Cartesian", "axis": axes}
    # the register's zones have their northing first, and the parameters would be taken in that order
    base: dict[str, Any] = {**known.to_json_dict(), "coordinate_system": plane}
    base.pop("id", None)
    terms = zip(("A0", "A1", "A2", "B0", "B1", "B2"), (8623, 8624, 8625, 8639, 8640, 8641), matrix.ravel(), strict=True)
    parameters = [
        {
            "name": term,
            "value": float(value),
            "unit": "metre" if term.endswith("0") else "unity",
            "id": {"authority": "EPSG", "code": code},
        }
        for term, code, value in terms
    ]
    method = {"name": "Affine parametric transformation", "id": {"authority": "EPSG", "code": 9624}}
    conversion = {"name": name, "method": method, "parameters": parameters}
    return pyproj.CRS.from_json_dict(
        {
            "type": "DerivedProjectedCRS",
            "name": name,
            "base_crs": base,
            "conversion": conversion,
            "coordinate_system": plane,
        }
    )
