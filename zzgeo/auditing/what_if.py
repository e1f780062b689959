"""What an audit would come to with facilities more or fewer, or other walkers: only what changes is judged again.

A report of `what_if` is that of `zzgeo.audit` of the same scenario, to the bit in every table. A clause whose kind
tells on which facilities it rests (`RuleKind.reads`) and whether on how people walk (`RuleKind.paced`) keeps what was
found where none of them changed. Every table is made when it is first asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd

from zzgeo.auditing.provenance import provenance_of
from zzgeo.auditing.quick import FindingColumns, Quick, quick
from zzgeo.auditing.table import findings_of, flags_of
from zzgeo.auditing.tables import joined, snapping
from zzgeo.auditing.zones import zone_judgements
from zzgeo.errors import InputError, Problem
from zzgeo.intake.scenario import Brought, brought, checked_removed, checked_walking, proposed
from zzgeo.intake.study import Study
from zzgeo.rules.parts.base import Context, Judgement
from zzgeo.rules.parts.losses import judged
from zzgeo.rules.parts.moves import Change
from zzgeo.siting.gaps_again import gaps_again
from zzgeo.siting.ranking import ranking
from zzgeo.siting.sites import SITE_COLUMNS, next_sites
from zzgeo.spec.kinds import KINDS
from zzgeo.standards import Rule

if TYPE_CHECKING:
    from zzgeo.auditing.report import AuditReport


def what_if(
    base: AuditReport,
    add: gpd.GeoDataFrame | str | Path | None = None,
    remove: Sequence[str] = (),
    walking: Mapping[str, Any] | None = None,
) -> AuditReport:
    """Return the report of a study with facilities added and removed, and of people who walk otherwise.

    Raises
    ------
    InputError
        What the scenario cannot take; ``config.invalid`` where nothing changes.
    """
    remove = [remove] if isinstance(remove, str) else list(remove)
    if add is None and not remove and not walking:
        remedy = "give facilities to add, ids to remove, or how people walk"
        raise InputError([Problem("config.invalid", "what_if", "", "nothing is changed", remedy)])
    checked_removed(base.study, remove)
    new = None if add is None else brought(base.study, add, remove)
    return Again(base, new, tuple(remove), checked_walking(walking) if walking else {}).report()


def judged_again(base: AuditReport, study: Study) -> AuditReport:
    """Return the report of a scenario made of the study of another report."""
    was, now, mark = base.study.facilities, study.facilities, study.proposal
    moved = set() if mark is None else set(mark.added) & set(mark.removed)
    gone = was.index[~was.index.isin(now.index) | was.index.isin(list(moved))]
    came = now.index[~now.index.isin(was.index) | now.index.isin(list(moved))]
    lost = {} if study.lost == base.study.lost else study.lost
    again = Again(base, Brought(now.loc[came], lost=lost) if len(came) else None, tuple(gone), {})
    vars(again)["study"] = study
    return again.report()


class Again:
    """What of an audit is judged again for a scenario, and what is kept."""

    def __init__(
        self, base: AuditReport, new: Brought | None, removed: tuple[str, ...], walking: Mapping[str, object]
    ) -> None:
        self.base, self._new, self._removed, self._walking = base, new, removed, walking
        self._lock = RLock()
        if "later" in vars(base):
            # what was not asked for yet has to be known now
            vars(base)["later"].settle()

    def report(self) -> AuditReport:
        """Return the report, with no table made yet."""
        base = self.base
        made: AuditReport = object.__new__(type(base))
        vars(made).update(rules=base.rules, standards=base.standards, readings=None, later=self)
        return made

    @property
    def tables(self) -> Collection[str]:
        """Return the names of the tables that are made when they are asked for."""
        return _TABLES.keys()

    def table(self, report: AuditReport, name: str) -> Any:
        """Return a table of the report, made once."""
        with self._lock:
            if name not in vars(report):
                vars(report)[name] = _TABLES[name](self)
        return vars(report)[name]

    @cached_property
    def study(self) -> Study:
        """Return the study as it would be."""
        return proposed(self.base.study, self._new, self._removed, self._walking)

    @cached_property
    def change(self) -> Change:
        """Return the facilities that come and go."""
        added = self.base.study.facilities.iloc[:0] if self._new is None else self._new.table
        return Change(self.base.context, added, self._removed)

    @cached_property
    def kinds_changed(self) -> set[str]:
        """Return the kinds of the facilities that are not the same."""
        kept, facilities = self.base.context.kept, self.base.study.facilities
        if "kinds" not in kept:
            kept["kinds"] = dict(zip(facilities.index, facilities["kind"], strict=True))
        gone = {kept["kinds"][one] for one in self._removed}
        return gone | set(() if self._new is None else self._new.table["kind"]) | self.kinds_lost

    @cached_property
    def kinds_lost(self) -> set[str]:
        """Return the kinds that rows of the added list may be of that could not be used."""
        return set[str]().union(*(() if self._new is None else self._new.lost))

    @cached_property
    def on_foot_alike(self) -> bool:
        """Tell whether people walk as before, on the same streets."""
        if "study" in vars(self):
            study, was = self.study, self.base.study
            return study.walking == was.walking and study.streets is was.streets
        return not self._walking

    @cached_property
    def quick(self) -> dict[str, Quick]:
        """Return the touched rules that need not be judged anew, by id."""
        zones, alike = self.base.study.zones, self.on_foot_alike and self.change.same_pieces
        if not alike or self.kinds_lost or (zones is not None and len(zones)):
            return {}
        found = {rule.id: quick(self.base, self.change, rule) for rule in self.touched}
        return {name: one for name, one in found.items() if one is not None}

    def settle(self) -> None:
        """Judge every rule."""
        _ = self.judgements

    @cached_property
    def context(self) -> Context:
        """Return what rules share of the scenario: what did not change is taken over."""
        changed = self.kinds_changed if self.change.same_pieces else KINDS
        return Context(self.study).after(self.base.context, changed)

    @cached_property
    def touched(self) -> list[Rule]:
        """Return the rules that may come to something else."""
        return [rule for rule in self.base.rules if self._may_change(rule)]

    def _may_change(self, rule: Rule) -> bool:
        kind = self.base.kinds[rule.id]
        if kind.again is not None and self.base.context.missing_input(rule) and not self.kinds_lost:
            return False  # what is missing stays missing, for the same reason
        if not self.on_foot_alike and (kind.paced or self.study.streets is not self.base.study.streets):
            return True
        if not self.kinds_changed:
            return False
        return not self.change.same_pieces or kind.reads is None or bool(self.kinds_changed & set(kind.reads(rule)))

    @cached_property
    def judgements(self) -> list[tuple[Rule, Judgement]]:
        """Return what every rule comes to."""
        again = {rule.id for rule in self.touched}
        for rule in self.base.rules:
            kind = self.base.kinds[rule.id]
            if rule.id not in again:
                judgement = self.base.context.judged[rule.id]
            elif rule.id in self.quick:
                judgement = self.quick[rule.id].judgement(self.context, kind.again.reach)
            else:
                judgement = judged(self.context, rule, kind)
            self.context.judged[rule.id] = judgement
        return [(rule, self.context.judged[rule.id]) for rule in self.base.rules]

    @cached_property
    def zones(self) -> tuple[Study, list[tuple[Rule, Judgement]]]:
        """Return what the touched rules come to in the functional zones."""
        return zone_judgements(self.context, self.touched, [self.base.kinds[rule.id] for rule in self.touched])

    def _of_touched(self) -> list[tuple[Rule, Judgement]]:
        again = {rule.id for rule in self.touched}
        return [(rule, judgement) for rule, judgement in self.judgements if rule.id in again]

    def findings(self) -> pd.DataFrame:
        """Return the findings, in the order of an audit."""
        if len(self.quick) == len(self.touched):
            return self._columns.with_rules(list(self.quick.values()))
        zoned, zones = self.zones
        return self._patched(
            self._base_findings, findings_of(self.study, self._of_touched()), findings_of(zoned, zones)
        )

    @property
    def _base_findings(self) -> pd.DataFrame:
        """Return the findings of the base, before other readings marked some as sensitive."""
        kept: pd.DataFrame = self.base.context.kept.get("findings", self.base.findings)
        return kept

    @property
    def _columns(self) -> FindingColumns:
        kept = self.base.context.kept
        if "columns" not in kept:
            kept["columns"] = FindingColumns(self.base, self._base_findings)
        found: FindingColumns = kept["columns"]
        return found

    def flags(self) -> pd.DataFrame:
        """Return the flags of the findings."""
        return self._patched(self.base.flags, flags_of(self._of_touched()), flags_of(self.zones[1]))

    def _patched(self, table: pd.DataFrame, own: pd.DataFrame, zones: pd.DataFrame) -> pd.DataFrame:
        """Return a table with the rows of the touched rules in the place of those of the base."""
        parts = []
        for in_zones, new in ((False, own), (True, zones)):
            old = table[(table["level"] == "zone") == in_zones]
            parts += self._by_rule(old, new)
        whole = pd.concat([part for part in parts if len(part)] or parts[:1])
        whole.index = whole.index.astype(table.index.dtype)
        return whole.astype({name: kind for name, kind in table.dtypes.items() if whole[name].dtype != kind})

    def _by_rule(self, old: pd.DataFrame, new: pd.DataFrame) -> list[pd.DataFrame]:
        again = {rule.id for rule in self.touched}
        rows = {False: old.groupby("rule", sort=False).indices, True: new.groupby("rule", sort=False).indices}
        tables = {False: old, True: new}
        none = np.empty(0, dtype=np.int64)
        return [tables[rule.id in again].iloc[rows[rule.id in again].get(rule.id, none)] for rule in self.base.rules]

    def reach(self) -> dict[str, pd.DataFrame]:
        """Return who is reached, by id of a rule."""
        return {rule.id: one.reach for rule, one in self.judgements if one.reach is not None}

    def gaps(self) -> gpd.GeoDataFrame:
        """Return the gaps."""
        clauses = [(rule, self.base.kinds[rule.id], judgement) for rule, judgement in self._of_touched()]
        made = gaps_again(self.context, self.base.context, clauses, self.base.gaps)
        return joined(self._by_rule(self.base.gaps, joined(made, self.study)), self.study)

    def ranking(self) -> pd.DataFrame:
        """Return the districts of each rule, the worst first."""
        return pd.concat([ranking(rule, one.findings) for rule, one in self.judgements], ignore_index=True)

    def next_sites(self) -> pd.DataFrame:
        """Return where one more facility helps most."""
        districts = [str(code) for code in self.study.districts.index]
        again, rows = {rule.id for rule in self.touched}, list[Any]()
        for rule, judgement in self.judgements:
            kind, old = self.base.kinds[rule.id], self.base.next_sites
            if rule.id not in again:
                rows += old[old["rule"] == rule.id].to_dict("records")
            elif kind.sites == "always":
                rows += next_sites(self.context, rule, kind, judgement, districts)
        return pd.DataFrame(rows, columns=list(SITE_COLUMNS))

    def provenance(self) -> dict[str, Any]:
        """Return what it all rests on."""
        profile = self.base.provenance["parameters"]["profile"]
        return provenance_of(self.study, self.context, self.base.standards, profile, self.judgements)


#: How each table of a report is made.
_TABLES: dict[str, Callable[[Again], Any]] = {
    "study": lambda again: again.study,
    "context": lambda again: again.context,
    "findings": Again.findings,
    "flags": Again.flags,
    "reach": Again.reach,
    "gaps": Again.gaps,
    "ranking": Again.ranking,
    "next_sites": Again.next_sites,
    "snapping": lambda again: snapping(again.context),
    "provenance": Again.provenance,
}
