"""Streets of the walking network, as thin grey lines."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np

from zzgeo.layers.base import Draw, Feature, Layer, Projector, Rows, rows_near

if TYPE_CHECKING:
    from zzgeo.audit import AuditReport


#: Streets this far beyond the border are drawn: they lead into the district.
_BEYOND_M = 300.0


def drawn_streets(report: AuditReport) -> tuple[gpd.GeoDataFrame, Callable[[str | None], Rows]] | None:
    """Return streets and a function that gives the rows a map draws, in their order; None without streets.

    They are the edges of the network where it is known, else the lines given.
    """
    context = report.context
    streets = context.network.edges if context is not None and context.network is not None else report.study.streets
    return None if streets is None or not len(streets) else (streets, rows_near(streets, report, _BEYOND_M))


def _build(report: AuditReport) -> Draw:
    found = drawn_streets(report)
    if found is None:
        return lambda district: []
    streets, rows_of = found
    lines, projector = np.asarray(streets.geometry.array), Projector(report.study.crs)

    def draw(district: str | None) -> list[Feature]:
        rows = rows_of(district)
        if not len(rows):
            return []
        return [{"shape": "line", "xy": projector.lines(lines[rows], 25.0 if district is None else 4.0)}]

    return draw


LAYER = Layer(
    "streets", "街道路网", "Streets", "base", _build,
    order=10, shown=True, style={"color": "#B9BEC4", "weight": 0.8, "quiet": True},
)  # fmt: skip
