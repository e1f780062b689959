"""Rows of lists that stand for facilities and could not be used: of which kinds they may be, and what they cost.

A row that repeats one in use costs nothing, nor does one that the study, its source or a stated rule leaves out. A row
whose kind nobody knows may be of any kind that its list holds. Of a kind of which more rows were lost than are in use
nothing can be said: it is no data, like a kind without a list.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping

import pandas as pd

from zzgeo.codes import is_error
from zzgeo.errors import Problem
from zzgeo.formats.parts.base import RawLayer, Rejected
from zzgeo.intake import values
from zzgeo.intake.kind_words import is_typecode, kind_by_word
from zzgeo.spec.kinds import NO_KIND, kind_from_name
from zzgeo.spec.study_file import FacilitiesSpec

#: The kinds that a lost row may be of, with the number of such rows.
Lost = Mapping[frozenset[str], int]

#: What such a row stands for is in use by another row, or is nothing of its own.
NO_LOSS = frozenset(("row.duplicate", "id.duplicate", "row.total"))


def is_loss(row: Rejected) -> bool:
    """Tell whether a row that was set aside stands for something that is in use nowhere else."""
    return is_error(row.code) and (row.of_its_own or row.code not in NO_LOSS)


def lost_rows(spec: FacilitiesSpec, raw: RawLayer, rejected: Iterable[Rejected], used: Collection[str]) -> Lost:
    """Count the rows of one list that were set aside and stand for a facility, by the kinds they may be of.

    Parameters
    ----------
    spec, raw
        The list as the study names it, and as its file holds it.
    rejected
        Every row of it that was set aside.
    used
        The kinds of its rows in use.

    Returns
    -------
    Mapping
        ``{kinds: number of rows}``; a row whose kind is known stands under that kind alone.
    """
    aside = {row.row: row.kinds for row in rejected if is_loss(row)}
    if not aside:
        return {}
    if spec.kind and not spec.kind_column:
        return {frozenset((spec.kind,)): len(aside)}
    words = _words(spec, raw.table)
    any_of_them = frozenset((*spec.kinds.values(), *used)) - {NO_KIND}
    by_kinds: Counter[frozenset[str]] = Counter()
    for row, known in aside.items():
        if known:
            by_kinds[frozenset(known)] += 1
            continue
        word, kind = words.get(row, ("", None))
        if kind or not is_typecode(word):
            by_kinds[frozenset((kind,)) if kind else any_of_them] += 1
    return {kinds: number for kinds, number in by_kinds.items() if kinds and kinds != {NO_KIND}}


def _words(spec: FacilitiesSpec, table: pd.DataFrame) -> dict[str, tuple[str, str | None]]:
    """Return {row: (the word that tells its kind, the kind or None)} of the rows a file could be read of."""
    by_word, name = kind_by_word(spec.kinds), spec.columns.get("name", "name")
    for heading, tell in ((spec.kind_column, by_word), ("kind", by_word), (name, kind_from_name)):
        if heading and heading in table.columns:
            cells = values.texts(table[heading])
            return {str(row): (word or "", tell(word) if word else None) for row, word in cells.items()}
    return {}


def together(parts: Iterable[Lost]) -> Lost:
    """Return the lost rows of several lists as one count."""
    whole: Counter[frozenset[str]] = Counter()
    for part in parts:
        whole.update(part)
    return dict(whole)


def lost_of(lost: Lost, kinds: Collection[str]) -> int:
    """Return how many lost rows may be of one of some kinds.

    Examples
    --------
    >>> lost_of({frozenset(("park",)): 2, frozenset(("park", "market")): 1}, ["market"])
    1
    """
    wanted = frozenset(kinds)
    return sum(number for some, number in lost.items() if some & wanted)


def unusable(lost: Lost, used: Mapping[str, int]) -> frozenset[str]:
    """Return the kinds of which more rows may be lost than are in use, ``used`` being {kind: number of rows}.

    Examples
    --------
    >>> sorted(unusable({frozenset(("park",)): 2, frozenset(("market",)): 1}, {"market": 9}))
    ['park']
    """
    kinds = {kind for some in lost for kind in some}
    return frozenset(kind for kind in kinds if lost_of(lost, (kind,)) > used.get(kind, 0))


def lost_kinds(lost: Lost, used: Mapping[str, int]) -> list[Problem]:
    """Warn of every kind of which more rows may be lost than are in use: its clauses will be without data."""
    why = "more of its rows were set aside than can be used: nothing can be said of this kind"
    remedy = f'correct the rows, map their words, or say "{NO_KIND}" of words that are not counted'
    return [
        Problem("kind.lost", "facilities", _numbers(lost, used, kind), why, remedy, "warning")
        for kind in sorted(unusable(lost, used))
    ]


def _numbers(lost: Lost, used: Mapping[str, int], kind: str) -> str:
    return f"{kind}: {lost_of(lost, (kind,))} rows set aside, {used.get(kind, 0)} in use"
