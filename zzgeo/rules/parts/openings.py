"""What opened and what closed between two days: rebuilds, mergers and moves are neither (rules.md R12)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd

from zzgeo.intake.in_use import plain_names, same_records
from zzgeo.rules.parts.units import column, says, understood
from zzgeo.vocabulary.flags import Flag, flag_if_any
from zzgeo.vocabulary.ownership import PRIVATE, PUBLIC, owned

#: Words in a facility's ``attributes`` that say its opening or closing is no new institution and no loss of one.
NO_CHANGE = ("rebuilt", "moved", "merged", "重建", "改建", "迁建", "搬迁", "合并")


@dataclass(frozen=True)
class Changes:
    """Facilities, and which of them opened or closed in the window, or say no opening day."""

    table: gpd.GeoDataFrame
    opened: pd.Series
    closed: pd.Series
    undated: pd.Series
    rebuilt: pd.Series
    marked: pd.Series

    def flags_of(self, chosen: np.ndarray) -> list[Flag]:
        """Return what was taken on trust, or left out, among some of the facilities."""
        reasons = (
            ("facilities.opening_unknown_older", self.undated),
            ("facilities.rebuilt", self.rebuilt),
            ("facilities.moved", self.marked),
        )
        return [flag for code, which in reasons for flag in flag_if_any(code, int((which & chosen).sum()))]


def changes_between(
    facilities: gpd.GeoDataFrame, since: dt.date, until: dt.date, *, same_site_m: float = 30.0
) -> Changes:
    """Find what opened after one day and by another, and what closed in that time.

    Parameters
    ----------
    facilities
        Table with ``opened``, ``closed``, ``attributes``; the same record written twice counts once.
    since, until
        What opened on the first day is older stock; the last day is included.
    same_site_m
        Metres within which an opening beside a closing of the same kind is a rebuild.
    """
    spot = facilities.geometry.representative_point()
    days = {name: pd.to_datetime(column(facilities, name)) for name in ("opened", "closed")}
    kind, name = facilities["kind"].to_numpy(dtype=object), plain_names(facilities["name"]).to_numpy(dtype=object)
    record = same_records(kind, name, np.column_stack([spot.x, spot.y]))
    again = pd.DataFrame({"record": record}, index=facilities.index).assign(**days).duplicated(keep="first")
    table = facilities[~again]
    first, last = pd.Timestamp(since), pd.Timestamp(until)
    opened = (days["opened"] > first) & (days["opened"] <= last)
    closed = (days["closed"] > first) & (days["closed"] <= last)
    marked = column(facilities, "attributes").map(_says_no_change).astype(bool) & (opened | closed)
    opened, closed = (opened & ~marked)[~again], (closed & ~marked)[~again]
    rebuilt = _rebuilt(table, opened, closed, same_site_m)
    gone = days["closed"] <= first
    undated = (days["opened"].isna() & ~gone)[~again] & ~closed
    return Changes(table, opened & ~rebuilt, closed & ~rebuilt, undated, rebuilt, marked[~again])


@dataclass(frozen=True)
class Counting:
    """How changes are counted: net of what closed, of one funder only, with a band about the line."""

    net: bool = True
    funder: str | None = None
    on_line_m: float = 30.0


@dataclass(frozen=True)
class Count:
    """What changed in one place, and what it would be at most and at least where dates and funders are unknown."""

    opened: int
    closed: int
    value: float
    worst: float
    best: float
    beds_outside: float
    flags: list[Flag]


def count_inside(changes: Changes, places: pd.DataFrame, how: Counting) -> Count:
    """Count what opened, less what closed where net, among the facilities inside a ring.

    ``places`` holds ``facility_id``, ``inside`` and ``on_line``; what stands on the line counts as inside.
    """
    table = changes.table
    chosen = _chosen(table, places, "inside")
    opened, closed, undated = changes.opened & chosen, changes.closed & chosen, changes.undated & chosen
    flags = changes.flags_of(chosen)
    unknown = pd.Series(False, index=table.index)
    if how.funder is not None:
        funder, odd = column(table, "funder"), list[Flag]()
        if how.funder not in (PUBLIC, PRIVATE):
            _, odd = understood(funder[opened], how.funder)
            funder, _ = understood(funder, how.funder)
        unknown, mine = opened & funder.isna(), says(funder, how.funder)
        flags += odd
        flags += flag_if_any("facilities.funder_unknown", int(unknown.sum()))
        flags += owned(funder[opened], how.funder).flags if how.funder in (PUBLIC, PRIVATE) else []
        opened, closed, undated = opened & mine, closed & mine, undated & (mine | funder.isna())
    closing = closed if how.net else pd.Series(False, index=table.index)
    on_line = _chosen(table, places, "on_line")
    if (on_line & (opened | closing)).any():
        number = int((on_line & (opened | closing)).sum())
        flags.append(Flag("facilities.on_ring_line", metres=how.on_line_m, number=number))
    value = float(opened.sum() - closing.sum())
    worst = value + float(unknown.sum() + undated.sum() + (closing & on_line).sum())
    best = value - float((opened & on_line).sum())
    return Count(int(opened.sum()), int(closed.sum()), value, worst, best, np.nan, flags)


def _chosen(table: pd.DataFrame, places: pd.DataFrame, name: str) -> np.ndarray:
    chosen = table.index.isin(list(places.loc[places[name].astype(bool), "facility_id"]))
    return np.asarray(chosen)


def weak_areas(changes: Changes, places: pd.DataFrame, how: Counting) -> Count:
    """Return the share of net new institutions, and of new beds, outside a ring: a figure, no verdict."""
    table = changes.table
    here = np.asarray(table.index.isin(list(places["facility_id"])))
    outside = here & ~_chosen(table, places, "inside")
    net = changes.opened.astype(int) - changes.closed.astype(int)
    share = float(net[outside].sum() / net[here].sum()) if net[here].sum() > 0 else np.nan
    beds = pd.to_numeric(column(table, "capacity"), errors="coerce").astype(float)
    new = float(beds[changes.opened & here].sum())
    beds_outside = float(beds[changes.opened & outside].sum()) / new if new > 0 else np.nan
    opened, closed = int(changes.opened[here].sum()), int(changes.closed[here].sum())
    return Count(opened, closed, share, share, share, beds_outside, changes.flags_of(here))


def _says_no_change(text: object) -> bool:
    return isinstance(text, str) and any(word in text.casefold() for word in NO_CHANGE)


def _rebuilt(table: gpd.GeoDataFrame, opened: pd.Series, closed: pd.Series, metres: float) -> pd.Series:
    """Pair every opening with one closing of its kind at the same site, nearest first; each is used once."""
    rebuilt = pd.Series(False, index=table.index)
    spot = table.geometry.representative_point()
    # what opened and closed in the window cancels itself; only two records can be a rebuild
    for new in table.index[opened & ~closed]:
        old = table.index[closed & ~opened & ~rebuilt & (table["kind"] == table.at[new, "kind"])]
        distance = spot.loc[old].distance(spot.loc[new])
        if len(old) and distance.min() <= metres:
            rebuilt[[new, distance.idxmin()]] = True
    return rebuilt
