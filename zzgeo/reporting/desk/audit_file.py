"""The audit file as JSON: a report's provenance, its rules, its findings a line each.

What more than half of the findings of a rule say alike stands once, under ``usual`` of the rule; a finding says what it
says otherwise. ``{**usual, **finding}`` is the whole of it.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from zzgeo.auditing.table import flags_by_finding
from zzgeo.reporting.told.records import table_rows

if TYPE_CHECKING:
    from zzgeo.auditing.report import AuditReport

#: What a finding shares with every other of its rule: told once in ``audit.json``.
_RULE_FIELDS = (
    "rule_kind",
    "standard",
    "document",
    "section",
    "clause",
    "title_zh",
    "title_en",
    "target_year",
    "conflicts",
)

#: What names a finding and what was measured there: it stands in every finding, whatever others say.
_OWN_FIELDS = (
    "finding_id",
    "rule",
    "level",
    "district",
    "unit",
    "unit_name",
    "value",
    "verdict",
    "gap",
    "people",
    "covered",
    "missed",
    "note_zh",
    "note_en",
)


def audit_json(report: AuditReport, files: list[str]) -> bytes:
    """Return the audit file: the report's provenance, its rules and findings, and the files written beside it."""
    study = report.study
    inputs = [
        {
            "path": account.path,
            "sha256": account.sha256,
            "rows_read": account.rows_read,
            "rows_used": account.rows_used,
            "rows_rejected": account.rows_rejected,
        }
        for account in study.accounts
    ]
    rows = _finding_rows(report)
    usual = _usual(rows)
    rules = report.findings[["rule", *_RULE_FIELDS]].drop_duplicates("rule").to_dict("records")
    rest = {
        "zzgeo": None,
        "study": study.name,
        "as_of": study.as_of.isoformat(),
        "inputs": inputs,
        "parameters": {},
        "conservation": {},
        "environment": {},
        **report.provenance,
        "files": files,
        "rules": [{**rule, "usual": usual[rule["rule"]]} for rule in rules],
    }
    head = json.dumps(_plain(rest), ensure_ascii=False, allow_nan=False, indent=1)
    # a finding a line: thousands of them stay readable, and two audits can be compared line by line
    lines = ",\n  ".join(_finding_line(row, usual[row["rule"]]) for row in rows)
    whole = f'{head[:-2]},\n "findings": [\n  {lines}\n ]\n}}\n'
    return whole.encode("utf-8", errors="backslashreplace")


def json_is_whole(findings: int) -> Callable[[bytes], bool]:
    """Return a check that an audit file loads and holds so many findings."""
    return lambda content: len(json.loads(content)["findings"]) == findings


def _finding_rows(report: AuditReport) -> list[dict[str, Any]]:
    """Return the findings as JSON can hold them, without what their rule says, which stands once under ``rules``."""
    flags = flags_by_finding(report.flags, ("code", "details"))
    rows = table_rows(report.findings.drop(columns=list(_RULE_FIELDS)).reset_index())
    for row in rows:
        row["flag_codes"] = flags.get((row["finding_id"], row["district"]), [])
        row["params"] = _in_order(row["params"])
    return [_plain(row) for row in rows]


def _usual(rows: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Return, by rule, what more than half of its findings say alike."""
    by_rule: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        by_rule.setdefault(row["rule"], []).append(row)
    usual: dict[str, dict[str, Any]] = {}
    for rule, own in by_rule.items():
        shared = {name: _majority([row[name] for row in own]) for name in own[0] if name not in _OWN_FIELDS}
        usual[rule] = {name: values[0] for name, values in shared.items() if values}
    return usual


def _majority(values: list[Any]) -> list[Any]:
    """Return the value that more than half of the values equal; none where there is no such value.

    Mappings and lists cannot be counted, so two that differ cancel each other out: what is left is the only candidate.

    Examples
    --------
    >>> _majority([{"a": 1}, {"a": 2}, {"a": 1}]), _majority([1, 2])
    ([{'a': 1}], [])
    """
    kept, left = None, 0
    for value in values:
        kept = value if left == 0 else kept
        left += 1 if value == kept else -1
    return [kept] if 2 * sum(value == kept for value in values) > len(values) else []


def _in_order(value: Any) -> Any:
    """Return a mapping with its keys in their order, inside too, as ``findings.csv`` has them."""
    if isinstance(value, dict):
        return {key: _in_order(value[key]) for key in sorted(value)}
    return [_in_order(part) for part in value] if isinstance(value, list | tuple) else value


def _finding_line(row: dict[str, Any], usual: dict[str, Any]) -> str:
    own = {name: value for name, value in row.items() if name not in usual or usual[name] != value}
    return json.dumps(own, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


#: What JSON holds as it is; of other kinds are numbers, which may be none, and what holds others.
_AS_THEY_ARE = (str, bool, int, type(None))


def _plain(value: Any) -> Any:
    """Return a value as JSON can hold it: what is missing is null, what is unreachable is the word ``inf``."""
    if type(value) in _AS_THEY_ARE:  # nearly every cell
        return value
    if isinstance(value, dict):
        return {str(key): one if type(one) in _AS_THEY_ARE else _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(one) for one in (sorted(value, key=str) if isinstance(value, set | frozenset) else value)]
    if isinstance(value, np.generic):
        return _plain(value.item())
    if isinstance(value, float):
        return None if math.isnan(value) else value if math.isfinite(value) else ("inf" if value > 0 else "-inf")
    if value is None or isinstance(value, str | int | bool):
        return value
    return None if value != value else str(value)
