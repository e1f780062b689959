"""What is known of each list of facilities: of which kinds it is complete, where, of which day, and what it lost."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

import pandas as pd

from zzgeo.errors import Problem
from zzgeo.formats import format_named
from zzgeo.intake.lost import Lost, lost_of
from zzgeo.spec.kinds import KINDS, NO_KIND
from zzgeo.spec.study_file import FacilitiesSpec

#: A list of so many dated openings, none of which is of so many years, is likely older than the study.
_DATED, STALE_YEARS = 10, 3


@dataclass(frozen=True)
class FacilityList:
    """One list of facilities, as the study names it and as its file holds it.

    Parameters
    ----------
    file
        Name of the file or table.
    kinds
        The kinds it is said to hold, and those it holds.
    complete
        Those of which it holds every facility there is in its districts, though it be none.
    declared
        Whether the study says of what the list is complete; else it is taken to be by what the list is.
    districts
        Codes of the districts it covers; None where it covers them all. Of any other it says nothing.
    dated
        The day it describes, where the study says it.
    newest
        The newest opening it tells, where it tells enough of them to say how old it is.
    used, lost
        How many rows are in use, and those that could not be, by the kinds they may be of.
    """

    file: str
    kinds: frozenset[str]
    complete: frozenset[str] = frozenset()
    declared: bool = False
    districts: frozenset[str] | None = None
    dated: dt.date | None = None
    newest: dt.date | None = None
    used: int = 0
    lost: Lost = field(default_factory=dict)

    def completeness(self, kinds: Iterable[str]) -> str:
        """Return whether it is complete of some kinds: ``"declared"``, ``"taken"``, ``"unknown"``."""
        if not set(kinds) & self.kinds <= self.complete:
            return "unknown"
        return "declared" if self.declared else "taken"

    def stale(self, as_of: dt.date) -> bool:
        """Tell whether the list is years older than a day: what has opened since may be missing."""
        return any(day is not None and is_stale(day, as_of) for day in (self.dated, self.newest))

    def certainty(self, kinds: Collection[str], as_of: dt.date) -> dict[str, object]:
        """Return all this of some kinds as plain values: what stands in the parameters of a finding."""
        held = set(kinds) & self.kinds
        return {
            "file": self.file,
            "kinds": sorted(held),
            "complete": self.completeness(held),
            "districts": None if self.districts is None else sorted(self.districts),
            "dated": None if self.dated is None else self.dated.isoformat(),
            "newest_opening": None if self.newest is None else self.newest.isoformat(),
            "stale": self.stale(as_of),
            "rows_lost": lost_of(self.lost, kinds),
        }


def list_of(spec: FacilitiesSpec, file: str, table: pd.DataFrame, lost: Lost) -> FacilityList:
    """Return what is known of a list whose rows in use are a table with ``kind`` and, it may be, ``opened``."""
    used = frozenset(map(str, table["kind"].unique()))
    complete = complete_kinds(spec)
    if spec.complete is True or (spec.complete is None and not _of_tags(spec)):
        complete |= used
    return FacilityList(
        file,
        frozenset(complete | used | set(spec.kinds.values()) | ({spec.kind} if spec.kind else set())) - {NO_KIND},
        frozenset(complete),
        spec.complete is not None,
        None if spec.districts is None else frozenset(spec.districts),
        spec.dated,
        newest_opening(table["opened"]) if "opened" in table.columns else None,
        len(table),
        lost,
    )


def complete_kinds(spec: FacilitiesSpec) -> set[str]:
    """Return the kinds of which a list is said to hold every facility there is, though it be none."""
    named = {spec.kind} if spec.kind else set(spec.kinds.values())
    if isinstance(spec.complete, tuple):
        return set(spec.complete)
    if spec.complete is False or (spec.complete is None and _of_tags(spec)):
        return set()
    if _of_tags(spec) and not spec.kind:
        named |= {kind.id for kind in KINDS.values() if kind.osm}
    return {kind for kind in named if kind and kind != NO_KIND}


def _of_tags(spec: FacilitiesSpec) -> bool:
    form = format_named(spec.source)
    return form is not None and form.every_kind


def newest_opening(opened: pd.Series) -> dt.date | None:
    """Return the newest of some days of opening; None where they are too few to tell the age of a list."""
    days = pd.to_datetime(opened)
    return days.max().date() if int(days.notna().sum()) >= _DATED else None


def is_stale(day: dt.date, as_of: dt.date) -> bool:
    """Tell whether a day is so many years before another that much may have opened since.

    Examples
    --------
    >>> is_stale(dt.date(2015, 12, 30), dt.date(2018, 12, 31)), is_stale(dt.date(2016, 1, 1), dt.date(2018, 12, 31))
    (True, False)
    """
    return pd.Timestamp(day) < pd.Timestamp(as_of) - pd.DateOffset(years=STALE_YEARS)


def unknown_districts(spec: FacilitiesSpec, file: str, codes: Collection[object]) -> list[Problem]:
    """Warn of districts that a list is said to cover and the study has not."""
    unknown = [code for code in spec.districts or () if code not in codes]
    if not unknown:
        return []
    why, remedy = "the study has no such district", "correct districts of this list, unless it covers other places too"
    return [Problem("value.unknown_code", file, f"districts: {', '.join(unknown)}", why, remedy, "warning")]


def uncovered(lists: Iterable[FacilityList], kind: str, codes: Iterable[str]) -> set[str]:
    """Return the districts, of those with some codes, that no list of a kind covers; none where there is no list.

    Examples
    --------
    >>> one = FacilityList("west.csv", frozenset(["park"]), districts=frozenset(["1"]))
    >>> sorted(uncovered([one], "park", ["1", "2"])), uncovered([one], "market", ["1", "2"])
    (['2'], set())
    """
    of_kind = [one.districts for one in lists if kind in one.kinds]
    covered: set[str] = set()
    for districts in of_kind:
        if districts is None:
            return set()
        covered |= districts
    return set(codes) - covered if of_kind else set()
