"""Pages compared: the data they carry as JSON, their markup, their code; and what a browser shows when they are opened.

A page's code may change and the page say the same, so code is told apart from the rest. Whether the page does say the
same is seen where it is opened: all its text in both languages, and a picture of it.
"""

from __future__ import annotations

import base64
import importlib
import re
import shutil
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import quote

from benchmarks.acceptance.differences import Difference, line_differences
from benchmarks.acceptance.trees import read_json, tree_differences

#: A script or style of a page, with its attributes; a page never holds the end of either inside.
_PART = re.compile(r"<(script|style)\b([^>]*)>(.*?)</\1\s*>", re.DOTALL | re.IGNORECASE)
_DIGEST = re.compile(r"'sha256-[\w+/=]+'\s?")


@dataclass(frozen=True)
class Page:
    """A page: its data, its own scripts and styles, and its markup without them."""

    data: list[Any]
    code: list[str]
    markup: list[str]


def read_page(path: Path) -> Page:
    """Return a page in its parts; data that are packed are unpacked."""
    data: list[Any] = []
    code: list[str] = []

    def take(found: re.Match[str]) -> str:
        kind, attributes, text = found.groups()
        if "json" in attributes:
            data.append(_data(text))
        elif text.strip():
            code.extend(text.strip().splitlines())
        # where a script stands is markup, and so is the address of one that stands elsewhere
        return f"<{kind}{attributes}>" if "json" in attributes or "src" in attributes else ""

    markup = _PART.sub(take, path.read_text("utf-8"))
    # the content policy lists digests of the code, which is compared itself
    lines = re.sub(r">\s*<", ">\n<", _DIGEST.sub("", markup)).splitlines()
    return Page(data, code, [line.strip() for line in lines if line.strip()])


def _data(text: str) -> Any:
    held = read_json(text)
    if isinstance(held, dict) and set(held) == {"packed"}:
        held = read_json(zlib.decompress(base64.b64decode(held["packed"])).decode("utf-8"))
    if isinstance(held, dict):
        held.pop("version", None)
    return held


def page_differences(before: Path, after: Path) -> Iterator[Difference]:
    """Give what two pages say differently: values of their data, lines of their markup, lines of their code."""
    old, new = read_page(before), read_page(after)
    if len(old.data) != len(new.data):
        yield Difference("(data)", "(how many)", str(len(old.data)), str(len(new.data)))
    for mine, theirs in zip(old.data, new.data, strict=False):
        yield from tree_differences(mine, theirs, ("data",))
    yield from line_differences(old.markup, new.markup, "markup")
    yield from line_differences(old.code, new.code, "code", code=True)


def text_differences(before: Path, after: Path) -> Iterator[Difference]:
    """Give the lines of two texts that differ."""
    yield from line_differences(*(path.read_text("utf-8").splitlines() for path in (before, after)), "text")


def code_differences(before: Path, after: Path) -> Iterator[Difference]:
    """Give the lines of two scripts or styles that differ."""
    yield from line_differences(*(path.read_text("utf-8").splitlines() for path in (before, after)), "code", code=True)


#: All a page shows, with what is folded away unfolded; what it tells a screen reader or a resting pointer; and what
#: comes to light at every choice of its lists, such as the account of each rule.
_TEXT = """async () => {
  const lines = () => {
    document.querySelectorAll("details").forEach(d => { d.open = true; });
    return document.body.innerText.split("\\n");
  };
  const said = [document.title, ...lines(), "(labels)"];
  document.querySelectorAll("[title],[aria-label]").forEach(e =>
    said.push((e.getAttribute("aria-label") || "") + " | " + (e.getAttribute("title") || "")));
  const seen = new Set(said);
  for (let n = 0; n < document.querySelectorAll("select").length; n++) {
    const list = () => document.querySelectorAll("select")[n];
    for (const choice of Array.from(list().options, option => option.value)) {
      if (!list()) break;
      list().value = choice;
      list().dispatchEvent(new Event("change", { bubbles: true }));
      await new Promise(done => setTimeout(done, 0));
      said.push("(chosen: " + choice + ")");
      lines().forEach(line => { if (!seen.has(line)) { seen.add(line); said.push(line); } });
    }
  }
  return said.join("\\n");
}"""

_ARGUMENTS = (
    "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--no-first-run",
)  # fmt: skip

#: A page has begun to draw itself when it has a heading.
_BEGUN = "() => { const head = document.querySelector('h1'); return head !== null && head.innerText.trim() !== ''; }"
_LONGEST_MS = 20_000

#: It is drawn when two pictures of it are the same; after so many it is taken as it is.
_MOST_PICTURES = 30

Opener = Callable[[Path, Path], None]


def why_unopened() -> str:
    """Return why pages cannot be opened on this machine; nothing if they can."""
    if _chromium() is None:
        return "no Chromium is installed"
    return "" if find_spec("playwright") else "the package playwright is not installed"


def _chromium() -> str | None:
    return next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


@contextmanager
def browser() -> Iterator[Opener]:
    """Give what opens every page of a result folder, network off, and writes what it shows beside it."""
    sync_api: Any = importlib.import_module("playwright.sync_api")
    with sync_api.sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=_chromium(), args=list(_ARGUMENTS))

        def open_all(result: Path, out: Path) -> None:
            for page in sorted(result.rglob("*.html")):
                for lang in ("zh", "en"):
                    name = page.relative_to(result).with_suffix("")
                    text = out / name.with_name(f"{name.name}.{lang}.txt")
                    text.parent.mkdir(parents=True, exist_ok=True)
                    try:
                        text.write_text(_open(launched, page, lang, text.with_suffix(".png")), encoding="utf-8")
                    except sync_api.Error as error:
                        text.write_text(f"could not be opened: {error}", encoding="utf-8")

        yield open_all
        launched.close()


def _open(launched: Any, path: Path, lang: str, picture_path: Path) -> str:
    """Return the text of a page in a language, after what it complained of, and write a picture of it."""
    context = launched.new_context(viewport={"width": 1366, "height": 1400}, reduced_motion="reduce")
    try:
        return _shown(context, f"file://{quote(str(path.resolve()))}#lang={lang}", picture_path)
    finally:
        context.close()


def _shown(context: Any, address: str, picture_path: Path) -> str:
    context.set_offline(True)
    page = context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(f"error: {error}"))
    page.on("console", lambda said: faults.append(f"{said.type}: {said.text}") if said.type != "log" else None)
    page.on("requestfailed", lambda asked: faults.append(f"not there: {asked.url.rpartition('/')[2]}"))
    page.goto(address)
    try:
        page.wait_for_function(_BEGUN, timeout=_LONGEST_MS)
    except importlib.import_module("playwright.sync_api").TimeoutError:
        faults.append("it has no heading")
    picture = b""
    for _ in range(_MOST_PICTURES):
        page.wait_for_timeout(150)
        page.evaluate("() => new Promise(done => requestIdleCallback(done))")
        before, picture = picture, page.screenshot(animations="disabled", caret="hide")
        if picture == before:
            break
    picture_path.write_bytes(picture)
    return "\n".join([*sorted(faults), page.evaluate(_TEXT)])
