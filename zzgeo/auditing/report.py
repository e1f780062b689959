"""The audit report: what was found in every district, as tables, a scorecard, maps and files."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pandas as pd

from zzgeo.auditing.sensitivity import DRAWS, ERROR_M, SEED, sensitivity, summary, turning
from zzgeo.auditing.views import Views
from zzgeo.errors import InputError, Problem, visible
from zzgeo.intake.study import Study
from zzgeo.rules import rule_kinds
from zzgeo.rules.parts.base import Context, Judgement, RuleKind
from zzgeo.siting.sites import next_site
from zzgeo.siting.summary import plan_summary
from zzgeo.spec.walking_profile import SHIPPED
from zzgeo.standards import Rule, Standard

if TYPE_CHECKING:
    import folium

    from zzgeo.reporting.results.folder import ResultFolder
    from zzgeo.siting.plan import Plan

Progress = Callable[[str, int, int], None]
Earlier = str | Path | dict[str, Any] | None


@dataclass(frozen=True)
class AuditReport(Views):
    """What an audit found; it writes itself and shows as a scorecard in a notebook.

    Parameters
    ----------
    study
        What was audited; every geometry of the report is in its CRS.
    rules
        The clauses that were judged, in the order they are shown.
    findings
        DataFrame indexed by ``finding_id``, a row per rule and unit, district, city and functional zone
        (`FINDING_COLUMNS`); zones overlap the districts and are never summed with them; ``params`` holds mappings.
    flags
        DataFrame indexed by ``finding_id``, a row for each thing a finding took on trust or left out: ``code`` (they
        stand in docs/flags.md), ``details``, and the words in ``zh`` and ``en``.
    reach
        By id of a rule, a DataFrame on the demand's index: ``status`` (a category), ``people``, ``straight_m`` and
        ``streets_m`` in metres, ``facility_id``.
    gaps
        GeoDataFrame of the patches of land where missed people live.
    ranking
        DataFrame of the districts of each rule, the worst first.
    next_sites
        DataFrame of the places where one more facility reaches most people who are missed.
    snapping
        DataFrame of how far the facilities and the people are from the streets, in metres.
    provenance
        What it all rests on: inputs with checksums, parameters, versions; as in ``audit.json``.
    context
        What the rules measured on the way, kept so that it is measured once.
    standards
        What was judged by, with the clauses that are only recorded.
    readings
        DataFrame of the same verdicts under other assumptions, from `sensitivity`; None where it was not computed.
    plans
        Plans of `zzgeo.site` that pages, tables and ``audit.json`` tell beside the findings (`with_plan`).

    Examples
    --------
    >>> import tempfile, zzgeo
    >>> from zzgeo.intake.example import write_example
    >>> study = zzgeo.load_study(write_example(tempfile.mkdtemp()))
    >>> report = zzgeo.audit(study, profile="zz-2020")
    >>> report.findings.loc["zz14-claim-15min-health-circle/district/E", ["verdict", "people", "missed"]].to_dict()
    {'verdict': 'fail', 'people': 4000.0, 'missed': 2000.0}
    >>> report.flags.loc["zz14-claim-15min-health-circle/city/city", "code"]
    'facilities.opening_unknown_counted'
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
    readings: pd.DataFrame | None = None
    plans: tuple[Plan, ...] = ()

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> object:
            """Return a table that is made when it is first asked for (`zzgeo.auditing.what_if`)."""
            later = vars(self).get("later")
            if later is None or name not in later.tables:
                raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
            return later.table(self, name)

    @cached_property
    def kinds(self) -> dict[str, RuleKind]:
        """Return the kind of each rule by the rule's id: what it declares of itself (`zzgeo.rules.parts.base`)."""
        return {rule.id: rule_kinds()[rule.rule] for rule in self.rules}

    def answer(self, district: str | None = None, lang: str = "zh") -> str:
        """Return how the city or a district stands, in a few sentences: what pages, files and the terminal say first.

        Parameters
        ----------
        district
            Code of a district; the whole city if left out.
        lang
            ``"zh"`` or ``"en"``.

        Returns
        -------
        str
            How many clauses hold, fail, need review and cannot be judged; who is missed most, and where; what to build
            first; how certain that is.

        Raises
        ------
        KeyError
            If the study has no such district.

        Examples
        --------
        >>> import tempfile, zzgeo
        >>> from zzgeo.intake.example import write_example
        >>> report = zzgeo.audit(zzgeo.load_study(write_example(tempfile.mkdtemp())), profile="zz-2020")
        >>> report.answer("E", lang="en")[:63]
        'Of 10 clauses: met 0, not met 1, not judged for want of data 9.'
        """
        from zzgeo.reporting.told.answer import answer_text

        return answer_text(self, district, lang)

    def next_site(self, rule: str, district: str) -> dict[str, object] | None:
        """Return the place in a district where one more facility helps most people aged 60+ who are missed by a rule.

        Parameters
        ----------
        rule
            Id of a rule of this report.
        district
            Code of a district of the study.

        Returns
        -------
        dict or None
            A row of ``next_sites``: the place, and how many people it would reach; None where nobody is missed, or the
            rule has no such place.

        Raises
        ------
        KeyError
            If the audit has no such rule.
        """
        clause = {one.id: one for one in self.rules}[rule]
        judgement = Judgement([], self.reach.get(rule))
        return next_site(self.context, clause, self.kinds[rule], judgement, district)

    def sensitivity(
        self,
        profiles: Sequence[str] = SHIPPED,
        speeds: Sequence[float] | None = None,
        *,
        error_m: float = ERROR_M,
        draws: int = DRAWS,
        seed: int = SEED,
    ) -> pd.DataFrame:
        """Judge the clauses that a distance decides again: for other walkers, at other speeds, with places moved.

        Parameters
        ----------
        profiles
            Ids or files of walking profiles; the street file is read again under each that differs from the study's.
            Speeds that a profile shares with the default one are those of the study.
        speeds
            Speeds in m/s at which everybody walks; those of the study (``[walking] sensitivity``) if left out.
        error_m
            Standard deviation of the position of facilities and of people, in metres east and in metres north.
        draws
            How often all of them are moved and snapped again. Of more than 50,000 places only those within 5 % and
            50 m of a limit are moved.
        seed
            Where the random numbers start; the same seed gives the same table.

        Returns
        -------
        DataFrame indexed by ``reading_id``
            A row per clause, district (and city) and reading. ``kind`` is ``profile``, ``speed`` or ``error``,
            ``reading`` which; ``verdict`` and ``value`` are what the clause comes to, of draws the verdict of most and
            the mean; ``holds`` tells whether the verdict is the audit's, of draws in every one; ``people_turning`` are
            covered by one and missed by the other, of draws in at least one; ``draws_holding`` is the share of draws
            in which the verdict holds. A straight line has no profile and no speed.

        Raises
        ------
        InputError
            If a profile, or the study's street file, cannot be read.

        Examples
        --------
        >>> import tempfile, zzgeo
        >>> from zzgeo.intake.example import write_example
        >>> report = zzgeo.audit(zzgeo.load_study(write_example(tempfile.mkdtemp())), profile="zz-2020")
        >>> table = report.sensitivity(profiles=["accessible"], speeds=[1.1], draws=5)
        >>> table.loc[table["level"] == "city", ["reading", "verdict", "holds"]].values.tolist()
        [['accessible', 'fail', True], ['1.1 m/s', 'fail', True], ['10 m', 'fail', True]]
        """
        return sensitivity(self, profiles, speeds, error_m=error_m, draws=draws, seed=seed)

    def what_if(
        self,
        add: gpd.GeoDataFrame | str | Path | None = None,
        remove: Sequence[str] = (),
        walking: Mapping[str, Any] | None = None,
    ) -> AuditReport:
        """Audit the study as it would be; only what changes is judged again.

        Parameters
        ----------
        add
            Facilities that are proposed, as for `zzgeo.Study.with_facilities`.
        remove
            Ids of facilities that close; one that moves is removed and added.
        walking
            How people would walk: the arguments of `zzgeo.Study.with_walking`.

        Returns
        -------
        AuditReport
            That of `zzgeo.audit` of the same scenario, to the bit; marked as a proposal. Its tables are made when they
            are first asked for.

        Raises
        ------
        InputError
            If nothing is changed, or what is added or removed cannot be taken.

        Examples
        --------
        >>> import tempfile, geopandas, zzgeo
        >>> from zzgeo.intake.example import write_example
        >>> report = zzgeo.audit(zzgeo.load_study(write_example(tempfile.mkdtemp())), profile="zz-2020")
        >>> spot = report.study.demand.geometry.iloc[[-1]].set_axis(["new"])
        >>> new = geopandas.GeoDataFrame({"kind": "community_health_centre"}, index=["new"], geometry=spot)
        >>> after = report.what_if(add=new)
        >>> zzgeo.compare(report, after).of("newly-met")[["district", "people_gained"]].values.tolist()
        [['E', 2000.0]]
        """
        from zzgeo.auditing.what_if import what_if

        return what_if(self, add, remove, walking)

    def with_sensitivity(self, readings: pd.DataFrame) -> AuditReport:
        """Return the report with a table of `sensitivity`: pages, tables and ``audit.json`` tell what holds.

        Parameters
        ----------
        readings
            From `sensitivity` of this report.

        Returns
        -------
        AuditReport
            A verdict that turns in any reading is marked ``sensitive``.
        """
        self.context.kept.setdefault("findings", self.findings)
        findings = self.findings.assign(sensitive=self.findings["sensitive"] | turning(self.findings, readings))
        provenance = {**self.provenance, "sensitivity": summary(readings)}
        return dataclasses.replace(self, findings=findings, provenance=provenance, readings=readings)

    def with_plan(self, plan: Plan) -> AuditReport:
        """Return the report with a plan: its sites on maps, in tables, documents, slides and ``audit.json``.

        Parameters
        ----------
        plan
            From `zzgeo.site` of this report.

        Returns
        -------
        AuditReport
            Its findings are those of what there is.

        Raises
        ------
        InputError
            ``siting.unknown_rule`` if the plan is for clauses this report does not judge.

        Examples
        --------
        >>> import tempfile, zzgeo
        >>> from zzgeo.intake.example import write_example
        >>> report = zzgeo.audit(zzgeo.load_study(write_example(tempfile.mkdtemp())), profile="zz-2020")
        >>> plan = zzgeo.site(report, "zz14-claim-15min-health-circle", sites=1, candidates=["demand"])
        >>> report.with_plan(plan).provenance["plans"][0]["people_gained"]
        2000.0
        """
        unknown = [rule.id for rule in plan.rules if rule.id not in self.kinds]
        if unknown:
            why, remedy = "the plan is for clauses this audit does not judge", "make the plan of this report"
            raise InputError([Problem("siting.unknown_rule", ", ".join(unknown), "", why, remedy)])
        plans = (*self.plans, plan)
        told = {**self.provenance, "plans": [plan_summary(one) for one in plans]}
        return dataclasses.replace(self, plans=plans, provenance=told)

    def table(
        self, district: str | None = None, rule: str | None = None, *, level: str = "district", lang: str = "zh"
    ) -> pd.DataFrame:
        """Return findings in words; ``findings`` holds the numbers as files tell them.

        Parameters
        ----------
        district, rule
            Code of a district, id of a rule; all of them if left out.
        level
            ``"district"``, ``"unit"``, ``"city"`` or ``"zone"``.
        lang
            ``"zh"`` or ``"en"``.

        Returns
        -------
        DataFrame
            Place, rule, verdict, result, target, people missed, clause, as `zzgeo.reporting.findings_table`.
        """
        from zzgeo.reporting import findings_table

        return findings_table(self, district, rule, level=level, lang=lang)

    def explore(self, rule: str | None = None, district: str | None = None, **options: str) -> folium.Map:
        """Draw who is covered and who is missed, as `zzgeo.coverage_map` does.

        Parameters
        ----------
        rule
            Id of the rule the map opens with; the first that misses somebody if left out.
        district
            Code of the district to draw; the whole city if left out.
        **options
            ``lang``, ``tianditu`` and ``approval`` of `zzgeo.coverage_map`.

        Returns
        -------
        folium.Map
            Shows itself in a notebook, with no internet.

        Raises
        ------
        InputError
            If the report knows no such rule or district, or an option is wrong.
        """
        from zzgeo.reporting import coverage_map

        return coverage_map(self, rule, district, **options)

    coverage_map = explore

    def write(
        self,
        out_dir: str | Path | ResultFolder,
        *,
        against: Earlier = None,
        files: str | Iterable[str] | None = None,
        progress: Progress | None = None,
        **options: str,
    ) -> list[Path]:
        """Write pages, files for the desk, tables and provenance to a folder; an earlier result stays until it is done.

        Parameters
        ----------
        out_dir
            Folder, made if it is not there; an earlier result in it is replaced as a whole.
        against
            An earlier audit to compare with: its folder, its ``audit.json``, or that file's content.
        files
            What to write; `zzgeo.reporting.write` lists it.
        progress
            Called with (what, done, total) after each file; a notebook shows a bar if it is left out.
        **options
            ``lang``, ``pages``, ``tianditu`` and ``approval`` of `zzgeo.reporting.write`.

        Returns
        -------
        list of Path
            Every file that was written; ``audit.json`` is always one.

        Raises
        ------
        InputError, MissingExtra, EnvironmentFault
            If an option is wrong, a package for it is not installed, or the folder cannot be written.

        Examples
        --------
        >>> import tempfile, zzgeo
        >>> from zzgeo.intake.example import write_example
        >>> report = zzgeo.audit(zzgeo.load_study(write_example(tempfile.mkdtemp())), profile="zz-2020")
        >>> [path.name for path in report.write(tempfile.mkdtemp(), files="tables")][:3]
        ['findings.csv', 'gaps.csv', 'ranking.csv']
        """
        from zzgeo.reporting import write

        return write(self, out_dir, against=against, files=files, progress=progress, **options)

    def __repr__(self) -> str:
        verdicts = self.findings.loc[self.findings["level"] == "district", "verdict"].value_counts()
        told = ", ".join(f"{number} {verdict}" for verdict, number in verdicts.items())
        return f"<AuditReport {visible(self.study.name)} as of {self.study.as_of}: {told}>"

    def _repr_html_(self) -> str:
        from zzgeo.reporting import scorecard_html

        return scorecard_html(self)
