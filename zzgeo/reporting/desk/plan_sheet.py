"""The sheet of a plan: its sites in their order, what each gains and costs, and the curve of people by sites."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import xlsxwriter

from zzgeo.reporting.desk.cells import Cells
from zzgeo.reporting.desk.sheet_frame import LINE, fit, head_row, heading, print_set_up
from zzgeo.reporting.told.plans import plan_rows, plan_sentences, plan_title
from zzgeo.reporting.told.words import speaker
from zzgeo.vocabulary.statuses import SITE_FILL

if TYPE_CHECKING:
    from zzgeo.auditing.report import AuditReport
    from zzgeo.siting.plan import Plan

#: Columns: the word over each, the column of `plan_rows`, and whether it is a number.
_COLUMNS = (
    ("plan_order", "rank", True),
    ("place", "name", False),
    ("district", "district_name", False),
    ("people_gained", "people_gained", True),
    ("plan_curve", "people", True),
    ("plan_bound", "bound", True),
    ("cost_yuan", "cost_yuan", True),
    ("subsidy_yuan", "subsidy_yuan", True),
    ("plan_turns", "turns", False),
)


def plan_sheet(book: xlsxwriter.Workbook, cells: Cells, report: AuditReport, plan: Plan, lang: str) -> None:
    """Write a plan as a sheet of its own, marked as a proposal."""
    say = speaker(lang)
    sheet = cells.sheet(say("plan_sheet"))
    top = heading(cells, sheet, report, say("plan_sheet"), lang)
    cells.text(sheet, top, 0, f"{say('plan_for')}  {plan_title(plan, lang)}", bold=True)
    for row, sentence in enumerate(plan_sentences(plan, lang), start=top + 1):
        cells.text(sheet, row, 0, sentence)
    cells.text(sheet, top + 4, 0, say("proposal_hint"), font_color="#595F66", italic=True)
    rows, top = plan_rows(plan, lang), top + 6
    heads = [say(key) for key, _, _ in _COLUMNS]
    head_row(cells, sheet, top, heads, [n for n, (_, _, is_number) in enumerate(_COLUMNS) if is_number])
    sheet.set_row(top, 32)
    records = rows.to_dict("records")
    for line, site in enumerate(records, start=top + 1):
        for column, (_, name, is_number) in enumerate(_COLUMNS):
            if is_number:
                cells.number(sheet, line, column, site[name], bottom=4, border_color="#C9CFD4")
            else:
                cells.text(sheet, line, column, site[name], **LINE)
    shown = [["1,234,567" if is_number else str(site[name]) for _, name, is_number in _COLUMNS] for site in records]
    fit(sheet, heads, shown)
    sheet.freeze_panes(top + 1, 2)
    print_set_up(sheet, (top, top))
    if len(rows):
        _chart(book, sheet, (top + 1, top + len(rows)), heads)


def _chart(book: xlsxwriter.Workbook, sheet: Any, rows: tuple[int, int], heads: list[str]) -> None:
    """Draw people gained by number of sites, beside the table."""
    by_name = {name: column for column, (_, name, _) in enumerate(_COLUMNS)}
    chart = book.add_chart({"type": "line"})
    first, last = rows
    ranks, people = by_name["rank"], by_name["people"]
    series = {
        "name": heads[people],
        "categories": [sheet.get_name(), first, ranks, last, ranks],
        "values": [sheet.get_name(), first, people, last, people],
        "line": {"color": SITE_FILL, "width": 2.25},
        "marker": {"type": "circle", "size": 5, "fill": {"color": SITE_FILL}, "border": {"color": "#FFFFFF"}},
    }
    chart.add_series(series)
    chart.set_title({"name": heads[people], "name_font": {"size": 11}})
    chart.set_legend({"none": True})
    chart.set_x_axis({"name": heads[ranks]})
    chart.set_y_axis(
        {"num_format": "#,##0", "min": 0, "major_gridlines": {"visible": True, "line": {"color": "#E1E4E7"}}}
    )
    chart.set_size({"width": 620, "height": 320})
    sheet.insert_chart(last + 2, 1, chart)
