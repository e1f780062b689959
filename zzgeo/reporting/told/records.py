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
    rows = table_rows(findings)
    for finding, row in zip(findings.index, rows, strict=True):
        row["flags"] = told.get((finding, row["district"]), [])
        row["holding"] = holding.get((str(row["rule"]), str(row["level"]), text(row["district"])))
    return rows


def table_rows(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows of a table as mappings, as ``to_dict("records")`` does.

    Taken column by column: row by row Arrow wraps up every word on its own, which takes four times as long.

    Examples
    --------
    >>> table_rows(pd.DataFrame({"name": ["a", "b"], "people": [1.5, 2.0]}))
    [{'name': 'a', 'people': 1.5}, {'name': 'b', 'people': 2.0}]
    """
    names = [str(name) for name in table.columns]
    columns = (table[name].tolist() for name in table.columns)
    return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]
