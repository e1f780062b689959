"""The metric CRS of a study: the one it names or that of its place, and how far its metres are those of the ground."""

from __future__ import annotations

from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import pyproj

from zzgeo.crs.datums import step_to
from zzgeo.crs.metric import (
    SCALE_REFUSED,
    SCALE_WARNED,
    WGS84,
    check_metric_crs,
    metric_crs_for,
    parse_datum,
    scale_error,
)
from zzgeo.crs.steps import MOST_OFF_M, connected
from zzgeo.errors import InputError, Problem
from zzgeo.spec.study_file import StudySpec

#: The stretch of a CRS is looked at in a square of so many places a side over the districts.
_SIDE = 9


def metric_crs(spec: StudySpec, file: str, place: tuple[float, float]) -> tuple[pyproj.CRS | None, list[Problem]]:
    """Return the metric CRS of a study, None where the one it names will not do, and what is told of it.

    Parameters
    ----------
    spec
        The study.
    file
        The study file, for the messages.
    place
        Longitude and latitude of the middle of its districts, degrees.
    """
    if spec.crs is None:
        crs = metric_crs_for(*place)
        why = "the study names no metric CRS; the one of the place is taken"
        return crs, [Problem("crs.chosen", file, crs.to_string(), why, "nothing to do", "warning")]
    try:
        crs = parse_datum(spec.crs, f"{file} crs").crs
    except InputError as error:
        return None, list(error.problems)
    told = check_metric_crs(crs, *place, f"{file} crs")
    if any(problem.severity == "error" for problem in told):
        return None, told
    return crs, [*told, *_unconnected(crs, file, place)]


def _unconnected(crs: pyproj.CRS, file: str, place: tuple[float, float]) -> list[Problem]:
    """Tell of a CRS from which no step leads to WGS 84: only layers of the same datum can be laid into it."""
    if connected(crs, *place):
        return []
    why = (
        f"no step good to {MOST_OFF_M:g} m leads from its datum to WGS 84 here: only layers of the same datum are "
        "read, and degrees and maps in the results may be off by up to 200 m"
    )
    remedy = f'name crs = "{metric_crs_for(*place).to_string()}", and have the layers converted to CGCS2000'
    return [Problem("crs.unconnected", f"{file} crs", crs.to_string(), why, remedy, "warning")]


def stretched(crs: pyproj.CRS, districts: gpd.GeoDataFrame, file: str, before: Sequence[Problem] = ()) -> list[Problem]:
    """Warn where the CRS stretches, anywhere in the study, by more than `SCALE_WARNED`; the middle may be far better.

    Parameters
    ----------
    crs, districts
        The metric CRS, and the districts in it.
    file
        The study file, for the message.
    before
        What was told already: of a scale that is off in the middle as well, the edges are told from `SCALE_REFUSED`.
    """
    west, south, east, north = districts.total_bounds
    x, y = np.meshgrid(np.linspace(west, east, _SIDE), np.linspace(south, north, _SIDE))
    error = scale_error(crs, *step_to(crs, WGS84.crs).transform(x.ravel(), y.ravel()))
    of_middle = any(one.code == "crs.mismatch" and one.where == f"{file} crs" for one in before)
    if error < (SCALE_REFUSED if of_middle else SCALE_WARNED):
        return []
    limit = f"{SCALE_REFUSED:.1%} is refused in its middle, {SCALE_WARNED:.2%} is told"
    why = "the CRS stretches here: walks and straight lines are measured on the ground, areas are not; " + limit
    remedy = "audit parts of the place apart, or name a CRS with less stretch"
    return [Problem("crs.stretched", f"{file} crs", f"{crs.to_string()}, up to {error:.2%}", why, remedy, "warning")]
