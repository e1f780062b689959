"""Numbers of people who were estimated say so where they are headed: in legends, titles and heads of columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zzgeo.intake.estimates import of_group
from zzgeo.reporting.told.words import speaker

if TYPE_CHECKING:
    from zzgeo.auditing.report import AuditReport

#: What stands for every group of people, where all of them are estimated.
EVERYBODY = "*"

#: Columns of people, and of those that are named by their group.
_COUNTS = ("people", "covered", "missed", "excluded")
_GROUPS = ("residents", "aged_60_plus")


def estimated_groups(report: AuditReport) -> list[str]:
    """Return the groups of people whose numbers are estimated; ``["*"]`` where all are, none where all were counted."""
    estimates = report.study.estimates
    if any(not one.groups for one in estimates):
        return [EVERYBODY]
    return sorted({group for one in estimates for group in one.groups})


def group_words(report: AuditReport, group: str, lang: str) -> str:
    """Return the name of a group of people, marked where its numbers are estimated."""
    say = speaker(lang)
    return say("estimated", say(group)) if of_group(report.study.estimates, group) else say(group)


def people_heads(report: AuditReport, lang: str, group: str = "") -> dict[str, str]:
    """Return the heads of columns of people by their words, marked where estimated: of a group, or of any if none."""
    say, estimates = speaker(lang), report.study.estimates
    estimated = of_group(estimates, group) if group else estimates
    heads = {key: say("estimated", say(key)) if estimated else say(key) for key in _COUNTS}
    return heads | {key: group_words(report, key, lang) for key in _GROUPS}
