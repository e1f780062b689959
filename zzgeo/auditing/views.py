"""What an audit found, by level and as tables: views of a report's findings that copy nothing into it."""

from __future__ import annotations

import pandas as pd

from zzgeo.auditing.clause_rows import ROLLUP_COLUMNS, clause_rows
from zzgeo.auditing.levels import levels_of_report, units_of_report
from zzgeo.intake.study import Study
from zzgeo.served import CITY
from zzgeo.standards import Rule, Standard
from zzgeo.vocabulary.verdicts import FAIL, JUDGED, PASS, REVIEW


class Views:
    """The findings of a report, each level apart, and tables of them; `AuditReport` is one."""

    study: Study
    rules: tuple[Rule, ...]
    findings: pd.DataFrame
    standards: tuple[Standard, ...]

    @property
    def passed(self) -> bool:
        """Tell whether something passes, and no district nor the city as a whole fails any rule or needs review.

        Clauses without data have no part in it: `answer` says how many there are. An audit in which nothing passes
        judged nothing, and has not passed.
        """
        return PASS in self.verdicts and not self.verdicts & {FAIL, REVIEW}

    @property
    def verdicts(self) -> frozenset[str]:
        """Return the verdicts there are, of districts and of the city as a whole."""
        return frozenset(self.findings["verdict"][self.findings["level"].isin(("district", CITY))])

    @property
    def districts(self) -> pd.DataFrame:
        """Return the findings of districts alone: rows of ``findings``, indexed by ``finding_id``, none counted twice.

        Examples
        --------
        >>> import tempfile, zzgeo
        >>> from zzgeo.intake.example import write_example
        >>> report = zzgeo.audit(zzgeo.load_study(write_example(tempfile.mkdtemp())), profile="zz-2020")
        >>> set(report.districts["level"]), set(report.city["level"]), len(report.units)
        ({'district'}, {'city'}, 0)
        """
        return self._at("district")

    @property
    def units(self) -> pd.DataFrame:
        """Return the findings of units alone: rows of ``findings``, ``unit_type`` of units of several levels."""
        return self._at("unit")

    @property
    def city(self) -> pd.DataFrame:
        """Return the findings of the city as a whole: rows of ``findings``, one a clause, indexed by ``finding_id``."""
        return self._at(CITY)

    def _at(self, level: str) -> pd.DataFrame:
        return self.findings[self.findings["level"] == level]

    def scorecard(self) -> pd.DataFrame:
        """Return the verdicts of the districts.

        Returns
        -------
        DataFrame indexed by ``code``, shape (n_districts, 1 + n_rules)
            ``name``, then a column per rule, with the verdict as text.

        Examples
        --------
        >>> import tempfile, zzgeo
        >>> from zzgeo.intake.example import write_example
        >>> report = zzgeo.audit(zzgeo.load_study(write_example(tempfile.mkdtemp())), profile="zz-2020")
        >>> report.scorecard()[["name", "zz14-claim-15min-health-circle"]]
              name zz14-claim-15min-health-circle
        code
        W     West                           pass
        E     East                           fail
        """
        rows = self.findings[self.findings["level"] == "district"]
        table = rows.pivot(index="district", columns="rule", values="verdict")
        table = table.reindex(index=list(self.study.districts.index), columns=[rule.id for rule in self.rules])
        table.insert(0, "name", self.study.districts["name"])
        return table.rename_axis(index="code", columns=None)

    def unit_table(self) -> pd.DataFrame:
        """Return the units of every level with their people and what was found (`zzgeo.auditing.levels`)."""
        return units_of_report(self.study, self.findings)

    def level_table(self) -> pd.DataFrame:
        """Return the levels of units with their people and those outside them (`zzgeo.auditing.levels`)."""
        return levels_of_report(self.study)

    def zone_table(self) -> pd.DataFrame:
        """Return the verdicts of the functional zones, which overlap the districts and stand apart.

        Returns
        -------
        DataFrame indexed by ``code``, shape (n_zones, 1 + n_rules)
            As `scorecard`; empty where the study has no zones (resolutions.md A08).
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
        told = cities[["document", "section", "title_zh", "title_en", *ROLLUP_COLUMNS]].reindex(order)
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
            ``not-applicable``, ``recorded`` (kept and cited, not judged; ``reason`` and ``reason_en`` say why), or
            ``left-out`` (by the profile, which judges another clause on the same thing).
        """
        told = self.findings[["rule", "level", "verdict", "note_zh", "note_en"]]
        own = told[told["level"] != "zone"]
        every = {rule.id: rule for standard in self.standards for rule in standard.clauses}
        every |= {rule.id: rule for rule in self.rules}
        return clause_rows(every.values(), own)
