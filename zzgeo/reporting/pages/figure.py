"""The page around a folium map: folium's own part in our shell, with nothing asked of other hosts."""

from __future__ import annotations

import re
from typing import Any

from branca.element import CssLink, Element, Figure, JavascriptLink

from zzgeo.errors import InputError, Problem
from zzgeo.reporting.pages.page import Frame, Part, asset, files

_SCRIPT = re.compile(r"<script>(.*?)</script>", re.DOTALL)
_SOURCE = re.compile(r"<script[^>]*\ssrc=[\"']?([^\"'\s>]+)")
_STYLE = re.compile(r"<style[^>]*>(.*?)</style>", re.DOTALL)
_RANDOM_ID = re.compile(r"(?<![0-9a-f])[0-9a-f]{32}(?![0-9a-f])")

#: Scripts of folium's own that Leaflet's package and our small stand-ins replace: by a part of their address.
_REPLACED = ("leaflet.js", "jquery", "bootstrap", "awesome-markers", "d3.min.js")


class _OfflineHeader(Element):
    """A page head that takes no links: what a folium map asks of other hosts is inlined, replaced, or refused."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[JavascriptLink] = []

    def add_child(self, child: Element, name: str | None = None, index: int | None = None) -> Element:
        if isinstance(child, JavascriptLink):
            self.asked.append(child)
        if isinstance(child, JavascriptLink | CssLink):
            child._parent = self
            return self
        return super().add_child(child, name=name, index=index)


class OfflineFigure(Figure):
    """The page around a folium map: it renders folium's own part, and sets it into our shell with our data.

    Parameters
    ----------
    data
        What the page shows. It never becomes part of a folium or branca object, whose text is rendered as a template.
    shell
        Name of the asset with the page's markup; ``<!--map-->`` marks the place of the map.
    scripts
        Names of our scripts, in their order.
    assets
        Address of the folder of shared files; everything stands in the page if left out.
    """

    def __init__(self, data: dict[str, Any], shell: str, scripts: tuple[str, ...], assets: str | None = None) -> None:
        super().__init__(height="620px")
        header = _OfflineHeader()
        header._parent = self
        self.header, self._asked = header, header.asked
        self._data, self._shell, self._scripts, self._assets = data, shell, scripts, assets

    def render(self, **kwargs: Any) -> str:
        """Return the page; the same map gives the same bytes."""
        return self.frame(**kwargs).page(self._data)

    def frame(self, **kwargs: Any) -> Frame:
        """Render folium's own part, and return the page of it, without data."""
        for child in self._children.values():
            child.render(**kwargs)
        head, markup, script = _steady(
            self.header.render(**kwargs), self.html.render(**kwargs), self.script.render(**kwargs)
        )
        _refuse_unknown_scripts(self._asked, head)
        body = asset(self._shell).replace("<!--map-->", markup.strip())
        styles = [Part("leaflet.css"), *(Part(text=text.strip()) for text in _STYLE.findall(head)), Part("zz.css")]
        scripts = [Part("leaflet.js"), Part("folium.js"), *(Part(text=text) for text in _SCRIPT.findall(head))]
        late = [Part(text=script), *files(*self._scripts, "boot.js")]
        return Frame(body, styles, scripts, late, self._assets)


def _steady(*parts: str) -> list[str]:
    """Name folium's random ids in their order of appearance, so that the same map gives the same bytes."""
    names: dict[str, str] = {}

    def rename(found: re.Match[str]) -> str:
        return names.setdefault(found.group(), f"zz{len(names) + 1}")

    return [_RANDOM_ID.sub(rename, part) for part in parts]


def _refuse_unknown_scripts(links: list[JavascriptLink], head: str) -> None:
    """Refuse a map that needs scripts we do not have: it would open as a blank page."""
    needed = [link.url for link in links] + _SOURCE.findall(head)
    unknown = [url for url in needed if not any(part in url.lower() for part in _REPLACED)]
    if unknown:
        why = "this part of the map needs a script from the internet"
        remedy = "take the plugin out of the map"
        raise InputError([Problem("map.needs_internet", url, "", why, remedy) for url in dict.fromkeys(unknown)])
