"""Findings as a planner reads them: a plain table of words and numbers in one language."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from zzgeo.layers.base import number, text
from zzgeo.numbers import people_text
from zzgeo.reporting.told.words import asked, pick, shown, speaker
from zzgeo.vocabulary.verdicts import verdict_text

if TYPE_CHECKING:
    from zzgeo.auditing.report import AuditReport


def findings_table(
    report: AuditReport,
    district: str | None = None,
    rule: str | None = None,
    *,
    level: str = "district",
    lang: str = "zh",
) -> pd.DataFrame:
    """Return findings with what a planner asks first: place, rule, verdict, result, target, who is missed, the clause.

    Parameters
    ----------
    report
        An audit.
    district, rule
        Code of a district and id of a rule; all if left out.
    level
        ``"unit"``, ``"district"``, ``"city"`` or ``"zone"``.
    lang
        ``"zh"`` or ``"en"``.

    Returns
    -------
    DataFrame of text, shape (n_findings, 8)
        Index as in ``report.findings``, which holds the numbers as files tell them.
    """
    rows = report.findings[report.findings["level"] == level]
    if district is not None:
        rows = rows[rows["district"].map(text) == district]
    if rule is not None:
        rows = rows[rows["rule"] == rule]
    say = speaker(lang)
    cells = [
        [
            text(finding["unit_name"]) or text(finding["district_name"]) or say("city"),
            pick(lang, finding["title_zh"], finding["title_en"]),
            verdict_text(finding["verdict"], lang) + (" *" if finding["sensitive"] else ""),
            shown(finding["value"], finding["value_unit"], lang, finding["threshold"]),
            asked({str(key): value for key, value in finding.items()}, lang),
            people_text(number(finding["missed"])),
            text(finding["clause"]),
            f"{text(finding['document'])} {text(finding['section'])}",
        ]
        for finding in rows.to_dict("records")
    ]
    heads = ("place", "rule", "verdict", "value", "threshold", "missed", "clause", "document")
    return pd.DataFrame(cells, columns=[say(head) for head in heads], index=rows.index)
