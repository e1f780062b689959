"""The two offset datums of Chinese web maps, and their exact undoing: plain numpy, degrees in, degrees out.

GCJ-02 (Amap, Tencent) is WGS 84 moved by up to about a kilometre; BD-09 (Baidu) is GCJ-02 moved once more.
`zzgeo.crs.metric` names these functions too; this file exists to keep the arithmetic apart from the rules about CRSs.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Pair = tuple[Floats, Floats]

#: Where GCJ-02 differs from WGS 84: west, south, east, north in WGS 84 degrees, borders included. It is the rectangle
#: all implementations in use share, not the border of China: places abroad inside it (Seoul, Hanoi) are moved as well.
GCJ02_RECTANGLE = (72.004, 0.8293, 137.8347, 55.8271)

_BLOCK = 16_384  # points worked on at once: the arrays of one block stay in the processor's cache


def wgs84_to_gcj02(lon: ArrayLike, lat: ArrayLike) -> Pair:
    """Move WGS 84 degrees to GCJ-02.

    Parameters
    ----------
    lon, lat
        Degrees, of one shape (scalars count). Outside `GCJ02_RECTANGLE` nothing moves; NaN stays NaN.

    Returns
    -------
    tuple of ndarray
        Longitude and latitude in GCJ-02, of the same shape.

    References
    ----------
    .. [1] The offset is not published; the formula is the one in public use since 2010, which agrees with the map
       services to about a metre.

    Examples
    --------
    >>> lon, lat = wgs84_to_gcj02(116.404, 39.915)
    >>> round(float(lon), 7), round(float(lat), 8)
    (116.4102445, 39.91640428)
    """
    return _blockwise(_to_gcj02, lon, lat)


def gcj02_to_wgs84(lon: ArrayLike, lat: ArrayLike) -> Pair:
    """Undo `wgs84_to_gcj02` to better than 2e-8 m, by fixed-point iteration.

    Only within a micrometre of 105° E, where the formula has a cusp and moves two places to one, it is 1e-6 m. A place
    inside `GCJ02_RECTANGLE` comes back, on its border too. Places within a kilometre *outside* the rectangle share
    their numbers with moved places inside; they are read as the latter.

    Examples
    --------
    >>> lon, lat = gcj02_to_wgs84(116.4102445, 39.91640428)
    >>> round(float(lon), 6), round(float(lat), 6)
    (116.404, 39.915)
    """
    return _blockwise(_from_gcj02, lon, lat)


def gcj02_to_bd09(lon: ArrayLike, lat: ArrayLike) -> Pair:
    """Move GCJ-02 degrees to BD-09 (everywhere, there is no rectangle).

    Examples
    --------
    >>> lon, lat = gcj02_to_bd09(116.404, 39.915)
    >>> round(float(lon), 5), round(float(lat), 5)
    (116.41037, 39.92134)
    """
    return _blockwise(_to_bd09, lon, lat)


def bd09_to_gcj02(lon: ArrayLike, lat: ArrayLike) -> Pair:
    """Undo `gcj02_to_bd09` to better than 2e-8 m; the closed form in common use is 0.14-0.22 m off.

    Examples
    --------
    >>> lon, lat = bd09_to_gcj02(*gcj02_to_bd09(113.65, 34.75))
    >>> round(float(lon), 9), round(float(lat), 9)
    (113.65, 34.75)
    """
    return _blockwise(_from_bd09, lon, lat)


def wgs84_to_bd09(lon: ArrayLike, lat: ArrayLike) -> Pair:
    """Move WGS 84 degrees to BD-09, by way of GCJ-02."""
    return gcj02_to_bd09(*wgs84_to_gcj02(lon, lat))


def bd09_to_wgs84(lon: ArrayLike, lat: ArrayLike) -> Pair:
    """Undo `wgs84_to_bd09` to better than 2e-8 m."""
    return gcj02_to_wgs84(*bd09_to_gcj02(lon, lat))


def _blockwise(move: Callable[[Floats, Floats], Pair], lon: ArrayLike, lat: ArrayLike) -> Pair:
    """Move points block by block; a point with a coordinate that is not finite becomes NaN."""
    x, y = np.broadcast_arrays(np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64))
    shape, flat_x, flat_y = x.shape, x.ravel(), y.ravel()
    moved = np.empty((2, flat_x.size))
    for start in range(0, flat_x.size, _BLOCK):
        block = slice(start, start + _BLOCK)
        bad = ~(np.isfinite(flat_x[block]) & np.isfinite(flat_y[block]))
        moved[:, block] = move(np.where(bad, np.nan, flat_x[block]), np.where(bad, np.nan, flat_y[block]))
    return moved[0].reshape(shape), moved[1].reshape(shape)


def _gcj02_offset(lon: Floats, lat: Floats) -> Pair:
    """Return the degrees GCJ-02 adds at a WGS 84 place, the rectangle left aside."""
    x, y = lon - 105.0, lat - 35.0
    root, product = np.sqrt(np.abs(x)), 0.1 * x * y
    # Sines of multiples of one angle come from that of the smallest: sines are nearly all of the cost.
    sin_x3, cos_x3, sin_y3 = np.sin(x * (np.pi / 3)), np.cos(x * (np.pi / 3)), np.sin(y * (np.pi / 3))
    sin_x1, cos_x1 = sin_x3 * (3 - 4 * sin_x3**2), cos_x3 * (4 * cos_x3**2 - 3)
    sin_2x = 2 * sin_x1 * cos_x1
    ripple = 20 * sin_2x + 20 * sin_2x * (3 - 4 * sin_2x**2)
    north = -100 + 2 * x + 3 * y + 0.2 * y**2 + product + 0.2 * root
    north += (ripple + 20 * sin_y3 * (3 - 4 * sin_y3**2) + 40 * sin_y3) * (2 / 3)
    north += (160 * np.sin(y * (np.pi / 12)) + 320 * np.sin(y * (np.pi / 30))) * (2 / 3)
    east = 300 + x + 2 * y + 0.1 * x**2 + product + 0.1 * root
    east += (ripple + 20 * sin_x1 + 40 * sin_x3) * (2 / 3)
    east += (150 * np.sin(x * (np.pi / 12)) + 300 * np.sin(x * (np.pi / 30))) * (2 / 3)
    # Metres to degrees on the Krasovsky ellipsoid, as GCJ-02 has it.
    axis, eccentricity = 6378245.0, 0.00669342162296594323
    phi = np.radians(lat)
    curvature = 1 - eccentricity * np.sin(phi) ** 2
    d_lat = np.degrees(north * curvature**1.5 / (axis * (1 - eccentricity)))
    d_lon = np.degrees(east * np.sqrt(curvature) / (axis * np.cos(phi)))
    return d_lon, d_lat


def _in_rectangle(lon: Floats, lat: Floats, margin: float = 0.0) -> NDArray[np.bool_]:
    west, south, east, north = GCJ02_RECTANGLE
    in_lon = (lon >= west - margin) & (lon <= east + margin)
    inside: NDArray[np.bool_] = in_lon & (lat >= south - margin) & (lat <= north + margin)
    return inside


def _clip_to_rectangle(lon: Floats, lat: Floats, margin: float = 0.0) -> Pair:
    west, south, east, north = GCJ02_RECTANGLE
    return np.clip(lon, west - margin, east + margin), np.clip(lat, south - margin, north + margin)


def _to_gcj02(lon: Floats, lat: Floats) -> Pair:
    inside = _in_rectangle(lon, lat)
    d_lon, d_lat = _gcj02_offset(*_clip_to_rectangle(lon, lat))
    return np.where(inside, lon + d_lon, lon), np.where(inside, lat + d_lat, lat)


def _undo_offset(x: Floats, y: Floats, lon: Floats, lat: Floats, steps: int) -> Pair:
    """Refine guesses x, y of the place GCJ-02 moves to lon, lat; a step shrinks the error about 300 times."""
    for _ in range(steps):
        d_lon, d_lat = _gcj02_offset(x, y)
        x, y = lon - d_lon, lat - d_lat
    return x, y


def _from_gcj02(lon: Floats, lat: Floats) -> Pair:
    # Far outside no place can have come from within; clipping keeps the formula away from the poles.
    target_lon, target_lat = _clip_to_rectangle(lon, lat, margin=0.1)
    x, y = _undo_offset(target_lon, target_lat, target_lon, target_lat, steps=5)
    # The formula has a cusp at 105° E, where steps shrink less: a handful of points needs more of them.
    cusp = np.abs(x - 105.0) < 1e-4
    if cusp.any():
        x[cusp], y[cusp] = _undo_offset(x[cusp], y[cusp], target_lon[cusp], target_lat[cusp], steps=8)
    # A place on the border itself may come back a rounding step outside it.
    inside = _in_rectangle(x, y, margin=1e-11)
    x, y = np.where(inside, x, lon), np.where(inside, y, lat)
    snapped_x, snapped_y = _clip_to_rectangle(x, y)
    return np.where(inside, snapped_x, x), np.where(inside, snapped_y, y)


def _to_bd09(lon: Floats, lat: Floats) -> Pair:
    wave = np.pi * 3000.0 / 180.0
    radius = np.hypot(lon, lat) + 0.00002 * np.sin(lat * wave)
    angle = np.arctan2(lat, lon) + 0.000003 * np.cos(lon * wave)
    return radius * np.cos(angle) + 0.0065, radius * np.sin(angle) + 0.006


def _from_bd09(lon: Floats, lat: Floats) -> Pair:
    x, y = lon - 0.0065, lat - 0.006
    for _ in range(7):  # each step shrinks the error about 50 times, from 200 m to rounding
        moved_x, moved_y = _to_bd09(x, y)
        x, y = x + (lon - moved_x), y + (lat - moved_y)
    return x, y
