"""Where the people and the facilities of a study stand on its streets: computed once, whoever asks first.

`zzgeo.check_study` asks, so that a check refuses what an audit refuses and tells what the network knows of itself; the
audit of the same tables finds it done.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import geopandas as gpd
import numpy as np
import pandas as pd

from zzgeo.crs.ground import Ground
from zzgeo.errors import Problem
from zzgeo.intake.written import Seen
from zzgeo.network import WalkNetwork, snap, snap_facilities
from zzgeo.network.profiles import Profile
from zzgeo.network.snapping import other_streets
from zzgeo.numbers import people_text
from zzgeo.spec.walking import JOIN_M
from zzgeo.vocabulary.people import POPULATION_GROUPS

#: The classes of people by the piece of the network they live on, in the order they are told.
PIECES = ("largest", "with_facility", "without_facility", "off_streets")

_STREETS = ("streets", "barriers", "ground", "join_m", "dem")
_STANDING = (*_STREETS, "snap_max_m", "demand", "facilities")

#: On what each thing rests that is computed once.
_RESTS_ON: dict[str, tuple[str, ...]] = {
    "network": _STREETS,
    "walked": _STREETS,
    "of_facilities": ("facilities",),
    "demand_ledger": (*_STREETS, "snap_max_m", "demand"),
    "facilities_ledger": (*_STREETS, "snap_max_m", "facilities"),
    "pieces_with_facility": (*_STREETS, "snap_max_m", "facilities"),
    "people_of_pieces": _STANDING,
    "people_by_class": _STANDING,
}

#: Facilities named by their ids in a warning; of the others the number is told.
_NAMED = 8


def street_network(
    streets: gpd.GeoDataFrame,
    barriers: gpd.GeoDataFrame | None = None,
    ground: Ground | None = None,
    join_m: float = JOIN_M,
    dem: Path | None = None,
) -> WalkNetwork:
    """Build the walking network of a street table: cut at barriers, in metres of ground, with slopes where known.

    Raises
    ------
    InputError
        If the raster of heights is refused.
    NetworkError
        If the streets cannot carry a walk.
    """
    network = WalkNetwork.from_streets(streets, join_m=join_m)
    network = network if barriers is None else network.with_barriers(barriers)
    network = network if dem is None else network.with_terrain(dem)
    return network.on_ground(ground)


@dataclass(frozen=True, eq=False, repr=False)
class OnStreets:
    """The network of some tables and where they stand on it; everything is computed when it is first asked for."""

    streets: gpd.GeoDataFrame | None
    barriers: gpd.GeoDataFrame | None
    demand: gpd.GeoDataFrame
    facilities: gpd.GeoDataFrame
    ground: Ground | None
    join_m: float
    snap_max_m: float
    dem: Path | None = None

    def __post_init__(self) -> None:
        self._look()

    def _look(self) -> None:
        vars(self)["_seen"] = {
            name: Seen(getattr(self, name)) for name in ("streets", "barriers", "demand", "facilities")
        }

    def as_it_stands(self) -> Self:
        """Return this without what was computed of tables that somebody wrote into since; asked once an answer."""
        seen: dict[str, Seen] = vars(self)["_seen"]
        written = {name for name, table in seen.items() if not table.same(getattr(self, name))}
        if written:
            for name in [one for one, tables in _RESTS_ON.items() if written & {*tables}]:
                vars(self).pop(name, None)
            self._look()
        return self

    def after(self, earlier: OnStreets | None) -> Self:
        """Return the same, with what an earlier one computed of the very same tables."""
        if earlier is None:
            return self
        earlier.as_it_stands()
        same = {
            field.name: getattr(self, field.name) is getattr(earlier, field.name) for field in dataclasses.fields(self)
        }
        same |= {name: getattr(self, name) == getattr(earlier, name) for name in ("join_m", "snap_max_m", "dem")}
        for name, tables in _RESTS_ON.items():
            if name in vars(earlier) and all(same[table] for table in tables):
                vars(self)[name] = vars(earlier)[name]
        return self

    def keep(self, earlier: OnStreets, rows: np.ndarray) -> None:
        """Take over where an earlier one says people stand, and snap anew only some rows of the demand, shape (n,)."""
        if self.network is None or earlier.demand_ledger is None:
            return
        anew = snap(self.network, self.demand.iloc[rows], self.snap_max_m)
        columns = {}
        for name, values in earlier.demand_ledger.items():
            columns[name] = values.copy()
            columns[name].iloc[rows] = anew[name].array
        vars(self)["demand_ledger"] = pd.DataFrame(columns, index=self.demand.index)

    def amend(self, earlier: OnStreets, removed: Sequence[str], added: gpd.GeoDataFrame) -> None:
        """Take over where an earlier one says facilities stand, but for some that go and some behind them that come."""
        if "network" not in vars(self) or self.network is None or "facilities_ledger" not in vars(earlier):
            return
        ledger = earlier.facilities_ledger
        assert ledger is not None
        parts = [ledger[~ledger["facility_id"].isin(removed)] if len(removed) else ledger]
        if len(added):
            parts.append(snap_facilities(self.network, added, self.snap_max_m))
        vars(self)["facilities_ledger"] = (
            pd.concat(parts, ignore_index=True) if len(added) else parts[0].reset_index(drop=True)
        )
        # who walks from which piece follows from the pieces that have a facility
        if "people_of_pieces" in vars(earlier) and np.array_equal(
            self.pieces_with_facility, earlier.pieces_with_facility
        ):
            vars(self)["people_of_pieces"] = earlier.people_of_pieces

    @cached_property
    def of_facilities(self) -> dict[tuple[object, ...], Any]:
        """What was found of the facilities and of nothing else, by what it is: found once, whoever asks again."""
        return {}

    @cached_property
    def walked(self) -> dict[Profile, WalkNetwork]:
        """The network as people walk it whose metres are not those of the streets, by how they do."""
        return {}

    @cached_property
    def network(self) -> WalkNetwork | None:
        """Return the walking network, or None where there are no streets.

        Raises
        ------
        NetworkError
            If the streets cannot carry a walk.
        """
        if self.streets is None:
            return None
        return street_network(self.streets, self.barriers, self.ground, self.join_m, self.dem)

    @cached_property
    def demand_ledger(self) -> pd.DataFrame | None:
        """Return where every demand point stands (`zzgeo.network.snap`), or None where there are no streets."""
        return None if self.network is None else snap(self.network, self.demand, self.snap_max_m)

    @cached_property
    def facilities_ledger(self) -> pd.DataFrame | None:
        """Return where every way into a facility stands (`snap_facilities`), or None where there are no streets."""
        return None if self.network is None else snap_facilities(self.network, self.facilities, self.snap_max_m)

    def entries(self, facilities: gpd.GeoDataFrame) -> pd.DataFrame | None:
        """Return the rows of `facilities_ledger` of some facilities, found anew where they are not those of the study.

        Parameters
        ----------
        facilities
            Rows of the study's facilities, or other facilities, shape (n_facilities, ...).

        Returns
        -------
        DataFrame or None
            A ledger of `zzgeo.network.snap_facilities` for `facilities`.
        """
        if self.network is None or self.facilities_ledger is None:
            return None
        rows = self.facilities.index.get_indexer(facilities.index) if self.facilities.index.is_unique else None
        if rows is not None and (rows >= 0).all():
            own = np.asarray(self.facilities.geometry.array, dtype=object)[rows]
            if all(mine is given for mine, given in zip(own, np.asarray(facilities.geometry.array), strict=True)):
                return self.facilities_ledger[self.facilities_ledger["facility_id"].isin(facilities.index)]
        return snap_facilities(self.network, facilities, self.snap_max_m)

    def reached_by_nobody(self, entries: pd.DataFrame, facilities: gpd.GeoDataFrame) -> np.ndarray:
        """Tell which facilities no street reaches: too far from all of them, or on a piece where nobody lives.

        Parameters
        ----------
        entries
            The ledger of `facilities`, from `entries`.
        facilities
            Shape (n_facilities, ...).

        Returns
        -------
        bool array, shape (n_facilities,)
        """
        piece = entries["component"].to_numpy(dtype=np.int64, na_value=-1)
        lived_on = np.isin(piece, self.people_of_pieces.index[self.people_of_pieces > 0])
        reached = entries["facility_id"][lived_on & (piece >= 0)]
        return np.asarray(~facilities.index.isin(reached), dtype=bool)

    @cached_property
    def people_of_pieces(self) -> pd.Series:
        """Return the people who walk from each piece of the network, by its number; those off the streets from none."""
        if self.network is None or self.demand_ledger is None or self.facilities_ledger is None:
            return pd.Series(dtype=float)
        piece = self.demand_ledger["component"].copy()
        moved = other_streets(self.network, self.demand, self.demand_ledger, self.facilities_ledger, self.snap_max_m)
        piece[moved.index] = moved["component"]
        return self._people[piece.notna().to_numpy()].groupby(piece.dropna().astype(np.int64).to_numpy()).sum()

    @property
    def _people(self) -> pd.Series:
        groups = [name for name in POPULATION_GROUPS if name in self.demand.columns]
        return self.demand[groups[0]].astype(float).fillna(0.0) if groups else pd.Series(0.0, index=self.demand.index)

    @cached_property
    def people_by_class(self) -> dict[str, float]:
        """Return the people of each of `PIECES`: the largest piece, smaller ones with a facility or none, no piece."""
        if self.facilities_ledger is None:
            return {}
        people = self.people_of_pieces
        largest, held = people.index == 0, people.index.isin(self.pieces_with_facility)
        on = [people[largest], people[~largest & held], people[~largest & ~held]]
        return dict(zip(PIECES, [*(float(part.sum()) for part in on), self._people_off], strict=True))

    @property
    def _people_off(self) -> float:
        return max(0.0, float(self._people.sum() - self.people_of_pieces.sum()))

    @cached_property
    def pieces_with_facility(self) -> np.ndarray:
        """Return the numbers of the pieces of the network that have a facility, ascending."""
        assert self.facilities_ledger is not None
        return np.unique(self.facilities_ledger["component"].dropna().to_numpy(dtype=np.int64))

    def problems(self) -> list[Problem]:
        """Return what the network says of itself, who lives where no street leads, and what no street reaches.

        Raises
        ------
        NetworkError
            If the streets cannot carry a walk.
        """
        if self.network is None or self.facilities_ledger is None:
            return []
        return [*self.network.notes, *self._people_problems(), *self._facility_problems()]

    def _people_problems(self) -> list[Problem]:
        """Tell people in numbers, grouped by why no walk is theirs."""
        people = self.people_of_pieces
        nowhere = float(people[~people.index.isin(self.pieces_with_facility)].sum()) if len(self.facilities) else 0.0
        reasons = (
            ("network.people_unreached", nowhere, "of the people live on pieces of the network that reach no facility"),
            (
                "network.people_apart",
                self.people_by_class["with_facility"],
                "of the people live on smaller pieces of the network, which reach no facility but their own",
            ),
            (
                "network.snap_too_far",
                self._people_off,
                f"of the people live more than {self.snap_max_m:g} m from every street",
            ),
        )
        whole, remedy = float(self._people.sum()), "check the gaps between streets, and how far the streets extend"
        return [
            Problem(code, "demand", _of_all(number, whole), why, remedy, "warning")
            for code, number, why in reasons
            if number > 0
        ]

    def _facility_problems(self) -> list[Problem]:
        assert self.facilities_ledger is not None
        placed = self.facilities_ledger["facility_id"][self.facilities_ledger["edge_id"].notna()]
        on = self.facilities.index.isin(placed)
        alone = on & self.reached_by_nobody(self.facilities_ledger, self.facilities)
        reasons = (
            ("network.facility_off", ~on, f"no street within {self.snap_max_m:g} m: no walk leads there"),
            ("network.facility_apart", alone, "nobody lives on their piece of the network: no walk leads there"),
        )
        remedy = "check where they stand, and the streets there"
        return [
            Problem(code, "facilities", _named(self.facilities.index[which]), why, remedy, "warning")
            for code, which, why in reasons
            if which.any()
        ]


def _of_all(number: float, whole: float) -> str:
    return f"{people_text(number)} ({100.0 * number / whole:.3g} %)"


def _named(ids: pd.Index) -> str:
    return f"{len(ids)}: " + ", ".join(map(str, ids[:_NAMED])) + (" …" if len(ids) > _NAMED else "")
