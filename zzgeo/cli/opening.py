"""``--open``: the front page in the browser, where there is one."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from zzgeo.cli.language import say
from zzgeo.system import SYSTEM


def open_page(page: Path) -> None:
    """Open a file in the browser; where there is none, say on stderr where the file is."""
    # without a screen, a browser of text would take the terminal
    if "BROWSER" in os.environ or SYSTEM.has_screen():
        import webbrowser

        try:
            if webbrowser.open(page.resolve().as_uri()):
                return
        except (webbrowser.Error, OSError):
            pass
    print(say(f"no browser here: open {page.resolve()} in one"), file=sys.stderr)
