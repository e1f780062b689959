"""What every sheet of the workbook has: its heading, a row of heads, widths, and how it prints."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from xlsxwriter.worksheet import Worksheet

from zzgeo.reporting.desk.cells import Cells
from zzgeo.reporting.told.words import facts_text, notice, place_name
from zzgeo.vocabulary.text_width import width

if TYPE_CHECKING:
    from zzgeo.auditing.report import AuditReport

_HEAD = {"bold": True, "bg_color": "#E8ECEF", "text_wrap": True, "bottom": 1, "border_color": "#9AA3AB"}
LINE = {"bottom": 4, "border_color": "#C9CFD4"}

_WIDE = 42


def heading(cells: Cells, sheet: Worksheet, report: AuditReport, title: str, lang: str) -> int:
    """Write what every sheet begins with - title, date, profile, notice - and return the next row."""
    cells.text(sheet, 0, 0, f"{place_name(report, lang)} · {title}", bold=True, font_size=14)
    sheet.set_row(0, 24)
    cells.text(sheet, 1, 0, facts_text(report, lang), font_color="#595F66")
    told = notice(report, lang)
    if told:
        cells.text(sheet, 2, 0, f"⚠ {told}", font_color="#5C4300", bold=True)
    return 3


def print_set_up(
    sheet: Worksheet, rows: tuple[int, int], last: tuple[int, int] | None = None, *, pages_wide: int = 1
) -> None:
    """Print on A4 across, as many pages long as it takes, with the heading rows on each.

    ``last`` is the last row and column that are printed; the whole sheet, with its charts, if left out.
    """
    if last is not None:
        sheet.print_area(0, 0, *last)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
    sheet.fit_to_pages(pages_wide, 0)
    sheet.repeat_rows(*rows)
    sheet.set_footer("&C&P / &N")


def head_row(
    cells: Cells,
    sheet: Worksheet,
    row: int,
    heads: Sequence[str],
    right: Sequence[int] = (),
    centre: Sequence[int] = (),
) -> None:
    """Write a row of headings, those over numbers to the right."""
    for column, head in enumerate(heads):
        align = "right" if column in right else "center" if column in centre else "left"
        cells.text(sheet, row, column, head, **_HEAD, align=align)


def fit(sheet: Worksheet, heads: Sequence[str], texts: Sequence[Sequence[str]], least: int = 6) -> None:
    """Set the width of each column by its heading (which may wrap) and its longest text, within reason."""
    for column, head in enumerate(heads):
        longest = max((width(row[column]) for row in texts), default=0)
        sheet.set_column(column, column, min(max(longest + 2, -(-width(head) // 2) + 3, least), _WIDE))
