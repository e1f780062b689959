"""Every clause with how far it could be judged: a row of `zzgeo.AuditReport.clauses` each."""

from __future__ import annotations

from collections.abc import Iterable

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
    "reason_en",
]


def clause_rows(rules: Iterable[Rule], findings: pd.DataFrame) -> pd.DataFrame:
    """Return a row per clause, from the findings of all (rule, level, verdict, notes); who was not judged has none."""
    verdicts = findings["verdict"]
    judged, told_of = set(findings["rule"][verdicts.isin(JUDGED)]), set(findings["rule"])
    missing = findings[verdicts == NODATA]
    # what the city's finding says would answer it, else the first district's
    first = missing.sort_values("level", key=lambda level: level != CITY, kind="stable").drop_duplicates("rule")
    columns = (first[name].astype(str) for name in ("rule", "note_zh", "note_en"))
    answers = {rule: (zh, en) for rule, zh, en in zip(*columns, strict=True)}
    rows = {}
    for rule in rules:
        coverage = "recorded" if rule.recorded else "left-out"
        if rule.id in told_of:
            coverage = "judged" if rule.id in judged else "nodata" if rule.id in answers else NOT_APPLICABLE
        answer = answers[rule.id] if coverage == "nodata" else ("", "")
        rows[rule.id] = _row(rule, coverage, answer)
    return pd.DataFrame.from_dict(rows, orient="index", columns=_COLUMNS).rename_axis("rule")


def _row(rule: Rule, coverage: str, answer: tuple[str, str]) -> list[str]:
    """Return the row of `AuditReport.clauses`."""
    place, title = (rule.standard, rule.document, rule.section), (rule.title, rule.title_en)
    reasons = (rule.reason, rule.reason_en or rule.reason) if coverage == "recorded" else ("", "")
    return [*place, *title, rule.clause, rule.rule, coverage, *answer, *reasons]
