"""The report as a document for Word and WPS: what was judged, the scorecard, then district by district.

Chinese text has its own font named, headings make an outline and a list of contents, tables repeat their heading on
each page, and the same report gives the same bytes.
"""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import docx
import pandas as pd
from docx.document import Document
from docx.enum.section import WD_ORIENT
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt, RGBColor
from docx.table import Table, _Cell
from docx.text.paragraph import Paragraph
from docx.text.run import Run

from zzgeo.layers.base import number, text
from zzgeo.numbers import people_text
from zzgeo.reporting.card import SIGNS
from zzgeo.reporting.clauses import clause_groups
from zzgeo.reporting.files import File
from zzgeo.reporting.headline import headline
from zzgeo.reporting.map_images import city_image, district_image
from zzgeo.reporting.words import (
    asked,
    flags_text,
    notice,
    pick,
    place_name,
    printable,
    rows_at,
    rule_title,
    score,
    shown,
    speaker,
)

if TYPE_CHECKING:
    from zzgeo.audit import AuditReport
    from zzgeo.standards import Rule

_JUDGED = ("pass", "fail", "review")

#: Rules side by side in one table of the scorecard; more stand in further tables.
_MOST_ACROSS = 8
#: Gap patches told per clause of a district; gaps.csv lists all.
_MOST_GAPS = 3

_FILLS = {"pass": "DCEBF6", "fail": "FADCC8", "review": "F6E3EF", "nodata": "EDEDED"}
_LATIN, _CHINESE = "Arial", "Microsoft YaHei"


def desk_files(report: AuditReport, lang: str, scratch: Path) -> Iterator[File]:
    """Give ``report.docx``; `scratch` is not used."""
    yield "report.docx", document_bytes(report, lang), document_is_whole


def document_bytes(report: AuditReport, lang: str = "zh") -> bytes:
    """Return the report as the bytes of a docx file, in Chinese or English."""
    paper = docx.Document()
    _set_up(paper, report, lang)
    rules = [rule for rule in report.rules if rule.id in set(clause_groups(report)["score"])]
    _front(paper, report, rules, lang)
    _scorecard(paper, report, rules, lang)
    _indicators(paper, report, lang)
    found, first = rows_at(report, "district"), _first_gaps(report)
    for place, (code, name) in enumerate(report.study.districts["name"].sort_index().items()):
        here = [(rule, found[(str(code), rule.id)]) for rule in rules if (str(code), rule.id) in found]
        head = _heading(paper, text(name), 1)
        head.paragraph_format.page_break_before = True
        _bookmark(head, f"d{code}", 100 + place)
        _district(paper, report, str(code), text(name), here, first, lang)
    out = io.BytesIO()
    paper.save(out)
    return _same_bytes(out.getvalue())


def document_is_whole(content: bytes) -> bool:
    """Return whether a document opens and has text."""
    try:
        return len(docx.Document(io.BytesIO(content)).paragraphs) > 0
    except (zipfile.BadZipFile, KeyError, ValueError):
        return False


def _same_bytes(content: bytes) -> bytes:
    """Pack a document anew without the hour it was packed."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), old.read(name), zipfile.ZIP_DEFLATED)
    return out.getvalue()


def _set_up(paper: Document, report: AuditReport, lang: str) -> None:
    """Set paper, fonts, heading styles, and the foot of each page."""
    section = paper.sections[0]
    section.orientation = WD_ORIENT.PORTRAIT
    section.page_width, section.page_height = Cm(21.0), Cm(29.7)
    section.left_margin = section.right_margin = Cm(2.0)
    section.top_margin, section.bottom_margin = Cm(2.0), Cm(1.8)
    sizes = {
        "Normal": 10.5,
        "Title": 24,
        "Heading 1": 16,
        "Heading 2": 12,
        "Heading 3": 10.5,
        "Caption": 9,
        "Quote": 9.5,
    }
    for name, size in sizes.items():
        style = paper.styles[name]
        style.font.name, style.font.size = _LATIN, Pt(size)
        style.font.color.rgb = RGBColor(0x1A, 0x1A, 0x1A)
        fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
        fonts.set(qn("w:eastAsia"), _CHINESE)
        for theme in ("w:asciiTheme", "w:hAnsiTheme", "w:eastAsiaTheme", "w:cstheme"):
            fonts.attrib.pop(qn(theme), None)
    paper.styles["Quote"].font.italic = False
    paper.styles["Caption"].font.bold = False
    normal = paper.styles["Normal"].paragraph_format
    normal.space_after, normal.line_spacing = Pt(4), 1.15
    day = dt.datetime.combine(report.study.as_of, dt.time())
    facts = paper.core_properties
    facts.title = printable(f"{place_name(report, lang)} {speaker(lang)('report')}")[:250]
    facts.author = facts.last_modified_by = "zzgeo"
    facts.created = facts.modified = day
    foot = section.footer.paragraphs[0]
    foot.alignment = WD_ALIGN_PARAGRAPH.CENTER
    _field(foot, "PAGE")
    _write(foot, " / ")
    _field(foot, "NUMPAGES")


def _write(place: Paragraph, value: Any, **look: Any) -> Run:
    """Add text as a run of a paragraph."""
    run = place.add_run(printable(value))
    if "color" in look:
        run.font.color.rgb = RGBColor.from_string(look["color"].lstrip("#"))
    run.bold = look.get("bold")
    if "size" in look:
        run.font.size = Pt(look["size"])
    return run


def _styled(paper: Document, style_id: str) -> Paragraph:
    """Add a paragraph of a style by its id: by its name, Word's hundred styles are searched for every paragraph."""
    place = paper.add_paragraph()
    place._p.style = style_id
    return place


def _heading(paper: Document, told: str, level: int) -> Paragraph:
    head = _styled(paper, f"Heading{level}")
    if told:
        _write(head, told)
    return head


def _field(place: Paragraph, code: str, told: str = "1") -> None:
    """Add a field Word keeps up to date, such as the number of the page."""
    for kind, content in (("begin", ""), ("", code), ("separate", ""), ("text", told), ("end", "")):
        run = place.add_run()
        if kind == "text":
            run.text = content
        elif kind:
            mark = OxmlElement("w:fldChar")
            mark.set(qn("w:fldCharType"), kind)
            run._r.append(mark)
        else:
            word = OxmlElement("w:instrText")
            word.set(qn("xml:space"), "preserve")
            word.text = content
            run._r.append(word)


def _front(paper: Document, report: AuditReport, rules: Sequence[Rule], lang: str) -> None:
    say = speaker(lang)
    paper.add_paragraph(printable(f"{place_name(report, lang)} {say('report')}"), style="Title")
    about = paper.add_paragraph()
    profile = f" · {say('profile')} {report.study.profile}" if report.study.profile else ""
    _write(about, f"{say('as_of')} {report.study.as_of.isoformat()}{profile}", color="#595F66")
    told = notice(report, lang)
    if told:
        _write(paper.add_paragraph(), f"⚠ {told}", bold=True, color="#5C4300")
    _contents(paper, report, lang)
    _heading(paper, say("judged_what"), 1)
    rows = report.findings[
        (report.findings["level"] == "district") & report.findings["rule"].isin([r.id for r in rules])
    ]
    count = Counter(rows["verdict"])
    documents = ("、" if lang == "zh" else ", ").join(dict.fromkeys(rule.document for rule in rules)) or "–"
    places = len(report.study.districts)
    counts = [str(count[verdict]) for verdict in ("pass", "fail", "review", "nodata")]
    paper.add_paragraph(
        printable(say("judged_text", documents, report.study.as_of.isoformat(), places, len(rules), *counts))
    )
    paper.add_paragraph(say("method_text"))
    signs = "   ".join(f"{sign} {say(verdict)}" for verdict, (sign, _) in SIGNS.items())
    _write(paper.add_paragraph(), f"{say('signs')}  {signs}   * {say('sensitive')}", color="#595F66", size=9.5)


def _contents(paper: Document, report: AuditReport, lang: str) -> None:
    """Add a list of contents: it stands there ready, with links, and Word can refresh it."""
    say = speaker(lang)
    _write(paper.add_paragraph(), say("contents"), bold=True, size=12)
    entries = [(say("judged_what"), ""), (say("scorecard"), "")]
    entries += [(text(name), str(code)) for code, name in report.study.districts["name"].sort_index().items()]
    line = paper.add_paragraph()
    line.paragraph_format.space_after = Pt(8)
    for kind in ("begin", "code", "separate"):
        run = line.add_run()
        mark = OxmlElement("w:instrText" if kind == "code" else "w:fldChar")
        if kind == "code":
            mark.set(qn("xml:space"), "preserve")
            mark.text = ' TOC \\o "1-1" \\h \\z \\u '
        else:
            mark.set(qn("w:fldCharType"), kind)
        run._r.append(mark)
    for place, (name, code) in enumerate(entries):
        if place:
            _write(line, "  ·  ", color="#9AA3AB")
        _link(line, name, f"d{code}") if code else _write(line, name)
    end = OxmlElement("w:fldChar")
    end.set(qn("w:fldCharType"), "end")
    line.add_run()._r.append(end)


def _link(place: Paragraph, name: str, mark: str) -> None:
    """Add a link to a bookmark of this document."""
    link = OxmlElement("w:hyperlink")
    link.set(qn("w:anchor"), _mark_name(mark))
    run = _write(place, name, color="#0B5A94")
    link.append(run._r)
    place._p.append(link)


def _mark_name(mark: str) -> str:
    return "zz_" + "".join(one if one.isalnum() else "_" for one in mark)[:30]


def _bookmark(place: Paragraph, mark: str, number_: int) -> None:
    start, end = OxmlElement("w:bookmarkStart"), OxmlElement("w:bookmarkEnd")
    for one in (start, end):
        one.set(qn("w:id"), str(number_))
    start.set(qn("w:name"), _mark_name(mark))
    place._p.insert(1 if place._p.pPr is not None else 0, start)
    place._p.append(end)


def _scorecard(paper: Document, report: AuditReport, rules: Sequence[Rule], lang: str) -> None:
    """Add the table of districts x rules, in as many tables as the paper is wide, and the map of the city."""
    say = speaker(lang)
    _heading(paper, say("scorecard"), 1)
    found, whole = rows_at(report, "district"), rows_at(report, "city")
    places = [(str(code), text(name)) for code, name in report.study.districts["name"].sort_index().items()]
    tables = -(-len(rules) // _MOST_ACROSS)
    size = -(-len(rules) // max(tables, 1))  # ten rules are two tables of five, not eight and two
    for start in range(0, len(rules), max(size, 1)):
        part = rules[start : start + size]
        table = _table(
            paper, [say("district"), *(rule_title(rule, lang) for rule in part)], [2.6] + [14.4 / len(part)] * len(part)
        )
        for code, name in [*places, ("", say("city"))]:
            cells = _add_row(table)
            _fill(cells[0], name, bold=not code)
            for cell, rule in zip(cells[1:], part, strict=True):
                row = found.get((code, rule.id)) if code else whole.get(("", rule.id))
                _fill(
                    cell,
                    score(row, lang),
                    verdict=None if row is None else text(row["verdict"]),
                    centre=True,
                    bold=not code,
                )
        paper.add_paragraph()
    first = headline(report)
    if first is not None:
        _picture(paper, city_image(report, first, lang), say("map_of", say("missed_people"), rule_title(first, lang)))


def _indicators(paper: Document, report: AuditReport, lang: str) -> None:
    """Add the rules that have one figure for the whole city."""
    say = speaker(lang)
    chosen = set(clause_groups(report)["indicators"])
    rules = [rule for rule in report.rules if rule.id in chosen]
    if not rules:
        return
    _heading(paper, say("indicators"), 1)
    found = rows_at(report, "city")
    table = _table(
        paper, [say("rule"), say("document"), say("verdict"), say("value"), say("threshold")], [6.4, 4.0, 2.2, 2.2, 2.2]
    )
    for rule in rules:
        row, cells = found[("", rule.id)], _add_row(table)
        verdict = text(row["verdict"])
        _fill(cells[0], rule_title(rule, lang))
        _fill(cells[1], f"{rule.document} {rule.section}")
        _fill(cells[2], f"{SIGNS[verdict][0]} {say(verdict)}", verdict=verdict)
        _fill(cells[3], shown(row["value"], row["value_unit"], lang, row["threshold"]))
        _fill(cells[4], asked(row, lang))


def _district(
    paper: Document, report: AuditReport, code: str, name: str, here: Sequence[tuple[Rule, dict[str, Any]]],
    first: _Gaps, lang: str,
) -> None:  # fmt: skip
    """Add what was found in a district: tally, map, and each clause that was judged there."""
    say = speaker(lang)
    count = Counter(text(row["verdict"]) for _, row in here)
    tally = say("district_tally", *(str(count[verdict]) for verdict in ("pass", "fail", "review", "nodata")))
    _write(paper.add_paragraph(), f"{code}  ·  {tally}", color="#595F66")
    drawn = headline(report, code)
    if drawn is not None:
        _picture(paper, district_image(report, code, drawn, lang), say("map_of", name, rule_title(drawn, lang)))
    for rule, row in here:
        if row["verdict"] in _JUDGED:
            _clause(paper, rule, row, first.get((rule.id, code), []), lang)
    silent = [(rule, row) for rule, row in here if row["verdict"] not in _JUDGED]
    for rule, row in silent:
        line = paper.add_paragraph()
        sign, colour = SIGNS[text(row["verdict"])]
        _write(line, f"{sign} {say(text(row['verdict']))}  ", color=colour)
        _write(line, rule_title(rule, lang))
        reason = pick(lang, row["note_zh"], row["note_en"])
        _write(line, f"  {reason}" if reason else "", color="#595F66", size=9.5)


def _clause(paper: Document, rule: Rule, row: dict[str, Any], first: Sequence[dict[str, Any]], lang: str) -> None:
    """Add a clause in a district: verdict, value against target, people missed, its words, where to act first."""
    say = speaker(lang)
    verdict = text(row["verdict"])
    sign, colour = SIGNS[verdict]
    head = _heading(paper, "", 2)
    head.paragraph_format.keep_with_next = True
    head.paragraph_format.space_before = Pt(10)
    _write(head, f"{sign} {say(verdict)}  ", color=colour)
    _write(head, rule_title(rule, lang))
    facts = [
        f"{say('value')} {shown(row['value'], row['value_unit'], lang, row['threshold'])}",
        f"{say('threshold')} {asked(row, lang)}",
    ]
    gap = shown(row["gap"], row["gap_unit"], lang)
    if gap and verdict != "pass":
        facts.append(f"{say('gap')} {gap}")
    missed, people = number(row["missed"]), number(row["people"])
    if missed is not None and people is not None:
        facts.append(say("missed_of", people_text(missed), people_text(people), say(text(row["group"]) or "residents")))
    if number(row["units_judged"]):
        facts.append(
            say("unit_tally", people_text(number(row["units_passing"])), people_text(number(row["units_judged"])))
        )
    line = paper.add_paragraph()
    line.paragraph_format.keep_with_next = True
    # a fact is not torn at the end of a line
    told = [one.replace(" ", "\u00a0") for one in facts if not one.endswith(" ")]
    _write(line, "   ".join(told), bold=True)
    if row["sensitive"]:
        _write(line, f"   * {say('sensitive')}", color="#595F66", size=9.5)
    quote = _styled(paper, "Quote")
    quote.paragraph_format.left_indent = Cm(0.5)
    _write(quote, f"“{rule.clause}”  {rule.document} {rule.section}", color="#595F66")
    notes = [pick(lang, row["note_zh"], row["note_en"]), flags_text(row["flags"], lang)]
    if any(notes):
        _write(paper.add_paragraph(), ("；" if lang == "zh" else "; ").join(one for one in notes if one), size=9.5)
    if first:
        _act_first(paper, first, lang)


_Gaps = dict[tuple[str, str], list[dict[str, Any]]]


def _first_gaps(report: AuditReport) -> _Gaps:
    """Return the first gap patches of each rule and district."""
    found: _Gaps = {}
    plain = pd.DataFrame(report.gaps.drop(columns="geometry", errors="ignore"))
    first = plain.sort_values("rank", kind="stable").groupby(["rule", "district"], sort=False).head(_MOST_GAPS)
    for row in first.to_dict("records"):
        key = (text(row["rule"]), text(row["district"]))
        found.setdefault(key, []).append({str(name): value for name, value in row.items()})
    return found


def _act_first(paper: Document, first: Sequence[dict[str, Any]], lang: str) -> None:
    say = speaker(lang)
    told = [
        f"{text(one['unit_name']) or '–'} ({say('missed_count', people_text(number(one['missed'])))})" for one in first
    ]
    line = paper.add_paragraph()
    _write(line, f"{say('act_first')}  ", size=9.5, color="#8F3E00", bold=True)
    _write(line, ("、" if lang == "zh" else ", ").join(told), size=9.5)


def _picture(paper: Document, image: bytes, caption: str) -> None:
    place = paper.add_paragraph()
    place.alignment = WD_ALIGN_PARAGRAPH.CENTER
    place.paragraph_format.keep_with_next = True
    place.add_run().add_picture(io.BytesIO(image), width=Cm(17.0))
    # who cannot see the picture is told what it shows
    for about in place._p.iter(qn("wp:docPr")):
        about.set("descr", printable(caption))
    told = _styled(paper, "Caption")
    _write(told, caption)
    told.alignment = WD_ALIGN_PARAGRAPH.CENTER


def _table(paper: Document, heads: Sequence[str], wide: Sequence[float]) -> Table:
    """Add a table whose heading is repeated on each page."""
    table: Table = paper.add_table(rows=1, cols=len(heads))
    table.style = paper.styles["Table Grid"]
    table.alignment = WD_TABLE_ALIGNMENT.CENTER
    table.autofit = False
    for column, size in zip(table.columns, wide, strict=True):
        column.width = Cm(size)
    mark = OxmlElement("w:tblHeader")
    mark.set(qn("w:val"), "true")
    table.rows[0]._tr.get_or_add_trPr().append(mark)
    for cell, head, size in zip(table.rows[0].cells, heads, wide, strict=True):
        cell.width = Cm(size)
        _fill(cell, head, bold=True, ground="E8ECEF")
    return table


def _add_row(table: Table) -> tuple[_Cell, ...]:
    row = table.add_row()  # type: ignore[no-untyped-call]
    mark = OxmlElement("w:cantSplit")
    row._tr.get_or_add_trPr().append(mark)
    cells: tuple[_Cell, ...] = row.cells
    for cell, above in zip(cells, table.columns, strict=True):
        cell.width = above.width
    return cells


def _fill(
    cell: _Cell, value: str, *, verdict: str | None = None, centre: bool = False, bold: bool = False, ground: str = ""
) -> None:
    line = cell.paragraphs[0]
    line.paragraph_format.space_after = Pt(0)
    if centre:
        line.alignment = WD_ALIGN_PARAGRAPH.CENTER
    _write(line, value, bold=bold or None, size=9)
    ground = ground or _FILLS.get(verdict or "", "")
    if ground:
        shade = OxmlElement("w:shd")
        for name, setting in (("val", "clear"), ("color", "auto"), ("fill", ground)):
            shade.set(qn(f"w:{name}"), setting)
        cell._tc.get_or_add_tcPr().append(shade)
