"""Write docs/law-book.md: every clause of every document, and what it is judged from.

Run from the project's top folder: ``python docs/make_law_book.py``; a test says whether the page is up to date.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from zzgeo.rules import rule_kinds
from zzgeo.standards import Rule, shipped

PAGE = Path(__file__).parent / "law-book.md"

SOURCES = {"geodata": "geodata", "table": "a table", "nothing": "recorded only"}

INTRODUCTION = """# The law book

Every checkable clause of the documents zzgeo ships, and what answers it: *geodata* (places, streets, units, people),
*a table* (`[indicators]`, registers, projects), or nothing: *recorded only*, with the reason. `zzgeo standards show ID`
prints a clause with its words. This page is written by `docs/make_law_book.py`.
"""


def page() -> str:
    """Return the page."""
    parts = [INTRODUCTION, _summary()]
    for book in shipped().values():
        document = book.document
        parts.append(f"## {document.number} {document.title}\n\n{document.title_en}: {len(book.clauses)} clauses.\n")
        parts.append("| id | section | title | rule | judged from |\n|---|---|---|---|---|")
        parts.append("\n".join(map(_row, book.clauses)) + "\n")
    return "\n".join(parts)


def _summary() -> str:
    names = list(SOURCES)
    lines = ["| document | clauses | " + " | ".join(SOURCES[name] for name in names) + " |", "|---|--:|--:|--:|--:|"]
    total: Counter[str] = Counter()
    for book in shipped().values():
        counts = Counter(rule.judged_from for rule in book.clauses)
        total += counts
        lines.append(f"| {book.document.number} | {len(book.clauses)} | " + _numbers(counts))
    lines.append(f"| all | {sum(total.values())} | " + _numbers(total))
    return "\n".join(lines) + "\n"


def _numbers(counts: Counter[str]) -> str:
    return " | ".join(str(counts[name]) for name in SOURCES) + " |"


def _row(rule: Rule) -> str:
    kind = rule_kinds().get(rule.rule)
    shown = f"{kind.number} {rule.rule}" if kind else rule.rule
    source = SOURCES[rule.judged_from]
    if rule.recorded:
        source += f": {rule.reason}"
    cells = (f"`{rule.id}`", rule.section, f"{rule.title}<br>{rule.title_en}", shown, source)
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
