"""Write docs/images/proposal.png: the page of a district with a plan of ten sites, as a browser shows it.

Run from the project's top folder, with Chromium and the package playwright: ``python docs/make_proposal.py``.
"""

from __future__ import annotations

import io
import shutil
import tempfile
from pathlib import Path
from urllib.parse import quote

from PIL import Image
from playwright.sync_api import sync_playwright

import zzgeo

ROOT = Path(__file__).resolve().parents[1]
PICTURE = ROOT / "docs" / "images" / "proposal.png"
RULE, DISTRICT = "zz18e-radius-urban-community", "410105"


def written(folder: Path) -> Path:
    """Audit the sample, plan ten sites, write the pages, and return that of the district."""
    report = zzgeo.audit(zzgeo.load_study(ROOT / "data" / "zhengzhou-sample" / "study.toml"))
    plan = zzgeo.site(report, RULE, sites=10, districts=[DISTRICT])
    report.with_plan(plan).write(folder, files="pages")
    return next((folder / "maps").glob(f"*-{DISTRICT}.html"))


def shown(page: Path) -> bytes:
    """Return the page as it opens, its list of sites scrolled into view; gaps, numbered too, are switched off."""
    browser = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))))
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=browser, args=["--no-sandbox", "--disable-gpu"])
        context = launched.new_context(viewport={"width": 1366, "height": 768})
        context.set_offline(True)
        opened = context.new_page()
        opened.goto(f"file://{quote(str(page))}#rule={RULE}")
        opened.wait_for_function("performance.getEntriesByName('zz-drawn').length > 0")
        opened.evaluate("ZZ.map.choose('gaps', false)")
        opened.locator("#zz-proposal").evaluate("part => part.scrollIntoView()")
        opened.wait_for_timeout(500)
        content = opened.screenshot()
        launched.close()
    return content


def main() -> None:
    """Write the picture, in 256 colours: a third of the bytes."""
    with tempfile.TemporaryDirectory() as folder:
        content = shown(written(Path(folder)))
    picture = Image.open(io.BytesIO(content)).convert("RGB")
    picture.quantize(256, dither=Image.Dither.NONE).save(PICTURE, optimize=True)


if __name__ == "__main__":
    main()
