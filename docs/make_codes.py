"""Write the pages of codes anew: ``python docs/make_codes.py``.

Those of problems are the table at the end of docs/data.md, those of flags the table at the end of docs/flags.md.
"""

from __future__ import annotations

from pathlib import Path

from zzgeo.codes import CODES
from zzgeo.vocabulary.flags import FLAGS

DOCS = Path(__file__).parent

PROBLEMS = [
    "| code | | 含义 | meaning |", "|---|---|---|---|",
    *(f"| `{code}` | {one.severity} | {one.zh} | {one.en} |" for code, one in sorted(CODES.items())),
]  # fmt: skip

FLAG_ROWS = [
    "| code | values | 说明 | words |", "|---|---|---|---|",
    *(
        f"| `{code}` | {', '.join(f'{name} ({form})' for name, form in one.forms.items())} | {one.zh} | {one.en} |"
        for code, one in sorted(FLAGS.items())
    ),
]  # fmt: skip


def page(name: str, rows: list[str]) -> str:
    """Return a page with the rows of its table under the last heading."""
    return (DOCS / name).read_text("utf-8").split(rows[0])[0] + "\n".join(rows) + "\n"


PAGES = {"data.md": PROBLEMS, "flags.md": FLAG_ROWS}

if __name__ == "__main__":
    for name, rows in PAGES.items():
        (DOCS / name).write_text(page(name, rows), encoding="utf-8")
