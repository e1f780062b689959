"""Every sort of page, in both languages, with the network off: nothing serious to axe-core, and one language only."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from every_page import EVERY_PAGE, open_everything, write_every_page
from places import ROOT

from zzgeo.accessibility import measures

Opened = Callable[..., Any]
SIZES = {"zh": (1366, 768), "en": (390, 844)}

#: Latin in Chinese: what a file, a datum, a product, an option or a unit is called, and what stands in a data set.
_CALLED = re.compile(
    r"zzgeo( audit)?|Leaflet|EPSG|crs|UTF|gb18030|OSMnx|SFCA|verified_on|sensitivity|report|python|English|near|beds"
    r"|\w+\.(csv|json|gpkg|parquet|xlsx|docx|html|toml)|encoding\.detected|km|min"
)
#: A word of two letters or more.
_WORD = re.compile(r"[A-Za-z]{2,}")
_CHINESE = re.compile("[\u4e00-\u9fff]")

#: Every text of a page and what its elements are called, what is hidden too; a language is named in itself.
_TEXTS = """() => {
  const texts = [document.title];
  const walk = node => {
    if (node.nodeType === 3) texts.push(node.data);
    if (node.nodeType !== 1 || node.matches('script, style, noscript, #zz-lang-zh, #zz-lang-en')) return;
    for (const name of ['title', 'aria-label', 'placeholder', 'alt']) texts.push(node.getAttribute(name) || '');
    node.childNodes.forEach(walk);
  };
  walk(document.body);
  return texts.map(text => text.trim()).filter(Boolean);
}"""


class _Latin:
    """Gives every text of the data a name in Latin letters: whatever is Chinese on an English page is ours."""

    def __init__(self) -> None:
        self.names: dict[str, str] = {}

    def __call__(self, text: str) -> str:
        return self.names.setdefault(text, f"Name {len(self.names)}") if _CHINESE.search(text) else text


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Return a folder of all pages in each language, their data in Chinese letters, and in Latin ones."""
    made = {lang: tmp_path_factory.mktemp(lang) for lang in SIZES}
    write_every_page(made["zh"])
    write_every_page(made["en"], _Latin())
    return made


def _every_popup(page: Any) -> None:
    page.evaluate(
        "if (window.ZZ && ZZ.map) { const hold = document.body.appendChild(document.createElement('div'));"
        " hold.hidden = true; ZZ.map.entries.forEach(e => ZZ.map.made(e.id).forEach(d => {"
        " for (let i = 0; d.ask && i < d.table.n; i++) if (d.look(i)) hold.appendChild(d.ask(i)); })); }"
    )


def _foreign(texts: list[str], lang: str) -> list[str]:
    if lang == "en":
        return [text for text in texts if _CHINESE.search(text)]
    # literature is cited in the language it is in
    cited = {measure.source for measure in measures().values()}
    return [text for text in texts if text not in cited and _WORD.search(_CALLED.sub("", text))]


@pytest.mark.parametrize("lang", SIZES)
@pytest.mark.parametrize("name", EVERY_PAGE)
def test_every_page_is_for_everybody_and_in_one_language(
    folders: dict[str, Path], opened: Opened, axe: Callable[[Any], list[str]], lang: str, name: str
) -> None:
    page = opened(folders[lang] / EVERY_PAGE[name], f"#lang={lang}", size=SIZES[lang])
    open_everything(page)
    assert axe(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= SIZES[lang][0]
    _every_popup(page)
    assert "\n".join(sorted(set(_foreign(page.evaluate(_TEXTS), lang)))) == ""


def test_every_sort_of_page_is_among_them(folders: dict[str, Path]) -> None:
    """A sort of page that is added is added to `EVERY_PAGE`, too: nothing but the shell writes a page."""
    sources = {path: path.read_text("utf-8") for path in (ROOT / "zzgeo").rglob("*.py")}
    assert [path.name for path, text in sources.items() if "<body" in text] == ["page.py"]
    sorts = {sort for text in sources.values() for sort in re.findall(r'"page": "(\w+)"', text)}
    written = [(folders["zh"] / name).read_text("utf-8") for name in EVERY_PAGE.values()]
    assert {found[1] for text in written if (found := re.search(r'<body class="page-(\w+)"', text))} == sorts


def test_both_languages_are_told_apart() -> None:
    said = ["距最近设施 300 m", "EPSG:4547", "no such file", "街道 street"]
    assert _foreign(said, "zh") == ["no such file", "街道 street"]
    assert _foreign(said, "en") == ["距最近设施 300 m", "街道 street"]


def test_the_sample_study_is_for_everybody_and_in_one_language(
    demo: Path, opened: Opened, axe: Callable[[Any], list[str]]
) -> None:
    for path in (demo / "index.html", next((demo / "maps").glob("*410106*"))):
        page = opened(path, "#lang=en", size=SIZES["en"])
        open_everything(page)
        assert axe(page) == []
        page.locator("#zz-lang-zh").click()
        _every_popup(page)
        # names, ids and columns stand as they are in the data; two English words in a row are no name
        texts = page.evaluate(_TEXTS)
        assert [text for text in texts if re.search("[a-z]{2,} [a-z]{2,}", text.replace("zzgeo audit", ""))] == []


def test_axe_itself_finds_what_is_wrong(browser: Any, axe: Callable[[Any], list[str]]) -> None:
    page = browser.new_page()
    page.set_content("<html lang='en'><title>t</title><main><h1>a</h1><button></button><img src='data:,'></main>")
    assert [one.partition(":")[0] for one in axe(page)] == ["button-name", "image-alt"]
    page.close()
