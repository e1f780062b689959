"""The report as a document for Word and WPS: what was judged, the scorecard, then district by district.

Chinese text has its own font named, headings make an outline and a list of contents, tables repeat their heading on
each page, and the same report gives the same bytes.
"""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

import docx
import pandas as pd
from docx.document import Document
from docx.enum.section import WD_ORIENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_TAB_ALIGNMENT, WD_TAB_LEADER
from docx.oxml.ns import qn
from docx.shared import Cm, Pt, RGBColor
from docx.text.paragraph import Paragraph

from zzgeo.layers.base import number, printable, text
from zzgeo.layers.parts.headline import headline
from zzgeo.numbers import people_text
from zzgeo.reporting.desk.clause_maps import ClauseMaps, clause_maps
from zzgeo.reporting.desk.map_images import city_image, district_image
from zzgeo.reporting.desk.paper import (
    add_bookmark,
    add_drawn,
    add_field,
    add_heading,
    add_link,
    add_page_of,
    add_row,
    fill_cell,
    new_table,
    styled,
    write,
)
from zzgeo.reporting.desk.plan_chapter import plan_chapter
from zzgeo.reporting.desk.quality_chapter import MARK as QUALITY
from zzgeo.reporting.desk.quality_chapter import quality_chapter
from zzgeo.reporting.told.answer import answers
from zzgeo.reporting.told.clauses import clause_groups
from zzgeo.reporting.told.estimated import group_words
from zzgeo.reporting.told.lists import lists_of_rules, rests_on
from zzgeo.reporting.told.words import (
    asked,
    facts_text,
    flags_text,
    notice,
    pick,
    place_name,
    rows_at,
    rule_title,
    score,
    shown,
    speaker,
)
from zzgeo.vocabulary.verdicts import FAIL, JUDGED, LOOKS, NODATA, PASS, REVIEW, verdict_text

if TYPE_CHECKING:
    from zzgeo.auditing.report import AuditReport
    from zzgeo.standards import Rule

#: Rules side by side in one table of the scorecard; more stand in further tables.
_MOST_ACROSS = 8
#: Gap patches told per clause of a district; gaps.csv lists all.
_MOST_GAPS = 3

_LATIN, _CHINESE = "Arial", "Microsoft YaHei"


def _untold(what: str) -> None:
    """Tell nobody."""


def pictures(report: AuditReport) -> int:
    """Return how many maps the document has."""
    return len(clause_maps(report).shown) + (headline(report) is not None)


def document_bytes(report: AuditReport, lang: str = "zh", step: Callable[[str], None] = _untold) -> bytes:
    """Return the report as the bytes of a docx file, in Chinese or English; `step` is called after each map."""
    paper = docx.Document()
    _set_up(paper, report, lang)
    rules = [rule for rule in report.rules if rule.id in set(clause_groups(report)["score"])]
    maps = clause_maps(report)
    _front(paper, report, rules, lang)
    if len(maps.shown) < maps.drawable:
        told = speaker(lang)("maps_cut", people_text(maps.drawable), people_text(len(maps.shown)))
        write(paper.add_paragraph(), told, color="#595F66", size=9.5)
    _scorecard(paper, report, rules, lang)
    if headline(report) is not None:
        step(speaker(lang)("city"))
    _indicators(paper, report, lang)
    for place, plan in enumerate(report.plans):
        add_bookmark(plan_chapter(paper, report, plan, lang), f"plan{place}", 10 + place)
    found, first, lists = rows_at(report, "district"), _first_steps(report), lists_of_rules(report)
    answer = answers(report)
    for place, (code, name) in enumerate(report.study.districts["name"].sort_index().items()):
        here = [(rule, found[(str(code), rule.id)]) for rule in rules if (str(code), rule.id) in found]
        head = add_heading(paper, text(name), 1)
        add_bookmark(head, f"d{code}", 1000 + place)
        draw = _clause_drawer(report, maps, str(code), text(name), lang, step)
        line = paper.add_paragraph()
        line.paragraph_format.keep_with_next = True
        write(line, str(code), color="#595F66")
        _answer(paper, answer(str(code))[lang])
        _district(paper, report, str(code), here, first, lang, draw, lists)
    quality_chapter(paper, report, lang)
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
    add_field(foot, "PAGE")
    write(foot, " / ")
    add_field(foot, "NUMPAGES")


def _front(paper: Document, report: AuditReport, rules: Sequence[Rule], lang: str) -> None:
    say = speaker(lang)
    paper.add_paragraph(printable(f"{place_name(report, lang)} {say('report')}"), style="Title")
    about = paper.add_paragraph()
    write(about, facts_text(report, lang), color="#595F66")
    told = notice(report, lang)
    if told:
        write(paper.add_paragraph(), f"⚠ {told}", bold=True, color="#5C4300")
    _answer(paper, answers(report)(None)[lang])
    _contents(paper, report, lang)
    add_bookmark(add_heading(paper, say("judged_what"), 1), "judged", 0)
    rows = report.findings[
        (report.findings["level"] == "district") & report.findings["rule"].isin([r.id for r in rules])
    ]
    count = Counter(rows["verdict"])
    documents = ("、" if lang == "zh" else ", ").join(dict.fromkeys(rule.document for rule in rules)) or "–"
    places = len(report.study.districts)
    counts = [str(count[verdict]) for verdict in (PASS, FAIL, REVIEW, NODATA)]
    paper.add_paragraph(
        printable(say("judged_text", documents, report.study.as_of.isoformat(), places, len(rules), *counts))
    )
    paper.add_paragraph(say("method_text"))
    signs = "   ".join(verdict_text(verdict, lang) for verdict in LOOKS)
    write(paper.add_paragraph(), f"{say('signs')}  {signs}   * {say('sensitive')}", color="#595F66", size=9.5)


def _answer(paper: Document, sentences: Sequence[str]) -> None:
    """Add the answer for a place: its first sentence large, the others below it."""
    first, *others = sentences
    write(paper.add_paragraph(), first, bold=True, size=12)
    for sentence in others:
        write(paper.add_paragraph(), sentence)


def _contents(paper: Document, report: AuditReport, lang: str) -> None:
    """Add a list of contents, with links and the pages they lead to.

    Each page is a field of its own: in a list of contents of Word's, other programs show what was written last.
    """
    say = speaker(lang)
    write(paper.add_paragraph(), say("contents"), bold=True, size=12)
    entries = [(say("judged_what"), "judged"), (say("scorecard"), "scorecard")]
    entries += [(say("indicators"), "indicators")] if clause_groups(report)["indicators"] else []
    entries += [(say("proposal"), f"plan{place}") for place in range(len(report.plans))]
    entries += [(text(name), f"d{code}") for code, name in report.study.districts["name"].sort_index().items()]
    entries.append((say("quality"), QUALITY))
    lines = [paper.add_paragraph() for _ in entries]
    for line, (name, mark) in zip(lines, entries, strict=True):
        line.paragraph_format.space_after = Pt(0)
        line.paragraph_format.tab_stops.add_tab_stop(Cm(17.0), WD_TAB_ALIGNMENT.RIGHT, WD_TAB_LEADER.DOTS)
        add_link(line, name, mark)
        line.add_run("\t")
        add_page_of(line, mark)
    lines[-1].paragraph_format.space_after = Pt(8)


def _scorecard(paper: Document, report: AuditReport, rules: Sequence[Rule], lang: str) -> None:
    """Add the table of districts x rules, in as many tables as the paper is wide, and the map of the city."""
    say = speaker(lang)
    add_bookmark(add_heading(paper, say("scorecard"), 1), "scorecard", 1)
    by_district, whole = rows_at(report, "district"), rows_at(report, "city")
    places = [(str(code), text(name)) for code, name in report.study.districts["name"].sort_index().items()]
    tables = -(-len(rules) // _MOST_ACROSS)
    size = -(-len(rules) // max(tables, 1))  # ten rules are two tables of five, not eight and two
    for start in range(0, len(rules), max(size, 1)):
        part = rules[start : start + size]
        table = new_table(
            paper, [say("district"), *(rule_title(rule, lang) for rule in part)], [2.6] + [14.4 / len(part)] * len(part)
        )
        for code, name in [*places, ("", say("city"))]:
            cells = add_row(table)
            fill_cell(cells[0], name, bold=not code)
            for cell, rule in zip(cells[1:], part, strict=True):
                row = by_district.get((code, rule.id)) if code else whole.get(("", rule.id))
                fill_cell(
                    cell,
                    score(row, lang),
                    verdict=None if row is None else text(row["verdict"]),
                    centre=True,
                    bold=not code,
                )
        paper.add_paragraph()
    first = headline(report)
    if first is not None:
        caption = say("map_of", say("missed"), rule_title(first, lang))
        add_drawn(paper, partial(city_image, report, first, lang), caption, lang)


def _indicators(paper: Document, report: AuditReport, lang: str) -> None:
    """Add the rules that have one figure for the whole city."""
    say = speaker(lang)
    chosen = set(clause_groups(report)["indicators"])
    rules = [rule for rule in report.rules if rule.id in chosen]
    if not rules:
        return
    add_bookmark(add_heading(paper, say("indicators"), 1), "indicators", 3)
    by_rule = rows_at(report, "city")
    table = new_table(
        paper, [say("rule"), say("document"), say("verdict"), say("value"), say("threshold")], [6.4, 4.0, 2.2, 2.2, 2.2]
    )
    for rule in rules:
        row, cells = by_rule[("", rule.id)], add_row(table)
        verdict = text(row["verdict"])
        fill_cell(cells[0], rule_title(rule, lang))
        fill_cell(cells[1], f"{rule.document} {rule.section}")
        fill_cell(cells[2], verdict_text(verdict, lang), verdict=verdict)
        fill_cell(cells[3], shown(row["value"], row["value_unit"], lang, row["threshold"]))
        fill_cell(cells[4], asked(row, lang))


_Draw = Callable[[Document, "Rule", dict[str, Any]], bool]


def _clause_drawer(
    report: AuditReport, maps: ClauseMaps, code: str, name: str, lang: str, step: Callable[[str], None]
) -> _Draw:
    """Return a function that adds the map of a clause in a district, and tells whether the document has one."""
    say = speaker(lang)

    def draw(paper: Document, rule: Rule, row: dict[str, Any]) -> bool:
        if (code, rule.id) not in maps.shown:
            return False
        title = rule_title(rule, lang)
        facts = [verdict_text(text(row["verdict"]), lang), *_measured(row, lang)]
        told = ("，" if lang == "zh" else ", ").join(facts)
        add_drawn(paper, partial(district_image, report, code, rule, lang), say("map_told", name, title, told), lang)
        step(f"{name} {title}")
        return True

    return draw


def _measured(row: dict[str, Any], lang: str) -> list[str]:
    """Return value against target and people missed of a finding, as a caption tells them."""
    say = speaker(lang)
    facts = [
        f"{say(name)} {figure}"
        for name, figure in (
            ("value", shown(row["value"], row["value_unit"], lang, row["threshold"])),
            ("threshold", asked(row, lang)),
        )
        if figure
    ]
    missed = number(row["missed"])
    return facts if missed is None else [*facts, say("missed_count", people_text(missed))]


def _district(
    paper: Document,
    report: AuditReport,
    code: str,
    here: Sequence[tuple[Rule, dict[str, Any]]],
    first: _FirstSteps,
    lang: str,
    draw: _Draw,
    lists: dict[str, list[dict[str, str]]],
) -> None:
    """Add each clause that was judged in a district, with its map."""
    say = speaker(lang)
    for rule, row in here:
        if row["verdict"] in JUDGED:
            lines = _clause(paper, report, (rule, row), first.get((rule.id, code)), lang)
            if rests_on(row["params"]):
                lines.append(paper.add_paragraph())
                known = [one[lang] for one in lists.get(rule.id, [])]
                write(
                    lines[-1],
                    f"{say('lists')}  {('；' if lang == 'zh' else '; ').join(known)}",
                    color="#595F66",
                    size=9,
                )
            if draw(paper, rule, row):
                for line in lines:  # words and map of a clause are not torn apart by the end of a page
                    line.paragraph_format.keep_with_next = True
    silent = [(rule, row) for rule, row in here if row["verdict"] not in JUDGED]
    for rule, row in silent:
        line = paper.add_paragraph()
        verdict = text(row["verdict"])
        write(line, f"{verdict_text(verdict, lang)}  ", color=LOOKS[verdict].colour)
        write(line, rule_title(rule, lang))
        reason = pick(lang, row["note_zh"], row["note_en"])
        write(line, f"  {reason}" if reason else "", color="#595F66", size=9.5)


def _clause(
    paper: Document, report: AuditReport, judged: tuple[Rule, dict[str, Any]], first: _Steps | None, lang: str
) -> list[Paragraph]:
    """Add a clause in a district: verdict, value against target, people missed, its words, where to act first."""
    (rule, row), say = judged, speaker(lang)
    verdict = text(row["verdict"])
    head = add_heading(paper, "", 2)
    head.paragraph_format.keep_with_next = True
    head.paragraph_format.space_before = Pt(10)
    write(head, f"{verdict_text(verdict, lang)}  ", color=LOOKS[verdict].colour)
    write(head, rule_title(rule, lang))
    facts = [
        f"{say('value')} {shown(row['value'], row['value_unit'], lang, row['threshold'])}",
        f"{say('threshold')} {asked(row, lang)}",
    ]
    gap = shown(row["gap"], row["gap_unit"], lang)
    if gap and verdict != "pass":
        facts.append(f"{say('gap')} {gap}")
    missed, people = number(row["missed"]), number(row["people"])
    if missed is not None and people is not None:
        group = group_words(report, text(row["group"]) or "residents", lang)
        facts.append(say("missed_of", people_text(missed), people_text(people), group))
    if number(row["units_judged"]):
        facts.append(
            say("unit_tally", people_text(number(row["units_passing"])), people_text(number(row["units_judged"])))
        )
    line = paper.add_paragraph()
    line.paragraph_format.keep_with_next = True
    # a fact is not torn at the end of a line
    told = [one.replace(" ", "\u00a0") for one in facts if not one.endswith(" ")]
    write(line, "   ".join(told), bold=True)
    if row["sensitive"]:
        write(line, f"   * {say('sensitive')}", color="#595F66", size=9.5)
    quote = styled(paper, "Quote")
    quote.paragraph_format.left_indent = Cm(0.5)
    write(quote, f"“{rule.clause}”  {rule.document} {rule.section}", color="#595F66")
    added = [head, line, quote]
    notes = [pick(lang, row["note_zh"], row["note_en"]), flags_text(row["flags"], lang)]
    if any(notes):
        added.append(paper.add_paragraph())
        write(added[-1], ("；" if lang == "zh" else "; ").join(one for one in notes if one), size=9.5)
    if first is not None:
        added += _act_first(paper, first, lang)
    return added


@dataclass(frozen=True)
class _Steps:
    """Where to act first for a clause in a district: its first gap patches, and its next sites."""

    gaps: list[dict[str, Any]] = field(default_factory=list)
    sites: list[dict[str, Any]] = field(default_factory=list)


_FirstSteps = dict[tuple[str, str], _Steps]


def _first_steps(report: AuditReport) -> _FirstSteps:
    """Return the first steps of each rule and district."""
    steps: defaultdict[tuple[str, str], _Steps] = defaultdict(_Steps)
    plain = pd.DataFrame(report.gaps.drop(columns="geometry", errors="ignore"))
    first = plain.sort_values("rank", kind="stable").groupby(["rule", "district"], sort=False).head(_MOST_GAPS)
    for row in first.to_dict("records"):
        own = steps[text(row["rule"]), text(row["district"])].gaps
        own.append({str(name): value for name, value in row.items()})
    for row in report.next_sites.to_dict("records"):
        own = steps[text(row["rule"]), text(row["district"])].sites
        own.append({str(name): value for name, value in row.items()})
    return dict(steps)


def _act_first(paper: Document, steps: _Steps, lang: str) -> list[Paragraph]:
    """Add a line of the gap patches to close first, and one of the next sites."""
    say = speaker(lang)
    gaps = [
        f"{text(one['unit_name']) or '–'} ({say('missed_count', people_text(number(one['missed'])))})"
        for one in steps.gaps
    ]
    sites = []
    for one in steps.sites:
        place = text(one.get("unit_name")) or text(one.get("unit")) or text(one.get("demand_id"))
        sites.append(f"{place} ({say('gained')} {people_text(number(one.get('gained_people'))) or '–'})")
    lines = []
    for title, parts in ((say("act_first"), gaps), (say("next"), sites)):
        if parts:
            lines.append(paper.add_paragraph())
            write(lines[-1], f"{title}  ", size=9.5, color=LOOKS[FAIL].colour, bold=True)
            write(lines[-1], ("、" if lang == "zh" else ", ").join(parts), size=9.5)
    return lines
