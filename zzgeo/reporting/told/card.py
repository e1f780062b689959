"""The scorecard as plain HTML, for notebooks: the answer, the signs, districts by clauses, the whole city below."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

from zzgeo.layers.base import text
from zzgeo.layers.parts.findings import judged_in
from zzgeo.reporting.told.answer import answers
from zzgeo.reporting.told.words import asked, notice, pick, place_name, rows_at, rule_title, score, speaker
from zzgeo.vocabulary.verdicts import LOOKS, verdict_text

if TYPE_CHECKING:
    from zzgeo.auditing.report import AuditReport
    from zzgeo.standards import Rule

#: A notebook shows so many districts; the pages show all.
MOST_DISTRICTS = 60

_NOTICE = "background:#FFF3D6;color:#5C4300;padding:2px 8px;display:inline-block"
_HEAD = "text-align:left;vertical-align:bottom;max-width:9em;white-space:normal;font-weight:400"
_CELL = "text-align:left;white-space:nowrap"
_SIGN = "margin-right:1em;white-space:nowrap"
_WORDS = "text-align:left;max-width:60em;white-space:normal;margin:2px 0"


def scorecard_html(report: AuditReport, lang: str = "zh") -> str:
    """Return the scorecard as HTML that needs no script and no style of the page: the answer, the signs, the table.

    Parameters
    ----------
    report
        An audit.
    lang
        ``"zh"`` or ``"en"``.

    Returns
    -------
    str
        Districts as rows and the clauses judged in some of them as columns, each with sign and value; the whole city is
        the last row. Names and clauses are escaped; how many clauses had no data stands in the answer.
    """
    say = speaker(lang)
    judged = judged_in(report, "district") | judged_in(report, "city")
    rules = [rule for rule in report.rules if rule.id in judged]
    rows_of = rows_at(report, "district") | rows_at(report, "city")
    places = [(str(code), text(name)) for code, name in report.study.districts["name"].sort_index().items()]
    rows = [(code, name or code) for code, name in places[:MOST_DISTRICTS]] + [("", say("city"))]
    body = "".join(
        f'<tr><th style="{_CELL};font-weight:400">{escape(name)}</th>'
        + "".join(_cell(rows_of.get((code, rule.id)), lang) for rule in rules)
        + "</tr>"
        for code, name in rows
    )
    heads = "".join(_head(rule, rows_of.get(("", rule.id)), lang) for rule in rules)
    table = f"<table><thead><tr><th></th>{heads}</tr></thead><tbody>{body}</tbody></table>" if rules else ""
    more = len(places) - MOST_DISTRICTS
    cut = f"<p>{escape(say('more_places', more))}</p>" if more > 0 else ""
    return _front(report, lang) + table + cut


def _front(report: AuditReport, lang: str) -> str:
    """Return what stands above the table: place and day, the notice of the study, the answer, the signs."""
    say = speaker(lang)
    title = f"<p><b>{escape(place_name(report, lang))}</b> {say('as_of')} {report.study.as_of.isoformat()}</p>"
    told = notice(report, lang)
    badge = f'<p style="{_NOTICE}">⚠ {escape(told)}</p>' if told else ""
    first, *others = answers(report)(None)[lang]
    lead = f'<p style="{_WORDS}"><b>{escape(first)}</b></p>'
    lead += "".join(f'<p style="{_WORDS}">{escape(sentence)}</p>' for sentence in others)
    signs = "".join(
        f'<span style="{_SIGN};color:{look.colour}">{escape(verdict_text(verdict, lang))}</span>'
        for verdict, look in LOOKS.items()
    )
    return f"{title}{badge}{lead}<p>{signs}<span>* {escape(say('sensitive'))}</span></p>"


def _head(rule: Rule, city: dict[str, Any] | None, lang: str) -> str:
    target = "" if city is None else asked(city, lang)
    cited = f"{rule.clause} {rule.document} {rule.section}"
    below = f"<br>{escape(target)}" if target else ""
    return f'<th title="{escape(cited)}" style="{_HEAD}">{escape(rule_title(rule, lang))}{below}</th>'


def _cell(finding: dict[str, Any] | None, lang: str) -> str:
    if finding is None:
        return "<td></td>"
    look = LOOKS[str(finding["verdict"])]
    note = pick(lang, finding["note_zh"], finding["note_en"])
    style = f"{_CELL};color:{look.colour}"
    return f'<td title="{escape(note)}" style="{style}">{escape(score(finding, lang))}</td>'
