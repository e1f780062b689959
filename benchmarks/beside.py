"""Pages of this tree beside those of another: bytes, first paint, when a page can be used on a slow machine.

``python -m benchmarks.pages beside FOLDER`` with the folder of another checkout of the project (``git worktree add
../before COMMIT``) has both trees write the pages of the sample study and of a big city made up, and opens the city's
page and the largest district's of each in one Chromium with the network off, its processor slowed fourfold. The two
take turns, so that what else the machine does falls on both; figures are the least of the rounds. A page can be used
once no task of its main thread has lasted over 50 ms for a second; its work is the main thread's processor time.
"""

from __future__ import annotations

import importlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROUNDS, SLOWED = 5, 4

#: A city of twelve districts, 1,800 communities and 96,000 places people live in, written by a tree's own code.
_BIG = """
import sys
from pathlib import Path
from benchmarks.pages import audit, rules, study, write
city = study(4, districts=(4, 3), side=12_000, units=150, people=8_000, facilities=100, streets=400.0)
write(audit(city, rules()), Path(sys.argv[1]), files="pages")
"""
_WRITERS = {
    "sample": ["-m", "zzgeo", "demo", "--files", "pages", "--out"],
    "big city": ["-c", _BIG],
}

_WATCH = """
window.long = 0;
new PerformanceObserver(list => list.getEntries().forEach(one => {
  window.long = Math.max(window.long, one.startTime + one.duration);
})).observe({ type: "longtask", buffered: true });
"""
_QUIET = "() => document.readyState === 'complete' && performance.now() - Math.max(window.long, 500) > 1000"
_FIGURES = """() => {
  const paint = performance.getEntriesByName("first-contentful-paint")[0].startTime;
  return { "first paint, ms": paint, "to be used, ms": Math.max(paint, window.long) };
}"""


def beside(other: Path) -> int:
    """Print a line for each figure of each page, this tree's and the other's, and their ratio."""
    trees = {"this": Path(__file__).resolve().parents[1], "other": other.resolve()}
    with tempfile.TemporaryDirectory() as folder:
        places = {(tree, study): Path(folder) / tree / study for tree in trees for study in _WRITERS}
        for (tree, study), place in places.items():
            _written(trees[tree], _WRITERS[study], place)
        for study in _WRITERS:
            for what, paths in _pages({tree: places[tree, study] for tree in trees}):
                _told(f"{study}, {what}", paths)
    return 0


def _written(tree: Path, arguments: list[str], place: Path) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    own = {**os.environ, "PYTHONPATH": str(tree), "PYTHONDONTWRITEBYTECODE": "1"}
    subprocess.run([sys.executable, *arguments, str(place)], cwd=tree, env=own, check=True, stdout=subprocess.DEVNULL)


def _pages(places: dict[str, Path]) -> Iterator[tuple[str, dict[str, Path]]]:
    """Give the city's page, and that of the district whose page is largest in this tree."""
    yield "city", {tree: place / "index.html" for tree, place in places.items()}
    largest = max((places["this"] / "maps").glob("*.html"), key=lambda path: path.stat().st_size)
    yield "district", {tree: place / "maps" / largest.name for tree, place in places.items()}


def _told(page: str, paths: dict[str, Path]) -> None:
    figures: dict[str, dict[str, float]] = {tree: {"bytes": path.stat().st_size} for tree, path in paths.items()}
    for _ in range(ROUNDS):
        for tree, path in paths.items():
            for name, value in _opened(path).items():
                figures[tree][name] = min(value, figures[tree].get(name, value))
    for name, value in figures["this"].items():
        before = figures["other"][name]
        print(f"{page + ', ' + name:44} {value:12,.0f} beside {before:12,.0f}: {value / before:5.2f} times", flush=True)


def _opened(path: Path) -> dict[str, float]:
    """Return what a page takes to open, in a browser of its own."""
    sync_api: Any = importlib.import_module("playwright.sync_api")
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))))
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox", "--disable-gpu"])
        context = browser.new_context(viewport={"width": 1366, "height": 768})
        context.set_offline(True)
        page = context.new_page()
        page.add_init_script(_WATCH)
        session = context.new_cdp_session(page)
        session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWED})
        session.send("Performance.enable", {"timeDomain": "threadTicks"})
        page.goto(path.as_uri())
        page.wait_for_function(_QUIET, timeout=120_000)
        figures = dict(page.evaluate(_FIGURES))
        counted = {one["name"]: one["value"] for one in session.send("Performance.getMetrics")["metrics"]}
        browser.close()
    return {**figures, "work, ms of processor": 1000 * counted["TaskDuration"]}
