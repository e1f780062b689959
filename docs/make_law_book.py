"""Write docs/law-book.md: every clause of every document, and what it is judged from.

Run from the project's top folder: ``python docs/make_law_book.py``; a test says whether the page is up to date.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from zzgeo.rules import rule_kinds
from zzgeo.standards import Rule, shipped

PAGE = Path(__file__).parent / "law-book.md"

PAGE_ZH = Path(__file__).parent / "zh" / "law-book.md"

SOURCES = {"geodata": "geodata", "table": "a table", "nothing": "recorded only"}

INTRODUCTION = """# The law book

Every checkable clause of the documents zzgeo ships, and what answers it: *geodata* (places, streets, units, people),
*a table* (`[indicators]`, registers, projects), or nothing: *recorded only*, with the reason. `zzgeo standards show ID`
prints a clause with its words. This page is written by `docs/make_law_book.py`.
"""

SOURCES_ZH = {"geodata": "空间数据", "table": "表格", "nothing": "仅收录"}

INTRODUCTION_ZH = """# 条款总表

随软件收录的每一份文件的每一条可核查条款，以及由什么来回答：空间数据（设施、街道、单元、人口）、表格（指标、登记、项目），
或仅收录并写明原因。`zzgeo standards show 编号` 打印条款及其原文。本页由 `docs/make_law_book.py` 生成。
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
        source += f": {rule.reason_en or rule.reason}"
    cells = (f"`{rule.id}`", rule.section, f"{rule.title}<br>{rule.title_en}", shown, source)
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def page_zh() -> str:
    """Return the page in Chinese, with the words of each clause."""
    parts = [INTRODUCTION_ZH]
    for book in shipped().values():
        document = book.document
        counts = Counter(rule.judged_from for rule in book.clauses)
        sums = "，".join(f"{SOURCES_ZH[name]} {counts[name]} 条" for name in SOURCES_ZH)
        parts.append(
            f"## {document.number} {document.title}\n\n{document.issuer}，共 {len(book.clauses)} 条：{sums}。\n"
        )
        parts.append("| 编号 | 位置 | 内容 | 原文 | 依据 |\n|---|---|---|---|---|")
        parts.append("\n".join(map(_row_zh, book.clauses)) + "\n")
    return "\n".join(parts)


def _row_zh(rule: Rule) -> str:
    source = SOURCES_ZH[rule.judged_from] + (f"：{rule.reason}" if rule.recorded else "")
    cells = (f"`{rule.id}`", rule.section, rule.title, rule.clause, source)
    return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"


if __name__ == "__main__":
    PAGE_ZH.write_text(page_zh(), encoding="utf-8")
    PAGE.write_text(page(), encoding="utf-8")
