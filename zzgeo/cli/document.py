"""What ``--json`` prints: one document on standard output, of what was done or of what stood in the way.

Every document has ``exit_code`` and ``problems``; the rest is the command's own. docs/data-set.md lists the keys.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from zzgeo.cli.console import print_json
from zzgeo.errors import Problem

if TYPE_CHECKING:
    from zzgeo.batch.job import AuditChoices, AuditDone


def print_document(exit_code: int, problems: Iterable[Problem], **rest: object) -> None:
    """Print a document: its exit code, what belongs to the command, and the problems."""
    import json

    told = {"exit_code": exit_code, **rest, "problems": [problem_json(problem) for problem in problems]}
    print_json(json.dumps(told, ensure_ascii=False, allow_nan=False, indent=1))


def problem_json(problem: Problem) -> dict[str, str]:
    """Return a problem as JSON can hold it.

    Examples
    --------
    >>> problem_json(Problem("crs.missing", "clinics.csv", "", "the datum is unknown", "say datum"))["severity"]
    'error'
    """
    names = ("code", "severity", "where", "value", "why", "remedy")
    return {name: getattr(problem, name) for name in names}


def audit_json(done: AuditDone, choices: AuditChoices) -> Mapping[str, Any]:
    """Return what ``zzgeo audit --json`` prints of a done audit, beside exit code and problems."""
    from zzgeo.reporting.outputs import front

    report = done.report
    verdicts = {
        level: part["verdict"].value_counts().sort_index().to_dict()
        for level, part in report.findings.groupby("level", sort=True)
    }
    return {
        "study": report.study.name,
        "as_of": report.study.as_of.isoformat(),
        "result": str(done.path),
        "opens": front(choices.files),
        "verdicts": verdicts,
        "clauses": report.clauses()["coverage"].value_counts().sort_index().to_dict(),
        "changes": None if done.comparison is None else _changes(done),
    }


def _changes(done: AuditDone) -> dict[str, int]:
    assert done.comparison is not None
    return {str(word): int(count) for word, count in done.comparison.changes["change"].value_counts().items()}
