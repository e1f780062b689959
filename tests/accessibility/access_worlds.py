"""Small worlds everybody can reckon: people, capacities and ways drawn at random, and the published samples."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
from hypothesis import strategies as st


class World(NamedTuple):
    travel: pd.DataFrame
    people: pd.Series
    capacity: pd.Series


def world(ways: dict[tuple[str, str], float], people: dict[str, float], capacity: dict[str, float]) -> World:
    """Return the tables of {(place, facility): minutes}."""
    rows = [(place, facility, cost) for (place, facility), cost in ways.items()]
    travel = pd.DataFrame(rows, columns=["demand_id", "facility_id", "minutes"])
    return World(travel, pd.Series(people, dtype=float), pd.Series(capacity, dtype=float))


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """Draw places and facilities, some empty, some out of reach of everything."""
    places = {f"p{n}": draw(st.integers(0, 40)) for n in range(draw(st.integers(1, 6)))}
    facilities = {f"f{n}": draw(st.integers(0, 30)) for n in range(draw(st.integers(1, 4)))}
    pairs = [(place, facility) for place in places for facility in facilities]
    ways = {pair: draw(st.integers(0, 60)) for pair in draw(st.lists(st.sampled_from(pairs), unique=True))}
    return world(ways, places, facilities)


def dense(one: World) -> np.ndarray:
    """Return the ways as an array, shape (n_places, n_facilities), infinite where there is none."""
    ways = np.full((len(one.people), len(one.capacity)), np.inf)
    for place, facility, minutes in one.travel.itertuples(index=False):
        ways[one.people.index.get_loc(place), one.capacity.index.get_loc(facility)] = minutes
    return ways


#: Jobs within 30 minutes of the same hexagons, as the package's README prints them.
JOBS_30 = {"A": 22239, "B": 36567, "C": 42372, "D": 55571, "E": 26774}
