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
from zzgeo.rules.parts.base import Context, Finding, Judgement, RuleKind
from zzgeo.rules.parts.certainty import certainty_of
from zzgeo.rules.parts.losses import Losses, doubt_of, most_of_each, nothing_else, people_of_each
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
                one = old.changed(flags=list(self.reads(tuple(old.flags), self.again.filled(old))))
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
    clause = _clause(context, rule, kind)
    if clause is None or doubt_of(context.study, change.added, rule, kind):
        return None
    raw, before, lost, certain = clause.raw, clause.before, clause.lost, clause.certain
    moves = change.moves(rule, context.network)
    again = None if moves is None else kind.again.judge(moves, rule, raw)
    if moves is None or again is None:
        return None
    if not lost:
        fresh = {place: certain(one) for place, one in again.fresh.items()}
        return _told(rule, moves, dataclasses.replace(again, fresh=fresh), before, None)
    losses = Losses(lost, moves.used, _served(context, rule, again))
    if losses.units_turn != Losses(lost, len(moves.kept.ids), {}).units_turn:
        return None
    places = [place for place in clause.places if place not in again.fresh]
    fresh = {place: _first(raw.findings[place], again) for place in places} | again.fresh
    fresh = {place: certain(losses.told_of(one)) for place, one in fresh.items()}
    return _told(rule, moves, dataclasses.replace(again, fresh=fresh), before, losses)


@dataclass(frozen=True)
class _Clause:
    """What is known of a clause before anything changes: ``places`` are those of findings that are not of a unit."""

    raw: Judgement
    before: Judgement
    lost: int
    certain: Callable[[Finding], Finding]
    places: list[int]


def _clause(context: Context, rule: Rule, kind: RuleKind) -> _Clause | None:
    """Return what is known of a clause, looked up once; None where it has to be judged anew."""
    key = ("clause", rule.id)
    if key not in context.kept:
        raw, before = context.raw.get(rule.id), context.judged.get(rule.id)
        known = None
        if kind.again and raw and before and plain(rule) and nothing_else(context, rule, kind):
            places = [place for place, one in enumerate(raw.findings) if one.level != "unit"]
            lost = lost_of(context.study.lost, rule.facilities)
            known = _Clause(raw, before, lost, certainty_of(context, rule), places)
        context.kept[key] = known
    clause: _Clause | None = context.kept[key]
    return clause


def _first(finding: Finding, again: Rejudged) -> Finding:
    """Return a finding with what is said first said anew."""
    if not again.filled(finding):
        return finding
    return finding.changed(flags=[*again.now, *finding.flags[len(again.was) :]])


def _told(rule: Rule, moves: Moves, again: Rejudged, before: Judgement, losses: Losses | None) -> Quick:
    first, now = tuple(again.was), tuple(again.now)

    def reads(flags: Flags, filled: bool) -> Flags:
        flags = (*now, *flags[len(first) :]) if filled else flags
        return flags if losses is None else losses.retold(flags)

    same = first == now and (losses is None or losses.used == len(moves.kept.ids))
    return Quick(rule, moves, again, again.fresh, reads, same, before)


def _served(context: Context, rule: Rule, again: Rejudged) -> dict[str, float]:
    """Return the most people one facility serves in each district, and in the city."""
    serving = again.serving
    if serving is None:
        return {}
    if ("districts", "place") not in context.kept:
        district = context.key("district", context.study.demand).cat
        codes = [str(code) for code in district.categories]
        context.kept["districts", "place"] = district.codes.to_numpy().astype(np.int64), codes
    place, codes = context.kept["districts", "place"]

    def people_of(rows: np.ndarray | None, now: bool, many: int = 0) -> np.ndarray:
        rows, reached, facility, people = serving.who(rows, now)
        return people_of_each(place[rows], facility, np.where(reached, people, 0.0), len(codes), many)

    if not serving.whole_people:
        return most_of_each(people_of(None, True), codes)
    if ("served", rule.id) not in context.kept:
        context.kept["served", rule.id] = people_of(None, False)
    before: np.ndarray = context.kept["served", rule.id]
    now = people_of(serving.rows, True, before.shape[1])
    now[:, : before.shape[1]] += before - people_of(serving.rows, False, before.shape[1])
    return most_of_each(now, codes)


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
        self._columns: dict[str, _Column] = {}

    def column(self, name: str) -> _Column:
        """Return a column that a finding fills."""
        if name not in self._columns:
            self._columns[name] = _Column.of(self.table[name])
        return self._columns[name]

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
        columns: dict[str, _Column] = {}
        for clause in changed:
            if not clause.same_flags:
                first = self.first[clause.rule.id]
                which, lists = self.flags_of(clause.rule.id, clause.again.filled)
                read = [clause.reads(*pair) for pair in lists]
                for name, text in _TEXTS.items():
                    own = columns.get(name, self.column(name))
                    columns[name] = own.with_words(first, which, [text(flags) for flags in read])
        places = [np.array(list(clause.fresh), dtype=np.int64) + self.first[clause.rule.id] for clause in changed]
        rows = [finding_cells(finding) for clause in changed for finding in clause.fresh.values()]
        table = self.table.copy(deep=False)
        if rows:
            place = np.concatenate(places)
            for name in FROM_FINDING:
                own = columns.get(name, self.column(name))
                columns[name] = own.with_cells(place, [row[name] for row in rows])
        for name, column in columns.items():
            if column is not self.column(name):
                table[name] = column.series(table.index)
        return table


@dataclass(frozen=True, eq=False)
class _Column:
    """A column of a table; words as numbers of words, each of which stands there once."""

    values: np.ndarray
    dtype: Any
    words: list[object] | None = None

    @classmethod
    def of(cls, column: pd.Series) -> _Column:
        """Return a column as it is."""
        if not isinstance(column.dtype, pd.StringDtype):
            return cls(column.to_numpy(), column.dtype)
        numbers, words = pd.factorize(column)
        return cls(numbers.astype(np.int64), column.dtype, list(words))

    def with_words(self, first: int, which: np.ndarray, words: list[str]) -> _Column:
        """Return the column with words in the place of others, from a row on."""
        return self._put(slice(first, first + len(which)), words, which)

    def with_cells(self, places: np.ndarray, cells: list[object]) -> _Column:
        """Return the column with other cells at some places; itself where they are no others."""
        if self.words is not None:
            new = list(dict.fromkeys(cells))
            number = {word: n for n, word in enumerate(new)}
            return self._put(places, new, np.array([number[cell] for cell in cells], dtype=np.int64))
        values = np.empty(len(cells), dtype=self.values.dtype)
        values[:] = cells
        return self if _same(self.values[places], values) else self._with(places, values)

    def _put(self, places: np.ndarray | slice, words: list[Any], which: np.ndarray) -> _Column:
        assert self.words is not None
        new = [word for word in words if not pd.isna(word)]
        later = {word: len(self.words) + n for n, word in enumerate(new)}
        number = np.array([-1 if pd.isna(word) else self._number.get(word, later.get(word)) for word in words])[which]
        if np.array_equal(self.values[places], number):
            return self
        return dataclasses.replace(self._with(places, number), words=[*self.words, *new])

    @cached_property
    def _number(self) -> dict[object, int]:
        assert self.words is not None
        return {word: n for n, word in enumerate(self.words)}

    def _with(self, places: np.ndarray | slice, values: np.ndarray) -> _Column:
        whole = self.values.copy()
        whole[places] = values
        return _Column(whole, self.dtype, self.words)

    def series(self, index: pd.Index) -> pd.Series:
        """Return the column of a table."""
        values: Any = self.values
        if self.words is not None:
            words: Any = pd.array(self.words, dtype=self.dtype)
            values = words.take(self.values, allow_fill=True)
        column: pd.Series = pd.Series(values, index=index, dtype=self.dtype, copy=False)
        return column


_TEXTS: Mapping[str, Callable[[Flags], str]] = {
    "flags": lambda flags: "; ".join(flag.text("en") for flag in flags),
    "flag_codes": lambda flags: "; ".join(flag.code for flag in flags),
}


def _same(one: np.ndarray, other: np.ndarray) -> bool:
    if one.dtype == np.float64:
        return bool(((one == other) | (np.isnan(one) & np.isnan(other))).all())
    return bool(all(a is b or a == b for a, b in zip(one, other, strict=True)))
