"""Pages that open with no internet: our own shell, Leaflet from an installed package, one data island, fixed scripts.

A page's content policy lets only the scripts run that stand in it, by their hash, and lets nothing be fetched. Pages
of a site share Leaflet and our scripts as files beside them; their policy adds those, and nothing from elsewhere.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from zzgeo.reporting.pages.island import island, island_json
from zzgeo.vocabulary.pages import page_vocabulary, style_variables
from zzgeo.vocabulary.people import POPULATION_GROUPS, UNIT_TYPES


@cache
def asset(name: str) -> str:
    """Return one of our own files under ``assets/``."""
    return (resources.files("zzgeo.reporting.pages") / "assets" / name).read_text("utf-8")


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


def content(name: str) -> str:
    """Return the text of a style or script of a page: ours with what the vocabulary tells it, or Leaflet's own."""
    # levels of units and groups of people may be declared, and forgotten
    return _content(name, (*UNIT_TYPES.items(), *POPULATION_GROUPS.items()))


@cache
def _content(name: str, declared: tuple[object, ...]) -> str:
    if name.startswith("leaflet."):
        return leaflet()[("leaflet.css", "leaflet.js").index(name)]
    before = {
        "words.js": lambda: f"var zzVocabulary = {island_json(page_vocabulary())};\n",
        "zz.css": style_variables,
    }.get(name, str)
    lines = (line.strip() for line in asset(name).splitlines())
    # a page carries no indentation and no remarks of ours
    return before() + "\n".join(line for line in lines if line and not line.startswith("//")) + "\n"


def site_assets(names: Iterable[str]) -> dict[str, bytes]:
    """Return the files pages of a site share, by name under ``assets/``."""
    return {name: content(name).encode("utf-8") for name in sorted(set(names))}


#: On a page of a site an island longer than this is packed: there are many of them, and they are not mailed alone.
_PLAIN_IN_A_SITE = 64_000

_TILE_HOSTS = " ".join(f"https://t{n}.tianditu.gov.cn" for n in range(8))


@dataclass(frozen=True)
class Part:
    """A style or script of a page: the name of a file of ours, or a text of its own."""

    name: str = ""
    text: str = ""


@dataclass(frozen=True)
class Frame:
    """A page without its data: as `page`."""

    body: str
    styles: Sequence[Part]
    scripts: Sequence[Part]
    late: Sequence[Part]
    assets: str | None = None

    def page(self, data: dict[str, Any]) -> str:
        """Return the whole page of some data."""
        return page(data, self.body, self.styles, self.scripts, self.late, self.assets)


def page(
    data: dict[str, Any],
    body: str,
    styles: Sequence[Part],
    scripts: Sequence[Part],
    late: Sequence[Part],
    assets: str | None = None,
) -> str:
    """Return a whole page.

    Parameters
    ----------
    data
        What the page shows; put into the island, never into markup.
    body
        Trusted markup only.
    styles, scripts, late
        Trusted styles, scripts for the head, and scripts that run after the island, in their order.
    assets
        Address of the folder where the files stand that pages share; everything is written into the page if left out.
    """
    inline = [_closed(_text(one)) for one in (*scripts, *late) if assets is None or not one.name]
    sources = " ".join(f"'sha256-{_digest(script)}'" for script in inline)
    # a browser gives a file of its own disk no origin of its own: `'self'` and `file:` are both needed there
    own = "" if assets is None else "'self' file: "
    tiles = f" {_TILE_HOSTS}" if data.get("tianditu") else ""
    policy = (
        f"default-src 'none'; script-src {own}{sources}; style-src {own}'unsafe-inline'; img-src data:{tiles}; "
        "base-uri 'none'; form-action 'none'"
    )
    lines = [
        "<!DOCTYPE html>",
        f'<html lang="{"zh-CN" if data["lang"] == "zh" else "en"}">',
        "<head>",
        '<meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        '<link rel="icon" href="data:,">',
        "<title>zzgeo</title>",
        *(_style(one, assets) for one in styles),
        *(_script(one, assets) for one in scripts),
        "</head>",
        f'<body class="page-{data["page"]}">{body}',
        "<noscript>此页需要启用脚本 (JavaScript)。 This page needs JavaScript.</noscript>",
        f'<script type="application/json" id="zz-data">{_island(data, assets)}</script>',
        *(_script(one, assets) for one in late),
        "</body>",
        "</html>",
        "",
    ]
    return "\n".join(lines)


def _island(data: dict[str, Any], assets: str | None) -> str:
    return island(data) if assets is None else island(data, _PLAIN_IN_A_SITE)


def _text(part: Part) -> str:
    return content(part.name) if part.name else part.text


def _style(part: Part, assets: str | None) -> str:
    if assets is None or not part.name:
        return f"<style>{_text(part)}</style>"
    return f'<link rel="stylesheet" href="{assets}{part.name}">'


def _script(part: Part, assets: str | None) -> str:
    if assets is None or not part.name:
        return f"<script>{_closed(_text(part))}</script>"
    return f'<script src="{assets}{part.name}"></script>'


def files(*names: str) -> list[Part]:
    """Return parts by their names."""
    return [Part(name) for name in names]


def _closed(script: str) -> str:
    """Keep a script from ending its own element; line ends as the browser will hash them."""
    return script.replace("\r\n", "\n").replace("</script", "<\\/script").replace("<!--", "<\\!--")


def _digest(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode("utf-8")).digest()).decode("ascii")


def page_is_whole(content: bytes) -> bool:
    """Return whether a page has its end and its island loads."""
    text = content.decode("utf-8")
    start, end = text.index('id="zz-data">') + len('id="zz-data">'), text.rindex("</html>")
    json.loads(text[start : text.index("</script>", start)])
    return end > start
