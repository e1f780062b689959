"""Which classes of a basket everybody reaches: one search along the streets for each class and each way of walking.

What people reach is kept as bits, one for each class, so that a million places, fifteen classes, four limits and three
groups of people are twelve arrays.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from zzgeo.circles.basket import Basket, BasketClass
from zzgeo.circles.certainty import ClassLists, lists_of
from zzgeo.intake.study import Study
from zzgeo.network import WalkNetwork
from zzgeo.rules.parts.on_foot import DETOUR
from zzgeo.served import access, open_facilities, walk_network, within

Bits = NDArray[np.uint64]

#: The limit that the basket itself names for each class; the others are minutes, the same for all.
OWN = "limit"

#: A limit looked at, and a group of people.
View = tuple[float | str, str]


@dataclass
class Measured:
    """What people reach, each array of shape (n_points,) in the order of the study's demand.

    Parameters
    ----------
    reached
        By limit and group: bit n is set where class n is within the limit.
    doubted
        Alike: bit n is set where class n is not reached, but a facility to which no street leads is so near in a
        straight line that it may be.
    known
        Bit n is set where lists of class n cover the place.
    on_streets
        Whether the place has a street; of the others no walk is known.
    minutes
        By class: the walk of the first group asked, ``inf`` where none leads there, NaN where the class is unknown.
    lists
        What is known of the lists of each class.
    """

    reached: dict[View, Bits]
    doubted: dict[View, Bits]
    known: Bits
    on_streets: NDArray[np.bool_]
    minutes: dict[str, NDArray[np.float64]] = field(default_factory=dict)
    lists: dict[str, ClassLists] = field(default_factory=dict)


def measured(study: Study, basket: Basket, groups: tuple[str, ...]) -> Measured:
    """Measure a basket in a study.

    Parameters
    ----------
    study
        A loaded study. Without streets the straight line times 1.3 stands for the walk.
    basket
        What is asked for.
    groups
        Groups of people of the demand, each at its own speed.

    Returns
    -------
    Measured
    """
    many = len(study.demand)
    limits: list[float | str] = [OWN, *basket.times]
    views: list[View] = [(limit, group) for group in groups for limit in limits]
    result = Measured(
        {view: np.zeros(many, dtype=np.uint64) for view in views},
        {view: np.zeros(many, dtype=np.uint64) for view in views},
        np.zeros(many, dtype=np.uint64),
        np.ones(many, dtype=bool),
    )
    ways = Ways(study)
    for number, asked in enumerate(basket.classes):
        lists = result.lists[asked.id] = lists_of(study, asked)
        bit = np.uint64(1 << number)
        covered = ~study.demand["district"].isin(lists.unknown_in).to_numpy()
        if not lists.known:
            result.minutes[asked.id] = np.full(many, np.nan)
            continue
        result.known[covered] |= bit
        tables = _Walks(ways, open_facilities(study, asked.kinds)[0])
        _fill(result, basket, asked, tables, bit)
        result.minutes[asked.id][~covered] = np.nan
    return result


def _fill(result: Measured, basket: Basket, asked: BasketClass, tables: _Walks, bit: np.uint64) -> None:
    """Set the bits of one class, and the minutes of the first group of people."""
    walking = tables.ways.study.walking
    first = walking.speed(next(group for _, group in result.reached))
    result.minutes[asked.id] = tables.of(first)["streets_m"].to_numpy(dtype=float) / (60.0 * first)
    for limit, group in result.reached:
        speed = walking.speed(group)
        if limit == OWN and asked.metres is not None:
            table, metres = tables.of(None), asked.metres
        else:
            minutes = asked.minutes if limit == OWN else limit
            table, metres = tables.of(speed), float(minutes or 0.0) * 60.0 * speed
        near = within(table["streets_m"], metres)
        result.reached[limit, group][near] |= bit
        maybe = ~near & within(table["unreached_m"], metres) & table["on_streets"].to_numpy(dtype=bool)
        result.doubted[limit, group][maybe] |= bit
        result.on_streets = table["on_streets"].to_numpy(dtype=bool)


class Ways:
    """The streets of a study as groups of people walk them, and where its demand stands."""

    def __init__(self, study: Study) -> None:
        self.study, self.network = study, walk_network(study)
        self.xy = shapely.get_coordinates(study.demand.geometry.to_numpy())
        self._walked: dict[float, WalkNetwork] = {}

    def network_of(self, speed: float | None) -> WalkNetwork | None:
        """Return the network as people of a speed in m/s walk it, or for None in plain metres."""
        network, walking = self.network, self.study.walking
        if network is None or speed is None or (walking.metres_only and network.metres_only):
            return network
        if speed not in self._walked:
            self._walked[speed] = network.with_profile(walking.walker(speed))
        return self._walked[speed]


class _Walks:
    """The walks of everybody to the nearest of some facilities, each way of walking searched once."""

    def __init__(self, ways: Ways, facilities: gpd.GeoDataFrame) -> None:
        self.ways, self.facilities = ways, facilities
        self._tables: dict[int, pd.DataFrame] = {}

    def of(self, speed: float | None) -> pd.DataFrame:
        """Return ``streets_m``, ``unreached_m`` and ``on_streets`` of every demand point."""
        network = self.ways.network_of(speed)
        if id(network) not in self._tables:
            study = self.ways.study
            table = access(study, self.facilities, study.demand, network, study.on_streets.demand_ledger, self.ways.xy)
            if network is None:
                table = table.assign(streets_m=table["straight_m"] * DETOUR, on_streets=True)
            self._tables[id(network)] = table[["streets_m", "unreached_m", "on_streets"]]
        return self._tables[id(network)]
