"""Write docs/resolutions.md: where the documents disagree or leave something open, and how zzgeo decides.

Run from the project's top folder: ``python docs/make_resolutions.py``; a test says whether the page is up to date.
"""

from __future__ import annotations

from pathlib import Path

from zzgeo.standards.conflicts import Resolution, clauses_affected, resolutions

PAGE = Path(__file__).parent / "resolutions.md"

INTRODUCTION = """# Resolutions

Where the five documents contradict each other (C) or leave something open (A), what zzgeo decides, and why. A finding
that rests on one names it (`conflicts`). 33, 21, 34 and 36 are 郑政〔2014〕33号, 〔2017〕21号, 〔2018〕34号 and
〔2018〕36号; SG9 is 韶府〔2016〕9号. R-numbers are [kinds of rules](rules.md). The data are in
`zzgeo/standards/resolutions/`; this page is written by `docs/make_resolutions.py`.
"""


def page() -> str:
    """Return the page."""
    return "\n".join([INTRODUCTION, *map(_entry, resolutions().values())])


def _entry(entry: Resolution) -> str:
    clauses = ", ".join(f"`{rule.id}`" for rule in clauses_affected(entry.id))
    lines = [
        f"## {entry.id} {entry.subject_zh} · {entry.subject}\n",
        f"- The documents: {entry.documents_say}",
        f"- 文件：{entry.documents_say_zh}",
        f"- **Decided**: {entry.resolution}",
        f"- **处理**：{entry.resolution_zh}",
        f"- Why: {entry.reason}",
        f"- 理由：{entry.reason_zh}",
    ]
    if clauses:
        lines.append(f"- Clauses: {clauses}")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
