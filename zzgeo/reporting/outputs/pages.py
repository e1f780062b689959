"""Pages that open with no internet: the city's, one per district, and what the pages of a site share."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor

from zzgeo.reporting.files import File, safe_name
from zzgeo.reporting.outputs.base import Edition, Output

_FRONT = "index.html"


def files(edition: Edition) -> Generator[File]:
    """Give ``index.html``, the shared files of a site, and a page per district."""
    from zzgeo.layers.base import text
    from zzgeo.reporting.pages.city import city_page
    from zzgeo.reporting.pages.maps import district_pages
    from zzgeo.reporting.pages.page import page_is_whole
    from zzgeo.reporting.told.content import frame

    report = edition.report
    base = frame(report, edition.options)
    taken: set[str] = set()
    pages = {
        str(code): f"{safe_name(text(name), str(code), taken)}.html"
        for code, name in report.study.districts["name"].sort_index().items()
    }
    shared = edition.options.shared(len(pages))
    city = city_page(report, base, pages, edition.offered(), edition.comparison, shared)
    yield _FRONT, city.encode("utf-8"), page_is_whole
    if shared:
        for name, content in _shared_assets().items():
            yield f"assets/{name}", content, bool
    page_of = district_pages(report, base)
    made = ((f"maps/{file}", page_of(code, shared)) for code, file in pages.items())
    for name, content in _one_ahead(made):
        yield name, content, page_is_whole


def _one_ahead(pages: Iterator[tuple[str, Callable[[], str]]]) -> Iterator[tuple[str, bytes]]:
    """Give pages in their order; while the data of one are gathered, the one before it is packed by another thread."""
    with ThreadPoolExecutor(1) as packer:
        waiting: tuple[str, Future[bytes]] | None = None
        for name, render in pages:
            packed = packer.submit(lambda page: page().encode("utf-8"), render)
            if waiting is not None:
                yield waiting[0], waiting[1].result()
            waiting = name, packed
        if waiting is not None:
            yield waiting[0], waiting[1].result()


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
