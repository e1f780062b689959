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
    def of(cls, keys: Mapping[str, pd.Series], rows: np.ndarray, values: Mapping[str, np.ndarray]) -> Totals:
        """Add up what some rows of the demand add; ``keys`` are categories of all its rows, by level."""
        place = {level: key.cat.codes.to_numpy().astype(np.int64) for level, key in keys.items()}
        codes = {level: key.cat.categories.astype(str).to_numpy(dtype=object) for level, key in keys.items()}
        many = len(next(iter(keys.values())))
        place[CITY], codes[CITY] = np.zeros(many, dtype=np.int64), np.array([CITY], dtype=object)
        number = {level: {code: n for n, code in enumerate(own)} for level, own in codes.items()}
        sums = {level: _added(place[level][rows], len(codes[level]), values) for level in place}
        whole = all(bool((one == np.floor(one)).all()) and float(one.sum()) < _MOST_EXACT for one in values.values())
        return cls(place, codes, number, sums, whole)

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
        touched = {level: np.unique(place[rows[differ]]) for level, place in self.place.items()}
        touched = {level: places[places >= 0] for level, places in touched.items()}
        sums = {level: {name: one.copy() for name, one in named.items()} for level, named in self.sums.items()}
        if self.whole_people:
            for level, named in sums.items():
                place = self.place[level][rows]
                known = place >= 0
                for name in named:
                    np.add.at(named[name], place[known], (now[name] - was[name])[known])
        elif differ.any():
            every, whole = all_now()
            for level, named in sums.items():
                again = _added(self.place[level][every], len(self.codes[level]), whole)
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


def farthest_of(totals: Totals, level: str, wanted: np.ndarray, counts: np.ndarray, metres: np.ndarray) -> np.ndarray:
    """Return the most metres of the rows that count, of some codes of a level; NaN where there are none."""
    farthest = np.full(len(totals.codes[level]) + 1, np.nan)
    if level == CITY:
        lived = metres[counts]
        farthest[0] = np.fmax.reduce(lived) if len(lived) else np.nan
        return farthest
    which = np.zeros(len(farthest), dtype=bool)
    which[wanted] = True
    rows = np.flatnonzero(counts & which[totals.place[level]])
    np.fmax.at(farthest, totals.place[level][rows], metres[rows])
    return farthest


def _added(place: np.ndarray, count: int, values: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    known = place >= 0
    if known.all():
        return {name: np.bincount(place, one, count) for name, one in values.items()}
    return {name: np.bincount(place[known], one[known], count) for name, one in values.items()}
