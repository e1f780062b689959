"""Pages that open with no internet: the city's, one per district, and what the pages of a site share."""

from __future__ import annotations

from collections import deque
from collections.abc import Generator
from typing import TYPE_CHECKING

from zzgeo.reporting.files import File, safe_name
from zzgeo.reporting.outputs.base import Edition, Output

if TYPE_CHECKING:
    from zzgeo.reporting.processes import Handed

_FRONT = "index.html"


def files(edition: Edition) -> Generator[File]:
    """Give ``index.html``, the shared files of a site, and a page per district, packed while the next is gathered."""
    from zzgeo.layers.base import text
    from zzgeo.reporting.pages.city import city_page
    from zzgeo.reporting.pages.maps import district_pages
    from zzgeo.reporting.pages.page import page_is_whole
    from zzgeo.reporting.pages.wording import map_page
    from zzgeo.reporting.told.answer import answers
    from zzgeo.reporting.told.content import frame

    report = edition.report
    base = frame(report, edition.options)
    taken: set[str] = set()
    pages = {
        str(code): f"{safe_name(text(name), str(code), taken)}.html"
        for code, name in report.study.districts["name"].sort_index().items()
    }
    shared = edition.options.shared(len(pages))
    answer = answers(report)
    city = city_page(report, base, pages, edition.offered(), edition.comparison, shared, answer)
    yield _FRONT, city.encode("utf-8"), page_is_whole
    if shared:
        for name, content in _shared_assets().items():
            yield f"assets/{name}", content, bool
    page_of = district_pages(report, base, answer)
    waiting: deque[tuple[str, Handed]] = deque()
    for code, file in pages.items():
        waiting.append((f"maps/{file}", edition.processes.put(map_page, *page_of(code, shared))))
        if len(waiting) > edition.processes.ahead:
            name, page = waiting.popleft()
            yield page.file(name, page_is_whole)
    for name, page in waiting:
        yield page.file(name, page_is_whole)


def _shared_assets() -> dict[str, bytes]:
    from zzgeo.reporting.pages.city import CITY_SCRIPTS
    from zzgeo.reporting.pages.maps import MAP_SCRIPTS
    from zzgeo.reporting.pages.page import site_assets

    return site_assets([*_SHARED, *MAP_SCRIPTS, *CITY_SCRIPTS])


#: Files every page of a site loads, beside its own scripts.
_SHARED = ("leaflet.css", "leaflet.js", "zz.css", "folium.js", "boot.js", "district.js")


def _steps(edition: Edition) -> int:
    districts = len(edition.report.study.districts)
    return 1 + districts + (len(_shared_assets()) if edition.options.shared(districts) else 0)


OUTPUT = Output(
    id="pages",
    label_zh="离线网页：全市一页，每区县一页",
    label_en="pages that open offline: one of the city, one per district",
    names=(_FRONT, "maps/*.html", "assets/*.css", "assets/*.js"),
    files=files,
    when="usual",
    order=10,
    opens=_FRONT,
    steps=_steps,
    offers=lambda edition: [],
)
