"""Geometry and CRS as files hold them: decoded row by row, so that one broken shape does not lose the others."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
import pyproj
import shapely

from zzgeo.crs.datums import as_cgcs2000
from zzgeo.formats.parts.base import Rejected, refuse


def decoded_geometry(
    wkb: Sequence[bytes | None], labels: Sequence[object], file: str
) -> tuple[Any, Any, list[Rejected]]:
    """Return (geometries, which rows are readable, rows set aside) of well-known binary; missing stays missing."""
    blobs = np.array(wkb, dtype=object)
    shapes = shapely.from_wkb(blobs, on_invalid="ignore")
    lost = np.array([blob is not None for blob in blobs], dtype=bool) & shapely.is_missing(shapes)
    rejected = []
    for place in map(int, np.flatnonzero(lost)):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)
            mended = shapely.from_wkb(blobs[place], on_invalid="fix")
        code, why = ("geom.unreadable", "the bytes of this geometry cannot be read")
        if mended is not None:
            code, why = "geom.invalid", "a ring of this polygon is not closed"
        shown = f"{len(blobs[place])} bytes"
        rejected.append(Rejected(file, str(labels[place]), "geometry", shown, code, why))
    return shapes, ~lost, rejected


def known_crs(said: object, name: str) -> pyproj.CRS | None:
    """Return the CRS of a layer, None where the file says that it is not known."""
    if said is None or said == "":
        return None
    try:
        crs = pyproj.CRS.from_user_input(said)
    except pyproj.exceptions.CRSError:
        raise refuse("crs.unknown", name, str(said)[:120], "no such CRS is known", "export the layer again") from None
    if crs.is_bound:  # the file gives its datum's own parameters
        return crs
    crs = as_cgcs2000(crs)
    # a projection without a name of its own is known all the same if its datum is
    datum = crs.datum.name.lower() if crs.datum is not None else "unknown"
    return None if crs.is_engineering or datum.startswith(("undefined", "unknown")) else crs
