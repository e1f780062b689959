"""Fixtures every test may use; what is missing is skipped with a reason, or fails where CI requires it."""

from __future__ import annotations

import importlib
import os
import random
import shutil
import signal
import socket
import time
import zlib
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from database import Database, binaries, server
from fake_report import fake_report
from hypothesis import settings
from need import absent
from places import ROOT

from zzgeo.auditing.report import AuditReport
from zzgeo.cli.commands import run
from zzgeo.reporting import write

# fixtures hold no examples to run, and all their modules bear one name; QGIS runs in a Python of its own
collect_ignore_glob = ["conftest.py", "*/conftest.py", "*/qgis_pictures.py"]


# a first call compiles, and a machine may be busy: no property test asserts how long it takes; each run draws anew, so
# that few examples a run are many in a week
settings.register_profile("untimed", deadline=None, max_examples=40)
settings.load_profile("untimed")

# a command that a script begins beside others hears no interrupt, and neither do those it starts: here they must
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# chosen anew for each run, before the processes that share its tests begin, and printed, so that a run can be repeated
SEED = os.environ.setdefault("ZZGEO_FUZZ_SEED", str(random.SystemRandom().randrange(2**32)))


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Give the property tests the seed of the run, unless they are given one of their own."""
    if config.getoption("hypothesis_seed", None) is None:
        config.option.hypothesis_seed = SEED


def _repeat(config: pytest.Config) -> str:
    return f"drawn anew: ZZGEO_FUZZ_SEED={SEED} pytest --hypothesis-seed={config.getoption('hypothesis_seed')}"


def pytest_report_header(config: pytest.Config) -> str:
    """Print the seeds of property tests and of mutated files."""
    return _repeat(config)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print them again where something failed, as the header is not shown by every run."""
    if terminalreporter.stats.get("failed"):
        terminalreporter.write_line(_repeat(config))


@pytest.fixture(scope="session")
def root() -> Path:
    """Return the project's top folder."""
    return ROOT


@pytest.fixture(scope="session")
def shared() -> Path:
    """Return the folder of real reference data, which a user's clone does not have."""
    folder = ROOT.parent / "shared"
    if not (folder / "data").is_dir():
        absent("shared", "the reference data folder ../shared is not here")
    return folder


@pytest.fixture(scope="session")
def chromium() -> str:
    """Return the path of a Chromium to open pages with."""
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if found is None:
        absent("browser", "no Chromium is installed")
    return found


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return what ``zzgeo demo`` writes; where tests run in several processes, the first to ask writes it for all."""
    base = tmp_path_factory.getbasetemp()
    place = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "demo"
    out, ended = place / "zhengzhou-sample", place / "ended"
    try:
        place.mkdir()
    except FileExistsError:
        waited = time.monotonic()
        while not ended.exists():
            assert time.monotonic() < waited + 600, "zzgeo demo does not end"
            time.sleep(0.1)
    else:
        code = -1
        try:
            code = run(["demo", "--out", str(out)])
        finally:
            (place / "told").write_text(str(code))
            (place / "told").rename(ended)
    assert ended.read_text() == "0"
    return out


@pytest.fixture(scope="session")
def postgis_server() -> Iterator[Database]:
    """Return the template database of a private PostGIS server that lives as long as the test run."""
    folder = binaries()
    if find_spec("psycopg") is None:
        absent("postgis", 'psycopg is not installed (pip install "zzgeo[postgis]")')
    if folder is None:
        absent("postgis", "no PostgreSQL server with PostGIS is installed (Debian: postgresql, postgis)")
    with server(folder) as template:
        yield template


@pytest.fixture
def postgis(postgis_server: Database, request: pytest.FixtureRequest) -> Database:
    """Return an empty database with PostGIS, the test's own, with ``ZZGEO_DB`` set to its address."""
    name = f"t{zlib.crc32(request.node.nodeid.encode()):08x}"
    Database(postgis_server.folder, "postgres").run(f"CREATE DATABASE {name} TEMPLATE city")
    database = Database(postgis_server.folder, name)
    request.getfixturevalue("monkeypatch").setenv("ZZGEO_DB", database.address)
    return database


@pytest.fixture
def only_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    """No name is looked up and no host is reached but 127.0.0.1."""
    looked_up, connect = socket.getaddrinfo, socket.socket.connect

    def lookup(host, *rest, **more):
        assert host == "127.0.0.1", f"{host} was looked up"
        return looked_up(host, *rest, **more)

    def reach(self, address):
        assert address[0] == "127.0.0.1", f"{address} was reached"
        return connect(self, address)

    monkeypatch.setattr(socket, "getaddrinfo", lookup)
    monkeypatch.setattr(socket.socket, "connect", reach)
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)


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
    """Return a small report made by hand."""
    return fake_report()


@pytest.fixture(scope="session")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder the small report is written to."""
    folder = tmp_path_factory.mktemp("written") / "out"
    write(fake_report(), folder)
    return folder


@pytest.fixture(scope="session")
def browser(chromium: str) -> Iterator[Any]:
    """Return a headless browser."""
    if find_spec("playwright") is None:
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
