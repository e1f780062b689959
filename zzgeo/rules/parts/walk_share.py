"""How many people walk to a facility in so many minutes: the reach that stands beside an administrative share."""

from __future__ import annotations

import math
from collections.abc import Hashable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd

from zzgeo.rules.parts.base import Context, reach_of
from zzgeo.rules.parts.on_foot import DETOUR, walked
from zzgeo.served import CITY, statuses, sums_by_key, tally, unreached
from zzgeo.standards import Rule
from zzgeo.vocabulary.flags import Flag

#: The walk of every living circle of the documents, in minutes.
MINUTES = 15.0


@dataclass(frozen=True)
class WalkShare:
    """Distances and status of every demand point a rule applies to, and flags of what was taken on trust."""

    group: str
    minutes: float
    table: pd.DataFrame
    flags: list[Flag]

    def sums(self, district: str | None) -> dict[str, float]:
        """Return people, covered, missed, excluded, unreached and share of a district, or of the city for None.

        ``unreached`` are those of the missed who are near a facility to which no street leads.
        """
        part = self.table if district is None else self.table[self.table["district"] == district]
        if not len(part):
            return dict.fromkeys(("people", "covered", "missed", "excluded", "unreached"), 0.0) | {"share": math.nan}
        sums = sums_by_key(tally(part["people"], part["status"], pd.Series(CITY, index=part.index)))[CITY]
        return sums | {"unreached": float(part["unreached"].sum())}

    def reach(self) -> pd.DataFrame:
        """Return the reach table of a judgement that counts people by their walk."""
        return reach_of(self.table, "streets_id")


def people_walking(context: Context, rule: Rule, minutes: float) -> WalkShare:
    """Measure who walks to a facility of a rule in so many minutes, at the speed of the group it counts.

    Without streets the straight line times 1.3 stands for the walk, flagged (rules.md R02).
    """
    group, flags = context.group(rule)
    reach = context.walk(rule, minutes)
    people = context.people_of(rule)
    table = walked(context, context.walks(rule)).loc[people.index]
    if context.network is None:
        flags = [*flags, Flag("streets.none", detour=DETOUR)]
    near = np.where(unreached(table, reach), people[group], 0.0)
    table = table.assign(
        people=people[group], district=people["district"], status=statuses(table, reach), unreached=near
    )
    return WalkShare(group, minutes, table, flags)


class Sums(NamedTuple):
    """The people of one place by (a) the units they live in, and by (b) their walk."""

    administrative: dict[str, float]
    walked: dict[str, float]
    unreached: float


def tallies(table: pd.DataFrame, key: pd.Series) -> dict[Hashable, Sums]:
    """Return the sums of every key with people, by columns ``status`` and ``walked``; each conserves the people."""
    administrative = sums_by_key(tally(table["people"], table["status"], key))
    walked = sums_by_key(tally(table["people"], table["walked"], key))
    near: dict[Hashable, float] = table["unreached"].groupby(key).sum().to_dict()
    return {code: Sums(sums, walked[code], near[code]) for code, sums in administrative.items() if sums["people"] > 0}
