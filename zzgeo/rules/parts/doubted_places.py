"""No fail rests on places that the streets say are in another datum: moved back, they might serve.

The doubt is the study's (`zzgeo.intake.datum_check`): a warning that names a file. Nothing is moved; a person says
which datum is right, and until then every finding that uses the file tells of it.
"""

from __future__ import annotations

import dataclasses

import geopandas as gpd

from zzgeo.intake.study import Study
from zzgeo.rules.parts.base import Context, Finding, Judgement, RuleKind
from zzgeo.rules.parts.tabular import FROM_INDICATORS
from zzgeo.standards import Rule
from zzgeo.vocabulary.flags import Flag
from zzgeo.vocabulary.verdicts import FAIL, JUDGED, REVIEW

#: Codes of warnings that the places of a file may be in another datum.
SUSPECTED = frozenset(("crs.gcj02_suspected", "crs.bd09_suspected", "crs.offset_suspected"))


def without_doubted_places(context: Context, rule: Rule, kind: RuleKind, judgement: Judgement) -> Judgement:
    """Return a judgement with every fail that rests on places in a doubtful datum left to a person."""
    files = doubted(context.study, context.study.facilities, rule, kind)
    if not files:
        return judgement
    flag = Flag("places.datum_doubted", files="、".join(files))

    def told(finding: Finding) -> Finding:
        if finding.verdict not in JUDGED or FROM_INDICATORS in finding.flags:
            return finding
        verdict = REVIEW if finding.verdict == FAIL else finding.verdict
        return dataclasses.replace(finding, verdict=verdict, flags=[*finding.flags, flag])

    return dataclasses.replace(judgement, findings=[told(one) for one in judgement.findings])


def doubted(study: Study, facilities: gpd.GeoDataFrame, rule: Rule, kind: RuleKind) -> list[str]:
    """Return the files in a doubtful datum that a clause uses: lists of its facilities, and people it measures from."""
    suspected = {problem.where for problem in study.warnings if problem.code in SUSPECTED}
    if not suspected:
        return []
    used = set(facilities.loc[facilities["kind"].isin(list(rule.facilities)), "source"].astype(str))
    if kind.along is not None:
        used |= {account.path for account in study.accounts if account.layer == "demand"}
    return sorted(suspected & used)
