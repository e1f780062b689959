"""A page on paper: the browser that is installed prints it to a PDF, with no internet and a profile of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from contextlib import suppress
from pathlib import Path

from zzgeo.errors import EnvironmentFault, InputError, Problem
from zzgeo.reporting.results.disk import told, write_file
from zzgeo.system import SYSTEM

#: A browser that has not printed after so many seconds never will.
_LONGEST_S = 300

#: No name is looked up, no address reached (all would go by a proxy that there is not), nobody's profile is touched.
_ARGUMENTS = (
    "--headless=new",
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--proxy-server=http://127.0.0.1:9",
    "--proxy-bypass-list=<-loopback>",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-extensions",
    "--disable-gpu",
    "--disable-sync",
    "--no-default-browser-check",
    "--no-first-run",
    "--no-pdf-header-footer",
    "--virtual-time-budget=20000",
)


def page_of(result: Path, district: str = "") -> Path:
    """Return the page of a district in a result, by its code or name; that of the city where none is named.

    Raises
    ------
    InputError
        If the result holds no such page.
    """
    page = result / "index.html"
    if not page.is_file():
        remedy = "zzgeo audit STUDY.toml --files pages --out FOLDER"
        raise InputError([Problem("file.missing", str(page), "", "the result holds no pages", remedy)])
    if not district:
        return page
    pages = sorted((result / "maps").glob("*.html"))
    chosen = [one for one in pages if district in (one.stem, *one.stem.rsplit("-", 1))]
    if len(chosen) != 1:
        named = ", ".join(one.stem for one in pages[:20])
        why = "two districts are called so" if chosen else "the result has no page of such a district"
        raise InputError([Problem("district.unknown", str(result), district, why, f"one of {named}")])
    return chosen[0]


def print_pdf(page: Path, out: Path, browser: str = "") -> Path:
    """Print a page to a PDF, as its style says for paper, and return where it stands.

    The browser has no internet and a profile that is thrown away: what a page's scripts ask for reaches nobody.

    Parameters
    ----------
    page
        A page zzgeo wrote.
    out
        The PDF; one that is there is replaced.
    browser
        Name or path of Chromium, Chrome or Edge; the first that is found if left out.

    Raises
    ------
    EnvironmentFault
        If no browser is installed, it does not print, or the file cannot be written.
    """
    program = _browser(browser)
    with tempfile.TemporaryDirectory(prefix="zzgeo-print-", ignore_cleanup_errors=True) as scratch:
        made = Path(scratch) / "page.pdf"
        asked = [program, *_ARGUMENTS, *_as_root(), f"--user-data-dir={scratch}/profile", f"--print-to-pdf={made}"]
        try:
            reason = _run([*asked, page.resolve().as_uri()])
        except OSError as error:
            reason = str(error)
        except subprocess.TimeoutExpired:
            reason = f"it did not end within {_LONGEST_S:g} s"
        content = made.read_bytes() if made.is_file() else b""
        if not _whole(content):
            last = (reason.strip().splitlines() or [""])[-1][:200]
            why = "the browser printed nothing" + (f": {last}" if last else "")
            raise EnvironmentFault(Problem("browser.failed", str(page), program, why, "open the page and print it"))
        _put(out, content)
    return out


def _run(command: list[str]) -> str:
    """Run the browser and return what it said; it is ended with all it started where it lasts too long."""
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, **SYSTEM.own_group()) as process:
        try:
            _, said = process.communicate(timeout=_LONGEST_S)
        finally:
            if process.returncode is None:
                SYSTEM.end_all(process)
    return str(said.decode("utf-8", errors="replace"))


def _put(out: Path, content: bytes) -> None:
    """Let a PDF stand at its place in one step."""
    half = out.with_name(f".{out.name}.{os.getpid()}.part")
    try:
        write_file(half, content, _whole)
        SYSTEM.replace(half, out)
    except OSError as error:
        with suppress(OSError):
            half.unlink()
        if isinstance(error, EnvironmentFault):
            raise
        raise told(out.parent, error) from None


def _whole(content: bytes) -> bool:
    return content.startswith(b"%PDF-") and content.rstrip().endswith(b"%%EOF")


def _as_root() -> tuple[str, ...]:
    """Return what a browser asks for that runs as root, in a container mostly: it has no sandbox there."""
    return ("--no-sandbox",) if getattr(os, "geteuid", lambda: 1)() == 0 else ()


def _browser(named: str) -> str:
    program = next(filter(None, map(shutil.which, (named,) if named else SYSTEM.browsers())), None)
    if program is None:
        why = "no such browser is installed" if named else "no Chromium, Chrome or Edge is installed"
        remedy = "install one, say where it is with --browser, or open the page and print it"
        raise EnvironmentFault(Problem("browser.missing", "", named, why, remedy))
    return program
