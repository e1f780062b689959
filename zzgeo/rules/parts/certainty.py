"""How certain the lists are that a clause rests on: parameters of its findings say it, flags what is doubtful."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

from zzgeo.rules.parts.base import Context, Finding, Judgement
from zzgeo.rules.parts.tabular import FROM_INDICATORS
from zzgeo.standards import Rule
from zzgeo.vocabulary.flags import Flag
from zzgeo.vocabulary.verdicts import JUDGED


def with_certainty(context: Context, rule: Rule, judgement: Judgement) -> Judgement:
    """Return a judgement whose findings of districts and of the city say what is known of the lists they rest on."""
    told_of = certainty_of(context, rule)
    return dataclasses.replace(judgement, findings=[told_of(one) for one in judgement.findings])


def certainty_of(context: Context, rule: Rule) -> Callable[[Finding], Finding]:
    """Return what tells a finding of the lists its clause rests on.

    Parameter ``lists`` holds, for every list of a kind of facility the clause counts, what
    `zzgeo.intake.lists.FacilityList.certainty` returns; lists that are old, or not known to be complete, are flagged.
    """
    kinds, as_of = set(rule.facilities), context.study.as_of
    lists = [one for one in context.study.lists if one.kinds & kinds]
    if not lists:
        return lambda finding: finding
    known = [one.certainty(kinds, as_of) for one in lists]
    doubts = {
        "list.not_known_complete": [str(one["file"]) for one in known if one["complete"] == "unknown"],
        "list.stale": [str(one["file"]) for one in known if one["stale"]],
    }
    flags = [Flag(code, lists=files) for code, files in doubts.items() if files]

    def told_of(finding: Finding) -> Finding:
        if finding.level == "unit" or finding.verdict not in JUDGED or FROM_INDICATORS in finding.flags:
            return finding
        params = {**finding.params, "lists": known}
        return finding.changed(params=params, flags=[*finding.flags, *flags])

    return told_of
