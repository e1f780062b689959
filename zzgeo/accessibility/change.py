"""Who gains and who loses between two results of `measure_access`."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from zzgeo.accessibility.result import AccessChoices
from zzgeo.errors import InputError, Problem
from zzgeo.numbers import settled_table
from zzgeo.served import CITY

#: Two values that differ by less than this share are the same: a table on disk holds ten digits.
_SAME = 1e-9


@dataclass(frozen=True)
class AccessChange:
    """Who gained and who lost since an earlier result.

    Parameters
    ----------
    table
        A row per measure and district, the city last: ``measure`` (``minutes``: the way to the nearest), ``district``,
        ``gained`` and ``lost`` (people who have it within the minutes now and had not, or the other way round; only in
        rows of ``minutes``, NaN elsewhere), ``better``, ``worse``, ``same`` (people by how their own value moved), and
        ``unknown`` (people at places that are new, or of which one of the two cannot tell). People are those of now.
    gone
        People of the earlier result at places that are no longer there.
    """

    table: pd.DataFrame
    gone: float


def compare_access(before: pd.DataFrame, now: pd.DataFrame, minutes: float, measures: tuple[str, ...]) -> AccessChange:
    """Compare two tables of places, row by row of the same ``demand_id``.

    Parameters
    ----------
    before, now
        ``places`` of two `AccessResult`.
    minutes
        The limit both were asked with.
    measures
        Measures both have.

    Returns
    -------
    AccessChange

    Examples
    --------
    >>> before = pd.DataFrame({"district": "W", "people": 10.0, "minutes": [9.0, 20.0]}, index=["p", "q"])
    >>> now = before.assign(minutes=[9.0, 12.0])
    >>> compare_access(before, now, 15, ()).table[["district", "gained", "lost", "better", "same"]].values.tolist()
    [['W', 10.0, 0.0, 10.0, 10.0], ['city', 10.0, 0.0, 10.0, 10.0]]
    """
    # one of them was read from a file, where figures are written to what they mean
    before, now = settled_table(before), settled_table(now)
    earlier = before.reindex(now.index)
    rows = [_moved(name, earlier[name], now, minutes if name == "minutes" else None) for name in ("minutes", *measures)]
    gone = before.loc[~before.index.isin(now.index), "people"].sum()
    return AccessChange(pd.concat(rows, ignore_index=True), float(gone))


def same_question(before: AccessChoices, now: AccessChoices) -> None:
    """Refuse to compare results that answer different questions.

    Raises
    ------
    InputError
        ``file.inconsistent`` with each choice that differs.
    """
    problems = [
        Problem(
            "file.inconsistent",
            "--against",
            f"{name}: {getattr(before, name)} then, {getattr(now, name)} now",
            "the earlier result answers another question",
            "ask the same of both",
        )
        for name in ("kinds", "minutes", "group", "capacity")
        if getattr(before, name) != getattr(now, name)
    ]
    if problems:
        raise InputError(problems)


def _moved(name: str, earlier: pd.Series, now: pd.DataFrame, limit: float | None) -> pd.DataFrame:
    old, new = earlier.to_numpy(dtype=float), now[name].to_numpy(dtype=float)
    people = now["people"].to_numpy(dtype=float)
    known = ~(np.isnan(old) | np.isnan(new))
    same = known & np.isclose(new, old, rtol=_SAME, atol=0.0)
    # a shorter way is better, and so is more of anything else
    better = known & ~same & ((new < old) if limit is not None else (new > old))
    masks = {"better": better, "worse": known & ~same & ~better, "same": same, "unknown": ~known}
    if limit is not None:
        inside, was = new <= limit * (1 + _SAME), old <= limit * (1 + _SAME)
        masks = {"gained": known & inside & ~was, "lost": known & was & ~inside, **masks}
    sums = pd.DataFrame({column: np.where(mask, people, 0.0) for column, mask in masks.items()})
    home = now["district"].astype(object).to_numpy()
    inside_any = ~pd.isna(home)
    table = sums[inside_any].groupby(home[inside_any], sort=True).sum()
    table.loc[CITY] = sums[inside_any].sum()
    table = table.rename_axis("district").reset_index()
    table.insert(0, "measure", name)
    return table.reindex(columns=["measure", "district", "gained", "lost", "better", "worse", "same", "unknown"])
