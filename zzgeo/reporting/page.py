"""Pages that open with no internet: our own shell, Leaflet from an installed package, one data island, fixed scripts.

A page's content policy lets only the scripts run that stand in it, by their hash, and lets nothing be fetched.
"""

from __future__ import annotations

import base64
import hashlib
import re
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from branca.element import CssLink, Element, Figure, JavascriptLink

from zzgeo.reporting.island import island_json

_SCRIPT = re.compile(r"<script>(.*?)</script>", re.DOTALL)
_STYLE = re.compile(r"<style>(.*?)</style>", re.DOTALL)
_RANDOM_ID = re.compile(r"(?<![0-9a-f])[0-9a-f]{32}(?![0-9a-f])")


@cache
def asset(name: str) -> str:
    """Return one of our own files under ``assets/``."""
    return (resources.files("zzgeo.reporting") / "assets" / name).read_text("utf-8")


@cache
def leaflet() -> tuple[str, str]:
    """Return Leaflet's style and script from the package XStatic-Leaflet, its images written into the style."""
    from xstatic.pkg import leaflet as package

    folder = Path(package.BASE_DIR)
    style = (folder / "leaflet.css").read_text("utf-8").replace("behavior: url(#default#VML);", "")

    def inline(found: re.Match[str]) -> str:
        image = base64.b64encode((folder / found.group(1)).read_bytes()).decode("ascii")
        return f"url(data:image/png;base64,{image})"

    style = re.sub(r"url\((images/[\w.-]+\.png)\)", inline, style)
    script = (folder / "leaflet.js").read_text("utf-8")
    return style, re.sub(r"//# sourceMappingURL=.*", "", script)


def page(data: dict[str, Any], styles: list[str], scripts: list[str], body: str, *, late_scripts: list[str]) -> str:
    """Return a whole page.

    Parameters
    ----------
    data
        What the page shows; put into the island, never into markup.
    styles, body
        Trusted text only.
    scripts, late_scripts
        Trusted scripts for the head and, after the island, for the end of the body.
    """
    scripts, late_scripts = [_closed(s) for s in scripts], [_closed(s) for s in late_scripts]
    hashes = " ".join(f"'sha256-{_digest(script)}'" for script in (*scripts, *late_scripts))
    policy = (
        f"default-src 'none'; script-src {hashes}; style-src 'unsafe-inline'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )
    lang = "zh-CN" if data["lang"] == "zh" else "en"
    head = [
        "<!DOCTYPE html>",
        f'<html lang="{lang}">',
        "<head>",
        '<meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        '<link rel="icon" href="data:,">',
        "<title>zzgeo</title>",
        *(f"<style>{style}</style>" for style in styles),
        *(f"<script>{script}</script>" for script in scripts),
        "</head>",
    ]
    tail = [
        f'<body class="page-{data["page"]}">{body}',
        f'<script type="application/json" id="zz-data">{island_json(data)}</script>',
        *(f"<script>{script}</script>" for script in late_scripts),
        "</body>",
        "</html>",
        "",
    ]
    return "\n".join(head + tail)


def _closed(script: str) -> str:
    """Keep a script from ending its own element; line ends as the browser will hash them."""
    return script.replace("\r\n", "\n").replace("</script", "<\\/script").replace("<!--", "<\\!--")


def _digest(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode("utf-8")).digest()).decode("ascii")


class _OfflineHeader(Element):
    """A page head that takes no links: what a folium map asks of other hosts is either inlined by us or not needed."""

    def add_child(self, child: Element, name: str | None = None, index: int | None = None) -> Element:
        if isinstance(child, (JavascriptLink, CssLink)):
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
    """

    def __init__(self, data: dict[str, Any], shell: str, scripts: tuple[str, ...]) -> None:
        super().__init__(height="620px")
        header = _OfflineHeader()
        header._parent = self
        self.header = header
        self._data, self._shell, self._scripts = data, shell, scripts

    def render(self, **kwargs: Any) -> str:
        """Return the page; the same map gives the same bytes."""
        for child in self._children.values():
            child.render(**kwargs)
        head, markup, script = _steady(
            self.header.render(**kwargs), self.html.render(**kwargs), self.script.render(**kwargs)
        )
        style, leaflet_script = leaflet()
        return page(
            self._data,
            [style, *(text.strip() for text in _STYLE.findall(head)), asset("zz.css")],
            [leaflet_script, *_SCRIPT.findall(head)],
            asset(self._shell).replace("<!--map-->", markup.strip()),
            late_scripts=[script, *(asset(name) for name in self._scripts)],
        )


def _steady(*parts: str) -> list[str]:
    """Name folium's random ids in their order of appearance, so that the same map gives the same bytes."""
    names: dict[str, str] = {}

    def rename(found: re.Match[str]) -> str:
        return names.setdefault(found.group(), f"zz{len(names) + 1}")

    return [_RANDOM_ID.sub(rename, part) for part in parts]
