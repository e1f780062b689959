"""No verdict rests on the doubt of people who were estimated.

Where the number of a place may be off by a share, a share of people lies between the one with every place that is
covered holding so many fewer and every other so many more, and the other way round; a figure per head is that of so
many more or fewer people, unless their total was counted and only where they live is estimated. Where a verdict is not
the same all over that range it is left to a person; of a share of units, as many as were left open may turn.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable

from zzgeo.intake.estimates import Estimate, of_group
from zzgeo.intake.people_told import values_of
from zzgeo.rules.parts.base import Context, Finding, Judgement
from zzgeo.rules.parts.lost_people import is_judged, left_open, units_turn
from zzgeo.rules.parts.tabular import compare
from zzgeo.standards import Rule

_FLAGS = ("people.estimated", "people.estimated_decide")


def without_estimated_people(context: Context, rule: Rule, judgement: Judgement) -> Judgement:
    """Return a judgement that tells of estimated people, with no verdict resting on their doubt."""
    if not context.study.estimates:
        return judgement
    findings = judgement.findings
    for one in of_group(context.study.estimates, context.group(rule)[0]):
        findings = _told_of(one, findings)
    return dataclasses.replace(judgement, findings=findings)


def may_come_to(finding: Finding, estimate: Estimate) -> set[str]:
    """Return the verdicts a finding may have with the people of an estimate within its doubt.

    Empty where it counts no people, or only a total that is known: nothing of it depends on the estimate.

    Examples
    --------
    >>> finding = Finding("city", "city", "pass", value=0.92, threshold=0.9, covered=92.0, missed=8.0)
    >>> sorted(may_come_to(finding, Estimate("floor-area", "", "", doubt=0.05)))
    ['pass']
    >>> sorted(may_come_to(finding, Estimate("floor-area", "", "", doubt=0.3)))
    ['fail', 'pass']
    """
    limit, fewer, more = (finding.operator, finding.threshold), 1 - estimate.doubt, 1 + estimate.doubt
    counted = finding.covered + finding.missed
    if finding.value_unit == "share" and finding.gap_unit != "units" and counted > 0:
        pairs = ((finding.covered * fewer, finding.missed * more), (finding.covered * more, finding.missed * fewer))
        return {compare(covered / (covered + missed), *limit) for covered, missed in pairs}
    population = finding.params.get("population")
    if isinstance(population, float) and finding.params.get("population_from") != "indicators" and population > 0:
        return set() if estimate.sums_known else {compare(finding.value / part, *limit) for part in (fewer, more)}
    return set()


def _told_of(estimate: Estimate, findings: Iterable[Finding]) -> list[Finding]:
    findings, open_units = list(findings), dict[str, list[Finding]]()
    turning = [bool(may_come_to(finding, estimate) - {finding.verdict}) for finding in findings]
    for finding, turns in zip(findings, turning, strict=True):
        if finding.level == "unit" and turns and is_judged(finding):
            open_units.setdefault(finding.district, []).append(finding)
    return [
        left_open(finding, turns or units_turn(finding, open_units), _FLAGS, **values_of(estimate))
        if finding.people > 0 or may_come_to(finding, estimate)
        else finding
        for finding, turns in zip(findings, turning, strict=True)
    ]
