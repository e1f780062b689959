"""Streets of the walking network, as thin grey lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd

from zzgeo.layers.base import Feature, Layer, Projector, near

if TYPE_CHECKING:
    from zzgeo.audit import AuditReport


#: Streets this far beyond the border are drawn: they lead into the district.
_BEYOND_M = 300.0


def drawn_streets(report: AuditReport, district: str | None) -> gpd.GeoDataFrame | None:
    """Return the streets a map draws, in their order: edges of the network where it is known, else the lines given."""
    context = report.context
    streets = context.network.edges if context is not None and context.network is not None else report.study.streets
    return None if streets is None or not len(streets) else near(streets, report, district, _BEYOND_M)


def _build(report: AuditReport, district: str | None) -> list[Feature]:
    shown = drawn_streets(report, district)
    if shown is None or not len(shown):
        return []
    tolerance = 25.0 if district is None else 4.0
    return [{"shape": "line", "xy": Projector(report.study.crs).lines(shown.geometry.to_numpy(), tolerance)}]


LAYER = Layer(
    "streets", "街道路网", "Streets", "base", _build,
    order=10, shown=True, style={"color": "#B9BEC4", "weight": 0.8, "quiet": True},
)  # fmt: skip
