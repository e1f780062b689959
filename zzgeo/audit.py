"""Every rule, every district: the audit report."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd

from zzgeo.coverage import CITY
from zzgeo.errors import ConservationError, InputError, Problem, StandardError
from zzgeo.loaders.location import locate
from zzgeo.memory import bulk_work
from zzgeo.network import best_access, snap_facilities
from zzgeo.notebook import notebook_progress
from zzgeo.provenance import provenance_of
from zzgeo.rules import checked
from zzgeo.rules.base import (
    FAIL,
    NODATA,
    NOT_APPLICABLE,
    PASS,
    REVIEW,
    Context,
    Finding,
    Judgement,
    RuleKind,
    nothing_to_judge,
)
from zzgeo.rules.gaps import GAP_COLUMNS, WITHOUT_PATCHES, gap_patches, next_site, next_sites, ranking
from zzgeo.standards import Rule, Standard, choose, default_profile, find_profile, rules_for
from zzgeo.study import Study

if TYPE_CHECKING:
    import folium

    from zzgeo.reporting.folder import ResultFolder

#: Columns of ``report.findings``, in the order of ``findings.csv``.
FINDING_COLUMNS = (
    "rule", "rule_kind", "standard", "document", "section", "clause", "title_zh", "title_en", "level", "district",
    "district_name", "unit", "unit_name", "group", "value", "value_unit", "operator", "threshold", "verdict", "gap",
    "gap_unit", "people", "covered", "missed", "excluded", "units_judged", "units_passing", "streets_value",
    "land_share", "farthest_m", "sensitive", "flags", "params", "as_of", "note_zh", "note_en", "target_year",
    "conflicts",
)  # fmt: skip

#: Verdicts that judge; the others say that there was nothing to judge.
JUDGED = (PASS, FAIL, REVIEW)

#: Columns of `AuditReport.rollup` taken over from the city's finding.
_ROLLUP = (
    "verdict", "value", "value_unit", "operator", "threshold", "gap", "gap_unit", "group", "people", "covered",
    "missed", "excluded", "sensitive", "flags", "note_zh", "note_en",
)  # fmt: skip

Progress = Callable[[str, int, int], None]
Earlier = str | Path | dict[str, Any] | None


@dataclass(frozen=True)
class AuditReport:
    """What an audit found; it writes itself and shows as a scorecard in a notebook.

    ``findings`` has a row per rule and unit, district, city and functional zone (`FINDING_COLUMNS`); zones overlap the
    districts and are never summed with them. ``reach`` has, by rule, a row per demand point: ``status`` (a
    category), ``people``, ``straight_m`` and ``streets_m`` in metres, ``facility_id``. ``gaps`` are the patches of
    missed people; ``standards`` what was judged by, with the clauses that are only recorded; ``provenance`` what it all
    rests on.
    """

    study: Study
    rules: tuple[Rule, ...]
    findings: pd.DataFrame
    reach: dict[str, pd.DataFrame]
    gaps: gpd.GeoDataFrame
    ranking: pd.DataFrame
    next_sites: pd.DataFrame
    snapping: pd.DataFrame
    provenance: dict[str, Any]
    context: Context = field(repr=False, compare=False)
    standards: tuple[Standard, ...] = ()

    @property
    def passed(self) -> bool:
        """Tell whether no district fails any rule (no data and review are not failures)."""
        districts = self.findings[self.findings["level"] == "district"]
        return not (districts["verdict"] == FAIL).any()

    def scorecard(self) -> pd.DataFrame:
        """Return verdicts as a table: districts (index ``code``, first column ``name``) x rules."""
        rows = self.findings[self.findings["level"] == "district"]
        table = rows.pivot(index="district", columns="rule", values="verdict")
        table = table.reindex(index=list(self.study.districts.index), columns=[rule.id for rule in self.rules])
        table.insert(0, "name", self.study.districts["name"])
        return table.rename_axis(index="code", columns=None)

    def zone_table(self) -> pd.DataFrame:
        """Return the verdicts of the functional zones: zones (index ``code``, first column ``name``) x rules.

        Zones overlap the districts and stand apart (conflicts.md A08); the table is empty where the study has none.
        """
        rows = self.findings[self.findings["level"] == "zone"]
        table = rows.pivot(index="district", columns="rule", values="verdict")
        names = rows.drop_duplicates("district").set_index("district")["district_name"]
        table = table.reindex(index=names.index, columns=[rule.id for rule in self.rules])
        table.insert(0, "name", names)
        return table.rename_axis(index="code", columns=None)

    def rollup(self) -> pd.DataFrame:
        """Return what was found for the city as a whole, one row per rule.

        Returns
        -------
        DataFrame indexed by ``rule``, in the order of ``rules``
            Document, section, titles; verdict, value, target, gap and people of the city's finding; then
            ``districts_passing``, ``districts_judged`` (verdict pass, fail or review) and ``target_year``.
        """
        cities = self.findings[self.findings["level"] == CITY].set_index("rule")
        rows = self.findings[self.findings["level"] == "district"]
        judged = rows["rule"][rows["verdict"].isin(JUDGED)].value_counts()
        passing = rows["rule"][rows["verdict"] == PASS].value_counts()
        order = pd.Index([rule.id for rule in self.rules], name="rule")
        told = cities[["document", "section", "title_zh", "title_en", *_ROLLUP]].reindex(order)
        return told.assign(
            districts_passing=passing.reindex(order, fill_value=0),
            districts_judged=judged.reindex(order, fill_value=0),
            target_year=cities["target_year"].reindex(order),
        )

    def clauses(self) -> pd.DataFrame:
        """Return every clause of the standards with how far the study's data could judge it.

        Returns
        -------
        DataFrame indexed by ``rule``
            Standard, document, section, titles, clause, rule kind; ``coverage``: ``judged`` (a verdict in a unit, a
            district or the city), ``nodata`` (``answer_zh`` and ``answer_en`` say what file would answer it),
            ``not-applicable``, ``recorded`` (kept and cited, not judged; ``reason`` says why), or ``left-out`` (by the
            profile, which judges another clause on the same thing).
        """
        own = self.findings[self.findings["level"] != "zone"]
        found = {str(rule): part for rule, part in own.groupby("rule", sort=False)}
        every = {rule.id: rule for standard in self.standards for rule in standard.clauses}
        every |= {rule.id: rule for rule in self.rules}
        rows = {rule.id: _clause_row(rule, found.get(rule.id)) for rule in every.values()}
        return pd.DataFrame.from_dict(rows, orient="index", columns=_CLAUSE_COLUMNS).rename_axis("rule")

    def next_site(self, rule: str, district: str) -> dict[str, object] | None:
        """Return the place in a district where one more facility helps most people aged 60+ who are missed by a rule.

        Raises
        ------
        KeyError
            If the audit has no such rule.
        """
        found = {one.id: one for one in self.rules}[rule]
        judgement = Judgement([], self.reach.get(rule))
        return next_site(self.context, found, judgement, district)

    def table(
        self, district: str | None = None, rule: str | None = None, *, level: str = "district", lang: str = "zh"
    ) -> pd.DataFrame:
        """Return findings in words: place, rule, verdict, result, target, people missed, clause.

        ``findings`` holds the same unrounded; `zzgeo.reporting.findings_table` tells the options.
        """
        from zzgeo.reporting import findings_table

        return findings_table(self, district, rule, level=level, lang=lang)

    def explore(self, rule: str | None = None, district: str | None = None, **options: str) -> folium.Map:
        """Return a folium map of a rule in a district, or in the city; `zzgeo.coverage_map` tells the options."""
        from zzgeo.reporting import coverage_map

        return coverage_map(self, rule, district, **options)

    coverage_map = explore

    def write(
        self, out_dir: str | Path | ResultFolder, *, against: Earlier = None,
        files: str | Iterable[str] | None = None, progress: Progress | None = None, **options: str,
    ) -> list[Path]:  # fmt: skip
        """Write pages, files for the desk, tables and provenance to a folder; an earlier result stays until it is done.

        ``against`` is an earlier audit (its folder, its ``audit.json``, or that file's content) to compare with,
        ``files`` what to write; ``progress`` is called with (what, done, total) after each file, a notebook shows a bar
        if it is left out; ``options`` are ``lang``, ``pages``, ``tianditu`` and ``approval`` of
        `zzgeo.reporting.write`, which lists all.

        Raises
        ------
        InputError, MissingExtra, EnvironmentFault
            If an option is wrong, a package for it is not installed, or the folder cannot be written.
        """
        from zzgeo.reporting import write

        return write(self, out_dir, against=against, files=files, progress=progress, **options)

    def __repr__(self) -> str:
        verdicts = self.findings.loc[self.findings["level"] == "district", "verdict"].value_counts()
        told = ", ".join(f"{number} {verdict}" for verdict, number in verdicts.items())
        return f"<AuditReport {self.study.name} as of {self.study.as_of}: {told}>"

    def _repr_html_(self) -> str:
        from zzgeo.reporting import scorecard_html

        return scorecard_html(self)


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

    Raises
    ------
    StandardError
        If a standard or profile is unknown, a clause is unverified, or its kind of rule is unknown.
    InputError
        If a district is unknown.
    ConservationError
        If people in are not covered + missed + excluded.
    """
    study = _only(study, districts)
    if standards is None and profile is None and study.standards:
        standards = study.standards
    used = profile or (None if standards is not None else study.profile or default_profile(study.jurisdiction))
    chosen = choose(standards, used, study.jurisdiction)
    rules = rules_for(chosen, find_profile(used) if standards is None and used is not None else None)
    kinds = _all_kinds(rules)
    context = Context(study)
    progress = progress or notebook_progress()
    judgements, gaps, sites = _judged(context, rules, kinds, progress)
    findings = _findings(study, judgements)
    zones = _zone_findings(context, rules, kinds)
    context.forget_land()
    return AuditReport(
        study=study,
        rules=tuple(rules),
        findings=findings if zones is None else pd.concat([findings, zones]),
        reach={rule.id: one.reach for rule, one in judgements if one.reach is not None},
        gaps=_joined(gaps, study),
        ranking=pd.concat([ranking(rule, one.findings) for rule, one in judgements], ignore_index=True),
        next_sites=pd.DataFrame(sites, columns=_SITE_COLUMNS),
        snapping=_snapping(context),
        provenance=provenance_of(study, context, chosen, used if standards is None else None, judgements),
        context=context,
        standards=tuple(chosen),
    )


def _judged(
    context: Context, rules: Sequence[Rule], kinds: Sequence[RuleKind], progress: Progress | None
) -> tuple[list[tuple[Rule, Judgement]], list[gpd.GeoDataFrame], list[dict[str, object]]]:
    """Judge rule after rule; the gaps and sites of one are found in a thread of their own while the next is judged."""
    judgements: list[tuple[Rule, Judgement]] = []
    with ThreadPoolExecutor(1) as beside:
        found = []
        for number, (rule, kind) in enumerate(zip(rules, kinds, strict=True), start=1):
            judgement = kind.judge(context, rule)
            _conserved(context, rule, judgement)
            judgements.append((rule, judgement))
            if judgement.reach is not None and rule.rule not in WITHOUT_PATCHES:
                _ = context.tiling  # made once, here: both threads ask for it
            found.append(beside.submit(_gaps_and_sites, context, rule, judgement))
            if progress is not None:
                progress(rule.title, number, len(rules))
        both = [one.result() for one in found]
    return judgements, [gaps for gaps, _ in both], [site for _, sites in both for site in sites]


def _gaps_and_sites(
    context: Context, rule: Rule, judgement: Judgement
) -> tuple[gpd.GeoDataFrame, list[dict[str, object]]]:
    return gap_patches(context, rule, judgement), _sites(context, rule, judgement)


_CLAUSE_COLUMNS = [
    "standard", "document", "section", "title_zh", "title_en", "clause", "rule_kind", "coverage", "answer_zh",
    "answer_en", "reason",
]  # fmt: skip


def _clause_row(rule: Rule, found: pd.DataFrame | None) -> list[str]:
    """Return the row of `AuditReport.clauses`; what the city's finding says would answer it, else a district's."""
    coverage, zh, en = "recorded" if rule.rule == "recorded" else "left-out", "", ""
    if found is not None:
        verdicts = found["verdict"]
        judged, missing = verdicts.isin(JUDGED).any(), found[verdicts == NODATA]
        coverage = "judged" if judged else "nodata" if len(missing) else NOT_APPLICABLE
        if coverage == "nodata":
            first = missing.sort_values("level", key=lambda level: level != CITY, kind="stable").iloc[0]
            zh, en = str(first["note_zh"]), str(first["note_en"])
    title = (rule.title, rule.title_en)
    place = (rule.standard, rule.document, rule.section)
    return [*place, *title, rule.clause, rule.rule, coverage, zh, en, rule.reason if coverage == "recorded" else ""]


def _zone_findings(context: Context, rules: Sequence[Rule], kinds: Sequence[RuleKind]) -> pd.DataFrame | None:
    """Judge every rule in the functional zones; None where the study has none.

    Zones overlap the districts, so these findings have a level of their own and no city's total (conflicts.md A08).
    """
    zoned = _zone_study(context.study)
    if zoned is None:
        return None
    zone_context = Context(zoned)
    zone_context.network = context.network
    judgements = []
    for rule, kind in zip(rules, kinds, strict=True):
        judgement = (
            kind.judge(zone_context, rule) if len(zoned.demand) else nothing_to_judge(zone_context, rule, _EMPTY)
        )
        own = [dataclasses.replace(one, level="zone") for one in judgement.findings if one.level == "district"]
        judgements.append((rule, Judgement(own)))
    return _findings(zoned, judgements)


_EMPTY = ("没有人口点落在任何功能区内", "no demand point lies in any functional zone")


def _zone_study(study: Study) -> Study | None:
    """Return the study with its functional zones in the place of the districts; people and units go by location."""
    zones = study.zones
    if zones is None or not len(zones):
        return None
    demand = study.demand.assign(district=locate(study.demand.geometry, zones))
    units = study.units
    if units is not None:
        units = units.assign(district=locate(units.geometry.representative_point(), zones))
        units = units[units["district"].notna()]
    return dataclasses.replace(study, districts=zones, demand=demand[demand["district"].notna()], units=units)


_SITE_COLUMNS = ["rule", "district", "demand_id", "unit", "unit_name", "gained_60_plus", "gained_people", "x", "y"]


def _only(study: Study, districts: Sequence[str]) -> Study:
    if not districts:
        return study
    unknown = [code for code in districts if code not in study.districts.index]
    if unknown:
        remedy = "the districts are: " + ", ".join(f"{c} {n}" for c, n in study.districts["name"].items())
        raise InputError([Problem("value.unknown_code", ", ".join(unknown), "", "no such district", remedy)])
    keep = list(districts)
    units = study.units
    # a zone lies across several districts: with some of them left out its people would be counted short
    return dataclasses.replace(
        study,
        zones=None,
        districts=study.districts[study.districts.index.isin(keep)],
        demand=study.demand[study.demand["district"].isin(keep)],
        units=None if units is None else units[units["district"].isin(keep)],
    )


def _all_kinds(rules: Iterable[Rule]) -> list[RuleKind]:
    kinds: list[RuleKind] = []
    problems: list[Problem] = []
    for rule in rules:
        try:
            kinds.append(checked(rule))
        except InputError as error:
            problems += error.problems
    if problems:
        raise StandardError(problems)
    return kinds


def _sites(context: Context, rule: Rule, judgement: Judgement) -> list[dict[str, object]]:
    """Suggest a site per district for straight-line rules; along streets it costs a search each and is asked for."""
    if rule.rule != "service-radius":
        return []
    return next_sites(context, rule, judgement, [str(code) for code in context.study.districts.index])


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


def _findings(study: Study, judgements: Sequence[tuple[Rule, Judgement]]) -> pd.DataFrame:
    rows = [_row(study, rule, one) for rule, judgement in judgements for one in judgement.findings]
    index = [f"{row['rule']}/{row['level']}/{row['unit'] or row['district'] or CITY}" for row in rows]
    return pd.DataFrame(rows, columns=list(FINDING_COLUMNS), index=pd.Index(index, name="finding_id"))


def _row(study: Study, rule: Rule, one: Finding) -> dict[str, object]:
    is_unit = one.level == "unit"
    names = study.districts["name"]
    return {
        "rule": rule.id, "rule_kind": rule.rule, "standard": rule.standard, "document": rule.document,
        "section": rule.section, "clause": rule.clause, "title_zh": rule.title, "title_en": rule.title_en,
        "level": one.level, "district": one.district, "district_name": str(names.get(one.district, "")),
        "unit": one.code if is_unit else "", "unit_name": one.name if is_unit else "", "group": one.group,
        "value": one.value, "value_unit": one.value_unit, "operator": one.operator, "threshold": one.threshold,
        "verdict": one.verdict, "gap": one.gap, "gap_unit": one.gap_unit, "people": one.people,
        "covered": one.covered, "missed": one.missed, "excluded": one.excluded, "units_judged": one.units_judged,
        "units_passing": one.units_passing, "streets_value": one.streets_value, "land_share": one.land_share,
        "farthest_m": one.farthest_m, "sensitive": bool(one.sensitive), "flags": "; ".join(one.flags),
        "params": json.dumps(one.params, ensure_ascii=False, sort_keys=True), "as_of": study.as_of.isoformat(),
        "note_zh": one.note_zh, "note_en": one.note_en, "target_year": rule.target_year,
        "conflicts": "; ".join(rule.conflicts),
    }  # fmt: skip


def _joined(gaps: Sequence[gpd.GeoDataFrame], study: Study) -> gpd.GeoDataFrame:
    full = [table for table in gaps if len(table)]
    if not full:
        return gpd.GeoDataFrame({name: [] for name in GAP_COLUMNS}, geometry=[], crs=study.crs).rename_axis("gap_id")
    return gpd.GeoDataFrame(pd.concat(full), geometry="geometry", crs=study.crs)


def _snapping(context: Context) -> pd.DataFrame:
    """Return the ledger: where every facility and every demand point stands on the streets."""
    columns = ["layer", "id", "edge_id", "offset_m", "snap_m", "component", "status"]
    if context.network is None or context.demand_ledger is None:
        return pd.DataFrame({name: [] for name in columns})
    study = context.study
    entries = snap_facilities(context.network, study.facilities, study.walking.snap_max_m)
    facilities = best_access(entries, study.facilities)
    parts = [
        ledger.assign(layer=layer, id=ledger.index.to_numpy(dtype=object))[columns]
        for layer, ledger in (("facility", facilities), ("demand", context.demand_ledger))
    ]
    table = pd.concat([part.astype({"edge_id": object, "component": object}) for part in parts])
    table.index = pd.Index(table["layer"] + ":" + table["id"].astype(str), name="position")
    return table
