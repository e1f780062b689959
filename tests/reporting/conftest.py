"""Fixtures for pages: a browser with the network off, and a written report."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from fake_report import fake_report
from need import absent

from zzgeo.audit import AuditReport
from zzgeo.reporting import write

_ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


@pytest.fixture
def report() -> AuditReport:
    return fake_report()


@pytest.fixture(scope="session")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("written") / "out"
    write(fake_report(), folder)
    return folder


@pytest.fixture(scope="session")
def browser(chromium: str) -> Iterator[Any]:
    if importlib.util.find_spec("playwright") is None:
        absent("browser", "the package playwright is not installed")
    sync_api = importlib.import_module("playwright.sync_api")
    with sync_api.sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=chromium, args=_ARGS)
        yield launched
        launched.close()


@pytest.fixture
def opened(browser: Any) -> Iterator[Callable[..., Any]]:
    """Open a page with the network off; at the end every request, failure and error it made is held against it."""
    seen: list[Any] = []

    def go(path: Path, fragment: str = "", size: tuple[int, int] = (1366, 768)) -> Any:
        context = browser.new_context(viewport={"width": size[0], "height": size[1]})
        context.set_offline(True)
        page = context.new_page()
        page.faults = []
        page.asked = []
        page.on("request", lambda request: page.asked.append(request.url))
        page.on("requestfailed", lambda request: page.faults.append(f"failed: {request.url[:80]}"))
        page.on("console", lambda said: page.faults.append(said.text) if said.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: page.faults.append(str(error)))
        page.goto(f"file://{quote(str(path))}{fragment}")
        page.wait_for_selector("#zz-top h1")
        seen.append(page)
        return page

    yield go
    for page in seen:
        assert page.faults == []
        # only pages themselves, one per opening or following of a link, and the files a site shares
        beyond = [
            url for url in page.asked if not (url.startswith("file://") and (".html" in url or "/assets/" in url))
        ]
        assert beyond == []
        assert page.evaluate("window.__pwned") is None
        page.context.close()
