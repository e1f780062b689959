"""An audit report as pages and files that open with no internet.

User text reaches a page only through its data island (`zzgeo.reporting.island`), never through folium or branca, which
render text as templates.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from zzgeo.reporting.card import scorecard_html as scorecard_html
    from zzgeo.reporting.findings import findings_table as findings_table
    from zzgeo.reporting.maps import coverage_map as coverage_map
    from zzgeo.reporting.offline import offline_map as offline_map
    from zzgeo.reporting.offline import offline_site as offline_site
    from zzgeo.reporting.writing import write as write

__all__ = ["coverage_map", "findings_table", "offline_map", "offline_site", "scorecard_html", "write"]

_HOMES = {
    "coverage_map": "zzgeo.reporting.maps",
    "findings_table": "zzgeo.reporting.findings",
    "offline_map": "zzgeo.reporting.offline",
    "offline_site": "zzgeo.reporting.offline",
    "scorecard_html": "zzgeo.reporting.card",
    "write": "zzgeo.reporting.writing",
}


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        import importlib

        return getattr(importlib.import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
