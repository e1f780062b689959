"""The workbook: scorecard, a sheet per rule, gaps, clauses, quality of the data. It opens in Excel, WPS, LibreOffice.

Ids are text, numbers are those of ``findings.csv``, no cell is a formula or a link, and the same report gives the same
bytes.
"""

from __future__ import annotations

import copy
import datetime as dt
import io
import zipfile
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd
import xlsxwriter
from xlsxwriter.worksheet import Worksheet

from zzgeo.auditing.table import UNIT_TYPE
from zzgeo.layers.base import text
from zzgeo.reporting.desk.cells import Cells
from zzgeo.reporting.desk.plan_sheet import plan_sheet
from zzgeo.reporting.desk.quality_sheet import quality_sheet
from zzgeo.reporting.desk.score_cells import score_cell
from zzgeo.reporting.desk.sheet_frame import LINE, fit, head_row, heading, print_set_up
from zzgeo.reporting.told.clauses import clause_groups, judged_rules
from zzgeo.reporting.told.estimated import people_heads
from zzgeo.reporting.told.lists import lists_of_rules
from zzgeo.reporting.told.records import records, table_rows
from zzgeo.reporting.told.words import (
    Say,
    flags_text,
    pick,
    place_name,
    rows_at,
    rule_title,
    score,
    speaker,
    unit_word,
)
from zzgeo.vocabulary.statuses import MISSED_RAMP
from zzgeo.vocabulary.units import COMPARATORS
from zzgeo.vocabulary.verdicts import FAIL, LOOKS, NOT_APPLICABLE, verdict_text

if TYPE_CHECKING:
    from zzgeo.auditing.report import AuditReport
    from zzgeo.standards import Rule

#: Units that fail and gap patches listed per rule; findings.csv and gaps.csv hold all.
MOST_UNITS = 5_000
MOST_GAPS = 500

#: Beyond so many rules the scorecard has rules as rows, as long as there are fewer districts than rules.
_MOST_ACROSS = 16


def workbook_bytes(report: AuditReport, lang: str = "zh") -> bytes:
    """Return the workbook of a report, with headers in Chinese or English."""
    out = io.BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    book = xlsxwriter.Workbook(out, options)
    say = speaker(lang)
    cells = Cells(book)
    day = dt.datetime.combine(report.study.as_of, dt.time())
    title = cells.clean(f"{place_name(report, lang)} · {say('scorecard')}")[:200]
    book.set_properties({"title": title, "author": "zzgeo", "created": day})
    groups = clause_groups(report)
    by_id = {rule.id: rule for rule in report.rules}
    scored = [by_id[one] for one in groups["score"]]
    _scorecard(cells, report, scored, "district", lang)
    if (report.findings["level"] == "zone").any():
        judged = {rule for (_, rule), row in rows_at(report, "zone").items() if row["verdict"] != NOT_APPLICABLE}
        _scorecard(cells, report, [rule for rule in report.rules if rule.id in judged], "zone", lang)
    if groups["indicators"]:
        _indicators(cells, report, [by_id[one] for one in groups["indicators"]], lang)
    sheets, lists = {}, lists_of_rules(report)
    for place, rule in enumerate(scored, start=1):
        told = [line[lang] for line in lists.get(rule.id, [])]
        sheets[rule.id] = _rule_sheet(cells, report, rule, f"{place:02d} {rule_title(rule, lang)}", lang, told)
    if len(report.gaps):
        _gap_sheet(cells, report, lang)
    for plan in report.plans:
        plan_sheet(book, cells, report, plan, lang)
    _clause_sheet(cells, report, sheets, lang)
    quality_sheet(cells, report, lang)
    book.close()
    return out.getvalue()


def in_brief(report: AuditReport) -> AuditReport:
    """Return a report as its workbook reads it, without places, streets and what was measured on the way.

    It is small, and another process can have it; to write anything else of it is not what it is for.
    """
    study, brief = copy.copy(report.study), copy.copy(report)
    for name in ("demand", "streets", "barriers", "land", "areas", "on_streets", "looked_at", "frames"):
        object.__setattr__(study, name, None)
    gaps = report.gaps.drop(columns="geometry", errors="ignore")
    own = {"study": study, "gaps": pd.DataFrame(gaps), "reach": {}, "context": None}
    for name, value in own.items():
        object.__setattr__(brief, name, value)
    vars(brief).pop("kinds", None)  # found again by those who ask
    return brief


def workbook_is_whole(content: bytes) -> bool:
    """Return whether a workbook's archive is sound and lists as many sheets as it holds."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = archive.namelist()
            listed = archive.read("xl/workbook.xml").count(b"<sheet ")
            sound = archive.testzip() is None
    except zipfile.BadZipFile:
        return False
    return sound and listed > 0 and listed == sum(name.startswith("xl/worksheets/sheet") for name in names)


def _legend(cells: Cells, sheet: Worksheet, row: int, lang: str) -> None:
    told = [verdict_text(verdict, lang) for verdict in LOOKS]
    cells.text(sheet, row, 0, "   ".join([*told, f"* {speaker(lang)('sensitive')}"]), font_color="#595F66")


def _scorecard(cells: Cells, report: AuditReport, rules: Sequence[Rule], level: str, lang: str) -> None:
    """Write districts (or zones) x rules, signs and values in the colour of their verdict."""
    say = speaker(lang)
    found, whole = rows_at(report, level), rows_at(report, "city")
    names = _names(report, level)
    places = [(code, name, {rule.id: found.get((code, rule.id)) for rule in rules}) for code, name in names.items()]
    if level == "district":
        places.append(("", say("city"), {rule.id: whole.get(("", rule.id)) for rule in rules}))
    sheet = cells.sheet(say("scorecard" if level == "district" else "zones"))
    top = heading(cells, sheet, report, say("scorecard" if level == "district" else "zones"), lang)
    _legend(cells, sheet, top, lang)
    if len(rules) > max(_MOST_ACROSS, len(places)):
        _rules_down(cells, sheet, top + 1, rules, places, lang)
    else:
        _rules_across(cells, sheet, top + 1, rules, places, lang)


_Places = Sequence[tuple[str, str, dict[str, dict[str, Any] | None]]]


def _names(report: AuditReport, level: str) -> dict[str, str]:
    if level == "district":
        return {str(code): text(name) for code, name in report.study.districts["name"].sort_index().items()}
    rows = report.findings[report.findings["level"] == level].drop_duplicates("district").set_index("district")
    return {str(code): text(name) for code, name in rows["district_name"].sort_index().items()}


def _rules_across(cells: Cells, sheet: Worksheet, top: int, rules: Sequence[Rule], places: _Places, lang: str) -> None:
    say = speaker(lang)
    for column, rule in enumerate(rules, start=3):
        cells.text(
            sheet,
            top,
            column,
            f"{rule.document} {rule.section}",
            text_wrap=True,
            font_size=8,
            font_color="#595F66",
            valign="bottom",
        )
    sheet.set_row(top, 36)
    heads = [say("code"), say("district"), say("failing"), *(rule_title(rule, lang) for rule in rules)]
    head_row(cells, sheet, top + 1, heads, centre=range(2, len(heads)))
    sheet.set_row(top + 1, 62)
    for row, (code, name, findings) in enumerate(places, start=top + 2):
        last = {"bold": True, "top": 1} if not code else dict(LINE)
        cells.text(sheet, row, 0, code, **last)
        cells.text(sheet, row, 1, name, **last)
        failed = sum(one is not None and one["verdict"] == FAIL for one in findings.values())
        cells.number(sheet, row, 2, failed, "0", align="center", **last)
        for column, rule in enumerate(rules, start=3):
            score_cell(cells, sheet, (row, column), findings[rule.id], lang, last)
    end = top + 1 + len(places)
    fit(sheet, heads, [["0" * 6, name, "0", *["✗ 100.0 % *"] * len(rules)] for _, name, _ in places] or [heads], 8)
    sheet.set_column(3, 2 + max(len(rules), 1), 13.5)
    sheet.freeze_panes(top + 2, 2)
    sheet.autofilter(top + 1, 0, end - (not places[-1][0]) if places else end, len(heads) - 1)
    area = (end, len(heads) - 1)
    print_set_up(sheet, (top, top + 1), area, pages_wide=1 if len(rules) <= _MOST_ACROSS else 0)
    sheet.repeat_columns(0, 1)


def _rules_down(cells: Cells, sheet: Worksheet, top: int, rules: Sequence[Rule], places: _Places, lang: str) -> None:
    say = speaker(lang)
    heads = [say("document"), say("section"), say("rule"), *(name for _, name, _ in places)]
    head_row(cells, sheet, top, heads, centre=range(3, len(heads)))
    sheet.set_row(top, 34)
    rows = []
    for row, rule in enumerate(rules, start=top + 1):
        about = [rule.document, rule.section, rule_title(rule, lang)]
        rows.append([*about, *(score(found[rule.id], lang) for _, _, found in places)])
        for column, words in enumerate(about):
            cells.text(sheet, row, column, words, text_wrap=True, **LINE)
        for column, (_, _, found) in enumerate(places, start=3):
            score_cell(cells, sheet, (row, column), found[rule.id], lang, {"text_wrap": True, **LINE})
    end = top + len(rules)
    fit(sheet, heads, rows, 10)
    sheet.set_column(1, 2, 30)
    # a value with a long unit is wrapped, so that twelve districts stand on one page
    sheet.set_column(3, 2 + len(places), 12)
    sheet.freeze_panes(top + 1, 3)
    sheet.autofilter(top, 0, end, len(heads) - 1)
    print_set_up(sheet, (top, top), (end, len(heads) - 1))
    sheet.repeat_columns(0, 2)


def _colours(cells: Cells, sheet: Worksheet, area: tuple[int, int, int, int]) -> None:
    """Colour cells by the sign they begin with; the colour goes along when somebody changes the sign."""
    if area[2] < area[0] or area[3] < area[1]:
        return
    for verdict in (one for one in LOOKS.values() if one.ground):
        look = cells.look(bg_color=verdict.ground, font_color=verdict.colour)
        wanted = {"type": "text", "criteria": "begins with", "value": verdict.sign, "format": look}
        sheet.conditional_format(*area, wanted)


#: Columns of a rule's sheet: heading, column of the finding, and what it is.
_COLUMNS = (
    ("level", "level", "word"),
    ("code", "unit", "id"),
    ("name", "unit_name", "name"),
    ("district", "district_name", "text"),
    ("verdict", "verdict", "verdict"),
    ("value", "value", "value"),
    ("operator", "operator", "operator"),
    ("threshold", "threshold", "target"),
    ("value_unit", "value_unit", "unit"),
    ("gap", "gap", "gap"),
    ("gap_unit", "gap_unit", "unit"),
    ("group", "group", "word"),
    ("people", "people", "people"),
    ("covered", "covered", "people"),
    ("missed", "missed", "people"),
    ("excluded", "excluded", "people"),
    ("units_passing", "units_passing", "people"),
    ("units_judged", "units_judged", "people"),
    ("streets_value", "streets_value", "share"),
    ("land_share", "land_share", "share"),
    ("farthest_m", "farthest_m", "m"),
    ("is_sensitive", "sensitive", "yes"),
    ("flags", "flags", "flags"),
    ("note", "note", "note"),
)


def _rule_sheet(cells: Cells, report: AuditReport, rule: Rule, name: str, lang: str, lists: Sequence[str]) -> str:
    """Write a rule: its clause and lists, districts, city, zones, units that fail; return the name of the sheet."""
    say = speaker(lang)
    places, failing = _rows_of(report, rule)
    rows = records(report, report.findings.iloc[[*places, *failing[:MOST_UNITS]]])
    sheet = cells.sheet(name)
    top = heading(cells, sheet, report, rule_title(rule, lang), lang)
    cells.text(sheet, top, 0, f"“{rule.clause}”  {rule.document} {rule.section}", italic=True)
    top += 1
    for line in lists:
        cells.text(sheet, top, 0, f"{say('lists')} {line}", font_color="#595F66")
        top += 1
    if len(failing) > MOST_UNITS:
        cells.text(sheet, top, 0, say("more_units", f"{len(failing):,}", f"{MOST_UNITS:,}"))
    _finding_rows(cells, sheet, top + 1, rows, lang, people_heads(report, lang, rule.population))
    return str(sheet.get_name())


def _rows_of(report: AuditReport, rule: Rule) -> tuple[list[int], list[int]]:
    """Return the rows of a rule's findings: districts, city, zones; and units that fail, most people missed first."""
    told = report.findings[["rule", "level", "verdict", "missed", "unit"]].reset_index(drop=True)
    told = told[told["rule"] == rule.id]
    places = [row for level in ("district", "city", "zone") for row in told.index[told["level"] == level]]
    failing = told[(told["level"] == "unit") & (told["verdict"] == FAIL)]
    failing = failing.sort_values(["missed", "unit"], ascending=[False, True], kind="stable", na_position="last")
    return places, list(failing.index)


def _indicators(cells: Cells, report: AuditReport, rules: Sequence[Rule], lang: str) -> None:
    """Write the rules that have one figure for the whole city, a row each."""
    say = speaker(lang)
    found = rows_at(report, "city")
    rows: list[dict[Any, Any]] = []
    for rule in rules:
        row = found[("", rule.id)]
        rows.append({**row, "unit": f"{rule.document} {rule.section}", "unit_name": rule_title(rule, lang)})
    sheet = cells.sheet(say("indicators"))
    top = heading(cells, sheet, report, say("indicators"), lang)
    named = {"code": say("document"), "name": say("rule")}
    _finding_rows(cells, sheet, top + 1, rows, lang, people_heads(report, lang) | named)


def _finding_rows(
    cells: Cells,
    sheet: Worksheet,
    top: int,
    rows: Sequence[dict[Any, Any]],
    lang: str,
    named: dict[str, str],
) -> None:
    """Write findings under their headings; columns in which no finding says anything are left out."""
    say = speaker(lang)
    used = [one for one in _COLUMNS if one[2] in ("word", "id", "name", "verdict", "value") or _said(rows, one)]
    heads = [named.get(key, say(key)) for key, _, _ in used]
    numeric = [at for at, (_, _, form) in enumerate(used) if form in _NUMERIC]
    head_row(cells, sheet, top, heads, numeric, [at for at, (_, _, form) in enumerate(used) if form == "operator"])
    sheet.set_row(top, 32)
    shown = [heads]
    for row, finding in enumerate(rows, start=top + 1):
        level = text(finding["level"])
        look = {"bold": True} if level == "city" and "name" not in named else {}
        shown.append([_cell(cells, sheet, (row, at), finding, one, lang, look) for at, one in enumerate(used)])
    end = top + max(len(rows), 1)
    verdicts = next(at for at, (_, name, _) in enumerate(used) if name == "verdict")
    _colours(cells, sheet, (top + 1, verdicts, end, verdicts))
    for level in ("district", "unit"):  # the city's total would leave no bar to see elsewhere
        at_level = [row for row, finding in enumerate(rows, start=top + 1) if text(finding["level"]) == level]
        if at_level:
            _missed_bars(sheet, used, (at_level[0], at_level[-1]))
    fit(sheet, heads, shown[1:])
    sheet.freeze_panes(top + 1, 3)
    sheet.autofilter(top, 0, end, len(used) - 1)
    # on paper what is judged and who is missed; the columns beyond are for the screen
    on_paper = [at for at, (_, name, _) in enumerate(used) if name in _ON_PAPER]
    print_set_up(sheet, (top, top), (end, max(on_paper)))


#: The last columns of a rule's sheet that are printed.
_ON_PAPER = ("verdict", "value", "threshold", "gap", "missed")


#: What a column may be that holds numbers.
_NUMERIC = ("value", "target", "gap", "people", "share", "m")

#: Where the unit of a number stands that is neither people, nor a share, nor metres.
_UNITS = {"value": "value_unit", "target": "value_unit", "gap": "gap_unit"}


def _said(rows: Sequence[dict[Any, Any]], column: tuple[str, str, str]) -> bool:
    _, name, form = column
    if form == "flags":
        return any(row[name] for row in rows)
    if form == "note":
        return any(text(row["note_zh"]) or text(row["note_en"]) for row in rows)
    if form == "unit":  # shares and metres carry theirs in the number
        return any(unit_word(row[name], "en") for row in rows)
    return any(row[name] not in ("", None, False) and row[name] == row[name] for row in rows)


def _missed_bars(sheet: Worksheet, used: Sequence[tuple[str, str, str]], rows: tuple[int, int]) -> None:
    for column, (_, name, _) in enumerate(used):
        if name == "missed":
            bar = {
                "type": "data_bar",
                "bar_color": MISSED_RAMP[1],
                "bar_solid": True,
                "min_type": "num",
                "min_value": 0,
            }
            sheet.conditional_format(rows[0], column, rows[1], column, bar)


def _cell(
    cells: Cells,
    sheet: Worksheet,
    place: tuple[int, int],
    finding: dict[Any, Any],
    column: tuple[str, str, str],
    lang: str,
    look: dict[str, Any],
) -> str:
    """Write one cell of a finding, and return about what it shows, for the width of its column."""
    say, (_, name, form) = speaker(lang), column
    value = finding.get(name)
    if form in _NUMERIC:
        if form == "people":
            cells.people(sheet, *place, value, **look)
        else:
            unit = text(finding[_UNITS[form]]) if form in _UNITS else form
            against = finding["threshold"] if form == "value" else None
            cells.measured(sheet, *place, value, unit, against=against, unreachable=say("inf"), **look)
        return "" if value is None or value != value else "1,234,567"
    words = "" if form == "flags" else text(value)
    if name == "level":
        words = text(finding.get(UNIT_TYPE)) or words
    if form == "word":
        words, look = say(words), {**look, "indent": int(name == "group")}
    elif form == "verdict":
        words = verdict_text(words, lang)
    elif form in ("id", "name"):
        words = words or _place(finding, form, say)
    elif form == "unit":
        words, look = unit_word(words, lang), {**look, "indent": 1}
    elif form == "operator":
        words, look = COMPARATORS.get(words, words), {**look, "align": "center"}
    elif form == "yes":
        words = say("yes") if value else ""
    elif form == "flags":
        words = flags_text(value or (), lang)
    elif form == "note":
        words = pick(lang, finding["note_zh"], finding["note_en"])
    cells.text(sheet, *place, words, **look)
    return words


def _place(finding: dict[Any, Any], form: str, say: Say) -> str:
    """Return code or name of the place a finding is about that is no unit."""
    if finding["level"] == "city":
        return say("city") if form == "name" else ""
    return text(finding["district" if form == "id" else "district_name"])


def _gap_sheet(cells: Cells, report: AuditReport, lang: str) -> None:
    """Write the gap patches of every rule, those that miss most people first."""
    say = speaker(lang)
    gaps = pd.DataFrame(report.gaps.drop(columns="geometry", errors="ignore"))
    first = gaps.sort_values(["missed", "district", "rank"], ascending=[False, True, True], kind="stable")
    first = first.groupby("rule", sort=False).head(MOST_GAPS)
    sheet = cells.sheet(say("gaps"))
    top = heading(cells, sheet, report, say("gaps"), lang)
    if len(first) < len(gaps):
        cells.text(sheet, top, 0, say("more_gaps", f"{len(gaps):,}", f"{MOST_GAPS:,}"))
    keys = (
        "rule",
        "district",
        "unit",
        "rank",
        "missed",
        "residents",
        "aged_60_plus",
        "area_ha",
        "nearest_facility",
        "nearest_in_m",
    )
    named = people_heads(report, lang)
    heads = [named.get(key, say(key)) for key in keys]
    head_row(cells, sheet, top + 1, heads, right=(3, 4, 5, 6, 7, 9))
    sheet.set_row(top + 1, 32)
    titles = {rule.id: rule_title(rule, lang) for rule in report.rules}
    places = report.study.districts["name"]
    served = report.study.facilities["name"] if len(report.study.facilities) else {}
    table = []
    for line, row in enumerate(table_rows(first), start=top + 2):
        nearest = text(served.get(row["nearest_facility"])) or text(row["nearest_facility"])
        words = [
            titles.get(text(row["rule"]), text(row["rule"])),
            text(places.get(row["district"])),
            text(row["unit_name"]),
        ]
        for column, one in enumerate(words):
            cells.text(sheet, line, column, one)
        for column, name in enumerate(("rank", "missed", "residents", "aged_60_plus"), start=3):
            cells.number(sheet, line, column, row[name])
        cells.measured(sheet, line, 7, row["area_ha"], "ha")
        cells.text(sheet, line, 8, nearest, indent=1)
        cells.measured(sheet, line, 9, row["nearest_m"], "m", unreachable=say("inf"))
        table.append([*words, "1", *["1,234,567"] * 4, nearest, "1,234 m"])
    fit(sheet, heads, table)
    _missed_bars(sheet, [(key, key, "") for key in keys], (top + 2, top + 1 + len(table)))
    sheet.freeze_panes(top + 2, 3)
    sheet.autofilter(top + 1, 0, top + 1 + len(table), len(keys) - 1)
    print_set_up(sheet, (top + 1, top + 1), (top + 1 + len(table), len(keys) - 1))


def _clause_sheet(cells: Cells, report: AuditReport, sheets: dict[str, str], lang: str) -> None:
    """Write every clause of the standards in the document's words, and how far it was judged."""
    say = speaker(lang)
    sheet = cells.sheet(say("clauses"))
    top = heading(cells, sheet, report, say("clauses"), lang)
    keys = ("document", "section", "title", "clause", "coverage", "sheet", "answer", "code")
    heads = [say(key) for key in keys]
    head_row(cells, sheet, top, heads)
    judged = {rule.id for rule in judged_rules(report)}
    rows = table_rows(report.clauses().reset_index())
    # what was judged comes first, in the order of the scorecard
    order = {rule.id: place for place, rule in enumerate(report.rules)}
    rows.sort(key=lambda row: (row["rule"] not in judged, order.get(row["rule"], len(order))))
    for line, row in enumerate(rows, start=top + 1):
        answer = pick(lang, row["answer_zh"], row["answer_en"]) or pick(lang, row["reason"], row["reason_en"])
        words = [
            text(row["document"]),
            text(row["section"]),
            pick(lang, row["title_zh"], row["title_en"]),
            text(row["clause"]),
            say(text(row["coverage"])),
            sheets.get(str(row["rule"]), ""),
            answer,
            str(row["rule"]),
        ]
        for column, one in enumerate(words):
            cells.text(sheet, line, column, one, text_wrap=True, **{**LINE, "valign": "top"})
    for column, wide in enumerate((20, 14, 30, 60, 12, 22, 36, 30)):
        sheet.set_column(column, column, wide)
    sheet.freeze_panes(top + 1, 0)
    sheet.autofilter(top, 0, top + max(len(rows), 1), len(keys) - 1)
    print_set_up(sheet, (top, top), (top + max(len(rows), 1), len(keys) - 1))
