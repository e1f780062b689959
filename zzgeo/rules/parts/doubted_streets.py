"""No fail along the streets rests on streets left out for a class nobody knows: walked, they might shorten a way.

The doubt is the study's (`zzgeo.spec.unknown_classes`): a warning that names the file and the share. A pass needs no
street more.
"""

from __future__ import annotations

import dataclasses

from zzgeo.intake.study import Study
from zzgeo.rules.parts.base import Context, Finding, Judgement, RuleKind
from zzgeo.rules.parts.tabular import FROM_INDICATORS
from zzgeo.spec.unknown_classes import CODE
from zzgeo.vocabulary.flags import Flag
from zzgeo.vocabulary.verdicts import FAIL, JUDGED, REVIEW


def without_doubted_streets(context: Context, kind: RuleKind, judgement: Judgement) -> Judgement:
    """Return a judgement with every fail that rests on streets of unknown classes left to a person."""
    if not streets_doubted(context.study, kind):
        return judgement

    def told(finding: Finding) -> Finding:
        if finding.verdict not in JUDGED or FROM_INDICATORS in finding.flags:
            return finding
        verdict = REVIEW if finding.verdict == FAIL else finding.verdict
        return dataclasses.replace(finding, verdict=verdict, flags=[*finding.flags, Flag("streets.class_left_out")])

    return dataclasses.replace(judgement, findings=[told(one) for one in judgement.findings])


def streets_doubted(study: Study, kind: RuleKind) -> bool:
    """Tell whether streets that matter were left out for their class, and a kind of clause is decided along streets."""
    return kind.along == "streets" and any(problem.code == CODE for problem in study.warnings)
