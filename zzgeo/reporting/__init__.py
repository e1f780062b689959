"""An audit report as pages and files that open with no internet.

User text reaches a page only through its data island (`zzgeo.reporting.pages.island`), never through folium or
branca, which render text as templates.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from zzgeo.reporting.pages.maps import coverage_map as coverage_map
    from zzgeo.reporting.pages.offline import offline_map as offline_map
    from zzgeo.reporting.results.site import offline_site as offline_site
    from zzgeo.reporting.results.writing import write as write
    from zzgeo.reporting.told.card import scorecard_html as scorecard_html
    from zzgeo.reporting.told.findings import findings_table as findings_table

__all__ = ["coverage_map", "findings_table", "offline_map", "offline_site", "scorecard_html", "write"]

_HOMES = {
    "coverage_map": "zzgeo.reporting.pages.maps",
    "findings_table": "zzgeo.reporting.told.findings",
    "offline_map": "zzgeo.reporting.pages.offline",
    "offline_site": "zzgeo.reporting.results.site",
    "scorecard_html": "zzgeo.reporting.told.card",
    "write": "zzgeo.reporting.results.writing",
}


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        import importlib

        return getattr(importlib.import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
