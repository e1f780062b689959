"""Findings as plain records, with what they flag in both languages: what pages and files for the desk are made of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from zzgeo.auditing.table import flags_by_finding
from zzgeo.layers.base import text
from zzgeo.reporting.told.holding import holding_sentences

if TYPE_CHECKING:
    from zzgeo.auditing.report import AuditReport


def records(report: AuditReport, findings: pd.DataFrame) -> list[dict[str, Any]]:
    """Return some findings of a report, each with its ``flags`` in both languages: a list of ``{"zh": …, "en": …}``.

    ``holding`` says in both languages whether the verdict holds under other assumptions; None where nobody computed it.
    """
    flags = report.flags
    wanted = flags["rule"].isin(findings["rule"].unique()) & flags["level"].isin(findings["level"].unique())
    told = flags_by_finding(flags.loc[wanted, ["district", "zh", "en"]], ("zh", "en"))
    holding = holding_sentences(report)
    rows = [{str(name): value for name, value in row.items()} for row in findings.to_dict("records")]
    for finding, row in zip(findings.index, rows, strict=True):
        row["flags"] = told.get((finding, row["district"]), [])
        row["holding"] = holding.get((str(row["rule"]), str(row["level"]), text(row["district"])))
    return rows
