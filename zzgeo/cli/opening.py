"""``--open``: the front page in the browser, where there is one."""

from __future__ import annotations

import os
import sys
import webbrowser
from pathlib import Path


def open_page(page: Path) -> None:
    """Open a file in the browser; where there is none, say on stderr where the file is."""
    if _has_browser():
        try:
            if webbrowser.open(page.resolve().as_uri()):
                return
        except (webbrowser.Error, OSError):
            pass
    print(f"no browser here: open {page.resolve()} in one", file=sys.stderr)


def _has_browser() -> bool:
    """Tell whether a page would be seen: without a screen, a browser of text would take the terminal."""
    if "BROWSER" in os.environ or sys.platform in ("win32", "darwin"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
