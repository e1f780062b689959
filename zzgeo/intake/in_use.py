"""Which facilities of a list are in use on a day: open, large enough, and not the same record twice."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from dataclasses import dataclass, fields

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from zzgeo.vocabulary.flags import Flag, flag_if_any

#: Records of one kind and name closer than this are one: datums and rounded degrees move a place by less.
SAME_SPOT_M = 1.0 - 1e-6


def plain_names(names: pd.Series) -> pd.Series:
    """Return names as they are compared: half width, no case, no blanks; None where there is none.

    Examples
    --------
    >>> plain_names(pd.Series(["甲养老院（东区） ", "甲养老院(东区)", None])).tolist()
    ['甲养老院(东区)', '甲养老院(东区)', None]
    """
    words = {name: re.sub(r"\s+", "", unicodedata.normalize("NFKC", name)).casefold() for name in _texts(names)}
    plain = [words[name] if isinstance(name, str) else None for name in names]
    return pd.Series(plain, index=names.index, dtype=object)


def _texts(names: pd.Series) -> set[str]:
    return {name for name in names.unique() if isinstance(name, str)}


def same_records(kind: np.ndarray, name: np.ndarray, xy: np.ndarray) -> np.ndarray:
    """Return a number for each facility, the same for records of one kind and name less than a metre apart.

    Parameters
    ----------
    kind, name
        Shape (n,); names as `plain_names` gives them. What has no name repeats nothing.
    xy
        Shape (n, 2), metres.

    Examples
    --------
    >>> same_records(np.array(["park"] * 3), np.array(["a", "a", "a"], object), np.array([[0, 0], [9, 0], [0.9, 0]]))
    array([0, 1, 0])
    """
    record: np.ndarray = np.arange(len(kind))
    key = pd.DataFrame({"kind": kind, "name": name})
    several = np.flatnonzero(key.duplicated(keep=False) & key["name"].notna() & np.isfinite(xy).all(axis=1))
    if not len(several):
        return record
    from scipy.spatial import cKDTree  # loads for longer than most lists take

    at = key.iloc[several].assign(x=xy[several, 0], y=xy[several, 1])
    # thousands that nobody could place stand at one spot: of each spot one is compared
    _, firsts, stack = np.unique(at.groupby(list(at), sort=False).ngroup(), return_index=True, return_inverse=True)
    group, spots = at.groupby(["kind", "name"], sort=False).ngroup().to_numpy()[firsts], several[firsts]
    first, second = cKDTree(xy[spots]).query_pairs(SAME_SPOT_M, output_type="ndarray").T
    alike = group[first] == group[second]
    # each repeats the first that repeats none itself: a row of places a step apart is no one place
    for one, other in sorted(zip(spots[first[alike]], spots[second[alike]], strict=True)):
        if record[one] == one and record[other] == other:
            record[other] = one
    record[several] = record[spots][stack]
    return record


def in_use_on(table: gpd.GeoDataFrame, as_of: dt.date) -> np.ndarray:
    """Return which facilities are open on a day, shape (n_facilities,); one that does not say it is.

    Examples
    --------
    >>> opened = gpd.GeoDataFrame({"opened": pd.to_datetime(["2017-01-01", "2030-01-01", None])}, geometry=[None] * 3)
    >>> in_use_on(opened, dt.date(2018, 12, 31))
    array([ True, False,  True])
    """
    none = np.full(len(table), np.datetime64("NaT", "s"))
    opened, closed = (
        table[day].to_numpy().astype("datetime64[s]") if day in table.columns else none for day in ("opened", "closed")
    )
    return ~(opened > np.datetime64(as_of)) & ~(closed <= np.datetime64(as_of))


@dataclass(frozen=True)
class Register:
    """What of facilities decides whether they count, as arrays of shape (n_facilities,).

    ``opened`` and ``closed`` are days (missing where the list has no such column), ``area`` m².
    ``record`` has one number for rows of one kind and name (`plain_names`) at one place (``spot``, metres): one
    facility written down twice.
    """

    kind: np.ndarray
    name: np.ndarray
    spot: np.ndarray
    record: np.ndarray
    opened: np.ndarray
    closed: np.ndarray
    area: np.ndarray

    @classmethod
    def of(cls, table: gpd.GeoDataFrame) -> Register:
        """Return the register of a table of facilities."""
        point = shapely.point_on_surface(table.geometry.to_numpy())
        spot = np.column_stack([shapely.get_x(point), shapely.get_y(point)])
        kind, name = table["kind"].to_numpy(dtype=object), plain_names(table["name"]).to_numpy(dtype=object)
        record = same_records(kind, name, spot)
        none = np.full(len(table), np.datetime64("NaT", "s"))
        opened, closed = (
            table[day].to_numpy().astype("datetime64[s]") if day in table.columns else none
            for day in ("opened", "closed")
        )
        area = table["floor_area_m2"] if "floor_area_m2" in table.columns else pd.Series(np.nan, index=table.index)
        return cls(kind, name, spot, record, opened, closed, area.to_numpy(dtype=float))

    def take(self, which: np.ndarray) -> Register:
        """Return the register of some of the facilities."""
        return Register(*(getattr(self, one.name)[which] for one in fields(self)))

    def changed(self, stays: np.ndarray, new: Register) -> Register:
        """Return the register of the facilities that stay, and behind them of some that are new."""
        names = ("kind", "name", "spot", "record", "opened", "closed", "area")
        parts = {one: [getattr(self, one)[stays], getattr(new, one)] for one in names}
        parts["record"][1] = np.array([self._number(new, row) for row in range(len(new.kind))], dtype=np.int64)
        return Register(*(np.concatenate(parts[one]) for one in names))

    def _number(self, new: Register, row: int) -> int:
        """Return the number of the record a new row repeats, or one that none has."""
        there = np.flatnonzero(np.hypot(*(self.spot - new.spot[row]).T) <= SAME_SPOT_M)
        numbers = self.record[there[(self.kind[there] == new.kind[row]) & (self.name[there] == new.name[row])]]
        return int(numbers[0]) if len(numbers) else int(self.record.max(initial=0)) + 1 + int(new.record[row])

    def counted(self, as_of: dt.date, least_m2: float | None = None) -> tuple[np.ndarray, list[Flag]]:
        """Return which facilities count on a day, and flags saying what was taken on trust.

        Parameters
        ----------
        as_of
            The day.
        least_m2
            Floor area a facility needs, in m², where it is known.

        Returns
        -------
        (bool array of shape (n_facilities,), list of Flag)
        """
        in_use, flags = np.ones(len(self.record), dtype=bool), list[Flag]()
        later = self.opened > np.datetime64(as_of)
        flags += flag_if_any("facilities.opened_later", int(later.sum()))
        flags += flag_if_any("facilities.opening_unknown_counted", int(np.isnat(self.opened).sum()))
        in_use &= ~later
        gone = in_use & (self.closed <= np.datetime64(as_of))
        flags += flag_if_any("facilities.closed", int(gone.sum()))
        in_use &= ~gone
        if least_m2 is not None:
            small = in_use & (self.area < least_m2)
            if small.any():
                flags.append(Flag("facilities.floor_too_small", least_m2=least_m2, number=int(small.sum())))
            flags += flag_if_any("facilities.floor_unknown", int((in_use & np.isnan(self.area)).sum()))
            in_use &= ~small
        rows = np.flatnonzero(in_use)
        again = np.ones(len(rows), dtype=bool)
        again[np.unique(self.record[rows], return_index=True)[1]] = False
        again &= pd.notna(self.name[rows])
        flags += flag_if_any("facilities.same_record", int(again.sum()))
        in_use[rows[again]] = False
        return in_use, flags
