"""What a choice of sites starts from: the clauses, the study as it stands, the candidates, what is locked."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TypeAlias

import geopandas as gpd
import pandas as pd

from zzgeo.errors import InputError, Problem
from zzgeo.intake.lost import lost_of
from zzgeo.rules.parts.base import Context
from zzgeo.served import CITY
from zzgeo.siting.audited import Audited
from zzgeo.siting.building import new_id
from zzgeo.siting.candidates import Candidates, brought, no_candidates, offered, with_columns
from zzgeo.siting.demand import Demand, clauses_of, demand_of, served_people
from zzgeo.siting.measuring import Measured, Verdicts, gained, measured
from zzgeo.siting.refusals import Wanted, with_refusals
from zzgeo.vocabulary.verdicts import NODATA

#: What may be said of candidates: a file, a table, candidates made before, or what the study offers of itself.
Given: TypeAlias = str | Path | gpd.GeoDataFrame | Candidates | Sequence[str] | None


class Case:
    """An audit and the clauses asked for.

    Parameters
    ----------
    report
        The audit.
    rule
        Id of a clause, or several.
    districts
        Codes of the districts whose people count.
    capacity
        Whether people are assigned to beds or places: facilities whose beds are known are then candidates that stay.
    closable
        Ids of facilities that may close.

    Attributes
    ----------
    existing
        Ids of the facilities that are candidates themselves: they do not stand in ``base``.
    base, standing
        Contexts of the study without them, and with them.
    """

    def __init__(
        self,
        report: Audited,
        rule: str | Sequence[str],
        districts: Sequence[str],
        capacity: bool,
        closable: Sequence[str],
    ) -> None:
        self.report, self.kinds = report, report.kinds
        self.rules = clauses_of({one.id: one for one in report.rules}, report.kinds, rule)
        self.districts = _districts(report, districts)
        self.base = self.standing = report.context
        self.capacity, self.closable = capacity and self._by_distance(), tuple(map(str, closable))
        self._reach = {one.id: report.reach.get(one.id) for one in self.rules}
        self.existing = self._existing()
        if self.existing:
            study = report.study
            kept = study.facilities[~study.facilities.index.isin(self.existing)]
            self.base = Context(dataclasses.replace(study, facilities=kept), land=False)
            self._reach = {one.id: measured(self.base, one, self.kinds[one.id]).reach for one in self.rules}

    def _by_distance(self) -> bool:
        """Tell whether people can be assigned to places: not where a clause counts beds already.

        Raises
        ------
        InputError
            ``siting.mixed`` where a clause counts units that have a place.
        """
        for rule in self.rules:
            unit_needs = self.kinds[rule.id].unit_needs
            lacking = unit_needs(self.standing, rule) if unit_needs is not None else None
            if lacking is not None and lacking.counts == "capacity":
                return False
            if lacking is not None:
                why = "the clause counts units with a place, whatever it can take"
                raise InputError([Problem("siting.mixed", rule.id, "capacity", why, "leave capacity out")])
        return True

    def _existing(self) -> list[str]:
        own = pd.concat([self.standing.facilities(one)[0] for one in self.rules])
        own = own[~own.index.duplicated()]
        wrong = [one for one in self.closable if one not in own.index]
        if wrong:
            raise _no_facility("closable", wrong, "no facility that counts for the clause has this id")
        beds = self.capacity and "capacity" in own.columns
        known = set(own.index[own["capacity"].notna()]) if beds else set()
        if self.capacity and (silent := [one for one in self.closable if one not in known]):
            why, remedy = "nobody knows how many would lose their place there", "add its capacity, or let it stay"
            raise InputError([Problem("siting.capacity_unknown", "closable", ", ".join(silent[:5]), why, remedy)])
        return [one for one in own.index if one in self.closable or one in known]

    @cached_property
    def demands(self) -> list[Demand]:
        """Return who each clause does not reach; a clause that nobody could judge is refused."""
        cities = self.report.findings[self.report.findings["level"] == "city"].set_index("rule")
        for one in self.rules:
            if cities.at[one.id, "verdict"] == NODATA and self._reach[one.id] is None:
                why, remedy = str(cities.at[one.id, "note_en"]), "add what is missing to the study"
                raise InputError([Problem("siting.not_judged", one.id, "", why, remedy)])
        return [
            demand_of(self.base, one, self.kinds[one.id], self._reach[one.id], self.districts) for one in self.rules
        ]

    @property
    def wanted(self) -> Wanted:
        """Return what must be known of each candidate, but for the price a budget needs."""
        return Wanted(False, self.capacity or any(one.by_capacity for one in self.demands), self.districts)

    def candidates(self, given: Given, priced: bool) -> Candidates:
        """Return all candidates with what forbids each; facilities that are candidates stand first."""
        study, ids = self.report.study, [one.id for one in self.rules]
        if isinstance(given, Candidates):
            places = given
        elif isinstance(given, str | Path | gpd.GeoDataFrame):
            places = brought(given, study)
        else:
            gaps = self.report.gaps[self.report.gaps["rule"].isin(ids)]
            places = offered(study, self.demands, gaps, given or (), self.districts)
        if not len(places.table) and any(len(one.ids) for one in self.demands):
            raise no_candidates(", ".join(ids), "bring places: a file or a table of parcels")
        if self.existing:
            own = with_columns(study.facilities.loc[self.existing], study, "facility").assign(cost_yuan=0.0)
            others, notes = self._told_apart(places.table)
            table = pd.concat([own, others])
            places = Candidates(gpd.GeoDataFrame(table, geometry="geometry", crs=study.crs), (*places.notes, *notes))
        wanted = dataclasses.replace(self.wanted, cost=priced)
        return with_refusals(places, self.report.context, self.rules, self.kinds, self.report.rules, wanted)

    def _told_apart(self, table: gpd.GeoDataFrame) -> tuple[gpd.GeoDataFrame, list[Problem]]:
        """Return candidates none of which has the id of a facility that is one too.

        Raises
        ------
        InputError
            ``id.duplicate`` where one of these facilities may close: a lock could mean either.
        """
        same = table.index[table.index.isin(self.existing)]
        if not len(same):
            return table, []
        named = ", ".join(map(str, same[:5]))
        if set(same) & set(self.closable):
            why, remedy = (
                "a candidate and a facility that may close have one id",
                "give the candidates ids of their own",
            )
            raise InputError([Problem("id.duplicate", "candidates", named, why, remedy)])
        why = f"facilities have these ids, too: the candidates are called {new_id(same[0])} and so on"
        renamed = table.rename(index={one: new_id(one) for one in same})
        return renamed, [
            Problem("siting.renamed", "candidates", named, why, "give the candidates ids of their own", "warning")
        ]

    def stays(self, places: Candidates, locked: Sequence[str]) -> tuple[list[str], list[str]]:
        """Return the ids of the facilities that stay without being asked, and of what is locked.

        Raises
        ------
        InputError
            ``siting.no_facility`` for a lock that is neither, ``siting.locked_forbidden`` for one that is refused.
        """
        ids, table = list(dict.fromkeys(map(str, locked))), places.table
        wrong = [one for one in ids if one not in table.index and one not in self.report.study.facilities.index]
        if wrong:
            raise _no_facility("locked", wrong, "neither a facility nor a candidate has this id")
        stay = [one for one in self.existing if one not in self.closable]
        # of a facility that stays anyway and a candidate of its id the candidate is meant
        ids = [new_id(one) if one in stay and new_id(one) in table.index else one for one in ids]
        mine = [one for one in ids if one in table.index and one not in stay]
        refused = table.loc[mine, "reason"][table.loc[mine, "forbidden"] != ""]
        if len(refused):
            why, remedy = str(refused.iloc[0]), "take it out of the locks"
            raise InputError([Problem("siting.locked_forbidden", "locked", str(refused.index[0]), why, remedy)])
        return stay, mine

    @property
    def people_per_place(self) -> float:
        """Return how many people a bed or place serves: as a clause on beds per head of the audit has it, else one."""
        kinds = {kind for one in self.rules for kind in one.facilities}
        for other in self.report.rules:
            needs = self.kinds[other.id].unit_needs
            lacking = needs(self.standing, other) if needs is not None and kinds & set(other.facilities) else None
            if lacking is not None and lacking.counts == "capacity" and lacking.table["need"].sum() > 0:
                return float(lacking.table["people"].sum() / lacking.table["need"].sum())
        return 1.0

    @cached_property
    def served_now(self) -> dict[str, pd.Series]:
        """Return by clause how many people of each row are served as things stand."""
        return {
            one.id: served_people(self.standing, one, self.kinds[one.id], self.report.reach.get(one.id), self.districts)
            for one in self.rules
        }

    @cached_property
    def verdicts_now(self) -> Verdicts:
        """Return the verdicts of the audit on the clauses, in the districts and in the city."""
        table = self.report.findings
        table = table[table["rule"].isin([one.id for one in self.rules]) & table["level"].isin(["district", "city"])]
        codes = table["district"].where(table["level"] != CITY, CITY)
        keys = zip(table["rule"], table["level"], codes, strict=True)
        return dict(zip(keys, table["verdict"], strict=True))

    def measured_in(self, context: Context) -> dict[str, Measured]:
        """Return what each clause finds in a scenario."""
        return {one.id: measured(context, one, self.kinds[one.id], self.districts) for one in self.rules}

    def gained_by(self, found: dict[str, Measured]) -> float:
        """Return how many more people the clauses serve in a scenario than now, each clause counted."""
        return sum(gained(rows, found[clause].served) for clause, rows in self.served_now.items())

    @property
    def rows_lost(self) -> int:
        """Return how many rows of people, and of lists that may be of the clauses' kinds, could not be used."""
        study = self.report.study
        people = int(study.lost_people["rows"].sum()) if len(study.lost_people) else 0
        return people + lost_of(study.lost, {kind for one in self.rules for kind in one.facilities})

    @property
    def beds_unknown(self) -> int:
        """Return how many facilities do not say how many they can take, where that counts."""
        if not self.capacity:
            return 0
        own = pd.concat([self.base.facilities(one)[0] for one in self.rules])
        return int(own.index.nunique())


def _districts(report: Audited, districts: Sequence[str]) -> tuple[str, ...]:
    codes = [districts] if isinstance(districts, str) else list(districts)
    names = report.study.districts["name"]
    if unknown := [code for code in codes if code not in names.index]:
        remedy = "the districts are: " + ", ".join(f"{code} {name}" for code, name in names.items())
        raise InputError([Problem("value.unknown_code", ", ".join(unknown), "", "no such district", remedy)])
    return tuple(codes)


def _no_facility(what: str, ids: Sequence[str], why: str) -> InputError:
    remedy = "name ids of the table of facilities, or of the candidates"
    return InputError([Problem("siting.no_facility", what, ", ".join(ids[:5]), why, remedy)])
