"""Every clause with how far it could be judged: a row of `zzgeo.AuditReport.clauses` each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pandas as pd

from zzgeo.served import CITY
from zzgeo.standards import Rule
from zzgeo.vocabulary.verdicts import JUDGED, NODATA, NOT_APPLICABLE

#: Columns of `AuditReport.rollup` taken over from the city's finding.
ROLLUP_COLUMNS = (
    "verdict",
    "value",
    "value_unit",
    "operator",
    "threshold",
    "gap",
    "gap_unit",
    "group",
    "people",
    "covered",
    "missed",
    "excluded",
    "sensitive",
    "flags",
    "flag_codes",
    "note_zh",
    "note_en",
)

_COLUMNS = [
    "standard",
    "document",
    "section",
    "title_zh",
    "title_en",
    "clause",
    "rule_kind",
    "coverage",
    "answer_zh",
    "answer_en",
    "reason",
]


def clause_rows(rules: Iterable[Rule], findings: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Return a row per clause, from the findings of each by its id; those that were not judged have none."""
    rows = {rule.id: _row(rule, findings.get(rule.id)) for rule in rules}
    return pd.DataFrame.from_dict(rows, orient="index", columns=_COLUMNS).rename_axis("rule")


def _row(rule: Rule, findings: pd.DataFrame | None) -> list[str]:
    """Return the row of `AuditReport.clauses`; what the city's finding says would answer it, else a district's."""
    coverage, zh, en = "recorded" if rule.recorded else "left-out", "", ""
    if findings is not None:
        verdicts = findings["verdict"]
        judged, missing = verdicts.isin(JUDGED).any(), verdicts == NODATA
        coverage = "judged" if judged else "nodata" if missing.any() else NOT_APPLICABLE
        if coverage == "nodata":
            first = findings[missing].sort_values("level", key=lambda level: level != CITY, kind="stable").iloc[0]
            zh, en = str(first["note_zh"]), str(first["note_en"])
    title = (rule.title, rule.title_en)
    place = (rule.standard, rule.document, rule.section)
    return [*place, *title, rule.clause, rule.rule, coverage, zh, en, rule.reason if coverage == "recorded" else ""]
