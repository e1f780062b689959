"""What a clause finds with sites in place: the people it serves, and the verdicts that turn, judged as in an audit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pandas as pd

from zzgeo.rules.parts.base import Context, RuleKind
from zzgeo.rules.parts.losses import judged
from zzgeo.siting.demand import served_people
from zzgeo.standards import Rule
from zzgeo.vocabulary.verdicts import FAIL, PASS

#: Clause, level and code of a district or of the city, and its verdict.
Verdicts = dict[tuple[str, str, str], str]


@dataclass(frozen=True)
class Measured:
    """What one clause finds: of every demand point, of how many people served in each row, and its verdicts."""

    reach: pd.DataFrame | None
    served: pd.Series
    verdicts: Verdicts


def measured(context: Context, rule: Rule, kind: RuleKind, districts: Sequence[str] = ()) -> Measured:
    """Judge a clause as an audit does, and count whom it serves in some districts, or in all."""
    judgement = judged(context, rule, kind)
    verdicts = {(rule.id, one.level, one.code): one.verdict for one in judgement.findings if one.level != "unit"}
    served = served_people(context, rule, kind, judgement.reach, districts)
    return Measured(judgement.reach, served, verdicts)


def gained(before: pd.Series, after: pd.Series) -> float:
    """Return how many more people of the rows before are served after.

    People whom a clause counts only because of the sites (it judges no unit without a facility) are not among them.

    Examples
    --------
    >>> gained(pd.Series({"p": 0.0, "q": 5.0}), pd.Series({"p": 7.0, "q": 5.0, "r": 9.0}))
    7.0
    """
    return float((after.reindex(before.index, fill_value=0.0) - before).sum())


def turning(verdicts_at: Callable[[int], Verdicts], last: int) -> dict[int, list[tuple[str, str, str]]]:
    """Return after how many sites each verdict turns from fail to pass.

    Parameters
    ----------
    verdicts_at
        Judges the clauses with the first so many sites; 0 is as things stand.
    last
        Number of all sites.

    Examples
    --------
    >>> def judge(sites: int) -> Verdicts:
    ...     return {("r", "city", "city"): "pass" if sites >= 3 else "fail"}
    >>> turning(judge, 5)
    {3: [('r', 'city', 'city')]}
    """
    known: dict[int, Verdicts] = {0: verdicts_at(0)}
    turns: dict[int, list[tuple[str, str, str]]] = {}

    def between(low: int, high: int) -> None:
        for number in (low, high):
            known.setdefault(number, verdicts_at(number) if number not in known else known[number])
        changed = [key for key, one in known[low].items() if one == FAIL and known[high].get(key) == PASS]
        if not changed:
            return
        if high - low == 1:
            turns[high] = changed
            return
        middle = (low + high) // 2
        between(low, middle)
        between(middle, high)

    if last:
        between(0, last)
    return dict(sorted(turns.items()))
