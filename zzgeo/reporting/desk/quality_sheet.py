"""The sheet on the quality of the data: files read, rows set aside by reason, placing on streets, warnings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from xlsxwriter.worksheet import Worksheet

from zzgeo.codes import CODES
from zzgeo.layers.base import text
from zzgeo.reporting.desk.cells import Cells
from zzgeo.reporting.desk.sheet_frame import print_set_up
from zzgeo.reporting.told.chinese import problem_zh
from zzgeo.reporting.told.content import snapping_summary
from zzgeo.reporting.told.words import notice, place_name, speaker

if TYPE_CHECKING:
    from zzgeo.auditing.report import AuditReport


def quality_sheet(cells: Cells, report: AuditReport, lang: str) -> None:
    """Write the sheet; it comes last, because it also tells what had to be mended in this workbook."""
    say = speaker(lang)
    sheet = cells.sheet(say("quality"))
    cells.text(sheet, 0, 0, f"{place_name(report, lang)} · {say('quality')}", bold=True, font_size=14)
    sheet.set_row(0, 24)
    if told := notice(report, lang):
        cells.text(sheet, 1, 0, f"⚠ {told}", font_color="#5C4300", bold=True)
    top = _accounts(cells, sheet, 3, report, lang)
    top = _set_aside(cells, sheet, top + 1, report, lang)
    top = _snapping(cells, sheet, top + 1, report, lang)
    warned = [problem_zh(one) if lang == "zh" else one.line() for one in report.study.warnings]
    top = _lines(cells, sheet, top + 1, say("warnings"), warned or [say("none")])
    about = [say("numbers")]
    about += [say("cut", f"{cells.cut:,}")] if cells.cut else []
    about += [say("cleaned", f"{cells.cleaned:,}")] if cells.cleaned else []
    version = text(report.provenance.get("zzgeo")).replace("unknown", "")
    end = _lines(cells, sheet, top + 1, say("about_file"), [*about, " ".join(say("made_by", version).split())])
    for column, wide in enumerate((20, 34, 44, 12, 12, 14, 14)):
        sheet.set_column(column, column, wide)
    sheet.freeze_panes(1, 0)
    print_set_up(sheet, (0, 0), (end, 6))


def _heads(cells: Cells, sheet: Worksheet, top: int, title: str, heads: Sequence[str]) -> int:
    cells.text(sheet, top, 0, title, bold=True, font_size=12)
    for column, head in enumerate(heads):
        look = {"bold": True, "bg_color": "#E8ECEF", "bottom": 1, "border_color": "#9AA3AB"}
        cells.text(sheet, top + 1, column, head, **look, align="right" if 3 <= column <= 5 else "left")
    return top + 2


def _accounts(cells: Cells, sheet: Worksheet, top: int, report: AuditReport, lang: str) -> int:
    say = speaker(lang)
    top = _heads(
        cells,
        sheet,
        top,
        say("input_files"),
        [say(key) for key in ("layer", "file", "datum", "read", "used", "rejected", "dated")],
    )
    for account in report.study.accounts:
        cells.text(sheet, top, 0, say(account.layer))
        cells.text(sheet, top, 1, text(account.path).replace("\\", "/").rsplit("/", 1)[-1])
        cells.text(sheet, top, 2, account.datum)
        for column, count in enumerate((account.rows_read, account.rows_used, account.rows_rejected), start=3):
            cells.number(sheet, top, column, count)
        cells.text(sheet, top, 6, account.dated)
        top += 1
    return top


def _set_aside(cells: Cells, sheet: Worksheet, top: int, report: AuditReport, lang: str) -> int:
    say = speaker(lang)
    top = _heads(cells, sheet, top, say("set_aside"), [say(key) for key in ("reason_code", "file", "meaning", "rows")])
    rows = report.study.quarantined
    counted = rows.value_counts(["code", "file"], sort=False).sort_index().reset_index(name="rows")
    for code, file, count in counted.itertuples(index=False):
        known = CODES.get(str(code))
        cells.text(sheet, top, 0, code)
        cells.text(sheet, top, 1, file)
        cells.text(sheet, top, 2, "" if known is None else known.zh if lang == "zh" else known.en)
        cells.number(sheet, top, 3, count)
        top += 1
    if not len(rows):
        cells.text(sheet, top, 0, say("none"))
        top += 1
    return top


def _snapping(cells: Cells, sheet: Worksheet, top: int, report: AuditReport, lang: str) -> int:
    say = speaker(lang)
    rows = snapping_summary(report.snapping)
    if not rows:
        return top - 1
    keys = ("layer", "median", "longest", "points", "placed", "off")
    top = _heads(cells, sheet, top, say("snapping"), [say(key) for key in keys])
    for row in rows:
        cells.text(sheet, top, 0, say(row["layer"]))
        cells.measured(sheet, top, 1, row["median"], "m", align="left")
        cells.measured(sheet, top, 2, row["longest"], "m", align="left")
        for column, name in enumerate(("rows", "placed", "off"), start=3):
            cells.number(sheet, top, column, row[name])
        top += 1
    return top


def _lines(cells: Cells, sheet: Worksheet, top: int, title: str, lines: Sequence[str]) -> int:
    cells.text(sheet, top, 0, title, bold=True, font_size=12)
    for line in lines:
        top += 1
        cells.text(sheet, top, 0, line)
    return top + 1
