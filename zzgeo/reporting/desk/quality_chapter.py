"""The chapter of the document on how certain it is: lists it rests on, files read, rows set aside, warnings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zzgeo.codes import CODES
from zzgeo.layers.base import text
from zzgeo.numbers import metres_text, people_text
from zzgeo.reporting.desk.paper import add_bookmark, add_heading, add_row, fill_cell, new_table, styled, write
from zzgeo.reporting.told.chinese import problem_zh
from zzgeo.reporting.told.content import snapping_summary
from zzgeo.reporting.told.lists import lists_of_rules
from zzgeo.reporting.told.words import speaker

if TYPE_CHECKING:
    from collections.abc import Sequence

    from docx.document import Document

    from zzgeo.auditing.report import AuditReport

#: The bookmark the list of contents leads to.
MARK = "quality"


def quality_chapter(paper: Document, report: AuditReport, lang: str) -> None:
    """Add what the verdicts rest on: lists, files, rows set aside by reason, placing on streets, warnings."""
    say = speaker(lang)
    add_bookmark(add_heading(paper, say("quality"), 1), MARK, 2)
    lines = list(dict.fromkeys(one[lang] for lists in lists_of_rules(report).values() for one in lists))
    if lines:
        _bullets(paper, say("lists"), lines)
    _files(paper, report, lang)
    _set_aside(paper, report, lang)
    _snapping(paper, report, lang)
    warned = [problem_zh(one) if lang == "zh" else one.line() for one in report.study.warnings]
    _bullets(paper, say("warnings"), warned or [say("none")])


def _bullets(paper: Document, title: str, lines: Sequence[str]) -> None:
    add_heading(paper, title, 3)
    for line in lines:
        write(styled(paper, "ListBullet"), line, size=9.5)


def _rows(paper: Document, heads: Sequence[str], wide: Sequence[float], rows: Sequence[Sequence[str]]) -> None:
    table = new_table(paper, heads, wide)
    for row in rows:
        for cell, value in zip(add_row(table), row, strict=True):
            fill_cell(cell, value)


def _files(paper: Document, report: AuditReport, lang: str) -> None:
    say = speaker(lang)
    add_heading(paper, say("input_files"), 3)
    keys = ("layer", "file", "datum", "read", "used", "rejected", "dated")
    rows = [
        [
            say(account.layer),
            text(account.path).replace("\\", "/").rsplit("/", 1)[-1],
            text(account.datum),
            *(people_text(count) for count in (account.rows_read, account.rows_used, account.rows_rejected)),
            text(account.dated),
        ]
        for account in report.study.accounts
    ]
    _rows(paper, [say(key) for key in keys], (2.4, 4.6, 2.2, 1.9, 1.9, 1.6, 2.4), rows)


def _set_aside(paper: Document, report: AuditReport, lang: str) -> None:
    say = speaker(lang)
    counts = report.study.quarantined.value_counts(["code", "file"], sort=False)
    counted = counts.sort_index().reset_index(name="rows")
    if not len(counted):
        return
    rows = []
    for code, file, count in counted.itertuples(index=False):
        known = CODES.get(str(code))
        meaning = "" if known is None else known.zh if lang == "zh" else known.en
        rows.append([str(code), text(file), meaning, people_text(count)])
    add_heading(paper, say("set_aside"), 3)
    _rows(paper, [say(key) for key in ("reason_code", "file", "meaning", "rows")], (3.6, 4.4, 7.2, 1.8), rows)


def _snapping(paper: Document, report: AuditReport, lang: str) -> None:
    say = speaker(lang)
    rows = [
        [
            say(row["layer"]),
            *(people_text(row[name]) for name in ("rows", "placed", "off")),
            *(metres_text(row[name]) for name in ("median", "longest")),
        ]
        for row in snapping_summary(report.snapping)
    ]
    if rows:
        add_heading(paper, say("snapping"), 3)
        keys = ("layer", "points", "placed", "off", "median", "longest")
        _rows(paper, [say(key) for key in keys], (3.0, *([2.8] * 5)), rows)
