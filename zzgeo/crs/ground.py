"""Straight distances as they are on the ground, from coordinates in a metric CRS.

Every projection stretches: at 500 m EPSG:4547 by 6 mm in the middle of Zhengzhou and 7 cm in its west, UTM by 16 cm.
The 500 m of a rule are metres of ground, so the stretch, which changes smoothly from place to place, is taken out of
the straight distance of people to their nearest facility. Walks, land, gaps and next sites stay in metres of the CRS.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
import pyproj
from numpy.typing import NDArray

Floats = NDArray[np.float64]

#: Half the length of the arcs the stretch is measured on, metres.
_HALF_M = 50.0

#: Places a side at which the stretch is measured, and the degree of the polynomial drawn through them.
_SIDE, _DEGREE = 13, 6

#: A smaller extent is widened to this on each side: facilities beyond the border serve as well.
_LEAST_HALF_M = 20_000.0


@dataclass(frozen=True)
class Ground:
    """What a short step in a CRS is on the ground, over the extent of a study.

    ``ground² = xx dx² + 2 xy dx dy + yy dy²``: each of the three is a polynomial of the place, drawn through
    measurements against the geodesic.

    Parameters
    ----------
    middle, half
        Centre and half size of the extent, metres in the CRS.
    terms
        Coefficients, shape (n_terms, 3), for xx, xy, yy.
    spread
        By how much, at most, the stretch of one place and direction exceeds that of another, as a share.
    """

    middle: Floats
    half: Floats
    terms: Floats
    spread: float

    @classmethod
    def over(cls, crs: pyproj.CRS, bounds: tuple[float, float, float, float]) -> Self | None:
        """Measure the stretch of a CRS within bounds (min x, min y, max x, max y).

        Returns
        -------
        Ground or None
            None where the CRS says nothing of the earth (a site's own grid): its metres are taken as they are.
        """
        geod, degrees = crs.get_geod(), crs.geodetic_crs
        if geod is None or degrees is None:
            return None
        low, high = np.array(bounds[:2], dtype=float), np.array(bounds[2:], dtype=float)
        middle, half = (low + high) / 2, np.maximum((high - low) / 2, _LEAST_HALF_M)
        one = np.linspace(-1.0, 1.0, _SIDE)
        unit = np.stack(np.meshgrid(one, one), axis=-1).reshape(-1, 2)
        measured = _metric(crs, degrees, geod, middle + unit * half)
        if not np.isfinite(measured).all():
            return None
        terms, *_ = np.linalg.lstsq(_powers(unit), measured, rcond=None)
        xx, xy, yy = measured.T
        mean, off = (xx + yy) / 2, np.hypot((xx - yy) / 2, xy)
        # places beyond the extent are allowed for: twice what was measured
        spread = 2 * (float(np.sqrt((mean + off).max() / (mean - off).min())) - 1) + 1e-9
        return cls(middle, half, np.asarray(terms, dtype=np.float64), spread)

    def metres(self, start: Floats, end: Floats) -> Floats:
        """Return the metres of ground between points, shapes (n, 2): the stretch halfway holds for all the way.

        Within 1e-5 m of the geodesic at 1 km, wherever the CRS serves a study.
        """
        step = np.asarray(end, dtype=float) - start
        halfway = (np.asarray(start, dtype=float) + step / 2 - self.middle) / self.half
        # far outside the extent a polynomial runs away: the stretch at the rim is taken there
        xx, xy, yy = (_powers(np.clip(halfway, -1.2, 1.2)) @ self.terms).T
        dx, dy = step.T
        ground: Floats = np.sqrt(xx * dx**2 + 2 * xy * dx * dy + yy * dy**2)
        return ground


def _metric(crs: pyproj.CRS, degrees: pyproj.CRS, geod: pyproj.Geod, places: Floats) -> Floats:
    """Return xx, xy, yy at places, from short arcs northwards and eastwards."""
    back = pyproj.Transformer.from_crs(crs, degrees, always_xy=True)
    lon, lat = back.transform(*places.T)
    arcs = []
    for azimuth in (90.0, 0.0):
        ends = []
        for turn in (azimuth, azimuth + 180.0):
            there = geod.fwd(lon, lat, np.full(len(lon), turn), np.full(len(lon), _HALF_M))[:2]
            ends.append(np.stack(back.transform(*there, direction="INVERSE"), axis=-1))
        arcs.append((ends[0] - ends[1]) / (2 * _HALF_M))
    forward = np.stack(arcs, axis=-1)
    with np.errstate(all="ignore"):
        inverse = np.linalg.pinv(forward) if np.isfinite(forward).all() else np.full_like(forward, np.nan)
    metric = np.swapaxes(inverse, 1, 2) @ inverse
    return np.stack([metric[:, 0, 0], metric[:, 0, 1], metric[:, 1, 1]], axis=-1)


def _powers(unit: Floats) -> Floats:
    x = unit[:, 0, None] ** np.arange(_DEGREE + 1)
    y = unit[:, 1, None] ** np.arange(_DEGREE + 1)
    return np.stack([x[:, i] * y[:, j] for i in range(_DEGREE + 1) for j in range(_DEGREE + 1 - i)], axis=-1)
