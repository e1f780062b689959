"""A clause judged again after a few facilities came or went, from what was found before; and findings with it in them.

Only findings that may differ are made again. What the others say first, how many facilities were taken on trust, is
said anew by the flags they share.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from zzgeo.auditing.table import FROM_FINDING
from zzgeo.intake.lost import lost_of
from zzgeo.rules.parts.base import Context, Finding, Judgement, RuleKind
from zzgeo.rules.parts.certainty import certainty_of
from zzgeo.rules.parts.losses import Losses, doubt_of, most_of_each, nothing_else, people_of_each
from zzgeo.rules.parts.moves import Change, Moves, Rejudged
from zzgeo.rules.parts.settling import settled_finding
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
        fresh = {place: settled_finding(certain(one)) for place, one in again.fresh.items()}
        return _told(rule, moves, dataclasses.replace(again, fresh=fresh), before, None)
    losses = Losses(lost, moves.used, _served(context, rule, again))
    if losses.units_turn != Losses(lost, len(moves.kept.ids), {}).units_turn:
        return None
    places = [place for place in clause.places if place not in again.fresh]
    fresh = {place: _first(raw.findings[place], again) for place in places} | again.fresh
    fresh = {place: settled_finding(certain(losses.told_of(one))) for place, one in fresh.items()}
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
        self._series = {name: findings[name] for name in findings.columns}
        self._words: dict[str, _Words] = {}
        self._floats = [name for name in FROM_FINDING if findings[name].dtype == np.float64]
        self._numbers = np.array([self._series[name].to_numpy() for name in self._floats])

    def words(self, name: str) -> _Words:
        """Return a column of words."""
        if name not in self._words:
            self._words[name] = _Words.of(self._series[name])
        return self._words[name]

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
        columns: dict[str, Any] = dict(self._series)
        words = self._reworded(changed)
        places = [self.first[clause.rule.id] + place for clause in changed for place in clause.fresh]
        findings = [finding for clause in changed for finding in clause.fresh.values()]
        before = [clause.before.findings[place] for clause in changed for place in clause.fresh]
        place = np.array(places, dtype=np.int64)
        columns |= self._renumbered(place, findings)
        for name in FROM_FINDING:
            if name in self._floats:
                continue
            cells, own = _cells(name, findings), self._series[name]
            if name in words:
                words[name] = words[name].with_cells(place, cells)
            elif cells != (old := _cells(name, before)):
                rows = [row for row, (one, other) in enumerate(zip(cells, old, strict=True)) if one != other]
                cells = [cells[row] for row in rows]
                if isinstance(own.dtype, pd.StringDtype):
                    words[name] = self.words(name).with_cells(place[rows], cells)
                else:
                    columns[name] = own.to_numpy(copy=True)
                    columns[name][place[rows]] = cells
        columns |= {name: own.array() for name, own in words.items()}
        # columns that are as they were are series: to write into the new table is not to write into the old
        return pd.DataFrame(columns, index=self.table.index, copy=False)

    def _reworded(self, changed: Sequence[Quick]) -> dict[str, _Words]:
        """Return the texts of the flags of all findings of some rules, where those they share read otherwise."""
        words: dict[str, _Words] = {}
        for clause in changed:
            if not clause.same_flags:
                first = self.first[clause.rule.id]
                which, lists = self.flags_of(clause.rule.id, clause.again.filled)
                read = [clause.reads(*pair) for pair in lists]
                for name, text in _TEXTS.items():
                    own = words.get(name, self.words(name))
                    words[name] = own.put(slice(first, first + len(which)), [text(flags) for flags in read], which)
        return words

    def _renumbered(self, place: np.ndarray, findings: Sequence[Finding]) -> dict[str, np.ndarray]:
        """Return the columns of numbers that change."""
        if not self._floats or not findings:
            return {}
        numbers = attrgetter(*self._floats)
        new = np.array([numbers(one) for one in findings], dtype=float).reshape(len(findings), -1).T
        old = self._numbers[:, place]
        same = ((new == old) | (np.isnan(new) & np.isnan(old))).all(axis=1)
        columns = {}
        for row in np.flatnonzero(~same).tolist():
            columns[self._floats[row]] = self._numbers[row].copy()
            columns[self._floats[row]][place] = new[row]
        return columns


def _cells(name: str, findings: Sequence[Finding]) -> list[Any]:
    """Return the cells of a column that findings fill, as `zzgeo.auditing.table.finding_cells` has them."""
    if name not in _TEXTS:
        return list(map(attrgetter(name), findings))
    texts: dict[tuple[int, ...], str] = {}
    cells = []
    for flags in map(attrgetter("flags"), findings):
        # many findings share their flags: each list of them is read once
        key = tuple(map(id, flags))
        if key not in texts:
            texts[key] = _TEXTS[name](tuple(flags))
        cells.append(texts[key])
    return cells


@dataclass(frozen=True, eq=False)
class _Words:
    """A column of words: the number of the word of each row (-1: none), the words there were, those that are new."""

    which: np.ndarray
    words: Any
    number: Mapping[object, int]
    new: tuple[str, ...] = ()

    @classmethod
    def of(cls, column: pd.Series) -> _Words:
        """Return a column as it is."""
        which, words = pd.factorize(column)
        return cls(which.astype(np.int64), words.array, {word: n for n, word in enumerate(words)})

    def with_cells(self, places: np.ndarray, cells: list[str]) -> _Words:
        """Return the column with other words at some places; itself where they are no others."""
        row: dict[str, int] = {}
        which = np.array([row.setdefault(cell, len(row)) for cell in cells], dtype=np.int64)
        return self.put(places, list(row), which)

    def put(self, places: np.ndarray | slice, words: list[str], which: np.ndarray) -> _Words:
        """Return the column with some words (``which`` of them) at some places; itself where they are no others."""
        first, new = len(self.words) + len(self.new), list[str]()
        number = []
        for word in words:
            known = -1 if pd.isna(word) else self.number.get(word)
            number.append(first + len(new) if known is None else known)
            if known is None:
                new.append(word)
        values = np.array(number, dtype=np.int64)[which]
        if np.array_equal(self.which[places], values):
            return self
        whole = self.which.copy()
        whole[places] = values
        return dataclasses.replace(self, which=whole, new=(*self.new, *new))

    def array(self) -> Any:
        """Return the column of a table."""
        words = self.words
        if self.new:
            words = words._concat_same_type([words, pd.array(list(self.new), dtype=words.dtype)])
        return words.take(self.which, allow_fill=True)


_TEXTS: Mapping[str, Callable[[Flags], str]] = {
    "flags": lambda flags: "; ".join(flag.text("en") for flag in flags),
    "flag_codes": lambda flags: "; ".join(flag.code for flag in flags),
}
