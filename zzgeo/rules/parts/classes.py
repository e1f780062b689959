"""Several kinds of facility on foot: the walk to the nearest of each, and which kinds have no list."""

from __future__ import annotations

import numpy as np
import pandas as pd

from zzgeo.network import Reach, WalkNetwork
from zzgeo.rules.parts.base import Context, paced_streets, plain_streets
from zzgeo.rules.parts.on_foot import walked
from zzgeo.standards import Rule


def reach_of_classes(context: Context, rule: Rule) -> Reach:
    """Return how far people may walk: the clause's `metres` of the streets, or its `minutes` at their speed."""
    if "metres" in rule.params:
        return Reach.along_streets(rule.param("metres", 0.0))
    return context.walk(rule, rule.param("minutes", 0.0))


def limit_of_classes(context: Context, rule: Rule) -> float:
    """Return how far people may walk, in metres."""
    return reach_of_classes(context, rule).metres


def streets_of_classes(context: Context, rule: Rule) -> WalkNetwork | None:
    """Return the streets the walks are measured on."""
    return (plain_streets if "metres" in rule.params else paced_streets)(context, rule)


def kinds_of(context: Context, rule: Rule) -> tuple[list[str], list[str]]:
    """Return the kinds of a clause that the study has a list of, each once, and those it has none of."""
    kinds = dict.fromkeys(rule.facilities)
    known = [kind for kind in kinds if kind in context.study.kinds_known]
    return known, [kind for kind in kinds if kind not in known]


def walks_to_classes(context: Context, rule: Rule, kinds: list[str]) -> dict[str, pd.DataFrame]:
    """Return how far every demand point walks to the nearest facility of each kind, as `walked` tells it."""
    network = streets_of_classes(context, rule)
    alone = {kind: rule.model_copy(update={"facilities": (kind,)}) for kind in kinds}
    return {kind: walked(context, context.access(one, network)) for kind, one in alone.items()}


def asked_of_classes(rule: Rule, reach: Reach) -> dict[str, object]:
    """Return what a finding says of the walk."""
    if reach.minutes is None:
        return {"limit_m": reach.metres}
    return {"minutes": reach.minutes, "speed_m_per_s": reach.speed_m_per_s, "limit_m": round(reach.metres, 6)}


def walk_words(reach: Reach) -> tuple[str, str]:
    """Return a walk in words, zh and en.

    Examples
    --------
    >>> walk_words(Reach.along_streets(800)), walk_words(Reach.walk(15, metres_per_second=1.0))
    (('步行800米之内', 'within 800 m on foot'), ('步行15分钟', 'within 15 min on foot'))
    """
    if reach.minutes is None:
        return f"步行{reach.metres:g}米之内", f"within {reach.metres:g} m on foot"
    return f"步行{reach.minutes:g}分钟", f"within {reach.minutes:g} min on foot"


def nth_of(columns: list[np.ndarray], n: int) -> np.ndarray:
    """Return the n-th smallest of several numbers in each row, ``inf`` where there are fewer, 0 for the 0th.

    Examples
    --------
    >>> nth_of([np.array([300.0, 50.0]), np.array([100.0, 70.0])], 2).tolist()
    [300.0, 70.0]
    """
    rows = len(columns[0])
    if n < 1:
        return np.zeros(rows)
    if n > len(columns):
        return np.full(rows, np.inf)
    nth: np.ndarray = np.partition(np.column_stack(columns), n - 1, axis=1)[:, n - 1]
    return nth
