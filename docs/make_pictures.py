"""Write the pictures of README and the documentation: pages of the sample study as a browser shows them today.

Run from the project's top folder, with Chromium and the package playwright: ``python docs/make_pictures.py``.
"""

from __future__ import annotations

import io
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

from PIL import Image
from playwright.sync_api import sync_playwright

import zzgeo

ROOT = Path(__file__).resolve().parents[1]
PICTURES = ROOT / "docs" / "images"
RULE, DISTRICT = "zz18e-radius-urban-community", "410105"


def written(folder: Path) -> dict[str, tuple[Path, Callable[[Any], None] | None]]:
    """Audit the sample, plan ten sites, write the pages of both; return the page of each picture, and what is done."""
    report = zzgeo.audit(zzgeo.load_study(ROOT / "data" / "zhengzhou-sample" / "study.toml"))
    report.write(folder / "now", files="pages")
    plan = zzgeo.site(report, RULE, sites=10, districts=[DISTRICT])
    report.with_plan(plan).write(folder / "plan", files="pages")
    return {
        "city": (folder / "now" / "index.html", None),
        "district": (next((folder / "now" / "maps").glob(f"*-{DISTRICT}.html")), None),
        "proposal": (next((folder / "plan" / "maps").glob(f"*-{DISTRICT}.html")), _to_the_plan),
    }


def _to_the_plan(opened: Any) -> None:
    """Scroll to the list of sites; gaps, numbered too, are switched off."""
    opened.evaluate("ZZ.map.choose('gaps', false)")
    opened.locator("#zz-proposal").evaluate("part => part.scrollIntoView()")


def shown(page: Path, done: Callable[[Any], None] | None) -> bytes:
    """Return a page as it opens on a laptop, with the network off."""
    browser = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))))
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=browser, args=["--no-sandbox", "--disable-gpu"])
        context = launched.new_context(viewport={"width": 1366, "height": 768})
        context.set_offline(True)
        opened = context.new_page()
        opened.goto(f"file://{quote(str(page))}#rule={RULE}")
        opened.wait_for_selector("#zz-top h1")
        opened.wait_for_timeout(1500)  # maps are drawn after it
        if done is not None:
            done(opened)
        opened.wait_for_timeout(500)
        content = opened.screenshot()
        launched.close()
    return content


def main() -> None:
    """Write the pictures, in 256 colours: a third of the bytes."""
    with tempfile.TemporaryDirectory() as folder:
        for name, (page, done) in written(Path(folder)).items():
            picture = Image.open(io.BytesIO(shown(page, done))).convert("RGB")
            picture.quantize(256, dither=Image.Dither.NONE).save(PICTURES / f"{name}.png", optimize=True)


if __name__ == "__main__":
    main()
