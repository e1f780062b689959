"""Write the pictures of README and the documentation: pages of the sample study as a browser shows them today.

Run from the project's top folder, with Chromium and the package playwright: ``python docs/make_pictures.py``.
"""

from __future__ import annotations

import io
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from PIL import Image
from playwright.sync_api import sync_playwright

import zzgeo
from zzgeo.reporting.desk.slides import district_slide

ROOT = Path(__file__).resolve().parents[1]
PICTURES = ROOT / "docs" / "images"
RULE, DISTRICT = "zz18e-radius-urban-community", "410105"


LAPTOP, TELEPHONE, SHEET = (1366, 768), (390, 844), (703, 995)


@dataclass(frozen=True)
class Picture:
    """A page, what is done on it before it is taken, and the size of the screen or of the sheet."""

    page: Path
    size: tuple[int, int] = LAPTOP
    done: Callable[[Any], None] | None = None


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
    }


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
        opened.wait_for_selector("#zz-top h1")
        opened.wait_for_timeout(1500)  # maps are drawn after it
        if picture.done is not None:
            picture.done(opened)
        opened.wait_for_timeout(500)
        content = opened.screenshot()
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
