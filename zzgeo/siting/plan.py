"""From an audit to a plan: which sites close most of the gap of some clauses, what they cost, and what is proven."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from zzgeo.errors import Problem
from zzgeo.intake.proposal import Proposal
from zzgeo.intake.study import Study
from zzgeo.memory import bulk_work
from zzgeo.notebook import table_html
from zzgeo.numbers import number_text, people_text
from zzgeo.rules.parts.base import Context
from zzgeo.siting.audited import Audited
from zzgeo.siting.building import NAMED, sites_as_facilities, subsidy_yuan, with_sites
from zzgeo.siting.candidates import Candidates
from zzgeo.siting.case import Case, Given
from zzgeo.siting.choosing import Arrays, Limits, arrays_of, assigned_to, handed_out, nothing_to_choose, solved
from zzgeo.siting.measuring import Measured, Verdicts, turning
from zzgeo.siting.solution import Solution, knee
from zzgeo.standards import Rule
from zzgeo.vocabulary.verdicts import FAIL, PASS

Floats = NDArray[np.float64]

#: What is told of every site of a plan, beside the geometry.
SITE_COLUMNS = (
    "rank",
    "name",
    "source",
    "district",
    "people_gained",
    "cost_yuan",
    "subsidy_yuan",
    "net_yuan",
    "capacity",
    "floor_area_m2",
    "area_m2",
    "land",
    "kind",
    "ownership",
    "funder",
)


@dataclass(frozen=True)
class Plan:
    """Sites for some clauses, in the order they should be built.

    People are counted once for each clause that gains them.

    Parameters
    ----------
    rules
        The clauses.
    sites
        GeoDataFrame indexed by ``candidate_id``: ``rank`` (1 first), ``people_gained`` (by this site after those before
        it), ``cost_yuan``, ``subsidy_yuan``, ``net_yuan`` (NaN where the cost is unknown), what is known of the place,
        and its geometry in the study's CRS.
    people
        People gained by all sites, measured: the clauses were judged again with the sites in place. Where people are
        assigned to places, those who have one more than now: no clause on a distance counts places.
    promised
        The same as the arrays had it; a difference is told in ``notes``.
    bound
        What no choice of sites could beat: people where these are counted, sites where the fewest were sought.
    gap
        How far the plan may be from the best, as a share of it: 0 is proven best.
    curve
        DataFrame, a row for each site in order: ``sites``, ``site``, ``cost_yuan`` and ``people`` (so far), ``bound``
        (NaN where none was computed), ``knee``, ``turns`` (clauses that turn from fail to pass there).
    assignment
        DataFrame of who is served by which site: ``rule``, ``id``, ``site``, ``metres``, ``people``.
    unreachable
        GeoDataFrame of the people no candidate reaches: ``rule``, ``id``, ``people``.
    left
        GeoDataFrame of the people some candidate reaches and the chosen sites do not, alike; where beds or places are
        handed out, of those within reach of some candidate who have none.
    refused
        GeoDataFrame of the candidates that cannot be chosen: ``forbidden`` (clause, or code) and ``reason``.
    closed
        Ids of facilities that would close.
    overload
        Series by site: people beyond what it can take if all went to the nearest; empty where capacity does not count.
    placed
        Whether ``people`` are those who have a place, by the assignment: no audit of a clause on a distance tells that.
    notes
        What one should know of the plan, a line each.
    study
        What was audited.
    """

    rules: tuple[Rule, ...]
    sites: gpd.GeoDataFrame
    people: float
    promised: float
    bound: float
    gap: float
    curve: pd.DataFrame
    assignment: pd.DataFrame
    unreachable: gpd.GeoDataFrame
    left: gpd.GeoDataFrame
    refused: gpd.GeoDataFrame
    closed: tuple[str, ...] = ()
    overload: pd.Series = field(default_factory=lambda: pd.Series(dtype=float))
    placed: bool = False
    notes: tuple[Problem, ...] = ()
    study: Study = field(repr=False, compare=False, default=None)  # type: ignore[assignment]

    def as_scenario(self) -> Study:
        """Return the study with the sites as facilities of the kinds the clauses ask for, and without those closed.

        Returns
        -------
        Study
            What a candidate does not tell (beds, owner, level) is as its clause asks; sites open on the study's date.
        """
        return self._scenario

    @cached_property
    def _scenario(self) -> Study:
        return with_sites(self.study, self.rules, self.sites, self.closed)

    @property
    def mark(self) -> str:
        """Return what every row of a table of the plan says: that it is a proposal, and which."""
        return (self._scenario.proposal or Proposal(name=NAMED[0])).mark

    @property
    def as_facilities(self) -> gpd.GeoDataFrame:
        """Return the sites with what would be built at each, as a list of facilities that `with_facilities` takes."""
        return sites_as_facilities(self.study, self.rules, self.sites)

    def __repr__(self) -> str:
        proven = "proven best" if self.gap == 0 else f"within {self.gap:.2%} of the best"
        ids = ", ".join(rule.id for rule in self.rules)
        return f"<Plan for {ids}: {len(self.sites)} sites, {people_text(self.people)} people gained, {proven}>"

    def _repr_html_(self) -> str:
        heads = ["rank", "place", "people gained", "cost, yuan", "subsidy, yuan"]
        rows = [
            [
                str(site.rank),
                str(site.name if isinstance(site.name, str) else site.Index),
                people_text(site.people_gained),
                "" if np.isnan(site.cost_yuan) else number_text(site.cost_yuan),
                number_text(site.subsidy_yuan),
            ]
            for site in self.sites.itertuples()
        ]
        return table_html(repr(self)[1:-1], heads, rows, notes=[problem.line() for problem in self.notes])


@bulk_work()
def site(  # noqa: PLR0913 (each is what a planner asks for; in groups they would be written twice)
    report: Audited,
    rule: str | Sequence[str],
    *,
    sites: int | None = None,
    budget_yuan: float | None = None,
    share: float | None = None,
    districts: Sequence[str] = (),
    candidates: Given = None,
    capacity: bool = False,
    locked: Sequence[str] | None = None,
    closable: Sequence[str] | None = None,
    floor: float | None = None,
    worst_first: bool = False,
) -> Plan:
    """Choose sites that close most of the gap of one clause, or of several: one building answers all of them.

    Parameters
    ----------
    report
        An audit that judges the clauses.
    rule
        Id of a clause, or several: on a distance, or on units that each need a facility.
    sites
        At most so many sites.
    budget_yuan
        At most so many yuan, less what city and county pay towards each (R18). A candidate without a price is refused.
    share
        Fewest sites until this share of the clauses' people is served, those served now included.
        Without ``sites``, ``budget_yuan`` and ``share``: fewest sites for everybody whom a candidate reaches.
    districts
        Codes of the districts whose people count, and in which sites are sought; all if left out.
    candidates
        A file or a GeoDataFrame of parcels (`zzgeo.siting.candidates.brought`), or some of ``unit``, ``street`` and
        ``demand``; left out, unit centres and a position every 50 m along the streets inside gaps.
    capacity
        Whether people are assigned to beds or places: nobody is served by a place that is full.
    locked
        Ids of candidates that are chosen in any case, or of closable facilities that stay.
    closable
        Ids of facilities that may close, if others serve more people; those that stay count in ``sites``.
    floor
        Least share of the clauses' people that must be served in each district, those served now included; with
        ``sites`` or ``budget_yuan``. Where it cannot be kept the plan says which districts stay below it.
    worst_first
        Bring the district of the least share as high as can be, before people are counted; alike.

    Returns
    -------
    Plan
        Its people are measured by judging the clauses again with the sites in place.

    Raises
    ------
    InputError
        If a clause cannot be answered by sites, there is no candidate, or a limit, district or lock is wrong.

    Examples
    --------
    >>> import tempfile, zzgeo
    >>> from zzgeo.intake.example import write_example
    >>> report = zzgeo.audit(zzgeo.load_study(write_example(tempfile.mkdtemp())), profile="zz-2020")
    >>> plan = zzgeo.site(report, "zz14-claim-15min-health-circle", sites=1, candidates=["demand"])
    >>> plan
    <Plan for zz14-claim-15min-health-circle: 1 sites, 2,000 people gained, proven best>
    """
    limits = Limits(sites, budget_yuan, share, floor, worst_first)
    limits.check()
    case = Case(report, rule, districts, capacity, closable or ())
    places = case.candidates(candidates, budget_yuan is not None)
    stay, mine = case.stays(places, locked or ())
    per_place = case.people_per_place if case.capacity else None
    arrays = arrays_of(case.base, case.demands, places, case.standing, per_place)
    return _Outcome(case, places, arrays, stay).plan(limits, mine)


class _Outcome:
    """From arrays to a plan: what is chosen, for whom, at what cost, and what the clauses find with it."""

    def __init__(self, case: Case, places: Candidates, arrays: Arrays, stay: list[str]) -> None:
        self.case, self.places, self.arrays, self.stay = case, places, arrays, stay
        self.table = places.table.iloc[arrays.allowed]
        clauses = {one.id for standard in case.report.standards for one in standard.clauses}
        exists = self.table["source"] == "facility"
        self.paid = subsidy_yuan(case.rules, self.table, case.report.study, clauses).mask(exists, 0.0)
        self.net = (self.table["cost_yuan"] - self.paid).clip(lower=0.0)
        self.served = sum(one.served for one in case.demands)

    def plan(self, limits: Limits, locked: Sequence[str]) -> Plan:
        """Solve and measure."""
        case, study = self.case, self.case.report.study
        cost = self.net.to_numpy(dtype=float) if limits.budget_yuan is not None else None
        solution = self._solved(limits, cost, [*self.stay, *locked])
        sites = self._sites(solution)
        closed = tuple(one for one in case.closable if one not in set(self.table.index[solution.chosen]))
        after = case.measured_in(self._scenario(sites, closed))
        promised = float(solution.gained.sum()) - self._now
        people = promised if case.capacity else case.gained_by(after)
        curve = self._curve(solution, sites, closed, after)
        bound, gap = solution.bound, solution.gap
        if limits.counts_people or self.arrays.capacity is not None:
            bound = bound - self._now
            gap = abs(bound - people) / people if people else float(bound > 0) and np.inf
        return Plan(
            rules=tuple(case.rules),
            sites=sites,
            people=people,
            promised=promised,
            bound=bound,
            gap=gap if abs(gap) > 1e-9 else 0.0,
            curve=curve,
            assignment=handed_out(solution, self.arrays, case.demands, self.places.table.index),
            unreachable=self._people(~self.arrays.reachable),
            left=self._people(self.arrays.reachable, self._without(solution)),
            refused=self.places.refused,
            closed=closed,
            overload=self._overload(solution),
            placed=case.capacity,
            notes=(*self.places.notes, *self._falling(after), *self._notes(solution, limits, promised, people)),
            study=study,
        )

    def _solved(self, limits: Limits, cost: Floats | None, held: Sequence[str]) -> Solution:
        columns = [int(n) for n in self.table.index.get_indexer(list(held))]
        if not len(self.table) or not self.arrays.people.sum() > 0:
            return nothing_to_choose(self.arrays, columns)
        if limits.sites is not None:
            limits = dataclasses.replace(limits, sites=limits.sites + len(self.stay))
        solution = solved(self.arrays, limits, self.served, cost, columns)
        # nobody builds what gains nobody; a facility that stands already stays
        exists = (self.table["source"] == "facility").to_numpy()[solution.chosen]
        useful = (solution.gained > 0) | exists | np.isin(solution.chosen, columns)
        return dataclasses.replace(solution, chosen=solution.chosen[useful], gained=solution.gained[useful])

    @cached_property
    def _now(self) -> float:
        """Return the people of the arrays whom the facilities that are candidates serve as things stand."""
        if not self.case.existing:
            return 0.0
        if self.case.capacity:
            own = self.table.index.get_indexer(self.case.existing)
            return float(assigned_to(self.arrays, own))
        return sum(float(rows.sum()) for rows in self.case.served_now.values()) - self.served

    def _scenario(self, sites: gpd.GeoDataFrame, closed: Sequence[str]) -> Context:
        return Context(with_sites(self.case.report.study, self.case.rules, sites, closed), land=False)

    def _sites(self, solution: Solution) -> gpd.GeoDataFrame:
        """Return the sites in their order, without the facilities that stay unasked."""
        chosen = self.table.iloc[solution.chosen].assign(
            people_gained=solution.gained,
            subsidy_yuan=self.paid.iloc[solution.chosen],
            net_yuan=self.net.iloc[solution.chosen],
        )
        chosen = chosen[~chosen.index.isin(self.stay)]
        table = chosen.assign(rank=np.arange(1, len(chosen) + 1))[[*SITE_COLUMNS, "geometry"]]
        return gpd.GeoDataFrame(table, geometry="geometry", crs=self.places.table.crs)

    def _curve(
        self, solution: Solution, sites: gpd.GeoDataFrame, closed: Sequence[str], after: dict[str, Measured]
    ) -> pd.DataFrame:
        """Return people and yuan after each site, and the clauses that turn there."""
        number = np.arange(1, len(sites) + 1)
        held = float(solution.gained.sum()) - float(sites["people_gained"].sum()) - self._now
        people = sites["people_gained"].cumsum().to_numpy(dtype=float) + held
        cost = sites["cost_yuan"].cumsum().to_numpy(dtype=float)
        best = solution.curve.drop_duplicates("sites", keep="last").set_index("sites")["bound"].astype(float)
        bound = best.reindex(number + len(self.stay)).to_numpy(dtype=float) - self._now

        def verdicts_at(first: int) -> Verdicts:
            if first == 0:
                return self.case.verdicts_now
            found = after if first == len(sites) else self.case.measured_in(self._scenario(sites.iloc[:first], closed))
            return {key: verdict for one in found.values() for key, verdict in one.verdicts.items()}

        turns = turning(verdicts_at, len(sites))
        spent = cost if not np.isnan(cost).any() and len(cost) and cost[-1] > 0 else number
        marked = knee(np.asarray(spent, dtype=np.float64), people) if len(people) else -1
        columns = {"sites": number, "site": sites.index.to_numpy(dtype=object), "cost_yuan": cost, "people": people}
        columns |= {"bound": bound, "knee": number == marked + 1}
        words = ["; ".join(" ".join(key) for key in turns.get(int(n), ())) for n in number]
        return pd.DataFrame(columns | {"turns": np.array(words, dtype=object)})

    def _without(self, solution: Solution) -> Floats:
        """Return how many people of each row no chosen site serves, or has a place for."""
        if solution.flows is None:
            return np.where(solution.covered, 0.0, self.arrays.people)
        row, _, placed = solution.flows
        left = self.arrays.people - np.bincount(row, placed, minlength=len(self.arrays.people))
        return np.where(left > 1e-6, left, 0.0)

    def _people(self, which: NDArray[np.bool_], people: Floats | None = None) -> gpd.GeoDataFrame:
        """Return rows of the clauses as a table: clause, id, people (all of the row unless others are given), place."""
        demands, people = self.case.demands, self.arrays.people if people is None else people
        spots = np.concatenate([np.asarray(one.spots.array, dtype=object) for one in demands])
        columns = {
            "rule": np.repeat(
                np.array([one.rule.id for one in demands], dtype=object), [len(one.ids) for one in demands]
            ),
            "id": np.concatenate([np.asarray(one.ids, dtype=object) for one in demands]),
            "people": people,
        }
        table = gpd.GeoDataFrame(columns, geometry=spots, crs=self.places.table.crs)
        return table[which & (people > 0)].reset_index(drop=True)

    def _overload(self, solution: Solution) -> pd.Series:
        """Return the people beyond what each chosen site can take, if all went to the nearest; of facilities too."""
        if not len(solution.overload):
            return pd.Series(dtype=float)
        beyond = pd.Series(solution.overload, index=self.table.index).iloc[solution.chosen]
        return beyond[beyond > 0]

    def _falling(self, after: dict[str, Measured]) -> list[Problem]:
        """Tell which verdicts turn from pass to fail: where a facility closes, others may gain more and these lose."""
        then = {key: verdict for found in after.values() for key, verdict in found.verdicts.items()}
        falling = [key for key, verdict in self.case.verdicts_now.items() if (verdict, then.get(key)) == (PASS, FAIL)]
        if not falling:
            return []
        where, told = ", ".join(rule.id for rule in self.case.rules), "; ".join(" ".join(key) for key in falling)
        why, remedy = "what passes now fails with the plan", "see plan.closed, and lock what must stay"
        return [Problem("siting.newly_failing", where, told, why, remedy, "warning")]

    def _notes(self, solution: Solution, limits: Limits, promised: float, people: float) -> list[Problem]:
        ids, arrays = ", ".join(one.id for one in self.case.rules), self.arrays
        beyond = float(arrays.people[~arrays.reachable].sum())
        offered = (self.table["source"] != "facility").to_numpy()
        reaching = offered & (np.diff(arrays.metres.tocsc().indptr) > 0)
        cheapest, budget = self.net[reaching].min(), limits.budget_yuan or np.nan
        unknown = sum(one.unknown for one in self.case.demands)
        missing, lost = self.case.beds_unknown, self.case.rows_lost
        asked = (
            (not arrays.people.sum() > 0, "siting.nobody_missed", "0 people", "nobody is missed", ""),
            (
                arrays.people.sum() > 0 and not offered.any() and len(self.places.refused) > 0,
                "siting.all_forbidden",
                f"{len(self.places.refused)} candidates",
                "each is forbidden, or tells too little of itself",
                "see plan.refused, and bring others",
            ),
            (
                beyond > 0 and len(self.table) > 0,
                "siting.unreachable",
                f"{people_text(beyond)} people",
                "no candidate reaches them",
                "see plan.unreachable, and bring candidates there",
            ),
            (
                limits.share == 1.0 and beyond > 0,
                "siting.share_missed",
                f"{limits.share or 0.0:.1%}",
                "all allowed candidates together reach fewer people",
                "lower the share or bring candidates",
            ),
            (
                bool(cheapest > budget),
                "siting.budget_small",
                f"{number_text(budget)} yuan",
                f"the cheapest candidate costs {number_text(cheapest)} yuan",
                "raise the budget, or bring cheaper candidates",
            ),
            (
                unknown > 0,
                "siting.people_unknown",
                f"{unknown} units",
                "nobody counted their people: they gain none",
                "",
            ),
            (
                lost > 0,
                "siting.rows_lost",
                f"{lost} rows",
                "people, or facilities of these kinds, that were set aside: the plan knows nothing of them",
                "see quarantined.csv of the audit, and correct the rows",
            ),
            (
                missing > 0,
                "siting.beds_unknown",
                f"{missing} facilities",
                "taken to have room for everybody within their reach",
                "add their capacity",
            ),
            (
                abs(promised - people) > 1e-6 * max(1.0, abs(people)),
                "siting.promise_differs",
                f"{people_text(promised)} people",
                f"judged again with the sites in place the clauses gain {people_text(people)}",
                "",
            ),
        )
        notes = [
            Problem(code, ids, value, why, remedy, "warning") for holds, code, value, why, remedy in asked if holds
        ]
        told = {problem.code for problem in notes}
        return [*notes, *(dataclasses.replace(one, where=ids) for one in solution.notes if one.code not in told)]
