"""People added up by unit, by district and for the city, kept so that some who move change the sums by themselves.

Sums of whole people are the same in any order: of a change only those who move are taken out and added again. Where
people come in parts the sums of the places they live in are made again, in the order of the table: the same bits.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from zzgeo.network.groups import Groups
from zzgeo.served import CITY

#: Rows in, numbers by name out: what each row adds, shape (n_rows,) each.
Measures = Callable[[np.ndarray], Mapping[str, np.ndarray]]

_MOST_EXACT = 2.0**52


@dataclass(frozen=True)
class Totals:
    """Sums of every measure by unit, by district and for the city.

    ``place[level]`` is the place of each row of the demand among the codes of a level, -1 where it has none;
    ``number[level]`` is the place of a code;
    ``sums[level][name]`` has a number for each code.
    """

    place: Mapping[str, np.ndarray]
    codes: Mapping[str, np.ndarray]
    number: Mapping[str, Mapping[str, int]]
    sums: Mapping[str, Mapping[str, np.ndarray]]
    whole_people: bool

    @classmethod
    def of(
        cls, keys: Mapping[str, pd.Series], rows: np.ndarray, values: Mapping[str, np.ndarray], whole_people: bool
    ) -> Totals:
        """Add up what some rows of the demand add; ``keys`` are categories of all its rows, by level.

        ``whole_people``: nobody comes in parts of all who count now or may after a change.
        """
        place = {level: key.cat.codes.to_numpy().astype(np.int64) for level, key in keys.items()}
        codes = {level: key.cat.categories.astype(str).to_numpy(dtype=object) for level, key in keys.items()}
        many = len(next(iter(keys.values())))
        place[CITY], codes[CITY] = np.zeros(many, dtype=np.int64), np.array([CITY], dtype=object)
        number = {level: {code: n for n, code in enumerate(own)} for level, own in codes.items()}
        sums = {level: _added(place[level][rows], len(codes[level]), values) for level in place}
        return cls(place, codes, number, sums, whole_people)

    def moved(
        self,
        rows: np.ndarray,
        was: Mapping[str, np.ndarray],
        now: Mapping[str, np.ndarray],
        all_now: Callable[[], tuple[np.ndarray, Mapping[str, np.ndarray]]],
    ) -> tuple[Totals, dict[str, np.ndarray]]:
        """Return the sums after some rows add other numbers than before, and by level the codes whose sums change.

        ``all_now`` returns every row that counts and what it adds, for people in parts.
        """
        differ = np.zeros(len(rows), dtype=bool)
        for name, values in now.items():
            differ |= values != was[name]
        rows = rows[differ]
        touched = {level: np.unique(place[rows]) for level, place in self.place.items()}
        touched = {level: places[places >= 0] for level, places in touched.items()}
        sums = {level: {name: one.copy() for name, one in named.items()} for level, named in self.sums.items()}
        if self.whole_people:
            more = {name: values[differ] - was[name][differ] for name, values in now.items()}
            for level, named in sums.items():
                place = self.place[level][rows]
                known = place >= 0
                for name in named:
                    np.add.at(named[name], place[known], more[name][known])
        elif len(rows):
            every, named_now = all_now()
            for level, named in sums.items():
                again = _added(self.place[level][every], len(self.codes[level]), named_now)
                for name in named:
                    named[name][touched[level]] = again[name][touched[level]]
        return dataclasses.replace(self, sums=sums), touched

    def places(self, level: str, codes: Collection[str]) -> np.ndarray:
        """Return the places of some codes among those of a level, ascending, without those that are none of them."""
        number = self.number[level]
        return np.array(sorted(number[code] for code in codes if code in number), dtype=np.int64)

    def at(self, level: str, place: int) -> dict[str, float]:
        """Return the sums of one code of a level."""
        return {name: float(one[place]) for name, one in self.sums[level].items()}


def whole(values: np.ndarray) -> bool:
    """Tell whether numbers, none below 0, are whole and their sum is the same in any order."""
    return bool((values == np.floor(values)).all()) and float(values.sum()) < _MOST_EXACT


def total_of(values: np.ndarray) -> float:
    """Return a sum in the order of the values, one after the other.

    Examples
    --------
    >>> total_of(np.array([1e16, 1.0, 1.0]))
    1e+16
    """
    return float(np.bincount(np.zeros(len(values), dtype=np.int64), values, 1)[0])


class Farthest:
    """The most metres of the rows that count, by code of every level; NaN where there are none.

    Parameters
    ----------
    totals
        Of the same people.
    metres
        Of every row of the demand, NaN where it does not count.
    rows_of
        The rows of each code, by level.
    """

    def __init__(self, totals: Totals, metres: np.ndarray, rows_of: Mapping[str, Groups]) -> None:
        self._place, self.metres, self._rows_of = totals.place, metres, rows_of
        self.most = {level: np.full(len(codes), np.nan) for level, codes in totals.codes.items()}
        for level, most in self.most.items():
            self._raise(most, self._place[level], metres)

    def moved(self, rows: np.ndarray, now: np.ndarray) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
        """Return the most metres after some rows have others (NaN: they do not count), and the places that differ."""
        was, after, differ, whole = self.metres[rows], {}, {}, None
        for level, before in self.most.items():
            place = self._place[level][rows]
            ends = np.full((2, len(before)), np.nan)
            for most, metres in zip(ends, (was, now), strict=True):
                self._raise(most, place, metres)
            # where the farthest came nearer somebody else may be the farthest
            lost = np.flatnonzero((ends[0] == before) & ~(ends[1] >= before))
            after[level] = np.fmax(before, ends[1])
            if len(lost):
                if whole is None:
                    whole = self.metres.copy()
                    whole[rows] = now
                after[level][lost] = np.nan
                own = None if level == CITY else self._rows_of[level].of(lost)
                self._raise(
                    after[level],
                    *((self._place[level], whole) if own is None else (self._place[level][own], whole[own])),
                )
            same = (after[level] == before) | (np.isnan(after[level]) & np.isnan(before))
            differ[level] = np.flatnonzero(~same)
        return after, differ

    @staticmethod
    def _raise(most: np.ndarray, place: np.ndarray, metres: np.ndarray) -> None:
        """Raise what is known of some places to the metres of rows there."""
        if len(most) == 1 and (place == 0).all():
            most[0] = np.fmax.reduce(metres, initial=most[0])
            return
        known = place >= 0
        np.fmax.at(most, place[known], metres[known])


def _added(place: np.ndarray, count: int, values: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    known = place >= 0
    if not known.all():
        place, values = place[known], {name: one[known] for name, one in values.items()}
    # of nobody numpy counts whole numbers, into which no part of a person could be added
    return {name: np.bincount(place, one, count).astype(float, copy=False) for name, one in values.items()}
