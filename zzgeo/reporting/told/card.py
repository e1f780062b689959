"""The scorecard as a plain table of HTML, for notebooks."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from zzgeo.layers.base import text
from zzgeo.reporting.told.content import card
from zzgeo.reporting.told.records import records
from zzgeo.reporting.told.words import place_names
from zzgeo.vocabulary.verdicts import LOOKS, SILENT

if TYPE_CHECKING:
    from zzgeo.auditing.report import AuditReport


def scorecard_html(report: AuditReport) -> str:
    """Return the scorecard, districts as rows and rules as columns, as an HTML table that needs no script.

    Names and clauses are escaped; the notice of the study stands above the table.
    """
    by_place = {
        (text(row["district"]), row["rule"]): card(row)
        for row in records(report, report.findings[report.findings["level"] == "district"])
    }
    heads = "".join(
        f'<th title="{escape(rule.clause)} {escape(rule.document)} {escape(rule.section)}" '
        f'style="text-align:center;max-width:9em;white-space:normal;font-weight:400">{escape(rule.title)}</th>'
        for rule in report.rules
    )
    rows = []
    for code, name in report.study.districts["name"].sort_index().items():
        cells = "".join(_cell(by_place.get((str(code), rule.id))) for rule in report.rules)
        rows.append(f'<tr><th style="text-align:left;font-weight:400">{escape(text(name))}</th>{cells}</tr>')
    notice = text(dict(report.study.notice).get("zh"))
    badge = "background:#FFF3D6;padding:2px 8px;display:inline-block"
    told = f'<p style="{badge}">⚠ {escape(notice)}</p>' if notice else ""
    title = f"<p><b>{escape(place_names(report)[0])}</b> {report.study.as_of.isoformat()}</p>"
    return f"{title}{told}<table><thead><tr><th></th>{heads}</tr></thead><tbody>{''.join(rows)}</tbody></table>"


def _cell(found: dict[str, object] | None) -> str:
    if found is None:
        return "<td></td>"
    look = LOOKS[str(found["verdict"])]
    value = "" if look.id in SILENT else escape(str(found["value"]))
    return f'<td style="text-align:center;color:{look.colour};white-space:nowrap">{look.sign} {value}</td>'
