"""How many people walk to a facility in so many minutes: the reach that stands beside an administrative share."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import NamedTuple

import pandas as pd

from zzgeo.rules.parts.base import Context, reach_of
from zzgeo.rules.time_circle import DETOUR
from zzgeo.served import CITY, statuses, sums_by_key, tally
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
        """Return people, covered, missed, excluded and share of a district, or of the city for None."""
        part = self.table if district is None else self.table[self.table["district"] == district]
        if not len(part):
            return {"people": 0.0, "covered": 0.0, "missed": 0.0, "excluded": 0.0, "share": float("nan")}
        return sums_by_key(tally(part["people"], part["status"], pd.Series(CITY, index=part.index)))[CITY]

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
    table = context.access(rule).loc[people.index]
    if context.network is None:
        table = table.assign(streets_m=table["straight_m"] * DETOUR, streets_id=table["straight_id"], on_streets=True)
        flags = [*flags, Flag("streets.none", detour=DETOUR)]
    table = table.assign(people=people[group], district=people["district"], status=statuses(table, reach))
    return WalkShare(group, minutes, table, flags)


class Sums(NamedTuple):
    """The people of one place by (a) the units they live in, and by (b) their walk."""

    administrative: dict[str, float]
    walked: dict[str, float]


def tallies(table: pd.DataFrame, key: pd.Series) -> dict[Hashable, Sums]:
    """Return the sums of every key with people, by columns ``status`` and ``walked``; each conserves the people."""
    administrative = sums_by_key(tally(table["people"], table["status"], key))
    walked = sums_by_key(tally(table["people"], table["walked"], key))
    return {code: Sums(sums, walked[code]) for code, sums in administrative.items() if sums["people"] > 0}
