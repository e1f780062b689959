"""What an audit has to tell of its data and of itself, beside what it found."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zzgeo.errors import Problem
from zzgeo.vocabulary.verdicts import FAIL, PASS

if TYPE_CHECKING:
    from zzgeo.auditing.report import AuditReport


def anything_judged(report: AuditReport) -> bool:
    """Tell whether some clause passes or fails: an audit without a verdict must not read as one that passed."""
    return bool(report.verdicts & {PASS, FAIL})


def noticed(report: AuditReport, *, of_data: bool = True) -> list[Problem]:
    """Return what the user should know: of data that was taken, of rows set aside, of an audit that judged nothing.

    Without ``of_data`` what is told of the study's files is left out: where many tasks share them, it is told once.
    """
    study = report.study
    problems = list(study.warnings) if of_data else []
    if len(study.quarantined):
        rows, remedy = f"{len(study.quarantined)} rows set aside", "see quarantined.csv, or zzgeo check"
        problems.append(Problem("row.set_aside", study.name, "", rows, remedy, "warning"))
    if not anything_judged(report):
        why, remedy = "no clause could be judged: the audit neither passed nor failed", "see what data is missing"
        problems.append(Problem("audit.nothing_judged", study.name, "", why, remedy, "warning"))
    return problems
