"""The audit report: what was found in every district, as tables, a scorecard, maps and files."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pandas as pd

from zzgeo.intake.study import Study
from zzgeo.rules import rule_kinds
from zzgeo.rules.parts.base import Context, Judgement, RuleKind
from zzgeo.served import CITY
from zzgeo.siting.sites import next_site
from zzgeo.standards import Rule, Standard
from zzgeo.vocabulary.verdicts import FAIL, JUDGED, NODATA, NOT_APPLICABLE, PASS

if TYPE_CHECKING:
    import folium

    from zzgeo.reporting.results.folder import ResultFolder

#: Columns of `AuditReport.rollup` taken over from the city's finding.
_ROLLUP = (
    "verdict", "value", "value_unit", "operator", "threshold", "gap", "gap_unit", "group", "people", "covered",
    "missed", "excluded", "sensitive", "flags", "flag_codes", "note_zh", "note_en",
)  # fmt: skip


_CLAUSE_COLUMNS = [
    "standard", "document", "section", "title_zh", "title_en", "clause", "rule_kind", "coverage", "answer_zh",
    "answer_en", "reason",
]  # fmt: skip

Progress = Callable[[str, int, int], None]
Earlier = str | Path | dict[str, Any] | None


@dataclass(frozen=True)
class AuditReport:
    """What an audit found; it writes itself and shows as a scorecard in a notebook.

    ``findings`` has a row per rule and unit, district, city and functional zone (`FINDING_COLUMNS`); zones overlap the
    districts and are never summed with them; ``params`` holds mappings. ``flags`` has a row for each thing a finding
    took on trust or left out (`flags_of`; the codes stand in docs/flags.md). ``reach`` has, by rule, a row per demand
    point: ``status`` (a category), ``people``, ``straight_m`` and ``streets_m`` in metres, ``facility_id``. ``gaps``
    are the patches of missed people; ``standards`` what was judged by, with the clauses that are only recorded;
    ``provenance`` what it all rests on.

    Examples
    --------
    >>> report.flags.loc["zz18e-radius-urban-community/city/city", ["code", "values", "en"]]  # doctest: +SKIP
                                                      code            values                                    en
    finding_id
    zz18e-radius-urban-community/city/city facilities.opening_unknown_counted  {'number': 1691}  opening date …: 1691
    >>> report.findings.flag_codes.str.contains("facilities.closed").sum()  # doctest: +SKIP
    """

    study: Study
    rules: tuple[Rule, ...]
    findings: pd.DataFrame
    flags: pd.DataFrame
    reach: dict[str, pd.DataFrame]
    gaps: gpd.GeoDataFrame
    ranking: pd.DataFrame
    next_sites: pd.DataFrame
    snapping: pd.DataFrame
    provenance: dict[str, Any]
    context: Context = field(repr=False, compare=False)
    standards: tuple[Standard, ...] = ()

    @cached_property
    def kinds(self) -> dict[str, RuleKind]:
        """Return the kind of each rule by the rule's id: what it declares of itself (`zzgeo.rules.parts.base`)."""
        return {rule.id: rule_kinds()[rule.rule] for rule in self.rules}

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

        Zones overlap the districts and stand apart (resolutions.md A08); the table is empty where the study has none.
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
        clause = {one.id: one for one in self.rules}[rule]
        judgement = Judgement([], self.reach.get(rule))
        return next_site(self.context, clause, self.kinds[rule], judgement, district)

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


def _clause_row(rule: Rule, found: pd.DataFrame | None) -> list[str]:
    """Return the row of `AuditReport.clauses`; what the city's finding says would answer it, else a district's."""
    coverage, zh, en = "recorded" if rule.recorded else "left-out", "", ""
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
