"""Write the pictures of README and the documentation: pages of the sample study as a browser shows them today.

Run from the project's top folder, with Chromium and the package playwright: ``python docs/make_pictures.py``.
"""

from __future__ import annotations

import contextlib
import io
import os
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import quote

from PIL import Image
from playwright.sync_api import sync_playwright
from rich.cells import cell_len

import zzgeo
from zzgeo.cli.scorecard import print_scorecard
from zzgeo.reporting.desk.slides import district_slide

ROOT = Path(__file__).resolve().parents[1]
PICTURES = ROOT / "docs" / "images"
RULE, DISTRICT = "zz18e-radius-urban-community", "410105"


LAPTOP, TELEPHONE, SHEET = (1366, 768), (390, 844), (703, 995)


@dataclass(frozen=True)
class Picture:
    """A page, what is done on it before it is taken, the size of the screen or of the sheet, and the part it is of."""

    page: Path
    size: tuple[int, int] = LAPTOP
    done: Callable[[Any], None] | None = None
    part: str = ""


def written(folder: Path) -> dict[str, Picture | bytes]:
    """Audit the sample, plan ten sites, write the pages of both; return what each picture shows; a slide is one."""
    report = zzgeo.audit(zzgeo.load_study(ROOT / "data" / "zhengzhou-sample" / "study.toml"))
    report.write(folder / "now", files="pages")
    plan = zzgeo.site(report, RULE, sites=10, districts=[DISTRICT])
    report.with_plan(plan).write(folder / "plan", files="pages")
    district = next((folder / "now" / "maps").glob(f"*-{DISTRICT}.html"))
    return {
        "city": Picture(folder / "now" / "index.html"),
        "district": Picture(district),
        "telephone": Picture(district, TELEPHONE),
        "paper": Picture(district, SHEET, _on_paper),
        "proposal": Picture(next((folder / "plan" / "maps").glob(f"*-{DISTRICT}.html")), done=_to_the_plan),
        "slide": district_slide(report, DISTRICT),
        "terminal": Picture(_terminal(folder / "terminal.html", report, "en", 80), (900, 1200), part="pre"),
        "terminal-zh": Picture(_terminal(folder / "terminal-zh.html", report, "zh", 80), (900, 1200), part="pre"),
        "terminal-wide": Picture(_terminal(folder / "wide.html", report, "en", 120), (1400, 1200), part="pre"),
    }


#: A terminal: a sign of Chinese takes two columns, whatever its font.
_TERMINAL = """<!DOCTYPE html><meta charset="utf-8"><style>
pre { display: inline-block; margin: 0; padding: 14px 18px; background: #16191d; color: #e4e6e8;
  font: 15px/1.45 "DejaVu Sans Mono", "Noto Sans CJK SC", "WenQuanYi Micro Hei", monospace; }
i { display: inline-block; font-style: normal; text-align: center; }
.two { width: 18.06px; font-size: 17px; line-height: 1; }
</style>"""


def _terminal(page: Path, report: zzgeo.AuditReport, lang: str, columns: int) -> Path:
    """Write what ``zzgeo audit`` prints into a terminal of so many columns, as a page; return it.

    A narrow one is shown as far as a first screen goes: to the end of the table of clauses.
    """
    printed = io.StringIO()
    before = os.environ.get("COLUMNS")
    os.environ["COLUMNS"] = str(columns)
    try:
        with contextlib.redirect_stdout(printed):
            print_scorecard(report, lang)
    finally:
        os.environ.pop("COLUMNS") if before is None else os.environ.update(COLUMNS=before)
    parts = printed.getvalue().split("\n\n")
    shown = "\n\n".join(parts[:2] if columns <= 80 else parts)
    command = f"$ zzgeo audit data/zhengzhou-sample/study.toml --lang {lang}\n"
    page.write_text(f"{_TERMINAL}<pre>{''.join(map(_cell, command + shown))}</pre>", encoding="utf-8")
    return page


def _cell(sign: str) -> str:
    """Return a sign of a terminal in columns of its own."""
    if sign.isascii():
        return escape(sign)
    return f'<i class="two">{sign}</i>' if cell_len(sign) == 2 else f'<i style="width:1ch">{sign}</i>'


def _on_paper(opened: Any) -> None:
    """Show the page as it is printed."""
    opened.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    opened.emulate_media(media="print")


def _to_the_plan(opened: Any) -> None:
    """Scroll to the list of sites; gaps, numbered too, are switched off."""
    opened.evaluate("ZZ.map.choose('gaps', false)")
    opened.locator("#zz-proposal").evaluate("part => part.scrollIntoView()")


def shown(picture: Picture) -> bytes:
    """Return a page as it opens, with the network off."""
    browser = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))))
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=browser, args=["--no-sandbox", "--disable-gpu"])
        context = launched.new_context(viewport=dict(zip(("width", "height"), picture.size, strict=True)))
        context.set_offline(True)
        opened = context.new_page()
        opened.goto(f"file://{quote(str(picture.page))}#rule={RULE}")
        opened.wait_for_selector(picture.part or "#zz-top h1")
        opened.wait_for_timeout(1500)  # maps are drawn after it
        if picture.done is not None:
            picture.done(opened)
        opened.wait_for_timeout(500)
        content = opened.locator(picture.part).screenshot() if picture.part else opened.screenshot()
        launched.close()
    return content


def main() -> None:
    """Write the pictures, in 256 colours: a third of the bytes."""
    with tempfile.TemporaryDirectory() as folder:
        for name, wanted in written(Path(folder)).items():
            taken = Image.open(io.BytesIO(wanted if isinstance(wanted, bytes) else shown(wanted))).convert("RGB")
            taken.thumbnail(LAPTOP if isinstance(wanted, bytes) else taken.size)
            taken.quantize(256, dither=Image.Dither.NONE).save(PICTURES / f"{name}.png", optimize=True)


if __name__ == "__main__":
    main()
