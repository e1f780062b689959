"""People added up by what they reach: per unit, district and city; the sums conserve people or the program stops."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from zzgeo.circles.measuring import Bits, Measured, View
from zzgeo.errors import ConservationError
from zzgeo.intake.nesting import is_levelled, lived_in
from zzgeo.intake.study import Study
from zzgeo.served import CITY
from zzgeo.vocabulary.people import UNIT_SETS
from zzgeo.vocabulary.unit_levels import levels_of

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Cells:
    """The smallest places people are added up by, each in one unit of a level and one district, and what they make up.

    Parameters
    ----------
    cell
        The cell of each demand point, shape (n_points,).
    members
        By level (city, district, unit): the place of each cell among ``codes`` of the level, -1 in none. A study that
        tells its units level by level has ``unit:`` and the level, one for each.
    codes
        By level: the codes of its places.
    """

    cell: Ints
    members: dict[str, Ints]
    codes: dict[str, list[str]]

    @classmethod
    def of(cls, study: Study) -> Cells:
        """Return the cells of a study."""
        demand, known = study.demand, [str(code) for code in study.districts.index]
        district = pd.Index(known).get_indexer(pd.Index(demand["district"].astype(str)))
        codes, places = {CITY: [CITY], "district": known}, {"district": district}
        for level, (units, home) in _homes(study).items():
            codes[level] = units
            places[level] = pd.Index(units).get_indexer(pd.Index(home.astype(str)))
        cell = np.zeros(len(demand), dtype=np.int64)
        for level, place in places.items():
            cell = pd.factorize(cell * (len(codes[level]) + 1) + place + 1)[0].astype(np.int64)
        _, first = np.unique(cell, return_index=True)
        members = {CITY: np.zeros(len(first), dtype=np.int64)}
        members |= {level: place[first].astype(np.int64) for level, place in places.items()}
        return cls(cell, members, codes)

    def total(self, level: str, values: Floats) -> Floats:
        """Add up values of cells by the places of a level."""
        place = self.members[level]
        held = place >= 0
        return summed(place[held], values[held], len(self.codes[level]))

    def of_points(self, values: Floats) -> Floats:
        """Add up values of demand points by cell."""
        return summed(self.cell, values, len(self.members[CITY]))


def _homes(study: Study) -> dict[str, tuple[list[str], pd.Series]]:
    """Return the units of each level of a study, and that each place of people is in."""
    units, demand = study.units, study.demand
    if units is None or not len(units):
        return {}
    if not is_levelled(units):
        home = demand["unit"] if "unit" in demand.columns else pd.Series(None, index=demand.index, dtype=object)
        return {"unit": ([str(code) for code in units.index], home)}
    return {
        f"unit:{level}": (
            [str(code) for code in units.index[units["type"].isin(UNIT_SETS[level])]],
            lived_in(demand, units, UNIT_SETS[level]),
        )
        for level in levels_of(units["type"].unique())
    }


def summed(place: Ints, values: Floats, many: int) -> Floats:
    """Add up numbers by place, one sum for each of so many places."""
    sums: Floats = np.bincount(place, values, many).astype(float)
    return sums


@dataclass(frozen=True)
class Sums:
    """The people of every cell by what they reach within one limit, arrays of shape (n_cells,).

    Parameters
    ----------
    people, excluded, whole, without
        All of them; those without a street of whom nothing is known; those who reach every class known where they live,
        and those who lack one.
    unjudged
        People where no class is known.
    reached
        Sum of the shares of classes within reach, over the people of ``whole`` and ``without``.
    covered, missed
        By class number, shape (n_classes, n_cells): people who reach it, and who do not, where it is known.
    """

    people: Floats
    excluded: Floats
    whole: Floats
    without: Floats
    unjudged: Floats
    reached: Floats
    covered: Floats
    missed: Floats


#: The bit that tells a place with a street, above those of the classes.
_STREET = np.uint64(1 << 63)


def sums_of(reach: Measured, view: View, people: Floats, cells: Cells, classes: int) -> Sums:
    """Add up the people of a view.

    People are first put together by cell and by what they reach: of a million places, a few thousand kinds remain.

    Parameters
    ----------
    reach
        What was measured.
    view
        Limit and group.
    people
        People of the group at each point, shape (n_points,), none missing.
    cells
        Where they live.
    classes
        How many classes there are.

    Returns
    -------
    Sums

    Raises
    ------
    ConservationError
        If people in are not those whole, without, excluded and unjudged.
    """
    bits = reach.reached[view] & reach.known | np.where(reach.on_streets, _STREET, np.uint64(0))
    pattern, patterns = pd.factorize(bits)
    lists, known_sets = pd.factorize(reach.known)
    key = (cells.cell * len(patterns) + pattern) * len(known_sets) + lists
    alike, keys = pd.factorize(key)
    heads = summed(alike, people, len(keys))
    rest, of_list = np.divmod(np.asarray(keys), len(known_sets))
    cell, of_pattern = np.divmod(rest, len(patterns))
    return _added(patterns[of_pattern], known_sets[of_list], heads, cell, classes, cells.of_points(people))


def _added(bits: Bits, known: Bits, heads: Floats, cell: Ints, classes: int, people: Floats) -> Sums:
    """Add up the people of each pattern of bits by cell, and see that nobody was lost."""
    street, reached = (bits & _STREET) != 0, bits & ~_STREET

    def by_cell(which: NDArray[np.bool_], weights: Floats) -> Floats:
        return summed(cell, np.where(which, weights, 0.0), len(people))

    nothing, every = known == 0, (reached == known) & (known != 0)
    lacking = ~nothing & ~every & street
    share = np.bitwise_count(reached) / np.maximum(np.bitwise_count(known), 1)
    each = [np.uint64(1 << number) for number in range(classes)]
    covered = np.array([by_cell((reached & bit) != 0, heads) for bit in each])
    missed = np.array([by_cell(street & (known & ~reached & bit != 0), heads) for bit in each])
    sums = Sums(
        people,
        by_cell(~nothing & ~every & ~street, heads),
        by_cell(every, heads),
        by_cell(lacking, heads),
        by_cell(nothing, heads),
        by_cell(every | lacking, heads * share),
        covered,
        missed,
    )
    _conserved(people, sums.excluded + sums.whole + sums.without + sums.unjudged)
    return sums


def _conserved(people: Floats, parts: Floats) -> None:
    off = np.abs(people - parts) > 1e-9 * np.maximum(people, 1.0)
    if off.any():
        raise ConservationError(f"people were lost or invented in {int(off.sum())} places of a living circle")
