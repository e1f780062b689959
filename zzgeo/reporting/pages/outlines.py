"""Areas as outlines of whole numbers in a box: what a page draws a small map from, with no library."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import shapely
from shapely.geometry.base import BaseGeometry

_WIDTH = 1000


def outlines(geometry: pd.Series, *, named: bool, ratio: float = 1.0, near: float = 50.0) -> dict[str, Any]:
    """Return areas as outlines in a box of whole numbers, north up.

    Parameters
    ----------
    geometry
        Polygons by code, all in one CRS.
    named
        Whether each gets a place for its name.
    ratio
        How long a unit eastward is beside one northward: 1 in metres, the cosine of the latitude in degrees.
    near
        How near to the middle of an area its name stands, in units of the CRS.

    Returns
    -------
    dict
        ``box``: width and height; ``districts``: {code: {``rings``: [[[x, y], ...], ...], ``label``: [x, y] or None}}.
    """
    west, south, east, north = shapely.total_bounds(geometry.to_numpy())
    scale = _WIDTH / max((east - west) * ratio, north - south, 1e-9)

    def placed(shape: BaseGeometry) -> list[list[int]]:
        xy = shapely.get_coordinates(shape)
        return np.rint(np.column_stack([(xy[:, 0] - west) * ratio, north - xy[:, 1]]) * scale).astype(int).tolist()  # type: ignore[no-any-return]

    shapes = {}
    for code, shape in geometry.items():
        simpler = shapely.simplify(shape, 1.5 / scale)
        rings = [placed(ring) for part in shapely.get_parts(simpler) for ring in (part.exterior, *part.interiors)]
        shapes[str(code)] = {"rings": rings, "label": placed(_label(shape, near))[0] if named else None}
    return {"box": [int((east - west) * ratio * scale) + 1, int((north - south) * scale) + 1], "districts": shapes}


def _label(shape: BaseGeometry, near: float) -> BaseGeometry:
    """Return the place for a name: the middle of the largest circle inside the largest part."""
    largest = max(shapely.get_parts(shape), key=lambda part: float(part.area))
    return shapely.Point(shapely.get_coordinates(shapely.maximum_inscribed_circle(largest, near))[0])
