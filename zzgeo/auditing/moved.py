"""Who is covered by one audit and not by another, of the same people."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from zzgeo.served import CITY
from zzgeo.vocabulary.statuses import BETWEEN, COVERED

if TYPE_CHECKING:
    from zzgeo.auditing.report import AuditReport

#: Rule, level, and the code of the place.
Key = tuple[str, str, str]


def moved_people(old: AuditReport, new: AuditReport) -> dict[Key, tuple[float, float]]:
    """Return the people gained and lost of every rule, by district and in the city, both measured on the same people.

    A clause whose facilities, and whose way of walking, are the same in both is not looked at again: nobody moved.
    """
    moved: dict[Key, tuple[float, float]] = {}
    for rule in new.reach.keys() & old.reach.keys():
        was, now = old.reach[rule], new.reach[rule]
        if was is now:
            continue
        if not (was.index.equals(now.index) and np.array_equal(was["people"], now["people"], equal_nan=True)):
            continue
        covered = [one["status"].isin([COVERED, BETWEEN]).to_numpy() for one in (was, now)]
        people = now["people"].to_numpy(dtype=float, na_value=0.0)
        district = new.study.demand["district"].loc[now.index] if len(now) else now["people"]
        gained, lost = (np.where(one & ~other, people, 0.0) for one, other in (covered[::-1], covered))
        sums = pd.DataFrame({"gained": gained, "lost": lost}).groupby(district.astype(str).to_numpy()).sum()
        moved[rule, CITY, ""] = float(gained.sum()), float(lost.sum())
        moved |= {(rule, "district", str(code)): (row["gained"], row["lost"]) for code, row in sums.iterrows()}
    return moved
