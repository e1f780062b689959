"""Every rule, every district: how an audit runs."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd

from zzgeo.auditing.clauses import clauses_of
from zzgeo.auditing.provenance import provenance_of
from zzgeo.auditing.report import AuditReport, Progress
from zzgeo.auditing.table import findings_of, flags_of
from zzgeo.auditing.tables import joined, snapping
from zzgeo.auditing.zones import zone_judgements
from zzgeo.errors import ConservationError
from zzgeo.intake.divisions import refuse_unknown
from zzgeo.intake.study import Study
from zzgeo.memory import bulk_work
from zzgeo.notebook import notebook_progress
from zzgeo.rules.parts.base import Context, Judgement, RuleKind
from zzgeo.rules.parts.covered import of_districts
from zzgeo.rules.parts.losses import judged
from zzgeo.siting.gaps import gap_patches
from zzgeo.siting.ranking import ranking
from zzgeo.siting.sites import SITE_COLUMNS, next_sites
from zzgeo.standards import Rule, Standard


@bulk_work()
def audit(
    study: Study,
    standards: Sequence[str | Path | Standard] | None = None,
    profile: str | None = None,
    *,
    districts: Sequence[str] = (),
    progress: Progress | None = None,
) -> AuditReport:
    """Judge every rule in every district of a study.

    Parameters
    ----------
    study
        A loaded study.
    standards
        Ids of shipped standards, paths of TOML files, or standards; left out, those of the study or of the profile.
    profile
        Id of a profile; left out, the study's own.
    districts
        Codes of the districts to judge; all if left out. Facilities and streets of the others still serve.
    progress
        Called with (what, done, total) after each rule; a notebook shows a bar if it is left out.

    Returns
    -------
    AuditReport
        A finding per rule and unit, district, city and zone, who is missed, where, and what it all rests on.

    Raises
    ------
    StandardError
        If a standard or profile is unknown, a clause is unverified, or its kind of rule is unknown.
    InputError
        If a district is unknown.
    ConservationError
        If people in are not covered + missed + excluded.

    Examples
    --------
    >>> import tempfile, zzgeo
    >>> from zzgeo.intake.example import write_example
    >>> study = zzgeo.load_study(write_example(tempfile.mkdtemp()))
    >>> zzgeo.audit(study, profile="zz-2020")
    <AuditReport Littleton as of 2018-12-31: 18 nodata, 1 pass, 1 fail>
    """
    study.on_streets.as_it_stands()
    study = only(study, districts)
    chosen, rules, kinds, named = clauses_of(study, standards, profile)
    context = Context(study)
    progress = progress or notebook_progress(str(study.name))
    judgements, gaps, sites = _judged(context, rules, kinds, progress)
    findings = findings_of(study, judgements)
    zoned, zones = zone_judgements(context, rules, kinds)
    context.forget_land()
    return AuditReport(
        study=study,
        rules=tuple(rules),
        findings=pd.concat([findings, findings_of(zoned, zones)]) if zones else findings,
        flags=flags_of([*judgements, *zones]),
        reach={rule.id: one.reach for rule, one in judgements if one.reach is not None},
        gaps=joined(gaps, study),
        ranking=pd.concat([ranking(rule, one.findings) for rule, one in judgements], ignore_index=True),
        next_sites=pd.DataFrame(sites, columns=list(SITE_COLUMNS)),
        snapping=snapping(context),
        provenance=provenance_of(study, context, chosen, named, judgements),
        context=context,
        standards=tuple(chosen),
    )


def _judged(
    context: Context, rules: Sequence[Rule], kinds: Sequence[RuleKind], progress: Progress | None
) -> tuple[list[tuple[Rule, Judgement]], list[gpd.GeoDataFrame], list[dict[str, object]]]:
    """Judge rule after rule; the gaps and sites of one are found in a thread of their own while the next is judged."""
    judgements: list[tuple[Rule, Judgement]] = []
    with ThreadPoolExecutor(1) as beside:
        futures = []
        for number, (rule, kind) in enumerate(zip(rules, kinds, strict=True), start=1):
            judgement = context.judged[rule.id] = judged(context, rule, kind)
            _conserved(context, rule, judgement)
            judgements.append((rule, judgement))
            if judgement.reach is not None and kind.patches:
                _ = context.tiling  # made once, here: both threads ask for it
            futures.append(beside.submit(_gaps_and_sites, context, rule, kind, judgement))
            if progress is not None:
                progress(rule.title, number, len(rules))
        both = [one.result() for one in futures]
    return judgements, [gaps for gaps, _ in both], [site for _, sites in both for site in sites]


def _gaps_and_sites(
    context: Context, rule: Rule, kind: RuleKind, judgement: Judgement
) -> tuple[gpd.GeoDataFrame, list[dict[str, object]]]:
    districts = [str(code) for code in context.study.districts.index] if kind.sites == "always" else []
    gaps = gap_patches(context, rule, kind, judgement)
    return gaps, next_sites(context, rule, kind, judgement, districts)


def only(study: Study, districts: Sequence[str]) -> Study:
    """Return a study with some of its districts to judge; as it is where none is named.

    Raises
    ------
    InputError
        If a district is unknown.
    """
    if not districts:
        return study
    refuse_unknown(study.districts, districts)
    return of_districts(study, districts)


def _conserved(context: Context, rule: Rule, judgement: Judgement) -> None:
    """Stop if districts do not add up to the city, or if a rule counted other people than it was given."""
    districts = [one for one in judgement.findings if one.level == "district"]
    city = next((one for one in judgement.findings if one.level == "city"), None)
    if city is None or np.isnan(city.people):
        return
    for name in ("people", "covered", "missed", "excluded"):
        parts = sum(value for one in districts if not np.isnan(value := getattr(one, name)))
        if abs(parts - getattr(city, name)) > 1e-6 * max(1.0, city.people):
            raise ConservationError(f"{rule.id}: {name} of the districts is {parts}, of the city {getattr(city, name)}")
    if judgement.reach is not None:
        given = float(judgement.reach["people"].sum())
        if abs(given - city.people) > 1e-6 * max(1.0, city.people):
            raise ConservationError(f"{rule.id}: {given} people were measured, {city.people} judged")
