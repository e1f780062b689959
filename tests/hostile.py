"""Names that run code, break templates or hide, and one in which nothing is wrong but its length."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator
from pathlib import Path

NAMES = (
    "{{7*7}}",
    "{{ cycler.__init__.__globals__.os.getpid() }}",
    "{% for a in (1,2) %}x{% endfor %}",
    "100% {% 医院",
    "{# comment #}",
    "${x}",
    "${window.__pwned=1}",
    "A`B 医院",
    "`+(window.__pwned=1)+`",
    "'+(window.__pwned=1)+'",
    "</script><script>window.__pwned=1</script>",
    "<img src=x onerror=window.__pwned=1>",
    "<svg/onload=window.__pwned=1>",
    "</title><script>window.__pwned=1</script>",
    "]]><!--<script>",
    "javascript:window.__pwned=1",
    "&lt;b&gt; & 'quoted' \"twice\" \\",
    "\u202etxt.医院\u2066",
    "line\u2028separator\u2029",
    '=HYPERLINK("http://127.0.0.1/")',
    "阳光" * 5_000,
)


class Hostile:
    """Gives every plain text a hostile one in its place, and remembers which it gave."""

    def __init__(self, more: Iterable[str] = ()) -> None:
        self.names = (*NAMES, *more)
        self._next = self._forever()
        self.said: dict[str, str] = {}

    def _forever(self) -> Iterator[str]:
        while True:
            yield from self.names

    def __call__(self, plain: str) -> str:
        # the plain text stays behind it, so that every place has a text of its own
        return self.said.setdefault(plain, f"{next(self._next)}·{plain}")


def shared_names(shared: Path) -> list[str]:
    """Return the names of the reference cases: of places, of facilities, of columns."""
    folder = shared / "cases" / "hostile"
    names = [one["name"] for one in json.loads((folder / "county_names.json").read_text("utf-8"))]
    for file in ("html_names.csv", "formula_names.csv", "template_names.csv"):
        rows = csv.reader(io.StringIO((folder / file).read_text("utf-8-sig"), newline=""))
        names += [cell for row in rows for cell in row]
    assert len(names) > 20
    return names
