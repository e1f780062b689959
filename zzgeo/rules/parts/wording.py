"""A clause judged as it is written: what its words do not oblige or its data do not show is left to a person (A26)."""

from __future__ import annotations

from zzgeo.rules.parts.base import Context, Judgement, RuleKind
from zzgeo.rules.parts.doubted_places import without_doubted_places
from zzgeo.rules.parts.doubted_streets import without_doubted_streets
from zzgeo.rules.parts.pieces import attribute
from zzgeo.rules.parts.reported import without_open_reports
from zzgeo.rules.parts.tabular import FROM_INDICATORS
from zzgeo.rules.parts.years import dated
from zzgeo.standards import Rule
from zzgeo.vocabulary.flags import Flag
from zzgeo.vocabulary.verdicts import FAIL, PASS, REVIEW

#: Qualities a clause asks of a facility that no place on a map shows, and the words by which a list says them.
_QUALITIES = {"标准化": ("标准化", "standardised", "standardized"), "综合性": ("综合", "comprehensive")}


def judged_as_written(context: Context, rule: Rule, kind: RuleKind) -> Judgement:
    """Judge a clause by its kind; tell the years of reported values, and make no verdict stronger than the words."""
    judgement = without_open_reports(context, rule, dated(context, rule, kind.judge(context, rule)))
    if rule.strength in ("encourage", "allow"):
        _soften(judgement, FAIL, Flag("clause.not_obliged"))
    for quality, words in _QUALITIES.items():
        if quality in rule.clause and rule.facilities and any(one.verdict == PASS for one in judgement.findings):
            facilities, _ = context.facilities(rule)
            named = facilities["name"].fillna("").astype(str).str.contains("|".join(words), case=False).to_numpy()
            silent = int((~(named | attribute(facilities, *words))).sum())
            if silent:
                _soften(judgement, PASS, Flag("clause.quality_unsaid", quality=quality, number=silent))
    return without_doubted_streets(context, kind, without_doubted_places(context, rule, kind, judgement))


def plain(rule: Rule) -> bool:
    """Tell whether the words of a clause oblige and ask for nothing that no place shows: then they soften nothing."""
    return rule.strength not in ("encourage", "allow") and not any(quality in rule.clause for quality in _QUALITIES)


def _soften(judgement: Judgement, verdict: str, flag: Flag) -> None:
    """Leave the findings of one verdict to a person, and say why."""
    for finding in judgement.findings:
        # a row of the indicator table answers the clause in its own words
        if finding.verdict == verdict and (verdict == FAIL or FROM_INDICATORS not in finding.flags):
            finding.verdict = REVIEW
            finding.flags.append(flag)
