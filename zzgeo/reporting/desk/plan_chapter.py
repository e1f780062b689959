"""The chapter of a plan in the document: what it comes to, its sites, and a map of them."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from zzgeo.numbers import number_text, people_text
from zzgeo.reporting.desk.map_images import city_image
from zzgeo.reporting.desk.paper import add_drawn, add_heading, add_row, fill_cell, new_table, write
from zzgeo.reporting.told.plans import plan_rows, plan_sentences, plan_title
from zzgeo.reporting.told.words import rule_title, speaker

if TYPE_CHECKING:
    from docx.document import Document
    from docx.text.paragraph import Paragraph

    from zzgeo.auditing.report import AuditReport
    from zzgeo.siting.plan import Plan

#: Sites told in a document; plan_sites.csv lists all.
MOST_SITES = 40


def plan_chapter(paper: Document, report: AuditReport, plan: Plan, lang: str) -> Paragraph:
    """Add a plan: sentences, the table of its sites, the map of the first clause that has one; return its heading."""
    say = speaker(lang)
    head = add_heading(paper, say("proposal"), 1)
    write(paper.add_paragraph(), f"{say('plan_for')}  {plan_title(plan, lang)}", bold=True)
    for sentence in plan_sentences(plan, lang):
        write(paper.add_paragraph(), sentence)
    write(paper.add_paragraph(), say("proposal_hint"), color="#595F66", size=9.5)
    keys = ("plan_order", "place", "district", "people_gained", "cost_yuan", "subsidy_yuan")
    table = new_table(paper, [say(key) for key in keys], [1.4, 5.6, 3.0, 2.4, 2.4, 2.2])
    rows = plan_rows(plan, lang)
    for row in rows.head(MOST_SITES).to_dict("records"):
        numbers = [number_text(row[name]) for name in ("cost_yuan", "subsidy_yuan")]
        told = [f"{row['rank']}", row["name"], row["district_name"], people_text(row["people_gained"]), *numbers]
        for cell, value in zip(add_row(table), told, strict=True):
            fill_cell(cell, value)
    if len(rows) > MOST_SITES:
        write(paper.add_paragraph(), say("plan_more", len(rows) - MOST_SITES), color="#595F66", size=9.5)
    drawn = next((rule for rule in plan.rules if rule.id in report.reach), None)
    if drawn is not None:
        paper.add_paragraph()
        caption = say("map_of", say("plan_sheet"), rule_title(drawn, lang))
        add_drawn(paper, partial(city_image, report, drawn, lang), caption, lang)
    return head
