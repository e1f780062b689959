"""A clause judged again after a few facilities came or went, from what was found before; and findings with it in them.

Only findings that may differ are made again. What the others say first, how many facilities were taken on trust, is
said anew by the flags they share.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from zzgeo.auditing.table import FROM_FINDING, finding_cells
from zzgeo.intake.lost import lost_of
from zzgeo.rules.parts.base import Context, Finding, Judgement
from zzgeo.rules.parts.certainty import certainty_of
from zzgeo.rules.parts.losses import Losses, most_served, nothing_else
from zzgeo.rules.parts.moves import Change, Moves, Rejudged
from zzgeo.rules.parts.wording import plain
from zzgeo.standards import Rule
from zzgeo.vocabulary.flags import Flag

if TYPE_CHECKING:
    from zzgeo.auditing.report import AuditReport

Flags = tuple[Flag, ...]


@dataclass(frozen=True)
class Quick:
    """What a clause comes to: the findings made again, by place, and how the flags of the others read."""

    rule: Rule
    moves: Moves
    again: Rejudged
    fresh: dict[int, Finding]
    reads: Callable[[Flags, bool], Flags]
    same_flags: bool
    before: Judgement

    def findings(self) -> list[Finding]:
        """Return every finding."""
        findings = []
        for place, old in enumerate(self.before.findings):
            one = self.fresh.get(place, old)
            if place not in self.fresh and not self.same_flags:
                one = dataclasses.replace(old, flags=list(self.reads(tuple(old.flags), self.again.filled(old))))
            findings.append(one)
        return findings

    def judgement(self, context: Context, reach: Callable[[Context, Rule], pd.DataFrame | None]) -> Judgement:
        """Return the whole judgement, with the reach as the kind tells it."""
        facilities, _ = context.facilities(self.rule)
        context.know(self.rule, context.network, self.moves.table(facilities.index))
        return Judgement(self.findings(), reach(context, self.rule), self.again.zone)


def quick(base: AuditReport, change: Change, rule: Rule) -> Quick | None:
    """Return what a clause comes to after a change of facilities, or None where it has to be judged anew."""
    context, kind = base.context, base.kinds[rule.id]
    raw, before = context.raw.get(rule.id), context.judged.get(rule.id)
    if kind.again is None or raw is None or before is None or not plain(rule):
        return None
    if not nothing_else(context, rule, kind, change.added):
        return None
    moves = change.moves(rule, context.network)
    again = None if moves is None else kind.again.judge(moves, rule, raw)
    if moves is None or again is None:
        return None
    lost, kept = lost_of(context.study.lost, rule.facilities), moves.kept
    certain = certainty_of(context, rule)
    if not lost:
        fresh = {place: certain(one) for place, one in again.fresh.items()}
        return _told(rule, moves, dataclasses.replace(again, fresh=fresh), before, None)
    used = int(kept.stays(change.removed).sum()) + len(moves.new.ids)
    losses = Losses(lost, used, _served(context, again))
    if losses.units_turn != Losses(lost, len(kept.ids), {}).units_turn:
        return None
    places = [place for place, one in enumerate(raw.findings) if one.level != "unit" and place not in again.fresh]
    fresh = {place: _first(raw.findings[place], again) for place in places} | again.fresh
    fresh = {place: certain(losses.told_of(one)) for place, one in fresh.items()}
    return _told(rule, moves, dataclasses.replace(again, fresh=fresh), before, losses)


def _first(finding: Finding, again: Rejudged) -> Finding:
    """Return a finding with what is said first said anew."""
    if not again.filled(finding):
        return finding
    return dataclasses.replace(finding, flags=[*again.now, *finding.flags[len(again.was) :]])


def _told(rule: Rule, moves: Moves, again: Rejudged, before: Judgement, losses: Losses | None) -> Quick:
    first, now = tuple(again.was), tuple(again.now)

    def reads(flags: Flags, filled: bool) -> Flags:
        flags = (*now, *flags[len(first) :]) if filled else flags
        return flags if losses is None else losses.retold(flags)

    same = first == now and (losses is None or losses.used == len(moves.kept.ids))
    return Quick(rule, moves, again, again.fresh, reads, same, before)


def _served(context: Context, again: Rejudged) -> dict[str, float]:
    """Return the most people one facility serves in each district, and in the city."""
    if again.serving is None:
        return {}
    rows, reached, facility, people = again.serving()
    district = context.key("district", context.study.demand).cat
    place = district.codes.to_numpy()[rows].astype(np.int64)
    codes = [str(code) for code in district.categories]
    return most_served(place, facility, np.where(reached, people, 0.0), codes)


class FindingColumns:
    """The findings of a report as columns, with the flags of each finding, ready to be changed in a few places."""

    def __init__(self, report: AuditReport, findings: pd.DataFrame) -> None:
        self.table = findings
        self.first: dict[str, int] = {}
        at = 0
        for rule in report.rules:
            self.first[rule.id] = at
            at += len(report.context.judged[rule.id].findings)
        self.context = report.context

    @cached_property
    def cells(self) -> dict[str, np.ndarray]:
        """Return the columns that a finding fills."""
        return {name: self.table[name].to_numpy(copy=True, **_AS.get(name, {})) for name in FROM_FINDING}

    def flags_of(self, rule: str, filled: Callable[[Finding], bool]) -> tuple[np.ndarray, list[tuple[Flags, bool]]]:
        """Return which of some lists of flags each finding of a rule has, and those, each with whether it is filled."""
        key = ("flags", rule)
        if key not in self.context.kept:
            numbers: dict[tuple[Flags, bool], int] = {}
            pairs = [(tuple(one.flags), filled(one)) for one in self.context.judged[rule].findings]
            which = [numbers.setdefault(pair, len(numbers)) for pair in pairs]
            self.context.kept[key] = np.array(which, dtype=np.int64), list(numbers)
        found: Any = self.context.kept[key]
        return found[0], found[1]

    def with_rules(self, changed: Sequence[Quick]) -> pd.DataFrame:
        """Return the findings with those of some rules in the place of the old ones."""
        cells: dict[str, np.ndarray] = {}

        def own(name: str) -> np.ndarray:
            if name not in cells:
                cells[name] = self.cells[name].copy()
            return cells[name]

        for clause in changed:
            first = self.first[clause.rule.id]
            if not clause.same_flags:
                which, lists = self.flags_of(clause.rule.id, clause.again.filled)
                read = [clause.reads(*pair) for pair in lists]
                for name, text in _TEXTS.items():
                    own(name)[first : first + len(which)] = np.array([text(flags) for flags in read], dtype=object)[
                        which
                    ]
            places = np.array(list(clause.fresh), dtype=np.int64) + first
            rows = [finding_cells(finding) for finding in clause.fresh.values()]
            for name in FROM_FINDING:
                values = np.empty(len(rows), dtype=self.cells[name].dtype)
                values[:] = [row[name] for row in rows]
                if not _same(cells.get(name, self.cells[name])[places], values):
                    own(name)[places] = values
        table = self.table.copy(deep=False)
        for name, values in cells.items():
            table[name] = pd.Series(values, index=table.index, dtype=self.table[name].dtype)
        return table


#: Numbers stay numbers, everything else is an object.
_AS: Mapping[str, Mapping[str, Any]] = {
    name: {"dtype": object}
    for name in (
        "group",
        "value_unit",
        "operator",
        "verdict",
        "gap_unit",
        "flags",
        "flag_codes",
        "params",
        "note_zh",
        "note_en",
    )
}

_TEXTS: Mapping[str, Callable[[Flags], str]] = {
    "flags": lambda flags: "; ".join(flag.text("en") for flag in flags),
    "flag_codes": lambda flags: "; ".join(flag.code for flag in flags),
}


def _same(one: np.ndarray, other: np.ndarray) -> bool:
    if one.dtype == np.float64:
        return bool(((one == other) | (np.isnan(one) & np.isnan(other))).all())
    return bool(all(a is b or a == b for a, b in zip(one, other, strict=True)))
