"""Which classes of a basket everybody reaches: one search along the streets for each class and each way of walking.

What people reach is kept as bits, one for each class, so that a million places, fifteen classes, four limits and three
groups of people are twelve arrays.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from zzgeo.circles.basket import Basket, BasketClass
from zzgeo.circles.certainty import ClassLists, lists_of
from zzgeo.intake.study import Study
from zzgeo.network import WalkNetwork, radius_distance
from zzgeo.rules.parts.on_foot import DETOUR
from zzgeo.served import Walks, open_facilities, walk_network, walks, within

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
        _fill(result, basket, asked, _WalksOf(ways, open_facilities(study, asked.kinds)[0]), bit)
        result.minutes[asked.id][~covered] = np.nan
    return result


def _fill(result: Measured, basket: Basket, asked: BasketClass, walks_of: _WalksOf, bit: np.uint64) -> None:
    """Set the bits of one class, and the minutes of the first group of people."""
    walking = walks_of.ways.study.walking
    first = walking.speed(next(group for _, group in result.reached))
    result.minutes[asked.id] = walks_of.at(first).metres / (60.0 * first)
    for limit, group in result.reached:
        speed = walking.speed(group)
        if limit == OWN and asked.metres is not None:
            walked, metres = walks_of.at(None), asked.metres
        else:
            minutes = asked.minutes if limit == OWN else limit
            walked, metres = walks_of.at(speed), float(minutes or 0.0) * 60.0 * speed
        near = within(walked.metres, metres)
        np.bitwise_or(result.reached[limit, group], bit, out=result.reached[limit, group], where=near)
        maybe = within(walked.unreached_m, metres)
        if maybe.any():
            result.doubted[limit, group][maybe & ~near & walked.on_streets] |= bit
        result.on_streets = walked.on_streets


class Ways:
    """The streets of a study as groups of people walk them, and where its demand stands."""

    def __init__(self, study: Study) -> None:
        study.on_streets.as_it_stands()
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


class _WalksOf:
    """The walks of everybody to the nearest of some facilities, each way of walking searched once."""

    def __init__(self, ways: Ways, facilities: gpd.GeoDataFrame) -> None:
        self.ways, self.facilities = ways, facilities
        self._known: dict[int, Walks] = {}

    def at(self, speed: float | None) -> Walks:
        """Return the walks at a speed in m/s, or for None in plain metres."""
        network = self.ways.network_of(speed)
        if id(network) not in self._known:
            self._known[id(network)] = self._walks(network)
        return self._known[id(network)]

    def _walks(self, network: WalkNetwork | None) -> Walks:
        study, xy = self.ways.study, self.ways.xy
        if network is not None:
            return walks(study, self.facilities, network, xy)
        straight = radius_distance(self.facilities, study.demand, study.ground, demand_xy=xy)
        metres = straight["distance_m"].to_numpy(dtype=float) * DETOUR
        many = len(metres)
        return Walks(metres, np.ones(many, dtype=bool), np.full(many, np.inf))
