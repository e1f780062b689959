"""Any folium map as a page that opens with no internet: GeoDataFrame.explore() as well as maps built by hand."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, cast

from branca.colormap import ColorMap
from branca.element import Element, Figure

from zzgeo.errors import InputError, Problem
from zzgeo.numbers import number_text
from zzgeo.reporting.pages.figure import OfflineFigure
from zzgeo.reporting.pages.page import site_assets

if TYPE_CHECKING:
    import folium

#: Text that branca would run as a template. geopandas wraps double braces so that they are not run.
_TEMPLATE = re.compile(r"\{\{|\{%|\{#")
_WRAPPED = re.compile(r"\{% raw %\}\{+\{% endraw %\}")

_SAMPLES = 40

#: Our own scripts around a map of folium's, and what its pages load beside them.
_SCRIPTS = ("words.js", "scales.js")
_SHARED = ("leaflet.css", "leaflet.js", "zz.css", "folium.js", "boot.js")


def offline_map(map: folium.Map, *, title: str = "", lang: str = "zh") -> folium.Map:
    """Return a folium map as one that shows and saves with no internet.

    Leaflet comes from an installed package and is written into the page, which asks nothing of any host. Base maps of
    tiles are left out, because they live on the internet; colour scales are drawn by us.

    Parameters
    ----------
    map
        Any ``folium.Map``, also one returned by ``GeoDataFrame.explore()``. It is not changed.
    title
        Stands above the map and as the page's title.
    lang
        ``"zh"`` or ``"en"``: the language of the page's own few words.

    Returns
    -------
    folium.Map
        Shows itself in a notebook; ``save("map.html")`` writes one file (`offline_site` writes many that share their
        files). The same map gives the same bytes.

    Raises
    ------
    InputError
        If the map holds text that folium would run as a template, or a plugin whose script is not here.

    Notes
    -----
    The page lets only its own scripts run. Folium puts the text of popups and tooltips into scripts, though: names that
    others wrote belong into data (`GeoDataFrame.explore`, ``folium.GeoJson``), or into `zzgeo.coverage_map`.

    Examples
    --------
    >>> import folium
    >>> page = offline_map(folium.Map([34.75, 113.65]), title="Zhengzhou").get_root().render()
    >>> "https://cdn" in page
    False
    """
    return framed(map, title, lang)


def framed(map: folium.Map, title: str, lang: str, assets: str | None = None) -> folium.Map:
    """Return a folium map in our shell; with the address of a folder, in a page that loads its files from there."""
    old = map.get_root()
    new = _copied(old)
    drawn: Any = next(one for one in _tree(new) if one.get_name() == map.get_name())
    _refuse_templates(new)
    scales = [_scale(one) for one in _tree(new) if isinstance(one, ColorMap)]
    _leave_out(new)
    drawn.options.setdefault("max_zoom", 19)
    data = {"lang": lang, "page": "map", "title": title, "scales": scales}
    figure = OfflineFigure(data, "offline.html", _SCRIPTS, assets)
    for name, child in new._children.items():
        figure.add_child(child, name=name)
    if isinstance(new, Figure):
        for mine, theirs in ((figure.header, new.header), (figure.html, new.html), (figure.script, new.script)):
            for name, child in theirs._children.items():
                mine.add_child(child, name=name)
    else:
        figure.add_child(new)
    return cast("folium.Map", drawn)


def shared_assets() -> dict[str, bytes]:
    """Return the files that pages of such maps share, by name under ``assets/``."""
    return site_assets([*_SHARED, *_SCRIPTS])


def _parts(element: Element) -> Iterator[Element]:
    yield from element._children.values()
    for name in ("header", "html", "script"):
        part = getattr(element, name, None)
        if isinstance(part, Element):
            yield part


def _tree(element: Element) -> Iterator[Element]:
    yield element
    for part in _parts(element):
        yield from _tree(part)


def _copied(root: Element) -> Element:
    """Return a copy of a map and all around it; branca's copy loses templates set on an element itself."""
    copied: Element = copy.deepcopy(root)
    for mine, theirs in zip(_tree(copied), _tree(root), strict=True):
        if "_template" in theirs.__dict__:
            mine._template = theirs._template
    return copied


def _refuse_templates(root: Element) -> None:
    problems = []
    for element in _tree(root):
        held = {name: value for name, value in vars(element).items() if name[0] != "_" and name != "template_vars"}
        held["text"] = [held.get("text"), element._template_str]
        for words in _texts([value for value in held.values() if not isinstance(value, Element)]):
            if _TEMPLATE.search(_WRAPPED.sub("", words)):
                why = "folium would run this text as a template"
                remedy = "take the braces out of it, or draw it with zzgeo.coverage_map"
                problems.append(Problem("map.template", element._name, words.strip()[:80], why, remedy))
                break
    if problems:
        raise InputError(problems)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, one in value.items():
            yield from _texts(key)
            yield from _texts(one)
    elif isinstance(value, list | tuple | set):
        for one in value:
            yield from _texts(one)


def _leave_out(root: Element) -> None:
    """Take out base maps and colour scales: the first live on the internet, the second are drawn by us."""
    from folium.raster_layers import TileLayer, WmsTileLayer

    for element in list(_tree(root)):
        for name, child in list(element._children.items()):
            if isinstance(child, TileLayer | WmsTileLayer | ColorMap):
                del element._children[name]


def _scale(scale: ColorMap) -> dict[str, Any]:
    """Return a colour scale: its caption, colours from low to high, and its marks with their place (0-1)."""
    span = (scale.vmax - scale.vmin) or 1.0
    colours = [scale.rgb_hex_str(scale.vmin + span * at / (_SAMPLES - 1)) for at in range(_SAMPLES)]
    marks = sorted({float(value) for value in scale.index})
    if len(marks) > 6:
        marks = [*marks[:: len(marks) // 5 + 1], marks[-1]]
    return {
        "caption": scale.caption or "",
        "colours": colours,
        "marks": [[round((value - scale.vmin) / span, 4), number_text(value)] for value in marks],
    }
